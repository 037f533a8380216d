//! Dates and times as they are written in names: `YYYYMMDD`, `hh-mm`.

use crate::call::LocalTime;
use crate::naming::field::Value;

/// A date or time as it is written: `YYYYMMDD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::naming) struct Form(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year4,
    Year2,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Text(char),
}

/// The forms of a date that are tried where none is named.
pub(super) const DATES: &[&str] = &[
    "YYYYMMDD",
    "YYYY-MM-DD",
    "YYYY_MM_DD",
    "YYYY.MM.DD",
    "DD.MM.YYYY",
    "DD-MM-YYYY",
    "DD_MM_YYYY",
];

/// The forms of a time that are tried where none is named.
pub(super) const TIMES: &[&str] =
    &["hhmmss", "hh-mm-ss", "hh_mm_ss", "hh.mm.ss", "hh:mm:ss", "hhmm", "hh-mm", "hh:mm"];

impl Form {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        'next: while !rest.is_empty() {
            for (word, part) in [
                ("YYYY", Part::Year4),
                ("YY", Part::Year2),
                ("MM", Part::Month),
                ("DD", Part::Day),
                ("hh", Part::Hour),
                ("mm", Part::Minute),
                ("ss", Part::Second),
            ] {
                if let Some(behind) = rest.strip_prefix(word) {
                    if parts.contains(&part) {
                        return None;
                    }
                    parts.push(part);
                    rest = behind;
                    continue 'next;
                }
            }
            let c = rest.chars().next()?;
            if c.is_alphanumeric() {
                return None;
            }
            parts.push(Part::Text(c));
            rest = &rest[c.len_utf8()..];
        }
        Some(Self(parts))
    }

    pub(super) fn is_date(&self) -> bool {
        let has = |part| self.0.contains(&part);
        let years = usize::from(has(Part::Year4)) + usize::from(has(Part::Year2));
        let clock = has(Part::Hour) || has(Part::Minute) || has(Part::Second);
        years == 1 && has(Part::Month) && has(Part::Day) && !clock
    }

    pub(super) fn is_time(&self) -> bool {
        let has = |part| self.0.contains(&part);
        let date = has(Part::Year4) || has(Part::Year2) || has(Part::Month) || has(Part::Day);
        has(Part::Hour) && has(Part::Minute) && !date
    }

    /// The parts, and where they end.
    fn read(&self, name: &[char], at: usize) -> Option<(usize, Vec<(Part, i16)>)> {
        let mut end = at;
        let mut found = Vec::new();
        for part in &self.0 {
            let length = match part {
                Part::Text(c) => {
                    (name.get(end) == Some(c)).then_some(())?;
                    end += 1;
                    continue;
                }
                Part::Year4 => 4,
                _ => 2,
            };
            let value = i16::try_from(digits(&name[end..], length)?).ok()?;
            found.push((*part, value));
            end += length;
        }
        Some((end, found))
    }

    pub(super) fn date(&self, name: &[char], at: usize) -> Option<(usize, Option<Value>)> {
        let (end, parts) = self.read(name, at)?;
        let mut time = LocalTime::default();
        for (part, value) in parts {
            let small = i8::try_from(value);
            match part {
                Part::Year4 => time.year = value,
                Part::Year2 => time.year = 2000 + value,
                Part::Month => time.month = small.ok()?,
                _ => time.day = small.ok()?,
            }
        }
        let value = Value::Date(time.year, time.month, time.day);
        time.is_possible().then_some((end, Some(value)))
    }

    pub(super) fn time(&self, name: &[char], at: usize) -> Option<(usize, Option<Value>)> {
        let (end, parts) = self.read(name, at)?;
        let (mut hour, mut minute, mut second) = (0, 0, None);
        for (part, value) in parts {
            let value = i8::try_from(value).ok()?;
            match part {
                Part::Hour => hour = value,
                Part::Minute => minute = value,
                _ => second = Some(value),
            }
        }
        let is_time = hour < 24 && minute < 60 && second.is_none_or(|second| second < 60);
        is_time.then_some((end, Some(Value::Time(hour, minute, second))))
    }
}

/// A number with nothing but digits of this length at the beginning.
pub(super) fn digits(rest: &[char], count: usize) -> Option<i64> {
    let text: String = rest.get(..count)?.iter().collect();
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}
