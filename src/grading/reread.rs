//! A draft's JSON back to what was heard, so that rules can be tried on it without hearing the call again.
//!
//! Only what rules and grading look at is read: the call, the turns with their words, what was dropped. Voice activity is
//! not in a draft; turns stand for it. The scores are not read: they are what is made anew.

use crate::call::{CallInfo, Direction, Recording, Span, Speaker, union};
use crate::grading::difference::{Judged, Rated};
use crate::grading::draft::{Level, Outcome, Verdict};
use crate::transcript::{Activity, DropReason, Dropped, Heard, Turn, Word};

use serde::Deserialize;

/// Why a file is no draft that can be read again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RereadError {
    /// Not JSON, or not of this shape.
    #[error("`{name}` is no draft: {source}; give what `--out` or `--json` wrote")]
    Shape {
        /// The file.
        name: String,
        /// What serde found.
        #[source]
        source: serde_json::Error,
    },
    /// A draft of another format.
    #[error("`{name}` is a draft of format {found}, wanted {wanted}; grade the call again")]
    Version {
        /// The file.
        name: String,
        /// Its version.
        found: u32,
        /// Ours.
        wanted: u32,
    },
    /// A time that cannot be.
    #[error(
        "`{name}` has a time of {start_s} s to {end_s} s, which cannot be; grade the call again"
    )]
    Time {
        /// The file.
        name: String,
        /// Start in seconds.
        start_s: f64,
        /// End in seconds.
        end_s: f64,
    },
}

#[derive(Deserialize)]
struct DraftIn {
    schema: u32,
    call: CallIn,
    transcript: Vec<TurnIn>,
    #[serde(default)]
    dropped: Vec<DroppedIn>,
}

#[derive(Deserialize)]
struct CallIn {
    source: String,
    sha256: String,
    duration_s: f64,
    #[serde(default)]
    started_at: Option<String>,
    #[serde(default)]
    direction: Option<Way>,
    #[serde(default)]
    manager: Option<String>,
    #[serde(default)]
    client: Option<String>,
    #[serde(default)]
    repeated: Option<bool>,
    #[serde(default)]
    ended_by: Option<Who>,
    #[serde(default)]
    extension: Option<String>,
    #[serde(default)]
    unique_id: Option<String>,
    channels: u16,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    In,
    Out,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Who {
    Manager,
    Client,
    Unknown,
}

#[derive(Deserialize)]
struct TurnIn {
    who: Who,
    start_s: f64,
    end_s: f64,
    words: Vec<WordIn>,
}

#[derive(Deserialize)]
struct WordIn {
    text: String,
    start_s: f64,
    end_s: f64,
    confidence: f32,
}

#[derive(Deserialize)]
struct DroppedIn {
    who: Who,
    start_s: f64,
    end_s: f64,
    text: String,
    reason: String,
}

impl From<Who> for Speaker {
    fn from(who: Who) -> Self {
        match who {
            Who::Manager => Self::Manager,
            Who::Client => Self::Client,
            Who::Unknown => Self::Unknown,
        }
    }
}

/// Whether a JSON object looks like a draft, and not like a transcript made elsewhere.
pub fn is_draft(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Mark {
        #[serde(rename = "schema")]
        _schema: u32,
        #[serde(rename = "call_type")]
        _call_type: serde::de::IgnoredAny,
        #[serde(rename = "transcript")]
        _transcript: serde::de::IgnoredAny,
    }
    serde_json::from_slice::<Mark>(bytes).is_ok()
}

/// What was heard when a draft was made. `name` is for errors.
///
/// # Errors
///
/// On what is no draft, or one of another version, or one with impossible times.
pub fn reread(bytes: &[u8], name: &str) -> Result<(Heard, CallInfo), RereadError> {
    let draft: DraftIn = serde_json::from_slice(bytes)
        .map_err(|source| RereadError::Shape { name: name.to_owned(), source })?;
    if draft.schema != super::wire::SCHEMA_VERSION {
        return Err(RereadError::Version {
            name: name.to_owned(),
            found: draft.schema,
            wanted: super::wire::SCHEMA_VERSION,
        });
    }
    let span = |start_s: f64, end_s: f64| span(name, start_s, end_s);
    let mut turns = Vec::with_capacity(draft.transcript.len());
    for turn in draft.transcript {
        let mut words = Vec::with_capacity(turn.words.len());
        for word in turn.words {
            let span = span(word.start_s, word.end_s)?;
            words.push(Word { text: word.text, span, confidence: word.confidence });
        }
        let span = span(turn.start_s, turn.end_s)?;
        turns.push(Turn { speaker: turn.who.into(), span, words });
    }
    let mut dropped = Vec::with_capacity(draft.dropped.len());
    for entry in draft.dropped {
        dropped.push(Dropped {
            speaker: entry.who.into(),
            span: span(entry.start_s, entry.end_s)?,
            text: entry.text,
            reason: reason(&entry.reason),
        });
    }
    let activity = [Speaker::Manager, Speaker::Client, Speaker::Unknown].map(|speaker| {
        let spans = turns.iter().filter(|turn| turn.speaker == speaker).map(|turn| turn.span);
        let lost = dropped.iter().filter(|entry| entry.speaker == speaker).map(|entry| entry.span);
        (speaker, Activity { spans: union(spans.chain(lost)) })
    });
    let call = draft.call;
    let recording = Recording {
        source: call.source,
        sha256: call.sha256,
        duration_ms: span(0.0, call.duration_s)?.end_ms,
        channels: call.channels,
    };
    let info = CallInfo {
        started_at: call.started_at,
        direction: call.direction.map(|way| match way {
            Way::In => Direction::Inbound,
            Way::Out => Direction::Outbound,
        }),
        manager: call.manager,
        client: call.client,
        repeated: call.repeated,
        ended_by: call.ended_by.map(Into::into),
        extension: call.extension,
        unique_id: call.unique_id,
    };
    let activity = activity.into_iter().filter(|(_, activity)| !activity.spans.is_empty());
    let activity = activity.collect();
    Ok((Heard { recording, turns, activity, dropped, warnings: Vec::new() }, info))
}

#[derive(Deserialize)]
struct JudgedIn {
    call: SourceIn,
    call_type: TypeIn,
    criteria: Vec<CriterionIn>,
    cqr: CqrIn,
}

#[derive(Deserialize)]
struct SourceIn {
    source: String,
    manager: Option<String>,
}

#[derive(Deserialize)]
struct TypeIn {
    id: String,
}

#[derive(Deserialize)]
struct CriterionIn {
    id: String,
    value: Option<f64>,
    state: String,
}

#[derive(Deserialize)]
struct CqrIn {
    value: Option<f64>,
    verdict: String,
}

/// What a draft's JSON says of the call, so that it can be compared with another. `name` is for errors.
///
/// # Errors
///
/// On what is no draft. A level between the three is taken for the nearest.
pub fn reread_judged(bytes: &[u8], name: &str) -> Result<Judged, RereadError> {
    let draft: JudgedIn = serde_json::from_slice(bytes)
        .map_err(|source| RereadError::Shape { name: name.to_owned(), source })?;
    let outcome = |criterion: &CriterionIn| match (criterion.value, criterion.state.as_str()) {
        (Some(value), _) if value < 0.25 => Outcome::Proposed(Level::Zero),
        (Some(value), _) if value < 0.75 => Outcome::Proposed(Level::Half),
        (Some(_), _) => Outcome::Proposed(Level::Full),
        (None, "na") => Outcome::NotApplicable,
        (None, _) => Outcome::Unknown,
    };
    Ok(Judged {
        source: draft.call.source,
        manager: draft.call.manager,
        call_type: draft.call_type.id,
        values: draft.criteria.iter().map(|entry| (entry.id.clone(), outcome(entry))).collect(),
        cqr: Rated {
            value: draft.cqr.value,
            verdict: Verdict::parse(&draft.cqr.verdict).unwrap_or(Verdict::None),
        },
    })
}

fn span(name: &str, start_s: f64, end_s: f64) -> Result<Span, RereadError> {
    let ms = |seconds: f64| (seconds * 1000.0).round();
    if 0.0 <= start_s && start_s <= end_s && ms(end_s) <= f64::from(u32::MAX) {
        Ok(Span::new(ms(start_s) as u32, ms(end_s) as u32))
    } else {
        Err(RereadError::Time { name: name.to_owned(), start_s, end_s })
    }
}

/// By the word that JSON uses; a reason of a later version is taken for the plainest.
fn reason(word: &str) -> DropReason {
    DropReason::parse(word).unwrap_or(DropReason::LowConfidence)
}
