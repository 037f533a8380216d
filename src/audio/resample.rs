//! Any rate to 16 kHz, one channel, in blocks of any size.
//!
//! rubato's FFT resampler wants whole chunks and begins with its own delay; this hides both: what comes out is as long
//! as what went in (rounded to the nearest sample) and lies where it lay. Sound at 16 kHz passes through untouched.
//! Linear interpolation would be simpler, but puts images of the speech where Whisper reads.

use audioadapter_buffers::direct::SequentialSliceOfSlices;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

use crate::sound::SAMPLE_RATE_HZ;

/// Input samples in one chunk: 64 ms at 16 kHz.
const CHUNK: usize = 1024;

/// Turns one channel's sound into 16 kHz.
pub(super) struct Resampler {
    rate_hz: u32,
    /// `None` where nothing is to be done.
    engine: Option<Engine>,
    /// Samples pushed and given out.
    taken: u64,
    given: u64,
}

struct Engine {
    fft: Fft<f32>,
    waiting: Vec<f32>,
    output: Vec<f32>,
    /// Samples of the delay that are still to be dropped.
    delay: usize,
}

impl Resampler {
    /// For sound of `rate_hz`.
    ///
    /// # Errors
    ///
    /// What rubato says; it has no reason to for rates between 1 and 384 kHz.
    pub(super) fn new(rate_hz: u32) -> Result<Self, String> {
        let engine = if rate_hz == SAMPLE_RATE_HZ { None } else { Some(Engine::new(rate_hz)?) };
        Ok(Self { rate_hz, engine, taken: 0, given: 0 })
    }

    /// The rate that it was made for, in Hz.
    pub(super) fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Takes `samples` and appends what is ready to `output`.
    ///
    /// # Errors
    ///
    /// What rubato says.
    pub(super) fn push(&mut self, samples: &[f32], output: &mut Vec<f32>) -> Result<(), String> {
        self.taken += samples.len() as u64;
        let before = output.len();
        match &mut self.engine {
            None => output.extend_from_slice(samples),
            Some(engine) => engine.push(samples, output)?,
        }
        self.given += (output.len() - before) as u64;
        Ok(())
    }

    /// Appends what is left.
    ///
    /// # Errors
    ///
    /// What rubato says.
    pub(super) fn finish(&mut self, output: &mut Vec<f32>) -> Result<(), String> {
        let wanted = self.wanted();
        let zeros = [0.0; CHUNK];
        while self.given < wanted {
            self.push(&zeros, output)?;
        }
        output.truncate(output.len() - (self.given - wanted) as usize);
        self.given = wanted;
        Ok(())
    }

    /// How long the output of all that was taken is.
    fn wanted(&self) -> u64 {
        let (rate_hz, target_hz) = (u64::from(self.rate_hz), u64::from(SAMPLE_RATE_HZ));
        (self.taken * target_hz + rate_hz / 2) / rate_hz
    }
}

impl Engine {
    fn new(rate_hz: u32) -> Result<Self, String> {
        let (from, to) = (rate_hz as usize, SAMPLE_RATE_HZ as usize);
        let fft =
            Fft::new(from, to, CHUNK, 1, FixedSync::Input).map_err(|error| error.to_string())?;
        let output = vec![0.0; fft.output_frames_max()];
        Ok(Self { delay: fft.output_delay(), waiting: Vec::with_capacity(2 * CHUNK), output, fft })
    }

    fn push(&mut self, samples: &[f32], output: &mut Vec<f32>) -> Result<(), String> {
        self.waiting.extend_from_slice(samples);
        let mut at = 0;
        loop {
            let wanted = self.fft.input_frames_next();
            let Some(chunk) = self.waiting.get(at..at + wanted) else { break };
            let produced = self.fft.output_frames_next();
            let input = [chunk];
            let mut planes = [self.output.as_mut_slice()];
            let input = SequentialSliceOfSlices::new(&input, 1, wanted)
                .map_err(|error| error.to_string())?;
            let mut target = SequentialSliceOfSlices::new_mut(&mut planes, 1, produced)
                .map_err(|error| error.to_string())?;
            let (_, produced) = self
                .fft
                .process_into_buffer(&input, &mut target, None::<&Indexing>)
                .map_err(|error| error.to_string())?;
            at += wanted;
            let dropped = self.delay.min(produced);
            self.delay -= dropped;
            output.extend_from_slice(&self.output[dropped..produced]);
        }
        self.waiting.drain(..at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    fn sine(rate_hz: u32, frequency_hz: f32, len: usize) -> Vec<f32> {
        (0..len).map(|i| 0.5 * (TAU * frequency_hz * i as f32 / rate_hz as f32).sin()).collect()
    }

    fn resample(rate_hz: u32, samples: &[f32], block: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(rate_hz).unwrap();
        let mut output = Vec::new();
        for block in samples.chunks(block) {
            resampler.push(block, &mut output).unwrap();
        }
        resampler.finish(&mut output).unwrap();
        output
    }

    /// A tone must come out as the same tone at the same moment: no delay, no image, no loss. Where the filter's middle
    /// lies between two samples (rates such as 11025 Hz), rubato is off by less than one sample: 9 % of this tone.
    #[track_caller]
    fn check(rate_hz: u32, len: usize, expected_len: usize, tolerance: f32) {
        let output = resample(rate_hz, &sine(rate_hz, 440.0, len), 777);
        assert_eq!(output.len(), expected_len, "{rate_hz} Hz");
        let ideal = sine(SAMPLE_RATE_HZ, 440.0, expected_len);
        // The ends ring, as behind them lies silence.
        let range = 400..expected_len - 400;
        let worst = range.map(|i| (output[i] - ideal[i]).abs()).fold(0.0, f32::max);
        assert!(worst < tolerance, "{rate_hz} Hz: {worst}");
    }

    #[test]
    fn tones_stay_in_place_at_any_rate() {
        check(8000, 8000, 16000, 2e-3);
        check(8000, 8001, 16002, 2e-3);
        check(11025, 11025, 16000, 0.09);
        check(16000, 5000, 5000, 2e-3);
        check(44100, 44100, 16000, 0.09);
        check(48000, 48001, 16000, 2e-3);
        check(22051, 22051, 16000, 0.09);
    }

    #[test]
    fn block_size_does_not_matter() {
        let samples = sine(8000, 1000.0, 5000);
        assert_eq!(resample(8000, &samples, 1), resample(8000, &samples, 5000));
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(resample(8000, &[], 1).is_empty());
    }
}
