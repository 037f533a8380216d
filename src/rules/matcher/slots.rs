//! What slots stand for in a turn, so far: sorted by first token, each slot once at a token.

use crate::rules::slot::{LONGEST, Mark, SlotId};

/// The slots of one turn.
#[derive(Debug, Default)]
pub(super) struct Slots {
    marks: Vec<Mark>,
    present: u128,
}

/// The bit of a slot: two slots may share one, which only costs a needless look.
pub(super) fn slot_bit(slot: SlotId) -> u128 {
    1 << (slot % 128)
}

impl Slots {
    /// Begins a turn with what is known of it.
    pub(super) fn begin(&mut self, marks: &[Mark]) {
        self.marks.clear();
        self.marks.extend_from_slice(marks);
        self.present = 0;
        self.settle();
    }

    /// Adds what a stage has found.
    pub(super) fn add(&mut self, found: &mut Vec<Mark>) {
        if !found.is_empty() {
            self.marks.append(found);
            self.settle();
        }
    }

    /// Of the readings of one slot at one token the longest stays.
    fn settle(&mut self) {
        self.marks
            .sort_unstable_by_key(|mark| (mark.token, mark.slot, u8::MAX - mark.len, mark.how));
        self.marks.dedup_by_key(|mark| (mark.token, mark.slot));
        self.present = self.marks.iter().fold(0, |bits, mark| bits | slot_bit(mark.slot));
    }

    pub(super) fn all(&self) -> &[Mark] {
        &self.marks
    }

    /// The bits of the slots that are there.
    pub(super) fn present(&self) -> u128 {
        self.present
    }

    /// The reading of a slot that starts at a token.
    pub(super) fn starting(&self, token: usize, slot: SlotId) -> Option<&Mark> {
        let at =
            self.marks.binary_search_by_key(&(token as u32, slot), |mark| (mark.token, mark.slot));
        self.marks.get(at.ok()?)
    }

    /// The readings of a slot that end before a token.
    pub(super) fn ending(&self, edge: usize, slot: SlotId) -> impl Iterator<Item = &Mark> {
        let first = edge.saturating_sub(LONGEST);
        let from = self.marks.partition_point(|mark| (mark.token as usize) < first);
        let near = self.marks.get(from..).unwrap_or_default();
        near.iter().take_while(move |mark| (mark.token as usize) < edge).filter(move |mark| {
            mark.slot == slot && mark.token as usize + usize::from(mark.len) == edge
        })
    }
}
