//! What a recording came to, graded or not: the objects of JSON Lines.

use crate::call::{CallInfo, Recording};
use crate::grading::wire::{CallJson, DraftJson, SCHEMA_VERSION};

use schemars::JsonSchema;
use serde::Serialize;

/// What one recording came to: one JSON object, one line in JSON Lines.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "made, written and dropped one at a time")]
pub enum OutcomeJson {
    /// A draft scorecard.
    Draft(DraftJson),
    /// The recording could not be graded.
    Failed(FailedJson),
    /// There was nothing to grade.
    Skipped(SkippedJson),
}

/// A recording that could not be graded.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FailedJson {
    /// Version of the format.
    pub schema: u32,
    /// As in a draft; the stem alone where the file could not be read.
    pub id: String,
    /// The file.
    pub call: CallJson,
    /// Why.
    pub failed: String,
}

impl FailedJson {
    /// What is said of a recording that failed.
    pub fn new(recording: &Recording, call: &CallInfo, reason: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            id: id_of(recording),
            call: CallJson::new(recording, call),
            failed: reason.into(),
        }
    }
}

/// A recording in which there was nothing to grade.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SkippedJson {
    /// Version of the format.
    pub schema: u32,
    /// As in a draft.
    pub id: String,
    /// The file.
    pub call: CallJson,
    /// Why.
    pub skipped: String,
}

impl SkippedJson {
    /// What is said of a recording that was skipped.
    pub fn new(recording: &Recording, call: &CallInfo, reason: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            id: id_of(recording),
            call: CallJson::new(recording, call),
            skipped: reason.into(),
        }
    }
}

/// The id of a recording, without a hyphen at the end where its bytes are not known.
fn id_of(recording: &Recording) -> String {
    let id = recording.id();
    if recording.sha256.is_empty() { id.trim_end_matches('-').to_owned() } else { id }
}
