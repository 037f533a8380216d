//! From sound to spans of speech: the voice activity model in the program, and hysteresis over any model's answers.
//!
//! earshot's weights are in its crate, so it needs no file. Alone it takes music and ring-back tones for speech;
//! `gate` takes those out before [`spans`] looks at the probabilities.

use std::ops::Range;

use crate::audio::spectrum::HOP;
use crate::sound::{SAMPLES_PER_MS, VoiceDetector};

/// Speech begins at this probability ...
const ONSET: f32 = 0.5;
/// ... and ends under this one.
const OFFSET: f32 = 0.35;
/// Shorter speech is a click or a breath.
const LEAST_SPEECH_MS: u32 = 250;
/// Shorter silence is within an utterance.
const LEAST_SILENCE_MS: u32 = 400;
/// Models wake up late and fall asleep early: words begin with quiet consonants.
const PAD_BEFORE_MS: u32 = 150;
/// See [`PAD_BEFORE_MS`].
const PAD_AFTER_MS: u32 = 100;

/// Samples in earshot's frame: 16 ms.
const EARSHOT_FRAME: usize = 256;
/// earshot hears the sound 6 dB louder, as it misses starts of sentences, above all of quiet ones and after GSM 06.10. Measured
/// on 1,800 sentences of ten synthetic voices that no sample speaks with, at three levels, as PCM, A-law and GSM: of 49
/// sentences more than a tenth was lost, with the gain of 38; of the time of speech 97.56 % was kept, with the gain 97.74 %.
/// Of music, tones and noise (29 minutes) no more passes.
const EARSHOT_GAIN: f32 = 2.0;

/// The voice activity model in the program.
pub(super) struct EarshotDetector(Box<earshot::Detector>);

impl Default for EarshotDetector {
    fn default() -> Self {
        Self(earshot::Detector::default_boxed())
    }
}

impl VoiceDetector for EarshotDetector {
    fn frame_samples(&self) -> usize {
        EARSHOT_FRAME
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn probabilities(
        &mut self,
        samples: &[f32],
        probabilities: &mut Vec<f32>,
    ) -> Result<(), String> {
        let mut louder = [0.0; EARSHOT_FRAME];
        for frame in samples.chunks_exact(EARSHOT_FRAME) {
            for (louder, sample) in louder.iter_mut().zip(frame) {
                // earshot asserts [-1, 1].
                *louder = (sample * EARSHOT_GAIN).clamp(-1.0, 1.0);
            }
            probabilities.push(self.0.predict_f32(&louder).clamp(0.0, 1.0));
        }
        Ok(())
    }
}

/// Voice activity of one lane, a byte for each frame: an hour takes 225 kB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Voicing {
    /// Samples in each frame.
    pub frame: usize,
    /// Probability times 255.
    pub levels: Vec<u8>,
}

impl Voicing {
    /// Appends probabilities.
    pub(super) fn extend(&mut self, probabilities: &[f32]) {
        // A probability times 255 fits a byte.
        self.levels.extend(probabilities.iter().map(|p| (p.clamp(0.0, 1.0) * 255.0).round() as u8));
    }

    fn probability(&self, frame: usize) -> f32 {
        f32::from(self.levels[frame]) / 255.0
    }

    /// The level at frame `at` of the spectrum, `beyond` where the model did not come so far.
    pub(super) fn level_at(&self, at: usize, beyond: u8) -> u8 {
        self.levels.get(at * HOP / self.frame.max(1)).copied().unwrap_or(beyond)
    }

    /// Sets to 0 what lies in `samples`.
    pub(super) fn silence(&mut self, samples: &Range<u64>) {
        let frame = self.frame.max(1) as u64;
        // A frame counts where most of it lies.
        let index = |sample: u64| ((sample + frame / 2) / frame) as usize;
        let end = index(samples.end).min(self.levels.len());
        if let Some(levels) = self.levels.get_mut(index(samples.start)..end) {
            levels.fill(0);
        }
    }

    /// The start of the frame with the lowest probability in `samples`, the last of several.
    pub(super) fn least_voiced(&self, samples: Range<u64>) -> u64 {
        let frame = self.frame.max(1) as u64;
        let first = samples.start.div_ceil(frame);
        let end = (samples.end / frame).min(self.levels.len() as u64);
        (first..end)
            .rev()
            .min_by_key(|at| self.levels[*at as usize])
            .map_or(samples.end, |at| at * frame)
    }
}

/// Where speech lies, in samples, within `len` samples: sorted, apart, padded.
pub(super) fn spans(voicing: &Voicing, len: u64) -> Vec<Range<u64>> {
    let frame = voicing.frame.max(1) as u64;
    let samples = |ms: u32| u64::from(ms * SAMPLES_PER_MS);
    let mut found: Vec<Range<u64>> = Vec::new();
    let mut since: Option<usize> = None;
    for at in 0..=voicing.levels.len() {
        let probability = if at < voicing.levels.len() { voicing.probability(at) } else { 0.0 };
        match since {
            None if probability >= ONSET => since = Some(at),
            Some(start) if probability < OFFSET => {
                found.push(start as u64 * frame..at as u64 * frame);
                since = None;
            }
            _ => {}
        }
    }
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(found.len());
    for span in found {
        match merged.last_mut() {
            Some(last) if span.start - last.end < samples(LEAST_SILENCE_MS) => last.end = span.end,
            _ => merged.push(span),
        }
    }
    merged.retain(|span| span.end - span.start >= samples(LEAST_SPEECH_MS));
    let mut padded: Vec<Range<u64>> = Vec::with_capacity(merged.len());
    for span in merged {
        let start = span.start.saturating_sub(samples(PAD_BEFORE_MS));
        let end = (span.end + samples(PAD_AFTER_MS)).min(len);
        match padded.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => padded.push(start..end),
        }
    }
    padded.retain(|span| span.start < span.end);
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of (probability, milliseconds) and the expected spans in milliseconds.
    #[track_caller]
    fn check(runs: &[(f32, u32)], expected: &[(u64, u64)]) {
        let mut voicing = Voicing { frame: 160, levels: Vec::new() };
        for (probability, ms) in runs {
            voicing.extend(&vec![*probability; *ms as usize / 10]);
        }
        let len = voicing.levels.len() as u64 * 160;
        let found: Vec<_> =
            spans(&voicing, len).iter().map(|span| (span.start / 16, span.end / 16)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn speech_is_padded() {
        check(&[(0.0, 1000), (0.9, 500), (0.0, 1000)], &[(850, 1600)]);
    }

    #[test]
    fn padding_stays_within_the_recording() {
        check(&[(0.9, 500)], &[(0, 500)]);
    }

    #[test]
    fn click_is_no_speech() {
        check(&[(0.0, 1000), (0.9, 200), (0.0, 1000)], &[]);
    }

    #[test]
    fn doubt_goes_on_but_does_not_begin() {
        check(&[(0.0, 1000), (0.9, 200), (0.4, 200), (0.0, 1000)], &[(850, 1500)]);
        check(&[(0.0, 1000), (0.4, 1000), (0.0, 1000)], &[]);
    }

    #[test]
    fn short_pause_is_within_an_utterance() {
        check(&[(0.9, 500), (0.0, 300), (0.9, 500), (0.0, 1000)], &[(0, 1400)]);
        check(&[(0.9, 500), (0.0, 600), (0.9, 500), (0.0, 900)], &[(0, 600), (950, 1700)]);
    }

    #[test]
    fn silenced_frames_are_no_speech() {
        let mut voicing = Voicing { frame: 160, levels: vec![255; 100] };
        voicing.silence(&(1600..16000));
        assert!(spans(&voicing, 16000).is_empty());
    }

    #[test]
    fn least_voiced_place_is_found() {
        let mut voicing = Voicing { frame: 160, levels: vec![255; 100] };
        voicing.levels[40] = 3;
        assert_eq!(voicing.least_voiced(0..16000), 40 * 160);
    }
}
