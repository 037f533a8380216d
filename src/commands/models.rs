//! `autograde models`: list, pull, verify, path.
//!
//! What is worth a script's attention goes to stdout: the table, the JSON, paths, verdicts. Progress and errors go to
//! stderr. What a model is, and whether it is right, is `speech::models`' business.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::cli::{HearingArgs, Lang, ModelsCommand};
use crate::config::{self, Flags};
use crate::exit::ExitStatus;
use crate::report::{self, Language};
use crate::speech::models::{
    Catalog, Entry, Installed, ModelError, ModelKind, Models, PullError, PullEvent, PullOptions,
    State, check_header, check_vad,
};

/// What is pulled where nothing is named.
const DEFAULT: &str = "small";

/// Does it; results go to `out` (stdout), everything else to stderr. `cancel` is set by Ctrl-C.
///
/// # Errors
///
/// Where the run stops with exit code 2.
pub(crate) fn run(
    command: &ModelsCommand,
    lang: Option<Lang>,
    cancel: &Arc<AtomicBool>,
    out: &mut dyn Write,
) -> anyhow::Result<ExitStatus> {
    let hearing = HearingArgs::default();
    let lang = config::load(&Flags { hearing: &hearing, rules: None, lang })?.lang.value;
    // No rulebook is read here, so that its language is not known; the one in the program is Russian.
    let lang = lang.map_or_else(Language::default, Language::from);
    let models = &Models::open()?;
    match command {
        ModelsCommand::List { json: true } => {
            serde_json::to_writer_pretty(&mut *out, &listing(models))?;
            writeln!(out)?;
            Ok(ExitStatus::Success)
        }
        ModelsCommand::List { json: false } => {
            let list =
                report::model_list(&models.survey(), models.best(), models.dir(), DEFAULT, lang);
            out.write_all(list.as_bytes())?;
            Ok(ExitStatus::Success)
        }
        ModelsCommand::Pull { name, mirror, quiet } => {
            let options = PullOptions {
                mirror: mirror.clone(),
                cancel: Arc::clone(cancel),
                ..PullOptions::default()
            };
            let shown = Shown::new(*quiet, lang);
            pull(models, name.as_deref().unwrap_or(DEFAULT), &options, shown, out)
        }
        ModelsCommand::Verify { name } => verify(models, name.as_deref(), lang, out),
        ModelsCommand::Path { name } => {
            let path = match name {
                None => models.dir().to_owned(),
                Some(name) => {
                    let entry = models.catalog().require(name)?;
                    if models.state_of(entry) != State::Installed {
                        return Err(ModelError::NotInstalled { name: entry.name.clone() }.into());
                    }
                    models.path_of(entry)
                }
            };
            writeln!(out, "{}", path.display())?;
            Ok(ExitStatus::Success)
        }
    }
}

/// One word for what is there.
fn word(state: State) -> &'static str {
    match state {
        State::Installed => "installed",
        State::Partial { .. } => "partial",
        State::WrongSize { .. } => "damaged",
        State::Missing => "missing",
    }
}

fn listing(models: &Models) -> serde_json::Value {
    let best = models.best();
    let model = |found: Installed<'_>| {
        let entry = found.entry;
        let here = match found.state {
            State::Partial { bytes } | State::WrongSize { bytes } => bytes,
            State::Installed => entry.bytes,
            State::Missing => 0,
        };
        json!({
            "name": entry.name,
            "short": entry.plain,
            "kind": entry.kind.word(),
            "file": entry.file,
            "urls": entry.urls,
            "bytes": entry.bytes,
            "sha256": entry.sha256,
            "weights_mib": entry.weights_mib,
            "worker_mib": entry.worker_mib,
            "purpose": entry.purpose,
            "state": word(found.state),
            "bytes_here": here,
            "default": best == Some(entry),
        })
    };
    let list: Vec<_> = models.survey().into_iter().map(model).collect();
    json!({ "schema": 1, "dir": models.dir(), "models": list })
}

fn pull(
    models: &Models,
    name: &str,
    options: &PullOptions,
    mut shown: Shown,
    out: &mut dyn Write,
) -> anyhow::Result<ExitStatus> {
    let asked = models.catalog().require(name)?;
    let along =
        models.catalog().vad().filter(|vad| asked.kind == ModelKind::Whisper && *vad != asked);
    for entry in [Some(asked), along].into_iter().flatten() {
        let pulled = models.pull(entry, options, &mut |event| shown.event(&event));
        shown.end();
        match pulled {
            Ok(pulled) => {
                if pulled.already_there {
                    let told = shown.lang.pick("уже здесь и цела", "is here already, and right");
                    shown.line(&format!("{} {told}", entry.name));
                }
                writeln!(out, "{}", pulled.path.display())?;
            }
            Err(error) => {
                let code = match error {
                    PullError::Locked { .. } => ExitStatus::AnotherRunIsActive,
                    PullError::Cancelled { .. } => ExitStatus::Interrupted,
                    PullError::WrongSha256 { .. } => ExitStatus::SomethingFailed,
                    // The model is here and works without the file that comes along.
                    _ if entry.kind == ModelKind::Vad && asked != entry => {
                        ExitStatus::SomethingFailed
                    }
                    error => {
                        return Err(error).with_context(|| format!("cannot pull `{}`", entry.name));
                    }
                };
                let error =
                    anyhow::Error::new(error).context(format!("cannot pull `{}`", entry.name));
                writeln!(io::stderr(), "error: {error:#}")?;
                return Ok(code);
            }
        }
    }
    Ok(ExitStatus::Success)
}

/// Progress on stderr: a bar on a terminal, else a line at every tenth.
struct Shown {
    quiet: bool,
    lang: Language,
    bar: Option<ProgressBar>,
    bytes: u64,
    tenths: u64,
}

impl Shown {
    fn new(quiet: bool, lang: Language) -> Self {
        Self { quiet, lang, bar: None, bytes: 0, tenths: 0 }
    }

    fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &self.bar {
            Some(bar) => bar.println(text),
            // Nothing can be done about a stderr that is closed, and the download does not depend on it.
            None => drop(writeln!(io::stderr(), "{text}")),
        }
    }

    fn event(&mut self, event: &PullEvent) {
        if let Some(line) = report::pull_event(event, self.lang) {
            self.line(&line);
        }
        match event {
            PullEvent::Started { name, done, bytes } => {
                self.bytes = *bytes;
                self.tenths = done * 10 / bytes;
                if !self.quiet && io::stderr().is_terminal() {
                    let bar = ProgressBar::new(*bytes).with_position(*done).with_style(style());
                    bar.set_message(name.clone());
                    self.bar = Some(bar);
                }
            }
            PullEvent::Advanced { done } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(*done);
                } else if *done * 10 / self.bytes > self.tenths {
                    self.tenths = *done * 10 / self.bytes;
                    let size = report::size(*done, self.lang);
                    self.line(&format!("{} % ({size})", self.tenths * 10));
                }
            }
            PullEvent::StartedOver => self.tenths = 0,
            PullEvent::Retrying { .. } | PullEvent::OtherAddress { .. } => {}
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    // The template is fixed, so the default is never taken; it keeps a panic out.
    ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn verify(
    models: &Models,
    name: Option<&str>,
    lang: Language,
    out: &mut dyn Write,
) -> anyhow::Result<ExitStatus> {
    let entries: Vec<&Entry> = match name {
        Some(name) => match models.catalog().entry(name) {
            Some(entry) => vec![entry],
            None if Path::new(name).exists() => {
                return verify_file(models.catalog(), Path::new(name), lang, out);
            }
            None => {
                return models
                    .catalog()
                    .require(name)
                    .map(|_| ExitStatus::Success)
                    .map_err(Into::into);
            }
        },
        None => (models.survey().into_iter())
            .filter(|found| !matches!(found.state, State::Missing | State::Partial { .. }))
            .map(|found| found.entry)
            .collect(),
    };
    if entries.is_empty() {
        let none = lang.pick("нет ни одной модели в", "no model is installed in");
        writeln!(out, "{none} {}", models.dir().display())?;
    }
    let (ok, failed) = verdicts(lang);
    let mut status = ExitStatus::Success;
    for entry in entries {
        let path = models.path_of(entry);
        let form = || match entry.kind {
            ModelKind::Vad => check_vad(&path),
            _ => check_header(&path).map(|_| ()),
        };
        match models.verify(entry).and_then(|()| form()) {
            Ok(()) => writeln!(out, "{ok} {}", entry.name)?,
            Err(error @ ModelError::NotInstalled { .. }) => return Err(error.into()),
            Err(error) => {
                status = ExitStatus::SomethingFailed;
                writeln!(out, "{failed} {}: {}", entry.name, report::model_fault(&error, lang))?;
            }
        }
    }
    Ok(status)
}

/// What stands before a model that is right, and before one that is not.
fn verdicts(lang: Language) -> (&'static str, &'static str) {
    lang.pick(("цела     ", "не годится"), ("ok     ", "failed "))
}

/// A file that the user names: its form, and which entry of the list it is.
fn verify_file(
    catalog: &Catalog,
    path: &Path,
    lang: Language,
    out: &mut dyn Write,
) -> anyhow::Result<ExitStatus> {
    let (ok, failed) = verdicts(lang);
    let shown = path.display();
    let sha256 = crate::speech::models::sha256_of(path)?;
    if let Some(entry) = catalog.by_sha256(&sha256) {
        writeln!(out, "{ok} {shown}: {} `{}`", lang.pick("это", "it is"), entry.name)?;
        return Ok(ExitStatus::Success);
    }
    match check_header(path) {
        Ok(_) => {
            let unknown = lang.pick(
                "неизвестная: модель Whisper, которой нет в списке; SHA-256",
                "unknown: a Whisper model that the list does not know; SHA-256",
            );
            writeln!(out, "{shown}: {unknown} {sha256}")?;
            Ok(ExitStatus::Success)
        }
        Err(error) => {
            writeln!(out, "{failed} {}", report::model_fault(&error, lang))?;
            Ok(ExitStatus::SomethingFailed)
        }
    }
}
