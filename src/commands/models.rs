//! `autograde models`: list, pull, verify, path.
//!
//! What is worth a script's attention goes to stdout: the table, the JSON, paths, verdicts. Progress and errors go to
//! stderr. What a model is, and whether it is right, is `speech::models`' business.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;

use crate::exit::ExitStatus;
use crate::speech::models::{
    Catalog, Entry, Installed, ModelError, ModelKind, Models, PullError, PullEvent, PullOptions,
    State, check_header, check_vad,
};

/// What is pulled where nothing is named.
const DEFAULT: &str = "small";

/// What to do with models.
#[derive(Clone, Debug)]
pub(crate) enum ModelsAction {
    /// List the known models.
    List {
        /// As one JSON object instead of a table.
        json: bool,
    },
    /// Download one.
    Pull {
        /// A name of the list; `small` by default.
        name: Option<String>,
        /// Take the files from here.
        mirror: Option<String>,
        /// Say nothing but errors.
        quiet: bool,
    },
    /// Check installed models against the list.
    Verify {
        /// A name of the list or a path; all that are installed by default.
        name: Option<String>,
    },
    /// Print the folder, or the path of one model.
    Path {
        /// A name of the list.
        name: Option<String>,
    },
}

/// Does it; results go to `out` (stdout), everything else to stderr. `cancel` is set by Ctrl-C.
///
/// # Errors
///
/// Where the run stops with exit code 2.
pub(crate) fn run(
    action: &ModelsAction,
    cancel: &Arc<AtomicBool>,
    out: &mut dyn Write,
) -> anyhow::Result<ExitStatus> {
    run_on(&Models::open()?, action, cancel, out)
}

fn run_on(
    models: &Models,
    action: &ModelsAction,
    cancel: &Arc<AtomicBool>,
    out: &mut dyn Write,
) -> anyhow::Result<ExitStatus> {
    match action {
        ModelsAction::List { json: true } => {
            serde_json::to_writer_pretty(&mut *out, &listing(models))?;
            writeln!(out)?;
            Ok(ExitStatus::Success)
        }
        ModelsAction::List { json: false } => {
            table(models, out)?;
            Ok(ExitStatus::Success)
        }
        ModelsAction::Pull { name, mirror, quiet } => {
            let options = PullOptions {
                mirror: mirror.clone(),
                cancel: Arc::clone(cancel),
                ..PullOptions::default()
            };
            pull(models, name.as_deref().unwrap_or(DEFAULT), &options, *quiet, out)
        }
        ModelsAction::Verify { name } => verify(models, name.as_deref(), out),
        ModelsAction::Path { name } => {
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

/// One word for what is there; `best` is the model that is used by default.
fn word(found: &Installed<'_>, best: Option<&Entry>) -> &'static str {
    match found.state {
        State::Installed if best == Some(found.entry) => "default",
        State::Installed => "installed",
        State::Partial { .. } => "partial",
        State::WrongSize { .. } => "damaged",
        State::Missing => "",
    }
}

fn table(models: &Models, out: &mut dyn Write) -> io::Result<()> {
    let best = models.best();
    writeln!(
        out,
        "{:<22} {:<15} {:>10} {:>10}  {:<9}  for",
        "name", "short", "download", "memory", "here"
    )?;
    for found in models.survey() {
        let entry = found.entry;
        let size = HumanBytes(entry.bytes).to_string();
        let memory = HumanBytes(u64::from(entry.weights_mib + entry.worker_mib) << 20).to_string();
        let short = entry.plain.as_deref().unwrap_or("");
        let here = word(&found, best);
        writeln!(
            out,
            "{:<22} {short:<15} {size:>10} {memory:>10}  {here:<9}  {}",
            entry.name, entry.purpose
        )?;
    }
    writeln!(out, "\nFolder: {}", models.dir().display())?;
    writeln!(
        out,
        "Memory is for one worker (`--jobs 1`). `autograde models pull` takes `{DEFAULT}`."
    )
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
            "state": match word(&found, best) { "" => "missing", "default" => "installed", word => word },
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
    quiet: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitStatus> {
    let asked = models.catalog().require(name)?;
    let along =
        models.catalog().vad().filter(|vad| asked.kind == ModelKind::Whisper && *vad != asked);
    for entry in [Some(asked), along].into_iter().flatten() {
        let mut shown = Shown::new(quiet);
        let pulled = models.pull(entry, options, &mut |event| shown.event(&event));
        shown.end();
        match pulled {
            Ok(pulled) => {
                if pulled.already_there {
                    shown.line(&format!("{} is here already, and right", entry.name));
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
    bar: Option<ProgressBar>,
    bytes: u64,
    tenths: u64,
}

impl Shown {
    fn new(quiet: bool) -> Self {
        Self { quiet, bar: None, bytes: 0, tenths: 0 }
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
        match event {
            PullEvent::Started { name, done, bytes } => {
                self.bytes = *bytes;
                self.tenths = done * 10 / bytes;
                let from = match done {
                    0 => String::new(),
                    done => format!(", from {} on", HumanBytes(*done)),
                };
                self.line(&format!("pulling {name}, {}{from}", HumanBytes(*bytes)));
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
                    self.line(&format!("{} % ({})", self.tenths * 10, HumanBytes(*done)));
                }
            }
            PullEvent::Retrying { reason, attempt, of, wait } => {
                self.line(&format!("{reason}; attempt {attempt} of {of} in {} s", wait.as_secs()));
            }
            PullEvent::StartedOver => {
                self.tenths = 0;
                self.line("the server cannot go on where it broke off; beginning again");
            }
            PullEvent::OtherAddress { reason } => {
                self.line(&format!("{reason}; trying the next address"));
            }
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

fn verify(models: &Models, name: Option<&str>, out: &mut dyn Write) -> anyhow::Result<ExitStatus> {
    let entries: Vec<&Entry> = match name {
        Some(name) => match models.catalog().entry(name) {
            Some(entry) => vec![entry],
            None if Path::new(name).exists() => {
                return verify_file(models.catalog(), Path::new(name), out);
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
        writeln!(out, "no model is installed in {}", models.dir().display())?;
    }
    let mut status = ExitStatus::Success;
    for entry in entries {
        let path = models.path_of(entry);
        let form = || match entry.kind {
            ModelKind::Vad => check_vad(&path),
            _ => check_header(&path).map(|_| ()),
        };
        match models.verify(entry).and_then(|()| form()) {
            Ok(()) => writeln!(out, "ok      {}", entry.name)?,
            Err(error @ ModelError::NotInstalled { .. }) => return Err(error.into()),
            Err(error) => {
                status = ExitStatus::SomethingFailed;
                writeln!(out, "failed  {}: {:#}", entry.name, anyhow::Error::new(error))?;
            }
        }
    }
    Ok(status)
}

/// A file that the user names: its form, and which entry of the list it is.
fn verify_file(catalog: &Catalog, path: &Path, out: &mut dyn Write) -> anyhow::Result<ExitStatus> {
    let shown = path.display();
    let sha256 = crate::speech::models::sha256_of(path)?;
    if let Some(entry) = catalog.by_sha256(&sha256) {
        writeln!(out, "ok      {shown}: it is `{}`", entry.name)?;
        return Ok(ExitStatus::Success);
    }
    match check_header(path) {
        Ok(_) => {
            writeln!(
                out,
                "unknown {shown}: a Whisper model that the list does not know; SHA-256 {sha256}"
            )?;
            Ok(ExitStatus::Success)
        }
        Err(error) => {
            writeln!(out, "failed  {:#}", anyhow::Error::new(error))?;
            Ok(ExitStatus::SomethingFailed)
        }
    }
}
