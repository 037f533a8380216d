//! What may be typed: the flags and subcommands, and nothing of what they mean.
//!
//! Every option is an `Option`: `None` is "not said", so that `config` can tell a flag from a default. Only
//! this folder names clap, and it uses nothing of ours; completions and the man page are made here for the same reason.

use std::ffi::OsString;
use std::io;

use clap::{Parser, Subcommand};

mod grade;
mod journal;
mod night;
mod pages;
mod rules;
mod store;
mod values;

pub use grade::{ConfigArgs, EvaluateArgs, GradeArgs, HearingArgs, ModelsCommand, TranscribeArgs};
pub use journal::{JournalCommand, JournalImportArgs, JournalShowArgs};
pub use night::{DoctorArgs, InitArgs, NightArgs, NightlyArgs, RetryArgs, StatusArgs, WatchArgs};
pub use pages::{completions, man};
pub use rules::{
    RulesCheckArgs, RulesCommand, RulesDiffArgs, RulesExplainArgs, RulesHitsArgs, RulesListArgs,
    RulesNewArgs,
};
pub use store::{
    ConfirmArgs, DataArgs, DraftsArgs, ForgetArgs, HoldArgs, RegradeArgs, StoreCommand,
};
pub use values::{By, Lang, LogForm, Shell, Side, TranscriptFormat};

/// Grades recorded sales calls: decodes, transcribes, matches rules, proposes a scorecard with evidence.
///
/// `autograde PATH...` is `autograde grade PATH...`. Results go to standard output, everything else to standard error.
/// Nothing leaves this machine: only `autograde models pull` opens a connection, and a store that is configured on a server.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "autograde",
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    subcommand_negates_reqs = true,
    max_term_width = 100,
    after_help = EXIT_CODES
)]
pub struct Cli {
    /// What to do; grading where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The arguments of `grade`.
    #[command(flatten)]
    pub grade: GradeArgs,
}

/// Shown at the end of `--help`.
const EXIT_CODES: &str = "\
Exit codes: 0 nothing failed (a recording without speech and an empty folder are no failure),
1 a recording failed, 2 it did not run (usage, configuration, rules, model, store), 3 another run is active,
130 interrupted.

Examples:
  autograde call.wav                     a scorecard to read
  autograde calls/ --out drafts/         a table, and one JSON draft a call
  autograde 'calls/2026-*/*.mp3' --json  one JSON object a line
  autograde call-in.wav call-out.wav     both sides of one call in two files
  autograde call.dialogue.json           a transcript made elsewhere
  autograde evaluate labelled/           how well drafts agree with people
  autograde drafts                       what waits for a person
  autograde confirm ID --by NAME --set closing=0.5 --why 'in passing'
  autograde regrade --what-if            what a changed rule would change";

/// The subcommands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Grade recordings (the default: `autograde PATH...`).
    Grade(GradeArgs),
    /// Write down what is said, without grading.
    Transcribe(TranscribeArgs),
    /// Compare drafts with what a person said of the same calls, and print how well they agree.
    Evaluate(EvaluateArgs),
    /// List, download and check speech models.
    Models {
        /// Language of what is printed [default: that of the configuration, else Russian].
        #[arg(long, value_name = "LANG", global = true)]
        lang: Option<Lang>,
        /// What to do with them.
        #[command(subcommand)]
        command: ModelsCommand,
    },
    /// Check, list, begin, explain and compare rulebooks.
    Rules {
        /// What to do with them.
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Grade every new recording of some folders and store the drafts: for cron or a systemd timer.
    Nightly(NightlyArgs),
    /// The same again and again, minutes after each call, until it is stopped.
    Watch(WatchArgs),
    /// Show the latest runs, what waits, and what failed.
    Status(StatusArgs),
    /// Let recordings that failed be tried again by the next run.
    Retry(RetryArgs),
    /// Begin an installation: a commented configuration, the folders, and a check.
    Init(InitArgs),
    /// Check the installation: model, rules, store, disk, folders, and a test call.
    Doctor(DoctorArgs),
    /// Back up, check, export, import the store of results, and delete what is too old.
    Store {
        /// What to do with it.
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// List the drafts that wait for a person: first those whose verdict may turn.
    Drafts(DraftsArgs),
    /// Confirm a stored draft, with or without changes: the person's answer is kept beside the machine's.
    Confirm(ConfirmArgs),
    /// Grade all stored transcripts again with the rulebook in force; confirmed scorecards stay.
    Regrade(RegradeArgs),
    /// Delete everything that the store has of a call.
    Forget(ForgetArgs),
    /// Keep a call from being forgotten or expiring (a legal hold), or end that.
    Hold(HoldArgs),
    /// The process that listens for `nightly` and `watch`; not for people.
    #[command(hide = true)]
    HearChild,
    /// Take in the journals of telephone exchanges (CDR), and show what they say.
    Journal {
        /// What to do with them.
        #[command(subcommand)]
        command: JournalCommand,
    },
    /// Print the settings in force and where each comes from.
    Config(ConfigArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the man page.
    Man,
}

/// Why the command line cannot be obeyed, or that it asked for help or the version.
#[derive(Debug)]
pub struct Stop {
    error: clap::Error,
}

impl Stop {
    /// Prints the message: help and version to standard output, a usage error to standard error.
    ///
    /// # Errors
    ///
    /// When that output is closed.
    pub fn print(&self) -> io::Result<()> {
        self.error.print()
    }

    /// Whether it is an error, and not help or the version.
    pub fn is_error(&self) -> bool {
        self.error.use_stderr()
    }
}

/// Reads a command line; the first argument is the program's name.
///
/// # Errors
///
/// On a usage error, and where help or the version is asked for.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, Stop> {
    Cli::try_parse_from(args).map_err(|error| Stop { error })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::CommandFactory;

    use super::*;

    fn parsed(line: &str) -> Cli {
        parse(line.split(' ').map(OsString::from)).unwrap()
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_path_alone_is_graded() {
        let cli = parsed("autograde call.wav --json --jobs 3");
        assert!(cli.command.is_none());
        assert_eq!(cli.grade.paths, [PathBuf::from("call.wav")]);
        assert_eq!((cli.grade.json, cli.grade.hearing.jobs), (true, Some(3)));
    }

    #[test]
    fn what_is_not_said_is_none() {
        let cli = parsed("autograde grade call.wav");
        let Some(Command::Grade(args)) = cli.command else { panic!("not grade") };
        assert_eq!((args.lang, args.rules, args.hearing.jobs), (None, None, None));
    }

    #[test]
    fn usage_errors_are_errors_and_help_is_not() {
        let stop = |line: &str| parse(line.split(' ').map(OsString::from)).unwrap_err().is_error();
        assert!(stop("autograde --nonsense"));
        assert!(stop("autograde transcribe"));
        assert!(stop("autograde a.wav --lang de"));
        assert!(!stop("autograde --help"));
        assert!(!stop("autograde models pull --help"));
    }
}
