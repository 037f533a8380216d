//! `autograde drafts`: what waits for a person, first what he may turn.

use serde_json::json;

use crate::cli::DraftsArgs;
use crate::commands::store::{Settings, print};
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::grading::Verdict;
use crate::report::{self, WaitingDraft};

pub(super) fn run(args: &DraftsArgs) -> anyhow::Result<ExitStatus> {
    let settings = Settings::load(&args.data, None)?;
    let rows = settings.open()?.waiting_drafts(args.most)?;
    if args.json {
        for row in &rows {
            let object = json!({
                "id": row.id,
                "sha256": row.key.sha256,
                "source": row.source,
                "day": row.day,
                "manager": row.manager,
                "call_type": row.call_type,
                "cqr": row.cqr,
                "verdict": row.verdict,
                "risk": (row.doubt * 1000.0).round() / 1000.0,
            });
            print(&format!("{object}\n"))?;
        }
        return Ok(ExitStatus::Success);
    }
    let drafts: Vec<WaitingDraft> = rows
        .into_iter()
        .map(|row| WaitingDraft {
            id: row.id,
            manager: row.manager,
            call_type: row.call_type,
            cqr: row.cqr,
            verdict: Verdict::parse(&row.verdict).unwrap_or(Verdict::None),
            doubt: row.doubt,
        })
        .collect();
    print(&report::waiting(&drafts, settings.lang, terminal::screen()))?;
    Ok(ExitStatus::Success)
}
