//! Drafts and confirmed scorecards as files, for programs that read folders: `drafts/YYYY-MM-DD/ID.json`.
//!
//! Whoever looks sees a whole one or none. The store is the truth: files that a power cut took are written again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::StoreError;
use crate::store::open::file;
use crate::whole_file::{self, Lasting};

/// The folder of drafts without a day.
const NO_DAY: &str = "undated";

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
        self.folder.join(day).join(format!("{}.json", whole_file::stem(id)))
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
        whole_file::write(&target, text.as_bytes(), lasting)
            .map_err(|source| file("write", &target, source))?;
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

/// Whether it is `YYYY-MM-DD` of a real day.
fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
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
}
