//! Sound on its way from `audio` to `speech`: mono, 16 kHz, with its place on the call's clock.
//!
//! The two engines do not know one another; this is all that they share.

use crate::call::Span;

/// The one rate that everything behind the decoder uses: Whisper's, in Hz.
pub const SAMPLE_RATE_HZ: u32 = 16_000;

/// Samples of [`SAMPLE_RATE_HZ`] in one millisecond.
pub const SAMPLES_PER_MS: u32 = SAMPLE_RATE_HZ / 1000;

/// A stretch of speech of one channel: contiguous samples and where they begin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stretch {
    /// Samples of [`SAMPLE_RATE_HZ`] from the start of the recording to the first sample here.
    pub start_sample: u64,
    /// Mono samples in [-1, 1].
    pub samples: Vec<f32>,
}

impl Stretch {
    /// When the stretch lies in the call.
    pub fn span(&self) -> Span {
        span_of(self.start_sample, self.samples.len() as u64)
    }
}

/// The span of `len` samples that begin at sample `start` (rounded down to milliseconds; past 49 days it saturates).
pub fn span_of(start: u64, len: u64) -> Span {
    let ms = |sample: u64| u32::try_from(sample / u64::from(SAMPLES_PER_MS)).unwrap_or(u32::MAX);
    Span::new(ms(start), ms(start.saturating_add(len)))
}

/// Tells speech from other sound on one channel. `audio` runs it; `speech` brings one (Silero), `audio` the other.
pub trait VoiceDetector: Send {
    /// Samples of [`SAMPLE_RATE_HZ`] behind each probability.
    fn frame_samples(&self) -> usize;

    /// Samples that are best handed over at a time: a multiple of [`Self::frame_samples`]. What is found must not depend
    /// on it, what it costs may.
    fn block_samples(&self) -> usize {
        self.frame_samples()
    }

    /// Forgets what it heard: to be called before another channel.
    fn reset(&mut self);

    /// Appends to `probabilities` one value in 0 to 1 for each whole frame of `samples`, which go on where the last call
    /// ended. Samples past the last whole frame are not read.
    ///
    /// # Errors
    ///
    /// Says what the detector's engine said; the recording then fails with it.
    fn probabilities(
        &mut self,
        samples: &[f32],
        probabilities: &mut Vec<f32>,
    ) -> Result<(), String>;
}
