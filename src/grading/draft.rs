//! The draft scorecard: what the machine proposes for one call, and on what it rests.
//!
//! These are domain types with whole milliseconds and exact sums; the JSON that goes out is made
//! in `grading::wire`. A draft is only ever made by [`super::grade`], which keeps the invariant that
//! each value carries evidence or an absence. Nothing here is confirmed by anybody.

use crate::call::{CallInfo, Recording, Span, Speaker};
use crate::rules::Text;
use crate::transcript::{Dropped, Turn};
use crate::warning::Warning;

/// A whole draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The file it was made of.
    pub recording: Recording,
    /// What was known beforehand.
    pub call: CallInfo,
    /// What kind of call it is.
    pub call_type: TypeJudgement,
    /// One entry for each criterion of the rulebook, in its order; empty for a type without CQR.
    pub criteria: Vec<CriterionDraft>,
    /// What a reviewer should look at, in the rulebook's order.
    pub attention: Vec<AttentionDraft>,
    /// The sum.
    pub cqr: Cqr,
    /// The CQR from which a call is good, 0 to 100 (the rulebook's, 80 by default).
    pub threshold: f64,
    /// Who spoke how much.
    pub speech: SpeechStats,
    /// The transcript.
    pub turns: Vec<Turn>,
    /// What was heard and not believed.
    pub dropped: Vec<Dropped>,
    /// What the reader must know.
    pub warnings: Vec<Warning>,
    /// What made it.
    pub made_with: MadeWith,
    /// Id of the rulebook.
    pub rulebook: String,
    /// SHA-256 of the rulebook's files, in lower-case hex.
    pub rulebook_sha256: String,
}

impl Draft {
    /// The draft's id: see [`Recording::id`].
    pub fn id(&self) -> String {
        self.recording.id()
    }
}

/// The program and model that made a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MadeWith {
    /// Name and version, for example `autograde 0.1.0`.
    pub program: String,
    /// The model's name; `None` for a transcript made elsewhere.
    pub model: Option<String>,
    /// The model file's SHA-256, where it is known.
    pub model_sha256: Option<String>,
}

/// Which type a call has, and how sure that is.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeJudgement {
    /// The type's id, as in the rulebook.
    pub id: String,
    /// For people.
    pub title: Text,
    /// 0 to 1; 1 where the type was forced.
    pub confidence: f64,
    /// Whether a person said the type (`--call-type`).
    pub forced: bool,
    /// Every type of the rulebook, most probable first (ties in the rulebook's order).
    pub candidates: Vec<TypeCandidate>,
    /// What spoke for the type.
    pub evidence: Vec<Evidence>,
}

/// A type that the call may have.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeCandidate {
    /// The type's id.
    pub id: String,
    /// For people.
    pub title: Text,
    /// 0 to 1; all candidates sum to 1.
    pub confidence: f64,
    /// The CQR under this type: only where it is close to the best one.
    pub cqr: Option<Cqr>,
}

/// A value on the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// 0
    Zero,
    /// 0.5
    Half,
    /// 1
    Full,
}

impl Level {
    /// 0, 0.5 or 1.
    pub fn value(self) -> f64 {
        match self {
            Self::Zero => 0.0,
            Self::Half => 0.5,
            Self::Full => 1.0,
        }
    }
}

/// What a criterion came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A value is proposed.
    Proposed(Level),
    /// It does not apply to this call.
    NotApplicable,
    /// The recording does not let anyone tell.
    Unknown,
}

impl Outcome {
    /// The value, where there is one.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Proposed(level) => Some(level),
            Self::NotApplicable | Self::Unknown => None,
        }
    }

    /// The word that JSON uses: `proposed`, `na` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed(_) => "proposed",
            Self::NotApplicable => "na",
            Self::Unknown => "unknown",
        }
    }
}

/// One criterion of a draft.
#[derive(Clone, Debug, PartialEq)]
pub struct CriterionDraft {
    /// The criterion's id.
    pub id: String,
    /// For people.
    pub title: Text,
    /// Its weight under the call's type.
    pub weight: f64,
    /// The value, if there is one.
    pub outcome: Outcome,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// One sentence from the rulebook that says what this level means.
    pub why: Text,
    /// The turns on which it rests, in the order of the call.
    pub evidence: Vec<Evidence>,
    /// Where something was looked for and not found.
    pub absence: Option<Absence>,
}

/// Something that a reviewer should look at, whatever the number is.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionDraft {
    /// Its id.
    pub id: String,
    /// For people.
    pub title: Text,
    /// Whether the firm calls such a call failed. Shown beside the CQR, which it never changes.
    pub auto_fail: bool,
    /// The turns on which it rests, in the order of the call.
    pub evidence: Vec<Evidence>,
}

/// Words that were said, and the rule that they met.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Id of the finding.
    pub rule: String,
    /// The phrase of the rule as it is written there; empty for a rule without phrases.
    pub phrase: String,
    /// Who said it.
    pub who: Speaker,
    /// When.
    pub span: Span,
    /// The words with some of their neighbors.
    pub quote: String,
    /// 0 to 1, from the words' probabilities and from how they met the phrase.
    pub confidence: f64,
}

/// Something that was looked for and not found.
#[derive(Clone, Debug, PartialEq)]
pub struct Absence {
    /// Where it was looked for; sorted, apart from one another.
    pub searched: Vec<Span>,
    /// The share of the speech there that was heard well enough, 0 to 1.
    pub heard: f64,
    /// What came nearest.
    pub nearest: Option<Nearest>,
}

/// A hit that did not count.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// The words.
    pub evidence: Evidence,
    /// Why it did not count.
    pub missed: crate::rules::Missed,
}

/// Call quality rating: `100 * sum(weight * value) / sum(weight)` and what is not known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cqr {
    /// Of the criteria that have a value; `None` where none has (or the type has no CQR).
    pub value: Option<f64>,
    /// With every unknown at 0.
    pub low: Option<f64>,
    /// With every unknown at 1.
    pub high: Option<f64>,
    /// Sum of the weights of the criteria that have a value.
    pub weight_used: f64,
    /// Sum of the weights of the criteria that apply: those with a value and the unknown ones.
    pub weight_total: f64,
    /// Against the threshold, compared before rounding.
    pub verdict: Verdict,
}

/// Whether a call is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// At or over the threshold, whatever the unknown criteria are.
    Good,
    /// Under it, whatever they are.
    NeedsWork,
    /// The range lies on both sides.
    Open,
    /// There is no CQR.
    None,
}

impl Verdict {
    /// The way back from the word that JSON uses; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Good, Self::NeedsWork, Self::Open, Self::None]
            .into_iter()
            .find(|verdict| verdict.as_str() == word)
    }

    /// The word that JSON uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::NeedsWork => "needs_work",
            Self::Open => "open",
            Self::None => "none",
        }
    }
}

/// Who spoke how much: from voice activity and turns, not from what was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpeechStats {
    /// The manager's speech; `None` where speakers cannot be told apart.
    pub manager_ms: Option<u64>,
    /// The client's.
    pub client_ms: Option<u64>,
    /// Time in which nobody speaks.
    pub silence_ms: u64,
    /// Time in which both speak; `None` where speakers cannot be told apart.
    pub overlap_ms: Option<u64>,
    /// The manager's longest stretch that no turn of the client breaks; `None` as above.
    pub longest_monologue_ms: Option<u64>,
    /// How often the manager began to speak while the client spoke, and went on for at least half a second.
    pub interruptions: Option<u32>,
    /// Words a minute of own speech; `None` under five seconds of speech.
    pub manager_words_per_minute: Option<f64>,
    /// As above.
    pub client_words_per_minute: Option<f64>,
    /// The manager's part of all speech, 0 to 1.
    pub manager_share: Option<f64>,
}
