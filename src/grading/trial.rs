//! Runs the tests that a rulebook carries: `yes` and `no` of findings, `[[criterion.test]]`.
//!
//! Each is a talk of some turns at an even pace, found and judged as any call is. Nothing is written out here.

use crate::call::{CallInfo, Recording, Span};
use crate::grading::draft::Outcome;
use crate::grading::judge::{self, Case, outcome_of};
use crate::rules::Missed;
use crate::rules::rulebook::{CriterionTest, FindingTest, Line, Rulebook, Written};
use crate::transcript::{Heard, Turn, Word};

/// What a word takes in a test, in milliseconds.
const WORD_MS: u32 = 400;
/// The pause between two turns of a test, in milliseconds.
const PAUSE_MS: u32 = 200;

/// What came of the tests of a rulebook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestReport {
    /// How many came out as wanted.
    pub passed: usize,
    /// Those that did not, in the order of the files.
    pub failed: Vec<FailedTest>,
}

/// A test that came out otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedTest {
    /// The rule file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// Id of the finding or criterion.
    pub id: String,
    /// What is said, turns parted by ` / `.
    pub talk: String,
    /// What is wrong.
    pub fault: TestFault,
}

/// How a test came out otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TestFault {
    /// A `yes` that the finding does not find; why the nearest words did not count, if there were any.
    NotFound(Option<Missed>),
    /// A `no` that it finds.
    Found,
    /// A criterion came to another value.
    Value {
        /// What the test wants.
        wanted: Outcome,
        /// What came out.
        got: Outcome,
    },
}

/// Runs every test of a rulebook. Pure.
pub fn run_tests(book: &Rulebook) -> TestReport {
    let findings = book.tests.findings.iter().map(|test| (test.at.clone(), finding(book, test)));
    let criteria = book.tests.criteria.iter().map(|test| (test.at.clone(), criterion(book, test)));
    let mut all: Vec<(Written, Option<FailedTest>)> = findings.chain(criteria).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut report = TestReport::default();
    for (_, failed) in all {
        match failed {
            Some(failed) => report.failed.push(failed),
            None => report.passed += 1,
        }
    }
    report
}

fn finding(book: &Rulebook, test: &FindingTest) -> Option<FailedTest> {
    let findings = book.find(&heard(&test.talk), &CallInfo::default());
    let index = test.finding as usize;
    let there = findings.hits.get(index).is_some_and(|hits| !hits.is_empty());
    if there == test.wanted {
        return None;
    }
    let miss = || findings.misses_of(book, test.finding).map(|(_, missed)| missed).min();
    let fault = if there { TestFault::Found } else { TestFault::NotFound(miss()) };
    let id = book.findings.get(index).map(|rule| rule.id.clone()).unwrap_or_default();
    Some(failed(&test.at, id, &test.talk, fault))
}

fn criterion(book: &Rulebook, test: &CriterionTest) -> Option<FailedTest> {
    let heard = heard(&test.talk);
    let call = CallInfo { direction: test.direction, ..CallInfo::default() };
    let findings = book.find(&heard, &call);
    let case = Case { book, heard: &heard, findings: &findings };
    let (kind, _) = judge::judge_type(case, test.call_type.as_deref());
    let rule = book.criteria.get(test.criterion)?;
    let criteria = judge::judge_criteria(case, kind);
    let got = criteria.get(test.criterion).map_or(Outcome::NotApplicable, |draft| draft.outcome);
    let wanted = outcome_of(test.wanted);
    let fault = TestFault::Value { wanted, got };
    (got != wanted).then(|| failed(&test.at, rule.id.clone(), &test.talk, fault))
}

fn failed(at: &Written, id: String, talk: &[Line], fault: TestFault) -> FailedTest {
    let turns: Vec<String> =
        talk.iter().map(|line| format!("{}: {}", line.speaker, line.text)).collect();
    FailedTest { file: at.file.clone(), line: at.line, id, talk: turns.join(" / "), fault }
}

/// A talk of these turns, heard well.
fn heard(talk: &[Line]) -> Heard {
    let mut turns = Vec::with_capacity(talk.len());
    let mut now_ms: u32 = 0;
    for line in talk {
        let start_ms = now_ms;
        let words: Vec<Word> = line
            .text
            .split_whitespace()
            .map(|text| {
                let span = Span::new(now_ms, now_ms.saturating_add(WORD_MS));
                now_ms = span.end_ms;
                Word { text: text.to_owned(), span, confidence: 1.0 }
            })
            .collect();
        if !words.is_empty() {
            turns.push(Turn { speaker: line.speaker, span: Span::new(start_ms, now_ms), words });
            now_ms = now_ms.saturating_add(PAUSE_MS);
        }
    }
    let recording = Recording { duration_ms: now_ms, ..Recording::default() };
    Heard { recording, turns, ..Heard::default() }
}
