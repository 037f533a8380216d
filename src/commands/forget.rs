//! `autograde forget` and `autograde hold`: what goes for good, and what may not.
//!
//! Files go first and the store's rows last: a deletion that was killed half-way can be done again, as the store still knows
//! the files.

use std::fmt::Write as _;
use std::fs;
use std::io;

use anyhow::{Context as _, bail};

use crate::cli::{ForgetArgs, HoldArgs};
use crate::commands::store::{Settings, print};
use crate::exit::ExitStatus;
use crate::store::{DraftFiles, now_ms};

pub(super) fn run(args: &ForgetArgs) -> anyhow::Result<ExitStatus> {
    let (by, why) = (said("--by", &args.by)?, said("--why", &args.why)?);
    let settings = Settings::load(&args.data, None)?;
    let store = settings.open()?;
    let recording = store.find_one(&args.call)?;
    if recording.held {
        // Before any file goes; the store refuses too, with who holds it and why.
        store.forget(&recording, by, why, now_ms())?;
    }
    let files = store.files_of(&recording.sha256)?;
    if args.audio {
        for file in &files {
            match fs::remove_file(&file.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot remove `{}`", file.path));
                }
                _ => {}
            }
        }
    }
    let folder = settings.folder()?;
    for kind in [DraftFiles::drafts(&folder), DraftFiles::confirmed(&folder)] {
        kind.remove(recording.day.as_deref(), &recording.id)?;
    }
    store.forget(&recording, by, why, now_ms())?;
    let lang = settings.lang;
    let mut text = format!("{}: {}\n", recording.id, lang.pick("забыто", "forgotten"));
    if !args.audio {
        for file in &files {
            let said = lang.pick("запись не тронута", "the recording is untouched");
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {}: {said}", file.path);
        }
    }
    print(&text)?;
    Ok(ExitStatus::Success)
}

/// Holds a call, or ends that.
pub(super) fn hold(args: &HoldArgs) -> anyhow::Result<ExitStatus> {
    let by = said("--by", &args.by)?;
    let settings = Settings::load(&args.data, None)?;
    let store = settings.open()?;
    let recording = store.find_one(&args.call)?;
    let lang = settings.lang;
    let did = match &args.why {
        Some(why) => {
            store.hold(&recording, by, said("--why", why)?, now_ms())?;
            lang.pick("хранится до снятия запрета", "held until it is released")
        }
        None if store.release(&recording, by, now_ms())? => lang.pick("запрет снят", "released"),
        None => lang.pick("запрета не было", "it was not held"),
    };
    print(&format!("{}: {did}\n", recording.id))?;
    Ok(ExitStatus::Success)
}

fn said<'a>(flag: &str, text: &'a str) -> anyhow::Result<&'a str> {
    let text = text.trim();
    if text.is_empty() {
        bail!("`{flag}` is empty; it stays in the audit, so say something");
    }
    Ok(text)
}
