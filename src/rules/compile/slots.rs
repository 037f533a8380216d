//! Slots: those that need code, those of the firm, those of the rulebook, and its patterns.

use crate::rules::compile::Compiler;
use crate::rules::fault::Place;
use crate::rules::lexicon::OWN_NAME;
use crate::rules::matcher::{Part, Sequence, Target};
use crate::rules::phrase::Atom;
use crate::rules::slot::{self, SlotId};
use crate::rules::source::{At, List, Spot};
use crate::rules::talk::Patterns;
use crate::rules::token;

use regex::{RegexSetBuilder, escape};

/// What all patterns of a rulebook may take when compiled, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

/// How many slots and patterns a rulebook may have: each turn keeps what it found of each.
const MAX_SLOTS: usize = 4096;
/// How deep slots may stand in slots: each level is one more walk over every turn of every call.
const MAX_DEPTH: usize = 16;

impl Compiler<'_> {
    pub(super) fn slots(&mut self) {
        let source = self.source;
        for (id, name) in slot::NAMES.iter().enumerate() {
            self.slots.insert((*name).to_owned(), (id as SlotId, 0));
        }
        self.firm();
        self.patterns();
        for List { name, place, entries } in &source.slots {
            if name == "word" || self.defined.contains(name) {
                self.faults.add(
                    *place,
                    format!("slot `{{{name}}}` is there already; give it another name"),
                );
                continue;
            }
            // A slot knows those above it, and itself only once it is read: no circle can be. Phrases for a slot that
            // needs code are further ways to say it.
            if !self.has_room(name, *place) {
                return;
            }
            let id = self.slots.get(name).map_or(self.next_slot(), |(id, _)| *id);
            let from = self.sequences.len();
            self.hidden = Some(name.clone());
            for At { place, table: written } in entries {
                self.phrase(written, *place, Target::Slot(id));
            }
            self.hidden = None;
            let depth = 1 + self.sequences[from..]
                .iter()
                .flat_map(|sequence| &sequence.parts)
                .filter_map(|part| match part {
                    Part::Slot(slot) => {
                        self.slots.values().find(|(id, _)| id == slot).map(|(_, depth)| *depth)
                    }
                    _ => None,
                })
                .max()
                .unwrap_or(0);
            if MAX_DEPTH < depth {
                // Told once: what is made of it would be told again on every line.
                return self.faults.add(
                    *place,
                    format!(
                        "slot `{{{name}}}` has slots in slots, more than {MAX_DEPTH} deep; write out the inner ones"
                    ),
                );
            }
            for sequence in &mut self.sequences[from..] {
                sequence.depth = depth;
            }
            self.slots.insert(name.clone(), (id, depth));
            self.defined.insert(name.clone());
        }
    }

    /// Whether one more slot may be; tells where not.
    fn has_room(&mut self, name: &str, place: Place) -> bool {
        let is_full = MAX_SLOTS <= self.slots.len();
        if is_full {
            self.faults.add(
                place,
                format!("slot `{{{name}}}` is one too many: at most {MAX_SLOTS} are possible"),
            );
        }
        !is_full
    }

    fn next_slot(&self) -> SlotId {
        self.slots.values().map(|(id, _)| id + 1).max().unwrap_or(slot::FIRST).max(slot::FIRST)
    }

    /// The slot of a name that a phrase uses.
    pub(super) fn slot(&self, name: &str) -> Result<SlotId, String> {
        if self.hidden.as_deref() == Some(name) {
            return Err(format!("slot `{{{name}}}` stands for itself; write what it is made of"));
        }
        self.slots.get(name).map(|(id, _)| *id).ok_or_else(|| {
            let known: Vec<&str> = self.slots.keys().map(String::as_str).collect();
            let below = self.source.slots.iter().any(|list| list.name == name);
            let remedy = if below { "a slot knows only those above it; " } else { "" };
            format!("slot `{{{name}}}` is not there; {remedy}known are `{}`", known.join("`, `"))
        })
    }

    /// The firm's names, from the settings and from the rulebook.
    fn firm(&mut self) {
        let source = self.source;
        let firm = self.firm.clone();
        for (key, names) in [
            ("companies", firm.companies),
            ("managers", firm.managers),
            ("products", firm.products),
        ] {
            for name in names {
                self.firm_name(key, &name);
            }
        }
        for List { name: key, entries, .. } in &source.firm {
            for At { place, table: name } in entries {
                if !self.firm_name(key, name.get_ref()) {
                    self.faults.add(
                        *place,
                        format!(
                            "`{key}` with `{}`: known are `companies`, `managers` and `products`, each name with a letter",
                            name.get_ref()
                        ),
                    );
                }
            }
        }
    }

    /// Adds one name; false where the key is unknown or the name holds nothing.
    fn firm_name(&mut self, key: &str, name: &str) -> bool {
        let words: Vec<Atom> = name
            .split_whitespace()
            .flat_map(|word| token::pieces(word, self.lexicon.spelling()))
            .map(|piece| Atom::Word(piece.text))
            .collect();
        let slot = match key {
            "companies" => slot::COMPANY,
            "products" => slot::PRODUCT,
            "managers" => {
                for word in &words {
                    self.lexicon.mark(word, OWN_NAME);
                    self.short_names(word);
                }
                return !words.is_empty();
            }
            _ => return false,
        };
        let parts: Vec<Part> = words
            .iter()
            .take(crate::rules::matcher::MAX_PARTS)
            .filter_map(|word| self.lexicon.classes_of(word).ok())
            .map(|classes| Part::Any(classes.into_boxed_slice()))
            .collect();
        let found = !parts.is_empty();
        if found {
            self.sequences.push(Sequence { parts, target: Target::Slot(slot), depth: 0 });
        }
        found
    }

    /// A manager Александр is called Саша as well.
    fn short_names(&mut self, word: &Atom) {
        let Atom::Word(called) = word else { return };
        let source = self.source;
        for List { name, entries, .. } in &source.names {
            if token::pieces(name, self.lexicon.spelling())
                .iter()
                .any(|piece| piece.text == *called)
            {
                for At { place, table: short } in entries {
                    if let Some(atom) = self.one_word(short.get_ref(), *place) {
                        self.lexicon.mark(&atom, OWN_NAME);
                    }
                }
            }
        }
    }

    /// Regular expressions over single words.
    fn patterns(&mut self) {
        let source = self.source;
        let (mut written, mut slots) = (Vec::new(), Vec::new());
        for List { name, place, entries } in &source.patterns {
            if name == "word" || self.slots.contains_key(name) {
                self.faults.add(
                    *place,
                    format!("slot `{{{name}}}` is there already; give the pattern another name"),
                );
                continue;
            }
            if !self.has_room(name, *place) {
                break;
            }
            let id = self.next_slot();
            self.slots.insert(name.clone(), (id, 0));
            self.defined.insert(name.clone());
            for At { place, table: expression } in entries {
                let whole = self.pattern(expression, *place);
                written.extend(whole);
                slots.resize(written.len(), id);
            }
        }
        if written.is_empty() {
            return;
        }
        match RegexSetBuilder::new(&written).size_limit(PATTERN_BYTES).build() {
            Ok(set) => self.patterns = Some(Patterns { set, slots }),
            Err(_) => self.faults.add(
                source.patterns.first().map_or_else(Place::default, |list| list.place),
                format!("all patterns together take more than {PATTERN_BYTES} bytes; write fewer or shorter ones"),
            ),
        }
    }

    /// One expression, which must meet the whole word.
    fn pattern(&mut self, written: &Spot, place: Place) -> Option<String> {
        let whole = format!("^(?:{})$", written.get_ref());
        match regex::RegexBuilder::new(&whole).size_limit(PATTERN_BYTES).build() {
            Ok(_) => Some(whole),
            Err(regex::Error::CompiledTooBig(limit)) => {
                let text = written.get_ref();
                self.faults.add(
                    place,
                    format!("pattern `{text}` takes more than {limit} bytes; write a shorter one"),
                );
                None
            }
            Err(_) => {
                let text = written.get_ref();
                self.faults.add(
                    place,
                    format!(
                        "pattern `{text}` is no regular expression; write signs as themselves, as in `{}`",
                        escape(text)
                    ),
                );
                None
            }
        }
    }
}
