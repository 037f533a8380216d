//! What is wrong with a rulebook, with file, line and remedy; every fault at once.
//!
//! A head of sales who edits rules should not have to fix and run twenty times. Readers of the
//! files note what they find in [`Faults`] and go on; only loading as a whole fails.

use std::fmt;
use std::ops::Range;

/// One fault of a rulebook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file's name.
    pub file: String,
    /// From 1; 0 where the fault has no place.
    pub line: usize,
    /// What was found, what was wanted, and what to do.
    pub text: String,
}

/// Every fault of a rulebook, in the order of files and lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulebookErrors {
    /// The faults.
    pub faults: Vec<Fault>,
}

impl RulebookErrors {
    /// One fault that has no line.
    pub(crate) fn one(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { faults: vec![Fault { file: file.into(), line: 0, text: text.into() }] }
    }
}

impl fmt::Display for RulebookErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            if fault.line == 0 {
                write!(f, "`{}`: {}", fault.file, fault.text)?;
            } else {
                write!(f, "`{}` line {}: {}", fault.file, fault.line, fault.text)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for RulebookErrors {}

/// One file of a rulebook.
#[derive(Clone, Debug)]
pub(crate) struct RuleFile {
    /// Its name without folders.
    pub(crate) name: String,
    /// Counted from the rulebook that extends no other.
    pub(crate) layer: usize,
    /// What it holds.
    pub(crate) text: String,
}

/// A place in one of the files: which, and the byte at which something starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) byte: usize,
}

/// Collects faults while the files are read.
#[derive(Debug)]
pub(crate) struct Faults<'a> {
    files: &'a [RuleFile],
    /// By file, the bytes at which lines end: a rulebook may have ten thousand rules, each with a line to tell.
    line_ends: Vec<Vec<usize>>,
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub(crate) fn new(files: &'a [RuleFile]) -> Self {
        let ends = |file: &RuleFile| file.text.match_indices('\n').map(|(at, _)| at).collect();
        Self { files, line_ends: files.iter().map(ends).collect(), found: Vec::new() }
    }

    /// Notes a fault at a place.
    pub(crate) fn add(&mut self, place: Place, text: impl Into<String>) {
        let (file, line) = self.line(place);
        self.found.push(Fault { file, line, text: text.into() });
    }

    /// The file's name and the line of a place.
    pub(crate) fn line(&self, place: Place) -> (String, usize) {
        let ends = self.line_ends.get(place.file);
        self.files.get(place.file).map_or((String::new(), 0), |file| {
            let before = ends.map_or(0, |ends| ends.partition_point(|end| *end < place.byte));
            (file.name.clone(), 1 + before)
        })
    }

    /// Notes a fault of the TOML itself.
    pub(crate) fn add_toml(&mut self, file: usize, fallback: usize, error: &toml::de::Error) {
        let Range { start, .. } = error.span().unwrap_or(fallback..fallback);
        self.add(Place { file, byte: start }, error.message().to_lowercase());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The faults by file and line, each once.
    pub(crate) fn into_errors(mut self) -> RulebookErrors {
        self.found.sort();
        self.found.dedup();
        RulebookErrors { faults: self.found }
    }
}
