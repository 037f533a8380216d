//! The log-mel spectrogram that Whisper's encoder reads, for models of 80 bands.
//!
//! whisper.cpp makes it too, with a transform that its own source calls a poor man's: 3 ms for a second of sound, as much
//! as a small encoder takes. This one gives the same numbers, to the rounding of single precision, in a tenth of that.
//! The filters are those that every official file of 80 bands carries: triangles of unit area on Slaney's scale.

use std::f32::consts::TAU;
use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

/// Bands of every multilingual model but `large-v3` and its kin, which have 128.
pub(super) const BANDS: usize = 80;

/// Samples of one transform: 25 ms.
const SIZE: usize = 400;
/// Samples from one frame to the next: 10 ms.
const HOP: usize = 160;
/// Power under this counts as none.
const FLOOR: f32 = 1e-10;
/// What is this much fainter than the loudest spot of the window counts as silence, in powers of ten.
const RANGE: f32 = 8.0;

/// Makes spectrograms; keeps its tables and buffers from one to the next.
pub(super) struct LogMel {
    window: Vec<f32>,
    filters: Vec<Filter>,
    transform: Arc<dyn RealToComplex<f32>>,
    frame: Vec<f32>,
    bins: Vec<Complex32>,
    power: Vec<f32>,
    scratch: Vec<Complex32>,
    /// Band after band, each with a value for every frame, as whisper.cpp wants it.
    values: Vec<f32>,
}

/// One triangle: its weights, from the bin where it begins.
struct Filter {
    first: usize,
    weights: Vec<f32>,
}

impl fmt::Debug for LogMel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogMel").finish_non_exhaustive()
    }
}

impl LogMel {
    pub(super) fn new() -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(SIZE);
        Self {
            window: (0..SIZE)
                .map(|index| 0.5 - 0.5 * (TAU * index as f32 / SIZE as f32).cos())
                .collect(),
            filters: filters(),
            frame: transform.make_input_vec(),
            bins: transform.make_output_vec(),
            power: vec![0.0; SIZE / 2 + 1],
            scratch: transform.make_scratch_vec(),
            transform,
            values: Vec::new(),
        }
    }

    /// The spectrogram of `samples` at 16 kHz (at least 201 of them), `frames` wide: silence fills what they do not reach.
    pub(super) fn of(&mut self, samples: &[f32], frames: usize) -> &[f32] {
        let silence = FLOOR.log10();
        self.values.clear();
        self.values.resize(BANDS * frames, silence);
        let mut loudest = silence;
        let sounding = ((samples.len() + SIZE / 2) / HOP + 1).min(frames);
        for frame in 0..sounding {
            self.cut(samples, frame * HOP);
            // Fails for buffers of another size only, and these are the transform's own.
            let done = self.transform.process_with_scratch(
                &mut self.frame,
                &mut self.bins,
                &mut self.scratch,
            );
            debug_assert!(done.is_ok());
            for (power, bin) in self.power.iter_mut().zip(&self.bins) {
                *power = bin.norm_sqr();
            }
            for (band, filter) in self.filters.iter().enumerate() {
                let sum: f32 = (filter.weights.iter().zip(&self.power[filter.first..]))
                    .map(|(weight, power)| weight * power)
                    .sum();
                let value = sum.max(FLOOR).log10();
                loudest = loudest.max(value);
                self.values[band * frames + frame] = value;
            }
        }
        for value in &mut self.values {
            *value = (value.max(loudest - RANGE) + 4.0) / 4.0;
        }
        &self.values
    }

    /// Puts the windowed samples around the frame's middle into the transform's input: mirrored before the first sample,
    /// zero behind the last.
    fn cut(&mut self, samples: &[f32], start: usize) {
        for (index, (value, weight)) in self.frame.iter_mut().zip(&self.window).enumerate() {
            let place = start + index;
            let sample = match place.checked_sub(SIZE / 2) {
                Some(place) => samples.get(place),
                None => samples.get(SIZE / 2 - place),
            };
            *value = weight * sample.copied().unwrap_or(0.0);
        }
    }
}

/// Hertz on Slaney's scale: linear up to 1 kHz, logarithmic above.
fn hertz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * (6.4_f64.ln() / 27.0 * (mel - 15.0)).exp() }
}

fn filters() -> Vec<Filter> {
    const TOP_HZ: f64 = 8000.0;
    let bins = SIZE / 2 + 1;
    let top = 15.0 + 27.0 * (TOP_HZ / 1000.0).ln() / 6.4_f64.ln();
    let edge = |number: usize| hertz(top * number as f64 / (BANDS + 1) as f64);
    (0..BANDS)
        .map(|band| {
            let (low, middle, high) = (edge(band), edge(band + 1), edge(band + 2));
            let weight = |bin: usize| {
                let frequency = TOP_HZ * bin as f64 / (bins - 1) as f64;
                let rise = (frequency - low) / (middle - low);
                let fall = (high - frequency) / (high - middle);
                rise.min(fall).max(0.0) * 2.0 / (high - low)
            };
            let first = (0..bins).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
            let weights = (first..bins).map(|bin| weight(bin) as f32).take_while(|&w| w > 0.0);
            Filter { first, weights: weights.collect() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tone_lights_the_band_at_its_pitch() {
        let tone: Vec<f32> =
            (0..16_000).map(|n| (TAU * 1000.0 * n as f32 / 16_000.0).sin()).collect();
        let mut mel = LogMel::new();
        let values = mel.of(&tone, 100);
        let at = |band: usize| values[band * 100 + 50];
        let brightest = (0..BANDS).max_by(|&a, &b| at(a).total_cmp(&at(b))).unwrap();
        // 1 kHz is 15 on the scale, whose 81 steps reach 45.2 at 8 kHz.
        assert_eq!(brightest, 26);
        // The loudest spot and the faintest are the range apart, a quarter of it after scaling.
        let faintest = values.iter().copied().fold(f32::MAX, f32::min);
        let loudest = values.iter().copied().fold(f32::MIN, f32::max);
        assert!((loudest - faintest - RANGE / 4.0).abs() < 1e-5);
    }

    #[test]
    fn values_are_those_of_the_definition() {
        // Two tones and something like noise, summed in double precision without any fast transform.
        let sample = |n: usize| {
            let t = n as f64;
            0.3 * (t * 0.11).sin() + 0.2 * (t * 0.7).sin() + 0.01 * (t * t * 0.37).sin()
        };
        let samples: Vec<f64> = (0..1700).map(sample).collect();
        let (filters, frames) = (filters(), 12);
        let mut wanted = vec![-10.0_f64; BANDS * frames];
        for frame in 0..frames {
            let at = |index: usize| {
                let place = (frame * HOP + index).abs_diff(200);
                samples.get(place).copied().unwrap_or(0.0)
            };
            let turn = std::f64::consts::TAU / SIZE as f64;
            let windowed = |index: usize| (0.5 - 0.5 * (turn * index as f64).cos()) * at(index);
            let power: Vec<f64> = (0..=SIZE / 2)
                .map(|bin| {
                    let angle = |index: usize| turn * ((bin * index) % SIZE) as f64;
                    let real: f64 = (0..SIZE).map(|n| windowed(n) * angle(n).cos()).sum();
                    let imaginary: f64 = (0..SIZE).map(|n| windowed(n) * angle(n).sin()).sum();
                    real * real + imaginary * imaginary
                })
                .collect();
            for (band, filter) in filters.iter().enumerate() {
                let pairs = filter.weights.iter().zip(&power[filter.first..]);
                let sum: f64 = pairs.map(|(weight, power)| f64::from(*weight) * power).sum();
                wanted[band * frames + frame] = sum.max(1e-10).log10();
            }
        }
        let loudest = wanted.iter().copied().fold(f64::MIN, f64::max);
        let samples: Vec<f32> = samples.iter().map(|&sample| sample as f32).collect();
        let found = LogMel::new().of(&samples, frames).to_vec();
        for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
            let wanted = (wanted.max(loudest - 8.0) + 4.0) / 4.0;
            assert!((f64::from(*found) - wanted).abs() < 1e-4, "{place}: {found} {wanted}");
        }
    }

    #[test]
    fn triangles_have_unit_area_and_cover_the_band() {
        let filters = filters();
        assert_eq!(filters.len(), BANDS);
        // From the first librosa filter of this size: bins of 40 Hz, edges at 0, 37.2 and 74.5 Hz.
        assert_eq!((filters[0].first, filters[0].weights.len()), (1, 1));
        assert!((filters[0].weights[0] - 0.024_862_6).abs() < 1e-5, "{}", filters[0].weights[0]);
        for filter in &filters[40..] {
            let area: f32 = filter.weights.iter().sum::<f32>() * 40.0;
            assert!((area - 1.0).abs() < 0.1, "{area}");
        }
    }

    #[test]
    fn silence_behind_the_end_is_flat() {
        let mut mel = LogMel::new();
        let values = mel.of(&[0.5; 1600], 40).to_vec();
        assert_eq!(values.len(), BANDS * 40);
        assert!((values[39] - values[30]).abs() < f32::EPSILON);
        // The next window does not see the one before.
        let quiet = mel.of(&[0.0; 1600], 40);
        assert!(quiet.iter().all(|&value| (value + 1.5).abs() < 1e-6));
    }
}
