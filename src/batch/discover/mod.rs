//! From what was given on the command line to a list of recordings, in a fixed order.
//!
//! * A file is taken whatever its name; of a folder, everything below it whose name ends like a recording's or is a
//!   `*.dialogue.json`, in the order of the names. Names that begin with a dot are passed over.
//! * What is not there may be a glob that the shell was kept from seeing.
//! * `NAME-in.EXT` with `NAME-out.EXT`, and `NAME-r.EXT` with `NAME-t.EXT` in the same folder are one call
//!   (`MixMonitor`'s two sides). Either alone is a recording of its own.
//! * The same file given twice is one recording.
//!
//! No recording is opened here: what cannot be found or listed becomes an entry of its own, so that nothing is lost. The
//! search is in `walk.rs`, the two-file calls in `pairs.rs`, the names in `names.rs`; `sidecar.rs` reads the JSON beside a
//! recording.

mod names;
mod pairs;
mod sidecar;
mod walk;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::audio::{AudioSource, ManagerChannel};
use crate::batch::failure::Failure;
use crate::call::CallInfo;
use crate::warning::Warning;

pub use pairs::{Half, without_half};
pub use sidecar::beside;

use names::names;
use pairs::pairs;
pub(in crate::batch) use pairs::{pair_name, split_half};
pub(in crate::batch) use walk::{DIALOGUE, is_recording};

use walk::find;

/// What is known of a recording before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What is known of the call.
    pub call: CallInfo,
    /// What the reader must know of how that is known.
    pub warnings: Vec<Warning>,
    /// The manager's channel in a stereo recording.
    pub manager_channel: ManagerChannel,
    /// The manager's file of a pair.
    pub manager_half: Half,
}

/// What an [`Item`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sound.
    Audio(AudioSource),
    /// Half of a pair whose other half, named here, was not given: sound, perhaps of one side only.
    StrayHalf(AudioSource, String),
    /// A transcript made elsewhere.
    Dialogue(PathBuf),
    /// What was given and cannot be taken, and why.
    Missing(Failure),
}

/// One call to be graded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Path relative to what was given, with `/` between parts: the file's name for a file. Longer by as many folders as
    /// it takes to differ from every other.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What is known of the call.
    pub call: CallInfo,
    /// What the reader must know of how that is known.
    pub warnings: Vec<Warning>,
    /// The manager's channel in a stereo recording.
    pub manager_channel: ManagerChannel,
}

/// A file that was found, before pairs are made.
struct Candidate {
    /// Where it lies, as given.
    path: PathBuf,
    /// How many of the last parts of the path make its name.
    parts: usize,
    /// Why it cannot be taken.
    fault: Option<Failure>,
}

/// Finds what the given paths name. `profile` says what is known of a path.
pub fn discover(given: &[PathBuf], profile: &dyn Fn(&str) -> Profile) -> Vec<Item> {
    let mut candidates = Vec::new();
    for path in given {
        find(path, &mut candidates);
    }
    let mut seen = BTreeSet::new();
    candidates.retain(|candidate| {
        // What cannot be resolved (it is not there) is itself.
        let real = candidate.path.canonicalize().unwrap_or_else(|_| candidate.path.clone());
        seen.insert(real)
    });
    let partners = pairs(&candidates);
    let names = names(&candidates);
    let mut items = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let known = profile(&slashed(&candidate.path));
        let (name, kind) = match partners.get(&index) {
            // The second of a pair went along with the first.
            Some(pair) if index != pair.first => continue,
            Some(pair) => {
                let (inside, outside) = (&candidates[pair.inside], &candidates[pair.outside]);
                let (manager, client) = match known.manager_half {
                    Half::In => (&inside.path, &outside.path),
                    Half::Out => (&outside.path, &inside.path),
                };
                let source = AudioSource::Pair { manager: manager.clone(), client: client.clone() };
                (pair_name(&names[pair.inside], pair.suffixes), Kind::Audio(source))
            }
            None => (names[index].clone(), kind_of(candidate)),
        };
        let Profile { call, warnings, manager_channel, .. } = known;
        items.push(Item { name, kind, call, warnings, manager_channel });
    }
    items
}

fn kind_of(candidate: &Candidate) -> Kind {
    if let Some(fault) = &candidate.fault {
        return Kind::Missing(fault.clone());
    }
    let name = file_name(&candidate.path);
    if name.to_lowercase().ends_with(DIALOGUE) {
        return Kind::Dialogue(candidate.path.clone());
    }
    let source = AudioSource::File(candidate.path.clone());
    match split_half(&name) {
        Some((stem, ending, suffixes, half)) => {
            let other = if half == Half::In { suffixes.1 } else { suffixes.0 };
            Kind::StrayHalf(source, format!("{stem}{other}{ending}"))
        }
        None => Kind::Audio(source),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// Makes empty files, gives some paths, and compares names (with `!` in front of what cannot be taken, `p:` of a
    /// pair, `s:` of a stray half, `d:` of a transcript).
    #[track_caller]
    fn check(files: &[&str], given: &[&str], expected: &[&str]) {
        let dir = TempDir::new().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let given: Vec<PathBuf> = given.iter().map(|path| dir.path().join(path)).collect();
        let items = discover(&given, &|_| Profile {
            call: CallInfo::default(),
            warnings: Vec::new(),
            manager_channel: ManagerChannel::Left,
            manager_half: Half::Out,
        });
        let names: Vec<String> = items
            .iter()
            .map(|item| {
                let mark = match &item.kind {
                    Kind::Audio(AudioSource::File(_)) => "",
                    Kind::Audio(AudioSource::Pair { .. }) => "p:",
                    Kind::StrayHalf(..) => "s:",
                    Kind::Dialogue(_) => "d:",
                    Kind::Missing(_) => "!",
                };
                format!("{mark}{}", item.name)
            })
            .collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_folder_gives_its_recordings_in_the_order_of_names() {
        check(
            &[
                "d/b.WAV",
                "d/a/2.mp3",
                "d/README.md",
                "d/.hidden/3.wav",
                "d/.4.wav",
                "d/c.dialogue.json",
                "d/e.json",
            ],
            &["d"],
            &["a/2.mp3", "b.WAV", "d:c.dialogue.json"],
        );
    }

    #[test]
    fn the_order_is_that_of_the_command_line_and_twice_is_once() {
        check(&["d/a.wav", "d/b.wav"], &["d/b.wav", "d", "d/./a.wav"], &["b.wav", "a.wav"]);
    }

    #[test]
    fn a_file_is_taken_whatever_its_name() {
        check(&["notes.txt"], &["notes.txt"], &["notes.txt"]);
    }

    #[test]
    fn a_glob_that_the_shell_did_not_see_is_one() {
        check(
            &["x/a.wav", "y/b.wav", "y/c.mp3"],
            &["*/*.wav", "y/?.mp3"],
            &["a.wav", "b.wav", "c.mp3"],
        );
        check(&["a[1].wav"], &["a[1].wav"], &["a[1].wav"]);
    }

    #[test]
    fn what_is_not_there_is_an_entry() {
        check(&["a.wav"], &["no.wav", "a.wav", "no*.mp3"], &["!no.wav", "a.wav", "!no*.mp3"]);
    }

    #[test]
    fn an_empty_folder_gives_nothing() {
        check(&["d/README.md"], &["d"], &[]);
    }

    #[test]
    fn two_halves_are_one_call_at_the_place_of_the_first() {
        check(
            &[
                "d/1-out.wav",
                "d/1-in.wav",
                "d/2-r.gsm",
                "d/2-t.gsm",
                "d/2.gsm",
                "d/3-in.wav",
                "d/3-out.mp3",
            ],
            &["d"],
            &["p:1-in+out.wav", "p:2-r+t.gsm", "2.gsm", "s:3-in.wav", "s:3-out.mp3"],
        );
    }

    #[test]
    fn halves_in_two_folders_are_no_pair() {
        check(&["x/1-in.wav", "y/1-out.wav"], &["x", "y"], &["s:1-in.wav", "s:1-out.wav"]);
    }

    #[test]
    fn equal_names_grow_by_their_folders() {
        check(
            &["x/day/a.wav", "y/day/a.wav", "y/day/b.wav"],
            &["x/day/a.wav", "y/day"],
            &["x/day/a.wav", "y/day/a.wav", "b.wav"],
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_dangling_link_is_an_entry_and_a_loop_is_none() {
        let dir = TempDir::new().unwrap();
        std::os::unix::fs::symlink("nowhere", dir.path().join("a.wav")).unwrap();
        std::os::unix::fs::symlink("nowhere", dir.path().join("a.txt")).unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
        let profile = |_: &str| Profile {
            call: CallInfo::default(),
            warnings: Vec::new(),
            manager_channel: ManagerChannel::Left,
            manager_half: Half::Out,
        };
        let items = discover(&[dir.path().to_path_buf()], &profile);
        assert_eq!(items.len(), 1, "{items:?}");
        assert!(
            matches!(&items[0].kind, Kind::Missing(why) if why.text().contains("a.wav")),
            "{items:?}"
        );
    }
}
