//! What is typed to grade, transcribe and measure recordings, and to look after models and settings.

use std::path::PathBuf;

use clap::{ArgAction, Args, Subcommand};

use super::values::{By, Lang, Side, TranscriptFormat};

/// How recordings are read and recognized: the same for `grade` and `transcribe`.
#[derive(Clone, Debug, Default, Args)]
pub struct HearingArgs {
    /// A model's name (`autograde models list`) or the path of a model file [default: the best installed one].
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// The channel of a stereo recording on which the manager is [default: left].
    #[arg(long, value_name = "SIDE")]
    pub manager_channel: Option<Side>,
    /// Recordings worked on at the same time, one thread each [default: one for each core].
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,
    /// The configuration file [default: ./autograde.toml, then autograde/autograde.toml in the user's configuration].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Say nothing on standard error but errors.
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on standard error; twice for everything.
    #[arg(long, short, action = ArgAction::Count)]
    pub verbose: u8,
}

/// What `grade` takes.
#[derive(Clone, Debug, Default, Args)]
pub struct GradeArgs {
    /// Recordings, folders (searched with all below them), globs, `*.dialogue.json`.
    ///
    /// `NAME-in.EXT` with `NAME-out.EXT`, and `NAME-r.EXT` with `NAME-t.EXT`, are the two sides of one call.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print drafts as JSON: one object a line, also for what failed or was skipped.
    #[arg(long)]
    pub json: bool,
    /// Write each draft to DIR/ID.json as its call finishes.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The type of all these calls, instead of the one that the rules propose (for example `objection`).
    #[arg(long, value_name = "ID")]
    pub call_type: Option<String>,
    /// How recordings are read and recognized.
    #[command(flatten)]
    pub hearing: HearingArgs,
    /// A rulebook: a folder of `*.toml` or one file [default: the Russian one in the program].
    #[arg(long, value_name = "PATH")]
    pub rules: Option<PathBuf>,
    /// Language of the report [default: that of the rulebook].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What `transcribe` takes.
#[derive(Clone, Debug, Args)]
pub struct TranscribeArgs {
    /// Recordings, folders, globs, `*.dialogue.json`, as for `grade`.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The form of the transcript.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: TranscriptFormat,
    /// Write each transcript to a file of its own in DIR (asked for with `srt` and `vtt` of several recordings).
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How recordings are read and recognized.
    #[command(flatten)]
    pub hearing: HearingArgs,
    /// Language of the calls and of the speakers' names in the text [default: ru].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What `evaluate` takes.
#[derive(Clone, Debug, Args)]
pub struct EvaluateArgs {
    /// Folders of labelled calls (`*.json`, searched with all below them), or single files.
    #[arg(required = true, value_name = "FOLDER")]
    pub paths: Vec<PathBuf>,
    /// Compare with what a second person said of the same calls (by `id`) instead of with drafts.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["labelled_type", "model"])]
    pub against: Option<PathBuf>,
    /// Show more of each criterion, each call type or every call.
    #[arg(long, value_name = "WHAT")]
    pub by: Option<By>,
    /// Print everything as one JSON object.
    #[arg(long, conflicts_with = "by")]
    pub json: bool,
    /// End with 1 when less than PERCENT of the values agree.
    #[arg(long, value_name = "PERCENT")]
    pub fail_under: Option<f64>,
    /// Grade each call under the type that its label has, so that a wrong type costs no values.
    #[arg(long)]
    pub labelled_type: bool,
    /// How recordings are read and recognized, where labelled calls name some.
    #[command(flatten)]
    pub hearing: HearingArgs,
    /// A rulebook: a folder of `*.toml` or one file [default: the Russian one in the program].
    #[arg(long, value_name = "PATH")]
    pub rules: Option<PathBuf>,
    /// Language of the report [default: that of the rulebook].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What `config` takes: the flags whose effect it shows.
#[derive(Clone, Debug, Args)]
pub struct ConfigArgs {
    /// The flags of `grade` that a setting can come from.
    #[command(flatten)]
    pub hearing: HearingArgs,
    /// A rulebook: a folder of `*.toml` or one file.
    #[arg(long, value_name = "PATH")]
    pub rules: Option<PathBuf>,
    /// Language of the report.
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// What can be done with models.
#[derive(Clone, Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the known models: size, memory, what for, and whether they are installed.
    List {
        /// As one JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Download a model (and the voice activity model) and check its SHA-256.
    Pull {
        /// A name from the list; a plain name means the recommended quantization [default: small].
        name: Option<String>,
        /// Take the files from here instead of the list's address.
        #[arg(long, value_name = "URL")]
        mirror: Option<String>,
        /// Say nothing on standard error but errors.
        #[arg(long, short)]
        quiet: bool,
    },
    /// Check installed models against the list.
    Verify {
        /// A name from the list or a path [default: every installed model].
        name: Option<String>,
    },
    /// Print where models lie, or the path of one.
    Path {
        /// A name from the list.
        name: Option<String>,
    },
}
