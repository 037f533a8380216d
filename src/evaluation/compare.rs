//! One labelled call beside its draft: value for value, and how far apart they are.

use crate::call::Direction;
use crate::evaluation::labelled::LabelFault;
use crate::grading::{self, Cqr, CriterionDraft, Draft, Outcome, Verdict};
use crate::rules::{Rulebook, Text};

/// What a person said of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The call's id in its file, else the stem of the file's name.
    pub id: String,
    /// The type it has.
    pub call_type: Option<String>,
    /// Criteria and their values, in the order of the names.
    pub labels: Vec<(String, Outcome)>,
    /// The audio, relative to the folder of the file; `None` where the turns are the transcript.
    pub recording: Option<String>,
    /// Whether there are turns; with neither these nor a recording only the labels can be compared.
    pub has_turns: bool,
    /// Which way the call went.
    pub direction: Option<Direction>,
    /// What could not be used.
    pub faults: Vec<LabelFault>,
}

impl Reference {
    /// Takes out what the rulebook does not know, and notes it in `faults`, with what lacks for a CQR.
    pub fn fit(&mut self, book: &Rulebook) {
        let criteria = book.criteria();
        let (known, strange): (Vec<_>, Vec<_>) = std::mem::take(&mut self.labels)
            .into_iter()
            .partition(|(id, _)| criteria.iter().any(|(known, _)| known == id));
        self.labels = known;
        self.faults
            .extend(strange.into_iter().map(|(criterion, _)| LabelFault::Criterion { criterion }));
        if let Some(call_type) = self.call_type.take_if(|id| book.call_type(id).is_none()) {
            self.faults.push(LabelFault::CallType { call_type });
        }
        let missing: Vec<String> = criteria
            .iter()
            .filter(|(id, _)| self.label(id).is_none())
            .map(|(id, _)| (*id).to_owned())
            .collect();
        let rated = self.call_type.as_deref().is_some_and(|id| book.is_rated(id));
        if rated && !missing.is_empty() {
            self.faults.push(LabelFault::Missing { criteria: missing });
        }
    }

    /// The labelled criteria, in the rulebook's order.
    fn in_order<'a>(&self, book: &'a Rulebook) -> Vec<(&'a str, Outcome)> {
        let criteria = book.criteria().into_iter();
        criteria.filter_map(|(id, _)| Some((id, self.label(id)?))).collect()
    }

    fn label(&self, criterion: &str) -> Option<Outcome> {
        self.labels.iter().find(|(id, _)| id == criterion).map(|(_, outcome)| *outcome)
    }

    /// The CQR that the labels come to: only where every criterion has one, and for a type that is not rated.
    fn cqr(&self, book: &Rulebook) -> Option<Cqr> {
        let call_type = self.call_type.as_deref()?;
        let whole = book.criteria().iter().all(|(id, _)| self.label(id).is_some());
        if whole || !book.is_rated(call_type) {
            grading::cqr_of(book, call_type, &self.labels)
        } else {
            None
        }
    }
}

/// One criterion of one call, as a person and as the draft has it.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedValue {
    /// The criterion's id.
    pub criterion: String,
    /// The person's.
    pub label: Outcome,
    /// The draft's; [`Outcome::Unknown`] where the draft's type has no criteria.
    pub proposed: Outcome,
    /// How sure the draft is, 0 to 1; `None` for a second person.
    pub confidence: Option<f64>,
    /// Why, as the draft says it.
    pub why: Text,
    /// The first words on which it rests, or what came nearest: the finding and the quote.
    pub shown: Vec<(String, String)>,
}

impl ComparedValue {
    /// Whether both say the same. What does not apply is a value of its own, and so is what cannot be told.
    pub fn agrees(&self) -> bool {
        self.label == self.proposed
    }

    /// How far apart they are: the distance on the scale, 1 where only one of them has a value, half of that where the
    /// draft leaves it open.
    fn distance(&self) -> f64 {
        match (self.label.level(), self.proposed.level()) {
            (Some(label), Some(proposed)) => (label.value() - proposed.value()).abs(),
            _ if self.agrees() => 0.0,
            _ if self.proposed == Outcome::Unknown => 0.5,
            _ => 1.0,
        }
    }
}

/// Evidence that is worth showing beside a wrong value.
fn shown(proposed: &CriterionDraft) -> Vec<(String, String)> {
    /// The rest is in the draft.
    const MOST: usize = 3;
    let nearest = proposed.absence.as_ref().and_then(|absence| absence.nearest.as_ref());
    let nearest = nearest.filter(|_| proposed.evidence.is_empty());
    proposed
        .evidence
        .iter()
        .chain(nearest.map(|nearest| &nearest.evidence))
        .take(MOST)
        .map(|evidence| (evidence.rule.clone(), evidence.quote.clone()))
        .collect()
}

/// One labelled call beside its draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The file's name.
    pub name: String,
    /// The call's id.
    pub id: String,
    /// The type that a person says it has.
    pub type_label: Option<String>,
    /// The draft's.
    pub type_proposed: String,
    /// How sure the draft is of it, 0 to 1; `None` for a second person.
    pub type_confidence: Option<f64>,
    /// The labelled criteria, in the rulebook's order.
    pub values: Vec<ComparedValue>,
    /// The CQR of the labels, under the labelled type; `None` where labels or the type lack.
    pub cqr_label: Option<Cqr>,
    /// The draft's.
    pub cqr_proposed: Cqr,
}

impl Compared {
    /// Sets a call beside its draft. `reference` has been through [`Reference::fit`].
    pub fn new(name: &str, reference: &Reference, draft: &Draft, book: &Rulebook) -> Self {
        let values = reference
            .in_order(book)
            .into_iter()
            .map(|(id, label)| {
                let proposed = draft.criteria.iter().find(|criterion| criterion.id == id);
                match proposed {
                    Some(proposed) => ComparedValue {
                        criterion: id.to_owned(),
                        label,
                        proposed: proposed.outcome,
                        confidence: Some(proposed.confidence),
                        why: proposed.why.clone(),
                        shown: shown(proposed),
                    },
                    None => ComparedValue {
                        criterion: id.to_owned(),
                        label,
                        proposed: Outcome::Unknown,
                        confidence: None,
                        why: Text {
                            own: format!("у типа «{}» нет критериев", draft.call_type.title.own),
                            english: Some(format!("`{}` has no criteria", draft.call_type.id)),
                        },
                        shown: Vec::new(),
                    },
                }
            })
            .collect();
        Self {
            name: name.to_owned(),
            id: reference.id.clone(),
            type_label: reference.call_type.clone(),
            type_proposed: draft.call_type.id.clone(),
            type_confidence: Some(draft.call_type.confidence),
            values,
            cqr_label: reference.cqr(book),
            cqr_proposed: draft.cqr.clone(),
        }
    }

    /// Sets a call as one person labelled it beside the same call as another did, who stands where a draft does. Only what
    /// both labelled is compared. Both have been through [`Reference::fit`].
    pub fn of_two(name: &str, first: &Reference, second: &Reference, book: &Rulebook) -> Self {
        let values = first
            .in_order(book)
            .into_iter()
            .filter_map(|(id, label)| {
                Some(ComparedValue {
                    criterion: id.to_owned(),
                    label,
                    proposed: second.label(id)?,
                    confidence: None,
                    why: Text::default(),
                    shown: Vec::new(),
                })
            })
            .collect();
        let both = first.cqr(book).zip(second.cqr(book));
        let (cqr_label, cqr_proposed) = both.unzip();
        Self {
            name: name.to_owned(),
            id: first.id.clone(),
            type_label: first.call_type.clone().filter(|_| second.call_type.is_some()),
            type_proposed: second.call_type.clone().unwrap_or_default(),
            type_confidence: None,
            values,
            cqr_label,
            cqr_proposed: cqr_proposed.unwrap_or_else(grading::unrated),
        }
    }

    /// Whether the type is right; `None` where nobody said which it is.
    pub fn type_agrees(&self) -> Option<bool> {
        self.type_label.as_ref().map(|label| *label == self.type_proposed)
    }

    /// Both verdicts, the person's first; `None` where the labels do not give one.
    pub fn verdicts(&self) -> Option<(Verdict, Verdict)> {
        self.cqr_label.as_ref().map(|label| (label.verdict, self.cqr_proposed.verdict))
    }

    /// The draft's CQR less that of the labels, in points; `None` where either has none.
    pub fn cqr_error(&self) -> Option<f64> {
        Some(self.cqr_proposed.value? - self.cqr_label.as_ref()?.value?)
    }

    /// How far the draft is from the person in all: distances of the values and 1 for a wrong type.
    pub fn distance(&self) -> f64 {
        let values: f64 = self.values.iter().map(ComparedValue::distance).sum();
        values + f64::from(u8::from(self.type_agrees() == Some(false)))
    }
}
