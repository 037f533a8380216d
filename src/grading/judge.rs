//! Types and criteria: what the rulebook's expressions come to in one call.
//!
//! The order in which levels are tried is fixed here (unknown, na, exchange, zero, full, half, otherwise); what they say
//! is the rulebook's. Two rules stand above every rulebook: no value without evidence or an absence, and
//! no absence where too little was heard.

use crate::call::{Span, Speaker, union};
use crate::grading::draft::{
    Absence, AttentionDraft, CriterionDraft, Evidence, Level, Nearest, Outcome, TypeCandidate,
    TypeJudgement,
};
use crate::grading::hearing::heard_share;
use crate::rules::evaluate::{Judged, Scope, Truth};
use crate::rules::expr::{Bound, Expr, Quantity};
use crate::rules::findings::{Findings, Hit};
use crate::rules::rulebook::{Absent, Combine, CriterionRule, ExchangeRule, Rulebook, Set, why};
use crate::rules::{Missed, Text};
use crate::transcript::Heard;

/// How many quotes one criterion shows.
const SHOWN: usize = 12;
/// Words of a quote on each side of the words that met the rule.
const NEIGHBORS: usize = 6;
/// A value that rests on an absence is never more sure than this.
const ABSENCE_CONFIDENCE: f64 = 0.8;

/// One call and what was found in it.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) book: &'a Rulebook,
    pub(crate) heard: &'a Heard,
    pub(crate) findings: &'a Findings,
}

/// Scores every type; the index is that of the chosen type.
pub(crate) fn judge_type(case: Case<'_>, forced: Option<&str>) -> (usize, TypeJudgement) {
    let book = case.book;
    let mut points = Vec::with_capacity(book.types.len());
    let mut evidence: Vec<Vec<&Hit>> = Vec::with_capacity(book.types.len());
    for kind in &book.types {
        let (mut sum, mut hits) = (kind.points, Vec::new());
        for (condition, worth) in &kind.signs {
            let judged = case.findings.evaluate(condition, Scope::ALL, None, true);
            if judged.truth == Truth::Yes {
                sum += worth;
                if *worth > 0.0 {
                    hits.extend(judged.hits);
                }
            }
        }
        points.push(sum);
        evidence.push(hits);
    }
    // One point more doubles the odds. Counted from the best, so that nothing overflows.
    let best = points.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = points.iter().map(|points| (points - best).exp2()).collect();
    let total: f64 = odds.iter().sum();
    let mut order: Vec<usize> = (0..book.types.len()).collect();
    order.sort_by(|a, b| odds[*b].total_cmp(&odds[*a]));
    let forced = forced.and_then(|id| book.types.iter().position(|kind| kind.id == id));
    let chosen = forced.or(order.first().copied()).unwrap_or(0);
    let candidates = order
        .iter()
        .map(|index| TypeCandidate {
            id: book.types[*index].id.clone(),
            title: book.types[*index].title.clone(),
            confidence: odds[*index] / total,
            cqr: None,
        })
        .collect();
    let judgement = TypeJudgement {
        id: book.types.get(chosen).map(|kind| kind.id.clone()).unwrap_or_default(),
        title: book.types.get(chosen).map(|kind| kind.title.clone()).unwrap_or_default(),
        confidence: if forced.is_some() {
            1.0
        } else {
            odds.get(chosen).map_or(0.0, |odds| odds / total)
        },
        forced: forced.is_some(),
        candidates,
        evidence: evidence.get(chosen).map(|hits| case.evidence(hits)).unwrap_or_default(),
    };
    (chosen, judgement)
}

/// Judges every criterion under a type.
pub(crate) fn judge_criteria(case: Case<'_>, kind: usize) -> Vec<CriterionDraft> {
    let Some(rule) = case.book.types.get(kind) else { return Vec::new() };
    if !rule.cqr {
        return Vec::new();
    }
    case.book.criteria.iter().map(|criterion| case.criterion(criterion, kind, &rule.id)).collect()
}

/// What a reviewer should look at, whatever the number is.
pub(crate) fn judge_attention(case: Case<'_>, type_id: &str) -> Vec<AttentionDraft> {
    let flags = case.book.attention.iter().filter_map(|rule| {
        let judged = case.findings.evaluate(&rule.condition, Scope::ALL, Some(type_id), false);
        (judged.truth == Truth::Yes).then(|| {
            let mut evidence = case.evidence(&judged.hits);
            let numbers = judged.numbers.iter();
            evidence.extend(numbers.map(|(quantity, bound)| case.number(*quantity, *bound)));
            AttentionDraft {
                id: rule.id.clone(),
                title: rule.title.clone(),
                auto_fail: rule.auto_fail,
                evidence,
            }
        })
    });
    flags.collect()
}

/// A level and what it rests on, before evidence is written out.
struct Found<'a> {
    outcome: Outcome,
    hits: Vec<&'a Hit>,
    /// Numbers of the call that speak for it.
    numbers: Vec<(Quantity, Bound)>,
    /// How sure the hits are of it.
    confidence: f64,
    /// Whether the value says that something is not there.
    absent: bool,
}

impl<'a> Found<'a> {
    fn bare(outcome: Outcome) -> Self {
        Self { outcome, hits: Vec::new(), numbers: Vec::new(), confidence: 1.0, absent: false }
    }

    fn by(outcome: Outcome, judged: Judged<'a>) -> Self {
        let Judged { hits, numbers, confidence, .. } = judged;
        Self { outcome, hits, numbers, confidence, absent: false }
    }
}

impl<'a> Case<'a> {
    fn criterion(self, rule: &CriterionRule, kind: usize, type_id: &str) -> CriterionDraft {
        let found = self.level(rule, type_id);
        let mut outcome = found.outcome;
        let bare = found.hits.is_empty() && found.numbers.is_empty();
        let rests_on_absence = matches!(outcome, Outcome::Proposed(_)) && (found.absent || bare);
        let absence = rests_on_absence.then(|| self.absence(rule, &found.hits));
        let mut evidence = self.evidence(&found.hits);
        evidence.truncate(SHOWN);
        evidence
            .extend(found.numbers.iter().map(|(quantity, bound)| self.number(*quantity, *bound)));
        let said = found.confidence;
        let mut confidence = match (&absence, outcome) {
            (Some(absence), _) => ABSENCE_CONFIDENCE * absence.heard.min(said),
            (None, Outcome::Unknown) => 0.0,
            (None, _) if found.hits.is_empty() => ABSENCE_CONFIDENCE,
            (None, _) => said,
        };
        // What nobody could hear cannot have been left out.
        if absence.as_ref().is_some_and(|absence| absence.heard < self.book.heard) {
            outcome = Outcome::Unknown;
            confidence = 0.0;
        }
        CriterionDraft {
            id: rule.id.clone(),
            title: rule.title.clone(),
            weight: rule.weights.get(kind).copied().unwrap_or(0.0),
            outcome,
            confidence,
            why: reason(rule, outcome),
            evidence,
            absence,
        }
    }

    fn level(self, rule: &CriterionRule, type_id: &str) -> Found<'a> {
        let asked = |expression: Option<&Expr<Set>>| {
            expression.map(|expression| {
                self.findings.evaluate(expression, Scope::ALL, Some(type_id), false)
            })
        };
        let mut open = false;
        let fixed = [(&rule.unknown, Outcome::Unknown), (&rule.na, Outcome::NotApplicable)];
        for (expression, outcome) in fixed {
            match asked(expression.as_ref()) {
                Some(judged) if judged.truth == Truth::Yes => {
                    return Found::by(outcome, judged);
                }
                Some(judged) => open |= judged.truth == Truth::Unknown,
                None => {}
            }
        }
        if let Some(exchange) = rule.exchange.and_then(|index| self.book.exchanges.get(index)) {
            if open || (self.findings.unknown_speakers && self.hits_of(&exchange.on).is_empty()) {
                return Found::bare(Outcome::Unknown);
            }
            if let Some(found) = self.exchange(exchange) {
                return found;
            }
        }
        let levels =
            [(&rule.zero, Level::Zero), (&rule.full, Level::Full), (&rule.half, Level::Half)];
        for (expression, level) in levels {
            match asked(expression.as_ref()) {
                // A level under one that nobody can tell about cannot be told either.
                Some(judged) if judged.truth == Truth::Yes && !open => {
                    return Found::by(Outcome::Proposed(level), judged);
                }
                Some(judged) => open |= judged.truth == Truth::Unknown,
                None => {}
            }
        }
        let outcome = if open { Outcome::Unknown } else { outcome_of(rule.absent) };
        Found { absent: true, ..Found::bare(outcome) }
    }

    fn hits_of(self, set: &Set) -> Vec<&'a Hit> {
        let mut hits: Vec<&Hit> =
            set.iter().flat_map(|finding| &self.findings.hits[*finding as usize]).collect();
        hits.sort_by_key(|hit| (hit.tokens.start, hit.tokens.end, hit.finding));
        hits
    }

    /// What an exchange looks at: what is said again at once is the same thing.
    pub(crate) fn causes(self, rule: &ExchangeRule) -> Vec<&'a Hit> {
        let mut until: Option<u32> = None;
        let mut causes = self.hits_of(&rule.on);
        causes.retain(|hit| {
            let again = until.is_some_and(|until| hit.turn <= until);
            until = Some(self.findings.last_turn(hit, rule.same));
            !again
        });
        causes
    }

    /// What one side said and how the other took it; nothing where it said nothing.
    fn exchange(self, rule: &ExchangeRule) -> Option<Found<'a>> {
        let mut levels = Vec::new();
        let (mut hits, mut absent, mut confidence) = (Vec::new(), false, 1.0_f64);
        for hit in self.causes(rule) {
            let scope = self.findings.after(hit, rule.reach);
            let asked = |expression: Option<&Expr<Set>>| {
                expression
                    .map(|expression| {
                        self.findings.evaluate(expression, scope.clone(), None, false)
                    })
                    .filter(|judged| judged.truth == Truth::Yes)
            };
            hits.push(hit);
            confidence = confidence.min(hit.confidence);
            let tried = [
                (rule.zero.as_ref(), Level::Zero),
                (Some(&rule.full), Level::Full),
                (rule.half.as_ref(), Level::Half),
            ];
            let answer = tried
                .into_iter()
                .find_map(|(expression, level)| asked(expression).map(|judged| (judged, level)));
            if let Some((judged, level)) = answer {
                absent |= judged.hits.is_empty();
                confidence = confidence.min(judged.confidence);
                hits.extend(judged.hits);
                levels.push(level);
            } else {
                absent = true;
                levels.push(Level::Zero);
            }
        }
        let (worst, best) = (levels.iter().min().copied()?, levels.iter().max().copied()?);
        let level = match rule.combine {
            Combine::Worst => worst,
            Combine::Best => best,
            Combine::Mixed if worst == best => worst,
            Combine::Mixed => Level::Half,
            Combine::Mean => {
                nearest(levels.iter().map(|level| level.value()).sum::<f64>() / levels.len() as f64)
            }
        };
        Some(Found {
            outcome: Outcome::Proposed(level),
            hits,
            numbers: Vec::new(),
            confidence,
            absent: absent && level == Level::Zero,
        })
    }

    /// Where a criterion's findings were looked for, how much of that was heard, and the nearest miss.
    fn absence(self, rule: &CriterionRule, shown: &[&Hit]) -> Absence {
        let mut looked: Set = rule.looks_for.clone();
        if let Some(exchange) = rule.exchange.and_then(|index| self.book.exchanges.get(index)) {
            for expression in [Some(&exchange.full), exchange.half.as_ref()].into_iter().flatten() {
                expression.each(&mut |set| looked.extend(set));
            }
        }
        let whole = self.findings.talk.span;
        let mut searched = Vec::new();
        let mut who: Option<Option<Speaker>> = None;
        for finding in &looked {
            let Some(rule) = self.book.findings.get(*finding as usize) else { continue };
            who = Some(match who {
                None => rule.who,
                Some(who) if who == rule.who => who,
                Some(_) => None,
            });
            let span = rule.windows.iter().fold(whole, |span, window| {
                let window = self.findings.window_span(window, rule.who);
                Span::new(span.start_ms.max(window.start_ms), span.end_ms.min(window.end_ms))
            });
            searched.push(span);
        }
        if searched.is_empty() {
            searched.push(whole);
        }
        let searched = union(searched.into_iter());
        let who = who.flatten().or(Some(Speaker::Manager)).filter(|_| self.heard.speakers_known());
        Absence {
            heard: heard_share(self.heard, who, &searched),
            nearest: self.nearest(&looked, shown),
            searched,
        }
    }

    /// The hit that came nearest to counting: enough but for the level, then outside the window, then said
    /// by somebody else, then struck out; the surest of them, the first of equals.
    fn nearest(self, looked: &Set, shown: &[&Hit]) -> Option<Nearest> {
        let counted = looked.iter().flat_map(|finding| {
            let hits = self.findings.hits[*finding as usize].iter();
            hits.map(|hit| (Missed::NotEnough, hit))
        });
        let missed = looked.iter().flat_map(|finding| {
            let misses = self.findings.misses[*finding as usize].iter();
            misses.map(|(hit, missed)| (*missed, hit))
        });
        counted
            .chain(missed)
            .filter(|(_, hit)| !shown.contains(hit) && hit.phrase.is_some())
            .min_by(|(one, a), (other, b)| {
                let order = one.cmp(other).then(b.confidence.total_cmp(&a.confidence));
                order.then(a.tokens.start.cmp(&b.tokens.start))
            })
            .map(|(missed, hit)| Nearest { evidence: self.written(hit), missed })
    }

    /// Hits as evidence, in the order of the call, the same words once.
    pub(crate) fn evidence(self, hits: &[&Hit]) -> Vec<Evidence> {
        let mut sorted: Vec<&Hit> = hits.to_vec();
        sorted.sort_by_key(|hit| (hit.tokens.start, hit.tokens.end, hit.finding));
        sorted.dedup_by_key(|hit| (hit.tokens.start, hit.tokens.end));
        sorted.into_iter().map(|hit| self.written(hit)).collect()
    }

    /// A number of the call as evidence: where it was measured, and what it came to.
    fn number(self, quantity: Quantity, bound: Bound) -> Evidence {
        let course = &self.findings.course;
        let side = |side: usize| {
            course.sides.as_ref().and_then(|sides| sides.monologue.get(side).copied().flatten())
        };
        let (who, span) = match quantity {
            Quantity::LongestSilenceS => (Speaker::Unknown, course.longest_silence),
            Quantity::ManagerMonologueS => (Speaker::Manager, side(0)),
            Quantity::ClientMonologueS => (Speaker::Client, side(1)),
            _ => (Speaker::Unknown, None),
        };
        let value = self.findings.quantity(quantity).unwrap_or_default();
        Evidence {
            rule: quantity.as_str().to_owned(),
            phrase: bound.to_string(),
            who,
            span: span.unwrap_or(self.findings.talk.span),
            quote: format!("{}", (value * 10.0).round() / 10.0),
            confidence: 1.0,
        }
    }

    pub(crate) fn written(self, hit: &Hit) -> Evidence {
        let rule = self.book.findings.get(hit.finding as usize);
        let phrase = hit
            .phrase
            .and_then(|phrase| rule.and_then(|rule| rule.phrases.get(phrase as usize)).cloned());
        let tokens = self.findings.talk.tokens.get(hit.tokens.clone()).unwrap_or_default();
        let turn = self.heard.turns.get(hit.turn as usize);
        let first = tokens.first().map_or(0, |token| token.word as usize);
        let last = tokens.last().map_or(0, |token| token.word as usize);
        let (mut quote, mut span) = (String::new(), Span::default());
        if let Some(turn) = turn {
            let from = first.saturating_sub(NEIGHBORS);
            let to = (last + 1 + NEIGHBORS).min(turn.words.len());
            let words = turn.words.get(from..to).unwrap_or_default();
            let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            quote = format!(
                "{}{}{}",
                if from > 0 { "… " } else { "" },
                texts.join(" "),
                if to < turn.words.len() { " …" } else { "" }
            );
            let said = turn.words.get(first..=last).unwrap_or_default();
            span = said.iter().map(|word| word.span).reduce(Span::cover).unwrap_or(turn.span);
        }
        Evidence {
            rule: rule.map(|rule| rule.id.clone()).unwrap_or_default(),
            phrase: phrase.unwrap_or_default(),
            who: turn.map_or(Speaker::Unknown, |turn| turn.speaker),
            span,
            quote,
            confidence: hit.confidence,
        }
    }
}

/// The level nearest to a mean; from the middle between two, the upper.
fn nearest(mean: f64) -> Level {
    match mean {
        mean if mean < 0.25 => Level::Zero,
        mean if mean < 0.75 => Level::Half,
        _ => Level::Full,
    }
}

/// What a rule file calls it.
pub(crate) fn outcome_of(written: Absent) -> Outcome {
    match written {
        Absent::Zero => Outcome::Proposed(Level::Zero),
        Absent::Half => Outcome::Proposed(Level::Half),
        Absent::Full => Outcome::Proposed(Level::Full),
        Absent::NotApplicable => Outcome::NotApplicable,
        Absent::Unknown => Outcome::Unknown,
    }
}

fn reason(rule: &CriterionRule, outcome: Outcome) -> Text {
    let place = match outcome {
        Outcome::Proposed(Level::Full) => why::FULL,
        Outcome::Proposed(Level::Half) => why::HALF,
        Outcome::Proposed(Level::Zero) => why::ZERO,
        Outcome::NotApplicable => why::NA,
        Outcome::Unknown => why::UNKNOWN,
    };
    rule.why.get(place).cloned().unwrap_or_default()
}
