//! From what was typed, the environment and `autograde.toml` to what is in force.
//!
//! Three types, one direction: `cli` holds what was typed, [`FileConfig`] what the file says (both all optional),
//! [`Options`] what holds, and for each setting where it comes from. [`resolve()`] is a pure function of the three; the
//! reading of the file stands beside it. Precedence: defaults, file, environment, flags, the later over the earlier.
//!
//! Loading models and rules, and what a setting does, is not decided here.

mod calls;
mod convert;
mod file;
mod nightly;
mod read;
mod resolve;

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::audio::ManagerChannel;
use crate::batch::Half;
use crate::call::{Direction, Roster, Zone};
use crate::cli::{HearingArgs, Lang};
use crate::journal::OwnFormat;
use crate::naming::Names;
use crate::rules::Firm;
use crate::store::{Place, Retention};

use file::PathPattern;
pub use file::{
    Fault, FileConfig, JournalConfig, ManagersConfig, NamesConfig, NumbersConfig, ZoneConfig,
};
pub use nightly::{NightlyConfig, NightlyOptions};
pub use read::ReadFile;
use read::read_file;
pub use resolve::{EnvironmentError, Surroundings, resolve};

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// `autograde.toml`.
    File,
    /// An `AUTOGRADE_*` variable.
    Environment,
    /// The command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        })
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// What holds.
    pub value: T,
    /// Who said so.
    pub origin: Origin,
}

/// On which channel the manager is, by the way the call went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// Where the client called.
    pub inbound: ManagerChannel,
    /// Where the manager called.
    pub outbound: ManagerChannel,
    /// Where nobody knows: the left one, unless the same side was said for both.
    pub unknown: ManagerChannel,
}

impl Channels {
    /// The same side whichever way the call went.
    pub fn always(side: ManagerChannel) -> Self {
        Self { inbound: side, outbound: side, unknown: side }
    }

    /// For a call that went this way.
    pub fn of(self, direction: Option<Direction>) -> ManagerChannel {
        match direction {
            Some(Direction::Inbound) => self.inbound,
            Some(Direction::Outbound) => self.outbound,
            None => self.unknown,
        }
    }
}

/// What is in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// A model's name or path; `None` is the best installed one.
    pub model: Setting<Option<String>>,
    /// A rulebook's folder or file, or the language of one in the program; `None` is the Russian one there.
    pub rules: Setting<Option<PathBuf>>,
    /// The firm's own names.
    pub firm: Firm,
    /// The report's language; `None` is the rulebook's.
    pub lang: Setting<Option<Lang>>,
    /// Recordings worked on at the same time; at least 1.
    pub jobs: Setting<usize>,
    /// Where the manager is.
    pub channels: Setting<Channels>,
    /// A Silero model; `None` is the installed one, or the detector in the program.
    pub vad_model: Setting<Option<PathBuf>>,
    /// The data folder: the store, the drafts as files, the lock. `None` where there is no user's folder to put it in.
    pub data: Setting<Option<PathBuf>>,
    /// A store that is not in the data folder: a path, or a URL of PostgreSQL.
    pub store: Setting<Option<String>>,
    /// How long results are kept; only the file says it.
    pub retention: Retention,
    /// The night.
    pub nightly: NightlyOptions,
    /// The zone of clocks in names and journals, where a source has no other.
    pub timezone: Setting<Zone>,
    /// Patterns for the names of recordings as the file has them; `None` are the automatic ones.
    pub names: Option<NamesConfig>,
    /// Those that hold where nobody says anything.
    pub automatic_names: Names,
    /// Who works here.
    pub roster: Roster,
    /// Formats of journals that are the firm's own.
    pub journals: Vec<OwnFormat>,
    /// What is known of recordings by where they lie, in the order of the file: the first that fits holds.
    pub sources: Vec<SourceOptions>,
}

/// What is known of recordings by where they lie.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceOptions {
    /// Which recordings.
    pub files: PathPattern,
    /// Which way these calls went.
    pub direction: Option<Direction>,
    /// Where the manager is, if it is not as everywhere.
    pub channels: Option<Channels>,
    /// Which file of a pair is the manager's, if it is not the usual one.
    pub pair_manager: Option<Half>,
    /// Patterns for their names, if there are others.
    pub names: Option<NamesConfig>,
    /// The zone of the clock in their names, if it is another.
    pub timezone: Option<Zone>,
}

/// The flags that a setting can come from.
#[derive(Clone, Copy, Debug)]
pub struct Flags<'a> {
    /// Those of every command that listens.
    pub hearing: &'a HearingArgs,
    /// `--rules`.
    pub rules: Option<&'a Path>,
    /// `--lang`.
    pub lang: Option<Lang>,
}

/// Reads the configuration file that holds, and settles everything.
///
/// # Errors
///
/// When a file that was named cannot be read, or the file or the environment has faults: all of them are told.
pub fn load(flags: &Flags<'_>) -> anyhow::Result<Options> {
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let file = read_file(flags.hearing.config.as_deref(), &env)?;
    Ok(resolve(flags, file.as_ref(), Surroundings { env: &env, cores })?)
}

impl Options {
    /// The data folder; `flag` (`--data`) over every other word.
    ///
    /// # Errors
    ///
    /// When nobody named one and there is no user's folder.
    pub fn data_folder(&self, flag: Option<&Path>) -> anyhow::Result<PathBuf> {
        flag.map(Path::to_path_buf).or_else(|| self.data.value.clone()).context(
            "there is no data folder: give `--data DIR` or set `data` in the configuration, AUTOGRADE_DATA, \
             XDG_DATA_HOME or HOME",
        )
    }

    /// Where the store is. A data folder that is named on the command line brings its own store, whatever the
    /// configuration says of another.
    ///
    /// # Errors
    ///
    /// As for [`Options::data_folder`], and when the configured store makes no sense.
    pub fn store(&self, flag: Option<&Path>) -> anyhow::Result<Place> {
        match (&self.store.value, flag) {
            (Some(url), None) => Ok(Place::parse(url)?),
            _ => Ok(Place::in_folder(&self.data_folder(flag)?)),
        }
    }
}
