//! `autograde hear-child`: the process that listens, which `nightly` and `watch` begin and feed.
//!
//! Whatever native code does to it, its parent goes on; see [`crate::batch::child`].

use std::io::{self, BufReader};

use crate::batch::child;
use crate::exit::ExitStatus;

/// Listens until standard input ends.
pub(super) fn run() -> anyhow::Result<ExitStatus> {
    child::serve(BufReader::new(io::stdin()), io::stdout())?;
    Ok(ExitStatus::Success)
}
