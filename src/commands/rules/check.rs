//! `autograde rules check [FOLDER]`: the tests that a rulebook carries, and what is hardly meant.

use anyhow::{Context as _, bail};

use crate::cli::RulesCheckArgs;
use crate::commands::grade::{DEFAULT_RULEBOOK, language_of};
use crate::commands::rules::{print, settings};
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::grading;
use crate::report::{self, Language};
use crate::rules::Rulebook;

pub(super) fn run(args: &RulesCheckArgs) -> anyhow::Result<ExitStatus> {
    let (path, lang) = settings(args.folder.as_deref(), args.lang)?;
    let screen = terminal::screen();
    if let Some(path) = &path
        && !path.exists()
    {
        bail!("`{}` is not there; name a folder of rule files, or one of them", path.display());
    }
    let loaded = match &path {
        Some(path) => Rulebook::load(path),
        None => Rulebook::embedded(DEFAULT_RULEBOOK),
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
