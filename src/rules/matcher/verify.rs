//! One sequence at one token: forward and backward from the anchor, with sets of positions as bits.
//!
//! A set counts edges between tokens away from the base: bit 0 is the base itself, bit n lies n tokens on (forward) or
//! n tokens back (backward). Both directions are the same walk seen in a mirror. Between two parts weak tokens
//! are passed over.

use std::ops::Range;

use crate::rules::lexicon::{Class, How};
use crate::rules::matcher::Step;
use crate::rules::matcher::places::Places;
use crate::rules::matcher::slots::Slots;
use crate::rules::slot::Counted;
use crate::rules::talk::Talk;

/// The most parts that a sequence may have.
pub(crate) const MAX_PARTS: usize = 16;

/// What is known of the turn in which sequences are looked for.
pub(super) struct Ground<'a> {
    pub(super) talk: &'a Talk,
    /// The turn, in tokens.
    pub(super) turn: Range<usize>,
    pub(super) places: &'a Places,
    /// The classes of each set.
    pub(super) sets: &'a [Box<[Class]>],
    pub(super) slots: &'a Slots,
}

/// A walk from a base in one direction.
struct Walk<'a> {
    ground: &'a Ground<'a>,
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
    fn new(ground: &'a Ground<'a>, base: usize, forward: bool) -> Self {
        let Range { start, end } = ground.turn;
        let room = if forward { end - base } else { base - start };
        let inside = if room < 64 { (1 << room) - 1 } else { u64::MAX };
        let talk = ground.talk;
        let weak = if forward { talk.weak_from(base) } else { talk.weak_before(base) };
        Self { ground, base, room, inside, weak: weak & inside, forward }
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
    fn step(&self, step: Step, at: usize, mut reached: impl FnMut(usize, How)) {
        let Ground { talk, slots, sets, .. } = self.ground;
        match step {
            Step::Any(set) => {
                let classes = sets.get(set as usize).map_or(&[][..], |set| set);
                if let Some(how) = talk.has(self.token(at), classes) {
                    reached(1, how);
                }
            }
            Step::Word => {
                if self.weak & (1 << at) == 0 {
                    reached(1, How::Exact);
                }
            }
            Step::Slot(slot) if self.forward => {
                if let Some(mark) = slots.starting(self.token(at), slot) {
                    reached(mark.len.into(), mark.how);
                }
            }
            Step::Slot(slot) => {
                for mark in slots.ending(self.base - at, slot) {
                    reached(mark.len.into(), mark.how);
                }
            }
            Step::Value(value) => {
                let fits = |counted: &&Counted| (counted.value - value).abs() < 1e-9;
                if self.forward {
                    if let Some(number) = talk.number_at(self.token(at)).filter(fits) {
                        reached(number.len.into(), How::Exact);
                    }
                } else {
                    // A number is short: its start is looked for.
                    for len in 1..=(self.room - at).min(12) {
                        let number = talk.number_at(self.base - at - len).filter(fits);
                        if number.is_some_and(|number| usize::from(number.len) == len) {
                            reached(len, How::Exact);
                        }
                    }
                }
            }
            Step::Gap(_) => {}
        }
    }

    /// The edges at which the steps, in walking order, can end; the set after each step goes to `sets`.
    fn run(&self, steps: impl Iterator<Item = Step>, sets: &mut [u64; MAX_PARTS + 1]) -> u64 {
        let mut here: u64 = 1;
        sets[0] = 1;
        for (number, step) in steps.enumerate() {
            here = self.before(number, here);
            let mut next: u64 = 0;
            match step {
                Step::Gap(words) => {
                    next = here;
                    for _ in 0..words {
                        next = self.over_weak(next | (next & self.inside) << 1);
                    }
                }
                Step::Word => next = (here & self.inside & !self.weak) << 1,
                Step::Any(set) => {
                    let places = self.ground.places;
                    let there = if self.forward {
                        places.from(set, self.base)
                    } else {
                        places.before(set, self.base)
                    };
                    next = (here & there) << 1;
                }
                Step::Slot(_) | Step::Value(_) => {
                    for at in self.each(here) {
                        self.step(step, at, |by, _| next |= shifted(at, by));
                    }
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

    /// The least sure way in which the steps were met on one way to edge `end`.
    fn how(
        &self,
        steps: impl DoubleEndedIterator<Item = Step> + ExactSizeIterator,
        sets: &[u64; MAX_PARTS + 1],
        end: usize,
    ) -> How {
        let (mut how, mut edge) = (How::Exact, end);
        for (number, step) in steps.enumerate().rev() {
            // Weak tokens before a part and what lies in a gap matter for nothing.
            let from = self.before(number, sets[number]);
            let mut best: Option<(How, usize)> = None;
            if let Step::Gap(_) = step {
                best = (0..=edge).rev().find(|at| from & (1 << at) != 0).map(|at| (How::Exact, at));
            } else {
                for at in self.each(from).take_while(|at| *at < edge) {
                    self.step(step, at, |by, this| {
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
pub(super) struct Reading<'a> {
    steps: &'a [Step],
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
    pub(super) fn starts(&self) -> impl Iterator<Item = usize> + use<> {
        let base = self.back.base;
        let set = self.starts;
        (0..64).filter(move |at| set & (1 << at) != 0).map(move |at| base - at)
    }

    /// The earliest first token.
    pub(super) fn first(&self) -> usize {
        self.back.base - (63 - self.starts.leading_zeros() as usize)
    }

    pub(super) fn shortest(&self, start: usize) -> (Range<usize>, How) {
        self.tokens(start, self.ends.trailing_zeros() as usize)
    }

    pub(super) fn longest(&self, start: usize) -> (Range<usize>, How) {
        self.tokens(start, 63 - self.ends.leading_zeros() as usize)
    }

    fn tokens(&self, start: usize, end: usize) -> (Range<usize>, How) {
        let before = self.steps[..self.anchor].iter().copied().rev();
        let after = self.steps[self.anchor..].iter().copied();
        let how = self.on.how(after, &self.on_sets, end);
        let how = how.max(self.back.how(before, &self.back_sets, self.back.base - start));
        (start..self.on.base + end, how)
    }
}

/// Looks whether a sequence whose step `anchor` stands at `token` is there, and in which ways.
pub(super) fn verify<'a>(
    steps: &'a [Step],
    anchor: usize,
    ground: &'a Ground<'a>,
    token: usize,
) -> Option<Reading<'a>> {
    let on = Walk::new(ground, token, true);
    let mut on_sets = [0; MAX_PARTS + 1];
    let ends = on.run(steps[anchor..].iter().copied(), &mut on_sets);
    if ends == 0 {
        return None;
    }
    let back = Walk::new(ground, token, false);
    let mut back_sets = [0; MAX_PARTS + 1];
    let starts = back.run(steps[..anchor].iter().copied().rev(), &mut back_sets);
    if starts == 0 {
        return None;
    }
    Some(Reading { steps, anchor, back, on, starts, ends, back_sets, on_sets })
}
