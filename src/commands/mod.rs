//! What each subcommand does, one file each; [`run`] picks it.
//!
//! Here the parts meet: settings, models, rules, recordings, reports. What they do is theirs.

mod config;
mod confirm;
mod doctor;
mod drafts;
mod drafts_waiting;
mod evaluate;
mod forget;
mod grade;
mod hear_child;
mod hearing;
mod init;
mod journal;
mod labelled;
mod models;
mod night;
mod nightly;
mod patience;
mod regrade;
mod retry;
mod rules;
mod status;
mod store;
mod terminal;
mod transcribe;
mod watch;

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
        Command::Store { command } => store::run(&command),
        Command::Drafts(args) => drafts_waiting::run(&args),
        Command::Confirm(args) => confirm::run(&args),
        Command::Regrade(args) => interruptible(move |cancel| regrade::run(&args, cancel)),
        Command::Forget(args) => forget::run(&args),
        Command::Hold(args) => forget::hold(&args),
        Command::Nightly(args) => interruptible(move |cancel| nightly::run(&args, cancel)),
        Command::Watch(args) => interruptible(move |cancel| watch::run(&args, cancel)),
        Command::Status(args) => status::run(&args),
        Command::Retry(args) => retry::run(&args),
        Command::Init(args) => interruptible(move |cancel| init::run(&args, cancel)),
        Command::Doctor(args) => interruptible(move |cancel| doctor::run(&args, cancel)),
        Command::HearChild => hear_child::run(),
        Command::Journal { command } => journal::run(&command),
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
