//! Who spoke how much: figures from voice activity and turns, not from what was said.
//!
//! No judgement: rules may ask for some of these, people read all of them.

use crate::grading::draft::SpeechStats;
use crate::rules::course::Course;
use crate::transcript::Heard;

/// The figures of one call.
pub(crate) fn measure(heard: &Heard, course: &Course) -> SpeechStats {
    let whole = u64::from(heard.recording.duration_ms.max(course.end_ms));
    let mut stats =
        SpeechStats { silence_ms: whole.saturating_sub(course.talk_ms), ..SpeechStats::default() };
    let Some(sides) = &course.sides else { return stats };
    let [manager_ms, client_ms] = sides.speech_ms;
    stats.manager_ms = Some(manager_ms);
    stats.client_ms = Some(client_ms);
    stats.overlap_ms = Some(sides.overlap_ms);
    stats.longest_monologue_ms = Some(sides.monologue[0].map_or(0, |span| span.len_ms().into()));
    stats.interruptions = Some(sides.interruptions[0]);
    [stats.manager_words_per_minute, stats.client_words_per_minute] = sides.pace;
    stats.manager_share = sides.manager_share();
    stats
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallInfo, Recording, Span, Speaker};
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

    fn measure(heard: &Heard) -> SpeechStats {
        super::measure(heard, &Course::new(heard, &CallInfo::default()))
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
