//! What a person reads of the journal: what was recognized, what came of a file's rows, and a day's calls.

use crate::journal::{COLUMNS, DropReason, Recognized, Tally, Why};
use crate::report::Language;
use crate::report::page::{Ink, Screen};

/// What the store made of the calls of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Not known before.
    pub new: u64,
    /// Known, and the exchange says something else now.
    pub changed: u64,
    /// Known just so.
    pub same: u64,
}

/// A call of the journal as one line of a list; times in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalLine {
    /// RFC 3339 with offset.
    pub started_at: String,
    /// `in`, `out`, `internal`.
    pub direction: Option<String>,
    /// The client's number.
    pub client: Option<String>,
    /// The manager's name, else the extension.
    pub manager: Option<String>,
    /// Until somebody answered or it ended.
    pub waiting_ms: Option<i64>,
    /// How long they spoke.
    pub talking_ms: Option<i64>,
    /// `answered`, `missed`, `busy`, `failed`.
    pub outcome: String,
    /// Whose telephones rang in vain.
    pub missed_by: Vec<String>,
}

/// What came of a file; `stored` where anything was stored.
pub fn imported(
    name: &str,
    recognized: &Recognized,
    tally: &Tally,
    stored: Option<Stored>,
    lang: Language,
    screen: Screen,
) -> String {
    let format = recognized.layout.format.name();
    let head = format!(
        "{name}: {}",
        lang.pick(
            format!("формат {format}, строк {}, звонков {}", tally.rows, tally.calls),
            format!("format {format}, rows {}, calls {}", tally.rows, tally.calls),
        )
    );
    let mut text = screen.paragraph("", 0, Ink::Bold, &head);
    if let Some(Stored { new, changed, same }) = stored {
        let said = lang.pick(
            format!("новых {new}, изменённых {changed}, уже известных {same}"),
            format!("new {new}, changed {changed}, already known {same}"),
        );
        text.push_str(&screen.paragraph("", 2, Ink::Plain, &said));
    }
    if 0 < tally.dropped() {
        let said = lang.pick(
            format!("не взято строк: {}", tally.dropped()),
            format!("rows not taken: {}", tally.dropped()),
        );
        text.push_str(&screen.paragraph("", 2, Ink::Yellow, &said));
        for (why, count) in &tally.dropped {
            let said = format!("{}: {count}", reason(*why, lang));
            text.push_str(&screen.paragraph("", 4, Ink::Plain, &said));
        }
    }
    text
}

/// How a file was recognized, which column is what, and the first rows that were not taken.
pub fn explained(recognized: &Recognized, tally: &Tally, lang: Language, screen: Screen) -> String {
    let layout = &recognized.layout;
    let why = match recognized.why {
        Why::Said => lang.pick("формат назван в команде", "the format was named"),
        Why::Header => lang.pick("по именам столбцов", "by the names of the columns"),
        Why::Content => lang.pick("по содержимому столбцов", "by what stands in the columns"),
        Why::Json => lang.pick("по именам полей JSON", "by the names of the fields of JSON"),
    };
    let mut text = screen.paragraph(
        "",
        2,
        Ink::Plain,
        &format!("{}: {why}", lang.pick("узнан", "recognized")),
    );
    if !layout.columns.is_empty() {
        let between = match layout.delimiter {
            b'\t' => lang.pick("табуляция", "tab"),
            b';' => "`;`",
            b'|' => "`|`",
            _ => "`,`",
        };
        let said = format!("{}: {between}", lang.pick("разделитель", "delimiter"));
        text.push_str(&screen.paragraph("", 2, Ink::Plain, &said));
        text.push_str(&screen.paragraph("", 2, Ink::Plain, lang.pick("столбцы:", "columns:")));
        let mut places: Vec<(usize, &str)> = layout
            .columns
            .iter()
            .filter_map(|(column, at)| {
                let (_, name, _) = COLUMNS.iter().find(|(known, _, _)| known == column)?;
                Some((*at, *name))
            })
            .collect();
        places.sort_unstable();
        for (at, name) in places {
            let header = layout.header.as_ref().and_then(|header| header.get(at));
            let header = header.map(|header| format!(" «{header}»")).unwrap_or_default();
            let said = format!("{}{header} = {name}", at + 1);
            text.push_str(&screen.paragraph("", 4, Ink::Plain, &said));
        }
    }
    if !tally.examples.is_empty() {
        let said = lang.pick("первые из не взятых строк:", "the first rows not taken:");
        text.push_str(&screen.paragraph("", 2, Ink::Plain, said));
        for (line, why, row) in &tally.examples {
            let said = format!("{line}: {}: {row}", reason(*why, lang));
            text.push_str(&screen.paragraph("", 4, Ink::Dim, &said));
        }
    }
    text
}

/// Calls, one a line, with the sums below.
pub fn journal(lines: &[JournalLine], lang: Language, screen: Screen) -> String {
    let head = lang.pick(
        "начало                   клиент              ждал  говорили  исход       менеджер",
        "start                    client            waited     spoke  end         manager",
    );
    let mut text = if lines.is_empty() {
        String::new()
    } else {
        format!("{}\n", screen.paint(Ink::Bold, head))
    };
    let (mut inbound, mut missed, mut outbound, mut talking_ms) = (0_u64, 0_u64, 0_u64, 0_i64);
    for line in lines {
        let day = line.started_at.get(..10).unwrap_or_default();
        let time = line.started_at.get(11..19).unwrap_or_default();
        let way = match line.direction.as_deref() {
            Some("in") => lang.pick("вх ", "in "),
            Some("out") => lang.pick("исх", "out"),
            Some(_) => lang.pick("вн ", "own"),
            None => "?  ",
        };
        let (outcome, ink) = match line.outcome.as_str() {
            "answered" => (lang.pick("разговор", "answered"), Ink::Plain),
            "missed" => (lang.pick("без ответа", "missed"), Ink::Red),
            "busy" => (lang.pick("занято", "busy"), Ink::Yellow),
            _ => (lang.pick("сбой", "failed"), Ink::Yellow),
        };
        let seconds = |ms: Option<i64>| ms.map_or("-".to_owned(), |ms| clock(ms / 1000));
        let missed_by = if line.missed_by.is_empty() {
            String::new()
        } else {
            format!(" ({}: {})", lang.pick("не взяли", "rang"), line.missed_by.join(", "))
        };
        let said = format!(
            "{day} {time}  {way}  {:<16}  {:>7}  {:>8}  {outcome:<10}  {}{missed_by}",
            line.client.as_deref().unwrap_or("-"),
            seconds(line.waiting_ms),
            seconds(line.talking_ms),
            line.manager.as_deref().unwrap_or("-"),
        );
        text.push_str(&screen.paint(ink, &said));
        text.push('\n');
        talking_ms += line.talking_ms.unwrap_or(0);
        match line.direction.as_deref() {
            Some("in") => {
                inbound += 1;
                missed += u64::from(line.outcome != "answered");
            }
            Some("out") => outbound += 1,
            _ => {}
        }
    }
    let sum = lang.pick(
        format!(
            "звонков {}: входящих {inbound} (без ответа {missed}), исходящих {outbound}; разговоров {}",
            lines.len(),
            clock(talking_ms / 1000)
        ),
        format!(
            "calls {}: inbound {inbound} (missed {missed}), outbound {outbound}; spoke {}",
            lines.len(),
            clock(talking_ms / 1000)
        ),
    );
    text.push_str(&screen.paragraph("", 0, Ink::Bold, &sum));
    text
}

/// `m:ss`, or `h:mm:ss` from an hour on.
fn clock(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

fn reason(reason: DropReason, lang: Language) -> &'static str {
    match reason {
        DropReason::LineTooLong => lang.pick("строка длиннее 1 МиБ", "a line longer than 1 MiB"),
        DropReason::NulByte => lang.pick("нулевой байт", "a byte 0"),
        DropReason::QuoteOpen => {
            lang.pick("кавычка не закрыта", "a quotation mark without its other half")
        }
        DropReason::TooFewColumns => lang.pick("не хватает столбцов", "too few columns"),
        DropReason::TooManyColumns => lang.pick("больше 1000 столбцов", "more than 1,000 columns"),
        DropReason::NoStart => lang.pick(
            "нет времени начала или оно непонятно",
            "no time of the beginning, or an unknown form of it",
        ),
        DropReason::ImpossibleTime => {
            lang.pick("такой даты или времени нет", "no such date or time")
        }
        DropReason::AmbiguousTime => lang.pick(
            "час перевода часов: было дважды или не было",
            "an hour that the clock skipped or showed twice",
        ),
        DropReason::BadDuration => lang.pick("невозможная длительность", "an impossible duration"),
        DropReason::RepeatedHeader => lang.pick("заголовок повторён", "the header once more"),
        DropReason::Repeated => lang.pick("такая строка уже была", "the same row came before"),
        DropReason::NoCall => lang.pick("событие не о звонке", "an event of no call"),
        DropReason::UnknownEvent => lang.pick("неизвестное событие", "an unknown event"),
        DropReason::TooLate => lang.pick(
            "часть звонка, чьи строки далеко выше",
            "part of a call whose other rows are far above",
        ),
        DropReason::BadJson => lang.pick("не объект JSON", "no object of JSON"),
    }
}
