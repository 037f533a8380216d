//! The folder for drafts, one whole file for each recording.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::whole_file::{self, Lasting};

/// A folder that results are written to, one file for each recording.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    ending: &'static str,
    /// Which item each id was written for.
    written: BTreeMap<String, usize>,
}

impl Folder {
    /// Makes the folder if it is not there. Files in it will end in `.ending`.
    pub(super) fn open(path: &Path, ending: &'static str) -> anyhow::Result<Self> {
        fs::create_dir_all(path)
            .with_context(|| format!("cannot make the folder `{}`", path.display()))?;
        Ok(Self { path: path.to_path_buf(), ending, written: BTreeMap::new() })
    }

    /// Writes what was made of `item`. Of several recordings with one id, which are copies of one another, the first
    /// that was given keeps its file, whichever finishes first.
    pub(super) fn write(&mut self, item: usize, id: &str, text: &str) -> io::Result<()> {
        if self.written.get(id).is_some_and(|before| *before < item) {
            return Ok(());
        }
        self.written.insert(id.to_owned(), item);
        let target = self.path.join(format!("{}.{}", whole_file::stem(id), self.ending));
        whole_file::write(&target, text.as_bytes(), Lasting::Unsynced).map_err(|error| {
            io::Error::other(format!("cannot write `{}`: {error}", target.display()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_given_keeps_the_file_whichever_finishes_first() {
        let dir = tempfile::TempDir::new().unwrap();
        let mut folder = Folder::open(&dir.path().join("a/b"), "json").unwrap();
        for (item, text) in [(1, "second"), (0, "first"), (2, "third")] {
            folder.write(item, "x-01234567", text).unwrap();
        }
        let written = fs::read_to_string(dir.path().join("a/b/x-01234567.json")).unwrap();
        assert_eq!(written, "first");
        assert_eq!(
            fs::read_dir(dir.path().join("a/b")).unwrap().count(),
            1,
            "nothing else is left"
        );
    }
}
