//! What parent and child say to one another: one JSON object a line, each way.
//!
//! The parent believes nothing: a line that is too long, no JSON or no message of ours is a fault of the child, which is
//! then killed like any other that hangs or dies. Nothing of the format outlives a run: both sides are the same program.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::audio::{AudioSource, ManagerChannel};
use crate::batch::child::failure::Told;
use crate::batch::schedule::HearItem;

/// The longest line that is read. What is heard in a day of speech has some megabytes.
pub const LONGEST_LINE_BYTES: usize = 128 << 20;

/// From the parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Comes first and once: what to load.
    Begin(Begin),
    /// Hear this.
    Hear(Hear),
    /// No more will come: finish what is there.
    Finish,
}

/// What the child needs before it can hear anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// The parent's process, which the child must not outlive.
    pub parent: u32,
    /// Workers.
    pub jobs: usize,
    /// The language of the calls.
    pub language: String,
    /// Longest window in milliseconds.
    pub window_ms: u32,
    /// The model's file; the demo model where there is none.
    pub model: Option<PathJson>,
    /// SHA-256 that the model must have: the parent checked it, and it may have been swapped since.
    pub model_sha256: String,
    /// The voice activity model's file; the detector in the program where there is none.
    pub vad: Option<PathJson>,
    /// Limit of the address space in bytes; 0 is none.
    pub memory_bytes: u64,
    /// Milliseconds between two signs of life.
    pub alive_ms: u64,
}

/// One recording to hear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hear {
    /// The number under which it comes back.
    pub id: usize,
    /// What it is called.
    pub name: String,
    /// Its file, or the manager's of a pair.
    pub file: PathJson,
    /// The client's file of a pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<PathJson>,
    /// Whether the manager is on the right channel.
    pub manager_right: bool,
}

/// From the child.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The model is loaded.
    Ready,
    /// Nothing new, but the child lives.
    Alive,
    /// A recording is being decoded.
    Began(usize),
    /// It was.
    Surveyed {
        /// Which.
        id: usize,
        /// Its length.
        duration_ms: u32,
        /// How much of it is speech, on all channels.
        speech_ms: u64,
    },
    /// A worker begins a window.
    WindowStarted {
        /// Which worker.
        worker: usize,
        /// Of which recording.
        id: usize,
        /// Speech in it.
        speech_ms: u32,
    },
    /// A worker is done with it.
    WindowDone {
        /// Which worker.
        worker: usize,
        /// Of which recording.
        id: usize,
        /// Speech in it.
        speech_ms: u32,
    },
    /// All that was heard in a recording, as the store writes it.
    Heard {
        /// Which.
        id: usize,
        /// What.
        heard: Box<RawValue>,
    },
    /// It could not be heard.
    Failed {
        /// Which.
        id: usize,
        /// Why.
        why: Told,
    },
    /// The child cannot hear anything.
    Fatal(String),
}

/// A path: text where it is text, else its bytes in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathJson {
    /// UTF-8.
    Text(String),
    /// Anything else that a file may be called.
    Hex(String),
}

impl From<&Path> for PathJson {
    fn from(path: &Path) -> Self {
        if let Some(text) = path.to_str() {
            return Self::Text(text.to_owned());
        }
        let mut hex = String::new();
        for byte in path.as_os_str().as_encoded_bytes() {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self::Hex(hex)
    }
}

impl PathJson {
    /// The path; `None` for what is no hex.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Text(text) => Some(PathBuf::from(text)),
            Self::Hex(hex) => {
                let digits = hex.as_bytes();
                let bytes: Option<Vec<u8>> = digits
                    .chunks(2)
                    .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
                    .collect();
                bytes.map(|bytes| PathBuf::from(from_bytes(bytes)))
            }
        }
    }
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes)
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

impl Hear {
    /// The order to hear `item` under the number `id`.
    pub fn new(id: usize, item: &HearItem) -> Self {
        let (file, client) = match &item.source {
            AudioSource::File(path) => (path, None),
            AudioSource::Pair { manager, client } => (manager, Some(client)),
        };
        Self {
            id,
            name: item.name.clone(),
            file: file.as_path().into(),
            client: client.map(|path| path.as_path().into()),
            manager_right: item.manager_channel == ManagerChannel::Right,
        }
    }

    /// What is to be heard; `None` where a path is no path.
    pub fn item(&self) -> Option<HearItem> {
        let file = self.file.path()?;
        let source = match &self.client {
            None => AudioSource::File(file),
            Some(client) => AudioSource::Pair { manager: file, client: client.path()? },
        };
        let manager_channel =
            if self.manager_right { ManagerChannel::Right } else { ManagerChannel::Left };
        Some(HearItem { source, name: self.name.clone(), manager_channel })
    }
}

/// A line that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// The pipe broke.
    #[error("cannot read from the other process")]
    Io(#[from] io::Error),
    /// Nobody has that much to say.
    #[error("a line is longer than {most_mib} MiB")]
    TooLong {
        /// What is allowed.
        most_mib: usize,
    },
    /// No message of ours.
    #[error("a line is no message: {0}")]
    Shape(#[from] serde_json::Error),
}

/// Reads one message; `None` at the end, also where the end comes in the middle of a line.
///
/// # Errors
///
/// When the pipe breaks, or what comes is no message.
pub fn read<T: serde::de::DeserializeOwned>(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
) -> Result<Option<T>, LineError> {
    line.clear();
    loop {
        let (taken, whole) = {
            let ready = match input.fill_buf() {
                Ok(ready) => ready,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if ready.is_empty() {
                return Ok(None);
            }
            let end = ready.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(ready.len());
            line.extend_from_slice(&ready[..taken]);
            (taken + usize::from(end.is_some()), end.is_some())
        };
        input.consume(taken);
        if LONGEST_LINE_BYTES < line.len() {
            return Err(LineError::TooLong { most_mib: LONGEST_LINE_BYTES >> 20 });
        }
        if whole {
            return Ok(Some(serde_json::from_slice(line)?));
        }
    }
}

/// One message as a line.
///
/// # Errors
///
/// Never in practice: nothing that we say is no JSON.
pub fn line(message: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(message)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_comes_over_with_whatever_its_path_is() {
        let item = |source| HearItem {
            source,
            name: "д/1.wav".into(),
            manager_channel: ManagerChannel::Right,
        };
        let odd = PathBuf::from(from_bytes(b"/x/\xff\n\".wav".to_vec()));
        for item in [
            item(AudioSource::File("/д/1\n.wav".into())),
            item(AudioSource::Pair { manager: odd.clone(), client: "b".into() }),
        ] {
            let sent = line(&Order::Hear(Hear::new(7, &item))).unwrap();
            assert_eq!(sent.split(|byte| *byte == b'\n').count(), 2, "one line");
            let got: Order = read(&mut sent.as_slice(), &mut Vec::new()).unwrap().unwrap();
            let Order::Hear(hear) = got else { panic!("another order") };
            assert_eq!((hear.id, hear.item()), (7, Some(item)));
        }
    }

    #[test]
    fn what_is_no_message_is_a_fault_and_half_a_line_is_the_end() {
        let of = |bytes: &[u8]| read::<Report>(&mut &bytes[..], &mut Vec::new());
        assert!(matches!(of(b"Segmentation fault\n"), Err(LineError::Shape(_))));
        assert!(matches!(of(b"{\"began\":\"x\"}\n"), Err(LineError::Shape(_))));
        assert!(matches!(of(b"{\"surveyed\":{\"id\":1}}\n"), Err(LineError::Shape(_))));
        assert!(matches!(of(b"\xff\xfe\n"), Err(LineError::Shape(_))));
        assert!(matches!(of(b"{\"heard\":{\"id\":1,\"heard\":{}"), Ok(None)));
        assert!(matches!(of(b"\"alive\"\n"), Ok(Some(Report::Alive))));
    }

    #[test]
    fn a_line_without_an_end_is_not_read_for_ever() {
        let mut endless = io::BufReader::new(io::repeat(b' '));
        let read = read::<Report>(&mut endless, &mut Vec::new());
        assert!(matches!(read, Err(LineError::TooLong { .. })));
    }
}
