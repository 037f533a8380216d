//! Makes Whisper models in ggml form, of any dimensions and any type, with random weights.
//!
//! The form is written down here a second time, from whisper.cpp's converter and loader, so that a mistake in
//! `speech::models` does not prove itself right. The weights are small and finite: the files load and run, and mean nothing.

/// A model to be made.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// Tokens.
    pub vocabulary: u32,
    /// Encoder positions.
    pub audio_ctx: u32,
    /// Width of both halves.
    pub state: u32,
    /// Attention heads of every layer.
    pub heads: u32,
    /// Encoder layers.
    pub audio_layers: u32,
    /// Decoder positions.
    pub text_ctx: u32,
    /// Decoder layers.
    pub text_layers: u32,
    /// Mel bins.
    pub mels: u32,
    /// How the large matrices are stored.
    pub kind: Kind,
    /// Tokens with a text.
    pub texts: u32,
}

/// A type of tensor: its number in the header, in a record, numbers and bytes in a block.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub name: &'static str,
    header: u32,
    record: u32,
    block: usize,
    bytes: usize,
}

const fn kind(name: &'static str, header: u32, record: u32, block: usize, bytes: usize) -> Kind {
    Kind { name, header, record, block, bytes }
}

pub const F32: Kind = kind("f32", 0, 0, 1, 4);
pub const F16: Kind = kind("f16", 1, 1, 1, 2);
pub const Q4_0: Kind = kind("q4_0", 2002, 2, 32, 18);
pub const Q4_1: Kind = kind("q4_1", 2003, 3, 32, 20);
pub const Q5_0: Kind = kind("q5_0", 2008, 6, 32, 22);
pub const Q5_1: Kind = kind("q5_1", 2009, 7, 32, 24);
pub const Q8_0: Kind = kind("q8_0", 2007, 8, 32, 34);

/// Every type that an official file has.
pub const KINDS: [Kind; 6] = [F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0];

/// Where the parts of a file begin.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub mel_filters: usize,
    pub vocabulary: usize,
    pub tensors: usize,
    /// The first byte of the first tensor's numbers.
    pub numbers: usize,
}

impl ModelFile {
    /// As small as a model can be, in the form of tiny to large-v2.
    pub fn smallest() -> Self {
        Self {
            vocabulary: 51865,
            audio_ctx: 1500,
            state: 32,
            heads: 1,
            audio_layers: 1,
            text_ctx: 448,
            text_layers: 1,
            mels: 80,
            kind: F16,
            texts: 50257,
        }
    }

    /// As small, in the form of large-v3: 128 mel bins, one more token.
    pub fn smallest_v3() -> Self {
        Self { vocabulary: 51866, mels: 128, ..Self::smallest() }
    }

    /// The width and heads of a large model, with one layer a side.
    pub fn wide() -> Self {
        Self { state: 1280, heads: 20, kind: Q5_0, ..Self::smallest_v3() }
    }

    /// The bytes, and where their parts begin.
    pub fn build(&self) -> (Vec<u8>, Places) {
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        let mut file = Vec::new();
        let number = |file: &mut Vec<u8>, value: u32| file.extend(value.to_le_bytes());
        number(&mut file, 0x6767_6d6c);
        for value in [
            self.vocabulary,
            self.audio_ctx,
            self.state,
            self.heads,
            self.audio_layers,
            self.text_ctx,
            self.state,
            self.heads,
            self.text_layers,
            self.mels,
            self.kind.header,
        ] {
            number(&mut file, value);
        }
        let mel_filters = file.len();
        number(&mut file, self.mels);
        number(&mut file, 201);
        for _ in 0..self.mels * 201 {
            file.extend((random.small().abs() * 0.1).to_le_bytes());
        }
        let vocabulary = file.len();
        number(&mut file, self.texts);
        for token in 0..self.texts {
            // The single space is the one token that whisper.cpp must find by its text; the official number is 220.
            let text = if token == 220 { " ".to_owned() } else { format!(" t{token}") };
            number(&mut file, text.len() as u32);
            file.extend(text.bytes());
        }
        let tensors = file.len();
        let mut numbers = 0;
        for (name, shape, matrix) in self.tensors() {
            let kind = match matrix {
                Matrix::Large => self.kind,
                // Convolutions are never quantized.
                Matrix::Convolution if self.kind.header == F32.header => F32,
                Matrix::Convolution => F16,
                Matrix::Vector => F32,
            };
            number(&mut file, shape.len() as u32);
            number(&mut file, name.len() as u32);
            number(&mut file, kind.record);
            for axis in &shape {
                number(&mut file, *axis);
            }
            file.extend(name.bytes());
            if numbers == 0 {
                numbers = file.len();
            }
            let count = shape.iter().map(|axis| *axis as usize).product::<usize>();
            for _ in 0..count / kind.block {
                kind.write(&mut random, &mut file);
            }
        }
        (file, Places { mel_filters, vocabulary, tensors, numbers })
    }

    fn tensors(&self) -> Vec<(String, Vec<u32>, Matrix)> {
        let wide = self.state;
        let mut all = Vec::new();
        let mut add =
            |name: &str, shape: &[u32], matrix| all.push((name.to_owned(), shape.to_vec(), matrix));
        add("encoder.positional_embedding", &[wide, self.audio_ctx], Matrix::Vector);
        add("encoder.conv1.weight", &[3, self.mels, wide], Matrix::Convolution);
        add("encoder.conv1.bias", &[1, wide], Matrix::Vector);
        add("encoder.conv2.weight", &[3, wide, wide], Matrix::Convolution);
        add("encoder.conv2.bias", &[1, wide], Matrix::Vector);
        add("decoder.positional_embedding", &[wide, self.text_ctx], Matrix::Vector);
        add("decoder.token_embedding.weight", &[wide, self.vocabulary], Matrix::Large);
        for norm in ["encoder.ln_post", "decoder.ln"] {
            add(&format!("{norm}.weight"), &[wide], Matrix::Vector);
            add(&format!("{norm}.bias"), &[wide], Matrix::Vector);
        }
        for (side, layers) in [("encoder", self.audio_layers), ("decoder", self.text_layers)] {
            for layer in 0..layers {
                let block = format!("{side}.blocks.{layer}");
                let attentions: &[&str] =
                    if side == "encoder" { &["attn"] } else { &["attn", "cross_attn"] };
                for attention in attentions {
                    for part in ["query", "key", "value", "out"] {
                        add(
                            &format!("{block}.{attention}.{part}.weight"),
                            &[wide, wide],
                            Matrix::Large,
                        );
                        if part != "key" {
                            add(
                                &format!("{block}.{attention}.{part}.bias"),
                                &[wide],
                                Matrix::Vector,
                            );
                        }
                    }
                    add(&format!("{block}.{attention}_ln.weight"), &[wide], Matrix::Vector);
                    add(&format!("{block}.{attention}_ln.bias"), &[wide], Matrix::Vector);
                }
                add(&format!("{block}.mlp.0.weight"), &[wide, 4 * wide], Matrix::Large);
                add(&format!("{block}.mlp.0.bias"), &[4 * wide], Matrix::Vector);
                add(&format!("{block}.mlp.2.weight"), &[4 * wide, wide], Matrix::Large);
                add(&format!("{block}.mlp.2.bias"), &[wide], Matrix::Vector);
                add(&format!("{block}.mlp_ln.weight"), &[wide], Matrix::Vector);
                add(&format!("{block}.mlp_ln.bias"), &[wide], Matrix::Vector);
            }
        }
        all
    }
}

#[derive(Clone, Copy)]
enum Matrix {
    Large,
    Convolution,
    Vector,
}

impl Kind {
    fn write(self, random: &mut Random, file: &mut Vec<u8>) {
        if self.block == 1 {
            match self.bytes {
                4 => file.extend(random.small().to_le_bytes()),
                _ => file.extend(random.half().to_le_bytes()),
            }
            return;
        }
        // A scale comes first; where there is a minimum, it comes second; the rest may be anything.
        let head = if self.bytes.is_multiple_of(4) { 2 } else { 1 };
        for _ in 0..head {
            file.extend(random.half().to_le_bytes());
        }
        for _ in 2 * head..self.bytes {
            file.push(random.next() as u8);
        }
    }
}

/// Xorshift: the same weights on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Up to 0.05 either way.
    fn small(&mut self) -> f32 {
        ((self.next() >> 40) as f32 / (1 << 24) as f32 - 0.5) * 0.1
    }

    /// A 16-bit float of 2^-7 to 2^-6, of either sign.
    fn half(&mut self) -> u16 {
        let bits = self.next();
        (bits as u16 & 0x8000) | 8 << 10 | (bits >> 20) as u16 & 0x3ff
    }
}
