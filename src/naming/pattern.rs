//! A pattern for names of recordings: text, and fields in braces.
//!
//! A pattern fits the end of a path without the file's ending: `{caller}-{callee}` looks at the name, `{date}/{client}` at
//! the name and the folder around it. All ways in which a name fits are looked for (two are enough to know that there is
//! more than one), from the left, remembering what was tried: the time is bounded by fields times the square of the length.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::naming::field::{Field, Value};

/// Names of recordings are no longer on any file system; folders may add some.
const LONGEST_CHARS: usize = 1024;

/// Fields and texts of a pattern.
const MOST_PIECES: usize = 40;

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// Braces that do not pair.
    #[error("`{pattern}` has a brace without its other half")]
    Brace {
        /// The pattern.
        pattern: String,
    },
    /// A field that does not exist.
    #[error("there is no field `{name}`; there are {known}")]
    NoField {
        /// What was said.
        name: String,
        /// All fields.
        known: String,
    },
    /// What stands behind a field's colon.
    #[error("`{{{field}}}` is not understood: behind the colon may stand {known}")]
    Form {
        /// What stood between the braces.
        field: String,
        /// What may.
        known: String,
    },
    /// Two fields that say the same.
    #[error("`{pattern}` has the field `{field}` twice")]
    Twice {
        /// The pattern.
        pattern: String,
        /// The field.
        field: String,
    },
    /// More than anybody needs.
    #[error("`{pattern}` has more than {MOST_PIECES} parts")]
    TooLong {
        /// The pattern.
        pattern: String,
    },
    /// A word that is neither a pattern nor the name of ready ones.
    #[error(
        "`{name}` is no pattern (it has no field in braces) and none of the ready ones: {known}"
    )]
    NoReady {
        /// What was said.
        name: String,
        /// The ready ones.
        known: String,
    },
}

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    text: String,
    pieces: Vec<Piece>,
    /// How many parts of a path it looks at.
    depth: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<char>),
    Field(Field),
}

impl FromStr for NamePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let brace = || PatternError::Brace { pattern: text.to_owned() };
        let mut pieces = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let open = rest.find('{').unwrap_or(rest.len());
            let (before, field) = rest.split_at(open);
            if before.contains('}') {
                return Err(brace());
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.chars().collect()));
            }
            rest = "";
            if let Some(field) = field.strip_prefix('{') {
                let (inside, behind) = field.split_once('}').ok_or_else(brace)?;
                pieces.push(Piece::Field(Field::parse(inside)?));
                let name = inside.split(':').next().unwrap_or(inside);
                if !matches!(name, "any" | "line" | "queue") {
                    if seen.contains(&name) {
                        return Err(PatternError::Twice {
                            pattern: text.to_owned(),
                            field: name.to_owned(),
                        });
                    }
                    seen.push(name);
                }
                rest = behind;
            }
        }
        if MOST_PIECES < pieces.len() {
            return Err(PatternError::TooLong { pattern: text.to_owned() });
        }
        Ok(Self { text: text.to_owned(), pieces, depth: text.matches('/').count() + 1 })
    }
}

impl NamePattern {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The ways to read a path, at most two.
    pub(super) fn readings(&self, path: &str) -> Vec<Vec<Value>> {
        let start = path.rmatch_indices('/').nth(self.depth - 1).map_or(0, |(at, _)| at + 1);
        let name: Vec<char> = without_ending(&path[start..]).chars().collect();
        if LONGEST_CHARS < name.len() {
            return Vec::new();
        }
        self.from(0, &name, 0, &mut BTreeMap::new())
    }

    /// The ways to read `name` from `at` on with the pieces from `piece` on.
    fn from(
        &self,
        piece: usize,
        name: &[char],
        at: usize,
        tried: &mut BTreeMap<(usize, usize), Vec<Vec<Value>>>,
    ) -> Vec<Vec<Value>> {
        let Some(this) = self.pieces.get(piece) else {
            return if at == name.len() { vec![Vec::new()] } else { Vec::new() };
        };
        if let Some(known) = tried.get(&(piece, at)) {
            return known.clone();
        }
        let offers = match this {
            Piece::Text(text) if name[at..].starts_with(text) => vec![(at + text.len(), None)],
            Piece::Text(_) => Vec::new(),
            Piece::Field(field) => field.offers(name, at),
        };
        let mut readings: Vec<Vec<Value>> = Vec::new();
        for (end, value) in offers {
            for mut reading in self.from(piece + 1, name, end, tried) {
                reading.extend(value.clone());
                if !readings.contains(&reading) {
                    readings.push(reading);
                }
            }
            if 1 < readings.len() {
                readings.truncate(2);
                break;
            }
        }
        tried.insert((piece, at), readings.clone());
        readings
    }
}

/// A name without `.wav` and its like. Digits behind a dot belong to an id, and are no ending.
fn without_ending(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending))
            if !stem.is_empty()
                && (2..=5).contains(&ending.len())
                && ending.bytes().all(|b| b.is_ascii_alphanumeric())
                && !ending.bytes().all(|b| b.is_ascii_digit()) =>
        {
            stem
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_error(pattern: &str, part: &str) {
        let error = pattern.parse::<NamePattern>().unwrap_err().to_string();
        assert!(error.contains(part), "{error:?} lacks {part:?}");
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        check_error("{date", "brace");
        check_error("a}{date}", "brace");
        check_error("{dat}", "no field `dat`");
        check_error("{date:YYMM}", "`{date:YYMM}`");
        check_error("{time:hhmmDD}", "hh, mm");
        check_error("{client:5}", "nothing behind the name");
        check_error("{client}-{client}", "twice");
        check_error(&"{any}".repeat(41), "more than 40");
    }

    #[test]
    fn a_long_name_against_many_fields_takes_no_time() {
        let pattern: NamePattern =
            "{any}-{any}-{any}-{any}-{any}-{any}-{any}-{client}x".parse().unwrap();
        let name = "1-".repeat(500);
        let begin = std::time::Instant::now();
        assert!(pattern.readings(&name).is_empty());
        assert!(begin.elapsed().as_secs() < 10);
    }

    #[test]
    fn two_ways_that_say_the_same_are_one() {
        let pattern: NamePattern = "{any}_{any}_{client}".parse().unwrap();
        assert_eq!(pattern.readings("a_b_c_79161234567").len(), 1);
    }
}
