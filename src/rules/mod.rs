//! Rules: a rulebook in TOML, and what it finds in a call.
//!
//! A loaded [`Rulebook`] cannot fail: applied to what was heard it gives [`Findings`], not a `Result`. All
//! knowledge of a language and of a trade lies in the folder `rules/`, none here. `rules/README.md` is the
//! language's manual.
//!
//! The way of a rule: `source` reads TOML, `phrase`, `expr` and `window` read the small languages inside,
//! `compile` resolves names, `forms`, `sound` and `lexicon` turn words into classes; then, for each call, `token`
//! and `talk` make tokens of words, `number` and `slot` see what needs code, `matcher` finds phrases, `findings`
//! applies conditions, `score` adds up weak signs, `evaluate` answers expressions.

mod advice;
mod bits;
mod compile;
pub(crate) mod course;
mod distance;
mod embedded;
pub(crate) mod evaluate;
pub(crate) mod expr;
mod fault;
pub(crate) mod findings;
mod firm;
mod forms;
mod hash;
mod lexicon;
mod matcher;
mod number;
mod phrase;
mod place;
pub(crate) mod rows;
pub(crate) mod rulebook;
mod score;
mod slot;
mod sound;
mod source;
mod talk;
mod token;
mod truth;
pub(crate) mod window;

pub use advice::{Advice, AdviceKind, PhraseForms, WordForms};
pub use fault::{Fault, RulebookErrors};
pub use findings::Findings;
pub use firm::Firm;
pub use rulebook::{FindingInBrief, Rulebook};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Missed {
    /// It counted, but the level asks for more.
    NotEnough,
    /// It lies outside the window of its finding.
    OutsideWindow,
    /// Somebody else said it.
    OtherSpeaker,
    /// An `unless` or another condition of its finding struck it out.
    Excluded,
    /// The words were not recognized well enough to believe them.
    Doubtful,
}

impl Missed {
    /// The word that JSON uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotEnough => "not_enough",
            Self::OutsideWindow => "outside_window",
            Self::OtherSpeaker => "other_speaker",
            Self::Excluded => "excluded",
            Self::Doubtful => "doubtful",
        }
    }
}
