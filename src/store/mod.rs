//! The store: what is known of every recording, what was heard, what was proposed, what a person said of it.
//!
//! [`Store`] is a database that the rest of the program sees as blocking methods on plain data: SQLite in a file, or
//! PostgreSQL by URL, with the same statements, the same migrations and the same tests. Whatever belongs together is
//! written in one transaction, so that a kill at any moment leaves a whole store. Hashes name things: a recording is the
//! SHA-256 of its bytes, a draft that of recording, model and rulebook.
//!
//! The store decides nothing about calls and reads no clock but to date its own backups: times come with the data, in
//! milliseconds since 1970. It never grades, and never opens a recording.

mod archive;
mod attempts;
mod audit;
mod backup;
mod check;
mod confirmations;
mod drafts;
mod error;
mod files;
mod forget;
mod heard;
mod journal;
mod link;
mod lost_log;
mod open;
mod place;
mod recordings;
mod runs;
mod schema;
mod transfer;

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub use archive::{Since, StoredCall};
pub use attempts::{Attempt, Finished, Kept, NewAttempt};
pub use audit::AuditRow;
pub use check::Checked;
pub use confirmations::{ConfirmationRow, NewConfirmation};
pub use drafts::{DraftRow, Key, PreparedDraft};
pub use error::StoreError;
pub use files::DraftFiles;
pub use forget::{Expired, Retention};
pub use journal::{Imported, JournalFilter, JournalOf, JournalRow};
pub use open::OpenOptions;
pub use place::Place;
pub use recordings::{FileRow, NewFile, RecordingRow, Standing, State};
pub use runs::{NewRun, RunId, RunRow};

use crate::transcript::Heard;

use link::{Link, Unreadable};

/// An open store. Methods block, and may be called from several threads: they take turns.
pub struct Store {
    link: Mutex<Link>,
    place: Place,
}

impl Store {
    /// Opens the store at `place`; makes it where none is and `options` say so; upgrades an older one, after a backup.
    ///
    /// # Errors
    ///
    /// When there is none, or what is there is damaged, foreign, newer, locked or not writable: it is then left as it is.
    pub fn open(place: &Place, options: &OpenOptions) -> Result<Self, StoreError> {
        let link = open::open(place, options)?;
        Ok(Self { link: Mutex::new(link), place: place.clone() })
    }

    /// Where it lies.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Closes it and waits for that. Dropping it does the same and cannot tell what went wrong.
    ///
    /// # Errors
    ///
    /// When the last writes cannot be brought to their place.
    pub fn close(self) -> Result<(), StoreError> {
        self.link.into_inner().unwrap_or_else(PoisonError::into_inner).close()
    }

    /// Copies the store to a new file, checks the copy, and only then gives it its name.
    ///
    /// # Errors
    ///
    /// When the file is there already, there is no room for it, or the store is of PostgreSQL, which has `pg_dump`.
    pub fn backup(&self, target: &Path) -> Result<(), StoreError> {
        self.with(|link| {
            if link.is_sqlite() {
                return backup::vacuum_into(link, target);
            }
            Err(StoreError::NoFile { place: self.place.to_string() })
        })
    }

    /// Work on the connection, one thread at a time.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Link) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // A thread that panicked in the middle left a transaction that the database undoes; the link is as good as before.
        work(&mut self.link.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Work that is done whole or not at all.
    fn whole<T>(
        &self,
        work: impl FnOnce(&mut Link) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with(|link| link.whole(work))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Milliseconds since 1970 by this machine's clock, for the times that methods ask for.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// What was heard as the store writes it: one line of JSON from which the same bits come back.
///
/// # Errors
///
/// When a number in it is none, which no recognizer makes.
pub fn heard_to_json(heard: &Heard) -> Result<String, HeardError> {
    heard::write(heard).map_err(|fault| HeardError { detail: fault.to_string() })
}

/// The way back.
///
/// # Errors
///
/// When the text is nothing that [`heard_to_json`] wrote.
pub fn heard_from_json(text: &str) -> Result<Heard, HeardError> {
    heard::read(text).map_err(|fault| HeardError { detail: fault.to_string() })
}

/// What was heard cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("what was heard cannot be passed on: {detail}")]
pub struct HeardError {
    /// What serde found.
    pub detail: String,
}

/// Reads a row, with the place in the error.
fn read<T>(
    link: &Link,
    what: &str,
    reading: impl FnOnce() -> Result<T, Unreadable>,
) -> Result<T, StoreError> {
    reading().map_err(|fault| link.unreadable(what, &fault))
}

/// The next number of a series. It holds the series until the transaction ends, so that two writers never get the same.
fn next(link: &mut Link, series: &str) -> Result<i64, StoreError> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value";
    let row = link.row(sql, &link::values![series])?;
    read(link, "counters", || row.ok_or_else(|| Unreadable::new(series))?.int(0))
}
