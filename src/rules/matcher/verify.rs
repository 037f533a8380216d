//! One sequence at one token: forward and backward from the anchor, with sets of positions as bits.
//!
//! A set counts edges between tokens away from the base: bit 0 is the base itself, bit n lies n tokens on (forward) or
//! n tokens back (backward). Both directions are the same walk seen in a mirror. Between two parts weak tokens
//! are passed over.

use std::ops::Range;

use crate::rules::lexicon::How;
use crate::rules::matcher::Part;
use crate::rules::slot::{Mark, SlotId};
use crate::rules::talk::Talk;

/// The most parts that a sequence may have.
pub(crate) const MAX_PARTS: usize = 16;

/// What slots stand for in a talk, so far: by first token, and by the edge where they end.
#[derive(Debug)]
pub(crate) struct Slots<'t> {
    talk: &'t Talk,
    marks: Vec<Mark>,
    /// Where the marks that start at a token lie; one more at the end.
    by_start: Vec<u32>,
    /// Marks by the edge at which they end.
    by_end: Vec<u32>,
    ending: Vec<u32>,
}

impl<'t> Slots<'t> {
    pub(crate) fn new(talk: &'t Talk) -> Self {
        let mut slots = Self {
            talk,
            marks: Vec::new(),
            by_start: Vec::new(),
            by_end: Vec::new(),
            ending: Vec::new(),
        };
        slots.add(talk.marks.clone());
        slots
    }

    /// Adds what a stage has found; of the readings of one slot at one token the longest stays.
    pub(crate) fn add(&mut self, found: Vec<Mark>) {
        if found.is_empty() && !self.by_start.is_empty() {
            return;
        }
        self.marks.extend(found);
        self.marks
            .sort_unstable_by_key(|mark| (mark.token, mark.slot, u8::MAX - mark.len, mark.how));
        self.marks.dedup_by_key(|mark| (mark.token, mark.slot));
        let edges = self.talk.tokens.len() + 1;
        let (mut starts, mut ends) = (vec![0; edges + 1], vec![0; edges + 1]);
        for mark in &self.marks {
            starts[mark.token as usize + 1] += 1;
            ends[mark.token as usize + usize::from(mark.len) + 1] += 1;
        }
        for index in 1..=edges {
            starts[index] += starts[index - 1];
            ends[index] += ends[index - 1];
        }
        let mut next = ends.clone();
        self.ending = vec![0; self.marks.len()];
        for (index, mark) in self.marks.iter().enumerate() {
            let place = &mut next[mark.token as usize + usize::from(mark.len)];
            self.ending[*place as usize] = index as u32;
            *place += 1;
        }
        (self.by_start, self.by_end) = (starts, ends);
    }

    pub(crate) fn all(&self) -> &[Mark] {
        &self.marks
    }

    /// The reading of a slot that starts at a token.
    fn starting(&self, token: usize, slot: SlotId) -> Option<&Mark> {
        let from = *self.by_start.get(token)? as usize;
        let to = *self.by_start.get(token + 1)? as usize;
        self.marks.get(from..to)?.iter().find(|mark| mark.slot == slot)
    }

    /// The readings of a slot that end before a token.
    fn ending(&self, edge: usize, slot: SlotId) -> impl Iterator<Item = &Mark> {
        let from = self.by_end.get(edge).map_or(0, |from| *from as usize);
        let to = self.by_end.get(edge + 1).map_or(0, |to| *to as usize);
        let ending = self.ending.get(from..to).unwrap_or_default();
        ending
            .iter()
            .filter_map(|index| self.marks.get(*index as usize))
            .filter(move |mark| mark.slot == slot)
    }
}

/// A walk from a base in one direction.
struct Walk<'a> {
    talk: &'a Talk,
    slots: &'a Slots<'a>,
    base: usize,
    /// The turn's edge in this direction, in tokens from the base.
    room: usize,
    /// Edges that have a token of the turn after them.
    inside: u64,
    /// Edges that have a weak token of the turn after them.
    weak: u64,
    forward: bool,
}

impl<'a> Walk<'a> {
    fn new(talk: &'a Talk, slots: &'a Slots<'a>, base: usize, room: usize, forward: bool) -> Self {
        let inside = if room < 64 { (1 << room) - 1 } else { u64::MAX };
        let weak = if forward { talk.weak_from(base) } else { talk.weak_before(base) };
        Self { talk, slots, base, room, inside, weak: weak & inside, forward }
    }
}

impl Walk<'_> {
    /// The token between edge `at` and the next one.
    fn token(&self, at: usize) -> usize {
        if self.forward { self.base + at } else { self.base - at - 1 }
    }

    /// The edges of a set that have a token of the turn after them.
    fn each(&self, set: u64) -> impl Iterator<Item = usize> + use<> {
        let mut left = set & self.inside;
        std::iter::from_fn(move || {
            let at = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            (at < 64).then_some(at)
        })
    }

    /// Adds the edges after weak tokens.
    fn over_weak(&self, mut set: u64) -> u64 {
        loop {
            let more = set | (set & self.weak) << 1;
            if more == set {
                return set;
            }
            set = more;
        }
    }

    /// The edges at which a part may begin: weak tokens lie between parts, but none before the anchor, which is the
    /// first part of the way forward.
    fn before(&self, number: usize, set: u64) -> u64 {
        if self.forward && number == 0 { set } else { self.over_weak(set) }
    }

    /// How one token or slot after edge `at` meets a part: the edge reached.
    fn step(&self, part: &Part, at: usize, mut reached: impl FnMut(usize, How)) {
        match part {
            Part::Any(classes) => {
                if let Some(how) = self.talk.has(self.token(at), classes) {
                    reached(1, how);
                }
            }
            Part::Word => {
                if self.weak & (1 << at) == 0 {
                    reached(1, How::Exact);
                }
            }
            Part::Slot(slot) if self.forward => {
                if let Some(mark) = self.slots.starting(self.token(at), *slot) {
                    reached(mark.len.into(), mark.how);
                }
            }
            Part::Slot(slot) => {
                for mark in self.slots.ending(self.base - at, *slot) {
                    reached(mark.len.into(), mark.how);
                }
            }
            Part::Value(value) => {
                let fits =
                    |counted: &&crate::rules::slot::Counted| (counted.value - value).abs() < 1e-9;
                if self.forward {
                    if let Some(number) = self.talk.number_at(self.token(at)).filter(fits) {
                        reached(number.len.into(), How::Exact);
                    }
                } else {
                    // A number is short: its start is looked for.
                    for len in 1..=(self.room - at).min(12) {
                        let number = self.talk.number_at(self.base - at - len).filter(fits);
                        if number.is_some_and(|number| usize::from(number.len) == len) {
                            reached(len, How::Exact);
                        }
                    }
                }
            }
            Part::Gap(_) => {}
        }
    }

    /// The edges at which the parts, in walking order, can end; the set after each part goes to `sets`.
    fn run<'p>(
        &self,
        parts: impl Iterator<Item = &'p Part>,
        sets: &mut [u64; MAX_PARTS + 1],
    ) -> u64 {
        let mut here: u64 = 1;
        sets[0] = 1;
        for (number, part) in parts.enumerate() {
            here = self.before(number, here);
            let mut next: u64 = 0;
            if let Part::Gap(words) = part {
                next = here;
                for _ in 0..*words {
                    next = self.over_weak(next | (next & self.inside) << 1);
                }
            } else if let Part::Word = part {
                next = (here & self.inside & !self.weak) << 1;
            } else {
                for at in self.each(here) {
                    self.step(part, at, |by, _| next |= shifted(at, by));
                }
            }
            if next == 0 {
                return 0;
            }
            here = next;
            if let Some(set) = sets.get_mut(number + 1) {
                *set = here;
            }
        }
        here
    }

    /// The least sure way in which the parts were met on one way to edge `end`.
    fn how<'p>(
        &self,
        parts: impl DoubleEndedIterator<Item = &'p Part> + ExactSizeIterator,
        sets: &[u64; MAX_PARTS + 1],
        end: usize,
    ) -> How {
        let (mut how, mut edge) = (How::Exact, end);
        for (number, part) in parts.enumerate().rev() {
            // Weak tokens before a part and what lies in a gap matter for nothing.
            let from = self.before(number, sets[number]);
            let mut best: Option<(How, usize)> = None;
            if let Part::Gap(_) = part {
                best = (0..=edge).rev().find(|at| from & (1 << at) != 0).map(|at| (How::Exact, at));
            } else {
                for at in self.each(from).take_while(|at| *at < edge) {
                    self.step(part, at, |by, this| {
                        if at + by == edge && best.is_none_or(|(best, _)| this < best) {
                            best = Some((this, at));
                        }
                    });
                }
            }
            let Some((this, at)) = best else { return how };
            how = how.max(this);
            edge = (0..=at).rev().find(|edge| sets[number] & (1 << edge) != 0).unwrap_or(at);
        }
        how
    }
}

fn shifted(at: usize, by: usize) -> u64 {
    if at + by < 64 { 1 << (at + by) } else { 0 }
}

/// All ways in which a sequence meets the words around a token.
pub(crate) struct Reading<'a> {
    parts: &'a [Part],
    anchor: usize,
    back: Walk<'a>,
    on: Walk<'a>,
    starts: u64,
    ends: u64,
    back_sets: [u64; MAX_PARTS + 1],
    on_sets: [u64; MAX_PARTS + 1],
}

impl Reading<'_> {
    /// First tokens, the nearest to the anchor first.
    pub(crate) fn starts(&self) -> impl Iterator<Item = usize> + use<> {
        let base = self.back.base;
        let set = self.starts;
        (0..64).filter(move |at| set & (1 << at) != 0).map(move |at| base - at)
    }

    /// The earliest first token.
    pub(crate) fn first(&self) -> usize {
        self.back.base - (63 - self.starts.leading_zeros() as usize)
    }

    pub(crate) fn shortest(&self, start: usize) -> (Range<usize>, How) {
        self.tokens(start, self.ends.trailing_zeros() as usize)
    }

    pub(crate) fn longest(&self, start: usize) -> (Range<usize>, How) {
        self.tokens(start, 63 - self.ends.leading_zeros() as usize)
    }

    fn tokens(&self, start: usize, end: usize) -> (Range<usize>, How) {
        let before = self.parts[..self.anchor].iter().rev();
        let after = self.parts[self.anchor..].iter();
        let how = self.on.how(after, &self.on_sets, end);
        let how = how.max(self.back.how(before, &self.back_sets, self.back.base - start));
        (start..self.on.base + end, how)
    }
}

/// Looks whether a sequence whose part `anchor` stands at `token` is there, and hands over how.
pub(crate) fn verify(
    parts: &[Part],
    anchor: usize,
    talk: &Talk,
    slots: &Slots<'_>,
    token: usize,
    found: impl FnOnce(&Reading<'_>),
) {
    let Some(turn) = talk.tokens.get(token).and_then(|of| talk.turns.get(of.turn as usize)) else {
        return;
    };
    let on = Walk::new(talk, slots, token, turn.tokens.end - token, true);
    let (mut on_sets, mut back_sets) = ([0; MAX_PARTS + 1], [0; MAX_PARTS + 1]);
    let ends = on.run(parts[anchor..].iter(), &mut on_sets);
    if ends == 0 {
        return;
    }
    let back = Walk::new(talk, slots, token, token - turn.tokens.start, false);
    let starts = back.run(parts[..anchor].iter().rev(), &mut back_sets);
    if starts == 0 {
        return;
    }
    found(&Reading { parts, anchor, back, on, starts, ends, back_sets, on_sets });
}
