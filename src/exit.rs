//! Exit codes: the only place with their numbers.

use std::process::ExitCode;

/// How a run of the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing failed; skipped recordings and an empty folder are no failure.
    Success,
    /// The run finished, but something in it failed: a recording, a rule's test, a hash.
    SomethingFailed,
    /// It did not run, or had to stop: usage, configuration, rules, model, store, disk full.
    DidNotRun,
    /// Another run is active.
    AnotherRunIsActive,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl ExitStatus {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::SomethingFailed => 1,
            Self::DidNotRun => 2,
            Self::AnotherRunIsActive => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
