//! `autograde rules`: check, list, new, explain, diff.
//!
//! What a rulebook is, and whether it is right, is the business of `rules` and `grading`; how it reads, of `report`.

mod calls;
mod check;
pub(super) mod diff;
mod explain;
mod list;
mod new;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::{HearingArgs, Lang, RulesCommand};
use crate::commands::patience::interruptible;
use crate::config::{self, Flags};
use crate::exit::ExitStatus;
use crate::report::Language;

/// Does what was asked.
pub(super) fn run(command: RulesCommand) -> anyhow::Result<ExitStatus> {
    match command {
        RulesCommand::Check(args) => check::run(&args),
        RulesCommand::List(args) => list::run(&args),
        RulesCommand::New(args) => new::run(&args),
        RulesCommand::Explain(args) => interruptible(move |cancel| explain::run(&args, cancel)),
        RulesCommand::Diff(args) => interruptible(move |cancel| diff::run(&args, cancel)),
    }
}

/// The rulebook in force where none is named, and the language asked for.
fn settings(
    folder: Option<&Path>,
    lang: Option<Lang>,
) -> anyhow::Result<(Option<PathBuf>, Option<Language>)> {
    let hearing = HearingArgs::default();
    let options = config::load(&Flags { hearing: &hearing, rules: folder, lang })?;
    Ok((options.rules.value, options.lang.value.map(Language::from)))
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
