//! `autograde evaluate FOLDER...`: labelled calls in, how well drafts agree with them out.
//!
//! A labelled call without a recording is read as a transcript, one with a recording is heard with the model in force;
//! both are graded as `grade` would. What cannot be used is said, and the rest goes on.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::bail;
use serde_json::json;

use crate::audio::AudioSource;
use crate::batch::{self, Ended, Item, Kind, Listening, Outcome, RunError, Sink, in_one_line};
use crate::call::CallInfo;
use crate::cli::{By, EvaluateArgs};
use crate::commands::grade::{language_of, made_with, rulebook};
use crate::commands::hearing::Hearing;
use crate::commands::terminal;
use crate::config::{self, Flags, Options};
use crate::evaluation::{self, Compared, Evaluation, Found, Reference};
use crate::exit::ExitStatus;
use crate::grading::{self, Draft, GradeOptions};
use crate::report::{self, Detail, Language};
use crate::rules::Rulebook;

/// A transcript of a day has some megabytes; more than this is no labelled call.
const LONGEST_BYTES: u64 = 64 << 20;

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
    let book = rulebook(options.rules.value.as_deref())?;
    let lang = options.lang.value.map_or_else(|| language_of(&book), Language::from);
    let labelled = Labelled::read(&args.paths, &book, &options);
    for fault in labelled.faults.iter().chain(&labelled.notes) {
        terminal::note(quiet, fault);
    }
    let hearing = Hearing::open(&labelled.items, &options, &book.lang)?;
    if let Some(warning) = &hearing.warning {
        terminal::warn(quiet, &lang.warning(warning));
    }
    let progress = terminal::progress(&labelled.items, options.jobs.value, &args.hearing, lang);
    let listening = Listening {
        options: &hearing.options,
        make_recognizer: &|| hearing.recognizer(),
        jobs: options.jobs.value,
        model_warning: hearing.warning.as_ref(),
        cancel,
        observer: &progress,
    };
    let made_with = made_with(&hearing);
    let mut judge = |heard: crate::transcript::Heard, call| {
        let reference = labelled.references.get(&heard.recording.source);
        let call_type = reference
            .filter(|_| args.labelled_type)
            .and_then(|reference| reference.call_type.clone());
        let options = GradeOptions { call_type, made_with: made_with.clone() };
        grading::grade(&book, &heard, &call, &options)
    };
    let mut pairs =
        Pairs { labelled: &labelled, book: &book, compared: Vec::new(), faults: Vec::new() };
    let (_, ended) = batch::run(&labelled.items, listening, &mut judge, &mut pairs);
    progress.close();
    match ended {
        Ok(()) => {}
        Err(RunError::Interrupted) => return Ok(ExitStatus::Interrupted),
        Err(error) => return Err(error.into()),
    }
    for fault in &pairs.faults {
        terminal::note(quiet, fault);
    }
    let failed = labelled.faults.len() + pairs.faults.len();
    if pairs.compared.is_empty() {
        let names: Vec<String> =
            args.paths.iter().map(|path| format!("`{}`", path.display())).collect();
        let said = lang.pick("нет размеченных звонков в", "no labelled calls in");
        terminal::note(quiet, &format!("{said} {}", names.join(", ")));
        let asked = failed == 0 && args.fail_under.is_none();
        return Ok(if asked { ExitStatus::Success } else { ExitStatus::SomethingFailed });
    }
    let measured = Evaluation::new(pairs.compared, &book);
    print(args, &measured, &book, &made_with, failed, lang)?;
    if let Some(percent) = args.fail_under
        && let Some(figure) = measured.all.values.agreement
        && figure.value * 100.0 < percent
    {
        terminal::note(
            false,
            &format!(
                "{:.1} % {} {percent} %",
                figure.value * 100.0,
                lang.pick("значений совпали, требуется", "of the values agree, wanted"),
            ),
        );
        return Ok(ExitStatus::SomethingFailed);
    }
    Ok(if failed == 0 { ExitStatus::Success } else { ExitStatus::SomethingFailed })
}

fn print(
    args: &EvaluateArgs,
    measured: &Evaluation,
    book: &Rulebook,
    made_with: &grading::MadeWith,
    failed: usize,
    lang: Language,
) -> io::Result<()> {
    let text = if args.json {
        let mut object = evaluation::json(measured);
        object.insert("failed".into(), json!(failed));
        object.insert(
            "made_with".into(),
            json!({
                "program": made_with.program,
                "model": made_with.model,
                "model_sha256": made_with.model_sha256,
                "rulebook": book.id,
                "rulebook_sha256": book.sha256,
                "labelled_type": args.labelled_type,
            }),
        );
        format!("{}\n", serde_json::to_string_pretty(&object)?)
    } else {
        let detail = match args.by {
            None => Detail::Overview,
            Some(By::Criterion) => Detail::Criteria,
            Some(By::Type) => Detail::Types,
            Some(By::Call) => Detail::Calls,
        };
        report::evaluation(measured, detail, lang, terminal::screen())
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// What there is to compare with.
struct Labelled {
    items: Vec<Item>,
    /// By the name of the item.
    references: BTreeMap<String, Reference>,
    /// Files that cannot be used.
    faults: Vec<String>,
    /// Parts of files that cannot be used.
    notes: Vec<String>,
}

impl Labelled {
    fn read(paths: &[PathBuf], book: &Rulebook, options: &Options) -> Self {
        let mut labelled = Self {
            items: Vec::new(),
            references: BTreeMap::new(),
            faults: Vec::new(),
            notes: Vec::new(),
        };
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        for found in evaluation::find(paths) {
            let read = found.map_err(|error| in_one_line(&error)).and_then(|found| {
                let reference = read(&found)?;
                Ok((found, reference))
            });
            let (found, mut reference) = match read {
                Ok(read) => read,
                Err(fault) => {
                    labelled.faults.push(fault);
                    continue;
                }
            };
            if let Some(first) = ids.get(&reference.id) {
                labelled.faults.push(format!(
                    "`{}` has the id `{}` of `{first}`; it is left out, as a call that counts twice would make every \
                     interval too narrow",
                    found.name, reference.id
                ));
                continue;
            }
            ids.insert(reference.id.clone(), found.name.clone());
            reference.fit(book);
            labelled
                .notes
                .extend(reference.faults.iter().map(|fault| format!("`{}`: {fault}", found.name)));
            labelled.items.push(item(&found, &reference, options));
            labelled.references.insert(found.name, reference);
        }
        labelled
    }
}

fn read(found: &Found) -> Result<Reference, String> {
    let unreadable = |error: io::Error| format!("cannot read `{}`: {error}", found.name);
    let mut bytes = Vec::new();
    let file = File::open(&found.path).map_err(unreadable)?;
    file.take(LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if LONGEST_BYTES < bytes.len() as u64 {
        return Err(format!("`{}` has more than {} MiB", found.name, LONGEST_BYTES >> 20));
    }
    evaluation::read_labelled(&bytes, &found.name).map_err(|error| in_one_line(&error))
}

fn item(found: &Found, reference: &Reference, options: &Options) -> Item {
    let kind = match &reference.recording {
        Some(recording) => Kind::Audio(AudioSource::File(found.path.with_file_name(recording))),
        None => Kind::Dialogue(found.path.clone()),
    };
    let profile = options.profile(&found.path.to_string_lossy());
    let direction = reference.direction.or(profile.direction);
    Item {
        name: found.name.clone(),
        kind,
        call: CallInfo { direction, ..CallInfo::default() },
        manager_channel: profile.manager_channel,
    }
}

/// Sets each draft beside its labels as it comes.
struct Pairs<'a> {
    labelled: &'a Labelled,
    book: &'a Rulebook,
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
                if let Some(reference) = self.labelled.references.get(name) {
                    self.compared.push(Compared::new(name, reference, &draft, self.book));
                }
            }
            Outcome::Skipped(reason) => self.faults.push(format!("`{name}`: {}", reason.as_str())),
            Outcome::Failed(reason) => self.faults.push(reason.text()),
        }
        Ok(())
    }
}
