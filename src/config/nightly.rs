//! The table `[nightly]`: where recordings come from and how long they are let alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::batch::child::Limits;
use crate::batch::night::Settling;

/// The table as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct NightlyConfig {
    /// Folders with recordings. Relative to the file's own folder.
    pub folders: Vec<PathBuf>,
    /// Seconds that a recording must have stood still.
    pub still_s: Option<u64>,
    /// Hours after which a recording whose end is missing is taken as it is.
    pub incomplete_h: Option<u64>,
    /// Limit of the listening process's address space in MiB; 0 is none.
    pub memory_mib: Option<u64>,
    /// Seconds for which nothing may happen to a recording that is worked on, beside what its length asks for.
    pub hang_s: Option<u64>,
    /// Seconds for which the listening process may give no sign of life.
    pub silence_s: Option<u64>,
}

/// What holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NightlyOptions {
    /// Folders with recordings.
    pub folders: Vec<PathBuf>,
    /// When a recording may be taken.
    pub settling: Settling,
    /// Limits of the listening process; its memory as far as somebody said so.
    pub limits: Limits,
    /// Whether somebody said how much memory it may take.
    pub has_memory: bool,
}

impl NightlyOptions {
    /// What the table of a file in `folder` means.
    pub(super) fn new(config: &NightlyConfig, folder: &Path) -> Self {
        let (settling, limits) = (Settling::default(), Limits::default());
        let seconds = |said: Option<u64>, default| said.map_or(default, Duration::from_secs);
        let incomplete = config.incomplete_h.map(|hours| hours.saturating_mul(3600));
        Self {
            folders: config.folders.iter().map(|path| folder.join(path)).collect(),
            settling: Settling {
                still: seconds(config.still_s, settling.still),
                incomplete: seconds(incomplete, settling.incomplete),
            },
            limits: Limits {
                memory_bytes: config.memory_mib.map_or(0, |mib| mib.saturating_mul(1 << 20)),
                hang: seconds(config.hang_s, limits.hang),
                silence: seconds(config.silence_s, limits.silence),
            },
            has_memory: config.memory_mib.is_some(),
        }
    }
}
