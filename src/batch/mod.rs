//! Work on many recordings: which ones, what became of each, and how far it is.
//!
//! From paths to outcomes: [`discover()`] lists the recordings, [`run()`] hears them with as many workers as there are and
//! delivers what became of each in the order of the list, [`Progress`] shows how far that is. What is made of a
//! recording, and where it goes, is the caller's.

pub mod child;
mod discover;
mod failure;
mod hear;
mod journal;
pub mod night;
mod outcome;
mod progress;
mod run;
mod schedule;

pub use discover::{Half, Item, Kind, Profile, beside, discover, without_half};
pub use failure::Failure;
pub use hear::{HearError, HearOptions, hear};
pub use journal::{journal_row, known_to_journal, missed_by};
pub use outcome::{Ended, Outcome, SkipReason, Summary, in_one_line};
pub use progress::{Expected, Progress, ProgressMode, ProgressWords};
pub use run::{Listening, RunError, Sink, run};
pub use schedule::{HearItem, MakeRecognizer, Observer, Supply, hear_all, hear_supply, look_ahead};
