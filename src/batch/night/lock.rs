//! One run at a time in a data folder.
//!
//! The lock is the operating system's, on a file that stays: it ends with the process, however that ends, so that no stale
//! lock can be left. What the file says is for the message to the second one only.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
const FILE: &str = ".run.lock";

/// Held as long as the value lives.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

/// Why the lock could not be had.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum LockError {
    /// Another run has it.
    #[error("another run is active in `{}`: {by}; wait for it, or end it", folder.display())]
    Held { folder: PathBuf, by: String },
    /// The file cannot be made or locked.
    #[error("cannot lock `{}`", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl RunLock {
    /// Takes the lock of a data folder, which is made where it is not there; `what` is the command.
    ///
    /// # Errors
    ///
    /// When another run has it, or the folder cannot be written to.
    pub fn take(data: &Path, what: &str) -> Result<Self, LockError> {
        let path = data.join(FILE);
        let fault = |source| LockError::Io { path: path.clone(), source };
        std::fs::create_dir_all(data).map_err(fault)?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                // It may be empty for the moment in which the other one has locked and not yet written.
                let _ = (&file).take(200).read_to_string(&mut by);
                let by = by.trim();
                let by = if by.is_empty() { "another process" } else { by }.to_owned();
                return Err(LockError::Held { folder: data.to_path_buf(), by });
            }
            Err(TryLockError::Error(source)) => return Err(fault(source)),
        }
        let since = jiff::ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S %:z");
        let who = format!("`autograde {what}`, process {} since {since}\n", std::process::id());
        // A full disk may not keep a run from telling that it is full: what is written here is a courtesy.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(who.as_bytes()));
        Ok(Self { _file: file })
    }

    /// Who holds the lock of a data folder now; `None` where nobody does.
    pub fn holder(data: &Path) -> Option<String> {
        let file = File::open(data.join(FILE)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => {}
            _ => return None,
        }
        let mut by = String::new();
        (&file).take(200).read_to_string(&mut by).ok()?;
        Some(by.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_holds_it_and_a_dropped_lock_is_free() {
        let dir = tempfile::TempDir::new().unwrap();
        let data = dir.path().join("data");
        let lock = RunLock::take(&data, "nightly").unwrap();
        let told = RunLock::take(&data, "watch").unwrap_err().to_string();
        assert!(told.contains("`autograde nightly`, process"), "{told}");
        assert!(RunLock::holder(&data).unwrap().contains("nightly"));
        drop(lock);
        assert_eq!(RunLock::holder(&data), None);
        RunLock::take(&data, "watch").unwrap();
    }
}
