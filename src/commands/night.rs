//! What `nightly` and `watch` share: settings, the lock, the store, the listening process, the log.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, bail};
use tracing_subscriber::EnvFilter;

use crate::batch::child::protocol::Begin;
use crate::batch::child::{ChildOptions, Limits, memory_for};
use crate::batch::known_to_journal;
use crate::batch::night::{
    Ended, FolderFault, Found, How, Known, LockError, Night, NightError, NightOptions, Notice,
    RunLock, Waiting,
};
use crate::cli::{LogForm, NightArgs};
use crate::commands::grade::{language_of, rulebook};
use crate::commands::hearing;
use crate::config::{self, Flags, Options};
use crate::grading::{GradeOptions, MadeWith};
use crate::report::Language;
use crate::rules::Rulebook;
use crate::speech::models::{ChosenModel, ChosenSource};
use crate::store::{DraftFiles, NewRun, OpenOptions, RunId, Store, now_ms};
use crate::warning::Warning;

/// Everything that a night needs, with the lock in hand.
pub(super) struct Setup {
    pub(super) options: Options,
    pub(super) book: Rulebook,
    pub(super) lang: Language,
    pub(super) store: Store,
    pub(super) run: RunId,
    data: PathBuf,
    folders: Vec<PathBuf>,
    model: ChosenModel,
    child: ChildOptions,
    after_a_kill: bool,
    _lock: RunLock,
}

/// What [`Setup::open`] finds.
pub(super) enum Opened {
    /// All that is needed.
    Ready(Box<Setup>),
    /// Another run has the lock; who, and since when.
    Busy(String),
}

impl Setup {
    /// Takes the lock of the data folder, opens the store and begins a run in it. `what` is the command.
    pub(super) fn open(
        args: &NightArgs,
        folders: &[PathBuf],
        what: &'static str,
    ) -> anyhow::Result<Opened> {
        let flags = Flags { hearing: &args.hearing, rules: args.rules.as_deref(), lang: args.lang };
        let options = config::load(&flags)?;
        let folders =
            if folders.is_empty() { options.nightly.folders.clone() } else { folders.to_vec() };
        if folders.is_empty() {
            bail!(
                "no folder to look in: name one, or set `folders` in the table [nightly] of autograde.toml"
            );
        }
        let book = rulebook(options.rules.value.as_deref(), &options.firm)?;
        let lang = options.lang.value.map_or_else(|| language_of(&book), Language::from);
        let data = options.data_folder(args.data.as_deref())?;
        let lock = match RunLock::take(&data, what) {
            Ok(lock) => lock,
            Err(error @ LockError::Held { .. }) => return Ok(Opened::Busy(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let store = Store::open(&options.store(args.data.as_deref())?, &OpenOptions::creating())?;
        let model = hearing::choose(&options)?;
        let child = child(&options, &model, &book.lang)?;
        // A run that ended in peace has written every file of its drafts.
        let after_a_kill = store
            .last_run(&["nightly", "watch"])?
            .is_some_and(|run| !matches!(run.how.as_deref(), Some("done" | "failures")));
        let run = store.begin_run(&NewRun {
            kind: what,
            program: &program(),
            process: &format!("{}", std::process::id()),
            started_ms: now_ms(),
        })?;
        Ok(Opened::Ready(Box::new(Self {
            options,
            book,
            lang,
            store,
            run,
            data,
            folders,
            model,
            child,
            after_a_kill,
            _lock: lock,
        })))
    }

    /// What the night is to do.
    pub(super) fn night<'a>(
        &'a self,
        know: &'a dyn Fn(&str) -> Known,
        cancel: &'a AtomicBool,
        notice: &'a mut dyn Notice,
    ) -> Night<'a> {
        let options = NightOptions {
            folders: self.folders.clone(),
            day: None,
            since: None,
            settling: self.options.nightly.settling,
            know,
            child: self.child.clone(),
            model_sha256: self.model.sha256.clone(),
            model_warning: warning(&self.model),
            book: &self.book,
            grading: GradeOptions { call_type: None, made_with: made_with(&self.model) },
            files: DraftFiles::drafts(&self.data),
        };
        Night::new(&self.store, self.run, options, self.after_a_kill, cancel, notice)
    }

    /// What is known of the recording at a path: by its name, by the journal in the store, by what lies beside it.
    pub(super) fn know(&self, path: &str) -> Known {
        let (by_name, mut warnings) = self.options.told_by_name(path);
        let file = path.rsplit('/').next().unwrap_or(path);
        let told = match known_to_journal(&self.store, file, by_name.clone()) {
            Ok((told, doubt)) => {
                warnings.extend(doubt);
                told
            }
            // The recording is graded all the same; a store that stays unreadable stops the run at its next step.
            Err(error) => {
                tracing::warn!(%error, "the journal cannot be asked");
                by_name
            }
        };
        let profile = self.options.profile_with(path, told, warnings);
        Known {
            call: profile.call,
            warnings: profile.warnings,
            manager_channel: profile.manager_channel,
            manager_half: profile.manager_half,
        }
    }

    /// What the reader must know of the model.
    pub(super) fn model_warning(&self) -> Option<Warning> {
        warning(&self.model)
    }
}

/// How the listening process is begun.
pub(super) fn child(
    options: &Options,
    model: &ChosenModel,
    language: &str,
) -> anyhow::Result<ChildOptions> {
    let jobs = options.jobs.value;
    let (path, bytes) = match &model.source {
        ChosenSource::Demo(bytes) => (None, bytes.len() as u64),
        ChosenSource::Path(path) => {
            (Some(path.clone()), std::fs::metadata(path).map_or(0, |data| data.len()))
        }
    };
    let memory_bytes = if options.nightly.has_memory {
        options.nightly.limits.memory_bytes
    } else {
        memory_for(bytes, jobs)
    };
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    Ok(ChildOptions {
        program: ChildOptions::this_program().context("cannot find this program's own file")?,
        begin: Begin {
            parent: std::process::id(),
            jobs,
            language: language.to_owned(),
            window_ms: model.window_ms(),
            model: path.map(|path| absolute(path).as_path().into()),
            model_sha256: model.sha256.clone(),
            vad: hearing::vad(options)?.map(|path| absolute(path).as_path().into()),
            memory_bytes,
            alive_ms: 0,
        },
        limits: Limits { memory_bytes, ..options.nightly.limits },
    })
}

pub(super) fn program() -> String {
    format!("autograde {}", env!("CARGO_PKG_VERSION"))
}

fn made_with(model: &ChosenModel) -> MadeWith {
    MadeWith {
        program: program(),
        model: Some(model.name.clone()),
        model_sha256: Some(model.sha256.clone()),
    }
}

fn warning(model: &ChosenModel) -> Option<Warning> {
    match (model.is_demo(), model.listed) {
        (true, _) => Some(Warning::DemoModel),
        (false, true) => None,
        (false, false) => Some(Warning::UnlistedModel),
    }
}

/// The word for how a run ended, as the store keeps it.
pub(super) fn how(ended: Result<&(), &NightError>, has_failures: bool) -> &'static str {
    match ended {
        Ok(()) if has_failures => "failures",
        Ok(()) => "done",
        Err(NightError::Interrupted) => "interrupted",
        Err(_) => "stopped",
    }
}

/// Writes the log: on standard error, with the time, and without a word of what is in a call.
pub(super) fn set_up_log(args: &NightArgs) {
    let level = match (args.hearing.quiet, args.hearing.verbose) {
        (true, _) => "autograde=error",
        (false, 0) => "autograde=info",
        (false, 1) => "autograde=debug",
        _ => "autograde=trace",
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false);
    // It fails only where a subscriber is there already, which then serves.
    let _ = match args.log {
        None | Some(LogForm::Text) => log.try_init(),
        Some(LogForm::Json) => log.json().flatten_event(true).try_init(),
    };
}

/// Tells the log what happens, and keeps what the report wants.
pub(super) struct Teller {
    names: bool,
    keep: bool,
    pub(super) ended: Vec<Ended>,
}

impl Teller {
    /// `keep`: for a report of every recording.
    pub(super) fn new(args: &NightArgs, keep: bool) -> Self {
        Self { names: args.log_names, keep, ended: Vec::new() }
    }

    /// A recording by its hash, or by its name where that is asked for.
    fn call<'a>(&self, source: &'a str, sha256: &'a str) -> &'a str {
        if self.names { source } else { sha256.get(..8).unwrap_or("-") }
    }
}

impl Notice for Teller {
    fn ended(&mut self, ended: &Ended) {
        let call = self.call(&ended.source, &ended.sha256);
        let seconds = ended.duration_ms / 1000;
        match &ended.how {
            How::Graded => tracing::info!(call, seconds, "graded"),
            How::Skipped(_) => tracing::info!(call, seconds, reason = ended.code, "skipped"),
            How::Failed(_) => tracing::warn!(call, reason = ended.code, "failed"),
        }
        if self.keep {
            self.ended.push(ended.clone());
        }
    }

    fn waits(&mut self, found: &Found, why: Waiting) {
        let why = match why {
            Waiting::Young => "it changed just now",
            Waiting::Incomplete => "its end is missing",
        };
        tracing::debug!(call = self.call(&found.name, ""), why, "waits");
    }

    fn fault(&mut self, fault: &FolderFault) {
        let path = if self.names { fault.path.as_str() } else { "-" };
        tracing::warn!(path, cause = fault.cause, "cannot be listed");
    }
}
