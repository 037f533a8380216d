//! The formula: `CQR = 100 * sum(weight * value) / sum(weight)`.
//!
//! What does not apply leaves both sums; what is unknown leaves them too, and turns the number into a
//! range. The verdict is taken before anything is rounded, and only where the range lies on one side of
//! the threshold.

use crate::grading::draft::{Cqr, CriterionDraft, Outcome, Verdict};

/// The CQR of some criteria.
pub(crate) fn rate(criteria: &[CriterionDraft], threshold: f64) -> Cqr {
    let weighed = criteria.iter().map(|criterion| (criterion.weight, criterion.outcome));
    rate_values(weighed, threshold)
}

/// The CQR of weights and what they are the weights of.
pub(crate) fn rate_values(values: impl Iterator<Item = (f64, Outcome)>, threshold: f64) -> Cqr {
    let (mut earned, mut used, mut unknown) = (0.0, 0.0, 0.0);
    for (weight, outcome) in values {
        match outcome {
            Outcome::Proposed(level) => {
                earned += weight * level.value();
                used += weight;
            }
            Outcome::Unknown => unknown += weight,
            Outcome::NotApplicable => {}
        }
    }
    let total = used + unknown;
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| 100.0 * part / whole);
    // With nothing known a range of 0 to 100 would say nothing: no criterion left, no CQR.
    let known = used > 0.0;
    let (value, low, high) = if known {
        (share(earned, used), share(earned, total), share(earned + unknown, total))
    } else {
        (None, None, None)
    };
    let verdict = match (low, high) {
        (Some(low), Some(_)) if threshold <= low => Verdict::Good,
        (Some(_), Some(high)) if high < threshold => Verdict::NeedsWork,
        (Some(_), Some(_)) => Verdict::Open,
        _ if unknown > 0.0 => Verdict::Open,
        _ => Verdict::None,
    };
    Cqr { value, low, high, weight_used: used, weight_total: total, verdict }
}

/// No rating: the type has none.
pub fn unrated() -> Cqr {
    Cqr {
        value: None,
        low: None,
        high: None,
        weight_used: 0.0,
        weight_total: 0.0,
        verdict: Verdict::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grading::draft::Level;
    use crate::rules::Text;

    const FULL: Outcome = Outcome::Proposed(Level::Full);
    const HALF: Outcome = Outcome::Proposed(Level::Half);
    const ZERO: Outcome = Outcome::Proposed(Level::Zero);
    const NA: Outcome = Outcome::NotApplicable;
    const OPEN: Outcome = Outcome::Unknown;

    fn rated(parts: &[(f64, Outcome)]) -> Cqr {
        let criteria: Vec<CriterionDraft> = parts
            .iter()
            .map(|(weight, outcome)| CriterionDraft {
                id: String::new(),
                title: Text::default(),
                weight: *weight,
                outcome: *outcome,
                confidence: 1.0,
                why: Text::default(),
                evidence: Vec::new(),
                absence: None,
            })
            .collect();
        rate(&criteria, 80.0)
    }

    #[track_caller]
    fn check(
        parts: &[(f64, Outcome)],
        numbers: Option<(f64, f64, f64)>,
        weights: (f64, f64),
        verdict: Verdict,
    ) {
        let cqr = rated(parts);
        let close = |have: Option<f64>, want: Option<f64>| match (have, want) {
            (Some(have), Some(want)) => (have - want).abs() < 1e-9,
            (have, want) => have == want,
        };
        assert!(close(cqr.value, numbers.map(|n| n.0)), "{cqr:?}");
        assert!(close(cqr.low, numbers.map(|n| n.1)), "{cqr:?}");
        assert!(close(cqr.high, numbers.map(|n| n.2)), "{cqr:?}");
        assert_eq!((cqr.weight_used, cqr.weight_total), weights);
        assert_eq!(cqr.verdict, verdict, "{cqr:?}");
    }

    #[test]
    fn what_does_not_apply_leaves_both_sums() {
        check(
            &[(3.0, FULL), (1.0, ZERO), (9.0, NA)],
            Some((75.0, 75.0, 75.0)),
            (4.0, 4.0),
            Verdict::NeedsWork,
        );
    }

    #[test]
    fn a_half_counts_half() {
        check(
            &[(2.0, FULL), (2.0, HALF)],
            Some((75.0, 75.0, 75.0)),
            (4.0, 4.0),
            Verdict::NeedsWork,
        );
    }

    #[test]
    fn unknown_makes_a_range_and_is_no_zero() {
        check(&[(3.0, FULL), (1.0, OPEN)], Some((100.0, 75.0, 100.0)), (3.0, 4.0), Verdict::Open);
        check(&[(9.0, FULL), (1.0, OPEN)], Some((100.0, 90.0, 100.0)), (9.0, 10.0), Verdict::Good);
        check(&[(9.0, ZERO), (1.0, OPEN)], Some((0.0, 0.0, 10.0)), (9.0, 10.0), Verdict::NeedsWork);
    }

    #[test]
    fn nothing_left_is_no_rating_and_never_zero() {
        check(&[(2.0, NA), (1.0, NA)], None, (0.0, 0.0), Verdict::None);
        check(&[], None, (0.0, 0.0), Verdict::None);
        check(&[(0.0, FULL)], None, (0.0, 0.0), Verdict::None);
    }

    #[test]
    fn all_unknown_is_open() {
        check(&[(2.0, OPEN), (1.0, OPEN)], None, (0.0, 3.0), Verdict::Open);
    }

    #[test]
    fn exactly_eighty_is_good_and_a_hair_less_is_not() {
        check(&[(4.0, FULL), (1.0, ZERO)], Some((80.0, 80.0, 80.0)), (5.0, 5.0), Verdict::Good);
        // 79.99…, which is 80 once it is rounded for display.
        let just_under = 100.0 * 7_999.6 / 10_000.0;
        check(
            &[(7_999.6, FULL), (2_000.4, ZERO)],
            Some((just_under, just_under, just_under)),
            (10_000.0, 10_000.0),
            Verdict::NeedsWork,
        );
    }
}
