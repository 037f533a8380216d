//! What findings are for: exchanges, call types, criteria with their weights, what asks for attention.

use crate::rules::Text;
use crate::rules::compile::{Compiler, spot, text, titled};
use crate::rules::expr::{Bound, Comparison, Expr, Quantity};
use crate::rules::rulebook::{
    Absent, AttentionRule, Combine, CriterionRule, ExchangeRule, TypeRule,
};
use crate::rules::source::{Attention, Criterion, Exchange, Layers, Type, ValueName};
use crate::rules::window::Reach;

/// One of the five reasons, in the rulebook's language and in English.
type Reason = (fn(&Criterion) -> Option<&String>, fn(&Criterion) -> Option<&String>);

/// In the order of [`crate::rules::rulebook::why`].
const REASONS: [Reason; 5] = [
    (|table| table.why.full.as_ref(), |table| table.why_en.full.as_ref()),
    (|table| table.why.half.as_ref(), |table| table.why_en.half.as_ref()),
    (|table| table.why.zero.as_ref(), |table| table.why_en.zero.as_ref()),
    (|table| table.why.na.as_ref(), |table| table.why_en.na.as_ref()),
    (|table| table.why.unknown.as_ref(), |table| table.why_en.unknown.as_ref()),
];

impl Compiler<'_> {
    pub(super) fn exchanges(&mut self) -> Vec<ExchangeRule> {
        let source = self.source;
        source.exchanges.iter().map(|exchange| self.exchange(exchange)).collect()
    }

    fn exchange(&mut self, exchange: &Layers<Exchange>) -> ExchangeRule {
        let id = exchange.value(|table| Some(table.id.get_ref().clone())).unwrap_or_default();
        let place = exchange.place();
        self.check_id(&id, place);
        let combine = exchange.value(|table| table.combine.as_ref());
        let combine = match combine.map(|written| written.get_ref().as_str()) {
            None | Some("mixed") => Combine::Mixed,
            Some("worst") => Combine::Worst,
            Some("best") => Combine::Best,
            Some("mean") => Combine::Mean,
            Some(other) => {
                self.faults.add(
                    place,
                    format!("`combine` is `{other}`; write `mixed`, `worst`, `best` or `mean`"),
                );
                Combine::Mixed
            }
        };
        let on = exchange.get(|table| table.on.as_ref());
        let full = exchange.get(|table| table.full.as_ref());
        for (key, there) in [("on", on.is_some()), ("full", full.is_some())] {
            if !there {
                self.faults.add(place, format!("exchange `{id}`: missing field `{key}`; add it"));
            }
        }
        let on: Vec<_> = on.into_iter().collect();
        ExchangeRule {
            on: self.set(&on),
            reach: self
                .parsed(exchange.get(|table| table.within.as_ref()), Reach::parse)
                .unwrap_or(Reach::DEFAULT),
            same: self
                .parsed(exchange.get(|table| table.same.as_ref()), Reach::parse)
                .unwrap_or(Reach::DEFAULT),
            zero: self.expression(exchange.get(|table| table.zero.as_ref())),
            full: self.expression(full).unwrap_or(Expr::Or(Vec::new())),
            half: self.expression(exchange.get(|table| table.half.as_ref())),
            combine,
            id,
        }
    }

    pub(super) fn types(&mut self) -> Vec<TypeRule> {
        let source = self.source;
        let rules: Vec<TypeRule> = source
            .types
            .iter()
            .filter(|kind| kind.value(|table| table.disable) != Some(true))
            .map(|kind| self.call_type(kind))
            .collect();
        if rules.is_empty() {
            let place = source.book.as_ref().map(Layers::place).unwrap_or_default();
            self.faults.add(place, "there is no call type; add a `[[type]]`");
        }
        rules
    }

    fn call_type(&mut self, kind: &Layers<Type>) -> TypeRule {
        let id = kind.value(|table| Some(table.id.get_ref().clone())).unwrap_or_default();
        self.check_id(&id, kind.place());
        let written = kind.list(|table| table.signs.as_ref(), |table| table.add_signs.as_ref());
        let mut signs = Vec::new();
        for (sign, file) in written {
            let place = spot(file, &sign.condition);
            if !sign.points.is_finite() || sign.points.abs() > 100.0 {
                self.faults.add(place, format!("`points` is `{}`; write -100 to 100", sign.points));
            }
            if let Some(condition) = self.expression(Some((&sign.condition, file))) {
                condition.each_type(&mut |_| {
                    self.faults
                        .add(place, "a sign of a type cannot ask for the type; use findings");
                });
                signs.push((condition, sign.points));
            }
        }
        let points = kind.value(|table| table.points).unwrap_or(0.0);
        if !points.is_finite() || points.abs() > 100.0 {
            self.faults.add(kind.place(), format!("`points` is `{points}`; write -100 to 100"));
        }
        let title = titled(kind, |table| table.title.as_ref(), |table| table.title_en.as_ref());
        TypeRule {
            title: self.wanted_title(title, "call type", &id, kind.place()),
            cqr: kind.value(|table| table.cqr).unwrap_or(true),
            points,
            signs,
            id,
        }
    }

    fn wanted_title(
        &mut self,
        title: Option<Text>,
        kind: &str,
        id: &str,
        place: crate::rules::fault::Place,
    ) -> Text {
        title.unwrap_or_else(|| {
            self.faults.add(place, format!("{kind} `{id}` has no `title`; missing field, add it"));
            text(id, None)
        })
    }

    pub(super) fn criteria(
        &mut self,
        exchanges: &[ExchangeRule],
        types: &[TypeRule],
    ) -> Vec<CriterionRule> {
        let source = self.source;
        source
            .criteria
            .iter()
            .filter(|criterion| criterion.value(|table| table.disable) != Some(true))
            .map(|criterion| self.criterion(criterion, exchanges, types))
            .collect()
    }

    fn criterion(
        &mut self,
        criterion: &Layers<Criterion>,
        exchanges: &[ExchangeRule],
        types: &[TypeRule],
    ) -> CriterionRule {
        let id = criterion.value(|table| Some(table.id.get_ref().clone())).unwrap_or_default();
        let place = criterion.place();
        self.check_id(&id, place);
        let exchange = criterion.get(|table| table.exchange.as_ref()).and_then(|(name, file)| {
            let found = exchanges.iter().position(|rule| rule.id == *name.get_ref());
            if found.is_none() {
                let name_text = name.get_ref();
                self.faults.add(
                    spot(file, name),
                    format!(
                        "exchange `{name_text}` is not there; add an `[[exchange]]` with this id"
                    ),
                );
            }
            found
        });
        let full = self.expression(criterion.get(|table| table.full.as_ref()));
        let half = self.expression(criterion.get(|table| table.half.as_ref()));
        let zero = self.expression(criterion.get(|table| table.zero.as_ref()));
        if full.is_none() && half.is_none() && zero.is_none() && exchange.is_none() {
            self.faults.add(
                place,
                format!("criterion `{id}` has no rule; add `full`, `half`, `zero` or `exchange`"),
            );
        }
        let written = criterion.list(|table| table.looks_for.as_ref(), |_| None);
        let mut looks_for = self.set(&written);
        if looks_for.is_empty() {
            for expression in [&full, &half, &zero].into_iter().flatten() {
                expression.each(&mut |set| looks_for.extend(set));
            }
            looks_for.sort_unstable();
            looks_for.dedup();
        }
        let na = self.expression(criterion.get(|table| table.na.as_ref()));
        let title =
            titled(criterion, |table| table.title.as_ref(), |table| table.title_en.as_ref());
        CriterionRule {
            title: self.wanted_title(title, "criterion", &id, place),
            weights: self.weights(criterion, types),
            sure: self.source.sure.iter().rev().find_map(|at| at.table.get(&id).copied()),
            unknown: self.expression(criterion.get(|table| table.unknown.as_ref())),
            na: self.with_least_talk(na, criterion),
            zero,
            full,
            half,
            exchange,
            absent: self.absent(criterion),
            looks_for,
            why: REASONS.map(|(own, english)| titled(criterion, own, english).unwrap_or_default()),
            id,
        }
    }

    /// `[sure]` names criteria and says shares.
    pub(super) fn check_sure(&mut self, criteria: &[CriterionRule]) {
        for layer in &self.source.sure {
            for (id, share) in &layer.table {
                // A firm may have taken a criterion out.
                let written = self.source.criteria.iter();
                let known = criteria.iter().any(|rule| rule.id == *id)
                    || written
                        .filter_map(|layers| layers.value(|table| Some(table.id.get_ref())))
                        .any(|known| known == id);
                if !known {
                    self.faults.add(
                        layer.place,
                        format!("`[sure]` names criterion `{id}`, which is not there; add a `[[criterion]]` or remove it"),
                    );
                }
                if !(0.0..=1.0).contains(share) {
                    self.faults.add(
                        layer.place,
                        format!("`[sure]` says `{share}` for `{id}`; write 0 to 1"),
                    );
                }
            }
        }
    }

    /// `min_talk_s` is one more reason why a criterion does not apply.
    fn with_least_talk(
        &mut self,
        na: Option<Expr<Vec<u32>>>,
        criterion: &Layers<Criterion>,
    ) -> Option<Expr<Vec<u32>>> {
        let Some(seconds) = criterion.value(|table| table.min_talk_s) else { return na };
        if !(0.0..=86_400.0).contains(&seconds) {
            self.faults.add(
                criterion.place(),
                format!("`min_talk_s` is `{seconds}`; write seconds, 0 or more and below a day"),
            );
        }
        let bound = Bound { comparison: Comparison::LessThan, number: seconds };
        let short = Expr::Number(Quantity::TalkS, bound);
        Some(match na {
            Some(na) => Expr::Or(vec![short, na]),
            None => short,
        })
    }

    fn absent(&mut self, criterion: &Layers<Criterion>) -> Absent {
        let Some(written) = criterion.value(|table| table.absent.as_ref()) else {
            return Absent::Zero;
        };
        absent(written).unwrap_or_else(|fault| {
            self.faults.add(criterion.place(), format!("`absent`: {fault}"));
            Absent::Zero
        })
    }

    fn weights(&mut self, criterion: &Layers<Criterion>, types: &[TypeRule]) -> Vec<f64> {
        let place = criterion.place();
        let mut weights = std::collections::BTreeMap::new();
        for layer in criterion.iter() {
            for (id, weight) in &layer.table.weights {
                let known = self.source.types.iter().any(|kind| {
                    kind.value(|table| Some(table.id.get_ref() == id)).unwrap_or_default()
                });
                if !known {
                    self.faults.add(layer.place, format!("`weights` names call type `{id}`, which is not there; add a `[[type]]` or remove it"));
                }
                if !weight.is_finite() || *weight < 0.0 {
                    self.faults.add(
                        layer.place,
                        format!("the weight for `{id}` is `{weight}`; write 0 or more"),
                    );
                }
                weights.insert(id.as_str(), *weight);
            }
        }
        if weights.values().all(|weight| *weight == 0.0) {
            self.faults.add(
                place,
                "all weights are 0; give one call type a weight, or `disable` the criterion",
            );
        }
        types
            .iter()
            .map(|kind| {
                if kind.cqr && !weights.contains_key(kind.id.as_str()) {
                    self.faults.add(place, format!("`weights` has nothing for call type `{}`; add it, 0 if it does not count", kind.id));
                }
                weights.get(kind.id.as_str()).copied().unwrap_or(0.0)
            })
            .collect()
    }

    pub(super) fn attention(&mut self) -> Vec<AttentionRule> {
        let source = self.source;
        source
            .attention
            .iter()
            .filter(|flag| flag.value(|table| table.disable) != Some(true))
            .filter_map(|flag| self.flag(flag))
            .collect()
    }

    fn flag(&mut self, flag: &Layers<Attention>) -> Option<AttentionRule> {
        let id = flag.value(|table| Some(table.id.get_ref().clone())).unwrap_or_default();
        let place = flag.place();
        self.check_id(&id, place);
        let title = titled(flag, |table| table.title.as_ref(), |table| table.title_en.as_ref());
        let title = self.wanted_title(title, "attention", &id, place);
        let condition = flag.get(|table| table.condition.as_ref());
        if condition.is_none() {
            self.faults.add(place, format!("attention `{id}`: missing field `if`; add it"));
        }
        Some(AttentionRule {
            condition: self.expression(condition)?,
            auto_fail: flag.value(|table| table.auto_fail).unwrap_or(false),
            title,
            id,
        })
    }
}

/// A value as rule files write it.
pub(super) fn absent(written: &ValueName) -> Result<Absent, String> {
    let is = |number: f64, level: f64| (number - level).abs() < f64::EPSILON;
    match written {
        ValueName::Number(number) if is(*number, 0.0) => Ok(Absent::Zero),
        ValueName::Number(number) if is(*number, 0.5) => Ok(Absent::Half),
        ValueName::Number(number) if is(*number, 1.0) => Ok(Absent::Full),
        ValueName::Word(word) if word == "na" => Ok(Absent::NotApplicable),
        ValueName::Word(word) if word == "unknown" => Ok(Absent::Unknown),
        ValueName::Number(number) => {
            Err(format!("`{number}` is no value; write 0, 0.5, 1, \"na\" or \"unknown\""))
        }
        ValueName::Word(word) => {
            Err(format!("`{word}` is no value; write 0, 0.5, 1, \"na\" or \"unknown\""))
        }
    }
}
