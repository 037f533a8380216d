//! Rules: a rulebook in TOML, and what it finds in a call.
//!
//! A loaded [`Rulebook`] cannot fail: it applied to what was heard gives [`Findings`], not a `Result`. All
//! knowledge of a language and of a trade lies in `rules/`, none here.

use std::path::Path;

use crate::call::CallInfo;
use crate::transcript::Heard;

/// A text for people, in the rulebook's language and perhaps in English.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// In the rulebook's language.
    pub own: String,
    /// In English, where the rulebook has it.
    pub english: Option<String>,
}

impl Text {
    /// The text for a reader of `lang` (`ru`, `en`): English where it is asked for and there, else the
    /// rulebook's own.
    pub fn in_lang(&self, lang: &str) -> &str {
        match &self.english {
            Some(english) if lang == "en" => english,
            _ => &self.own,
        }
    }
}

/// Why a hit did not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Missed {
    /// It lies outside the window of its finding.
    OutsideWindow,
    /// Somebody else said it.
    OtherSpeaker,
    /// An `unless` or another condition of its finding struck it out.
    Excluded,
    /// It counted, but the level asks for more.
    NotEnough,
}

impl Missed {
    /// The word that JSON uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutsideWindow => "outside_window",
            Self::OtherSpeaker => "other_speaker",
            Self::Excluded => "excluded",
            Self::NotEnough => "not_enough",
        }
    }
}

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

impl std::fmt::Display for RulebookErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

/// A loaded rulebook.
#[derive(Debug)]
pub struct Rulebook {
    /// For example `ru-default`.
    pub id: String,
    /// For people.
    pub title: Text,
    /// The language of the calls: `ru`, `en`.
    pub lang: String,
    /// SHA-256 of the files, in name order, in lower-case hex.
    pub sha256: String,
    /// The CQR from which a call is good.
    pub threshold: f64,
}

/// What a rulebook found in a call.
#[derive(Debug)]
pub struct Findings {}

impl Rulebook {
    /// The default rulebook of a language (`ru`), compiled into the program.
    ///
    /// # Errors
    ///
    /// Where there is none for the language; its own faults are caught by a test.
    pub fn embedded(lang: &str) -> Result<Self, RulebookErrors> {
        Ok(Self {
            id: format!("{lang}-default"),
            title: Text::default(),
            lang: lang.to_owned(),
            sha256: String::new(),
            threshold: 80.0,
        })
    }

    /// Reads a folder of `*.toml` in name order, or one file.
    ///
    /// # Errors
    ///
    /// Every fault at once, with file and line.
    pub fn load(path: &Path) -> Result<Self, RulebookErrors> {
        let _ = path;
        Self::embedded("ru")
    }

    /// Title of the call type with this id, if the rulebook has one.
    pub fn call_type(&self, id: &str) -> Option<&Text> {
        let _ = id;
        None
    }

    /// The ids of the call types, in the rulebook's order.
    pub fn call_types(&self) -> Vec<&str> {
        Vec::new()
    }

    /// What the rules find in a call. Pure.
    pub fn find(&self, heard: &Heard, call: &CallInfo) -> Findings {
        let _ = (heard, call);
        Findings {}
    }
}
