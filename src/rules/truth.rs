//! Whether an expression holds, without what it rests on.
//!
//! Conditions of findings are asked at every hit and most expressions of a rulebook come to «no»: then nobody wants
//! evidence, and gathering it costs more than the answer. The answers are those of `evaluate.rs`, for all
//! expressions and calls (a test compares them); parts behind the one that decides are not asked.

use crate::rules::evaluate::{Context, Scope, Truth};
use crate::rules::expr::{Bound, Expr, Measure};
use crate::rules::findings::{Findings, Hit};
use crate::rules::rulebook::Set;
use crate::rules::score::Range;

impl Findings {
    /// What [`Findings::evaluate`] would say, and nothing more.
    pub(crate) fn truth(
        &self,
        expression: &Expr<Set>,
        scope: Scope,
        call_type: Option<&str>,
        lenient: bool,
    ) -> Truth {
        self.true_of(expression, &Context { call_type, lenient, scope, turn: None })
    }

    /// Whether an expression surely holds in a part of the call, whoever nobody knows speaks there.
    pub(super) fn holds(&self, expression: &Expr<Set>, scope: Scope) -> bool {
        self.truth(expression, scope, None, false) == Truth::Yes
    }

    /// The same of a whole turn.
    pub(super) fn holds_in_turn(&self, expression: &Expr<Set>, turn: u32) -> bool {
        self.truth_in_turn(expression, turn) == Truth::Yes
    }

    pub(super) fn truth_in_turn(&self, expression: &Expr<Set>, turn: u32) -> Truth {
        let scope = self.same_turn(turn);
        let turn = Some(turn);
        self.true_of(expression, &Context { call_type: None, lenient: false, scope, turn })
    }

    fn true_of(&self, expression: &Expr<Set>, context: &Context<'_>) -> Truth {
        let each = |part: &Expr<Set>| self.true_of(part, context);
        match expression {
            Expr::Any(set) if self.has_hit(set, context) => Truth::Yes,
            Expr::Any(set) => self.absent(set, context),
            Expr::Of(number, parts) => {
                let (mut found, mut open) = (0, 0);
                for part in parts {
                    match each(part) {
                        Truth::Yes => found += 1,
                        Truth::Unknown => open += 1,
                        Truth::No => {}
                    }
                }
                match found {
                    found if *number <= found => Truth::Yes,
                    found if *number <= found + open => Truth::Unknown,
                    _ => Truth::No,
                }
            }
            Expr::Points(sum, bound) => {
                let kept = context.turn.and_then(|turn| self.scores.of(sum, turn));
                let range = kept.unwrap_or_else(|| {
                    let mut range = Range::default();
                    for (worth, part) in &sum.parts {
                        range.add(*worth, each(part));
                    }
                    range
                });
                Truth::of_range(*bound, range.low, range.high)
            }
            Expr::Measured(measure, set, bound) => {
                self.true_measure(*measure, set, *bound, context)
            }
            Expr::Order(sets, reach) => self.in_order(sets, *reach, context).truth,
            Expr::Near(one, other, reach) => self.close_by(one, other, *reach, context).truth,
            Expr::Each(one, other, reach) => self.each_followed(one, other, *reach, context).truth,
            Expr::Fact(fact) => self.fact(fact, context),
            Expr::Number(quantity, bound) => self.true_number(*quantity, *bound, context),
            Expr::Not(inner) => each(inner).negated(),
            Expr::And(parts) => {
                let mut least = Truth::Yes;
                for part in parts {
                    least = least.min(each(part));
                    if least == Truth::No {
                        break;
                    }
                }
                least
            }
            Expr::Or(parts) => {
                let mut most = Truth::No;
                for part in parts {
                    most = most.max(each(part));
                    if most == Truth::Yes {
                        break;
                    }
                }
                most
            }
        }
    }

    fn has_hit(&self, set: &Set, context: &Context<'_>) -> bool {
        set.iter().any(|finding| {
            let finding = *finding as usize;
            context.scope.of(&self.hits[finding]).next().is_some()
                || (context.lenient && context.scope.of(&self.possible[finding]).next().is_some())
        })
    }

    fn true_measure(
        &self,
        measure: Measure,
        set: &Set,
        bound: Bound,
        context: &Context<'_>,
    ) -> Truth {
        let value = match (set.as_slice(), measure) {
            // Hits of one finding ascend and do not overlap.
            ([finding], Measure::Count) if !context.lenient => {
                context.scope.of(&self.hits[*finding as usize]).count() as f64
            }
            ([finding], Measure::Turns) if !context.lenient => {
                let (mut turns, mut last) = (0, None);
                for Hit { turn, .. } in context.scope.of(&self.hits[*finding as usize]) {
                    turns += u32::from(last != Some(*turn));
                    last = Some(*turn);
                }
                turns.into()
            }
            _ => self.value(measure, set, context).0,
        };
        self.measured_truth(bound.holds(value), bound, set, context)
    }
}
