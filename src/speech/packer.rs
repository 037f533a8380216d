//! Packs the speech of one channel into windows for the recognizer.
//!
//! An encoder pass costs the same for 3 s as for 26 s (or nearly so: see `whisper`), so the stretches of one speaker are
//! joined as long as they fit. 26 s and not 30, because Whisper writes at most 220 tokens into a window, and silence-free
//! Russian speech of 30 s can need more (`asr.md` 1); a model may want them shorter. Windows come out while the call is still being read; only the
//! window being filled is held. The same stretches give the same windows, however they arrive.
//!
//! It does not look for speech: what is silence was decided before.

use crate::call::Speaker;
use crate::sound::{SAMPLE_RATE_HZ, SAMPLES_PER_MS, Stretch};
use crate::speech::window::{Part, Window, quietest};

/// Longest window in samples, for any model.
const MOST: usize = 26 * SAMPLE_RATE_HZ as usize;

/// A window can be no shorter than the last part of it, in which a long stretch is cut.
const CUT_WITHIN: usize = 5 * SAMPLE_RATE_HZ as usize;

/// Silence between two joined stretches, in samples. The stretches bring their own margins of real sound.
const JOINT: usize = 200 * SAMPLES_PER_MS as usize;

/// Stretches further apart than this in the call are not joined: nothing connects them, and a wrong time would be far off.
const FARTHEST: u64 = 30 * SAMPLE_RATE_HZ as u64;

/// Joins the stretches of one channel to windows.
#[derive(Debug)]
pub struct Packer {
    speaker: Speaker,
    most: usize,
    samples: Vec<f32>,
    parts: Vec<Part>,
}

impl Packer {
    /// A packer for one channel, with windows of up to `window_ms` (10 to 26 s; what lies outside is taken for the
    /// nearer bound).
    pub fn new(speaker: Speaker, window_ms: u32) -> Self {
        let most = ((window_ms * SAMPLES_PER_MS) as usize).clamp(2 * CUT_WITHIN, MOST);
        Self { speaker, most, samples: Vec::new(), parts: Vec::new() }
    }

    /// Takes the next stretch, and hands each window that is full to `sink`.
    pub fn push(&mut self, stretch: &Stretch, sink: &mut dyn FnMut(Window)) {
        let mut start = stretch.start_sample;
        let mut rest = stretch.samples.as_slice();
        while rest.len() > self.most {
            // Survey sends none over 25 s; with shorter windows they are cut where the last five seconds are quietest.
            let cut = quietest(rest, self.most - CUT_WITHIN..self.most);
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
            if gap > FARTHEST || self.samples.len() + joint + samples.len() > self.most {
                if let Some(window) = self.finish() {
                    sink(window);
                }
            } else {
                self.samples.resize(self.samples.len() + joint, 0.0);
            }
        }
        self.parts.push(Part {
            at_sample: self.samples.len(),
            len: samples.len(),
            start_sample: start,
        });
        self.samples.extend_from_slice(samples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Windows of stretches that are given as (start, length) in milliseconds.
    fn pack(stretches: &[(u32, u32)]) -> Vec<Window> {
        pack_at_most(stretches, 26_000)
    }

    fn pack_at_most(stretches: &[(u32, u32)], window_ms: u32) -> Vec<Window> {
        let mut packer = Packer::new(Speaker::Manager, window_ms);
        let mut windows = Vec::new();
        for &(start_ms, len_ms) in stretches {
            let stretch = Stretch {
                start_sample: u64::from(start_ms) * u64::from(SAMPLES_PER_MS),
                samples: vec![0.5; (len_ms * SAMPLES_PER_MS) as usize],
            };
            packer.push(&stretch, &mut |window| windows.push(window));
        }
        windows.extend(packer.finish());
        windows
    }

    /// Windows as their lengths and numbers of parts.
    #[track_caller]
    fn check(stretches: &[(u32, u32)], expected: &[(u32, usize)]) {
        let found: Vec<(u32, usize)> =
            pack(stretches).iter().map(|window| (window.len_ms(), window.parts.len())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn shorter_windows_are_filled_and_never_overfilled() {
        let lengths = |window_ms: u32| -> Vec<u32> {
            let stretches = [(0, 9000), (9500, 8000), (18_000, 25_000)];
            pack_at_most(&stretches, window_ms).iter().map(Window::len_ms).collect()
        };
        assert_eq!(lengths(26_000), [17_200, 25_000]);
        // A stretch without a quiet place is cut as early as allowed, in the middle of 20 ms.
        assert_eq!(lengths(17_800), [17_200, 12_810, 12_190]);
        assert!(lengths(1).iter().all(|len| *len <= 10_000));
        assert_eq!(lengths(60_000), lengths(26_000));
    }

    #[test]
    fn stretches_are_joined_with_silence_between() {
        check(&[(0, 2000), (5000, 3000)], &[(5200, 2)]);
        let window = &pack(&[(0, 2000), (5000, 3000)])[0];
        assert!(window.samples[32_000..35_200].iter().all(|&sample| sample.abs() < 1e-9));
        assert_eq!(window.parts[1].at_sample, 35_200);
    }

    #[test]
    fn window_is_never_longer_than_26_seconds() {
        check(&[(0, 13_000), (14_000, 12_800)], &[(26_000, 2)]);
        check(&[(0, 13_000), (14_000, 12_801)], &[(13_000, 1), (12_801, 1)]);
    }

    #[test]
    fn stretches_far_apart_are_not_joined() {
        check(&[(0, 1000), (31_000, 1000)], &[(2200, 2)]);
        check(&[(0, 1000), (31_001, 1000)], &[(1000, 1), (1000, 1)]);
    }

    #[test]
    fn speech_that_was_cut_goes_on_without_a_joint() {
        check(&[(0, 10_000), (10_000, 10_000)], &[(20_000, 2)]);
    }

    #[test]
    fn stretch_that_is_too_long_is_cut() {
        let windows = pack(&[(0, 60_000)]);
        assert!(windows.iter().all(|window| window.samples.len() <= MOST));
        assert_eq!(windows.iter().map(Window::speech_ms).sum::<u32>(), 60_000);
    }

    #[test]
    fn nothing_gives_no_window() {
        check(&[], &[]);
        check(&[(0, 0)], &[]);
    }

    proptest! {
        #[test]
        fn every_sample_is_in_exactly_one_window(gaps in prop::collection::vec((0_u32..40_000, 1_u32..25_000), 1..30)) {
            let mut at = 0;
            let stretches: Vec<(u32, u32)> = gaps
                .iter()
                .map(|&(gap, len)| {
                    let start = at + gap;
                    at = start + len;
                    (start, len)
                })
                .collect();
            let windows = pack(&stretches);
            let parts: Vec<(u64, usize)> = windows
                .iter()
                .flat_map(|window| window.parts.iter().map(|part| (part.start_sample, part.len)))
                .collect();
            let given: Vec<(u64, usize)> =
                stretches.iter().map(|&(start, len)| (u64::from(start) * 16, len as usize * 16)).collect();
            prop_assert_eq!(parts, given);
            for window in &windows {
                prop_assert!(window.samples.len() <= MOST);
                // Part and window agree about where the sound lies.
                for part in &window.parts {
                    prop_assert!(window.samples[part.at_sample..part.at_sample + part.len].iter().all(|&s| s > 0.4));
                }
            }
        }
    }
}
