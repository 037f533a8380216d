//! Where a hit lies: in which part of the call, how far from another, at which end of its turn, behind a negation or not.
//!
//! Conditions ask here; what they come to is `findings.rs`'s business. Nothing here looks at every hit or turn for each hit,
//! or a day-long call would take a day.

use std::ops::Range;

use crate::call::{Span, Speaker};
use crate::rules::evaluate::{Scope, slot_of};
use crate::rules::expr::Expr;
use crate::rules::findings::{Findings, Hit};
use crate::rules::rulebook::{NegationRule, Set};
use crate::rules::talk::Sentence;
use crate::rules::window::{Reach, Seat, Window};

/// Whether something stands behind a negation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Negated {
    No,
    Half,
    Yes,
}

impl Findings {
    /// The turn, in tokens.
    pub(super) fn same_turn(&self, turn: u32) -> Scope {
        let tokens = self.talk.turns.get(turn as usize).map_or(0..0, |turn| turn.tokens.clone());
        Scope { from: tokens.start, start_before: tokens.end, end_after: 0, to: tokens.end }
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
    pub(super) fn before(&self, hit: &Hit, reach: Reach) -> Scope {
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
        // No phrase is longer than a turn, and what ends after a token of a turn starts in it.
        let from = self.talk.tokens.get(end_after);
        let from = from.map_or(0, |token| self.same_turn(token.turn).from);
        Scope { from, start_before: hit.tokens.start, end_after, to: hit.tokens.start }
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
    pub(super) fn is_seated(&self, hit: &Hit, seat: Seat) -> bool {
        let turn = self.same_turn(hit.turn);
        // A turn may be as long as the call: nobody counts further than he has to.
        let at_most = |range: Range<usize>, words: u32| {
            let tokens = self.talk.tokens.get(range).unwrap_or_default();
            let content = tokens.iter().filter(|token| !token.weak);
            content.take(words as usize + 1).count() <= words as usize
        };
        match seat {
            Seat::AfterWords(words) => at_most(turn.from..hit.tokens.start, words),
            Seat::BeforeWords(words) => at_most(hit.tokens.end..turn.to, words),
        }
    }

    /// Whether a negation stands within reach before a hit, in the same sentence. One inside the hit is part of what was
    /// looked for.
    pub(super) fn negated(&self, hit: &Hit, rule: NegationRule) -> Negated {
        let from = self
            .sentences_from(hit.turn, hit.tokens.start)
            .first()
            .map_or(0, |sentence| sentence.tokens.start.min(hit.tokens.start));
        let scope = Scope {
            from,
            end_after: self.back_over_words(hit.tokens.start, rule.reach),
            start_before: hit.tokens.start,
            to: hit.tokens.start,
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

    /// The sentences of a turn from the one on in which a token stands.
    pub(super) fn sentences_from(&self, turn: u32, token: usize) -> &[Sentence] {
        let all = self.talk.turns.get(turn as usize).map_or(0..0, |turn| turn.sentences.clone());
        let all = self.talk.sentences.get(all).unwrap_or_default();
        let before = all.partition_point(|sentence| sentence.tokens.end <= token);
        all.get(before..).unwrap_or_default()
    }

    pub(crate) fn turn_span(&self, turn: u32) -> Span {
        self.talk.turns.get(turn as usize).map_or_else(Span::default, |turn| turn.span)
    }

    pub(super) fn within(&self, window: &Window<Set>, who: Option<Speaker>, hit: &Hit) -> bool {
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

    /// How many turns of its speaker (or of anybody) lie before a turn, or after it.
    fn number_of_turn(&self, turn: u32, who: Option<Speaker>, from_end: bool) -> u32 {
        let own = self.turn_numbers.get(turn as usize).copied().unwrap_or_default();
        let total = |who: Speaker| self.turns_by[slot_of(who)];
        let (number, all) = match who {
            Some(who) => (own, total(who)),
            None => (turn, self.talk.turns.len() as u32),
        };
        if from_end { all.saturating_sub(number + 1) } else { number }
    }

    fn first_hit(&self, set: &Set) -> Option<&Hit> {
        set.iter()
            .filter_map(|finding| self.hits[*finding as usize].first())
            .min_by_key(|hit| hit.tokens.start)
    }

    /// The stretch of time that a window stands for.
    pub(crate) fn window_span(&self, window: &Window<Set>, who: Option<Speaker>) -> Span {
        let whole = self.talk.span;
        let turns = || {
            let turns = self.talk.turns.iter();
            turns
                .filter(move |turn| who.is_none_or(|who| who == turn.speaker))
                .map(|turn| turn.span)
        };
        let part = |share: f64| (f64::from(whole.len_ms()) * share).round() as u32;
        match window {
            Window::FirstTurns(number) => {
                let end = turns().take(*number as usize).map(|span| span.end_ms).max();
                Span::new(whole.start_ms, end.unwrap_or(whole.end_ms))
            }
            Window::LastTurns(number) => {
                let start = turns().rev().take(*number as usize).map(|span| span.start_ms);
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
