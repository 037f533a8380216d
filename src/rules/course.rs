//! The course of a talk: who speaks when and how long, and when nobody does. Measured, not judged.
//!
//! From voice activity where there is sound, from turns where there is none. Waiting music is silence here: voice activity
//! leaves it out. Every measure takes time in proportion to the spans, so that a day-long recording is no trouble.

use crate::call::{CallInfo, Span, Speaker, union};
use crate::transcript::Heard;

/// Speaking into the other's speech counts as an interruption from this length on.
const INTERRUPTION_MS: u32 = 500;
/// Under this much speech a pace means nothing.
const PACE_FROM_MS: u64 = 5000;
/// A silence of this length is a hold: nobody thinks that long on the telephone.
pub(crate) const HOLD_MS: u32 = 15_000;

/// One call's times. What asks for a speaker is `None` where speakers cannot be told apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    /// Time in which somebody speaks, in milliseconds.
    pub(crate) talk_ms: u64,
    /// When the last speech ends, in milliseconds.
    pub(crate) end_ms: u32,
    /// Time between the first word and the last in which nobody speaks, in milliseconds.
    pub(crate) silence_ms: u64,
    /// The longest such time.
    pub(crate) longest_silence: Option<Span>,
    /// How many such times are holds.
    pub(crate) holds: u32,
    /// What asks for a speaker.
    pub(crate) sides: Option<Sides>,
    /// The hour in which the call began, 0 to 23, on the clock of its source.
    pub(crate) hour: Option<u8>,
}

/// The part of a [`Course`] that asks for a speaker: the manager, then the client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sides {
    /// Speech, in milliseconds.
    pub(crate) speech_ms: [u64; 2],
    /// Time in which both speak, in milliseconds.
    pub(crate) overlap_ms: u64,
    /// How often he begins while the other speaks, and goes on for half a second.
    pub(crate) interruptions: [u32; 2],
    /// The longest run of turns that no turn of the other breaks.
    pub(crate) monologue: [Option<Span>; 2],
    /// Words a minute of own speech; `None` under five seconds of it.
    pub(crate) pace: [Option<f64>; 2],
}

impl Course {
    /// Measures one call.
    pub(crate) fn new(heard: &Heard, call: &CallInfo) -> Self {
        let speech = [Speaker::Manager, Speaker::Client, Speaker::Unknown]
            .map(|speaker| speech_of(heard, speaker));
        let all = union(speech.iter().flatten().copied());
        let first_word = heard.turns.iter().map(|turn| turn.span.start_ms).min();
        let last_word = heard.turns.iter().map(|turn| turn.span.end_ms).max();
        let talk = Span::new(first_word.unwrap_or(0), last_word.unwrap_or(0));
        let mut course = Self {
            talk_ms: length(&all),
            end_ms: all.last().map_or(0, |span| span.end_ms),
            hour: call.started_at.as_deref().and_then(hour),
            ..Self::default()
        };
        for pair in all.windows(2) {
            let [before, after] = pair else { continue };
            let Some(gap) = Span::new(before.end_ms, after.start_ms).common(talk) else { continue };
            course.silence_ms += u64::from(gap.len_ms());
            course.holds += u32::from(HOLD_MS <= gap.len_ms());
            if course.longest_silence.is_none_or(|longest| longest.len_ms() < gap.len_ms()) {
                course.longest_silence = Some(gap);
            }
        }
        let [manager, client, unknown] = speech;
        if unknown.is_empty() && heard.speakers_known() {
            course.sides = Some(Sides::new(heard, &manager, &client));
        }
        course
    }
}

impl Sides {
    fn new(heard: &Heard, manager: &[Span], client: &[Span]) -> Self {
        let speech_ms = [length(manager), length(client)];
        let pace = |speaker: Speaker, ms: u64| {
            let turns = heard.turns.iter().filter(|turn| turn.speaker == speaker);
            let words: usize = turns.map(|turn| turn.words.len()).sum();
            (PACE_FROM_MS <= ms).then(|| words as f64 * 60_000.0 / ms as f64)
        };
        Self {
            speech_ms,
            overlap_ms: overlap(manager, client),
            interruptions: [interruptions(manager, client), interruptions(client, manager)],
            monologue: [Speaker::Manager, Speaker::Client].map(|who| monologue(heard, who)),
            pace: [pace(Speaker::Manager, speech_ms[0]), pace(Speaker::Client, speech_ms[1])],
        }
    }

    /// The manager's part of all speech, 0 to 1; `None` where nobody speaks.
    pub(crate) fn manager_share(&self) -> Option<f64> {
        let total = self.speech_ms[0] + self.speech_ms[1];
        (0 < total).then(|| self.speech_ms[0] as f64 / total as f64)
    }
}

fn speech_of(heard: &Heard, speaker: Speaker) -> Vec<Span> {
    let spans = heard.activity_of(speaker);
    if spans.is_empty() {
        union(heard.turns.iter().filter(|turn| turn.speaker == speaker).map(|turn| turn.span))
    } else {
        union(spans.iter().copied())
    }
}

fn length(spans: &[Span]) -> u64 {
    spans.iter().map(|span| u64::from(span.len_ms())).sum()
}

/// Of spans that are sorted and apart.
fn overlap(one: &[Span], other: &[Span]) -> u64 {
    let (mut a, mut b, mut sum) = (0, 0, 0);
    while let (Some(first), Some(second)) = (one.get(a), other.get(b)) {
        sum += u64::from(first.overlap_ms(*second));
        if first.end_ms <= second.end_ms {
            a += 1;
        } else {
            b += 1;
        }
    }
    sum
}

fn interruptions(own: &[Span], of: &[Span]) -> u32 {
    let into = own.iter().filter(|span| {
        let before = of.partition_point(|other| other.start_ms < span.start_ms);
        before.checked_sub(1).and_then(|index| of.get(index)).is_some_and(|other| {
            span.start_ms < other.end_ms && INTERRUPTION_MS <= span.overlap_ms(*other)
        })
    });
    into.count() as u32
}

fn monologue(heard: &Heard, who: Speaker) -> Option<Span> {
    let (mut longest, mut run): (Option<Span>, Option<Span>) = (None, None);
    for turn in &heard.turns {
        run = (turn.speaker == who).then(|| run.map_or(turn.span, |run| run.cover(turn.span)));
        if let Some(run) = run
            && longest.is_none_or(|longest| longest.len_ms() < run.len_ms())
        {
            longest = Some(run);
        }
    }
    longest
}

/// Of `2026-11-25T10:00:00+03:00` the 10: the time of day where the call was.
fn hour(started_at: &str) -> Option<u8> {
    let (_, time) = started_at.split_once(['T', 't', ' '])?;
    time.get(..2)?.parse().ok().filter(|hour| *hour < 24)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Turn, Word};

    fn heard(parts: &[(Speaker, u32, u32)]) -> Heard {
        let turns = parts.iter().map(|(speaker, start_ms, end_ms)| {
            let span = Span::new(*start_ms, *end_ms);
            let word = Word { text: "да".to_owned(), span, confidence: 1.0 };
            Turn { speaker: *speaker, span, words: vec![word; 10] }
        });
        Heard { turns: turns.collect(), ..Heard::default() }
    }

    fn course(parts: &[(Speaker, u32, u32)]) -> Course {
        Course::new(&heard(parts), &CallInfo::default())
    }

    #[test]
    fn silence_lies_between_words_and_a_long_one_is_a_hold() {
        use Speaker::{Client, Manager};
        let course = course(&[
            (Manager, 20_000, 22_000),
            (Client, 23_000, 24_000),
            (Manager, 40_000, 41_000),
        ]);
        assert_eq!((course.silence_ms, course.holds), (17_000, 1));
        assert_eq!(course.longest_silence, Some(Span::new(24_000, 40_000)));
        assert_eq!(course.talk_ms, 4000);
    }

    #[test]
    fn both_sides_may_interrupt() {
        use Speaker::{Client, Manager};
        let count = |parts: &[(Speaker, u32, u32)]| course(parts).sides.unwrap().interruptions;
        assert_eq!(count(&[(Client, 0, 5000), (Manager, 4000, 8000)]), [1, 0]);
        assert_eq!(count(&[(Client, 0, 5000), (Manager, 4800, 8000)]), [0, 0]);
        assert_eq!(count(&[(Manager, 0, 5000), (Client, 4000, 8000)]), [0, 1]);
    }

    #[test]
    fn overlap_is_counted_once() {
        let spans = |ends: &[(u32, u32)]| -> Vec<Span> {
            ends.iter().map(|(start, end)| Span::new(*start, *end)).collect()
        };
        let one = spans(&[(0, 10), (20, 30), (40, 50)]);
        assert_eq!(overlap(&one, &spans(&[(5, 25), (28, 45)])), 5 + 5 + 2 + 5);
    }

    #[test]
    fn mono_has_silence_but_no_sides() {
        let course = course(&[(Speaker::Unknown, 0, 1000), (Speaker::Unknown, 3000, 4000)]);
        assert_eq!(course.silence_ms, 2000);
        assert!(course.sides.is_none());
    }

    #[test]
    fn the_hour_is_that_of_the_source() {
        assert_eq!(hour("2026-11-25T09:05:00+03:00"), Some(9));
        assert_eq!(hour("2026-11-25 23:05"), Some(23));
        assert_eq!(hour("2026-11-25"), None);
        assert_eq!(hour("2026-11-25T77:05"), None);
    }
}
