//! Who spoke how much: figures from voice activity and turns, not from what was said.
//!
//! No judgement: rules may ask for some of these, people read all of them.

use crate::call::{Span, Speaker};
use crate::grading::draft::SpeechStats;
use crate::grading::hearing::{common, union};
use crate::transcript::Heard;

/// Speaking into the other's speech counts as an interruption from this length on.
const INTERRUPTION_MS: u32 = 500;
/// Under this much speech a pace means nothing.
const PACE_FROM_MS: u64 = 5000;

/// Measures one call.
pub(crate) fn measure(heard: &Heard) -> SpeechStats {
    let speech = |speaker: Speaker| {
        let spans = heard.activity_of(speaker);
        if spans.is_empty() {
            let turns = heard.turns.iter().filter(|turn| turn.speaker == speaker);
            union(turns.map(|turn| turn.span))
        } else {
            union(spans.iter().copied())
        }
    };
    let [manager, client, unknown] =
        [Speaker::Manager, Speaker::Client, Speaker::Unknown].map(speech);
    let length = |spans: &[Span]| spans.iter().map(|span| u64::from(span.len_ms())).sum::<u64>();
    let all = union(manager.iter().chain(&client).chain(&unknown).copied());
    let last_end = all.last().map_or(0, |span| span.end_ms);
    let whole = u64::from(heard.recording.duration_ms.max(last_end));
    let mut stats =
        SpeechStats { silence_ms: whole.saturating_sub(length(&all)), ..SpeechStats::default() };
    if !unknown.is_empty() || !heard.speakers_known() {
        return stats;
    }
    let (manager_ms, client_ms) = (length(&manager), length(&client));
    let both: Vec<Span> = manager
        .iter()
        .flat_map(|one| client.iter().filter_map(|other| common(*one, *other)))
        .collect();
    stats.manager_ms = Some(manager_ms);
    stats.client_ms = Some(client_ms);
    stats.overlap_ms = Some(length(&both));
    stats.longest_monologue_ms = Some(longest_monologue(heard));
    let interruptions = manager.iter().filter(|one| {
        client.iter().any(|other| {
            other.start_ms < one.start_ms
                && one.start_ms < other.end_ms
                && one.overlap_ms(*other) >= INTERRUPTION_MS
        })
    });
    stats.interruptions = Some(interruptions.count() as u32);
    let pace = |speaker: Speaker, ms: u64| {
        let turns = heard.turns.iter().filter(|turn| turn.speaker == speaker);
        let words: usize = turns.map(|turn| turn.words.len()).sum();
        (ms >= PACE_FROM_MS).then(|| words as f64 * 60_000.0 / ms as f64)
    };
    stats.manager_words_per_minute = pace(Speaker::Manager, manager_ms);
    stats.client_words_per_minute = pace(Speaker::Client, client_ms);
    let total = manager_ms + client_ms;
    stats.manager_share = (total > 0).then(|| manager_ms as f64 / total as f64);
    stats
}

/// The manager's longest run of turns that no turn of the client breaks.
fn longest_monologue(heard: &Heard) -> u64 {
    let (mut longest, mut run): (u32, Option<Span>) = (0, None);
    for turn in &heard.turns {
        run = if turn.speaker == Speaker::Manager {
            Some(run.map_or(turn.span, |run| run.cover(turn.span)))
        } else {
            None
        };
        longest = longest.max(run.map_or(0, Span::len_ms));
    }
    longest.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Recording;
    use crate::transcript::{Activity, Turn, Word};

    fn heard(parts: &[(Speaker, u32, u32)]) -> Heard {
        let turns = parts
            .iter()
            .map(|(speaker, start_ms, end_ms)| {
                let span = Span::new(*start_ms, *end_ms);
                let word = Word { text: "да".to_owned(), span, confidence: 1.0 };
                Turn { speaker: *speaker, span, words: vec![word; 10] }
            })
            .collect();
        let activity = [Speaker::Manager, Speaker::Client].map(|who| {
            let spans = parts.iter().filter(|(speaker, ..)| *speaker == who);
            let spans = spans.map(|(_, start_ms, end_ms)| Span::new(*start_ms, *end_ms));
            (who, Activity { spans: spans.collect() })
        });
        let recording = Recording { duration_ms: 30_000, ..Recording::default() };
        Heard { recording, turns, activity: activity.to_vec(), ..Heard::default() }
    }

    #[test]
    fn times_add_up_to_the_recording() {
        use Speaker::{Client, Manager};
        let stats = measure(&heard(&[(Manager, 0, 10_000), (Client, 9000, 20_000)]));
        assert_eq!((stats.manager_ms, stats.client_ms), (Some(10_000), Some(11_000)));
        assert_eq!((stats.silence_ms, stats.overlap_ms), (10_000, Some(1000)));
        assert_eq!(stats.manager_words_per_minute, Some(60.0));
    }

    #[test]
    fn an_interruption_is_the_managers_and_lasts() {
        use Speaker::{Client, Manager};
        let count = |parts: &[(Speaker, u32, u32)]| measure(&heard(parts)).interruptions;
        assert_eq!(count(&[(Client, 0, 5000), (Manager, 4000, 8000)]), Some(1));
        assert_eq!(count(&[(Client, 0, 5000), (Manager, 4800, 8000)]), Some(0));
        assert_eq!(count(&[(Manager, 0, 5000), (Client, 4000, 8000)]), Some(0));
    }

    #[test]
    fn a_monologue_ends_where_the_client_speaks() {
        use Speaker::{Client, Manager};
        let parts = [
            (Manager, 0, 4000),
            (Manager, 5000, 9000),
            (Client, 9000, 9500),
            (Manager, 9500, 12_000),
        ];
        assert_eq!(measure(&heard(&parts)).longest_monologue_ms, Some(9000));
    }

    #[test]
    fn mono_has_silence_but_no_sides() {
        let stats = measure(&heard(&[(Speaker::Unknown, 0, 10_000)]));
        assert_eq!((stats.silence_ms, stats.manager_ms, stats.manager_share), (20_000, None, None));
    }
}
