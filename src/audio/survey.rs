//! The first pass: decodes a recording once and finds where each side speaks.
//!
//! What is kept of the sound is a few bytes for each 16 ms (a megabyte an hour), so that the decision about music can
//! look both ways, and the samples themselves of short calls only.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use crate::audio::channels::{Comparison, speakers};
use crate::audio::crosstalk::Crosstalk;
use crate::audio::gate;
use crate::audio::lanes::Lanes;
use crate::audio::spectrum::{Frame, Spectrograph};
use crate::audio::stretches::cuts;
use crate::audio::vad::{Voicing, spans};
use crate::audio::{AudioError, AudioOptions, AudioSource};
use crate::call::{Recording, Speaker};
use crate::sound::{SAMPLE_RATE_HZ, SAMPLES_PER_MS, VoiceDetector, span_of};
use crate::transcript::Activity;
use crate::warning::Warning;

/// Shorter recordings hold no word.
const LEAST_MS: u64 = 100;
/// Samples of all lanes together that are kept for the second pass: ten minutes, 38 MB. Decoding a longer call again
/// costs a thousandth of its length, recognizing it a hundred times as much.
const MOST_KEPT: usize = 10 * 60 * SAMPLE_RATE_HZ as usize;

/// One channel that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Whose channel it is.
    pub speaker: Speaker,
    /// When it carries speech.
    pub activity: Activity,
}

/// What the first pass found.
#[derive(Debug, Default)]
pub struct Survey {
    /// The recording itself.
    pub recording: Recording,
    /// The channels, manager first.
    pub lanes: Vec<Lane>,
    /// What the reader must know.
    pub warnings: Vec<Warning>,
    /// How the second pass finds each lane's speech, in the order of `lanes`.
    pub(super) tracks: Vec<Track>,
    /// All samples of each track, where the call is short.
    pub(super) kept: Option<Vec<Vec<f32>>>,
    /// Length in samples.
    pub(super) samples: u64,
}

/// One lane's speech, for the second pass.
#[derive(Debug)]
pub(super) struct Track {
    /// Its place among the decoder's lanes.
    pub source: usize,
    /// Where to cut, in samples: sorted, none longer than a stretch may be.
    pub cuts: Vec<Range<u64>>,
}

/// One lane while it goes by.
struct Ear {
    detector: Box<dyn VoiceDetector>,
    voicing: Voicing,
    /// Samples that do not fill a block yet.
    waiting: Vec<f32>,
    probabilities: Vec<f32>,
    spectrograph: Spectrograph,
    frames: Vec<Frame>,
}

pub(super) fn run(
    source: &AudioSource,
    name: &str,
    options: &AudioOptions,
    cancel: &AtomicBool,
) -> Result<Survey, AudioError> {
    let mut lanes = Lanes::open(source, options)?;
    let mut ears = (0..lanes.count()).map(|_| Ear::new(options)).collect::<Result<Vec<_>, _>>()?;
    let mut comparison = Comparison::default();
    let mut crosstalk = Crosstalk::default();
    let mut kept = Some(vec![Vec::new(); lanes.count()]);
    let mut samples = 0_u64;
    let mut pieces = Vec::new();
    while lanes.next_pieces(&mut pieces)? {
        if cancel.load(Ordering::Relaxed) {
            return Err(AudioError::Cancelled);
        }
        comparison.push(&pieces);
        crosstalk.push(&pieces);
        for (ear, piece) in ears.iter_mut().zip(&pieces) {
            ear.listen(piece)?;
        }
        samples += pieces[0].len() as u64;
        keep(&mut kept, &pieces);
    }
    for ear in &mut ears {
        ear.finish()?;
    }
    let duration_ms = samples / u64::from(SAMPLES_PER_MS);
    if duration_ms < LEAST_MS {
        let path = first_path(source).display().to_string();
        return Err(AudioError::TooShort { path, duration_ms, least_ms: LEAST_MS });
    }
    let sha256 = hash(source, cancel)?;
    let dual_mono = comparison.is_dual_mono();
    let recording = Recording {
        source: name.into(),
        sha256,
        duration_ms: u32::try_from(duration_ms).unwrap_or(u32::MAX),
        channels: lanes.channels(),
    };
    let warnings = warnings(&lanes, &comparison, dual_mono, recording.duration_ms);
    let mut survey = Survey { recording, warnings, samples, ..Survey::default() };
    for (track, ear) in ears.into_iter().enumerate().take(if dual_mono { 1 } else { usize::MAX }) {
        // A copy of itself would silence dual mono.
        let others: &[bool] =
            if dual_mono { &[] } else { crosstalk.marks.get(track).map_or(&[], Vec::as_slice) };
        survey.add(track, ear, others);
    }
    let is_pair = matches!(source, AudioSource::Pair { .. });
    let who = speakers(survey.lanes.len(), options.manager_channel, is_pair);
    survey.name_lanes(&who);
    survey.kept =
        kept.map(|all| survey.tracks.iter().map(|track| all[track.source].clone()).collect());
    Ok(survey)
}

impl Survey {
    /// Adds a lane, whose speaker is named later.
    fn add(&mut self, source: usize, mut ear: Ear, crosstalk: &[bool]) {
        ear.spectrograph.finish(&mut ear.frames);
        gate::apply(&ear.frames, crosstalk, &mut ear.voicing);
        let spans = spans(&ear.voicing, self.samples);
        let activity = Activity {
            spans: spans.iter().map(|span| span_of(span.start, span.end - span.start)).collect(),
        };
        let cuts = cuts(&spans, &ear.voicing);
        self.lanes.push(Lane { speaker: Speaker::Unknown, activity });
        self.tracks.push(Track { source, cuts });
    }

    /// Names the speakers and puts the manager first.
    fn name_lanes(&mut self, who: &[Speaker]) {
        for (lane, speaker) in self.lanes.iter_mut().zip(who) {
            lane.speaker = *speaker;
        }
        if who.first() == Some(&Speaker::Client) {
            self.lanes.reverse();
            self.tracks.reverse();
        }
    }
}

impl Ear {
    fn new(options: &AudioOptions) -> Result<Self, AudioError> {
        let detector = (options.detector)().map_err(|detail| AudioError::Detector { detail })?;
        let voicing = Voicing { frame: detector.frame_samples(), levels: Vec::new() };
        Ok(Self {
            detector,
            voicing,
            waiting: Vec::new(),
            probabilities: Vec::new(),
            spectrograph: Spectrograph::default(),
            frames: Vec::new(),
        })
    }

    fn listen(&mut self, piece: &[f32]) -> Result<(), AudioError> {
        self.spectrograph.push(piece, &mut self.frames);
        self.waiting.extend_from_slice(piece);
        let block = self.detector.block_samples().max(1);
        self.detect(self.waiting.len() / block * block)
    }

    /// Hears what does not fill a block.
    fn finish(&mut self) -> Result<(), AudioError> {
        let frame = self.voicing.frame.max(1);
        self.detect(self.waiting.len() / frame * frame)
    }

    fn detect(&mut self, whole: usize) -> Result<(), AudioError> {
        if whole == 0 {
            return Ok(());
        }
        self.probabilities.clear();
        self.detector
            .probabilities(&self.waiting[..whole], &mut self.probabilities)
            .map_err(|detail| AudioError::Detector { detail })?;
        self.voicing.extend(&self.probabilities);
        self.waiting.drain(..whole);
        Ok(())
    }
}

/// Keeps the samples as long as the call is short.
fn keep(kept: &mut Option<Vec<Vec<f32>>>, pieces: &[Vec<f32>]) {
    if let Some(lanes) = kept {
        for (lane, piece) in lanes.iter_mut().zip(pieces) {
            lane.extend_from_slice(piece);
        }
        if lanes.iter().map(Vec::len).sum::<usize>() > MOST_KEPT {
            *kept = None;
        }
    }
}

fn warnings(
    lanes: &Lanes,
    comparison: &Comparison,
    dual_mono: bool,
    duration_ms: u32,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let oddities = lanes.oddities();
    if oddities.truncated {
        warnings.push(Warning::Truncated { decoded_ms: duration_ms });
    }
    warnings.extend(
        lanes.misnamed().iter().map(|found| Warning::WrongExtension { found: found.clone() }),
    );
    if oddities.damaged_packets > 0 {
        warnings.push(Warning::DamagedPackets { count: oddities.damaged_packets });
    }
    if lanes.not_a_number() > 0 {
        warnings.push(Warning::NotANumber { count: lanes.not_a_number() });
    }
    if lanes.count() == 1 {
        warnings.push(Warning::Mono);
    } else if dual_mono {
        warnings.push(Warning::DualMono);
    } else {
        // There are at most two lanes.
        let silent = comparison.silent().into_iter();
        warnings.extend(silent.map(|lane| Warning::EmptyChannel { channel: lane as u16 + 1 }));
    }
    if lanes.channels() > 2 {
        warnings.push(Warning::ExtraChannels { channels: lanes.channels() });
    }
    if oddities.by_ffmpeg {
        warnings.push(Warning::DecodedByFfmpeg);
    }
    warnings
}

fn paths(source: &AudioSource) -> Vec<&Path> {
    match source {
        AudioSource::File(path) => vec![path],
        AudioSource::Pair { manager, client } => vec![manager, client],
    }
}

fn first_path(source: &AudioSource) -> &Path {
    match source {
        AudioSource::File(path) | AudioSource::Pair { manager: path, .. } => path,
    }
}

/// SHA-256 of the bytes of the file, or of both files one after the other.
fn hash(source: &AudioSource, cancel: &AtomicBool) -> Result<String, AudioError> {
    let mut hasher = Sha256::new();
    for path in paths(source) {
        let unreadable =
            |source: io::Error| AudioError::Unreadable { path: path.display().to_string(), source };
        let mut file = File::open(path).map_err(unreadable)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => hasher.update(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(error)),
            }
            if cancel.load(Ordering::Relaxed) {
                return Err(AudioError::Cancelled);
            }
        }
    }
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const FRAME: usize = 100;

    /// Takes loud frames for speech, likes blocks of a certain length, and notes how much it was handed each time.
    struct Loudness {
        block: usize,
        handed: Arc<Mutex<Vec<usize>>>,
    }

    impl VoiceDetector for Loudness {
        fn frame_samples(&self) -> usize {
            FRAME
        }

        fn block_samples(&self) -> usize {
            self.block
        }

        fn reset(&mut self) {}

        fn probabilities(
            &mut self,
            samples: &[f32],
            probabilities: &mut Vec<f32>,
        ) -> Result<(), String> {
            self.handed.lock().unwrap().push(samples.len());
            probabilities.extend(samples.chunks_exact(FRAME).map(|frame| frame[0]));
            Ok(())
        }
    }

    #[test]
    fn detector_gets_whole_blocks_and_at_the_end_the_rest() {
        #[track_caller]
        fn check(block: usize, piece: usize, expected: &[usize]) {
            let handed = Arc::new(Mutex::new(Vec::new()));
            let notes = handed.clone();
            let options = AudioOptions {
                detector: Arc::new(move || Ok(Box::new(Loudness { block, handed: notes.clone() }))),
                ..AudioOptions::default()
            };
            let sound: Vec<f32> = (0..2250).map(|at| (at / FRAME) as f32 / 255.0).collect();
            let mut ear = Ear::new(&options).unwrap();
            for piece in sound.chunks(piece) {
                ear.listen(piece).unwrap();
            }
            ear.finish().unwrap();
            assert_eq!(*handed.lock().unwrap(), expected);
            let levels: Vec<u8> = (0..22).collect();
            assert_eq!(ear.voicing.levels, levels, "each frame once, in order");
        }
        check(1000, 300, &[1000, 1000, 200]);
        check(1000, 2250, &[2000, 200]);
        check(100, 750, &[700, 800, 700]);
        check(5000, 300, &[2200]);
    }
}
