//! The second pass: hands out the speech that the survey found.
//!
//! From memory where the survey kept the samples, decoded again where it did not; both ways give the same samples.

use std::ops::{ControlFlow, Range};

use crate::audio::lanes::Lanes;
use crate::audio::survey::{Survey, Track};
use crate::audio::vad::Voicing;
use crate::audio::{AudioError, AudioOptions, AudioSource};
use crate::sound::{SAMPLE_RATE_HZ, Stretch};

/// Longest stretch: the recognizer's window is 26 s.
const MOST_SAMPLES: u64 = 25 * SAMPLE_RATE_HZ as u64;
/// A longer span is cut in the last part of these, where it is least voiced.
const CUT_WITHIN_SAMPLES: u64 = 10 * SAMPLE_RATE_HZ as u64;

/// Cuts spans that are too long.
pub(super) fn cuts(spans: &[Range<u64>], voicing: &Voicing) -> Vec<Range<u64>> {
    let mut cuts = Vec::with_capacity(spans.len());
    for span in spans {
        let mut start = span.start;
        while span.end - start > MOST_SAMPLES {
            let latest = start + MOST_SAMPLES;
            let at = voicing.least_voiced(latest - CUT_WITHIN_SAMPLES..latest);
            cuts.push(start..at);
            start = at;
        }
        cuts.push(start..span.end);
    }
    cuts
}

pub(super) fn run(
    survey: &Survey,
    source: &AudioSource,
    options: &AudioOptions,
    sink: &mut dyn FnMut(usize, Stretch) -> ControlFlow<()>,
) -> Result<(), AudioError> {
    if let Some(kept) = &survey.kept {
        for (lane, (track, samples)) in survey.tracks.iter().zip(kept).enumerate() {
            for cut in &track.cuts {
                let range = cut.start as usize..cut.end as usize;
                let samples = samples.get(range).unwrap_or_default().to_vec();
                if sink(lane, Stretch { start_sample: cut.start, samples }).is_break() {
                    return Ok(());
                }
            }
        }
        return Ok(());
    }
    decode_again(survey, source, options, sink)
}

fn decode_again(
    survey: &Survey,
    source: &AudioSource,
    options: &AudioOptions,
    sink: &mut dyn FnMut(usize, Stretch) -> ControlFlow<()>,
) -> Result<(), AudioError> {
    let mut lanes = Lanes::open(source, options)?;
    let mut cutters: Vec<Cutter<'_>> = survey.tracks.iter().map(Cutter::new).collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while lanes.next_pieces(&mut pieces)? {
        for (lane, cutter) in cutters.iter_mut().enumerate() {
            let Some(piece) = pieces.get(cutter.track.source) else {
                return Err(AudioError::Changed);
            };
            if cutter.push(at, piece, &mut |stretch| sink(lane, stretch)).is_break() {
                return Ok(());
            }
        }
        at += pieces[0].len() as u64;
        if cutters.iter().all(Cutter::is_done) {
            return Ok(());
        }
    }
    if at == survey.samples { Ok(()) } else { Err(AudioError::Changed) }
}

/// Follows one lane's cuts.
struct Cutter<'a> {
    track: &'a Track,
    next: usize,
    samples: Vec<f32>,
}

impl<'a> Cutter<'a> {
    fn new(track: &'a Track) -> Self {
        Self { track, next: 0, samples: Vec::new() }
    }

    fn is_done(&self) -> bool {
        self.next == self.track.cuts.len()
    }

    /// Takes the samples from `at` on.
    fn push(
        &mut self,
        at: u64,
        piece: &[f32],
        sink: &mut dyn FnMut(Stretch) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let end = at + piece.len() as u64;
        while let Some(cut) = self.track.cuts.get(self.next).filter(|cut| cut.start < end) {
            let from = cut.start.max(at) - at;
            let to = cut.end.min(end) - at;
            self.samples.extend_from_slice(&piece[from as usize..to as usize]);
            if cut.end > end {
                break;
            }
            self.next += 1;
            let samples = std::mem::take(&mut self.samples);
            sink(Stretch { start_sample: cut.start, samples })?;
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_speech_is_cut_where_it_is_least_voiced() {
        let second = u64::from(SAMPLE_RATE_HZ);
        let mut voicing = Voicing { frame: 160, levels: vec![255; 6000] };
        voicing.levels[2000] = 10;
        let found = cuts(std::slice::from_ref(&(0..60 * second)), &voicing);
        assert_eq!(found[0], 0..20 * second);
        assert!(found.iter().all(|cut| cut.end - cut.start <= MOST_SAMPLES));
        assert_eq!(found.last().map(|cut| cut.end), Some(60 * second));
        assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
    }

    #[test]
    fn pieces_make_whole_stretches() {
        let track = Track { source: 0, cuts: vec![5..15, 15..18, 30..42] };
        let sound: Vec<f32> = (0..50).map(|i| i as f32).collect();
        let mut found = Vec::new();
        let mut cutter = Cutter::new(&track);
        for (index, piece) in sound.chunks(7).enumerate() {
            let at = 7 * index as u64;
            let _ = cutter.push(at, piece, &mut |stretch| {
                found.push((stretch.start_sample, stretch.samples));
                ControlFlow::Continue(())
            });
        }
        let expected: Vec<_> = track
            .cuts
            .iter()
            .map(|cut| (cut.start, sound[cut.start as usize..cut.end as usize].to_vec()))
            .collect();
        assert_eq!(found, expected);
        assert!(cutter.is_done());
    }
}
