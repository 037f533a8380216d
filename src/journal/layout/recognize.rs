//! Which format a file has: by the names of its columns, or by what stands in them.
//!
//! The first rows decide. A format of the firm's own is tried first.

use std::collections::BTreeMap;

use crate::journal::ImportOptions;
use crate::journal::layout::asterisk::{ASTERISK, asterisk_tail, is_queue_log};
use crate::journal::layout::columns::column_named;
use crate::journal::layout::others::{FREESWITCH, MANGO, THREE_CX, adjust_3cx};
use crate::journal::layout::own::own_layout;
use crate::journal::layout::{Column, Format, Layout, Recognized, UnknownFormat, Why};
use crate::journal::rows::{Record, Rows, decoded};
use crate::journal::values::{is_moment, outcome};

/// Tells the format of a file from its beginning.
pub(in crate::journal) fn recognize(
    head: &[u8],
    options: &ImportOptions<'_>,
) -> Result<Recognized, UnknownFormat> {
    let text = decoded(head.to_vec());
    let said = options.format;
    let own = options.own.iter().filter(|own| match said {
        Some(Format::Own(name)) => *name == own.name,
        Some(_) => false,
        None => true,
    });
    for own in own {
        if let Some(layout) = own_layout(own, head, said.is_some()) {
            let why = if said.is_some() { Why::Said } else { Why::Header };
            return Ok(Recognized { layout, why });
        }
    }
    let is_queue_log = first(head, b'|').is_some_and(|row| is_queue_log(&row.columns));
    if said == Some(&Format::QueueLog) || (said.is_none() && is_queue_log) {
        let why = if said.is_some() { Why::Said } else { Why::Content };
        let layout = Layout {
            format: Format::QueueLog,
            delimiter: b'|',
            header: None,
            columns: BTreeMap::new(),
        };
        return Ok(Recognized { layout, why });
    }
    for delimiter in delimiters(&text) {
        let Some(row) = first(head, delimiter) else { continue };
        let recognized = by_header(&row.columns, delimiter, said)
            .or_else(|| by_content(&row.columns, delimiter, said));
        if let Some(recognized) = recognized {
            return Ok(recognized);
        }
    }
    let row = delimiters(&text).into_iter().find_map(|delimiter| first(head, delimiter));
    let row = row.unwrap_or_default();
    let names = Format::KNOWN.iter().map(Format::name);
    let names: Vec<&str> = names.chain(options.own.iter().map(|own| own.name.as_str())).collect();
    let shown = row.text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c });
    Err(UnknownFormat { columns: row.columns.len(), row: shown.collect(), known: names.join(", ") })
}

/// The first row of a file that can be read.
pub(super) fn first(head: &[u8], delimiter: u8) -> Option<Record> {
    let mut head = head;
    let mut rows = Rows::new(&mut head, delimiter);
    while let Ok(Some(row)) = rows.next() {
        if let Ok(record) = row {
            return Some(record);
        }
    }
    None
}

/// What may stand between columns, the most frequent in the first line first.
pub(super) fn delimiters(text: &str) -> Vec<u8> {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut counted: Vec<(usize, u8)> = [b',', b';', b'\t']
        .into_iter()
        .map(|delimiter| (line.bytes().filter(|byte| *byte == delimiter).count(), delimiter))
        .filter(|(count, _)| 0 < *count)
        .collect();
    counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    counted.into_iter().map(|(_, delimiter)| delimiter).collect()
}

/// By the names of the columns.
fn by_header(row: &[String], delimiter: u8, said: Option<&Format>) -> Option<Recognized> {
    let names: Vec<String> = row.iter().map(|name| name.to_lowercase()).collect();
    let has = |name: &str| names.iter().any(|own| own == name);
    let mut columns = named(&names);
    let has_start = columns.contains_key(&Column::Start)
        || (columns.contains_key(&Column::Date) && columns.contains_key(&Column::Time));
    let has_somebody =
        [Column::Caller, Column::Callee, Column::Client, Column::CallerExtension, Column::UniqueId]
            .iter()
            .any(|column| columns.contains_key(column));
    if !has_start || !has_somebody {
        return None;
    }
    let format = if has("calldate") || (has("disposition") && (has("uniqueid") || has("dst"))) {
        Format::FreePbx
    } else if has("destination_number") || has("bleg_uuid") {
        Format::FreeSwitch
    } else if has("historyid") || has("time-start") {
        Format::ThreeCx
    } else if has("from_extension") || has("to_extension") {
        Format::Mango
    } else if has("contact_phone_number") || has("virtual_phone_number") || has("finish_reason") {
        Format::Uis
    } else {
        Format::Table
    };
    let format = match said {
        // Somebody's word on a file that has names of columns: they say where these are.
        Some(said) => said.clone(),
        None => format,
    };
    if format == Format::ThreeCx {
        adjust_3cx(&names, &mut columns);
    }
    let why = if said.is_some() { Why::Said } else { Why::Header };
    let header = Some(row.to_vec());
    Some(Recognized { layout: Layout { format, delimiter, header, columns }, why })
}

/// By what stands in the columns.
fn by_content(row: &[String], delimiter: u8, said: Option<&Format>) -> Option<Recognized> {
    let at = |index: usize| row.get(index).map_or("", String::as_str);
    let is_asterisk = (16..=21).contains(&row.len())
        && is_moment(at(9))
        && is_moment(at(11))
        && outcome(at(14)).is_some();
    let is_freeswitch =
        row.len() == FREESWITCH.len() && is_moment(at(4)) && is_moment(at(6)) && at(10).len() == 36;
    let is_3cx = 8 <= row.len() && at(2).contains(':') && is_moment(at(3)) && is_moment(at(5));
    let is_mango = 9 <= row.len() && at(0).starts_with('[') && is_moment(at(1)) && is_moment(at(2));
    let (format, names) = match said {
        Some(Format::Asterisk | Format::FreePbx) => (Format::Asterisk, ASTERISK),
        Some(Format::FreeSwitch) => (Format::FreeSwitch, FREESWITCH),
        Some(Format::ThreeCx) => (Format::ThreeCx, THREE_CX),
        Some(Format::Mango) => (Format::Mango, MANGO),
        None if is_asterisk => (Format::Asterisk, ASTERISK),
        None if is_freeswitch => (Format::FreeSwitch, FREESWITCH),
        None if is_mango => (Format::Mango, MANGO),
        None if is_3cx => (Format::ThreeCx, THREE_CX),
        Some(_) | None => return None,
    };
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    if format == Format::Asterisk {
        if row.len() < ASTERISK.len() {
            return None;
        }
        names.extend(asterisk_tail(row).iter().map(|name| (*name).to_owned()));
    }
    names.truncate(row.len());
    let mut columns = named(&names);
    if format == Format::ThreeCx {
        adjust_3cx(&names, &mut columns);
    }
    let why = if said.is_some() { Why::Said } else { Why::Content };
    Some(Recognized { layout: Layout { format, delimiter, header: None, columns }, why })
}

/// Which column stands where; of two that mean the same the first, unless the second is the exchange's own word for it.
fn named(names: &[String]) -> BTreeMap<Column, usize> {
    let mut columns = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        if let Some(column) = column_named(name) {
            columns.entry(column).or_insert(at);
        }
    }
    // `answer` is a time, and `type` is a direction only where it says one.
    columns
}
