//! Why a value came out: every level that was tried, in its order, and every part of its expression.
//!
//! The same evaluation as grading's, asked part by part. It decides nothing: [`super::grade`] does, and the outcome shown
//! is its. How it reads is `report`'s business.

use crate::call::CallInfo;
use crate::grading::draft::{CriterionDraft, Evidence, Level, Outcome};
use crate::grading::judge::{self, Case};
use crate::rules::evaluate::{Scope, Truth};
use crate::rules::expr::Expr;
use crate::rules::rulebook::{CriterionRule, ExchangeRule, Rulebook, Set};
use crate::rules::{Missed, Text};
use crate::transcript::Heard;

/// How many misses of one finding are worth a line.
const MISSES: usize = 2;

/// Whether a part of an expression holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Nobody can tell.
    Unknown,
}

impl From<Truth> for Holds {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::Yes => Self::Yes,
            Truth::No => Self::No,
            Truth::Unknown => Self::Unknown,
        }
    }
}

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// All of its parts.
    All,
    /// Any of its parts.
    Any,
    /// At least so many of its parts.
    AtLeast(u32),
    /// Not its part.
    Not,
    /// A finding, or any of several, by the name that the rule uses; its title, if it has one.
    Finding(String, Option<Text>),
    /// A number that is compared: how the rule writes it, and what it came to.
    Number(String, Option<f64>),
    /// Something else that is known of the call, as the rule writes it.
    Fact(String),
}

/// A part of an expression and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub part: Part,
    /// Whether it holds.
    pub holds: Holds,
    /// Words that met it.
    pub said: Vec<Evidence>,
    /// Words that nearly did, and why they did not count.
    pub missed: Vec<(Evidence, Missed)>,
    /// Its parts.
    pub parts: Vec<Node>,
}

/// One level that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What comes out if it holds.
    pub outcome: Outcome,
    /// Words of the other side that this answers, where the criterion looks at exchanges.
    pub answers: Option<Evidence>,
    /// The condition; `None` where no condition held and what then applies is said.
    pub condition: Option<Node>,
    /// Whether the outcome was settled here.
    pub settled: bool,
}

/// A criterion, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What came out, with its evidence.
    pub draft: CriterionDraft,
    /// The levels in the order in which they were tried, up to the one that settled it.
    pub steps: Vec<Step>,
}

/// Explains every criterion of a call, in the rulebook's order; nothing for a type that is not rated.
///
/// `call_type` is the type that a person says the call has.
pub fn explain(
    book: &Rulebook,
    heard: &Heard,
    call: &CallInfo,
    call_type: Option<&str>,
) -> Vec<Explanation> {
    let findings = book.find(heard, call);
    let case = Case { book, heard, findings: &findings };
    let (kind, _) = judge::judge_type(case, call_type);
    let type_id = book.types.get(kind).map(|rule| rule.id.clone()).unwrap_or_default();
    let drafts = judge::judge_criteria(case, kind);
    let teller = Teller { case, type_id: &type_id };
    book.criteria
        .iter()
        .zip(drafts)
        .map(|(rule, draft)| Explanation { steps: teller.steps(rule, draft.outcome), draft })
        .collect()
}

struct Teller<'a> {
    case: Case<'a>,
    type_id: &'a str,
}

impl Teller<'_> {
    fn steps(&self, rule: &CriterionRule, outcome: Outcome) -> Vec<Step> {
        let mut steps = Vec::new();
        let before = [(&rule.unknown, Outcome::Unknown), (&rule.na, Outcome::NotApplicable)];
        let levels = [
            (&rule.zero, Outcome::Proposed(Level::Zero)),
            (&rule.full, Outcome::Proposed(Level::Full)),
            (&rule.half, Outcome::Proposed(Level::Half)),
        ];
        if self.tried(&before, &mut steps) {
            return steps;
        }
        let exchange = rule.exchange.and_then(|index| self.case.book.exchanges.get(index));
        if let Some(exchange) = exchange
            && self.exchange(exchange, outcome, &mut steps)
        {
            return steps;
        }
        if !self.tried(&levels, &mut steps) {
            steps.push(Step { outcome, answers: None, condition: None, settled: true });
        }
        steps
    }

    /// Adds a step for each condition, up to one that holds; whether one did.
    fn tried(&self, levels: &[(&Option<Expr<Set>>, Outcome)], steps: &mut Vec<Step>) -> bool {
        for (expression, outcome) in levels {
            let Some(expression) = expression else { continue };
            let condition = self.node(expression, &Scope::ALL);
            let settled = condition.holds == Holds::Yes;
            steps.push(Step {
                outcome: *outcome,
                answers: None,
                condition: Some(condition),
                settled,
            });
            if settled {
                return true;
            }
        }
        false
    }

    fn exchange(&self, rule: &ExchangeRule, outcome: Outcome, steps: &mut Vec<Step>) -> bool {
        let causes = self.case.causes(rule);
        for cause in &causes {
            let scope = self.case.findings.after(cause, rule.reach);
            let answers = Some(self.case.written(cause));
            let levels = [
                (rule.zero.as_ref(), Level::Zero),
                (Some(&rule.full), Level::Full),
                (rule.half.as_ref(), Level::Half),
            ];
            let mut held = false;
            for (expression, level) in levels {
                let Some(expression) = expression else { continue };
                let condition = self.node(expression, &scope);
                held = condition.holds == Holds::Yes;
                steps.push(Step {
                    outcome: Outcome::Proposed(level),
                    answers: answers.clone(),
                    condition: Some(condition),
                    settled: held,
                });
                if held {
                    break;
                }
            }
            if !held {
                let outcome = Outcome::Proposed(Level::Zero);
                steps.push(Step { outcome, answers, condition: None, settled: true });
            }
        }
        if causes.is_empty() {
            return false;
        }
        steps.push(Step { outcome, answers: None, condition: None, settled: true });
        true
    }

    fn node(&self, expression: &Expr<Set>, scope: &Scope) -> Node {
        let findings = self.case.findings;
        let judged = findings.evaluate(expression, scope.clone(), Some(self.type_id), false);
        let each = |parts: &[Expr<Set>]| -> Vec<Node> {
            parts.iter().map(|part| self.node(part, scope)).collect()
        };
        let book = self.case.book;
        let mut node = Node {
            part: Part::All,
            holds: judged.truth.into(),
            said: Vec::new(),
            missed: Vec::new(),
            parts: Vec::new(),
        };
        let mut tell = |set: &Set| {
            if judged.hits.is_empty() {
                node.missed.extend(self.misses(set));
            }
        };
        match expression {
            Expr::And(parts) => node.parts = each(parts),
            Expr::Or(parts) => (node.part, node.parts) = (Part::Any, each(parts)),
            Expr::Of(number, parts) => {
                (node.part, node.parts) = (Part::AtLeast(*number), each(parts));
            }
            Expr::Points(sum, bound) => {
                let name = sum.score.as_ref().map_or("points", |(_, id)| id.as_str());
                let parts = &sum.parts;
                let worths = parts.iter().map(|(worth, _)| *worth);
                node.parts = parts.iter().map(|(_, part)| self.node(part, scope)).collect();
                let holding = worths.zip(&node.parts).filter(|(_, part)| part.holds == Holds::Yes);
                let sum: f64 = holding.map(|(worth, _)| worth).sum();
                node.part = Part::Number(format!("{name} {bound}"), Some(sum));
            }
            Expr::Not(inner) => {
                (node.part, node.parts) = (Part::Not, vec![self.node(inner, scope)]);
            }
            Expr::Any(set) => {
                tell(set);
                let title = match set.as_slice() {
                    [only] => book.findings.get(*only as usize).and_then(|rule| rule.title.clone()),
                    _ => None,
                };
                node.part = Part::Finding(book.set_name(set), title);
                node.said = self.case.evidence(&judged.hits);
            }
            Expr::Measured(measure, set, bound) => {
                let (value, hits) = findings.value_of(*measure, set, scope.clone());
                let text = format!("{}({}) {bound}", measure.as_str(), book.set_name(set));
                node.part = Part::Number(text, Some(value));
                node.said = self.case.evidence(&hits);
            }
            Expr::Number(quantity, bound) => {
                let text = format!("{} {bound}", quantity.as_str());
                node.part = Part::Number(text, findings.quantity(*quantity));
            }
            Expr::Fact(fact) => node.part = Part::Fact(fact.written()),
            Expr::Order(sets, reach) => {
                sets.iter().for_each(&mut tell);
                let names: Vec<String> = sets.iter().map(|set| book.set_name(set)).collect();
                let reach = reach.map_or(String::new(), |reach| format!(", within {reach}"));
                node.part = Part::Fact(format!("order({}{reach})", names.join(", ")));
                node.said = self.case.evidence(&judged.hits);
            }
            Expr::Near(one, other, reach) | Expr::Each(one, other, reach) => {
                let name = if matches!(expression, Expr::Near(..)) { "near" } else { "each" };
                let (one, other) = (book.set_name(one), book.set_name(other));
                node.part = Part::Fact(format!("{name}({one}, {other}, within {reach})"));
                node.said = self.case.evidence(&judged.hits);
            }
        }
        node
    }

    /// Words that nearly met one of these findings.
    fn misses(&self, set: &Set) -> Vec<(Evidence, Missed)> {
        let Case { book, findings, .. } = self.case;
        let misses = set.iter().flat_map(|finding| findings.misses_of(book, *finding));
        let mut nearest: Vec<_> = misses.filter(|(hit, _)| hit.phrase.is_some()).collect();
        nearest.sort_by_key(|(hit, missed)| (*missed, hit.tokens.start));
        nearest.truncate(MISSES);
        nearest.into_iter().map(|(hit, missed)| (self.case.written(&hit), missed)).collect()
    }
}
