//! From speech to words: windows, recognizers, and the guards against what recognizers invent.
//!
//! The way of one channel's speech: [`Packer`] joins stretches to [`Window`]s, [`listen()`] has a [`Recognizer`] put words
//! to one window and tries again where the result looks wrong, [`guards`] take out what nobody said, [`turns()`] lays the
//! channels' words into one order. Every step but the recognizer's is a pure function on plain data.
//!
//! This module opens no recording and knows no rules.

pub mod dialogue;
mod greedy;
pub mod guards;
mod listen;
mod mel;
pub mod models;
mod packer;
pub mod scripted;
pub mod silero;
mod timing;
mod tokens;
mod turns;
pub mod whisper;
mod window;

pub use listen::{Listened, listen};
pub use packer::Packer;
pub use scripted::ScriptedRecognizer;
pub use turns::turns;
pub use whisper::{ModelSource, WhisperModel, WhisperRecognizer};
pub use window::{Part, Utterance, Window};

/// Puts words to windows. One per worker thread; what it returns depends on the window and the effort alone, never on
/// what it recognized before.
pub trait Recognizer: Send {
    /// Recognizes one window.
    ///
    /// # Errors
    ///
    /// When the engine fails; the recording that the window is from then fails, others go on.
    fn recognize(&mut self, window: &Window, effort: Effort) -> Result<Recognition, SpeechError>;
}

/// Longest window of official models, in milliseconds: see [`Packer`].
pub const WINDOW_MS: u32 = 26_000;

/// How calls are listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechOptions {
    /// The language of the calls, as Whisper's code for it. Default `ru`. Detection is not offered: it costs a second
    /// encoder pass for each window and is often wrong on eight kilohertz.
    pub language: String,
    /// Longest window, in milliseconds. Default 26,000, which suits every official model;
    /// [`models::ChosenModel::window_ms`] tells what suits a model.
    pub window_ms: u32,
}

impl Default for SpeechOptions {
    fn default() -> Self {
        Self { language: "ru".into(), window_ms: WINDOW_MS }
    }
}

/// How hard a recognizer tries. Each step costs more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effort {
    /// Short windows with a shortened encoder; greedy.
    Quick,
    /// The full encoder; greedy.
    Full,
    /// The full encoder and a beam of five.
    Thorough,
}

/// What a recognizer made of one window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recognition {
    /// In the order of time.
    pub segments: Vec<Segment>,
    /// The recognizer's own idea of the chance that nobody speaks, 0 to 1; 0 where it has none, as after a beam.
    pub no_speech_probability: f32,
    /// Whether the encoder was shortened, so that [`Effort::Full`] would do other work than [`Effort::Quick`] did.
    pub shortened: bool,
}

/// Words between two timestamps of the recognizer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segment {
    /// Never without a letter or a digit; times in milliseconds of the window.
    pub words: Vec<SegmentWord>,
    /// Mean natural logarithm of the probability of its text tokens; 0 is certain.
    pub mean_log_probability: f32,
}

/// One word on the clock of its window.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentWord {
    /// As recognized, without white space.
    pub text: String,
    /// Milliseconds from the start of the window.
    pub start_ms: u32,
    /// Not before `start_ms`.
    pub end_ms: u32,
    /// Geometric mean of the probabilities of its tokens, 0 to 1: one doubtful syllable weighs on the word, and a long
    /// word is not punished for having many.
    pub probability: f32,
}

/// Why speech could not be recognized.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum SpeechError {
    /// The model could not be loaded.
    #[error("cannot load the model `{model}`: {detail}")]
    Model { model: String, detail: String },
    /// Whisper does not know the language.
    #[error("`{language}` is no language that Whisper knows; use a code such as `ru` or `en`")]
    Language { language: String },
    /// The engine failed on one window.
    #[error("recognition failed at {at_s:.1} s: {detail}")]
    Engine { at_s: f64, detail: String },
    /// There is not enough memory for one more worker, or the engine broke down.
    #[error("cannot set up a recognizer: {detail}; fewer `--jobs` need less memory")]
    Setup { detail: String },
}
