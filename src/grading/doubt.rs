//! How likely a reviewer is to turn a draft's verdict: what should be looked at first.

use crate::grading::draft::{Draft, Outcome, Verdict};

/// How far a value that is wrong is wrong, on the scale of 0 to 1: mostly by one level.
const USUAL_ERROR: f64 = 0.5;

/// The chance, 0 to 1, that a person's values put the call on the other side of the threshold; 0 for a type without CQR.
///
/// Each criterion is wrong with the probability that its confidence leaves, and then by half a point either way, apart
/// from the others. That gives the CQR a spread, and the spread the chance that it crosses the threshold (by the normal
/// distribution, which sums of a few bounded parts follow well enough for an order of reading). An unknown value spreads
/// over the whole scale. It is no probability to calculate with.
pub fn doubt(draft: &Draft) -> f64 {
    if draft.cqr.verdict == Verdict::None {
        return 0.0;
    }
    let (mut total, mut spread) = (0.0, 0.0);
    for criterion in &draft.criteria {
        let (error, wrong) = match criterion.outcome {
            Outcome::Proposed(_) => (USUAL_ERROR, 1.0 - criterion.confidence.clamp(0.0, 1.0)),
            Outcome::Unknown => (USUAL_ERROR, 1.0),
            // Whether it applies is doubted too, and would move the sum as a wrong value does.
            Outcome::NotApplicable => {
                (USUAL_ERROR / 2.0, 1.0 - criterion.confidence.clamp(0.0, 1.0))
            }
        };
        if criterion.outcome != Outcome::NotApplicable {
            total += criterion.weight;
        }
        spread += (criterion.weight * error).powi(2) * wrong;
    }
    let middle = match (draft.cqr.low, draft.cqr.high) {
        (Some(low), Some(high)) => f64::midpoint(low, high),
        _ => draft.threshold,
    };
    if total <= 0.0 {
        return 0.5;
    }
    let deviation = 100.0 * spread.sqrt() / total;
    if deviation <= 0.0 {
        return if draft.cqr.verdict == Verdict::Open { 0.5 } else { 0.0 };
    }
    upper_tail((middle - draft.threshold).abs() / deviation)
}

/// The part of a normal distribution beyond `z` standard deviations, `z` from 0.
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17: within 7.5e-8.
fn upper_tail(z: f64) -> f64 {
    const TERMS: [f64; 5] =
        [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let sum = TERMS.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    (density * sum).clamp(0.0, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_table() {
        for (z, expected) in [(0.0, 0.5), (1.0, 0.158_655), (1.96, 0.024_998), (3.0, 0.001_350)] {
            assert!((upper_tail(z) - expected).abs() < 1e-6, "{z}");
        }
        assert!(upper_tail(40.0).abs() < f64::EPSILON);
    }
}
