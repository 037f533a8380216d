//! One row of a journal as a leg of a call: what every exchange says in its own way.
//!
//! "Answered" means here that a person took it. Asterisk calls a leg answered as soon as its queue or its voice menu does;
//! it was put through to somebody only where there is another channel.

use sha2::{Digest as _, Sha256};

use crate::call::{Moment, Number, Way};
use crate::journal::layout::{Column, Fields, Format, way_of};
use crate::journal::values::{duration_ms, extension_of_channel, moment, number, outcome, span_ms};
use crate::journal::{CallOutcome, DropReason, ImportOptions};

/// One leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    /// Its ids: its own, that of its call, that of the leg beside it. At least one.
    pub(super) ids: Vec<String>,
    /// The id by which its call is to be known.
    pub(super) call_id: String,
    pub(super) started: Moment,
    /// Milliseconds since 1970, not before the start.
    pub(super) ended_ms: i64,
    /// When a person spoke, in milliseconds since 1970.
    pub(super) talk: Option<(i64, i64)>,
    /// As the exchange says it, where it does.
    pub(super) waiting_ms: Option<i64>,
    pub(super) way: Option<Way>,
    pub(super) client: Option<String>,
    /// The extension on this side of the call.
    pub(super) extension: Option<String>,
    pub(super) manager: Option<String>,
    pub(super) line: Option<String>,
    pub(super) outcome: CallOutcome,
    pub(super) recording: Option<String>,
    /// SHA-256 of its row.
    pub(super) hash: [u8; 32],
}

/// Programs of Asterisk that answer without a person.
const MACHINES: &[&str] = &["voicemail", "voicemailmain", "playback", "background", "ivr"];

/// Makes a leg of a row; `text` is the row as it is written.
pub(super) fn read(
    fields: &Fields<'_>,
    format: &Format,
    options: &ImportOptions<'_>,
    text: &str,
) -> Result<Leg, DropReason> {
    let started = start(fields, options)?;
    let said_talk = duration_ms(fields.get(Column::Talking).unwrap_or_default())?;
    let said_wait = duration_ms(fields.get(Column::Waiting).unwrap_or_default())?;
    let duration = duration_ms(fields.get(Column::Duration).unwrap_or_default())?;
    let instant = |column| match fields.get(column).filter(|text| !is_never(text)) {
        Some(text) => moment(text, options.zone).map(|moment| Some(moment.ms)),
        None => Ok(None),
    };
    let answered_at = instant(Column::Answer)?;
    let ended_at = instant(Column::End)?;
    let length = match (ended_at, duration) {
        (Some(end), _) => span_ms(started.ms, end)?,
        (None, Some(duration)) => duration,
        (None, None) => said_wait.unwrap_or(0) + said_talk.unwrap_or(0),
    };
    let ended_ms = started.ms + length;
    if let Some(answer) = answered_at {
        span_ms(started.ms, answer)?;
        span_ms(answer, ended_ms.max(answer))?;
    }
    let outcome = outcome_of(fields, format, answered_at, said_talk);
    let talk = (outcome == CallOutcome::Answered).then(|| {
        let from = match (answered_at, said_talk, said_wait) {
            (Some(answer), _, _) => answer,
            (None, Some(talk), _) => ended_ms - talk,
            (None, None, Some(wait)) => started.ms + wait,
            (None, None, None) => started.ms,
        };
        let from = from.clamp(started.ms, ended_ms.max(started.ms));
        let to = said_talk.map_or(ended_ms, |talk| from + talk);
        (from, to.max(from))
    });
    let people = people(fields, options);
    let unique_id = fields.get(Column::UniqueId).map(str::to_owned);
    let linked = fields.get(Column::CallId).map(str::to_owned);
    let other = fields.get(Column::OtherId).map(str::to_owned);
    // Without any id a call is known by when and between whom it was; its legs cannot be joined.
    let call_id = linked.clone().or_else(|| unique_id.clone()).unwrap_or_else(|| {
        let numbers = [Column::Caller, Column::Callee, Column::Client, Column::Channel]
            .map(|column| fields.get(column).unwrap_or("-"));
        format!("{started} {}", numbers.join(" "))
    });
    let mut ids = vec![call_id.clone()];
    for id in [unique_id, other].into_iter().flatten() {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let file = fields.get(Column::Recording).map(|path| {
        path.trim_matches(['[', ']']).rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
    });
    Ok(Leg {
        ids,
        call_id,
        started,
        ended_ms,
        talk,
        waiting_ms: said_wait,
        way: people.way,
        client: people.client,
        extension: people.extension,
        manager: fields.get(Column::Manager).map(str::to_owned),
        line: fields.get(Column::Line).or(fields.get(Column::Queue)).map(str::to_owned),
        outcome,
        recording: file.filter(|file| !file.is_empty()),
        hash: Sha256::digest(text.as_bytes()).into(),
    })
}

fn start(fields: &Fields<'_>, options: &ImportOptions<'_>) -> Result<Moment, DropReason> {
    match (fields.get(Column::Start), fields.get(Column::Date), fields.get(Column::Time)) {
        (Some(start), _, _) => moment(start, options.zone),
        (None, Some(date), Some(time)) => moment(&format!("{date} {time}"), options.zone),
        _ => Err(DropReason::NoStart),
    }
}

/// What stands where something never happened.
fn is_never(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'-' | b':' | b' ' | b'/' | b'.'))
        || text.eq_ignore_ascii_case("null")
}

fn outcome_of(
    fields: &Fields<'_>,
    format: &Format,
    answered_at: Option<i64>,
    talk: Option<i64>,
) -> CallOutcome {
    let said = fields
        .get(Column::Outcome)
        .and_then(outcome)
        .or_else(|| fields.get(Column::Direction).and_then(outcome));
    let lost = fields.get(Column::Lost).map(str::to_lowercase);
    let lost = lost.is_some_and(|word| matches!(word.as_str(), "true" | "1" | "да" | "yes"));
    let spoke = answered_at.is_some() || talk.is_some_and(|ms| 0 < ms);
    let outcome = match said {
        _ if lost => CallOutcome::Missed,
        Some(said) => said,
        None if spoke => CallOutcome::Answered,
        None => CallOutcome::Missed,
    };
    if outcome != CallOutcome::Answered {
        return outcome;
    }
    let application = fields.get(Column::Application).unwrap_or_default().to_lowercase();
    let by_machine = (format.tells_channels()
        && fields.there(Column::DestinationChannel) == Some(""))
        || MACHINES.contains(&application.as_str())
        || (*format == Format::FreeSwitch && fields.there(Column::OtherId) == Some(""))
        || fields.get(Column::DestinationType).is_some_and(|kind| {
            let kind = kind.to_lowercase();
            ["ivr", "queue", "ringgroup", "voicemail", "script"]
                .iter()
                .any(|word| kind.contains(word))
        });
    if by_machine { CallOutcome::Missed } else { outcome }
}

/// Who called whom.
struct People {
    way: Option<Way>,
    client: Option<String>,
    extension: Option<String>,
}

fn people(fields: &Fields<'_>, options: &ImportOptions<'_>) -> People {
    let roster = options.roster;
    let party = |own: Column, plain: Column| {
        let own = fields.get(own).and_then(number);
        own.filter(|number| roster.is_inside(number)).or_else(|| fields.get(plain).and_then(number))
    };
    let mut from = party(Column::CallerExtension, Column::Caller);
    let mut to = party(Column::CalleeExtension, Column::Callee);
    // The channel knows the extension where the number shown was changed on the way.
    let inside = |column| fields.get(column).and_then(extension_of_channel).map(Number::Inside);
    let is_inside =
        |number: &Option<Number>| number.as_ref().is_some_and(|one| roster.is_inside(one));
    if !is_inside(&from)
        && !fields.get(Column::Channel).is_some_and(|name| name.starts_with("Local/"))
    {
        from = inside(Column::Channel).or(from);
    }
    let came_in = !is_inside(&from);
    if came_in {
        to = inside(Column::DestinationChannel).or(to);
    }
    let context = fields.get(Column::Context).unwrap_or_default();
    let from_outside = [
        "from-trunk",
        "from-pstn",
        "from-did",
        "ext-queues",
        "ext-group",
        "ext-did",
        "ivr-",
        "app-announcement",
    ];
    let by_context = came_in
        && (from_outside.iter().any(|begin| context.starts_with(begin))
            || fields.get(Column::Line).is_some_and(|line| number(line).is_some()));
    let said = way_of(fields).or_else(|| by_context.then_some(Way::In));
    let sides = roster.sides(from.as_ref(), to.as_ref(), said);
    let client = fields.get(Column::Client).and_then(number);
    let client = client.as_ref().and_then(Number::as_str).map(str::to_owned).or(sides.client);
    let extension = fields.get(Column::Extension).and_then(number);
    let extension =
        extension.as_ref().and_then(Number::as_str).map(str::to_owned).or(sides.extension);
    People { way: sides.way, client, extension }
}
