//! What a Whisper model in ggml form must contain: every tensor with its name, shape and type.
//!
//! Whisper.cpp makes room for exactly these tensors from the numbers in the header and then reads the file over them, so
//! a file that differs in one of them is refused here. Names, shapes and the rule for types are those of
//! `whisper_model_load` in whisper.cpp 1.8.3.

use std::collections::BTreeMap;

use crate::speech::models::header::ModelHeader;

/// How the numbers of a tensor are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TensorType {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// Blocks of 32 with 4 bits each and a scale.
    Q4_0,
    /// Blocks of 32 with 4 bits each, a scale and a minimum.
    Q4_1,
    /// Blocks of 32 with 5 bits each and a scale.
    Q5_0,
    /// Blocks of 32 with 5 bits each, a scale and a minimum.
    Q5_1,
    /// Blocks of 32 with 8 bits each and a scale.
    Q8_0,
    /// Blocks of 256, mostly 2 bits.
    Q2K,
    /// Blocks of 256, mostly 3 bits.
    Q3K,
    /// Blocks of 256, mostly 4 bits.
    Q4K,
    /// Blocks of 256, mostly 5 bits.
    Q5K,
    /// Blocks of 256, mostly 6 bits.
    Q6K,
}

/// Type, number in the header (`ggml_ftype`), number in a tensor's record (`ggml_type`), numbers in a block, bytes of a block.
const TYPES: &[(TensorType, u32, u32, u64, u64)] = &[
    (TensorType::F32, 0, 0, 1, 4),
    (TensorType::F16, 1, 1, 1, 2),
    (TensorType::Q4_0, 2, 2, 32, 18),
    (TensorType::Q4_1, 3, 3, 32, 20),
    (TensorType::Q8_0, 7, 8, 32, 34),
    (TensorType::Q5_0, 8, 6, 32, 22),
    (TensorType::Q5_1, 9, 7, 32, 24),
    (TensorType::Q2K, 10, 10, 256, 84),
    (TensorType::Q3K, 11, 11, 256, 110),
    (TensorType::Q4K, 12, 12, 256, 144),
    (TensorType::Q5K, 13, 13, 256, 176),
    (TensorType::Q6K, 14, 14, 256, 210),
];

impl TensorType {
    /// The type that the header's number means.
    pub(super) fn from_header(number: u32) -> Option<Self> {
        TYPES.iter().find(|row| row.1 == number).map(|row| row.0)
    }

    /// The number that a tensor's record uses for it.
    pub(super) fn record_number(self) -> u32 {
        self.row().2
    }

    /// How many numbers stand in one block; a row holds whole blocks only.
    pub(super) fn block_numbers(self) -> u64 {
        self.row().3
    }

    /// Bytes of so many numbers, which must be whole blocks.
    pub(super) fn bytes_of(self, numbers: u64) -> u64 {
        let (_, _, _, block, bytes) = self.row();
        numbers / block * bytes
    }

    fn row(self) -> (Self, u32, u32, u64, u64) {
        // Every variant has its row, so the second arm is never taken; it keeps a panic out.
        TYPES.iter().find(|row| row.0 == self).copied().unwrap_or((Self::F32, 0, 0, 1, 4))
    }
}

/// One tensor as it must stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tensor {
    /// Numbers along each axis, the fastest one first; unused axes are 1.
    pub(super) shape: [u64; 3],
    /// Axes that the published files write down.
    pub(super) axes: u32,
    /// How it is stored.
    pub(super) kind: TensorType,
}

impl Tensor {
    /// Bytes of its numbers.
    pub(super) fn bytes(&self) -> u64 {
        self.kind.bytes_of(self.shape.iter().product())
    }

    /// Bytes of its record: three numbers, one for each axis, the name, the numbers.
    pub(super) fn record_bytes(&self, name: &str) -> u64 {
        12 + 4 * u64::from(self.axes) + name.len() as u64 + self.bytes()
    }
}

/// All tensors of a model with this header, by name.
pub(super) fn tensors(header: &ModelHeader) -> BTreeMap<String, Tensor> {
    let weights = header.weights;
    let convolution = if weights == TensorType::F32 { TensorType::F32 } else { TensorType::F16 };
    let mut all = BTreeMap::new();
    let mut put = |name: String, shape: &[u64], kind: TensorType| {
        let mut full = [1; 3];
        full[..shape.len()].copy_from_slice(shape);
        all.insert(name, Tensor { shape: full, axes: shape.len() as u32, kind });
    };

    let audio = u64::from(header.audio_state);
    put("encoder.positional_embedding".into(), &[audio, header.audio_ctx.into()], TensorType::F32);
    put("encoder.conv1.weight".into(), &[3, header.mels.into(), audio], convolution);
    put("encoder.conv1.bias".into(), &[1, audio], TensorType::F32);
    put("encoder.conv2.weight".into(), &[3, audio, audio], convolution);
    put("encoder.conv2.bias".into(), &[1, audio], TensorType::F32);
    put("encoder.ln_post.weight".into(), &[audio], TensorType::F32);
    put("encoder.ln_post.bias".into(), &[audio], TensorType::F32);
    let text = u64::from(header.text_state);
    put("decoder.positional_embedding".into(), &[text, header.text_ctx.into()], TensorType::F32);
    put("decoder.token_embedding.weight".into(), &[text, header.vocabulary.into()], weights);
    put("decoder.ln.weight".into(), &[text], TensorType::F32);
    put("decoder.ln.bias".into(), &[text], TensorType::F32);

    for (side, layers, state, attentions) in [
        ("encoder", header.audio_layers, audio, &["attn"][..]),
        ("decoder", header.text_layers, text, &["attn", "cross_attn"][..]),
    ] {
        for layer in 0..layers {
            let block = format!("{side}.blocks.{layer}");
            for part in ["weight", "bias"] {
                put(format!("{block}.mlp_ln.{part}"), &[state], TensorType::F32);
                for attention in attentions {
                    put(format!("{block}.{attention}_ln.{part}"), &[state], TensorType::F32);
                }
            }
            put(format!("{block}.mlp.0.weight"), &[state, 4 * state], weights);
            put(format!("{block}.mlp.0.bias"), &[4 * state], TensorType::F32);
            put(format!("{block}.mlp.2.weight"), &[4 * state, state], weights);
            put(format!("{block}.mlp.2.bias"), &[state], TensorType::F32);
            for attention in attentions {
                for projection in ["query", "key", "value", "out"] {
                    put(
                        format!("{block}.{attention}.{projection}.weight"),
                        &[state, state],
                        weights,
                    );
                    // Whisper's keys have no bias.
                    if projection != "key" {
                        put(
                            format!("{block}.{attention}.{projection}.bias"),
                            &[state],
                            TensorType::F32,
                        );
                    }
                }
            }
        }
    }
    all
}
