//! `autograde rules explain CALL`: why each value came out, step by step.

use std::sync::atomic::AtomicBool;

use anyhow::bail;

use crate::cli::RulesExplainArgs;
use crate::commands::grade::{check_call_type, language_of, rulebook};
use crate::commands::rules::{calls, print};
use crate::commands::terminal;
use crate::config::{self, Flags};
use crate::exit::ExitStatus;
use crate::grading;
use crate::report::{self, Language};

pub(super) fn run(args: &RulesExplainArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    terminal::set_up_log(&args.hearing);
    let flags = Flags { hearing: &args.hearing, rules: args.rules.as_deref(), lang: args.lang };
    let options = config::load(&flags)?;
    let book = rulebook(options.rules.value.as_deref(), &options.firm)?;
    check_call_type(&book, args.call_type.as_deref())?;
    if let Some(id) = &args.criterion {
        let known: Vec<&str> = book.criteria().iter().map(|(id, _)| *id).collect();
        if !known.contains(&id.as_str()) {
            bail!("`{id}` is no criterion of `{}`; it has `{}`", book.id, known.join("`, `"));
        }
    }
    let lang = options.lang.value.map_or_else(|| language_of(&book), Language::from);
    if args.call.is_dir() {
        bail!("`{}` is a folder; name one call", args.call.display());
    }
    let mut judge = |heard: crate::transcript::Heard, call| {
        let grading = grading::GradeOptions {
            call_type: args.call_type.clone(),
            ..grading::GradeOptions::default()
        };
        let draft = grading::grade(&book, &heard, &call, &grading);
        let steps = grading::explain(&book, &heard, &call, args.call_type.as_deref());
        (draft, steps)
    };
    let paths = [args.call.clone()];
    let heard = calls::each(&paths, &args.hearing, &options, &book.lang, lang, cancel, &mut judge)?;
    if heard.interrupted {
        return Ok(ExitStatus::Interrupted);
    }
    for complaint in &heard.complaints {
        terminal::note(false, complaint);
    }
    let Some((draft, mut steps)) = heard.made.into_iter().next() else {
        return Ok(if heard.complaints.is_empty() {
            ExitStatus::Success
        } else {
            ExitStatus::SomethingFailed
        });
    };
    if let Some(id) = &args.criterion {
        steps.retain(|entry| entry.draft.id == *id);
    }
    let screen = terminal::screen();
    print(&report::explanation(&draft, &steps, lang, screen))?;
    Ok(ExitStatus::Success)
}
