//! Evaluates expressions over findings: yes, no, or nobody can tell.
//!
//! Three values, because a mono recording does not say who speaks: what asks for a speaker is then neither
//! found nor absent. Whatever makes an expression true is handed back as evidence. The number of steps
//! is that of the expression's parts times the hits.

use std::ops::Range;

use crate::call::{Direction, Speaker};
use crate::rules::expr::{Bound, Expr, Fact, Measure, Quantity};
use crate::rules::findings::{Findings, Hit};
use crate::rules::rulebook::Set;

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn negated(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

/// A part of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) turns: Range<u32>,
    pub(crate) from_token: usize,
    pub(crate) to_token: usize,
}

impl Scope {
    /// The whole call.
    pub(crate) const ALL: Self = Self { turns: 0..u32::MAX, from_token: 0, to_token: usize::MAX };

    /// One turn.
    pub(crate) fn turn(turn: u32) -> Self {
        Self { turns: turn..turn + 1, ..Self::ALL }
    }

    fn holds(&self, hit: &Hit) -> bool {
        self.turns.contains(&hit.turn)
            && self.from_token <= hit.tokens.start
            && hit.tokens.end <= self.to_token
    }
}

/// What an expression came to.
#[derive(Clone, Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) truth: Truth,
    /// What made it true; empty where it rests on an absence only.
    pub(crate) hits: Vec<&'a Hit>,
}

impl Judged<'_> {
    fn bare(truth: Truth) -> Self {
        Self { truth, hits: Vec::new() }
    }
}

/// How many hits of one finding are enough to show.
const SHOWN: usize = 4;

/// What an evaluation looks at besides the findings.
struct Context<'c> {
    call_type: Option<&'c str>,
    lenient: bool,
    scope: Scope,
}

impl Findings {
    /// Evaluates an expression in a part of the call.
    ///
    /// `call_type` is its id, where it is known already; `lenient` counts the words of unknown
    /// speakers for anybody and never says [`Truth::Unknown`] (for call types, which a mono recording
    /// shows as well).
    pub(crate) fn evaluate<'a>(
        &'a self,
        expression: &Expr<Set>,
        scope: Scope,
        call_type: Option<&str>,
        lenient: bool,
    ) -> Judged<'a> {
        self.judged(expression, &Context { call_type, lenient, scope })
    }

    fn judged<'a>(&'a self, expression: &Expr<Set>, context: &Context<'_>) -> Judged<'a> {
        match expression {
            Expr::Any(set) => {
                let hits = self.hits_in(set, context);
                let truth = if hits.is_empty() { self.absent(set, context) } else { Truth::Yes };
                Judged { truth, hits }
            }
            Expr::Of(number, lists) => {
                let (mut found, mut open, mut hits) = (0, 0, Vec::new());
                for set in lists {
                    let here = self.hits_in(set, context);
                    found += u32::from(!here.is_empty());
                    open += u32::from(here.is_empty() && self.absent(set, context) != Truth::No);
                    hits.extend(here);
                }
                let truth = if *number <= found {
                    Truth::Yes
                } else if *number <= found + open {
                    Truth::Unknown
                } else {
                    Truth::No
                };
                Judged { truth, hits: if truth == Truth::Yes { hits } else { Vec::new() } }
            }
            Expr::Measured(measure, set, bound) => self.measured(*measure, set, *bound, context),
            Expr::Fact(fact) => Judged::bare(self.fact(fact, context)),
            Expr::Number(quantity, bound) => Judged::bare(match self.quantity(*quantity) {
                Some(value) => Truth::of(bound.holds(value)),
                None if context.lenient => Truth::No,
                None => Truth::Unknown,
            }),
            // What is not there has no words to show.
            Expr::Not(inner) => Judged::bare(self.judged(inner, context).truth.negated()),
            Expr::And(parts) => {
                let parts: Vec<Judged<'a>> =
                    parts.iter().map(|part| self.judged(part, context)).collect();
                let truth = parts.iter().map(|part| part.truth).min().unwrap_or(Truth::Yes);
                let hits = if truth == Truth::Yes {
                    parts.into_iter().flat_map(|part| part.hits).collect()
                } else {
                    Vec::new()
                };
                Judged { truth, hits }
            }
            Expr::Or(parts) => {
                let parts: Vec<Judged<'a>> =
                    parts.iter().map(|part| self.judged(part, context)).collect();
                let truth = parts.iter().map(|part| part.truth).max().unwrap_or(Truth::No);
                let yes = parts.into_iter().filter(|part| part.truth == Truth::Yes);
                Judged { truth, hits: yes.flat_map(|part| part.hits).collect() }
            }
        }
    }

    /// The hits of a set in the scope, by finding.
    fn hits_in(&self, set: &Set, context: &Context<'_>) -> Vec<&Hit> {
        set.iter()
            .flat_map(|finding| {
                let possible: &[Hit] =
                    if context.lenient { &self.possible[*finding as usize] } else { &[] };
                self.hits[*finding as usize]
                    .iter()
                    .chain(possible)
                    .filter(|hit| context.scope.holds(hit))
                    .take(SHOWN)
            })
            .collect()
    }

    /// What it means that a set has no hit: it may have one where nobody knows who speaks.
    fn absent(&self, set: &Set, context: &Context<'_>) -> Truth {
        let possible = self.unknown_speakers
            && !context.lenient
            && set.iter().any(|finding| self.by_speaker[*finding as usize]);
        if possible { Truth::Unknown } else { Truth::No }
    }

    fn measured<'a>(
        &'a self,
        measure: Measure,
        set: &Set,
        bound: Bound,
        context: &Context<'_>,
    ) -> Judged<'a> {
        let all: Vec<&Hit> = set
            .iter()
            .flat_map(|finding| {
                let possible: &[Hit] =
                    if context.lenient { &self.possible[*finding as usize] } else { &[] };
                self.hits[*finding as usize].iter().chain(possible)
            })
            .filter(|hit| context.scope.holds(hit))
            .collect();
        let distinct = |mut keys: Vec<u32>| {
            keys.sort_unstable();
            keys.dedup();
            keys.len() as f64
        };
        let value = match measure {
            // The same words count once, whatever families they belong to.
            Measure::Count => distinct(all.iter().map(|hit| hit.tokens.start as u32).collect()),
            Measure::Turns => distinct(all.iter().map(|hit| hit.turn).collect()),
            Measure::Distinct => distinct(all.iter().map(|hit| hit.finding).collect()),
            Measure::Rate => {
                let words = all
                    .first()
                    .and_then(|hit| self.talk.turns.get(hit.turn as usize))
                    .map_or(0, |turn| self.words[slot_of(turn.speaker)]);
                if words == 0 { 0.0 } else { all.len() as f64 * 100.0 / f64::from(words) }
            }
        };
        let holds = bound.holds(value);
        let doubtful = self.absent(set, context) == Truth::Unknown;
        let truth = if doubtful && !(holds && bound.wants_more()) {
            Truth::Unknown
        } else {
            Truth::of(holds)
        };
        let shown = truth == Truth::Yes && bound.wants_more();
        let mut hits: Vec<&Hit> = if shown { all } else { Vec::new() };
        hits.sort_by_key(|hit| (hit.tokens.start, hit.finding));
        hits.dedup_by_key(|hit| hit.tokens.start);
        // A dozen quotes prove no more than ten.
        hits.truncate(10);
        Judged { truth, hits }
    }

    fn fact(&self, fact: &Fact, context: &Context<'_>) -> Truth {
        match fact {
            Fact::Inbound => Truth::of(self.direction == Some(Direction::Inbound)),
            Fact::Outbound => Truth::of(self.direction == Some(Direction::Outbound)),
            Fact::Type(wanted) => Truth::of(context.call_type == Some(wanted.as_str())),
        }
    }

    /// A number known of the call; `None` where it asks for a speaker and there is none.
    fn quantity(&self, quantity: Quantity) -> Option<f64> {
        let turns = |speaker: Speaker| {
            let turns = self.talk.turns.iter().filter(|turn| turn.speaker == speaker);
            turns.count() as f64
        };
        let questions = |speaker: Speaker| {
            let turns = self.talk.turns.iter().filter(|turn| turn.speaker == speaker);
            let asked = turns.map(|turn| {
                let sentences = self.talk.sentences.get(turn.sentences.clone()).unwrap_or_default();
                usize::from(sentences.iter().any(|sentence| sentence.asks))
            });
            asked.sum::<usize>() as f64
        };
        let [manager, client, _] = self.words.map(f64::from);
        if quantity == Quantity::DurationS {
            return Some(f64::from(self.talk.span.len_ms()) / 1000.0);
        }
        if self.unknown_speakers {
            return None;
        }
        Some(match quantity {
            Quantity::ManagerWords => manager,
            Quantity::ClientWords => client,
            Quantity::ManagerTurns => turns(Speaker::Manager),
            Quantity::ClientTurns => turns(Speaker::Client),
            Quantity::ManagerQuestions => questions(Speaker::Manager),
            Quantity::ClientQuestions => questions(Speaker::Client),
            Quantity::ManagerShare if manager + client > 0.0 => manager / (manager + client),
            Quantity::ManagerShare | Quantity::DurationS => 0.0,
        })
    }
}

/// Place of a speaker in a list of three.
fn slot_of(speaker: Speaker) -> usize {
    match speaker {
        Speaker::Manager => 0,
        Speaker::Client => 1,
        Speaker::Unknown => 2,
    }
}
