//! Takes out of a lane's voicing what is no speech: silence, tones, music, noise, and the other side's voice.

use std::ops::Range;

use crate::audio::music::{STEP, music};
use crate::audio::spectrum::{Frame, HOP, QUIET};
use crate::audio::tones::tones;
use crate::audio::vad::Voicing;

/// Silence lies at most this far over the quietest tenth of a lane ...
const OVER_NOISE: u8 = 2 * 6;
/// ... and at least this far under its loud frames, in half decibels: consonants lie 20 dB under vowels.
const UNDER_SPEECH: u8 = 2 * 25;

/// The level under which a lane is silent: its own noise, which voice activity models may take for speech.
fn silence(frames: &[Frame]) -> u8 {
    let mut levels: Vec<u8> = frames.iter().map(|frame| frame.level).collect();
    levels.sort_unstable();
    let at = |percent: usize| levels.get(levels.len() * percent / 100).copied().unwrap_or(QUIET);
    let noise = at(10).saturating_add(OVER_NOISE);
    noise.min(at(95).saturating_sub(UNDER_SPEECH)).max(QUIET)
}

/// Sets to 0 what `frames` show to be no speech. `crosstalk` lists frames that carry the other side.
pub(super) fn apply(frames: &[Frame], crosstalk: &[bool], voicing: &mut Voicing) {
    let silence = silence(frames);
    let tones = tones(frames);
    let music = music(frames, voicing, &tones);
    let rejected = |at: usize| {
        tones[at]
            || frames[at].level < silence
            || music[at / STEP]
            || crosstalk.get(at).copied().unwrap_or(false)
    };
    let mut at = 0;
    while at < frames.len() {
        if rejected(at) {
            let end = (at..frames.len()).find(|next| !rejected(*next)).unwrap_or(frames.len());
            voicing.silence(&samples(at..end));
            at = end;
        } else {
            at += 1;
        }
    }
}

/// The samples of frames.
fn samples(frames: Range<usize>) -> Range<u64> {
    (frames.start * HOP) as u64..(frames.end * HOP) as u64
}
