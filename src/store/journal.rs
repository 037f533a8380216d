//! Calls as the telephone exchange wrote them down, recorded or not.
//!
//! A row is known by its source and the id that the source gave it; importing it again changes nothing, and a row that the
//! source corrected takes the place of the earlier one.

use crate::store::link::{Link, Row, Unreadable, Value, values};
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
}

/// What is known of a recording whose call is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalOf<'a> {
    /// The call's id at its exchange.
    pub unique_id: Option<&'a str>,
    /// The recording's name without its ending; empty for none.
    pub stem: &'a str,
    /// The client's number, and between which times the call began, in milliseconds: from, and before.
    pub client: Option<(&'a str, i64, i64)>,
}

/// Rows that are looked at for one recording: more than that say nothing of any call.
const MOST_CANDIDATES: i64 = 200;

const COLUMNS: &str = "source, unique_id, started_ms, started_at, direction, client, extension, manager, waiting_ms, \
                       talking_ms, disposition, recording, raw_sha256, details";

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
        // Only conditions that are wanted: one that is switched off by its value would keep the database from its index.
        let mut sql =
            format!("SELECT {COLUMNS} FROM journal WHERE started_ms >= $1 AND started_ms < $2");
        let mut values =
            values![filter.from_ms.unwrap_or(i64::MIN), filter.until_ms.unwrap_or(i64::MAX)]
                .to_vec();
        if let Some(client) = &filter.client {
            sql.push_str(" AND client = $3");
            values.push(client.into());
        }
        sql.push_str(" ORDER BY started_ms, source, unique_id");
        self.with(|link| answer(link, sql, &values))
    }

    /// Rows that may be of the call of a recording, by time; which one is, if any, is not decided here.
    ///
    /// One statement with an index for each way to find one: a night asks it for every recording.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn journal_of(&self, wanted: &JournalOf<'_>) -> Result<Vec<JournalRow>, StoreError> {
        let (sql, values) = statement(wanted);
        if values.is_empty() {
            return Ok(Vec::new());
        }
        self.with(|link| answer(link, sql, &values))
    }
}

/// The statement of [`Store::journal_of`]; no values where nothing is known.
fn statement<'a>(wanted: &JournalOf<'a>) -> (String, Vec<Value<'a>>) {
    let mut values: Vec<Value<'a>> = Vec::new();
    let mut ways = Vec::new();
    let mut way = |condition: &str, more: Vec<Value<'a>>| {
        let mut condition = condition.to_owned();
        for value in more {
            values.push(value);
            condition = condition.replacen('?', &format!("${}", values.len()), 1);
        }
        ways.push(format!("SELECT {COLUMNS} FROM journal WHERE {condition}"));
    };
    if let Some(id) = wanted.unique_id {
        way("unique_id = ?", vec![id.into()]);
    }
    if !wanted.stem.is_empty() {
        // With any ending, for recordings are converted after their names were written down: `/` comes after `.`, and texts
        // are compared byte by byte on both databases.
        let ends = [".", "/"].map(|end| Value::Text(format!("{}{end}", wanted.stem).into()));
        way("recording >= ? AND recording < ?", ends.to_vec());
        way("recording = ?", vec![wanted.stem.into()]);
    }
    if let Some((client, from_ms, until_ms)) = wanted.client {
        let more = vec![client.into(), from_ms.into(), until_ms.into()];
        way("client = ? AND started_ms >= ? AND started_ms < ?", more);
    }
    let all = ways.join(" UNION ");
    (format!("{all} ORDER BY started_ms, source, unique_id LIMIT {MOST_CANDIDATES}"), values)
}

fn answer(
    link: &mut Link,
    sql: String,
    values: &[Value<'_>],
) -> Result<Vec<JournalRow>, StoreError> {
    let rows = link.rows_of(sql, values)?;
    read(link, "journal", || rows.iter().map(journal_row).collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{OpenOptions, Place};

    #[test]
    fn a_recording_asks_the_journal_by_indexes_only() {
        let room = tempfile::TempDir::new().unwrap();
        let place = Place::Sqlite(room.path().join("autograde.db"));
        let store = Store::open(&place, &OpenOptions::creating()).unwrap();
        let wanted =
            JournalOf { unique_id: Some("1.1"), stem: "a", client: Some(("+79161234567", 0, 9)) };
        let (sql, values) = statement(&wanted);
        let plan = store.with(|link| link.rows_of(format!("EXPLAIN QUERY PLAN {sql}"), &values));
        let steps: Vec<String> = plan.unwrap().iter().map(|row| row.text(3).unwrap()).collect();
        let searches = steps.iter().filter(|step| step.starts_with("SEARCH journal USING INDEX"));
        assert_eq!(searches.count(), 4, "{steps:#?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN journal")), "{steps:#?}");
    }
}
