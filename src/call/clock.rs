//! When a call was: a wall clock's time in a zone, made an instant that keeps its offset.
//!
//! A date that does not exist, or an hour that the clock skipped or showed twice, is an error and never a guess.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// Years that a recorded call can be of: what lies outside is a fault of the source.
const YEARS: RangeInclusive<i16> = 1990..=2100;

/// Why a wall clock's time is no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// There is no such day or hour, or it is of another century.
    #[error("there is no such date or time")]
    Impossible,
    /// The clock was put forward over it.
    #[error("the clock was put forward over this hour")]
    Skipped,
    /// The clock was put back.
    #[error("the clock showed this hour twice")]
    Twice,
}

/// A name that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no time zone; write one like `Europe/Moscow`, `UTC` or `+03:00`")]
pub struct ZoneError {
    /// What was said.
    pub name: String,
}

/// Where a clock hangs.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    zone: TimeZone,
    name: String,
}

impl Zone {
    /// A zone by its name in the IANA list (`Europe/Moscow`, `UTC`), or an offset (`+03:00`).
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        let wrong = || ZoneError { name: name.to_owned() };
        let zone = match name.strip_prefix(['+', '-']) {
            Some(rest) => {
                let digits: String = rest.chars().filter(|c| *c != ':').collect();
                let (hours, minutes) = match digits.len() {
                    1 | 2 => (digits.as_str(), "0"),
                    4 => digits.split_at_checked(2).ok_or_else(wrong)?,
                    _ => return Err(wrong()),
                };
                let hours: i32 = hours.parse().map_err(|_| wrong())?;
                let minutes: i32 = minutes.parse().map_err(|_| wrong())?;
                if 14 < hours || 59 < minutes {
                    return Err(wrong());
                }
                let sign = if name.starts_with('-') { -1 } else { 1 };
                let offset = Offset::from_seconds(sign * (hours * 60 + minutes) * 60);
                TimeZone::fixed(offset.map_err(|_| wrong())?)
            }
            None => TimeZone::get(name).map_err(|_| wrong())?,
        };
        Ok(Self { zone, name: name.to_owned() })
    }

    /// That of this machine; UTC where it has none.
    pub fn system() -> Self {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        let name = zone.iana_name().unwrap_or("system").to_owned();
        Self { zone, name }
    }

    /// As it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instant at which this zone's clock shows `time`.
    ///
    /// # Errors
    ///
    /// When it never does, or did so twice.
    pub fn moment(&self, time: LocalTime) -> Result<Moment, ClockError> {
        let shown = time.civil()?;
        let ambiguous = self.zone.to_ambiguous_timestamp(shown);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                let at = offset.to_timestamp(shown).map_err(|_| ClockError::Impossible)?;
                Ok(Moment { ms: at.as_millisecond(), offset_s: offset.seconds() })
            }
            AmbiguousOffset::Gap { .. } => Err(ClockError::Skipped),
            AmbiguousOffset::Fold { .. } => Err(ClockError::Twice),
        }
    }

    /// An instant in milliseconds since 1970, with this zone's offset; `None` where it is of another century.
    pub fn at(&self, ms: i64) -> Option<Moment> {
        let at = Timestamp::from_millisecond(ms).ok()?;
        let offset = self.zone.to_offset(at);
        YEARS
            .contains(&offset.to_datetime(at).year())
            .then(|| Moment { ms, offset_s: offset.seconds() })
    }
}

/// What a wall clock and a calendar show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime {
    /// Of our era.
    pub year: i16,
    /// From 1.
    pub month: i8,
    /// From 1.
    pub day: i8,
    /// From 0.
    pub hour: i8,
    /// From 0.
    pub minute: i8,
    /// From 0.
    pub second: i8,
    /// From 0.
    pub millisecond: i16,
}

impl LocalTime {
    /// Whether there is such a day and hour in some zone.
    pub fn is_possible(self) -> bool {
        self.civil().is_ok()
    }

    fn civil(self) -> Result<DateTime, ClockError> {
        if !YEARS.contains(&self.year) {
            return Err(ClockError::Impossible);
        }
        let nanosecond = i32::from(self.millisecond) * 1_000_000;
        let Self { year, month, day, hour, minute, second, .. } = self;
        DateTime::new(year, month, day, hour, minute, second, nanosecond)
            .map_err(|_| ClockError::Impossible)
    }
}

/// An instant, and the offset of the clock that told it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub ms: i64,
    /// Seconds east of Greenwich.
    pub offset_s: i32,
}

impl Moment {
    /// From RFC 3339, with its offset.
    pub fn parse(text: &str) -> Option<Self> {
        let at: Timestamp = text.parse().ok()?;
        let offset_s =
            match text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()) {
                "Z" | "z" => 0,
                rest => {
                    let sign = if rest.starts_with('-') { -1 } else { 1 };
                    let hours: i32 = rest.get(1..3)?.parse().ok()?;
                    let minutes: i32 = rest.get(4..6)?.parse().ok()?;
                    sign * (hours * 60 + minutes) * 60
                }
            };
        Some(Self { ms: at.as_millisecond(), offset_s })
    }
}

/// RFC 3339, to the second unless there is a fraction.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Timestamp::from_millisecond(self.ms).map_err(|_| fmt::Error)?;
        let offset = Offset::from_seconds(self.offset_s).map_err(|_| fmt::Error)?;
        write!(f, "{}", at.display_with_offset(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(year: i16, month: i8, day: i8, hour: i8, minute: i8) -> LocalTime {
        LocalTime { year, month, day, hour, minute, ..LocalTime::default() }
    }

    fn told(zone: &str, time: LocalTime) -> Result<String, ClockError> {
        Zone::named(zone).unwrap().moment(time).map(|moment| moment.to_string())
    }

    #[test]
    fn a_moment_keeps_the_offset_of_its_source() {
        let time = local(2026, 3, 14, 10, 15);
        assert_eq!(told("Europe/Moscow", time).unwrap(), "2026-03-14T10:15:00+03:00");
        assert_eq!(told("Asia/Yekaterinburg", time).unwrap(), "2026-03-14T10:15:00+05:00");
        assert_eq!(told("+03:30", time).unwrap(), "2026-03-14T10:15:00+03:30");
        // Moscow was four hours ahead then.
        let then = local(2013, 7, 1, 12, 0);
        assert_eq!(told("Europe/Moscow", then).unwrap(), "2013-07-01T12:00:00+04:00");
    }

    #[test]
    fn a_time_that_never_was_is_no_moment() {
        let told = |zone, time| told(zone, time).unwrap_err();
        assert_eq!(told("UTC", local(2026, 2, 30, 0, 0)), ClockError::Impossible);
        assert_eq!(told("UTC", local(2026, 1, 1, 24, 0)), ClockError::Impossible);
        assert_eq!(told("UTC", local(0, 1, 1, 0, 0)), ClockError::Impossible);
        assert_eq!(told("Europe/Berlin", local(2026, 3, 29, 2, 30)), ClockError::Skipped);
        assert_eq!(told("Europe/Berlin", local(2026, 10, 25, 2, 30)), ClockError::Twice);
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        for name in ["Moscow", "+15", "+3:0:0:0", "", "+03:99"] {
            assert!(Zone::named(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn rfc_3339_is_read_as_it_is_written() {
        for text in ["2026-03-14T10:15:00+03:00", "2026-03-14T10:15:00.5-02:30"] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Moment::parse("2026-03-14T10:15:00Z").unwrap().offset_s, 0);
        assert_eq!(Moment::parse("14.03.2026"), None);
    }
}
