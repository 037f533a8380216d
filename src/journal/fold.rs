//! The legs of one call as one call: when it began, how long somebody waited and spoke, and who.

use sha2::{Digest as _, Sha256};

use crate::call::{Roster, Way};
use crate::journal::leg::Leg;
use crate::journal::{CallOutcome, JournalCall};

/// Makes one call of its legs (at least one; none makes an empty call of 1970).
pub(super) fn fold_legs(mut legs: Vec<Leg>, roster: &Roster) -> JournalCall {
    legs.sort_by(|a, b| (a.started.ms, &a.ids, a.hash).cmp(&(b.started.ms, &b.ids, b.hash)));
    let mut hashes: Vec<[u8; 32]> = legs.iter().map(|leg| leg.hash).collect();
    hashes.sort_unstable();
    let mut digest = Sha256::new();
    for hash in &hashes {
        digest.update(hash);
    }
    let raw_sha256: String = hex(&digest.finalize());

    let first = legs.first();
    let start_ms = first.map_or(0, |leg| leg.started.ms);
    let end_ms = legs.iter().map(|leg| leg.ended_ms).max().unwrap_or(start_ms);
    let talks: Vec<(i64, i64)> = legs.iter().filter_map(|leg| leg.talk).collect();
    let outcome = if talks.is_empty() {
        let all = |outcome| legs.iter().all(|leg| leg.outcome == outcome);
        let any = |outcome| legs.iter().any(|leg| leg.outcome == outcome);
        if any(CallOutcome::Busy) && !any(CallOutcome::Missed) {
            CallOutcome::Busy
        } else if all(CallOutcome::Failed) {
            CallOutcome::Failed
        } else {
            CallOutcome::Missed
        }
    } else {
        CallOutcome::Answered
    };
    // The first leg that says which way it went speaks for the call: later ones are what became of it inside.
    let outer = legs.iter().filter_map(|leg| leg.way).find(|way| *way != Way::Internal);
    let way = outer.or_else(|| legs.iter().find_map(|leg| leg.way));
    let of_way = |leg: &&Leg| leg.way == way;
    let client = legs
        .iter()
        .filter(of_way)
        .find_map(|leg| leg.client.clone())
        .or_else(|| legs.iter().find_map(|leg| leg.client.clone()))
        .filter(|_| way != Some(Way::Internal));
    let spoke_ms = |leg: &&Leg| leg.talk.map(|(from, to)| to - from);
    // Of legs that are equally long the last: the halves of a local channel are told from the outside in.
    let is_somebodys = |leg: &&Leg| leg.extension.is_some() || leg.manager.is_some();
    let longest = legs.iter().filter(is_somebodys);
    let longest = longest.filter(|leg| leg.talk.is_some()).max_by_key(spoke_ms);
    let placed = legs.iter().find(|leg| leg.way == Some(Way::Out) && is_somebodys(leg));
    // A missed call was nobody's, unless it is one that a manager made.
    let only = (way != Some(Way::In)).then(|| legs.iter().find(is_somebodys));
    let person = match way {
        Some(Way::Out) => placed.or(longest),
        _ => longest.or(only.flatten()),
    };
    let extension = person.and_then(|leg| leg.extension.clone());
    let by_extension = extension.as_deref().and_then(|text| roster.by_extension(text));
    let said = person.and_then(|leg| leg.manager.as_deref());
    let manager = match (said, by_extension) {
        (Some(name), _) => Some(roster.by_name(name).or(by_extension).unwrap_or(name).to_owned()),
        (None, name) => name.map(str::to_owned),
    };
    let mut missed_by: Vec<String> = legs
        .iter()
        .filter(|leg| leg.talk.is_none() && leg.way == Some(Way::In))
        .filter_map(|leg| leg.extension.clone())
        .filter(|missed| Some(missed) != extension.as_ref())
        .collect();
    missed_by.sort();
    missed_by.dedup();
    let said_wait = legs.iter().find_map(|leg| leg.waiting_ms).filter(|_| legs.len() == 1);
    let answered_ms = talks.iter().map(|(from, _)| *from).min();
    let waiting_ms = said_wait.unwrap_or_else(|| answered_ms.unwrap_or(end_ms) - start_ms);
    let mut ids: Vec<String> = legs.iter().flat_map(|leg| leg.ids.clone()).collect();
    ids.sort();
    ids.dedup();
    JournalCall {
        unique_id: first.map(|leg| leg.call_id.clone()).unwrap_or_default(),
        ids,
        started: first.map(|leg| leg.started).unwrap_or_default(),
        way,
        client,
        extension,
        manager,
        waiting_ms: Some(waiting_ms.max(0)),
        talking_ms: Some(together_ms(talks)),
        outcome,
        recording: legs
            .iter()
            .filter(|leg| leg.talk.is_some())
            .find_map(|leg| leg.recording.clone())
            .or_else(|| legs.iter().find_map(|leg| leg.recording.clone())),
        line: legs.iter().find_map(|leg| leg.line.clone()),
        missed_by,
        legs: legs.len(),
        raw_sha256,
    }
}

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(half.into(), 16).unwrap_or('0'));
        }
        text
    })
}

/// How long somebody spoke: what two legs say at the same time counts once.
fn together_ms(mut spans: Vec<(i64, i64)>) -> i64 {
    spans.sort_unstable();
    let (mut sum, mut until) = (0, i64::MIN);
    for (from, to) in spans {
        sum += (to - from.max(until)).max(0);
        until = until.max(to);
    }
    sum
}
