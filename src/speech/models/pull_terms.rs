//! The terms of a download: what it is asked, what it tells on the way, how it ends. [`pull`](super::Models::pull) does it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How a download is made.
#[derive(Clone, Debug, Default)]
pub struct PullOptions {
    /// Take `MIRROR/FILE` instead of the list's addresses.
    pub mirror: Option<String>,
    /// Set to true by somebody to stop: what is here is kept for the next time.
    pub cancel: Arc<AtomicBool>,
    /// Times and counts.
    pub limits: Limits,
}

/// How patient a download is.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To find the host, and to connect, TLS included. Default 30 s.
    pub connect: Duration,
    /// Without a byte from the server. Default 30 s.
    pub silence: Duration,
    /// Attempts without progress (1 MiB) before it gives up. Default 5.
    pub attempts: u32,
    /// Wait before the second attempt; doubles each time up to 16 times this. Default 1 s.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            silence: Duration::from_secs(30),
            attempts: 5,
            pause: Duration::from_secs(1),
        }
    }
}

/// What a download tells while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PullEvent {
    /// It begins; `done` bytes are here from an earlier time.
    Started {
        /// The entry's name.
        name: String,
        /// Bytes that are here already.
        done: u64,
        /// Bytes of the whole file.
        bytes: u64,
    },
    /// So many bytes are here now.
    Advanced {
        /// Bytes that are here.
        done: u64,
    },
    /// The connection broke; it tries again after `wait`.
    Retrying {
        /// What happened.
        reason: String,
        /// The next attempt, counted from 2.
        attempt: u32,
        /// Attempts in all.
        of: u32,
        /// Time until then.
        wait: Duration,
    },
    /// The server sends the file from its beginning; what was here is thrown away.
    StartedOver,
    /// One address failed; the next one is tried.
    OtherAddress {
        /// What happened.
        reason: String,
    },
}

/// How a download ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// Where the file is.
    pub path: PathBuf,
    /// Whether it was there before, whole and right.
    pub already_there: bool,
}

/// Why a model could not be downloaded.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum PullError {
    /// Somebody asked it to stop.
    #[error(
        "stopped; {done} of {bytes} bytes of `{name}` are kept, and the next pull goes on from there"
    )]
    Cancelled { name: String, done: u64, bytes: u64 },
    /// A second pull in the same folder.
    #[error("another pull is active in `{}`: {by}", dir.display())]
    Locked { dir: PathBuf, by: String },
    /// The folder or a file in it cannot be written.
    #[error("cannot write `{}`; AUTOGRADE_MODEL_DIR names another folder", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The disk is too small.
    #[error("`{}` has {free} bytes free, and {needed} are needed; AUTOGRADE_MODEL_DIR names another folder", dir.display())]
    NoSpace { dir: PathBuf, needed: u64, free: u64 },
    /// The server does not have it.
    #[error("`{url}` answers with status {status}; {bytes} bytes of `{name}` were wanted{}", hint(*status))]
    Status { url: String, status: u16, name: String, bytes: u64 },
    /// The server has another file.
    #[error("`{url}` offers {found} bytes, and `{name}` has {wanted}: it is another file")]
    WrongLength { url: String, name: String, found: u64, wanted: u64 },
    /// The bytes are not those of the list.
    #[error(
        "what came from `{url}` is not `{name}`: its SHA-256 is {found}, and {wanted} was wanted; it was deleted. \
         Pull again, or from another `--mirror`"
    )]
    WrongSha256 { url: String, name: String, found: String, wanted: String },
    /// The connection broke too often.
    #[error(
        "gave up on `{url}` after {attempts} attempts: {reason}; {done} of {bytes} bytes are kept, and the next pull \
         goes on from there"
    )]
    Broken { url: String, attempts: u32, reason: String, done: u64, bytes: u64 },
    /// It cannot work.
    #[error("cannot download `{url}`: {reason}")]
    Hopeless { url: String, reason: String },
}

/// What a person can do about a status.
fn hint(status: u16) -> &'static str {
    match status {
        401 | 403 => "; it wants a login or forbids it, try a `--mirror`",
        404 | 410 => "; it does not have the file, check `--mirror`",
        407 => "; the proxy wants a login, put it into the proxy variable",
        _ => "",
    }
}
