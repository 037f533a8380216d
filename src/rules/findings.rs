//! What a rulebook finds in a call: hits, near misses, and what is known of the talk.
//!
//! Findings are looked at in an order in which each comes after those it depends on. A hit keeps the
//! reason why it did not count, because a reviewer who reads «not done» wants to see what came nearest. Words
//! of an unknown speaker never count for a finding that asks for one: they are kept as possible hits.

use std::ops::Range;

use crate::call::{CallInfo, Direction, Speaker};
use crate::rules::Missed;
use crate::rules::course::Course;
use crate::rules::evaluate::slot_of;
use crate::rules::lexicon::How;
use crate::rules::matcher::{PhraseHit, PhraseHits};
use crate::rules::place::Negated;
use crate::rules::rows::Rows;
use crate::rules::rulebook::{FindingRule, NegationRule, Rulebook, Set};
use crate::rules::score::TurnScores;
use crate::rules::talk::{Talk, TalkTurn};
use crate::transcript::Heard;

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
    pub(crate) hits: Rows<Hit>,
    /// Hits that did not count, and why; `None` where the other side said it and nobody has asked yet whether it
    /// would have counted ([`Findings::misses_of`] does).
    misses: Rows<(Hit, Option<Missed>)>,
    /// Hits by an unknown speaker of findings that ask for one.
    pub(crate) possible: Rows<Hit>,
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
    pub(super) scores: TurnScores,
    /// How well each turn was heard as a whole: many findings are about turns, and each would ask again.
    turns_heard: Vec<f64>,
}

impl Rulebook {
    /// What the rules find in a call. Pure.
    pub fn find(&self, heard: &Heard, call: &CallInfo) -> Findings {
        let talk = Talk::new(&heard.turns, &self.lexicon, self.patterns.as_ref());
        let count = self.findings.len();
        let phrases = self.matcher.find(&talk);
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
        let turns_heard = talk.turns.iter().map(|turn| heard_well(&talk, &turn.tokens)).collect();
        let mut findings = Findings {
            turns_heard,
            turn_numbers,
            turns_by,
            unknown_speakers: talk.turns.iter().any(|turn| turn.speaker == Speaker::Unknown),
            talk,
            hits: Rows::new(count),
            misses: Rows::new(count),
            possible: Rows::new(count),
            direction: call.direction,
            repeated: call.repeated,
            ended_by: call.ended_by,
            course: Course::new(heard, call),
            words,
            by_speaker: vec![false; count],
            scores: TurnScores::new(self.scores.len()),
        };
        let mut candidates: Vec<Hit> = Vec::new();
        for index in self.order.iter().copied() {
            let number = index as usize;
            let Some(rule) = self.findings.get(number).filter(|rule| !rule.disabled) else {
                continue;
            };
            findings.by_speaker[number] = rule.who.is_some()
                || rule.any.iter().any(|other| findings.by_speaker[*other as usize]);
            candidates.clear();
            findings.candidates(index, rule, &phrases, &mut candidates);
            if candidates.is_empty() {
                continue;
            }
            for score in &rule.scores {
                findings.sum_up(*score, &self.scores[*score as usize]);
            }
            let struck = if rule.unless.is_empty() { Vec::new() } else { phrases.unless(index) };
            findings.hits.begin(number);
            findings.misses.begin(number);
            findings.possible.begin(number);
            for mut hit in candidates.drain(..) {
                let judgement = if findings.is_struck(&hit, &struck) {
                    Judgement::Missed(Missed::Excluded)
                } else if findings.is_by_the_other(rule, &hit) {
                    findings.misses.push(number, (hit, None));
                    continue;
                } else {
                    findings.judge(rule, &mut hit, self.negation)
                };
                match judgement {
                    Judgement::Counts => findings.hits.push(number, hit),
                    Judgement::Possible => findings.possible.push(number, hit),
                    Judgement::Missed(why) => findings.misses.push(number, (hit, Some(why))),
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
        self.hits.get(index).map(<[Hit]>::len)
    }

    /// Hits of a finding that did not count, in the order of the call, and why.
    pub(crate) fn misses_of(
        &self,
        book: &Rulebook,
        finding: u32,
    ) -> impl Iterator<Item = (Hit, Missed)> {
        let rule = book.findings.get(finding as usize);
        self.misses[finding as usize].iter().map(move |(hit, why)| {
            let mut hit = hit.clone();
            let why = why.or_else(|| match self.judge(rule?, &mut hit, book.negation) {
                Judgement::Missed(why) => Some(why),
                Judgement::Counts | Judgement::Possible => None,
            });
            (hit, why.unwrap_or(Missed::OtherSpeaker))
        })
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
        phrases: &PhraseHits<'_>,
        found: &mut Vec<Hit>,
    ) {
        let hit_of = |phrase: Option<u32>, turn: u32, tokens: Range<usize>, believed: f64| {
            let confidence = rule.confidence * believed;
            Hit { finding: index, phrase, turn, tokens, confidence, doubtful: believed < BELIEVED }
        };
        let hit = |phrase: Option<u32>, tokens: Range<usize>, how: How| {
            let turn = self.talk.tokens.get(tokens.start).map_or(0, |token| token.turn);
            let believed = how.worth() * heard_well(&self.talk, &tokens);
            hit_of(phrase, turn, tokens, believed)
        };
        if !rule.phrases.is_empty() {
            let hits = phrases.phrases(index);
            found.extend(
                hits.map(|PhraseHit { phrase, tokens, how }| hit(Some(phrase), tokens, how)),
            );
        }
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
                let turns = (0..).zip(&self.talk.turns).zip(&self.turns_heard);
                let spoken = turns.filter(|((_, turn), _)| !turn.tokens.is_empty());
                found.extend(spoken.map(|((number, turn), heard)| {
                    hit_of(None, number, turn.tokens.clone(), How::Exact.worth() * heard)
                }));
            }
        }
        found.sort_by_key(|hit| (hit.tokens.start, std::cmp::Reverse(hit.tokens.end), hit.phrase));
        let mut end = 0;
        found.retain(|hit| {
            let apart = end <= hit.tokens.start;
            end = if apart { hit.tokens.end } else { end };
            apart
        });
    }

    fn judge(
        &self,
        rule: &FindingRule,
        hit: &mut Hit,
        negation: Option<NegationRule>,
    ) -> Judgement {
        let Some(turn) = self.talk.turns.get(hit.turn as usize) else {
            return Judgement::Missed(Missed::Excluded);
        };
        if !self.conditions_hold(rule, hit) {
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

    /// Whether the finding asks for one speaker and the other said it.
    fn is_by_the_other(&self, rule: &FindingRule, hit: &Hit) -> bool {
        let said = self.talk.turns.get(hit.turn as usize).map(|turn| turn.speaker);
        said.zip(rule.who).is_some_and(|(said, who)| said != who && said != Speaker::Unknown)
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
            let sentences = self.sentences_from(hit.turn, hit.tokens.start).iter();
            let asks = sentences
                .take_while(|sentence| sentence.tokens.start < hit.tokens.end)
                .any(|sentence| sentence.asks);
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
        let in_turn = |expression| self.holds_in_turn(expression, hit.turn);
        if !rule.with_expr.as_ref().is_none_or(in_turn)
            || rule.without.as_ref().is_some_and(in_turn)
        {
            return false;
        }
        let after = |expression| self.holds(expression, self.after(hit, rule.reach));
        let before = |expression| self.holds(expression, self.before(hit, rule.reach));
        rule.followed_by.as_ref().is_none_or(after)
            && rule.preceded_by.as_ref().is_none_or(before)
            && rule.near.as_ref().is_none_or(|near| before(near) || after(near))
    }

    /// Content words of a turn that no hit of `of` covers.
    fn rest_of_turn(&self, turn: u32, of: &Set) -> usize {
        let Some(range) = self.talk.turns.get(turn as usize).map(|turn| turn.tokens.clone()) else {
            return 0;
        };
        let in_turn = |finding: &u32| {
            let hits = &self.hits[*finding as usize];
            let first = hits.partition_point(|hit| hit.turn < turn);
            let own = hits.get(first..).unwrap_or_default();
            own.iter().take_while(|hit| hit.turn == turn).map(|hit| hit.tokens.clone())
        };
        let mut covering: Vec<Range<usize>> = of.iter().flat_map(in_turn).collect();
        covering.sort_by_key(|tokens| tokens.start);
        let (mut covering, mut covered_to) = (covering.into_iter().peekable(), 0);
        range
            .filter(|token| {
                while let Some(tokens) = covering.next_if(|tokens| tokens.start <= *token) {
                    covered_to = covered_to.max(tokens.end);
                }
                covered_to <= *token && !self.talk.tokens[*token].weak
            })
            .count()
    }
}

/// Between the mean and the least of the words' probabilities: one doubtful word spoils a phrase.
fn heard_well(talk: &Talk, tokens: &Range<usize>) -> f64 {
    let said = talk.tokens.get(tokens.clone()).unwrap_or_default();
    let (mut sum, mut least) = (0.0, 1.0_f64);
    for token in said {
        let confidence = f64::from(token.confidence).clamp(0.0, 1.0);
        sum += confidence;
        least = least.min(confidence);
    }
    if said.is_empty() { 0.0 } else { f64::midpoint(sum / said.len() as f64, least) }
}
