//! Where rulebooks come from: the program itself, or a folder of files.
//!
//! The default rulebooks are compiled in, so that the program runs from any folder. The only
//! I/O of the rules: reading a folder that the user named.

use std::borrow::Cow;
use std::path::Path;

use crate::rules::compile::{compile, rule_file};
use crate::rules::fault::RulebookErrors;
use crate::rules::firm::Firm;
use crate::rules::rulebook::Rulebook;
use crate::rules::source;

/// Name and text of each file.
type Texts = &'static [(&'static str, &'static str)];

/// Language, and its files in name order.
const BOOKS: [(&str, Texts); 2] = [
    (
        "ru",
        &[
            ("00-book.toml", include_str!("../../rules/ru/00-book.toml")),
            ("10-words.toml", include_str!("../../rules/ru/10-words.toml")),
            ("11-names.toml", include_str!("../../rules/ru/11-names.toml")),
            ("12-numbers.toml", include_str!("../../rules/ru/12-numbers.toml")),
            ("15-negation.toml", include_str!("../../rules/ru/15-negation.toml")),
            ("20-opening.toml", include_str!("../../rules/ru/20-opening.toml")),
            ("30-talk.toml", include_str!("../../rules/ru/30-talk.toml")),
            ("35-course.toml", include_str!("../../rules/ru/35-course.toml")),
            ("36-words.toml", include_str!("../../rules/ru/36-words.toml")),
            ("37-turns.toml", include_str!("../../rules/ru/37-turns.toml")),
            ("40-objections.toml", include_str!("../../rules/ru/40-objections.toml")),
            ("50-ending.toml", include_str!("../../rules/ru/50-ending.toml")),
            ("60-types.toml", include_str!("../../rules/ru/60-types.toml")),
            ("90-criteria.toml", include_str!("../../rules/ru/90-criteria.toml")),
            ("95-attention.toml", include_str!("../../rules/ru/95-attention.toml")),
            ("97-sure.toml", include_str!("../../rules/ru/97-sure.toml")),
        ],
    ),
    (
        "en",
        &[
            ("00-book.toml", include_str!("../../rules/en/00-book.toml")),
            ("10-words.toml", include_str!("../../rules/en/10-words.toml")),
            ("20-talk.toml", include_str!("../../rules/en/20-talk.toml")),
            ("40-objections.toml", include_str!("../../rules/en/40-objections.toml")),
            ("50-ending.toml", include_str!("../../rules/en/50-ending.toml")),
            ("60-types.toml", include_str!("../../rules/en/60-types.toml")),
            ("90-criteria.toml", include_str!("../../rules/en/90-criteria.toml")),
        ],
    ),
];

/// So many rulebooks may extend one another.
const MOST_LAYERS: usize = 8;

/// A file as name and bytes.
type NamedBytes<'a> = (Cow<'a, str>, Cow<'a, [u8]>);

impl Rulebook {
    /// The default rulebook of a language (`ru`, `en`), compiled into the program.
    ///
    /// # Errors
    ///
    /// Where there is none for the language. Its own faults are caught by a test.
    pub fn embedded(lang: &str) -> Result<Self, RulebookErrors> {
        Self::embedded_for(lang, &Firm::default())
    }

    /// The default rulebook of a language, with a firm's names.
    ///
    /// # Errors
    ///
    /// Where there is none for the language, and for names without a letter.
    pub fn embedded_for(lang: &str, firm: &Firm) -> Result<Self, RulebookErrors> {
        let files = embedded_files(lang).ok_or_else(|| {
            RulebookErrors::one("rules", format!("no rulebook for `{lang}`; {}", known_books()))
        })?;
        let files = files.iter().map(|(name, text)| ((*name).into(), text.as_bytes().into()));
        layered(files.collect(), None, firm)
    }

    /// The languages that have a rulebook in the program.
    pub fn embedded_languages() -> Vec<&'static str> {
        BOOKS.iter().map(|(lang, _)| *lang).collect()
    }

    /// Reads a folder's `*.toml` in name order, or one file, and what they extend.
    ///
    /// # Errors
    ///
    /// Every fault at once, with file and line.
    pub fn load(path: &Path) -> Result<Self, RulebookErrors> {
        Self::load_for(path, &Firm::default())
    }

    /// As [`Rulebook::load`], with a firm's names.
    ///
    /// # Errors
    ///
    /// Every fault at once, with file and line.
    pub fn load_for(path: &Path, firm: &Firm) -> Result<Self, RulebookErrors> {
        layered(read(path)?, Some(path), firm)
    }

    /// Makes a rulebook of files given as name and bytes, in this order. They may extend a rulebook of the program.
    ///
    /// # Errors
    ///
    /// Every fault at once, with file and line.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, RulebookErrors> {
        let files = files.into_iter().map(|(name, bytes)| (name.into(), bytes.into()));
        layered(files.collect(), None, &Firm::default())
    }
}

fn embedded_files(lang: &str) -> Option<Texts> {
    BOOKS.iter().find(|(have, _)| *have == lang).map(|(_, files)| *files)
}

fn known_books() -> String {
    format!("there is one for `{}`", Rulebook::embedded_languages().join("`, `"))
}

/// The files of a folder in name order, or the one file.
fn read(path: &Path) -> Result<Vec<NamedBytes<'static>>, RulebookErrors> {
    let shown = path.display().to_string();
    let failed = |path: &Path, error: &std::io::Error| {
        RulebookErrors::one(path.display().to_string(), error.to_string().to_lowercase())
    };
    let mut paths = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(|error| failed(path, &error))? {
            let path = entry.map_err(|error| failed(path, &error))?.path();
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
        let bytes = std::fs::read(path).map_err(|error| failed(path, &error))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        files.push((name.unwrap_or_default().into(), bytes.into()));
    }
    Ok(files)
}

/// The rulebook of these files and of those that they extend.
fn layered(
    own: Vec<NamedBytes<'_>>,
    place: Option<&Path>,
    firm: &Firm,
) -> Result<Rulebook, RulebookErrors> {
    // From the top down, as each names the one under it.
    let mut layers = vec![own];
    let mut place = place.map(Path::to_path_buf);
    while let Some(wanted) = layers.last().and_then(|files| base_of(files)) {
        let file = layers
            .last()
            .and_then(|files| files.first())
            .map_or_else(String::new, |(name, _)| name.to_string());
        if layers.len() == MOST_LAYERS {
            return Err(RulebookErrors::one(
                file,
                format!(
                    "more than {MOST_LAYERS} rulebooks extend one another, perhaps in a circle; let one extend none"
                ),
            ));
        }
        let is_path = wanted.contains(['/', '\\', '.']);
        let files: Vec<NamedBytes<'static>> = match (embedded_files(&wanted), &place) {
            (Some(files), _) if !is_path => {
                place = None;
                files.iter().map(|(name, text)| ((*name).into(), text.as_bytes().into())).collect()
            }
            (_, Some(folder)) if is_path => {
                let folder = if folder.is_dir() {
                    folder.as_path()
                } else {
                    folder.parent().unwrap_or(folder)
                };
                let below = folder.join(&wanted);
                let files = read(&below)?;
                place = Some(below);
                files
            }
            _ => {
                return Err(RulebookErrors::one(
                    file,
                    format!(
                        "`extends = \"{wanted}\"`: {}; or write the path of a folder, for example `../rules`",
                        known_books()
                    ),
                ));
            }
        };
        // A fault must tell which rulebook it is in.
        let named = |(name, bytes): NamedBytes<'static>| (format!("{wanted}/{name}").into(), bytes);
        layers.push(files.into_iter().map(named).collect());
    }
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    for (layer, own) in layers.iter().rev().enumerate() {
        for (name, bytes) in own {
            match rule_file(name, bytes, layer) {
                Ok(file) => files.push(file),
                Err(fault) => faults.push(fault),
            }
        }
    }
    if faults.is_empty() { compile(&files, firm) } else { Err(RulebookErrors { faults }) }
}

/// What some files say that they extend.
fn base_of(files: &[NamedBytes<'_>]) -> Option<String> {
    files.iter().find_map(|(_, bytes)| source::extends(std::str::from_utf8(bytes).ok()?))
}
