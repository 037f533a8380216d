//! Looking through a store: every page, every row, every link between them.
//!
//! Nothing is repaired: what is wrong is told, and the remedy is a backup.

use crate::store::link::values;
use crate::store::open::read_through;
use crate::store::{Store, StoreError, heard};

/// What a look through the store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Recordings.
    pub recordings: u64,
    /// Transcripts that were read.
    pub transcripts: u64,
    /// Drafts that were read.
    pub drafts: u64,
    /// Confirmations that were read.
    pub confirmations: u64,
    /// What is wrong, a sentence each.
    pub faults: Vec<String>,
}

/// Faults that are told; more say nothing new.
const MOST_FAULTS: usize = 50;

impl Store {
    /// Reads the whole store.
    ///
    /// # Errors
    ///
    /// When it cannot be read at all. What can be read and is wrong is in [`Checked::faults`].
    pub fn check(&self) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        self.with(|link| {
            if link.is_sqlite() {
                if let Err(StoreError::Damaged { detail, .. }) =
                    read_through(link, "PRAGMA integrity_check(20)")
                {
                    checked.faults.push(detail);
                }
                for row in link.answer("PRAGMA foreign_key_check")? {
                    let table = row.text(0).unwrap_or_default();
                    checked.faults.push(format!("a row of `{table}` belongs to nothing"));
                }
            }
            let count = |row: Option<super::link::Row>| {
                row.and_then(|row| row.int(0).ok())
                    .and_then(|count| u64::try_from(count).ok())
                    .unwrap_or_default()
            };
            checked.recordings = count(link.row("SELECT COUNT(*) FROM recordings", &[])?);
            let lost = "SELECT COUNT(*) FROM recordings r WHERE r.state = 'graded' AND NOT EXISTS \
                        (SELECT 1 FROM drafts d WHERE d.sha256 = r.sha256) AND NOT EXISTS \
                        (SELECT 1 FROM confirmations c WHERE c.sha256 = r.sha256)";
            let lost = count(link.row(lost, &[])?);
            if 0 < lost {
                checked.faults.push(format!(
                    "{lost} recordings are graded and have no draft (expired, or lost)"
                ));
            }
            for (what, sql) in READ {
                let mut after = (String::new(), String::new());
                loop {
                    let rows = link.rows(sql, &values![&after.0, &after.1])?;
                    let Some(end) = rows.last() else { break };
                    after = (end.text(0).unwrap_or_default(), end.text(1).unwrap_or_default());
                    for row in &rows {
                        let (sha256, text) = (row.text(0).unwrap_or_default(), row.text(2));
                        let fault = text.and_then(|text| understood(what, &text, &sha256)).err();
                        match *what {
                            "transcript" => checked.transcripts += 1,
                            "draft" => checked.drafts += 1,
                            _ => checked.confirmations += 1,
                        }
                        if let Some(fault) = fault
                            && checked.faults.len() < MOST_FAULTS
                        {
                            checked.faults.push(format!(
                                "the {what} of `{}`: {fault}",
                                sha256.get(..8).unwrap_or(&sha256)
                            ));
                        }
                    }
                }
            }
            Ok(())
        })?;
        if let Some(number) = self.broken_audit()? {
            checked.faults.push(format!(
                "the audit is broken at row {number}: it, or the one before it, was changed"
            ));
        }
        Ok(checked)
    }
}

/// What is read, and how: a page behind two keys, then the text.
const READ: &[(&str, &str)] = &[
    (
        "transcript",
        "SELECT sha256, model_sha256, heard FROM transcripts WHERE (sha256, model_sha256) > ($1, $2) \
         ORDER BY sha256, model_sha256 LIMIT 200",
    ),
    (
        "draft",
        "SELECT sha256, rulebook_sha256, draft FROM drafts WHERE (sha256, rulebook_sha256) > ($1, $2) \
         ORDER BY sha256, rulebook_sha256 LIMIT 200",
    ),
    (
        "confirmation",
        "SELECT sha256, CAST(number AS TEXT), confirmed FROM confirmations \
         WHERE (sha256, CAST(number AS TEXT)) > ($1, $2) ORDER BY sha256, CAST(number AS TEXT) LIMIT 200",
    ),
];

fn understood(what: &str, text: &str, sha256: &str) -> Result<(), super::link::Unreadable> {
    use super::link::Unreadable;
    if what == "transcript" {
        let heard = heard::read(text)?;
        return if heard.recording.sha256 == sha256 {
            Ok(())
        } else {
            Err(Unreadable::new("it is of another recording"))
        };
    }
    let object: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(text);
    object.map(|_| ()).map_err(|error| Unreadable::new(error.to_string()))
}
