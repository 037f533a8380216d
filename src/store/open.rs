//! Opening: looking at what is there before anything touches it, making a new store, upgrading an old one.
//!
//! A file is read by us first: what is empty, cut short, foreign or not writable is refused before SQLite sees it, for
//! SQLite would make a fresh database of an empty file. A new store is made under another name and renamed, so that a
//! store that is there is a whole one.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::store::link::Link;
use crate::store::{Place, StoreError, backup, lost_log, now_ms, schema};
use crate::whole_file;

/// In the header of a store of SQLite: `AGRD`.
const APPLICATION_ID: u32 = 0x4147_5244;
/// The first that does not lose commits when two connections checkpoint at once.
const OLDEST_LIBRARY: &str = "3.51.3";
/// A larger file is not read through at every start; `autograde store check` does that.
const READ_THROUGH_BYTES: u64 = 64 << 20;

/// How a store is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// Whether a new one is made where none is. Default `false`: only what stores results makes a store.
    pub create: bool,
    /// How long to wait while another program writes. Default 5 s.
    pub patience: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { create: false, patience: Duration::from_secs(5) }
    }
}

impl OpenOptions {
    /// Makes a new store where none is.
    pub fn creating() -> Self {
        Self { create: true, ..Self::default() }
    }
}

/// Opens the store at `place`, upgrades it where it is of an earlier schema, and makes it where that is wanted.
pub(super) fn open(place: &Place, options: &OpenOptions) -> Result<Link, StoreError> {
    match place {
        Place::Sqlite(path) => open_sqlite(path, place, options),
        Place::Postgres(url) => open_postgres(url, place, options),
    }
}

fn open_sqlite(path: &Path, place: &Place, options: &OpenOptions) -> Result<Link, StoreError> {
    let bytes = match fs::metadata(path) {
        Ok(data) => Some(data.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(file("read", path, source)),
    };
    let bytes = match bytes {
        Some(bytes) => bytes,
        None if beside(path, "-wal").exists() => {
            let detail = "the file is gone and its `-wal` is still there".to_owned();
            return Err(StoreError::Damaged { place: place.to_string(), detail });
        }
        None if options.create => {
            create(path, place, options)?;
            0
        }
        None => return Err(StoreError::Missing { place: place.to_string() }),
    };
    refuse_network(path)?;
    check_header(path, place)?;
    if lost_log::is_lost(path) {
        return Err(StoreError::LostLog { place: place.to_string() });
    }
    let mut link = connect(path, place, options)?;
    if 0 < bytes && bytes <= READ_THROUGH_BYTES {
        read_through(&mut link, "PRAGMA quick_check(1)")?;
    }
    let found = schema::version(&mut link)?;
    if found < schema::NEWEST {
        let name = format!("-before-schema-{}", schema::NEWEST);
        backup::vacuum_into(&mut link, &free_name(&beside(path, &name)))?;
        schema::migrate(&mut link, found, now_ms())?;
    }
    lost_log::begin(&mut link, options.patience);
    Ok(link)
}

/// Connects and sets the connection up; the file must be there.
fn connect(path: &Path, place: &Place, options: &OpenOptions) -> Result<Link, StoreError> {
    let mut link = Link::open(&url(path, "rw")?, place, options.patience)?;
    link.script(&format!("PRAGMA busy_timeout = {}", options.patience.as_millis()))?;
    let rows = link.answer("SELECT sqlite_version()")?;
    let found = rows.first().and_then(|row| row.text(0).ok()).unwrap_or_default();
    if parts(&found) < parts(OLDEST_LIBRARY) {
        return Err(StoreError::Library { found, wanted: OLDEST_LIBRARY });
    }
    // A confirmation must outlive a power cut, so every commit is synced. No memory map: with one, a failing disk is a
    // signal and no error.
    link.script(
        "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0; \
         PRAGMA cell_size_check = ON; PRAGMA secure_delete = FAST; PRAGMA cache_size = -32768",
    )?;
    link.answer("PRAGMA journal_mode = WAL")?;
    link.script("PRAGMA synchronous = FULL")?;
    Ok(link)
}

/// Makes a new store beside its place and renames it there; where another program was faster, its store holds.
fn create(path: &Path, place: &Place, options: &OpenOptions) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| file("make the folder", folder, source))?;
    refuse_network(folder)?;
    let new = tempfile::Builder::new()
        .prefix(whole_file::UNFINISHED)
        .suffix(".db")
        .tempfile_in(folder)
        .map_err(|source| file("write to", folder, source))?;
    let mut link = connect(new.path(), place, options)?;
    link.script(&format!("PRAGMA application_id = {APPLICATION_ID}"))?;
    schema::migrate(&mut link, 0, now_ms())?;
    link.close()?;
    new.as_file().sync_all().map_err(|source| file("write", path, source))?;
    match new.persist_noclobber(path) {
        Ok(_) => sync_folder(folder),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(file("write", path, error.error)),
    }
}

/// Looks at the first hundred bytes: whose file it is, and whether it is as long as it says.
fn check_header(path: &Path, place: &Place) -> Result<(), StoreError> {
    let damaged = |detail: String| Err(StoreError::Damaged { place: place.to_string(), detail });
    let foreign = |found: &str| {
        Err(StoreError::Foreign { path: path.to_path_buf(), found: found.to_owned() })
    };
    if path.is_dir() {
        return foreign("it is a folder");
    }
    let mut open =
        fs::OpenOptions::new().read(true).write(true).open(path).map_err(|source| match source
            .kind()
        {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly { place: place.to_string(), detail: source.to_string() }
            }
            _ => file("open", path, source),
        })?;
    let mut header = Vec::with_capacity(100);
    open.by_ref()
        .take(100)
        .read_to_end(&mut header)
        .map_err(|source| file("read", path, source))?;
    if header.is_empty() {
        return damaged("the file is empty".to_owned());
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return foreign("it is no database of SQLite");
    }
    if header.len() < 100 {
        return damaged("the file is cut short".to_owned());
    }
    let number =
        |at: usize| header[at..at + 4].iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    if number(68) != APPLICATION_ID {
        return foreign("it is a database of another program");
    }
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        page => u64::from(page),
    };
    let bytes = open.metadata().map_err(|source| file("read", path, source))?.len();
    // The number of pages holds only where it was written together with the change counter, and where no log is left from
    // which the missing pages still come: as when the disk became full while they were brought to their place.
    let promised = page * u64::from(number(28));
    let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| 0 < log.len());
    if !has_log && number(24) == number(92) && bytes < promised {
        return damaged(format!("it has {bytes} bytes of {promised}"));
    }
    Ok(())
}

/// Runs a check of SQLite's that answers `ok`, or with what is wrong.
pub(super) fn read_through(link: &mut Link, pragma: &str) -> Result<(), StoreError> {
    let rows = link.answer(pragma)?;
    let said: Vec<String> = rows.iter().filter_map(|row| row.text(0).ok()).collect();
    if said == ["ok"] {
        return Ok(());
    }
    let detail = said.first().cloned().unwrap_or_default().replace('\n', "; ");
    Err(StoreError::Damaged { place: link.place().to_string(), detail })
}

fn open_postgres(url: &str, place: &Place, options: &OpenOptions) -> Result<Link, StoreError> {
    let mut link = Link::open(url, place, options.patience)?;
    link.script(&format!(
        "SET lock_timeout = {}; SET synchronous_commit = on; SET application_name = 'autograde'; SET client_min_messages = warning",
        options.patience.as_millis()
    ))?;
    let tables = backup::tables(&mut link)?;
    if !tables.iter().any(|table| table == "autograde_schema") {
        if let Some(table) = tables.first() {
            let table = table.clone();
            return Err(StoreError::Occupied { place: place.to_string(), table });
        }
        if !options.create {
            return Err(StoreError::Missing { place: place.to_string() });
        }
        schema::migrate(&mut link, 0, now_ms())?;
    }
    let found = schema::version(&mut link)?;
    if found < schema::NEWEST {
        backup::copy_tables(&mut link, &format!("autograde_before_schema_{}", schema::NEWEST))?;
        schema::migrate(&mut link, found, now_ms())?;
    }
    Ok(link)
}

/// SQLite's locks do not hold on these, and a store would be corrupted by two machines.
#[cfg(target_os = "linux")]
fn refuse_network(path: &Path) -> Result<(), StoreError> {
    const KINDS: &[(u32, &str)] =
        &[(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB"), (0x517b, "SMB")];
    // Where it cannot be asked, SQLite will find out what is wrong with the path.
    let Ok(found) = rustix::fs::statfs(path) else { return Ok(()) };
    match KINDS.iter().find(|(number, _)| *number == found.f_type as u32) {
        Some((_, kind)) => Err(StoreError::Network { path: path.to_path_buf(), kind }),
        None => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_network(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// The URL of a file, with every byte encoded that a URL gives a meaning.
pub(super) fn url(path: &Path, mode: &str) -> Result<String, StoreError> {
    let absolute = std::path::absolute(path).map_err(|source| file("find", path, source))?;
    let Some(text) = absolute.to_str() else {
        let source = io::Error::other("the name is no UTF-8");
        return Err(file("open", path, source));
    };
    let mut url = "sqlite://".to_owned();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    Ok(format!("{url}?mode={mode}"))
}

fn parts(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}

/// The path with something at its end.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A name that nothing has: `wanted`, else with a number behind it.
fn free_name(wanted: &Path) -> PathBuf {
    let numbered = (2..).map(|number| beside(wanted, &format!("-{number}")));
    std::iter::once(wanted.to_path_buf())
        .chain(numbered)
        .find(|path| !path.exists())
        .unwrap_or_else(|| wanted.to_path_buf())
}

/// Makes a rename in `folder` last.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    whole_file::sync_folder(folder).map_err(|source| file("write to", folder, source))
}

/// What went wrong with a file, with a full disk told as such.
pub(super) fn file(what: &'static str, path: &Path, source: io::Error) -> StoreError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StoreError::Full { place: path.display().to_string() }
        }
        _ => StoreError::File { what, path: path.to_path_buf(), source },
    }
}
