//! What is typed to import and show the journals of exchanges.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::store::DataArgs;

/// What can be done with the journals of exchanges.
#[derive(Clone, Debug, Subcommand)]
pub enum JournalCommand {
    /// Store the calls of exports, logs and CDR files; importing twice changes nothing.
    Import(JournalImportArgs),
    /// List calls of the stored journal, with who waited, who spoke, and who let it ring.
    Show(JournalShowArgs),
}

/// What `journal import` takes.
#[derive(Clone, Debug, Args)]
pub struct JournalImportArgs {
    /// Files: CSV of any delimiter in UTF-8, windows-1251 or UTF-16, JSON, `queue_log`; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// asterisk, freepbx, freeswitch, 3cx, queue-log, mango, uis, table, or one of the configuration [default: what
    /// the file looks like].
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// The exchange's name: the ids of its calls are its own [default: the name of the format].
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// The time zone of the clocks in the files, such as Europe/Moscow, UTC or +03:00 [default: `timezone`].
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Tell what was recognized and why, which column is what, and what is not taken; store nothing.
    #[arg(long)]
    pub explain: bool,
    /// Where the store is.
    #[command(flatten)]
    pub data: DataArgs,
}

/// What `journal show` takes.
#[derive(Clone, Debug, Args)]
pub struct JournalShowArgs {
    /// Only calls of this day (YYYY-MM-DD).
    #[arg(long, value_name = "DAY")]
    pub date: Option<String>,
    /// Only calls with this number, in any spelling.
    #[arg(long, value_name = "NUMBER")]
    pub client: Option<String>,
    /// Where the store is.
    #[command(flatten)]
    pub data: DataArgs,
}
