//! `autograde watch`: the night again and again, so that a draft is there minutes after the call.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context as _;

use crate::batch::night::{NightError, NightSum};
use crate::cli::WatchArgs;
use crate::commands::night::{Opened, Setup, Teller, set_up_log};
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::store::now_ms;

/// Seconds between two looks where nobody says otherwise.
const EVERY_S: u64 = 30;

/// Watches until it is stopped.
pub(super) fn run(args: &WatchArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    set_up_log(&args.night);
    let setup = match Setup::open(&args.night, &args.folders, "watch")? {
        Opened::Ready(setup) => setup,
        Opened::Busy(who) => {
            terminal::note(false, &format!("error: {who}"));
            return Ok(ExitStatus::AnotherRunIsActive);
        }
    };
    if let Some(warning) = setup.model_warning() {
        tracing::warn!("{warning}");
    }
    tracing::info!(run = setup.run.number(), "the watch begins");
    let mut teller = Teller::new(&args.night, false);
    let know = |path: &str| setup.know(path);
    let mut all = NightSum::default();
    let pause = Duration::from_secs(args.every.unwrap_or(EVERY_S).max(1));
    let error = setup.night(&know, cancel, &mut teller).watch(pause, &mut |sum| {
        all.graded += sum.graded;
        all.skipped += sum.skipped;
        all.failed += sum.failed;
        all.audio_ms += sum.audio_ms;
        tracing::info!(
            graded = sum.graded,
            skipped = sum.skipped,
            failed = sum.failed,
            "looked through"
        );
    });
    all.given = all.graded + all.skipped + all.failed;
    let interrupted = matches!(error, NightError::Interrupted);
    let how = if interrupted { "interrupted" } else { "stopped" };
    let summary = serde_json::to_string(&all)?;
    let kept = setup.store.end_run(setup.run, how, &summary, now_ms());
    if !interrupted {
        return Err(error).context("the watch had to stop; what was done is stored");
    }
    kept?;
    tracing::info!("the watch ends");
    Ok(ExitStatus::Interrupted)
}
