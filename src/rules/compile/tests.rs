//! The tests that a rulebook carries: `yes` and `no` of findings, `[[criterion.test]]`.
//!
//! Here they are only read; `grading` runs them for `autograde rules check`.

use crate::call::{Direction, Speaker};
use crate::rules::compile::criteria::absent;
use crate::rules::compile::{Compiler, spot};
use crate::rules::fault::Place;
use crate::rules::rulebook::{
    CriterionRule, CriterionTest, FindingTest, Line, Tests, TypeRule, Written,
};
use crate::rules::source::{self, Criterion, Finding, Layers, Spot};

impl Compiler<'_> {
    pub(super) fn tests(&mut self, criteria: &[CriterionRule], types: &[TypeRule]) -> Tests {
        let source = self.source;
        let mut tests = Tests::default();
        for (index, finding) in source.findings.iter().enumerate() {
            if finding.value(|table| table.disable) != Some(true) {
                self.finding_tests(index as u32, finding, &mut tests.findings);
            }
        }
        for criterion in &source.criteria {
            let id = criterion.value(|table| Some(table.id.get_ref()));
            let Some(index) = criteria.iter().position(|rule| Some(&rule.id) == id) else {
                continue;
            };
            self.criterion_tests(index, criterion, types, &mut tests.criteria);
        }
        tests
    }

    fn finding_tests(
        &mut self,
        finding: u32,
        layers: &Layers<Finding>,
        into: &mut Vec<FindingTest>,
    ) {
        // Said of the finding as it is now, whoever wrote it: a firm that changes one keeps what it must still find.
        let who = layers.value(|table| table.who.as_ref()).map(|who| who.get_ref().as_str());
        let who = if who == Some("client") { Speaker::Client } else { Speaker::Manager };
        for layer in layers.iter() {
            let file = layer.place.file;
            for (wanted, list) in [(true, &layer.table.yes), (false, &layer.table.no)] {
                for written in list {
                    let place = spot(file, written);
                    if let Some(talk) = self.talk(written, place, who) {
                        let at = self.written(place);
                        into.push(FindingTest { finding, wanted, talk, at });
                    }
                }
            }
        }
    }

    fn criterion_tests(
        &mut self,
        criterion: usize,
        layers: &Layers<Criterion>,
        types: &[TypeRule],
        into: &mut Vec<CriterionTest>,
    ) {
        for layer in layers.iter() {
            let file = layer.place.file;
            for test in &layer.table.test {
                if let Some(test) = self.criterion_test(criterion, test, file, layer.place, types) {
                    into.push(test);
                }
            }
        }
    }

    fn criterion_test(
        &mut self,
        criterion: usize,
        test: &source::CriterionTest,
        file: usize,
        fallback: Place,
        types: &[TypeRule],
    ) -> Option<CriterionTest> {
        let place = test.talk.first().map_or(fallback, |line| spot(file, line));
        let wanted = absent(&test.value).map_err(|fault| self.faults.add(place, fault)).ok();
        if test.talk.is_empty() {
            self.faults.add(place, "`talk` is empty; write turns as `manager: …` and `client: …`");
        }
        let mut talk = Vec::new();
        for line in &test.talk {
            talk.extend(self.line(line.get_ref(), spot(file, line)));
        }
        let direction = match test.direction.as_ref().map(|word| word.get_ref().as_str()) {
            None => None,
            Some("in") => Some(Direction::Inbound),
            Some("out") => Some(Direction::Outbound),
            Some(other) => {
                self.faults.add(place, format!("direction `{other}`; write `in` or `out`"));
                None
            }
        };
        let call_type = test.call_type.as_ref().map(|id| id.get_ref().clone());
        if let (Some(id), Some(written)) = (&call_type, &test.call_type)
            && !types.iter().any(|kind| kind.id == *id)
        {
            self.faults.add(
                spot(file, written),
                format!("call type `{id}` is not there; write the id of a `[[type]]`"),
            );
        }
        let at = self.written(place);
        Some(CriterionTest { criterion, wanted: wanted?, call_type, direction, talk, at })
    }

    /// `one turn`, or `manager: … / client: …`.
    fn talk(&mut self, written: &Spot, place: Place, who: Speaker) -> Option<Vec<Line>> {
        let text = written.get_ref().trim();
        if text.is_empty() {
            self.faults.add(place, "the example is empty; write what is said");
            return None;
        }
        if speaker_of(text).is_none() {
            return Some(vec![Line { speaker: who, text: text.to_owned() }]);
        }
        text.split(" / ").map(|line| self.line(line, place)).collect()
    }

    fn line(&mut self, text: &str, place: Place) -> Option<Line> {
        let found = speaker_of(text);
        if found.is_none() {
            self.faults.add(
                place,
                format!(
                    "turn `{text}`: who says it? write `manager: …`, `client: …` or `unknown: …`"
                ),
            );
        }
        found.map(|(speaker, said)| Line { speaker, text: said.to_owned() })
    }

    pub(super) fn written(&self, place: Place) -> Written {
        let (file, line) = self.faults.line(place);
        Written { file, line }
    }
}

fn speaker_of(text: &str) -> Option<(Speaker, &str)> {
    let (who, said) = text.trim().split_once(':')?;
    [Speaker::Manager, Speaker::Client, Speaker::Unknown]
        .into_iter()
        .find(|speaker| speaker.as_str() == who.trim())
        .map(|speaker| (speaker, said.trim()))
}
