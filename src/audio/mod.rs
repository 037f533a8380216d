//! From a recording to who speaks when, and to the speech itself at 16 kHz.
//!
//! Two passes, so that memory does not grow with the length of a call: [`survey()`] decodes once, finds the speech of
//! each channel and forgets most samples; [`stretches()`] hands out the speech alone, from memory where the survey kept
//! it and decoded again where it did not. Everything in between works on blocks.
//!
//! Recordings are untrusted: bad ones end in an [`AudioError`] or in warnings, never in a panic or a big allocation.
//! This module does not recognize words, and does not tell speakers apart within one channel.

mod block;
mod channels;
mod crosstalk;
mod cutoff;
mod decode;
mod ffmpeg;
#[cfg(test)]
mod fitting;
mod gate;
mod gsm;
mod lanes;
mod music;
mod open;
mod recurrence;
mod resample;
mod riff;
mod spectrum;
mod stretches;
mod survey;
mod tones;
mod vad;

use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::sound::{Stretch, VoiceDetector};

pub use survey::{Lane, Survey};

/// Makes a voice activity model for one recording; called once for each, on whichever thread surveys it.
pub type DetectorFactory = Arc<dyn Fn() -> Result<Box<dyn VoiceDetector>, String> + Send + Sync>;

/// Where a call's sound lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioSource {
    /// One file, of any number of channels.
    File(PathBuf),
    /// Two files that begin at the same moment, one for each side, as MixMonitor's `-r`/`-t` or `-in`/`-out`.
    /// Of a file with several channels the first counts.
    Pair {
        /// What the manager said.
        manager: PathBuf,
        /// What the client said.
        client: PathBuf,
    },
}

/// On which channel of a stereo recording the manager is; the client is on the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ManagerChannel {
    /// The first.
    #[default]
    Left,
    /// The second.
    Right,
}

/// How recordings are read.
#[derive(Clone)]
pub struct AudioOptions {
    /// On which channel the manager is. Default: left.
    pub manager_channel: ManagerChannel,
    /// The voice activity model. Default: the one in the program, with rejection of tones and music.
    pub detector: DetectorFactory,
    /// Whether `ffmpeg` on the PATH may be asked to decode what we cannot. Default: yes.
    pub ffmpeg: bool,
}

/// Why a recording cannot be graded.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum AudioError {
    /// The file cannot be opened or read.
    #[error("cannot read `{path}`")]
    Unreadable {
        path: String,
        #[source]
        source: std::io::Error,
    },
    /// No bytes.
    #[error("`{path}` is empty")]
    Empty { path: String },
    /// Nothing that we or ffmpeg can read as sound.
    #[error("`{path}` is not a recording in a known format ({detail})")]
    NotAudio { path: String, detail: String },
    /// The header says what cannot be.
    #[error("the header of `{path}` makes no sense: {detail}")]
    BadHeader { path: String, detail: String },
    /// A header with nothing behind it.
    #[error("`{path}` holds no samples")]
    NoSamples { path: String },
    /// Too short to hold a word.
    #[error("`{path}` is {duration_ms} ms long; a recording needs at least {least_ms} ms")]
    TooShort { path: String, duration_ms: u64, least_ms: u64 },
    /// The decoder broke down.
    #[error("the decoder broke down on `{path}`: {detail}")]
    Decoder { path: String, detail: String },
    /// The resampler refused the rate.
    #[error("resampling failed: {detail}; this is a bug in autograde")]
    Resampler { detail: String },
    /// The voice activity model failed.
    #[error("voice activity detection failed: {detail}")]
    Detector { detail: String },
    /// The recording changed between the two passes.
    #[error("the recording changed while it was being graded")]
    Changed,
    /// Somebody asked to stop.
    #[error("interrupted")]
    Cancelled,
}

impl Default for AudioOptions {
    fn default() -> Self {
        Self {
            manager_channel: ManagerChannel::default(),
            detector: Arc::new(|| Ok(Box::new(vad::EarshotDetector::default()))),
            ffmpeg: true,
        }
    }
}

impl fmt::Debug for AudioOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioOptions")
            .field("manager_channel", &self.manager_channel)
            .field("ffmpeg", &self.ffmpeg)
            .finish_non_exhaustive()
    }
}

/// First pass: decodes `source` in blocks and finds the speech of each channel.
///
/// `name` becomes [`Recording::source`](crate::call::Recording::source). A recording without speech is no error: its
/// lanes have empty activities.
///
/// # Errors
///
/// When the source cannot be read or decoded, holds no sound, the detector fails, or `cancel` became true.
pub fn survey(
    source: &AudioSource,
    name: &str,
    options: &AudioOptions,
    cancel: &AtomicBool,
) -> Result<Survey, AudioError> {
    survey::run(source, name, options, cancel)
}

/// Second pass: hands out the speech of each lane (the index is that of [`Survey::lanes`]) in time order within the
/// lane, in stretches of at most 25 s; longer speech is cut where it is least voiced. `sink` may stop it early.
///
/// # Errors
///
/// When the source must be decoded again and cannot be any more.
pub fn stretches(
    survey: &Survey,
    source: &AudioSource,
    options: &AudioOptions,
    sink: &mut dyn FnMut(usize, Stretch) -> ControlFlow<()>,
) -> Result<(), AudioError> {
    stretches::run(survey, source, options, sink)
}
