//! Where in a turn each set of words stands: one row of bits for each set, a bit for each token.
//!
//! Most turns have less than 64 tokens, so that a row is one number. Rows are made for one turn after the other in the same
//! place; only what a turn has touched is cleared again.

use std::ops::Range;

use crate::rules::bits::{bits_before, bits_from};

/// The rows of one turn.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The turn's first token.
    start: usize,
    /// Numbers in a row.
    words: usize,
    rows: Vec<u64>,
    /// Sets that the turn has, in the order of their first word.
    touched: Vec<u32>,
    /// By set: whether the turn has it.
    there: Vec<bool>,
}

impl Places {
    pub(super) fn new(sets: usize) -> Self {
        Self { there: vec![false; sets], ..Self::default() }
    }

    /// Clears everything for a turn of these tokens.
    pub(super) fn begin(&mut self, turn: Range<usize>) {
        let words = turn.len().div_ceil(64).max(1);
        for set in self.touched.drain(..) {
            let from = set as usize * self.words;
            self.rows[from..from + self.words].fill(0);
            self.there[set as usize] = false;
        }
        // All of it is 0 now, however long the rows are.
        self.rows.resize(self.there.len() * words, 0);
        self.words = words;
        self.start = turn.start;
    }

    /// A token of the turn has a word of the set.
    pub(super) fn note(&mut self, set: u32, token: usize) {
        let at = token - self.start;
        let from = set as usize * self.words;
        self.rows[from + at / 64] |= 1 << (at % 64);
        if !std::mem::replace(&mut self.there[set as usize], true) {
            self.touched.push(set);
        }
    }

    /// The sets that the turn has.
    pub(super) fn sets(&self) -> &[u32] {
        &self.touched
    }

    /// The tokens of the turn that have a word of the set.
    pub(super) fn row(&self, set: u32) -> &[u64] {
        let from = set as usize * self.words;
        self.rows.get(from..from + self.words).unwrap_or_default()
    }

    pub(super) fn has(&self, set: u32) -> bool {
        self.there.get(set as usize).copied().unwrap_or_default()
    }

    /// Which of the 64 tokens from `token` on have a word of the set; the first is bit 0.
    pub(super) fn from(&self, set: u32, token: usize) -> u64 {
        bits_from(self.row(set), token - self.start)
    }

    /// Which of the 64 tokens before `token` have a word of the set; the nearest is bit 0.
    pub(super) fn before(&self, set: u32, token: usize) -> u64 {
        bits_before(self.row(set), token - self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_both_directions_over_the_edges_of_numbers() {
        let mut places = Places::new(2);
        places.begin(100..300);
        for token in [100, 163, 164, 299] {
            places.note(1, token);
        }
        assert_eq!(places.sets(), [1]);
        assert_eq!(places.from(1, 163), 0b11);
        assert_eq!(places.before(1, 165), 0b11);
        assert_eq!(places.before(1, 164), 1 | 1 << 63);
        assert_eq!(places.before(1, 100), 0);
        assert_eq!(places.before(1, 101), 1);
        assert_eq!(places.from(1, 299), 1);
        assert!(!places.has(0));
        places.begin(300..310);
        assert!(!places.has(1) && places.sets().is_empty());
    }
}
