//! What is typed to check, list, begin, explain, count and compare rulebooks.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::grade::HearingArgs;
use super::values::Lang;

/// What can be done with rulebooks.
#[derive(Clone, Debug, Subcommand)]
pub enum RulesCommand {
    /// Run the tests that a rulebook carries, and tell what is hardly meant.
    Check(RulesCheckArgs),
    /// List call types, criteria with their weights, and findings.
    List(RulesListArgs),
    /// Begin a firm's own rulebook: a commented skeleton that extends the one in the program.
    New(RulesNewArgs),
    /// Tell step by step why each value of a call came out.
    Explain(Box<RulesExplainArgs>),
    /// Tell which findings hold in each call: one JSON object a line, how many calls hold each last.
    Hits(Box<RulesHitsArgs>),
    /// Grade calls under two rulebooks and show every type, value and verdict that changes.
    Diff(Box<RulesDiffArgs>),
}

/// What `rules check` takes.
#[derive(Clone, Debug, Args)]
pub struct RulesCheckArgs {
    /// A rulebook: a folder of `*.toml` or one file [default: the one in force].
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Print every form that the words of this finding stand for.
    #[arg(long, value_name = "ID")]
    pub forms: Option<String>,
    /// Print all advice, and not only the first of each kind.
    #[arg(long)]
    pub all: bool,
    /// Language of the report [default: that of the rulebook].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What `rules list` takes.
#[derive(Clone, Debug, Args)]
pub struct RulesListArgs {
    /// A rulebook: a folder of `*.toml` or one file [default: the one in force].
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Language of the report [default: that of the rulebook].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What `rules new` takes.
#[derive(Clone, Debug, Args)]
pub struct RulesNewArgs {
    /// The folder to write to; files that are there are left alone.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Language of the comments.
    #[arg(long, value_name = "LANG", default_value = "ru")]
    pub lang: Lang,
}

/// What `rules explain` takes.
#[derive(Clone, Debug, Args)]
pub struct RulesExplainArgs {
    /// A recording, a `*.dialogue.json`, or a draft that `--out` wrote.
    #[arg(value_name = "CALL")]
    pub call: PathBuf,
    /// This criterion alone.
    #[arg(long, value_name = "ID")]
    pub criterion: Option<String>,
    /// The type of the call, instead of the one that the rules propose.
    #[arg(long, value_name = "ID")]
    pub call_type: Option<String>,
    /// How a recording is read and recognized.
    #[command(flatten)]
    pub hearing: HearingArgs,
    /// A rulebook: a folder of `*.toml` or one file [default: the Russian one in the program].
    #[arg(long, value_name = "PATH")]
    pub rules: Option<PathBuf>,
    /// Language of the report [default: that of the rulebook].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What `rules hits` takes.
#[derive(Clone, Debug, Args)]
pub struct RulesHitsArgs {
    /// Drafts, `*.dialogue.json`, labelled calls, recordings (heard once), or folders of them.
    #[arg(value_name = "CALLS", required = true)]
    pub calls: Vec<PathBuf>,
    /// How recordings are read and recognized.
    #[command(flatten)]
    pub hearing: HearingArgs,
    /// A rulebook: a folder of `*.toml` or one file [default: the Russian one in the program].
    #[arg(long, value_name = "PATH")]
    pub rules: Option<PathBuf>,
    /// Language of what is said on standard error [default: that of the rulebook].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What `rules diff` takes.
#[derive(Clone, Debug, Args)]
pub struct RulesDiffArgs {
    /// The rulebook in use: a folder, a file, or a language of the program's own (`ru`).
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The rulebook that is to take its place.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Drafts, `*.dialogue.json`, labelled calls, recordings (heard once), or folders of them.
    #[arg(value_name = "CALLS", required = true)]
    pub calls: Vec<PathBuf>,
    /// Print what changes as JSON: one object a line for each call, the sum last.
    #[arg(long)]
    pub json: bool,
    /// How recordings are read and recognized.
    #[command(flatten)]
    pub hearing: HearingArgs,
    /// Language of the report [default: that of the new rulebook].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}
