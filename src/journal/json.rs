//! Journals as JSON: FreeSWITCH's `mod_json_cdr`, answers of an operator's API, one object a line.
//!
//! Objects are flattened: a name means what it means as the name of a column, wherever it stands. FreeSWITCH's objects have
//! a shape of their own.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};

use serde_json::{Map, Value};

use crate::journal::joiner::Joiner;
use crate::journal::layout::{Column, Fields, Format, Layout, Recognized, Why, column_named};
use crate::journal::rows::decoded;
use crate::journal::{
    CallSink, DropReason, ImportOptions, JournalError, LONGEST_JSON_BYTES, Tally, finish, leg, take,
};

/// Where an answer keeps its rows.
const LISTS: &[&str] = &["data", "result", "calls", "records", "items", "rows"];

/// How deep an object is looked into.
const DEPTH: usize = 6;

pub(super) fn import(
    file: &mut dyn BufRead,
    options: &ImportOptions<'_>,
    tally: &mut Tally,
    sink: &mut CallSink<'_>,
) -> Result<Recognized, JournalError> {
    let mut joiner = Joiner::default();
    let mut format = None;
    let mut line_number = 0;
    let mut before = String::new();
    // One object a line, as long as that goes well from the first line on; else the file is one value.
    while let Some(line) = line(file)? {
        line_number += 1;
        let plain = line.trim();
        if plain.is_empty() {
            continue;
        }
        let is_whole = plain.starts_with('{') && plain.ends_with('}');
        match serde_json::from_str::<Map<String, Value>>(plain) {
            Ok(object) if is_whole && list_of(&object).is_none() => {
                one(&object, line_number, &mut format, options, &mut joiner, tally);
                for legs in joiner.ripe() {
                    tally.calls += 1;
                    sink(
                        format.as_ref().unwrap_or(&Format::Table),
                        super::fold_legs(legs, options.roster),
                    )
                    .map_err(JournalError::Sink)?;
                }
            }
            _ if tally.rows == 0 => {
                before = line;
                break;
            }
            _ => tally.drop(line_number, DropReason::BadJson, plain),
        }
    }
    if !before.is_empty() {
        let mut whole = before.into_bytes();
        file.take(LONGEST_JSON_BYTES + 1).read_to_end(&mut whole)?;
        if LONGEST_JSON_BYTES < whole.len() as u64 {
            return Err(JournalError::LongJson);
        }
        let value: Value = serde_json::from_str(&decoded(whole))
            .map_err(|error| JournalError::Json(error.to_string()))?;
        for (index, row) in rows(&value).into_iter().enumerate() {
            match row {
                Value::Object(object) => {
                    one(object, index as u64 + 1, &mut format, options, &mut joiner, tally);
                }
                other => tally.drop(index as u64 + 1, DropReason::BadJson, &other.to_string()),
            }
        }
    }
    let format = format.unwrap_or(Format::Table);
    finish(joiner, &format, options, tally, sink)?;
    let layout = Layout { format, delimiter: b'\n', header: None, columns: BTreeMap::new() };
    let why = if options.format.is_some() { Why::Said } else { Why::Json };
    Ok(Recognized { layout, why })
}

/// A line with its end; what is longer than a file of JSON may be is cut.
fn line(file: &mut dyn BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = (&mut *file).take(LONGEST_JSON_BYTES + 1).read_until(b'\n', &mut bytes)?;
    Ok((0 < read).then(|| {
        let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        decoded(plain.to_vec())
    }))
}

/// The rows of a value: an array's, those of the list in an answer, or itself.
fn rows(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(rows) => rows.iter().collect(),
        Value::Object(object) => match list_of(object) {
            Some(inner) => rows(inner),
            None => vec![value],
        },
        other => vec![other],
    }
}

fn list_of(object: &Map<String, Value>) -> Option<&Value> {
    if object.contains_key("variables") {
        return None;
    }
    LISTS.iter().filter_map(|name| object.get(*name)).find(|value| match value {
        Value::Array(rows) => rows.iter().any(Value::is_object) || rows.is_empty(),
        Value::Object(inner) => list_of(inner).is_some(),
        _ => false,
    })
}

/// One object as a leg.
fn one(
    object: &Map<String, Value>,
    line: u64,
    format: &mut Option<Format>,
    options: &ImportOptions<'_>,
    joiner: &mut Joiner<leg::Leg>,
    tally: &mut Tally,
) {
    let text = Value::Object(object.clone()).to_string();
    let (own, values) = if let Some(Value::Object(variables)) = object.get("variables") {
        (Format::FreeSwitch, freeswitch(object, variables))
    } else {
        let mut values = BTreeMap::new();
        flatten(object, DEPTH, &mut values);
        (format_of(object), values)
    };
    let own = options.format.cloned().unwrap_or(own);
    let mut fields = Fields::empty();
    for (column, value) in &values {
        fields.set(*column, value);
    }
    match leg::read(&fields, &own, options, &text) {
        Ok(leg) => take(leg, line, &text, joiner, tally),
        Err(reason) => tally.drop(line, reason, &text),
    }
    format.get_or_insert(own);
}

fn format_of(object: &Map<String, Value>) -> Format {
    let has = |name: &str| object.contains_key(name);
    if has("from_extension") || has("entry_id") {
        Format::Mango
    } else if has("finish_reason") || has("contact_phone_number") || has("is_lost") {
        Format::Uis
    } else {
        Format::Table
    }
}

fn flatten(object: &Map<String, Value>, depth: usize, values: &mut BTreeMap<Column, String>) {
    if depth == 0 {
        return;
    }
    for (name, value) in object {
        let value = match value {
            // The first says it: a call has one employee who matters.
            Value::Array(list) => list.first().unwrap_or(&Value::Null),
            value => value,
        };
        match value {
            Value::Object(inner) => flatten(inner, depth - 1, values),
            Value::String(text) => add(name, text.clone(), values),
            Value::Number(number) => add(name, number.to_string(), values),
            Value::Bool(flag) => add(name, flag.to_string(), values),
            Value::Null | Value::Array(_) => {}
        }
    }
}

fn add(name: &str, text: String, values: &mut BTreeMap<Column, String>) {
    if let Some(column) = column_named(name) {
        values.entry(column).or_insert(text);
    }
}

/// What FreeSWITCH says of one leg.
fn freeswitch(
    object: &Map<String, Value>,
    variables: &Map<String, Value>,
) -> BTreeMap<Column, String> {
    let variable = |names: &[&str]| {
        names.iter().find_map(|name| match variables.get(*name)? {
            Value::String(text) if !text.is_empty() => Some(unescaped(text)),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let flow = match object.get("callflow") {
        Some(Value::Array(flow)) => flow.first(),
        flow => flow,
    };
    let profile = |name: &str| {
        let text = flow?.get("caller_profile")?.get(name)?.as_str()?;
        Some(unescaped(text))
    };
    let mut values = BTreeMap::new();
    let mut set = |column, value: Option<String>| {
        if let Some(value) = value {
            values.insert(column, value);
        }
    };
    set(Column::Start, variable(&["start_epoch", "start_stamp"]));
    set(Column::Answer, variable(&["answer_epoch", "answer_stamp"]));
    set(Column::End, variable(&["end_epoch", "end_stamp"]));
    set(Column::Duration, variable(&["duration"]));
    set(Column::Talking, variable(&["billsec"]));
    set(Column::Outcome, variable(&["hangup_cause"]));
    set(Column::UniqueId, variable(&["uuid", "call_uuid"]));
    set(Column::CallId, variable(&["call_uuid"]));
    let other = variable(&["bridge_uuid", "originating_leg_uuid", "originator", "signal_bond"]);
    set(Column::OtherId, Some(other.unwrap_or_default()));
    set(Column::Queue, variable(&["cc_queue"]));
    set(
        Column::Recording,
        variable(&["cc_record_filename", "record_filename", "record_path", "recording_file"]),
    );
    let from =
        profile("caller_id_number").or_else(|| variable(&["caller_id_number", "sip_from_user"]));
    set(Column::Caller, from);
    let to =
        profile("destination_number").or_else(|| variable(&["destination_number", "sip_to_user"]));
    set(Column::Callee, to);
    values
}

/// `%2B7` is `+7`.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = text
            .get(at + 1..at + 3)
            .filter(|_| *byte == b'%')
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        if let Some(code) = code {
            plain.push(code);
            at += 3;
        } else {
            plain.push(*byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
