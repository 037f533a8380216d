//! `autograde PATH...`: recordings in, draft scorecards out.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, bail};

use crate::batch::{self, Ended, Outcome, Progress, RunError, Sink, Summary};
use crate::call::CallInfo;
use crate::cli::GradeArgs;
use crate::commands::drafts::Folder;
use crate::commands::hearing::Hearing;
use crate::commands::terminal;
use crate::config::{self, Flags};
use crate::exit::ExitStatus;
use crate::grading::wire::{DraftJson, FailedJson, OutcomeJson, SkippedJson};
use crate::grading::{self, Draft, GradeOptions, MadeWith};
use crate::report::{self, Language, Row};
use crate::rules::{Firm, Rulebook};

/// The language of the rulebook in the program that holds where no other is named.
pub(super) const DEFAULT_RULEBOOK: &str = "ru";

/// Grades what was given.
pub(super) fn run(args: &GradeArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    let quiet = args.hearing.quiet;
    terminal::set_up_log(&args.hearing);
    let flags = Flags { hearing: &args.hearing, rules: args.rules.as_deref(), lang: args.lang };
    let options = config::load(&flags)?;
    let book = rulebook(options.rules.value.as_deref(), &options.firm)?;
    check_call_type(&book, args.call_type.as_deref())?;
    let lang = options.lang.value.map_or_else(|| language_of(&book), Language::from);
    let folder = args.out.as_deref().map(|path| Folder::open(path, "json")).transpose()?;
    let items = batch::discover(&args.paths, &|path| options.profile(path));
    if items.is_empty() {
        terminal::note(quiet, &nothing_found(&args.paths, lang));
        return Ok(ExitStatus::Success);
    }
    tracing::info!(items = items.len(), rulebook = book.id, sha256 = book.sha256, "begins");
    let hearing = Hearing::open(&items, &options, &book.lang)?;
    if let Some(warning) = &hearing.warning {
        terminal::warn(quiet, &lang.warning(warning));
    }
    let grading =
        GradeOptions { call_type: args.call_type.clone(), made_with: made_with(&hearing) };

    let progress = terminal::progress(&items, options.jobs.value, &args.hearing, lang);
    let mut results = Results {
        json: args.json,
        keep_draft: items.len() == 1,
        folder,
        rows: Vec::new(),
        draft: None,
        lang,
        progress: &progress,
    };
    let mut judge = |heard, call: CallInfo| {
        // Not in a worker: a call takes far less than its recognition.
        grading::grade_heard(&book, heard, &call, &grading)
    };
    let (summary, ended) =
        hearing.run(&items, options.jobs.value, cancel, &progress, &mut judge, &mut results);
    if let Err(error) = &ended
        && !matches!(error, RunError::Interrupted)
    {
        ended?;
        return Ok(ExitStatus::DidNotRun);
    }
    results.show(&summary)?;
    if 1 < items.len() {
        terminal::note(quiet, &speed(&summary, &progress, lang));
    }
    if ended.is_err() {
        terminal::note(false, &interrupted(&summary, args.out.as_deref(), lang));
        return Ok(ExitStatus::Interrupted);
    }
    Ok(if summary.failed == 0 { ExitStatus::Success } else { ExitStatus::SomethingFailed })
}

/// The rulebook of a folder or a file, or one of the program by its language, with the firm's names.
pub(super) fn rulebook(named: Option<&Path>, firm: &Firm) -> anyhow::Result<Rulebook> {
    if let Some(lang) = embedded(named) {
        return Ok(Rulebook::embedded_for(lang, firm)?);
    }
    let path = named.unwrap_or(Path::new(""));
    Rulebook::load_for(path, firm)
        .with_context(|| format!("cannot use the rulebook `{}`", path.display()))
}

/// The language of the rulebook in the program that is meant; `None` for a folder or a file, which goes before.
pub(super) fn embedded(named: Option<&Path>) -> Option<&str> {
    let Some(named) = named else { return Some(DEFAULT_RULEBOOK) };
    let lang = named.to_str()?;
    (Rulebook::embedded_languages().contains(&lang) && !named.exists()).then_some(lang)
}

pub(super) fn check_call_type(book: &Rulebook, id: Option<&str>) -> anyhow::Result<()> {
    let Some(id) = id else { return Ok(()) };
    if book.call_type(id).is_none() {
        let known: Vec<String> = book.call_types().iter().map(|id| format!("`{id}`")).collect();
        bail!("`{id}` is no call type of the rulebook `{}`; it has {}", book.id, known.join(", "));
    }
    Ok(())
}

/// The language of the report where nobody asks for another.
pub(super) fn language_of(book: &Rulebook) -> Language {
    if book.lang == Language::Russian.code() { Language::Russian } else { Language::English }
}

pub(super) fn made_with(hearing: &Hearing) -> MadeWith {
    MadeWith {
        program: format!("autograde {}", env!("CARGO_PKG_VERSION")),
        model: hearing.model.as_ref().map(|model| model.name.clone()),
        model_sha256: hearing.model.as_ref().map(|model| model.sha256.clone()),
    }
}

pub(super) fn nothing_found(paths: &[PathBuf], lang: Language) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    format!("{} {}", lang.pick("нет записей в", "no recordings in"), names.join(", "))
}

/// How long the run took.
pub(super) fn speed(summary: &Summary, progress: &Progress, lang: Language) -> String {
    let took = progress.elapsed().as_secs_f64();
    let times = summary.audio_ms as f64 / 1000.0 / took.max(0.001);
    match lang {
        Language::Russian => {
            format!("заняло {took:.1} с, в {times:.1} раза быстрее, чем звучит").replace('.', ",")
        }
        Language::English => format!("took {took:.1} s, {times:.1} times as fast as it sounds"),
    }
}

/// What was done before Ctrl-C.
fn interrupted(summary: &Summary, out: Option<&Path>, lang: Language) -> String {
    let done = summary.done + summary.skipped + summary.failed;
    let kept = match out {
        Some(path) if 0 < summary.done => format!(
            "; {} `{}`: {}",
            lang.pick("черновиков в", "drafts in"),
            path.display(),
            summary.done
        ),
        _ => String::new(),
    };
    format!(
        "{}: {done} {} {}{kept}",
        lang.pick("прервано", "interrupted"),
        lang.pick("готово из", "done of"),
        summary.given
    )
}

/// Where the drafts of a run go.
struct Results<'a> {
    json: bool,
    /// Whether the one draft is to be shown whole.
    keep_draft: bool,
    folder: Option<Folder>,
    rows: Vec<Row>,
    draft: Option<Draft>,
    lang: Language,
    progress: &'a Progress,
}

impl Sink<Draft> for Results<'_> {
    fn finished(&mut self, ended: &Ended<Draft>) -> io::Result<()> {
        if let (Some(folder), Outcome::Done(draft)) = (&mut self.folder, &ended.outcome) {
            let text = serde_json::to_string_pretty(&DraftJson::from(draft))?;
            folder.write(ended.item, &draft.id(), &format!("{text}\n"))?;
        }
        let line = Row::new(ended).in_brief(self.lang);
        self.progress.suspend(|| tracing::info!(source = ended.recording.source, "{line}"));
        self.progress.ended(ended.item, &line);
        Ok(())
    }

    fn deliver(&mut self, ended: Ended<Draft>) -> io::Result<()> {
        if self.json {
            let line = serde_json::to_string(&wire(&ended))?;
            return self.progress.suspend(|| {
                let mut stdout = io::stdout().lock();
                writeln!(stdout, "{line}")?;
                stdout.flush()
            });
        }
        self.rows.push(Row::new(&ended));
        if let Outcome::Done(draft) = ended.outcome
            && self.keep_draft
        {
            self.draft = Some(draft);
        }
        Ok(())
    }
}

impl Results<'_> {
    /// Prints what a person reads; with `--json` everything is out already.
    fn show(&self, summary: &Summary) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        let screen = terminal::screen();
        let text = match &self.draft {
            Some(draft) => report::scorecard(draft, self.lang, screen),
            None => report::table(&self.rows, summary, self.lang, screen),
        };
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }
}

/// The JSON object for whatever became of a recording.
fn wire(ended: &Ended<Draft>) -> OutcomeJson {
    let Ended { recording, call, .. } = ended;
    match &ended.outcome {
        Outcome::Done(draft) => OutcomeJson::Draft(draft.into()),
        Outcome::Skipped(reason) => {
            OutcomeJson::Skipped(SkippedJson::new(recording, call, reason.as_str()))
        }
        Outcome::Failed(reason) => {
            OutcomeJson::Failed(FailedJson::new(recording, call, reason.text()))
        }
    }
}
