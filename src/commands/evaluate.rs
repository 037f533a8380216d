//! `autograde evaluate FOLDER...`: labelled calls in, how well drafts (or a second person) agree with them out.
//!
//! A labelled call without a recording is read as a transcript, one with a recording is heard with the model in force;
//! both are graded as `grade` would. What cannot be used is said, and the rest goes on.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::bail;
use serde_json::json;

use crate::audio::AudioSource;
use crate::batch::{Ended, Item, Kind, Outcome, RunError, Sink};
use crate::call::CallInfo;
use crate::cli::{By, EvaluateArgs};
use crate::commands::grade::{language_of, made_with, rulebook};
use crate::commands::hearing::Hearing;
use crate::commands::labelled::Labelled;
use crate::commands::terminal;
use crate::config::{self, Flags, Options};
use crate::evaluation::{self, Compared, Evaluation, Found, Reference};
use crate::exit::ExitStatus;
use crate::grading::{self, Draft, GradeOptions, MadeWith};
use crate::report::{self, Detail, Language};
use crate::rules::Rulebook;
use crate::transcript::Heard;

/// Measures.
pub(super) fn run(args: &EvaluateArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    let quiet = args.hearing.quiet;
    terminal::set_up_log(&args.hearing);
    if let Some(percent) = args.fail_under
        && !(0.0..=100.0).contains(&percent)
    {
        bail!("`--fail-under` is `{percent}`; it is a percentage from 0 to 100");
    }
    let flags = Flags { hearing: &args.hearing, rules: args.rules.as_deref(), lang: args.lang };
    let options = config::load(&flags)?;
    let book = rulebook(options.rules.value.as_deref(), &options.firm)?;
    let lang = options.lang.value.map_or_else(|| language_of(&book), Language::from);
    let mut labelled = Labelled::read(&args.paths, &book, lang);
    for said in labelled.faults.iter().chain(&labelled.notes) {
        terminal::note(quiet, said);
    }
    let calls = std::mem::take(&mut labelled.calls);
    let beside = match &args.against {
        Some(folder) => Some(people(calls, folder.clone(), &book, lang)),
        None => drafts(args, &calls, &book, &options, lang, cancel)?,
    };
    let Some(beside) = beside else { return Ok(ExitStatus::Interrupted) };
    for said in beside.faults.iter().chain(&beside.notes) {
        terminal::note(quiet, said);
    }
    let failed = labelled.faults.len() + beside.faults.len();
    if beside.compared.is_empty() {
        let names: Vec<String> =
            args.paths.iter().map(|path| format!("`{}`", path.display())).collect();
        let said = lang.pick("нет размеченных звонков в", "no labelled calls in");
        terminal::note(quiet, &format!("{said} {}", names.join(", ")));
        let is_fine = failed == 0 && args.fail_under.is_none();
        return Ok(if is_fine { ExitStatus::Success } else { ExitStatus::SomethingFailed });
    }
    let measured = Evaluation::new(beside.compared, &book);
    let text = if args.json {
        let mut object = evaluation::json(&measured);
        object.insert("failed".into(), json!(failed));
        object.insert("made_with".into(), made(args, &beside.made_with, &book));
        format!("{}\n", serde_json::to_string_pretty(&object)?)
    } else {
        report::evaluation(&measured, detail(args.by), lang, terminal::screen())
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    let too_low = too_low(args.fail_under, &measured, lang);
    if let Some(said) = &too_low {
        terminal::note(false, said);
    }
    let is_fine = failed == 0 && too_low.is_none();
    Ok(if is_fine { ExitStatus::Success } else { ExitStatus::SomethingFailed })
}

fn detail(by: Option<By>) -> Detail {
    match by {
        None => Detail::Overview,
        Some(By::Criterion) => Detail::Criteria,
        Some(By::Type) => Detail::Types,
        Some(By::Call) => Detail::Calls,
    }
}

/// What was compared, for the JSON.
fn made(args: &EvaluateArgs, with: &MadeWith, book: &Rulebook) -> serde_json::Value {
    json!({
        "program": with.program,
        "model": with.model,
        "model_sha256": with.model_sha256,
        "rulebook": book.id,
        "rulebook_sha256": book.sha256,
        "labelled_type": args.labelled_type,
        "against": args.against.as_ref().map(|folder| folder.to_string_lossy()),
    })
}

/// That fewer values agree than somebody asked for, where that is so.
fn too_low(wanted_percent: Option<f64>, measured: &Evaluation, lang: Language) -> Option<String> {
    let wanted = wanted_percent?;
    let percent = measured.all.values.agreement.map_or(0.0, |figure| figure.value * 100.0);
    (percent < wanted).then(|| {
        let said = lang.pick("значений совпали, требуется", "of the values agree, wanted");
        format!("{percent:.1} % {said} {wanted} %")
    })
}

/// Calls with what stands beside their labels.
struct Beside {
    compared: Vec<Compared>,
    /// Calls that have nothing beside them, and why.
    faults: Vec<String>,
    /// Parts that could not be used.
    notes: Vec<String>,
    made_with: MadeWith,
}

/// What a second person said of the same calls.
fn people(
    calls: Vec<(Found, Reference)>,
    folder: PathBuf,
    book: &Rulebook,
    lang: Language,
) -> Beside {
    let second = Labelled::read(&[folder], book, lang);
    let by_id: BTreeMap<&str, &Reference> =
        second.calls.iter().map(|(_, reference)| (reference.id.as_str(), reference)).collect();
    let mut beside = Beside {
        compared: Vec::new(),
        faults: second.faults,
        notes: second.notes,
        made_with: MadeWith {
            program: format!("autograde {}", env!("CARGO_PKG_VERSION")),
            ..MadeWith::default()
        },
    };
    for (found, first) in calls {
        if let Some(second) = by_id.get(first.id.as_str()) {
            beside.compared.push(Compared::of_two(&found.name, &first, second, book));
        } else {
            // Somebody who labels a part of the calls again leaves out the others on purpose.
            let said = lang.pick("второй человек не разметил", "the second person did not label");
            beside.notes.push(format!("`{}`: {said} `{}`", found.name, first.id));
        }
    }
    beside
}

/// What the program proposes for the calls; `None` where somebody stopped it.
fn drafts(
    args: &EvaluateArgs,
    calls: &[(Found, Reference)],
    book: &Rulebook,
    options: &Options,
    lang: Language,
    cancel: &AtomicBool,
) -> anyhow::Result<Option<Beside>> {
    let (usable, bare): (Vec<&(Found, Reference)>, Vec<_>) =
        calls.iter().partition(|(_, call)| call.has_turns || call.recording.is_some());
    let items: Vec<Item> =
        usable.iter().map(|(found, reference)| item(found, reference, options)).collect();
    let lacks = lang.pick(
        "нет ни `turns`, ни `recording`: оценивать нечего",
        "has neither `turns` nor `recording`: there is nothing to grade",
    );
    let bare = bare.into_iter().map(|(found, _)| format!("`{}` {lacks}", found.name));
    let references: BTreeMap<&str, &Reference> =
        calls.iter().map(|(found, reference)| (found.name.as_str(), reference)).collect();
    let hearing = Hearing::open(&items, options, &book.lang)?;
    if let Some(warning) = &hearing.warning {
        terminal::warn(args.hearing.quiet, &lang.warning(warning));
    }
    let progress = terminal::progress(&items, options.jobs.value, &args.hearing, lang);
    let made_with = made_with(&hearing);
    let mut judge = |heard: Heard, call| {
        let reference = references.get(heard.recording.source.as_str());
        let call_type = reference
            .filter(|_| args.labelled_type)
            .and_then(|reference| reference.call_type.clone());
        let options = GradeOptions { call_type, made_with: made_with.clone() };
        grading::grade(book, &heard, &call, &options)
    };
    let mut pairs =
        Pairs { references: &references, book, lang, compared: Vec::new(), faults: bare.collect() };
    let (_, ended) =
        hearing.run(&items, options.jobs.value, cancel, &progress, &mut judge, &mut pairs);
    match ended {
        Ok(()) => {}
        Err(RunError::Interrupted) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let Pairs { compared, faults, .. } = pairs;
    Ok(Some(Beside { compared, faults, notes: Vec::new(), made_with }))
}

fn item(found: &Found, reference: &Reference, options: &Options) -> Item {
    let kind = match &reference.recording {
        Some(recording) => Kind::Audio(AudioSource::File(found.path.with_file_name(recording))),
        None => Kind::Dialogue(found.path.clone()),
    };
    let profile = options.profile(&found.path.to_string_lossy());
    let direction = reference.direction.or(profile.call.direction);
    Item {
        name: found.name.clone(),
        kind,
        call: CallInfo { direction, ..CallInfo::default() },
        warnings: Vec::new(),
        manager_channel: profile.manager_channel,
    }
}

/// Sets each draft beside its labels as it comes.
struct Pairs<'a> {
    /// By the name of the item.
    references: &'a BTreeMap<&'a str, &'a Reference>,
    book: &'a Rulebook,
    lang: Language,
    compared: Vec<Compared>,
    faults: Vec<String>,
}

impl Sink<Draft> for Pairs<'_> {
    fn finished(&mut self, _: &Ended<Draft>) -> io::Result<()> {
        Ok(())
    }

    fn deliver(&mut self, ended: Ended<Draft>) -> io::Result<()> {
        let name = &ended.recording.source;
        match ended.outcome {
            Outcome::Done(draft) => {
                if let Some(reference) = self.references.get(name.as_str()) {
                    self.compared.push(Compared::new(name, reference, &draft, self.book));
                }
            }
            Outcome::Skipped(reason) => {
                self.faults.push(format!("`{name}`: {}", self.lang.skipped(reason)));
            }
            Outcome::Failed(reason) => {
                let said = self.lang.failure(&reason);
                let is_named = said.contains(name.as_str());
                self.faults.push(if is_named { said } else { format!("`{name}`: {said}") });
            }
        }
        Ok(())
    }
}
