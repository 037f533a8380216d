//! Copies of a store: a file beside it for SQLite, tables in a schema of their own for PostgreSQL.
//!
//! The copy of SQLite is written under another name, checked from the first page to the last and then renamed; nothing is
//! ever overwritten. PostgreSQL's own `pg_dump` is the better backup there; ours is for the moment before an upgrade.

use std::fs;
use std::path::Path;

use crate::store::link::Link;
use crate::store::open::{file, read_through, sync_folder};
use crate::store::{OpenOptions, Place, StoreError, lost_log};

/// Copies a store of SQLite to `target`, which must not be there.
pub(super) fn vacuum_into(link: &mut Link, target: &Path) -> Result<(), StoreError> {
    if target.exists() {
        return Err(StoreError::Exists { path: target.to_path_buf() });
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| file("make the folder", folder, source))?;
    let room = tempfile::Builder::new()
        .prefix(".autograde-backup-")
        .tempdir_in(folder)
        .map_err(|source| file("write to", folder, source))?;
    let copy = room.path().join("copy.db");
    // In quotes of SQL, a quote is written twice.
    let name = copy.to_string_lossy().replace('\'', "''");
    link.script(&format!("VACUUM INTO '{name}'"))?;
    let place = Place::Sqlite(copy.clone());
    let mut other =
        Link::open(&super::open::url(&copy, "rw")?, &place, OpenOptions::default().patience)?;
    read_through(&mut other, "PRAGMA integrity_check(1)")?;
    // The store was open while it was copied; the copy is not, and has no log that could be missed.
    other.script(lost_log::CLOSED)?;
    other.close()?;
    fs::File::open(&copy)
        .and_then(|copy| copy.sync_all())
        .map_err(|source| file("write", target, source))?;
    // A hard link fails where the target is there, which a rename would not.
    fs::hard_link(&copy, target).map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::Exists { path: target.to_path_buf() },
        _ => file("write", target, source),
    })?;
    sync_folder(folder)
}

/// The tables of the schema in use, by name.
pub(super) fn tables(link: &mut Link) -> Result<Vec<String>, StoreError> {
    let rows = link.rows(
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1",
        &[],
    )?;
    let names: Result<Vec<String>, _> = rows.iter().map(|row| row.text(0)).collect();
    names.map_err(|fault| link.unreadable("the list of tables", &fault))
}

/// Copies every table of PostgreSQL to a schema named `name`.
pub(super) fn copy_tables(link: &mut Link, name: &str) -> Result<(), StoreError> {
    let tables = tables(link)?;
    link.whole(|link| {
        link.script(&format!("CREATE SCHEMA {name}"))?;
        for table in &tables {
            // Names of ours: letters and underscores.
            link.script(&format!("CREATE TABLE {name}.{table} AS TABLE {table}"))?;
        }
        Ok(())
    })
}
