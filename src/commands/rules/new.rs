//! `autograde rules new DIR`: the beginning of a firm's own rulebook, with comments, ready to be checked.

use std::fs;

use anyhow::{Context as _, bail};

use crate::cli::{Lang, RulesNewArgs};
use crate::commands::rules::print;
use crate::exit::ExitStatus;
use crate::whole_file;

/// Name and text of each file, with Russian comments.
const RUSSIAN: [(&str, &str); 3] = [
    ("00-firm.toml", include_str!("../../../rules/skeleton/ru/00-firm.toml")),
    ("40-objections.toml", include_str!("../../../rules/skeleton/ru/40-objections.toml")),
    ("90-weights.toml", include_str!("../../../rules/skeleton/ru/90-weights.toml")),
];

/// The same with English comments.
const ENGLISH: [(&str, &str); 3] = [
    ("00-firm.toml", include_str!("../../../rules/skeleton/en/00-firm.toml")),
    ("40-objections.toml", include_str!("../../../rules/skeleton/en/40-objections.toml")),
    ("90-weights.toml", include_str!("../../../rules/skeleton/en/90-weights.toml")),
];

pub(super) fn run(args: &RulesNewArgs) -> anyhow::Result<ExitStatus> {
    let files = match args.lang {
        Lang::Ru => RUSSIAN,
        Lang::En => ENGLISH,
    };
    let shown = args.dir.display();
    fs::create_dir_all(&args.dir).with_context(|| format!("cannot make the folder `{shown}`"))?;
    let there: Vec<String> = files
        .iter()
        .filter(|(name, _)| args.dir.join(name).exists())
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if !there.is_empty() {
        bail!("`{shown}` has {} already; name another folder", there.join(", "));
    }
    for (name, text) in files {
        let is_new = whole_file::write_new(&args.dir.join(name), text.as_bytes())
            .with_context(|| format!("cannot write `{name}` in `{shown}`"))?;
        if !is_new {
            bail!("`{name}` appeared in `{shown}` just now and is left alone; name another folder");
        }
    }
    let said = match args.lang {
        Lang::Ru => format!(
            "Написано в {shown}. Дальше: впишите своё и выполните `autograde rules check {shown}`, потом `autograde --rules {shown} ЗВОНОК`.\n"
        ),
        Lang::En => format!(
            "Written to {shown}. Next: put in what is yours and run `autograde rules check {shown}`, then `autograde --rules {shown} CALL`.\n"
        ),
    };
    print(&said)?;
    Ok(ExitStatus::Success)
}
