//! Tables without names of columns of FreeSWITCH, 3CX and Mango, in the order in which they write them.

use std::collections::BTreeMap;

use crate::journal::layout::Column;

/// The columns of FreeSWITCH's template `example`.
pub(super) const FREESWITCH: &[&str] = &[
    "caller_id_name",
    "caller_id_number",
    "destination_number",
    "context",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "uuid",
    "bleg_uuid",
    "accountcode",
    "read_codec",
    "write_codec",
];

/// 3CX's columns where the administrator changed nothing.
pub(super) const THREE_CX: &[&str] = &[
    "historyid",
    "callid",
    "duration",
    "time-start",
    "time-answered",
    "time-end",
    "reason-terminated",
    "from-no",
    "to-no",
    "from-dn",
    "to-dn",
    "dial-no",
    "reason-changed",
    "final-number",
    "final-dn",
    "bill-code",
    "bill-rate",
    "bill-cost",
    "bill-name",
    "chain",
    "from-type",
    "to-type",
    "final-type",
    "from-dispname",
    "to-dispname",
    "final-dispname",
];

/// Mango's columns in the order in which its statistics are asked for.
pub(super) const MANGO: &[&str] = &[
    "records",
    "start",
    "finish",
    "answer",
    "from_extension",
    "from_number",
    "to_extension",
    "to_number",
    "disconnect_reason",
    "line_number",
    "location",
    "entry_id",
];

/// 3CX's `duration` is that of the talk.
pub(super) fn adjust_3cx(names: &[String], columns: &mut BTreeMap<Column, usize>) {
    columns.remove(&Column::Duration);
    if let Some(at) = names.iter().position(|name| name == "callid") {
        columns.insert(Column::UniqueId, at);
    } else if let Some(at) = names.iter().position(|name| name == "historyid") {
        columns.insert(Column::UniqueId, at);
    }
}
