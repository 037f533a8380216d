//! What scores come to in each turn of a call.
//!
//! A rulebook asks one sum of weak signs in many turns and at several levels. Summed up turn by turn it would look
//! for every sign in every turn; here each sign that has been found goes to its turn, once for the whole call. The sums
//! are those of `truth.rs` to the last bit, for they are added up in the same order (a test compares them).

use crate::rules::evaluate::{Context, Scope, Truth};
use crate::rules::expr::{Expr, Sum};
use crate::rules::findings::Findings;
use crate::rules::rulebook::Set;

/// Between what a sum comes to: both are the same where everything is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Range {
    /// Adds what a part is worth. What nobody can tell may count or not.
    pub(super) fn add(&mut self, worth: f64, truth: Truth) {
        match truth {
            Truth::Yes => {
                self.low += worth;
                self.high += worth;
            }
            Truth::Unknown => {
                self.low += worth.min(0.0);
                self.high += worth.max(0.0);
            }
            Truth::No => {}
        }
    }
}

/// Sums by score and turn.
#[derive(Debug)]
pub(super) struct TurnScores {
    /// Empty for a score that nobody has asked for in a turn.
    rows: Vec<Vec<Range>>,
}

impl TurnScores {
    pub(super) fn new(scores: usize) -> Self {
        Self { rows: vec![Vec::new(); scores] }
    }

    /// What a sum comes to in a turn; `None` for one that was not summed up.
    pub(super) fn of(&self, sum: &Sum<Set>, turn: u32) -> Option<Range> {
        let (index, _) = sum.score.as_ref()?;
        self.rows.get(*index as usize)?.get(turn as usize).copied()
    }
}

impl Findings {
    /// Sums a score up for every turn, if that is not done yet.
    ///
    /// All findings of its parts must have been looked for.
    pub(super) fn sum_up(&mut self, index: u32, sum: &Sum<Set>) {
        let number = index as usize;
        if self.scores.rows.get(number).is_none_or(|row| !row.is_empty()) {
            return;
        }
        let anywhere = Context { call_type: None, lenient: false, scope: Scope::ALL, turn: None };
        let mut row = vec![Range::default(); self.talk.turns.len()];
        // By turn: the last part of which it has a hit, counted from 1.
        let mut met = vec![0; row.len()];
        for (part, (worth, expression)) in (1..).zip(&sum.parts) {
            match expression {
                Expr::Any(set) => {
                    for hit in set.iter().flat_map(|finding| &self.hits[*finding as usize]) {
                        let turn = hit.turn as usize;
                        if std::mem::replace(&mut met[turn], part) != part {
                            row[turn].add(*worth, Truth::Yes);
                        }
                    }
                    let absent = self.absent(set, &anywhere);
                    if absent != Truth::No {
                        let without = met.iter().zip(&mut row).filter(|(met, _)| **met != part);
                        without.for_each(|(_, range)| range.add(*worth, absent));
                    }
                }
                // The same in every part of the call.
                Expr::Fact(_) | Expr::Number(..) => {
                    let truth = self.truth(expression, Scope::ALL, None, false);
                    for range in &mut row {
                        range.add(*worth, truth);
                    }
                }
                _ => {
                    for (turn, range) in (0..).zip(&mut row) {
                        range.add(*worth, self.truth_in_turn(expression, turn));
                    }
                }
            }
        }
        self.scores.rows[number] = row;
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::call::{CallInfo, Direction, Span, Speaker};
    use crate::rules::Rulebook;
    use crate::transcript::{Heard, Turn, Word};

    use proptest::prelude::*;

    const PARTS: &str = "1.5 a, -0.5 b, 2 (a and c), 1 not c, 0.3 direction.in, 0.7 turns(a.*) >= 1, 0.2 words.manager >= 3, \
        0.1 a.other, -0.1 order(c, b)";
    const LEVELS: [&str; 5] = ["-0.5", "0.3", "1", "1.7", "2.6"];

    /// Findings `score_N` and `points_N` that ask for the same, of the score and in their own words; criteria too.
    fn book() -> Rulebook {
        let mut text = format!(
            "[book]\nid = \"t\"\ntitle = \"t\"\nlang = \"ru\"\n[[type]]\nid = \"sale\"\ntitle = \"t\"\n\
            [[finding]]\nid = \"a\"\nwho = \"manager\"\nphrases = [\"замок\"]\n\
            [[finding]]\nid = \"a.other\"\nphrases = [\"ключ\"]\n\
            [[finding]]\nid = \"b\"\nwho = \"client\"\nphrases = [\"ключ\"]\n\
            [[finding]]\nid = \"c\"\nphrases = [\"дверь\"]\n\
            [[score]]\nid = \"s\"\npoints = \"{PARTS}\"\n"
        );
        for (number, level) in LEVELS.iter().enumerate() {
            let inline = format!("points({PARTS})");
            for (name, sum) in [("score", "s"), ("points", inline.as_str())] {
                write!(
                    text,
                    "[[finding]]\nid = \"{name}_{number}\"\nwords = \">= 1\"\nwith = \"{sum} >= {level}\"\n\
                    [[criterion]]\nid = \"{name}_{number}\"\ntitle = \"t\"\nweights = {{ sale = 1 }}\n\
                    full = \"{sum} >= {level}\"\nzero = \"{sum} < {level}\"\n"
                )
                .unwrap();
            }
        }
        Rulebook::from_files([("t.toml", text.as_bytes())]).unwrap()
    }

    fn talk(turns: &[(Speaker, Vec<&str>)]) -> Heard {
        let mut heard = Heard::default();
        for (index, (speaker, words)) in (0..).zip(turns) {
            let span = Span::new(index * 1000, index * 1000 + 900);
            let said =
                words.iter().map(|text| Word { text: (*text).to_owned(), span, confidence: 1.0 });
            heard.turns.push(Turn { speaker: *speaker, span, words: said.collect() });
        }
        heard
    }

    proptest! {
        #[test]
        fn a_score_comes_to_what_its_parts_come_to(
            turns in proptest::collection::vec(
                (
                    proptest::sample::select(vec![Speaker::Manager, Speaker::Client, Speaker::Unknown]),
                    proptest::collection::vec(
                        proptest::sample::select(vec!["замок", "ключ", "дверь", "да"]),
                        0..4,
                    ),
                ),
                0..8,
            ),
            inbound: bool,
        ) {
            let book = book();
            let call = CallInfo {
                direction: Some(if inbound { Direction::Inbound } else { Direction::Outbound }),
                ..CallInfo::default()
            };
            let findings = book.find(&talk(&turns), &call);
            for number in 0..LEVELS.len() {
                let places = |id: String| {
                    let index = book.findings.iter().position(|rule| rule.id == id).unwrap();
                    let hits = findings.hits[index].iter();
                    hits.map(|hit| hit.tokens.clone()).collect::<Vec<_>>()
                };
                prop_assert_eq!(places(format!("score_{number}")), places(format!("points_{number}")));
            }
            for rule in &book.criteria {
                for expression in [&rule.full, &rule.zero].into_iter().flatten() {
                    let truth = findings.truth(expression, Scope::ALL, None, false);
                    let judged = findings.evaluate(expression, Scope::ALL, None, false);
                    prop_assert_eq!(truth, judged.truth);
                }
            }
        }
    }
}
