//! Drafts: one for each recording, model and rulebook, and which of them is in force.
//!
//! The store keeps a draft without its transcript, which it has already, and puts the two together again when somebody
//! asks. A draft that another one replaces goes, unless a person confirmed it: it lies beside his answer for ever.

use crate::grading::wire::{DraftJson, DroppedJson, TurnJson};
use crate::grading::{self, Draft};
use crate::store::link::{Link, Row, Unreadable, values};
use crate::store::{Store, StoreError, heard, read};

/// What a draft is of and what made it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// SHA-256 of the recording.
    pub sha256: String,
    /// SHA-256 of the model file; empty for a transcript made elsewhere.
    pub model_sha256: String,
    /// SHA-256 of the rulebook.
    pub rulebook_sha256: String,
}

/// A draft as lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftRow {
    /// What it is of and what made it.
    pub key: Key,
    /// Its id.
    pub id: String,
    /// The recording's path.
    pub source: String,
    /// The day that it is filed under.
    pub day: Option<String>,
    /// The manager, where he is known.
    pub manager: Option<String>,
    /// When it was made.
    pub made_ms: i64,
    /// Id of the call type.
    pub call_type: String,
    /// 0 to 100, exact.
    pub cqr: Option<f64>,
    /// `good`, `needs_work`, `open` or `none`.
    pub verdict: String,
    /// Chance that a reviewer turns the verdict: see [`grading::doubt`].
    pub doubt: f64,
}

/// A draft on its way into the store, with everything done that needs no database: what many threads can do at once.
#[derive(Clone, Debug)]
pub struct PreparedDraft {
    key: Key,
    rulebook: String,
    program: String,
    call_type: String,
    cqr: Option<f64>,
    verdict: &'static str,
    doubt: f64,
    text: Result<String, Unreadable>,
    made_ms: i64,
}

impl PreparedDraft {
    /// Prepares the draft of the recording `sha256`.
    pub fn new(sha256: &str, draft: &Draft, made_ms: i64) -> Self {
        Self {
            key: Key {
                sha256: sha256.to_owned(),
                model_sha256: draft.made_with.model_sha256.clone().unwrap_or_default(),
                rulebook_sha256: draft.rulebook_sha256.clone(),
            },
            rulebook: draft.rulebook.clone(),
            program: draft.made_with.program.clone(),
            call_type: draft.call_type.id.clone(),
            cqr: draft.cqr.value,
            verdict: draft.cqr.verdict.as_str(),
            doubt: grading::doubt(draft),
            text: without_transcript(draft),
            made_ms,
        }
    }

    /// The recording that it is of.
    pub fn sha256(&self) -> &str {
        &self.key.sha256
    }
}

/// Where the transcript goes: these bytes are in no string of JSON, where a quote has a backslash before it.
const NO_TRANSCRIPT: &str = ",\"transcript\":[],\"dropped\":[],";

fn without_transcript(draft: &Draft) -> Result<String, Unreadable> {
    let text = serde_json::to_string(&DraftJson::without_transcript(draft))
        .map_err(|error| Unreadable::new(error.to_string()))?;
    if text.matches(NO_TRANSCRIPT).count() != 1 {
        return Err(Unreadable::new("a draft without a place for its transcript"));
    }
    Ok(text)
}

/// A draft's JSON with its transcript again.
pub(super) fn with_transcript(draft: &str, heard: &str) -> Result<String, Unreadable> {
    let heard = heard::read(heard)?;
    let turns: Vec<TurnJson> = heard.turns.iter().map(Into::into).collect();
    let dropped: Vec<DroppedJson> = heard.dropped.iter().map(Into::into).collect();
    let json = serde_json::to_string(&turns)
        .and_then(|turns| Ok((turns, serde_json::to_string(&dropped)?)));
    let (turns, dropped) = json.map_err(|error| Unreadable::new(error.to_string()))?;
    let whole = format!(",\"transcript\":{turns},\"dropped\":{dropped},");
    Ok(draft.replacen(NO_TRANSCRIPT, &whole, 1))
}

/// Makes a draft the one in force: the one that it replaces goes.
pub(super) fn put_draft(link: &mut Link, new: &PreparedDraft) -> Result<(), StoreError> {
    let text = new.text.as_ref().map_err(|fault| link.unreadable("a draft", fault))?;
    let Key { sha256, model_sha256, rulebook_sha256 } = &new.key;
    link.run("DELETE FROM drafts WHERE sha256 = $1", &values![sha256])?;
    link.run(
        "INSERT INTO drafts (sha256, model_sha256, rulebook_sha256, rulebook, program, made_ms, call_type, cqr, \
         verdict, doubt, draft) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &values![
            sha256,
            model_sha256,
            rulebook_sha256,
            &new.rulebook,
            &new.program,
            new.made_ms,
            &new.call_type,
            new.cqr,
            new.verdict,
            new.doubt,
            text
        ],
    )?;
    link.run(
        "UPDATE recordings SET state = 'graded', reason = NULL, model_sha256 = $2, rulebook_sha256 = $3, \
         state_ms = $4 WHERE sha256 = $1",
        &values![sha256, model_sha256, rulebook_sha256, new.made_ms],
    )?;
    Ok(())
}

/// The start of every query for [`DraftRow`]s.
macro_rules! drafts {
    ($rest:literal) => {
        concat!(
            "SELECT d.sha256, d.model_sha256, d.rulebook_sha256, r.id, r.source, r.day, c.manager, d.made_ms, \
             d.call_type, d.cqr, d.verdict, d.doubt FROM drafts d JOIN recordings r ON r.sha256 = d.sha256 \
             LEFT JOIN calls c ON c.id = r.call_id ",
            $rest
        )
    };
}

fn draft_row(row: &Row) -> Result<DraftRow, Unreadable> {
    Ok(DraftRow {
        key: Key {
            sha256: row.text(0)?,
            model_sha256: row.text(1)?,
            rulebook_sha256: row.text(2)?,
        },
        id: row.text(3)?,
        source: row.text(4)?,
        day: row.maybe_text(5)?,
        manager: row.maybe_text(6)?,
        made_ms: row.int(7)?,
        call_type: row.text(8)?,
        cqr: row.maybe_real(9)?,
        verdict: row.text(10)?,
        doubt: row.real(11)?,
    })
}

impl Store {
    /// The drafts that wait for a person, those first whose verdict he may turn; then by id.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn waiting_drafts(&self, most: usize) -> Result<Vec<DraftRow>, StoreError> {
        self.with(|link| {
            let rows = link.rows(
                drafts!(
                    "WHERE d.sha256 NOT IN (SELECT sha256 FROM confirmations) \
                     ORDER BY d.doubt DESC, r.id, d.sha256 LIMIT $1"
                ),
                &values![i64::try_from(most).unwrap_or(i64::MAX)],
            )?;
            read(link, "drafts", || rows.iter().map(draft_row).collect())
        })
    }

    /// The draft in force of a recording; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn draft(&self, sha256: &str) -> Result<Option<DraftRow>, StoreError> {
        self.with(|link| {
            let row = link.row(drafts!("WHERE d.sha256 = $1"), &values![sha256])?;
            read(link, "drafts", || row.as_ref().map(draft_row).transpose())
        })
    }

    /// The JSON of the draft in force, whole, on one line: as `--json` prints it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn draft_json(&self, sha256: &str) -> Result<Option<String>, StoreError> {
        self.with(|link| {
            let row = link.row(
                "SELECT d.draft, t.heard FROM drafts d JOIN transcripts t \
                 ON t.sha256 = d.sha256 AND t.model_sha256 = d.model_sha256 WHERE d.sha256 = $1",
                &values![sha256],
            )?;
            let Some(row) = row else { return Ok(None) };
            read(link, "a draft", || Ok(Some(with_transcript(row.str(0)?, row.str(1)?)?)))
        })
    }
}
