//! One pull at a time in a folder of models.
//!
//! The lock is the operating system's, on a file that stays: it ends with the process, however that ends, so that no
//! stale lock can be left. The file says who holds it, for the message to the second one; it is never read for a decision.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// Name of the file.
const FILE: &str = ".pull.lock";

/// Held as long as the value lives.
#[derive(Debug)]
pub(super) struct PullLock {
    _file: File,
}

/// Why the lock could not be had.
pub(super) enum NoLock {
    /// Another process has it.
    Held {
        /// What it wrote about itself.
        by: String,
    },
    /// The file cannot be made or locked.
    Io(io::Error),
}

impl PullLock {
    /// Takes the lock of the folder `dir`, or says at once that it cannot be had.
    pub(super) fn take(dir: &Path, name: &str) -> Result<Self, NoLock> {
        let path = dir.join(FILE);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(NoLock::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                // It may be empty for the moment in which the other one has locked and not yet written.
                let _ = (&file).take(200).read_to_string(&mut by);
                let by = by.trim();
                let by = if by.is_empty() { "another process" } else { by };
                return Err(NoLock::Held { by: by.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(NoLock::Io(error)),
        }
        let since = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC");
        let who = format!("process {} since {since}, pulling `{name}`\n", std::process::id());
        let note = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(who.as_bytes())
        };
        note(&mut file).map_err(NoLock::Io)?;
        Ok(Self { _file: file })
    }
}
