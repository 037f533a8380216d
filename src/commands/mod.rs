//! What each subcommand does, one file each; [`run`] picks it.
//!
//! Here the parts meet: settings, models, rules, recordings, reports. What they do is theirs.

mod config;
mod drafts;
mod evaluate;
mod grade;
mod hearing;
mod labelled;
mod models;
mod patience;
mod rules;
mod terminal;
mod transcribe;

use std::io::{self, Write as _};

use crate::cli::{self, Cli, Command};
use crate::commands::patience::interruptible;
use crate::exit::ExitStatus;

/// Does what was typed.
///
/// # Errors
///
/// When it cannot be done at all, or not to its end: the program then exits with 2. What went wrong with single
/// recordings is part of the results and no error here.
pub fn run(typed: Cli) -> anyhow::Result<ExitStatus> {
    match typed.command.unwrap_or(Command::Grade(typed.grade)) {
        Command::Grade(args) => interruptible(move |cancel| grade::run(&args, cancel)),
        Command::Transcribe(args) => interruptible(move |cancel| transcribe::run(&args, cancel)),
        Command::Evaluate(args) => interruptible(move |cancel| evaluate::run(&args, cancel)),
        Command::Rules { command } => rules::run(command),
        Command::Config(args) => config::run(&args),
        Command::Models { lang, command } => interruptible(move |cancel| {
            models::run(&command, lang, cancel, &mut io::stdout().lock())
        }),
        Command::Completions { shell } => print(&cli::completions(shell)),
        Command::Man => print(&cli::man()?),
    }
}

fn print(bytes: &[u8]) -> anyhow::Result<ExitStatus> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(ExitStatus::Success)
}
