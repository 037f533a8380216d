//! When each word between two timestamps was said.
//!
//! Whisper gives a time for the start and the end of an utterance only. Inside, time is handed out by letters, over the
//! frames that carry sound: a pause in the middle of an utterance belongs to no word. Levels are compared within the
//! utterance, so that faint speech is treated as loud speech is.

use crate::sound::SAMPLES_PER_MS;

/// Milliseconds behind each level.
const FRAME_MS: u32 = 10;

/// Frames this far under the loudest of the utterance carry no word: a factor of 0.001 in energy, 30 dB. Between a
/// vowel and the noise of a telephone line lie 35 dB and more, between vowels and faint consonants about 25.
const FLOOR: f32 = 0.001;

/// A frame without sound counts this much of one with sound, so that a word of faint consonants has a place too.
const FAINT: f32 = 0.05;

/// Levels of a window in short frames.
#[derive(Debug)]
pub(super) struct Spread {
    energies: Vec<f32>,
}

impl Spread {
    /// Measures the window.
    pub(super) fn new(samples: &[f32]) -> Self {
        let frame = (FRAME_MS * SAMPLES_PER_MS) as usize;
        let energy = |samples: &[f32]| samples.iter().map(|sample| sample * sample).sum::<f32>();
        Self { energies: samples.chunks(frame).map(energy).collect() }
    }

    /// Start and end of each word in milliseconds of the window: in order, within `start_ms..end_ms`.
    pub(super) fn times(&self, words: &[&str], start_ms: u32, end_ms: u32) -> Vec<(u32, u32)> {
        let first = (start_ms / FRAME_MS) as usize;
        let count = (end_ms.saturating_sub(start_ms)).div_ceil(FRAME_MS) as usize;
        let energies = |index: usize| self.energies.get(first + index).copied().unwrap_or(0.0);
        let loudest = (0..count).map(energies).fold(0.0_f32, f32::max);
        // Where all is silent, time goes by letters alone.
        let sounds: Vec<bool> =
            (0..count).map(|index| loudest <= 0.0 || energies(index) > loudest * FLOOR).collect();
        let mut total = 0.0;
        let passed: Vec<f32> = sounds
            .iter()
            .map(|&sounds| {
                total += if sounds { 1.0 } else { FAINT };
                total
            })
            .collect();
        let all: f32 = words.iter().map(|word| letters(word)).sum();
        let ms_of = |index: usize| (start_ms + index as u32 * FRAME_MS).min(end_ms);
        let mut done = 0.0;
        let mut from = 0;
        words
            .iter()
            .map(|word| {
                done += letters(word);
                let wanted = total * (done / all);
                let to = passed.partition_point(|&passed| passed < wanted - 1e-3).max(from);
                let to = (to + usize::from(to < sounds.len())).min(sounds.len());
                // A word begins and ends with sound; the pauses between words are nobody's.
                let first = (from..to).find(|&index| sounds[index]).unwrap_or(from);
                let last =
                    (first..to).rev().find(|&index| sounds[index]).map_or(to, |index| index + 1);
                from = to;
                (ms_of(first), ms_of(last))
            })
            .collect()
    }
}

/// How long a word takes to say, in letters. A digit is said as a word of about five.
fn letters(word: &str) -> f32 {
    let spoken = |c: char| {
        if c.is_numeric() {
            5.0
        } else if c.is_alphabetic() {
            1.0
        } else {
            0.0
        }
    };
    // One more for what every word has, however short.
    word.chars().map(spoken).sum::<f32>() + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `#` is 100 ms of sound, `.` 100 ms of silence.
    #[track_caller]
    fn check(sound: &str, words: &[&str], span: (u32, u32), expected: &[(u32, u32)]) {
        let samples: Vec<f32> =
            sound.chars().flat_map(|c| vec![if c == '#' { 0.3 } else { 0.0 }; 1600]).collect();
        let found = Spread::new(&samples).times(words, span.0, span.1);
        let near = found.len() == expected.len()
            && found
                .iter()
                .zip(expected)
                .all(|(a, b)| a.0.abs_diff(b.0) <= 20 && a.1.abs_diff(b.1) <= 20);
        assert!(near, "{found:?}, expected {expected:?}");
    }

    #[test]
    fn letters_share_the_time() {
        check("##########", &["да", "конечно"], (0, 1000), &[(0, 270), (270, 1000)]);
    }

    #[test]
    fn pause_between_words_belongs_to_none() {
        check("###.....###", &["раз", "два"], (0, 1100), &[(0, 300), (800, 1100)]);
    }

    #[test]
    fn silence_around_the_words_is_left_out() {
        check("..####..", &["алло"], (0, 800), &[(200, 600)]);
    }

    #[test]
    fn silence_alone_still_gives_every_word_a_place() {
        check("....", &["да", "да"], (0, 400), &[(0, 200), (200, 400)]);
    }

    #[test]
    fn span_past_the_sound_stays_in_the_span() {
        check("##", &["да"], (0, 900), &[(0, 200)]);
        check("##", &["да"], (500, 900), &[(500, 900)]);
    }

    #[test]
    fn digit_takes_longer_than_a_letter() {
        check("##########", &["8", "да"], (0, 900), &[(0, 600), (600, 900)]);
    }
}
