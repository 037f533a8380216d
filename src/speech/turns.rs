//! The words of all channels in one order.
//!
//! Each channel was recognized by itself; a conversation is read as turns. A speaker's words stay together until a pause
//! of a second, or a shorter one in which the other side says something: «можете?» — «да» — «тогда записываю» are three
//! turns, while «угу» said into running speech does not break it. The order follows from the times alone.

use crate::call::Speaker;
use crate::speech::Utterance;
use crate::transcript::{Turn, Word};

/// A pause from which on the same speaker begins a new turn, in milliseconds (`asr.md` 3).
const PAUSE_MS: u32 = 1000;

/// Least pause into which the other side's word can break, in milliseconds: shorter ones are gaps between words.
const BREAK_MS: u32 = 250;

/// Lays `utterances` (of any number of channels, in any order) out as turns: ordered by start, then by speaker.
pub fn turns(utterances: Vec<Utterance>) -> Vec<Turn> {
    let mut words: Vec<(Speaker, Word)> = utterances
        .into_iter()
        .flat_map(|utterance| {
            utterance.words.into_iter().map(move |word| (utterance.speaker, word))
        })
        .collect();
    // Stable, so words with the same times stay as they were recognized.
    words.sort_by_key(|(speaker, word)| (word.span.start_ms, word.span.end_ms, *speaker));
    let mut middles: Vec<(u32, Speaker)> =
        words.iter().map(|(speaker, word)| (middle(word), *speaker)).collect();
    middles.sort_unstable();

    let mut turns: Vec<Turn> = Vec::new();
    // The open turn of each speaker: an index into `turns`.
    let mut open: Vec<(Speaker, usize)> = Vec::new();
    for (speaker, word) in words {
        let current = open.iter().position(|(who, _)| *who == speaker);
        let goes_on = current.map(|current| open[current].1).filter(|&turn| {
            let pause = (turns[turn].span.end_ms, word.span.start_ms);
            pause.1.saturating_sub(pause.0) <= PAUSE_MS && !broken(&middles, speaker, pause)
        });
        if let Some(turn) = goes_on.and_then(|turn| turns.get_mut(turn)) {
            turn.span = turn.span.cover(word.span);
            turn.words.push(word);
            continue;
        }
        match current {
            Some(current) => open[current].1 = turns.len(),
            None => open.push((speaker, turns.len())),
        }
        turns.push(Turn { speaker, span: word.span, words: vec![word] });
    }
    turns.sort_by_key(|turn| (turn.span.start_ms, turn.speaker, turn.span.end_ms));
    turns
}

/// Whether somebody else has a word in `pause` (from, to).
fn broken(middles: &[(u32, Speaker)], speaker: Speaker, (from, to): (u32, u32)) -> bool {
    if to < from.saturating_add(BREAK_MS) {
        return false;
    }
    let first = middles.partition_point(|(at, _)| *at < from);
    middles[first..].iter().take_while(|(at, _)| *at < to).any(|(_, who)| *who != speaker)
}

fn middle(word: &Word) -> u32 {
    word.span.start_ms.midpoint(word.span.end_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Span;

    /// Words as `m 0-300 да`, turns as `m 0-300: да`.
    #[track_caller]
    fn check(words: &[&str], expected: &[&str]) {
        let utterances = words.iter().map(|line| utterance(line)).collect();
        let found: Vec<String> = turns(utterances)
            .iter()
            .map(|turn| {
                let who = if turn.speaker == Speaker::Manager { 'm' } else { 'c' };
                format!("{who} {}-{}: {}", turn.span.start_ms, turn.span.end_ms, turn.text())
            })
            .collect();
        assert_eq!(found, expected);
    }

    fn utterance(line: &str) -> Utterance {
        let mut parts = line.split(' ');
        let speaker = if parts.next() == Some("m") { Speaker::Manager } else { Speaker::Client };
        let (start, end) = parts.next().and_then(|span| span.split_once('-')).unwrap();
        let word = Word {
            text: parts.next().unwrap().into(),
            span: Span::new(start.parse().unwrap(), end.parse().unwrap()),
            confidence: 0.9,
        };
        Utterance {
            speaker,
            words: vec![word],
            mean_log_probability: -0.1,
            level_db: -20.0,
            room_ms: 0,
        }
    }

    #[test]
    fn turn_goes_on_over_a_short_pause_and_ends_with_a_long_one() {
        check(
            &["m 0-300 добрый", "m 1200-1500 день", "m 2600-2900 алло"],
            &["m 0-1500: добрый день", "m 2600-2900: алло"],
        );
    }

    #[test]
    fn answer_in_a_pause_makes_three_turns() {
        check(
            &["m 0-500 можете?", "c 600-900 да", "m 1000-1800 записываю"],
            &["m 0-500: можете?", "c 600-900: да", "m 1000-1800: записываю"],
        );
    }

    #[test]
    fn word_said_into_running_speech_breaks_nothing() {
        check(
            &["m 0-500 я", "m 600-1000 вам", "c 520-780 угу", "m 1100-1500 объясню"],
            &["m 0-1500: я вам объясню", "c 520-780: угу"],
        );
    }

    #[test]
    fn order_of_the_channels_does_not_matter() {
        let forth = ["c 0-300 алло", "m 0-300 алло", "m 400-700 да"];
        let back = ["m 400-700 да", "m 0-300 алло", "c 0-300 алло"];
        for words in [forth, back] {
            check(&words, &["m 0-700: алло да", "c 0-300: алло"]);
        }
    }

    #[test]
    fn nothing_said_is_no_turn() {
        check(&[], &[]);
    }
}
