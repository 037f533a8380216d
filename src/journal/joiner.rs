//! The rows of one call, which stand near one another in a file but not side by side.
//!
//! A call is given out when no row of it came for [`WINDOW_ROWS`] rows, so that memory stays the same however long the file
//! is. A row that comes later than that is told, and not made a call of its own.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};

use crate::journal::DropReason;

/// How many rows may stand between two of one call.
const WINDOW_ROWS: u64 = 50_000;

/// Most rows of one call: beyond them the ids of a file mean something else.
const MOST_ROWS: usize = 10_000;

/// Rows on their way to becoming calls.
pub(super) struct Joiner<T> {
    row: u64,
    groups: BTreeMap<u64, Group<T>>,
    /// Groups by the row that last came to them.
    by_age: BTreeSet<(u64, u64)>,
    /// Groups by the hashes of their ids. Looked up, never walked through.
    by_id: HashMap<u64, u64>,
    /// Ids of calls that were given out.
    closed: HashSet<u64>,
}

struct Group<T> {
    last_row: u64,
    ids: Vec<u64>,
    hashes: HashSet<[u8; 32]>,
    items: Vec<T>,
}

impl<T> Default for Joiner<T> {
    fn default() -> Self {
        Self {
            row: 0,
            groups: BTreeMap::new(),
            by_age: BTreeSet::new(),
            by_id: HashMap::new(),
            closed: HashSet::new(),
        }
    }
}

impl<T> Joiner<T> {
    /// Takes a row with the ids of its call (at least one) and the hash of its text.
    pub(super) fn push(
        &mut self,
        ids: &[String],
        hash: [u8; 32],
        item: T,
    ) -> Result<(), DropReason> {
        self.row += 1;
        let ids: Vec<u64> = ids.iter().map(|id| short(id)).collect();
        if ids.iter().any(|id| self.closed.contains(id)) {
            return Err(DropReason::TooLate);
        }
        let mut homes: Vec<u64> = ids.iter().filter_map(|id| self.by_id.get(id)).copied().collect();
        homes.sort_unstable();
        homes.dedup();
        let is_known =
            |home: &u64| self.groups.get(home).is_some_and(|group| group.hashes.contains(&hash));
        if homes.iter().any(is_known) {
            return Err(DropReason::Repeated);
        }
        let home = homes.first().copied().unwrap_or(self.row);
        let mut group = self.take(home).unwrap_or_else(|| Group {
            last_row: self.row,
            ids: Vec::new(),
            hashes: HashSet::new(),
            items: Vec::new(),
        });
        if MOST_ROWS <= group.items.len() {
            self.put(home, group);
            return Err(DropReason::TooLate);
        }
        // This row ties together what seemed to be several calls.
        for other in homes.iter().skip(1) {
            if let Some(other) = self.take(*other) {
                group.ids.extend(other.ids);
                group.hashes.extend(other.hashes);
                group.items.extend(other.items);
            }
        }
        group.ids.extend(ids);
        group.ids.sort_unstable();
        group.ids.dedup();
        group.hashes.insert(hash);
        group.items.push(item);
        group.last_row = self.row;
        self.put(home, group);
        Ok(())
    }

    /// Calls to which nothing came for long.
    pub(super) fn ripe(&mut self) -> Vec<Vec<T>> {
        let mut ripe = Vec::new();
        while let Some((last_row, home)) = self.by_age.first() {
            if self.row < last_row + WINDOW_ROWS {
                break;
            }
            let home = *home;
            let Some(group) = self.take(home) else { break };
            for id in &group.ids {
                self.by_id.remove(id);
                self.closed.insert(*id);
            }
            ripe.push(group.items);
        }
        ripe
    }

    /// Everything that is left, in the order of the first rows.
    pub(super) fn rest(self) -> impl Iterator<Item = Vec<T>> {
        self.groups.into_values().map(|group| group.items)
    }

    fn take(&mut self, home: u64) -> Option<Group<T>> {
        let group = self.groups.remove(&home)?;
        self.by_age.remove(&(group.last_row, home));
        Some(group)
    }

    fn put(&mut self, home: u64, group: Group<T>) {
        for id in &group.ids {
            self.by_id.insert(*id, home);
        }
        self.by_age.insert((group.last_row, home));
        self.groups.insert(home, group);
    }
}

/// An id in eight bytes, the same in every run.
fn short(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(joiner: &mut Joiner<u32>, ids: &[&str], item: u32) -> Result<(), DropReason> {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&item.to_le_bytes());
        joiner.push(&ids, hash, item)
    }

    #[test]
    fn rows_that_share_an_id_are_one_call_even_when_that_shows_late() {
        let mut joiner = Joiner::default();
        for (ids, item) in [(&["a"][..], 1), (&["b"], 2), (&["c"], 3), (&["a", "b"], 4)] {
            push(&mut joiner, ids, item).unwrap();
        }
        assert_eq!(joiner.rest().collect::<Vec<_>>(), [vec![1, 2, 4], vec![3]]);
    }

    #[test]
    fn the_same_row_twice_is_told() {
        let mut joiner = Joiner::default();
        push(&mut joiner, &["a"], 1).unwrap();
        assert_eq!(push(&mut joiner, &["a"], 1), Err(DropReason::Repeated));
    }

    #[test]
    fn a_call_is_given_out_when_nothing_comes_for_long_and_later_rows_are_told() {
        let mut joiner = Joiner::default();
        push(&mut joiner, &["a"], 0).unwrap();
        let mut out = Vec::new();
        for item in 1..=60_000 {
            push(&mut joiner, &[&format!("x{}", item % 7)], item).ok();
            out.extend(joiner.ripe());
        }
        assert_eq!(out, [vec![0]]);
        assert_eq!(push(&mut joiner, &["a"], 99_999), Err(DropReason::TooLate));
    }
}
