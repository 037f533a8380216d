//! What is typed to work on what the store holds: drafts, answers, backup, deletion.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::Lang;

/// Where results are stored: the same for all commands that look there.
#[derive(Clone, Debug, Default, Args)]
pub struct DataArgs {
    /// The data folder [default: that of the configuration, else autograde in the user's data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file [default: ./autograde.toml, then autograde/autograde.toml in the user's configuration].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Language of the report [default: ru].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What can be done with the store.
#[derive(Clone, Debug, Subcommand)]
pub enum StoreCommand {
    /// Copy the store (SQLite) to a new file and check the copy.
    Backup {
        /// The new file; one that is there is not overwritten.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Where the store is.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Read the whole store and tell what is wrong with it; nothing is repaired.
    Check {
        /// Where the store is.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Write everything as JSON Lines: the way from SQLite to PostgreSQL.
    Export {
        /// The new file; one that is there is not overwritten [default: standard output].
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Where the store is.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Read what `store export` wrote into an empty store, which is made where there is none.
    Import {
        /// The file; `-` is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Where the store is, or will be.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Delete what is older than `[retention]` of the configuration allows; never a recording.
    Expire {
        /// Count what would go, and delete nothing.
        #[arg(long)]
        dry_run: bool,
        /// Where the store is.
        #[command(flatten)]
        data: DataArgs,
    },
}

/// What `drafts` takes.
#[derive(Clone, Debug, Args)]
pub struct DraftsArgs {
    /// Print one JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Show at most N.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub most: usize,
    /// Where the store is.
    #[command(flatten)]
    pub data: DataArgs,
}

/// What `confirm` takes.
#[derive(Clone, Debug, Args)]
pub struct ConfirmArgs {
    /// A draft's id, the beginning of its recording's SHA-256 (eight digits or more), or the recording's path.
    #[arg(value_name = "CALL")]
    pub call: String,
    /// Who confirms.
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Another value for a criterion: 0, 0.5, 1, na (does not apply) or unknown. Each `--set` has its `--why`.
    #[arg(long, value_name = "CRITERION=VALUE")]
    pub set: Vec<String>,
    /// The reason of the `--set` before it.
    #[arg(long, value_name = "TEXT")]
    pub why: Vec<String>,
    /// The type that the call has, where it is not the proposed one.
    #[arg(long = "type", value_name = "ID")]
    pub call_type: Option<String>,
    /// Print the confirmed scorecard as JSON.
    #[arg(long)]
    pub json: bool,
    /// The rulebook that made the draft [default: the one in force].
    #[arg(long, value_name = "PATH")]
    pub rules: Option<PathBuf>,
    /// Where the store is.
    #[command(flatten)]
    pub data: DataArgs,
}

/// What `regrade` takes.
#[derive(Clone, Debug, Args)]
pub struct RegradeArgs {
    /// Only calls of this day (YYYY-MM-DD) and later ones.
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
    /// A rulebook: a folder of `*.toml` or one file [default: the one in force].
    #[arg(long, value_name = "PATH")]
    pub rules: Option<PathBuf>,
    /// Store nothing; print every type, value and verdict that would change.
    #[arg(long)]
    pub what_if: bool,
    /// With `--what-if`: one JSON object a line for each call, the sum last.
    #[arg(long, requires = "what_if")]
    pub json: bool,
    /// Calls graded at the same time, one thread each [default: one for each core].
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,
    /// Where the store is.
    #[command(flatten)]
    pub data: DataArgs,
}

/// What `forget` takes.
#[derive(Clone, Debug, Args)]
pub struct ForgetArgs {
    /// A draft's id, the beginning of its recording's SHA-256 (eight digits or more), or the recording's path.
    #[arg(value_name = "CALL")]
    pub call: String,
    /// Who asks for it.
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// The reason; it stays in the audit.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// Delete the recording's files too.
    #[arg(long)]
    pub audio: bool,
    /// Where the store is.
    #[command(flatten)]
    pub data: DataArgs,
}

/// What `hold` takes.
#[derive(Clone, Debug, Args)]
pub struct HoldArgs {
    /// A draft's id, the beginning of its recording's SHA-256 (eight digits or more), or the recording's path.
    #[arg(value_name = "CALL")]
    pub call: String,
    /// Who asks for it.
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// The reason.
    #[arg(long, value_name = "TEXT", required_unless_present = "release")]
    pub why: Option<String>,
    /// End the hold.
    #[arg(long, conflicts_with = "why")]
    pub release: bool,
    /// Where the store is.
    #[command(flatten)]
    pub data: DataArgs,
}
