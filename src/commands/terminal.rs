//! What standard output and standard error are: how wide, in which colors, and how progress is shown.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};

use crate::audio::AudioSource;
use crate::batch::{Expected, Item, Kind, Progress, ProgressMode, ProgressWords};
use crate::cli::{HearingArgs, Lang};
use crate::report::{Language, Screen};

/// Columns where nobody says otherwise.
const COLUMNS: usize = 80;

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ru => Self::Russian,
            Lang::En => Self::English,
        }
    }
}

/// The screen that standard output is. Without a terminal: as many columns as `COLUMNS` says, else 80, and no colors.
pub(super) fn screen() -> Screen {
    let stdout = io::stdout();
    let said = || env::var("COLUMNS").ok()?.parse().ok();
    if !stdout.is_terminal() {
        return Screen::new(said().unwrap_or(COLUMNS), false);
    }
    let columns = terminal_size::terminal_size_of(&stdout)
        .map(|(columns, _)| usize::from(columns.0))
        .filter(|columns| 0 < *columns)
        .or_else(said)
        .unwrap_or(COLUMNS);
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    Screen::new(columns, !is_set("NO_COLOR") && !dumb)
}

/// Says on standard error what the reader must know of the whole run. On a terminal it breaks between words; elsewhere it
/// is one line.
pub(super) fn warn(quiet: bool, text: &str) {
    let columns =
        terminal_size::terminal_size_of(io::stderr()).map(|(columns, _)| columns.0.into());
    match columns {
        Some(columns) => note(quiet, &Screen::new(columns, false).notice(text)),
        None => note(quiet, &format!("! {text}")),
    }
}

/// Says something on standard error that is no error, unless nothing is to be said.
pub(super) fn note(quiet: bool, text: &str) {
    if !quiet {
        // Nobody may read it, and then nothing is lost.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Lets the program tell what it does, as far as `-v` asks for.
pub(super) fn set_up_log(args: &HearingArgs) {
    let level = match args.verbose {
        0 => return,
        1 => "autograde=info",
        _ => "autograde=trace",
    };
    // It fails only where a subscriber is there already, which then serves.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(io::stderr)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .try_init();
}

/// The progress of a run over `items`: bars on a terminal, lines for several recordings elsewhere and with `-v`.
pub(super) fn progress(
    items: &[Item],
    workers: usize,
    args: &HearingArgs,
    lang: Language,
) -> Progress {
    let words = lang.pick(
        ProgressWords { audio: "звука", left: "осталось", seconds: "с речи" },
        ProgressWords { audio: "of audio", left: "left", seconds: "s of speech" },
    );
    let expected: Vec<Expected> = items
        .iter()
        .map(|item| Expected { name: item.name.clone(), bytes: bytes(&item.kind) })
        .collect();
    let recordings = expected.iter().filter(|expected| 0 < expected.bytes).count();
    let mode = match (args.quiet, 0 < args.verbose, io::stderr().is_terminal()) {
        (true, _, _) => ProgressMode::Quiet,
        (false, false, true) if 0 < recordings => ProgressMode::Bars,
        // The result of a single recording says all that a line could.
        _ if items.len() < 2 => ProgressMode::Quiet,
        _ => ProgressMode::Lines,
    };
    Progress::new(mode, words, expected, workers)
}

/// Bytes of the sound of an item.
fn bytes(kind: &Kind) -> u64 {
    let of = |path| std::fs::metadata(path).map_or(0, |data| data.len());
    match kind {
        Kind::Audio(AudioSource::File(path)) | Kind::StrayHalf(AudioSource::File(path), _) => {
            of(path)
        }
        Kind::Audio(AudioSource::Pair { manager, client })
        | Kind::StrayHalf(AudioSource::Pair { manager, client }, _) => of(manager) + of(client),
        Kind::Dialogue(_) | Kind::Missing(_) => 0,
    }
}
