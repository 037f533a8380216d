//! What a rulebook finds in a call: hits, near misses, and what is known of the talk.
//!
//! Findings are looked at in an order in which each comes after those it depends on. A hit keeps the
//! reason why it did not count, because a reviewer who reads «not done» wants to see what came nearest. Words
//! of an unknown speaker never count for a finding that asks for one: they are kept as possible hits.

use std::ops::Range;

use crate::call::{CallInfo, Direction, Speaker};
use crate::rules::Missed;
use crate::rules::course::Course;
use crate::rules::evaluate::{Scope, Truth, slot_of};
use crate::rules::expr::Expr;
use crate::rules::lexicon::How;
use crate::rules::matcher::{PhraseHit, Target};
use crate::rules::place::Negated;
use crate::rules::rulebook::{FindingRule, NegationRule, Rulebook, Set};
use crate::rules::talk::{Talk, TalkTurn};
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
    /// The words were not recognized well enough to believe them.
    pub(crate) doubtful: bool,
}

/// What a half negation («не то чтобы») leaves of a hit's confidence.
const HALF_NEGATED: f64 = 0.5;

/// A phrase counts as said from here: how it matched times how well its words were recognized.
///
/// The floor of `grading::hearing`, under which a word proves no absence either: what was not heard is neither said
/// nor left out.
const BELIEVED: f64 = 0.35;

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
    /// By turn: how many turns of its speaker lie before it.
    pub(crate) turn_numbers: Vec<u32>,
    /// Turns by speaker: manager, client, unknown.
    pub(crate) turns_by: [u32; 3],
    /// Whether some turns have no known speaker.
    pub(crate) unknown_speakers: bool,
    /// By finding: whether it asks for a speaker, itself or through those it is made of.
    pub(crate) by_speaker: Vec<bool>,
}

impl Rulebook {
    /// What the rules find in a call. Pure.
    pub fn find(&self, heard: &Heard, call: &CallInfo) -> Findings {
        let talk = Talk::new(&heard.turns, &self.lexicon, self.patterns.as_ref());
        let count = self.findings.len();
        let mut phrase_hits: Vec<Vec<(u32, Range<usize>, How)>> = vec![Vec::new(); count];
        let mut unless_hits: Vec<Vec<Range<usize>>> = vec![Vec::new(); count];
        for PhraseHit { target, tokens, how } in self.matcher.find(&talk) {
            match target {
                Target::Phrase(finding, phrase) => {
                    phrase_hits[finding as usize].push((phrase, tokens, how));
                }
                Target::Unless(finding) => unless_hits[finding as usize].push(tokens),
                Target::Slot(_) => {}
            }
        }
        let words = [Speaker::Manager, Speaker::Client, Speaker::Unknown].map(|speaker| {
            let turns = heard.turns.iter().filter(|turn| turn.speaker == speaker);
            turns.map(|turn| turn.words.len() as u32).sum()
        });
        let mut turns_by = [0; 3];
        let number = |turn: &TalkTurn| {
            let before: &mut u32 = &mut turns_by[slot_of(turn.speaker)];
            *before += 1;
            *before - 1
        };
        let turn_numbers = talk.turns.iter().map(number).collect();
        let mut findings = Findings {
            turn_numbers,
            turns_by,
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
        phrases: Vec<(u32, Range<usize>, How)>,
        turns: &[Turn],
    ) -> Vec<Hit> {
        let hit = |phrase: Option<u32>, tokens: Range<usize>, how: How| {
            let turn = self.talk.tokens.get(tokens.start).map_or(0, |token| token.turn);
            let believed = how.worth() * self.heard_well(&tokens, turns);
            let confidence = rule.confidence * believed;
            Hit { finding: index, phrase, turn, tokens, confidence, doubtful: believed < BELIEVED }
        };
        let mut found: Vec<Hit> = phrases
            .into_iter()
            .map(|(phrase, tokens, how)| hit(Some(phrase), tokens, how))
            .collect();
        for other in &rule.any {
            found.extend(self.hits[*other as usize].iter().cloned());
        }
        if rule.phrases.is_empty() && rule.any.is_empty() {
            if rule.question == Some(true) {
                let sentences = self.talk.sentences.iter().filter(|sentence| sentence.asks);
                found.extend(
                    sentences.map(|sentence| hit(None, sentence.tokens.clone(), How::Exact)),
                );
            } else {
                let spoken = self.talk.turns.iter().filter(|turn| !turn.tokens.is_empty());
                found.extend(spoken.map(|turn| hit(None, turn.tokens.clone(), How::Exact)));
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
        // A finding without phrases is about the turn and not about its words.
        if hit.doubtful && hit.phrase.is_some() {
            return Judgement::Missed(Missed::Doubtful);
        }
        if !rule.windows.iter().all(|window| self.within(window, rule.who, hit)) {
            return Judgement::Missed(Missed::OutsideWindow);
        }
        Judgement::Counts
    }

    /// An `unless` strikes out what it overlaps and what follows it within three tokens of the same turn.
    fn is_struck(&self, hit: &Hit, struck: &[Range<usize>]) -> bool {
        const REACH: usize = 3;
        // No phrase is longer than the matcher looks.
        const LONGEST: usize = 64;
        let from = hit.tokens.start.saturating_sub(LONGEST + REACH);
        let first = struck.partition_point(|by| by.start < from);
        let near = struck.get(first..).unwrap_or_default();
        near.iter().take_while(|by| by.start < hit.tokens.end).any(|by| {
            let same_turn =
                self.talk.tokens.get(by.start).is_some_and(|token| token.turn == hit.turn);
            same_turn && hit.tokens.start < by.end + REACH
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

    pub(super) fn holds(&self, expression: &Expr<Set>, scope: Scope) -> bool {
        self.evaluate(expression, scope, None, false).truth == Truth::Yes
    }

    /// Content words of a turn that no hit of `of` covers.
    fn rest_of_turn(&self, turn: u32, of: &Set) -> usize {
        let Some(range) = self.talk.turns.get(turn as usize).map(|turn| turn.tokens.clone()) else {
            return 0;
        };
        let in_turn = |finding: &u32| {
            let hits = self.hits.get(*finding as usize).map_or(&[][..], Vec::as_slice);
            let first = hits.partition_point(|hit| hit.turn < turn);
            let own = hits.get(first..).unwrap_or_default();
            own.iter().take_while(|hit| hit.turn == turn).map(|hit| hit.tokens.clone())
        };
        let covering: Vec<Range<usize>> = of.iter().flat_map(in_turn).collect();
        let covered = |token: usize| covering.iter().any(|tokens| tokens.contains(&token));
        range.filter(|token| !self.talk.tokens[*token].weak && !covered(*token)).count()
    }
}
