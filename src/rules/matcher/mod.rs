//! Finds the phrases of a rulebook in a talk.
//!
//! Turn by turn: first it is noted at which tokens of the turn each set of words stands (a row of bits for each set), then
//! only those sequences are looked at whose rarest part is there, whose other words and slots are there too, and from
//! the tokens of that part they are verified in both directions. All of that is arithmetic on rows of bits over at most
//! 64 tokens each way: no backtracking, so the time grows with tokens and hits and with nothing else. Slots are
//! found first, the deeper ones before those that use them.
//!
//! An Aho-Corasick automaton over classes is no help here: a token has several classes, and gaps and weak tokens lie
//! between the parts of a phrase.

mod places;
mod slots;
mod verify;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::rules::lexicon::{Class, How};
use crate::rules::slot::{LONGEST, Mark, SlotId};
use crate::rules::talk::{Talk, TalkTurn};

use places::Places;
use slots::{Slots, slot_bit};
pub(crate) use verify::MAX_PARTS;
use verify::{Ground, verify};

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

/// Index of a set of classes: one for all parts that want the same words.
type SetId = u32;

/// A part as it is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Any(SetId),
    Word,
    Slot(SlotId),
    Value(f64),
    Gap(u8),
}

/// What a plan finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finds {
    Slot(SlotId),
    /// A phrase or an `unless`, by its place among the hits.
    Rank(u32),
}

/// A sequence, where it is looked at, and what its turn must have for that.
#[derive(Debug)]
struct Plan {
    steps: Box<[Step]>,
    finds: Finds,
    /// Index of the step at which it is looked for.
    anchor: usize,
    /// The sets of its other steps.
    needs: Box<[SetId]>,
    /// Its slots.
    slots: u128,
}

/// A plan beside the set of its anchor: most are refused by these two alone, and then the plan itself is never read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    plan: u32,
    /// Two of the sets that it needs.
    needs: [SetId; 2],
}

/// Lists by number, one after the other in one list.
#[derive(Debug)]
struct Lists<T> {
    from: Vec<u32>,
    entries: Vec<T>,
}

impl<T: Copy + Ord> Lists<T> {
    fn new(mut pairs: Vec<(u32, T)>, count: usize) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut from = vec![0; count + 1];
        for (list, _) in &pairs {
            if let Some(count) = from.get_mut(*list as usize + 1) {
                *count += 1;
            }
        }
        for index in 1..from.len() {
            from[index] += from[index - 1];
        }
        Self { from, entries: pairs.into_iter().map(|(_, entry)| entry).collect() }
    }

    fn get(&self, list: u32) -> &[T] {
        match self.from.get(list as usize..list as usize + 2) {
            Some([from, to]) => self.entries.get(*from as usize..*to as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The sequences of one depth.
#[derive(Debug)]
struct Stage {
    /// By the set of their rarest part.
    by_set: Lists<Candidate>,
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
    /// The classes of each set, ascending.
    sets: Vec<Box<[Class]>>,
    /// The sets that a class is in.
    sets_of: Lists<SetId>,
    /// The stages that look for something at a set.
    stages_of: Lists<u32>,
    /// What the hits of a rank are for, and the sequence: ascending.
    ranks: Vec<(Target, u32)>,
}

/// A hit of a sequence in one number that sorts by target, sequence, first token, end, sureness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Raw(u128);

impl Raw {
    fn new(rank: u32, tokens: &Range<usize>, how: How) -> Self {
        Self(
            u128::from(rank) << 96
                | (tokens.start as u128) << 64
                | (tokens.end as u128) << 32
                | how as u128,
        )
    }

    fn rank(self) -> u32 {
        (self.0 >> 96) as u32
    }

    /// Rank and first token.
    fn place(self) -> u64 {
        (self.0 >> 64) as u64
    }

    fn tokens(self) -> Range<usize> {
        (self.0 >> 64) as u32 as usize..(self.0 >> 32) as u32 as usize
    }

    fn how(self) -> How {
        How::from_code(self.0 as u32)
    }
}

/// A hit of a phrase: token indices, and the least sure way in which a token met its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PhraseHit {
    pub(crate) phrase: u32,
    pub(crate) tokens: Range<usize>,
    pub(crate) how: How,
}

/// Every hit of a phrase or an `unless`, sorted; of those of one sequence that start together the shortest.
#[derive(Debug)]
pub(crate) struct PhraseHits<'m> {
    ranks: &'m [(Target, u32)],
    hits: Vec<Raw>,
}

impl PhraseHits<'_> {
    fn of(&self, from: Target, to: Target) -> &[Raw] {
        let rank = |target: Target| self.ranks.partition_point(|(other, _)| *other < target) as u32;
        let (first, end) = (rank(from), rank(to));
        let start = self.hits.partition_point(|hit| hit.rank() < first);
        let hits = self.hits.get(start..).unwrap_or_default();
        let count = hits.partition_point(|hit| hit.rank() < end);
        hits.get(..count).unwrap_or_default()
    }

    /// The hits of a finding's phrases, by phrase.
    pub(crate) fn phrases(&self, finding: u32) -> impl Iterator<Item = PhraseHit> {
        let own = self.of(Target::Phrase(finding, 0), Target::Phrase(finding + 1, 0));
        own.iter().map(|hit| PhraseHit {
            phrase: match self.ranks.get(hit.rank() as usize) {
                Some((Target::Phrase(_, phrase), _)) => *phrase,
                _ => 0,
            },
            tokens: hit.tokens(),
            how: hit.how(),
        })
    }

    /// What strikes hits of a finding out, in the order of the talk.
    pub(crate) fn unless(&self, finding: u32) -> Vec<Range<usize>> {
        let own = self.of(Target::Unless(finding), Target::Unless(finding + 1));
        let mut struck: Vec<Range<usize>> = own.iter().map(|hit| hit.tokens()).collect();
        struck.sort_by_key(|tokens| tokens.start);
        struck
    }
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
        let mut ranks: Vec<(Target, u32)> = (sequences.iter().zip(0..))
            .filter(|(sequence, _)| !matches!(sequence.target, Target::Slot(_)))
            .map(|(sequence, index)| (sequence.target, index))
            .collect();
        ranks.sort_unstable();
        let mut rank_of = vec![0; sequences.len()];
        for ((_, index), rank) in ranks.iter().zip(0..) {
            rank_of[*index as usize] = rank;
        }
        let mut known: BTreeMap<Box<[Class]>, SetId> = BTreeMap::new();
        let count = deepest + 2;
        let mut by_set: Vec<Vec<(SetId, Candidate)>> = vec![Vec::new(); count];
        let mut by_slot: Vec<Vec<(SlotId, u32)>> = vec![Vec::new(); count];
        let mut anywhere: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut plans = Vec::with_capacity(sequences.len());
        for (Sequence { parts, target, depth }, rank) in sequences.into_iter().zip(rank_of) {
            let (number, finds) = match target {
                Target::Slot(slot) => (depth, Finds::Slot(slot)),
                _ => (deepest + 1, Finds::Rank(rank)),
            };
            let index = plans.len() as u32;
            let rarest = (parts.iter().enumerate())
                .filter_map(|(place, part)| match part {
                    Part::Any(any) => {
                        let sum =
                            any.iter().map(|class| common(*class)).fold(0, u32::saturating_add);
                        Some((sum, place))
                    }
                    _ => None,
                })
                .min();
            let steps: Box<[Step]> = parts
                .into_iter()
                .map(|part| match part {
                    Part::Any(any) => {
                        let next = known.len() as SetId;
                        Step::Any(*known.entry(any).or_insert(next))
                    }
                    Part::Word => Step::Word,
                    Part::Slot(slot) => Step::Slot(slot),
                    Part::Value(value) => Step::Value(value),
                    Part::Gap(words) => Step::Gap(words),
                })
                .collect();
            let slot = steps.iter().position(|step| matches!(step, Step::Slot(_)));
            let anchor = rarest.map(|(_, place)| place).or(slot).unwrap_or(0);
            let mut needs: Vec<SetId> = (steps.iter().enumerate())
                .filter_map(|(place, step)| match step {
                    Step::Any(set) if place != anchor => Some(*set),
                    _ => None,
                })
                .collect();
            needs.sort_unstable();
            needs.dedup();
            match steps.get(anchor) {
                Some(Step::Any(set)) => {
                    let need = |at: usize| needs.get(at).copied().unwrap_or(*set);
                    let candidate = Candidate { plan: index, needs: [need(0), need(1)] };
                    by_set[number].push((*set, candidate));
                }
                Some(Step::Slot(slot)) => by_slot[number].push((*slot, index)),
                _ => anywhere[number].push(index),
            }
            let slots = steps.iter().fold(0, |bits, step| match step {
                Step::Slot(slot) => bits | slot_bit(*slot),
                _ => bits,
            });
            plans.push(Plan { steps, finds, anchor, needs: needs.into(), slots });
        }
        let mut sets: Vec<Box<[Class]>> = vec![Box::default(); known.len()];
        for (any, set) in known {
            sets[set as usize] = any;
        }
        let members = (sets.iter().zip(0..))
            .flat_map(|(any, set)| any.iter().map(move |class| (*class, set)));
        let sets_of = Lists::new(members.collect(), classes);
        let anchors = (by_set.iter().zip(0..))
            .flat_map(|(pairs, stage)| pairs.iter().map(move |(set, _)| (*set, stage)));
        let stages_of = Lists::new(anchors.collect(), sets.len());
        let stages = (by_set.into_iter().zip(by_slot).zip(anywhere))
            .map(|((by_set, mut by_slot), anywhere)| {
                by_slot.sort_unstable();
                Stage { by_set: Lists::new(by_set, sets.len()), by_slot, anywhere }
            })
            .collect();
        Self { plans, stages, sets, sets_of, stages_of, ranks }
    }

    /// Finds everything in a talk.
    pub(crate) fn find(&self, talk: &Talk) -> PhraseHits<'_> {
        let mut search = Search {
            matcher: self,
            talk,
            places: Places::new(self.sets.len()),
            anchors: vec![Vec::new(); self.stages.len()],
            slots: Slots::default(),
            hits: Vec::with_capacity(2 * talk.tokens.len()),
            found: Vec::new(),
        };
        for turn in talk.turns.iter().filter(|turn| !turn.tokens.is_empty()) {
            search.turn(turn);
        }
        let mut hits = search.hits;
        hits.sort_unstable();
        hits.dedup_by_key(|hit| hit.place());
        PhraseHits { ranks: &self.ranks, hits }
    }
}

/// A search through one talk.
struct Search<'m, 't> {
    matcher: &'m Matcher,
    talk: &'t Talk,
    places: Places,
    /// By stage: the sets of this turn at which it looks for something.
    anchors: Vec<Vec<SetId>>,
    slots: Slots,
    hits: Vec<Raw>,
    /// Slots of this stage.
    found: Vec<Mark>,
}

impl Search<'_, '_> {
    fn turn(&mut self, turn: &TalkTurn) {
        let Self { matcher, talk, .. } = *self;
        self.places.begin(turn.tokens.clone());
        for token in turn.tokens.clone() {
            for known in talk.known(token) {
                for set in matcher.sets_of.get(known.class()) {
                    self.places.note(*set, token);
                }
            }
        }
        self.anchors.iter_mut().for_each(Vec::clear);
        for set in self.places.sets() {
            for stage in matcher.stages_of.get(*set) {
                self.anchors[*stage as usize].push(*set);
            }
        }
        self.slots.begin(talk.marks.get(turn.marks.clone()).unwrap_or_default());
        for (number, stage) in matcher.stages.iter().enumerate() {
            for at in 0..self.anchors[number].len() {
                let set = self.anchors[number][at];
                for candidate in stage.by_set.get(set) {
                    let [one, other] = candidate.needs;
                    if self.places.has(one) && self.places.has(other) {
                        self.at_set(candidate.plan, set, turn);
                    }
                }
            }
            for index in &stage.anywhere {
                for token in turn.tokens.clone() {
                    self.at(*index, token, turn);
                }
            }
            if !stage.by_slot.is_empty() {
                for at in 0..self.slots.all().len() {
                    let mark = self.slots.all()[at];
                    let from = stage.by_slot.partition_point(|(slot, _)| *slot < mark.slot);
                    let same =
                        stage.by_slot[from..].iter().take_while(|(slot, _)| *slot == mark.slot);
                    for (_, index) in same {
                        self.at(*index, mark.token as usize, turn);
                    }
                }
            }
            self.slots.add(&mut self.found);
        }
    }

    /// Looks at a plan wherever the turn has the words of its anchor, if the turn has the rest of it at all.
    fn at_set(&mut self, index: u32, set: SetId, turn: &TalkTurn) {
        let Some(plan) = self.matcher.plans.get(index as usize) else { return };
        let there = |needed: &SetId| self.places.has(*needed);
        if plan.slots & !self.slots.present() != 0 || !plan.needs.iter().all(there) {
            return;
        }
        let words = self.places.row(set).len();
        for word in 0..words {
            let mut left = self.places.row(set)[word];
            while left != 0 {
                let token = turn.tokens.start + 64 * word + left.trailing_zeros() as usize;
                left &= left - 1;
                if plan.steps.len() == 1 {
                    self.alone(plan, set, token);
                } else {
                    self.try_at(plan, token, turn);
                }
            }
        }
    }

    /// Looks at a plan at one token.
    fn at(&mut self, index: u32, token: usize, turn: &TalkTurn) {
        let Some(plan) = self.matcher.plans.get(index as usize) else { return };
        let there = |needed: &SetId| self.places.has(*needed);
        if plan.slots & !self.slots.present() == 0 && plan.needs.iter().all(there) {
            self.try_at(plan, token, turn);
        }
    }

    /// A plan of one word is met by any token that has it.
    fn alone(&mut self, plan: &Plan, set: SetId, token: usize) {
        let classes = self.matcher.sets.get(set as usize).map_or(&[][..], |set| set);
        let Some(how) = self.talk.has(token, classes) else { return };
        match plan.finds {
            Finds::Slot(slot) => self.found.push(Mark { token: token as u32, slot, len: 1, how }),
            Finds::Rank(rank) => self.hits.push(Raw::new(rank, &(token..token + 1), how)),
        }
    }

    /// Verifies a plan at a token and notes what it finds.
    fn try_at(&mut self, plan: &Plan, token: usize, turn: &TalkTurn) {
        let ground = Ground {
            talk: self.talk,
            turn: turn.tokens.clone(),
            places: &self.places,
            sets: &self.matcher.sets,
            slots: &self.slots,
        };
        let Some(reading) = verify(&plan.steps, plan.anchor, &ground, token) else { return };
        match plan.finds {
            // The longest reading of a slot, so that «двадцать пять» is not «двадцать».
            Finds::Slot(slot) => {
                for start in reading.starts() {
                    let (tokens, how) = reading.longest(start);
                    if tokens.len() <= LONGEST {
                        let (token, len) = (tokens.start as u32, tokens.len() as u8);
                        self.found.push(Mark { token, slot, len, how });
                    }
                }
            }
            Finds::Rank(rank) => {
                // A later start lies inside the earliest one and tells nothing more.
                let (tokens, how) = reading.shortest(reading.first());
                self.hits.push(Raw::new(rank, &tokens, how));
            }
        }
    }
}
