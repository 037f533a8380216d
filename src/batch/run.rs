//! All items of a run, whatever they are, to one outcome each, in the order in which they were given.
//!
//! Recordings go through the scheduler beside this file and finish in any order. Each is judged and shown to the sink
//! as it finishes, so that it can be kept, and delivered once everything before it has been: the order of the output is
//! that of the input, whatever the number of workers. Transcripts made elsewhere and what is not there cost nothing and
//! are taken when it is their turn.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::batch::discover::{Item, Kind};
use crate::batch::failure::Failure;
use crate::batch::hear::{HearError, HearOptions};
use crate::batch::outcome::{Ended, Outcome, SkipReason, Summary};
use crate::batch::schedule::{HearItem, MakeRecognizer, Observer, hear_all};
use crate::call::{CallInfo, Recording};
use crate::speech::scripted;
use crate::transcript::Heard;
use crate::warning::Warning;

/// A transcript of a call that lasts a day has some megabytes; more than this is no transcript.
const LONGEST_DIALOGUE_BYTES: u64 = 64 << 20;

/// Takes what becomes of the items. An error stops the run.
pub trait Sink<T> {
    /// An item ended just now; called in any order, once for each.
    ///
    /// # Errors
    ///
    /// When it cannot be kept.
    fn finished(&mut self, ended: &Ended<T>) -> io::Result<()>;

    /// An item ended, and so has everything that was given before it.
    ///
    /// # Errors
    ///
    /// When it cannot be shown.
    fn deliver(&mut self, ended: Ended<T>) -> io::Result<()>;
}

/// How a run listens.
#[derive(Clone, Copy)]
pub struct Listening<'a> {
    /// How recordings are read and recognized.
    pub options: &'a HearOptions,
    /// Makes one recognizer for each worker; not called where there is no recording.
    pub make_recognizer: MakeRecognizer<'a>,
    /// Workers; at least 1.
    pub jobs: usize,
    /// What the reader must know of the model, said in each draft that it had a part in.
    pub model_warning: Option<&'a Warning>,
    /// Ends the run when it becomes true.
    pub cancel: &'a AtomicBool,
    /// Is told how far the recordings are; items are numbered as they were given.
    pub observer: &'a dyn Observer,
}

/// Why a run stopped before its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The results cannot be written.
    #[error("cannot write the results")]
    Output(#[source] io::Error),
    /// There is no worker to do it.
    #[error(transparent)]
    Hear(HearError),
}

/// Hears every item, lets `judge` make something of it, and hands it to `sink`.
///
/// The summary counts what was finished, also when the run was stopped.
///
/// # Errors
///
/// When the run stopped before its end; what had finished by then has been delivered.
pub fn run<T>(
    items: &[Item],
    listening: Listening<'_>,
    judge: &mut dyn FnMut(Heard, CallInfo) -> T,
    sink: &mut dyn Sink<T>,
) -> (Summary, Result<(), RunError>) {
    let mut line = Line {
        items,
        judge,
        sink,
        listening,
        waiting: BTreeMap::new(),
        next: 0,
        summary: Summary { given: items.len(), ..Summary::default() },
        output: Ok(()),
    };
    let mut places = Vec::new();
    let mut recordings = Vec::new();
    for (place, item) in items.iter().enumerate() {
        if let Kind::Audio(source) | Kind::StrayHalf(source, _) = &item.kind {
            places.push(place);
            recordings.push(HearItem {
                source: source.clone(),
                name: item.name.clone(),
                manager_channel: item.manager_channel,
            });
        }
    }
    line.flush();
    let observer = Placed { places: &places, inner: listening.observer };
    let heard = hear_all(
        &recordings,
        listening.options,
        listening.make_recognizer,
        listening.jobs,
        listening.cancel,
        &observer,
        &mut |index, heard| {
            line.ended(places[index], heard);
            line.flush();
        },
    );
    line.flush();
    let stopped = match (std::mem::replace(&mut line.output, Ok(())), heard) {
        (Err(error), _) => Err(RunError::Output(error)),
        (Ok(()), Err(HearError::Cancelled)) => Err(RunError::Interrupted),
        (Ok(()), Err(error)) => Err(RunError::Hear(error)),
        (Ok(()), Ok(())) if 0 < line.summary.not_reached() => Err(RunError::Interrupted),
        (Ok(()), Ok(())) => Ok(()),
    };
    // What waits for something that will never come.
    if !matches!(stopped, Err(RunError::Output(_))) {
        for (_, ended) in std::mem::take(&mut line.waiting) {
            if let Err(error) = line.sink.deliver(ended) {
                return (line.summary, Err(RunError::Output(error)));
            }
        }
    }
    (line.summary, stopped)
}

/// The items in their order, and how far they have been delivered.
struct Line<'a, T> {
    items: &'a [Item],
    judge: &'a mut dyn FnMut(Heard, CallInfo) -> T,
    sink: &'a mut dyn Sink<T>,
    listening: Listening<'a>,
    /// Finished, but something before them is not.
    waiting: BTreeMap<usize, Ended<T>>,
    /// The first that was not delivered.
    next: usize,
    summary: Summary,
    /// The first error of the sink; nothing goes to it afterwards.
    output: io::Result<()>,
}

impl<T> Line<'_, T> {
    /// A recording came back from the scheduler.
    fn ended(&mut self, place: usize, heard: Result<Heard, HearError>) {
        let Some(item) = self.items.get(place) else { return };
        let ended = match heard {
            Ok(mut heard) => {
                if let Kind::StrayHalf(_, other) = &item.kind
                    && heard.recording.channels == 1
                {
                    heard.warnings.push(Warning::MissingHalf { other: other.clone() });
                }
                heard.warnings.extend(item.warnings.iter().cloned());
                heard.warnings.extend(self.listening.model_warning.cloned());
                self.judged(place, heard, item.call.clone())
            }
            Err(error) => failed(place, item, error.into()),
        };
        self.keep(ended);
    }

    fn judged(&mut self, place: usize, heard: Heard, call: CallInfo) -> Ended<T> {
        let recording = heard.recording.clone();
        let outcome = match emptiness(&heard) {
            Some(reason) => Outcome::Skipped(reason),
            None => Outcome::Done((self.judge)(heard, call.clone())),
        };
        Ended { item: place, recording, call, outcome }
    }

    /// Shows a finished item to the sink and lets it wait for its turn.
    fn keep(&mut self, ended: Ended<T>) {
        if self.output.is_err() {
            return;
        }
        self.summary.add(&ended);
        self.output = self.sink.finished(&ended);
        self.waiting.insert(ended.item, ended);
        self.stop_on_error();
    }

    /// Delivers what has its turn.
    fn flush(&mut self) {
        while self.output.is_ok()
            && let Some(item) = self.items.get(self.next)
        {
            if !self.waiting.contains_key(&self.next) {
                if self.listening.cancel.load(Ordering::Relaxed) {
                    return;
                }
                match &item.kind {
                    Kind::Audio(_) | Kind::StrayHalf(..) => return,
                    Kind::Missing(why) => self.keep(failed(self.next, item, why.clone())),
                    Kind::Dialogue(path) => {
                        let ended = match read(path, &item.name) {
                            Ok((mut heard, call)) => {
                                heard.warnings.extend(item.warnings.iter().cloned());
                                self.judged(self.next, heard, call.over(item.call.clone()))
                            }
                            Err(why) => failed(self.next, item, why),
                        };
                        self.keep(ended);
                    }
                }
            }
            if self.output.is_ok()
                && let Some(ended) = self.waiting.remove(&self.next)
            {
                self.output = self.sink.deliver(ended);
                self.stop_on_error();
            }
            self.next += 1;
        }
    }

    fn stop_on_error(&self) {
        if self.output.is_err() {
            self.listening.cancel.store(true, Ordering::Relaxed);
        }
    }
}

/// Why there is nothing to judge in what was heard, if so.
pub(super) fn emptiness(heard: &Heard) -> Option<SkipReason> {
    let silent = heard.activity.iter().all(|(_, activity)| activity.spans.is_empty());
    match (heard.turns.is_empty(), silent) {
        (true, true) => Some(SkipReason::NoSpeech),
        (true, false) => Some(SkipReason::NoWords),
        (false, _) => None,
    }
}

fn failed<T>(place: usize, item: &Item, why: Failure) -> Ended<T> {
    Ended {
        item: place,
        recording: Recording { source: item.name.clone(), ..Recording::default() },
        call: item.call.clone(),
        outcome: Outcome::Failed(why),
    }
}

/// Reads a transcript made elsewhere.
pub(super) fn read(path: &Path, name: &str) -> Result<(Heard, CallInfo), Failure> {
    let cannot = |error: io::Error| Failure::unreadable(path, &error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(LONGEST_DIALOGUE_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if LONGEST_DIALOGUE_BYTES < bytes.len() as u64 {
        let most_mib = LONGEST_DIALOGUE_BYTES >> 20;
        return Err(Failure::TooLong { path: path.display().to_string(), most_mib });
    }
    scripted::read_dialogue(&bytes, name).map_err(Failure::from)
}

/// Gives the numbers of the items to an observer, where the scheduler counts recordings.
struct Placed<'a> {
    places: &'a [usize],
    inner: &'a dyn Observer,
}

impl Observer for Placed<'_> {
    fn surveyed(&self, item: usize, duration_ms: u32, speech_ms: u64) {
        self.inner.surveyed(self.places[item], duration_ms, speech_ms);
    }

    fn window_started(&self, worker: usize, item: usize, speech_ms: u32) {
        self.inner.window_started(worker, self.places[item], speech_ms);
    }

    fn window_done(&self, worker: usize, item: usize, speech_ms: u32) {
        self.inner.window_done(worker, self.places[item], speech_ms);
    }
}
