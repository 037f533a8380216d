//! Reads labelled calls: which files there are, and what a person said of each.
//!
//! `{"id", "call_type", "labels": {criterion: 0 | 0.5 | 1 | "na" | "unknown"}, "turns": […], "recording", "direction"}`,
//! all but `labels` or `call_type` optional. The turns are read by `speech::dialogue` when it comes to grading, or the
//! audio that `recording` names, beside the file. Other keys are let be. One bad label takes none of the others along.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::call::Direction;
use crate::evaluation::compare::Reference;
use crate::grading::{Level, Outcome};

/// How the names of labelled calls end.
const ENDING: &str = "json";

/// A file that may hold a labelled call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Path relative to what was given, with `/` between parts; as given where two would be called the same.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

/// Why a file is no labelled call.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum LabelledError {
    /// A folder that cannot be listed, or nothing there.
    #[error("cannot list `{path}`: {detail}; give a folder of labelled calls or one of them")]
    List { path: String, detail: String },
    /// Not JSON, or not of this shape.
    #[error("`{name}` is no labelled call: {source}; docs/evaluate.md shows the form")]
    Shape {
        name: String,
        #[source]
        source: serde_json::Error,
    },
    /// A call, but nobody said anything of it.
    #[error("`{name}` has neither `labels` nor `call_type`: there is nothing to compare")]
    Unlabelled { name: String },
    /// Neither in nor out.
    #[error("the direction of `{name}` is `{direction}`; it is in or out")]
    Direction { name: String, direction: String },
}

/// What is wrong with a part of a labelled call; the rest of it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelFault {
    /// A value that is none of the scale.
    Value {
        /// The criterion.
        criterion: String,
        /// As it stands there.
        value: String,
    },
    /// No criterion of the rulebook.
    Criterion {
        /// As it stands there.
        criterion: String,
    },
    /// No call type of the rulebook.
    CallType {
        /// As it stands there.
        call_type: String,
    },
    /// Criteria of the rulebook that have no label, so that there is no CQR to compare.
    Missing {
        /// Which.
        criteria: Vec<String>,
    },
}

impl fmt::Display for LabelFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { criterion, value } => write!(
                f,
                "the label of `{criterion}` is `{value}`; wanted 0, 0.5, 1, \"na\" or \"unknown\"; it is left out"
            ),
            Self::Criterion { criterion } => {
                write!(f, "`{criterion}` is no criterion of the rulebook; its label is left out")
            }
            Self::CallType { call_type } => {
                write!(
                    f,
                    "`{call_type}` is no call type of the rulebook; type and CQR are not compared"
                )
            }
            Self::Missing { criteria } => {
                write!(f, "no label for {}; the CQR is not compared", criteria.join(", "))
            }
        }
    }
}

#[derive(Debug, Deserialize)]
struct LabelledJson {
    id: Option<String>,
    call_type: Option<String>,
    labels: Option<serde_json::Map<String, Value>>,
    recording: Option<String>,
    direction: Option<String>,
    turns: Option<serde::de::IgnoredAny>,
}

/// Finds what may be labelled calls: a file whatever its name, and of a folder everything below it that ends in `.json`,
/// in the order of the names. Names that begin with a dot are passed over.
pub fn find(given: &[PathBuf]) -> Vec<Result<Found, LabelledError>> {
    let mut found: Vec<Result<Found, LabelledError>> = Vec::new();
    for root in given {
        let walk =
            walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(|entry| {
                entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
            });
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let path = entry.path();
                    if entry.depth() == 0 || path.extension().is_some_and(|ending| ending == ENDING)
                    {
                        found.push(Ok(Found { name: name(root, path), path: path.to_path_buf() }));
                    }
                }
                Ok(_) => {}
                Err(error) => found.push(Err(LabelledError::List {
                    path: error.path().unwrap_or(root).display().to_string(),
                    detail: error.io_error().map_or_else(|| error.to_string(), ToString::to_string),
                })),
            }
        }
    }
    let names: Vec<String> = found.iter().flatten().map(|found| found.name.clone()).collect();
    for found in found.iter_mut().flatten() {
        if 1 < names.iter().filter(|name| **name == found.name).count() {
            found.name = slashed(&found.path);
        }
    }
    found
}

fn name(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).ok().filter(|rest| !rest.as_os_str().is_empty());
    relative.map_or_else(
        || path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        slashed,
    )
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Reads what a person said of one call. `name` is named in errors, and its stem is the id where the file has none.
///
/// # Errors
///
/// On what is no labelled call. A label that cannot be used is no error: it is in [`Reference::faults`].
pub fn read_labelled(bytes: &[u8], name: &str) -> Result<Reference, LabelledError> {
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let call: LabelledJson = serde_json::from_slice(json)
        .map_err(|source| LabelledError::Shape { name: name.into(), source })?;
    if call.labels.is_none() && call.call_type.is_none() {
        return Err(LabelledError::Unlabelled { name: name.into() });
    }
    let direction = match call.direction {
        None => None,
        Some(word) => {
            let known = [Direction::Inbound, Direction::Outbound]
                .into_iter()
                .find(|direction| direction.as_str() == word);
            let Some(known) = known else {
                return Err(LabelledError::Direction { name: name.into(), direction: word });
            };
            Some(known)
        }
    };
    let (mut labels, mut faults) = (Vec::new(), Vec::new());
    for (criterion, value) in call.labels.unwrap_or_default() {
        match (outcome(&value), &value) {
            (Some(outcome), _) => labels.push((criterion, outcome)),
            // Not labelled, and says so.
            (None, Value::Null) => {}
            (None, _) => faults.push(LabelFault::Value { criterion, value: value.to_string() }),
        }
    }
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.strip_suffix(".json").unwrap_or(file);
    Ok(Reference {
        id: call.id.unwrap_or_else(|| stem.to_owned()),
        call_type: call.call_type,
        labels,
        recording: call.recording,
        has_turns: call.turns.is_some(),
        direction,
        faults,
    })
}

/// A value of the scale.
fn outcome(value: &Value) -> Option<Outcome> {
    match value {
        Value::Number(number) => {
            let number = number.as_f64()?;
            [Level::Zero, Level::Half, Level::Full]
                .into_iter()
                .find(|level| (level.value() - number).abs() < 1e-9)
                .map(Outcome::Proposed)
        }
        Value::String(word) if word == Outcome::NotApplicable.as_str() => {
            Some(Outcome::NotApplicable)
        }
        Value::String(word) if word == Outcome::Unknown.as_str() => Some(Outcome::Unknown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Reference, LabelledError> {
        read_labelled(json.as_bytes(), "day/b-01.json")
    }

    #[track_caller]
    fn fails(json: &str, expected: &str) {
        let error = read(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nexpected {expected}");
    }

    #[test]
    fn labels_of_the_whole_scale_are_read() {
        let call = read(
            r#"{"turns":[],"direction":"in","call_type":"objection","notes":1,
                "labels":{"a":0,"b":0.5,"c":1,"d":1.0,"e":"na","f":"unknown","g":null}}"#,
        )
        .unwrap();
        let full = Outcome::Proposed(Level::Full);
        let expected = [
            ("a", Outcome::Proposed(Level::Zero)),
            ("b", Outcome::Proposed(Level::Half)),
            ("c", full),
            ("d", full),
            ("e", Outcome::NotApplicable),
            ("f", Outcome::Unknown),
        ];
        assert!(call.labels.iter().map(|(id, outcome)| (id.as_str(), *outcome)).eq(expected));
        assert_eq!((call.id.as_str(), call.direction), ("b-01", Some(Direction::Inbound)));
        assert_eq!((call.call_type.as_deref(), call.faults.len()), (Some("objection"), 0));
    }

    #[test]
    fn one_bad_label_takes_none_of_the_others_along() {
        let call =
            read(r#"{"id":"x","turns":[],"labels":{"a":0.7,"b":"yes","c":1,"d":-1,"e":[1]}}"#)
                .unwrap();
        assert_eq!((call.id.as_str(), call.labels.len(), call.faults.len()), ("x", 1, 4));
        let said = call.faults[0].to_string();
        assert!(said.contains("the label of `a` is `0.7`; wanted 0, 0.5, 1"), "{said}");
    }

    #[test]
    fn what_is_no_labelled_call_is_named() {
        fails("", "`day/b-01.json` is no labelled call: EOF");
        fails("[1]", "is no labelled call");
        fails(r#"{"turns":[],"labels":[]}"#, "is no labelled call");
        fails(r#"{"turns":[]}"#, "has neither `labels` nor `call_type`");
        fails(r#"{"turns":[],"labels":{},"direction":"up"}"#, "is `up`; it is in or out");
    }

    #[test]
    fn damaged_bytes_are_an_error_or_a_call_and_never_a_panic() {
        let whole = r#"{"id":"a","turns":[{"who":"client","text":"да"}],"labels":{"a":0.5,"b":"na"},"direction":"in"}"#;
        let mut dice = 7_u64;
        let mut next = |limit: usize| {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) as usize % limit
        };
        for _ in 0..20_000 {
            let mut bytes = whole.as_bytes().to_vec();
            for _ in 0..=next(4) {
                let at = next(bytes.len());
                match next(3) {
                    0 => bytes[at] = next(256) as u8,
                    1 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, br#"{}[]",:019-eE."#[next(14)]),
                }
            }
            if let Ok(call) = read_labelled(&bytes, "a.json") {
                assert!(call.labels.len() + call.faults.len() < 9);
            }
        }
    }

    #[test]
    fn a_folder_is_searched_in_the_order_of_the_names() {
        let dir = tempfile::TempDir::new().unwrap();
        for name in ["b.json", "a/c.json", "a/.hidden.json", "notes.md", ".git/x.json"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "{}").unwrap();
        }
        let names = |given: &[PathBuf]| -> Vec<String> {
            find(given).into_iter().map(|found| found.unwrap().name).collect()
        };
        assert_eq!(names(&[dir.path().into()]), ["a/c.json", "b.json"]);
        assert_eq!(names(&[dir.path().join("notes.md")]), ["notes.md"]);
        let error = find(&[dir.path().join("nowhere")]).remove(0).unwrap_err().to_string();
        assert!(error.contains("nowhere") && error.contains("give a folder"), "{error}");
    }
}
