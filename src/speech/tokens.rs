//! From a recognizer's tokens to words between timestamps.
//!
//! Tokens are pieces of bytes: a Russian letter may be split over two of them, so bytes are joined before they are
//! decoded, and words begin where a byte is a space. That holds for the official vocabularies and for the demo model's
//! own. Whisper.cpp has this too, but gives a wrong start after silence (its issue 2279), so it is done here.

use crate::speech::timing::Spread;
use crate::speech::{Segment, SegmentWord};

/// What a recognizer writes, one by one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A timestamp, milliseconds from the start of the window.
    Time(u32),
    /// A piece of text.
    Text {
        /// As in the vocabulary.
        bytes: Vec<u8>,
        /// Natural logarithm of its probability.
        log_probability: f32,
    },
}

/// A word without a time.
#[derive(Debug, Default)]
struct Piece {
    bytes: Vec<u8>,
    log_probabilities: Vec<f32>,
}

/// Text between two timestamps.
#[derive(Debug)]
struct Draft {
    start_ms: u32,
    end_ms: u32,
    words: Vec<(String, f32)>,
    mean_log_probability: f32,
}

/// Fastest speech that a time may claim, in letters a second; see the guard `speed`.
const LETTERS_A_SECOND: u32 = 30;

/// The segments that `tokens` spell. `samples` are the window's: within a segment, words get their times by the sound.
pub(super) fn segments(tokens: &[Token], samples: &[f32], len_ms: u32) -> Vec<Segment> {
    let mut drafts = drafts(tokens, len_ms);
    for index in 0..drafts.len() {
        let limit = drafts.get(index + 1).map_or(len_ms, |next| next.start_ms);
        let draft = &mut drafts[index];
        // A timestamp pair without room between its halves says only where the words begin.
        let letters: usize = draft.words.iter().map(|(text, _)| text.chars().count()).sum();
        let least_ms = letters as u32 * 1000 / LETTERS_A_SECOND;
        if draft.end_ms - draft.start_ms < least_ms {
            draft.end_ms = (draft.start_ms + least_ms).min(limit.max(draft.end_ms));
        }
    }
    let spread = Spread::new(samples);
    drafts
        .into_iter()
        .map(|draft| {
            let texts: Vec<&str> = draft.words.iter().map(|(text, _)| text.as_str()).collect();
            let times = spread.times(&texts, draft.start_ms, draft.end_ms);
            let words = draft
                .words
                .iter()
                .zip(times)
                .map(|((text, probability), (start_ms, end_ms))| SegmentWord {
                    text: text.clone(),
                    start_ms,
                    end_ms,
                    probability: *probability,
                })
                .collect();
            Segment { words, mean_log_probability: draft.mean_log_probability }
        })
        .collect()
}

fn drafts(tokens: &[Token], len_ms: u32) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut start_ms = 0;
    let mut text: Vec<(&[u8], f32)> = Vec::new();
    for token in tokens {
        match token {
            Token::Text { bytes, log_probability } => text.push((bytes, *log_probability)),
            Token::Time(ms) => {
                let ms = (*ms).min(len_ms);
                drafts.extend(draft(&text, start_ms, ms));
                text.clear();
                start_ms = ms;
            }
        }
    }
    drafts.extend(draft(&text, start_ms, len_ms));
    drafts
}

fn draft(text: &[(&[u8], f32)], start_ms: u32, end_ms: u32) -> Option<Draft> {
    let mut pieces = vec![Piece::default()];
    for (bytes, log_probability) in text {
        let mut counted = false;
        for &byte in *bytes {
            if byte.is_ascii_whitespace() {
                pieces.push(Piece::default());
                counted = false;
            } else if let Some(piece) = pieces.last_mut() {
                piece.bytes.push(byte);
                if !counted {
                    piece.log_probabilities.push(*log_probability);
                    counted = true;
                }
            }
        }
    }
    let words: Vec<(String, f32)> = pieces
        .into_iter()
        .filter_map(|piece| {
            // Half a letter at the end of a window decodes to the replacement sign.
            let text = String::from_utf8_lossy(&piece.bytes).replace('\u{fffd}', "");
            let probability = mean(&piece.log_probabilities).exp();
            keep(&text).then_some((text, probability))
        })
        .collect();
    if words.is_empty() {
        return None;
    }
    let all: Vec<f32> = text.iter().map(|(_, log_probability)| *log_probability).collect();
    Some(Draft { start_ms, end_ms: end_ms.max(start_ms), words, mean_log_probability: mean(&all) })
}

/// A word has a letter, a digit or a mark that the guard `notes` must see; a lone dash or dots are no word.
fn keep(text: &str) -> bool {
    text.chars().any(|c| c.is_alphanumeric() || matches!(c, '[' | ']' | '(' | ')' | '♪' | '*'))
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Token {
        Token::Text { bytes: text.as_bytes().to_vec(), log_probability: -0.5 }
    }

    /// Segments as `start-end words` in milliseconds, of the spans that the timestamps give.
    #[track_caller]
    fn check(tokens: &[Token], expected: &[&str]) {
        let found: Vec<String> = drafts(tokens, 10_000)
            .iter()
            .map(|draft| {
                let words: Vec<&str> = draft.words.iter().map(|(text, _)| text.as_str()).collect();
                format!("{}-{} {}", draft.start_ms, draft.end_ms, words.join("|"))
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_begin_at_spaces_and_lie_between_timestamps() {
        check(
            &[
                Token::Time(0),
                text(" доб"),
                text("рый"),
                text(" день"),
                text("."),
                Token::Time(1200),
                Token::Time(3000),
                text(" да"),
                Token::Time(3400),
            ],
            &["0-1200 добрый|день.", "3000-3400 да"],
        );
    }

    #[test]
    fn letter_split_over_two_tokens_is_one_letter() {
        let bytes = "да".as_bytes();
        let half = |bytes: &[u8]| Token::Text { bytes: bytes.to_vec(), log_probability: 0.0 };
        check(
            &[Token::Time(0), half(b" "), half(&bytes[..3]), half(&bytes[3..]), Token::Time(500)],
            &["0-500 да"],
        );
    }

    #[test]
    fn text_without_a_closing_timestamp_ends_with_the_window() {
        check(&[Token::Time(400), text(" алло")], &["400-10000 алло"]);
        check(&[text(" алло")], &["0-10000 алло"]);
    }

    #[test]
    fn punctuation_alone_and_half_letters_are_no_words() {
        check(&[Token::Time(0), text(" -"), text(" ..."), Token::Time(90)], &[]);
        let half = Token::Text { bytes: vec![b' ', 0xd0], log_probability: 0.0 };
        check(&[Token::Time(0), text(" да"), half, Token::Time(90)], &["0-90 да"]);
    }

    #[test]
    fn empty_token_list_has_no_segments() {
        check(&[], &[]);
        check(&[Token::Time(0), Token::Time(20_000)], &[]);
    }

    #[test]
    fn word_probability_is_the_geometric_mean_of_its_tokens() {
        let part = |text: &str, p: f32| Token::Text {
            bytes: text.as_bytes().to_vec(),
            log_probability: p.ln(),
        };
        let found = segments(
            &[part(" мо", 0.9), part("жно", 0.4), part(" да", 0.25)],
            &vec![0.1; 16_000],
            1000,
        );
        let probabilities: Vec<f32> = found[0].words.iter().map(|word| word.probability).collect();
        assert!((probabilities[0] - 0.6).abs() < 1e-5, "{probabilities:?}");
        assert!((probabilities[1] - 0.25).abs() < 1e-5, "{probabilities:?}");
    }

    #[test]
    fn timestamps_without_room_are_given_room_up_to_the_next_segment() {
        let tokens = [
            Token::Time(1000),
            text(" здравствуйте"),
            Token::Time(1000),
            Token::Time(1200),
            text(" да"),
            Token::Time(2000),
        ];
        let found = segments(&tokens, &vec![0.1; 160_000], 10_000);
        assert_eq!((found[0].words[0].start_ms, found[0].words[0].end_ms), (1000, 1200));
    }
}
