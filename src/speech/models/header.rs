//! Whether a file has the form of a model, told from its header and the records of its tensors.
//!
//! Whisper.cpp believes what it reads: a wrong length makes it read over the end of a buffer, a wrong size aborts the
//! process. So every number that it will use is checked here first, against bounds and against the length of the file.
//! The weights themselves are stepped over: even a model of 3 GB takes some milliseconds.
//!
//! It does not say whether the weights make sense; that is what the SHA-256 is for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::Path;

use crate::speech::models::ModelError;
pub use crate::speech::models::layout::TensorType;
use crate::speech::models::layout::{Tensor, tensors};
use crate::speech::models::walk::{Fault, Walk, ensure, record};

/// Frames of half a mel spectrum that one window of 30 s has; the windows are cut for it.
const AUDIO_CTX: u32 = 1500;
/// Bins of a spectrum of 400 samples; whisper.cpp aborts on any other number.
const SPECTRUM_BINS: u32 = 201;
/// Longest token that is believed; the longest official one has 128 bytes.
const LONGEST_TOKEN: u32 = 1024;
/// What the head of a Whisper model says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelHeader {
    /// Tokens that the model can emit: 51865, or 51866 since large-v3.
    pub vocabulary: u32,
    /// Encoder positions: 1500.
    pub audio_ctx: u32,
    /// Width of the encoder.
    pub audio_state: u32,
    /// Attention heads of an encoder layer.
    pub audio_heads: u32,
    /// Encoder layers.
    pub audio_layers: u32,
    /// Decoder positions: 448.
    pub text_ctx: u32,
    /// Width of the decoder; the same as the encoder's.
    pub text_state: u32,
    /// Attention heads of a decoder layer.
    pub text_heads: u32,
    /// Decoder layers.
    pub text_layers: u32,
    /// Mel bins: 80, or 128 since large-v3.
    pub mels: u32,
    /// How the large matrices are stored.
    pub weights: TensorType,
    /// Tokens whose text the file holds; the rest are special.
    pub texts: u32,
    /// Length of the file.
    pub bytes: u64,
}

/// Checks the form of a Whisper model.
///
/// # Errors
///
/// Says what is wrong with it, or that it cannot be read.
pub fn check_header(path: &Path) -> Result<ModelHeader, ModelError> {
    let (file, bytes) = open(path)?;
    whisper(Walk::new(file, bytes)).map_err(|fault| match fault {
        Fault::Form(reason) => ModelError::NotAModel { file: path.display().to_string(), reason },
        Fault::Io(source) => ModelError::Read { path: path.to_owned(), source },
    })
}

/// Checks the form of a Whisper model in memory, which messages call `name`.
///
/// # Errors
///
/// Says what is wrong with it.
pub fn check_header_bytes(name: &str, bytes: &[u8]) -> Result<ModelHeader, ModelError> {
    whisper(Walk::new(Cursor::new(bytes), bytes.len() as u64)).map_err(|fault| {
        ModelError::NotAModel { file: name.to_owned(), reason: fault.into_reason() }
    })
}

/// Checks the form of a Silero voice activity model, version 5 or 6, for 16 kHz.
///
/// # Errors
///
/// Says what is wrong with it, or that it cannot be read.
pub fn check_vad(path: &Path) -> Result<(), ModelError> {
    let (file, bytes) = open(path)?;
    silero(Walk::new(file, bytes)).map_err(|fault| match fault {
        Fault::Form(reason) => ModelError::NotVad { file: path.display().to_string(), reason },
        Fault::Io(source) => ModelError::Read { path: path.to_owned(), source },
    })
}

/// The same for a model in memory, which messages call `name`.
///
/// # Errors
///
/// Says what is wrong with it.
pub fn check_vad_bytes(name: &str, bytes: &[u8]) -> Result<(), ModelError> {
    silero(Walk::new(Cursor::new(bytes), bytes.len() as u64))
        .map_err(|fault| ModelError::NotVad { file: name.to_owned(), reason: fault.into_reason() })
}

fn open(path: &Path) -> Result<(File, u64), ModelError> {
    let read = |source| ModelError::Read { path: path.to_owned(), source };
    // A pipe or a device would block, and has no length to check against.
    let meta = std::fs::metadata(path).map_err(read)?;
    if !meta.is_file() {
        let reason = "it is not a regular file".to_owned();
        return Err(ModelError::NotAModel { file: path.display().to_string(), reason });
    }
    Ok((File::open(path).map_err(read)?, meta.len()))
}

fn whisper<R: Read + Seek>(mut walk: Walk<R>) -> Result<ModelHeader, Fault> {
    let start = walk.start()?;
    ensure(!start[4..].starts_with(b"\x0a\0\0\0silero"), || {
        "it is a voice activity model".to_owned()
    })?;

    let mut header = head(&mut walk)?;
    spectrum(&mut walk, header.mels)?;
    header.texts = vocabulary(&mut walk, header.vocabulary)?;
    let expected = tensors(&header);
    let wanted =
        walk.at() + expected.iter().map(|(name, tensor)| tensor.record_bytes(name)).sum::<u64>();
    ensure(wanted <= walk.length(), || {
        format!("it is cut off: it has {} bytes, and its header promises {wanted}", walk.length())
    })?;
    records(&mut walk, expected)?;
    Ok(header)
}

/// The eleven numbers, each within the bounds of models that exist.
fn head<R: Read + Seek>(walk: &mut Walk<R>) -> Result<ModelHeader, Fault> {
    let mut next = || walk.number("the header");
    let [vocabulary, audio_ctx, audio_state, audio_heads, audio_layers] =
        [next()?, next()?, next()?, next()?, next()?];
    let [text_ctx, text_state, text_heads, text_layers, mels, kind] =
        [next()?, next()?, next()?, next()?, next()?, next()?];

    ensure(vocabulary != 51864, || {
        "it is an English-only model (51864 tokens); take the multilingual one, for example `autograde models pull small`".to_owned()
    })?;
    ensure(matches!(vocabulary, 51865 | 51866), || {
        format!("it has {vocabulary} tokens; multilingual models have 51865 or 51866")
    })?;
    ensure(audio_ctx == AUDIO_CTX, || {
        format!("its encoder has {audio_ctx} positions; {AUDIO_CTX} are wanted")
    })?;
    ensure(matches!(mels, 80 | 128), || format!("it has {mels} mel bins; 80 or 128 are wanted"))?;
    ensure((64..=4096).contains(&text_ctx), || {
        format!("its decoder has {text_ctx} positions; 64 to 4096 are possible")
    })?;
    ensure(audio_state == text_state, || {
        format!(
            "its encoder is {audio_state} wide and its decoder {text_state}; they must be the same"
        )
    })?;
    ensure((32..=4096).contains(&audio_state) && audio_state % 32 == 0, || {
        format!("it is {audio_state} wide; multiples of 32 up to 4096 are possible")
    })?;
    for heads in [audio_heads, text_heads] {
        ensure((1..=64).contains(&heads) && audio_state % heads == 0, || {
            format!("it has {heads} attention heads at a width of {audio_state}")
        })?;
    }
    for layers in [audio_layers, text_layers] {
        ensure((1..=64).contains(&layers), || {
            format!("it has {layers} layers; 1 to 64 are possible")
        })?;
    }
    // Thousands count the versions of quantization.
    let weights = TensorType::from_header(kind % 1000).filter(|_| kind < 10_000);
    let weights = weights.ok_or_else(|| {
        Fault::Form(format!("its weights are of the type {kind}, which is not known"))
    })?;
    ensure(weights != TensorType::F32, || {
        "its weights are 32-bit floats, with which whisper.cpp 1.8.3 aborts in the first convolution; convert it to f16 or q8_0"
            .to_owned()
    })?;
    ensure(u64::from(audio_state) % weights.block_numbers() == 0, || {
        format!("it is {audio_state} wide, which blocks of {} do not fill", weights.block_numbers())
    })?;
    Ok(ModelHeader {
        vocabulary,
        audio_ctx,
        audio_state,
        audio_heads,
        audio_layers,
        text_ctx,
        text_state,
        text_heads,
        text_layers,
        mels,
        weights,
        texts: 0,
        bytes: walk.length(),
    })
}

/// The mel filters.
fn spectrum<R: Read + Seek>(walk: &mut Walk<R>, mels: u32) -> Result<(), Fault> {
    let filters = walk.number("the mel filters")?;
    let bins = walk.number("the mel filters")?;
    ensure(filters == mels && bins == SPECTRUM_BINS, || {
        format!("it has {filters} mel filters of {bins} bins; {mels} of {SPECTRUM_BINS} are wanted")
    })?;
    walk.skip(u64::from(filters) * u64::from(bins) * 4, "the mel filters")
}

/// The tokens' texts; returns how many there are.
fn vocabulary<R: Read + Seek>(walk: &mut Walk<R>, most: u32) -> Result<u32, Fault> {
    let texts = walk.number("the vocabulary")?;
    ensure((1..=most).contains(&texts), || {
        format!("it holds the texts of {texts} tokens; 1 to {most} are possible")
    })?;
    let mut blank = false;
    for token in 0..texts {
        let length = walk.number("the vocabulary")?;
        ensure(length <= LONGEST_TOKEN, || {
            format!("its token {token} has {length} bytes; {LONGEST_TOKEN} are believed")
        })?;
        blank |= walk.bytes(length, "the vocabulary")? == b" ";
    }
    // It is looked up by its text when blanks are suppressed, and not expected to be missing.
    ensure(blank, || {
        "its vocabulary lacks the single space, without which whisper.cpp aborts".to_owned()
    })?;
    Ok(texts)
}

/// The tensors: each of `expected` once, as it must be, and nothing else.
fn records<R: Read + Seek>(
    walk: &mut Walk<R>,
    mut expected: BTreeMap<String, Tensor>,
) -> Result<(), Fault> {
    while walk.left() > 0 {
        let (name, shape, kind) = record(walk)?;
        let Some(tensor) = expected.remove(&name) else {
            return Err(Fault::Form(format!(
                "it holds the tensor `{name}` twice, or should not hold it"
            )));
        };
        ensure(shape == tensor.shape && kind == tensor.kind.record_number(), || {
            format!(
                "its tensor `{name}` has the shape {shape:?} and the type {kind}; {:?} and {} are wanted",
                tensor.shape,
                tensor.kind.record_number()
            )
        })?;
        walk.skip(tensor.bytes(), "a tensor")?;
    }
    match expected.keys().next() {
        Some(name) => {
            Err(Fault::Form(format!("it lacks {} tensors, among them `{name}`", expected.len())))
        }
        None => Ok(()),
    }
}

/// Everything before the tensors is the same in versions 5 and 6, but for the version itself.
fn silero<R: Read + Seek>(mut walk: Walk<R>) -> Result<(), Fault> {
    const NAME: &[u8] = b"silero-16k";
    // Window, context, then four layers of (in, out, kernel), then the LSTM and the last convolution.
    const SHAPE: [u32; 19] =
        [512, 64, 4, 129, 128, 3, 128, 64, 3, 64, 64, 3, 64, 128, 3, 128, 128, 128, 1];
    const TENSORS: usize = 15;

    walk.start()?;
    let length = walk.number("the header")?;
    ensure(length as usize == NAME.len(), || "it is another kind of model".to_owned())?;
    let name = walk.bytes(length, "the header")?;
    ensure(name == NAME, || "it is another kind of model".to_owned())?;
    let version =
        [walk.number("the header")?, walk.number("the header")?, walk.number("the header")?];
    ensure(matches!(version[0], 5 | 6), || {
        format!("it is version {version:?}; 5 and 6 are known")
    })?;
    for wanted in SHAPE {
        let found = walk.number("the header")?;
        ensure(found == wanted, || format!("its header says {found} where {wanted} is wanted"))?;
    }
    let mut names = Vec::new();
    while walk.left() > 0 {
        let (name, shape, kind) = record(&mut walk)?;
        ensure(!names.contains(&name), || format!("it holds the tensor `{name}` twice"))?;
        let width = match kind {
            0 => 4,
            1 => 2,
            _ => {
                return Err(Fault::Form(format!(
                    "its tensor `{name}` is of the type {kind}; 0 and 1 are possible"
                )));
            }
        };
        // Axes have at most 32 bits each; the saturated product is longer than any file.
        let numbers = shape.iter().fold(1_u64, |product, &axis| product.saturating_mul(axis));
        walk.skip(numbers.saturating_mul(width), "a tensor")?;
        names.push(name);
    }
    ensure(names.len() == TENSORS, || {
        format!("it holds {} tensors; {TENSORS} are wanted", names.len())
    })
}
