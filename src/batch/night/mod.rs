//! The night: every recording of some folders, once, whatever happens.
//!
//! ```text
//! walk ─▶ ripe? ─▶ known? ─▶ SHA-256 ─▶ known? ─▶ child hears ─▶ grade ─▶ store ─▶ file
//! ```
//!
//! [`Night::run`] goes once through the folders. One thread lists and one hashes; the calling thread asks the store, feeds
//! the listening process, grades and stores each call as it finishes, so that a kill at any moment costs only what was
//! being heard. Nothing grows with the number of files: everything between the threads is bounded.

mod complete;
mod digest;
mod ending;
mod intake;
mod lock;
mod options;
mod pass;
mod run;
mod settle;
mod sum;
mod walk;

pub use lock::{LockError, RunLock};
pub use options::{Known, NightError, NightOptions, Notice};
pub use run::Night;
pub use settle::{Settling, Waiting};
pub use sum::{Ended, FolderFault, How, NightSum};
pub use walk::{Found, Walked, walk};
