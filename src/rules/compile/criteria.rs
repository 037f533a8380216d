//! What findings are for: exchanges, call types, criteria with their weights.

use std::collections::BTreeSet;

use crate::rules::compile::{Compiler, spot, text};
use crate::rules::expr::Expr;
use crate::rules::fault::Place;
use crate::rules::rulebook::{Combine, CriterionRule, ExchangeRule, OtherwiseLevel, TypeRule};
use crate::rules::source::{self, At};
use crate::rules::window::Reach;

impl Compiler<'_> {
    pub(super) fn exchanges(&mut self) -> Vec<ExchangeRule> {
        let source = self.source;
        let mut seen = BTreeSet::new();
        let mut rules = Vec::new();
        for exchange in &source.exchanges {
            let (file, table) = (exchange.place.file, &exchange.table);
            let id = table.id.get_ref().clone();
            self.check_id(&id, spot(file, &table.id));
            if !seen.insert(id.clone()) {
                self.faults.add(
                    spot(file, &table.id),
                    format!("exchange `{id}` is there twice; rename or remove one"),
                );
            }
            let combine = match table.combine.as_ref().map(|written| written.get_ref().as_str()) {
                None | Some("mixed") => Combine::Mixed,
                Some("worst") => Combine::Worst,
                Some("best") => Combine::Best,
                Some(other) => {
                    self.faults.add(
                        exchange.place,
                        format!("`combine` is `{other}`; write `mixed`, `worst` or `best`"),
                    );
                    Combine::Mixed
                }
            };
            let on = self.set(std::slice::from_ref(&table.on), file);
            let full = self.expression(Some(&table.full), file);
            rules.push(ExchangeRule {
                on,
                reach: self
                    .parsed(table.within.as_ref(), file, Reach::parse)
                    .unwrap_or(Reach::DEFAULT),
                same: self
                    .parsed(table.same.as_ref(), file, Reach::parse)
                    .unwrap_or(Reach::DEFAULT),
                zero: self.expression(table.zero.as_ref(), file),
                full: full.unwrap_or(Expr::Or(Vec::new())),
                half: self.expression(table.half.as_ref(), file),
                combine,
                id,
            });
        }
        rules
    }

    pub(super) fn types(&mut self) -> Vec<TypeRule> {
        let source = self.source;
        let mut seen = BTreeSet::new();
        let mut rules = Vec::new();
        for kind in &source.types {
            let (file, table) = (kind.place.file, &kind.table);
            let id = table.id.get_ref().clone();
            self.check_id(&id, spot(file, &table.id));
            if !seen.insert(id.clone()) {
                self.faults.add(
                    spot(file, &table.id),
                    format!("call type `{id}` is there twice; rename or remove one"),
                );
            }
            let mut signs = Vec::new();
            for sign in &table.signs {
                let place = spot(file, &sign.condition);
                if !sign.points.is_finite() || sign.points.abs() > 100.0 {
                    self.faults
                        .add(place, format!("`points` is `{}`; write -100 to 100", sign.points));
                }
                if let Some(condition) = self.expression(Some(&sign.condition), file) {
                    condition.each_type(&mut |_| {
                        self.faults
                            .add(place, "a sign of a type cannot ask for the type; use findings");
                    });
                    signs.push((condition, sign.points));
                }
            }
            rules.push(TypeRule {
                title: text(&table.title, table.title_en.as_deref()),
                cqr: table.cqr,
                points: table.points,
                signs,
                id,
            });
        }
        if rules.is_empty() {
            self.faults.add(Place::default(), "there is no call type; add a `[[type]]`");
        }
        rules
    }

    pub(super) fn criteria(
        &mut self,
        exchanges: &[ExchangeRule],
        types: &[TypeRule],
    ) -> Vec<CriterionRule> {
        let source = self.source;
        let mut seen = BTreeSet::new();
        let mut rules = Vec::new();
        for criterion in &source.criteria {
            let (file, table) = (criterion.place.file, &criterion.table);
            let id = table.id.get_ref().clone();
            self.check_id(&id, spot(file, &table.id));
            if !seen.insert(id.clone()) {
                self.faults.add(
                    spot(file, &table.id),
                    format!("criterion `{id}` is there twice; rename or remove one"),
                );
            }
            let weights = self.weights(criterion, types);
            let exchange = table.exchange.as_ref().and_then(|name| {
                let found = exchanges.iter().position(|rule| rule.id == *name.get_ref());
                if found.is_none() {
                    self.faults.add(
                        spot(file, name),
                        format!(
                            "exchange `{}` is not there; add an `[[exchange]]` with this id",
                            name.get_ref()
                        ),
                    );
                }
                found
            });
            if table.full.is_none()
                && table.half.is_none()
                && table.zero.is_none()
                && table.exchange.is_none()
            {
                self.faults.add(
                    criterion.place,
                    format!(
                        "criterion `{id}` has no rule; add `full`, `half`, `zero` or `exchange`"
                    ),
                );
            }
            let full = self.expression(table.full.as_ref(), file);
            let half = self.expression(table.half.as_ref(), file);
            let zero = self.expression(table.zero.as_ref(), file);
            let mut looks_for = self.set(&table.looks_for, file);
            if looks_for.is_empty() {
                for expression in [&full, &half, &zero].into_iter().flatten() {
                    expression.each(&mut |set| looks_for.extend(set));
                }
                looks_for.sort_unstable();
                looks_for.dedup();
            }
            let otherwise = self.otherwise(criterion);
            let (own, english) = (&table.why, &table.why_en);
            rules.push(CriterionRule {
                title: text(&table.title, table.title_en.as_deref()),
                weights,
                unknown: self.expression(table.unknown.as_ref(), file),
                na: self.expression(table.na.as_ref(), file),
                zero,
                full,
                half,
                exchange,
                otherwise,
                looks_for,
                why: [
                    text(&own.full, Some(&english.full)),
                    text(&own.half, Some(&english.half)),
                    text(&own.zero, Some(&english.zero)),
                    text(&own.na, Some(&english.na)),
                    text(&own.unknown, Some(&english.unknown)),
                ],
                id,
            });
        }
        rules
    }

    pub(super) fn otherwise(&mut self, criterion: &At<source::Criterion>) -> OtherwiseLevel {
        let written = criterion.table.otherwise.as_ref().map_or(0.0, |value| *value.get_ref());
        let is = |level: f64| (written - level).abs() < f64::EPSILON;
        if is(1.0) {
            return OtherwiseLevel::Full;
        }
        if is(0.5) {
            return OtherwiseLevel::Half;
        }
        if !is(0.0) {
            self.faults
                .add(criterion.place, format!("`otherwise` is `{written}`; write 0, 0.5 or 1"));
        }
        OtherwiseLevel::Zero
    }

    pub(super) fn weights(
        &mut self,
        criterion: &At<source::Criterion>,
        types: &[TypeRule],
    ) -> Vec<f64> {
        let place = criterion.place;
        let written = &criterion.table.weights;
        for (id, weight) in written {
            if !types.iter().any(|kind| kind.id == *id) {
                self.faults.add(place, format!("`weights` names call type `{id}`, which is not there; add a `[[type]]` or remove it"));
            }
            if !weight.is_finite() || *weight < 0.0 {
                self.faults
                    .add(place, format!("the weight for `{id}` is `{weight}`; write 0 or more"));
            }
        }
        if written.values().all(|weight| *weight == 0.0) {
            self.faults.add(
                place,
                "all weights are 0; give one call type a weight, or remove the criterion",
            );
        }
        types
            .iter()
            .map(|kind| {
                if kind.cqr && !written.contains_key(&kind.id) {
                    self.faults.add(place, format!("`weights` has nothing for call type `{}`; add it, 0 if it does not count", kind.id));
                }
                written.get(&kind.id).copied().unwrap_or(0.0)
            })
            .collect()
    }
}
