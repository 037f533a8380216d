//! Hearing in a process of its own, so that what kills a decoder or whisper.cpp kills no run.
//!
//! Recordings are untrusted and native code aborts. So the parent never decodes: it feeds one child, which hears with as
//! many workers as there are and one shared model, and it supervises. [`Supervisor`] is the parent's side: it keeps a
//! bounded number of recordings with the child, kills it when it hangs, begins another when it dies, tries the recordings
//! that were in its hands one by one, and gives up on the one that kills it alone twice. [`serve()`] is the child's side.
//! They speak JSON lines ([`protocol`]) over standard input and output.
//!
//! What is done with what was heard, and what outlives the parent, is the caller's.

mod failure;
mod limits;
mod process;
pub mod protocol;
mod serve;
mod stalls;
mod supervisor;
mod triage;

pub use limits::{Limits, memory_for};
pub use process::ChildError;
pub use serve::{ServeError, serve};
pub use supervisor::{ChildItem, ChildOptions, End, Supervisor};
