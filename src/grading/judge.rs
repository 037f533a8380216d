//! Types and criteria: what the rulebook's expressions come to in one call.
//!
//! The order in which levels are tried is fixed here (unknown, na, exchange, zero, full, half, otherwise); what they say
//! is the rulebook's. Two rules stand above every rulebook: no value without evidence or an absence, and
//! no absence where too little was heard.

use crate::grading::draft::{
    AttentionDraft, CriterionDraft, Level, Outcome, TypeCandidate, TypeJudgement,
};
use crate::rules::Text;
use crate::rules::evaluate::{Judged, Scope, Truth};
use crate::rules::expr::{Bound, Expr, Quantity};
use crate::rules::findings::{Findings, Hit};
use crate::rules::rulebook::{Absent, Combine, CriterionRule, ExchangeRule, Rulebook, Set, why};
use crate::transcript::Heard;

/// How many quotes one criterion shows.
const SHOWN: usize = 12;
/// A value that rests on an absence is never more sure than this, where nobody has measured how often it is right.
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
    let holds = |condition: &Expr<Set>| {
        case.findings.truth(condition, Scope::ALL, None, true) == Truth::Yes
    };
    let points: Vec<f64> = (book.types.iter())
        .map(|kind| {
            let signs = kind.signs.iter().filter(|(condition, _)| holds(condition));
            signs.fold(kind.points, |sum, (_, worth)| sum + worth)
        })
        .collect();
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
    // What spoke for it.
    let mut hits = Vec::new();
    let signs = book.types.get(chosen).map_or(&[][..], |kind| &kind.signs);
    for (condition, _) in signs.iter().filter(|(_, worth)| *worth > 0.0) {
        let judged = case.findings.evaluate(condition, Scope::ALL, None, true);
        if judged.truth == Truth::Yes {
            hits.extend(judged.hits);
        }
    }
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
        evidence: case.evidence(&hits),
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

/// Weight and value of every criterion under a type, as [`judge_criteria`] would find them.
pub(crate) fn values_under(case: Case<'_>, kind: usize) -> Vec<(f64, Outcome)> {
    let Some(rule) = case.book.types.get(kind).filter(|rule| rule.cqr) else { return Vec::new() };
    let criteria = case.book.criteria.iter().map(|criterion| {
        let found = case.level(criterion, &rule.id);
        let unheard = found.is_absence() && case.heard_of(criterion) < case.book.heard;
        let outcome = if unheard { Outcome::Unknown } else { found.outcome };
        (criterion.weights.get(kind).copied().unwrap_or(0.0), outcome)
    });
    criteria.collect()
}

/// What a reviewer should look at, whatever the number is.
pub(crate) fn judge_attention(case: Case<'_>, type_id: &str) -> Vec<AttentionDraft> {
    let flags = case.book.attention.iter().filter_map(|rule| {
        let truth = case.findings.truth(&rule.condition, Scope::ALL, Some(type_id), false);
        (truth == Truth::Yes).then(|| {
            let judged = case.findings.evaluate(&rule.condition, Scope::ALL, Some(type_id), false);
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

    /// Whether the value needs that the call was heard where it was looked for.
    fn is_absence(&self) -> bool {
        let bare = self.hits.is_empty() && self.numbers.is_empty();
        matches!(self.outcome, Outcome::Proposed(_)) && (self.absent || bare)
    }
}

impl<'a> Case<'a> {
    fn criterion(self, rule: &CriterionRule, kind: usize, type_id: &str) -> CriterionDraft {
        let found = self.level(rule, type_id);
        let mut outcome = found.outcome;
        let absence = found.is_absence().then(|| self.absence(rule, &found.hits));
        let mut evidence = self.evidence(&found.hits);
        evidence.truncate(SHOWN);
        evidence
            .extend(found.numbers.iter().map(|(quantity, bound)| self.number(*quantity, *bound)));
        let said = found.confidence;
        // That words were said is one thing, that they mean what the rule takes them for another.
        let right = rule.sure.unwrap_or(1.0);
        let absent = rule.sure.unwrap_or(ABSENCE_CONFIDENCE);
        let mut confidence = match (&absence, outcome) {
            (Some(absence), _) => absent * absence.heard.min(said),
            (None, Outcome::Unknown) => 0.0,
            (None, _) if found.hits.is_empty() => absent,
            (None, _) => right * said,
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
        let truth = |expression: &Expr<Set>| {
            self.findings.truth(expression, Scope::ALL, Some(type_id), false)
        };
        let judged = |expression: &Expr<Set>| {
            self.findings.evaluate(expression, Scope::ALL, Some(type_id), false)
        };
        let mut open = false;
        let fixed = [(&rule.unknown, Outcome::Unknown), (&rule.na, Outcome::NotApplicable)];
        for (expression, outcome) in fixed {
            let Some(expression) = expression else { continue };
            match truth(expression) {
                Truth::Yes => return Found::by(outcome, judged(expression)),
                Truth::Unknown => open = true,
                Truth::No => {}
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
            // A level under one that nobody can tell about cannot be told either.
            let Some(expression) = expression.as_ref().filter(|_| !open) else { continue };
            match truth(expression) {
                Truth::Yes => return Found::by(Outcome::Proposed(level), judged(expression)),
                Truth::Unknown => open = true,
                Truth::No => {}
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
                    .filter(|expression| {
                        self.findings.truth(expression, scope.clone(), None, false) == Truth::Yes
                    })
                    .map(|expression| {
                        self.findings.evaluate(expression, scope.clone(), None, false)
                    })
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
