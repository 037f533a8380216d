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

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::audio::ManagerChannel;
use crate::batch::child::{ChildError, ChildOptions, Supervisor};
use crate::batch::discover::Half;
use crate::batch::night::digest::{Digest, digest};
use crate::batch::night::settle::{Settling, Waiting};
use crate::batch::night::sum::{Ended, FolderFault, NightSum};
use crate::batch::night::walk::{Found, Walked, walk};
use crate::call::CallInfo;
use crate::grading::GradeOptions;
use crate::rules::Rulebook;
use crate::store::{Attempt, DraftFiles, RunId, Store, StoreError};
use crate::warning::Warning;
use crate::whole_file::UNFINISHED;

/// Names that wait to be looked at.
const WALKED: usize = 1024;
/// Recordings whose bytes are read ahead of the child.
const HASHED: usize = 4;
/// Names looked at between two looks at the child.
const AT_ONCE: usize = 256;
/// Young recordings that are looked at again in the same run; more are left to the next.
const MOST_YOUNG: usize = 50_000;

/// What is known of a recording before it is read.
#[derive(Clone, Debug)]
pub struct Known {
    /// What is known of the call.
    pub call: CallInfo,
    /// What the reader must know of how that is known.
    pub warnings: Vec<Warning>,
    /// The manager's channel in a stereo recording.
    pub manager_channel: ManagerChannel,
    /// The manager's file of a pair.
    pub manager_half: Half,
}

/// What a night is to do, and with what.
#[derive(Clone)]
pub struct NightOptions<'a> {
    /// Where to look.
    pub folders: Vec<PathBuf>,
    /// Only recordings of this day, `YYYY-MM-DD`.
    pub day: Option<String>,
    /// Only recordings of this day and later.
    pub since: Option<String>,
    /// When a recording may be taken.
    pub settling: Settling,
    /// Tells what is known of the recording at a path.
    pub know: &'a dyn Fn(&str) -> Known,
    /// How to listen.
    pub child: ChildOptions,
    /// SHA-256 of the model.
    pub model_sha256: String,
    /// What the reader must know of the model.
    pub model_warning: Option<Warning>,
    /// How to grade.
    pub book: &'a Rulebook,
    /// What made the drafts.
    pub grading: GradeOptions,
    /// Where the drafts go as files.
    pub files: DraftFiles,
}

/// Is told what happens. Called on the thread of the run.
pub trait Notice {
    /// A recording ended.
    fn ended(&mut self, ended: &Ended);
    /// A recording has to wait.
    fn waits(&mut self, found: &Found, why: Waiting);
    /// Something could not be listed.
    fn fault(&mut self, fault: &FolderFault);
}

/// Why a night stopped before its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NightError {
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing can be heard.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// A draft cannot be written as JSON.
    #[error("a draft cannot be written as JSON; this is a bug in autograde")]
    Json(#[from] serde_json::Error),
}

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
        for file in files.filter(|file| file.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()))
        {
            // One that cannot be removed does no harm.
            let _ = fs::remove_file(file.path());
        }
    }

    fn cancelled(&self) -> bool {
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

    /// Takes all that `list` names to its end.
    fn pass(
        &mut self,
        list: impl FnOnce(&Sender<Walked>, &AtomicBool) + Send,
    ) -> Result<(), NightError> {
        let stop = AtomicBool::new(false);
        let (walked_in, walked) = bounded(WALKED);
        let (to_hash, to_hash_out) = bounded::<Found>(HASHED);
        let (hashed_in, hashed) = bounded(HASHED);
        thread::scope(|scope| {
            let stop = &stop;
            let list = move || list(&walked_in, stop);
            let hash = move || {
                for found in to_hash_out {
                    let digest = digest(&found, stop);
                    if hashed_in.send((found, digest)).is_err() {
                        return;
                    }
                }
            };
            let spawned = thread::Builder::new()
                .name("list".into())
                .spawn_scoped(scope, list)
                .and_then(|_| thread::Builder::new().name("hash".into()).spawn_scoped(scope, hash));
            let ended = match spawned {
                Ok(_) => self.through(&walked, &to_hash, &hashed),
                Err(error) => Err(NightError::Thread(error)),
            };
            // Whoever still lists or hashes finds its channel closed.
            stop.store(true, Ordering::Relaxed);
            drop((walked, to_hash, hashed));
            ended
        })
    }

    fn through(
        &mut self,
        walked: &Receiver<Walked>,
        to_hash: &Sender<Found>,
        hashed: &Receiver<(Found, Digest)>,
    ) -> Result<(), NightError> {
        let mut listing = true;
        let mut hashing = 0;
        let mut waiting: VecDeque<Found> = VecDeque::new();
        loop {
            if self.cancelled() {
                return Err(NightError::Interrupted);
            }
            while self.supervisor.has_room()
                && let Ok((found, digest)) = hashed.try_recv()
            {
                hashing -= 1;
                self.take(found, digest)?;
            }
            waiting.extend(self.again.drain(..));
            for _ in 0..AT_ONCE {
                if !listing || HASHED <= waiting.len() {
                    break;
                }
                match walked.try_recv() {
                    Ok(walked) => waiting.extend(self.meet(walked)?),
                    Err(error) => {
                        listing = error.is_empty();
                        break;
                    }
                }
            }
            while let Some(found) = waiting.pop_front() {
                match to_hash.try_send(found) {
                    Ok(()) => hashing += 1,
                    Err(error) => {
                        waiting.push_front(error.into_inner());
                        break;
                    }
                }
            }
            let more = listing || 0 < hashing || !waiting.is_empty();
            if !self.supervisor.is_empty() {
                let patience = Duration::from_millis(if more { 20 } else { 500 });
                for (id, end) in self.supervisor.wait(patience, &())? {
                    self.ended(id, end)?;
                }
            } else if 0 < hashing {
                if let Ok((found, digest)) = hashed.recv_timeout(Duration::from_millis(100)) {
                    hashing -= 1;
                    self.take(found, digest)?;
                }
            } else if listing && waiting.is_empty() {
                if let Ok(walked) = walked.recv_timeout(Duration::from_millis(100)) {
                    waiting.extend(self.meet(walked)?);
                }
            } else if !more && self.again.is_empty() {
                return Ok(());
            }
        }
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
