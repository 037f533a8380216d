//! One list of things for each of many numbers, all of them in one row: a rulebook has hundreds of findings, and a list of
//! its own for each would cost a call more than what is in them.
//!
//! The lists are filled one after the other, each once.

use std::ops::{Index, Range};

/// Lists by number.
#[derive(Clone, Debug)]
pub(crate) struct Rows<T> {
    entries: Vec<T>,
    of: Vec<Range<u32>>,
}

impl<T> Rows<T> {
    /// Empty lists.
    pub(crate) fn new(count: usize) -> Self {
        Self { entries: Vec::new(), of: vec![0..0; count] }
    }

    /// Begins a list, to which [`Rows::push`] adds until the next one is begun.
    pub(crate) fn begin(&mut self, number: usize) {
        let at = self.entries.len() as u32;
        self.of[number] = at..at;
    }

    /// Adds to the list that was begun last.
    pub(crate) fn push(&mut self, number: usize, entry: T) {
        self.entries.push(entry);
        self.of[number].end = self.entries.len() as u32;
    }

    /// A list; `None` for a number that has none.
    pub(crate) fn get(&self, number: usize) -> Option<&[T]> {
        let Range { start, end } = self.of.get(number)?.clone();
        self.entries.get(start as usize..end as usize)
    }
}

impl<T> Index<usize> for Rows<T> {
    type Output = [T];

    fn index(&self, number: usize) -> &[T] {
        self.get(number).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_keeps_its_own() {
        let mut rows = Rows::new(3);
        for (number, entry) in [(2, 'a'), (2, 'b'), (0, 'c')] {
            if rows[number].is_empty() {
                rows.begin(number);
            }
            rows.push(number, entry);
        }
        assert_eq!((&rows[0], &rows[1], &rows[2]), (&['c'][..], &[][..], &['a', 'b'][..]));
        assert_eq!(rows.get(3), None);
    }
}
