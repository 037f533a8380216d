//! A rulebook as it is used: everything resolved to indices, nothing left that could fail.
//!
//! `compile.rs` makes it, `findings.rs` applies it, `grading` reads its types and criteria.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::rules::Text;
use crate::rules::expr::{Bound, Expr, Sum};
use crate::rules::lexicon::Lexicon;
use crate::rules::matcher::Matcher;
use crate::rules::talk::Patterns;
use crate::rules::window::{Reach, Seat, Window};

use crate::call::{Direction, Speaker};

/// Some findings: indices, ascending.
pub(crate) type Set = Vec<u32>;

/// A loaded rulebook.
#[derive(Debug)]
pub struct Rulebook {
    /// For example `ru-default`.
    pub id: String,
    /// For people.
    pub title: Text,
    /// The language of the calls: `ru`, `en`.
    pub lang: String,
    /// SHA-256 of the files, in name order, and of the firm's names from the settings, in lower-case hex.
    pub sha256: String,
    /// The CQR from which a call is good, 0 to 100.
    pub threshold: f64,
    /// The share of the speech that must have been heard for an absence to count, 0 to 1.
    pub heard: f64,
    /// Confidence from which a second type counts as close, 0 to 1.
    pub close: f64,
    pub(crate) lexicon: Lexicon,
    pub(crate) patterns: Option<Patterns>,
    pub(crate) matcher: Matcher,
    pub(crate) findings: Vec<FindingRule>,
    pub(crate) scores: Vec<Arc<Sum<Set>>>,
    /// Indices of `findings`, each after those it looks at.
    pub(crate) order: Vec<u32>,
    pub(crate) exchanges: Vec<ExchangeRule>,
    pub(crate) types: Vec<TypeRule>,
    pub(crate) criteria: Vec<CriterionRule>,
    pub(crate) negation: Option<NegationRule>,
    /// Words of each family, for people.
    pub(crate) families: BTreeMap<String, Vec<String>>,
    pub(crate) attention: Vec<AttentionRule>,
    pub(crate) tests: Tests,
}

impl Rulebook {
    /// Title of the call type with this id, if the rulebook has one.
    pub fn call_type(&self, id: &str) -> Option<&Text> {
        self.types.iter().find(|kind| kind.id == id).map(|kind| &kind.title)
    }

    /// The ids of the call types, in the rulebook's order.
    pub fn call_types(&self) -> Vec<&str> {
        self.types.iter().map(|kind| kind.id.as_str()).collect()
    }

    /// Whether calls of this type have a CQR; not so for one that the rulebook does not have.
    pub fn is_rated(&self, call_type: &str) -> bool {
        self.types.iter().any(|kind| kind.id == call_type && kind.cqr)
    }

    /// The ids and titles of the criteria, in the rulebook's order.
    pub fn criteria(&self) -> Vec<(&str, &Text)> {
        self.criteria.iter().map(|criterion| (criterion.id.as_str(), &criterion.title)).collect()
    }

    /// Id and title of what asks for attention, and whether it is an auto-fail, in the rulebook's order.
    pub fn attention_titles(&self) -> Vec<(&str, &Text, bool)> {
        let flags = self.attention.iter();
        flags.map(|rule| (rule.id.as_str(), &rule.title, rule.auto_fail)).collect()
    }

    /// Every finding, in the order of the files.
    pub fn findings_in_brief(&self) -> Vec<FindingInBrief<'_>> {
        self.findings
            .iter()
            .map(|rule| FindingInBrief {
                id: &rule.id,
                title: rule.title.as_ref(),
                who: rule.who,
                phrases: rule.phrases.len(),
                disabled: rule.disabled,
                file: &rule.at.file,
                line: rule.at.line,
            })
            .collect()
    }

    /// What a rule calls these findings: an id, `beginning.*`, or several ids.
    pub(crate) fn set_name(&self, set: &Set) -> String {
        let ids: Vec<&str> = set
            .iter()
            .filter_map(|index| self.findings.get(*index as usize))
            .map(|rule| rule.id.as_str())
            .collect();
        let Some(first) = ids.first().filter(|_| 1 < ids.len()) else { return ids.join(", ") };
        for (at, _) in first.rmatch_indices('.') {
            let head = &first[..=at];
            let all = self.findings.iter().filter(|rule| rule.id.starts_with(head)).count();
            if all == ids.len() && ids.iter().all(|id| id.starts_with(head)) {
                return format!("{head}*");
            }
        }
        ids.join(", ")
    }

    /// The weight of a criterion under a call type; `None` if there is no such criterion.
    pub fn weight(&self, criterion: &str, call_type: &str) -> Option<f64> {
        let at = self.types.iter().position(|kind| kind.id == call_type)?;
        let criterion = self.criteria.iter().find(|rule| rule.id == criterion)?;
        criterion.weights.get(at).copied()
    }
}

/// A finding for a list.
#[derive(Clone, Copy, Debug)]
pub struct FindingInBrief<'a> {
    /// Its id.
    pub id: &'a str,
    /// For people, where it has one.
    pub title: Option<&'a Text>,
    /// Whose words; `None` is anybody's.
    pub who: Option<Speaker>,
    /// How many phrases it has.
    pub phrases: usize,
    /// Whether a firm's own file has taken it out.
    pub disabled: bool,
    /// The rule file.
    pub file: &'a str,
    /// From 1.
    pub line: usize,
}

/// Something that may be found in a call.
#[derive(Debug)]
pub(crate) struct FindingRule {
    pub(crate) id: String,
    /// For people; most findings have none.
    pub(crate) title: Option<Text>,
    pub(crate) at: Written,
    /// A firm's own file says that it is not to be looked for.
    pub(crate) disabled: bool,
    /// Whose words; `None`: anybody's.
    pub(crate) who: Option<Speaker>,
    pub(crate) windows: Vec<Window<Set>>,
    /// Where in its turn the hit must be.
    pub(crate) seat: Option<Seat>,
    /// As written, for the evidence.
    pub(crate) phrases: Vec<String>,
    /// As written, for advice.
    pub(crate) unless: Vec<String>,
    /// What is found must (or must not) be negated.
    pub(crate) negated: Option<bool>,
    /// The sentence must (or must not) ask.
    pub(crate) question: Option<bool>,
    /// How many words the turn must have.
    pub(crate) words: Option<Bound>,
    /// How many content words of the turn must be left over once these findings are taken out.
    pub(crate) rest: Option<(Bound, Set)>,
    pub(crate) with_expr: Option<Expr<Set>>,
    pub(crate) without: Option<Expr<Set>>,
    pub(crate) followed_by: Option<Expr<Set>>,
    pub(crate) preceded_by: Option<Expr<Set>>,
    /// Before or after, in any order.
    pub(crate) near: Option<Expr<Set>>,
    pub(crate) reach: Reach,
    /// Indices of the scores that are asked for in the turn of a hit, ascending.
    pub(crate) scores: Vec<u32>,
    /// Hits of these count as hits of this.
    pub(crate) any: Set,
    /// How much a hit is worth, 0 to 1.
    pub(crate) confidence: f64,
}

impl FindingRule {
    /// Every expression of the finding.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr<Set>> {
        let all =
            [&self.with_expr, &self.without, &self.followed_by, &self.preceded_by, &self.near];
        all.into_iter().flatten()
    }
}

/// Which findings tell that something is negated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NegationRule {
    pub(crate) words: u32,
    /// What negates by half.
    pub(crate) weak: Option<u32>,
    /// Content words between a negation and what it negates, at most.
    pub(crate) reach: u32,
}

/// Something that a reviewer should look at, whatever the number is.
#[derive(Debug)]
pub(crate) struct AttentionRule {
    pub(crate) id: String,
    pub(crate) title: Text,
    pub(crate) condition: Expr<Set>,
    /// Shown beside the CQR; never changes it.
    pub(crate) auto_fail: bool,
}

/// One side says something, the other answers.
#[derive(Debug)]
pub(crate) struct ExchangeRule {
    pub(crate) id: String,
    pub(crate) on: Set,
    pub(crate) reach: Reach,
    /// Hits closer than this are one.
    pub(crate) same: Reach,
    pub(crate) zero: Option<Expr<Set>>,
    pub(crate) full: Expr<Set>,
    pub(crate) half: Option<Expr<Set>>,
    pub(crate) combine: Combine,
}

/// How several exchanges become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combine {
    /// All full: 1; none handled or tried: 0; else 0.5.
    Mixed,
    /// The worst.
    Worst,
    /// The best.
    Best,
    /// The mean, rounded to the nearest level, a quarter and three quarters up.
    Mean,
}

/// A call type.
#[derive(Debug)]
pub(crate) struct TypeRule {
    pub(crate) id: String,
    pub(crate) title: Text,
    /// Whether calls of this type are rated at all.
    pub(crate) cqr: bool,
    pub(crate) points: f64,
    pub(crate) signs: Vec<(Expr<Set>, f64)>,
}

/// A criterion.
#[derive(Debug)]
pub(crate) struct CriterionRule {
    pub(crate) id: String,
    pub(crate) title: Text,
    /// One for each type, in the order of the types.
    pub(crate) weights: Vec<f64>,
    /// How often its value is right where every word of it is certain, 0 to 1, if somebody has measured that.
    pub(crate) sure: Option<f64>,
    pub(crate) unknown: Option<Expr<Set>>,
    pub(crate) na: Option<Expr<Set>>,
    pub(crate) zero: Option<Expr<Set>>,
    pub(crate) full: Option<Expr<Set>>,
    pub(crate) half: Option<Expr<Set>>,
    /// Index of an exchange.
    pub(crate) exchange: Option<usize>,
    /// Where no expression holds.
    pub(crate) absent: Absent,
    /// What an absence is an absence of.
    pub(crate) looks_for: Set,
    pub(crate) why: [Text; 5],
}

/// The value where no expression of a criterion holds, and what a test of one wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    Zero,
    Half,
    Full,
    NotApplicable,
    Unknown,
}

/// The tests that a rulebook carries.
#[derive(Debug, Default)]
pub(crate) struct Tests {
    pub(crate) findings: Vec<FindingTest>,
    pub(crate) criteria: Vec<CriterionTest>,
}

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Written {
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
}

/// One turn of a test.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) speaker: Speaker,
    pub(crate) text: String,
}

/// What a finding must find, or must not.
#[derive(Debug)]
pub(crate) struct FindingTest {
    pub(crate) finding: u32,
    pub(crate) wanted: bool,
    pub(crate) talk: Vec<Line>,
    pub(crate) at: Written,
}

/// What a criterion must come to in a small dialogue.
#[derive(Debug)]
pub(crate) struct CriterionTest {
    /// Index of the criterion.
    pub(crate) criterion: usize,
    pub(crate) wanted: Absent,
    pub(crate) call_type: Option<String>,
    pub(crate) direction: Option<Direction>,
    pub(crate) talk: Vec<Line>,
    pub(crate) at: Written,
}

/// Places in [`CriterionRule::why`].
pub(crate) mod why {
    pub(crate) const FULL: usize = 0;
    pub(crate) const HALF: usize = 1;
    pub(crate) const ZERO: usize = 2;
    pub(crate) const NA: usize = 3;
    pub(crate) const UNKNOWN: usize = 4;
}
