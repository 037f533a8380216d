//! Rule files to a rulebook: names resolved, phrases expanded, order found, every fault noted.
//!
//! The only place that can say no. What comes out cannot fail any more. Here is what every table needs: ids, names of
//! findings, expressions; beside it what each kind of table means.

mod criteria;
mod findings;
mod phrases;
mod scores;
mod slots;
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use crate::rules::Text;
use crate::rules::expr::{self, Expr, Names, Scores, Sum};
use crate::rules::fault::{Fault, Faults, Place, RuleFile, RulebookErrors};
use crate::rules::firm::Firm;
use crate::rules::forms::Inflector;
use crate::rules::lexicon::LexiconBuilder;
use crate::rules::matcher::{Matcher, Sequence};
use crate::rules::rulebook::{Rulebook, Set};
use crate::rules::slot::SlotId;
use crate::rules::source::{self, Layers, List, Source, Spot, Words};
use crate::rules::talk::Patterns;
use crate::rules::token::Spelling;

use sha2::{Digest, Sha256};

/// Makes a rulebook of its files.
///
/// # Errors
///
/// Every fault that the files have.
pub(crate) fn compile(files: &[RuleFile], firm: &Firm) -> Result<Rulebook, RulebookErrors> {
    let mut faults = Faults::new(files);
    let source = source::read(files, &mut faults);
    let Some(book) = source.book.as_ref().map(|layers| Book::new(layers, &mut faults)) else {
        if faults.is_empty() {
            let name = files.last().map_or("rules", |file| file.name.as_str());
            return Err(RulebookErrors::one(
                name,
                "there is no `[book]` table; add one with `id`, `title` and `lang`",
            ));
        }
        return Err(faults.into_errors());
    };
    let inflector = Inflector::new(&book.lang).map_err(|error| {
        RulebookErrors::one("dictionary", format!("{error}; this is a bug in autograde"))
    })?;
    let every = |list: fn(&Words) -> &Vec<String>| -> Vec<String> {
        source.words.iter().flat_map(|words| list(&words.table)).cloned().collect()
    };
    let lexicon = LexiconBuilder::new(
        inflector,
        &every(|words| &words.weak),
        Spelling::of(&book.lang, every(|words| &words.suffixes)),
    );
    let mut compiler = Compiler {
        source: &source,
        faults,
        lexicon,
        firm,
        slots: BTreeMap::new(),
        defined: BTreeSet::new(),
        hidden: None,
        patterns: None,
        sequences: Vec::new(),
        is_full: false,
        ids: BTreeMap::new(),
        scores: Scores::new(),
        sums: Vec::new(),
    };
    compiler.words();
    compiler.slots();
    compiler.number_findings();
    compiler.scores();
    let findings = compiler.findings();
    let order = compiler.order(&findings);
    let negation = compiler.negation();
    let exchanges = compiler.exchanges();
    let types = compiler.types();
    let criteria = compiler.criteria(&exchanges, &types);
    compiler.check_sure(&criteria);
    let attention = compiler.attention();
    let tests = compiler.tests(&criteria, &types);
    if !compiler.faults.is_empty() {
        return Err(compiler.faults.into_errors());
    }
    let words = compiler.lexicon;
    let matcher = Matcher::new(compiler.sequences, words.len(), |class| words.common(class));
    let lexicon = words.build();
    Ok(Rulebook {
        id: book.id,
        title: book.title,
        lang: book.lang,
        sha256: digest(files, firm),
        threshold: book.threshold,
        heard: book.heard,
        close: book.close,
        lexicon,
        patterns: compiler.patterns,
        matcher,
        findings,
        scores: compiler.sums,
        order,
        negation,
        families: source.families.iter().map(words_of).collect(),
        exchanges,
        types,
        criteria,
        attention,
        tests,
    })
}

/// A family's name and words, as written.
fn words_of(family: &List) -> (String, Vec<String>) {
    (
        family.name.clone(),
        family.entries.iter().map(|entry| entry.table.get_ref().clone()).collect(),
    )
}

/// `[book]` with its defaults.
struct Book {
    id: String,
    title: Text,
    lang: String,
    threshold: f64,
    heard: f64,
    close: f64,
}

impl Book {
    fn new(layers: &Layers<source::Book>, faults: &mut Faults<'_>) -> Self {
        let place = layers.place();
        let mut wanted = |key: &str, value: Option<&String>| {
            if value.is_none_or(|value| value.trim().is_empty()) {
                faults.add(place, format!("`[book]` has no `{key}`; missing field, add it"));
            }
            value.cloned().unwrap_or_default()
        };
        let id = wanted("id", layers.value(|book| book.id.as_ref()));
        let title = wanted("title", layers.value(|book| book.title.as_ref()));
        let lang = wanted("lang", layers.value(|book| book.lang.as_ref()));
        let mut number = |key: &str, value: Option<f64>, default: f64, most: f64| {
            let value = value.unwrap_or(default);
            if !(0.0..=most).contains(&value) {
                faults.add(place, format!("`{key}` is `{value}`; write 0 to {most}"));
            }
            value
        };
        Self {
            threshold: number("threshold", layers.value(|book| book.threshold), 80.0, 100.0),
            heard: number("heard", layers.value(|book| book.heard), 0.6, 1.0),
            close: number("close", layers.value(|book| book.close), 0.25, 1.0),
            title: titled(layers, |book| book.title.as_ref(), |book| book.title_en.as_ref())
                .unwrap_or_else(|| text(&title, None)),
            id,
            lang,
        }
    }
}

/// Of names and contents, so that a file that moves its text elsewhere is another rulebook; and so are the same files with
/// other names of the firm.
fn digest(files: &[RuleFile], firm: &Firm) -> String {
    let mut hash = Sha256::new();
    for (kind, names) in [(b'c', &firm.companies), (b'm', &firm.managers), (b'p', &firm.products)] {
        for name in names {
            hash.update([kind]);
            hash.update(name.as_bytes());
            hash.update([0]);
        }
    }
    for file in files {
        hash.update(file.name.as_bytes());
        hash.update([0]);
        hash.update(file.text.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        for digit in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
        hex
    })
}

fn text(own: &str, english: Option<&str>) -> Text {
    Text {
        own: own.to_owned(),
        english: english.filter(|text| !text.is_empty()).map(str::to_owned),
    }
}

/// A title, with the English one of the layer that has it or of one above: a firm's own title is not translated by the one
/// under it.
fn titled<T>(
    layers: &Layers<T>,
    own: impl Fn(&T) -> Option<&String>,
    english: impl Fn(&T) -> Option<&String>,
) -> Option<Text> {
    let mut found: Option<Text> = None;
    for layer in layers.iter() {
        if let Some(title) = own(&layer.table) {
            found = Some(text(title, None));
        }
        if let (Some(found), Some(title)) = (&mut found, english(&layer.table)) {
            found.english = Some(title.clone()).filter(|title| !title.is_empty());
        }
    }
    found
}

struct Compiler<'a> {
    source: &'a Source,
    faults: Faults<'a>,
    lexicon: LexiconBuilder,
    /// Names from the settings.
    firm: &'a Firm,
    /// Id and depth by name.
    slots: BTreeMap<String, (SlotId, usize)>,
    /// Slots that the rulebook itself says.
    defined: BTreeSet<String>,
    /// The slot that is being read, which does not know itself.
    hidden: Option<String>,
    patterns: Option<Patterns>,
    sequences: Vec<Sequence>,
    /// Whether it was told already that the rulebook holds more than it may.
    is_full: bool,
    /// Index of a finding by id.
    ids: BTreeMap<String, u32>,
    /// Scores as written, by id.
    scores: Scores,
    /// The same resolved, by index.
    sums: Vec<Arc<Sum<Set>>>,
}

fn spot(file: usize, spot: &Spot) -> Place {
    Place { file, byte: spot.span().start }
}

impl Compiler<'_> {
    pub(super) fn check_id(&mut self, id: &str, place: Place) {
        let fits = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'));
        if !fits {
            self.faults.add(
                place,
                format!("id `{id}`: write lower-case Latin letters, digits, `_` and `.`"),
            );
        }
    }

    /// The findings that a name stands for.
    pub(super) fn named(&mut self, name: &str, place: Place) -> Set {
        let set: Set = match name.strip_suffix('*') {
            Some(head) => self
                .ids
                .iter()
                .filter(|(id, _)| id.starts_with(head))
                .map(|(_, index)| *index)
                .collect(),
            None => self.ids.get(name).copied().into_iter().collect(),
        };
        if set.is_empty() {
            let close: Vec<&str> =
                self.ids.keys().filter(|id| near(id, name)).map(String::as_str).take(3).collect();
            let hint = if close.is_empty() {
                "add a `[[finding]]` with this id".to_owned()
            } else {
                format!("did you mean `{}`?", close.join("`, `"))
            };
            self.faults.add(place, format!("finding `{name}` is not there; {hint}"));
        }
        set
    }

    pub(super) fn set(&mut self, names: &[(&Spot, usize)]) -> Set {
        let mut set: Set = names
            .iter()
            .flat_map(|(name, file)| self.named(name.get_ref(), spot(*file, name)))
            .collect();
        set.sort_unstable();
        set.dedup();
        set
    }

    pub(super) fn expression(&mut self, written: Option<(&Spot, usize)>) -> Option<Expr<Set>> {
        let (written, file) = written?;
        let place = spot(file, written);
        match expr::parse(written.get_ref(), &self.scores) {
            Ok(parsed) => Some(self.resolved(&parsed, place)),
            Err(fault) => {
                self.faults.add(place, format!("expression `{}`: {fault}", written.get_ref()));
                None
            }
        }
    }

    fn resolved(&mut self, parsed: &Expr<Names>, place: Place) -> Expr<Set> {
        self.check_types(parsed, place);
        let sums = std::mem::take(&mut self.sums);
        let resolved = parsed.resolve(&sums, &mut |names| Ok(self.all_named(names, place)));
        self.sums = sums;
        let Ok::<_, Infallible>(expression) = resolved;
        expression
    }

    /// The findings that some names stand for.
    fn all_named(&mut self, names: &Names, place: Place) -> Set {
        let mut set: Set = names.iter().flat_map(|name| self.named(name, place)).collect();
        set.sort_unstable();
        set.dedup();
        set
    }

    /// An expression may ask only for call types that are there.
    fn check_types(&mut self, parsed: &Expr<Names>, place: Place) {
        parsed.each_type(&mut |id| {
            let mut known = self
                .source
                .types
                .iter()
                .filter_map(|kind| kind.value(|table| Some(table.id.get_ref().as_str())));
            if known.clone().all(|have| have != id) {
                let known: Vec<&str> = known.by_ref().collect();
                self.faults.add(
                    place,
                    format!("call type `{id}` is not there; known are `{}`", known.join("`, `")),
                );
            }
        });
    }

    pub(super) fn parsed<T>(
        &mut self,
        written: Option<(&Spot, usize)>,
        parse: fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (written, file) = written?;
        match parse(written.get_ref()) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.faults.add(spot(file, written), fault);
                None
            }
        }
    }
}

/// Whether two ids look alike enough to be a slip of the hand.
fn near(one: &str, other: &str) -> bool {
    let tail = |id: &str| id.rsplit('.').next().unwrap_or_default().to_owned();
    let head = |id: &str| id.chars().take(4).collect::<String>();
    tail(one) == tail(other) || (other.len() >= 4 && head(one) == head(other))
}

/// Reads bytes as a rule file: UTF-8, a byte order mark is passed over.
///
/// `layer` counts from the rulebook that extends no other.
pub(crate) fn rule_file(name: &str, bytes: &[u8], layer: usize) -> Result<RuleFile, Fault> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(RuleFile {
            name: name.to_owned(),
            layer,
            text: text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        }),
        Err(error) => Err(Fault {
            file: name.to_owned(),
            line: 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count(),
            text: "the file is no UTF-8 text; save it as UTF-8".to_owned(),
        }),
    }
}
