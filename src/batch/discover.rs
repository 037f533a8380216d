//! From what was given on the command line to a list of recordings, in a fixed order.
//!
//! * A file is taken whatever its name; of a folder, everything below it whose name ends like a recording's or is a
//!   `*.dialogue.json`, in the order of the names. Names that begin with a dot are passed over.
//! * What is not there may be a glob that the shell was kept from seeing.
//! * `NAME-in.EXT` with `NAME-out.EXT`, and `NAME-r.EXT` with `NAME-t.EXT` in the same folder are one call
//!   (`MixMonitor`'s two sides). Either alone is a recording of its own.
//! * The same file given twice is one recording.
//!
//! Nothing is opened here: what cannot be found or listed becomes an entry of its own, so that nothing is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::audio::{AudioSource, ManagerChannel};
use crate::batch::failure::Failure;
use crate::call::{CallInfo, Direction};

/// How the names of recordings end, in lower case.
const ENDINGS: &[&str] = &[
    "wav", "wave", "mp3", "ogg", "oga", "opus", "flac", "m4a", "m4b", "mp4", "aac", "aif", "aiff",
    "aifc", "caf", "mka", "mkv", "webm", "gsm", "mp2", "wma", "amr",
];

/// How the name of a transcript made elsewhere ends.
pub(super) const DIALOGUE: &str = ".dialogue.json";

/// The two ends of the names of a pair: what the recorded channel sent, and what it was sent.
const HALVES: [(&str, &str); 2] = [("-in", "-out"), ("-r", "-t")];

/// A file of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// `-in` or `-r`: what the recorded channel sent.
    In,
    /// `-out` or `-t`: what the recorded channel was sent.
    Out,
}

impl Half {
    /// The manager's, by the way the call went: a PBX records the channel of whoever called, so the manager is what the
    /// client's channel was sent. Where nobody knows, the client called.
    pub fn of_manager(direction: Option<Direction>) -> Self {
        match direction {
            Some(Direction::Outbound) => Self::In,
            Some(Direction::Inbound) | None => Self::Out,
        }
    }
}

/// What is known of a recording before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Which way the call went.
    pub direction: Option<Direction>,
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
        let call = CallInfo { direction: known.direction, ..CallInfo::default() };
        items.push(Item { name, kind, call, manager_channel: known.manager_channel });
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

/// Adds what one given path names.
fn find(given: &Path, candidates: &mut Vec<Candidate>) {
    if given.is_dir() {
        return walk(given, candidates);
    }
    // A dangling link is there too: reading it will tell.
    if given.symlink_metadata().is_ok() {
        candidates.push(Candidate { path: given.to_path_buf(), parts: 1, fault: None });
        return;
    }
    let text = given.to_string_lossy();
    let mut fault = Failure::Absent { path: text.to_string(), pattern: None };
    if text.contains(['*', '?', '[']) {
        match glob::glob(&text) {
            Ok(matches) => {
                let before = candidates.len();
                for found in matches {
                    match found {
                        Ok(path) => find(&path, candidates),
                        Err(error) => candidates.push(Candidate {
                            path: error.path().to_path_buf(),
                            parts: 1,
                            fault: Some(Failure::unreadable(error.path(), error.error())),
                        }),
                    }
                }
                if before < candidates.len() {
                    return;
                }
                fault = Failure::NothingFits { pattern: text.to_string() };
            }
            Err(error) => {
                let pattern = Some(error.msg.to_owned());
                fault = Failure::Absent { path: text.to_string(), pattern };
            }
        }
    }
    candidates.push(Candidate { path: given.to_path_buf(), parts: 1, fault: Some(fault) });
}

/// Adds everything in a folder that looks like a recording.
fn walk(folder: &Path, candidates: &mut Vec<Candidate>) {
    let visible = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let walker = walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name();
    for entry in walker.into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() || !is_recording(entry.path()) => {}
            Ok(entry) => candidates.push(Candidate {
                parts: entry.depth(),
                path: entry.into_path(),
                fault: None,
            }),
            // A link back to a folder above: what is in it is found without it.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_path_buf();
                // A dangling link to something that is no recording is no loss.
                if path.symlink_metadata().is_ok_and(|data| data.is_symlink())
                    && !is_recording(&path)
                {
                    continue;
                }
                let fault = error.io_error().map_or_else(
                    || Failure::Unreadable {
                        path: path.display().to_string(),
                        kind: None,
                        cause: error.to_string(),
                    },
                    |cause| Failure::unreadable(&path, cause),
                );
                candidates.push(Candidate {
                    fault: Some(fault),
                    parts: error.depth().max(1),
                    path,
                });
            }
        }
    }
}

/// Whether a file's name ends like a recording's or a transcript's.
pub(super) fn is_recording(path: &Path) -> bool {
    let name = file_name(path).to_lowercase();
    name.ends_with(DIALOGUE)
        || name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// Two halves of one call, by their places in the list.
#[derive(Clone, Copy)]
struct Pair {
    first: usize,
    inside: usize,
    outside: usize,
    suffixes: (&'static str, &'static str),
}

/// The pair to which each candidate belongs, if it does.
fn pairs(candidates: &[Candidate]) -> BTreeMap<usize, Pair> {
    let mut open: BTreeMap<(PathBuf, String), usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate().filter(|(_, c)| c.fault.is_none()) {
        let name = file_name(&candidate.path);
        let Some((stem, ending, suffixes, half)) = split_half(&name) else { continue };
        let folder = candidate.path.parent().unwrap_or(Path::new("")).to_path_buf();
        // The other half waits under the very name that this one would have.
        let other = if half == Half::In { suffixes.1 } else { suffixes.0 };
        match open.remove(&(folder.clone(), format!("{stem}{other}{ending}"))) {
            Some(first) => {
                let (inside, outside) =
                    if half == Half::In { (index, first) } else { (first, index) };
                let pair = Pair { first, inside, outside, suffixes };
                found.insert(first, pair);
                found.insert(index, pair);
            }
            None => {
                open.insert((folder, name.clone()), index);
            }
        }
    }
    found
}

/// Stem, ending with its dot, the pair's suffixes and which half it is: for a name that ends like a half's.
pub(super) fn split_half(name: &str) -> Option<(&str, &str, (&'static str, &'static str), Half)> {
    let (stem, ending) = name.split_at(name.rfind('.')?);
    HALVES.into_iter().find_map(|suffixes| {
        let inside = stem.strip_suffix(suffixes.0).map(|stem| (stem, Half::In));
        let (stem, half) =
            inside.or_else(|| stem.strip_suffix(suffixes.1).map(|stem| (stem, Half::Out)))?;
        (!stem.is_empty()).then_some((stem, ending, suffixes, half))
    })
}

/// `call-in.wav` becomes `call-in+out.wav`: no file of that name is likely to lie beside, as `call.wav` may.
pub(super) fn pair_name(inside: &str, suffixes: (&str, &str)) -> String {
    let (stem, ending) = inside.split_at(inside.rfind('.').unwrap_or(inside.len()));
    let stem = stem.strip_suffix(suffixes.0).unwrap_or(stem);
    format!("{stem}{}+{}{ending}", suffixes.0, suffixes.1.trim_start_matches('-'))
}

/// A name for each candidate that no other has: as many of the last parts of its path as that takes.
fn names(candidates: &[Candidate]) -> Vec<String> {
    let mut parts: Vec<usize> = candidates.iter().map(|candidate| candidate.parts).collect();
    loop {
        let names: Vec<String> =
            candidates.iter().zip(&parts).map(|(one, parts)| tail(&one.path, *parts)).collect();
        let mut users: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, name) in names.iter().enumerate() {
            users.entry(name).or_default().push(index);
        }
        let mut longer = false;
        for index in users.into_values().filter(|users| users.len() > 1).flatten() {
            if parts[index] < candidates[index].path.components().count() {
                parts[index] += 1;
                longer = true;
            }
        }
        if !longer {
            return names;
        }
    }
}

/// The last `parts` parts of a path, with `/` between them.
fn tail(path: &Path, parts: usize) -> String {
    let all: Vec<String> =
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    all[all.len().saturating_sub(parts)..].join("/")
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
            direction: None,
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

    #[test]
    fn the_managers_half_follows_the_direction() {
        assert_eq!(Half::of_manager(None), Half::Out);
        assert_eq!(Half::of_manager(Some(Direction::Outbound)), Half::In);
    }

    #[cfg(unix)]
    #[test]
    fn a_dangling_link_is_an_entry_and_a_loop_is_none() {
        let dir = TempDir::new().unwrap();
        std::os::unix::fs::symlink("nowhere", dir.path().join("a.wav")).unwrap();
        std::os::unix::fs::symlink("nowhere", dir.path().join("a.txt")).unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
        let profile = |_: &str| Profile {
            direction: None,
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
