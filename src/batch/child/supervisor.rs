//! The parent's side: keeps a child busy, and goes on without it when it dies.
//!
//! It is driven by its caller, who gives recordings as long as there [`has_room`](Supervisor::has_room) and collects what
//! became of them with [`wait`](Supervisor::wait). Each recording that was given ends exactly once, unless the
//! supervisor itself cannot go on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::batch::child::limits::Limits;
use crate::batch::child::process::{ChildError, Event, Process, how};
use crate::batch::child::protocol::{Begin, Hear, Order, Report};
use crate::batch::child::stalls::Stalls;
use crate::batch::child::triage::Triage;
use crate::batch::failure::Failure;
use crate::batch::schedule::{HearItem, Observer, look_ahead};
use crate::store;
use crate::transcript::Heard;

/// A child that dies so often over nothing will not do better the next time.
const MOST_FALSE_STARTS: u32 = 3;

/// The longest time between two looks at whether something hangs.
const LOOK: Duration = Duration::from_millis(250);

/// What a child is begun with.
#[derive(Clone, Debug)]
pub struct ChildOptions {
    /// The program; see [`ChildOptions::this_program`].
    pub program: PathBuf,
    /// What it loads. The supervisor fills in the parent, the memory and the signs of life.
    pub begin: Begin,
    /// What it may take.
    pub limits: Limits,
}

impl ChildOptions {
    /// The program that is running, also where its file has been replaced since.
    ///
    /// # Errors
    ///
    /// When the system does not tell.
    pub fn this_program() -> std::io::Result<PathBuf> {
        let own = PathBuf::from("/proc/self/exe");
        if own.exists() { Ok(own) } else { std::env::current_exe() }
    }
}

/// One recording for the child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildItem {
    /// What to hear.
    pub hear: HearItem,
    /// Bytes of its files, which its time limit depends on.
    pub bytes: u64,
    /// Whether it is to be heard alone and after the others, because runs ended over it before.
    pub late: bool,
}

/// How a recording ended.
#[derive(Clone, Debug)]
pub enum End {
    /// It was heard.
    Heard(Box<Heard>),
    /// It was not.
    Failed(Failure),
}

/// Keeps a child and what it has to hear.
#[derive(Debug)]
pub struct Supervisor {
    options: ChildOptions,
    child: Option<Running>,
    items: BTreeMap<usize, ChildItem>,
    triage: Triage,
    /// Children that died one after the other without having begun anything.
    false_starts: u32,
    /// Children that died at all.
    deaths: u32,
    ended: Vec<(usize, End)>,
}

#[derive(Debug)]
struct Running {
    process: Process,
    stalls: Stalls,
}

impl Supervisor {
    /// No child yet: the first is begun when there is something to hear.
    pub fn new(options: ChildOptions) -> Self {
        Self {
            options,
            child: None,
            items: BTreeMap::new(),
            triage: Triage::default(),
            false_starts: 0,
            deaths: 0,
            ended: Vec::new(),
        }
    }

    /// Whether one more recording keeps the child busier. Memory does not grow with the batch.
    pub fn has_room(&self) -> bool {
        self.triage.len() < 2 * self.most_sent()
    }

    /// Recordings that were given and have not ended.
    pub fn len(&self) -> usize {
        self.triage.len()
    }

    /// Whether every recording that was given has ended.
    pub fn is_empty(&self) -> bool {
        self.triage.len() == 0
    }

    /// Children that died so far.
    pub fn deaths(&self) -> u32 {
        self.deaths
    }

    /// The process number of the child, if there is one.
    pub fn child_id(&self) -> Option<u32> {
        self.child.as_ref().map(|running| running.process.id())
    }

    /// One more recording, under a number that no other has.
    pub fn give(&mut self, id: usize, item: ChildItem) {
        self.triage.give(id, item.late);
        self.items.insert(id, item);
    }

    /// What ended, after at most `at_most`; returns at once where something has, or nothing is left to wait for.
    ///
    /// # Errors
    ///
    /// When no child can be begun, or none can hear anything. What was given and has not ended then never will.
    pub fn wait(
        &mut self,
        at_most: Duration,
        observer: &dyn Observer,
    ) -> Result<Vec<(usize, End)>, ChildError> {
        let until = Instant::now() + at_most;
        loop {
            if self.is_empty() {
                return Ok(std::mem::take(&mut self.ended));
            }
            self.feed()?;
            let left = until.saturating_duration_since(Instant::now());
            self.listen(left.min(LOOK), observer)?;
            self.look()?;
            if !self.ended.is_empty() || Instant::now() >= until {
                return Ok(std::mem::take(&mut self.ended));
            }
        }
    }

    /// Lets the child end in peace.
    pub fn finish(mut self) {
        if let Some(running) = self.child.take()
            && self.triage.len() == 0
        {
            running.process.dismiss();
        }
    }

    /// Recordings that the child may have at a time: those it works on, and as many again, so that it never waits.
    fn most_sent(&self) -> usize {
        2 * look_ahead(self.options.begin.jobs)
    }

    /// Sends what may be sent, to a new child if there is none.
    fn feed(&mut self) -> Result<(), ChildError> {
        let most = self.most_sent();
        if self.child.is_none() {
            self.child = Some(self.start()?);
        }
        let Some(running) = &mut self.child else { return Ok(()) };
        while let Some((id, alone)) = self.triage.next(most) {
            let Some(item) = self.items.get(&id) else { continue };
            running.process.order(Order::Hear(Hear::new(id, &item.hear)));
            running.stalls.sent(id, item.bytes, Instant::now());
            tracing::trace!(target: "autograde::stage", id, alone, "sent");
        }
        Ok(())
    }

    fn start(&self) -> Result<Running, ChildError> {
        let process = Process::start(&self.options.program).map_err(ChildError::Start)?;
        let begin = Begin {
            parent: std::process::id(),
            memory_bytes: self.options.limits.memory_bytes,
            // Several signs of life within the time after which it counts as dead.
            alive_ms: (self.options.limits.silence.as_millis() / 8).clamp(50, 5000) as u64,
            ..self.options.begin.clone()
        };
        tracing::debug!(process = process.id(), "the listening process begins");
        process.order(Order::Begin(begin));
        let stalls = Stalls::new(self.options.limits, Instant::now());
        Ok(Running { process, stalls })
    }

    /// Takes what the child says within `at_most`, and all that it has said by then.
    fn listen(&mut self, at_most: Duration, observer: &dyn Observer) -> Result<(), ChildError> {
        let Some(running) = &self.child else { return Ok(()) };
        let events = running.process.events.clone();
        let Ok(first) = events.recv_timeout(at_most) else { return Ok(()) };
        for (at, event) in std::iter::once(first).chain(events.try_iter()) {
            match event {
                Event::Report(report) => {
                    if let Err(nonsense) = self.take(at, report, observer)? {
                        return self.bury(None, Some(nonsense));
                    }
                }
                Event::Nonsense(what) => return self.bury(None, Some(what)),
                Event::Gone => return self.bury(None, None),
            }
        }
        Ok(())
    }

    /// Takes one report; says what is wrong with one that a sane child would not make.
    fn take(
        &mut self,
        at: Instant,
        report: Report,
        observer: &dyn Observer,
    ) -> Result<Result<(), String>, ChildError> {
        let Some(Running { stalls, .. }) = &mut self.child else { return Ok(Ok(())) };
        let unknown = |id: usize| Ok(Err(format!("it speaks of recording {id}, which it has not")));
        match report {
            Report::Ready => stalls.ready(at),
            Report::Alive => stalls.alive(at),
            Report::Began(id) => {
                if !self.triage.began(id) {
                    return unknown(id);
                }
                stalls.began(id, at);
                tracing::trace!(target: "autograde::stage", "decoding");
                observer.began(id);
            }
            Report::Surveyed { id, duration_ms, speech_ms } => {
                stalls.surveyed(id, at);
                observer.surveyed(id, duration_ms, speech_ms);
            }
            Report::WindowStarted { worker, id, speech_ms } => {
                stalls.window_started(worker, id, speech_ms, at);
                tracing::trace!(target: "autograde::stage", "recognition");
                observer.window_started(worker, id, speech_ms);
            }
            Report::WindowDone { worker, id, speech_ms } => {
                stalls.window_done(worker, at);
                observer.window_done(worker, id, speech_ms);
            }
            Report::Heard { id, heard } => {
                let heard = match store::heard_from_json(heard.get()) {
                    Ok(heard) => heard,
                    Err(error) => return Ok(Err(error.to_string())),
                };
                stalls.ended(id, at);
                if !self.triage.ended(id) {
                    return unknown(id);
                }
                self.end(id, End::Heard(Box::new(heard)));
            }
            Report::Failed { id, why } => {
                stalls.ended(id, at);
                if !self.triage.ended(id) {
                    return unknown(id);
                }
                self.end(id, End::Failed(why.into()));
            }
            Report::Fatal(why) => return Err(ChildError::Fatal { why }),
        }
        Ok(Ok(()))
    }

    fn end(&mut self, id: usize, end: End) {
        self.items.remove(&id);
        self.false_starts = 0;
        self.ended.push((id, end));
    }

    /// Kills a child in which something stands still.
    fn look(&mut self) -> Result<(), ChildError> {
        let Some(running) = &self.child else { return Ok(()) };
        let Some(stall) = running.stalls.find(Instant::now()) else { return Ok(()) };
        let said = format!("nothing moved for {} s", stall.limit.as_secs());
        self.bury(stall.id, Some(said))
    }

    /// Ends the child, which died, hangs or talks nonsense (`why`), and finds out whose fault that was.
    fn bury(&mut self, blamed: Option<usize>, why: Option<String>) -> Result<(), ChildError> {
        let Some(Running { process, .. }) = self.child.take() else { return Ok(()) };
        let id = process.id();
        let (status, last_words) = process.kill();
        let how = why.unwrap_or_else(|| how(status));
        self.deaths += 1;
        let (begun, killer) = self.triage.died(blamed);
        tracing::warn!(process = id, how, "the listening process died; another takes its place");
        if let Some(id) = killer {
            let said = Some(cut(last_words)).filter(|said| !said.is_empty());
            self.end(id, End::Failed(Failure::Crashed { how, said }));
        } else if !begun {
            self.false_starts += 1;
            if MOST_FALSE_STARTS <= self.false_starts {
                let how = if last_words.is_empty() { how } else { format!("{how} ({last_words})") };
                return Err(ChildError::Dies { times: self.false_starts, how });
            }
        }
        Ok(())
    }
}

/// The beginning of what a dying process said.
fn cut(mut said: String) -> String {
    const MOST_BYTES: usize = 200;
    let mut end = MOST_BYTES.min(said.len());
    while !said.is_char_boundary(end) {
        end -= 1;
    }
    said.truncate(end);
    said
}
