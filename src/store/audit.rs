//! Who did what: rows that are only ever added, each with the hash of the one before it.
//!
//! A row that somebody changed or took out breaks the chain, and [`Store::check`] says where. The last rows can still be cut
//! off by who owns the database; a copy elsewhere is the cure for that. Rows name a call by its id and hold no words of it.

use sha2::{Digest as _, Sha256};

use crate::store::link::{Link, Row, Unreadable, values};
use crate::store::schema::hex;
use crate::store::{Store, StoreError, next, read};

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// From 1, without gaps.
    pub number: i64,
    /// When.
    pub at_ms: i64,
    /// Who, as he said.
    pub who: String,
    /// `confirm`, `forget`, `hold`, `release`, `expire`.
    pub what: String,
    /// To which call: the id of its draft; or to what.
    pub subject: String,
    /// More of it, as a JSON object.
    pub detail: String,
    /// Hash of the row before; empty for the first.
    pub previous: String,
    /// Hash of this row with `previous` in it.
    pub sha256: String,
}

impl AuditRow {
    /// The hash that the row should have.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.number.to_be_bytes());
        hash.update(self.at_ms.to_be_bytes());
        for text in [&self.who, &self.what, &self.subject, &self.detail, &self.previous] {
            // With lengths, so that no letter can move from one field to the next.
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        hex(&hash.finalize())
    }
}

/// Adds a row, in the transaction that does the thing.
pub(super) fn note(
    link: &mut Link,
    at_ms: i64,
    who: &str,
    what: &str,
    subject: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let number = next(link, "audit")?;
    let before = link.row("SELECT sha256 FROM audit WHERE number = $1", &values![number - 1])?;
    let previous = read(link, "the audit", || before.map_or(Ok(String::new()), |row| row.text(0)))?;
    let mut row = AuditRow {
        number,
        at_ms,
        who: who.replace('\0', "\u{fffd}"),
        what: what.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_owned(),
        previous,
        sha256: String::new(),
    };
    row.sha256 = row.digest();
    link.run(
        "INSERT INTO audit (number, at_ms, who, what, subject, detail, previous, sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &values![
            number,
            at_ms,
            &row.who,
            &row.what,
            &row.subject,
            &row.detail,
            &row.previous,
            &row.sha256
        ],
    )?;
    Ok(())
}

impl Store {
    /// What was done, oldest first, behind row `after` (0 for the first).
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn audit(&self, after: i64, most: usize) -> Result<Vec<AuditRow>, StoreError> {
        self.with(|link| {
            let rows = link.rows(
                "SELECT number, at_ms, who, what, subject, detail, previous, sha256 FROM audit \
                 WHERE number > $1 ORDER BY number LIMIT $2",
                &values![after, i64::try_from(most).unwrap_or(i64::MAX)],
            )?;
            read(link, "the audit", || rows.iter().map(audit_row).collect())
        })
    }

    /// The first row at which the chain is broken, if it is.
    pub(super) fn broken_audit(&self) -> Result<Option<i64>, StoreError> {
        let (mut after, mut previous) = (0, String::new());
        loop {
            let rows = self.audit(after, 1000)?;
            if rows.is_empty() {
                return Ok(None);
            }
            for row in rows {
                let follows = row.number == after + 1 && row.previous == previous;
                if !follows || row.digest() != row.sha256 {
                    return Ok(Some(row.number));
                }
                (after, previous) = (row.number, row.sha256);
            }
        }
    }
}

fn audit_row(row: &Row) -> Result<AuditRow, Unreadable> {
    Ok(AuditRow {
        number: row.int(0)?,
        at_ms: row.int(1)?,
        who: row.text(2)?,
        what: row.text(3)?,
        subject: row.text(4)?,
        detail: row.text(5)?,
        previous: row.text(6)?,
        sha256: row.text(7)?,
    })
}
