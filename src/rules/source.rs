//! The rule files as written: TOML tables with serde, nothing yet understood.
//!
//! Each table is read on its own, so that one fault does not hide the next. Unknown keys are
//! faults. What the values mean is found out in `compile.rs`.

use std::collections::BTreeMap;

use crate::rules::fault::{Faults, Place, RuleFile};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// A string and where it stands.
pub(crate) type Spot = Spanned<String>;

/// `[book]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Book {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) title_en: Option<String>,
    pub(crate) lang: String,
    #[serde(default = "default_threshold")]
    pub(crate) threshold: f64,
    /// The share of the speech that must have been heard for an absence to count.
    #[serde(default = "default_heard")]
    pub(crate) heard: f64,
    /// Confidence from which a second type is close.
    #[serde(default = "default_close")]
    pub(crate) close: f64,
}

fn default_threshold() -> f64 {
    80.0
}

fn default_heard() -> f64 {
    0.6
}

fn default_close() -> f64 {
    0.25
}

/// `[words]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Words {
    /// Words that weigh nothing: no gap is counted over them.
    pub(crate) weak: Vec<String>,
    /// What is dropped after a hyphen.
    pub(crate) suffixes: Vec<String>,
    /// Words that make a sentence without marks a question.
    pub(crate) interrogatives: Vec<Spot>,
    /// Numbers in words.
    pub(crate) numbers: Vec<Spot>,
}

/// `[[finding]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    pub(crate) id: Spot,
    #[serde(default)]
    pub(crate) who: Option<Spot>,
    #[serde(default)]
    pub(crate) when: Option<Spot>,
    #[serde(default)]
    pub(crate) phrases: Vec<Spot>,
    #[serde(default)]
    pub(crate) unless: Vec<Spot>,
    #[serde(default)]
    pub(crate) any: Vec<Spot>,
    #[serde(default)]
    pub(crate) question: Option<bool>,
    #[serde(default)]
    pub(crate) words: Option<Spot>,
    #[serde(default)]
    pub(crate) rest: Option<Spot>,
    #[serde(default)]
    pub(crate) rest_of: Vec<Spot>,
    #[serde(default, rename = "with")]
    pub(crate) with_expr: Option<Spot>,
    #[serde(default)]
    pub(crate) without: Option<Spot>,
    #[serde(default)]
    pub(crate) followed_by: Option<Spot>,
    #[serde(default)]
    pub(crate) preceded_by: Option<Spot>,
    #[serde(default)]
    pub(crate) within: Option<Spot>,
    #[serde(default)]
    pub(crate) confidence: Option<f64>,
}

/// `[[exchange]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(crate) id: Spot,
    pub(crate) on: Spot,
    #[serde(default)]
    pub(crate) within: Option<Spot>,
    #[serde(default)]
    pub(crate) same: Option<Spot>,
    #[serde(default)]
    pub(crate) zero: Option<Spot>,
    pub(crate) full: Spot,
    #[serde(default)]
    pub(crate) half: Option<Spot>,
    #[serde(default)]
    pub(crate) combine: Option<Spot>,
}

/// `[[type]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Type {
    pub(crate) id: Spot,
    pub(crate) title: String,
    pub(crate) title_en: Option<String>,
    #[serde(default = "default_true")]
    pub(crate) cqr: bool,
    #[serde(default)]
    pub(crate) points: f64,
    #[serde(default)]
    pub(crate) signs: Vec<Sign>,
}

fn default_true() -> bool {
    true
}

/// One sign of a type.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sign {
    #[serde(rename = "if")]
    pub(crate) condition: Spot,
    pub(crate) points: f64,
}

/// `[[criterion]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Criterion {
    pub(crate) id: Spot,
    pub(crate) title: String,
    pub(crate) title_en: Option<String>,
    pub(crate) weights: BTreeMap<String, f64>,
    #[serde(default)]
    pub(crate) unknown: Option<Spot>,
    #[serde(default)]
    pub(crate) na: Option<Spot>,
    #[serde(default)]
    pub(crate) zero: Option<Spot>,
    #[serde(default)]
    pub(crate) full: Option<Spot>,
    #[serde(default)]
    pub(crate) half: Option<Spot>,
    #[serde(default)]
    pub(crate) exchange: Option<Spot>,
    #[serde(default)]
    pub(crate) otherwise: Option<Spanned<f64>>,
    #[serde(default)]
    pub(crate) looks_for: Vec<Spot>,
    #[serde(default)]
    pub(crate) why: Reasons,
    #[serde(default)]
    pub(crate) why_en: Reasons,
}

/// What each level means, for people.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Reasons {
    pub(crate) full: String,
    pub(crate) half: String,
    pub(crate) zero: String,
    pub(crate) na: String,
    pub(crate) unknown: String,
}

/// A table and the place where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) place: Place,
    pub(crate) table: T,
}

/// Everything that the files say.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) book: Option<At<Book>>,
    pub(crate) words: Words,
    /// The file of `words`.
    pub(crate) words_file: usize,
    /// Name, words, place; in the order of the files and then of names.
    pub(crate) families: Vec<(String, Vec<Spot>, Place)>,
    pub(crate) slots: Vec<(String, Vec<Spot>, Place)>,
    pub(crate) findings: Vec<At<Finding>>,
    pub(crate) exchanges: Vec<At<Exchange>>,
    pub(crate) types: Vec<At<Type>>,
    pub(crate) criteria: Vec<At<Criterion>>,
}

/// The most that one rule file may hold: a slip of the hand, not a limit of the matcher.
const MAX_FILE_BYTES: usize = 4 << 20;

/// Reads every file, noting faults and going on.
pub(crate) fn read(files: &[RuleFile], faults: &mut Faults<'_>) -> Source {
    let mut source = Source::default();
    for (file, content) in files.iter().enumerate() {
        if content.text.len() > MAX_FILE_BYTES {
            faults.add(Place { file, byte: 0 }, "the file is larger than 4 MiB; split it");
            continue;
        }
        let (root, errors) = DeTable::parse_recoverable(&content.text);
        for error in &errors {
            faults.add_toml(file, 0, error);
        }
        if errors.is_empty() {
            read_file(file, root.into_inner(), &mut source, faults);
        }
    }
    source
}

fn read_file(file: usize, root: DeTable<'_>, source: &mut Source, faults: &mut Faults<'_>) {
    for (key, value) in root {
        let place = Place { file, byte: key.span().start };
        match key.get_ref().as_ref() {
            "book" => {
                if source.book.is_some() {
                    faults.add(place, "a second `[book]`; keep one in the whole folder");
                }
                if let Some(table) = table(file, value, faults) {
                    source.book = Some(At { place, table });
                }
            }
            "words" => {
                if let Some(table) = table(file, value, faults) {
                    source.words = table;
                    source.words_file = file;
                }
            }
            "families" => lists(file, value, &mut source.families, faults),
            "slots" => lists(file, value, &mut source.slots, faults),
            "finding" => tables(file, value, &mut source.findings, faults),
            "exchange" => tables(file, value, &mut source.exchanges, faults),
            "type" => tables(file, value, &mut source.types, faults),
            "criterion" => tables(file, value, &mut source.criteria, faults),
            other => faults.add(
                place,
                format!(
                    "unknown table `{other}`; known are `[book]`, `[words]`, `[families]`, `[slots]`, `[[finding]]`, `[[exchange]]`, `[[type]]`, `[[criterion]]`"
                ),
            ),
        }
    }
}

fn table<T: DeserializeOwned>(
    file: usize,
    value: Spanned<DeValue<'_>>,
    faults: &mut Faults<'_>,
) -> Option<T> {
    let start = value.span().start;
    match T::deserialize(ValueDeserializer::from(value)) {
        Ok(table) => Some(table),
        Err(error) => {
            faults.add_toml(file, start, &error);
            None
        }
    }
}

fn tables<T: DeserializeOwned>(
    file: usize,
    value: Spanned<DeValue<'_>>,
    into: &mut Vec<At<T>>,
    faults: &mut Faults<'_>,
) {
    let place = Place { file, byte: value.span().start };
    let DeValue::Array(array) = value.into_inner() else {
        return faults
            .add(place, "a list of tables is wanted here; write the name in double brackets");
    };
    for entry in array {
        let place = Place { file, byte: entry.span().start };
        if let Some(table) = table(file, entry, faults) {
            into.push(At { place, table });
        }
    }
}

fn lists(
    file: usize,
    value: Spanned<DeValue<'_>>,
    into: &mut Vec<(String, Vec<Spot>, Place)>,
    faults: &mut Faults<'_>,
) {
    let start = value.span().start;
    let DeValue::Table(entries) = value.into_inner() else {
        return faults.add(Place { file, byte: start }, "a table is wanted here");
    };
    // The order of writing, which the parser does not keep: a slot may use those above it.
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    for (name, list) in entries {
        let place = Place { file, byte: name.span().start };
        if let Some(words) = table::<Vec<Spot>>(file, list, faults) {
            if words.is_empty() {
                faults.add(place, format!("`{}` is empty; add at least one word", name.get_ref()));
            }
            into.push((name.get_ref().to_string(), words, place));
        }
    }
}
