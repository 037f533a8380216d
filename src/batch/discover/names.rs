//! What recordings are called in the output: by their path relative to what was given, longer where two would be alike.

use std::collections::BTreeMap;
use std::path::Path;

use crate::batch::discover::Candidate;

/// A name for each candidate that no other has: as many of the last parts of its path as that takes.
pub(super) fn names(candidates: &[Candidate]) -> Vec<String> {
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
