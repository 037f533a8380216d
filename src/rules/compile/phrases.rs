//! Words, families and phrases: from text to sequences of classes.

use crate::rules::compile::{Compiler, spot};
use crate::rules::fault::Place;
use crate::rules::lexicon::{INTERROGATIVE, NAME};
use crate::rules::matcher::{Part, Sequence, Target};
use crate::rules::number::{Numeral, compose};
use crate::rules::phrase::{self, Atom};
use crate::rules::source::{At, List, Spot};

/// What all phrases of a rulebook may stand for. A phrase of forty letters may be 256 sequences, so that a file of the
/// largest size would be gigabytes; the Russian rulebook has some ten thousand.
const MAX_SEQUENCES: usize = 1 << 18;

impl Compiler<'_> {
    pub(super) fn words(&mut self) {
        let source = self.source;
        // What every later word may need: other spellings, and values of numbers.
        for List { name, place, entries } in &source.aliases {
            self.alias(name, entries, *place);
        }
        for List { name, place, entries } in &source.numbers {
            let numeral = Numeral::written(name).unwrap_or_else(|| {
                self.faults.add(
                    *place,
                    format!("`{name}` is no number; write a value of 0 or more, `* 100` or `+`"),
                );
                Numeral::Open
            });
            self.each_word(entries, |compiler, atom| compiler.lexicon.number(&atom, numeral));
        }
        for At { place, table } in &source.words {
            for word in &table.numbers {
                if let Some(atom) = self.one_word(word.get_ref(), spot(place.file, word)) {
                    self.lexicon.number(&atom, Numeral::Open);
                }
            }
            for word in &table.interrogatives {
                if let Some(atom) = self.one_word(word.get_ref(), spot(place.file, word)) {
                    self.lexicon.mark(&atom, INTERROGATIVE);
                }
            }
        }
        for List { name, place, entries } in &source.names {
            if let Some(atom) = self.one_word(name, *place) {
                self.lexicon.mark(&atom, NAME);
            }
            self.each_word(entries, |compiler, atom| compiler.lexicon.mark(&atom, NAME));
        }
        for List { name, entries, .. } in &source.families {
            let mut classes = Vec::new();
            self.each_word(entries, |compiler, atom| {
                // Families hold words only, which always have a class.
                classes.extend(compiler.lexicon.classes_of(&atom).unwrap_or_default());
            });
            classes.sort_unstable();
            classes.dedup();
            self.lexicon.family(name, classes);
        }
    }

    fn each_word(&mut self, words: &[At<Spot>], mut of: impl FnMut(&mut Self, Atom)) {
        for At { place, table: word } in words {
            let place = *place;
            match self.one_word(word.get_ref(), place) {
                Some(Atom::Family(name)) => self.faults.add(
                    place,
                    format!("`#{name}` stands in a list of words; write its words themselves"),
                ),
                Some(atom) => of(self, atom),
                None => {}
            }
        }
    }

    fn alias(&mut self, name: &str, words: &[At<Spot>], place: Place) {
        let mut group = Vec::new();
        let mut add = |compiler: &mut Self, word: &str, place: Place| match compiler
            .one_word(word, place)
        {
            Some(Atom::Word(word)) => group.push(word),
            Some(_) => compiler.faults.add(
                place,
                format!("`{word}` has a sign; other spellings are plain words, write it without"),
            ),
            None => {}
        };
        add(self, name, place);
        for At { place, table: word } in words {
            add(self, word.get_ref(), *place);
        }
        self.lexicon.alias(&group);
    }

    pub(super) fn one_word(&mut self, word: &str, place: Place) -> Option<Atom> {
        let parsed = phrase::parse(word, self.lexicon.spelling());
        let fault = match parsed.as_deref() {
            Ok([sequence]) => match sequence.as_slice() {
                [phrase::Part::Any(atoms)] if atoms.len() == 1 => return atoms.first().cloned(),
                _ => format!("`{word}` is not one word; write one word here"),
            },
            Ok(_) => format!("`{word}` is not one word; write one word here"),
            Err(fault) => format!("word `{word}`: {fault}"),
        };
        self.faults.add(place, fault);
        None
    }

    /// Adds the sequences of one phrase.
    pub(super) fn phrase(&mut self, written: &Spot, place: Place, target: Target) {
        if self.is_full {
            return;
        }
        let sequences = match phrase::parse(written.get_ref(), self.lexicon.spelling()) {
            Ok(sequences) => sequences,
            Err(fault) => {
                return self.faults.add(place, format!("phrase `{}`: {fault}", written.get_ref()));
            }
        };
        if MAX_SEQUENCES < self.sequences.len() + sequences.len() {
            self.is_full = true;
            return self.faults.add(
                place,
                format!(
                    "phrase `{}`: with it the phrases of the rulebook stand for more than {MAX_SEQUENCES} variants in all; write fewer `( )` and `[ ]`",
                    written.get_ref()
                ),
            );
        }
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
        let mut rest = sequence;
        while let Some((part, after)) = rest.split_first() {
            if let Some((value, tokens)) = self.number(rest) {
                parts.push(Part::Value(value));
                rest = rest.get(tokens..).unwrap_or_default();
                continue;
            }
            rest = after;
            parts.push(match part {
                phrase::Part::Gap(words) => Part::Gap(*words),
                phrase::Part::Slot(name) if name == "word" => Part::Word,
                phrase::Part::Slot(name) => Part::Slot(self.slot(name)?),
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

    /// The number that a sequence begins with, in digits or in several words, and how many parts it takes.
    ///
    /// A single word stays a word, which has other meanings too: «один и тот же».
    fn number(&self, sequence: &[phrase::Part]) -> Option<(f64, usize)> {
        let numerals: Vec<Numeral> = sequence
            .iter()
            .map_while(|part| match part {
                phrase::Part::Any(atoms) => match atoms.as_slice() {
                    [Atom::Word(word)] => self.lexicon.value_of(word),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        let alone = matches!(numerals.as_slice(), [] | [Numeral::Word(_)]);
        let value = if alone { None } else { compose(numerals.iter().copied()) }?;
        Some((value.value, numerals.len()))
    }
}
