//! What is typed for the run that nobody watches, and to see how it went.

use std::path::PathBuf;

use clap::Args;

use super::grade::HearingArgs;
use super::store::DataArgs;
use super::values::{Lang, LogForm};

/// What `nightly` takes.
#[derive(Clone, Debug, Default, Args)]
pub struct NightlyArgs {
    /// Folders, searched with all below them [default: `[nightly] folders` of the configuration].
    #[arg(value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
    /// Only calls of this day (YYYY-MM-DD).
    #[arg(long, value_name = "DAY", conflicts_with = "since")]
    pub date: Option<String>,
    /// Only calls of this day and later (YYYY-MM-DD).
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
    /// Write what became of every recording to FILE as JSON.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// What `nightly` and `watch` share.
    #[command(flatten)]
    pub night: NightArgs,
}

/// What `watch` takes.
#[derive(Clone, Debug, Default, Args)]
pub struct WatchArgs {
    /// Folders, searched with all below them [default: `[nightly] folders` of the configuration].
    #[arg(value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
    /// Seconds between two looks [default: 30].
    #[arg(long, value_name = "SECONDS")]
    pub every: Option<u64>,
    /// What `nightly` and `watch` share.
    #[command(flatten)]
    pub night: NightArgs,
}

/// What `nightly` and `watch` share.
#[derive(Clone, Debug, Default, Args)]
pub struct NightArgs {
    /// The data folder [default: that of the configuration, else autograde in the user's data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A rulebook: a folder of `*.toml` or one file [default: the Russian one in the program].
    #[arg(long, value_name = "PATH")]
    pub rules: Option<PathBuf>,
    /// How recordings are read and recognized.
    #[command(flatten)]
    pub hearing: HearingArgs,
    /// The form of the log on standard error [default: text].
    #[arg(long, value_name = "FORM")]
    pub log: Option<LogForm>,
    /// Name recordings in the log. Their names may hold telephone numbers; without this the log has hashes.
    #[arg(long)]
    pub log_names: bool,
    /// Language of the report [default: that of the rulebook].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What `status` takes.
#[derive(Clone, Debug, Default, Args)]
pub struct StatusArgs {
    /// List what failed, with the reasons.
    #[arg(long)]
    pub failed: bool,
    /// As one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where the store is.
    #[command(flatten)]
    pub data: DataArgs,
}

/// What `retry` takes.
#[derive(Clone, Debug, Default, Args)]
pub struct RetryArgs {
    /// Ids, paths or beginnings of SHA-256 [default: all that failed].
    #[arg(value_name = "CALL")]
    pub calls: Vec<String>,
    /// Where the store is.
    #[command(flatten)]
    pub data: DataArgs,
}

/// What `init` takes.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The folder to begin in; files that are there are left alone.
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// A folder with recordings; may be given several times.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Vec<PathBuf>,
    /// Write no more than the configuration: no check.
    #[arg(long)]
    pub no_check: bool,
    /// Language of what is said.
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What `doctor` takes.
#[derive(Clone, Debug, Default, Args)]
pub struct DoctorArgs {
    /// The data folder [default: that of the configuration, else autograde in the user's data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A rulebook: a folder of `*.toml` or one file [default: the Russian one in the program].
    #[arg(long, value_name = "PATH")]
    pub rules: Option<PathBuf>,
    /// How recordings are read and recognized.
    #[command(flatten)]
    pub hearing: HearingArgs,
    /// Language of the report [default: that of the rulebook].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}
