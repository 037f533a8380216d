//! The files that paths name: themselves, what lies below a folder, what fits a glob.
//!
//! Nothing is opened. What cannot be found or listed is a candidate too, with its fault, so that nothing is lost.

use std::path::Path;

use crate::batch::discover::{Candidate, file_name};
use crate::batch::failure::Failure;

/// How the names of recordings end, in lower case.
const ENDINGS: &[&str] = &[
    "wav", "wave", "mp3", "ogg", "oga", "opus", "flac", "m4a", "m4b", "mp4", "aac", "aif", "aiff",
    "aifc", "caf", "mka", "mkv", "webm", "gsm", "mp2", "wma", "amr",
];

/// How the name of a transcript made elsewhere ends.
pub(in crate::batch) const DIALOGUE: &str = ".dialogue.json";

/// Adds what one given path names.
pub(super) fn find(given: &Path, candidates: &mut Vec<Candidate>) {
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
pub(in crate::batch) fn is_recording(path: &Path) -> bool {
    let name = file_name(path).to_lowercase();
    name.ends_with(DIALOGUE)
        || name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}
