//! Music and noise that a voice activity model takes for speech.
//!
//! Judged over windows of three seconds, as single notes can sound like vowels. Four figures decide: how much of what
//! stands out of the spectrum is held in place, in how many frames anything is held, how much of it comes back to where
//! it has been, and how much the level changes from frame to frame. Voices of four languages and espeak-ng hold nearly
//! nothing and come back to nearly nothing; every kind of music does, but bare drums.
//!
//! The weights come from logistic regression on synthesized music against espeak-ng's Russian voices, both also through
//! GSM and over lines that hiss: `scripts/music_gate.py` makes the sounds, lets this code compute the figures and prints the
//! weights below, with espeak-ng 1.51 and ffmpeg 5.1.9 (area under the curve 0.9989). Bare drums are not among the sounds, for
//! nothing in them is held: with them the fit let through three times as much of other music. Which sounds to fit on was
//! chosen by 18 minutes of real hold music, of which 1.8 % is called speech (drums and effects), and recorded prompts in five
//! languages, of whose speech 99.8 % and more is kept. Of recordings that chose nothing: another 200 s of hold music, none of
//! it called speech; real Russian speech, telephone and microphone, of which 97.4 to 99.8 % is kept, as without the gate. (What
//! speech is, says Silero there, at 0.5.)
//! Bare drums pass whole, fast arpeggios a fifth of the time, a solo with vibrato a tenth.
//! Noise is told by its level, which barely changes.

use crate::audio::spectrum::{Frame, QUIET};
use crate::audio::vad::Voicing;

/// Frames that are judged together: 256 ms.
pub(super) const STEP: usize = 16;
/// Frames in a window: three seconds.
const WINDOW: usize = 188;
/// Windows with fewer frames that may be speech tell nothing.
const FEWEST_FRAMES: usize = 12;
/// Frames count as possible speech from this probability on, of 255.
const VOICED: u8 = 102;
/// A frame holds something when this share of its bins is held, of 255.
const HOLDS: u8 = 13;
/// Held shares over this say no more, of 255.
const MOST_HELD: u8 = 128;
/// Level changes are looked at this far down from the loud frames, in half decibels.
const LEVEL_RANGE: u8 = 60;

/// Weights of the score: positive is speech.
const BIAS: f32 = 2.54;
/// For the square root of the mean held share.
const HELD_WEIGHT: f32 = -13.34;
/// For the share of frames that hold something.
const HOLDING_WEIGHT: f32 = -5.00;
/// For the square root of the mean recurring share.
const RECURRING_WEIGHT: f32 = -10.66;
/// For the mean change of level, in decibels a frame.
const CHANGE_WEIGHT: f32 = 1.26;

/// A window under this is music ...
const MUSIC_SCORE: f32 = -0.8;
/// ... and one over this is speech; between them, what lies between music on both sides is music.
const SPEECH_SCORE: f32 = 0.8;
/// Noise: the level's standard deviation over a window, in decibels. Stationary noise has 0.4 to 1.2, music from 1.3
/// on, speech over noise 10 dB below it from 3 on.
const NOISE_DEVIATION_DB: f32 = 1.8;

/// More unclear steps than these are speech: a second and a half.
const MOST_UNCLEAR: usize = 6;
/// Music lasts: shorter sound than this, in frames that may be speech (2.4 s), is none.
const LEAST_MUSIC_FRAMES: usize = 150;
/// Only frames at most this far under a window's loud frames are looked at, in half decibels: a hum in the pauses of a
/// voice is no music.
const LOUD_RANGE: u8 = 2 * 15;

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Speech,
    Music,
    Noise,
    Unclear,
}

/// Which steps of [`STEP`] frames are music or noise. Frames marked in `skip` (tones) are left out.
pub(super) fn music(frames: &[Frame], voicing: &Voicing, skip: &[bool]) -> Vec<bool> {
    let steps = frames.len().div_ceil(STEP);
    let verdicts: Vec<Verdict> =
        (0..steps).map(|step| judge(frames, voicing, skip, window(frames.len(), step))).collect();
    let mut settled = settle(&verdicts);
    // What is short may be a monotonous answer between long silences.
    let voiced = |step: usize| {
        (step * STEP..((step + 1) * STEP).min(frames.len()))
            .filter(|at| !skip[*at] && voicing.level_at(*at, VOICED) >= VOICED)
            .count()
    };
    let mut at = 0;
    while at < steps {
        let end = at + settled[at..].iter().take_while(|music| **music == settled[at]).count();
        let is_noise = verdicts[at..end].contains(&Verdict::Noise);
        if !is_noise && (at..end).map(voiced).sum::<usize>() < LEAST_MUSIC_FRAMES {
            settled[at..end].fill(false);
        }
        at = end;
    }
    settled
}

/// The window around a step, whole where the lane is long enough.
fn window(frames: usize, step: usize) -> std::ops::Range<usize> {
    let middle = step * STEP + STEP / 2;
    let start = middle.saturating_sub(WINDOW / 2).min(frames.saturating_sub(WINDOW));
    start..(start + WINDOW).min(frames)
}

/// What each step of a lane is judged by.
#[cfg(test)]
pub(super) fn all_figures(
    frames: &[Frame],
    voicing: &Voicing,
    skip: &[bool],
) -> Vec<Option<Figures>> {
    (0..frames.len().div_ceil(STEP))
        .map(|step| figures(frames, voicing, skip, window(frames.len(), step)))
        .collect()
}

fn judge(
    frames: &[Frame],
    voicing: &Voicing,
    skip: &[bool],
    window: std::ops::Range<usize>,
) -> Verdict {
    let Some(figures) = figures(frames, voicing, skip, window) else { return Verdict::Unclear };
    if figures.deviation_db < NOISE_DEVIATION_DB {
        return Verdict::Noise;
    }
    match figures.score() {
        score if score < MUSIC_SCORE => Verdict::Music,
        score if score > SPEECH_SCORE => Verdict::Speech,
        _ => Verdict::Unclear,
    }
}

/// What a window is judged by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figures {
    /// Square root of the mean share of the spectrum's peaks that are held.
    pub held_root: f32,
    /// Share of the frames that hold something.
    pub holding: f32,
    /// Square root of the mean share of the peaks that recur.
    pub recurring_root: f32,
    /// Mean change of the level, in decibels a frame.
    pub change_db: f32,
    /// Standard deviation of the level, in decibels.
    pub deviation_db: f32,
}

impl Figures {
    /// Speech is over 0, music under it.
    pub(super) fn score(&self) -> f32 {
        BIAS + HELD_WEIGHT * self.held_root
            + HOLDING_WEIGHT * self.holding
            + RECURRING_WEIGHT * self.recurring_root
            + CHANGE_WEIGHT * self.change_db
    }
}

/// The figures of a window; `None` where too little of it may be speech to tell.
fn figures(
    frames: &[Frame],
    voicing: &Voicing,
    skip: &[bool],
    window: std::ops::Range<usize>,
) -> Option<Figures> {
    let used = || window.clone().filter(|at| !skip[*at]);
    let mut counts = [0_u32; 256];
    let mut total = 0;
    for at in used() {
        counts[usize::from(frames[at].level)] += 1;
        total += 1;
    }
    let top = percentile(&counts, total * 9 / 10);
    let floor = top.saturating_sub(LEVEL_RANGE);
    let voiced = || {
        let loud = top.saturating_sub(LOUD_RANGE).max(QUIET);
        used()
            .filter(move |at| frames[*at].level >= loud && voicing.level_at(*at, VOICED) >= VOICED)
    };
    let count = voiced().count();
    if count < FEWEST_FRAMES {
        return None;
    }
    let per_frame = |sum: f32| sum / count as f32;
    let held =
        per_frame(voiced().map(|at| f32::from(frames[at].held.min(MOST_HELD))).sum()) / 255.0;
    let holding = per_frame(voiced().map(|at| f32::from(u8::from(frames[at].held >= HOLDS))).sum());
    let recurring = per_frame(voiced().map(|at| f32::from(frames[at].recurring)).sum()) / 255.0;
    let levels: Vec<f32> = used().map(|at| f32::from(frames[at].level.max(floor)) / 2.0).collect();
    let mean = levels.iter().sum::<f32>() / levels.len() as f32;
    let variance =
        levels.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / levels.len() as f32;
    let change_db = levels.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f32>()
        / (levels.len() - 1).max(1) as f32;
    Some(Figures {
        held_root: held.sqrt(),
        holding,
        recurring_root: recurring.sqrt(),
        change_db,
        deviation_db: variance.sqrt(),
    })
}

fn percentile(counts: &[u32; 256], rank: u32) -> u8 {
    let mut seen = 0;
    for (value, count) in counts.iter().enumerate() {
        seen += count;
        if seen > rank {
            return value as u8;
        }
    }
    u8::MAX
}

/// A few unclear steps are music where the steps on both sides are; the ends of a lane side with what is there.
fn settle(verdicts: &[Verdict]) -> Vec<bool> {
    let mut settled = vec![false; verdicts.len()];
    let mut at = 0;
    while at < verdicts.len() {
        let end = at + verdicts[at..].iter().take_while(|v| **v == verdicts[at]).count();
        let is_music = match verdicts[at] {
            Verdict::Music | Verdict::Noise => true,
            Verdict::Speech => false,
            Verdict::Unclear => {
                let before = at.checked_sub(1).map(|before| verdicts[before]);
                let after = verdicts.get(end).copied();
                end - at <= MOST_UNCLEAR
                    && [before, after].iter().flatten().all(|v| *v == Verdict::Music)
                    && (before.is_some() || after.is_some())
            }
        };
        settled[at..end].fill(is_music);
        at = end;
    }
    settled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unclear_steps_side_with_music_only_when_both_sides_are() {
        #[track_caller]
        fn check(verdicts: &str, expected: &str) {
            let verdicts: Vec<Verdict> = verdicts
                .chars()
                .map(|c| match c {
                    'm' => Verdict::Music,
                    's' => Verdict::Speech,
                    _ => Verdict::Unclear,
                })
                .collect();
            let settled: String =
                settle(&verdicts).iter().map(|music| if *music { 'm' } else { 's' }).collect();
            assert_eq!(settled, expected);
        }
        check("m??ms??mm?s", "mmmmssssmms".replace("ssssmms", "sssmmss").as_str());
        check("??", "ss");
        check("?m?", "mmm");
        check("?s?", "sss");
        check("", "");
    }
}
