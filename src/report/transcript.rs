//! What was said, as text, as subtitles, or as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::call::{Span, Speaker};
use crate::grading::wire::{DroppedJson, Seconds, TurnJson, WarningJson};
use crate::report::language::{Language, clock};
use crate::report::page::{Ink, Screen, fill, width};
use crate::transcript::{Heard, Turn, Word};

/// A longer subtitle is cut between words, in milliseconds.
const LONGEST_CUE_MS: u32 = 7_000;

/// Two lines of 42 letters, as subtitles are commonly set.
const LONGEST_CUE_LETTERS: usize = 84;

/// A transcript as JSON: the same names as in a draft.
#[derive(Debug, Serialize)]
struct TranscriptJson {
    schema: u32,
    id: String,
    source: String,
    sha256: String,
    duration_s: Seconds,
    channels: u16,
    transcript: Vec<TurnJson>,
    dropped: Vec<DroppedJson>,
    warnings: Vec<WarningJson>,
}

/// One paragraph a turn, with its time and its speaker, under the recording's name.
pub fn text(heard: &Heard, lang: Language, screen: Screen) -> String {
    let mut page = screen.paragraph("", 0, Ink::Bold, &heard.recording.source);
    for turn in &heard.turns {
        let time = fill(&clock(u64::from(turn.span.start_ms)), 6);
        let label = format!("{time}{}", fill(lang.speaker(turn.speaker), 10));
        page.push_str(&screen.paragraph(&label, width(&label), Ink::Plain, &turn.text()));
    }
    for warning in &heard.warnings {
        page.push_str(&screen.paragraph("! ", 2, Ink::Yellow, &lang.warning(warning)));
    }
    page
}

/// One JSON object in one line, without a line feed.
///
/// # Errors
///
/// Never in practice: every part of it can be written.
pub fn json(heard: &Heard) -> serde_json::Result<String> {
    serde_json::to_string(&TranscriptJson {
        schema: crate::grading::wire::SCHEMA_VERSION,
        id: heard.recording.id(),
        source: heard.recording.source.clone(),
        sha256: heard.recording.sha256.clone(),
        duration_s: Seconds::from_ms(heard.recording.duration_ms.into()),
        channels: heard.recording.channels,
        transcript: heard.turns.iter().map(Into::into).collect(),
        dropped: heard.dropped.iter().map(Into::into).collect(),
        warnings: heard.warnings.iter().map(Into::into).collect(),
    })
}

/// `SubRip` subtitles.
pub fn srt(heard: &Heard, lang: Language) -> String {
    let mut text = String::new();
    for (number, cue) in cues(&heard.turns).iter().enumerate() {
        let (start, end) = (stamp(cue.span.start_ms, ','), stamp(cue.span.end_ms, ','));
        let who = lang.speaker(cue.speaker);
        // Writing to a string cannot fail.
        let _ = write!(text, "{}\n{start} --> {end}\n{who}: {}\n\n", number + 1, cue.text);
    }
    text
}

/// `WebVTT` subtitles, with the speaker as the voice.
pub fn vtt(heard: &Heard, lang: Language) -> String {
    let mut text = "WEBVTT\n\n".to_owned();
    for cue in cues(&heard.turns) {
        let (start, end) = (stamp(cue.span.start_ms, '.'), stamp(cue.span.end_ms, '.'));
        let said = cue.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(text, "{start} --> {end}\n<v {}>{said}\n\n", lang.speaker(cue.speaker));
    }
    text
}

/// What is on the screen at a time.
struct Cue {
    speaker: Speaker,
    span: Span,
    text: String,
}

/// Turns cut to the length of subtitles, in the order of time.
fn cues(turns: &[Turn]) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    for turn in turns {
        let mut open: Option<Cue> = None;
        for word in &turn.words {
            match &mut open {
                Some(cue) if fits(cue, word) => {
                    cue.text.push(' ');
                    cue.text.push_str(&word.text);
                    cue.span = cue.span.cover(word.span);
                }
                _ => {
                    cues.extend(open.take());
                    open = Some(Cue {
                        speaker: turn.speaker,
                        span: word.span,
                        text: word.text.clone(),
                    });
                }
            }
        }
        cues.extend(open);
    }
    cues.sort_by_key(|cue| (cue.span, cue.speaker));
    cues
}

fn fits(cue: &Cue, word: &Word) -> bool {
    let letters = cue.text.chars().count() + 1 + word.text.chars().count();
    letters <= LONGEST_CUE_LETTERS && cue.span.cover(word.span).len_ms() <= LONGEST_CUE_MS
}

/// `hh:mm:ss,mmm`
fn stamp(ms: u32, decimal: char) -> String {
    let s = ms / 1000;
    format!("{:02}:{:02}:{:02}{decimal}{:03}", s / 3600, s / 60 % 60, s % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(words: &[(&str, u32, u32)]) -> Heard {
        let words: Vec<Word> = words
            .iter()
            .map(|(text, start_ms, end_ms)| Word {
                text: (*text).to_owned(),
                span: Span::new(*start_ms, *end_ms),
                confidence: 1.0,
            })
            .collect();
        let span = words.iter().fold(words[0].span, |span, word| span.cover(word.span));
        Heard { turns: vec![Turn { speaker: Speaker::Manager, span, words }], ..Heard::default() }
    }

    #[test]
    fn srt_cuts_long_turns_between_words() {
        let heard = heard(&[("раз", 0, 500), ("два", 6_000, 6_500), ("три", 8_000, 3_608_500)]);
        assert_eq!(
            srt(&heard, Language::Russian),
            "1\n00:00:00,000 --> 00:00:06,500\nменеджер: раз два\n\n\
             2\n00:00:08,000 --> 01:00:08,500\nменеджер: три\n\n"
        );
    }

    #[test]
    fn vtt_escapes_what_it_would_take_for_tags() {
        let heard = heard(&[("<b>&", 0, 500)]);
        assert_eq!(
            vtt(&heard, Language::English),
            "WEBVTT\n\n00:00:00.000 --> 00:00:00.500\n<v manager>&lt;b&gt;&amp;\n\n"
        );
    }
}
