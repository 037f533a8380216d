//! The child's side: reads what to hear, hears it, says what it heard, and ends when nobody listens any more.
//!
//! It must not outlive its parent: the end of its input ends it, and on Linux the system does so too. Only reports go to
//! standard output; whatever native code prints goes to standard error, which the parent logs.

use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use serde_json::value::RawValue;

use crate::audio::AudioOptions;
use crate::batch::child::failure::Told;
use crate::batch::child::limits::{die_with_parent, limit_memory};
use crate::batch::child::protocol::{self, Begin, LineError, Order, Report};
use crate::batch::hear::{HearError, HearOptions};
use crate::batch::outcome::in_one_line;
use crate::batch::schedule::{HearItem, Observer, Supply, hear_supply};
use crate::speech::models::{self, ChosenSource};
use crate::speech::{ModelSource, Recognizer, SpeechOptions, WhisperModel, silero};
use crate::store;
use crate::transcript::Heard;

/// How often a surveyor that waits for a recording looks whether it still should.
const LOOK: Duration = Duration::from_millis(100);

/// Why the child could not begin. What goes wrong later it tells its parent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// What came was no order.
    #[error("this is not for people: `autograde nightly` starts it")]
    NoOrder,
    /// The parent cannot be understood.
    #[error("cannot understand the parent process")]
    Line(#[from] LineError),
}

/// Hears what comes over `input` and reports on `output`, until the input ends.
///
/// # Errors
///
/// When the first line is not what a parent sends.
pub fn serve(
    mut input: impl BufRead + Send + 'static,
    output: impl Write + Send,
) -> Result<(), ServeError> {
    let mut line = Vec::new();
    let Some(Order::Begin(begin)) = protocol::read(&mut input, &mut line)? else {
        return Err(ServeError::NoOrder);
    };
    let cancel = Arc::new(AtomicBool::new(false));
    let voice = Voice { output: Mutex::new(output), cancel: &cancel };
    if let Err(error) = die_with_parent().and_then(|()| limit_memory(begin.memory_bytes)) {
        voice.say(&Report::Fatal(format!("cannot limit the listening process: {error}")));
        return Ok(());
    }
    if !parent_lives(begin.parent) {
        return Ok(());
    }
    let (items_in, items) = unbounded();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let heartbeat = thread::Builder::new().name("alive".into()).spawn_scoped(scope, || {
            while !done.load(Ordering::Relaxed) {
                thread::park_timeout(Duration::from_millis(begin.alive_ms.max(1)));
                voice.say(&Report::Alive);
            }
        });
        match &heartbeat {
            Ok(_) => work(&begin, input, items_in, &items, &voice, &cancel),
            Err(error) => voice.say(&Report::Fatal(format!("cannot start a thread: {error}"))),
        }
        done.store(true, Ordering::Relaxed);
        if let Ok(heartbeat) = &heartbeat {
            heartbeat.thread().unpark();
        }
    });
    Ok(())
}

fn work<W: Write + Send>(
    begin: &Begin,
    input: impl BufRead + Send + 'static,
    items_in: Sender<(usize, HearItem)>,
    items: &Receiver<(usize, HearItem)>,
    voice: &Voice<'_, W>,
    cancel: &Arc<AtomicBool>,
) {
    // Not of this scope: it may wait for input for ever, and ends with the process.
    let flag = Arc::clone(cancel);
    let reader =
        thread::Builder::new().name("orders".into()).spawn(move || read(input, &items_in, &flag));
    if let Err(error) = reader {
        return voice.say(&Report::Fatal(format!("cannot start a thread: {error}")));
    }
    let (options, weights) = match load(begin) {
        Ok(loaded) => loaded,
        Err(why) => return voice.say(&Report::Fatal(why)),
    };
    voice.say(&Report::Ready);
    let make = || Ok(Box::new(weights.recognizer()?) as Box<dyn Recognizer>);
    let mut deliver = |id, heard: Result<Heard, HearError>| {
        let report = match heard {
            Err(error) => Report::Failed { id, why: error.into() },
            Ok(heard) => match store::heard_to_json(&heard).map(RawValue::from_string) {
                Ok(Ok(heard)) => Report::Heard { id, heard },
                Ok(Err(error)) => Report::Failed { id, why: Told::Other(error.to_string()) },
                Err(error) => Report::Failed { id, why: Told::Other(error.to_string()) },
            },
        };
        voice.say(&report);
    };
    let ended =
        hear_supply(&Queue(items), &options, &make, begin.jobs, cancel, voice, &mut deliver);
    match ended {
        Ok(()) | Err(HearError::Cancelled) => {}
        Err(error) => voice.say(&Report::Fatal(in_one_line(&error))),
    }
}

/// Reads orders until there are no more. When they break off, nobody wants to hear of the rest.
fn read(mut input: impl BufRead, items: &Sender<(usize, HearItem)>, cancel: &AtomicBool) {
    let mut line = Vec::new();
    loop {
        match protocol::read(&mut input, &mut line) {
            Ok(Some(Order::Finish)) => return,
            Ok(Some(Order::Hear(order))) => {
                let Some(item) = order.item() else { break };
                if items.send((order.id, item)).is_err() {
                    return;
                }
            }
            Ok(Some(Order::Begin(_)) | None) | Err(_) => break,
        }
    }
    cancel.store(true, Ordering::Relaxed);
}

/// Loads the model, which must be the one that the parent checked.
fn load(begin: &Begin) -> Result<(HearOptions, WhisperModel), String> {
    let speech = SpeechOptions { language: begin.language.clone(), window_ms: begin.window_ms };
    let name = match &begin.model {
        None => models::DEMO_NAME.to_owned(),
        Some(path) => path.path().ok_or("the model's path is none")?.display().to_string(),
    };
    let chosen = models::choose(Some(&name), None).map_err(|error| in_one_line(&error))?;
    if chosen.sha256 != begin.model_sha256 {
        return Err(format!(
            "the model `{name}` was changed during the run: its SHA-256 is {} and was {}; run again",
            chosen.sha256, begin.model_sha256
        ));
    }
    let source = match chosen.source {
        ChosenSource::Path(path) => ModelSource::Path(path),
        ChosenSource::Demo(bytes) => ModelSource::Bytes(bytes),
    };
    let weights = WhisperModel::load(&source, &speech).map_err(|error| in_one_line(&error))?;
    let mut audio = AudioOptions::default();
    if let Some(path) = &begin.vad {
        let path = path.path().ok_or("the voice activity model's path is none")?;
        audio.detector = Arc::new(silero::detector(path));
    }
    Ok((HearOptions { audio, speech }, weights))
}

/// Whether the parent died before the system was asked to tell.
#[cfg(target_os = "linux")]
fn parent_lives(parent: u32) -> bool {
    rustix::process::getppid()
        .is_some_and(|now| u32::try_from(now.as_raw_nonzero().get()) == Ok(parent))
}

#[cfg(not(target_os = "linux"))]
fn parent_lives(_parent: u32) -> bool {
    true
}

/// Recordings as they come in.
struct Queue<'a>(&'a Receiver<(usize, HearItem)>);

impl Supply for Queue<'_> {
    fn next(&self, stopped: &dyn Fn() -> bool) -> Option<(usize, HearItem)> {
        loop {
            match self.0.recv_timeout(LOOK) {
                Ok(next) => return Some(next),
                Err(RecvTimeoutError::Timeout) if !stopped() => {}
                Err(_) => return None,
            }
        }
    }
}

/// Says things to the parent, one whole line at a time.
struct Voice<'a, W> {
    output: Mutex<W>,
    cancel: &'a AtomicBool,
}

impl<W: Write + Send> Voice<'_, W> {
    fn say(&self, report: &Report) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let said = protocol::line(report)
            .map_err(std::io::Error::from)
            .and_then(|line| output.write_all(&line).and_then(|()| output.flush()));
        if said.is_err() {
            // Nobody listens.
            self.cancel.store(true, Ordering::Relaxed);
        }
    }
}

impl<W: Write + Send> Observer for Voice<'_, W> {
    fn began(&self, id: usize) {
        self.say(&Report::Began(id));
    }

    fn surveyed(&self, id: usize, duration_ms: u32, speech_ms: u64) {
        self.say(&Report::Surveyed { id, duration_ms, speech_ms });
    }

    fn window_started(&self, worker: usize, id: usize, speech_ms: u32) {
        self.say(&Report::WindowStarted { worker, id, speech_ms });
    }

    fn window_done(&self, worker: usize, id: usize, speech_ms: u32) {
        self.say(&Report::WindowDone { worker, id, speech_ms });
    }
}
