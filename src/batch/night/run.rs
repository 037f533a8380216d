//! One pass through the folders: what runs beside what, and in which order things are stored.
//!
//! Everything that touches the store happens on the calling thread, one recording after the other. What a kill can leave
//! behind is an attempt that never ended (the next run closes it and hears the recording again) or a draft in the store
//! without its file (the next run writes it).

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::batch::child::Supervisor;
use crate::batch::night::options::{Known, NightError, NightOptions, Notice};
use crate::batch::night::sum::NightSum;
use crate::batch::night::walk::{Found, Walked, walk};
use crate::store::{Attempt, RunId, Store};
use crate::whole_file::UNFINISHED;

/// Young recordings that are looked at again in the same run; more are left to the next.
const MOST_YOUNG: usize = 50_000;

/// A recording that the child has.
pub(super) struct Job {
    pub(super) found: Found,
    pub(super) known: Known,
    pub(super) sha256: String,
    pub(super) day: String,
    pub(super) attempt: Attempt,
}

/// A run over folders.
pub struct Night<'a> {
    pub(super) store: &'a Store,
    pub(super) run: RunId,
    pub(super) options: NightOptions<'a>,
    pub(super) notice: &'a mut dyn Notice,
    cancel: &'a AtomicBool,
    pub(super) supervisor: Supervisor,
    pub(super) jobs: BTreeMap<usize, Job>,
    /// What the child has, by SHA-256: the same bytes under another name are not heard twice at once.
    pub(super) hearing: BTreeMap<String, usize>,
    pub(super) next_id: usize,
    /// What changed just now: bytes, time, and since when it was seen so.
    pub(super) young: BTreeMap<PathBuf, (Found, Instant)>,
    /// What changed while it was being heard.
    pub(super) again: VecDeque<Found>,
    /// How often each of those did.
    pub(super) restless: BTreeMap<PathBuf, u32>,
    /// Whether drafts may lie in the store and not in their files.
    pub(super) check_files: bool,
    pub(super) sum: NightSum,
}

impl<'a> Night<'a> {
    /// A run that has begun in the store. `after_a_kill`: the one before did not end in peace.
    pub fn new(
        store: &'a Store,
        run: RunId,
        options: NightOptions<'a>,
        after_a_kill: bool,
        cancel: &'a AtomicBool,
        notice: &'a mut dyn Notice,
    ) -> Self {
        Self {
            store,
            run,
            supervisor: Supervisor::new(options.child.clone()),
            options,
            notice,
            cancel,
            jobs: BTreeMap::new(),
            hearing: BTreeMap::new(),
            next_id: 0,
            young: BTreeMap::new(),
            again: VecDeque::new(),
            restless: BTreeMap::new(),
            check_files: after_a_kill,
            sum: NightSum::default(),
        }
    }

    /// Takes only calls of `day`, or of `since` and later.
    pub fn only(&mut self, day: Option<String>, since: Option<String>) {
        self.options.day = day;
        self.options.since = since;
    }

    /// Goes once through the folders, and looks again at what was young. The sum counts what was reached also where the run
    /// stopped before its end.
    ///
    /// # Errors
    ///
    /// When it stopped.
    pub fn run(mut self) -> (NightSum, Result<(), NightError>) {
        let begun = Instant::now();
        if self.check_files {
            self.sweep();
        }
        let mut ended = self.folders();
        if ended.is_ok() && !self.young.is_empty() {
            ended = self.second_look();
        }
        if ended.is_ok() {
            self.sum.young += self.young.len() as u64;
        } else {
            self.give_back();
        }
        self.sum.deaths = self.supervisor.deaths();
        self.sum.took_ms = begun.elapsed().as_millis() as u64;
        if ended.is_ok() {
            self.supervisor.finish();
        }
        (self.sum, ended)
    }

    /// Goes through the folders every `pause` until somebody stops it. `each` gets the sum of each pass in which something
    /// was done.
    ///
    /// # Errors
    ///
    /// When it stopped, which is the only way in which it ends.
    pub fn watch(mut self, pause: Duration, each: &mut dyn FnMut(&NightSum)) -> NightError {
        if self.check_files {
            self.sweep();
        }
        loop {
            let begun = Instant::now();
            self.sum = NightSum::default();
            if let Err(error) = self.folders() {
                self.give_back();
                return error;
            }
            // What is gone need not be remembered.
            self.young.retain(|_, (found, _)| found.look().is_ok());
            self.sum.young = self.young.len() as u64;
            self.sum.took_ms = begun.elapsed().as_millis() as u64;
            self.check_files = false;
            if 0 < self.sum.graded + self.sum.skipped + self.sum.failed {
                each(&self.sum);
            }
            while begun.elapsed() < pause {
                if self.cancelled() {
                    return NightError::Interrupted;
                }
                thread::sleep(Duration::from_millis(200).min(pause));
            }
        }
    }

    /// Removes the temporary files that a kill left among the drafts.
    fn sweep(&self) {
        let path = self.options.files.path(None, "x");
        let folders = path.ancestors().nth(2).and_then(|drafts| fs::read_dir(drafts).ok());
        let files = folders
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|folder| fs::read_dir(folder.path()).ok())
            .flatten()
            .flatten();
        for file in files
            .filter(|file| file.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()))
        {
            // One that cannot be removed does no harm.
            let _ = fs::remove_file(file.path());
        }
    }

    pub(super) fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    fn folders(&mut self) -> Result<(), NightError> {
        let folders = self.options.folders.clone();
        self.pass(move |out, stop| {
            for folder in &folders {
                let flow = walk(folder, &mut |walked| {
                    if stop.load(Ordering::Relaxed) || out.send(walked).is_err() {
                        return ControlFlow::Break(());
                    }
                    ControlFlow::Continue(())
                });
                if flow.is_break() {
                    return;
                }
            }
        })
    }

    /// Waits until what was young could have stood still, and takes what did.
    fn second_look(&mut self) -> Result<(), NightError> {
        let Some(last) = self.young.values().map(|(_, seen)| *seen).max() else { return Ok(()) };
        let due = last + self.options.settling.still;
        while Instant::now() < due {
            if self.cancelled() {
                return Err(NightError::Interrupted);
            }
            let left = due.saturating_duration_since(Instant::now());
            thread::sleep(left.min(Duration::from_millis(100)));
        }
        // They are counted as given once.
        self.sum.given -= self.young.len() as u64;
        let young: Vec<Found> = self.young.values().map(|(found, _)| found.clone()).collect();
        self.pass(move |out, stop| {
            for found in young {
                let walked = match found.look() {
                    Ok((bytes, modified_ms)) => {
                        Walked::Found(Found { bytes, modified_ms, ..found })
                    }
                    Err(error) => Walked::Fault(found.path, error),
                };
                if stop.load(Ordering::Relaxed) || out.send(walked).is_err() {
                    return;
                }
            }
        })
    }

    /// Remembers what changed just now.
    pub(super) fn remember(&mut self, found: Found) {
        let seen = match self.young.get(&found.path) {
            Some((before, seen))
                if (before.bytes, before.modified_ms) == (found.bytes, found.modified_ms) =>
            {
                *seen
            }
            _ => Instant::now(),
        };
        if self.young.len() < MOST_YOUNG || self.young.contains_key(&found.path) {
            self.young.insert(found.path.clone(), (found, seen));
        } else {
            self.sum.young += 1;
        }
    }

    /// Whether it was seen before, long enough ago, and is the same.
    pub(super) fn stood_still(&self, found: &Found) -> bool {
        self.young.get(&found.path).is_some_and(|(before, seen)| {
            (before.bytes, before.modified_ms) == (found.bytes, found.modified_ms)
                && self.options.settling.still <= seen.elapsed()
        })
    }
}
