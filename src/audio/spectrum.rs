//! What a spectrum tells about speech, tones and music, six bytes for each 16 ms.
//!
//! Music and signal tones hold their pitch: their partials draw horizontal lines into the spectrogram, while those of a
//! voice glide. So each frame says how much of what stands out of its spectrum has stood in the same place for a while
//! (the idea is Seyerlehner's continuous frequency activation), how much of it stands where peaks were before
//! (`recurrence`), how much of the power lies in its two strongest
//! partials, and how loud it is. `tones` and `music` judge by that.

use std::ops::Range;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use crate::audio::recurrence::{Peaks, Recurrence, set};
use crate::sound::SAMPLE_RATE_HZ;

/// Samples from one frame to the next: 16 ms.
pub(super) const HOP: usize = 256;
/// Samples in a frame: 64 ms, so that partials of a low voice stand apart.
const WINDOW: usize = 1024;
/// Width of a bin of the spectrum.
pub(super) const BIN_HZ: f32 = SAMPLE_RATE_HZ as f32 / WINDOW as f32;
/// The telephone's band, in bins: 190 to 3700 Hz.
const BAND: Range<usize> = 12..237;
/// Where held partials are looked for, 310 Hz and up: higher harmonics of a voice glide faster.
const HELD_BAND: Range<usize> = 20..237;
/// From the band's sum to mean power: a sine of amplitude 1, whose mean power is 1/2, sums to 3/32 WINDOW^2 under a Hann
/// window.
const POWER_SCALE: f32 = 16.0 / 3.0 / (WINDOW * WINDOW) as f32;
/// A bin stands out when it is so many times the mean of its neighborhood ...
const STANDS_OUT: f32 = 4.0;
/// ... of so many bins on each side.
const NEIGHBORHOOD: usize = 8;
/// A partial is held after so many frames: 190 ms.
const HELD_FRAMES: u8 = 12;
/// Bins on each side of a peak that belong to it (the main lobe of the Hann window).
const LOBE: usize = 2;

/// Frames under this level are silence for us: -58 dB, under the quietest voice, over the noise of A-law and of dither, which voice activity models like to take for speech.
pub(super) const QUIET: u8 = level(-58.0);

/// A level in decibels as [`Frame::level`] has it.
pub(super) const fn level(db: f32) -> u8 {
    (2.0 * (db + 100.0)) as u8
}

/// What one frame of a lane is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// Power in the band, in half decibels over -100 dB.
    pub level: u8,
    /// Share of the bins that stand out which are held, times 255.
    pub held: u8,
    /// Share of the bins that stand out which did so in much of the last three seconds, times 255.
    pub recurring: u8,
    /// Share of the power in the two strongest partials, times 255.
    pub tonal: u8,
    /// Bins of the two strongest partials, of [`BIN_HZ`] each.
    pub peaks: [u8; 2],
}

/// Turns a lane's sound into frames.
pub(super) struct Spectrograph {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// The last `WINDOW` samples and what waits.
    samples: Vec<f32>,
    input: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: Vec<f32>,
    runs: Vec<u8>,
    recurrence: Recurrence,
    prefix: Vec<f32>,
}

impl Default for Spectrograph {
    fn default() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        let window = (0..WINDOW)
            .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / WINDOW as f32).cos())
            .collect();
        Self {
            window,
            // Frame n is centered on the samples n * HOP to (n + 1) * HOP.
            samples: vec![0.0; (WINDOW - HOP) / 2],
            input: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; WINDOW / 2 + 1],
            runs: vec![0; WINDOW / 2 + 1],
            recurrence: Recurrence::default(),
            prefix: vec![0.0; WINDOW / 2 + 2],
            fft,
        }
    }
}

impl Spectrograph {
    /// Takes samples and appends the frames that are complete.
    pub(super) fn push(&mut self, samples: &[f32], frames: &mut Vec<Frame>) {
        self.samples.extend_from_slice(samples);
        let mut at = 0;
        while self.samples.len() - at >= WINDOW {
            for ((input, sample), weight) in
                self.input.iter_mut().zip(&self.samples[at..]).zip(&self.window)
            {
                *input = sample * weight;
            }
            frames.push(self.frame());
            at += HOP;
        }
        self.samples.drain(..at);
    }

    /// Appends the frames that the end of the lane leaves.
    pub(super) fn finish(&mut self, frames: &mut Vec<Frame>) {
        self.push(&[0.0; (WINDOW - HOP) / 2 + HOP - 1], frames);
    }

    fn frame(&mut self) -> Frame {
        // The lengths are the plan's own.
        if self
            .fft
            .process_with_scratch(&mut self.input, &mut self.spectrum, &mut self.scratch)
            .is_err()
        {
            return Frame::default();
        }
        for (power, value) in self.power.iter_mut().zip(&self.spectrum) {
            *power = value.norm_sqr();
        }
        let band: f32 = self.power[BAND].iter().sum();
        let level_db = 10.0 * (band * POWER_SCALE + 1e-10).log10();
        let (tonal, peaks) = self.strongest_two(band);
        let level = (2.0 * (level_db + 100.0)).clamp(0.0, 255.0) as u8;
        let (held, standing) = self.held();
        Frame {
            level,
            held: (255.0 * held) as u8,
            recurring: (255.0 * self.recurrence.share(&standing, level >= QUIET)) as u8,
            tonal: (255.0 * tonal).clamp(0.0, 255.0) as u8,
            peaks,
        }
    }

    /// The share that is held, and the bins that stand out.
    fn held(&mut self) -> (f32, Peaks) {
        let mut sum = 0.0;
        for (at, power) in self.power.iter().enumerate() {
            self.prefix[at] = sum;
            sum += power;
        }
        self.prefix[self.power.len()] = sum;
        let (mut standing, mut held, mut peaks) = (0_u32, 0_u32, Peaks::default());
        for bin in HELD_BAND {
            let (from, to) = (bin - NEIGHBORHOOD, bin + NEIGHBORHOOD + 1);
            let mean = (self.prefix[to] - self.prefix[from]) / (to - from) as f32;
            let stands_out = self.power[bin] > STANDS_OUT * mean.max(1e-6);
            self.runs[bin] = if stands_out { self.runs[bin].saturating_add(1) } else { 0 };
            standing += u32::from(stands_out);
            if stands_out {
                set(&mut peaks, bin);
            }
            held += u32::from(self.runs[bin] >= HELD_FRAMES);
        }
        (if standing == 0 { 0.0 } else { held as f32 / standing as f32 }, peaks)
    }

    fn strongest_two(&self, band: f32) -> (f32, [u8; 2]) {
        let strongest = |skip: Option<usize>| {
            BAND.filter(|bin| skip.is_none_or(|peak| bin.abs_diff(peak) > 2 * LOBE))
                .max_by(|a, b| self.power[*a].total_cmp(&self.power[*b]))
                .unwrap_or(BAND.start)
        };
        let lobe = |peak: usize| -> f32 { self.power[peak - LOBE..=peak + LOBE].iter().sum() };
        let first = strongest(None);
        let second = strongest(Some(first));
        // The band ends at bin 236.
        ((lobe(first) + lobe(second)) / band.max(1e-9), [first as u8, second as u8])
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    fn frames(sound: impl Fn(f32) -> f32) -> Vec<Frame> {
        let samples: Vec<f32> = (0..SAMPLE_RATE_HZ).map(|i| sound(i as f32 / 16_000.0)).collect();
        let (mut spectrograph, mut frames) = (Spectrograph::default(), Vec::new());
        for piece in samples.chunks(1000) {
            spectrograph.push(piece, &mut frames);
        }
        spectrograph.finish(&mut frames);
        frames
    }

    #[test]
    fn every_hop_has_a_frame() {
        assert_eq!(frames(|_| 0.0).len(), 63);
        assert!(frames(|_| 0.0).iter().all(|frame| frame.level < QUIET && frame.held == 0));
    }

    #[test]
    fn steady_tone_is_tonal_and_held() {
        let middle = frames(|t| 0.1 * (TAU * 425.0 * t).sin())[40];
        assert!(middle.tonal > 250 && middle.held > 250, "{middle:?}");
        assert_eq!(middle.peaks[0], 27);
        // A sine of amplitude 0.1 has -23 dB.
        assert!(middle.level.abs_diff(level(-23.0)) <= 8, "{middle:?}");
    }

    #[test]
    fn gliding_tone_is_not_held() {
        let middle = frames(|t| 0.1 * (TAU * (600.0 * t + 300.0 * t * t)).sin())[40];
        assert_eq!(middle.held, 0);
    }
}
