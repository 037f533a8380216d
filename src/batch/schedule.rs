//! Many recordings on all cores: one queue of windows, so that no worker waits while another has work.
//!
//! ```text
//! items ─ surveyors ─▶ look-ahead ─ feeders (longest first) ─▶ windows ─ workers ─▶ collector ─▶ deliver
//! ```
//!
//! Workers recognize, one thread and one recognizer each; decoding runs beside them. Every arrow is bounded: surveys
//! wait while the look-ahead is full, feeders while the queue of windows is, so memory grows neither with the batch nor
//! with the length of a recording. Windows are recognized one by one and put in order by the collector, which runs on
//! the calling thread: what is heard does not depend on the number of workers or on who was faster.
//!
//! A recording that fails takes nothing along; a panic over one is caught and becomes its failure.
//!
//! Recordings come from a [`Supply`]: a list, or whatever hands them out one by one while others are heard already.

mod collect;
mod supply;

use std::any::Any;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::audio::{self, AudioError, Survey};
use crate::batch::hear::{HearError, HearOptions, Place, windows};
use crate::speech::{self, Recognizer, SpeechError, Window};
use crate::transcript::Heard;

use collect::Event;
use supply::List;
pub use supply::{HearItem, Observer, Supply, look_ahead};

/// Windows that wait for a worker, for each worker: enough that none waits, at 1.7 MB each.
const WINDOWS_AHEAD: usize = 2;

/// Workers that one decoding thread can feed: decoding runs at hundreds of times real time, recognition at tens.
const WORKERS_A_DECODER: usize = 4;

/// Makes one recognizer; called once by each worker, on its thread.
pub type MakeRecognizer<'a> = &'a (dyn Fn() -> Result<Box<dyn Recognizer>, SpeechError> + Sync);

/// A surveyed recording on its way through the feeders.
struct Surveyed {
    item: usize,
    recording: HearItem,
    survey: Survey,
}

/// A window on its way to a worker.
struct Job {
    item: usize,
    place: Place,
    window: Window,
    /// Set when the recording has failed, so that nobody works on it further.
    abandoned: Arc<AtomicBool>,
}

/// Everything that the threads share.
struct Run<'a> {
    supply: &'a dyn Supply,
    options: &'a HearOptions,
    make_recognizer: MakeRecognizer<'a>,
    cancel: &'a AtomicBool,
    /// Set when the run cannot go on.
    stop: AtomicBool,
    observer: &'a dyn Observer,
    /// What was taken from the supply and not delivered.
    open: Mutex<BTreeSet<usize>>,
}

/// Hears `items` with `jobs` workers; as [`hear_supply`], but for a list.
///
/// # Errors
///
/// As [`hear_supply`].
pub fn hear_all(
    items: &[HearItem],
    options: &HearOptions,
    make_recognizer: MakeRecognizer<'_>,
    jobs: usize,
    cancel: &AtomicBool,
    observer: &dyn Observer,
    deliver: &mut dyn FnMut(usize, Result<Heard, HearError>),
) -> Result<(), HearError> {
    if items.is_empty() {
        return Ok(());
    }
    let list = List::new(items);
    hear_supply(&list, options, make_recognizer, jobs, cancel, observer, deliver)
}

/// Hears what `supply` hands out with `jobs` workers and hands each result to `deliver`, on this thread, as recordings
/// finish: each exactly once, in no fixed order, but with results that do not depend on `jobs`.
///
/// Each recognizer is made by its worker with `make_recognizer` and kept to the end.
///
/// # Errors
///
/// When no recognizer or thread could be made, or `cancel` became true: then the recordings that were not delivered were
/// not finished.
pub fn hear_supply(
    supply: &dyn Supply,
    options: &HearOptions,
    make_recognizer: MakeRecognizer<'_>,
    jobs: usize,
    cancel: &AtomicBool,
    observer: &dyn Observer,
    deliver: &mut dyn FnMut(usize, Result<Heard, HearError>),
) -> Result<(), HearError> {
    let jobs = jobs.max(1);
    let decoders = jobs.div_ceil(WORKERS_A_DECODER);
    let run = Run {
        supply,
        options,
        make_recognizer,
        cancel,
        stop: AtomicBool::new(false),
        observer,
        open: Mutex::default(),
    };
    let run = &run;
    // A permit is held from before a survey until its recording was handed out: surveys may hold a short call's sound.
    let look_ahead = look_ahead(jobs);
    let (permit_give, permit_take) = bounded::<()>(look_ahead);
    for _ in 0..look_ahead {
        // The channel is as long as there are permits: this never waits.
        let _ = permit_give.send(());
    }
    let (surveyed_in, surveyed_out) = bounded::<Surveyed>(look_ahead);
    let (jobs_in, jobs_out) = bounded::<Job>(jobs * WINDOWS_AHEAD);
    let (events_in, events_out) = bounded::<Event>(jobs * WINDOWS_AHEAD + decoders);

    thread::scope(|scope| {
        let spawned = (|| {
            for _ in 0..decoders {
                let (permits, out, events) =
                    (permit_take.clone(), surveyed_in.clone(), events_in.clone());
                thread::Builder::new()
                    .name("survey".into())
                    .spawn_scoped(scope, move || run.survey(&permits, &out, &events))?;
                let (surveyed, permits) = (surveyed_out.clone(), permit_give.clone());
                let (out, events) = (jobs_in.clone(), events_in.clone());
                thread::Builder::new()
                    .name("feed".into())
                    .spawn_scoped(scope, move || run.feed(&surveyed, &permits, &out, &events))?;
            }
            for worker in 0..jobs {
                let (jobs, events) = (jobs_out.clone(), events_in.clone());
                thread::Builder::new()
                    .name(format!("worker {worker}"))
                    .spawn_scoped(scope, move || run.work(worker, &jobs, &events))?;
            }
            Ok(())
        })();
        // Only the threads hold the ends from here on: each channel closes when they are through.
        drop((permit_give, permit_take, surveyed_in, surveyed_out, jobs_in, jobs_out, events_in));
        let collected = match spawned {
            Ok(()) => run.collect(&events_out, deliver),
            Err(source) => Err(HearError::Thread { source }),
        };
        // The collector may have left early: nobody may work on, or wait for it.
        run.stop.store(true, Ordering::Relaxed);
        drop(events_out);
        collected
    })
}

impl Run<'_> {
    fn stopped(&self) -> bool {
        self.cancel.load(Ordering::Relaxed) || self.stop.load(Ordering::Relaxed)
    }

    fn open(&self) -> std::sync::MutexGuard<'_, BTreeSet<usize>> {
        // Whoever panicked with it in hand left it whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run's options with what is particular to one recording.
    fn options_for(&self, recording: &HearItem) -> HearOptions {
        let mut options = self.options.clone();
        options.audio.manager_channel = recording.manager_channel;
        options
    }

    /// Surveys one item after the other, as far ahead as there are permits.
    fn survey(&self, permits: &Receiver<()>, out: &Sender<Surveyed>, events: &Sender<Event>) {
        let mut permitted = false;
        while !self.stopped() && (permitted || permits.recv().is_ok()) {
            permitted = false;
            let Some((item, recording)) = self.supply.next(&|| self.stopped()) else { return };
            self.open().insert(item);
            self.observer.began(item);
            let options = self.options_for(&recording);
            let survey = guarded("decoding", || {
                audio::survey(&recording.source, &recording.name, &options.audio, self.cancel)
                    .map_err(HearError::from)
            });
            let sent = match survey {
                Ok(survey) => {
                    let speech_ms = survey.lanes.iter().map(|lane| lane.activity.total_ms()).sum();
                    self.observer.surveyed(item, survey.recording.duration_ms, speech_ms);
                    out.send(Surveyed { item, recording, survey }).is_ok()
                }
                Err(error) => {
                    // Nothing of it is held, so its permit serves for the next.
                    permitted = true;
                    events.send(Event::Fed { item, fed: Err(error) }).is_ok()
                }
            };
            if !sent {
                return;
            }
        }
    }

    /// Hands out the windows of surveyed recordings, the one with most speech first.
    fn feed(
        &self,
        surveyed: &Receiver<Surveyed>,
        permits: &Sender<()>,
        out: &Sender<Job>,
        events: &Sender<Event>,
    ) {
        let mut waiting: Vec<Surveyed> = Vec::new();
        while !self.stopped() {
            if waiting.is_empty() {
                let Ok(first) = surveyed.recv() else { return };
                waiting.push(first);
            }
            waiting.extend(surveyed.try_iter());
            let longest = (0..waiting.len()).max_by_key(|&index| {
                let surveyed = &waiting[index];
                let speech_ms: u64 =
                    surveyed.survey.lanes.iter().map(|lane| lane.activity.total_ms()).sum();
                (speech_ms, std::cmp::Reverse(surveyed.item))
            });
            let Some(longest) = longest else { continue };
            let Surveyed { item, recording, survey } = waiting.swap_remove(longest);
            let fed = guarded("decoding", || self.feed_one(item, &recording, &survey, out));
            let fed = match fed {
                Ok(Some(count)) => Ok((survey, count)),
                Ok(None) => return,
                Err(error) => Err(error),
            };
            // Nobody takes permits any more once all items are surveyed.
            let _ = permits.try_send(());
            if events.send(Event::Fed { item, fed }).is_err() {
                return;
            }
        }
    }

    /// Hands out one recording and says how many windows it has; `None` when the run stops meanwhile.
    fn feed_one(
        &self,
        item: usize,
        recording: &HearItem,
        survey: &Survey,
        out: &Sender<Job>,
    ) -> Result<Option<usize>, HearError> {
        let abandoned = Arc::new(AtomicBool::new(false));
        let mut count = 0;
        let mut stopped = false;
        windows(survey, &recording.source, &self.options_for(recording), &mut |place, window| {
            let job = Job { item, place, window, abandoned: Arc::clone(&abandoned) };
            if self.stopped() || out.send(job).is_err() {
                stopped = true;
                return ControlFlow::Break(());
            }
            count += 1;
            if abandoned.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok((!stopped).then_some(count))
    }

    /// Recognizes windows until there are no more.
    fn work(&self, worker: usize, jobs: &Receiver<Job>, events: &Sender<Event>) {
        let make = || {
            guarded("setting up a recognizer", || (self.make_recognizer)().map_err(HearError::from))
        };
        let mut recognizer = match make() {
            Ok(recognizer) => recognizer,
            Err(error) => return self.give_up(error, events),
        };
        while let Ok(Job { item, place, window, abandoned }) = jobs.recv() {
            if self.stopped() {
                return;
            }
            if abandoned.load(Ordering::Relaxed) {
                continue;
            }
            let speech_ms = window.speech_ms();
            self.observer.window_started(worker, item, speech_ms);
            let listened = guarded("recognition", || {
                speech::listen(recognizer.as_mut(), &window, &self.options.speech.language)
                    .map_err(HearError::from)
            });
            self.observer.window_done(worker, item, speech_ms);
            if listened.is_err() {
                abandoned.store(true, Ordering::Relaxed);
            }
            let broken = matches!(listened, Err(HearError::Panicked { .. }));
            if events.send(Event::Window { item, place, listened }).is_err() {
                return;
            }
            if broken {
                // Whatever state it was left in, the next window gets a fresh one.
                match make() {
                    Ok(fresh) => recognizer = fresh,
                    Err(error) => return self.give_up(error, events),
                }
            }
        }
    }

    fn give_up(&self, error: HearError, events: &Sender<Event>) {
        self.stop.store(true, Ordering::Relaxed);
        // Without a collector the run is over anyway.
        let _ = events.send(Event::Fatal(error));
    }
}

/// Runs `step` and makes a panic in it an error.
fn guarded<T>(
    step: &'static str,
    run: impl FnOnce() -> Result<T, HearError>,
) -> Result<T, HearError> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(HearError::Panicked { step, detail: message(panic.as_ref()) }))
        .map_err(|error| match error {
            HearError::Audio(AudioError::Cancelled) => HearError::Cancelled,
            other => other,
        })
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}
