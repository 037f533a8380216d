//! Migrations: forward only, each in a transaction of its own, a backup before the first.
//!
//! `autograde_schema` tells which were applied, with the hash of each text. A store with a migration that this program
//! does not know is newer and is refused; one whose migrations have other hashes was made by another line of the program.

use sha2::{Digest as _, Sha256};

use crate::store::link::{Link, values};
use crate::store::{StoreError, read};

/// Number, name and text of every migration, in order.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("migrations/0001_first.sql")),
    (2, "journal_by_id", include_str!("migrations/0002_journal_by_id.sql")),
];

/// The newest schema that this program knows.
pub(super) const NEWEST: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS autograde_schema (version BIGINT PRIMARY KEY, name TEXT NOT NULL, \
                     sha256 TEXT NOT NULL, applied_ms BIGINT NOT NULL)";

/// The schema that a store has; 0 for a new one.
///
/// # Errors
///
/// When it is newer than this program, or of another line.
pub(super) fn version(link: &mut Link) -> Result<i64, StoreError> {
    let rows = link.rows("SELECT version, sha256 FROM autograde_schema ORDER BY version", &[])?;
    let mut found = 0;
    for row in rows {
        let read = row.int(0).and_then(|version| Ok((version, row.text(1)?)));
        let (version, hash) = read.map_err(|fault| link.unreadable("the schema", &fault))?;
        let place = link.place().to_string();
        let Some((_, _, text)) = MIGRATIONS.iter().find(|(known, _, _)| *known == version) else {
            return Err(StoreError::Newer { place, found: version, known: NEWEST });
        };
        let known = digest(text);
        if known != hash {
            return Err(StoreError::OtherLine { place, version, found: hash, known });
        }
        found = version;
    }
    Ok(found)
}

/// Brings a store from schema `from` to the newest.
pub(super) fn migrate(link: &mut Link, from: i64, at_ms: i64) -> Result<(), StoreError> {
    for (version, name, text) in MIGRATIONS.iter().filter(|(version, _, _)| from < *version) {
        link.whole(|link| {
            link.script(TABLE)?;
            // Two programs that open a new database at once: the second finds the work done.
            if !link.is_sqlite() {
                link.script("LOCK TABLE autograde_schema IN EXCLUSIVE MODE")?;
            }
            let done = "SELECT version FROM autograde_schema WHERE version = $1";
            if link.row(done, &values![*version])?.is_some() {
                return Ok(());
            }
            link.script(text)?;
            if !link.is_sqlite() {
                sort_by_bytes(link)?;
            }
            link.run(
                "INSERT INTO autograde_schema (version, name, sha256, applied_ms) VALUES ($1, $2, $3, $4)",
                &values![*version, *name, &digest(text), at_ms],
            )?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Texts are compared byte by byte, as SQLite does, and not by the language of the server: order and pages are the same.
fn sort_by_bytes(link: &mut Link) -> Result<(), StoreError> {
    let rows = link.rows(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns \
         WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' \
         ORDER BY 1, 2",
        &[],
    )?;
    for row in rows {
        let (table, column) = read(link, "the schema", || Ok((row.text(0)?, row.text(1)?)))?;
        link.script(&format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE TEXT COLLATE \"C\""))?;
    }
    Ok(())
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
