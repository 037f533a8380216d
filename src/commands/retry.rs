//! `autograde retry`: what failed or crashed is tried again by the next run.

use crate::cli::RetryArgs;
use crate::commands::store::{Settings, print};
use crate::exit::ExitStatus;
use crate::report::Language;
use crate::store::now_ms;

/// Clears what stands against the recordings.
pub(super) fn run(args: &RetryArgs) -> anyhow::Result<ExitStatus> {
    let settings = Settings::load(&args.data, None)?;
    let store = settings.open()?;
    let mut count = 0;
    if args.calls.is_empty() {
        count = store.retry(None, now_ms())?;
    }
    // All are looked up before any is touched.
    let found: Vec<String> = args
        .calls
        .iter()
        .map(|call| store.find_one(call).map(|row| row.sha256))
        .collect::<Result<_, _>>()?;
    for sha256 in found {
        count += store.retry(Some(&sha256), now_ms())?;
    }
    store.close()?;
    print(&match settings.lang {
        Language::Russian => format!("следующий запуск попробует снова: {count}\n"),
        Language::English => format!("the next run tries again: {count}\n"),
    })?;
    Ok(ExitStatus::Success)
}
