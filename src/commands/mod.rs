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
mod rules;
mod terminal;
mod transcribe;

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

use crate::cli::{self, Cli, Command, ModelsCommand};
use crate::exit::ExitStatus;

/// Does what was typed.
///
/// # Errors
///
/// When it cannot be done at all, or not to its end: the program then exits with 2. What went wrong with single
/// recordings is part of the results and no error here.
pub fn run(typed: Cli) -> anyhow::Result<ExitStatus> {
    match typed.command.unwrap_or(Command::Grade(typed.grade)) {
        Command::Grade(args) => grade::run(&args, on_ctrl_c()?.as_ref()),
        Command::Transcribe(args) => transcribe::run(&args, on_ctrl_c()?.as_ref()),
        Command::Evaluate(args) => evaluate::run(&args, on_ctrl_c()?.as_ref()),
        Command::Rules { command } => rules::run(&command),
        Command::Config(args) => config::run(&args),
        Command::Models { command } => {
            models::run(&action(command), &on_ctrl_c()?, &mut io::stdout().lock())
        }
        Command::Completions { shell } => print(&cli::completions(shell)),
        Command::Man => print(&cli::man()?),
    }
}

fn action(command: ModelsCommand) -> models::ModelsAction {
    match command {
        ModelsCommand::List { json } => models::ModelsAction::List { json },
        ModelsCommand::Pull { name, mirror, quiet } => {
            models::ModelsAction::Pull { name, mirror, quiet }
        }
        ModelsCommand::Verify { name } => models::ModelsAction::Verify { name },
        ModelsCommand::Path { name } => models::ModelsAction::Path { name },
    }
}

fn print(bytes: &[u8]) -> anyhow::Result<ExitStatus> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(ExitStatus::Success)
}

/// A flag that Ctrl-C (and a polite `kill`) sets: whoever works looks at it between two steps and leaves nothing
/// half-written.
pub(super) fn on_ctrl_c() -> anyhow::Result<Arc<AtomicBool>> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))
        .context("cannot listen for Ctrl-C")?;
    Ok(cancel)
}
