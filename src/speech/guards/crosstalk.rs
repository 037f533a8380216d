//! The other side's voice, heard faintly on this channel too.
//!
//! Loudspeakers and bad headsets carry one voice onto both channels; both are then recognized, and the client would seem
//! to say what the manager says. The fainter of two utterances falls when they are the same words at the same time.
//! Words and not waves are compared, as they survive any echo path; so faint crosstalk that was not recognized costs
//! nothing, and short answers said by both at once stay.

use std::collections::BTreeMap;

use super::key;
use crate::speech::Utterance;
use crate::transcript::{DropReason, Dropped};

/// By how much the echo is fainter, in dB. Over a telephone the other side's voice comes back 12 to 15 dB weaker
/// (`asr.md` 3); half of that is asked, as the same words at the same time say much already.
const FAINTER_DB: f32 = 6.0;

/// Share of an echo's words that the louder channel must hold, in the same order.
const SAME: f32 = 0.6;

/// Utterances with fewer words are never taken for an echo: both sides say «да» or «до свидания» at once.
const LEAST_WORDS: usize = 3;

/// How far apart the same word may be on two channels, in milliseconds: the error of two times and an echo's delay.
const APART_MS: u32 = 800;

/// Takes out of `utterances`, of all channels of a call, what is an echo of another channel.
pub fn remove(utterances: &mut Vec<Utterance>, dropped: &mut Vec<Dropped>) {
    utterances.sort_by_key(|utterance| (utterance.span(), utterance.speaker));
    // Utterances are at most a window long: only neighbors within that reach are compared.
    let longest = utterances.iter().map(|utterance| utterance.span().len_ms()).max().unwrap_or(0);
    let echoes: Vec<bool> = utterances
        .iter()
        .enumerate()
        .map(|(index, echo)| {
            let span = echo.span();
            let from = span.start_ms.saturating_sub(longest + APART_MS);
            let first = utterances.partition_point(|other| other.span().start_ms < from);
            let around = utterances[first..]
                .iter()
                .take_while(|other| other.span().start_ms <= span.end_ms.saturating_add(APART_MS))
                .enumerate()
                .filter(|(offset, other)| first + offset != index && other.speaker != echo.speaker)
                .map(|(_, other)| other);
            is_echo(echo, around)
        })
        .collect();
    let mut index = 0;
    utterances.retain(|utterance| {
        let echo = echoes[index];
        index += 1;
        if echo {
            dropped.push(Dropped {
                speaker: utterance.speaker,
                span: utterance.span(),
                text: utterance.text(),
                reason: DropReason::Crosstalk,
            });
        }
        !echo
    });
}

/// Whether most words of `echo` were said, in order and at the same time, louder on another channel.
fn is_echo<'a>(echo: &Utterance, others: impl Iterator<Item = &'a Utterance>) -> bool {
    if echo.words.len() < LEAST_WORDS {
        return false;
    }
    let mut said: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for other in others.filter(|other| other.level_db >= echo.level_db + FAINTER_DB) {
        for word in &other.words {
            said.entry(key(&word.text)).or_default().push(word.span.start_ms);
        }
    }
    let heard = echo.words.iter().filter(|word| {
        said.get(&key(&word.text)).is_some_and(|times| {
            times.iter().any(|time| time.abs_diff(word.span.start_ms) <= APART_MS)
        })
    });
    heard.count() as f32 >= SAME * echo.words.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Span, Speaker};
    use crate::transcript::Word;

    fn utterance(speaker: Speaker, start_ms: u32, level_db: f32, text: &str) -> Utterance {
        let words = text
            .split_whitespace()
            .enumerate()
            .map(|(index, text)| {
                let start_ms = start_ms + 300 * index as u32;
                Word {
                    text: text.into(),
                    span: Span::new(start_ms, start_ms + 280),
                    confidence: 0.9,
                }
            })
            .collect();
        Utterance { speaker, words, mean_log_probability: -0.3, level_db, room_ms: 9000 }
    }

    #[track_caller]
    fn check(client: (u32, f32, &str), expected_dropped: bool) {
        let manager =
            utterance(Speaker::Manager, 1000, -20.0, "здравствуйте меня зовут анна компания окна");
        let mut utterances =
            vec![manager, utterance(Speaker::Client, client.0, client.1, client.2)];
        let mut dropped = Vec::new();
        remove(&mut utterances, &mut dropped);
        assert_eq!(dropped.len(), usize::from(expected_dropped), "{client:?}");
        assert_eq!(utterances.len(), 2 - dropped.len());
        assert!(dropped.iter().all(|dropped| dropped.speaker == Speaker::Client));
    }

    #[test]
    fn faint_copy_at_the_same_time_falls() {
        check((1100, -34.0, "здравствуйте меня зовут анна"), true);
        check((1100, -34.0, "здравствуйте меня зову анна"), true);
    }

    #[test]
    fn copy_as_loud_as_the_first_stays() {
        check((1100, -21.0, "здравствуйте меня зовут анна"), false);
    }

    #[test]
    fn same_words_at_another_time_stay() {
        check((6000, -34.0, "здравствуйте меня зовут анна"), false);
    }

    #[test]
    fn other_words_at_the_same_time_stay() {
        check((1100, -34.0, "алло кто это говорит"), false);
    }

    #[test]
    fn short_answer_at_the_same_time_stays() {
        check((1000, -34.0, "здравствуйте"), false);
    }
}
