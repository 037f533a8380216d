//! What changes between two drafts of one call, made with two rulebooks.
//!
//! Only what a manager would notice: the type, a value, the CQR, the verdict. Evidence and confidence may change freely.

use std::collections::BTreeSet;

use crate::grading::draft::{Draft, Outcome, Verdict};

/// A CQR and its verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rated {
    /// `None` where there is none.
    pub value: Option<f64>,
    /// Against the rulebook's own threshold.
    pub verdict: Verdict,
}

/// What changes in one call; each pair is old, then new.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The recording.
    pub source: String,
    /// The manager, where he is known.
    pub manager: Option<String>,
    /// Ids of the call type.
    pub call_type: (String, String),
    /// Criteria whose value changes, in the new rulebook's order, dropped ones last; `None` where a rulebook has no such
    /// criterion or does not rate the type.
    pub values: Vec<(String, Option<Outcome>, Option<Outcome>)>,
    /// The CQR.
    pub cqr: (Rated, Rated),
    /// Criteria that were compared.
    pub compared: usize,
}

impl Difference {
    /// Whether the call has another type.
    pub fn type_changes(&self) -> bool {
        self.call_type.0 != self.call_type.1
    }

    /// Whether it has another verdict.
    pub fn verdict_changes(&self) -> bool {
        self.cqr.0.verdict != self.cqr.1.verdict
    }

    /// Whether it has another CQR, by more than rounding.
    pub fn cqr_changes(&self) -> bool {
        match (self.cqr.0.value, self.cqr.1.value) {
            (Some(old), Some(new)) => 0.005 < (old - new).abs(),
            (old, new) => old.is_some() != new.is_some(),
        }
    }

    /// Whether anything changes.
    pub fn is_any(&self) -> bool {
        self.type_changes()
            || self.verdict_changes()
            || self.cqr_changes()
            || !self.values.is_empty()
    }
}

/// What of a draft is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The recording.
    pub source: String,
    /// The manager, where he is known.
    pub manager: Option<String>,
    /// Id of the call type.
    pub call_type: String,
    /// Criteria and what they came to.
    pub values: Vec<(String, Outcome)>,
    /// The CQR.
    pub cqr: Rated,
}

impl From<&Draft> for Judged {
    fn from(draft: &Draft) -> Self {
        Self {
            source: draft.recording.source.clone(),
            manager: draft.call.manager.clone(),
            call_type: draft.call_type.id.clone(),
            values: draft.criteria.iter().map(|entry| (entry.id.clone(), entry.outcome)).collect(),
            cqr: Rated { value: draft.cqr.value, verdict: draft.cqr.verdict },
        }
    }
}

/// Compares two drafts of one call.
pub fn difference(old: &Judged, new: &Judged) -> Difference {
    let outcome = |judged: &Judged, wanted: &str| {
        judged.values.iter().find(|(id, _)| id == wanted).map(|(_, outcome)| *outcome)
    };
    let mut seen = BTreeSet::new();
    let ids: Vec<&str> = (new.values.iter().chain(&old.values))
        .map(|(id, _)| id.as_str())
        .filter(|id| seen.insert(*id))
        .collect();
    let compared = ids.len();
    let values = ids
        .into_iter()
        .map(|id| (id.to_owned(), outcome(old, id), outcome(new, id)))
        .filter(|(_, old, new)| old != new)
        .collect();
    Difference {
        source: new.source.clone(),
        manager: new.manager.clone(),
        call_type: (old.call_type.clone(), new.call_type.clone()),
        values,
        cqr: (old.cqr, new.cqr),
        compared,
    }
}
