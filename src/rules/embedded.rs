//! Where rulebooks come from: the program itself, or a folder of files.
//!
//! The default rulebooks are compiled in, so that the program runs from any folder. The only
//! I/O of the rules: reading a folder that the user named.

use std::path::Path;

use crate::rules::compile::{compile, rule_file};
use crate::rules::fault::RulebookErrors;
use crate::rules::rulebook::Rulebook;

/// Language, and its files in name order.
const BOOKS: [(&str, &[(&str, &str)]); 1] = [(
    "ru",
    &[
        ("00-book.toml", include_str!("../../rules/ru/00-book.toml")),
        ("10-words.toml", include_str!("../../rules/ru/10-words.toml")),
        ("20-opening.toml", include_str!("../../rules/ru/20-opening.toml")),
        ("30-talk.toml", include_str!("../../rules/ru/30-talk.toml")),
        ("40-objections.toml", include_str!("../../rules/ru/40-objections.toml")),
        ("50-ending.toml", include_str!("../../rules/ru/50-ending.toml")),
        ("60-types.toml", include_str!("../../rules/ru/60-types.toml")),
        ("90-criteria.toml", include_str!("../../rules/ru/90-criteria.toml")),
    ],
)];

impl Rulebook {
    /// The default rulebook of a language (`ru`), compiled into the program.
    ///
    /// # Errors
    ///
    /// Where there is none for the language. Its own faults are caught by a test.
    pub fn embedded(lang: &str) -> Result<Self, RulebookErrors> {
        let Some((_, files)) = BOOKS.iter().find(|(have, _)| *have == lang) else {
            let known: Vec<&str> = BOOKS.iter().map(|(lang, _)| *lang).collect();
            return Err(RulebookErrors::one(
                "rules",
                format!("no rulebook for `{lang}`; there is one for `{}`", known.join("`, `")),
            ));
        };
        Self::from_files(files.iter().map(|(name, text)| (*name, text.as_bytes())))
    }

    /// Reads a folder's `*.toml` in name order, or one file.
    ///
    /// # Errors
    ///
    /// Every fault at once, with file and line.
    pub fn load(path: &Path) -> Result<Self, RulebookErrors> {
        let shown = path.display().to_string();
        let failed = |error: &std::io::Error| {
            RulebookErrors::one(shown.clone(), error.to_string().to_lowercase())
        };
        let mut paths = Vec::new();
        if path.is_dir() {
            for entry in std::fs::read_dir(path).map_err(|error| failed(&error))? {
                let path = entry.map_err(|error| failed(&error))?.path();
                if path.extension().is_some_and(|extension| extension == "toml") {
                    paths.push(path);
                }
            }
            paths.sort();
            if paths.is_empty() {
                return Err(RulebookErrors::one(
                    shown,
                    "the folder holds no `.toml` file; write one or name another folder",
                ));
            }
        } else {
            paths.push(path.to_owned());
        }
        let mut files = Vec::new();
        for path in &paths {
            let bytes = std::fs::read(path).map_err(|error| {
                RulebookErrors::one(path.display().to_string(), error.to_string().to_lowercase())
            })?;
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            files.push((name.unwrap_or_default(), bytes));
        }
        Self::from_files(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
    }

    /// Makes a rulebook of files given as name and bytes, in this order.
    ///
    /// # Errors
    ///
    /// Every fault at once, with file and line.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, RulebookErrors> {
        let mut read = Vec::new();
        let mut faults = Vec::new();
        for (name, bytes) in files {
            match rule_file(name, bytes) {
                Ok(file) => read.push(file),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { compile(&read) } else { Err(RulebookErrors { faults }) }
    }
}
