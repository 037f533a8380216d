//! The archive: everything that was ever heard, page by page, and the drafts that a changed rulebook makes of it.
//!
//! Reading a row and understanding it are two steps, and so are making a draft's row and writing it: the first of each is
//! the database's and goes one after the other, the second is work for many threads.

use crate::call::CallInfo;
use crate::grading::MadeWith;
use crate::store::drafts::put_draft;
use crate::store::heard;
use crate::store::link::{Row, Unreadable, values};
use crate::store::{PreparedDraft, Store, StoreError, read};
use crate::transcript::Heard;

/// Which part of the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Only calls filed under this day (`YYYY-MM-DD`) or a later one.
    pub day: Option<String>,
}

/// A call of the archive as it lies there.
#[derive(Clone, Debug)]
pub struct StoredCall {
    /// SHA-256 of the recording.
    pub sha256: String,
    /// The id of its draft.
    pub id: String,
    /// The day that its draft is filed under.
    pub day: Option<String>,
    /// The model that heard it, and the program that made the draft in force.
    pub made_with: MadeWith,
    /// SHA-256 of the rulebook of the draft in force.
    pub rulebook_sha256: String,
    /// Id of the type of the draft in force.
    pub call_type: String,
    /// The exact CQR of the draft in force.
    pub cqr: Option<f64>,
    /// The draft in force as JSON, without its transcript.
    pub draft: String,
    heard: String,
    info: Option<String>,
    place: String,
}

impl StoredCall {
    /// What was heard, and what is known of the call.
    ///
    /// # Errors
    ///
    /// When the row cannot be understood.
    pub fn read(&self) -> Result<(Heard, CallInfo), StoreError> {
        let info = self.info.as_deref().map_or(Ok(CallInfo::default()), heard::read_info);
        let read = heard::read(&self.heard).and_then(|heard| Ok((heard, info?)));
        read.map_err(|fault| StoreError::Row {
            place: self.place.clone(),
            detail: format!("what was heard of `{}`: {fault}", self.id),
        })
    }
}

macro_rules! calls {
    ($rest:literal) => {
        concat!(
            "SELECT r.sha256, r.id, r.day, t.model, t.model_sha256, d.program, d.rulebook_sha256, d.cqr, d.draft, \
             t.heard, c.info, d.call_type FROM recordings r JOIN drafts d ON d.sha256 = r.sha256 \
             JOIN transcripts t ON t.sha256 = d.sha256 AND t.model_sha256 = d.model_sha256 \
             LEFT JOIN calls c ON c.id = r.call_id ",
            $rest
        )
    };
}

impl Store {
    /// The next `most` calls behind the recording `after` (empty for the first), by SHA-256. Confirmed ones are left out:
    /// no later rulebook touches them.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn stored_calls(
        &self,
        since: &Since,
        after: &str,
        most: usize,
    ) -> Result<Vec<StoredCall>, StoreError> {
        let place = self.place().to_string();
        self.with(|link| {
            let rows = link.rows(
                calls!(
                    "WHERE r.sha256 > $1 AND ($2 = '' OR r.day >= $2) \
                     AND r.sha256 NOT IN (SELECT sha256 FROM confirmations) ORDER BY r.sha256 LIMIT $3"
                ),
                &values![
                    after,
                    since.day.as_deref().unwrap_or_default(),
                    i64::try_from(most).unwrap_or(i64::MAX)
                ],
            )?;
            read(link, "the archive", || rows.iter().map(|row| stored_call(row, &place)).collect())
        })
    }

    /// One call of the archive, confirmed or not; `None` where it has no draft or its transcript is gone.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn stored_call(&self, sha256: &str) -> Result<Option<StoredCall>, StoreError> {
        let place = self.place().to_string();
        self.with(|link| {
            let row = link.row(calls!("WHERE r.sha256 = $1"), &values![sha256])?;
            read(link, "the archive", || row.map(|row| stored_call(&row, &place)).transpose())
        })
    }

    /// Puts new drafts of stored calls in force, all in one transaction. Calls that were confirmed or forgotten in the
    /// meantime are left as they are. How many were put in force.
    ///
    /// # Errors
    ///
    /// When the store cannot be written: then none is.
    pub fn put_drafts(&self, drafts: &[PreparedDraft]) -> Result<usize, StoreError> {
        self.whole(|link| {
            let mut written = 0;
            for draft in drafts {
                let open = "SELECT 1 FROM recordings WHERE sha256 = $1 \
                            AND sha256 NOT IN (SELECT sha256 FROM confirmations)";
                if link.row(open, &values![draft.sha256()])?.is_some() {
                    put_draft(link, draft)?;
                    written += 1;
                }
            }
            Ok(written)
        })
    }
}

fn stored_call(row: &Row, place: &str) -> Result<StoredCall, Unreadable> {
    let model_sha256 = row.text(4)?;
    Ok(StoredCall {
        sha256: row.text(0)?,
        id: row.text(1)?,
        day: row.maybe_text(2)?,
        made_with: MadeWith {
            model: row.maybe_text(3)?,
            model_sha256: Some(model_sha256).filter(|hash| !hash.is_empty()),
            program: row.text(5)?,
        },
        rulebook_sha256: row.text(6)?,
        call_type: row.text(11)?,
        cqr: row.maybe_real(7)?,
        draft: row.text(8)?,
        heard: row.text(9)?,
        info: row.maybe_text(10)?,
        place: place.to_owned(),
    })
}
