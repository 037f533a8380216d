//! Calls as the telephone exchange wrote them down, recorded or not.
//!
//! A row is known by its source and the id that the source gave it; importing it again changes nothing, and a row that the
//! source corrected takes the place of the earlier one.

use crate::store::link::{Row, Unreadable, values};
use crate::store::{Store, StoreError, read};

/// One call of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalRow {
    /// Which exchange it is from: a name that the firm gives it, or the format's.
    pub source: String,
    /// The call's id there; unique within the source.
    pub unique_id: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
    /// The same as RFC 3339 with the offset of the source.
    pub started_at: String,
    /// `in`, `out` or `internal`; `None` where nobody can tell.
    pub direction: Option<String>,
    /// The client's number, normalized.
    pub client: Option<String>,
    /// The manager's extension.
    pub extension: Option<String>,
    /// The manager's name.
    pub manager: Option<String>,
    /// Until somebody answered or it ended.
    pub waiting_ms: Option<i64>,
    /// From the answer to the end; 0 for a missed call.
    pub talking_ms: Option<i64>,
    /// `answered`, `missed`, `busy`, `failed` …
    pub disposition: String,
    /// The name of its recording, as the source says it.
    pub recording: Option<String>,
    /// SHA-256 of the lines that it was made of: tells whether the source said something new.
    pub raw_sha256: String,
    /// Everything else (legs, queue), as a JSON object.
    pub details: String,
}

/// Which rows of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// Not before.
    pub from_ms: Option<i64>,
    /// Before.
    pub until_ms: Option<i64>,
    /// Only this client.
    pub client: Option<String>,
    /// Only this id of the source.
    pub unique_id: Option<String>,
    /// Only calls with a recording of this name.
    pub recording: Option<String>,
}

/// What an import came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Not known before.
    pub new: u64,
    /// Known, and the source says something else now.
    pub changed: u64,
    /// Known just so.
    pub same: u64,
}

impl Store {
    /// Takes rows in, in one transaction.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn import_journal(&self, rows: &[JournalRow], at_ms: i64) -> Result<Imported, StoreError> {
        self.whole(|link| {
            let mut imported = Imported::default();
            for row in rows {
                let known = "SELECT raw_sha256 FROM journal WHERE source = $1 AND unique_id = $2";
                let before = link.row(known, &values![&row.source, &row.unique_id])?;
                let before = read(link, "journal", || before.map(|row| row.text(0)).transpose())?;
                match before {
                    Some(hash) if hash == row.raw_sha256 => {
                        imported.same += 1;
                        continue;
                    }
                    Some(_) => imported.changed += 1,
                    None => imported.new += 1,
                }
                link.run(
                    "INSERT INTO journal (source, unique_id, started_ms, started_at, direction, client, extension, \
                     manager, waiting_ms, talking_ms, disposition, recording, raw_sha256, details, imported_ms) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
                     ON CONFLICT (source, unique_id) DO UPDATE SET started_ms = excluded.started_ms, \
                     started_at = excluded.started_at, direction = excluded.direction, client = excluded.client, \
                     extension = excluded.extension, manager = excluded.manager, waiting_ms = excluded.waiting_ms, \
                     talking_ms = excluded.talking_ms, disposition = excluded.disposition, \
                     recording = excluded.recording, raw_sha256 = excluded.raw_sha256, \
                     details = excluded.details, imported_ms = excluded.imported_ms",
                    &values![
                        &row.source,
                        &row.unique_id,
                        row.started_ms,
                        &row.started_at,
                        row.direction.as_deref(),
                        row.client.as_deref(),
                        row.extension.as_deref(),
                        row.manager.as_deref(),
                        row.waiting_ms,
                        row.talking_ms,
                        &row.disposition,
                        row.recording.as_deref(),
                        &row.raw_sha256,
                        &row.details,
                        at_ms
                    ],
                )?;
            }
            Ok(imported)
        })
    }

    /// Rows of the journal, by time.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn journal(&self, filter: &JournalFilter) -> Result<Vec<JournalRow>, StoreError> {
        self.with(|link| {
            let rows = link.rows(
                "SELECT source, unique_id, started_ms, started_at, direction, client, extension, manager, waiting_ms, \
                 talking_ms, disposition, recording, raw_sha256, details FROM journal \
                 WHERE started_ms >= $1 AND started_ms < $2 AND ($3 = '' OR client = $3) \
                 AND ($4 = '' OR unique_id = $4) AND ($5 = '' OR recording = $5) \
                 ORDER BY started_ms, source, unique_id",
                &values![
                    filter.from_ms.unwrap_or(i64::MIN),
                    filter.until_ms.unwrap_or(i64::MAX),
                    filter.client.as_deref().unwrap_or_default(),
                    filter.unique_id.as_deref().unwrap_or_default(),
                    filter.recording.as_deref().unwrap_or_default()
                ],
            )?;
            read(link, "journal", || rows.iter().map(journal_row).collect())
        })
    }
}

fn journal_row(row: &Row) -> Result<JournalRow, Unreadable> {
    Ok(JournalRow {
        source: row.text(0)?,
        unique_id: row.text(1)?,
        started_ms: row.int(2)?,
        started_at: row.text(3)?,
        direction: row.maybe_text(4)?,
        client: row.maybe_text(5)?,
        extension: row.maybe_text(6)?,
        manager: row.maybe_text(7)?,
        waiting_ms: row.maybe_int(8)?,
        talking_ms: row.maybe_int(9)?,
        disposition: row.text(10)?,
        recording: row.maybe_text(11)?,
        raw_sha256: row.text(12)?,
        details: row.text(13)?,
    })
}
