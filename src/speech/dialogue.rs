//! Reads transcripts made elsewhere: `call.dialogue.json`.
//!
//! `{"turns": [{"who": "manager|client|unknown", "text", "start_s", "end_s"}], "call": {…}}`. Times are optional, for
//! all turns or for none; without them 150 words a minute are assumed, one turn after another. Keys beside these are
//! let be, so that labelled dialogues can be read as they are. Nothing is recognized and no guard is asked: what
//! somebody wrote down is believed.

use std::fmt::Write as _;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::call::{CallInfo, Direction, Recording, Span, Speaker};
use crate::transcript::{Activity, Heard, Turn, Word};
use crate::warning::Warning;

/// What a word takes at 150 words a minute, in milliseconds.
const WORD_MS: u32 = 400;

/// Longest call in seconds: a span counts milliseconds in 32 bits, which are 49 days.
const LONGEST_S: f64 = 4_294_967.0;

/// Why a file is no dialogue. Turns are counted from 1.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum DialogueError {
    /// Not JSON, or not of this shape.
    #[error(
        "`{name}` is no dialogue: {source}; wanted `{{\"turns\": [{{\"who\": \"manager\", \"text\": \"…\"}}]}}`"
    )]
    Shape {
        name: String,
        #[source]
        source: serde_json::Error,
    },
    /// Nobody says anything.
    #[error("`{name}` has no words; give `turns` with `who` and `text`")]
    Empty { name: String },
    /// Nobody we know of.
    #[error("turn {turn} of `{name}` is by `{who}`; `who` is manager, client or unknown")]
    Who { name: String, turn: usize, who: String },
    /// Neither in nor out.
    #[error("the direction of `{name}` is `{direction}`; it is in or out")]
    Direction { name: String, direction: String },
    /// Nobody who can hang up.
    #[error("`ended_by` of `{name}` is `{who}`; it is manager, client or unknown")]
    EndedBy { name: String, who: String },
    /// Half of the times.
    #[error(
        "turn {turn} of `{name}` has no `{key}`; give `start_s` and `end_s` for every turn or for none"
    )]
    HalfTimed { name: String, turn: usize, key: &'static str },
    /// A time that cannot be.
    #[error(
        "turn {turn} of `{name}` runs from {start_s} s to {end_s} s; times are seconds from 0, the end not before the start"
    )]
    Time { name: String, turn: usize, start_s: f64, end_s: f64 },
}

#[derive(Debug, Deserialize)]
struct DialogueJson {
    turns: Vec<TurnJson>,
    call: Option<CallJson>,
    direction: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TurnJson {
    who: String,
    text: String,
    start_s: Option<f64>,
    end_s: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
struct CallJson {
    started_at: Option<String>,
    direction: Option<String>,
    manager: Option<String>,
    client: Option<String>,
    repeated: Option<bool>,
    ended_by: Option<String>,
    extension: Option<String>,
    unique_id: Option<String>,
}

/// Reads one dialogue. `name` becomes [`Recording::source`] and is named in errors.
///
/// Turns come out in the order of their start; activity is made of the turns.
///
/// # Errors
///
/// On what is no JSON, has no words, an unknown speaker or direction, or times that are incomplete or impossible.
pub fn read_dialogue(bytes: &[u8], name: &str) -> Result<(Heard, CallInfo), DialogueError> {
    // Editors on Windows write a byte order mark, which JSON does not allow.
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let dialogue: DialogueJson = serde_json::from_slice(json)
        .map_err(|source| DialogueError::Shape { name: name.into(), source })?;
    let timed = dialogue.turns.iter().any(|turn| turn.start_s.is_some() || turn.end_s.is_some());
    let mut turns = Vec::new();
    let mut at_ms = 0;
    for (index, turn) in dialogue.turns.iter().enumerate() {
        let number = index + 1;
        let speaker = speaker(&turn.who).ok_or_else(|| DialogueError::Who {
            name: name.into(),
            turn: number,
            who: turn.who.clone(),
        })?;
        let texts: Vec<&str> = turn
            .text
            .split_whitespace()
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .collect();
        let span = if timed {
            span(turn, name, number)?
        } else {
            let end_ms = u32::try_from(texts.len()).unwrap_or(u32::MAX).saturating_mul(WORD_MS);
            Span::new(at_ms, at_ms.saturating_add(end_ms))
        };
        at_ms = span.end_ms;
        if !texts.is_empty() {
            turns.push(Turn { speaker, span, words: words(&texts, span) });
        }
    }
    if turns.is_empty() {
        return Err(DialogueError::Empty { name: name.into() });
    }
    turns.sort_by_key(|turn| (turn.span.start_ms, turn.speaker));
    let heard = Heard {
        recording: Recording {
            source: name.into(),
            sha256: hex(&Sha256::digest(bytes)),
            duration_ms: turns.iter().map(|turn| turn.span.end_ms).max().unwrap_or(0),
            channels: 0,
        },
        activity: activity(&turns),
        turns,
        dropped: Vec::new(),
        warnings: if timed { Vec::new() } else { vec![Warning::TimesAssumed] },
    };
    Ok((heard, info(dialogue.call.unwrap_or_default(), dialogue.direction, name)?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn speaker(who: &str) -> Option<Speaker> {
    [Speaker::Manager, Speaker::Client, Speaker::Unknown]
        .into_iter()
        .find(|speaker| speaker.as_str() == who)
}

fn span(turn: &TurnJson, name: &str, number: usize) -> Result<Span, DialogueError> {
    let missing = |key| DialogueError::HalfTimed { name: name.into(), turn: number, key };
    let start_s = turn.start_s.ok_or_else(|| missing("start_s"))?;
    let end_s = turn.end_s.ok_or_else(|| missing("end_s"))?;
    if !(0.0 <= start_s && start_s <= end_s && end_s < LONGEST_S) {
        return Err(DialogueError::Time { name: name.into(), turn: number, start_s, end_s });
    }
    let ms = |seconds: f64| (seconds * 1000.0).round() as u32;
    Ok(Span::new(ms(start_s), ms(end_s)))
}

/// Each word gets time in proportion to its letters.
fn words(texts: &[&str], span: Span) -> Vec<Word> {
    let letters = |text: &str| text.chars().count() as u64 + 1;
    let all: u64 = texts.iter().map(|text| letters(text)).sum();
    let mut done = 0;
    let at = |done: u64| span.start_ms + (u64::from(span.len_ms()) * done / all.max(1)) as u32;
    texts
        .iter()
        .map(|text| {
            let start_ms = at(done);
            done += letters(text);
            Word { text: (*text).into(), span: Span::new(start_ms, at(done)), confidence: 1.0 }
        })
        .collect()
}

fn activity(turns: &[Turn]) -> Vec<(Speaker, Activity)> {
    [Speaker::Manager, Speaker::Client, Speaker::Unknown]
        .into_iter()
        .filter_map(|speaker| {
            let mut spans: Vec<Span> = Vec::new();
            for turn in turns.iter().filter(|turn| turn.speaker == speaker) {
                match spans.last_mut() {
                    Some(last) if turn.span.start_ms <= last.end_ms => {
                        *last = last.cover(turn.span);
                    }
                    _ => spans.push(turn.span),
                }
            }
            (!spans.is_empty()).then_some((speaker, Activity { spans }))
        })
        .collect()
}

fn info(call: CallJson, outer: Option<String>, name: &str) -> Result<CallInfo, DialogueError> {
    let direction = match call.direction.or(outer) {
        None => None,
        Some(word) => {
            let known =
                [Direction::Inbound, Direction::Outbound].into_iter().find(|d| d.as_str() == word);
            Some(
                known.ok_or_else(|| DialogueError::Direction {
                    name: name.into(),
                    direction: word,
                })?,
            )
        }
    };
    let ended_by = match call.ended_by {
        None => None,
        Some(who) => {
            Some(speaker(&who).ok_or_else(|| DialogueError::EndedBy { name: name.into(), who })?)
        }
    };
    Ok(CallInfo {
        started_at: call.started_at,
        direction,
        manager: call.manager,
        client: call.client,
        repeated: call.repeated,
        ended_by: ended_by.filter(|who| *who != Speaker::Unknown),
        extension: call.extension,
        unique_id: call.unique_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fails(json: &str, expected: &str) {
        let error = read_dialogue(json.as_bytes(), "a.dialogue.json").unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nexpected {expected}");
    }

    fn read(json: &str) -> (Heard, CallInfo) {
        read_dialogue(json.as_bytes(), "day/a.dialogue.json").unwrap()
    }

    #[test]
    fn times_are_taken_and_spread_over_the_words() {
        let (heard, _) =
            read(r#"{"turns":[{"who":"manager","text":"Добрый день","start_s":1.5,"end_s":2.6}]}"#);
        let spans: Vec<(u32, u32)> = heard.turns[0]
            .words
            .iter()
            .map(|word| (word.span.start_ms, word.span.end_ms))
            .collect();
        assert_eq!(spans, [(1500, 2141), (2141, 2600)]);
        assert_eq!(heard.recording.duration_ms, 2600);
        assert_eq!(heard.recording.id().len(), "a-01234567".len());
        assert_eq!(heard.warnings, []);
    }

    #[test]
    fn without_times_150_words_a_minute_are_assumed_and_said() {
        let (heard, _) = read(
            r#"{"turns":[{"who":"client","text":"да да да"},{"who":"manager","text":"нет — нет"}]}"#,
        );
        let spans: Vec<(u32, u32)> =
            heard.turns.iter().map(|turn| (turn.span.start_ms, turn.span.end_ms)).collect();
        assert_eq!(spans, [(0, 1200), (1200, 2000)]);
        assert_eq!(heard.warnings, [Warning::TimesAssumed]);
        assert_eq!(heard.activity_of(Speaker::Manager), [Span::new(1200, 2000)]);
    }

    #[test]
    fn what_is_known_of_the_call_is_read_from_both_places() {
        let (_, info) = read(
            r#"{"turns":[{"who":"unknown","text":"алло"}],
                "call":{"started_at":"2026-11-25T10:00:00+03:00","direction":"out","manager":"101","client":"Иван"}}"#,
        );
        assert_eq!(info.direction, Some(Direction::Outbound));
        assert_eq!((info.manager.as_deref(), info.client.as_deref()), (Some("101"), Some("Иван")));
        let (_, info) = read(
            r#"{"id":"x","direction":"in","labels":{},"turns":[{"who":"client","text":"алло"}]}"#,
        );
        assert_eq!(info.direction, Some(Direction::Inbound));
    }

    #[test]
    fn turns_come_out_in_the_order_of_time() {
        let (heard, _) = read(
            r#"{"turns":[{"who":"client","text":"два","start_s":5,"end_s":6},{"who":"manager","text":"раз","start_s":1,"end_s":2}]}"#,
        );
        assert_eq!(heard.turns[0].text(), "раз");
    }

    #[test]
    fn byte_order_mark_is_let_be() {
        assert!(
            read_dialogue(
                "\u{feff}{\"turns\":[{\"who\":\"client\",\"text\":\"да\"}]}".as_bytes(),
                "a"
            )
            .is_ok()
        );
    }

    #[test]
    fn what_is_no_dialogue_is_named() {
        fails("", "`a.dialogue.json` is no dialogue: EOF");
        fails("not json", "is no dialogue: expected");
        fails("[]", "is no dialogue");
        fails("{}", "missing field `turns`");
        fails(r#"{"turns":[{"text":"да"}]}"#, "missing field `who` at line 1");
        fails(r#"{"turns":[{"who":"client"}]}"#, "missing field `text`");
        assert!(read_dialogue(b"\xff\xfe\x00", "a").is_err());
    }

    #[test]
    fn no_words_are_named() {
        fails(r#"{"turns":[]}"#, "has no words");
        fails(r#"{"turns":[{"who":"client","text":" … "}]}"#, "has no words");
    }

    #[test]
    fn wrong_speaker_and_direction_are_named() {
        fails(
            r#"{"turns":[{"who":"Agent","text":"да"}]}"#,
            "turn 1 of `a.dialogue.json` is by `Agent`",
        );
        fails(r#"{"turns":[{"who":"client","text":"да"}],"call":{"direction":"up"}}"#, "is `up`");
    }

    #[test]
    fn wrong_times_are_named() {
        let half = r#"{"turns":[{"who":"client","text":"да","start_s":1,"end_s":2},{"who":"client","text":"да","start_s":3}]}"#;
        fails(half, "turn 2 of `a.dialogue.json` has no `end_s`");
        fails(
            r#"{"turns":[{"who":"client","text":"да","start_s":3,"end_s":2}]}"#,
            "runs from 3 s to 2 s",
        );
        fails(
            r#"{"turns":[{"who":"client","text":"да","start_s":-1,"end_s":2}]}"#,
            "runs from -1 s",
        );
        fails(
            r#"{"turns":[{"who":"client","text":"да","start_s":1,"end_s":1e12}]}"#,
            "runs from 1 s",
        );
    }
}
