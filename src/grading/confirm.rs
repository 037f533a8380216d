//! A person's answer to a draft: the type and values that he sees, and the CQR that they come to.
//!
//! The machine's draft is never changed: both stand side by side. The sum is that of the drafts, by the same formula and
//! weights; there is no second one.

use crate::grading::cqr_of;
use crate::grading::draft::{Cqr, Draft, Level, Outcome};
use crate::rules::{Rulebook, Text};

/// One value that a person gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The criterion's id.
    pub criterion: String,
    /// What it comes to.
    pub outcome: Outcome,
    /// Why, in his words.
    pub why: String,
}

/// A confirmed scorecard.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmed {
    /// What the machine proposed.
    pub machine: Draft,
    /// Id of the type that the person says the call has.
    pub call_type: String,
    /// For people.
    pub title: Text,
    /// Every criterion of that type, in the rulebook's order.
    pub criteria: Vec<ConfirmedCriterion>,
    /// The sum.
    pub cqr: Cqr,
    /// Who confirmed it, as he says.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
}

/// One criterion of a confirmed scorecard.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfirmedCriterion {
    /// The criterion's id.
    pub id: String,
    /// For people.
    pub title: Text,
    /// Its weight under the confirmed type.
    pub weight: f64,
    /// What the machine proposed under the confirmed type, and how sure it was.
    pub machine: (Outcome, f64),
    /// What the person says.
    pub outcome: Outcome,
    /// Why, where he says something else than the machine or wants to add something.
    pub why: Option<String>,
}

impl Confirmed {
    /// The criteria to which the person says something else than the machine.
    pub fn changed(&self) -> impl Iterator<Item = &ConfirmedCriterion> {
        self.criteria.iter().filter(|criterion| criterion.machine.0 != criterion.outcome)
    }
}

/// Why an answer cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfirmError {
    /// A criterion that calls of this type do not have.
    #[error("a call of type `{call_type}` has no criterion `{criterion}`; it has {known}")]
    Criterion {
        /// As given.
        criterion: String,
        /// The confirmed type.
        call_type: String,
        /// Those that there are.
        known: String,
    },
    /// One criterion twice.
    #[error("`{criterion}` is set twice; set it once")]
    Twice {
        /// As given.
        criterion: String,
    },
    /// A type that the rulebook does not have.
    #[error("`{call_type}` is no call type of the rulebook `{rulebook}`; it has {known}")]
    CallType {
        /// As given.
        call_type: String,
        /// The rulebook's id.
        rulebook: String,
        /// Those that there are.
        known: String,
    },
    /// A value that is none.
    #[error("`{value}` is no value; give 0, 0.5, 1, `na` (does not apply) or `unknown`")]
    Value {
        /// As given.
        value: String,
    },
    /// A change without a reason.
    #[error("`{criterion}` is changed without a reason; say why with `--why`")]
    Reason {
        /// As given.
        criterion: String,
    },
}

impl Outcome {
    /// What a person writes: `0`, `0.5` (or `0,5`), `1`, `na`, `unknown`.
    ///
    /// # Errors
    ///
    /// On anything else.
    pub fn parse(text: &str) -> Result<Self, ConfirmError> {
        match text {
            "0" => Ok(Self::Proposed(Level::Zero)),
            "0.5" | "0,5" => Ok(Self::Proposed(Level::Half)),
            "1" => Ok(Self::Proposed(Level::Full)),
            "na" => Ok(Self::NotApplicable),
            "unknown" => Ok(Self::Unknown),
            _ => Err(ConfirmError::Value { value: text.to_owned() }),
        }
    }
}

/// Confirms `machine` with `changes`. `under` is the draft of the same call under the type that the person says, which
/// is `machine` itself where he leaves the type.
///
/// # Errors
///
/// When a change is of no criterion, of one twice, or has no reason.
pub fn confirm(
    book: &Rulebook,
    machine: &Draft,
    under: &Draft,
    changes: &[Change],
    by: &str,
    at: &str,
) -> Result<Confirmed, ConfirmError> {
    let call_type = under.call_type.id.clone();
    for (index, change) in changes.iter().enumerate() {
        let criterion = change.criterion.clone();
        if !under.criteria.iter().any(|known| known.id == criterion) {
            let known: Vec<String> =
                under.criteria.iter().map(|known| format!("`{}`", known.id)).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(ConfirmError::Criterion { criterion, call_type, known });
        }
        if changes[..index].iter().any(|before| before.criterion == criterion) {
            return Err(ConfirmError::Twice { criterion });
        }
        if change.why.trim().is_empty() {
            return Err(ConfirmError::Reason { criterion });
        }
    }
    let criteria: Vec<ConfirmedCriterion> = under
        .criteria
        .iter()
        .map(|criterion| {
            let change = changes.iter().find(|change| change.criterion == criterion.id);
            ConfirmedCriterion {
                id: criterion.id.clone(),
                title: criterion.title.clone(),
                weight: criterion.weight,
                machine: (criterion.outcome, criterion.confidence),
                outcome: change.map_or(criterion.outcome, |change| change.outcome),
                why: change.map(|change| change.why.clone()),
            }
        })
        .collect();
    let values: Vec<(String, Outcome)> =
        criteria.iter().map(|criterion| (criterion.id.clone(), criterion.outcome)).collect();
    let (Some(cqr), Some(title)) = (cqr_of(book, &call_type, &values), book.call_type(&call_type))
    else {
        let known: Vec<String> = book.call_types().iter().map(|id| format!("`{id}`")).collect();
        let (rulebook, known) = (book.id.clone(), known.join(", "));
        return Err(ConfirmError::CallType { call_type, rulebook, known });
    };
    Ok(Confirmed {
        machine: machine.clone(),
        call_type,
        title: title.clone(),
        criteria,
        cqr,
        by: by.to_owned(),
        at: at.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::CallInfo;
    use crate::grading::{GradeOptions, grade};
    use crate::transcript::Heard;

    fn draft(book: &Rulebook, call_type: &str) -> Draft {
        let options =
            GradeOptions { call_type: Some(call_type.to_owned()), ..GradeOptions::default() };
        grade(book, &Heard::default(), &CallInfo::default(), &options)
    }

    fn change(criterion: &str, value: &str, why: &str) -> Change {
        let outcome = Outcome::parse(value).unwrap();
        Change { criterion: criterion.to_owned(), outcome, why: why.to_owned() }
    }

    #[test]
    fn the_sum_is_that_of_the_persons_values() {
        let book = Rulebook::embedded("ru").unwrap();
        let machine = draft(&book, "objection");
        let all: Vec<Change> = machine
            .criteria
            .iter()
            .map(|criterion| {
                let value = if criterion.id == "closing" { "0" } else { "1" };
                change(&criterion.id, value, "heard it")
            })
            .collect();
        let confirmed = confirm(&book, &machine, &machine, &all, "a", "b").unwrap();
        // Weights of an objection call: 22 in all, 3 of them closing.
        assert_eq!(confirmed.cqr.value, Some(100.0 * 19.0 / 22.0));
        assert_eq!(confirmed.machine, machine);
        assert_eq!(confirmed.changed().count(), 10);
    }

    #[test]
    fn another_type_has_its_own_weights_and_spam_has_no_sum() {
        let book = Rulebook::embedded("ru").unwrap();
        let machine = draft(&book, "objection");
        let under = draft(&book, "spam");
        let confirmed = confirm(&book, &machine, &under, &[], "a", "b").unwrap();
        assert_eq!((confirmed.call_type.as_str(), confirmed.cqr.value), ("spam", None));
        assert_eq!(confirmed.machine.call_type.id, "objection");
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_refused() {
        let book = Rulebook::embedded("ru").unwrap();
        let machine = draft(&book, "objection");
        let refused = |changes: &[Change]| {
            confirm(&book, &machine, &machine, changes, "a", "b").unwrap_err().to_string()
        };
        assert!(refused(&[change("greting", "1", "x")]).contains("no criterion `greting`"));
        let twice = [change("greeting", "1", "x"), change("greeting", "0", "y")];
        assert!(refused(&twice).contains("twice"));
        assert!(refused(&[change("greeting", "1", " ")]).contains("--why"));
        for value in ["2", "", "да", "0.50"] {
            assert!(Outcome::parse(value).is_err(), "{value}");
        }
    }
}
