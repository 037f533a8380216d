//! Which format a file has, and what its columns mean: by the names of the columns, or by what stands in them.
//!
//! The first rows decide. A format of the firm's own (`[[journal]]` in the configuration) is tried first where a name of a
//! column or its number is said; a file that is none of the known ones is refused with what was looked for.

use std::collections::BTreeMap;

use crate::call::{Way, Zone};
use crate::journal::rows::{Record, Rows, decoded};
use crate::journal::values::{is_moment, outcome};
use crate::journal::{DropReason, ImportOptions};

/// What a column means; [`COLUMNS`] has the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the table `COLUMNS` says what each is")]
pub enum Column {
    Start,
    Date,
    Time,
    Answer,
    End,
    Duration,
    Talking,
    Waiting,
    Direction,
    Caller,
    CallerExtension,
    Callee,
    CalleeExtension,
    Client,
    Extension,
    Manager,
    Line,
    Queue,
    Outcome,
    Lost,
    UniqueId,
    CallId,
    OtherId,
    Recording,
    Channel,
    DestinationChannel,
    Application,
    Context,
    DestinationType,
}

impl Column {
    /// The name by which a configuration maps it.
    pub fn name(self) -> &'static str {
        COLUMNS.iter().find(|(column, _, _)| *column == self).map_or("", |(_, name, _)| *name)
    }
}

/// How many columns there are.
const COUNT: usize = Column::DestinationType as usize + 1;

/// Every column: the name by which a configuration maps it, and the names that it has in the files of exchanges, in lower
/// case. Sources: Asterisk's `cdr_csv.c`, FreePBX's and Yeastar's tables, FreeSWITCH's templates, 3CX's list of fields, the
/// fields of Mango's statistics and of UIS's and `CoMagic`'s reports.
pub const COLUMNS: &[(Column, &str, &[&str])] = &[
    (
        Column::Start,
        "start",
        &[
            "calldate",
            "start_stamp",
            "start_time",
            "time-start",
            "datetime",
            "start_epoch",
            "begin",
            "started_at",
            "дата и время",
            "дата, время",
            "дата/время",
            "дата звонка",
            "начало",
            "время начала",
            "дата и время звонка",
            "дата и время начала",
        ],
    ),
    (Column::Date, "date", &["дата"]),
    (Column::Time, "time", &["время"]),
    (
        Column::Answer,
        "answer",
        &["answer_stamp", "time-answered", "answer_epoch", "answered_at", "время ответа"],
    ),
    (
        Column::End,
        "end",
        &[
            "end_stamp",
            "finish",
            "finish_time",
            "time-end",
            "end_epoch",
            "ended_at",
            "окончание",
            "время окончания",
            "завершение",
            "конец",
        ],
    ),
    (
        Column::Duration,
        "duration",
        &[
            "total_duration",
            "total_time_duration",
            "длительность",
            "длительность звонка",
            "общая длительность",
            "продолжительность",
        ],
    ),
    (
        Column::Talking,
        "talking",
        &[
            "billsec",
            "billable",
            "talk_duration",
            "talk_time_duration",
            "clean_talk_duration",
            "длительность разговора",
            "время разговора",
            "разговор",
        ],
    ),
    (
        Column::Waiting,
        "waiting",
        &[
            "waitsec",
            "wait_duration",
            "wait_time_duration",
            "ожидание",
            "время ожидания",
            "длительность ожидания",
            "ожидание ответа",
        ],
    ),
    (
        Column::Direction,
        "direction",
        &[
            "calltype",
            "call_type",
            "type",
            "направление",
            "тип",
            "тип звонка",
            "тип вызова",
            "направление вызова",
        ],
    ),
    (
        Column::Caller,
        "caller",
        &[
            "src",
            "caller_id_number",
            "from-no",
            "from_number",
            "from",
            "calling_phone_number",
            "кто звонил",
            "откуда",
            "кто",
            "звонящий",
            "вызывающий",
            "номер звонящего",
            "от кого",
        ],
    ),
    (Column::CallerExtension, "caller_extension", &["from_extension", "cnum"]),
    (
        Column::Callee,
        "callee",
        &[
            "dst",
            "destination_number",
            "to-no",
            "to_number",
            "to",
            "called_phone_number",
            "куда",
            "кому",
            "с кем",
            "вызываемый",
            "кому звонили",
            "номер назначения",
        ],
    ),
    (Column::CalleeExtension, "callee_extension", &["to_extension", "final-number"]),
    (
        Column::Client,
        "client",
        &[
            "contact_phone_number",
            "номер клиента",
            "клиент",
            "номер абонента",
            "телефон клиента",
            "абонент",
        ],
    ),
    (
        Column::Extension,
        "extension",
        &["внутренний номер", "добавочный", "добавочный номер", "номер сотрудника"],
    ),
    (
        Column::Manager,
        "manager",
        &[
            "employee",
            "employee_full_name",
            "employees",
            "сотрудник",
            "менеджер",
            "оператор",
            "ответственный",
        ],
    ),
    (
        Column::Line,
        "line",
        &[
            "virtual_phone_number",
            "line_number",
            "did",
            "didnumber",
            "виртуальный номер",
            "линия",
            "номер линии",
            "многоканальный номер",
        ],
    ),
    (Column::Queue, "queue", &["очередь", "группа"]),
    (
        Column::Outcome,
        "outcome",
        &[
            "disposition",
            "hangup_cause",
            "finish_reason",
            "disconnect_reason",
            "reason-terminated",
            "status",
            "статус",
            "результат",
            "состояние",
            "статус звонка",
        ],
    ),
    (Column::Lost, "lost", &["is_lost", "потерянный"]),
    (
        Column::UniqueId,
        "unique_id",
        &[
            "uniqueid",
            "uuid",
            "id",
            "entry_id",
            "callid",
            "call_id",
            "communication_id",
            "id звонка",
            "идентификатор",
        ],
    ),
    (Column::CallId, "call_id", &["linkedid", "call_session_id"]),
    (Column::OtherId, "other_id", &["bleg_uuid"]),
    (
        Column::Recording,
        "recording",
        &[
            "recordingfile",
            "recordfile",
            "record_file",
            "records",
            "record",
            "файл записи",
            "запись",
        ],
    ),
    (Column::Channel, "channel", &[]),
    (Column::DestinationChannel, "dstchannel", &[]),
    (Column::Application, "lastapp", &[]),
    (Column::Context, "context", &["dcontext"]),
    (Column::DestinationType, "to-type", &[]),
];

/// The format of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// `Master.csv` of Asterisk.
    Asterisk,
    /// An export of FreePBX's (or Issabel's, Yeastar's) table.
    FreePbx,
    /// `mod_cdr_csv` of FreeSWITCH.
    FreeSwitch,
    /// 3CX.
    ThreeCx,
    /// Asterisk's `queue_log`.
    QueueLog,
    /// Mango Office.
    Mango,
    /// UIS and `CoMagic`.
    Uis,
    /// Any table whose columns say what they are.
    Table,
    /// One of the firm's own, by its name.
    Own(String),
}

impl Format {
    /// The known ones.
    pub const KNOWN: &'static [Self] = &[
        Self::Asterisk,
        Self::FreePbx,
        Self::FreeSwitch,
        Self::ThreeCx,
        Self::QueueLog,
        Self::Mango,
        Self::Uis,
        Self::Table,
    ];

    /// As the command line and the store name it.
    pub fn name(&self) -> &str {
        match self {
            Self::Asterisk => "asterisk",
            Self::FreePbx => "freepbx",
            Self::FreeSwitch => "freeswitch",
            Self::ThreeCx => "3cx",
            Self::QueueLog => "queue-log",
            Self::Mango => "mango",
            Self::Uis => "uis",
            Self::Table => "table",
            Self::Own(name) => name,
        }
    }

    /// Whether a leg is answered by a person only where it was put through to another channel.
    pub(super) fn tells_channels(&self) -> bool {
        matches!(self, Self::Asterisk | Self::FreePbx)
    }
}

/// A format of the firm's own, as the configuration says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnFormat {
    /// Its name.
    pub name: String,
    /// What stands between columns; told by the file where it is not said.
    pub delimiter: Option<u8>,
    /// The zone of its clock, if it is not that of everything else.
    pub zone: Option<Zone>,
    /// Each column by its name in the file, or its number from 1.
    pub columns: BTreeMap<Column, String>,
}

impl OwnFormat {
    /// Adds a column.
    ///
    /// # Errors
    ///
    /// When `what` is no column.
    pub fn map(&mut self, what: &str, column: String) -> Result<(), String> {
        let known = COLUMNS.iter().find(|(_, name, _)| *name == what);
        let Some((meaning, _, _)) = known else {
            let names: Vec<&str> = COLUMNS.iter().map(|(_, name, _)| *name).collect();
            return Err(format!("there is no column `{what}`; there are {}", names.join(", ")));
        };
        self.columns.insert(*meaning, column);
        Ok(())
    }

    /// Whether a call can be made of these columns.
    ///
    /// # Errors
    ///
    /// When there is no time of the beginning, or nobody who called.
    pub fn check(&self) -> Result<(), String> {
        let has = |column| self.columns.contains_key(&column);
        let has_start = has(Column::Start) || (has(Column::Date) && has(Column::Time));
        if !has_start {
            return Err("a journal needs the column `start`, or `date` and `time`".to_owned());
        }
        if ![Column::Caller, Column::Callee, Column::Client].into_iter().any(has) {
            return Err(
                "a journal needs one of the columns `caller`, `callee`, `client`".to_owned()
            );
        }
        Ok(())
    }
}

/// How a table is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its format.
    pub format: Format,
    /// What stands between columns.
    pub delimiter: u8,
    /// The names of the columns, if the file has them.
    pub header: Option<Vec<String>>,
    /// Where each column stands, from 0.
    pub columns: BTreeMap<Column, usize>,
}

/// What was recognized, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognized {
    /// The layout; of JSON, without columns.
    pub layout: Layout,
    /// Why it was taken for that.
    pub why: Why,
}

/// Why a file was taken for a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody said so.
    Said,
    /// The names of the columns.
    Header,
    /// What stands in the columns, and how many there are.
    Content,
    /// JSON, and the names in it.
    Json,
}

/// A file that is of no known format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is of no known format: its first row has {columns} columns, `{row}`; say `--format` with one of {known}, or describe \
     the columns in a [[journal]] of the configuration"
)]
pub struct UnknownFormat {
    /// Columns of its first row.
    pub columns: usize,
    /// The beginning of that row.
    pub row: String,
    /// The formats that there are.
    pub known: String,
}

/// The columns of one row that mean something.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a>([Option<&'a str>; COUNT]);

impl<'a> Fields<'a> {
    pub(super) fn empty() -> Self {
        Self([None; COUNT])
    }

    pub(super) fn set(&mut self, column: Column, value: &'a str) {
        if let Some(place) = self.0.get_mut(column as usize) {
            *place = Some(value);
        }
    }

    /// What stands there, if the table has that column; it may be empty.
    pub(super) fn there(&self, column: Column) -> Option<&'a str> {
        self.0.get(column as usize).copied().flatten()
    }

    /// What stands there, unless it is empty.
    pub(super) fn get(&self, column: Column) -> Option<&'a str> {
        self.there(column).filter(|value| !value.is_empty())
    }
}

impl Layout {
    /// Whether a row holds the names of the columns.
    pub(super) fn is_header(&self, columns: &[String]) -> bool {
        self.header.as_deref() == Some(columns)
    }

    /// The columns that mean something.
    pub(super) fn fields<'a>(&self, columns: &'a [String]) -> Result<Fields<'a>, DropReason> {
        let mut fields = Fields::empty();
        for (column, at) in &self.columns {
            match columns.get(*at) {
                Some(value) => fields.set(*column, value),
                // Asterisk writes as many columns as its settings say, and settings change.
                None if self.header.is_none() && *at >= 16 && columns.len() >= 16 => {}
                None => return Err(DropReason::TooFewColumns),
            }
        }
        Ok(fields)
    }
}

/// The column that is called so.
pub(super) fn column_named(name: &str) -> Option<Column> {
    let name = name.trim().to_lowercase();
    let is_it = |own: &str, others: &[&str]| own == name || others.contains(&name.as_str());
    COLUMNS.iter().find(|(_, own, others)| is_it(own, others)).map(|(column, _, _)| *column)
}

/// Asterisk's columns without a header; from the sixteenth on they depend on its settings.
const ASTERISK: &[&str] = &[
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

/// The columns of FreeSWITCH's template `example`.
const FREESWITCH: &[&str] = &[
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
const THREE_CX: &[&str] = &[
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
const MANGO: &[&str] = &[
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

/// Tells the format of a file from its beginning.
pub(super) fn recognize(
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
fn first(head: &[u8], delimiter: u8) -> Option<Record> {
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
fn delimiters(text: &str) -> Vec<u8> {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut counted: Vec<(usize, u8)> = [b',', b';', b'\t']
        .into_iter()
        .map(|delimiter| (line.bytes().filter(|byte| *byte == delimiter).count(), delimiter))
        .filter(|(count, _)| 0 < *count)
        .collect();
    counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    counted.into_iter().map(|(_, delimiter)| delimiter).collect()
}

fn own_layout(own: &OwnFormat, head: &[u8], is_said: bool) -> Option<Layout> {
    let text = decoded(head.to_vec());
    let delimiters = own.delimiter.map_or_else(|| delimiters(&text), |delimiter| vec![delimiter]);
    for delimiter in delimiters {
        let row = first(head, delimiter)?;
        let place = |column: &String| {
            let by_name = row
                .columns
                .iter()
                .position(|name| name.to_lowercase() == column.trim().to_lowercase());
            by_name.map(|at| (at, true)).or_else(|| {
                let number: usize = column.parse().ok()?;
                (0 < number && number <= row.columns.len()).then(|| (number - 1, false))
            })
        };
        let places: Option<Vec<(Column, (usize, bool))>> =
            own.columns.iter().map(|(what, column)| Some((*what, place(column)?))).collect();
        let Some(places) = places else { continue };
        let is_header = places.iter().any(|(_, (_, by_name))| *by_name);
        // Numbers alone fit any table: such a format holds only where somebody says so.
        if !is_header && !is_said {
            continue;
        }
        let columns = places.into_iter().map(|(what, (at, _))| (what, at)).collect();
        let header = is_header.then_some(row.columns);
        return Some(Layout { format: Format::Own(own.name.clone()), delimiter, header, columns });
    }
    None
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

/// What follows the sixteenth column: `loguniqueid`, `loguserfield` and `newcdrcolumns` add to it.
fn asterisk_tail(row: &[String]) -> &'static [&'static str] {
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

/// 3CX's `duration` is that of the talk.
fn adjust_3cx(names: &[String], columns: &mut BTreeMap<Column, usize>) {
    columns.remove(&Column::Duration);
    if let Some(at) = names.iter().position(|name| name == "callid") {
        columns.insert(Column::UniqueId, at);
    } else if let Some(at) = names.iter().position(|name| name == "historyid") {
        columns.insert(Column::UniqueId, at);
    }
}

fn is_queue_log(row: &[String]) -> bool {
    let is_epoch =
        |text: &String| matches!(text.len(), 9 | 10) && text.bytes().all(|b| b.is_ascii_digit());
    5 <= row.len()
        && row.first().is_some_and(is_epoch)
        && row.get(4).is_some_and(|event| {
            !event.is_empty() && event.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        })
}

/// Which way a row says that the call went; a word like `missed` in that column means that it came in.
pub(super) fn way_of(fields: &Fields<'_>) -> Option<Way> {
    let word = fields.get(Column::Direction)?;
    Way::parse(word).or_else(|| match outcome(word) {
        Some(crate::journal::CallOutcome::Missed) => Some(Way::In),
        _ => None,
    })
}
