//! Statistics of agreement between two raters: confusion tables, weighted kappa, Gwet's AC2.
//!
//! Numbers in, numbers out; what is rated is not known here. Kappa after Cohen (1968), AC2 after Gwet (2008 and the
//! "Handbook of Inter-Rater Reliability"): both are `(seen - chance) / (1 - chance)` over the same weights, and differ
//! in what they take for chance. Kappa takes the product of both raters' habits, and so collapses where nearly all
//! cases are of one category; AC2 does not, which is why both are shown.

/// How much of an agreement two categories are, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// The same category or nothing.
    Identity,
    /// Categories in order: `1 - (distance / longest distance)²`.
    Quadratic,
}

impl Weights {
    fn of(self, one: usize, other: usize, categories: usize) -> f64 {
        match self {
            _ if one == other => 1.0,
            Self::Identity => 0.0,
            Self::Quadratic => {
                let longest = categories.saturating_sub(1).max(1) as f64;
                1.0 - (one.abs_diff(other) as f64 / longest).powi(2)
            }
        }
    }
}

/// How often the first rater said a row's category and the second a column's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    categories: usize,
    /// Row after row.
    counts: Vec<usize>,
}

impl Confusion {
    /// An empty table.
    pub fn new(categories: usize) -> Self {
        Self { categories, counts: vec![0; categories * categories] }
    }

    /// Counts one case. A category that the table does not have is not counted.
    pub fn add(&mut self, first: usize, second: usize) {
        if first < self.categories && second < self.categories {
            self.counts[first * self.categories + second] += 1;
        }
    }

    /// Cases in a cell; 0 outside the table.
    pub fn get(&self, first: usize, second: usize) -> usize {
        if second < self.categories {
            self.counts.get(first * self.categories + second).copied().unwrap_or(0)
        } else {
            0
        }
    }

    /// Cases in all.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// The rows, from the first category on.
    pub fn rows(&self) -> impl Iterator<Item = &[usize]> {
        self.counts.chunks(self.categories.max(1))
    }

    /// Weighted kappa; `None` without cases, and where both raters only ever used one and the same category, so that
    /// nothing could have been by chance.
    pub fn kappa(&self, weights: Weights) -> Option<f64> {
        let (first, second) = self.margins()?;
        let mut chance = 0.0;
        for (row, of_first) in first.iter().enumerate() {
            for (column, of_second) in second.iter().enumerate() {
                chance += weights.of(row, column, self.categories) * of_first * of_second;
            }
        }
        over_chance(self.seen(weights), chance)
    }

    /// Gwet's AC2 (AC1 with [`Weights::Identity`]); `None` without cases.
    pub fn ac2(&self, weights: Weights) -> Option<f64> {
        let (first, second) = self.margins()?;
        if self.categories < 2 {
            return None;
        }
        let mut all_weights = 0.0;
        for row in 0..self.categories {
            for column in 0..self.categories {
                all_weights += weights.of(row, column, self.categories);
            }
        }
        let spread: f64 = first
            .iter()
            .zip(&second)
            .map(|(of_first, of_second)| {
                let mean = f64::midpoint(*of_first, *of_second);
                mean * (1.0 - mean)
            })
            .sum();
        let pairs = (self.categories * (self.categories - 1)) as f64;
        over_chance(self.seen(weights), all_weights / pairs * spread)
    }

    /// The weighted share of agreement.
    fn seen(&self, weights: Weights) -> f64 {
        let mut sum = 0.0;
        for (row, counts) in self.rows().enumerate() {
            for (column, count) in counts.iter().enumerate() {
                sum += weights.of(row, column, self.categories) * *count as f64;
            }
        }
        sum / self.total().max(1) as f64
    }

    /// How large a part of the cases each category is, by rater; `None` without cases.
    fn margins(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let share = |count: usize| count as f64 / total as f64;
        let first = self.rows().map(|row| share(row.iter().sum())).collect();
        let second = (0..self.categories)
            .map(|column| share((0..self.categories).map(|row| self.get(row, column)).sum()))
            .collect();
        Some((first, second))
    }
}

/// Agreement over chance; `None` where chance alone explains everything.
fn over_chance(seen: f64, chance: f64) -> Option<f64> {
    let room = 1.0 - chance;
    (room > 1e-12).then(|| (seen - chance) / room)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table<const N: usize>(rows: [[usize; N]; N]) -> Confusion {
        Confusion { categories: N, counts: rows.concat() }
    }

    #[track_caller]
    fn check(have: Option<f64>, want: f64, digits: i32) {
        let have = have.unwrap();
        let tolerance = 0.5 * 10_f64.powi(-digits) + 1e-9;
        assert!((have - want).abs() <= tolerance, "{have}, wanted {want}");
    }

    #[test]
    fn kappa_is_that_of_the_textbooks() {
        // Two readers of fifty grant proposals, the common first example: agreement 0.7, chance 0.5.
        check(table([[20, 5], [10, 15]]).kappa(Weights::Identity), 0.4, 4);
        // Fleiss, "Statistical Methods for Rates and Proportions", diagnoses of a hundred patients: 0.68.
        check(table([[75, 1, 4], [5, 4, 1], [0, 0, 10]]).kappa(Weights::Identity), 0.68, 2);
    }

    #[test]
    fn quadratic_kappa_is_what_a_hand_computes() {
        // Weights 1, 3/4, 0. Seen: (75+4+10 + 3/4 (1+5+1)) / 100 = 0.9425. Margins .80 .10 .10 and .80 .05 .15.
        // Chance: .64+.005+.015 + 3/4 (.04+.08+.015+.005) = 0.765. (0.9425 - 0.765) / 0.235.
        check(table([[75, 1, 4], [5, 4, 1], [0, 0, 10]]).kappa(Weights::Quadratic), 0.755_319, 6);
    }

    #[test]
    fn gwets_coefficient_is_that_of_his_paper() {
        // Gwet's example of the paradox: 118 times yes by both, none no by both. AC1 0.941, kappa -0.023.
        let paradox = table([[118, 5], [2, 0]]);
        check(paradox.ac2(Weights::Identity), 0.941, 3);
        check(paradox.kappa(Weights::Identity), -0.023, 3);
    }

    #[test]
    fn quadratic_ac2_is_what_a_hand_computes() {
        // Seen 0.9425 as above; the weights sum to 6, over 3*2; means .80 .075 .125: .16+.069375+.109375 = 0.33875.
        check(table([[75, 1, 4], [5, 4, 1], [0, 0, 10]]).ac2(Weights::Quadratic), 0.913_043, 6);
    }

    #[test]
    fn a_perfect_rater_has_one_and_an_inverted_one_less_than_nothing() {
        let perfect = table([[5, 0, 0], [0, 5, 0], [0, 0, 5]]);
        check(perfect.kappa(Weights::Quadratic), 1.0, 9);
        check(perfect.ac2(Weights::Quadratic), 1.0, 9);
        let inverted = table([[0, 0, 5], [0, 0, 0], [5, 0, 0]]);
        check(inverted.kappa(Weights::Quadratic), -1.0, 9);
        assert!(inverted.ac2(Weights::Quadratic).unwrap() < -0.9);
    }

    #[test]
    fn one_category_leaves_kappa_nothing_to_say_and_no_case_leaves_nothing() {
        let one = table([[0, 0, 0], [0, 0, 0], [0, 0, 9]]);
        assert_eq!(one.kappa(Weights::Quadratic), None);
        check(one.ac2(Weights::Quadratic), 1.0, 9);
        let none = Confusion::new(3);
        assert_eq!((none.kappa(Weights::Quadratic), none.ac2(Weights::Quadratic)), (None, None));
    }

    #[test]
    fn categories_outside_the_table_are_not_counted() {
        let mut table = Confusion::new(2);
        table.add(0, 1);
        table.add(2, 0);
        table.add(0, 2);
        assert_eq!(
            (table.total(), table.get(0, 1), table.get(0, 2), table.get(2, 0)),
            (1, 1, 0, 0)
        );
    }
}
