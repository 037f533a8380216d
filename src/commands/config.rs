//! `autograde config`: what is in force, as a configuration file would say it, and where each setting comes from.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use crate::audio::ManagerChannel;
use crate::batch::Half;
use crate::call::Direction;
use crate::cli::{ConfigArgs, Lang};
use crate::config::{self, Channels, Flags, Options, Origin, Setting};
use crate::exit::ExitStatus;
use crate::rules::Firm;
use crate::speech::models;
use crate::store::Place;

/// Prints the settings.
pub(super) fn run(args: &ConfigArgs) -> anyhow::Result<ExitStatus> {
    let flags = Flags { hearing: &args.hearing, rules: args.rules.as_deref(), lang: args.lang };
    let options = config::load(&flags)?;
    let mut stdout = io::stdout().lock();
    stdout.write_all(describe(&options).as_bytes())?;
    stdout.flush()?;
    Ok(ExitStatus::Success)
}

fn describe(options: &Options) -> String {
    let mut text = match &options.file {
        Some(path) => format!("# file: {}\n", path.display()),
        None => "# file: none\n".to_owned(),
    };
    let folder =
        models::model_dir().map_or_else(|error| error.to_string(), |dir| dir.display().to_string());
    let _ = writeln!(text, "# models: {folder}\n");
    let path = |path: &std::path::PathBuf| quoted(&path.to_string_lossy());
    line(
        &mut text,
        "model",
        &options.model,
        |model| quoted(model),
        "the best installed one, else the demo model",
    );
    line(&mut text, "rules", &options.rules, path, "the Russian rulebook in the program");
    let lang = |lang: &Lang| {
        quoted(match lang {
            Lang::Ru => "ru",
            Lang::En => "en",
        })
    };
    line(&mut text, "lang", &options.lang, lang, "that of the rulebook");
    say(&mut text, "jobs", &options.jobs.value.to_string(), &options.jobs.origin.to_string());
    line(&mut text, "data", &options.data, path, "there is no user's folder");
    let channels = &options.channels;
    say(&mut text, "manager-channel", &sides(channels.value), &channels.origin.to_string());
    let zone = quoted(options.timezone.value.name());
    match options.timezone.origin {
        // A comment: that of another machine may be another.
        Origin::Default => say(&mut text, "# timezone", &zone, "default: that of this machine"),
        origin => say(&mut text, "timezone", &zone, &origin.to_string()),
    }
    let own: Vec<&str> = options.roster.own_numbers().collect();
    if !own.is_empty() {
        say(&mut text, "own-numbers", &list(&own), "file");
    }
    match &options.names {
        Some(names) => say(&mut text, "names", &list(&names.written), "file"),
        None => say(&mut text, "# names", "[]", "default: what nobody can mistake"),
    }
    text.push_str("\n[vad]\n");
    let default = "the installed Silero model, else the detector in the program";
    line(&mut text, "model", &options.vad_model, path, default);
    text.push_str("\n[store]\n");
    // Without the password that a URL may have: what is printed gets shown around.
    let shown =
        |url: &String| quoted(&Place::parse(url).map_or(url.clone(), |place| place.to_string()));
    line(&mut text, "url", &options.store, shown, "autograde.db in the data folder");
    text.push_str("\n[retention]\n");
    let kept = options.retention;
    for (key, days) in [
        ("transcripts", kept.transcripts),
        ("drafts", kept.drafts),
        ("confirmations", kept.confirmations),
        ("journal", kept.journal),
        ("runs", kept.runs),
    ] {
        match days {
            Some(days) => say(&mut text, key, &days.to_string(), "file"),
            None => say(&mut text, &format!("# {key}"), "0", "default: kept for ever"),
        }
    }
    firm(&mut text, &options.firm);
    for source in &options.sources {
        text.push_str("\n[[source]]\n");
        let mut entry = |key: &str, value: &str| say(&mut text, key, value, "file");
        entry("files", &quoted(source.files.as_str()));
        if let Some(direction) = source.direction {
            entry("direction", &quoted(Direction::as_str(direction)));
        }
        if let Some(channels) = source.channels {
            entry("manager-channel", &sides(channels));
        }
        if let Some(half) = source.pair_manager {
            entry(
                "pair-manager",
                &quoted(match half {
                    Half::In => "in",
                    Half::Out => "out",
                }),
            );
        }
        if let Some(names) = &source.names {
            entry("names", &list(&names.written));
        }
        if let Some(zone) = &source.timezone {
            entry("timezone", &quoted(zone.name()));
        }
    }
    calls(&mut text, options);
    text
}

/// The names that only this firm has, where it says some.
fn firm(text: &mut String, firm: &Firm) {
    let names = [
        ("companies", &firm.companies),
        ("managers", &firm.managers),
        ("products", &firm.products),
    ];
    if names.iter().any(|(_, names)| !names.is_empty()) {
        text.push_str("\n[firm]\n");
        for (key, names) in names.into_iter().filter(|(_, names)| !names.is_empty()) {
            say(text, key, &list(names), "file");
        }
    }
}

/// The journals and the people of the firm.
fn calls(text: &mut String, options: &Options) {
    for journal in &options.journals {
        text.push_str("\n[[journal]]\n");
        say(text, "name", &quoted(&journal.name), "file");
        if let Some(delimiter) = journal.delimiter {
            let delimiter = if delimiter == b'\t' {
                "tab".to_owned()
            } else {
                char::from(delimiter).to_string()
            };
            say(text, "delimiter", &quoted(&delimiter), "file");
        }
        if let Some(zone) = &journal.zone {
            say(text, "timezone", &quoted(zone.name()), "file");
        }
        text.push_str("[journal.columns]\n");
        for (column, place) in &journal.columns {
            say(text, column.name(), &quoted(place), "file");
        }
    }
    for manager in options.roster.managers() {
        text.push_str("\n[[manager]]\n");
        say(text, "name", &quoted(&manager.name), "file");
        say(text, "extensions", &list(&manager.extensions), "file");
        say(text, "aliases", &list(&manager.aliases), "file");
    }
}

/// A setting that may be left to its default, which is then told in words.
fn line<T>(
    text: &mut String,
    key: &str,
    setting: &Setting<Option<T>>,
    show: impl Fn(&T) -> String,
    default: &str,
) {
    match &setting.value {
        Some(value) => say(text, key, &show(value), &setting.origin.to_string()),
        // A comment, so that what is printed can be kept as a file.
        None => {
            say(text, &format!("# {key}"), &quoted(""), &format!("{}: {default}", setting.origin));
        }
    }
}

fn say(text: &mut String, key: &str, value: &str, origin: &str) {
    let said = format!("{key} = {value}");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{said:<40} # {origin}");
}

fn sides(channels: Channels) -> String {
    let side = |side: ManagerChannel| match side {
        ManagerChannel::Left => "\"left\"",
        ManagerChannel::Right => "\"right\"",
    };
    if channels.inbound == channels.outbound {
        return side(channels.inbound).to_owned();
    }
    format!("{{ in = {}, out = {} }}", side(channels.inbound), side(channels.outbound))
}

/// As TOML writes a list of strings.
fn list(texts: &[impl AsRef<str>]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// As TOML writes a string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
