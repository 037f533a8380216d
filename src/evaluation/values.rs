//! How well values agree, those of one criterion or all of them: exact, on the scale, in what applies, and by value.

use crate::evaluation::agreement::{Confusion, Weights};
use crate::evaluation::compare::{Compared, ComparedValue};
use crate::evaluation::interval::{Figure, resampled, share};
use crate::grading::{Level, Outcome};

/// What a value can be, in the order of the confusion tables.
pub(super) const OUTCOMES: [Outcome; 5] = [
    Outcome::Proposed(Level::Zero),
    Outcome::Proposed(Level::Half),
    Outcome::Proposed(Level::Full),
    Outcome::NotApplicable,
    Outcome::Unknown,
];

/// How well one value of the scale is found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Finding {
    /// Where the draft says it, how often the label does.
    pub precision: Option<Figure>,
    /// Where the label says it, how often the draft does.
    pub recall: Option<Figure>,
}

/// How well values agree: all of them, or those of one criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueFigures {
    /// Values that have a label.
    pub count: usize,
    /// Share of them that are exactly the label's, na and unknown being values of their own.
    pub agreement: Option<Figure>,
    /// Share of those where both have 0, 0.5 or 1 and are at most 0.5 apart.
    pub near: Option<Figure>,
    /// Quadratic weighted kappa, over those where both have 0, 0.5 or 1.
    pub kappa: Option<Figure>,
    /// Gwet's AC2 with the same weights, over the same.
    pub ac2: Option<Figure>,
    /// Share of those that neither calls unknown, where both say that the criterion applies, or both that it does not.
    pub applies: Option<Figure>,
    /// Share of the labels other than unknown for which the draft has something other than unknown.
    pub coverage: Option<Figure>,
    /// The value 1.
    pub full: Finding,
    /// The value 0.
    pub zero: Finding,
    /// Label by draft, over 0, 0.5, 1, na, unknown.
    pub confusion: Confusion,
}

/// The values of one criterion, or of all.
pub(super) fn value_figures(calls: &[Compared], criterion: Option<&str>) -> ValueFigures {
    let values = Values { calls, criterion };
    let mut confusion = Confusion::new(OUTCOMES.len());
    for value in values.of(calls.iter()) {
        confusion.add(outcome_place(value.label), outcome_place(value.proposed));
    }
    let told = |value: &ComparedValue| {
        value.label != Outcome::Unknown && value.proposed != Outcome::Unknown
    };
    let finding = |level: Level| {
        let sought = Outcome::Proposed(level);
        Finding {
            precision: values.share(|value| value.proposed == sought, ComparedValue::agrees),
            recall: values.share(|value| value.label == sought, ComparedValue::agrees),
        }
    };
    let on_scale =
        |value: &ComparedValue| value.label.level().is_some() && value.proposed.level().is_some();
    let scale_count = values.of(calls.iter()).filter(|value| on_scale(value)).count();
    let scale = |calls: &mut dyn Iterator<Item = &Compared>| {
        let mut table = Confusion::new(3);
        for value in values.of(calls) {
            table.add(outcome_place(value.label), outcome_place(value.proposed));
        }
        table
    };
    ValueFigures {
        count: confusion.total(),
        agreement: values.share(|_| true, ComparedValue::agrees),
        near: values.share(on_scale, |value| {
            let distance = |outcome: Outcome| outcome.level().map_or(0.0, Level::value);
            (distance(value.label) - distance(value.proposed)).abs() < 0.75
        }),
        kappa: resampled(calls, scale_count, |calls| scale(calls).kappa(Weights::Quadratic)),
        ac2: resampled(calls, scale_count, |calls| scale(calls).ac2(Weights::Quadratic)),
        applies: values.share(told, |value| {
            (value.label == Outcome::NotApplicable) == (value.proposed == Outcome::NotApplicable)
        }),
        coverage: values.share(
            |value| value.label != Outcome::Unknown,
            |value| value.proposed != Outcome::Unknown,
        ),
        full: finding(Level::Full),
        zero: finding(Level::Zero),
        confusion,
    }
}

/// Values of one criterion, or of all.
#[derive(Clone, Copy)]
struct Values<'a> {
    calls: &'a [Compared],
    criterion: Option<&'a str>,
}

impl Values<'_> {
    fn of<'c>(
        self,
        calls: impl Iterator<Item = &'c Compared>,
    ) -> impl Iterator<Item = &'c ComparedValue> {
        calls.flat_map(|call| &call.values).filter(move |value| {
            self.criterion.is_none_or(|criterion| value.criterion == criterion)
        })
    }

    /// The share of those `among` that are a `hit`. Of one criterion each call has one value, of all it has ten that
    /// hang together.
    fn share(
        self,
        among: impl Fn(&ComparedValue) -> bool,
        hit: impl Fn(&ComparedValue) -> bool,
    ) -> Option<Figure> {
        let count = |calls: &mut dyn Iterator<Item = &Compared>| {
            let (mut hits, mut all) = (0_usize, 0_usize);
            for value in self.of(calls).filter(|value| among(value)) {
                all += 1;
                hits += usize::from(hit(value));
            }
            (hits, all)
        };
        let (hits, all) = count(&mut self.calls.iter());
        if self.criterion.is_some() {
            return share(hits, all);
        }
        if hits == 0 || hits == all {
            // Draws would all be the same. As many independent cases as there are calls are the least that it rests on.
            let bearing = |call: &&Compared| call.values.iter().any(&among);
            let calls = self.calls.iter().filter(bearing).count();
            let figure = share(if hits == 0 { 0 } else { calls }, calls)?;
            return Some(Figure { count: all, ..figure });
        }
        resampled(self.calls, all, |calls| {
            let (hits, all) = count(calls);
            (0 < all).then(|| hits as f64 / all as f64)
        })
    }
}

fn outcome_place(outcome: Outcome) -> usize {
    OUTCOMES.iter().position(|known| *known == outcome).unwrap_or(OUTCOMES.len())
}
