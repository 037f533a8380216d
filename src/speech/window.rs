//! One piece of work for a recognizer: packed speech of one speaker, and the way back to the call's clock.
//!
//! Whisper always pays for 30 s, so short stretches of speech are laid behind one another with a little silence between
//! them. [`Part`]s remember what lies where; a time inside a joint belongs to the nearer part, and nothing that is said
//! in a part is ever placed outside of it.
//!
//! The samples are judged here (level, best place to cut), never changed.

use crate::call::{Span, Speaker};
use crate::sound::{SAMPLES_PER_MS, span_of};
use crate::speech::Segment;
use crate::transcript::Word;

/// A gap in the call between two parts, in milliseconds, over which no utterance goes on (`asr.md` 3).
const UTTERANCE_GAP_MS: u32 = 1000;

/// Packed speech of one speaker.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Whose channel.
    pub speaker: Speaker,
    /// Mono samples of 16 kHz in [-1, 1], joints included; at most 26 s.
    pub samples: Vec<f32>,
    /// What lies where, in the order of time; never empty, apart from one another.
    pub parts: Vec<Part>,
}

/// One stretch of speech inside a [`Window`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// First sample in the window.
    pub at_sample: usize,
    /// Samples.
    pub len: usize,
    /// Samples from the start of the recording to the first one here.
    pub start_sample: u64,
}

/// Words that belong together, on the call's clock: one segment of the recognizer, cut where the call has a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    /// Who speaks.
    pub speaker: Speaker,
    /// Never empty.
    pub words: Vec<Word>,
    /// Mean natural logarithm of the probability of the segment's tokens.
    pub mean_log_probability: f32,
    /// Level of the sound behind the words, in dB under full scale.
    pub level_db: f32,
    /// How long the speaker can have spoken for these words at most: up to the neighbors in the window, joints left out.
    pub room_ms: u32,
}

impl Utterance {
    /// From the first word to the last.
    pub fn span(&self) -> Span {
        let first = self.words.first().map_or(Span::default(), |word| word.span);
        self.words.last().map_or(first, |word| first.cover(word.span))
    }

    /// The words with single spaces between them.
    pub fn text(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Mean probability of the words.
    pub fn confidence(&self) -> f32 {
        if self.words.is_empty() {
            return 0.0;
        }
        self.words.iter().map(|word| word.confidence).sum::<f32>() / self.words.len() as f32
    }
}

impl Window {
    /// Where the window's speech lies in the call, from the first part to the last.
    pub fn span(&self) -> Span {
        let span = |part: &Part| span_of(part.start_sample, part.len as u64);
        match (self.parts.first(), self.parts.last()) {
            (Some(first), Some(last)) => span(first).cover(span(last)),
            _ => Span::default(),
        }
    }

    /// Milliseconds of speech, joints left out.
    pub fn speech_ms(&self) -> u32 {
        let samples: usize = self.parts.iter().map(|part| part.len).sum();
        (samples / SAMPLES_PER_MS as usize) as u32
    }

    /// Milliseconds of the window, joints included.
    pub fn len_ms(&self) -> u32 {
        (self.samples.len() / SAMPLES_PER_MS as usize) as u32
    }

    /// Level of the samples in `from_ms..to_ms` of the window in dB under full scale (-120 for silence).
    pub fn level_db(&self, from_ms: u32, to_ms: u32) -> f32 {
        let at = |ms: u32| ((ms * SAMPLES_PER_MS) as usize).min(self.samples.len());
        let samples = &self.samples[at(from_ms)..at(to_ms).max(at(from_ms))];
        let energy: f64 = samples.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
        let mean = energy / (samples.len().max(1) as f64);
        (10.0 * mean.max(1e-12).log10()) as f32
    }

    /// The same window as two, cut in the middle of its greatest gap in the call, or else at the quietest place of its
    /// middle half. `None` for a window under two seconds.
    pub fn halves(&self) -> Option<(Self, Self)> {
        const LEAST_MS: u32 = 2000;
        if self.len_ms() < LEAST_MS {
            return None;
        }
        let gap = |index: usize| {
            let (before, after) = (self.parts[index - 1], self.parts[index]);
            after.start_sample.saturating_sub(before.start_sample + before.len as u64)
        };
        // The first of equal gaps wins, so that the cut is the same everywhere.
        let widest =
            (1..self.parts.len()).max_by_key(|&index| (gap(index), self.parts.len() - index));
        if let Some(index) = widest {
            return Some((self.slice(0, index), self.slice(index, self.parts.len())));
        }
        let part = *self.parts.first()?;
        let quarter = part.len / 4;
        let cut = quietest(&self.samples, part.at_sample + quarter..part.at_sample + 3 * quarter);
        let (first, second) = part.cut(cut - part.at_sample);
        let piece = |part: Part| Self {
            speaker: self.speaker,
            samples: self.samples[part.at_sample..part.at_sample + part.len].to_vec(),
            parts: vec![Part { at_sample: 0, ..part }],
        };
        Some((piece(first), piece(second)))
    }

    fn slice(&self, from: usize, to: usize) -> Self {
        let parts = &self.parts[from..to];
        let begin = parts.first().map_or(0, |part| part.at_sample);
        let end = parts.last().map_or(0, |part| part.at_sample + part.len);
        Self {
            speaker: self.speaker,
            samples: self.samples[begin..end].to_vec(),
            parts: parts
                .iter()
                .map(|part| Part { at_sample: part.at_sample - begin, ..*part })
                .collect(),
        }
    }

    /// The recognizer's segments on the call's clock, cut where the call has a gap of more than a second.
    pub fn utterances(&self, segments: &[Segment]) -> Vec<Utterance> {
        let mut utterances: Vec<(Utterance, u32, u32)> = Vec::new();
        for segment in segments {
            let mut last_part: Option<usize> = None;
            for word in &segment.words {
                let Some(part) = self.part_at(word.start_ms.midpoint(word.end_ms)) else {
                    continue;
                };
                let goes_on = last_part.is_some_and(|last| !self.gap_between(last, part));
                last_part = Some(part);
                let said = Word {
                    text: word.text.clone(),
                    span: self.place(part, word.start_ms, word.end_ms),
                    confidence: word.probability.clamp(0.0, 1.0),
                };
                match utterances.last_mut() {
                    Some((utterance, _, end_ms)) if goes_on => {
                        utterance.words.push(said);
                        *end_ms = word.end_ms;
                    }
                    _ => {
                        let utterance = Utterance {
                            speaker: self.speaker,
                            words: vec![said],
                            mean_log_probability: segment.mean_log_probability,
                            level_db: 0.0,
                            room_ms: 0,
                        };
                        utterances.push((utterance, word.start_ms, word.end_ms));
                    }
                }
            }
        }
        let bounds: Vec<(u32, u32)> =
            utterances.iter().map(|(_, start, end)| (*start, *end)).collect();
        for (index, (utterance, start_ms, end_ms)) in utterances.iter_mut().enumerate() {
            utterance.level_db = self.level_db(*start_ms, *end_ms);
            let from = if index == 0 { 0 } else { bounds[index - 1].1 };
            let to = bounds.get(index + 1).map_or(self.len_ms(), |next| next.0);
            utterance.room_ms = self.speech_within(from, to);
        }
        utterances.into_iter().map(|(utterance, ..)| utterance).collect()
    }

    /// The part that holds, or lies nearest to, a moment of the window.
    fn part_at(&self, at_ms: u32) -> Option<usize> {
        let at = (at_ms * SAMPLES_PER_MS) as usize;
        let distance = |part: &Part| {
            let end = part.at_sample + part.len;
            part.at_sample.saturating_sub(at).max((at + 1).saturating_sub(end))
        };
        (0..self.parts.len()).min_by_key(|&index| distance(&self.parts[index]))
    }

    fn gap_between(&self, one: usize, other: usize) -> bool {
        let (first, second) = (one.min(other), one.max(other));
        (first..second).any(|index| {
            let (before, after) = (self.parts[index], self.parts[index + 1]);
            let gap = after.start_sample.saturating_sub(before.start_sample + before.len as u64);
            gap > u64::from(UTTERANCE_GAP_MS * SAMPLES_PER_MS)
        })
    }

    fn place(&self, part: usize, start_ms: u32, end_ms: u32) -> Span {
        let part = &self.parts[part];
        let inside = |ms: u32| {
            let at = (ms * SAMPLES_PER_MS) as usize;
            at.clamp(part.at_sample, part.at_sample + part.len) - part.at_sample
        };
        let (start, end) = (inside(start_ms), inside(end_ms));
        span_of(part.start_sample + start as u64, end.saturating_sub(start) as u64)
    }

    fn speech_within(&self, from_ms: u32, to_ms: u32) -> u32 {
        let window = Span::new(from_ms, to_ms);
        self.parts
            .iter()
            .map(|part| span_of(part.at_sample as u64, part.len as u64).overlap_ms(window))
            .sum()
    }
}

impl Part {
    /// Two parts, the second of which begins `len` samples into this one.
    fn cut(self, len: usize) -> (Self, Self) {
        let len = len.min(self.len);
        let first = Self { len, ..self };
        let second = Self {
            at_sample: self.at_sample + len,
            len: self.len - len,
            start_sample: self.start_sample + len as u64,
        };
        (first, second)
    }
}

/// The middle of the quietest 20 ms of `samples[within]`; the first of equal ones.
pub(super) fn quietest(samples: &[f32], within: std::ops::Range<usize>) -> usize {
    const FRAME: usize = 20 * SAMPLES_PER_MS as usize;
    let end = within.end.min(samples.len());
    let mut best = (f64::INFINITY, within.start.min(end));
    let mut at = within.start;
    while at + FRAME <= end {
        let energy: f64 =
            samples[at..at + FRAME].iter().map(|&s| f64::from(s) * f64::from(s)).sum();
        if energy < best.0 {
            best = (energy, at + FRAME / 2);
        }
        at += FRAME;
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::SegmentWord;

    const MS: usize = SAMPLES_PER_MS as usize;

    /// A window of parts, each given as (where it begins in the call, its length), in milliseconds; joints of 200 ms.
    fn window(parts: &[(u32, u32)]) -> Window {
        let mut at = 0;
        let parts: Vec<Part> = parts
            .iter()
            .map(|&(start_ms, len_ms)| {
                let part = Part {
                    at_sample: at,
                    len: len_ms as usize * MS,
                    start_sample: u64::from(start_ms * SAMPLES_PER_MS),
                };
                at += part.len + 200 * MS;
                part
            })
            .collect();
        Window { speaker: Speaker::Client, samples: vec![0.1; at - 200 * MS], parts }
    }

    fn segment(words: &[(&str, u32, u32)]) -> Segment {
        let word = |&(text, start_ms, end_ms): &(&str, u32, u32)| SegmentWord {
            text: text.into(),
            start_ms,
            end_ms,
            probability: 0.9,
        };
        Segment { words: words.iter().map(word).collect(), mean_log_probability: -0.2 }
    }

    /// Utterances as `start-end word word`, in milliseconds of the call.
    #[track_caller]
    fn check(parts: &[(u32, u32)], segments: &[Segment], expected: &[&str]) {
        let found: Vec<String> = window(parts)
            .utterances(segments)
            .iter()
            .map(|utterance| {
                let span = utterance.span();
                format!("{}-{} {}", span.start_ms, span.end_ms, utterance.text())
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_come_back_to_the_clock_of_the_call() {
        let said = [segment(&[("раз", 100, 400)]), segment(&[("два", 1300, 1600)])];
        check(&[(10_000, 1000), (20_000, 1000)], &said, &["10100-10400 раз", "20100-20400 два"]);
    }

    #[test]
    fn word_that_reaches_into_a_joint_is_clamped_to_its_part() {
        let said = [segment(&[("раз", 700, 1150), ("два", 1100, 1500)])];
        check(&[(10_000, 1000), (11_500, 1000)], &said, &["10700-11800 раз два"]);
    }

    #[test]
    fn utterance_does_not_cross_a_gap_of_more_than_a_second() {
        let said = [segment(&[("раз", 700, 990), ("два", 1200, 1500)])];
        check(&[(10_000, 1000), (12_000, 1000)], &said, &["10700-12300 раз два"]);
        check(&[(10_000, 1000), (12_001, 1000)], &said, &["10700-10990 раз", "12001-12301 два"]);
    }

    #[test]
    fn word_in_a_joint_or_past_the_end_goes_to_the_nearer_part() {
        let said = [
            segment(&[("раз", 1010, 1050)]),
            segment(&[("два", 1150, 1190)]),
            segment(&[("три", 5000, 6000)]),
        ];
        check(
            &[(10_000, 1000), (20_000, 1000)],
            &said,
            &["11000-11000 раз", "20000-20000 два", "21000-21000 три"],
        );
    }

    #[test]
    fn room_of_an_utterance_is_the_speech_up_to_its_neighbors() {
        let said = [
            segment(&[("раз", 100, 400)]),
            segment(&[("два", 600, 700)]),
            segment(&[("три", 1500, 1900)]),
        ];
        let rooms: Vec<u32> = window(&[(0, 1000), (5000, 1000)])
            .utterances(&said)
            .iter()
            .map(|utterance| utterance.room_ms)
            .collect();
        // From 0 to 600; from 400 to 1500 without the joint from 1000 to 1200; from 700 to 2200 without it.
        assert_eq!(rooms, [600, 900, 1300]);
    }

    #[test]
    fn halves_part_at_the_greatest_gap_and_keep_their_times() {
        let whole = window(&[(0, 1000), (1500, 1000), (9000, 1000)]);
        let (first, second) = whole.halves().unwrap();
        assert_eq!((first.span(), second.span()), (Span::new(0, 2500), Span::new(9000, 10_000)));
        assert_eq!((first.len_ms(), second.len_ms()), (2200, 1000));
        let said = second.utterances(&[segment(&[("да", 100, 300)])]);
        assert_eq!(said[0].span(), Span::new(9100, 9300));
    }

    #[test]
    fn halves_of_one_part_meet_where_it_is_quietest() {
        let mut whole = window(&[(5000, 4000)]);
        whole.samples[2400 * MS..2500 * MS].fill(0.0);
        let (first, second) = whole.halves().unwrap();
        assert_eq!(first.span(), Span::new(5000, 7410));
        assert_eq!(second.span(), Span::new(7410, 9000));
        assert!(window(&[(0, 1900)]).halves().is_none());
    }

    #[test]
    fn level_of_silence_is_a_number() {
        let mut window = window(&[(0, 1000)]);
        assert!((window.level_db(0, 1000) + 20.0).abs() < 0.01);
        window.samples.fill(0.0);
        assert!((window.level_db(0, 1000) + 120.0).abs() < 0.01);
        assert!((window.level_db(5000, 9000) + 120.0).abs() < 0.01);
    }
}
