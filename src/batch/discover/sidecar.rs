//! The JSON that may lie beside a recording.

use std::fs::{self, File};
use std::io::{self, Read as _};

use crate::batch::discover::pairs::without_half;
use crate::call::{CallInfo, Roster};
use crate::naming::sidecar::{self, LONGEST_BYTES};

/// What lies beside the recording at `path`: `call.wav.json`, else `call.json`; for half of a pair also under the name of the
/// whole. `None` where there is nothing, or nothing about a call.
///
/// # Errors
///
/// Why a file that is there cannot be used.
pub fn beside(path: &str, roster: &Roster) -> Result<Option<CallInfo>, String> {
    // A transcript says itself what is known.
    if path.to_lowercase().ends_with(".json") {
        return Ok(None);
    }
    let whole = without_half(path);
    for path in std::iter::once(path).chain(whole.as_deref()) {
        let at = path.rfind('/').map_or(0, |at| at + 1);
        let stem = path[at..].rfind('.').filter(|dot| 0 < *dot).map(|dot| &path[..at + dot]);
        for place in std::iter::once(path).chain(stem) {
            if let Some(info) = read(&format!("{place}.json"), roster)? {
                return Ok(Some(info));
            }
        }
    }
    Ok(None)
}

fn read(path: &str, roster: &Roster) -> Result<Option<CallInfo>, String> {
    let told = |why: String| format!("`{path}`: {why}");
    match fs::metadata(path) {
        Ok(data) if data.is_file() => {}
        // A folder, or a pipe that nobody may ever write to.
        Ok(_) => return Ok(None),
        // The second: a path through a file, as for a recording that is not there.
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(told(error.to_string())),
    }
    let file = File::open(path).map_err(|error| told(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(LONGEST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| told(error.to_string()))?;
    if LONGEST_BYTES < bytes.len() as u64 {
        return Err(told(format!("it is longer than {} KiB", LONGEST_BYTES >> 10)));
    }
    sidecar::read(&bytes, roster).map_err(|error| told(error.to_string()))
}
