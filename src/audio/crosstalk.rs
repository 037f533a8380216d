//! Finds where a lane carries the other side's voice: the echo of a hybrid, a headset turned up too far.
//!
//! Such sound is much weaker than its original and follows its shape within a tenth of a second. Both must hold, for a
//! quarter of a second at a time: a client who speaks softly while the manager talks is weaker too, but not alike.

use std::collections::VecDeque;

use crate::audio::lanes::PIECE;
use crate::audio::spectrum::HOP;

/// The copy has at most this share of the original's power: -12 dB.
const MOST_POWER: f32 = 0.063;
/// Correlation from which it is a copy; two voices reach 0.4 by chance over so many lags.
const LEAST_CORRELATION: f32 = 0.6;
/// The comparison is done at 4 kHz: a voice's first formants are enough.
const DECIMATION: usize = 4;
/// Longest way of an echo, in samples of 4 kHz: 100 ms.
const MOST_LAG: usize = 400;
/// An original under this mean power (-50 dB) leaves nothing to hear on the other side.
const LEAST_ORIGINAL: f32 = 1e-5;

/// Compares two lanes as they go by.
#[derive(Clone, Debug, Default)]
pub(super) struct Crosstalk {
    history: [VecDeque<f32>; 2],
    /// For each lane, whether a frame of [`HOP`] samples carries the other side.
    pub marks: [Vec<bool>; 2],
}

impl Crosstalk {
    /// Takes the next piece of every lane; does nothing unless there are two.
    pub(super) fn push(&mut self, pieces: &[Vec<f32>]) {
        let [left, right] = pieces else { return };
        let sounds = [decimated(left), decimated(right)];
        for (history, sound) in self.history.iter_mut().zip(&sounds) {
            history.extend(sound);
            let past = history.len().saturating_sub(sound.len() + MOST_LAG);
            history.drain(..past);
        }
        let frames = left.len().min(PIECE).div_ceil(HOP);
        for lane in 0..2 {
            let original = self.history[1 - lane].make_contiguous();
            let is_copy = is_copy(&sounds[lane], &sounds[1 - lane], original);
            self.marks[lane].extend(std::iter::repeat_n(is_copy, frames));
        }
    }
}

fn decimated(samples: &[f32]) -> Vec<f32> {
    samples.chunks(DECIMATION).map(|part| part.iter().sum::<f32>() / part.len() as f32).collect()
}

/// Sum of products, in eight running sums: one sum alone must be added up in order and would keep the processor from
/// doing several at a time.
fn product(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    let (left, right) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest: f32 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in left.zip(right) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().sum::<f32>() + rest
}

fn power(samples: &[f32]) -> f32 {
    product(samples, samples)
}

/// Whether `sound` is a weak copy of `now`, whose past is `original` (which ends with `now`).
fn is_copy(sound: &[f32], now: &[f32], original: &[f32]) -> bool {
    let (own, other) = (power(sound), power(now));
    if own <= 0.0 || other < LEAST_ORIGINAL * now.len() as f32 || own > MOST_POWER * other {
        return false;
    }
    // The power of what is compared moves on by a sample at a time; in f64, so that nothing is left over from what has gone.
    let mut shifted = f64::from(power(&original[..sound.len()]));
    (0..=original.len() - sound.len()).any(|start| {
        let end = start + sound.len();
        let least = LEAST_CORRELATION * (own * shifted.max(0.0) as f32).sqrt();
        // What was silent then has nothing that could come back.
        let found = least > 0.0 && product(sound, &original[start..end]).abs() >= least;
        if let Some(next) = original.get(end) {
            shifted += f64::from(*next).powi(2) - f64::from(original[start]).powi(2);
        }
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32, len: usize) -> Vec<f32> {
        let mut state = seed;
        let mut last = 0.0;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Low-pass, as voices are.
                last = 0.9 * last + 0.1 * ((state >> 8) as f32 / 8_388_608.0 - 1.0);
                last
            })
            .collect()
    }

    /// `left` as it is, `right` as a mix of `gain` times its echo and `own` times another sound.
    #[track_caller]
    fn check(gain: f32, delay: usize, own: f32, expected: bool) {
        let (left, other) = (noise(1, 4 * PIECE), noise(2, 4 * PIECE));
        let right: Vec<f32> = (0..left.len())
            .map(|at| own * other[at] + at.checked_sub(delay).map_or(0.0, |at| gain * left[at]))
            .collect();
        let mut crosstalk = Crosstalk::default();
        for (left, right) in left.chunks(PIECE).zip(right.chunks(PIECE)) {
            crosstalk.push(&[left.to_vec(), right.to_vec()]);
        }
        assert_eq!(crosstalk.marks[1][32..], [expected; 32]);
        assert_eq!(crosstalk.marks[0], [false; 64]);
    }

    #[test]
    fn weak_copy_is_crosstalk() {
        check(0.1, 0, 0.0, true);
        check(0.1, 800, 0.05, true);
    }

    #[test]
    fn soft_voice_while_the_other_side_begins_is_its_own() {
        let mut original = vec![0.0; 1000];
        original[620..].copy_from_slice(&noise(1, 380));
        let soft: Vec<f32> = noise(2, 1000).iter().map(|x| 0.05 * x).collect();
        assert!(!is_copy(&soft, &original, &[vec![0.0; MOST_LAG], original.clone()].concat()));
    }

    #[test]
    fn strong_or_different_sound_is_not() {
        check(0.5, 0, 0.0, false);
        check(0.0, 0, 0.1, false);
        check(0.02, 0, 0.2, false);
    }
}
