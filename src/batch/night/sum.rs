//! What became of a night's recordings, and the sum of it: for the screen, the store and `--report`.

use std::collections::BTreeMap;

use serde::Serialize;

/// How one recording ended in this run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// There is a draft.
    Graded,
    /// Nothing in it, and why.
    Skipped(String),
    /// It could not be heard, and why, in English.
    Failed(String),
}

/// One recording and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Its path below the folder that was given.
    pub source: String,
    /// SHA-256; empty where it could not be read.
    pub sha256: String,
    /// Length in milliseconds; 0 where it was not heard.
    pub duration_ms: u32,
    /// How it ended.
    pub how: How,
    /// One word for the reason, which holds nothing of the call: `no_speech`, `crashed`, `not_audio` …
    pub code: &'static str,
}

/// A folder or file that could not be listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FolderFault {
    /// Its path.
    pub path: String,
    /// What the system said.
    pub cause: String,
}

/// The sum of one pass. `given` = what follows it up to `failed`, once the pass is through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NightSum {
    /// Recordings that were met.
    pub given: u64,
    /// Of another day than was asked for.
    pub other_day: u64,
    /// Done in an earlier run.
    pub done_before: u64,
    /// The same bytes under another name, in this run.
    pub same_bytes: u64,
    /// Forgotten on purpose.
    pub forgotten: u64,
    /// They changed just now: the next run takes them.
    pub young: u64,
    /// Their end is missing: the next run looks again.
    pub incomplete: u64,
    /// Gone before they could be read.
    pub gone: u64,
    /// Drafts made.
    pub graded: u64,
    /// Nothing in them.
    pub skipped: u64,
    /// Could not be heard.
    pub failed: u64,
    /// Skipped and failed by reason.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Links, pipes and devices, which are no recordings.
    pub no_files: u64,
    /// Drafts that an earlier run had stored and not written as a file.
    pub files_again: u64,
    /// Times that the listening process died.
    pub deaths: u32,
    /// Length of what was graded or skipped, in milliseconds.
    pub audio_ms: u64,
    /// Time from beginning to end, in milliseconds.
    pub took_ms: u64,
    /// What could not be listed.
    pub folder_faults: Vec<FolderFault>,
}

impl NightSum {
    /// Counts one that ended.
    pub(super) fn add(&mut self, ended: &Ended) {
        match ended.how {
            How::Graded => self.graded += 1,
            How::Skipped(_) => self.skipped += 1,
            How::Failed(_) => self.failed += 1,
        }
        if ended.how != How::Graded {
            *self.reasons.entry(ended.code).or_default() += 1;
        }
        self.audio_ms += u64::from(ended.duration_ms);
    }

    /// Recordings that the run did not get to: none unless it was stopped.
    pub fn not_reached(&self) -> u64 {
        let reached = self.other_day
            + self.done_before
            + self.same_bytes
            + self.forgotten
            + self.young
            + self.incomplete
            + self.gone
            + self.graded
            + self.skipped
            + self.failed;
        self.given.saturating_sub(reached)
    }

    /// Whether something failed that a person should look at.
    pub fn has_failures(&self) -> bool {
        0 < self.failed || !self.folder_faults.is_empty()
    }
}
