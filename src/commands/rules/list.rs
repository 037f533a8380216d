//! `autograde rules list [FOLDER]`: what a rulebook has.

use crate::cli::RulesListArgs;
use crate::commands::grade::{language_of, rulebook};
use crate::commands::rules::{print, settings};
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::report::{self, Language};

pub(super) fn run(args: &RulesListArgs) -> anyhow::Result<ExitStatus> {
    let options = settings(args.folder.as_deref(), args.lang)?;
    let book = rulebook(options.rules.value.as_deref(), &options.firm)?;
    let lang = options.lang.value.map_or_else(|| language_of(&book), Language::from);
    print(&report::listing(&book, lang, terminal::screen()))?;
    Ok(ExitStatus::Success)
}
