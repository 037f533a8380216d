//! Signal tones of the telephone network: ring-back, busy, dial tone, DTMF, fax, information tones.
//!
//! A tone is nearly all of the sound, in one or two partials that stand still. A voice comes close to that for a
//! tenth of a second at most, on a long vowel or a hum, so that short tones are believed at known frequencies only.

use crate::audio::spectrum::{BIN_HZ, Frame, QUIET};

/// Share of the power in the two strongest partials of a tone (the rest is noise of the line), of 255.
const TONAL: u8 = 240;
/// The same for DTMF, whose bursts are shorter than the analysis window.
const DTMF_TONAL: u8 = 215;
/// Most change of level from frame to frame within a tone, in half decibels.
const STEADY: u8 = 4;
/// Tones of known frequency are believed after 190 ms ...
const KNOWN_FRAMES: usize = 12;
/// ... others after 400 ms.
const ANY_FRAMES: usize = 25;
/// Frames at both ends in which a tone starts and stops.
const EDGE_FRAMES: usize = 5;

/// Ring-back and busy (425 Hz in Russia and most of Europe, 350 to 620 Hz elsewhere), information tones, fax.
const KNOWN_HZ: &[f32] =
    &[350.0, 400.0, 425.0, 440.0, 450.0, 480.0, 620.0, 950.0, 1100.0, 1400.0, 1800.0, 2100.0];
const DTMF_LOW_HZ: &[f32] = &[697.0, 770.0, 852.0, 941.0];
const DTMF_HIGH_HZ: &[f32] = &[1209.0, 1336.0, 1477.0, 1633.0];

/// Which frames belong to a tone.
pub(super) fn tones(frames: &[Frame]) -> Vec<bool> {
    let mut marks = vec![false; frames.len()];
    let mut start = 0;
    for at in 0..=frames.len() {
        if at < frames.len() && continues(&frames[start..at], frames[at]) {
            continue;
        }
        let run = &frames[start..at];
        let needed =
            if run.first().copied().is_some_and(is_known) { KNOWN_FRAMES } else { ANY_FRAMES };
        if run.len() >= needed {
            mark_with_edges(frames, &mut marks, start, at);
        }
        // The frame that ends a run may begin the next.
        start = if at < frames.len() && is_tonal(frames[at]) { at } else { at + 1 };
    }
    for (at, frame) in frames.iter().enumerate() {
        if is_dtmf(*frame) {
            mark_with_edges(frames, &mut marks, at, at + 1);
        }
    }
    marks
}

fn is_tonal(frame: Frame) -> bool {
    frame.tonal >= TONAL && frame.level >= QUIET
}

/// Whether `next` goes on with the tone of `run` (or may begin one, where that is empty).
fn continues(run: &[Frame], next: Frame) -> bool {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return is_tonal(next) };
    // Of two equally strong partials either may be the first.
    let same =
        next.peaks[0].abs_diff(first.peaks[0]) <= 1 || next.peaks[0].abs_diff(first.peaks[1]) <= 1;
    is_tonal(next) && same && next.level.abs_diff(last.level) <= STEADY
}

fn near(bin: u8, frequencies_hz: &[f32]) -> bool {
    frequencies_hz.iter().any(|hz| (f32::from(bin) - hz / BIN_HZ).abs() <= 1.0)
}

fn is_known(frame: Frame) -> bool {
    near(frame.peaks[0], KNOWN_HZ)
}

fn is_dtmf(frame: Frame) -> bool {
    let [a, b] = [frame.peaks[0].min(frame.peaks[1]), frame.peaks[0].max(frame.peaks[1])];
    frame.tonal >= DTMF_TONAL
        && frame.level >= QUIET
        && near(a, DTMF_LOW_HZ)
        && near(b, DTMF_HIGH_HZ)
}

/// Marks a tone and what of its start and end lies around it: frames with the same strongest partial, or quieter ones.
fn mark_with_edges(frames: &[Frame], marks: &mut [bool], start: usize, end: usize) {
    let tone = frames[start];
    let belongs = |frame: &Frame| {
        tone.peaks.iter().any(|peak| frame.peaks[0].abs_diff(*peak) <= 2)
            || frame.level + 12 < tone.level
    };
    marks[start..end].fill(true);
    for at in (start.saturating_sub(EDGE_FRAMES)..start).rev() {
        if !belongs(&frames[at]) {
            break;
        }
        marks[at] = true;
    }
    for at in end..(end + EDGE_FRAMES).min(frames.len()) {
        if !belongs(&frames[at]) {
            break;
        }
        marks[at] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::spectrum::level;

    fn tone(hz: f32, count: usize) -> Vec<Frame> {
        let peaks = [(hz / BIN_HZ).round() as u8, 100];
        vec![Frame { level: level(-20.0), held: 255, recurring: 0, tonal: 250, peaks }; count]
    }

    fn voice(count: usize) -> Vec<Frame> {
        vec![
            Frame { level: level(-20.0), held: 0, recurring: 0, tonal: 180, peaks: [15, 30] };
            count
        ]
    }

    #[track_caller]
    fn check(parts: &[Vec<Frame>], expected_marks: usize) {
        let marks = tones(&parts.concat());
        assert_eq!(marks.iter().filter(|mark| **mark).count(), expected_marks);
    }

    #[test]
    fn long_tones_are_found_and_short_ones_at_known_frequencies() {
        check(&[voice(50), tone(425.0, 20), voice(50)], 20);
        check(&[voice(50), tone(555.0, 20), voice(50)], 0);
        check(&[voice(50), tone(555.0, 30), voice(50)], 30);
        check(&[voice(50), tone(425.0, 8), voice(50)], 0);
    }

    #[test]
    fn voice_right_after_a_tone_is_left_alone() {
        let marks = tones(&[tone(425.0, 60), voice(50)].concat());
        assert!(marks[..60].iter().all(|mark| *mark) && marks[60..].iter().all(|mark| !mark));
    }

    #[test]
    fn dtmf_is_found_by_its_pair() {
        let peaks = [(697.0 / BIN_HZ).round() as u8, (1209.0 / BIN_HZ).round() as u8];
        let digit =
            vec![Frame { level: level(-20.0), held: 0, recurring: 0, tonal: 225, peaks }; 3];
        check(&[voice(50), digit, voice(50)], 3);
    }

    #[test]
    fn nothing_has_no_tones() {
        check(&[], 0);
    }
}
