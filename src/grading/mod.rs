//! Judgement: what was heard and a rulebook in, a draft scorecard out.
//!
//! Pure: no I/O, no clock, no chance, and nothing here can fail. All knowledge of what a good call is
//! lives in the rulebook; this module knows the formula, what an absence is worth and what cannot be
//! told from a recording.

mod draft;
pub mod wire;

pub use draft::{
    Absence, Cqr, CriterionDraft, Draft, Evidence, Level, MadeWith, Nearest, Outcome, SpeechStats,
    TypeCandidate, TypeJudgement, Verdict,
};

/// What a caller may ask for.
#[derive(Clone, Debug, Default)]
pub struct GradeOptions {
    /// The type that a person says the call has. An id that the rulebook does not have is passed
    /// over: check it before with [`crate::rules::Rulebook::call_type`].
    pub call_type: Option<String>,
    /// Goes into the draft as it is.
    pub made_with: MadeWith,
}

use crate::call::CallInfo;
use crate::rules::Rulebook;
use crate::transcript::Heard;

/// Proposes a scorecard for one call.
///
/// Pure: the same arguments give the same draft. Never fails: what cannot be told is `unknown`.
pub fn grade(book: &Rulebook, heard: &Heard, call: &CallInfo, options: &GradeOptions) -> Draft {
    Draft {
        recording: heard.recording.clone(),
        call: call.clone(),
        call_type: TypeJudgement {
            id: String::new(),
            title: crate::rules::Text::default(),
            confidence: 0.0,
            forced: false,
            candidates: Vec::new(),
            evidence: Vec::new(),
        },
        criteria: Vec::new(),
        cqr: Cqr {
            value: None,
            low: None,
            high: None,
            weight_used: 0.0,
            weight_total: 0.0,
            verdict: Verdict::None,
        },
        threshold: book.threshold,
        speech: SpeechStats::default(),
        turns: heard.turns.clone(),
        dropped: heard.dropped.clone(),
        warnings: heard.warnings.clone(),
        made_with: options.made_with.clone(),
        rulebook: book.id.clone(),
        rulebook_sha256: book.sha256.clone(),
    }
}
