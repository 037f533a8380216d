//! The rule files as written: TOML tables with serde, nothing yet understood.
//!
//! Each table is read on its own, so that one fault does not hide the next. Unknown keys are
//! faults. What the values mean is found out in `compile`.
//!
//! A rulebook may extend another. Its files are then a layer above the other's, and a table with an id that the
//! lower layer has says only what is different: [`Layers`] keeps both and each key is taken from the highest layer
//! that has it.

mod tables;

use std::collections::BTreeMap;

use crate::rules::fault::{Faults, Place, RuleFile};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

pub(crate) use tables::{
    Attention, Book, Criterion, CriterionTest, Exchange, Finding, Negation, Score, Shares, Spot,
    Type, ValueName, Words,
};

/// A table and the place where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) place: Place,
    pub(crate) table: T,
}

/// What all layers say of one thing, the lowest first; never empty.
#[derive(Clone, Debug)]
pub(crate) struct Layers<T> {
    layers: Vec<At<T>>,
}

impl<T> Layers<T> {
    /// Where the highest layer speaks of it.
    pub(crate) fn place(&self) -> Place {
        self.layers.last().map_or_else(Place::default, |top| top.place)
    }

    /// A key from the highest layer that has it, and the index of that layer's file.
    pub(crate) fn get<'a, V: 'a>(&'a self, key: impl Fn(&'a T) -> Option<V>) -> Option<(V, usize)> {
        self.layers
            .iter()
            .rev()
            .find_map(|layer| key(&layer.table).map(|value| (value, layer.place.file)))
    }

    /// A key that needs no place.
    pub(crate) fn value<'a, V: 'a>(&'a self, key: impl Fn(&'a T) -> Option<V>) -> Option<V> {
        self.get(key).map(|(value, _)| value)
    }

    /// The entries of a list, each with the index of its file: those of the highest layer that has `list`, and what
    /// every layer at or above that one has in `added`.
    pub(crate) fn list<'a, V>(
        &'a self,
        list: impl Fn(&'a T) -> Option<&'a Vec<V>>,
        added: impl Fn(&'a T) -> Option<&'a Vec<V>>,
    ) -> Vec<(&'a V, usize)> {
        let mut entries = Vec::new();
        for layer in &self.layers {
            if let Some(own) = list(&layer.table) {
                entries = own.iter().map(|entry| (entry, layer.place.file)).collect();
            }
            let more = added(&layer.table).into_iter().flatten();
            entries.extend(more.map(|entry| (entry, layer.place.file)));
        }
        entries
    }

    /// Every layer, the lowest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &At<T>> {
        self.layers.iter()
    }
}

/// A named list of words or phrases, each with its place.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) entries: Vec<At<Spot>>,
}

/// Everything that the files say.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) book: Option<Layers<Book>>,
    pub(crate) words: Vec<At<Words>>,
    pub(crate) negation: Vec<At<Negation>>,
    /// In the order of the files and of writing.
    pub(crate) families: Vec<List>,
    pub(crate) slots: Vec<List>,
    /// Ways to write one word: the word and the others.
    pub(crate) aliases: Vec<List>,
    /// First names, each with its short forms and patronymics.
    pub(crate) names: Vec<List>,
    /// A value, and the words for it.
    pub(crate) numbers: Vec<List>,
    /// Slots that are regular expressions over one word.
    pub(crate) patterns: Vec<List>,
    /// `companies`, `managers`, `products`.
    pub(crate) firm: Vec<List>,
    /// How often the values of criteria are right; the lowest layer first.
    pub(crate) sure: Vec<At<Shares>>,
    pub(crate) findings: Vec<Layers<Finding>>,
    pub(crate) scores: Vec<Layers<Score>>,
    pub(crate) exchanges: Vec<Layers<Exchange>>,
    pub(crate) types: Vec<Layers<Type>>,
    pub(crate) criteria: Vec<Layers<Criterion>>,
    pub(crate) attention: Vec<Layers<Attention>>,
}

impl Source {
    /// Makes findings of what negates, so that matching, windows and expressions need not know of it.
    fn add_negation(&mut self) {
        type Lists = fn(&Negation) -> (&[Spot], &[Spot]);
        let kinds: [(&str, Lists); 2] = [
            (Finding::NEGATION, |table| (&table.words, &table.except)),
            (Finding::WEAK_NEGATION, |table| (&table.weak, &[])),
        ];
        for (id, lists) in kinds {
            let layers: Vec<At<Finding>> = self
                .negation
                .iter()
                .filter(|table| !lists(&table.table).0.is_empty())
                .map(|At { place, table }| {
                    let (phrases, unless) = lists(table);
                    At { place: *place, table: Finding::of_negation(id, phrases, unless) }
                })
                .collect();
            if !layers.is_empty() {
                self.findings.push(Layers { layers });
            }
        }
    }
}

/// A table that has an id.
trait Named: DeserializeOwned {
    /// What the table is called in faults.
    const KIND: &'static str;

    fn id(&self) -> &Spot;
}

macro_rules! named {
    ($($table:ty, $kind:literal;)*) => {$(
        impl Named for $table {
            const KIND: &'static str = $kind;

            fn id(&self) -> &Spot {
                &self.id
            }
        }
    )*};
}

named! {
    Finding, "finding";
    Score, "score";
    Exchange, "exchange";
    Type, "call type";
    Criterion, "criterion";
    Attention, "attention";
}

/// The most that one rule file may hold: a slip of the hand, not a limit of the matcher.
const MAX_FILE_BYTES: usize = 4 << 20;

/// Reads every file, noting faults and going on.
pub(crate) fn read(files: &[RuleFile], faults: &mut Faults<'_>) -> Source {
    let mut reader = Reader { files, file: 0, source: Source::default(), faults };
    for (file, content) in files.iter().enumerate() {
        reader.file = file;
        if content.text.len() > MAX_FILE_BYTES {
            reader.faults.add(Place { file, byte: 0 }, "the file is larger than 4 MiB; split it");
            continue;
        }
        let (root, errors) = DeTable::parse_recoverable(&content.text);
        for error in &errors {
            reader.faults.add_toml(file, 0, error);
        }
        if errors.is_empty() {
            reader.root(root.into_inner());
        }
    }
    let mut source = reader.source;
    source.add_negation();
    source
}

/// What `[book]` of a file says of the rulebook under this one, as far as the file can be read.
pub(crate) fn extends(text: &str) -> Option<String> {
    // Most files say nothing of it, and parsing takes time.
    if !text.contains("extends") {
        return None;
    }
    let root: toml::Table = text.parse().ok()?;
    Some(root.get("book")?.get("extends")?.as_str()?.to_owned())
}

struct Reader<'a, 'f> {
    files: &'a [RuleFile],
    file: usize,
    source: Source,
    faults: &'a mut Faults<'f>,
}

impl Reader<'_, '_> {
    fn root(&mut self, root: DeTable<'_>) {
        let file = self.file;
        for (key, value) in root {
            let place = Place { file, byte: key.span().start };
            match key.get_ref().as_ref() {
                "book" => {
                    if let Some(table) = self.table(value) {
                        self.book(At { place, table });
                    }
                }
                "words" => {
                    if let Some(table) = self.table(value) {
                        self.source.words.push(At { place, table });
                    }
                }
                "negation" => {
                    if let Some(table) = self.table(value) {
                        self.source.negation.push(At { place, table });
                    }
                }
                "families" => self.lists(value, |source| &mut source.families),
                "slots" => self.lists(value, |source| &mut source.slots),
                "aliases" => self.lists(value, |source| &mut source.aliases),
                "names" => self.lists(value, |source| &mut source.names),
                "numbers" => self.lists(value, |source| &mut source.numbers),
                "patterns" => self.lists(value, |source| &mut source.patterns),
                "firm" => self.lists(value, |source| &mut source.firm),
                "sure" => {
                    if let Some(table) = self.table(value) {
                        self.source.sure.push(At { place, table });
                    }
                }
                "finding" => self.tables(value, |source| &mut source.findings),
                "score" => self.tables(value, |source| &mut source.scores),
                "exchange" => self.tables(value, |source| &mut source.exchanges),
                "type" => self.tables(value, |source| &mut source.types),
                "criterion" => self.tables(value, |source| &mut source.criteria),
                "attention" => self.tables(value, |source| &mut source.attention),
                other => self.faults.add(
                    place,
                    format!(
                        "unknown table `{other}`; known are `[book]`, `[words]`, `[negation]`, `[families]`, `[aliases]`, `[names]`, `[numbers]`, `[slots]`, `[patterns]`, `[firm]`, `[sure]`, `[[finding]]`, `[[score]]`, `[[exchange]]`, `[[type]]`, `[[criterion]]`, `[[attention]]`"
                    ),
                ),
            }
        }
    }

    fn book(&mut self, table: At<Book>) {
        let layer = self.layer(table.place);
        let known = self.source.book.get_or_insert_with(|| Layers { layers: Vec::new() });
        let below = known.layers.last().map(|top| top.place);
        let place = table.place;
        known.layers.push(table);
        if below.is_some_and(|below| self.layer(below) == layer) {
            self.faults.add(place, "a second `[book]`; keep one in the whole folder");
        }
    }

    fn layer(&self, place: Place) -> usize {
        self.files.get(place.file).map_or(0, |file| file.layer)
    }

    fn table<T: DeserializeOwned>(&mut self, value: Spanned<DeValue<'_>>) -> Option<T> {
        let start = value.span().start;
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(table) => Some(table),
            Err(error) => {
                self.faults.add_toml(self.file, start, &error);
                None
            }
        }
    }

    fn tables<T: Named>(
        &mut self,
        value: Spanned<DeValue<'_>>,
        into: fn(&mut Source) -> &mut Vec<Layers<T>>,
    ) {
        let file = self.file;
        let place = Place { file, byte: value.span().start };
        let DeValue::Array(array) = value.into_inner() else {
            return self
                .faults
                .add(place, "a list of tables is wanted here; write the name in double brackets");
        };
        // Where each id stands, so that ten thousand tables are not ten thousand searches.
        let mut known: BTreeMap<String, usize> = into(&mut self.source)
            .iter()
            .enumerate()
            .filter_map(|(index, layers)| {
                Some((layers.value(|table| Some(table.id()))?.get_ref().clone(), index))
            })
            .collect();
        for entry in array {
            let place = Place { file, byte: entry.span().start };
            let Some(table) = self.table::<T>(entry) else { continue };
            let id = table.id().get_ref().clone();
            let id_place = Place { file, byte: table.id().span().start };
            let layer = self.layer(place);
            match known.get(&id) {
                None => {
                    let list = into(&mut self.source);
                    known.insert(id, list.len());
                    list.push(Layers { layers: vec![At { place, table }] });
                }
                Some(index) => {
                    let below = into(&mut self.source)[*index].place();
                    if self.layer(below) == layer {
                        let kind = T::KIND;
                        self.faults.add(
                            id_place,
                            format!("{kind} `{id}` is there twice; rename or remove one"),
                        );
                        // Its other faults are told as well.
                        into(&mut self.source).push(Layers { layers: vec![At { place, table }] });
                    } else {
                        into(&mut self.source)[*index].layers.push(At { place, table });
                    }
                }
            }
        }
    }

    fn lists(&mut self, value: Spanned<DeValue<'_>>, into: fn(&mut Source) -> &mut Vec<List>) {
        let file = self.file;
        let start = value.span().start;
        let DeValue::Table(entries) = value.into_inner() else {
            return self.faults.add(Place { file, byte: start }, "a table is wanted here");
        };
        // The order of writing, which the parser does not keep: a slot may use those above it.
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        // By name, or a file of very many would be looked through for each of them.
        let mut known: BTreeMap<String, usize> =
            into(&mut self.source).iter().map(|list| list.name.clone()).zip(0..).collect();
        for (name, list) in entries {
            let place = Place { file, byte: name.span().start };
            let Some(words) = self.table::<Vec<Spot>>(list) else { continue };
            let name = name.get_ref().to_string();
            if words.is_empty() {
                self.faults.add(place, format!("`{name}` is empty; add at least one word"));
            }
            let entries: Vec<At<Spot>> = words
                .into_iter()
                .map(|word| At { place: Place { file, byte: word.span().start }, table: word })
                .collect();
            let layer = self.layer(place);
            let below = known.get(&name).copied();
            match below {
                None => {
                    let lists = into(&mut self.source);
                    known.insert(name.clone(), lists.len());
                    lists.push(List { name, place, entries });
                }
                Some(index) => {
                    let below = into(&mut self.source)[index].place;
                    if self.layer(below) == layer {
                        self.faults.add(
                            place,
                            format!("`{name}` is there already; add its words to the first list"),
                        );
                    } else {
                        // A layer adds to the lists under it.
                        into(&mut self.source)[index].entries.extend(entries);
                    }
                }
            }
        }
    }
}
