//! Work on many recordings: which ones, what became of each, and how far it is.

mod discover;
mod hear;
mod schedule;

pub use discover::{Half, Item, Kind, Profile, discover};
pub use hear::{HearError, HearOptions, hear};
pub use schedule::{HearItem, MakeRecognizer, Observer, hear_all};
