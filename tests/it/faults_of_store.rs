//! Faults of a store that was open when they came: its log is lost, an upgrade stops in the middle.
//!
//! What may happen to a closed store's file is in `store_faults`; `docs/faults.md` has the table of all.

use std::fs;
use std::path::{Path, PathBuf};

use autograde::store::{NewRun, OpenOptions, Place, Store, StoreError};

use crate::databases::tamper;
use crate::workspace::Workspace;

fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(&Place::Sqlite(path.to_path_buf()), &OpenOptions::creating())
}

fn begin_run(store: &Store) {
    let run = NewRun { kind: "nightly", program: "autograde", process: "1", started_ms: 1 };
    store.begin_run(&run).unwrap();
}

/// What a kill leaves of a store with one run in its log: its file and the log, copied while it is open.
fn killed(room: &Workspace) -> PathBuf {
    let living = room.path("living.db");
    open(&living).unwrap().close().unwrap();
    let store = open(&living).unwrap();
    begin_run(&store);
    let left = room.path("data/autograde.db");
    fs::create_dir_all(room.path("data")).unwrap();
    for ending in ["", "-wal"] {
        fs::copy(
            room.path(&format!("living.db{ending}")),
            room.path(&format!("data/autograde.db{ending}")),
        )
        .unwrap();
    }
    left
}

#[test]
fn a_killed_store_opens_with_its_log_and_is_refused_without_it() {
    let room = Workspace::new();
    let path = killed(&room);
    // Copied without its log.
    let copy = room.path("copy.db");
    fs::copy(&path, &copy).unwrap();
    let before = fs::read(&copy).unwrap();
    let error = open(&copy).unwrap_err();
    assert!(matches!(error, StoreError::LostLog { .. }), "{error}");
    assert!(
        error.to_string().contains("copy.db") && error.to_string().contains("`-wal`"),
        "{error}"
    );
    assert!(fs::read(&copy).unwrap() == before, "the file was changed");
    assert!(!room.path("copy.db-wal").exists(), "a new log would hide that the old one is lost");
    // The log is put back.
    fs::copy(room.path("data/autograde.db-wal"), room.path("copy.db-wal")).unwrap();
    let store = open(&copy).unwrap();
    assert_eq!(store.runs(9).unwrap().len(), 1);
    store.close().unwrap();
    // Closed, it needs none.
    assert!(!room.path("copy.db-wal").exists());
    assert_eq!(open(&copy).unwrap().runs(9).unwrap().len(), 1);
}

#[test]
fn the_way_to_go_on_without_the_log_that_the_manual_tells_works() {
    let room = Workspace::new();
    let path = killed(&room);
    fs::remove_file(room.path("data/autograde.db-wal")).unwrap();
    open(&path).unwrap_err();
    let manual = include_str!("../../docs/store.md");
    assert!(manual.contains("sqlite3 autograde.db 'PRAGMA user_version = 0'"));
    tamper(&path, "PRAGMA user_version = 0");
    assert_eq!(open(&path).unwrap().runs(9).unwrap().len(), 0);
}

#[test]
fn a_store_that_others_have_open_and_its_backup_are_not_taken_for_lost() {
    let room = Workspace::new();
    let path = room.path("autograde.db");
    let first = open(&path).unwrap();
    begin_run(&first);
    for _ in 0..5 {
        let other = open(&path).unwrap();
        assert_eq!(other.runs(9).unwrap().len(), 1);
    }
    let backup = room.path("backup.db");
    first.backup(&backup).unwrap();
    assert_eq!(open(&backup).unwrap().runs(9).unwrap().len(), 1);
    drop(first);
    open(&path).unwrap();
}

// Fault 32: whole or not at all, and the copy from before is there.
#[test]
fn an_upgrade_that_stops_in_the_middle_leaves_the_store_as_it_was() {
    let room = Workspace::new();
    let path = room.path("autograde.db");
    // A store of before the first migration, in which that migration meets a table of its own last one.
    tamper(
        &path,
        "PRAGMA application_id = 1095193156; CREATE TABLE autograde_schema (version BIGINT PRIMARY KEY, \
         name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms BIGINT NOT NULL); CREATE TABLE holds (a TEXT); \
         INSERT INTO holds VALUES ('kept')",
    );
    for _ in 0..2 {
        let error = open(&path).unwrap_err();
        assert!(error.to_string().contains("holds"), "{error}");
    }
    let backups = fs::read_dir(room.root()).unwrap().filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().contains("-before-schema-")
    });
    assert_eq!(backups.count(), 2, "each try has its copy");
    // Nothing of the migration stayed: without the obstacle all of it goes through.
    tamper(&path, "DROP TABLE holds");
    let store = open(&path).unwrap();
    begin_run(&store);
    assert_eq!(store.runs(9).unwrap().len(), 1);
}
