//! What goes: a call that somebody asks to be forgotten, and what is older than the firm wants to keep.
//!
//! A forgotten recording leaves its hash, so that it is not taken in again, and a row of the audit; nothing that was said.
//! A legal hold keeps a recording from both. The sound itself is not the store's: whoever deletes it does so before he
//! calls [`Store::forget`], so that a deletion that was killed half-way can be done again.

use crate::store::link::{Link, values};
use crate::store::{RecordingRow, Store, StoreError, audit, read};

/// How long each class of data is kept, in days from when its recording was first seen. `None` is for ever, which is
/// the default of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// What was heard, word by word. Without it a call cannot be graded again or confirmed.
    pub transcripts: Option<u32>,
    /// Drafts that nobody confirmed.
    pub drafts: Option<u32>,
    /// What people said, with the drafts beside it.
    pub confirmations: Option<u32>,
    /// The journal, by the time of the call.
    pub journal: Option<u32>,
    /// Runs and attempts.
    pub runs: Option<u32>,
}

/// What became too old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Transcripts.
    pub transcripts: u64,
    /// Drafts.
    pub drafts: u64,
    /// Confirmations.
    pub confirmations: u64,
    /// Rows of the journal.
    pub journal: u64,
    /// Attempts.
    pub attempts: u64,
}

impl Store {
    /// Deletes everything that the store has of a recording and leaves a tombstone. Nothing happens where it is gone.
    ///
    /// # Errors
    ///
    /// When the recording is held, or the store cannot be written.
    pub fn forget(
        &self,
        recording: &RecordingRow,
        who: &str,
        why: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        let sha256 = &recording.sha256;
        self.with(|link| {
            if link.is_sqlite() {
                // What is deleted is overwritten in the file, and not only let go of.
                link.answer("PRAGMA secure_delete = ON")?;
            }
            let done = link.whole(|link| {
                if let Some(row) = link.row("SELECT who, why FROM holds WHERE sha256 = $1", &values![sha256])? {
                    let (who, why) = read(link, "holds", || Ok((row.text(0)?, row.text(1)?)))?;
                    return Err(StoreError::Held { id: recording.id.clone(), who, why });
                }
                for sql in [
                    "DELETE FROM files WHERE sha256 = $1",
                    "DELETE FROM attempts WHERE sha256 = $1",
                    "DELETE FROM confirmations WHERE sha256 = $1",
                    "DELETE FROM drafts WHERE sha256 = $1",
                    "DELETE FROM transcripts WHERE sha256 = $1",
                    "DELETE FROM recordings WHERE sha256 = $1",
                ] {
                    link.run(sql, &values![sha256])?;
                }
                link.run(
                    "DELETE FROM calls WHERE id NOT IN (SELECT call_id FROM recordings WHERE call_id IS NOT NULL)",
                    &[],
                )?;
                let fresh = link.run(
                    "INSERT INTO tombstones (sha256, at_ms, who, why) VALUES ($1, $2, $3, $4) ON CONFLICT (sha256) DO NOTHING",
                    &values![sha256, at_ms, who, why],
                )?;
                if 0 < fresh {
                    // The id is a file's name, which often is a number of a telephone: the hash alone names it.
                    let detail = serde_json::json!({ "why": why }).to_string();
                    audit::note(link, at_ms, who, "forget", sha256, &detail)?;
                }
                Ok(())
            });
            if link.is_sqlite() {
                link.answer("PRAGMA secure_delete = FAST")?;
                // The log still has the pages as they were.
                link.answer("PRAGMA wal_checkpoint(TRUNCATE)")?;
            }
            done
        })
    }

    /// Keeps a recording from being forgotten or expiring, until [`Store::release`].
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn hold(
        &self,
        recording: &RecordingRow,
        who: &str,
        why: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        self.whole(|link| {
            link.run(
                "INSERT INTO holds (sha256, at_ms, who, why) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (sha256) DO UPDATE SET at_ms = excluded.at_ms, who = excluded.who, why = excluded.why",
                &values![&recording.sha256, at_ms, who, why],
            )?;
            let detail = serde_json::json!({ "why": why }).to_string();
            audit::note(link, at_ms, who, "hold", &recording.id, &detail)
        })
    }

    /// Ends a hold. False where there was none.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn release(
        &self,
        recording: &RecordingRow,
        who: &str,
        at_ms: i64,
    ) -> Result<bool, StoreError> {
        self.whole(|link| {
            let ended =
                link.run("DELETE FROM holds WHERE sha256 = $1", &values![&recording.sha256])?;
            if 0 < ended {
                audit::note(link, at_ms, who, "release", &recording.id, "{}")?;
            }
            Ok(0 < ended)
        })
    }

    /// Deletes what is older than `retention` allows at `now_ms`, and says in the audit how much that was. Held recordings
    /// stay whole. With `only_count`, nothing is deleted.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn expire(
        &self,
        retention: &Retention,
        who: &str,
        now_ms: i64,
        only_count: bool,
    ) -> Result<Expired, StoreError> {
        self.whole(|link| {
            let before = |days: Option<u32>| {
                // Nothing is older than the beginning of time.
                days.map_or(i64::MIN, |days| now_ms.saturating_sub(i64::from(days) * 86_400_000))
            };
            let expired = Expired {
                confirmations: old(
                    link,
                    CONFIRMATIONS,
                    before(retention.confirmations),
                    only_count,
                )?,
                drafts: old(link, DRAFTS, before(retention.drafts), only_count)?,
                transcripts: old(link, TRANSCRIPTS, before(retention.transcripts), only_count)?,
                journal: old(link, JOURNAL, before(retention.journal), only_count)?,
                attempts: old(link, ATTEMPTS, before(retention.runs), only_count)?,
            };
            if !only_count && expired != Expired::default() {
                let detail = serde_json::json!({
                    "transcripts": expired.transcripts,
                    "drafts": expired.drafts,
                    "confirmations": expired.confirmations,
                    "journal": expired.journal,
                    "attempts": expired.attempts,
                });
                audit::note(link, now_ms, who, "expire", "store", &detail.to_string())?;
            }
            Ok(expired)
        })
    }
}

/// A statement that counts and one that deletes, with the same condition; `$1` is the time before which rows are old.
type Old = (&'static str, &'static str);

macro_rules! old_rows {
    ($table:literal, $condition:literal) => {
        (
            concat!("SELECT COUNT(*) FROM ", $table, " WHERE ", $condition),
            concat!("DELETE FROM ", $table, " WHERE ", $condition),
        )
    };
}

const CONFIRMATIONS: Old = old_rows!(
    "confirmations",
    "sha256 IN (SELECT sha256 FROM recordings WHERE first_seen_ms < $1) AND sha256 NOT IN (SELECT sha256 FROM holds)"
);
const DRAFTS: Old = old_rows!(
    "drafts",
    "sha256 IN (SELECT sha256 FROM recordings WHERE first_seen_ms < $1) AND sha256 NOT IN (SELECT sha256 FROM holds) \
     AND sha256 NOT IN (SELECT sha256 FROM confirmations)"
);
const TRANSCRIPTS: Old = old_rows!(
    "transcripts",
    "sha256 IN (SELECT sha256 FROM recordings WHERE first_seen_ms < $1) AND sha256 NOT IN (SELECT sha256 FROM holds)"
);
const JOURNAL: Old = old_rows!("journal", "started_ms < $1");
const ATTEMPTS: Old = old_rows!(
    "attempts",
    "ended_ms < $1 AND sha256 NOT IN (SELECT sha256 FROM holds) \
     AND sha256 NOT IN (SELECT sha256 FROM recordings WHERE state IN ('crashed', 'working', 'waiting'))"
);

fn old(
    link: &mut Link,
    (count, delete): Old,
    before_ms: i64,
    only_count: bool,
) -> Result<u64, StoreError> {
    if !only_count {
        return link.run(delete, &values![before_ms]);
    }
    let row = link.row(count, &values![before_ms])?;
    let count = read(link, "what is old", || row.map_or(Ok(0), |row| row.int(0)))?;
    Ok(u64::try_from(count).unwrap_or_default())
}
