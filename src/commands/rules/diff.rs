//! `autograde rules diff OLD NEW CALLS...`: what another rulebook changes, before it is switched on.

use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use crate::cli::RulesDiffArgs;
use crate::commands::grade::{language_of, nothing_found, rulebook};
use crate::commands::rules::{calls, print};
use crate::commands::terminal;
use crate::config::{self, Flags};
use crate::exit::ExitStatus;
use crate::grading::{self, Difference, GradeOptions, Level, Outcome, Rated};
use crate::report::{self, Language};
use crate::rules::Rulebook;

pub(super) fn run(args: &RulesDiffArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    terminal::set_up_log(&args.hearing);
    let flags = Flags { hearing: &args.hearing, rules: None, lang: args.lang };
    let options = config::load(&flags)?;
    let firm = &options.firm;
    let (old, new) = (rulebook(Some(&args.old), firm)?, rulebook(Some(&args.new), firm)?);
    let lang = options.lang.value.map_or_else(|| language_of(&new), Language::from);
    let grading = GradeOptions::default();
    let mut judge = |heard: crate::transcript::Heard, call| {
        let draft = |book: &Rulebook| grading::grade(book, &heard, &call, &grading);
        grading::difference(&(&draft(&old)).into(), &(&draft(&new)).into())
    };
    let heard =
        calls::each(&args.calls, &args.hearing, &options, &new.lang, lang, cancel, &mut judge)?;
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
    if args.json {
        let mut text = String::new();
        for entry in heard.made.iter().map(object).chain([sum(&heard.made)]) {
            text.push_str(&serde_json::to_string(&entry)?);
            text.push('\n');
        }
        print(&text)?;
    } else {
        print(&report::differences(&heard.made, lang, terminal::screen()))?;
    }
    let failed = !heard.complaints.is_empty();
    Ok(if failed { ExitStatus::SomethingFailed } else { ExitStatus::Success })
}

pub(in crate::commands) fn object(entry: &Difference) -> Value {
    let rated = |rated: Rated| json!({"value": rated.value, "verdict": rated.verdict.as_str()});
    let values: Vec<Value> = (entry.values.iter())
        .map(|(id, old, new)| json!({"criterion": id, "old": value(*old), "new": value(*new)}))
        .collect();
    json!({
        "source": entry.source,
        "manager": entry.manager,
        "changes": entry.is_any(),
        "call_type": {"old": entry.call_type.0, "new": entry.call_type.1},
        "values": values,
        "cqr": {"old": rated(entry.cqr.0), "new": rated(entry.cqr.1)},
    })
}

pub(in crate::commands) fn sum(entries: &[Difference]) -> Value {
    let count = |is: fn(&Difference) -> bool| entries.iter().filter(|entry| is(entry)).count();
    json!({
        "calls": entries.len(),
        "changed": count(Difference::is_any),
        "types": count(Difference::type_changes),
        "values": entries.iter().map(|entry| entry.values.len()).sum::<usize>(),
        "verdicts": count(Difference::verdict_changes),
    })
}

fn value(outcome: Option<Outcome>) -> Value {
    match outcome {
        None => Value::Null,
        Some(Outcome::Proposed(Level::Zero)) => json!(0),
        Some(Outcome::Proposed(Level::Half)) => json!(0.5),
        Some(Outcome::Proposed(Level::Full)) => json!(1),
        Some(other) => json!(other.as_str()),
    }
}
