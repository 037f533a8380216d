//! The journal of a telephone exchange: every call, recorded or not, from the files that exchanges write.
//!
//! Bytes become rows (`rows`), the format is told by the file itself or by name (`layout`), a row becomes a leg
//! (`leg`, `queue_log`, `json`), the legs of one call are joined (`joiner`) and become one [`JournalCall`]
//! (`fold`). Everything is pure and streams: memory does not grow with the file. Every row is either kept or dropped with
//! a reason, and the numbers add up; nothing in a file can make it panic.
//!
//! Storing calls and showing them is not done here. [`find`] tells which call a recording is of.

pub mod find;
mod fold;
mod joiner;
mod json;
mod layout;
mod leg;
mod queue_log;
mod rows;
mod utf16;
mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};

use crate::call::{Moment, Roster, Way, Zone};

pub use layout::{COLUMNS, Column, Format, Layout, OwnFormat, Recognized, UnknownFormat, Why};

use fold::fold_legs;
use joiner::Joiner;
use rows::{Record, Rows};
use utf16::Utf16;

/// How much of a file is looked at to tell its format, in bytes.
const HEAD_BYTES: usize = 64 << 10;

/// Longest file of JSON, in bytes: it is read whole.
const LONGEST_JSON_BYTES: u64 = 64 << 20;

/// Examples of dropped rows that are kept for people.
const MOST_EXAMPLES: usize = 20;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallOutcome {
    /// Two people spoke.
    Answered,
    /// Nobody took it; a machine may have.
    Missed,
    /// The other side was busy.
    Busy,
    /// It came to nothing for a technical reason.
    Failed,
}

impl CallOutcome {
    /// The word that the store and JSON use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Missed => "missed",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }
}

/// One call of the journal, made of all its legs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalCall {
    /// The call's id, unique within its exchange: that of the first leg.
    pub unique_id: String,
    /// The ids of all legs, sorted.
    pub ids: Vec<String>,
    /// When it began.
    pub started: Moment,
    /// Which way it went, if that can be told.
    pub way: Option<Way>,
    /// The client's number, normalized.
    pub client: Option<String>,
    /// The extension of the manager who spoke longest, or who called.
    pub extension: Option<String>,
    /// The manager's name: from the roster, or as the exchange says it.
    pub manager: Option<String>,
    /// Until a person answered, or until the end, in milliseconds.
    pub waiting_ms: Option<i64>,
    /// How long people spoke, in milliseconds.
    pub talking_ms: Option<i64>,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The file name of its recording.
    pub recording: Option<String>,
    /// The firm's number or the queue through which it came.
    pub line: Option<String>,
    /// Extensions that rang and did not take it, sorted.
    pub missed_by: Vec<String>,
    /// How many legs it had.
    pub legs: usize,
    /// SHA-256 of its rows, whatever their order, in lower-case hex.
    pub raw_sha256: String,
}

/// Why a row is no call or part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// Longer than 1 MiB.
    LineTooLong,
    /// A byte 0.
    NulByte,
    /// A quotation mark without its other half.
    QuoteOpen,
    /// Fewer columns than the first rows have.
    TooFewColumns,
    /// More than 1,000 columns.
    TooManyColumns,
    /// No time of the beginning, or one in an unknown form.
    NoStart,
    /// A date that does not exist, or of another century.
    ImpossibleTime,
    /// An hour that the clock skipped or showed twice.
    AmbiguousTime,
    /// A duration that is negative, no number, or of weeks.
    BadDuration,
    /// The names of the columns once more.
    RepeatedHeader,
    /// The very same row came before.
    Repeated,
    /// An event that belongs to no call.
    NoCall,
    /// No event that is known.
    UnknownEvent,
    /// Part of a call whose other rows are far above: taken, it would be a call of its own.
    TooLate,
    /// JSON that is no object, or broken.
    BadJson,
}

impl DropReason {
    /// The word that JSON uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LineTooLong => "line_too_long",
            Self::NulByte => "nul_byte",
            Self::QuoteOpen => "quote_open",
            Self::TooFewColumns => "too_few_columns",
            Self::TooManyColumns => "too_many_columns",
            Self::NoStart => "no_start",
            Self::ImpossibleTime => "impossible_time",
            Self::AmbiguousTime => "ambiguous_time",
            Self::BadDuration => "bad_duration",
            Self::RepeatedHeader => "repeated_header",
            Self::Repeated => "repeated",
            Self::NoCall => "no_call",
            Self::UnknownEvent => "unknown_event",
            Self::TooLate => "too_late",
            Self::BadJson => "bad_json",
        }
    }
}

/// What an import came to: `rows` are those kept and those dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows of the file, without empty ones and the first header.
    pub rows: u64,
    /// Rows that became part of a call.
    pub kept: u64,
    /// Rows that did not, by reason.
    pub dropped: BTreeMap<DropReason, u64>,
    /// The first of them: line from 1, reason, and the beginning of the row.
    pub examples: Vec<(u64, DropReason, String)>,
    /// Calls that came of it.
    pub calls: u64,
}

impl Tally {
    /// Rows that were dropped, in all.
    pub fn dropped(&self) -> u64 {
        self.dropped.values().sum()
    }

    fn keep(&mut self) {
        self.rows += 1;
        self.kept += 1;
    }

    fn drop(&mut self, line: u64, reason: DropReason, text: &str) {
        self.rows += 1;
        *self.dropped.entry(reason).or_default() += 1;
        if self.examples.len() < MOST_EXAMPLES {
            let text = text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c });
            self.examples.push((line, reason, text.collect()));
        }
    }
}

/// How a file is to be read.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions<'a> {
    /// The format, where it is not to be told by the file.
    pub format: Option<&'a Format>,
    /// Formats of the firm's own, tried before the known ones.
    pub own: &'a [OwnFormat],
    /// The zone of the clocks in it.
    pub zone: &'a Zone,
    /// Who works here.
    pub roster: &'a Roster,
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// It could not be read to its end.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// Whoever takes the calls had to stop.
    #[error("{0}")]
    Sink(Box<dyn std::error::Error + Send + Sync>),
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// Bytes that are no text.
    #[error(
        "is no text: there is a byte 0 at {at}; export the journal as CSV in UTF-8, windows-1251 or, with its mark, UTF-16"
    )]
    Binary {
        /// Where, from 0.
        at: usize,
    },
    /// JSON that cannot be read whole.
    #[error("is JSON of more than {} MiB; write one object a line instead", LONGEST_JSON_BYTES >> 20)]
    LongJson,
    /// JSON that is none.
    #[error("is no JSON: {0}")]
    Json(String),
    /// No format fits.
    #[error(transparent)]
    Unknown(#[from] UnknownFormat),
}

/// Whoever takes the calls, with the format of their file.
pub type CallSink<'a> =
    dyn FnMut(&Format, JournalCall) -> Result<(), Box<dyn std::error::Error + Send + Sync>> + 'a;

/// Reads a file, hands its calls to `sink` as they are complete, and tells what was recognized and what came of the rows.
///
/// # Errors
///
/// When it cannot be read, is no text, is of no known format, or `sink` had to stop.
pub fn import(
    file: &mut dyn BufRead,
    options: &ImportOptions<'_>,
    sink: &mut CallSink<'_>,
) -> Result<(Recognized, Tally), JournalError> {
    let head = head(file)?;
    let mut whole = head.as_slice().chain(file);
    match utf16::marked(&head) {
        Some(encoding) => import_text(&mut Utf16::new(&mut whole, encoding), options, sink),
        None => import_text(&mut whole, options, sink),
    }
}

/// The same for what is UTF-8 or windows-1251.
fn import_text(
    file: &mut dyn BufRead,
    options: &ImportOptions<'_>,
    sink: &mut CallSink<'_>,
) -> Result<(Recognized, Tally), JournalError> {
    let head = head(file)?;
    if head.is_empty() {
        return Err(JournalError::Empty);
    }
    // So has UTF-16 without its mark.
    if let Some(at) = head.iter().position(|byte| *byte == 0) {
        return Err(JournalError::Binary { at });
    }
    let begin = head.trim_ascii_start();
    let begin = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begin).trim_ascii_start();
    if begin.is_empty() && head.len() < HEAD_BYTES {
        return Err(JournalError::Empty);
    }
    let mut whole = head.chain(file);
    let mut tally = Tally::default();
    if begin.starts_with(b"{") || begin.starts_with(b"[{") || begin == b"[]" {
        let recognized = json::import(&mut whole, options, &mut tally, sink)?;
        return Ok((recognized, tally));
    }
    let recognized = layout::recognize(&head, options)?;
    let own = options.own.iter().find(|own| own.name == recognized.layout.format.name());
    let zone = own.and_then(|own| own.zone.as_ref()).unwrap_or(options.zone);
    let options = &ImportOptions { zone, ..*options };
    match &recognized.layout.format {
        Format::QueueLog => {
            queue_log::import(&mut whole, &recognized.layout, options, &mut tally, sink)?;
        }
        _ => table(&mut whole, &recognized.layout, options, &mut tally, sink)?,
    }
    Ok((recognized, tally))
}

/// The beginning of a file.
fn head(file: &mut dyn BufRead) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// A table with one leg a row.
fn table(
    file: &mut dyn BufRead,
    layout: &Layout,
    options: &ImportOptions<'_>,
    tally: &mut Tally,
    sink: &mut CallSink<'_>,
) -> Result<(), JournalError> {
    let mut joiner = Joiner::default();
    let mut rows = Rows::new(file, layout.delimiter);
    let mut is_first = true;
    while let Some(record) = rows.next()? {
        let is_first = std::mem::take(&mut is_first);
        let Record { line, text, columns } = match record {
            Ok(record) => record,
            Err((line, reason, text)) => {
                tally.drop(line, reason, &text);
                continue;
            }
        };
        if layout.is_header(&columns) {
            if !is_first {
                tally.drop(line, DropReason::RepeatedHeader, &text);
            }
            continue;
        }
        let fields = match layout.fields(&columns) {
            Ok(fields) => fields,
            Err(reason) => {
                tally.drop(line, reason, &text);
                continue;
            }
        };
        match leg::read(&fields, &layout.format, options, &text) {
            Ok(leg) => take(leg, line, &text, &mut joiner, tally),
            Err(reason) => tally.drop(line, reason, &text),
        }
        for legs in joiner.ripe() {
            tally.calls += 1;
            sink(&layout.format, fold_legs(legs, options.roster)).map_err(JournalError::Sink)?;
        }
    }
    finish(joiner, &layout.format, options, tally, sink)
}

/// Puts a leg beside the others of its call.
fn take(leg: leg::Leg, line: u64, text: &str, joiner: &mut Joiner<leg::Leg>, tally: &mut Tally) {
    let (ids, hash) = (leg.ids.clone(), leg.hash);
    match joiner.push(&ids, hash, leg) {
        Ok(()) => tally.keep(),
        Err(reason) => tally.drop(line, reason, text),
    }
}

/// Hands out what is left at the end of a file.
fn finish(
    joiner: Joiner<leg::Leg>,
    format: &Format,
    options: &ImportOptions<'_>,
    tally: &mut Tally,
    sink: &mut CallSink<'_>,
) -> Result<(), JournalError> {
    for legs in joiner.rest() {
        tally.calls += 1;
        sink(format, fold_legs(legs, options.roster)).map_err(JournalError::Sink)?;
    }
    Ok(())
}
