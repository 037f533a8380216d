//! What holds: flags over environment over file over defaults, and who said it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::call::{Roster, Zone};
use crate::cli::{Lang, Side};
use crate::config::{
    Channels, FileConfig, Flags, NightlyOptions, Options, Origin, ReadFile, Setting, SourceOptions,
};
use crate::naming::Names;
use crate::rules::{Firm, Rulebook};
use crate::store::{Place, Retention};

/// What [`resolve`] looks at besides the flags.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The value of an environment variable; an empty one counts as not set.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Cores of this machine: the default of `jobs`.
    pub cores: usize,
}

/// Variables of the environment that cannot be obeyed: all of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .faults.join("\n"))]
pub struct EnvironmentError {
    /// One sentence for each.
    pub faults: Vec<String>,
}

/// Settles every setting: flags over environment over file over defaults. Pure.
///
/// # Errors
///
/// When variables of the environment make no sense.
pub fn resolve(
    flags: &Flags<'_>,
    file: Option<&ReadFile>,
    around: Surroundings<'_>,
) -> Result<Options, EnvironmentError> {
    let nothing = FileConfig::default();
    let config = file.map_or(&nothing, |file| &file.config);
    let folder = file.and_then(|file| file.path.parent()).unwrap_or(Path::new(""));
    let in_folder = |path: &PathBuf| folder.join(path);
    // A model is a name unless it looks like a path; only a path is relative to the file.
    let model_in_folder = |model: &String| {
        let is_path = model.contains(['/', '\\'])
            || Path::new(model).extension().is_some_and(|end| end == "bin");
        if is_path { folder.join(model).to_string_lossy().into_owned() } else { model.clone() }
    };
    // So is a rulebook: `en` is the one in the program, `./en` a folder.
    let rules_in_folder = |rules: &PathBuf| {
        let is_name = Rulebook::embedded_languages().iter().any(|lang| Path::new(lang) == rules);
        if is_name && !rules.starts_with(".") { rules.clone() } else { folder.join(rules) }
    };
    let mut env = Environment { get: around.env, faults: Vec::new() };
    let managers = config.manager.0.clone();
    let roster = Roster::new(managers, &config.own_numbers.0).unwrap_or_else(|error| {
        // The file is read only where this can be made.
        env.faults.push(error.to_string());
        Roster::default()
    });
    let rules_flag = flags.rules.map(Path::to_path_buf);
    let jobs_flag = flags.hearing.jobs.map(|jobs| jobs.max(1));
    let side_flag = flags.hearing.manager_channel.map(|side| Channels::always(side.into()));
    let options = Options {
        file: file.map(|file| file.path.clone()),
        model: pick(
            flags.hearing.model.clone(),
            env.text("AUTOGRADE_MODEL"),
            config.model.as_ref().map(model_in_folder),
        ),
        rules: pick(
            rules_flag,
            env.text("AUTOGRADE_RULES").map(PathBuf::from),
            config.rules.as_ref().map(rules_in_folder),
        ),
        firm: Firm::from(&config.firm),
        lang: pick(
            flags.lang,
            env.one_of("AUTOGRADE_LANG", &[("ru", Lang::Ru), ("en", Lang::En)]),
            config.lang.map(Lang::from),
        ),
        jobs: pick(jobs_flag, env.count("AUTOGRADE_JOBS"), config.jobs.map(NonZeroUsize::get))
            .or(around.cores.max(1)),
        channels: pick(
            side_flag,
            env.one_of(
                "AUTOGRADE_MANAGER_CHANNEL",
                &[("left", Side::Left), ("right", Side::Right)],
            )
            .map(|side| Channels::always(side.into())),
            config.manager_channel.map(Channels::from),
        )
        .or(Channels::default()),
        vad_model: pick(
            None,
            env.text("AUTOGRADE_VAD_MODEL").map(PathBuf::from),
            config.vad.model.as_ref().map(in_folder),
        ),
        data: data_folder(
            pick(
                None,
                env.text("AUTOGRADE_DATA").map(PathBuf::from),
                config.data.as_ref().map(in_folder),
            ),
            around.env,
        ),
        store: pick(
            None,
            env.text("AUTOGRADE_STORE"),
            config.store.url.as_ref().map(|url| match Place::parse(url) {
                Ok(Place::Sqlite(path)) => folder.join(path).to_string_lossy().into_owned(),
                // What makes no sense is told where it is used.
                _ => url.clone(),
            }),
        ),
        retention: Retention {
            transcripts: config.retention.transcripts,
            drafts: config.retention.drafts,
            confirmations: config.retention.confirmations,
            journal: config.retention.journal,
            runs: config.retention.runs,
        },
        nightly: NightlyOptions::new(&config.nightly, folder),
        timezone: pick(None, None, config.timezone.as_ref().map(|zone| zone.0.clone()))
            .or(Zone::system()),
        names: config.names.clone(),
        automatic_names: Names::automatic(),
        roster,
        journals: config.journal.iter().map(|journal| journal.0.clone()).collect(),
        sources: config.source.iter().map(SourceOptions::from).collect(),
    };
    if env.faults.is_empty() { Ok(options) } else { Err(EnvironmentError { faults: env.faults }) }
}

/// The data folder where nobody named one: `autograde` in the user's data.
fn data_folder(
    said: Setting<Option<PathBuf>>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Setting<Option<PathBuf>> {
    // The XDG specification has relative paths ignored.
    let data = env("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let data = data.or_else(|| Some(Path::new(&env("HOME")?).join(".local/share")));
    Setting { value: said.value.or_else(|| Some(data?.join("autograde"))), origin: said.origin }
}

/// The first that was said, and by whom.
fn pick<T>(flag: Option<T>, env: Option<T>, file: Option<T>) -> Setting<Option<T>> {
    let said = [(Origin::Flag, flag), (Origin::Environment, env), (Origin::File, file)];
    for (origin, value) in said {
        if value.is_some() {
            return Setting { value, origin };
        }
    }
    Setting { value: None, origin: Origin::Default }
}

impl<T> Setting<Option<T>> {
    /// With the default where nobody said anything.
    fn or(self, default: T) -> Setting<T> {
        Setting { value: self.value.unwrap_or(default), origin: self.origin }
    }
}

/// Reads variables and keeps the faults.
struct Environment<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<String>,
}

impl Environment<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name)
    }

    fn count(&mut self, name: &str) -> Option<usize> {
        let text = self.text(name)?;
        let count = text.parse().ok().filter(|count| *count > 0);
        if count.is_none() {
            self.faults.push(format!("`{name}` is `{text}`, which is no number from 1"));
        }
        count
    }

    fn one_of<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let choice = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if choice.is_none() {
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.faults
                .push(format!("`{name}` is `{text}`, which is none of {}", words.join(", ")));
        }
        choice
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::ManagerChannel;
    use crate::batch::Half;
    use crate::call::Direction;
    use crate::cli::HearingArgs;

    /// Settles flags, a file in `/etc/x/` and variables.
    fn settled(
        hearing: &HearingArgs,
        file: &str,
        env: &[(&str, &str)],
    ) -> Result<Options, EnvironmentError> {
        let file = ReadFile {
            path: PathBuf::from("/etc/x/autograde.toml"),
            config: FileConfig::parse(file).unwrap(),
        };
        let env = |name: &str| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let flags = Flags { hearing, rules: None, lang: None };
        resolve(&flags, Some(&file), Surroundings { env: &env, cores: 4 })
    }

    fn jobs_flag(jobs: usize) -> HearingArgs {
        HearingArgs { jobs: Some(jobs), ..HearingArgs::default() }
    }

    /// Flags, file, environment; the number of jobs that follows from them, and who said it.
    type Case<'a> = (&'a HearingArgs, &'a str, &'a [(&'a str, &'a str)], usize, Origin);

    #[test]
    fn the_later_says_it_over_the_earlier() {
        let none = HearingArgs::default();
        let cases: [Case<'_>; 5] = [
            (&none, "", &[], 4, Origin::Default),
            (&none, "jobs = 2", &[], 2, Origin::File),
            (&none, "jobs = 2", &[("AUTOGRADE_JOBS", "3")], 3, Origin::Environment),
            (&jobs_flag(1), "jobs = 2", &[("AUTOGRADE_JOBS", "3")], 1, Origin::Flag),
            (&jobs_flag(1), "", &[], 1, Origin::Flag),
        ];
        for (flags, file, env, value, origin) in cases {
            let jobs = settled(flags, file, env).unwrap().jobs;
            assert_eq!(jobs, Setting { value, origin }, "{file:?} {env:?}");
        }
    }

    #[test]
    fn paths_of_the_file_are_relative_to_it_and_model_names_are_names() {
        let none = HearingArgs::default();
        let model = |file: &str| settled(&none, file, &[]).unwrap().model.value.unwrap();
        assert_eq!(model("model = \"small\""), "small");
        assert_eq!(model("model = \"own.bin\""), "/etc/x/own.bin");
        assert_eq!(model("model = \"/data/own\""), "/data/own");
        let options = settled(&none, "rules = \"r\"\n[vad]\nmodel = \"v.bin\"", &[]).unwrap();
        assert_eq!(options.rules.value.unwrap(), Path::new("/etc/x/r"));
        assert_eq!(options.vad_model.value.unwrap(), Path::new("/etc/x/v.bin"));
        let options = settled(&none, "rules = \"en\"", &[]).unwrap();
        assert_eq!(options.rules.value.unwrap(), Path::new("en"));
        let options = settled(&none, "rules = \"./en\"", &[]).unwrap();
        assert_eq!(options.rules.value.unwrap(), Path::new("/etc/x/./en"));
        let options = settled(&none, "", &[("AUTOGRADE_RULES", "here/r")]).unwrap();
        assert_eq!(options.rules.value.unwrap(), Path::new("here/r"));
    }

    #[test]
    fn the_store_is_in_the_data_folder_unless_it_is_named() {
        let none = HearingArgs::default();
        let place = |file: &str, env: &[(&str, &str)], flag: Option<&str>| {
            let options = settled(&none, file, env).unwrap();
            options.store(flag.map(Path::new)).map(|place| place.to_string()).ok()
        };
        let home = [("HOME", "/home/a")];
        assert_eq!(place("", &[], None), None);
        assert_eq!(place("", &home, None).unwrap(), "/home/a/.local/share/autograde/autograde.db");
        assert_eq!(place("data = \"d\"", &home, None).unwrap(), "/etc/x/d/autograde.db");
        let file = "data = \"d\"\n[store]\nurl = \"s.db\"";
        assert_eq!(place(file, &home, None).unwrap(), "/etc/x/s.db");
        assert_eq!(place(file, &home, Some("e")).unwrap(), "e/autograde.db");
        let env = [("AUTOGRADE_STORE", "postgres://u:p@h/d")];
        assert_eq!(place(file, &env, None).unwrap(), "postgres://u@h/d");
    }

    #[test]
    fn every_fault_of_the_environment_is_told() {
        let env = [("AUTOGRADE_JOBS", "many"), ("AUTOGRADE_LANG", "de"), ("AUTOGRADE_MODEL", "x")];
        let error = settled(&HearingArgs::default(), "", &env).unwrap_err();
        assert_eq!(error.faults.len(), 2, "{error}");
        assert!(error.to_string().contains("`AUTOGRADE_LANG` is `de`"), "{error}");
    }

    #[test]
    fn the_managers_side_follows_flag_then_source_then_file() {
        let file = "manager-channel = \"right\"\n[[source]]\nfiles = \"pbx/**\"\ndirection = \"out\"\n\
                    manager-channel = { in = \"right\", out = \"left\" }\n";
        let options = settled(&HearingArgs::default(), file, &[]).unwrap();
        let profile = options.profile("calls/pbx/1.wav");
        assert_eq!(profile.call.direction, Some(Direction::Outbound));
        assert_eq!(profile.manager_channel, ManagerChannel::Left);
        assert_eq!(profile.manager_half, Half::In);
        assert_eq!(options.profile("calls/1.wav").manager_channel, ManagerChannel::Right);
        let flag = HearingArgs { manager_channel: Some(Side::Right), ..HearingArgs::default() };
        let options = settled(&flag, file, &[]).unwrap();
        assert_eq!(options.profile("calls/pbx/1.wav").manager_channel, ManagerChannel::Right);
    }

    #[test]
    fn sides_by_direction_leave_an_unknown_direction_at_the_default() {
        let none = HearingArgs::default();
        let side = |file: &str| settled(&none, file, &[]).unwrap().channels.value.unknown;
        assert_eq!(
            side("manager-channel = { in = \"right\", out = \"left\" }"),
            ManagerChannel::Left
        );
        assert_eq!(
            side("manager-channel = { in = \"right\", out = \"right\" }"),
            ManagerChannel::Right
        );
    }
}
