//! The fields of a pattern: what may stand in their place, and what it means.
//!
//! A field offers every stretch of a name that it could be; which of them make the whole name fit is [`super::pattern`]'s
//! matter. Digits are checked here already: a month is never 13. Dates and times are in `form`, ids in `id`.

mod form;
mod id;

use crate::call::Way;
use crate::naming::pattern::PatternError;

pub(super) use id::asterisk_second;

use form::{DATES, Form, TIMES, digits};
use id::IdShape;

/// What a field found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Year, month, day.
    Date(i16, i8, i8),
    /// Hour, minute, second.
    Time(i8, i8, Option<i8>),
    Year(i16),
    Month(i8),
    Day(i8),
    Hour(i8),
    Minute(i8),
    Second(Option<i8>),
    /// Milliseconds since 1970.
    Epoch(i64),
    Caller(String),
    Callee(String),
    Client(String),
    Extension(String),
    Manager(String),
    /// `{direction}` and `{type}`.
    Type(String),
    UniqueId(String),
}

/// A field of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// In one of these forms.
    Date(Vec<Form>),
    /// In one of these forms.
    Time(Vec<Form>),
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Epoch,
    Caller,
    Callee,
    Client,
    Extension,
    Manager,
    Direction,
    Type,
    UniqueId(IdShape),
    /// The number that was called, or a queue: understood, and not kept.
    Line,
    Any,
}

/// Types of FreePBX and Issabel: which way a call went, or why it was recorded.
const TYPES: &[&str] = &[
    "in", "out", "external", "internal", "q", "rg", "g", "exten", "force", "parked", "generic",
    "ondemand",
];

/// Words for a hidden number that take a number's place in a name.
const HIDDEN: &[&str] = &["unknown", "anonymous", "withheld", "private", "restricted", "hidden"];

/// Every field, for messages and the manual.
pub(super) const NAMES: &[&str] = &[
    "date",
    "time",
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "epoch",
    "caller",
    "callee",
    "client",
    "extension",
    "manager",
    "direction",
    "type",
    "unique_id",
    "line",
    "queue",
    "any",
];

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Whether that type means a queue or a group, whose number stands where the extension would.
pub(super) fn is_queue(word: &str) -> bool {
    ["q", "rg", "g", "queue", "group"].contains(&word.to_lowercase().as_str())
}

impl Field {
    /// By what stands between the braces.
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        let (name, form) = match text.split_once(':') {
            Some((name, form)) => (name, Some(form)),
            None => (text, None),
        };
        let wrong_form =
            |known: &str| PatternError::Form { field: text.to_owned(), known: known.to_owned() };
        let forms = |usual: &[&str]| match form {
            Some(form) => Form::parse(form).map(|form| vec![form]),
            None => usual.iter().map(|form| Form::parse(form)).collect(),
        };
        let field = match name {
            "date" => {
                let forms =
                    forms(DATES).filter(|forms| forms.iter().all(Form::is_date)).ok_or_else(
                        || wrong_form("YYYY or YY, MM and DD, as in `{date:DD.MM.YYYY}`"),
                    )?;
                return Ok(Self::Date(forms));
            }
            "time" => {
                let forms = forms(TIMES)
                    .filter(|forms| forms.iter().all(Form::is_time))
                    .ok_or_else(|| wrong_form("hh, mm and perhaps ss, as in `{time:hh-mm}`"))?;
                return Ok(Self::Time(forms));
            }
            "unique_id" => {
                return match form {
                    None => Ok(Self::UniqueId(IdShape::Any)),
                    Some("asterisk") => Ok(Self::UniqueId(IdShape::Asterisk)),
                    Some("uuid") => Ok(Self::UniqueId(IdShape::Uuid)),
                    Some(_) => Err(wrong_form("`asterisk` or `uuid`")),
                };
            }
            "year" => Self::Year,
            "month" => Self::Month,
            "day" => Self::Day,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            "second" => Self::Second,
            "epoch" => Self::Epoch,
            "caller" => Self::Caller,
            "callee" => Self::Callee,
            "client" => Self::Client,
            "extension" => Self::Extension,
            "manager" => Self::Manager,
            "direction" => Self::Direction,
            "type" => Self::Type,
            "line" | "queue" => Self::Line,
            "any" => Self::Any,
            _ => {
                return Err(PatternError::NoField {
                    name: name.to_owned(),
                    known: NAMES.join(", "),
                });
            }
        };
        if form.is_some() { Err(wrong_form("nothing behind the name")) } else { Ok(field) }
    }

    /// Every stretch from `at` on that this field can be: where it ends, and what it says if that is worth keeping.
    pub(super) fn offers(&self, name: &[char], at: usize) -> Vec<(usize, Option<Value>)> {
        let rest = &name[at..];
        let number = |count: usize| digits(rest, count);
        let one = |count: usize, value: Option<Value>| match value {
            Some(value) => vec![(at + count, Some(value))],
            None => Vec::new(),
        };
        let small = |value: i64, from: i8, to: i8| {
            i8::try_from(value).ok().filter(|value| (from..=to).contains(value))
        };
        match self {
            Self::Date(forms) => forms.iter().filter_map(|form| form.date(name, at)).collect(),
            Self::Time(forms) => forms.iter().filter_map(|form| form.time(name, at)).collect(),
            Self::Year => one(
                4,
                number(4).and_then(|value| {
                    let year = i16::try_from(value).ok()?;
                    (1990..=2100).contains(&year).then_some(Value::Year(year))
                }),
            ),
            Self::Month => {
                let word: String = rest.iter().take(3).collect::<String>().to_lowercase();
                match MONTHS.iter().position(|month| *month == word) {
                    Some(month) => one(3, i8::try_from(month + 1).ok().map(Value::Month)),
                    None => one(2, number(2).and_then(|v| small(v, 1, 12)).map(Value::Month)),
                }
            }
            Self::Day => one(2, number(2).and_then(|v| small(v, 1, 31)).map(Value::Day)),
            Self::Hour => one(2, number(2).and_then(|v| small(v, 0, 23)).map(Value::Hour)),
            Self::Minute => one(2, number(2).and_then(|v| small(v, 0, 59)).map(Value::Minute)),
            Self::Second => {
                one(2, number(2).and_then(|v| small(v, 0, 59)).map(|v| Value::Second(Some(v))))
            }
            Self::Epoch => {
                let seconds = number(10).map(|value| (at + 10, Some(Value::Epoch(value * 1000))));
                let millis = number(13).map(|value| (at + 13, Some(Value::Epoch(value))));
                seconds.into_iter().chain(millis).collect()
            }
            Self::Caller => texts(name, at, 24, is_party, Value::Caller),
            Self::Callee => texts(name, at, 24, is_party, Value::Callee),
            Self::Client => texts(name, at, 20, is_client, Value::Client),
            Self::Extension => texts(name, at, 8, is_extension, Value::Extension),
            Self::Manager => texts(name, at, 80, is_person, Value::Manager),
            Self::Direction => texts(name, at, 20, |text| Way::parse(text).is_some(), Value::Type),
            Self::Type => {
                let is_type = |text: &str| TYPES.contains(&text.to_lowercase().as_str());
                texts(name, at, 10, is_type, Value::Type)
            }
            Self::UniqueId(shape) => texts(name, at, 64, |text| shape.fits(text), Value::UniqueId),
            Self::Line => ends(name, at, 32, |text| {
                text.chars().all(|c| c.is_alphanumeric() || matches!(c, '+' | '*' | '#'))
            }),
            Self::Any => (at + 1..=name.len())
                .take_while(|end| name[end - 1] != '/')
                .map(|end| (end, None))
                .collect(),
        }
    }
}

fn texts(
    name: &[char],
    at: usize,
    most: usize,
    fits: impl Fn(&str) -> bool,
    value: impl Fn(String) -> Value,
) -> Vec<(usize, Option<Value>)> {
    let found = ends(name, at, most, fits).into_iter();
    found.map(|(end, _)| (end, Some(value(name[at..end].iter().collect())))).collect()
}

fn ends(
    name: &[char],
    at: usize,
    most: usize,
    fits: impl Fn(&str) -> bool,
) -> Vec<(usize, Option<Value>)> {
    let mut text = String::new();
    let mut found = Vec::new();
    for (index, c) in name.iter().enumerate().skip(at).take(most) {
        if *c == '/' {
            break;
        }
        text.push(*c);
        if fits(&text) {
            found.push((index + 1, None));
        }
    }
    found
}

fn is_client(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (3 <= digits.len() && digits.bytes().all(|b| b.is_ascii_digit()))
        || HIDDEN.contains(&text.to_lowercase().as_str())
}

/// A number, a hidden one, a login, or the `s` of Asterisk.
fn is_party(text: &str) -> bool {
    let plain = text.strip_prefix('+').unwrap_or(text);
    !plain.is_empty() && plain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '#'))
}

fn is_extension(text: &str) -> bool {
    2 <= text.len() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_person(text: &str) -> bool {
    let is_inner =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-' | ',' | '\'' | '@');
    text.starts_with(char::is_alphabetic)
        && text.ends_with(|c: char| c.is_alphanumeric() || c == '.')
        && text.chars().all(is_inner)
}
