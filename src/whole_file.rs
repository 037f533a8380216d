//! Files that are whole or not there: drafts, reports, settings, exports.
//!
//! A file is written under another name beside its place and renamed, so that whoever looks sees the old one, the new one
//! or none, and never a part, whatever is killed and however full the disk is. Everything that others read is written
//! here; what has a life of its own (the store, downloads that are taken up again) is not.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// How the names of files begin that are not finished. A kill leaves them; whoever lists a folder passes over them.
pub const UNFINISHED: &str = ".autograde-";

/// File systems take names of 255 bytes; what is left over is for the ending.
const LONGEST_STEM_BYTES: usize = 220;

/// Whether a file has to outlive a power cut that comes right after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// Synced, and its folder too.
    Synced,
    /// Left to the system: for many files, or for those that can be made again.
    Unsynced,
}

/// A file that is being written. Dropped before its end, it leaves nothing.
#[derive(Debug)]
pub struct WholeFile {
    temporary: NamedTempFile,
    target: PathBuf,
}

impl WholeFile {
    /// Begins the file that is to lie at `target`; its folder is made where it is not there. Readable for whom the user's
    /// other files are.
    ///
    /// # Errors
    ///
    /// When nothing can be written there.
    pub fn begin(target: &Path) -> io::Result<Self> {
        let folder = folder_of(target);
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNFINISHED);
        // A temporary file is its owner's alone unless one says otherwise; the umask takes off what the user does not want.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let temporary = match builder.tempfile_in(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(folder)?;
                builder.tempfile_in(folder)?
            }
            made => made?,
        };
        Ok(Self { temporary, target: target.to_path_buf() })
    }

    /// Gives it its name, in place of an earlier file.
    ///
    /// # Errors
    ///
    /// When that is not possible; an earlier file is then still there.
    pub fn replace(self, lasting: Lasting) -> io::Result<()> {
        if lasting == Lasting::Synced {
            self.temporary.as_file().sync_all()?;
        }
        self.temporary.persist(&self.target)?;
        match lasting {
            Lasting::Synced => sync_folder(folder_of(&self.target)),
            Lasting::Unsynced => Ok(()),
        }
    }

    /// Gives it its name unless a file has it already, which is the error `AlreadyExists`. Synced.
    ///
    /// # Errors
    ///
    /// When the name is taken, or the file cannot be written.
    pub fn keep_new(self) -> io::Result<()> {
        self.temporary.as_file().sync_all()?;
        self.temporary.persist_noclobber(&self.target)?;
        sync_folder(folder_of(&self.target))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

/// Writes a file in place of an earlier one.
///
/// # Errors
///
/// When it cannot be written; an earlier one is then still there.
pub fn write(target: &Path, bytes: &[u8], lasting: Lasting) -> io::Result<()> {
    let mut file = WholeFile::begin(target)?;
    file.write_all(bytes)?;
    file.replace(lasting)
}

/// Writes a file unless there is one. False where there was one, which is left as it is.
///
/// # Errors
///
/// When it is not there and cannot be written.
pub fn write_new(target: &Path, bytes: &[u8]) -> io::Result<bool> {
    // Links that lead nowhere are there too.
    if fs::symlink_metadata(target).is_ok() {
        return Ok(false);
    }
    let mut file = WholeFile::begin(target)?;
    file.write_all(bytes)?;
    match file.keep_new() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        kept => kept.map(|()| true),
    }
}

/// Makes the renames in a folder last.
///
/// # Errors
///
/// When the folder cannot be opened or synced.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere folders cannot be opened as files, and renames are the system's business.
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// A draft's id as the stem of a file's name: as it is, or as much of its beginning as fits, and its eight digits. What
/// would lead into another folder, which no id has, becomes a line.
pub fn stem(id: &str) -> String {
    let id = id.replace(|c: char| matches!(c, '/' | '\\') || c.is_control(), "_");
    if id.len() <= LONGEST_STEM_BYTES {
        return id;
    }
    let (stem, digits) = id.rsplit_once('-').unwrap_or((&id, ""));
    let mut end = LONGEST_STEM_BYTES.min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}-{digits}", &stem[..end])
}

fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let dir = tempfile::TempDir::new().unwrap();
        let target = dir.path().join("a/b/file.json");
        for (text, lasting) in [("one", Lasting::Synced), ("two", Lasting::Unsynced)] {
            write(&target, text.as_bytes(), lasting).unwrap();
            assert_eq!(fs::read_to_string(&target).unwrap(), text);
        }
        assert_eq!(names(&dir.path().join("a/b")), ["file.json"]);
    }

    #[test]
    fn what_is_not_finished_leaves_the_earlier_file_and_nothing_else() {
        let dir = tempfile::TempDir::new().unwrap();
        let target = dir.path().join("file.json");
        write(&target, b"whole", Lasting::Unsynced).unwrap();
        let mut file = WholeFile::begin(&target).unwrap();
        file.write_all(b"ha").unwrap();
        assert!(names(dir.path()).iter().any(|name| name.starts_with(UNFINISHED)));
        drop(file);
        assert_eq!(fs::read_to_string(&target).unwrap(), "whole");
        assert_eq!(names(dir.path()), ["file.json"]);
    }

    #[test]
    fn what_is_there_is_not_overwritten_by_a_new_file() {
        let dir = tempfile::TempDir::new().unwrap();
        let target = dir.path().join("file.toml");
        assert!(write_new(&target, b"mine").unwrap());
        assert!(!write_new(&target, b"yours").unwrap());
        let late = WholeFile::begin(&target).unwrap().keep_new().unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
        assert_eq!(names(dir.path()), ["file.toml"]);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_it_as_they_may_read_the_users_other_files() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::TempDir::new().unwrap();
        let mode =
            |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
        fs::write(dir.path().join("usual"), "").unwrap();
        write(&dir.path().join("ours"), b"", Lasting::Unsynced).unwrap();
        assert_eq!(mode("ours"), mode("usual"));
    }

    #[test]
    fn long_names_are_cut_between_letters_and_none_leads_elsewhere() {
        let long = stem(&format!("{}-01234567", "й".repeat(200)));
        assert!(long.ends_with("й-01234567") && long.len() < 250, "{long}");
        assert!(stem(&"x".repeat(400)).len() < 250);
        assert_eq!(stem("../x-01234567"), ".._x-01234567");
    }
}
