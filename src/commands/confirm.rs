//! `autograde confirm CALL --by NAME`: a person's answer to a stored draft.
//!
//! The draft is made again from what was heard and must come out as it is stored: nobody confirms a draft other than the
//! one that he saw.

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::cli::ConfirmArgs;
use crate::commands::grade::{check_call_type, rulebook};
use crate::commands::store::{Settings, print};
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::grading::wire::{ConfirmedJson, DraftJson};
use crate::grading::{self, Change, Confirmed, Draft, GradeOptions, Outcome};
use crate::report;
use crate::store::{DraftFiles, Key, NewConfirmation, now_ms};
use crate::whole_file::Lasting;

pub(super) fn run(args: &ConfirmArgs) -> anyhow::Result<ExitStatus> {
    let by = args.by.trim();
    if by.is_empty() {
        bail!("`--by` is empty; say who confirms");
    }
    let changes = changes(args)?;
    let settings = Settings::load(&args.data, args.rules.as_deref())?;
    let book = rulebook(settings.options.rules.value.as_deref(), &settings.options.firm)?;
    check_call_type(&book, args.call_type.as_deref())?;
    let store = settings.open()?;
    let recording = store.find_one(&args.call)?;
    let id = &recording.id;
    let Some(call) = store.stored_call(&recording.sha256)? else {
        bail!(
            "`{id}` has no draft that can be confirmed: it was not graded, or its transcript has expired"
        );
    };
    if call.rulebook_sha256 != book.sha256 {
        bail!(
            "the draft of `{id}` was made with another state of the rulebook than `{}` is in now; name that one with \
             `--rules`, or run `autograde regrade` and look at the new draft",
            book.id
        );
    }
    let (heard, info) = call.read()?;
    let made = |call_type: Option<String>| {
        let options = GradeOptions { call_type, made_with: call.made_with.clone() };
        grading::grade(&book, &heard, &info, &options)
    };
    let stored = store.draft_json(&recording.sha256)?;
    // As it was made: with the type that a person had given then, if one had.
    let machine = [None, Some(call.call_type.clone())]
        .into_iter()
        .map(made)
        .find(|draft| is_stored(draft, stored.as_deref()));
    let Some(machine) = machine else {
        bail!(
            "the draft of `{id}` was made by `{}` and this program comes to another one; run `autograde regrade` and look \
             at the new draft",
            call.made_with.program
        );
    };
    let under = match &args.call_type {
        Some(wanted) if *wanted != machine.call_type.id => made(Some(wanted.clone())),
        _ => machine.clone(),
    };
    let at_ms = now_ms();
    let at = jiff::Timestamp::from_millisecond(at_ms).context("the clock is wrong")?.to_string();
    let confirmed = grading::confirm(&book, &machine, &under, &changes, by, &at)?;
    let text = serde_json::to_string(&ConfirmedJson::from(&confirmed))?;
    store.confirm(&NewConfirmation {
        key: &Key {
            sha256: recording.sha256.clone(),
            model_sha256: call.made_with.model_sha256.clone().unwrap_or_default(),
            rulebook_sha256: call.rulebook_sha256.clone(),
        },
        who: by,
        at_ms,
        call_type: &confirmed.call_type,
        cqr: confirmed.cqr.value,
        verdict: confirmed.cqr.verdict.as_str(),
        confirmed: &text,
        changes: &audit(&confirmed),
    })?;
    let pretty = serde_json::to_string_pretty(&ConfirmedJson::from(&confirmed))?;
    DraftFiles::confirmed(&settings.folder()?).write(
        recording.day.as_deref(),
        id,
        &format!("{pretty}\n"),
        Lasting::Synced,
    )?;
    if args.json {
        print(&format!("{text}\n"))?;
    } else {
        print(&report::confirmed(&confirmed, settings.lang, terminal::screen()))?;
    }
    Ok(ExitStatus::Success)
}

fn is_stored(draft: &Draft, stored: Option<&str>) -> bool {
    serde_json::to_string(&DraftJson::from(draft)).ok().as_deref() == stored
}

/// The changes that were typed: each `--set` with its `--why`.
fn changes(args: &ConfirmArgs) -> anyhow::Result<Vec<Change>> {
    if args.set.len() != args.why.len() {
        bail!(
            "there are {} `--set` and {} `--why`; every changed value needs its reason behind it",
            args.set.len(),
            args.why.len()
        );
    }
    let change = |(set, why): (&String, &String)| {
        let Some((criterion, value)) = set.split_once('=') else {
            bail!(
                "`{set}` is no change; write `--set criterion=value`, as in `--set greeting=0.5`"
            );
        };
        let (criterion, why) = (criterion.trim().to_owned(), why.trim().to_owned());
        Ok(Change { criterion, outcome: Outcome::parse(value.trim())?, why })
    };
    args.set.iter().zip(&args.why).map(change).collect()
}

/// What was changed, without a word of the call or of the reasons.
fn audit(confirmed: &Confirmed) -> String {
    let word = |outcome: Outcome| match outcome.level() {
        Some(level) => level.value().to_string(),
        None => outcome.as_str().to_owned(),
    };
    let values: Vec<serde_json::Value> = confirmed
        .changed()
        .map(|criterion| {
            json!({
                "criterion": criterion.id,
                "machine": word(criterion.machine.0),
                "person": word(criterion.outcome),
            })
        })
        .collect();
    json!({
        "call_type": { "machine": confirmed.machine.call_type.id, "person": confirmed.call_type },
        "values": values,
    })
    .to_string()
}
