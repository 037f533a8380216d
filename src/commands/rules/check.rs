//! `autograde rules check [FOLDER]`: the tests that a rulebook carries, and what is hardly meant.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::cli::RulesCheckArgs;
use crate::commands::grade::{embedded, language_of};
use crate::commands::rules::{print, settings};
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::grading;
use crate::report::{self, Language};
use crate::rules::Rulebook;

pub(super) fn run(args: &RulesCheckArgs) -> anyhow::Result<ExitStatus> {
    let options = settings(args.folder.as_deref(), args.lang)?;
    let (named, firm) = (options.rules.value.as_deref(), &options.firm);
    let lang = options.lang.value.map(Language::from);
    let screen = terminal::screen();
    let loaded = match (embedded(named), named) {
        (Some(lang), _) => Rulebook::embedded_for(lang, firm),
        (None, Some(path)) if !path.exists() => {
            bail!("`{}` is not there; name a folder of rule files, or one of them", path.display())
        }
        (None, path) => Rulebook::load_for(path.unwrap_or(Path::new("")), firm),
    };
    let book = match loaded {
        Ok(book) => book,
        // What is wrong is what was asked for: a result, and no failure to run.
        Err(errors) => {
            let lang = lang.unwrap_or(Language::Russian);
            print(&report::faults(&errors.faults, lang, screen))?;
            return Ok(ExitStatus::SomethingFailed);
        }
    };
    let lang = lang.unwrap_or_else(|| language_of(&book));
    if let Some(id) = &args.forms {
        let forms = book.forms(id).with_context(|| {
            format!("finding `{id}` is not there; `autograde rules list` names all of them")
        })?;
        print(&report::forms(&forms, lang, screen))?;
        return Ok(ExitStatus::Success);
    }
    let tests = grading::run_tests(&book);
    let mut text = report::tests(&tests, lang, screen);
    text.push_str(&report::advice(&book.advice(), args.all, lang, screen));
    print(&text)?;
    Ok(if tests.failed.is_empty() { ExitStatus::Success } else { ExitStatus::SomethingFailed })
}
