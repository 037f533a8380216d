//! `autograde rules list [FOLDER]`: what a rulebook has.

use crate::cli::RulesListArgs;
use crate::commands::grade::{language_of, rulebook};
use crate::commands::rules::{print, settings};
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::report;

pub(super) fn run(args: &RulesListArgs) -> anyhow::Result<ExitStatus> {
    let (path, lang) = settings(args.folder.as_deref(), args.lang)?;
    let book = rulebook(path.as_deref())?;
    let lang = lang.unwrap_or_else(|| language_of(&book));
    print(&report::listing(&book, lang, terminal::screen()))?;
    Ok(ExitStatus::Success)
}
