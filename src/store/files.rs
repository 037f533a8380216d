//! Drafts and confirmed scorecards as files, for programs that read folders: `drafts/YYYY-MM-DD/ID.json`.
//!
//! A file is written under another name and renamed, so that whoever looks sees a whole one or none. The store is the
//! truth: files that a power cut took are written again by `autograde regrade`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::store::StoreError;
use crate::store::open::file;

/// File systems take names of 255 bytes; a draft's is its id, which a long Cyrillic file name can make longer.
const LONGEST_STEM_BYTES: usize = 220;
/// The folder of drafts without a day.
const NO_DAY: &str = "undated";

/// Whether a file has to outlive a power cut that comes right after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// Synced, and its folder too.
    Synced,
    /// Left to the system: for many files that the store can make again.
    Unsynced,
}

/// A folder of files by day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFiles {
    folder: PathBuf,
}

impl DraftFiles {
    /// The drafts of a data folder.
    pub fn drafts(data: &Path) -> Self {
        Self { folder: data.join("drafts") }
    }

    /// The confirmed scorecards of a data folder.
    pub fn confirmed(data: &Path) -> Self {
        Self { folder: data.join("confirmed") }
    }

    /// Where the file of a call is, or would be.
    pub fn path(&self, day: Option<&str>, id: &str) -> PathBuf {
        // A day comes from the outside too: only one that is a day may name a folder.
        let day = day.filter(|day| is_day(day)).unwrap_or(NO_DAY);
        self.folder.join(day).join(format!("{}.json", file_stem(id)))
    }

    /// Writes the file of a call, in place of an earlier one.
    ///
    /// # Errors
    ///
    /// When it cannot be written; an earlier one is then still there.
    pub fn write(
        &self,
        day: Option<&str>,
        id: &str,
        text: &str,
        lasting: Lasting,
    ) -> Result<PathBuf, StoreError> {
        let target = self.path(day, id);
        write_whole(&target, text, lasting).map_err(|source| file("write", &target, source))?;
        Ok(target)
    }

    /// Removes the file of a call, if there is one.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be removed.
    pub fn remove(&self, day: Option<&str>, id: &str) -> Result<(), StoreError> {
        let target = self.path(day, id);
        match fs::remove_file(&target) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(file("remove", &target, source))
            }
            _ => Ok(()),
        }
    }
}

fn write_whole(target: &Path, text: &str, lasting: Lasting) -> io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".autograde-");
    // A temporary file is its owner's alone; a draft is as readable as any other file he makes.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut temporary = match builder.tempfile_in(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            builder.tempfile_in(folder)?
        }
        made => made?,
    };
    temporary.write_all(text.as_bytes())?;
    if lasting == Lasting::Synced {
        temporary.as_file().sync_all()?;
    }
    temporary.persist(target)?;
    #[cfg(unix)]
    if lasting == Lasting::Synced {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Whether it is `YYYY-MM-DD` of a real day.
fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// The id, or as much of its beginning as fits, and its eight digits. A slash, which no id has, would lead elsewhere.
fn file_stem(id: &str) -> String {
    let id = id.replace(['/', '\\', '\0'], "_");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_and_leaves_nothing_beside_it() {
        let dir = tempfile::TempDir::new().unwrap();
        let files = DraftFiles::drafts(dir.path());
        for (text, lasting) in [("one", Lasting::Synced), ("two", Lasting::Unsynced)] {
            let path = files.write(Some("2026-01-31"), "x-01234567", text, lasting).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let folder = dir.path().join("drafts/2026-01-31");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        files.remove(Some("2026-01-31"), "x-01234567").unwrap();
        files.remove(Some("2026-01-31"), "x-01234567").unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }

    #[test]
    fn neither_day_nor_id_leads_out_of_the_folder() {
        let files = DraftFiles::drafts(Path::new("d"));
        for day in [None, Some("2026-02-30"), Some("../../etc"), Some("2026-01-01/..")] {
            assert_eq!(files.path(day, "x"), Path::new("d/drafts/undated/x.json"));
        }
        assert_eq!(files.path(None, "../x"), Path::new("d/drafts/undated/.._x.json"));
    }

    #[test]
    fn long_names_are_cut_between_letters() {
        let stem = file_stem(&format!("{}-01234567", "й".repeat(200)));
        assert!(stem.ends_with("й-01234567") && stem.len() < 250, "{stem}");
        assert!(file_stem(&"x".repeat(400)).len() < 250);
    }
}
