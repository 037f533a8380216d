//! Why a recording could not be heard: kept as the error itself, so that the report can tell it in the reader's language.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::audio::AudioError;
use crate::batch::hear::HearError;
use crate::batch::outcome::in_one_line;
use crate::speech::scripted::DialogueError;

/// Why one recording failed. Cheap to clone; equal when it reads the same.
#[derive(Clone, Debug)]
pub enum Failure {
    /// It could not be decoded or recognized.
    Hear(Arc<HearError>),
    /// A transcript made elsewhere is none.
    Dialogue(Arc<DialogueError>),
    /// What was given is not there; `pattern` says why it is no pattern of names either, where it looks like one.
    Absent {
        /// What was given.
        path: String,
        /// Why it is no pattern.
        pattern: Option<String>,
    },
    /// A pattern of names that no file has.
    NothingFits {
        /// The pattern.
        pattern: String,
    },
    /// A file or folder that cannot be opened or listed.
    Unreadable {
        /// Its path.
        path: String,
        /// What kind of trouble, where the system said.
        kind: Option<io::ErrorKind>,
        /// What the system said.
        cause: String,
    },
    /// What went wrong in the process that listens and is no trouble of the recording.
    Told {
        /// In English.
        text: String,
    },
    /// It killed the process that listens, alone and twice.
    Crashed {
        /// The signal or what else ended it.
        how: String,
        /// The last that the process said.
        said: Option<String>,
    },
    /// It changed again and again while it was being read.
    Restless {
        /// Its path.
        path: String,
    },
    /// A transcript longer than any call.
    TooLong {
        /// Its path.
        path: String,
        /// What is allowed, in MiB.
        most_mib: u64,
    },
}

impl Failure {
    /// The failure in English and in one line: which file, what was found, what was wanted.
    pub fn text(&self) -> String {
        match self {
            Self::Hear(error) => in_one_line(error.as_ref()),
            Self::Dialogue(error) => in_one_line(error.as_ref()),
            Self::Absent { path, pattern: None } => format!("`{path}` is not there"),
            Self::Absent { path, pattern: Some(why) } => {
                format!("`{path}` is not there, and no pattern: {why}")
            }
            Self::NothingFits { pattern } => format!("nothing fits the pattern `{pattern}`"),
            Self::Unreadable { path, cause, .. } => format!("cannot read `{path}`: {cause}"),
            Self::Told { text } => text.clone(),
            Self::Crashed { how, said: None } => {
                format!("crashed ({how}), twice and with nothing beside it")
            }
            Self::Crashed { how, said: Some(said) } => {
                format!("crashed ({how}), twice and with nothing beside it: {said}")
            }
            Self::Restless { path } => format!("`{path}` changed while it was being read"),
            Self::TooLong { path, most_mib } => {
                format!("`{path}` is longer than {most_mib} MiB, which no transcript is")
            }
        }
    }

    /// One word for the kind of failure, which holds nothing of the call: for logs and counts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Hear(error) => match error.as_ref() {
                HearError::Audio(error) => audio_code(error),
                HearError::Speech(_) => "recognizer",
                _ => "internal",
            },
            Self::Dialogue(_) | Self::TooLong { .. } => "no_transcript",
            Self::Absent { .. }
            | Self::NothingFits { .. }
            | Self::Unreadable { kind: Some(io::ErrorKind::NotFound), .. } => "gone",
            Self::Unreadable { .. } => "unreadable",
            Self::Told { .. } => "internal",
            Self::Crashed { .. } => "crashed",
            Self::Restless { .. } => "changed",
        }
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable {
            path: path.display().to_string(),
            kind: Some(error.kind()),
            cause: error.to_string(),
        }
    }
}

fn audio_code(error: &AudioError) -> &'static str {
    match error {
        AudioError::Unreadable { .. } => "unreadable",
        AudioError::Empty { .. } | AudioError::NoSamples { .. } | AudioError::TooShort { .. } => {
            "empty"
        }
        AudioError::NotAudio { .. } => "not_audio",
        AudioError::BadHeader { .. } => "bad_header",
        AudioError::Decoder { .. } => "decode",
        AudioError::Changed => "changed",
        _ => "internal",
    }
}

impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Failure {}

impl From<HearError> for Failure {
    fn from(error: HearError) -> Self {
        Self::Hear(Arc::new(error))
    }
}

impl From<DialogueError> for Failure {
    fn from(error: DialogueError) -> Self {
        Self::Dialogue(Arc::new(error))
    }
}
