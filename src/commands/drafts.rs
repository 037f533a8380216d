//! The folder for drafts: each is written to a temporary file beside its place and then renamed, so that whoever looks
//! sees a whole draft or none.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// File systems take names of 255 bytes; a draft's is its id, which a long Cyrillic file name can make longer.
const LONGEST_STEM_BYTES: usize = 220;

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
        let target = self.path.join(format!("{}.{}", file_stem(id), self.ending));
        self.write_whole(&target, text).map_err(|error| {
            io::Error::other(format!("cannot write `{}`: {error}", target.display()))
        })
    }

    fn write_whole(&self, target: &Path, text: &str) -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".autograde-");
        // A temporary file is its owner's alone; a draft is as readable as any other file he makes.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(&self.path)?;
        file.write_all(text.as_bytes())?;
        file.persist(target)?;
        Ok(())
    }
}

/// The id, or as much of its beginning as fits, and its eight digits.
fn file_stem(id: &str) -> String {
    if id.len() <= LONGEST_STEM_BYTES {
        return id.to_owned();
    }
    let (stem, digits) = id.rsplit_once('-').unwrap_or((id, ""));
    let mut end = LONGEST_STEM_BYTES;
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}-{digits}", &stem[..end])
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

    #[test]
    fn long_names_are_cut_between_letters() {
        let stem = file_stem(&format!("{}-01234567", "й".repeat(200)));
        assert!(stem.ends_with("й-01234567") && stem.len() < 250, "{stem}");
    }
}
