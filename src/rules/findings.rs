//! What a rulebook finds in a call: hits, near misses, and what is known of the talk.
//!
//! Findings are looked at in an order in which each comes after those it depends on. A hit keeps the
//! reason why it did not count, because a reviewer who reads «not done» wants to see what came nearest. Words
//! of an unknown speaker never count for a finding that asks for one: they are kept as possible hits.

use std::ops::Range;

use crate::call::{CallInfo, Direction, Span, Speaker};
use crate::rules::Missed;
use crate::rules::course::Course;
use crate::rules::evaluate::{Scope, Truth};
use crate::rules::expr::Expr;
use crate::rules::matcher::{PhraseHit, Target};
use crate::rules::rulebook::{FindingRule, NegationRule, Rulebook, Set};
use crate::rules::talk::Talk;
use crate::rules::window::{Reach, Seat, Window};
use crate::transcript::{Heard, Turn};

/// Words that met a finding.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    /// Index of the finding that the words met.
    pub(crate) finding: u32,
    /// Which of its phrases; `None` for a finding without phrases.
    pub(crate) phrase: Option<u32>,
    /// Index of the turn.
    pub(crate) turn: u32,
    /// Token indices in the call.
    pub(crate) tokens: Range<usize>,
    /// 0 to 1.
    pub(crate) confidence: f64,
}

/// Everything that a rulebook found in one call.
#[derive(Debug)]
pub struct Findings {
    pub(crate) talk: Talk,
    /// By finding, in the order of the call.
    pub(crate) hits: Vec<Vec<Hit>>,
    /// Hits that did not count.
    pub(crate) misses: Vec<Vec<(Hit, Missed)>>,
    /// Hits by an unknown speaker of findings that ask for one.
    pub(crate) possible: Vec<Vec<Hit>>,
    pub(crate) direction: Option<Direction>,
    pub(crate) repeated: Option<bool>,
    pub(crate) ended_by: Option<Speaker>,
    /// Who spoke when and how long.
    pub(crate) course: Course,
    /// Words by speaker: manager, client, unknown.
    pub(crate) words: [u32; 3],
    /// Whether some turns have no known speaker.
    pub(crate) unknown_speakers: bool,
    /// By finding: whether it asks for a speaker, itself or through those it is made of.
    pub(crate) by_speaker: Vec<bool>,
}

impl Rulebook {
    /// What the rules find in a call. Pure.
    pub fn find(&self, heard: &Heard, call: &CallInfo) -> Findings {
        let talk = Talk::new(&heard.turns, &self.lexicon);
        let count = self.findings.len();
        let mut phrase_hits: Vec<Vec<(u32, Range<usize>)>> = vec![Vec::new(); count];
        let mut unless_hits: Vec<Vec<Range<usize>>> = vec![Vec::new(); count];
        for PhraseHit { target, tokens } in self.matcher.find(&talk) {
            match target {
                Target::Phrase(finding, phrase) => {
                    phrase_hits[finding as usize].push((phrase, tokens));
                }
                Target::Unless(finding) => unless_hits[finding as usize].push(tokens),
                Target::Slot(_) => {}
            }
        }
        let words = [Speaker::Manager, Speaker::Client, Speaker::Unknown].map(|speaker| {
            let turns = heard.turns.iter().filter(|turn| turn.speaker == speaker);
            turns.map(|turn| turn.words.len() as u32).sum()
        });
        let mut findings = Findings {
            unknown_speakers: talk.turns.iter().any(|turn| turn.speaker == Speaker::Unknown),
            talk,
            hits: vec![Vec::new(); count],
            misses: vec![Vec::new(); count],
            possible: vec![Vec::new(); count],
            direction: call.direction,
            repeated: call.repeated,
            ended_by: call.ended_by,
            course: Course::new(heard, call),
            words,
            by_speaker: vec![false; count],
        };
        for index in &self.order {
            let Some(rule) = self.findings.get(*index as usize) else { continue };
            if rule.disabled {
                continue;
            }
            findings.by_speaker[*index as usize] = rule.who.is_some()
                || rule.any.iter().any(|other| findings.by_speaker[*other as usize]);
            let candidates = findings.candidates(
                *index,
                rule,
                std::mem::take(&mut phrase_hits[*index as usize]),
                &heard.turns,
            );
            let struck = std::mem::take(&mut unless_hits[*index as usize]);
            for mut hit in candidates {
                match findings.judge(rule, &mut hit, &struck, self.negation) {
                    Judgement::Counts => findings.hits[*index as usize].push(hit),
                    Judgement::Possible => findings.possible[*index as usize].push(hit),
                    Judgement::Missed(why) => findings.misses[*index as usize].push((hit, why)),
                }
            }
        }
        findings
    }
}

impl Findings {
    /// How often a finding was met; `None` if the rulebook has no such finding.
    pub fn count(&self, book: &Rulebook, id: &str) -> Option<usize> {
        let index = book.findings.iter().position(|rule| rule.id == id)?;
        self.hits.get(index).map(Vec::len)
    }
}

/// What a half negation («не то чтобы») leaves of a hit's confidence.
const HALF_NEGATED: f64 = 0.5;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Negated {
    No,
    Half,
    Yes,
}

enum Judgement {
    Counts,
    Possible,
    Missed(Missed),
}

impl Findings {
    /// Everything that may be a hit, in the order of the call, overlaps removed.
    fn candidates(
        &self,
        index: u32,
        rule: &FindingRule,
        phrases: Vec<(u32, Range<usize>)>,
        turns: &[Turn],
    ) -> Vec<Hit> {
        let hit = |phrase: Option<u32>, tokens: Range<usize>| {
            let turn = self.talk.tokens.get(tokens.start).map_or(0, |token| token.turn);
            let confidence = rule.confidence * self.heard_well(&tokens, turns);
            Hit { finding: index, phrase, turn, tokens, confidence }
        };
        let mut found: Vec<Hit> =
            phrases.into_iter().map(|(phrase, tokens)| hit(Some(phrase), tokens)).collect();
        for other in &rule.any {
            found.extend(self.hits[*other as usize].iter().cloned());
        }
        if rule.phrases.is_empty() && rule.any.is_empty() {
            if rule.question == Some(true) {
                let sentences = self.talk.sentences.iter().filter(|sentence| sentence.asks);
                found.extend(sentences.map(|sentence| hit(None, sentence.tokens.clone())));
            } else {
                let spoken = self.talk.turns.iter().filter(|turn| !turn.tokens.is_empty());
                found.extend(spoken.map(|turn| hit(None, turn.tokens.clone())));
            }
        }
        found.sort_by_key(|hit| (hit.tokens.start, std::cmp::Reverse(hit.tokens.end), hit.phrase));
        let mut end = 0;
        found.retain(|hit| {
            let apart = end <= hit.tokens.start;
            end = if apart { hit.tokens.end } else { end };
            apart
        });
        found
    }

    /// Between the mean and the least of the words' probabilities: one doubtful word spoils a phrase.
    fn heard_well(&self, tokens: &Range<usize>, turns: &[Turn]) -> f64 {
        let (mut sum, mut least, mut count) = (0.0, 1.0_f64, 0);
        for token in self.talk.tokens.get(tokens.clone()).unwrap_or_default() {
            let word =
                turns.get(token.turn as usize).and_then(|turn| turn.words.get(token.word as usize));
            if let Some(word) = word {
                let confidence = f64::from(word.confidence).clamp(0.0, 1.0);
                sum += confidence;
                least = least.min(confidence);
                count += 1;
            }
        }
        if count == 0 { 0.0 } else { f64::midpoint(sum / f64::from(count), least) }
    }

    fn judge(
        &self,
        rule: &FindingRule,
        hit: &mut Hit,
        struck: &[Range<usize>],
        negation: Option<NegationRule>,
    ) -> Judgement {
        let Some(turn) = self.talk.turns.get(hit.turn as usize) else {
            return Judgement::Missed(Missed::Excluded);
        };
        if self.is_struck(hit, struck) || !self.conditions_hold(rule, hit) {
            return Judgement::Missed(Missed::Excluded);
        }
        if let (Some(wanted), Some(negation)) = (rule.negated, negation) {
            match self.negated(hit, negation) {
                Negated::Half => hit.confidence *= HALF_NEGATED,
                negated if (negated == Negated::Yes) != wanted => {
                    return Judgement::Missed(Missed::Excluded);
                }
                Negated::Yes | Negated::No => {}
            }
        }
        match rule.who {
            Some(_) if turn.speaker == Speaker::Unknown => return Judgement::Possible,
            Some(who) if who != turn.speaker => return Judgement::Missed(Missed::OtherSpeaker),
            _ => {}
        }
        if !rule.windows.iter().all(|window| self.within(window, rule.who, hit)) {
            return Judgement::Missed(Missed::OutsideWindow);
        }
        Judgement::Counts
    }

    /// An `unless` strikes out what it overlaps and what follows it within three tokens of the same turn.
    fn is_struck(&self, hit: &Hit, struck: &[Range<usize>]) -> bool {
        const REACH: usize = 3;
        struck.iter().any(|by| {
            let same_turn =
                self.talk.tokens.get(by.start).is_some_and(|token| token.turn == hit.turn);
            same_turn && by.start < hit.tokens.end && hit.tokens.start < by.end + REACH
        })
    }

    fn conditions_hold(&self, rule: &FindingRule, hit: &Hit) -> bool {
        let Some(turn) = self.talk.turns.get(hit.turn as usize) else { return false };
        if let Some(wanted) = rule.question {
            let sentences = self.talk.sentences.get(turn.sentences.clone()).unwrap_or_default();
            let asks = sentences.iter().any(|sentence| {
                sentence.asks
                    && sentence.tokens.start < hit.tokens.end
                    && hit.tokens.start < sentence.tokens.end
            });
            if asks != wanted {
                return false;
            }
        }
        let words = turn.tokens.len();
        if rule.words.is_some_and(|bound| !bound.holds(words as f64)) {
            return false;
        }
        if let Some((bound, of)) = &rule.rest
            && !bound.holds(self.rest_of_turn(hit.turn, of) as f64)
        {
            return false;
        }
        if rule.seat.is_some_and(|seat| !self.is_seated(hit, seat)) {
            return false;
        }
        let same_turn = self.same_turn(hit.turn);
        let after = self.after(hit, rule.reach);
        let before = self.before(hit, rule.reach);
        let yes = |expression: &Option<Expr<Set>>, scope: Scope| {
            expression.as_ref().is_none_or(|expression| self.holds(expression, scope))
        };
        yes(&rule.with_expr, same_turn.clone())
            && !rule.without.as_ref().is_some_and(|expression| self.holds(expression, same_turn))
            && yes(&rule.followed_by, after)
            && yes(&rule.preceded_by, before.clone())
            && rule.near.as_ref().is_none_or(|expression| {
                self.holds(expression, before)
                    || self.holds(expression, self.after(hit, rule.reach))
            })
    }

    fn holds(&self, expression: &Expr<Set>, scope: Scope) -> bool {
        self.evaluate(expression, scope, None, false).truth == Truth::Yes
    }

    /// Content words of a turn that no hit of `of` covers.
    fn rest_of_turn(&self, turn: u32, of: &Set) -> usize {
        let Some(range) = self.talk.turns.get(turn as usize).map(|turn| turn.tokens.clone()) else {
            return 0;
        };
        let covered = |token: usize| {
            of.iter().any(|finding| {
                self.hits[*finding as usize].iter().any(|hit| hit.tokens.contains(&token))
            })
        };
        range.filter(|token| !self.talk.tokens[*token].weak && !covered(*token)).count()
    }

    /// The turn, in tokens.
    fn same_turn(&self, turn: u32) -> Scope {
        let tokens = self.talk.turns.get(turn as usize).map_or(0..0, |turn| turn.tokens.clone());
        Scope { from: tokens.start, to: tokens.end, ..Scope::ALL }
    }

    /// From a hit to as far as an answer may be.
    pub(crate) fn after(&self, hit: &Hit, reach: Reach) -> Scope {
        let last = self.last_turn(hit, reach) as usize;
        let turn_end = self.talk.turns.get(last.min(self.talk.turns.len().saturating_sub(1)));
        let by_turn = turn_end.map_or(usize::MAX, |turn| turn.tokens.end);
        // Words alone do not reach to the end of the turn.
        let words_only = reach.turns == 0 && reach.ms == 0 && 0 < reach.words;
        let by_words =
            if 0 < reach.words { self.over_words(hit.tokens.end, reach.words) } else { 0 };
        let start_before = if words_only { by_words } else { by_turn.max(by_words) };
        Scope { from: hit.tokens.end, start_before, ..Scope::ALL }
    }

    /// The last turn in which an answer may be.
    pub(crate) fn last_turn(&self, hit: &Hit, reach: Reach) -> u32 {
        let end_ms = self.turn_span(hit.turn).end_ms.saturating_add(reach.ms);
        let by_time = self.talk.turns.partition_point(|turn| turn.span.start_ms < end_ms) as u32;
        hit.turn.saturating_add(reach.turns).max(by_time.saturating_sub(1)).max(hit.turn)
    }

    /// From as far as a cause may be to a hit.
    fn before(&self, hit: &Hit, reach: Reach) -> Scope {
        let start_ms = self.turn_span(hit.turn).start_ms.saturating_sub(reach.ms);
        let by_time = self.talk.turns.partition_point(|turn| turn.span.end_ms < start_ms) as u32;
        let first = if reach.ms == 0 { hit.turn } else { by_time.min(hit.turn) };
        let first = first.min(hit.turn.saturating_sub(reach.turns));
        let by_turn = self.talk.turns.get(first as usize).map_or(0, |turn| turn.tokens.start);
        let words_only = reach.turns == 0 && reach.ms == 0 && 0 < reach.words;
        let by_words = if 0 < reach.words {
            self.back_over_words(hit.tokens.start, reach.words)
        } else {
            usize::MAX
        };
        let end_after = if words_only { by_words } else { by_turn.min(by_words) };
        Scope { end_after, to: hit.tokens.start, ..Scope::ALL }
    }

    /// The first token that has more than `words` content words between itself and `from`.
    fn over_words(&self, from: usize, words: u32) -> usize {
        let mut left = words;
        for (offset, token) in self.talk.tokens.iter().skip(from).enumerate() {
            if token.weak {
                continue;
            }
            if left == 0 {
                return from + offset + 1;
            }
            left -= 1;
        }
        self.talk.tokens.len()
    }

    /// The token at which something must not yet have ended for `words` content words at most to lie before `to`.
    fn back_over_words(&self, to: usize, words: u32) -> usize {
        let mut left = words;
        for index in (0..to.min(self.talk.tokens.len())).rev() {
            if self.talk.tokens[index].weak {
                continue;
            }
            if left == 0 {
                return index;
            }
            left -= 1;
        }
        0
    }

    /// Whether a hit is where in its turn it must be.
    fn is_seated(&self, hit: &Hit, seat: Seat) -> bool {
        let turn = self.same_turn(hit.turn);
        let content = |range: Range<usize>| {
            let tokens = self.talk.tokens.get(range).unwrap_or_default();
            tokens.iter().filter(|token| !token.weak).count() as u32
        };
        match seat {
            Seat::AfterWords(words) => content(turn.from..hit.tokens.start) <= words,
            Seat::BeforeWords(words) => content(hit.tokens.end..turn.to) <= words,
        }
    }

    /// Whether a negation stands within reach before a hit, in the same sentence. One inside the hit is part of what was
    /// looked for.
    fn negated(&self, hit: &Hit, rule: NegationRule) -> Negated {
        let sentences =
            self.talk.turns.get(hit.turn as usize).map_or(0..0, |turn| turn.sentences.clone());
        let from = self
            .talk
            .sentences
            .get(sentences)
            .unwrap_or_default()
            .iter()
            .map(|sentence| sentence.tokens.start)
            .filter(|start| *start <= hit.tokens.start)
            .max()
            .unwrap_or(0);
        let scope = Scope {
            from,
            end_after: self.back_over_words(hit.tokens.start, rule.reach),
            to: hit.tokens.start,
            ..Scope::ALL
        };
        let there = |finding: u32| self.holds(&Expr::Any(vec![finding]), scope.clone());
        if rule.weak.is_some_and(there) {
            Negated::Half
        } else if there(rule.words) {
            Negated::Yes
        } else {
            Negated::No
        }
    }

    pub(crate) fn turn_span(&self, turn: u32) -> Span {
        self.talk.turns.get(turn as usize).map_or_else(Span::default, |turn| turn.span)
    }

    fn within(&self, window: &Window<Set>, who: Option<Speaker>, hit: &Hit) -> bool {
        match window {
            Window::FirstTurns(turns) => self.number_of_turn(hit.turn, who, false) < *turns,
            Window::LastTurns(turns) => self.number_of_turn(hit.turn, who, true) < *turns,
            Window::After(set) => {
                self.first_hit(set).is_some_and(|first| first.tokens.end <= hit.tokens.start)
            }
            Window::Before(set) => {
                self.first_hit(set).is_none_or(|first| hit.tokens.end <= first.tokens.start)
            }
            _ => {
                let span = self.window_span(window, who);
                let start = self.start_ms_of(hit);
                span.start_ms <= start && start <= span.end_ms
            }
        }
    }

    /// When the first word of a hit is about to be said.
    fn start_ms_of(&self, hit: &Hit) -> u32 {
        self.start_ms_of_token(hit.tokens.start, false)
    }

    /// When a token is about to be said, or with `after` when it has been: by its share of the turn's words.
    pub(super) fn start_ms_of_token(&self, token: usize, after: bool) -> u32 {
        let turn = self.talk.tokens.get(token).map_or(0, |token| token.turn);
        let Some(turn) = self.talk.turns.get(turn as usize) else { return 0 };
        let words = turn.tokens.len().max(1) as u64;
        let before = (token + usize::from(after)).saturating_sub(turn.tokens.start) as u64;
        turn.span.start_ms + (u64::from(turn.span.len_ms()) * before.min(words) / words) as u32
    }

    fn number_of_turn(&self, turn: u32, who: Option<Speaker>, from_end: bool) -> u32 {
        let counts = |index: usize| {
            self.talk.turns.get(index).is_some_and(|turn| who.is_none_or(|who| who == turn.speaker))
        };
        let turn = turn as usize;
        if from_end {
            (turn + 1..self.talk.turns.len()).filter(|index| counts(*index)).count() as u32
        } else {
            (0..turn).filter(|index| counts(*index)).count() as u32
        }
    }

    fn first_hit(&self, set: &Set) -> Option<&Hit> {
        set.iter()
            .filter_map(|finding| self.hits[*finding as usize].first())
            .min_by_key(|hit| hit.tokens.start)
    }

    /// The stretch of time that a window stands for.
    pub(crate) fn window_span(&self, window: &Window<Set>, who: Option<Speaker>) -> Span {
        let whole = self.talk.span;
        let turns: Vec<Span> = self
            .talk
            .turns
            .iter()
            .filter(|turn| who.is_none_or(|who| who == turn.speaker))
            .map(|turn| turn.span)
            .collect();
        let part = |share: f64| (f64::from(whole.len_ms()) * share).round() as u32;
        match window {
            Window::FirstTurns(number) => {
                let end = turns.iter().take(*number as usize).map(|span| span.end_ms).max();
                Span::new(whole.start_ms, end.unwrap_or(whole.end_ms))
            }
            Window::LastTurns(number) => {
                let start = turns.iter().rev().take(*number as usize).map(|span| span.start_ms);
                Span::new(start.min().unwrap_or(whole.start_ms), whole.end_ms)
            }
            Window::FirstMs(ms) => {
                Span::new(whole.start_ms, whole.start_ms.saturating_add(*ms).min(whole.end_ms))
            }
            Window::LastMs(ms) => {
                Span::new(whole.end_ms.saturating_sub(*ms).max(whole.start_ms), whole.end_ms)
            }
            Window::FirstShare(share) => Span::new(whole.start_ms, whole.start_ms + part(*share)),
            Window::LastShare(share) => Span::new(whole.end_ms - part(*share), whole.end_ms),
            Window::After(set) => {
                let start = self.first_hit(set).map(|hit| self.turn_span(hit.turn).start_ms);
                Span::new(start.unwrap_or(whole.end_ms), whole.end_ms)
            }
            Window::Before(set) => {
                let end = self.first_hit(set).map(|hit| self.turn_span(hit.turn).end_ms);
                Span::new(whole.start_ms, end.unwrap_or(whole.end_ms))
            }
        }
    }
}
