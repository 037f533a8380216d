//! `autograde regrade`: all stored transcripts with today's rulebook.
//!
//! One thread reads a page of the archive and writes the drafts of the page before in one transaction; the others
//! understand, grade and prepare meanwhile. The JSON files of a page follow its commit, without a sync each: the store is
//! the truth, and where a `regrade` did not come to its end the next one writes the files that it still owed.
//!
//! Whatever changes the store holds the lock of the data folder and leaves a run; `--what-if` changes nothing and does
//! without both.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};
use crossbeam_channel::{Receiver, Sender, unbounded};
use serde_json::json;

use crate::batch::night::{LockError, RunLock};
use crate::cli::RegradeArgs;
use crate::commands::grade::rulebook;
use crate::commands::night;
use crate::commands::rules::diff;
use crate::commands::store::{Settings, print};
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::grading::wire::DraftJson;
use crate::grading::{self, Difference, GradeOptions, Judged, MadeWith};
use crate::report::{self, Language};
use crate::rules::Rulebook;
use crate::store::{
    DraftFiles, NewRun, PreparedDraft, RunId, RunRow, Since, Store, StoreError, StoredCall, now_ms,
};
use crate::whole_file::Lasting;

/// Calls of a page: enough for a transaction to be worth its sync, few enough for memory.
const PAGE: usize = 256;

/// The word for these runs in the store and in the lock.
const KIND: &str = "regrade";

/// In a run's summary: whether files of earlier days are still owed.
const FILES_OWED: &str = "files_owed";

/// What threads are asked to do.
enum Job {
    Grade(Box<StoredCall>),
    Write(Box<Text>),
}

/// A draft as a file.
struct Text {
    id: String,
    day: Option<String>,
    json: String,
}

/// What they answer.
enum Done {
    Same,
    FileAgain,
    Graded(Box<(PreparedDraft, Text)>),
    Compared(Box<Difference>),
    Written,
    Failed(String),
}

/// What became of the archive.
#[derive(Default)]
struct Sum {
    calls: usize,
    same: usize,
    /// Of the same: how many files were written again.
    files_again: usize,
    graded: usize,
    failed: Vec<String>,
    differences: Vec<Difference>,
}

pub(super) fn run(args: &RegradeArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    if let Some(day) = &args.since {
        let read = day.parse::<jiff::civil::Date>();
        read.with_context(|| format!("`{day}` is no day; write it as 2026-01-31"))?;
        if day.len() != 10 {
            bail!("`{day}` is no day; write it as 2026-01-31");
        }
    }
    let settings = Settings::load(&args.data, args.rules.as_deref())?;
    let book = rulebook(settings.options.rules.value.as_deref(), &settings.options.firm)?;
    let folder = settings.folder()?;
    // Before the lock, which would make a data folder where there is none.
    let store = settings.open()?;
    let run = match begin(&store, &folder, args.what_if)? {
        Begun::Ready(run) => run,
        Begun::Busy(who) => {
            terminal::note(false, &format!("error: {who}"));
            return Ok(ExitStatus::AnotherRunIsActive);
        }
    };
    let work = Work {
        book: &book,
        program: night::program(),
        what_if: args.what_if,
        owes_files: run.as_ref().is_some_and(|run| run.owes_files),
        files: DraftFiles::drafts(&folder),
        at_ms: now_ms(),
    };
    let since = Since { day: args.since.clone() };
    let jobs = args.jobs.unwrap_or(settings.options.jobs.value).max(1);
    let begun = Instant::now();
    let mut sum = Sum::default();
    let ended = through(&store, &work, &since, jobs, cancel, &mut sum);
    let kept = run.map_or(Ok(()), |run| run.end(&store, &ended, &since, &sum));
    for failure in &sum.failed {
        terminal::note(false, failure);
    }
    let whole = ended.context("it had to stop; what was done is stored")?;
    kept?;
    store.close()?;
    if args.what_if {
        show(&sum.differences, args.json, settings.lang)?;
    } else {
        print(&told(&sum, begun.elapsed().as_secs_f64(), settings.lang))?;
    }
    Ok(match (whole, sum.failed.is_empty()) {
        (false, _) => ExitStatus::Interrupted,
        (true, true) => ExitStatus::Success,
        (true, false) => ExitStatus::SomethingFailed,
    })
}

/// A run in the store, with the data folder's lock.
struct Running {
    id: RunId,
    /// Whether the one before may have left drafts in the store whose files are still the old ones.
    owes_files: bool,
    _lock: RunLock,
}

/// What [`begin`] finds.
enum Begun {
    /// The run; `None` where nothing is going to be changed.
    Ready(Option<Running>),
    /// Another run has the lock; who, and since when.
    Busy(String),
}

fn begin(store: &Store, folder: &Path, what_if: bool) -> anyhow::Result<Begun> {
    if what_if {
        return Ok(Begun::Ready(None));
    }
    let lock = match RunLock::take(folder, KIND) {
        Ok(lock) => lock,
        Err(error @ LockError::Held { .. }) => return Ok(Begun::Busy(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let owes_files = store.last_run(&[KIND])?.is_some_and(|run| leaves_files_owed(&run));
    let id = store.begin_run(&NewRun {
        kind: KIND,
        program: &night::program(),
        process: &std::process::id().to_string(),
        started_ms: now_ms(),
    })?;
    Ok(Begun::Ready(Some(Running { id, owes_files, _lock: lock })))
}

/// Whether files of drafts may still be old after a run: it did not come to its end, or it left out earlier days
/// whose files were owed before it.
fn leaves_files_owed(run: &RunRow) -> bool {
    let summary = run.summary.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let passed_on = |summary: serde_json::Value| summary[FILES_OWED].as_bool();
    run.how.as_deref() != Some("done") || summary.and_then(passed_on).unwrap_or_default()
}

impl Running {
    /// Says in the store how it went.
    fn end(
        self,
        store: &Store,
        ended: &Result<bool, StoreError>,
        since: &Since,
        sum: &Sum,
    ) -> Result<(), StoreError> {
        let how = match ended {
            Ok(true) if sum.failed.is_empty() => "done",
            Ok(true) => "failures",
            Ok(false) => "interrupted",
            Err(_) => "stopped",
        };
        let summary = json!({
            "given": sum.calls,
            "graded": sum.graded,
            "same": sum.same,
            "files_again": sum.files_again,
            "failed": sum.failed.len(),
            (FILES_OWED): self.owes_files && since.day.is_some(),
        });
        store.end_run(self.id, how, &summary.to_string(), now_ms())
    }
}

/// Everything that a thread needs to make a draft.
struct Work<'a> {
    book: &'a Rulebook,
    program: String,
    what_if: bool,
    /// Whether files have to be compared with drafts that need no grading.
    owes_files: bool,
    files: DraftFiles,
    at_ms: i64,
}

impl Work<'_> {
    fn answer(&self, job: Job) -> Done {
        match job {
            Job::Grade(call) => self.grade(&call),
            Job::Write(text) => {
                let written =
                    self.files.write(text.day.as_deref(), &text.id, &text.json, Lasting::Unsynced);
                written.map_or_else(|error| Done::Failed(error.to_string()), |_| Done::Written)
            }
        }
    }

    fn grade(&self, call: &StoredCall) -> Done {
        let same =
            call.rulebook_sha256 == self.book.sha256 && call.made_with.program == self.program;
        if same && !self.what_if && !self.owes_files {
            return Done::Same;
        }
        let (heard, info) = match call.read() {
            Ok(read) => read,
            Err(error) => return Done::Failed(error.to_string()),
        };
        let made_with = MadeWith { program: self.program.clone(), ..call.made_with.clone() };
        let options = GradeOptions { call_type: None, made_with };
        let draft = grading::grade_heard(self.book, heard, &info, &options);
        if self.what_if {
            return match grading::reread_judged(call.draft.as_bytes(), &call.id) {
                Ok(mut old) => {
                    // The JSON's is rounded.
                    old.cqr.value = call.cqr;
                    Done::Compared(Box::new(grading::difference(&old, &Judged::from(&draft))))
                }
                Err(error) => Done::Failed(error.to_string()),
            };
        }
        match serde_json::to_string_pretty(&DraftJson::from(&draft)) {
            Ok(json) => {
                let text = Text { id: call.id.clone(), day: call.day.clone(), json: json + "\n" };
                if same {
                    return self.write_owed(&text);
                }
                Done::Graded(Box::new((PreparedDraft::new(&call.sha256, &draft, self.at_ms), text)))
            }
            Err(error) => Done::Failed(format!("`{}`: {error}", call.id)),
        }
    }

    /// Writes the file of a draft that is in the store already, if it is not what it should be.
    fn write_owed(&self, text: &Text) -> Done {
        let day = text.day.as_deref();
        if fs::read(self.files.path(day, &text.id)).is_ok_and(|found| found == text.json.as_bytes())
        {
            return Done::Same;
        }
        match self.files.write(day, &text.id, &text.json, Lasting::Unsynced) {
            Ok(_) => Done::FileAgain,
            Err(error) => Done::Failed(error.to_string()),
        }
    }
}

/// Goes through the archive. False when somebody interrupted it: what was done until then is stored.
fn through(
    store: &Store,
    work: &Work<'_>,
    since: &Since,
    jobs: usize,
    cancel: &AtomicBool,
    sum: &mut Sum,
) -> Result<bool, StoreError> {
    thread::scope(|scope| {
        let (jobs_in, jobs_out): (Sender<Job>, Receiver<Job>) = unbounded();
        // Bounded by the pages in flight; the channel itself need not be.
        let (done_in, done_out) = unbounded();
        for _ in 0..jobs {
            let (jobs_out, done_in) = (jobs_out.clone(), done_in.clone());
            scope.spawn(move || {
                for job in jobs_out {
                    if done_in.send(work.answer(job)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done_in);
        let ended = pages(store, since, cancel, sum, &jobs_in, &done_out);
        drop(jobs_in);
        ended
    })
}

fn pages(
    store: &Store,
    since: &Since,
    cancel: &AtomicBool,
    sum: &mut Sum,
    jobs: &Sender<Job>,
    done: &Receiver<Done>,
) -> Result<bool, StoreError> {
    let mut after = String::new();
    // Answers that are owed: gradings, and files of what was committed.
    let mut owed = 0;
    let mut prepared: Vec<(PreparedDraft, Text)> = Vec::new();
    loop {
        let stopped = cancel.load(Ordering::Relaxed);
        let page = if stopped { Vec::new() } else { store.stored_calls(since, &after, PAGE)? };
        let is_last = page.is_empty();
        if let Some(last) = page.last() {
            after.clone_from(&last.sha256);
        }
        sum.calls += page.len();
        owed += page.len();
        for call in page {
            // The receivers live as long as this sender.
            let _ = jobs.send(Job::Grade(Box::new(call)));
        }
        // A page stays with the threads while this one commits and reads, so that nobody waits for the other.
        let may_stay = if is_last { 0 } else { PAGE };
        while may_stay < owed {
            let Ok(answer) = done.recv() else {
                // No thread is left that could answer.
                owed = 0;
                break;
            };
            owed -= 1;
            match answer {
                Done::Same => sum.same += 1,
                Done::FileAgain => {
                    sum.same += 1;
                    sum.files_again += 1;
                }
                Done::Graded(draft) => prepared.push(*draft),
                Done::Compared(difference) => sum.differences.push(*difference),
                Done::Written => {}
                Done::Failed(why) => sum.failed.push(why),
            }
        }
        if PAGE <= prepared.len() || is_last {
            if prepared.is_empty() && owed == 0 {
                return Ok(!stopped);
            }
            let (drafts, texts): (Vec<_>, Vec<_>) =
                std::mem::take(&mut prepared).into_iter().unzip();
            if !drafts.is_empty() {
                sum.graded += store.put_drafts(&drafts)?;
            }
            owed += texts.len();
            for text in texts {
                let _ = jobs.send(Job::Write(Box::new(text)));
            }
        }
    }
}

fn show(differences: &[Difference], json: bool, lang: Language) -> anyhow::Result<()> {
    let mut sorted = differences.to_vec();
    // Threads answer in any order; the report has one.
    sorted.sort_by(|a, b| a.source.cmp(&b.source));
    if !json {
        print(&report::differences(&sorted, lang, terminal::screen()))?;
        return Ok(());
    }
    let mut text = String::new();
    for entry in sorted.iter().map(diff::object).chain([diff::sum(&sorted)]) {
        text.push_str(&serde_json::to_string(&entry)?);
        text.push('\n');
    }
    print(&text)?;
    Ok(())
}

fn told(sum: &Sum, took_s: f64, lang: Language) -> String {
    let rate = sum.graded as f64 / took_s.max(0.001);
    let Sum { calls, same, graded, failed, .. } = sum;
    let failed = failed.len();
    match lang {
        Language::Russian => format!(
            "звонков {calls}: переоценено {graded}, уже по этой книге {same}, не удалось {failed}; \
             {took_s:.1} с, {rate:.0} в секунду\n"
        )
        .replacen('.', ",", 1),
        Language::English => format!(
            "{calls} calls: {graded} graded again, {same} by this rulebook already, {failed} failed; \
             {took_s:.1} s, {rate:.0} a second\n"
        ),
    }
}
