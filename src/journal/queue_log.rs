//! Asterisk's `queue_log`: one line an event, `second|call|queue|member|EVENT|parameters`.
//!
//! The best source for how long somebody waited, and for whose telephone rang in vain. The events of a call become legs, as
//! a table's rows are, so that both are joined in the same way.

use std::io::BufRead;

use sha2::{Digest as _, Sha256};

use crate::call::{Number, Way};
use crate::journal::fold::fold_legs;
use crate::journal::joiner::Joiner;
use crate::journal::leg::Leg;
use crate::journal::rows::{Record, Rows};
use crate::journal::values::{extension_of_channel, moment, number};
use crate::journal::{
    CallOutcome, CallSink, DropReason, ImportOptions, JournalCall, JournalError, Layout, Tally,
};

/// Events about members and the program, and none about a call.
const OF_NO_CALL: &[&str] = &[
    "QUEUESTART",
    "CONFIGRELOAD",
    "ADDMEMBER",
    "REMOVEMEMBER",
    "PAUSE",
    "UNPAUSE",
    "PAUSEALL",
    "UNPAUSEALL",
    "PENALTY",
    "AGENTLOGIN",
    "AGENTLOGOFF",
    "AGENTCALLBACKLOGIN",
    "AGENTCALLBACKLOGOFF",
    "MEMBERSTATUS",
    "RINGINUSE",
    "MEMBERPENALTY",
    "QUEUEMEMBERSTATUS",
];

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Entered,
    Rang,
    Connected,
    Completed,
    GaveUp,
    Left,
    Moved,
    Other,
}

/// One line.
#[derive(Clone, Debug)]
struct Event {
    at_ms: i64,
    offset_s: i32,
    call: String,
    queue: String,
    member: String,
    kind: Kind,
    client: Option<String>,
    hash: [u8; 32],
}

pub(super) fn import(
    file: &mut dyn BufRead,
    layout: &Layout,
    options: &ImportOptions<'_>,
    tally: &mut Tally,
    sink: &mut CallSink<'_>,
) -> Result<(), JournalError> {
    let mut joiner = Joiner::default();
    let mut rows = Rows::new(file, layout.delimiter);
    while let Some(record) = rows.next()? {
        let record = match record {
            Ok(record) => record,
            Err((line, reason, text)) => {
                tally.drop(line, reason, &text);
                continue;
            }
        };
        let pushed = event(&record, options).and_then(|event| {
            joiner.push(std::slice::from_ref(&event.call.clone()), event.hash, event)
        });
        match pushed {
            Ok(()) => tally.keep(),
            Err(reason) => tally.drop(record.line, reason, &record.text),
        }
        for events in joiner.ripe() {
            tally.calls += 1;
            sink(&layout.format, call(&events, options)).map_err(JournalError::Sink)?;
        }
    }
    for events in joiner.rest() {
        tally.calls += 1;
        sink(&layout.format, call(&events, options)).map_err(JournalError::Sink)?;
    }
    Ok(())
}

fn event(record: &Record, options: &ImportOptions<'_>) -> Result<Event, DropReason> {
    let at = |index: usize| record.columns.get(index).map_or("", String::as_str);
    if record.columns.len() < 5 {
        return Err(DropReason::TooFewColumns);
    }
    let moment = moment(at(0), options.zone)?;
    let kind = match at(4) {
        "ENTERQUEUE" => Kind::Entered,
        "RINGNOANSWER" => Kind::Rang,
        "CONNECT" => Kind::Connected,
        "COMPLETEAGENT" | "COMPLETECALLER" | "AGENTDUMP" => Kind::Completed,
        "TRANSFER" | "BLINDTRANSFER" | "ATTENDEDTRANSFER" => Kind::Moved,
        "ABANDON" => Kind::GaveUp,
        "EXITWITHTIMEOUT" | "EXITEMPTY" | "EXITWITHKEY" | "SYSCOMPAT" => Kind::Left,
        "RINGCANCELED" | "DID" | "INFO" | "CALLSTATUS" | "HOLD" | "UNHOLD" => Kind::Other,
        event if OF_NO_CALL.contains(&event) => return Err(DropReason::NoCall),
        _ => return Err(DropReason::UnknownEvent),
    };
    let call = at(1);
    if call.is_empty() || call == "NONE" || call == "MANAGER" {
        return Err(DropReason::NoCall);
    }
    let client = (kind == Kind::Entered).then(|| number(at(6))).flatten();
    Ok(Event {
        at_ms: moment.ms,
        offset_s: moment.offset_s,
        call: call.to_owned(),
        queue: at(2).to_owned(),
        member: at(3).to_owned(),
        kind,
        client: client.as_ref().and_then(Number::as_str).map(str::to_owned),
        hash: Sha256::digest(record.text.as_bytes()).into(),
    })
}

/// One call of its events, in the order of the file.
fn call(events: &[Event], options: &ImportOptions<'_>) -> JournalCall {
    let mut legs: Vec<Leg> = Vec::new();
    let start_ms = events.iter().map(|event| event.at_ms).min().unwrap_or(0);
    let end_ms = events.iter().map(|event| event.at_ms).max().unwrap_or(start_ms);
    let mut talks_since: Option<(&Event, i64)> = None;
    for event in events {
        match event.kind {
            Kind::Rang => legs.push(leg(event, event.at_ms, None)),
            Kind::Connected => talks_since = Some((event, event.at_ms)),
            Kind::Completed | Kind::Moved | Kind::GaveUp | Kind::Left => {
                if let Some((connected, from)) = talks_since.take() {
                    legs.push(leg(connected, event.at_ms, Some((from, event.at_ms.max(from)))));
                }
            }
            Kind::Entered | Kind::Other => {}
        }
    }
    // The end may be in a later file: they spoke, and nobody knows how long.
    if let Some((connected, from)) = talks_since {
        legs.push(leg(connected, end_ms, Some((from, end_ms.max(from)))));
    }
    // The call itself: without it one that was given up would have no leg at all.
    if let Some(first) = events.iter().find(|event| event.kind == Kind::Entered).or(events.first())
    {
        let mut whole = leg(first, end_ms, None);
        let mut digest = Sha256::new();
        let mut hashes: Vec<[u8; 32]> = events.iter().map(|event| event.hash).collect();
        hashes.sort_unstable();
        for hash in hashes {
            digest.update(hash);
        }
        whole.hash = digest.finalize().into();
        whole.started.ms = start_ms;
        whole.extension = None;
        whole.manager = None;
        whole.client = events.iter().find_map(|event| event.client.clone());
        legs.push(whole);
    }
    fold_legs(legs, options.roster)
}

fn leg(event: &Event, ended_ms: i64, talk: Option<(i64, i64)>) -> Leg {
    let extension = extension_of_channel(&event.member);
    let is_name = extension.is_none() && !matches!(event.member.as_str(), "" | "NONE");
    Leg {
        ids: vec![event.call.clone()],
        call_id: event.call.clone(),
        started: crate::call::Moment { ms: event.at_ms, offset_s: event.offset_s },
        ended_ms: ended_ms.max(event.at_ms),
        talk,
        waiting_ms: None,
        way: Some(Way::In),
        client: None,
        extension,
        manager: is_name.then(|| event.member.clone()),
        line: Some(event.queue.clone()).filter(|queue| !matches!(queue.as_str(), "" | "NONE")),
        outcome: if talk.is_some() { CallOutcome::Answered } else { CallOutcome::Missed },
        recording: None,
        hash: event.hash,
    }
}
