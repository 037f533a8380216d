//! Packs the speech of one channel into windows for the recognizer.
//!
//! An encoder pass costs the same for 3 s as for 26 s (or nearly so: see `whisper`), so the stretches of one speaker are
//! joined as long as they fit. 26 s and not 30, because Whisper writes at most 220 tokens into a window, and silence-free
//! Russian speech of 30 s can need more (`asr.md` 1). Windows come out while the call is still being read; only the
//! window being filled is held. The same stretches give the same windows, however they arrive.
//!
//! It does not look for speech: what is silence was decided before.

use crate::call::Speaker;
use crate::sound::{SAMPLE_RATE_HZ, SAMPLES_PER_MS, Stretch};
use crate::speech::window::{Part, Window, quietest};

/// Longest window in samples.
const MOST: usize = 26 * SAMPLE_RATE_HZ as usize;

/// Silence between two joined stretches, in samples. The stretches bring their own margins of real sound.
const JOINT: usize = 200 * SAMPLES_PER_MS as usize;

/// Stretches further apart than this in the call are not joined: nothing connects them, and a wrong time would be far off.
const FARTHEST: u64 = 30 * SAMPLE_RATE_HZ as u64;

/// Joins the stretches of one channel to windows.
#[derive(Debug)]
pub struct Packer {
    speaker: Speaker,
    samples: Vec<f32>,
    parts: Vec<Part>,
}

impl Packer {
    /// A packer for one channel.
    pub fn new(speaker: Speaker) -> Self {
        Self { speaker, samples: Vec::new(), parts: Vec::new() }
    }

    /// Takes the next stretch, and hands each window that is full to `sink`.
    pub fn push(&mut self, stretch: &Stretch, sink: &mut dyn FnMut(Window)) {
        let mut start = stretch.start_sample;
        let mut rest = stretch.samples.as_slice();
        while rest.len() > MOST {
            // Nobody should send these; if one comes, it is cut where its last five seconds are quietest.
            let cut = quietest(rest, MOST - 5 * SAMPLE_RATE_HZ as usize..MOST);
            self.add(start, &rest[..cut], sink);
            start += cut as u64;
            rest = &rest[cut..];
        }
        self.add(start, rest, sink);
    }

    /// The window that is not full yet, if there is one; to be called at the end of the call.
    pub fn finish(&mut self) -> Option<Window> {
        if self.parts.is_empty() {
            return None;
        }
        Some(Window {
            speaker: self.speaker,
            samples: std::mem::take(&mut self.samples),
            parts: std::mem::take(&mut self.parts),
        })
    }

    fn add(&mut self, start: u64, samples: &[f32], sink: &mut dyn FnMut(Window)) {
        if samples.is_empty() {
            return;
        }
        if let Some(last) = self.parts.last() {
            let gap = start.saturating_sub(last.start_sample + last.len as u64);
            // Speech that was cut for its length goes on without a joint.
            let joint = if gap == 0 { 0 } else { JOINT };
            if gap > FARTHEST || self.samples.len() + joint + samples.len() > MOST {
                if let Some(window) = self.finish() {
                    sink(window);
                }
            } else {
                self.samples.resize(self.samples.len() + joint, 0.0);
            }
        }
        self.parts.push(Part { at_sample: self.samples.len(), len: samples.len(), start_sample: start });
        self.samples.extend_from_slice(samples);
    }
}
