//! Takes out of a lane's voicing what is no speech: silence, tones, music, noise, and the other side's voice.

use std::ops::Range;

use crate::audio::music::{STEP, music};
use crate::audio::spectrum::{Frame, HOP, QUIET};
use crate::audio::tones::tones;
use crate::audio::vad::Voicing;

/// Sets to 0 what `frames` show to be no speech. `crosstalk` lists frames that carry the other side.
pub(super) fn apply(frames: &[Frame], crosstalk: &[bool], voicing: &mut Voicing) {
    let tones = tones(frames);
    let music = music(frames, voicing, &tones);
    let rejected = |at: usize| {
        tones[at]
            || frames[at].level < QUIET
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

fn samples(frames: Range<usize>) -> Range<u64> {
    (frames.start * HOP) as u64..(frames.end * HOP) as u64
}
