//! Whether a confidence of 0.8 is right eight times in ten.
//!
//! Ten bins of equal width, so that a row reads as a sentence: of the values with a confidence of 0.8 to 0.9 so many
//! were right. ECE is the mean distance between confidence and truth over the bins, by their size; Brier's score the mean
//! square of it over cases (0 is perfect, 0.25 what a coin earns that always says one half).

/// Bins of the diagram.
const BINS: usize = 10;

/// Cases whose confidence is alike.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Cases in it.
    pub count: usize,
    /// Of which so many were right.
    pub right: usize,
    /// Sum of their confidences.
    sum: f64,
}

impl Bin {
    /// Mean confidence; 0 in an empty bin.
    pub fn confidence(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }

    /// Share of the right ones; 0 in an empty bin.
    pub fn share_right(&self) -> f64 {
        self.right as f64 / self.count.max(1) as f64
    }
}

/// Confidences beside what was right.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// From 0 to 1, each 0.1 wide; a confidence of 1 is in the last.
    pub bins: [Bin; BINS],
    /// Sum of the squares of the errors.
    squares: f64,
}

impl Calibration {
    /// Of pairs of a confidence, 0 to 1, and whether it was right.
    pub fn new(cases: impl Iterator<Item = (f64, bool)>) -> Self {
        let (mut bins, mut squares) = ([Bin::default(); BINS], 0.0);
        for (confidence, right) in cases {
            let confidence = confidence.clamp(0.0, 1.0);
            let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
            bin.count += 1;
            bin.right += usize::from(right);
            bin.sum += confidence;
            squares += (confidence - f64::from(u8::from(right))).powi(2);
        }
        Self { bins, squares }
    }

    /// Cases in all.
    pub fn count(&self) -> usize {
        self.bins.iter().map(|bin| bin.count).sum()
    }

    /// Expected calibration error, 0 to 1; `None` without cases.
    pub fn ece(&self) -> Option<f64> {
        let count = self.count();
        let sum: f64 = self
            .bins
            .iter()
            .map(|bin| bin.count as f64 * (bin.confidence() - bin.share_right()).abs())
            .sum();
        (0 < count).then(|| sum / count as f64)
    }

    /// Brier's score, 0 to 1; `None` without cases.
    pub fn brier(&self) -> Option<f64> {
        let count = self.count();
        (0 < count).then(|| self.squares / count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(have: Option<f64>, want: f64) -> bool {
        (have.unwrap() - want).abs() < 1e-9
    }

    #[test]
    fn ece_and_brier_are_what_a_hand_computes() {
        let cases = [(0.9, true), (0.9, false), (0.6, true), (0.6, true)];
        let calibration = Calibration::new(cases.into_iter());
        // Bin 0.9: said 0.9, was 0.5; bin 0.6: said 0.6, was 1. Two cases each: (0.4 + 0.4) / 2.
        assert!(near(calibration.ece(), 0.4));
        // (0.01 + 0.81 + 0.16 + 0.16) / 4.
        assert!(near(calibration.brier(), 0.285));
        assert_eq!(calibration.bins[9].count + calibration.bins[6].count, 4);
    }

    #[test]
    fn who_is_sure_and_right_has_no_error_and_who_is_sure_and_wrong_all_of_it() {
        let of = |right| Calibration::new([(1.0, right); 3].into_iter());
        assert!(near(of(true).ece(), 0.0) && near(of(true).brier(), 0.0));
        assert!(near(of(false).ece(), 1.0) && near(of(false).brier(), 1.0));
        assert_eq!(of(true).bins[9].right, 3);
    }

    #[test]
    fn no_case_is_no_figure() {
        let none = Calibration::new(std::iter::empty());
        assert_eq!((none.ece(), none.brier(), none.count()), (None, None, 0));
    }
}
