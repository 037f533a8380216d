//! Finds the phrases of a rulebook in a talk.
//!
//! A sequence is looked at only where its first part occurs (a table from class to sequences), and then
//! verified in one pass over at most 64 tokens with a set of positions as bits: no backtracking, so the time
//! grows with tokens and hits and with nothing else. Slots are found first, the deeper ones
//! before those that use them.

use std::ops::Range;

use crate::rules::lexicon::Class;
use crate::rules::talk::Talk;

/// What a slot is, inside a matcher.
pub(crate) type SlotId = u16;

/// A run of numbers.
pub(crate) const NUMBER_SLOT: SlotId = 0;
/// Words in quotation marks.
pub(crate) const QUOTED_SLOT: SlotId = 1;
/// The first slot of a rulebook.
pub(crate) const FIRST_SLOT: SlotId = 2;

/// One part of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// A token with one of these classes, ascending.
    Any(Box<[Class]>),
    /// Any content word.
    Word,
    Slot(SlotId),
    Gap(u8),
}

/// What a hit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Slot(SlotId),
    /// A finding and which of its phrases.
    Phrase(u32, u32),
    /// What strikes hits of a finding out.
    Unless(u32),
}

/// A plain sequence.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    pub(crate) parts: Vec<Part>,
    pub(crate) target: Target,
    /// Slots: 1 + the deepest slot inside; phrases: ignored, they come last.
    pub(crate) depth: usize,
}

/// A hit of a sequence: token indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PhraseHit {
    pub(crate) target: Target,
    pub(crate) tokens: Range<usize>,
}

#[derive(Debug, Default)]
struct Stage {
    by_class: Vec<Vec<u32>>,
    by_slot: Vec<Vec<u32>>,
    /// Sequences that start with any word.
    anywhere: Vec<u32>,
}

/// Every sequence of a rulebook, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Matcher {
    sequences: Vec<Sequence>,
    stages: Vec<Stage>,
}

impl Matcher {
    pub(crate) fn new(sequences: Vec<Sequence>, classes: usize, slots: usize) -> Self {
        let deepest = sequences
            .iter()
            .filter(|sequence| matches!(sequence.target, Target::Slot(_)))
            .map(|sequence| sequence.depth)
            .max()
            .unwrap_or(0);
        let mut stages: Vec<Stage> = (0..deepest + 2)
            .map(|_| Stage {
                by_class: vec![Vec::new(); classes],
                by_slot: vec![Vec::new(); slots],
                anywhere: Vec::new(),
            })
            .collect();
        for (index, sequence) in sequences.iter().enumerate() {
            let stage = match sequence.target {
                Target::Slot(_) => sequence.depth,
                _ => deepest + 1,
            };
            let Some(stage) = stages.get_mut(stage) else { continue };
            let index = index as u32;
            match sequence.parts.first() {
                Some(Part::Any(first)) => {
                    for class in first {
                        if let Some(list) = stage.by_class.get_mut(*class as usize) {
                            list.push(index);
                        }
                    }
                }
                Some(Part::Slot(slot)) => {
                    if let Some(list) = stage.by_slot.get_mut(usize::from(*slot)) {
                        list.push(index);
                    }
                }
                Some(Part::Word) => stage.anywhere.push(index),
                Some(Part::Gap(_)) | None => {}
            }
        }
        Self { sequences, stages }
    }

    /// Every hit of a phrase or an `unless`, by token.
    pub(crate) fn find(&self, talk: &Talk) -> Vec<PhraseHit> {
        let mut slots: Vec<Vec<(SlotId, u8)>> = vec![Vec::new(); talk.tokens.len()];
        builtin_slots(talk, &mut slots);
        let mut hits = Vec::new();
        let mut ends = Vec::new();
        let last = self.stages.len().saturating_sub(1);
        for (number, stage) in self.stages.iter().enumerate() {
            for token in 0..talk.tokens.len() {
                let turn_end = talk
                    .turns
                    .get(talk.tokens[token].turn as usize)
                    .map_or(token, |turn| turn.tokens.end);
                let by_class = talk
                    .classes(token)
                    .iter()
                    .filter_map(|class| stage.by_class.get(*class as usize))
                    .flatten();
                let by_slot = slots[token]
                    .iter()
                    .filter_map(|(slot, _)| stage.by_slot.get(usize::from(*slot)))
                    .flatten();
                ends.clear();
                for index in by_class.chain(by_slot).chain(&stage.anywhere) {
                    let Some(sequence) = self.sequences.get(*index as usize) else { continue };
                    let reached = verify(&sequence.parts, talk, &slots, token, turn_end);
                    if reached != 0 {
                        ends.push((sequence.target, reached));
                    }
                }
                for (target, reached) in &ends {
                    match target {
                        // The longest reading of a slot, so that «двадцать пять» is not «двадцать».
                        Target::Slot(slot) => {
                            let length = 63 - reached.leading_zeros();
                            push_slot(&mut slots[token], *slot, length as u8);
                        }
                        _ if number == last => hits.push(PhraseHit {
                            target: *target,
                            tokens: token..token + reached.trailing_zeros() as usize,
                        }),
                        _ => {}
                    }
                }
            }
        }
        hits
    }
}

fn push_slot(at: &mut Vec<(SlotId, u8)>, slot: SlotId, length: u8) {
    match at.iter_mut().find(|(have, _)| *have == slot) {
        Some((_, have)) => *have = length.max(*have),
        None => at.push((slot, length)),
    }
}

/// Runs of numbers and of quoted words.
fn builtin_slots(talk: &Talk, slots: &mut [Vec<(SlotId, u8)>]) {
    for turn in &talk.turns {
        let mut run = |slot: SlotId, holds: &dyn Fn(usize) -> bool| {
            let mut end = turn.tokens.end;
            for token in turn.tokens.clone().rev() {
                if !holds(token) {
                    end = token;
                } else if token + 60 > end {
                    slots[token].push((slot, (end - token) as u8));
                }
            }
        };
        run(NUMBER_SLOT, &|token| talk.tokens[token].number);
        run(QUOTED_SLOT, &|token| talk.tokens[token].quoted);
    }
}

/// The ends at which the sequence can stop when it starts at `start`, as bits counted from there.
fn verify(
    parts: &[Part],
    talk: &Talk,
    slots: &[Vec<(SlotId, u8)>],
    start: usize,
    turn_end: usize,
) -> u64 {
    let mut here: u64 = 1;
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            here = over_weak(here, talk, start, turn_end);
        }
        let mut next: u64 = 0;
        match part {
            Part::Gap(words) => {
                next = here;
                for _ in 0..*words {
                    let stepped =
                        each(next, start, turn_end).fold(0, |set, at| set | shifted(at, 1));
                    next = over_weak(next | stepped, talk, start, turn_end);
                }
            }
            Part::Any(classes) => {
                for at in each(here, start, turn_end) {
                    if talk.has(start + at, classes) {
                        next |= shifted(at, 1);
                    }
                }
            }
            Part::Word => {
                for at in each(here, start, turn_end) {
                    if !talk.tokens[start + at].weak {
                        next |= shifted(at, 1);
                    }
                }
            }
            Part::Slot(wanted) => {
                for at in each(here, start, turn_end) {
                    for (slot, length) in &slots[start + at] {
                        if slot == wanted {
                            next |= shifted(at, usize::from(*length));
                        }
                    }
                }
            }
        }
        if next == 0 {
            return 0;
        }
        here = next;
    }
    here
}

/// The positions of a set that are tokens of the turn.
fn each(set: u64, start: usize, turn_end: usize) -> impl Iterator<Item = usize> {
    let mut left = set;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let at = left.trailing_zeros() as usize;
        left &= left - 1;
        Some(at)
    })
    .take_while(move |at| start + at < turn_end)
}

fn shifted(at: usize, by: usize) -> u64 {
    if at + by < 64 { 1 << (at + by) } else { 0 }
}

/// Adds the positions after weak tokens.
fn over_weak(mut set: u64, talk: &Talk, start: usize, turn_end: usize) -> u64 {
    let mut at = set.trailing_zeros() as usize;
    while at < 63 && start + at < turn_end {
        if set & (1 << at) != 0 && talk.tokens[start + at].weak {
            set |= 1 << (at + 1);
        }
        at += 1;
    }
    set
}
