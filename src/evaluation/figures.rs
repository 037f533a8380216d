//! The figures over all labelled calls, over each criterion and over each call type.
//!
//! The same figures at each place, so that a table of criteria and one of types read alike. What enters which figure is
//! said at its field, as `docs/evaluate.md` says it to the reader.

use crate::evaluation::agreement::{Confusion, Weights};
use crate::evaluation::calibration::Calibration;
use crate::evaluation::compare::{Compared, ComparedValue};
use crate::evaluation::interval::{Figure, resampled, share};
use crate::grading::{Level, Outcome, Verdict};
use crate::rules::{Rulebook, Text};

/// What a value can be, in the order of the confusion tables.
pub(super) const OUTCOMES: [Outcome; 5] = [
    Outcome::Proposed(Level::Zero),
    Outcome::Proposed(Level::Half),
    Outcome::Proposed(Level::Full),
    Outcome::NotApplicable,
    Outcome::Unknown,
];

/// What a verdict can be, in the order of the confusion tables.
pub(super) const VERDICTS: [Verdict; 4] =
    [Verdict::Good, Verdict::NeedsWork, Verdict::Open, Verdict::None];

/// How well one value of the scale is found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Finding {
    /// Where the draft says it, how often the label does.
    pub precision: Option<Figure>,
    /// Where the label says it, how often the draft does.
    pub recall: Option<Figure>,
}

/// How well values agree: all of them, or those of one criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueFigures {
    /// Values that have a label.
    pub count: usize,
    /// Share of them that are exactly the label's, na and unknown being values of their own.
    pub agreement: Option<Figure>,
    /// Share of those where both have 0, 0.5 or 1 and are at most 0.5 apart.
    pub near: Option<Figure>,
    /// Quadratic weighted kappa, over those where both have 0, 0.5 or 1.
    pub kappa: Option<Figure>,
    /// Gwet's AC2 with the same weights, over the same.
    pub ac2: Option<Figure>,
    /// Share of those that neither calls unknown, where both say that the criterion applies, or both that it does not.
    pub applies: Option<Figure>,
    /// Share of the labels other than unknown for which the draft has something other than unknown.
    pub coverage: Option<Figure>,
    /// The value 1.
    pub full: Finding,
    /// The value 0.
    pub zero: Finding,
    /// Label by draft, over 0, 0.5, 1, na, unknown.
    pub confusion: Confusion,
}

/// How far the draft's CQR is from that of the labels, over calls where both have one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CqrFigures {
    /// Calls where both have one.
    pub count: usize,
    /// Calls where only the labels have one.
    pub only_label: usize,
    /// Calls where only the draft has one.
    pub only_draft: usize,
    /// Mean absolute error, in points.
    pub error: Option<Figure>,
    /// Mean error in points: above 0 the drafts are too kind.
    pub bias: Option<Figure>,
    /// Share of the calls that are at most 5 points off.
    pub within_5: Option<Figure>,
}

/// The figures over some calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Calls.
    pub calls: usize,
    /// Their values.
    pub values: ValueFigures,
    /// Share of the labelled types that the draft has too.
    pub call_type: Option<Figure>,
    /// Share of the verdicts that are the same, of good, needs work, open and none.
    pub verdict: Option<Figure>,
    /// Share of the same verdicts where both are good or needs work.
    pub decided: Option<Figure>,
    /// The rating.
    pub cqr: CqrFigures,
}

/// One criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct CriterionFigures {
    /// Its id.
    pub id: String,
    /// For people.
    pub title: Text,
    /// Its figures.
    pub values: ValueFigures,
}

/// Everything that is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Over all calls.
    pub all: Figures,
    /// By criterion, in the rulebook's order.
    pub criteria: Vec<CriterionFigures>,
    /// By labelled call type, in the rulebook's order; none for a type that no call has.
    pub by_type: Vec<(String, Figures)>,
    /// The rulebook's types, in the order of `types`.
    pub type_ids: Vec<String>,
    /// Types: label by draft.
    pub types: Confusion,
    /// Verdicts: label by draft, over good, needs work, open, none.
    pub verdicts: Confusion,
    /// Confidence of every value of the draft other than unknown, and whether it was right.
    pub calibration: Calibration,
    /// Expected error of that confidence, and the mean square of it.
    pub ece: Option<Figure>,
    /// Brier's score of that confidence.
    pub brier: Option<Figure>,
    /// Confidence of the type.
    pub type_calibration: Calibration,
    /// Expected error of it.
    pub type_ece: Option<Figure>,
    /// Brier's score of it.
    pub type_brier: Option<Figure>,
    /// Every call, worst first: by distance, then by the error of the CQR, then by name.
    pub calls: Vec<Compared>,
}

impl Evaluation {
    /// Measures.
    pub fn new(mut calls: Vec<Compared>, book: &Rulebook) -> Self {
        calls.sort_by(|one, other| {
            let error = |call: &Compared| call.cqr_error().map_or(0.0, f64::abs);
            other
                .distance()
                .total_cmp(&one.distance())
                .then(error(other).total_cmp(&error(one)))
                .then_with(|| one.name.cmp(&other.name))
        });
        // Figures must not hang on how good the calls are sorted: the bootstrap draws by place.
        let mut by_name = calls.clone();
        by_name.sort_by(|one, other| one.name.cmp(&other.name));

        let type_ids: Vec<String> = book.call_types().into_iter().map(str::to_owned).collect();
        let place = |id: &str| type_ids.iter().position(|known| known == id);
        let (mut types, mut verdicts) =
            (Confusion::new(type_ids.len()), Confusion::new(VERDICTS.len()));
        for call in &by_name {
            if let Some(label) = &call.type_label
                && let (Some(label), Some(proposed)) = (place(label), place(&call.type_proposed))
            {
                types.add(label, proposed);
            }
            if let Some((label, proposed)) = call.verdicts() {
                verdicts.add(verdict_place(label), verdict_place(proposed));
            }
        }
        let by_type = type_ids
            .iter()
            .filter_map(|id| {
                let of_type: Vec<Compared> = by_name
                    .iter()
                    .filter(|call| call.type_label.as_deref() == Some(id))
                    .cloned()
                    .collect();
                (!of_type.is_empty()).then(|| (id.clone(), figures(&of_type)))
            })
            .collect();
        let criteria = book
            .criteria()
            .into_iter()
            .map(|(id, title)| CriterionFigures {
                id: id.to_owned(),
                title: title.clone(),
                values: value_figures(&by_name, Some(id)),
            })
            .collect();
        let sure = |calls: &mut dyn Iterator<Item = &Compared>| {
            Calibration::new(calls.flat_map(|call| &call.values).filter_map(sureness))
        };
        let type_sure = |calls: &mut dyn Iterator<Item = &Compared>| {
            Calibration::new(
                calls.filter_map(|call| Some((call.type_confidence, call.type_agrees()?))),
            )
        };
        let calibration = sure(&mut by_name.iter());
        let type_calibration = type_sure(&mut by_name.iter());
        Self {
            all: figures(&by_name),
            criteria,
            by_type,
            types,
            verdicts,
            ece: resampled(&by_name, calibration.count(), |calls| sure(calls).ece()),
            brier: resampled(&by_name, calibration.count(), |calls| sure(calls).brier()),
            type_ece: resampled(&by_name, type_calibration.count(), |calls| type_sure(calls).ece()),
            type_brier: resampled(&by_name, type_calibration.count(), |calls| {
                type_sure(calls).brier()
            }),
            calibration,
            type_calibration,
            type_ids,
            calls,
        }
    }
}

fn sureness(value: &ComparedValue) -> Option<(f64, bool)> {
    (value.proposed != Outcome::Unknown).then(|| (value.confidence, value.agrees()))
}

fn verdict_place(verdict: Verdict) -> usize {
    VERDICTS.iter().position(|known| *known == verdict).unwrap_or(VERDICTS.len())
}

fn outcome_place(outcome: Outcome) -> usize {
    OUTCOMES.iter().position(|known| *known == outcome).unwrap_or(OUTCOMES.len())
}

fn figures(calls: &[Compared]) -> Figures {
    let both: Vec<(Verdict, Verdict)> = calls.iter().filter_map(Compared::verdicts).collect();
    let is_decided = |verdict: Verdict| matches!(verdict, Verdict::Good | Verdict::NeedsWork);
    let decided: Vec<&(Verdict, Verdict)> = both
        .iter()
        .filter(|(label, proposed)| is_decided(*label) && is_decided(*proposed))
        .collect();
    let types: Vec<bool> = calls.iter().filter_map(Compared::type_agrees).collect();
    Figures {
        calls: calls.len(),
        values: value_figures(calls, None),
        call_type: share(types.iter().filter(|right| **right).count(), types.len()),
        verdict: share(both.iter().filter(|(one, other)| one == other).count(), both.len()),
        decided: share(decided.iter().filter(|(one, other)| one == other).count(), decided.len()),
        cqr: cqr_figures(calls),
    }
}

fn cqr_figures(calls: &[Compared]) -> CqrFigures {
    let errors: Vec<f64> = calls.iter().filter_map(Compared::cqr_error).collect();
    // Calls without labels to make a CQR of are no part of this at all.
    let rated = calls.iter().filter_map(|call| {
        let label = call.cqr_label.as_ref()?;
        Some((label.value.is_some(), call.cqr_proposed.value.is_some()))
    });
    let (mut only_label, mut only_draft) = (0, 0);
    for (label, draft) in rated {
        only_label += usize::from(label && !draft);
        only_draft += usize::from(draft && !label);
    }
    CqrFigures {
        count: errors.len(),
        only_label,
        only_draft,
        error: resampled(&errors, errors.len(), |errors| mean(errors.map(|error| error.abs()))),
        bias: resampled(&errors, errors.len(), |errors| mean(errors.copied())),
        within_5: share(errors.iter().filter(|error| error.abs() <= 5.0).count(), errors.len()),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for value in values {
        sum += value;
        count += 1;
    }
    (0 < count).then(|| sum / count as f64)
}

/// The values of one criterion, or of all.
fn value_figures(calls: &[Compared], criterion: Option<&str>) -> ValueFigures {
    let values = Values { calls, criterion };
    let mut confusion = Confusion::new(OUTCOMES.len());
    for value in values.of(calls.iter()) {
        confusion.add(outcome_place(value.label), outcome_place(value.proposed));
    }
    let told = |value: &ComparedValue| {
        value.label != Outcome::Unknown && value.proposed != Outcome::Unknown
    };
    let finding = |level: Level| {
        let sought = Outcome::Proposed(level);
        Finding {
            precision: values.share(|value| value.proposed == sought, ComparedValue::agrees),
            recall: values.share(|value| value.label == sought, ComparedValue::agrees),
        }
    };
    let on_scale =
        |value: &ComparedValue| value.label.level().is_some() && value.proposed.level().is_some();
    let scale_count = values.of(calls.iter()).filter(|value| on_scale(value)).count();
    let scale = |calls: &mut dyn Iterator<Item = &Compared>| {
        let mut table = Confusion::new(3);
        for value in values.of(calls) {
            table.add(outcome_place(value.label), outcome_place(value.proposed));
        }
        table
    };
    ValueFigures {
        count: confusion.total(),
        agreement: values.share(|_| true, ComparedValue::agrees),
        near: values.share(on_scale, |value| {
            let distance = |outcome: Outcome| outcome.level().map_or(0.0, Level::value);
            (distance(value.label) - distance(value.proposed)).abs() < 0.75
        }),
        kappa: resampled(calls, scale_count, |calls| scale(calls).kappa(Weights::Quadratic)),
        ac2: resampled(calls, scale_count, |calls| scale(calls).ac2(Weights::Quadratic)),
        applies: values.share(told, |value| {
            (value.label == Outcome::NotApplicable) == (value.proposed == Outcome::NotApplicable)
        }),
        coverage: values.share(
            |value| value.label != Outcome::Unknown,
            |value| value.proposed != Outcome::Unknown,
        ),
        full: finding(Level::Full),
        zero: finding(Level::Zero),
        confusion,
    }
}

/// Values of one criterion, or of all.
#[derive(Clone, Copy)]
struct Values<'a> {
    calls: &'a [Compared],
    criterion: Option<&'a str>,
}

impl Values<'_> {
    fn of<'c>(
        self,
        calls: impl Iterator<Item = &'c Compared>,
    ) -> impl Iterator<Item = &'c ComparedValue> {
        calls.flat_map(|call| &call.values).filter(move |value| {
            self.criterion.is_none_or(|criterion| value.criterion == criterion)
        })
    }

    /// The share of those `among` that are a `hit`. Of one criterion each call has one value, of all it has ten that
    /// hang together.
    fn share(
        self,
        among: impl Fn(&ComparedValue) -> bool,
        hit: impl Fn(&ComparedValue) -> bool,
    ) -> Option<Figure> {
        let count = |calls: &mut dyn Iterator<Item = &Compared>| {
            let (mut hits, mut all) = (0_usize, 0_usize);
            for value in self.of(calls).filter(|value| among(value)) {
                all += 1;
                hits += usize::from(hit(value));
            }
            (hits, all)
        };
        let (hits, all) = count(&mut self.calls.iter());
        if self.criterion.is_some() {
            return share(hits, all);
        }
        if hits == 0 || hits == all {
            // Draws would all be the same. As many independent cases as there are calls are the least that it rests on.
            let bearing = |call: &&Compared| call.values.iter().any(&among);
            let calls = self.calls.iter().filter(bearing).count();
            let figure = share(if hits == 0 { 0 } else { calls }, calls)?;
            return Some(Figure { count: all, ..figure });
        }
        resampled(self.calls, all, |calls| {
            let (hits, all) = count(calls);
            (0 < all).then(|| hits as f64 / all as f64)
        })
    }
}
