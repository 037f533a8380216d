//! The two sides of one call in two files, told by the ends of their names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::batch::discover::{Candidate, file_name};
use crate::call::Direction;

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

/// Two halves of one call, by their places in the list.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) first: usize,
    pub(super) inside: usize,
    pub(super) outside: usize,
    pub(super) suffixes: (&'static str, &'static str),
}

/// The pair to which each candidate belongs, if it does.
pub(super) fn pairs(candidates: &[Candidate]) -> BTreeMap<usize, Pair> {
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
pub(in crate::batch) fn split_half(
    name: &str,
) -> Option<(&str, &str, (&'static str, &'static str), Half)> {
    let (stem, ending) = name.split_at(name.rfind('.')?);
    HALVES.into_iter().find_map(|suffixes| {
        let inside = stem.strip_suffix(suffixes.0).map(|stem| (stem, Half::In));
        let (stem, half) =
            inside.or_else(|| stem.strip_suffix(suffixes.1).map(|stem| (stem, Half::Out)))?;
        (!stem.is_empty()).then_some((stem, ending, suffixes, half))
    })
}

/// `call-in.wav` becomes `call-in+out.wav`: no file of that name is likely to lie beside, as `call.wav` may.
pub(in crate::batch) fn pair_name(inside: &str, suffixes: (&str, &str)) -> String {
    let (stem, ending) = inside.split_at(inside.rfind('.').unwrap_or(inside.len()));
    let stem = stem.strip_suffix(suffixes.0).unwrap_or(stem);
    format!("{stem}{}+{}{ending}", suffixes.0, suffixes.1.trim_start_matches('-'))
}

/// A path without the end that makes its file half of a pair; `None` where it is none.
pub fn without_half(path: &str) -> Option<String> {
    let at = path.rfind('/').map_or(0, |at| at + 1);
    let (stem, ending, _, _) = split_half(&path[at..])?;
    Some(format!("{}{stem}{ending}", &path[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_managers_half_follows_the_direction() {
        assert_eq!(Half::of_manager(None), Half::Out);
        assert_eq!(Half::of_manager(Some(Direction::Outbound)), Half::In);
    }

    #[test]
    fn half_of_a_pair_is_called_as_the_whole() {
        assert_eq!(without_half("a-in/b-out.wav").as_deref(), Some("a-in/b.wav"));
        assert_eq!(without_half("a-in/b.wav"), None);
    }
}
