//! What may be typed: the flags and subcommands, and nothing of what they mean.
//!
//! Every option is an `Option`: `None` is "not said", so that `config` can tell a flag from a default. This is the only
//! file that names clap, and it uses nothing of ours; completions and the man page are made here for the same reason.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

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
    /// Files: CSV of any delimiter in UTF-8 or windows-1251, JSON, `queue_log`; `-` is standard input.
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

/// What `journal show` takes.
#[derive(Clone, Debug, Args)]
pub struct JournalShowArgs {
    /// Only calls of this day (YYYY-MM-DD).
    #[arg(long, value_name = "DAY")]
    pub date: Option<String>,
    /// Only calls with this number, in any spelling.
    #[arg(long, value_name = "NUMBER")]
    pub client: Option<String>,
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

/// What an evaluation shows more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Each criterion with its confusion table.
    Criterion,
    /// Each call type, and which is taken for which.
    Type,
    /// Every call in which something differs.
    Call,
}

/// The form of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// A line of text for each entry.
    Text,
    /// A JSON object for each entry.
    Json,
}

/// Left or right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// The first channel.
    Left,
    /// The second channel.
    Right,
}

/// A language that the report speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Russian.
    Ru,
    /// English.
    En,
}

/// The form of a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TranscriptFormat {
    /// One paragraph a turn, with the time and the speaker.
    #[default]
    Text,
    /// One object a line, with words, times and confidence.
    Json,
    /// `SubRip` subtitles.
    Srt,
    /// `WebVTT` subtitles.
    Vtt,
}

/// A shell that completions can be made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash.
    Bash,
    /// Elvish.
    Elvish,
    /// Fish.
    Fish,
    /// `PowerShell`.
    Powershell,
    /// Zsh.
    Zsh,
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

/// The completion script for `shell`.
pub fn completions(shell: Shell) -> Vec<u8> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
        Shell::Zsh => clap_complete::Shell::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "autograde", &mut script);
    script
}

/// The man page: the program's own, followed by those of its subcommands.
///
/// # Errors
///
/// Never in practice: it is written to memory.
pub fn man() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    let is_own = |command: &&clap::Command| command.get_name() != "help";
    for subcommand in command.get_subcommands().filter(is_own) {
        let title = format!("autograde {}", subcommand.get_name());
        section(&title, subcommand, &mut page)?;
        for below in subcommand.get_subcommands().filter(is_own) {
            section(&format!("{title} {}", below.get_name()), below, &mut page)?;
        }
    }
    Ok(page)
}

fn section(title: &str, command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    page.extend_from_slice(format!(".SH \"{}\"\n", title.to_uppercase()).as_bytes());
    let man = clap_mangen::Man::new(command.clone());
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)
}

#[cfg(test)]
mod tests {
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
