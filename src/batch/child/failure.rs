//! Why a recording could not be heard, on its way from child to parent.
//!
//! The kinds that a user meets come over whole, so that the report can tell them in his language; whatever else went wrong
//! comes as English text.

use std::io;

use serde::{Deserialize, Serialize};

use crate::audio::AudioError;
use crate::batch::failure::Failure;
use crate::batch::hear::HearError;
use crate::batch::outcome::in_one_line;
use crate::speech::SpeechError;

/// What the child says of a recording that it could not hear.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// See [`AudioError::Unreadable`].
    Unreadable { path: String, kind: Kind, cause: String },
    /// See [`AudioError::Empty`].
    Empty { path: String },
    /// See [`AudioError::NotAudio`].
    NotAudio { path: String, detail: String },
    /// See [`AudioError::BadHeader`].
    BadHeader { path: String, detail: String },
    /// See [`AudioError::NoSamples`].
    NoSamples { path: String },
    /// See [`AudioError::TooShort`].
    TooShort { path: String, duration_ms: u64, least_ms: u64 },
    /// See [`AudioError::Decoder`].
    Decoder { path: String, detail: String },
    /// See [`AudioError::Changed`].
    Changed,
    /// See [`SpeechError::Engine`].
    Engine { at_s: f64, detail: String },
    /// Anything else.
    Other(String),
}

/// What kind of trouble the system had with a file, as far as the report tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is not there.
    NotFound,
    /// It may not be read.
    Denied,
    /// Anything else.
    Other,
}

impl From<HearError> for Told {
    fn from(error: HearError) -> Self {
        match error {
            HearError::Audio(AudioError::Unreadable { path, source }) => {
                let kind = match source.kind() {
                    io::ErrorKind::NotFound => Kind::NotFound,
                    io::ErrorKind::PermissionDenied => Kind::Denied,
                    _ => Kind::Other,
                };
                Self::Unreadable { path, kind, cause: source.to_string() }
            }
            HearError::Audio(AudioError::Empty { path }) => Self::Empty { path },
            HearError::Audio(AudioError::NotAudio { path, detail }) => {
                Self::NotAudio { path, detail }
            }
            HearError::Audio(AudioError::BadHeader { path, detail }) => {
                Self::BadHeader { path, detail }
            }
            HearError::Audio(AudioError::NoSamples { path }) => Self::NoSamples { path },
            HearError::Audio(AudioError::TooShort { path, duration_ms, least_ms }) => {
                Self::TooShort { path, duration_ms, least_ms }
            }
            HearError::Audio(AudioError::Decoder { path, detail }) => {
                Self::Decoder { path, detail }
            }
            HearError::Audio(AudioError::Changed) => Self::Changed,
            HearError::Speech(SpeechError::Engine { at_s, detail }) => {
                Self::Engine { at_s, detail }
            }
            other => Self::Other(in_one_line(&other)),
        }
    }
}

impl From<Told> for Failure {
    fn from(told: Told) -> Self {
        let audio = |error| Self::from(HearError::Audio(error));
        match told {
            Told::Unreadable { path, kind, cause } => {
                let kind = match kind {
                    Kind::NotFound => io::ErrorKind::NotFound,
                    Kind::Denied => io::ErrorKind::PermissionDenied,
                    Kind::Other => io::ErrorKind::Other,
                };
                Self::Unreadable { path, kind: Some(kind), cause }
            }
            Told::Empty { path } => audio(AudioError::Empty { path }),
            Told::NotAudio { path, detail } => audio(AudioError::NotAudio { path, detail }),
            Told::BadHeader { path, detail } => audio(AudioError::BadHeader { path, detail }),
            Told::NoSamples { path } => audio(AudioError::NoSamples { path }),
            Told::TooShort { path, duration_ms, least_ms } => {
                audio(AudioError::TooShort { path, duration_ms, least_ms })
            }
            Told::Decoder { path, detail } => audio(AudioError::Decoder { path, detail }),
            Told::Changed => audio(AudioError::Changed),
            Told::Engine { at_s, detail } => {
                Self::from(HearError::Speech(SpeechError::Engine { at_s, detail }))
            }
            Told::Other(text) => Self::Told { text },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_the_same_on_both_sides() {
        let path = || "a.wav".to_owned();
        let detail = || "what it said".to_owned();
        for make in [
            || HearError::Audio(AudioError::Changed),
            || HearError::Cancelled,
            || HearError::Panicked { step: "decoding", detail: "index out of bounds".into() },
            || HearError::Speech(SpeechError::Setup { detail: "no memory".into() }),
        ] {
            assert_eq!(Failure::from(Told::from(make())), Failure::from(make()));
        }
        for make in [
            &|| AudioError::Empty { path: path() } as AudioError,
            &|| AudioError::NotAudio { path: path(), detail: detail() },
            &|| AudioError::BadHeader { path: path(), detail: detail() },
            &|| AudioError::NoSamples { path: path() },
            &|| AudioError::TooShort { path: path(), duration_ms: 5, least_ms: 100 },
            &|| AudioError::Decoder { path: path(), detail: detail() },
            &|| AudioError::Resampler { detail: detail() },
            &|| AudioError::Unreadable {
                path: path(),
                source: io::Error::new(io::ErrorKind::NotFound, "gone"),
            },
        ] as [&dyn Fn() -> AudioError; 8]
        {
            let told = Told::from(HearError::from(make()));
            let over = serde_json::to_string(&told).unwrap();
            let back: Told = serde_json::from_str(&over).unwrap();
            assert_eq!(Failure::from(back).text(), Failure::from(HearError::from(make())).text());
        }
    }
}
