//! What a call is: who speaks, when, and what is known about it besides its sound.
//!
//! This is vocabulary that every other module may use. It does no I/O and holds no wire format:
//! JSON shapes live in `grading::wire`.

mod clock;
mod number;
mod roster;

use std::fmt;

pub use clock::{ClockError, LocalTime, Moment, Zone, ZoneError};
pub use number::Number;
pub use roster::{Manager, Roster, RosterError, Sides, Way};

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Speaker {
    /// The employee whose work is graded.
    Manager,
    /// The other side.
    Client,
    /// A mono recording, or a transcript that does not tell.
    Unknown,
}

impl Speaker {
    /// The word that JSON, rule files and the command line use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Client => "client",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which way the call went, seen from the firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// The client called.
    Inbound,
    /// The manager called.
    Outbound,
}

impl Direction {
    /// The word that JSON, rule files and the command line use: `in` or `out`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "in",
            Self::Outbound => "out",
        }
    }

    /// The way back; `None` for any other word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Inbound, Self::Outbound].into_iter().find(|way| way.as_str() == word)
    }
}

/// A stretch of the call's clock, in whole milliseconds from the start of the recording.
///
/// Integers, so that the same call gives the same bytes everywhere. 2^32 ms are 49 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First millisecond.
    pub start_ms: u32,
    /// One past the last millisecond; never before `start_ms`.
    pub end_ms: u32,
}

impl Span {
    /// A span; an end before the start is moved to the start.
    pub fn new(start_ms: u32, end_ms: u32) -> Self {
        Self { start_ms, end_ms: end_ms.max(start_ms) }
    }

    /// Length in milliseconds.
    pub fn len_ms(self) -> u32 {
        self.end_ms - self.start_ms
    }

    /// Whether nothing lies in it.
    pub fn is_empty(self) -> bool {
        self.end_ms == self.start_ms
    }

    /// How many milliseconds both spans share.
    pub fn overlap_ms(self, other: Self) -> u32 {
        self.end_ms.min(other.end_ms).saturating_sub(self.start_ms.max(other.start_ms))
    }

    /// What both spans share, if anything.
    pub fn common(self, other: Self) -> Option<Self> {
        let start_ms = self.start_ms.max(other.start_ms);
        let end_ms = self.end_ms.min(other.end_ms);
        (start_ms < end_ms).then_some(Self { start_ms, end_ms })
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { start_ms: self.start_ms.min(other.start_ms), end_ms: self.end_ms.max(other.end_ms) }
    }
}

/// Spans sorted, and joined where they touch.
pub fn union(spans: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.collect();
    sorted.sort();
    let mut joined: Vec<Span> = Vec::with_capacity(sorted.len());
    for span in sorted {
        match joined.last_mut() {
            Some(last) if span.start_ms <= last.end_ms => *last = last.cover(span),
            _ => joined.push(span),
        }
    }
    joined
}

/// What is known about a call besides its sound: from its name, a sidecar or the command line.
///
/// Everything is optional: nothing is ever invented.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallInfo {
    /// When the call began, RFC 3339 with offset, as the source says it.
    pub started_at: Option<String>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// The manager's name or extension.
    pub manager: Option<String>,
    /// The client's name or number.
    pub client: Option<String>,
    /// Whether there was a call with this client before.
    pub repeated: Option<bool>,
    /// Who hung up.
    pub ended_by: Option<Speaker>,
    /// The manager's extension.
    pub extension: Option<String>,
    /// The id that the telephone exchange gave the call.
    pub unique_id: Option<String>,
}

impl CallInfo {
    /// What a better source says, and what `below` says where that one is silent.
    ///
    /// Manager and extension go together: one source's name beside another's extension would be a third person.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        let (manager, extension) = if self.manager.is_some() || self.extension.is_some() {
            (self.manager, self.extension)
        } else {
            (below.manager, below.extension)
        };
        Self {
            started_at: self.started_at.or(below.started_at),
            direction: self.direction.or(below.direction),
            manager,
            client: self.client.or(below.client),
            repeated: self.repeated.or(below.repeated),
            ended_by: self.ended_by.or(below.ended_by),
            extension,
            unique_id: self.unique_id.or(below.unique_id),
        }
    }
}

/// The recording itself: what was given and what was found in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Path relative to what was given on the command line, with `/` between parts.
    pub source: String,
    /// SHA-256 of the bytes of the file (of both files one after the other, for a pair), in lower-case hex.
    pub sha256: String,
    /// Length in milliseconds.
    pub duration_ms: u32,
    /// Channels in the file (two for a pair of files). 0 for a transcript made elsewhere.
    pub channels: u16,
}

impl Recording {
    /// The draft's id: the file's stem, a hyphen, and the first eight hex digits of its SHA-256.
    pub fn id(&self) -> String {
        let name = self.source.rsplit('/').next().unwrap_or_default();
        let stem = name.strip_suffix(".dialogue.json").unwrap_or_else(|| {
            name.rsplit_once('.')
                .map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
        });
        format!("{stem}-{}", self.sha256.get(..8).unwrap_or(&self.sha256))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_stem_and_eight_hex_digits() {
        let id = |source: &str| {
            Recording {
                source: source.into(),
                sha256: "0123456789abcdef".into(),
                ..Default::default()
            }
            .id()
        };
        assert_eq!(id("day/call.one.wav"), "call.one-01234567");
        assert_eq!(id("call.dialogue.json"), "call-01234567");
        assert_eq!(id(".wav"), ".wav-01234567");
    }

    #[test]
    fn a_better_source_brings_its_own_person() {
        let name = |manager: Option<&str>, extension: Option<&str>| CallInfo {
            manager: manager.map(Into::into),
            extension: extension.map(Into::into),
            ..CallInfo::default()
        };
        let journal = name(None, Some("202"));
        let of_the_name = CallInfo { client: Some("+7".into()), ..name(Some("Anna"), Some("201")) };
        let known = journal.over(of_the_name.clone());
        assert_eq!((known.manager, known.extension), (None, Some("202".into())));
        assert_eq!(known.client, Some("+7".into()));
        assert_eq!(CallInfo::default().over(of_the_name.clone()), of_the_name);
    }

    #[test]
    fn overlap_of_spans_is_symmetric_and_never_negative() {
        let (a, b) = (Span::new(0, 1000), Span::new(900, 2000));
        assert_eq!((a.overlap_ms(b), b.overlap_ms(a)), (100, 100));
        assert_eq!(a.overlap_ms(Span::new(5000, 6000)), 0);
    }
}
