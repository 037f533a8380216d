//! `autograde status`: whether a run is active, how the latest ones ended, what waits and what failed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::batch::night::RunLock;
use crate::cli::StatusArgs;
use crate::commands::store::{Settings, print};
use crate::exit::ExitStatus;
use crate::report::Language;
use crate::store::{RecordingRow, RunRow, State, Store};

/// Runs that are shown.
const RUNS: usize = 10;
/// Recordings that are listed; more than that nobody reads.
const LISTED: usize = 1000;

/// Prints it.
pub(super) fn run(args: &StatusArgs) -> anyhow::Result<ExitStatus> {
    let settings = Settings::load(&args.data, None)?;
    let store = settings.open()?;
    let active = RunLock::holder(&settings.folder()?);
    let (counts, runs) = (store.counts()?, store.runs(RUNS)?);
    let failed = if args.failed || args.json { failed(&store)? } else { Vec::new() };
    if args.json {
        let text =
            serde_json::to_string_pretty(&as_json(active.as_deref(), &counts, &runs, &failed))?;
        print(&(text + "\n"))?;
        return Ok(ExitStatus::Success);
    }
    let lang = settings.lang;
    let mut text = match &active {
        Some(who) => format!("{}: {who}\n", lang.pick("сейчас работает", "active now")),
        None => format!("{}\n", lang.pick("сейчас ничего не работает", "nothing is active")),
    };
    text.push('\n');
    for (state, count) in &counts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<26}{count:>9}", word(*state, lang));
    }
    text.push('\n');
    if runs.is_empty() {
        let _ = writeln!(text, "{}", lang.pick("запусков ещё не было", "no run yet"));
    }
    for run in &runs {
        let _ = writeln!(text, "{}", run_line(run, lang));
    }
    if args.failed {
        text.push('\n');
        for row in &failed {
            let reason = row.reason.as_deref().unwrap_or_default();
            let _ = writeln!(text, "{}  {}: {reason}", row.id, word(row.state, lang));
        }
        if failed.is_empty() {
            let _ = writeln!(text, "{}", lang.pick("сбоев нет", "nothing failed"));
        } else {
            let said = lang.pick(
                "попробовать снова: `autograde retry [ЗВОНОК...]`",
                "to try again: `autograde retry [CALL...]`",
            );
            let _ = writeln!(text, "{said}");
        }
    }
    print(&text)?;
    Ok(ExitStatus::Success)
}

fn failed(store: &Store) -> anyhow::Result<Vec<RecordingRow>> {
    let mut rows = store.recordings_in(State::Crashed, LISTED)?;
    rows.extend(store.recordings_in(State::Failed, LISTED)?);
    Ok(rows)
}

fn word(state: State, lang: Language) -> &'static str {
    match state {
        State::Waiting => lang.pick("ждут", "waiting"),
        State::Working => lang.pick("в работе", "being heard"),
        State::Graded => lang.pick("есть черновик", "graded"),
        State::Skipped => lang.pick("пропущено", "skipped"),
        State::Failed => lang.pick("не удалось", "failed"),
        State::Crashed => lang.pick("аварийно", "crashed"),
    }
}

fn run_line(run: &RunRow, lang: Language) -> String {
    let how = match run.how.as_deref() {
        None => lang.pick("идёт или прервался", "runs, or died"),
        Some("done") => lang.pick("закончен", "done"),
        Some("failures") => lang.pick("закончен, были сбои", "done, with failures"),
        Some("interrupted") => lang.pick("прерван", "interrupted"),
        Some("stopped") => lang.pick("остановился", "had to stop"),
        Some("died") => lang.pick("убит", "was killed"),
        Some(_) => lang.pick("неизвестно", "nobody knows"),
    };
    let sum: Value =
        run.summary.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let count = |key: &str| sum[key].as_u64().unwrap_or(0);
    let (passed_over, passed_over_key) = match run.kind.as_str() {
        "regrade" => (lang.pick("без изменений", "left as they were"), "same"),
        _ => (lang.pick("пропущено", "skipped"), "skipped"),
    };
    let counts = match run.summary {
        Some(_) => format!(
            "  {} {}, {passed_over} {}, {} {}",
            lang.pick("черновиков", "drafts"),
            count("graded"),
            count(passed_over_key),
            lang.pick("сбоев", "failed"),
            count("failed")
        ),
        None => String::new(),
    };
    format!("#{} {}  {}  {how}{counts}", run.id.number(), at(run.started_ms), run.kind)
}

fn at(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn as_json(
    active: Option<&str>,
    counts: &[(State, u64)],
    runs: &[RunRow],
    failed: &[RecordingRow],
) -> Value {
    let counts: serde_json::Map<String, Value> =
        counts.iter().map(|(state, count)| (state.as_str().to_owned(), json!(count))).collect();
    let summary = |run: &RunRow| -> Value {
        run.summary.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    json!({
        "schema": 1,
        "active": active,
        "recordings": counts,
        "runs": runs.iter().map(|run| json!({
            "run": run.id.number(),
            "kind": run.kind,
            "program": run.program,
            "started_ms": run.started_ms,
            "ended_ms": run.ended_ms,
            "how": run.how,
            "sum": summary(run),
        })).collect::<Vec<_>>(),
        "failed": failed.iter().map(|row| json!({
            "id": row.id,
            "sha256": row.sha256,
            "source": row.source,
            "state": row.state.as_str(),
            "reason": row.reason,
        })).collect::<Vec<_>>(),
    })
}
