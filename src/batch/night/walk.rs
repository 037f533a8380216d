//! The recordings below a folder, one after the other, in the order of their names.
//!
//! A folder may hold a million: its names are kept in one block of bytes, and nothing of a file is kept once it was handed
//! out. Links are not followed, so that no link leads out of the folder, and what is no plain file (a pipe, a device) is
//! passed over: opening one could wait for ever.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::batch::discover::{DIALOGUE, is_recording, pair_name, split_half};

/// One recording: a file, or the two files of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file, or the `-in` (`-r`) one of a pair.
    pub path: PathBuf,
    /// The `-out` (`-t`) one of a pair.
    pub other: Option<PathBuf>,
    /// Whether that one is the manager's: his comes first in the hash, as in the recording's own.
    pub other_first: bool,
    /// What drafts call it: relative to the folder, with `/` between parts.
    pub name: String,
    /// The name that the other half would have, of one that came alone.
    pub stray: Option<String>,
    /// Bytes of its files.
    pub bytes: u64,
    /// When one of them was last changed, in milliseconds since 1970.
    pub modified_ms: i64,
}

impl Found {
    /// Whether it is a transcript made elsewhere.
    pub fn is_dialogue(&self) -> bool {
        self.name.to_lowercase().ends_with(DIALOGUE)
    }

    /// Its files, the manager's first.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let (one, other) = (Some(self.path.as_path()), self.other.as_deref());
        let order = if self.other_first { [other, one] } else { [one, other] };
        order.into_iter().flatten()
    }

    /// Bytes and time of its files as they are now.
    ///
    /// # Errors
    ///
    /// When one is gone.
    pub fn look(&self) -> io::Result<(u64, i64)> {
        let mut seen = (0, i64::MIN);
        for path in self.paths() {
            let data = fs::symlink_metadata(path)?;
            seen = (seen.0 + data.len(), seen.1.max(modified_ms(&data)));
        }
        Ok(seen)
    }
}

/// What is met on the way.
#[derive(Debug)]
pub enum Walked {
    /// A recording.
    Found(Found),
    /// A link, pipe or device that is called like a recording.
    NoFile,
    /// What cannot be listed or looked at.
    Fault(PathBuf, io::Error),
}

/// Walks through `folder` and hands out what is there, until there is no more or `each` has enough.
pub fn walk(folder: &Path, each: &mut dyn FnMut(Walked) -> ControlFlow<()>) -> ControlFlow<()> {
    below(folder, "", each)
}

fn below(
    folder: &Path,
    prefix: &str,
    each: &mut dyn FnMut(Walked) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let names = match Names::of(folder) {
        Ok(names) => names,
        Err(error) => return each(Walked::Fault(folder.to_path_buf(), error)),
    };
    for (name, kind) in names.iter() {
        let path = folder.join(os_str(name));
        let text = String::from_utf8_lossy(name);
        match kind {
            Kind::Folder => below(&path, &format!("{prefix}{text}/"), each)?,
            Kind::Other => each(Walked::NoFile)?,
            Kind::File => {
                let half = split_half(&text);
                let mut found = Found {
                    other: None,
                    other_first: false,
                    name: format!("{prefix}{text}"),
                    stray: None,
                    bytes: 0,
                    modified_ms: 0,
                    path,
                };
                if let Some((stem, ending, suffixes, own)) = half {
                    let is_first = own == crate::batch::Half::In;
                    let other = if is_first { suffixes.1 } else { suffixes.0 };
                    let other = format!("{stem}{other}{ending}");
                    match (names.has_file(other.as_bytes()), is_first) {
                        // It comes with the first.
                        (true, false) => continue,
                        (true, true) => {
                            found.name = pair_name(&found.name, suffixes);
                            found.other = Some(folder.join(&other));
                        }
                        (false, _) => found.stray = Some(other),
                    }
                }
                match found.look() {
                    Ok((bytes, modified_ms)) => {
                        each(Walked::Found(Found { bytes, modified_ms, ..found }))?;
                    }
                    // Gone since it was listed: as if it had never been there.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => each(Walked::Fault(found.path, error))?,
                }
            }
        }
    }
    ControlFlow::Continue(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    File,
    Folder,
    Other,
}

/// The names in one folder that matter, sorted.
struct Names {
    bytes: Vec<u8>,
    /// Where each begins and how long it is.
    places: Vec<(u32, u16, Kind)>,
}

impl Names {
    fn of(folder: &Path) -> io::Result<Self> {
        let mut names = Self { bytes: Vec::new(), places: Vec::new() };
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            // What is hidden is being written, or is nobody's business.
            if name.starts_with(b".") {
                continue;
            }
            let Ok(file_type) = entry.file_type() else { continue };
            let kind = match (file_type.is_dir(), file_type.is_file()) {
                (true, _) => Kind::Folder,
                (_, true) => Kind::File,
                _ => Kind::Other,
            };
            if kind != Kind::Folder && !is_recording(Path::new(os_str(name))) {
                continue;
            }
            let (Ok(start), Ok(length)) =
                (u32::try_from(names.bytes.len()), u16::try_from(name.len()))
            else {
                return Err(io::Error::other("more names than fit into 4 GiB"));
            };
            names.bytes.extend_from_slice(name);
            names.places.push((start, length, kind));
        }
        let Self { bytes, places } = &mut names;
        places.sort_unstable_by(|one, other| name(bytes, *one).cmp(name(bytes, *other)));
        Ok(names)
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], Kind)> {
        self.places.iter().map(|place| (name(&self.bytes, *place), place.2))
    }

    fn has_file(&self, wanted: &[u8]) -> bool {
        let found = self.places.binary_search_by(|place| name(&self.bytes, *place).cmp(wanted));
        found.is_ok_and(|index| self.places[index].2 == Kind::File)
    }
}

fn name(bytes: &[u8], (start, length, _): (u32, u16, Kind)) -> &[u8] {
    &bytes[start as usize..start as usize + usize::from(length)]
}

#[cfg(unix)]
fn os_str(bytes: &[u8]) -> &std::ffi::OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(bytes)
}

#[cfg(not(unix))]
fn os_str(bytes: &[u8]) -> &std::ffi::OsStr {
    std::ffi::OsStr::new(str::from_utf8(bytes).unwrap_or_default())
}

/// The time of the last change; 1970 where the system keeps none.
fn modified_ms(data: &fs::Metadata) -> i64 {
    let Ok(modified) = data.modified() else { return 0 };
    match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => {
            i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |before| -before)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// Names of what is found, with `+` before those of pairs, `?` before stray halves, `!` for what is no file.
    fn found(folder: &Path) -> Vec<String> {
        let mut all = Vec::new();
        let _ = walk(folder, &mut |walked| {
            all.push(match walked {
                Walked::Found(found) if found.other.is_some() => format!("+{}", found.name),
                Walked::Found(found) if found.stray.is_some() => format!("?{}", found.name),
                Walked::Found(found) => found.name,
                Walked::NoFile => "!".into(),
                Walked::Fault(path, _) => format!("fault {}", path.display()),
            });
            ControlFlow::Continue(())
        });
        all
    }

    #[track_caller]
    fn check(files: &[&str], expected: &[&str]) {
        let dir = TempDir::new().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        assert_eq!(found(dir.path()), expected);
    }

    #[test]
    fn recordings_come_in_the_order_of_their_names_and_nothing_else_does() {
        check(
            &[
                "b/2.mp3",
                "a.wav",
                "b/1.WAV",
                "c.wav.part",
                ".d.wav",
                ".e/f.wav",
                "g.txt",
                "h.dialogue.json",
            ],
            &["a.wav", "b/1.WAV", "b/2.mp3", "h.dialogue.json"],
        );
    }

    #[test]
    fn two_sides_are_one_recording_and_one_alone_is_itself() {
        check(
            &["1-in.wav", "1-out.wav", "2-in.wav", "3-t.wav", "3-r.wav", "4-out.wav"],
            &["+1-in+out.wav", "?2-in.wav", "+3-r+t.wav", "?4-out.wav"],
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_passed_over_and_any_name_is_a_name() {
        use std::os::unix::ffi::OsStrExt as _;
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join(os_str(b"\xff.wav")), "x").unwrap();
        std::os::unix::fs::symlink("/dev/zero", dir.path().join("zero.wav")).unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
        let pipe = dir.path().join("pipe.wav");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let mut odd = Vec::new();
        let _ = walk(dir.path(), &mut |walked| {
            if let Walked::Found(found) = walked {
                odd.push(found.path.file_name().unwrap().as_bytes().to_vec());
            }
            ControlFlow::Continue(())
        });
        assert_eq!(odd, [b"\xff.wav".to_vec()]);
        assert_eq!(found(dir.path()).iter().filter(|name| *name == "!").count(), 2);
    }

    #[test]
    fn a_folder_that_is_gone_is_a_fault() {
        assert!(found(Path::new("no/such/folder"))[0].starts_with("fault"));
    }
}
