//! The journal in the store, and what it knows of a recording.
//!
//! A call of the journal becomes a row of the store and back; a recording's name leads to the rows that it may be of, and
//! [`find`] decides. Nothing is decided here.

use serde::{Deserialize, Serialize};

use crate::call::{CallInfo, Direction, Moment};
use crate::journal::JournalCall;
use crate::journal::find::{self, Candidate, Found, TOLERANCE_MS, Wanted};
use crate::store::{JournalOf, JournalRow, Store, StoreError};
use crate::warning::Warning;

/// How long before a recording its call may have begun, in milliseconds: some hours in queues and transfers.
const LOOK_BACK_MS: i64 = 4 * 3_600_000;

/// What the store keeps beside the columns of a row.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Details {
    #[serde(default)]
    ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missed_by: Vec<String>,
    #[serde(default)]
    legs: usize,
}

/// A call as a row of the store; `source` is the exchange's name.
pub fn journal_row(call: &JournalCall, source: &str) -> JournalRow {
    let details = Details {
        ids: call.ids.clone(),
        line: call.line.clone(),
        missed_by: call.missed_by.clone(),
        legs: call.legs,
    };
    JournalRow {
        source: source.to_owned(),
        unique_id: call.unique_id.clone(),
        started_ms: call.started.ms,
        started_at: call.started.to_string(),
        direction: call.way.map(|way| way.as_str().to_owned()),
        client: call.client.clone(),
        extension: call.extension.clone(),
        manager: call.manager.clone(),
        waiting_ms: call.waiting_ms,
        talking_ms: call.talking_ms,
        disposition: call.outcome.as_str().to_owned(),
        recording: call.recording.clone(),
        raw_sha256: call.raw_sha256.clone(),
        // Strings and numbers only: it cannot fail.
        details: serde_json::to_string(&details).unwrap_or_default(),
    }
}

/// Whose telephones rang in vain.
pub fn missed_by(row: &JournalRow) -> Vec<String> {
    details(row).missed_by
}

/// What the journal knows of a recording: `name` is its file name, `told` what that name tells.
///
/// The journal's word goes before the name's: it was written when everybody knew who had taken the call. Where several calls
/// fit, none is taken, and a warning says so.
///
/// # Errors
///
/// When the store cannot be read.
pub fn known_to_journal(
    store: &Store,
    name: &str,
    told: CallInfo,
) -> Result<(CallInfo, Option<Warning>), StoreError> {
    let started_ms = told.started_at.as_deref().and_then(Moment::parse).map(|moment| moment.ms);
    let client = told.client.as_deref().zip(started_ms).map(|(client, started_ms)| {
        (client, started_ms - LOOK_BACK_MS, started_ms + TOLERANCE_MS + 1)
    });
    let unique_id = told.unique_id.as_deref();
    let rows = store.journal_of(&JournalOf { unique_id, stem: find::stem(name), client })?;
    let candidates: Vec<Candidate> = rows.iter().map(candidate).collect();
    let wanted = Wanted {
        unique_id,
        file_name: name,
        client: told.client.as_deref(),
        extension: told.extension.as_deref(),
        started_ms,
    };
    Ok(match find::find(&wanted, &candidates) {
        Found::Nothing => (told, None),
        Found::Several(calls) => (told, Some(Warning::JournalAmbiguous { calls })),
        Found::One(at, _) => match rows.get(at) {
            Some(row) => (info(row).over(told), None),
            None => (told, None),
        },
    })
}

fn details(row: &JournalRow) -> Details {
    serde_json::from_str(&row.details).unwrap_or_default()
}

fn candidate(row: &JournalRow) -> Candidate {
    let mut ids = details(row).ids;
    ids.push(row.unique_id.clone());
    let length_ms = row.waiting_ms.unwrap_or(0) + row.talking_ms.unwrap_or(0);
    Candidate {
        ids,
        recording: row.recording.clone(),
        client: row.client.clone(),
        extension: row.extension.clone(),
        started_ms: row.started_ms,
        ended_ms: row.started_ms + length_ms,
    }
}

/// What a row says of its call.
fn info(row: &JournalRow) -> CallInfo {
    CallInfo {
        started_at: Some(row.started_at.clone()),
        direction: row.direction.as_deref().and_then(Direction::parse),
        manager: row.manager.clone().or_else(|| row.extension.clone()),
        client: row.client.clone(),
        extension: row.extension.clone(),
        unique_id: Some(row.unique_id.clone()),
        ..CallInfo::default()
    }
}
