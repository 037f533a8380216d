//! How well drafts agree with a person: labelled calls beside what the program proposes for them.
//!
//! [`find()`] and [`read_labelled`] get the labelled calls, [`Compared`] sets one beside its draft, [`Evaluation`] is the
//! figures over all of them, and [`json()`] its form for machines. Hearing and grading are the caller's; nothing here
//! looks at sound or at words, and nothing decides whether an agreement is good enough.
//!
//! Every figure has the number of cases under it and a 95 % interval. Shares in which each call counts once have
//! Wilson's; whatever takes several values of one call, which hang together, or is no share, is resampled over calls
//! (`interval.rs`).

mod agreement;
mod calibration;
mod compare;
mod figures;
mod interval;
mod json;
mod labelled;
mod values;

pub use agreement::{Confusion, Weights};
pub use calibration::{Bin, Calibration};
pub use compare::{Compared, ComparedValue, Reference};
pub use figures::{CqrFigures, CriterionFigures, Evaluation, Figures};
pub use interval::Figure;
pub use json::json;
pub use labelled::{Found, LabelFault, LabelledError, find, read_labelled};
pub use values::{Finding, ValueFigures};
