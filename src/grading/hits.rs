//! Which findings hold in a call, and the numbers of the call: what the levels of a rulebook are made of, before they are judged.
//!
//! A firm sees by it which of its rules fire how often, and `scripts/fit` fits the points of weak signs to it.

use crate::call::{CallInfo, Direction, Speaker};
use crate::grading::judge::{self, Case};
use crate::rules::Rulebook;
use crate::rules::expr::Quantity;
use crate::rules::findings::Hit;
use crate::rules::rows::Rows;
use crate::transcript::Heard;

/// What a rulebook finds in one call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallHits {
    /// The recording.
    pub source: String,
    /// Who called whom, where it is known.
    pub direction: Option<Direction>,
    /// Id of the call type that the rulebook proposes.
    pub call_type: String,
    /// Who speaks in each turn.
    pub speakers: Vec<Speaker>,
    /// Ids of the findings with a hit, in the rulebook's order, and the turn of each hit, counted from 0.
    pub findings: Vec<(String, Vec<u32>)>,
    /// The same of hits that hold if the right person speaks there, where nobody knows who does.
    pub possible: Vec<(String, Vec<u32>)>,
    /// Numbers of the call that rules can compare, by the names that rule files give them; those that are not known are left out.
    pub numbers: Vec<(&'static str, f64)>,
}

/// Applies a rulebook to a call and tells what it finds. Pure.
pub fn hits(book: &Rulebook, heard: &Heard, call: &CallInfo) -> CallHits {
    let findings = book.find(heard, call);
    let (_, call_type) = judge::judge_type(Case { book, heard, findings: &findings }, None);
    let turns_of = |hits: &Rows<Hit>| {
        let named = book.findings.iter().enumerate().map(|(index, rule)| {
            (rule.id.clone(), hits[index].iter().map(|hit| hit.turn).collect::<Vec<u32>>())
        });
        named.filter(|(_, turns)| !turns.is_empty()).collect()
    };
    let known = |(name, quantity): &(&'static str, Quantity)| {
        findings.quantity(*quantity).map(|value| (*name, value))
    };
    CallHits {
        source: heard.recording.source.clone(),
        direction: call.direction,
        call_type: call_type.id,
        speakers: heard.turns.iter().map(|turn| turn.speaker).collect(),
        findings: turns_of(&findings.hits),
        possible: turns_of(&findings.possible),
        numbers: Quantity::ALL.iter().filter_map(known).collect(),
    }
}
