//! What was heard as the store keeps it: everything that rules and grading look at, so that regrading needs no sound.
//!
//! Short on purpose, for there are a hundred thousand of them and regrading reads them all: a word is a list of four, times
//! are whole milliseconds, speakers a letter. Numbers come back as the same bits, or a draft made again would not be the
//! same bytes. This format is the store's own; other programs read drafts.

use serde::{Deserialize, Serialize};

use crate::call::{CallInfo, Direction, Recording, Span, Speaker};
use crate::store::link::Unreadable;
use crate::transcript::{Activity, DropReason, Dropped, Heard, Turn, Word};
use crate::warning::Warning;

/// Raised when an older program could not read it.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct HeardRow {
    format: u32,
    source: String,
    sha256: String,
    duration_ms: u32,
    channels: u16,
    turns: Vec<TurnRow>,
    activity: Vec<(Who, Vec<(u32, u32)>)>,
    dropped: Vec<(Who, u32, u32, String, String)>,
    warnings: Vec<WarningRow>,
}

#[derive(Serialize, Deserialize)]
struct TurnRow(Who, u32, u32, Vec<(String, u32, u32, f32)>);

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Who {
    #[serde(rename = "m")]
    Manager,
    #[serde(rename = "c")]
    Client,
    #[serde(rename = "u")]
    Unknown,
}

impl From<Speaker> for Who {
    fn from(speaker: Speaker) -> Self {
        match speaker {
            Speaker::Manager => Self::Manager,
            Speaker::Client => Self::Client,
            Speaker::Unknown => Self::Unknown,
        }
    }
}

impl From<Who> for Speaker {
    fn from(who: Who) -> Self {
        match who {
            Who::Manager => Self::Manager,
            Who::Client => Self::Client,
            Who::Unknown => Self::Unknown,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WarningRow {
    Truncated(u32),
    WrongExtension(String),
    DamagedPackets(u32),
    NotANumber(u64),
    Mono,
    DualMono,
    EmptyChannel(u16),
    ExtraChannels(u16),
    MissingHalf(String),
    DecodedByFfmpeg,
    DemoModel,
    UnlistedModel,
    TimesAssumed,
    NameNotUnderstood,
    NameAmbiguous,
    ZoneDoubtful(i64),
    SidecarUnusable(String),
    JournalAmbiguous(u32),
    PoorlyHeard(u8),
}

impl From<&Warning> for WarningRow {
    fn from(warning: &Warning) -> Self {
        match warning {
            Warning::Truncated { decoded_ms } => Self::Truncated(*decoded_ms),
            Warning::WrongExtension { found } => Self::WrongExtension(found.clone()),
            Warning::DamagedPackets { count } => Self::DamagedPackets(*count),
            Warning::NotANumber { count } => Self::NotANumber(*count),
            Warning::Mono => Self::Mono,
            Warning::DualMono => Self::DualMono,
            Warning::EmptyChannel { channel } => Self::EmptyChannel(*channel),
            Warning::ExtraChannels { channels } => Self::ExtraChannels(*channels),
            Warning::MissingHalf { other } => Self::MissingHalf(other.clone()),
            Warning::DecodedByFfmpeg => Self::DecodedByFfmpeg,
            Warning::DemoModel => Self::DemoModel,
            Warning::UnlistedModel => Self::UnlistedModel,
            Warning::TimesAssumed => Self::TimesAssumed,
            Warning::NameNotUnderstood => Self::NameNotUnderstood,
            Warning::NameAmbiguous => Self::NameAmbiguous,
            Warning::ZoneDoubtful { minutes } => Self::ZoneDoubtful(*minutes),
            Warning::SidecarUnusable { why } => Self::SidecarUnusable(why.clone()),
            Warning::JournalAmbiguous { calls } => Self::JournalAmbiguous(*calls),
            Warning::PoorlyHeard { percent } => Self::PoorlyHeard(*percent),
        }
    }
}

impl From<WarningRow> for Warning {
    fn from(row: WarningRow) -> Self {
        match row {
            WarningRow::Truncated(decoded_ms) => Self::Truncated { decoded_ms },
            WarningRow::WrongExtension(found) => Self::WrongExtension { found },
            WarningRow::DamagedPackets(count) => Self::DamagedPackets { count },
            WarningRow::NotANumber(count) => Self::NotANumber { count },
            WarningRow::Mono => Self::Mono,
            WarningRow::DualMono => Self::DualMono,
            WarningRow::EmptyChannel(channel) => Self::EmptyChannel { channel },
            WarningRow::ExtraChannels(channels) => Self::ExtraChannels { channels },
            WarningRow::MissingHalf(other) => Self::MissingHalf { other },
            WarningRow::DecodedByFfmpeg => Self::DecodedByFfmpeg,
            WarningRow::DemoModel => Self::DemoModel,
            WarningRow::UnlistedModel => Self::UnlistedModel,
            WarningRow::TimesAssumed => Self::TimesAssumed,
            WarningRow::NameNotUnderstood => Self::NameNotUnderstood,
            WarningRow::NameAmbiguous => Self::NameAmbiguous,
            WarningRow::ZoneDoubtful(minutes) => Self::ZoneDoubtful { minutes },
            WarningRow::SidecarUnusable(why) => Self::SidecarUnusable { why },
            WarningRow::JournalAmbiguous(calls) => Self::JournalAmbiguous { calls },
            WarningRow::PoorlyHeard(percent) => Self::PoorlyHeard { percent },
        }
    }
}

/// What was heard, as one line of JSON.
pub(super) fn write(heard: &Heard) -> Result<String, Unreadable> {
    let turns = heard.turns.iter().map(|turn| {
        let words = turn
            .words
            .iter()
            .map(|word| (word.text.clone(), word.span.start_ms, word.span.end_ms, word.confidence));
        TurnRow(turn.speaker.into(), turn.span.start_ms, turn.span.end_ms, words.collect())
    });
    let activity = heard.activity.iter().map(|(speaker, activity)| {
        let spans = activity.spans.iter().map(|span| (span.start_ms, span.end_ms)).collect();
        ((*speaker).into(), spans)
    });
    let dropped = heard.dropped.iter().map(|entry| {
        let reason = entry.reason.as_str().to_owned();
        (entry.speaker.into(), entry.span.start_ms, entry.span.end_ms, entry.text.clone(), reason)
    });
    let row = HeardRow {
        format: FORMAT,
        source: heard.recording.source.clone(),
        sha256: heard.recording.sha256.clone(),
        duration_ms: heard.recording.duration_ms,
        channels: heard.recording.channels,
        turns: turns.collect(),
        activity: activity.collect(),
        dropped: dropped.collect(),
        warnings: heard.warnings.iter().map(Into::into).collect(),
    };
    serde_json::to_string(&row).map_err(|error| Unreadable::new(error.to_string()))
}

/// The way back.
pub(super) fn read(text: &str) -> Result<Heard, Unreadable> {
    let row: HeardRow =
        serde_json::from_str(text).map_err(|error| Unreadable::new(error.to_string()))?;
    if row.format != FORMAT {
        return Err(Unreadable::new(format!("format {} and not {FORMAT}", row.format)));
    }
    let turns = row.turns.into_iter().map(|TurnRow(who, start_ms, end_ms, words)| Turn {
        speaker: who.into(),
        span: Span::new(start_ms, end_ms),
        words: words
            .into_iter()
            .map(|(text, start_ms, end_ms, confidence)| Word {
                text,
                span: Span::new(start_ms, end_ms),
                confidence,
            })
            .collect(),
    });
    let activity = row.activity.into_iter().map(|(who, spans)| {
        let spans = spans.into_iter().map(|(start_ms, end_ms)| Span::new(start_ms, end_ms));
        (who.into(), Activity { spans: spans.collect() })
    });
    let mut dropped = Vec::with_capacity(row.dropped.len());
    for (who, start_ms, end_ms, text, reason) in row.dropped {
        dropped.push(Dropped {
            speaker: who.into(),
            span: Span::new(start_ms, end_ms),
            text,
            reason: DropReason::parse(&reason)
                .ok_or_else(|| Unreadable::new(format!("`{reason}` is no reason")))?,
        });
    }
    Ok(Heard {
        recording: Recording {
            source: row.source,
            sha256: row.sha256,
            duration_ms: row.duration_ms,
            channels: row.channels,
        },
        turns: turns.collect(),
        activity: activity.collect(),
        dropped,
        warnings: row.warnings.into_iter().map(Into::into).collect(),
    })
}

#[derive(Serialize, Deserialize)]
struct InfoRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    direction: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manager: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repeated: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_by: Option<Who>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extension: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unique_id: Option<String>,
}

/// What is known of a call, as one line of JSON.
pub(super) fn write_info(info: &CallInfo) -> Result<String, Unreadable> {
    // Every field by name: one that is added later must not be lost here.
    let CallInfo {
        started_at,
        direction,
        manager,
        client,
        repeated,
        ended_by,
        extension,
        unique_id,
    } = info;
    let row = InfoRow {
        started_at: started_at.clone(),
        direction: direction.map(|direction| direction.as_str().to_owned()),
        manager: manager.clone(),
        client: client.clone(),
        repeated: *repeated,
        ended_by: ended_by.map(Into::into),
        extension: extension.clone(),
        unique_id: unique_id.clone(),
    };
    serde_json::to_string(&row).map_err(|error| Unreadable::new(error.to_string()))
}

/// The way back.
pub(super) fn read_info(text: &str) -> Result<CallInfo, Unreadable> {
    let row: InfoRow =
        serde_json::from_str(text).map_err(|error| Unreadable::new(error.to_string()))?;
    Ok(CallInfo {
        started_at: row.started_at,
        direction: row.direction.as_deref().and_then(Direction::parse),
        manager: row.manager,
        client: row.client,
        repeated: row.repeated,
        ended_by: row.ended_by.map(Into::into),
        extension: row.extension,
        unique_id: row.unique_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard() -> Heard {
        let word = |text: &str, start_ms, confidence| Word {
            text: text.to_owned(),
            span: Span::new(start_ms, start_ms + 200),
            confidence,
        };
        Heard {
            recording: Recording {
                source: "a/б.wav".into(),
                sha256: "ab".repeat(32),
                duration_ms: 4000,
                channels: 2,
            },
            turns: vec![Turn {
                speaker: Speaker::Manager,
                span: Span::new(10, 900),
                words: vec![word("«Да»,", 10, 0.1 + 0.2), word("\u{1}\"", 500, f32::MIN_POSITIVE)],
            }],
            activity: vec![(Speaker::Client, Activity { spans: vec![Span::new(1, 2)] })],
            dropped: vec![Dropped {
                speaker: Speaker::Unknown,
                span: Span::new(5, 6),
                text: String::new(),
                reason: DropReason::Crosstalk,
            }],
            warnings: vec![
                Warning::Truncated { decoded_ms: 7 },
                Warning::Mono,
                Warning::MissingHalf { other: "б".into() },
                Warning::ZoneDoubtful { minutes: -180 },
            ],
        }
    }

    #[test]
    fn what_was_heard_comes_back_bit_by_bit() {
        assert_eq!(read(&write(&heard()).unwrap()).unwrap(), heard());
        assert_eq!(read(&write(&Heard::default()).unwrap()).unwrap(), Heard::default());
    }

    #[test]
    fn what_is_known_of_a_call_comes_back() {
        let full = CallInfo {
            started_at: Some("2026-01-02T03:04:05+03:00".into()),
            direction: Some(Direction::Outbound),
            manager: Some("Анна".into()),
            client: Some("+70000000000".into()),
            repeated: Some(false),
            ended_by: Some(Speaker::Client),
            extension: Some("201".into()),
            unique_id: Some("1773472500.42".into()),
        };
        for info in [full, CallInfo::default()] {
            assert_eq!(read_info(&write_info(&info).unwrap()).unwrap(), info);
        }
    }

    #[test]
    fn a_later_format_and_a_broken_row_are_refused() {
        let later = write(&heard()).unwrap().replace("\"format\":1", "\"format\":2");
        assert!(read(&later).is_err());
        assert!(read("{\"format\":1}").is_err());
        let reason = write(&heard()).unwrap().replace("crosstalk", "moonlight");
        assert!(read(&reason).is_err());
    }
}
