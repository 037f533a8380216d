//! How well a stretch of a call was heard: what an absence is worth.
//!
//! A rule that finds nothing where the recognizer heard nothing proves nothing. The share that was heard
//! is taken from voice activity, from what a guard dropped, from speech that gave no words, and from the
//! words' own probabilities.

use crate::call::{Span, Speaker, union};
use crate::transcript::Heard;

/// A word under this probability was not heard: recognizers are over-confident, so what they doubt
/// this much is mostly wrong. Not measured on real calls.
const DOUBTED: f32 = 0.35;

/// Speech this near to a turn belongs to it: voice activity starts before the first word and ends
/// after the last.
const MARGIN_MS: u32 = 1000;

/// The share of `who`'s speech in `searched` that was heard well enough, 0 to 1.
///
/// 0 where that speaker says nothing in the whole call: then nothing can be told about him. 1 where he
/// speaks, but not there: he said nothing there.
pub(crate) fn heard_share(heard: &Heard, who: Option<Speaker>, searched: &[Span]) -> f64 {
    let is_his = |speaker: Speaker| who.is_none_or(|who| who == speaker);
    let mut speech: Vec<Span> = heard
        .activity
        .iter()
        .filter(|(speaker, _)| is_his(*speaker))
        .flat_map(|(_, activity)| activity.spans.iter().copied())
        .collect();
    let turns: Vec<_> = heard.turns.iter().filter(|turn| is_his(turn.speaker)).collect();
    if speech.is_empty() {
        speech = turns.iter().map(|turn| turn.span).collect();
    }
    if turns.is_empty() && speech.is_empty() {
        return 0.0;
    }
    let searched = union(searched.iter().copied());
    let speech = common(&union(speech.into_iter()), &searched);
    let spoken = length(&speech);
    if spoken == 0 {
        return 1.0;
    }
    let with_words = union(turns.iter().map(|turn| {
        Span::new(
            turn.span.start_ms.saturating_sub(MARGIN_MS),
            turn.span.end_ms.saturating_add(MARGIN_MS),
        )
    }));
    let dropped = union(
        heard.dropped.iter().filter(|dropped| is_his(dropped.speaker)).map(|dropped| dropped.span),
    );
    let covered = common(&speech, &with_words);
    let gained = length(&covered).saturating_sub(length(&common(&covered, &dropped)));
    let (mut good, mut words) = (0_u32, 0_u32);
    for word in turns.iter().flat_map(|turn| &turn.words) {
        let window = searched.partition_point(|window| window.end_ms <= word.span.start_ms);
        if searched.get(window).is_some_and(|window| window.overlap_ms(word.span) > 0) {
            words += 1;
            good += u32::from(word.confidence >= DOUBTED);
        }
    }
    let believed = if words == 0 { 0.0 } else { f64::from(good) / f64::from(words) };
    (gained as f64 / spoken as f64).min(1.0) * believed
}

fn length(spans: &[Span]) -> u64 {
    spans.iter().map(|span| u64::from(span.len_ms())).sum()
}

/// What two lists share; both sorted and apart, and so is this.
fn common(one: &[Span], other: &[Span]) -> Vec<Span> {
    let (mut a, mut b, mut shared) = (0, 0, Vec::new());
    while let (Some(first), Some(second)) = (one.get(a), other.get(b)) {
        shared.extend(first.common(*second));
        if first.end_ms <= second.end_ms {
            a += 1;
        } else {
            b += 1;
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Activity, DropReason, Dropped, Turn, Word};

    fn turn(span: Span, confidence: f32) -> Turn {
        let word = Word { text: "да".to_owned(), span, confidence };
        Turn { speaker: Speaker::Manager, span, words: vec![word] }
    }

    fn manager(speech: &[Span], turns: Vec<Turn>) -> Heard {
        let activity = Activity { spans: speech.to_vec() };
        Heard { turns, activity: vec![(Speaker::Manager, activity)], ..Heard::default() }
    }

    #[track_caller]
    fn check(heard: &Heard, expected: f64) {
        let share = heard_share(heard, Some(Speaker::Manager), &[Span::new(0, 20_000)]);
        assert!((share - expected).abs() < 1e-9, "{share}");
    }

    #[test]
    fn who_never_speaks_cannot_be_judged() {
        check(&Heard::default(), 0.0);
        check(&manager(&[], Vec::new()), 0.0);
    }

    #[test]
    fn silence_in_the_window_was_heard_as_silence() {
        let later = Span::new(30_000, 31_000);
        check(&manager(&[later], vec![turn(later, 1.0)]), 1.0);
    }

    #[test]
    fn speech_without_words_was_not_heard() {
        let speech = [Span::new(0, 4000), Span::new(10_000, 14_000)];
        check(&manager(&speech, vec![turn(Span::new(0, 4000), 1.0)]), 0.5);
    }

    #[test]
    fn doubted_words_were_not_heard() {
        let span = Span::new(0, 4000);
        check(&manager(&[span], vec![turn(span, 0.2)]), 0.0);
    }

    #[test]
    fn what_a_guard_dropped_was_not_heard() {
        let span = Span::new(0, 4000);
        let mut heard = manager(&[span], vec![turn(span, 1.0)]);
        heard.dropped.push(Dropped {
            speaker: Speaker::Manager,
            span: Span::new(1000, 2000),
            text: String::new(),
            reason: DropReason::TooFast,
        });
        check(&heard, 0.75);
    }
}
