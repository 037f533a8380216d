//! Mangles transcripts as recognizers do: dropped short words, other endings, similar sounds, words merged, split, added or
//! put in place of others, no capitals and no punctuation.
//!
//! What is mangled into what comes from `tests/corpus/confusions.tsv`: the demo model's errors, counted by
//! `tests/corpus/confusions.py`. The program's rules and its matcher have no part in it. Seeded: the same turns, rate and
//! seed give the same words. It knows words, not sentences: a real recognizer also loses whole clauses.

use std::collections::BTreeMap;
use std::fs;

use crate::workspace::repository;

/// Words with fewer letters keep their beginning and are never cut in two.
const STEM: usize = 3;

/// What may befall a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Dropped,
    Added,
    Merged,
    Split,
    Ending,
    Letters,
    Word,
}

/// `heard` in place of `said`, so many times.
#[derive(Clone, Debug)]
struct Confusion {
    said: String,
    heard: String,
    count: u64,
}

/// The table of errors.
#[derive(Clone, Debug)]
pub struct Mangler {
    kinds: Vec<(Kind, u64)>,
    /// Share of dropped words by number of letters, in thousandths.
    dropped: BTreeMap<usize, u64>,
    letters: Vec<Confusion>,
    endings: Vec<Confusion>,
    words: Vec<Confusion>,
    added: Vec<Confusion>,
}

impl Mangler {
    /// From the table in the repository.
    pub fn new() -> Self {
        let table = fs::read_to_string(repository().join("tests/corpus/confusions.tsv")).unwrap();
        let mut mangler = Self {
            kinds: Vec::new(),
            dropped: BTreeMap::new(),
            letters: Vec::new(),
            endings: Vec::new(),
            words: Vec::new(),
            added: Vec::new(),
        };
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [table, said, heard, count] = cells[..] else { panic!("four cells: {line}") };
            let text = |cell: &str| if cell == "-" { String::new() } else { cell.to_owned() };
            let count: u64 = count.parse().unwrap();
            let confusion = Confusion { said: text(said), heard: text(heard), count };
            match table {
                "kind" => mangler.kinds.push((kind(said), count)),
                "short" => {
                    let share = 1000 * heard.parse::<u64>().unwrap() / count.max(1);
                    mangler.dropped.insert(said.parse().unwrap(), share);
                }
                "letter" => mangler.letters.push(confusion),
                "ending" => mangler.endings.push(confusion),
                "word" => mangler.words.push(confusion),
                "added" => mangler.added.push(confusion),
                other => panic!("no table is called {other}"),
            }
        }
        mangler
    }

    /// The turns with `percent` of their words wrong, as nearly as whole errors allow. At 0 only capitals and punctuation go.
    pub fn mangle(&self, turns: &[String], percent: usize, seed: u64) -> Vec<String> {
        let mut dice = Dice(seed);
        let mut slots: Vec<Slot> = turns
            .iter()
            .enumerate()
            .flat_map(|(turn, text)| {
                spoken(text).into_iter().map(move |word| Slot { turn, word, touched: false })
            })
            .collect();
        let total = slots.len();
        let wanted = total * percent / 100;
        let mut errors = 0;
        // Every word can be wrong once; the limit is for turns of one word, which refuse some kinds.
        for _ in 0..200 * total {
            if wanted <= errors {
                break;
            }
            let place = dice.below(slots.len());
            let kind = dice.weighed(&self.kinds, |(_, count)| *count).0;
            errors += self.befall(&mut slots, place, kind, &mut dice);
        }
        let mut mangled = vec![String::new(); turns.len()];
        for slot in slots.iter().filter(|slot| !slot.word.is_empty()) {
            let text = &mut mangled[slot.turn];
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&slot.word);
        }
        mangled
    }

    /// Lets `kind` befall the word at `place`; the number of word errors that it made.
    fn befall(&self, slots: &mut [Slot], place: usize, kind: Kind, dice: &mut Dice) -> usize {
        if slots[place].touched {
            return 0;
        }
        let word = slots[place].word.clone();
        let letters = word.chars().count();
        let (heard, errors) = match kind {
            Kind::Dropped => {
                let most = self.dropped.values().copied().max().unwrap_or(1).max(1);
                let share = self.dropped.get(&letters.min(9)).copied().unwrap_or(0);
                if (share as usize) <= dice.below(most as usize) {
                    return 0;
                }
                (String::new(), 1)
            }
            Kind::Added => {
                let added = dice.weighed(&self.added, |added| added.count);
                (format!("{word} {}", added.said), 1)
            }
            Kind::Merged => {
                let Some(next) = slots.get(place + 1) else { return 0 };
                if next.turn != slots[place].turn || next.touched || next.word.is_empty() {
                    return 0;
                }
                let merged = format!("{word}{}", next.word);
                slots[place + 1].touched = true;
                slots[place + 1].word.clear();
                (merged, 2)
            }
            Kind::Split => {
                if letters < 2 * STEM {
                    return 0;
                }
                let at = 2 + dice.below(letters - 3);
                let (head, tail) = halves(&word, at);
                (format!("{head} {tail}"), 2)
            }
            Kind::Ending => match self.ending(&word, dice) {
                Some(heard) => (heard, 1),
                None => return 0,
            },
            Kind::Letters => match self.sound(&word, dice) {
                Some(heard) => (heard, 1),
                None => return 0,
            },
            Kind::Word => (self.other(&word, dice), 1),
        };
        if heard == word {
            return 0;
        }
        slots[place].word = heard;
        slots[place].touched = true;
        errors
    }

    fn ending(&self, word: &str, dice: &mut Dice) -> Option<String> {
        let fitting: Vec<&Confusion> = self
            .endings
            .iter()
            .filter(|ending| {
                word.strip_suffix(ending.said.as_str())
                    .is_some_and(|stem| STEM <= stem.chars().count())
            })
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let ending = dice.weighed(&fitting, |ending| ending.count);
        Some(format!("{}{}", word.strip_suffix(ending.said.as_str())?, ending.heard))
    }

    /// One letter in five becomes another, goes or comes; at least one.
    fn sound(&self, word: &str, dice: &mut Dice) -> Option<String> {
        let mut letters: Vec<String> = word.chars().map(String::from).collect();
        for _ in 0..letters.len().div_ceil(5) {
            let place = dice.below(letters.len());
            let fitting: Vec<&Confusion> = self
                .letters
                .iter()
                .filter(|letter| letter.said == letters[place] || letter.said.is_empty())
                .collect();
            if fitting.is_empty() {
                continue;
            }
            let letter = dice.weighed(&fitting, |letter| letter.count);
            if letter.said.is_empty() {
                letters[place].push_str(&letter.heard);
            } else {
                letters[place].clone_from(&letter.heard);
            }
        }
        let heard = letters.concat();
        (!heard.is_empty()).then_some(heard)
    }

    /// Another word: what this one was heard as, else one of the same length that was heard for another.
    fn other(&self, word: &str, dice: &mut Dice) -> String {
        let length = |word: &str| word.chars().count();
        let own: Vec<&Confusion> = self.words.iter().filter(|other| other.said == word).collect();
        let alike = || -> Vec<&Confusion> {
            let near = |other: &&Confusion| length(&other.heard).abs_diff(length(word)) < 2;
            self.words.iter().filter(near).collect()
        };
        let fitting = if own.is_empty() { alike() } else { own };
        if fitting.is_empty() {
            return word.to_owned();
        }
        dice.weighed(&fitting, |other| other.count).heard.clone()
    }
}

fn kind(name: &str) -> Kind {
    match name {
        "dropped" => Kind::Dropped,
        "added" => Kind::Added,
        "merged" => Kind::Merged,
        "split" => Kind::Split,
        "ending" => Kind::Ending,
        "letters" => Kind::Letters,
        "word" => Kind::Word,
        other => panic!("no kind is called {other}"),
    }
}

/// A word and where it stands.
#[derive(Clone, Debug)]
struct Slot {
    turn: usize,
    word: String,
    touched: bool,
}

/// The words as a recognizer without punctuation writes them.
pub fn spoken(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('ё', "е")
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Word errors by Levenshtein: wrong, missing and additional words.
pub fn word_errors(said: &[String], heard: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (index, word) in said.iter().enumerate() {
        let mut before = row[0];
        row[0] = index + 1;
        for (place, other) in heard.iter().enumerate() {
            let cost = before + usize::from(word != other);
            before = row[place + 1];
            row[place + 1] = cost.min(row[place] + 1).min(before + 1);
        }
    }
    row[heard.len()]
}

fn halves(word: &str, at: usize) -> (&str, &str) {
    word.char_indices().nth(at).map_or((word, ""), |(byte, _)| word.split_at(byte))
}

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    /// One of them, as often as its weight says.
    fn weighed<'a, T>(&mut self, among: &'a [T], weight: impl Fn(&T) -> u64) -> &'a T {
        let total: u64 = among.iter().map(&weight).sum();
        let mut left = self.below(total as usize) as u64;
        for one in among {
            match left.checked_sub(weight(one)) {
                Some(rest) => left = rest,
                None => return one,
            }
        }
        among.last().unwrap()
    }
}

#[test]
fn the_same_seed_mangles_the_same_and_another_otherwise() {
    let mangler = Mangler::new();
    let turns = ["Добрый день, компания «Ромашка»!".to_owned(), "Здравствуйте.".to_owned()];
    let of = |seed| mangler.mangle(&turns, 30, seed);
    assert_eq!(of(1), of(1));
    assert!((2..20).any(|seed| of(seed) != of(1)));
}

#[test]
fn without_errors_only_capitals_and_punctuation_go() {
    let mangled = Mangler::new().mangle(&["Ещё раз: «Тёплый дом», кто-то?".to_owned()], 0, 1);
    assert_eq!(mangled, ["еще раз теплый дом кто то"]);
}

#[test]
fn word_errors_are_counted_as_levenshtein_does() {
    let errors = |said: &str, heard: &str| word_errors(&spoken(said), &spoken(heard));
    assert_eq!(errors("раз два три", "раз два три"), 0);
    assert_eq!(errors("раз два три", "раз три"), 1);
    assert_eq!(errors("раз два три", "раздва три"), 2);
    assert_eq!(errors("", "раз два"), 2);
}
