//! Findings: their windows and conditions resolved, and the order in which they can be looked for.

use std::collections::BTreeSet;

use crate::call::Speaker;
use crate::rules::compile::{Compiler, spot, titled};
use crate::rules::expr::{Bound, Expr};
use crate::rules::fault::Place;
use crate::rules::matcher::Target;
use crate::rules::rulebook::{FindingRule, NegationRule, Set};
use crate::rules::source::{Finding, Layers, Spot};
use crate::rules::window::{self, Reach, Seat, Window};

/// Content words between a negation and what it negates, where nothing else is said.
const NEGATION_REACH: u32 = 2;

impl Compiler<'_> {
    pub(super) fn number_findings(&mut self) {
        for (index, finding) in self.source.findings.iter().enumerate() {
            let Some((id, file)) = finding.get(|table| Some(&table.id)) else { continue };
            self.check_id(id.get_ref(), spot(file, id));
            let made_here = id.span().is_empty();
            if self.ids.insert(id.get_ref().clone(), index as u32).is_some() && made_here {
                self.faults.add(
                    finding.place(),
                    format!(
                        "finding `{id}` is what `[negation]` makes; give yours another id",
                        id = id.get_ref()
                    ),
                );
            }
        }
    }

    pub(super) fn windows(&mut self, written: Option<(&Spot, usize)>) -> Vec<Window<Set>> {
        let windows = self.parsed(written, window::parse).unwrap_or_default();
        let place = written.map_or(Place::default(), |(written, file)| spot(file, written));
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

    pub(super) fn finding(&mut self, index: u32, finding: &Layers<Finding>) -> FindingRule {
        let id = finding.value(|table| Some(table.id.get_ref().clone())).unwrap_or_default();
        let place = finding.place();
        let disabled = finding.value(|table| table.disable) == Some(true);
        for (key, list) in lists(finding) {
            if list.is_empty() {
                self.faults
                    .add(place, format!("`{key}` of `{id}` is empty; add to it or remove it"));
            }
        }
        let phrases =
            finding.list(|table| table.phrases.as_ref(), |table| table.add_phrases.as_ref());
        let unless = finding.list(|table| table.unless.as_ref(), |table| table.add_unless.as_ref());
        if !disabled {
            for (number, (written, file)) in phrases.iter().enumerate() {
                self.phrase(written, spot(*file, written), Target::Phrase(index, number as u32));
            }
            for (written, file) in &unless {
                self.phrase(written, spot(*file, written), Target::Unless(index));
            }
        }
        let any = finding.list(|table| table.any.as_ref(), |_| None);
        let question = finding.value(|table| table.question);
        let words = self.parsed(finding.get(|table| table.words.as_ref()), Bound::parse);
        let rest = self.parsed(finding.get(|table| table.rest.as_ref()), Bound::parse);
        let bare = phrases.is_empty()
            && any.is_empty()
            && question != Some(true)
            && words.is_none()
            && rest.is_none();
        if bare && !disabled {
            self.faults.add(place, format!("finding `{id}` has nothing to find; add `phrases`, `any`, `question`, `words` or `rest`"));
        }
        let confidence = finding.value(|table| table.confidence).unwrap_or(1.0);
        if !(0.0..=1.0).contains(&confidence) {
            self.faults.add(place, format!("`confidence` is `{confidence}`; write 0 to 1"));
        }
        let negated = finding.value(|table| table.negated);
        if negated.is_some() && self.source.negation.is_empty() {
            self.faults.add(place, "`negated` asks what a negation is; add a `[negation]` table");
        }
        let rest_of = finding.list(|table| table.rest_of.as_ref(), |_| None);
        let with_expr = self.expression(finding.get(|table| table.with_expr.as_ref()));
        let without = self.expression(finding.get(|table| table.without.as_ref()));
        FindingRule {
            title: titled(finding, |table| table.title.as_ref(), |table| table.title_en.as_ref()),
            at: self.written(place),
            disabled,
            who: self.speaker(finding.get(|table| table.who.as_ref())),
            windows: self.windows(finding.get(|table| table.when.as_ref())),
            seat: self.parsed(finding.get(|table| table.at.as_ref()), Seat::parse),
            phrases: phrases.iter().map(|(written, _)| written.get_ref().clone()).collect(),
            unless: unless.iter().map(|(written, _)| written.get_ref().clone()).collect(),
            negated,
            question,
            words,
            rest: rest.map(|bound| (bound, self.set(&rest_of))),
            scores: scores_of([&with_expr, &without]),
            with_expr,
            without,
            followed_by: self.expression(finding.get(|table| table.followed_by.as_ref())),
            preceded_by: self.expression(finding.get(|table| table.preceded_by.as_ref())),
            near: self.expression(finding.get(|table| table.near.as_ref())),
            reach: self
                .parsed(finding.get(|table| table.within.as_ref()), Reach::parse)
                .unwrap_or(Reach::DEFAULT),
            any: self.set(&any),
            confidence,
            id,
        }
    }

    /// Which findings tell what is negated; `None` without a `[negation]`.
    pub(super) fn negation(&mut self) -> Option<NegationRule> {
        let reach = self.source.negation.iter().rev().find_map(|table| table.table.reach);
        Some(NegationRule {
            words: *self.ids.get(Finding::NEGATION)?,
            weak: self.ids.get(Finding::WEAK_NEGATION).copied(),
            reach: reach.unwrap_or(NEGATION_REACH),
        })
    }

    pub(super) fn speaker(&mut self, written: Option<(&Spot, usize)>) -> Option<Speaker> {
        let (written, file) = written?;
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

    /// Each finding after those it looks at; a circle is a fault, and is told.
    pub(super) fn order(&mut self, findings: &[FindingRule]) -> Vec<u32> {
        let negation = self.negation();
        let needs: Vec<BTreeSet<u32>> =
            findings.iter().map(|finding| needs(finding, negation.as_ref())).collect();
        let mut order: Vec<u32> = Vec::with_capacity(findings.len());
        let mut state = vec![Visit::New; findings.len()];
        for start in 0..findings.len() {
            // Depth first without recursion: a chain may be as long as the rulebook.
            let mut path: Vec<(usize, std::collections::btree_set::Iter<'_, u32>)> = Vec::new();
            if state[start] == Visit::New {
                state[start] = Visit::Open;
                path.push((start, needs[start].iter()));
            }
            while let Some((here, left)) = path.last_mut() {
                let here = *here;
                match left.next().map(|next| *next as usize) {
                    None => {
                        state[here] = Visit::Done;
                        order.push(here as u32);
                        path.pop();
                    }
                    Some(next) if state[next] == Visit::New => {
                        state[next] = Visit::Open;
                        path.push((next, needs[next].iter()));
                    }
                    Some(next) if state[next] == Visit::Open => {
                        let from = path.iter().position(|(index, _)| *index == next).unwrap_or(0);
                        let mut circle: Vec<&str> = path[from..]
                            .iter()
                            .map(|(index, _)| findings[*index].id.as_str())
                            .collect();
                        circle.push(&findings[next].id);
                        self.circle(next, &circle);
                    }
                    Some(_) => {}
                }
            }
        }
        order
    }

    fn circle(&mut self, finding: usize, circle: &[&str]) {
        let Some(layers) = self.source.findings.get(finding) else { return };
        self.faults.add(
            layers.place(),
            format!(
                "findings look at one another in a circle: `{}`; break the circle",
                circle.join("` → `")
            ),
        );
    }
}

/// The scores that some expressions compare.
fn scores_of(expressions: [&Option<Expr<Set>>; 2]) -> Vec<u32> {
    let mut scores = BTreeSet::new();
    for expression in expressions.into_iter().flatten() {
        expression.walk(&mut |part| {
            if let Expr::Points(sum, _) = part {
                scores.extend(sum.score.as_ref().map(|(index, _)| *index));
            }
        });
    }
    scores.into_iter().collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

/// The lists of a finding that a layer has, by key.
fn lists(finding: &Layers<Finding>) -> Vec<(&'static str, &Vec<Spot>)> {
    finding
        .iter()
        .flat_map(|layer| {
            let table = &layer.table;
            [
                ("phrases", &table.phrases),
                ("add_phrases", &table.add_phrases),
                ("unless", &table.unless),
                ("add_unless", &table.add_unless),
                ("any", &table.any),
                ("rest_of", &table.rest_of),
            ]
        })
        .filter_map(|(key, list)| Some((key, list.as_ref()?)))
        .collect()
}

/// What a finding looks at.
fn needs(finding: &FindingRule, negation: Option<&NegationRule>) -> BTreeSet<u32> {
    let mut needed: BTreeSet<u32> = finding.any.iter().copied().collect();
    if let Some((_, set)) = &finding.rest {
        needed.extend(set);
    }
    for window in &finding.windows {
        if let Window::After(set) | Window::Before(set) = window {
            needed.extend(set);
        }
    }
    if let (Some(_), Some(negation)) = (finding.negated, negation) {
        needed.insert(negation.words);
        needed.extend(negation.weak);
    }
    for expression in finding.expressions() {
        expression.each(&mut |set| needed.extend(set));
    }
    needed
}
