//! Attempts at a recording: begun, and ended in one way, with what came of them in the same transaction.
//!
//! An attempt without an end is one whose process died; the next run closes it ([`Store::begin_run`]).

use crate::call::CallInfo;
use crate::grading::Draft;
use crate::store::drafts::put_draft;
use crate::store::link::{Link, values};
use crate::store::{PreparedDraft, RunId, State, Store, StoreError, heard, read};
use crate::transcript::Heard;

/// A recording that kills the listening process this often while it is alone there is not tried again.
const MOST_CRASHES_ALONE: i64 = 2;

/// An attempt that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewAttempt<'a> {
    /// The run that makes it.
    pub run: RunId,
    /// The recording, which was noted before.
    pub sha256: &'a str,
    /// Whether it is the only one that the listening process has: only then is a crash certainly its own.
    pub alone: bool,
    /// When it begins.
    pub started_ms: i64,
}

/// An attempt that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    sha256: String,
    number: i64,
}

impl Attempt {
    /// The recording.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Which attempt at this recording it is, from 1.
    pub fn number(&self) -> i64 {
        self.number
    }
}

/// What came of an attempt that went well.
#[derive(Clone, Copy, Debug)]
pub struct Finished<'a> {
    /// What was heard.
    pub heard: &'a Heard,
    /// What is known of the call.
    pub call: &'a CallInfo,
    /// The call's own id where its source gives one, so that two recordings of one call are linked; else `None`.
    pub call_id: Option<&'a str>,
    /// The draft made of it. It tells the model and the rulebook.
    pub draft: &'a Draft,
    /// When.
    pub at_ms: i64,
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is the recording's draft now.
    Stored,
    /// A person confirmed this recording's scorecard before: nothing was changed.
    Confirmed,
    /// The recording was forgotten in the meantime: nothing was stored.
    Forgotten,
}

impl Store {
    /// Begins an attempt.
    ///
    /// # Errors
    ///
    /// When the recording was never noted, or the store cannot be written.
    pub fn begin_attempt(&self, attempt: &NewAttempt<'_>) -> Result<Attempt, StoreError> {
        self.whole(|link| {
            let last = "SELECT COALESCE(MAX(number), 0) FROM attempts WHERE sha256 = $1";
            let row = link.row(last, &values![attempt.sha256])?;
            let number = read(link, "attempts", || row.map_or(Ok(0), |row| row.int(0)))? + 1;
            link.run(
                "INSERT INTO attempts (sha256, number, run, alone, started_ms, stage, cleared) \
                 VALUES ($1, $2, $3, $4, $5, 'hearing', 0)",
                &values![attempt.sha256, number, attempt.run.0, attempt.alone, attempt.started_ms],
            )?;
            set_state(link, attempt.sha256, State::Working, None, None, attempt.started_ms)?;
            Ok(Attempt { sha256: attempt.sha256.to_owned(), number })
        })
    }

    /// Stores what was heard, the draft made of it, and that the recording is graded: all or nothing.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn finish(&self, attempt: &Attempt, result: &Finished<'_>) -> Result<Kept, StoreError> {
        self.whole(|link| {
            let known = "SELECT (SELECT COUNT(*) FROM confirmations c WHERE c.sha256 = r.sha256) \
                         FROM recordings r WHERE r.sha256 = $1";
            let Some(row) = link.row(known, &values![&attempt.sha256])? else {
                return Ok(Kept::Forgotten);
            };
            let confirmed = read(link, "confirmations", || row.int(0))?;
            end(link, attempt, "graded", None, result.at_ms)?;
            if 0 < confirmed {
                set_state(link, &attempt.sha256, State::Graded, None, None, result.at_ms)?;
                return Ok(Kept::Confirmed);
            }
            put_transcript(link, attempt, result)?;
            put_draft(link, &PreparedDraft::new(&attempt.sha256, result.draft, result.at_ms))?;
            Ok(Kept::Stored)
        })
    }

    /// Stores that there is nothing in the recording, for `model_sha256` (empty where no model listened).
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn skip(
        &self,
        attempt: &Attempt,
        model_sha256: &str,
        reason: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        self.stop(attempt, State::Skipped, model_sha256, reason, at_ms)
    }

    /// Stores that the recording could not be heard with `model_sha256`.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn fail(
        &self,
        attempt: &Attempt,
        model_sha256: &str,
        reason: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        self.stop(attempt, State::Failed, model_sha256, reason, at_ms)
    }

    /// Stores that the listening process died of the recording, or at least with it. `reason` says how (`signal 11`).
    /// True when it is given up: it died twice of this one alone.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn crash(&self, attempt: &Attempt, reason: &str, at_ms: i64) -> Result<bool, StoreError> {
        self.whole(|link| {
            end(link, attempt, "crashed", Some(reason), at_ms)?;
            let row = link.row(
                "SELECT COUNT(*) FROM attempts \
                 WHERE sha256 = $1 AND how = 'crashed' AND alone = 1 AND cleared = 0",
                &values![&attempt.sha256],
            )?;
            let crashes = read(link, "attempts", || row.map_or(Ok(0), |row| row.int(0)))?;
            let given_up = MOST_CRASHES_ALONE <= crashes;
            let state = if given_up { State::Crashed } else { State::Waiting };
            let reason = given_up.then_some(reason);
            set_state(link, &attempt.sha256, state, reason, None, at_ms)?;
            Ok(given_up)
        })
    }

    /// Ends an attempt that somebody interrupted: the recording waits again and nothing counts against it.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn give_back(&self, attempt: &Attempt, at_ms: i64) -> Result<(), StoreError> {
        self.whole(|link| {
            end(link, attempt, "interrupted", None, at_ms)?;
            set_state(link, &attempt.sha256, State::Waiting, None, None, at_ms)
        })
    }

    /// Lets what failed or crashed be tried again: the recording `sha256`, or all of them. How many there were.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn retry(&self, sha256: Option<&str>, at_ms: i64) -> Result<u64, StoreError> {
        self.whole(|link| {
            link.run(
                "UPDATE attempts SET cleared = 1 WHERE sha256 IN (SELECT sha256 FROM recordings \
                 WHERE state IN ('failed', 'crashed') AND ($1 = '' OR sha256 = $1))",
                &values![sha256.unwrap_or_default()],
            )?;
            link.run(
                "UPDATE recordings SET state = 'waiting', state_ms = $2, reason = NULL \
                 WHERE state IN ('failed', 'crashed') AND ($1 = '' OR sha256 = $1)",
                &values![sha256.unwrap_or_default(), at_ms],
            )
        })
    }

    fn stop(
        &self,
        attempt: &Attempt,
        state: State,
        model_sha256: &str,
        reason: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        self.whole(|link| {
            end(link, attempt, state.as_str(), Some(reason), at_ms)?;
            set_state(link, &attempt.sha256, state, Some(reason), Some(model_sha256), at_ms)
        })
    }
}

fn end(
    link: &mut Link,
    attempt: &Attempt,
    how: &str,
    reason: Option<&str>,
    at_ms: i64,
) -> Result<(), StoreError> {
    link.run(
        "UPDATE attempts SET ended_ms = $3, how = $4, reason = $5 WHERE sha256 = $1 AND number = $2",
        &values![&attempt.sha256, attempt.number, at_ms, how, reason],
    )?;
    Ok(())
}

/// A model that is `None` is left as it is.
fn set_state(
    link: &mut Link,
    sha256: &str,
    state: State,
    reason: Option<&str>,
    model_sha256: Option<&str>,
    at_ms: i64,
) -> Result<(), StoreError> {
    link.run(
        "UPDATE recordings SET state = $2, reason = $3, model_sha256 = COALESCE($4, model_sha256), state_ms = $5 \
         WHERE sha256 = $1",
        &values![sha256, state.as_str(), reason, model_sha256, at_ms],
    )?;
    Ok(())
}

fn put_transcript(
    link: &mut Link,
    attempt: &Attempt,
    result: &Finished<'_>,
) -> Result<(), StoreError> {
    let Finished { heard, call, call_id, draft, at_ms } = result;
    let (text, info) =
        read(link, "what was heard", || Ok((heard::write(heard)?, heard::write_info(call)?)))?;
    let call_id = call_id.unwrap_or(&attempt.sha256);
    let started_ms = call.started_at.as_deref().and_then(started_ms);
    link.run(
        "INSERT INTO calls (id, started_ms, manager, info) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET started_ms = excluded.started_ms, manager = excluded.manager, \
         info = excluded.info",
        &values![call_id, started_ms, call.manager.as_deref(), &info],
    )?;
    link.run(
        "UPDATE recordings SET call_id = $2, duration_ms = $3, channels = $4 WHERE sha256 = $1",
        &values![
            &attempt.sha256,
            call_id,
            i64::from(heard.recording.duration_ms),
            i64::from(heard.recording.channels)
        ],
    )?;
    let model = draft.made_with.model.as_deref();
    let model_sha256 = draft.made_with.model_sha256.as_deref().unwrap_or_default();
    link.run(
        "INSERT INTO transcripts (sha256, model_sha256, model, heard_ms, heard) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (sha256, model_sha256) DO UPDATE SET model = excluded.model, \
         heard_ms = excluded.heard_ms, heard = excluded.heard",
        &values![&attempt.sha256, model_sha256, model, *at_ms, &text],
    )?;
    Ok(())
}

/// RFC 3339 to milliseconds; `None` for what is no such time.
fn started_ms(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}
