//! Words, families, slots and phrases: from text to sequences of classes.

use crate::rules::compile::{Compiler, spot};
use crate::rules::fault::Place;
use crate::rules::lexicon::{INTERROGATIVE, NUMBER};
use crate::rules::matcher::{FIRST_SLOT, NUMBER_SLOT, Part, QUOTED_SLOT, Sequence, SlotId, Target};
use crate::rules::phrase::{self, Atom};
use crate::rules::source::{At, List, Spot};

impl Compiler<'_> {
    pub(super) fn words(&mut self) {
        let source = self.source;
        for words in &source.words {
            let table = &words.table;
            for (list, class) in [(&table.interrogatives, INTERROGATIVE), (&table.numbers, NUMBER)]
            {
                for word in list {
                    let place = spot(words.place.file, word);
                    if let Some(atom) = self.one_word(word, place) {
                        self.lexicon.mark(&atom, class);
                    }
                }
            }
        }
        for List { name, entries, .. } in &source.families {
            let mut classes = Vec::new();
            for At { table: word, place } in entries {
                if let Some(atom) = self.one_word(word, *place) {
                    match self.lexicon.classes_of(&atom) {
                        Ok(found) => classes.extend(found),
                        Err(fault) => self.faults.add(*place, fault),
                    }
                }
            }
            classes.sort_unstable();
            classes.dedup();
            self.lexicon.family(name, classes);
        }
    }

    pub(super) fn one_word(&mut self, word: &Spot, place: Place) -> Option<Atom> {
        let parsed = phrase::parse(word.get_ref(), self.lexicon.suffixes());
        let fault = match parsed.as_deref() {
            Ok([sequence]) => match sequence.as_slice() {
                [phrase::Part::Any(atoms)] if atoms.len() == 1 => return atoms.first().cloned(),
                _ => format!("`{}` is not one word; write one word here", word.get_ref()),
            },
            Ok(_) => format!("`{}` is not one word; write one word here", word.get_ref()),
            Err(fault) => format!("word `{}`: {fault}", word.get_ref()),
        };
        self.faults.add(place, fault);
        None
    }

    pub(super) fn slots(&mut self) {
        let source = self.source;
        self.slots.insert("number".to_owned(), (NUMBER_SLOT, 0));
        self.slots.insert("quoted".to_owned(), (QUOTED_SLOT, 0));
        for (index, List { name, place, entries }) in source.slots.iter().enumerate() {
            // The order of the files is the order of use: a slot knows those above it, so no cycle can be.
            if name == "word" || self.slots.contains_key(name) {
                self.faults.add(
                    *place,
                    format!("slot `{{{name}}}` is there already; give it another name"),
                );
                continue;
            }
            let id = FIRST_SLOT + index as SlotId;
            let from = self.sequences.len();
            for At { table: written, place } in entries {
                self.phrase(written, *place, Target::Slot(id));
            }
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
            for sequence in &mut self.sequences[from..] {
                sequence.depth = depth;
            }
            self.slots.insert(name.clone(), (id, depth));
        }
    }

    /// Adds the sequences of one phrase.
    pub(super) fn phrase(&mut self, written: &Spot, place: Place, target: Target) {
        let sequences = match phrase::parse(written.get_ref(), self.lexicon.suffixes()) {
            Ok(sequences) => sequences,
            Err(fault) => {
                return self.faults.add(place, format!("phrase `{}`: {fault}", written.get_ref()));
            }
        };
        for sequence in sequences {
            match self.parts(&sequence) {
                Ok(parts) => self.sequences.push(Sequence { parts, target, depth: 0 }),
                Err(fault) => {
                    return self
                        .faults
                        .add(place, format!("phrase `{}`: {fault}", written.get_ref()));
                }
            }
        }
    }

    pub(super) fn parts(&mut self, sequence: &[phrase::Part]) -> Result<Vec<Part>, String> {
        let mut parts = Vec::with_capacity(sequence.len());
        for part in sequence {
            parts.push(match part {
                phrase::Part::Gap(words) => Part::Gap(*words),
                phrase::Part::Slot(name) if name == "word" => Part::Word,
                phrase::Part::Slot(name) => {
                    if let Some((id, _)) = self.slots.get(name) {
                        Part::Slot(*id)
                    } else {
                        let known: Vec<&str> = self.slots.keys().map(String::as_str).collect();
                        return Err(format!(
                            "slot `{{{name}}}` is not there; known are `{}`",
                            known.join("`, `")
                        ));
                    }
                }
                phrase::Part::Any(atoms) => {
                    let mut classes = Vec::new();
                    for atom in atoms {
                        classes.extend(self.lexicon.classes_of(atom)?);
                    }
                    classes.sort_unstable();
                    classes.dedup();
                    Part::Any(classes.into_boxed_slice())
                }
            });
        }
        Ok(parts)
    }
}
