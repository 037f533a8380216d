//! `autograde rules`: check, list, new, explain, hits, diff.
//!
//! What a rulebook is, and whether it is right, is the business of `rules` and `grading`; how it reads, of `report`.

mod calls;
mod check;
pub(super) mod diff;
mod explain;
mod hits;
mod list;
mod new;

use std::io::{self, Write as _};
use std::path::Path;

use crate::cli::{HearingArgs, Lang, RulesCommand};
use crate::commands::patience::interruptible;
use crate::config::{self, Flags, Options};
use crate::exit::ExitStatus;

/// Does what was asked.
pub(super) fn run(command: RulesCommand) -> anyhow::Result<ExitStatus> {
    match command {
        RulesCommand::Check(args) => check::run(&args),
        RulesCommand::List(args) => list::run(&args),
        RulesCommand::New(args) => new::run(&args),
        RulesCommand::Explain(args) => interruptible(move |cancel| explain::run(&args, cancel)),
        RulesCommand::Hits(args) => interruptible(move |cancel| hits::run(&args, cancel)),
        RulesCommand::Diff(args) => interruptible(move |cancel| diff::run(&args, cancel)),
    }
}

/// What is in force: the rulebook where none is named, the firm's names, the language.
fn settings(folder: Option<&Path>, lang: Option<Lang>) -> anyhow::Result<Options> {
    let hearing = HearingArgs::default();
    config::load(&Flags { hearing: &hearing, rules: folder, lang })
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
