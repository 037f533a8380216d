//! Who is on which channel, and whether the channels carry two sides at all.
//!
//! Telephone systems write the same mixed sound on both channels, or leave one empty, more often than one would think;
//! grading such a recording as two speakers would blame each for the other's words.

use crate::audio::ManagerChannel;
use crate::call::Speaker;

/// Both channels are one when they correlate at least so (MP3 at 16 kbit/s keeps 0.99) ...
const LEAST_CORRELATION: f64 = 0.95;
/// ... and are about equally loud (10 dB): faint crosstalk on a silent channel correlates as well.
const MOST_POWER_RATIO: f64 = 10.0;
/// A channel whose loudest piece stays under this RMS (-66 dB) carries no sound: the idle noise of A-law lies at -72 dB.
const SILENT_RMS: f32 = 5e-4;
/// Samples in a piece whose loudness counts: 16 ms.
const LOUDNESS_PIECE: usize = 256;

/// Whose channel each lane is.
pub(super) fn speakers(lanes: usize, manager: ManagerChannel, is_pair: bool) -> Vec<Speaker> {
    match (lanes, manager) {
        (2, ManagerChannel::Right) if !is_pair => vec![Speaker::Client, Speaker::Manager],
        (2, _) => vec![Speaker::Manager, Speaker::Client],
        (lanes, _) => vec![Speaker::Unknown; lanes],
    }
}

/// Compares lanes as they go by.
#[derive(Clone, Debug, Default)]
pub(super) struct Comparison {
    loudest_rms: Vec<f32>,
    powers: [f64; 2],
    product: f64,
}

impl Comparison {
    /// Takes the next piece of every lane.
    pub(super) fn push(&mut self, pieces: &[Vec<f32>]) {
        self.loudest_rms.resize(pieces.len(), 0.0);
        for (loudest, piece) in self.loudest_rms.iter_mut().zip(pieces) {
            for part in piece.chunks(LOUDNESS_PIECE) {
                let power = part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32;
                *loudest = loudest.max(power.sqrt());
            }
        }
        if let [left, right] = pieces {
            let sum =
                |a: &[f32], b: &[f32]| f64::from(a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>());
            self.powers[0] += sum(left, left);
            self.powers[1] += sum(right, right);
            self.product += sum(left, right);
        }
    }

    /// Whether both lanes carry the same sound (also with opposite sign).
    pub(super) fn is_dual_mono(&self) -> bool {
        let [left, right] = self.powers;
        let (quiet, loud) = (left.min(right), left.max(right));
        self.loudest_rms.len() == 2
            && self.loudest_rms.iter().all(|rms| *rms >= SILENT_RMS)
            && loud <= MOST_POWER_RATIO * quiet
            && self.product.abs() >= LEAST_CORRELATION * (left * right).sqrt()
    }

    /// Lanes without any sound.
    pub(super) fn silent(&self) -> Vec<usize> {
        (0..self.loudest_rms.len()).filter(|lane| self.loudest_rms[*lane] < SILENT_RMS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32, gain: f32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..16000).map(|_| gain * next()).collect()
    }

    #[track_caller]
    fn check(left: &[f32], right: &[f32], dual_mono: bool, silent: &[usize]) {
        let mut comparison = Comparison::default();
        comparison.push(&[left.to_vec(), right.to_vec()]);
        assert_eq!((comparison.is_dual_mono(), comparison.silent()), (dual_mono, silent.to_vec()));
    }

    #[test]
    fn same_sound_twice_is_dual_mono() {
        check(&noise(1, 0.5), &noise(1, 0.5), true, &[]);
        check(&noise(1, 0.5), &noise(1, 0.3), true, &[]);
        check(&noise(1, 0.5), &noise(2, 0.5), false, &[]);
    }

    #[test]
    fn faint_crosstalk_is_not_dual_mono() {
        check(&noise(1, 0.5), &noise(1, 0.01), false, &[]);
    }

    #[test]
    fn channel_without_sound_is_found() {
        check(&noise(1, 0.5), &vec![0.0; 16000], false, &[1]);
        check(&noise(1, 1e-4), &noise(1, 1e-4), false, &[0, 1]);
    }

    #[test]
    fn manager_is_where_the_options_say() {
        use ManagerChannel::{Left, Right};
        assert_eq!(speakers(2, Left, false), [Speaker::Manager, Speaker::Client]);
        assert_eq!(speakers(2, Right, false), [Speaker::Client, Speaker::Manager]);
        assert_eq!(speakers(2, Right, true), [Speaker::Manager, Speaker::Client]);
        assert_eq!(speakers(1, Left, false), [Speaker::Unknown]);
    }
}
