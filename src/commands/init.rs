//! `autograde init`: the beginning of an installation, which `doctor` then looks at.
//!
//! Nothing that is there is overwritten, so it can be run again at any time.

use std::fs;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;

use crate::cli::{DoctorArgs, HearingArgs, InitArgs};
use crate::commands::doctor;
use crate::commands::terminal;
use crate::exit::ExitStatus;
use crate::report::Language;
use crate::whole_file;

/// The commented example, which a test keeps true.
const EXAMPLE: &str = include_str!("../../autograde.example.toml");
/// For systemd.
const SERVICE: &str = include_str!("../../dist/autograde.service");
const TIMER: &str = include_str!("../../dist/autograde.timer");

/// Writes what is not there and checks the whole.
pub(super) fn run(args: &InitArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    let lang = args.lang.map_or_else(Language::default, Language::from);
    let dir = &args.dir;
    fs::create_dir_all(dir.join("data"))
        .with_context(|| format!("cannot make the folder `{}`", dir.join("data").display()))?;
    let folders: Vec<String> = args
        .folder
        .iter()
        .map(|folder| std::path::absolute(folder).unwrap_or_else(|_| folder.clone()))
        .map(|folder| toml::Value::from(folder.to_string_lossy().into_owned()).to_string())
        .collect();
    for (name, text) in [
        ("autograde.toml", configuration(&folders)),
        ("autograde.service", SERVICE.to_owned()),
        ("autograde.timer", TIMER.to_owned()),
    ] {
        let path = dir.join(name);
        let written = whole_file::write_new(&path, text.as_bytes())
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        let said = if written {
            lang.pick("создан", "written")
        } else {
            lang.pick("уже есть, не тронут", "is there already and is left alone")
        };
        terminal::note(false, &format!("`{}` {said}", path.display()));
    }
    if args.no_check {
        return Ok(ExitStatus::Success);
    }
    let hearing =
        HearingArgs { config: Some(dir.join("autograde.toml")), ..HearingArgs::default() };
    doctor::run(&DoctorArgs { hearing, lang: args.lang, ..DoctorArgs::default() }, cancel)
}

/// The example with a data folder beside it and the folders that were named.
fn configuration(folders: &[String]) -> String {
    let folders = format!("folders = [{}]", folders.join(", "));
    EXAMPLE
        .lines()
        .map(|line| {
            if line.starts_with("#data = ") {
                "data = \"data\"\n".to_owned()
            } else if line.starts_with("#[nightly]") {
                "[nightly]\n".to_owned()
            } else if line.starts_with("#folders = ") {
                format!("{folders}\n")
            } else {
                format!("{line}\n")
            }
        })
        .collect()
}
