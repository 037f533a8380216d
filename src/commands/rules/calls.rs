//! Calls for `rules explain` and `rules diff`: drafts and labelled calls read again, everything else heard as `grade` hears it, each once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::batch::{self, Ended, Outcome, RunError, Sink};
use crate::call::CallInfo;
use crate::cli::HearingArgs;
use crate::commands::hearing::Hearing;
use crate::commands::terminal;
use crate::config::Options;
use crate::grading;
use crate::report::Language;
use crate::speech::scripted;
use crate::transcript::Heard;

/// A draft of a day-long call has some megabytes; more than this is none.
const LONGEST_DRAFT_BYTES: u64 = 256 << 20;

/// What became of the calls.
pub(super) struct Calls<T> {
    /// What `judge` made of each, drafts first.
    pub(super) made: Vec<T>,
    /// What could not be used, and why.
    pub(super) complaints: Vec<String>,
    /// Whether Ctrl-C ended it.
    pub(super) interrupted: bool,
}

/// Reads and hears what was given, and lets `judge` make something of each call.
pub(super) fn each<T>(
    paths: &[PathBuf],
    args: &HearingArgs,
    options: &Options,
    rules_lang: &str,
    lang: Language,
    cancel: &AtomicBool,
    judge: &mut dyn FnMut(Heard, CallInfo) -> T,
) -> anyhow::Result<Calls<T>> {
    let mut calls = Calls { made: Vec::new(), complaints: Vec::new(), interrupted: false };
    let mut others = Vec::new();
    for path in paths {
        let written = written_at(path, &mut calls.complaints);
        if written.is_empty() || path.is_dir() {
            others.push(path.clone());
        }
        for text in written {
            match text.read() {
                Ok((heard, call)) => calls.made.push(judge(heard, call)),
                Err(error) => calls.complaints.push(error),
            }
        }
    }
    let items = batch::discover(&others, &|path| options.profile(path));
    if items.is_empty() {
        return Ok(calls);
    }
    let hearing = Hearing::open(&items, options, rules_lang)?;
    if let Some(warning) = &hearing.warning {
        terminal::warn(args.quiet, &lang.warning(warning));
    }
    let progress = terminal::progress(&items, options.jobs.value, args, lang);
    let mut kept = Kept { lang, made: Vec::new(), complaints: Vec::new() };
    let (_, ended) = hearing.run(&items, options.jobs.value, cancel, &progress, judge, &mut kept);
    calls.made.extend(kept.made);
    calls.complaints.extend(kept.complaints);
    match ended {
        Ok(()) => {}
        Err(RunError::Interrupted) => calls.interrupted = true,
        Err(error) => return Err(error.into()),
    }
    Ok(calls)
}

/// A call that is written down already.
struct Written {
    name: String,
    bytes: Vec<u8>,
    is_draft: bool,
}

impl Written {
    fn read(&self) -> Result<(Heard, CallInfo), String> {
        if self.is_draft {
            return grading::reread(&self.bytes, &self.name).map_err(|error| error.to_string());
        }
        scripted::read_dialogue(&self.bytes, &self.name).map_err(|error| error.to_string())
    }
}

/// The drafts and labelled calls that a path stands for: itself, or those in a folder, in the order of their names. Files
/// named `*.dialogue.json` are left to [`batch::discover`].
fn written_at(path: &Path, complaints: &mut Vec<String>) -> Vec<Written> {
    let mut paths = vec![path.to_path_buf()];
    if path.is_dir() {
        paths.clear();
        let entries = walkdir::WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
            paths.push(entry.into_path());
        }
    }
    let mut written = Vec::new();
    for path in paths {
        let name = path.to_string_lossy();
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        if !is_json || name.ends_with(".dialogue.json") {
            continue;
        }
        match read(&path) {
            Ok(bytes) => {
                let is_draft = grading::is_draft(&bytes);
                // Neither: what it is, and whether it can be used, is for others to say.
                if is_draft || has_turns(&bytes) {
                    written.push(Written { name: name.into_owned(), bytes, is_draft });
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => complaints.push(format!("cannot read `{name}`: {error}")),
        }
    }
    written
}

/// Whether a JSON object has turns, as labelled calls have.
fn has_turns(bytes: &[u8]) -> bool {
    let object: Result<serde_json::Map<String, serde_json::Value>, _> =
        serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    object.is_ok_and(|object| object.get("turns").is_some_and(serde_json::Value::is_array))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if LONGEST_DRAFT_BYTES < fs::metadata(path)?.len() {
        return Err(io::Error::other("it is longer than 256 MiB, which no draft is"));
    }
    fs::read(path)
}

struct Kept<T> {
    lang: Language,
    made: Vec<T>,
    complaints: Vec<String>,
}

impl<T> Sink<T> for Kept<T> {
    fn finished(&mut self, _: &Ended<T>) -> io::Result<()> {
        Ok(())
    }

    fn deliver(&mut self, ended: Ended<T>) -> io::Result<()> {
        let name = ended.recording.source;
        match ended.outcome {
            Outcome::Done(made) => self.made.push(made),
            Outcome::Skipped(reason) => {
                self.complaints.push(format!("{name}: {}", self.lang.skipped(reason)));
            }
            Outcome::Failed(reason) => {
                self.complaints.push(format!("{name}: {}", self.lang.failure(&reason)));
            }
        }
        Ok(())
    }
}
