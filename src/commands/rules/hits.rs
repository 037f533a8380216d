//! `autograde rules hits CALLS...`: which findings hold in each call, for programs and for those who ask which rules ever fire.

use std::sync::atomic::AtomicBool;

use serde_json::{Map, Value, json};

use crate::call::{Direction, Speaker};
use crate::cli::RulesHitsArgs;
use crate::commands::grade::{language_of, nothing_found, rulebook};
use crate::commands::rules::{calls, print};
use crate::commands::terminal;
use crate::config::{self, Flags};
use crate::exit::ExitStatus;
use crate::grading::{self, CallHits};
use crate::report::Language;
use crate::rules::Rulebook;

pub(super) fn run(args: &RulesHitsArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    terminal::set_up_log(&args.hearing);
    let flags = Flags { hearing: &args.hearing, rules: args.rules.as_deref(), lang: args.lang };
    let options = config::load(&flags)?;
    let book = rulebook(options.rules.value.as_deref(), &options.firm)?;
    let lang = options.lang.value.map_or_else(|| language_of(&book), Language::from);
    let mut judge = |heard: crate::transcript::Heard, call| grading::hits(&book, &heard, &call);
    let heard =
        calls::each(&args.calls, &args.hearing, &options, &book.lang, lang, cancel, &mut judge)?;
    for complaint in &heard.complaints {
        terminal::note(false, complaint);
    }
    if heard.interrupted {
        return Ok(ExitStatus::Interrupted);
    }
    if heard.made.is_empty() && heard.complaints.is_empty() {
        terminal::note(args.hearing.quiet, &nothing_found(&args.calls, lang));
        return Ok(ExitStatus::Success);
    }
    let mut text = String::new();
    for entry in heard.made.iter().map(object).chain([sum(&book, &heard.made)]) {
        text.push_str(&serde_json::to_string(&entry)?);
        text.push('\n');
    }
    print(&text)?;
    let failed = !heard.complaints.is_empty();
    Ok(if failed { ExitStatus::SomethingFailed } else { ExitStatus::Success })
}

fn object(entry: &CallHits) -> Value {
    let by_finding = |findings: &[(String, Vec<u32>)]| -> Map<String, Value> {
        findings.iter().map(|(id, turns)| (id.clone(), json!(turns))).collect()
    };
    let numbers: Map<String, Value> =
        entry.numbers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let speakers: Vec<&str> = entry.speakers.iter().copied().map(Speaker::as_str).collect();
    json!({
        "source": entry.source,
        "direction": entry.direction.map(Direction::as_str),
        "call_type": entry.call_type,
        "speakers": speakers,
        "findings": by_finding(&entry.findings),
        "possible": by_finding(&entry.possible),
        "numbers": numbers,
    })
}

/// How many calls hold each finding: all of the rulebook's, so that those which never fire are seen.
fn sum(book: &Rulebook, entries: &[CallHits]) -> Value {
    let brief = book.findings_in_brief();
    let count = |wanted: &str| {
        entries.iter().filter(|entry| entry.findings.iter().any(|(id, _)| id == wanted)).count()
    };
    let calls: Map<String, Value> =
        brief.iter().map(|finding| (finding.id.to_owned(), json!(count(finding.id)))).collect();
    json!({"calls": entries.len(), "calls_with": calls})
}
