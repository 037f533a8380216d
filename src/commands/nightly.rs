//! `autograde nightly`: every new recording of some folders, once, and what became of them.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::batch::night::{Ended, NightError, NightSum};
use crate::cli::NightlyArgs;
use crate::commands::night::{Opened, Setup, Teller, how, program, set_up_log};
use crate::commands::store::print;
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::report;
use crate::store::now_ms;
use crate::whole_file::{self, Lasting};

/// Does the night.
pub(super) fn run(args: &NightlyArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    for day in [&args.date, &args.since].into_iter().flatten() {
        check_day(day)?;
    }
    set_up_log(&args.night);
    let setup = match Setup::open(&args.night, &args.folders, "nightly")? {
        Opened::Ready(setup) => setup,
        Opened::Busy(who) => {
            terminal::note(false, &format!("error: {who}"));
            return Ok(ExitStatus::AnotherRunIsActive);
        }
    };
    if let Some(warning) = setup.model_warning() {
        tracing::warn!("{warning}");
    }
    tracing::info!(run = setup.run.number(), "the night begins");
    let mut teller = Teller::new(&args.night, args.report.is_some());
    let know = |path: &str| setup.know(path);
    let mut night = setup.night(&know, cancel, &mut teller);
    night.only(args.date.clone(), args.since.clone());
    let (sum, ended) = night.run();
    let how = how(ended.as_ref(), sum.has_failures());
    tracing::info!(run = setup.run.number(), how, "the night ends");
    let summary = serde_json::to_string(&sum)?;
    let kept = setup.store.end_run(setup.run, how, &summary, now_ms());
    if !args.night.hearing.quiet {
        print(&report::night(&sum, setup.lang))?;
    }
    if let Some(path) = &args.report {
        let why = ended.as_ref().err().map(ToString::to_string);
        write_report(path, setup.run.number(), how, why.as_deref(), &sum, &teller.ended)?;
    }
    match ended {
        Err(NightError::Interrupted) => {
            let said = setup.lang.pick(
                "прервано; следующий запуск продолжит",
                "interrupted; the next run goes on from here",
            );
            terminal::note(false, said);
            return Ok(ExitStatus::Interrupted);
        }
        Err(error) => return Err(error).context("the night had to stop; what was done is stored"),
        Ok(()) => {}
    }
    kept?;
    let said = setup.lang;
    setup.store.close()?;
    if sum.given == 0 && !sum.folder_faults.is_empty() {
        bail!("no folder could be listed");
    }
    if sum.has_failures() {
        let text = said.pick(
            "не всё удалось; `autograde status --failed` покажет, что именно",
            "not everything went well; `autograde status --failed` tells what",
        );
        terminal::note(false, text);
        return Ok(ExitStatus::SomethingFailed);
    }
    Ok(ExitStatus::Success)
}

fn check_day(day: &str) -> anyhow::Result<()> {
    let read = day.parse::<jiff::civil::Date>();
    read.with_context(|| format!("`{day}` is no day; write it as 2026-01-31"))?;
    if day.len() != 10 {
        bail!("`{day}` is no day; write it as 2026-01-31");
    }
    Ok(())
}

/// Everything about the run in one file, which is whole or not there.
fn write_report(
    path: &Path,
    run: i64,
    how: &str,
    why: Option<&str>,
    sum: &NightSum,
    ended: &[Ended],
) -> anyhow::Result<()> {
    let report = json!({
        "schema": 1,
        "program": program(),
        "run": run,
        "how": how,
        "why": why,
        "sum": sum,
        "not_reached": sum.not_reached(),
        "recordings": ended,
    });
    let text = serde_json::to_string_pretty(&report)? + "\n";
    whole_file::write(path, text.as_bytes(), Lasting::Synced)
        .with_context(|| format!("cannot write the report `{}`", path.display()))
}
