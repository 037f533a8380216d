//! A figure with the number of cases under it and its 95 % interval.
//!
//! Two ways to the interval. Wilson's for shares of independent cases: right for few cases and for shares near 0 and 1.
//! The bootstrap for everything else: calls are drawn again with replacement, 1,000 times, and the interval holds the
//! middle 95 % of what came out. Calls are drawn, not values, as values of one call hang together. The seed is fixed:
//! the same calls give the same interval.

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub value: f64,
    /// Lower and upper end of the 95 % interval; `None` where too few calls bear one.
    pub interval: Option<(f64, f64)>,
    /// How many cases it is taken over.
    pub count: usize,
}

/// The normal distribution's 97.5 % point.
const Z: f64 = 1.959_963_985;

/// Draws of the bootstrap.
const DRAWS: usize = 1_000;

/// Fewer calls than these, drawn again, only repeat themselves.
const LEAST_CALLS: usize = 5;

/// Any number does; the date on which it was chosen.
const SEED: u64 = 20_261_125;

/// `hits` out of `count` independent cases, with Wilson's interval; `None` without cases.
pub(super) fn share(hits: usize, count: usize) -> Option<Figure> {
    if count == 0 {
        return None;
    }
    let n = count as f64;
    let value = hits as f64 / n;
    let (square, center) = (Z * Z, value + Z * Z / (2.0 * n));
    let half = Z * (value * (1.0 - value) / n + square / (4.0 * n * n)).sqrt();
    let whole = 1.0 + square / n;
    let interval = (((center - half) / whole).max(0.0), ((center + half) / whole).min(1.0));
    Some(Figure { value, interval: Some(interval), count })
}

/// `statistic` of `calls`, with the interval of the bootstrap over them. `count` is what the figure is said to be over.
/// `None` where the statistic has no value.
pub(super) fn resampled<T>(
    calls: &[T],
    count: usize,
    statistic: impl Fn(&mut dyn Iterator<Item = &T>) -> Option<f64>,
) -> Option<Figure> {
    let value = statistic(&mut calls.iter())?;
    if calls.len() < LEAST_CALLS {
        return Some(Figure { value, interval: None, count });
    }
    let mut dice = Dice(SEED);
    let mut drawn: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            let mut left = calls.len();
            let mut sample = std::iter::from_fn(|| {
                left = left.checked_sub(1)?;
                calls.get(dice.below(calls.len()))
            });
            let drawn = statistic(&mut sample);
            // The same dice for every draw, however much of it the statistic took.
            sample.for_each(drop);
            drawn
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    // Where most draws have no value (a category that only one call has) the rest tells nothing; nor do draws that are all
    // the same: that nothing differs here is no proof that nothing ever will.
    let differ = drawn.first() != drawn.last();
    let interval = (differ && DRAWS / 2 <= drawn.len()).then(|| {
        let at = |share: f64| drawn[((drawn.len() - 1) as f64 * share).round() as usize];
        (at(0.025), at(0.975))
    });
    Some(Figure { value, interval, count })
}

/// `SplitMix64`: random enough for drawing calls, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        ((u128::from(mixed) * limit as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilsons_interval_is_that_of_newcombes_table() {
        // Newcombe, Statistics in Medicine 1998, table I, method 3.
        for (hits, count, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (have_low, have_high) = share(hits, count).unwrap().interval.unwrap();
            assert!(
                (have_low - low).abs() < 1e-4 && (have_high - high).abs() < 1e-4,
                "{hits}/{count}"
            );
        }
        assert_eq!(share(0, 0), None);
    }

    fn mean(calls: &mut dyn Iterator<Item = &f64>) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0);
        for call in calls {
            sum += call;
            count += 1;
        }
        (0 < count).then(|| sum / f64::from(count))
    }

    #[test]
    fn the_bootstrap_of_a_mean_is_near_the_formula_and_always_the_same() {
        let calls: Vec<f64> = (0..100).map(f64::from).collect();
        let figure = resampled(&calls, 100, mean).unwrap();
        let (low, high) = figure.interval.unwrap();
        // Standard error 28.9 / 10; 1.96 of them on both sides.
        assert!((figure.value - 49.5).abs() < 1e-9);
        assert!((low - 43.8).abs() < 0.6 && (high - 55.2).abs() < 0.6, "{low} {high}");
        assert_eq!(resampled(&calls, 100, mean), Some(figure));
    }

    #[test]
    fn too_few_calls_have_a_value_and_no_interval() {
        assert_eq!(resampled(&[1.0, 3.0], 2, mean).unwrap().interval, None);
        assert_eq!(resampled(&[], 0, mean), None);
    }

    #[test]
    fn draws_that_are_all_the_same_prove_nothing() {
        assert_eq!(resampled(&[1.0; 9], 9, mean).unwrap().interval, None);
    }

    #[test]
    fn a_statistic_that_most_draws_lack_has_no_interval() {
        let calls: Vec<f64> = (0..20).map(f64::from).collect();
        let rare = |calls: &mut dyn Iterator<Item = &f64>| {
            let zeros = calls.filter(|call| **call < 0.5).count();
            (zeros == 1).then_some(1.0)
        };
        assert_eq!(resampled(&calls, 20, rare).unwrap().interval, None);
    }
}
