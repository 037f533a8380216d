//! The figures over all labelled calls, over each criterion and over each call type.
//!
//! The same figures at each place, so that a table of criteria and one of types read alike. What enters which figure is
//! said at its field, as `docs/evaluate.md` says it to the reader.

use crate::evaluation::agreement::Confusion;
use crate::evaluation::calibration::Calibration;
use crate::evaluation::compare::{Compared, ComparedValue};
use crate::evaluation::interval::{Figure, resampled, share};
use crate::evaluation::values::{ValueFigures, value_figures};
use crate::grading::{Outcome, Verdict};
use crate::rules::{Rulebook, Text};

/// What a verdict can be, in the order of the confusion tables.
pub(super) const VERDICTS: [Verdict; 4] =
    [Verdict::Good, Verdict::NeedsWork, Verdict::Open, Verdict::None];

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
                calls.filter_map(|call| Some((call.type_confidence?, call.type_agrees()?))),
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
    Some((value.confidence.filter(|_| value.proposed != Outcome::Unknown)?, value.agrees()))
}

fn verdict_place(verdict: Verdict) -> usize {
    VERDICTS.iter().position(|known| *known == verdict).unwrap_or(VERDICTS.len())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::compare::ComparedValue;
    use crate::grading::{Cqr, Level};

    const FULL: Outcome = Outcome::Proposed(Level::Full);
    const HALF: Outcome = Outcome::Proposed(Level::Half);
    const ZERO: Outcome = Outcome::Proposed(Level::Zero);
    const NA: Outcome = Outcome::NotApplicable;
    const OPEN: Outcome = Outcome::Unknown;

    fn rating(value: Option<f64>) -> Cqr {
        let verdict = match value {
            Some(value) if 80.0 <= value => Verdict::Good,
            Some(_) => Verdict::NeedsWork,
            None => Verdict::None,
        };
        Cqr { value, low: value, high: value, weight_used: 1.0, weight_total: 1.0, verdict }
    }

    /// A call named `name` whose values are pairs of the label and the draft's, with a confidence of 0.9.
    fn call(
        name: &str,
        pairs: &[(Outcome, Outcome)],
        ratings: (Option<f64>, Option<f64>),
    ) -> Compared {
        let values = pairs
            .iter()
            .zip(["greeting", "speech", "initiative", "problem"])
            .map(|((label, proposed), criterion)| ComparedValue {
                criterion: criterion.into(),
                label: *label,
                proposed: *proposed,
                confidence: Some(0.9),
                why: Text::default(),
                shown: Vec::new(),
            })
            .collect();
        Compared {
            name: name.into(),
            id: name.into(),
            type_label: Some("objection".into()),
            type_proposed: "objection".into(),
            type_confidence: Some(1.0),
            values,
            cqr_label: Some(rating(ratings.0)),
            cqr_proposed: rating(ratings.1),
        }
    }

    fn over(calls: Vec<Compared>) -> Evaluation {
        Evaluation::new(calls, &Rulebook::embedded("ru").unwrap())
    }

    #[track_caller]
    fn check(figure: Option<Figure>, value: f64, count: usize) {
        let figure = figure.unwrap();
        assert!((figure.value - value).abs() < 1e-9 && figure.count == count, "{figure:?}");
    }

    #[test]
    fn na_against_a_value_is_a_disagreement_and_no_part_of_kappa() {
        let measured =
            over(vec![call("a", &[(NA, ZERO), (FULL, FULL), (ZERO, ZERO)], (None, None))]);
        let values = &measured.all.values;
        check(values.agreement, 2.0 / 3.0, 3);
        check(values.applies, 2.0 / 3.0, 3);
        check(values.kappa, 1.0, 2);
        check(values.near, 1.0, 2);
        // The draft's 0 where the label is na is a wrong 0.
        check(values.zero.precision, 0.5, 2);
        check(values.zero.recall, 1.0, 1);
        assert_eq!(values.confusion.get(3, 0), 1);
    }

    #[test]
    fn what_the_draft_leaves_open_lowers_coverage_and_claims_nothing() {
        let measured = over(vec![call(
            "a",
            &[(FULL, OPEN), (OPEN, OPEN), (HALF, HALF), (OPEN, FULL)],
            (None, None),
        )]);
        let values = &measured.all.values;
        check(values.agreement, 0.5, 4);
        check(values.coverage, 0.5, 2);
        check(values.applies, 1.0, 1);
        check(values.full.recall, 0.0, 1);
        check(values.full.precision, 0.0, 1);
        // Half of what it claims is right, at a confidence of 0.9.
        check(measured.ece, 0.4, 2);
        check(measured.brier, f64::midpoint(0.01, 0.81), 2);
    }

    #[test]
    fn a_miss_by_one_is_no_miss_by_a_half() {
        let measured =
            over(vec![call("a", &[(FULL, ZERO), (FULL, HALF), (HALF, HALF)], (None, None))]);
        check(measured.all.values.near, 2.0 / 3.0, 3);
        // Weights 0, 3/4, 1: seen 1.75/3. Chance: margins 0, 1/3, 2/3 and 1/3, 2/3, 0, that is
        // (3/4*1/3*1/3 + 1/3*2/3) + (2/3 * 3/4 * 2/3) = 0.638889.
        check(measured.all.values.kappa, (1.75 / 3.0 - 23.0 / 36.0) / (13.0 / 36.0), 3);
    }

    #[test]
    fn a_rating_on_one_side_only_is_in_no_error() {
        let calls = vec![
            call("a", &[], (Some(90.0), Some(70.0))),
            call("b", &[], (Some(50.0), Some(54.0))),
            call("c", &[], (Some(50.0), None)),
            call("d", &[], (None, Some(10.0))),
        ];
        let cqr = over(calls).all.cqr;
        assert_eq!((cqr.count, cqr.only_label, cqr.only_draft), (2, 1, 1));
        check(cqr.error, 12.0, 2);
        check(cqr.bias, -8.0, 2);
        check(cqr.within_5, 0.5, 2);
    }

    #[test]
    fn verdicts_and_types_are_counted_by_call() {
        let mut calls = vec![
            call("a", &[], (Some(90.0), Some(70.0))),
            call("b", &[], (Some(50.0), Some(54.0))),
            call("c", &[], (Some(50.0), None)),
        ];
        calls[0].type_proposed = "spam".into();
        calls[1].type_label = None;
        let measured = over(calls);
        check(measured.all.verdict, 1.0 / 3.0, 3);
        check(measured.all.decided, 0.5, 2);
        check(measured.all.call_type, 0.5, 2);
        assert_eq!((measured.types.total(), measured.verdicts.get(0, 1)), (2, 1));
        assert_eq!(measured.by_type.len(), 1);
        assert_eq!(measured.by_type[0].1.calls, 2);
    }

    #[test]
    fn the_worst_call_comes_first_and_the_order_given_changes_nothing() {
        let good = call("good", &[(FULL, FULL)], (Some(50.0), Some(50.0)));
        let open = call("open", &[(FULL, OPEN)], (Some(50.0), Some(50.0)));
        let far = call("far", &[(FULL, ZERO)], (Some(50.0), Some(50.0)));
        let mut typed = call("typed", &[(FULL, ZERO)], (Some(50.0), Some(50.0)));
        typed.type_proposed = "spam".into();
        let one = over(vec![good.clone(), open.clone(), far.clone(), typed.clone()]);
        let names: Vec<&str> = one.calls.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(names, ["typed", "far", "open", "good"]);
        assert_eq!(over(vec![typed, far, open, good]), one);
    }
}
