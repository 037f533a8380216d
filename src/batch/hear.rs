//! One recording from its path to what was heard: survey, windows, recognition, guards, turns.
//!
//! [`hear`] is the whole way on one thread, a function on plain data that returns plain data, so that it can run in a
//! process of its own. The scheduler beside it goes the same way in pieces, and both give the same [`Heard`].

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::audio::{self, AudioError, AudioOptions, AudioSource, Survey};
use crate::call::Speaker;
use crate::speech::{
    self, Listened, Packer, Recognizer, SpeechError, SpeechOptions, Utterance, Window,
};
use crate::transcript::{Heard, Turn};
use crate::warning::Warning;

/// How recordings are read and listened to.
#[derive(Clone, Debug, Default)]
pub struct HearOptions {
    /// Decoding, channels, voice activity.
    pub audio: AudioOptions,
    /// Recognition.
    pub speech: SpeechOptions,
}

/// Why a recording could not be heard, or the whole run could not go on.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum HearError {
    /// Decoding failed.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// Recognition failed.
    #[error(transparent)]
    Speech(#[from] SpeechError),
    /// Somebody asked to stop.
    #[error("interrupted")]
    Cancelled,
    /// A thread broke down over this recording.
    #[error("{step} broke down: {detail}; this is a bug in autograde")]
    Panicked { step: &'static str, detail: String },
    /// A thread could not be started.
    #[error("cannot start a worker thread")]
    Thread {
        #[source]
        source: std::io::Error,
    },
}

/// Hears one recording on the calling thread.
///
/// A recording without speech is no error: it has no turns and empty activities.
///
/// # Errors
///
/// When the recording cannot be read or recognized, or `cancel` became true.
pub fn hear(
    source: &AudioSource,
    name: &str,
    options: &HearOptions,
    recognizer: &mut dyn Recognizer,
    cancel: &AtomicBool,
) -> Result<Heard, HearError> {
    let survey = audio::survey(source, name, &options.audio, cancel)?;
    let mut assembly = Assembly::default();
    let mut failed = None;
    windows(&survey, source, options, &mut |place, window| {
        if cancel.load(Ordering::Relaxed) {
            failed = Some(HearError::Cancelled);
            return ControlFlow::Break(());
        }
        match speech::listen(recognizer, &window, &options.speech.language) {
            Ok(listened) => {
                assembly.add(place, listened);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error.into());
                ControlFlow::Break(())
            }
        }
    })?;
    match failed {
        Some(error) => Err(error),
        None => Ok(assembly.finish(survey)),
    }
}

/// Where a window belongs: lane, and number within the lane.
pub(super) type Place = (usize, usize);

/// Hands the windows of a surveyed recording to `sink`, as they fill.
pub(super) fn windows(
    survey: &Survey,
    source: &AudioSource,
    options: &HearOptions,
    sink: &mut dyn FnMut(Place, Window) -> ControlFlow<()>,
) -> Result<(), AudioError> {
    if survey.lanes.iter().all(|lane| lane.activity.spans.is_empty()) {
        return Ok(());
    }
    let mut lanes: Vec<(Packer, usize)> = survey
        .lanes
        .iter()
        .map(|lane| (Packer::new(lane.speaker, options.speech.window_ms), 0))
        .collect();
    let mut flow = ControlFlow::Continue(());
    audio::stretches(survey, source, &options.audio, &mut |lane, stretch| {
        let Some((packer, count)) = lanes.get_mut(lane) else { return ControlFlow::Continue(()) };
        packer.push(&stretch, &mut |window| {
            if flow.is_continue() {
                flow = sink((lane, *count), window);
                *count += 1;
            }
        });
        flow
    })?;
    for (lane, (packer, count)) in lanes.iter_mut().enumerate() {
        if flow.is_break() {
            break;
        }
        if let Some(window) = packer.finish() {
            flow = sink((lane, *count), window);
        }
    }
    Ok(())
}

/// The heard windows of one recording, until all are there.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    listened: Vec<(Place, Listened)>,
}

impl Assembly {
    /// One more window; the order does not matter.
    pub(super) fn add(&mut self, place: Place, listened: Listened) {
        self.listened.push((place, listened));
    }

    /// How many windows are there.
    pub(super) fn len(&self) -> usize {
        self.listened.len()
    }

    /// What was heard in the whole recording.
    pub(super) fn finish(mut self, survey: Survey) -> Heard {
        self.listened.sort_by_key(|(place, _)| *place);
        let mut utterances: Vec<Utterance> = Vec::new();
        let mut dropped = Vec::new();
        for (_, listened) in self.listened {
            utterances.extend(listened.utterances);
            dropped.extend(listened.dropped);
        }
        speech::guards::crosstalk::remove(&mut utterances, &mut dropped);
        dropped.sort_by(|one, other| {
            let key = |dropped: &crate::transcript::Dropped| {
                (dropped.span, dropped.speaker, dropped.reason)
            };
            key(one).cmp(&key(other)).then_with(|| one.text.cmp(&other.text))
        });
        let turns = speech::turns(utterances);
        let mut warnings = survey.warnings;
        warnings.extend(poorly_heard(&turns));
        let mut activity: Vec<_> =
            survey.lanes.into_iter().map(|lane| (lane.speaker, lane.activity)).collect();
        activity.sort_by_key(|(speaker, _)| *speaker);
        Heard { recording: survey.recording, turns, activity, dropped, warnings }
    }
}

/// A warning where a fifth of some speaker's words was recognized with a confidence under one half.
fn poorly_heard(turns: &[Turn]) -> Option<Warning> {
    /// Fewer words prove nothing.
    const LEAST_WORDS: usize = 10;
    const POOR: f32 = 0.5;
    const PERCENT: usize = 20;
    [Speaker::Manager, Speaker::Client, Speaker::Unknown]
        .into_iter()
        .filter_map(|speaker| {
            let of_speaker = turns.iter().filter(|turn| turn.speaker == speaker);
            let (mut all, mut poor) = (0, 0);
            for word in of_speaker.flat_map(|turn| &turn.words) {
                all += 1;
                poor += usize::from(word.confidence < POOR);
            }
            (all >= LEAST_WORDS).then(|| poor * 100 / all)
        })
        .max()
        .filter(|percent| *percent >= PERCENT)
        .and_then(|percent| u8::try_from(percent).ok())
        .map(|percent| Warning::PoorlyHeard { percent })
}
