//! Asterisk's own files, which have no names of columns: `Master.csv` and `queue_log`.
//!
//! What follows the sixteenth column of `Master.csv` depends on its settings and is told by what stands there.

/// Asterisk's columns without a header; from the sixteenth on they depend on its settings.
pub(super) const ASTERISK: &[&str] = &[
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
];

/// What follows the sixteenth column: `loguniqueid`, `loguserfield` and `newcdrcolumns` add to it.
pub(super) fn asterisk_tail(row: &[String]) -> &'static [&'static str] {
    let tail = row.get(ASTERISK.len()..).unwrap_or_default();
    let is_id = |text: Option<&String>| {
        text.is_some_and(|text| {
            let text = text.rsplit('-').next().unwrap_or(text);
            text.split_once('.').is_some_and(|(second, rest)| {
                matches!(second.len(), 9 | 10)
                    && second.bytes().chain(rest.bytes()).all(|b| b.is_ascii_digit())
            })
        })
    };
    match tail.len() {
        0 => &[],
        1 if is_id(tail.first()) => &["uniqueid"],
        1 => &["userfield"],
        2 => &["uniqueid", "userfield"],
        3 => &["peeraccount", "linkedid", "sequence"],
        4 if is_id(tail.first()) => &["uniqueid", "peeraccount", "linkedid", "sequence"],
        4 => &["userfield", "peeraccount", "linkedid", "sequence"],
        _ => &["uniqueid", "userfield", "peeraccount", "linkedid", "sequence"],
    }
}

/// Whether a row, split at `|`, is of a `queue_log`.
pub(super) fn is_queue_log(row: &[String]) -> bool {
    let is_epoch =
        |text: &String| matches!(text.len(), 9 | 10) && text.bytes().all(|b| b.is_ascii_digit());
    5 <= row.len()
        && row.first().is_some_and(is_epoch)
        && row.get(4).is_some_and(|event| {
            !event.is_empty() && event.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        })
}
