//! Findings: their windows and conditions resolved, and the order in which they can be looked for.

use std::collections::BTreeSet;

use crate::call::Speaker;
use crate::rules::compile::{Compiler, spot};
use crate::rules::expr::Bound;
use crate::rules::fault::Place;
use crate::rules::matcher::Target;
use crate::rules::rulebook::{FindingRule, Set};
use crate::rules::source::{self, At, Spot};
use crate::rules::window::{self, Reach, Window};

impl Compiler<'_> {
    pub(super) fn number_findings(&mut self) {
        let source = self.source;
        for (index, finding) in source.findings.iter().enumerate() {
            let id = finding.table.id.get_ref();
            let place = spot(finding.place.file, &finding.table.id);
            self.check_id(id, place);
            if self.ids.insert(id.clone(), index as u32).is_some() {
                self.faults
                    .add(place, format!("finding `{id}` is there twice; rename or remove one"));
            }
        }
    }

    pub(super) fn windows(&mut self, written: Option<&Spot>, file: usize) -> Vec<Window<Set>> {
        let windows = self.parsed(written, file, window::parse).unwrap_or_default();
        let place = written.map_or(Place::default(), |written| spot(file, written));
        windows
            .into_iter()
            .map(|window| match window {
                Window::After(name) => Window::After(self.named(&name, place)),
                Window::Before(name) => Window::Before(self.named(&name, place)),
                Window::FirstTurns(turns) => Window::FirstTurns(turns),
                Window::LastTurns(turns) => Window::LastTurns(turns),
                Window::FirstMs(ms) => Window::FirstMs(ms),
                Window::LastMs(ms) => Window::LastMs(ms),
                Window::FirstShare(share) => Window::FirstShare(share),
                Window::LastShare(share) => Window::LastShare(share),
            })
            .collect()
    }

    pub(super) fn findings(&mut self) -> Vec<FindingRule> {
        let source = self.source;
        source
            .findings
            .iter()
            .enumerate()
            .map(|(index, finding)| self.finding(index as u32, finding))
            .collect()
    }

    pub(super) fn finding(&mut self, index: u32, finding: &At<source::Finding>) -> FindingRule {
        let (file, table) = (finding.place.file, &finding.table);
        let id = table.id.get_ref().clone();
        for (number, written) in table.phrases.iter().enumerate() {
            self.phrase(written, spot(file, written), Target::Phrase(index, number as u32));
        }
        for written in &table.unless {
            self.phrase(written, spot(file, written), Target::Unless(index));
        }
        let bare = table.phrases.is_empty()
            && table.any.is_empty()
            && table.question != Some(true)
            && table.words.is_none()
            && table.rest.is_none();
        if bare {
            self.faults.add(finding.place, format!("finding `{id}` has nothing to find; add `phrases`, `any`, `question`, `words` or `rest`"));
        }
        let confidence = table.confidence.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&confidence) {
            self.faults.add(finding.place, format!("`confidence` is `{confidence}`; write 0 to 1"));
        }
        let rest = self.parsed(table.rest.as_ref(), file, Bound::parse);
        FindingRule {
            who: self.speaker(table.who.as_ref(), file),
            windows: self.windows(table.when.as_ref(), file),
            phrases: table.phrases.iter().map(|written| written.get_ref().clone()).collect(),
            question: table.question,
            words: self.parsed(table.words.as_ref(), file, Bound::parse),
            rest: rest.map(|bound| (bound, self.set(&table.rest_of, file))),
            with_expr: self.expression(table.with_expr.as_ref(), file),
            without: self.expression(table.without.as_ref(), file),
            followed_by: self.expression(table.followed_by.as_ref(), file),
            preceded_by: self.expression(table.preceded_by.as_ref(), file),
            reach: self.parsed(table.within.as_ref(), file, Reach::parse).unwrap_or(Reach::DEFAULT),
            any: self.set(&table.any, file),
            confidence,
            id,
        }
    }

    pub(super) fn speaker(&mut self, written: Option<&Spot>, file: usize) -> Option<Speaker> {
        let written = written?;
        match written.get_ref().as_str() {
            "manager" => Some(Speaker::Manager),
            "client" => Some(Speaker::Client),
            "any" => None,
            other => {
                self.faults.add(
                    spot(file, written),
                    format!("`{other}` is nobody; write `manager`, `client` or `any`"),
                );
                None
            }
        }
    }

    /// Each finding after those it looks at; a cycle is a fault.
    pub(super) fn order(&mut self, findings: &[FindingRule]) -> Vec<u32> {
        let needs: Vec<BTreeSet<u32>> = findings.iter().map(needs).collect();
        let mut order: Vec<u32> = Vec::with_capacity(findings.len());
        let mut placed = vec![false; findings.len()];
        loop {
            let before = order.len();
            for (index, needed) in needs.iter().enumerate() {
                let ready = needed.iter().all(|need| placed.get(*need as usize) == Some(&true));
                if !placed[index] && ready {
                    placed[index] = true;
                    order.push(index as u32);
                }
            }
            if order.len() == before {
                break;
            }
        }
        for (index, finding) in self.source.findings.iter().enumerate() {
            if !placed[index] {
                let id = finding.table.id.get_ref();
                self.faults.add(
                    spot(finding.place.file, &finding.table.id),
                    format!(
                        "finding `{id}` looks at itself, perhaps through others; break the circle"
                    ),
                );
            }
        }
        order
    }
}

/// What a finding looks at.
fn needs(finding: &FindingRule) -> BTreeSet<u32> {
    let mut needed: BTreeSet<u32> = finding.any.iter().copied().collect();
    if let Some((_, set)) = &finding.rest {
        needed.extend(set);
    }
    for window in &finding.windows {
        if let Window::After(set) | Window::Before(set) = window {
            needed.extend(set);
        }
    }
    let expressions =
        [&finding.with_expr, &finding.without, &finding.followed_by, &finding.preceded_by];
    for expression in expressions.into_iter().flatten() {
        expression.each(&mut |set| needed.extend(set));
    }
    needed
}
