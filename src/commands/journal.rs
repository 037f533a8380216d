//! `autograde journal`: takes in the journals of telephone exchanges, and shows what is known.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::batch::{journal_row, missed_by};
use crate::call::{LocalTime, Number, Zone};
use crate::cli::{HearingArgs, JournalCommand, JournalImportArgs, JournalShowArgs, Lang};
use crate::commands::terminal;
use crate::config::{self, Flags, Options};
use crate::exit::ExitStatus;
use crate::journal::{self, Format, ImportOptions, JournalError, OwnFormat, Recognized, Tally};
use crate::report::{self, JournalLine, Language, Stored};
use crate::store::{JournalFilter, JournalRow, OpenOptions, Store};

/// Calls that are stored together.
const BATCH: usize = 5_000;

/// Does what was asked.
pub(super) fn run(command: &JournalCommand) -> anyhow::Result<ExitStatus> {
    match command {
        JournalCommand::Import(args) => import(args),
        JournalCommand::Show(args) => show(args),
    }
}

fn load(config: Option<&Path>, lang: Option<Lang>) -> anyhow::Result<(Options, Language)> {
    let hearing = HearingArgs { config: config.map(Path::to_path_buf), ..HearingArgs::default() };
    let options = config::load(&Flags { hearing: &hearing, rules: None, lang })?;
    let lang = options.lang.value.map_or(Language::Russian, Language::from);
    Ok((options, lang))
}

fn import(args: &JournalImportArgs) -> anyhow::Result<ExitStatus> {
    let (options, lang) = load(args.data.config.as_deref(), args.data.lang)?;
    let format = args.format.as_deref().map(|name| format_named(name, &options)).transpose()?;
    let said_zone = args.tz.as_deref().map(Zone::named).transpose()?;
    let mut own: Vec<OwnFormat> = options.journals.clone();
    if let Some(zone) = &said_zone {
        for one in &mut own {
            one.zone = Some(zone.clone());
        }
    }
    let store = if args.explain {
        None
    } else {
        let place = options.store(args.data.data.as_deref())?;
        Some(Store::open(&place, &OpenOptions::creating())?)
    };
    let mut failed = false;
    for path in &args.files {
        let zone = said_zone.as_ref().unwrap_or(&options.timezone.value);
        let how =
            ImportOptions { format: format.as_ref(), own: &own, zone, roster: &options.roster };
        match one(path, args.source.as_deref(), &how, store.as_ref()) {
            Ok((recognized, tally, stored)) => {
                let name = path.display().to_string();
                let screen = terminal::screen();
                let mut text = report::imported(&name, &recognized, &tally, stored, lang, screen);
                if args.explain {
                    text.push_str(&report::explained(&recognized, &tally, lang, screen));
                }
                print(&text)?;
            }
            // The others are read all the same; but a store that fails will fail for them too.
            Err(error @ JournalError::Sink(_)) => bail!("`{}`: {error}", path.display()),
            Err(error) => {
                failed = true;
                terminal::note(false, &format!("error: `{}` {error}", path.display()));
            }
        }
    }
    Ok(if failed { ExitStatus::SomethingFailed } else { ExitStatus::Success })
}

/// Reads one file and stores its calls.
fn one(
    path: &Path,
    source: Option<&str>,
    how: &ImportOptions<'_>,
    store: Option<&Store>,
) -> Result<(Recognized, Tally, Option<Stored>), JournalError> {
    let mut file: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::with_capacity(1 << 16, File::open(path)?))
    };
    let now_ms = Timestamp::now().as_millisecond();
    let mut stored = Stored::default();
    let mut waiting = Vec::with_capacity(BATCH);
    let mut flush = |calls: &mut Vec<JournalRow>| {
        if let Some(store) = store {
            let imported = store.import_journal(calls, now_ms)?;
            stored.new += imported.new;
            stored.changed += imported.changed;
            stored.same += imported.same;
        }
        calls.clear();
        Ok(())
    };
    let (recognized, tally) = journal::import(&mut file, how, &mut |format, call| {
        waiting.push(journal_row(&call, source.unwrap_or(format.name())));
        if waiting.len() < BATCH { Ok(()) } else { flush(&mut waiting) }
    })?;
    flush(&mut waiting).map_err(JournalError::Sink)?;
    Ok((recognized, tally, store.map(|_| stored)))
}

fn format_named(name: &str, options: &Options) -> anyhow::Result<Format> {
    let own = options.journals.iter().find(|one| one.name == name);
    if own.is_some() {
        return Ok(Format::Own(name.to_owned()));
    }
    let known = Format::KNOWN.iter().find(|format| format.name() == name);
    known.cloned().with_context(|| {
        let names: Vec<&str> = Format::KNOWN
            .iter()
            .map(Format::name)
            .chain(options.journals.iter().map(|one| one.name.as_str()))
            .collect();
        format!("`{name}` is no format of a journal; there are {}", names.join(", "))
    })
}

fn show(args: &JournalShowArgs) -> anyhow::Result<ExitStatus> {
    let (options, lang) = load(args.data.config.as_deref(), args.data.lang)?;
    let mut filter = JournalFilter::default();
    if let Some(date) = &args.date {
        let (from_ms, until_ms) = day(date, &options.timezone.value)?;
        (filter.from_ms, filter.until_ms) = (Some(from_ms), Some(until_ms));
    }
    if let Some(text) = &args.client {
        let number = Number::parse(text);
        let number = number.as_ref().and_then(Number::as_str);
        let number = number.with_context(|| format!("`{text}` is no telephone number"))?;
        filter.client = Some(number.to_owned());
    }
    let place = options.store(args.data.data.as_deref())?;
    let store = Store::open(&place, &OpenOptions::default())?;
    let lines: Vec<JournalLine> = store.journal(&filter)?.into_iter().map(line).collect();
    print(&report::journal(&lines, lang, terminal::screen()))?;
    Ok(ExitStatus::Success)
}

fn line(row: JournalRow) -> JournalLine {
    JournalLine {
        missed_by: missed_by(&row),
        started_at: row.started_at,
        direction: row.direction,
        client: row.client,
        manager: row.manager.or(row.extension),
        waiting_ms: row.waiting_ms,
        talking_ms: row.talking_ms,
        outcome: row.disposition,
    }
}

/// The first millisecond of a day and that of the next one.
fn day(text: &str, zone: &Zone) -> anyhow::Result<(i64, i64)> {
    let date: jiff::civil::Date =
        text.parse().with_context(|| format!("`{text}` is no date; write it as in 2026-03-14"))?;
    let begin = |date: jiff::civil::Date| {
        let time = LocalTime {
            year: date.year(),
            month: date.month(),
            day: date.day(),
            ..LocalTime::default()
        };
        zone.moment(time).map(|moment| moment.ms).with_context(|| format!("the day `{text}`"))
    };
    let next = date.tomorrow().with_context(|| format!("the day `{text}`"))?;
    Ok((begin(date)?, begin(next)?))
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
