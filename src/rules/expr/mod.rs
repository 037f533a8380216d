//! Expressions: how findings become a level, a type or a condition.
//!
//! `hello and (name or company)`, `not rude`, `2 of (a, b or c)`, `count(need.*) >= 2`, `order(offer, agrees, within 2
//! turns)`, `points(2 a, -1 not b) >= 1`, `a_score >= 1`, and what is known of the call: `direction.in`, `type.spam`, `silence.longest_s > 15`. Read in `parse.rs`,
//! evaluated in `evaluate.rs`; here is what an expression is.

mod lex;
mod parse;
mod quantity;

pub(crate) use parse::{Scores, parse, parse_parts};
pub(crate) use quantity::Quantity;

use std::sync::Arc;

use crate::call::Speaker;
use crate::rules::window::Reach;

/// A number to compare with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) comparison: Comparison,
    pub(crate) number: f64,
}

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
    Equal,
}

impl Comparison {
    /// As rule files write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::MoreThan => ">",
            Self::AtMost => "<=",
            Self::LessThan => "<",
            Self::Equal => "=",
        }
    }
}

impl Bound {
    /// Whether `value` is within the bound.
    pub(crate) fn holds(self, value: f64) -> bool {
        match self.comparison {
            Comparison::AtLeast => value >= self.number,
            Comparison::MoreThan => value > self.number,
            Comparison::AtMost => value <= self.number,
            Comparison::LessThan => value < self.number,
            Comparison::Equal => (value - self.number).abs() < 1e-9,
        }
    }

    /// Whether finding more can only help.
    pub(crate) fn wants_more(self) -> bool {
        matches!(self.comparison, Comparison::AtLeast | Comparison::MoreThan)
    }

    /// How many are enough, where more can only help.
    pub(crate) fn enough(self) -> usize {
        match self.comparison {
            Comparison::AtLeast => self.number.ceil().max(0.0) as usize,
            Comparison::MoreThan => self.number.floor().max(0.0) as usize + 1,
            Comparison::AtMost | Comparison::LessThan | Comparison::Equal => 0,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.comparison.as_str(), self.number)
    }
}

/// What is counted of some findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Hits.
    Count,
    /// Turns with a hit.
    Turns,
    /// Findings with a hit.
    Distinct,
    /// Hits per 100 words of the findings' speaker.
    Rate,
    /// Hits per minute of the talk.
    PerMinute,
}

impl Measure {
    /// As rule files write them.
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("count", Self::Count),
        ("turns", Self::Turns),
        ("distinct", Self::Distinct),
        ("rate", Self::Rate),
        ("per_minute", Self::PerMinute),
    ];

    /// As rule files write it.
    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, measure)| *measure == self).map_or("", |(name, _)| name)
    }
}

/// An expression; `F` is a name as written, or a finding once resolved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr<F> {
    /// Any of these has a hit.
    Any(F),
    /// Something known of the call holds.
    Fact(Fact),
    /// A number known of the call is within a bound.
    Number(Quantity, Bound),
    /// So many of something.
    Measured(Measure, F, Bound),
    /// A hit of each, one after the other, each within reach of the one before.
    Order(Vec<F>, Option<Reach>),
    /// Hits of both within reach of one another, in any order.
    Near(F, F, Reach),
    /// There are hits of the first, and each has one of the second within reach after it.
    Each(F, F, Reach),
    /// At least so many of these hold.
    Of(u32, Vec<Expr<F>>),
    /// What those parts that hold are worth together: several weak signs make a strong one.
    Points(Arc<Sum<F>>, Bound),
    Not(Box<Expr<F>>),
    And(Vec<Expr<F>>),
    Or(Vec<Expr<F>>),
}

/// Parts, and what each of them is worth where it holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sum<F> {
    /// Index and id of the `[[score]]` that it is; `None` for `points( )` in an expression.
    pub(crate) score: Option<(u32, String)>,
    pub(crate) parts: Vec<(f64, Expr<F>)>,
}

impl<F> Sum<F> {
    /// Names replaced by findings.
    pub(crate) fn resolve<G, E>(
        &self,
        scores: &[Arc<Sum<G>>],
        with: &mut dyn FnMut(&F) -> Result<G, E>,
    ) -> Result<Sum<G>, E> {
        let parts = self.parts.iter();
        let parts = parts.map(|(worth, part)| Ok((*worth, part.resolve(scores, with)?)));
        Ok(Sum { score: self.score.clone(), parts: parts.collect::<Result<_, E>>()? })
    }
}

/// Something known of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Inbound,
    Outbound,
    /// The call has this type.
    Type(String),
    /// The client called (or was called) before, or for the first time.
    Repeated(bool),
    /// Who hung up.
    EndedBy(Speaker),
}

impl Fact {
    /// As rule files write it.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Inbound => "direction.in".to_owned(),
            Self::Outbound => "direction.out".to_owned(),
            Self::Type(id) => format!("type.{id}"),
            Self::Repeated(true) => "call.repeated".to_owned(),
            Self::Repeated(false) => "call.first".to_owned(),
            Self::EndedBy(who) => format!("ended_by.{who}"),
        }
    }
}

/// Names as written: one or, in a list, several; `*` at the end stands for anything.
pub(crate) type Names = Vec<String>;

impl<F> Expr<F> {
    /// Names replaced by findings; `scores` are those that are resolved already, by index.
    pub(crate) fn resolve<G, E>(
        &self,
        scores: &[Arc<Sum<G>>],
        with: &mut dyn FnMut(&F) -> Result<G, E>,
    ) -> Result<Expr<G>, E> {
        let mut each = |parts: &[Self]| -> Result<Vec<Expr<G>>, E> {
            parts.iter().map(|part| part.resolve(scores, with)).collect()
        };
        Ok(match self {
            Self::Of(number, parts) => Expr::Of(*number, each(parts)?),
            Self::And(parts) => Expr::And(each(parts)?),
            Self::Or(parts) => Expr::Or(each(parts)?),
            Self::Points(sum, bound) => {
                let known = sum.score.as_ref().and_then(|(index, _)| scores.get(*index as usize));
                let sum = match known {
                    Some(known) => Arc::clone(known),
                    None => Arc::new(sum.resolve(scores, with)?),
                };
                Expr::Points(sum, *bound)
            }
            Self::Not(inner) => Expr::Not(Box::new(inner.resolve(scores, with)?)),
            Self::Any(names) => Expr::Any(with(names)?),
            Self::Fact(fact) => Expr::Fact(fact.clone()),
            Self::Number(quantity, bound) => Expr::Number(*quantity, *bound),
            Self::Measured(measure, names, bound) => Expr::Measured(*measure, with(names)?, *bound),
            Self::Order(lists, reach) => {
                Expr::Order(lists.iter().map(&mut *with).collect::<Result<_, E>>()?, *reach)
            }
            Self::Near(one, other, reach) => Expr::Near(with(one)?, with(other)?, *reach),
            Self::Each(one, other, reach) => Expr::Each(with(one)?, with(other)?, *reach),
        })
    }

    /// Calls `see` with this expression and with every part of it.
    pub(crate) fn walk<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        match self {
            Self::Of(_, parts) | Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.walk(see);
                }
            }
            Self::Points(sum, _) => sum.parts.iter().for_each(|(_, part)| part.walk(see)),
            Self::Not(inner) => inner.walk(see),
            _ => {}
        }
    }

    /// Calls `see` with every list of findings.
    pub(crate) fn each<'a>(&'a self, see: &mut dyn FnMut(&'a F)) {
        self.walk(&mut |part| match part {
            Self::Any(names) | Self::Measured(_, names, _) => see(names),
            Self::Order(lists, _) => lists.iter().for_each(&mut *see),
            Self::Near(one, other, _) | Self::Each(one, other, _) => {
                see(one);
                see(other);
            }
            _ => {}
        });
    }

    /// Calls `see` with every call type that it asks for.
    pub(crate) fn each_type<'a>(&'a self, see: &mut dyn FnMut(&'a str)) {
        self.walk(&mut |part| {
            if let Self::Fact(Fact::Type(id)) = part {
                see(id);
            }
        });
    }
}
