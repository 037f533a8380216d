//! Judgement: what was heard and a rulebook in, a draft scorecard out.
//!
//! Pure: no I/O, no clock, no chance, and nothing here can fail. All knowledge of what a good call is
//! lives in the rulebook; this module knows the formula, what an absence is worth and what cannot be
//! told from a recording.

mod confirm;
mod cqr;
mod difference;
mod doubt;
mod draft;
mod evidence;
mod explain;
mod hearing;
mod hits;
mod judge;
mod reread;
mod speech_stats;
mod trial;
pub mod wire;

pub use draft::{
    Absence, AttentionDraft, Cqr, CriterionDraft, Draft, Evidence, Level, MadeWith, Nearest,
    Outcome, SpeechStats, TypeCandidate, TypeJudgement, Verdict,
};

pub use confirm::{Change, ConfirmError, Confirmed, ConfirmedCriterion, confirm};
pub use cqr::unrated;
pub use difference::{Difference, Judged, Rated, difference};
pub use doubt::doubt;
pub use explain::{Explanation, Holds, Node, Part, Step, explain};
pub use hits::{CallHits, hits};
pub use reread::{RereadError, is_draft, reread, reread_judged};
pub use trial::{FailedTest, TestFault, TestReport, run_tests};

use crate::call::CallInfo;
use crate::rules::Rulebook;
use crate::transcript::Heard;
use crate::warning::Warning;

/// What a caller may ask for.
#[derive(Clone, Debug, Default)]
pub struct GradeOptions {
    /// The type that a person says the call has. An id that the rulebook does not have is passed
    /// over: check it before with [`Rulebook::call_type`].
    pub call_type: Option<String>,
    /// Goes into the draft as it is.
    pub made_with: MadeWith,
}

/// Proposes a scorecard for one call.
///
/// Pure: the same arguments give the same draft. Never fails: what cannot be told is `unknown`.
pub fn grade(book: &Rulebook, heard: &Heard, call: &CallInfo, options: &GradeOptions) -> Draft {
    let draft = draft_without_turns(book, heard, call, options);
    Draft { turns: heard.turns.clone(), dropped: heard.dropped.clone(), ..draft }
}

/// As [`grade`], for what nobody needs any more: the draft takes the transcript over instead of copying it.
pub fn grade_heard(
    book: &Rulebook,
    heard: Heard,
    call: &CallInfo,
    options: &GradeOptions,
) -> Draft {
    let draft = draft_without_turns(book, &heard, call, options);
    Draft { turns: heard.turns, dropped: heard.dropped, ..draft }
}

/// A draft that still lacks the transcript, and what was dropped of it.
fn draft_without_turns(
    book: &Rulebook,
    heard: &Heard,
    call: &CallInfo,
    options: &GradeOptions,
) -> Draft {
    let findings = book.find(heard, call);
    let case = judge::Case { book, heard, findings: &findings };
    let (kind, mut call_type) = judge::judge_type(case, options.call_type.as_deref());
    let rates = |kind: usize| book.types.get(kind).is_some_and(|rule| rule.cqr);
    let criteria = judge::judge_criteria(case, kind);
    let cqr = if rates(kind) { cqr::rate(&criteria, book.threshold) } else { unrated() };
    let attention = judge::judge_attention(case, &call_type.id);
    // Where a second type is close, a reviewer sees what the call would be worth under each.
    let close = call_type.candidates.get(1).is_some_and(|second| second.confidence >= book.close);
    if close && !call_type.forced {
        let own = call_type.id.clone();
        for candidate in call_type.candidates.iter_mut().take(2) {
            let kind = book.types.iter().position(|rule| rule.id == candidate.id);
            candidate.cqr = kind.map(|kind| match candidate.id == own {
                true => cqr.clone(),
                false if rates(kind) => {
                    cqr::rate_values(judge::values_under(case, kind).into_iter(), book.threshold)
                }
                false => unrated(),
            });
        }
    }
    Draft {
        recording: heard.recording.clone(),
        call: call.clone(),
        call_type,
        criteria,
        attention,
        cqr,
        threshold: book.threshold,
        speech: speech_stats::measure(heard, &findings.course),
        turns: Vec::new(),
        dropped: Vec::new(),
        warnings: warnings(heard),
        made_with: options.made_with.clone(),
        rulebook: book.id.clone(),
        rulebook_sha256: book.sha256.clone(),
    }
}

/// The CQR that a person's values come to under a call type, by the same formula and weights as a draft's. Criteria that
/// the rulebook does not have are passed over; no such type is `None`.
pub fn cqr_of(book: &Rulebook, call_type: &str, values: &[(String, Outcome)]) -> Option<Cqr> {
    book.call_type(call_type)?;
    if !book.is_rated(call_type) {
        return Some(unrated());
    }
    let weighed = values
        .iter()
        .filter_map(|(criterion, outcome)| Some((book.weight(criterion, call_type)?, *outcome)));
    Some(cqr::rate_values(weighed, book.threshold))
}

/// The warnings of the recording, and one where the speakers cannot be told apart.
fn warnings(heard: &Heard) -> Vec<Warning> {
    let mut warnings = heard.warnings.clone();
    let said = warnings.iter().any(|known| matches!(known, Warning::Mono | Warning::DualMono));
    if !said && !heard.turns.is_empty() && !heard.speakers_known() {
        warnings.push(Warning::Mono);
    }
    warnings
}
