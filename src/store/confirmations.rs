//! What people said of drafts: added, never changed, with the machine's draft beside it.
//!
//! A person who changes his mind confirms again; the latest answer holds and the earlier ones stay.

use crate::store::link::{Row, Unreadable, values};
use crate::store::{Key, Store, StoreError, audit, read};

/// A person's answer to a draft.
#[derive(Clone, Copy, Debug)]
pub struct NewConfirmation<'a> {
    /// The draft that he saw.
    pub key: &'a Key,
    /// Who he is, as he says.
    pub who: &'a str,
    /// When.
    pub at_ms: i64,
    /// The type that he says the call has.
    pub call_type: &'a str,
    /// The CQR of his values.
    pub cqr: Option<f64>,
    /// Its verdict.
    pub verdict: &'a str,
    /// The whole confirmed scorecard as JSON.
    pub confirmed: &'a str,
    /// What he changed, as a JSON object without words of the call: goes to the audit.
    pub changes: &'a str,
}

/// A person's answer as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfirmationRow {
    /// From 1 for each recording.
    pub number: i64,
    /// Who.
    pub who: String,
    /// When.
    pub at_ms: i64,
    /// The type that he says the call has.
    pub call_type: String,
    /// 0 to 100, exact.
    pub cqr: Option<f64>,
    /// `good`, `needs_work`, `open` or `none`.
    pub verdict: String,
    /// The machine's draft as JSON, without its transcript.
    pub draft: String,
    /// The confirmed scorecard as JSON.
    pub confirmed: String,
}

impl Store {
    /// Stores a person's answer, the draft that he saw beside it, and a row of the audit. Its number, from 1.
    ///
    /// # Errors
    ///
    /// When the draft in force is not the one that he saw, or the store cannot be written.
    pub fn confirm(&self, new: &NewConfirmation<'_>) -> Result<i64, StoreError> {
        self.whole(|link| {
            let Key { sha256, model_sha256, rulebook_sha256 } = new.key;
            let row = link.row(
                "SELECT d.draft, r.id, (SELECT COALESCE(MAX(c.number), 0) FROM confirmations c WHERE c.sha256 = $1) \
                 FROM drafts d JOIN recordings r ON r.sha256 = d.sha256 \
                 WHERE d.sha256 = $1 AND d.model_sha256 = $2 AND d.rulebook_sha256 = $3",
                &values![sha256, model_sha256, rulebook_sha256],
            )?;
            let Some(row) = row else {
                return Err(StoreError::Replaced { given: sha256.clone() });
            };
            let (draft, id, last) =
                read(link, "drafts", || Ok((row.text(0)?, row.text(1)?, row.int(2)?)))?;
            link.run(
                "INSERT INTO confirmations (sha256, number, who, at_ms, call_type, cqr, verdict, model_sha256, \
                 rulebook_sha256, draft, confirmed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                &values![
                    sha256,
                    last + 1,
                    new.who,
                    new.at_ms,
                    new.call_type,
                    new.cqr,
                    new.verdict,
                    model_sha256,
                    rulebook_sha256,
                    &draft,
                    new.confirmed
                ],
            )?;
            audit::note(link, new.at_ms, new.who, "confirm", &id, new.changes)?;
            Ok(last + 1)
        })
    }

    /// What people said of a recording's drafts, the latest last.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn confirmations(&self, sha256: &str) -> Result<Vec<ConfirmationRow>, StoreError> {
        self.with(|link| {
            let rows = link.rows(
                "SELECT number, who, at_ms, call_type, cqr, verdict, draft, confirmed FROM confirmations \
                 WHERE sha256 = $1 ORDER BY number",
                &values![sha256],
            )?;
            read(link, "confirmations", || rows.iter().map(confirmation).collect())
        })
    }
}

fn confirmation(row: &Row) -> Result<ConfirmationRow, Unreadable> {
    Ok(ConfirmationRow {
        number: row.int(0)?,
        who: row.text(1)?,
        at_ms: row.int(2)?,
        call_type: row.text(3)?,
        cqr: row.maybe_real(4)?,
        verdict: row.text(5)?,
        draft: row.text(6)?,
        confirmed: row.text(7)?,
    })
}
