//! What may happen to the file of a store: each is refused with what to do, and what is there is left as it was.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use autograde::store::{OpenOptions, Place, Store, StoreError};

use crate::databases::{Database, tamper};
use crate::workspace::{Workspace, skip};

/// A store with something in it, closed; its path.
fn store_in(room: &Workspace) -> std::path::PathBuf {
    let path = room.path("data/autograde.db");
    let store = Store::open(&Place::Sqlite(path.clone()), &OpenOptions::creating()).unwrap();
    let run = autograde::store::NewRun {
        kind: "nightly",
        program: "autograde",
        process: "1",
        started_ms: 1,
    };
    for _ in 0..200 {
        store.begin_run(&run).unwrap();
    }
    store.close().unwrap();
    path
}

fn open(path: &Path) -> Result<Store, StoreError> {
    let options = OpenOptions { create: true, patience: Duration::from_millis(100) };
    Store::open(&Place::Sqlite(path.to_path_buf()), &options)
}

/// Opening is refused, the message has `words` in it and the path, and the file is as it was.
#[track_caller]
fn check_refused(path: &Path, words: &str) {
    let before = fs::read(path).ok();
    let error = open(path).unwrap_err().to_string();
    assert!(error.contains(words), "{error} lacks {words}");
    assert!(error.contains(&*path.to_string_lossy()), "{error} lacks the path");
    assert!(fs::read(path).ok() == before, "the file was changed");
}

#[test]
fn a_store_leaves_one_file() {
    let room = Workspace::new();
    store_in(&room);
    let names: Vec<_> = fs::read_dir(room.path("data")).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn an_empty_file_is_not_taken_for_a_new_store() {
    let room = Workspace::new();
    let path = room.write("data/autograde.db", "");
    check_refused(&path, "the file is empty");
}

#[test]
fn foreign_files_are_left_alone() {
    let room = Workspace::new();
    check_refused(&room.write("a.db", "a letter to the editor"), "no database of SQLite");
    check_refused(&room.write("b.db", vec![0_u8; 5000]), "no database of SQLite");
    let other = room.path("c.db");
    tamper(&other, "CREATE TABLE letters (text TEXT)");
    check_refused(&other, "of another program");
    fs::create_dir(room.path("d.db")).unwrap();
    let error = open(&room.path("d.db")).unwrap_err().to_string();
    assert!(error.contains("a folder"), "{error}");
}

#[test]
fn a_store_that_is_cut_short_is_refused_at_every_length() {
    let room = Workspace::new();
    let path = store_in(&room);
    let whole = fs::read(&path).unwrap();
    for percent in (0..100).step_by(5) {
        let length = whole.len() * percent / 100;
        fs::write(&path, &whole[..length]).unwrap();
        check_refused(&path, if length == 0 { "empty" } else { "damaged" });
    }
    fs::write(&path, &whole).unwrap();
    open(&path).unwrap();
}

#[test]
fn flipped_bits_are_refused_or_harmless_and_never_make_a_new_store() {
    let room = Workspace::new();
    let path = store_in(&room);
    let whole = fs::read(&path).unwrap();
    let (mut refused, mut seed) = (0, 0x2545_f491_u64);
    for _ in 0..150 {
        let mut bytes = whole.clone();
        for _ in 0..8 {
            // Any sequence will do that is the same every time.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 20) as usize % bytes.len();
            bytes[at] ^= 1 << (seed >> 60 & 7);
        }
        fs::write(&path, &bytes).unwrap();
        match open(&path).and_then(|store| store.runs(1000).map(|runs| runs.len())) {
            Ok(runs) => assert!(150 < runs, "a store with {runs} runs came out of one with 200"),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{ending}", path.display()));
        }
    }
    assert!(20 < refused, "only {refused} of 150 damaged stores were refused");
}

#[test]
fn a_newer_store_and_one_of_another_line_are_refused() {
    let room = Workspace::new();
    let path = store_in(&room);
    tamper(&path, "INSERT INTO autograde_schema VALUES (99, 'later', 'x', 0)");
    check_refused(&path, "use the newer program");
    tamper(&path, "DELETE FROM autograde_schema WHERE version = 99");
    open(&path).unwrap();
    tamper(&path, "UPDATE autograde_schema SET sha256 = 'x'");
    check_refused(&path, "another line");
}

#[test]
fn an_older_store_is_backed_up_and_then_upgraded() {
    let room = Workspace::new();
    let path = room.path("data/autograde.db");
    fs::create_dir_all(room.path("data")).unwrap();
    // A store of before the first migration: the mark and the table of the schema, and nothing else.
    tamper(
        &path,
        "PRAGMA application_id = 1095193156; CREATE TABLE autograde_schema (version BIGINT PRIMARY KEY, \
         name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms BIGINT NOT NULL); CREATE TABLE old (a TEXT); \
         INSERT INTO old VALUES ('kept')",
    );
    let store = open(&path).unwrap();
    assert_eq!(store.runs(1).unwrap(), []);
    store.close().unwrap();
    let backups: Vec<String> = fs::read_dir(room.path("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("-before-schema-"))
        .collect();
    assert_eq!(backups, ["autograde.db-before-schema-2"]);
    tamper(&room.path("data").join(&backups[0]), "INSERT INTO old VALUES ('too')");
    // The second time there is nothing to upgrade.
    open(&path).unwrap();
    assert_eq!(fs::read_dir(room.path("data")).unwrap().count(), 2);
}

#[test]
fn a_log_without_its_store_is_not_started_over() {
    let room = Workspace::new();
    let path = store_in(&room);
    fs::rename(&path, room.path("data/away.db")).unwrap();
    room.write("data/autograde.db-wal", "what was not yet brought to its place");
    let error = open(&path).unwrap_err().to_string();
    assert!(error.contains("`-wal` is still there"), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_store_that_is_being_made_is_not_there_yet() {
    let room = Workspace::new();
    // What a kill in the middle leaves.
    room.write("data/.autograde-abc.db", "half");
    let path = room.path("data/autograde.db");
    let missing = Store::open(&Place::Sqlite(path.clone()), &OpenOptions::default()).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    open(&path).unwrap();
}

#[test]
fn a_locked_store_is_told_and_served_when_it_is_free() {
    let room = Workspace::new();
    let path = store_in(&room);
    let (first, second) = (open(&path).unwrap(), open(&path).unwrap());
    let run = autograde::store::NewRun {
        kind: "nightly",
        program: "autograde",
        process: "1",
        started_ms: 1,
    };
    // An export keeps the writer's lock while it writes.
    let mut waits = Waits { store: &second, refused: None };
    first.export(&mut waits).unwrap();
    let refused = waits.refused.unwrap();
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    second.begin_run(&run).unwrap();
}

/// Tries to write to a store while it is written to itself.
struct Waits<'a> {
    store: &'a Store,
    refused: Option<StoreError>,
}

impl std::io::Write for Waits<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.refused.is_none() {
            self.refused = self.store.retry(None, 1).err();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let room = Workspace::new();
    let disk = room.path("disk");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
        .arg(&disk)
        .output()
        .is_ok_and(|output| output.status.success());
    if !mounted {
        skip("a full disk under the store", "mounting a small disk is not allowed here");
        return;
    }
    let ended = std::panic::catch_unwind(|| fill(&disk.join("autograde.db")));
    Command::new("umount").arg(&disk).status().unwrap();
    ended.unwrap();
}

fn fill(path: &Path) {
    let store = open(path).unwrap();
    let row = |number: usize| autograde::store::JournalRow {
        source: "pbx".into(),
        unique_id: number.to_string(),
        details: "x".repeat(5000),
        ..autograde::store::JournalRow::default()
    };
    let mut written = 0;
    let error = loop {
        match store.import_journal(&[row(written)], 1) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 1000, "the disk is not full");
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    // A backup has no room either, and leaves nothing behind.
    let folder = path.parent().unwrap();
    assert!(store.backup(&folder.join("copy.db")).is_err());
    drop(store);
    assert!(!folder.join("copy.db").exists());
    assert!(fs::read_dir(folder).unwrap().count() <= 3);
    // Room again: what was stored is there, and it goes on.
    let options = "remount,size=8m";
    Command::new("mount").args(["-o", options]).arg(folder).status().unwrap();
    let store = open(path).unwrap();
    let stored = store.journal(&autograde::store::JournalFilter::default()).unwrap().len();
    assert_eq!(stored, written);
    store.import_journal(&[row(written)], 1).unwrap();
    assert_eq!(store.check().unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_backup_is_a_store_and_overwrites_nothing() {
    let room = Workspace::new();
    let store = open(&store_in(&room)).unwrap();
    let target = room.path("backups/it's a copy.db");
    store.backup(&target).unwrap();
    assert_eq!(open(&target).unwrap().runs(1000).unwrap(), store.runs(1000).unwrap());
    let again = store.backup(&target).unwrap_err();
    assert!(matches!(again, StoreError::Exists { .. }), "{again}");
    assert_eq!(fs::read_dir(room.path("backups")).unwrap().count(), 1);
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let Some(database) = Database::postgres() else { return };
    database.tamper("CREATE TABLE letters (text TEXT)");
    let error = Store::open(&database.place, &OpenOptions::creating()).unwrap_err();
    assert!(error.to_string().contains("`letters`"), "{error}");
    database.tamper("DROP TABLE letters");
    let missing = Store::open(&database.place, &OpenOptions::default()).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    database.open().close().unwrap();
    database.tamper("INSERT INTO autograde_schema VALUES (99, 'later', 'x', 0)");
    let newer = Store::open(&database.place, &OpenOptions::default()).unwrap_err();
    assert!(matches!(newer, StoreError::Newer { .. }), "{newer}");
}

#[test]
fn a_server_that_is_not_there_is_told_without_the_password() {
    let place = Place::parse("postgres://u:hushhush@127.0.0.1:9/d").unwrap();
    let error = Store::open(&place, &OpenOptions::default()).unwrap_err().to_string();
    assert!(error.contains("cannot be reached") && !error.contains("hushhush"), "{error}");
}
