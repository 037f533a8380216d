//! Work on many recordings. Being written.

mod hear;
mod schedule;

pub use hear::{HearError, HearOptions, hear};
pub use schedule::{HearItem, MakeRecognizer, Observer, hear_all};
