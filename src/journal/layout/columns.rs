//! What a column may mean, and the names that exchanges give it.
//!
//! Looked up by name when a file is recognized, and by meaning when a row is read.

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

/// The column that is called so.
pub(in crate::journal) fn column_named(name: &str) -> Option<Column> {
    let name = name.trim().to_lowercase();
    let is_it = |own: &str, others: &[&str]| own == name || others.contains(&name.as_str());
    COLUMNS.iter().find(|(_, own, others)| is_it(own, others)).map(|(column, _, _)| *column)
}

/// The columns of one row that mean something.
#[derive(Clone, Debug)]
pub(in crate::journal) struct Fields<'a>([Option<&'a str>; COUNT]);

impl<'a> Fields<'a> {
    pub(in crate::journal) fn empty() -> Self {
        Self([None; COUNT])
    }

    pub(in crate::journal) fn set(&mut self, column: Column, value: &'a str) {
        if let Some(place) = self.0.get_mut(column as usize) {
            *place = Some(value);
        }
    }

    /// What stands there, if the table has that column; it may be empty.
    pub(in crate::journal) fn there(&self, column: Column) -> Option<&'a str> {
        self.0.get(column as usize).copied().flatten()
    }

    /// What stands there, unless it is empty.
    pub(in crate::journal) fn get(&self, column: Column) -> Option<&'a str> {
        self.there(column).filter(|value| !value.is_empty())
    }
}
