//! Finds the phrases of a rulebook in a talk.
//!
//! A sequence is looked at only where its rarest part occurs (a table from class to sequences), and only in turns that
//! have its second rarest part too. From there it is verified in both directions, in one pass over at most 64 tokens each
//! way with a set of positions as bits: no backtracking, so the time grows with tokens and hits and with
//! nothing else. Slots are found first, the deeper ones before those that use them.
//!
//! An Aho-Corasick automaton over classes is no help here: a token has several classes, and gaps and weak tokens lie
//! between the parts of a phrase.

mod verify;

use std::ops::Range;

use crate::rules::lexicon::{Class, How};
use crate::rules::slot::{LONGEST, Mark, SlotId};
use crate::rules::talk::Talk;

pub(crate) use verify::MAX_PARTS;
use verify::{Slots, verify};

/// One part of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// A token with one of these classes, ascending.
    Any(Box<[Class]>),
    /// Any content word.
    Word,
    Slot(SlotId),
    /// A number of this value, in digits or in words.
    Value(f64),
    Gap(u8),
}

/// What a hit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// A hit in a form that sorts fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Raw {
    /// Unless, finding, phrase.
    target: (bool, u32, u32),
    /// Index of the sequence.
    plan: u32,
    start: u32,
    end: u32,
    how: How,
}

impl Raw {
    fn new(plan: &Plan, tokens: &Range<usize>, how: How) -> Option<Self> {
        let target = match plan.target {
            Target::Slot(_) => return None,
            Target::Phrase(finding, phrase) => (false, finding, phrase),
            Target::Unless(finding) => (true, finding, 0),
        };
        Some(Self {
            target,
            plan: plan.index,
            start: tokens.start as u32,
            end: tokens.end as u32,
            how,
        })
    }

    fn hit(self) -> PhraseHit {
        let target = match self.target {
            (false, finding, phrase) => Target::Phrase(finding, phrase),
            (true, finding, _) => Target::Unless(finding),
        };
        PhraseHit { target, tokens: self.start as usize..self.end as usize, how: self.how }
    }
}

/// A hit of a sequence: token indices, and the least sure way in which a token met its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PhraseHit {
    pub(crate) target: Target,
    pub(crate) tokens: Range<usize>,
    pub(crate) how: How,
}

/// A sequence, where it is looked at, and what its turn must have for that.
#[derive(Debug)]
struct Plan {
    index: u32,
    parts: Vec<Part>,
    target: Target,
    /// Index of the part at which it is looked for.
    anchor: usize,
    /// One bit at least must be in the turn.
    needs: u128,
}

/// Which sequences of a stage are looked for at a class, all classes in one list.
#[derive(Debug, Default)]
struct ByClass {
    from: Vec<u32>,
    plans: Vec<u32>,
}

impl ByClass {
    fn new(mut pairs: Vec<(Class, u32)>, classes: usize) -> Self {
        if pairs.is_empty() {
            return Self::default();
        }
        pairs.sort_unstable();
        let mut from = vec![0; classes + 1];
        for (class, _) in &pairs {
            if let Some(count) = from.get_mut(*class as usize + 1) {
                *count += 1;
            }
        }
        for index in 1..from.len() {
            from[index] += from[index - 1];
        }
        Self { from, plans: pairs.into_iter().map(|(_, plan)| plan).collect() }
    }

    fn get(&self, class: Class) -> &[u32] {
        let class = class as usize;
        match (self.from.get(class), self.from.get(class + 1)) {
            (Some(from), Some(to)) => {
                self.plans.get(*from as usize..*to as usize).unwrap_or_default()
            }
            _ => &[],
        }
    }
}

/// The sequences of one depth.
#[derive(Debug, Default)]
struct Stage {
    by_class: ByClass,
    /// Slot and sequence, sorted: those without a word of their own.
    by_slot: Vec<(SlotId, u32)>,
    /// Sequences that have neither words nor slots, and those of numbers alone.
    anywhere: Vec<u32>,
}

/// Every sequence of a rulebook, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Matcher {
    plans: Vec<Plan>,
    stages: Vec<Stage>,
}

/// The bit of a class among 128: enough to tell most turns apart, and cheap to ask.
fn bit(class: Class) -> u128 {
    1 << (class.wrapping_mul(0x9e37_79b1) >> 25)
}

impl Matcher {
    /// `common` tells how common the words of a class are.
    pub(crate) fn new(
        sequences: Vec<Sequence>,
        classes: usize,
        common: impl Fn(Class) -> u32,
    ) -> Self {
        let deepest = sequences
            .iter()
            .filter(|sequence| matches!(sequence.target, Target::Slot(_)))
            .map(|sequence| sequence.depth)
            .max()
            .unwrap_or(0);
        let mut by_class: Vec<Vec<(Class, u32)>> = vec![Vec::new(); deepest + 2];
        let mut stages: Vec<Stage> = by_class.iter().map(|_| Stage::default()).collect();
        let mut plans = Vec::with_capacity(sequences.len());
        for Sequence { parts, target, depth } in sequences {
            let number = match target {
                Target::Slot(_) => depth,
                _ => deepest + 1,
            };
            let index = plans.len() as u32;
            let mut words: Vec<(u32, usize)> = (parts.iter().enumerate())
                .filter_map(|(place, part)| match part {
                    Part::Any(any) => {
                        let sum =
                            any.iter().map(|class| common(*class)).fold(0, u32::saturating_add);
                        Some((sum, place))
                    }
                    _ => None,
                })
                .collect();
            words.sort_unstable();
            let slot = parts.iter().position(|part| matches!(part, Part::Slot(_)));
            let anchor = match (words.first(), slot) {
                (Some((_, place)), _) => {
                    if let Some(Part::Any(any)) = parts.get(*place) {
                        by_class[number].extend(any.iter().map(|class| (*class, index)));
                    }
                    *place
                }
                (None, Some(place)) => {
                    if let Some(Part::Slot(slot)) = parts.get(place) {
                        stages[number].by_slot.push((*slot, index));
                    }
                    place
                }
                (None, None) => {
                    stages[number].anywhere.push(index);
                    0
                }
            };
            let second = words.get(1).and_then(|(_, place)| parts.get(*place));
            let needs = match second {
                Some(Part::Any(any)) => any.iter().fold(0, |bits, class| bits | bit(*class)),
                _ => u128::MAX,
            };
            plans.push(Plan { index, parts, target, anchor, needs });
        }
        for (stage, pairs) in stages.iter_mut().zip(by_class) {
            stage.by_class = ByClass::new(pairs, classes);
            stage.by_slot.sort_unstable();
        }
        Self { plans, stages }
    }

    /// Every hit of a phrase or an `unless`, sorted; of those of one sequence that start together the shortest.
    pub(crate) fn find(&self, talk: &Talk) -> impl Iterator<Item = PhraseHit> + use<> {
        let mut slots = Slots::new(talk);
        let mut hits: Vec<Raw> = Vec::with_capacity(talk.tokens.len());
        // What classes a turn has, as bits.
        let turns: Vec<u128> = talk
            .turns
            .iter()
            .map(|turn| {
                let classes = turn.tokens.clone().flat_map(|token| talk.known(token));
                classes.fold(0, |bits, known| bits | bit(known.class())) | 1 << 127
            })
            .collect();
        for stage in &self.stages {
            let mut found = Vec::new();
            if !stage.by_class.plans.is_empty() || !stage.anywhere.is_empty() {
                for (token, of) in talk.tokens.iter().enumerate() {
                    let bits = turns.get(of.turn as usize).copied().unwrap_or(u128::MAX);
                    for known in talk.known(token) {
                        for index in stage.by_class.get(known.class()) {
                            let Some(plan) = self.plans.get(*index as usize) else { continue };
                            if plan.parts.len() == 1 {
                                alone(plan, token, known.how(), &mut hits, &mut found);
                            } else if plan.needs & bits != 0 {
                                try_at(plan, talk, &slots, token, &mut hits, &mut found);
                            }
                        }
                    }
                    for index in &stage.anywhere {
                        let Some(plan) = self.plans.get(*index as usize) else { continue };
                        try_at(plan, talk, &slots, token, &mut hits, &mut found);
                    }
                }
            }
            if !stage.by_slot.is_empty() {
                for mark in slots.all() {
                    let from = stage.by_slot.partition_point(|(slot, _)| *slot < mark.slot);
                    let same =
                        stage.by_slot[from..].iter().take_while(|(slot, _)| *slot == mark.slot);
                    for (_, index) in same {
                        let Some(plan) = self.plans.get(*index as usize) else { continue };
                        try_at(plan, talk, &slots, mark.token as usize, &mut hits, &mut found);
                    }
                }
            }
            slots.add(found);
        }
        hits.sort_unstable();
        hits.dedup_by_key(|hit| (hit.target, hit.plan, hit.start));
        hits.into_iter().map(Raw::hit)
    }
}

/// A plan of one word is met by the token that led to it.
fn alone(plan: &Plan, token: usize, how: How, hits: &mut Vec<Raw>, found: &mut Vec<Mark>) {
    match plan.target {
        Target::Slot(slot) => found.push(Mark { token: token as u32, slot, len: 1, how }),
        _ => hits.extend(Raw::new(plan, &(token..token + 1), how)),
    }
}

/// Verifies a plan at a token and notes what it finds.
fn try_at(
    plan: &Plan,
    talk: &Talk,
    slots: &Slots<'_>,
    token: usize,
    hits: &mut Vec<Raw>,
    found: &mut Vec<Mark>,
) {
    match plan.target {
        // The longest reading of a slot, so that «двадцать пять» is not «двадцать».
        Target::Slot(slot) => verify(&plan.parts, plan.anchor, talk, slots, token, |reading| {
            for start in reading.starts() {
                let (tokens, how) = reading.longest(start);
                if tokens.len() <= LONGEST {
                    found.push(Mark {
                        token: tokens.start as u32,
                        slot,
                        len: tokens.len() as u8,
                        how,
                    });
                }
            }
        }),
        _ => verify(&plan.parts, plan.anchor, talk, slots, token, |reading| {
            // A later start lies inside the earliest one and tells nothing more.
            let (tokens, how) = reading.shortest(reading.first());
            hits.extend(Raw::new(plan, &tokens, how));
        }),
    }
}
