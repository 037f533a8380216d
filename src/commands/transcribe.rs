//! `autograde transcribe PATH...`: what was said, without judging it.

use std::io::{self, Write as _};
use std::sync::atomic::AtomicBool;

use anyhow::bail;

use crate::batch::{self, Ended, Outcome, Progress, RunError, Sink};
use crate::cli::{TranscribeArgs, TranscriptFormat};
use crate::commands::drafts::Folder;
use crate::commands::grade::{nothing_found, speed};
use crate::commands::hearing::Hearing;
use crate::commands::terminal;
use crate::config::{self, Flags};
use crate::exit::ExitStatus;
use crate::report::{Language, Screen, transcript};
use crate::transcript::Heard;

/// Writes down what was given.
pub(super) fn run(args: &TranscribeArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    let quiet = args.hearing.quiet;
    terminal::set_up_log(&args.hearing);
    let flags = Flags { hearing: &args.hearing, rules: None, lang: args.lang };
    let options = config::load(&flags)?;
    let lang = options.lang.value.map_or(Language::Russian, Language::from);
    let items = batch::discover(&args.paths, &|path| options.profile(path));
    if items.is_empty() {
        terminal::note(quiet, &nothing_found(&args.paths, lang));
        return Ok(ExitStatus::Success);
    }
    let subtitles = matches!(args.format, TranscriptFormat::Srt | TranscriptFormat::Vtt);
    if subtitles && 1 < items.len() && args.out.is_none() {
        bail!(
            "subtitles of {} recordings would run into one another; say `--out DIR`",
            items.len()
        );
    }
    let folder =
        args.out.as_deref().map(|path| Folder::open(path, ending(args.format))).transpose()?;
    let hearing = Hearing::open(&items, &options, lang.code())?;
    if let Some(warning) = &hearing.warning {
        terminal::warn(quiet, &lang.warning(warning));
    }
    let progress = terminal::progress(&items, options.jobs.value, &args.hearing, lang);
    let mut results = Transcripts {
        format: args.format,
        folder,
        lang,
        screen: terminal::screen(),
        progress: &progress,
        printed: 0,
        complaints: Vec::new(),
    };
    let (summary, ended) = hearing.run(
        &items,
        options.jobs.value,
        cancel,
        &progress,
        &mut |heard: Heard, _| heard,
        &mut results,
    );
    for complaint in &results.complaints {
        terminal::note(false, complaint);
    }
    if 1 < items.len() {
        terminal::note(quiet, &speed(&summary, &progress, lang));
    }
    match ended {
        Ok(()) if summary.failed == 0 => Ok(ExitStatus::Success),
        Ok(()) => Ok(ExitStatus::SomethingFailed),
        Err(RunError::Interrupted) => {
            let said = lang.pick("прервано: готово", "interrupted: done");
            terminal::note(false, &format!("{said} {}/{}", summary.done, summary.given));
            Ok(ExitStatus::Interrupted)
        }
        Err(error) => Err(error.into()),
    }
}

fn ending(format: TranscriptFormat) -> &'static str {
    match format {
        TranscriptFormat::Text => "txt",
        TranscriptFormat::Json => "json",
        TranscriptFormat::Srt => "srt",
        TranscriptFormat::Vtt => "vtt",
    }
}

/// Where the transcripts of a run go: each to a file of its own, or all to standard output.
struct Transcripts<'a> {
    format: TranscriptFormat,
    folder: Option<Folder>,
    lang: Language,
    screen: Screen,
    progress: &'a Progress,
    printed: usize,
    /// What was skipped or failed, said at the end.
    complaints: Vec<String>,
}

impl Transcripts<'_> {
    fn text(&self, heard: &Heard) -> io::Result<String> {
        Ok(match self.format {
            TranscriptFormat::Text => transcript::text(heard, self.lang, self.screen),
            TranscriptFormat::Json => format!("{}\n", transcript::json(heard)?),
            TranscriptFormat::Srt => transcript::srt(heard, self.lang),
            TranscriptFormat::Vtt => transcript::vtt(heard, self.lang),
        })
    }
}

impl Sink<Heard> for Transcripts<'_> {
    fn finished(&mut self, ended: &Ended<Heard>) -> io::Result<()> {
        if let Outcome::Done(heard) = &ended.outcome
            && self.folder.is_some()
        {
            // A file is no terminal, whatever standard output is.
            let text = match self.format {
                TranscriptFormat::Text => {
                    transcript::text(heard, self.lang, Screen { colors: false, ..self.screen })
                }
                _ => self.text(heard)?,
            };
            if let Some(folder) = &mut self.folder {
                folder.write(ended.item, &heard.recording.id(), &text)?;
            }
        }
        let line = match &ended.outcome {
            Outcome::Done(heard) => {
                let words: usize = heard.turns.iter().map(|turn| turn.words.len()).sum();
                format!("{}: {words}", self.lang.pick("слов", "words"))
            }
            Outcome::Skipped(reason) => self.lang.skipped(*reason).to_owned(),
            Outcome::Failed(reason) => self.lang.failure(reason),
        };
        self.progress.ended(ended.item, &line);
        Ok(())
    }

    fn deliver(&mut self, ended: Ended<Heard>) -> io::Result<()> {
        let name = &ended.recording.source;
        let heard = match ended.outcome {
            Outcome::Done(heard) => heard,
            Outcome::Skipped(reason) => {
                let said = self.lang.pick("пропущено", "skipped");
                self.complaints.push(format!("{said}: {name}: {}", self.lang.skipped(reason)));
                return Ok(());
            }
            Outcome::Failed(reason) => {
                self.complaints.push(format!(
                    "{}: {name}: {}",
                    self.lang.pick("сбой", "failed"),
                    self.lang.failure(&reason)
                ));
                return Ok(());
            }
        };
        if self.folder.is_some() {
            return Ok(());
        }
        let mut text = self.text(&heard)?;
        if self.format == TranscriptFormat::Text && 0 < self.printed {
            text.insert(0, '\n');
        }
        self.printed += 1;
        self.progress.suspend(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(text.as_bytes())?;
            stdout.flush()
        })
    }
}
