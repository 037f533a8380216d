//! Evaluates expressions over findings: yes, no, or nobody can tell.
//!
//! Three values, because a mono recording does not say who speaks: what asks for a speaker is then neither
//! found nor absent. Whatever makes an expression true is handed back as evidence. The number of steps
//! is that of the expression's parts times the hits.

use crate::call::{Direction, Span, Speaker};
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

    pub(super) fn negated(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }

    /// Of a number that lies between two: only a bound that holds for both surely holds.
    pub(super) fn of_range(bound: Bound, low: f64, high: f64) -> Self {
        // Tenths have no exact binary form: 0.1 + 0.2 is to reach 0.3.
        let whole = |sum: f64| (sum * 1e6).round() / 1e6;
        match (bound.holds(whole(low)), bound.holds(whole(high))) {
            (true, true) => Self::Yes,
            (false, false) => Self::No,
            _ => Self::Unknown,
        }
    }
}

/// A part of a call, in tokens. Hits lie within one turn, so where one starts says which turns it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    /// A hit starts here at the earliest,
    pub(crate) from: usize,
    /// before this,
    pub(crate) start_before: usize,
    /// ends after this,
    pub(crate) end_after: usize,
    /// and here at the latest.
    pub(crate) to: usize,
}

impl Scope {
    /// The whole call.
    pub(crate) const ALL: Self =
        Self { from: 0, start_before: usize::MAX, end_after: 0, to: usize::MAX };

    fn holds(&self, hit: &Hit) -> bool {
        self.from <= hit.tokens.start
            && hit.tokens.start < self.start_before
            && self.end_after < hit.tokens.end
            && hit.tokens.end <= self.to
    }

    /// Those of some hits that lie here. Hits ascend by where they start.
    pub(super) fn of<'h>(&self, hits: &'h [Hit]) -> impl Iterator<Item = &'h Hit> + use<'_, 'h> {
        let from = hits.partition_point(|hit| hit.tokens.start < self.from);
        let near = hits.get(from..).unwrap_or_default();
        near.iter()
            .take_while(|hit| hit.tokens.start < self.start_before)
            .filter(|hit| self.holds(hit))
    }
}

/// What an expression came to.
#[derive(Clone, Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) truth: Truth,
    /// What made it true; empty where it rests on an absence only.
    pub(crate) hits: Vec<&'a Hit>,
    /// Numbers of the call that made it true.
    pub(crate) numbers: Vec<(Quantity, Bound)>,
    /// How sure it is that it is true, 0 to 1: of `and` the least sure part, of `or` the surest. 1 where no word speaks
    /// for it.
    pub(crate) confidence: f64,
}

impl<'a> Judged<'a> {
    pub(super) fn bare(truth: Truth) -> Self {
        Self { truth, hits: Vec::new(), numbers: Vec::new(), confidence: 1.0 }
    }

    /// True because of these hits, of which the `enough` surest would have done.
    pub(super) fn by(truth: Truth, hits: Vec<&'a Hit>, enough: usize) -> Self {
        let mut sure: Vec<f64> = hits.iter().map(|hit| hit.confidence).collect();
        sure.sort_by(|a, b| b.total_cmp(a));
        let confidence = sure.get(enough.max(1) - 1).or(sure.last()).copied().unwrap_or(1.0);
        Self { truth, hits, numbers: Vec::new(), confidence }
    }

    /// Of some parts: the hits of those that hold.
    fn of(truth: Truth, parts: Vec<Self>, confidence: f64) -> Self {
        let mut whole = Self { confidence, ..Self::bare(truth) };
        if truth == Truth::Yes {
            for part in parts.into_iter().filter(|part| part.truth == Truth::Yes) {
                whole.hits.extend(part.hits);
                whole.numbers.extend(part.numbers);
            }
        }
        whole
    }
}

/// How many hits of one finding are enough to show.
const SHOWN: usize = 4;
/// How many of all: a dozen quotes prove no more than ten.
const MOST_SHOWN: usize = 10;

/// What an evaluation looks at besides the findings.
pub(super) struct Context<'c> {
    pub(super) call_type: Option<&'c str>,
    pub(super) lenient: bool,
    pub(super) scope: Scope,
    /// The turn that the scope is, if it is one whole turn: what a score comes to there is kept.
    pub(super) turn: Option<u32>,
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
        self.judged(expression, &Context { call_type, lenient, scope, turn: None })
    }

    fn judged<'a>(&'a self, expression: &Expr<Set>, context: &Context<'_>) -> Judged<'a> {
        let all = |parts: &[Expr<Set>]| -> Vec<Judged<'a>> {
            parts.iter().map(|part| self.judged(part, context)).collect()
        };
        match expression {
            Expr::Any(set) => {
                let hits = self.hits_in(set, context);
                let truth = if hits.is_empty() { self.absent(set, context) } else { Truth::Yes };
                Judged::by(truth, hits, 1)
            }
            Expr::Of(number, parts) => {
                let parts = all(parts);
                let count = |truth: Truth| parts.iter().filter(|part| part.truth == truth).count();
                let (found, open) = (count(Truth::Yes), count(Truth::Unknown));
                let number = *number as usize;
                let truth = match found {
                    found if number <= found => Truth::Yes,
                    found if number <= found + open => Truth::Unknown,
                    _ => Truth::No,
                };
                let yes = parts.iter().filter(|part| part.truth == Truth::Yes);
                let mut sure: Vec<f64> = yes.map(|part| part.confidence).collect();
                sure.sort_by(|a, b| b.total_cmp(a));
                let confidence = sure.get(number.max(1) - 1).copied().unwrap_or(1.0);
                Judged::of(truth, parts, confidence)
            }
            Expr::Points(sum, bound) => self.points(&sum.parts, *bound, context),
            Expr::Measured(measure, set, bound) => self.measured(*measure, set, *bound, context),
            Expr::Order(sets, reach) => self.in_order(sets, *reach, context),
            Expr::Near(one, other, reach) => self.close_by(one, other, *reach, context),
            Expr::Each(one, other, reach) => self.each_followed(one, other, *reach, context),
            Expr::Fact(fact) => Judged::bare(self.fact(fact, context)),
            Expr::Number(quantity, bound) => {
                let truth = self.true_number(*quantity, *bound, context);
                let shown =
                    if truth == Truth::Yes { vec![(*quantity, *bound)] } else { Vec::new() };
                Judged { numbers: shown, ..Judged::bare(truth) }
            }
            // What is not there has no words to show.
            Expr::Not(inner) => Judged::bare(self.judged(inner, context).truth.negated()),
            Expr::And(parts) => {
                let parts = all(parts);
                let truth = parts.iter().map(|part| part.truth).min().unwrap_or(Truth::Yes);
                let confidence = parts.iter().map(|part| part.confidence).fold(1.0, f64::min);
                Judged::of(truth, parts, confidence)
            }
            Expr::Or(parts) => {
                let parts = all(parts);
                let truth = parts.iter().map(|part| part.truth).max().unwrap_or(Truth::No);
                let yes = parts.iter().filter(|part| part.truth == Truth::Yes);
                let best = yes.map(|part| part.confidence).fold(0.0, f64::max);
                let confidence = if truth == Truth::Yes { best } else { 1.0 };
                Judged::of(truth, parts, confidence)
            }
        }
    }

    /// What nobody can tell may count or not: only a bound that holds either way holds.
    fn points<'a>(
        &'a self,
        parts: &[(f64, Expr<Set>)],
        bound: Bound,
        context: &Context<'_>,
    ) -> Judged<'a> {
        let (mut low, mut high, mut speak) = (0.0, 0.0, Vec::new());
        for (worth, part) in parts {
            let judged = self.judged(part, context);
            match judged.truth {
                Truth::Yes => {
                    low += worth;
                    high += worth;
                    if *worth > 0.0 {
                        speak.push((*worth, judged));
                    }
                }
                Truth::Unknown => {
                    low += worth.min(0.0);
                    high += worth.max(0.0);
                }
                Truth::No => {}
            }
        }
        let truth = Truth::of_range(bound, low, high);
        if !bound.wants_more() || speak.is_empty() {
            return Judged::bare(truth);
        }
        // As sure as its parts are on average, each by its worth.
        let sum: f64 = speak.iter().map(|(worth, _)| worth).sum();
        let sure: f64 = speak.iter().map(|(worth, part)| worth * part.confidence).sum();
        Judged::of(truth, speak.into_iter().map(|(_, part)| part).collect(), sure / sum)
    }

    /// The hits of a set in the scope, by finding.
    fn hits_in(&self, set: &Set, context: &Context<'_>) -> Vec<&Hit> {
        self.each_hit(set, context, SHOWN)
    }

    /// As many hits of each finding of a set as are wanted, by finding.
    pub(super) fn each_hit(&self, set: &Set, context: &Context<'_>, most: usize) -> Vec<&Hit> {
        let mut found = Vec::new();
        for finding in set {
            let possible: &[Hit] =
                if context.lenient { &self.possible[*finding as usize] } else { &[] };
            let said = context.scope.of(&self.hits[*finding as usize]);
            found.extend(said.chain(context.scope.of(possible)).take(most));
        }
        found
    }

    /// What it means that a set has no hit: it may have one where nobody knows who speaks.
    pub(super) fn absent(&self, set: &Set, context: &Context<'_>) -> Truth {
        let possible = self.unknown_speakers
            && !context.lenient
            && set.iter().any(|finding| self.by_speaker[*finding as usize]);
        if possible { Truth::Unknown } else { Truth::No }
    }

    /// What a measure of some findings comes to in a part of the call, and what was counted.
    pub(crate) fn value_of(&self, measure: Measure, set: &Set, scope: Scope) -> (f64, Vec<&Hit>) {
        self.value(measure, set, &Context { call_type: None, lenient: false, scope, turn: None })
    }

    pub(super) fn value(
        &self,
        measure: Measure,
        set: &Set,
        context: &Context<'_>,
    ) -> (f64, Vec<&Hit>) {
        let all = self.each_hit(set, context, usize::MAX);
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
            Measure::PerMinute => {
                let minutes = f64::from(self.talk.span.len_ms()) / 60_000.0;
                if minutes > 0.0 { all.len() as f64 / minutes } else { 0.0 }
            }
            Measure::Rate => {
                let words = all
                    .first()
                    .and_then(|hit| self.talk.turns.get(hit.turn as usize))
                    .map_or(0, |turn| self.words[slot_of(turn.speaker)]);
                if words == 0 { 0.0 } else { all.len() as f64 * 100.0 / f64::from(words) }
            }
        };
        (value, all)
    }

    fn measured<'a>(
        &'a self,
        measure: Measure,
        set: &Set,
        bound: Bound,
        context: &Context<'_>,
    ) -> Judged<'a> {
        let (value, all) = self.value(measure, set, context);
        let truth = self.measured_truth(bound.holds(value), bound, set, context);
        let shown = truth == Truth::Yes && bound.wants_more();
        let mut hits: Vec<&Hit> = if shown { all } else { Vec::new() };
        hits.sort_by_key(|hit| (hit.tokens.start, hit.finding));
        hits.dedup_by_key(|hit| hit.tokens.start);
        let enough = if matches!(measure, Measure::Rate | Measure::PerMinute) {
            hits.len()
        } else {
            bound.enough()
        };
        let whole = Judged::by(truth, hits, enough);
        Judged { hits: whole.hits.into_iter().take(MOST_SHOWN).collect(), ..whole }
    }

    /// Where nobody knows who speaks there may be more hits: then a bound holds for sure only if more do no harm.
    pub(super) fn measured_truth(
        &self,
        holds: bool,
        bound: Bound,
        set: &Set,
        context: &Context<'_>,
    ) -> Truth {
        let surely = holds && bound.wants_more();
        if !surely && self.absent(set, context) == Truth::Unknown {
            Truth::Unknown
        } else {
            Truth::of(holds)
        }
    }

    pub(super) fn true_number(
        &self,
        quantity: Quantity,
        bound: Bound,
        context: &Context<'_>,
    ) -> Truth {
        match self.quantity(quantity) {
            Some(value) => Truth::of(bound.holds(value)),
            None if context.lenient => Truth::No,
            None => Truth::Unknown,
        }
    }

    pub(super) fn fact(&self, fact: &Fact, context: &Context<'_>) -> Truth {
        match fact {
            Fact::Inbound => Truth::of(self.direction == Some(Direction::Inbound)),
            Fact::Outbound => Truth::of(self.direction == Some(Direction::Outbound)),
            Fact::Type(wanted) => Truth::of(context.call_type == Some(wanted.as_str())),
            Fact::Repeated(wanted) => known(self.repeated.map(|known| known == *wanted), context),
            Fact::EndedBy(wanted) => known(self.ended_by.map(|who| who == *wanted), context),
        }
    }

    /// A number known of the call; `None` where it asks for a speaker and there is none.
    pub(crate) fn quantity(&self, quantity: Quantity) -> Option<f64> {
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
        let mean = |words: f64, turns: f64| if turns > 0.0 { words / turns } else { 0.0 };
        let seconds = |ms: u64| ms as f64 / 1000.0;
        let course = &self.course;
        match quantity {
            Quantity::DurationS => return Some(seconds(self.talk.span.len_ms().into())),
            Quantity::TalkS => return Some(seconds(course.talk_ms)),
            Quantity::SilenceS => return Some(seconds(course.silence_ms)),
            Quantity::LongestSilenceS => {
                let longest = course.longest_silence.map_or(0, Span::len_ms);
                return Some(seconds(longest.into()));
            }
            Quantity::Holds => return Some(course.holds.into()),
            Quantity::Hour => return course.hour.map(f64::from),
            _ => {}
        }
        let sides = course.sides.as_ref().filter(|_| !self.unknown_speakers)?;
        let monologue = |side: usize| {
            seconds(sides.monologue.get(side).copied().flatten().map_or(0, Span::len_ms).into())
        };
        Some(match quantity {
            Quantity::ManagerWords => manager,
            Quantity::ClientWords => client,
            Quantity::ManagerTurns => turns(Speaker::Manager),
            Quantity::ClientTurns => turns(Speaker::Client),
            Quantity::ManagerTurnWords => mean(manager, turns(Speaker::Manager)),
            Quantity::ClientTurnWords => mean(client, turns(Speaker::Client)),
            Quantity::ManagerQuestions => questions(Speaker::Manager),
            Quantity::ClientQuestions => questions(Speaker::Client),
            Quantity::ManagerShare if manager + client > 0.0 => manager / (manager + client),
            Quantity::ManagerShare => 0.0,
            Quantity::ManagerTimeShare => sides.manager_share()?,
            Quantity::OverlapS => seconds(sides.overlap_ms),
            Quantity::ManagerInterruptions => sides.interruptions[0].into(),
            Quantity::ClientInterruptions => sides.interruptions[1].into(),
            Quantity::ManagerMonologueS => monologue(0),
            Quantity::ClientMonologueS => monologue(1),
            Quantity::ManagerPace => sides.pace[0]?,
            Quantity::ClientPace => sides.pace[1]?,
            // Said above.
            Quantity::DurationS
            | Quantity::TalkS
            | Quantity::SilenceS
            | Quantity::LongestSilenceS
            | Quantity::Holds
            | Quantity::Hour => return None,
        })
    }
}

/// What nobody wrote down is unknown, and for a lenient reader not so.
fn known(holds: Option<bool>, context: &Context<'_>) -> Truth {
    match holds {
        Some(holds) => Truth::of(holds),
        None if context.lenient => Truth::No,
        None => Truth::Unknown,
    }
}

/// Place of a speaker in a list of three.
pub(super) fn slot_of(speaker: Speaker) -> usize {
    match speaker {
        Speaker::Manager => 0,
        Speaker::Client => 1,
        Speaker::Unknown => 2,
    }
}
