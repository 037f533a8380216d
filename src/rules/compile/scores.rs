//! Scores: sums of weak signs, written once and compared in many places.

use std::convert::Infallible;
use std::sync::Arc;

use crate::rules::compile::{Compiler, spot};
use crate::rules::expr::{self, Quantity, Sum};

impl Compiler<'_> {
    /// Reads every score, in the order of the files: one may compare those above it, so that none goes in a circle.
    ///
    /// Findings must be numbered before, and expressions that compare scores come after.
    pub(super) fn scores(&mut self) {
        let source = self.source;
        for (index, score) in source.scores.iter().enumerate() {
            let Some((id, file)) = score.get(|table| Some(&table.id)) else { continue };
            let place = spot(file, id);
            let id = id.get_ref();
            self.check_id(id, place);
            if self.ids.contains_key(id) || Quantity::named(id).is_some() {
                self.faults.add(
                    place,
                    format!("`{id}` is a finding or a number of the call already; give the score another id"),
                );
            }
            let Some((written, file)) = score.get(|table| Some(&table.points)) else { continue };
            let place = spot(file, written);
            let parts =
                expr::parse_parts(written.get_ref(), &self.scores).unwrap_or_else(|fault| {
                    self.faults.add(place, format!("score `{id}`: {fault}"));
                    Vec::new()
                });
            for (_, part) in &parts {
                self.check_types(part, place);
            }
            let sum = Sum { score: Some((index as u32, id.clone())), parts };
            let sums = std::mem::take(&mut self.sums);
            let resolved = sum.resolve(&sums, &mut |names| Ok(self.all_named(names, place)));
            let Ok::<_, Infallible>(resolved) = resolved;
            self.sums = sums;
            self.sums.push(Arc::new(resolved));
            self.scores.insert(id.clone(), Arc::new(sum));
        }
    }
}
