//! `autograde regrade`: all stored transcripts with today's rulebook.
//!
//! One thread reads a page of the archive and writes the drafts of the page before in one transaction; the others
//! understand, grade and prepare meanwhile. The JSON files of a page follow its commit, without a sync each: the store is
//! the truth, and another `regrade` writes them again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};
use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::cli::RegradeArgs;
use crate::commands::grade::rulebook;
use crate::commands::rules::diff;
use crate::commands::store::{Settings, print};
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::grading::wire::DraftJson;
use crate::grading::{self, Difference, GradeOptions, Judged, MadeWith};
use crate::report::{self, Language};
use crate::rules::Rulebook;
use crate::store::{
    DraftFiles, Lasting, PreparedDraft, Since, Store, StoreError, StoredCall, now_ms,
};

/// Calls of a page: enough for a transaction to be worth its sync, few enough for memory.
const PAGE: usize = 256;

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
    let store = settings.open()?;
    let work = Work {
        book: &book,
        program: format!("autograde {}", env!("CARGO_PKG_VERSION")),
        what_if: args.what_if,
        files: DraftFiles::drafts(&settings.folder()?),
        at_ms: now_ms(),
    };
    let since = Since { day: args.since.clone() };
    let jobs = args.jobs.unwrap_or(settings.options.jobs.value).max(1);
    let begun = Instant::now();
    let mut sum = Sum::default();
    let whole = through(&store, &work, &since, jobs, cancel, &mut sum)?;
    store.close()?;
    for failure in &sum.failed {
        terminal::note(false, failure);
    }
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

/// Everything that a thread needs to make a draft.
struct Work<'a> {
    book: &'a Rulebook,
    program: String,
    what_if: bool,
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
        if same && !self.what_if {
            return Done::Same;
        }
        let (heard, info) = match call.read() {
            Ok(read) => read,
            Err(error) => return Done::Failed(error.to_string()),
        };
        let made_with = MadeWith { program: self.program.clone(), ..call.made_with.clone() };
        let options = GradeOptions { call_type: None, made_with };
        let draft = grading::grade(self.book, &heard, &info, &options);
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
                Done::Graded(Box::new((PreparedDraft::new(&call.sha256, &draft, self.at_ms), text)))
            }
            Err(error) => Done::Failed(format!("`{}`: {error}", call.id)),
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
    // Answers that are owed: gradings of the page, and files of the page before.
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
        let begun = page.len();
        // The threads grade this page while the page before is written.
        for call in page {
            // The receivers live as long as this sender.
            let _ = jobs.send(Job::Grade(Box::new(call)));
        }
        let (drafts, texts): (Vec<_>, Vec<_>) = std::mem::take(&mut prepared).into_iter().unzip();
        if !drafts.is_empty() {
            sum.graded += store.put_drafts(&drafts)?;
        }
        owed += begun + texts.len();
        for text in texts {
            let _ = jobs.send(Job::Write(Box::new(text)));
        }
        while 0 < owed {
            let Ok(answer) = done.recv() else { break };
            owed -= 1;
            match answer {
                Done::Same => sum.same += 1,
                Done::Graded(draft) => prepared.push(*draft),
                Done::Compared(difference) => sum.differences.push(*difference),
                Done::Written => {}
                Done::Failed(why) => sum.failed.push(why),
            }
        }
        if is_last && prepared.is_empty() {
            return Ok(!stopped);
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
