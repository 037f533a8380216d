//! Makes a lexicon while phrases are read: each new word of a rule gets a class, and its forms are looked up.

use std::collections::{BTreeMap, HashMap};

use crate::rules::forms::{Forms, Inflector};
use crate::rules::hash::{QuickMap, QuickSet};
use crate::rules::lexicon::{
    Class, FIRST_CLASS, Form, How, INTERROGATIVE, Known, Lexicon, Prefixes, Stems, start_of, tidy,
};
use crate::rules::number::Numeral;
use crate::rules::phrase::Atom;
use crate::rules::sound::Sounds;
use crate::rules::token::{self, Spelling};

/// Makes a lexicon while phrases are read.
pub(crate) struct LexiconBuilder {
    inflector: Inflector,
    spelling: Spelling,
    classes: HashMap<Atom, Class>,
    families: BTreeMap<String, Vec<Class>>,
    /// Other ways to write a word.
    aliases: BTreeMap<String, Vec<String>>,
    /// What a number word is.
    values: BTreeMap<String, Numeral>,
    forms: QuickMap<Box<str>, u32>,
    entries: Vec<Entry>,
    prefixes: Vec<(String, Class)>,
    stems: QuickMap<Box<str>, Vec<Class>>,
    stem_starts: QuickSet<u64>,
    /// By class: how common its words are, and whether a token may be taken for it by its sound.
    about: Vec<About>,
}

#[derive(Default)]
struct Entry {
    text: Box<str>,
    known: Vec<Known>,
    weak: bool,
    numeral: Option<Numeral>,
}

#[derive(Clone, Copy, Default)]
struct About {
    common: u32,
    by_sound: bool,
}

impl LexiconBuilder {
    pub(crate) fn new(inflector: Inflector, weak: &[String], spelling: Spelling) -> Self {
        let mut builder = Self {
            inflector,
            spelling,
            classes: HashMap::new(),
            families: BTreeMap::new(),
            aliases: BTreeMap::new(),
            values: BTreeMap::new(),
            forms: QuickMap::default(),
            entries: Vec::new(),
            prefixes: Vec::new(),
            stems: QuickMap::default(),
            stem_starts: QuickSet::default(),
            about: vec![About { common: 50, by_sound: true }; FIRST_CLASS as usize],
        };
        builder.about[INTERROGATIVE as usize].by_sound = false;
        for word in weak.iter().flat_map(|word| token::pieces(word, &Spelling::default())) {
            builder.entry(&word.text).weak = true;
        }
        builder
    }

    pub(crate) fn spelling(&self) -> &Spelling {
        &self.spelling
    }

    /// The classes of an atom; makes them where they are new.
    ///
    /// # Errors
    ///
    /// For a family that is not there.
    pub(crate) fn classes_of(&mut self, atom: &Atom) -> Result<Vec<Class>, String> {
        if let Atom::Family(name) = atom {
            return self
                .families
                .get(name)
                .cloned()
                .ok_or_else(|| format!("family `#{name}` is not there; add it to `[families]`"));
        }
        if let Some(class) = self.classes.get(atom) {
            return Ok(vec![*class]);
        }
        let class = self.about.len() as Class;
        self.about
            .push(About { common: 0, by_sound: matches!(atom, Atom::Word(_) | Atom::Prefix(_)) });
        self.classes.insert(atom.clone(), class);
        self.put(atom, class);
        Ok(vec![class])
    }

    /// Names the classes of a family.
    pub(crate) fn family(&mut self, name: &str, classes: Vec<Class>) {
        self.families.insert(name.to_owned(), classes);
    }

    /// Gives the forms of a word a class that has a meaning of its own.
    pub(crate) fn mark(&mut self, atom: &Atom, class: Class) {
        self.put(atom, class);
    }

    /// These words are written for one another.
    pub(crate) fn alias(&mut self, words: &[String]) {
        for word in words {
            let others = self.aliases.entry(word.clone()).or_default();
            others.extend(words.iter().filter(|other| *other != word).cloned());
        }
    }

    /// The other ways to write a word.
    pub(crate) fn aliases_of(&self, word: &str) -> &[String] {
        self.aliases.get(word).map_or(&[], Vec::as_slice)
    }

    /// The forms of a word are a number, or a part of one.
    pub(crate) fn number(&mut self, atom: &Atom, numeral: Numeral) {
        let forms = match atom {
            Atom::Word(word) => match self.inflector.of(word) {
                Forms::Listed(forms) => forms,
                Forms::Stem(_) => vec![word.clone()],
            },
            Atom::Exact(form) => vec![form.clone()],
            Atom::Prefix(_) | Atom::Family(_) => Vec::new(),
        };
        for form in forms {
            self.entry(&form).numeral.get_or_insert(numeral);
        }
        if let (Atom::Word(word) | Atom::Exact(word), false) = (atom, numeral == Numeral::Open) {
            self.values.insert(word.clone(), numeral);
        }
    }

    /// What a word is worth as a number: digits, or a word of `[numbers]`.
    pub(crate) fn value_of(&self, word: &str) -> Option<Numeral> {
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(Numeral::of_digits(word));
        }
        self.values.get(word).copied()
    }

    /// How many classes there are so far.
    pub(crate) fn len(&self) -> usize {
        self.about.len()
    }

    /// How common the words of a class are, roughly: short words are common in every language.
    pub(crate) fn common(&self, class: Class) -> u32 {
        self.about.get(class as usize).map_or(0, |about| about.common)
    }

    fn entry(&mut self, form: &str) -> &mut Entry {
        let index = if let Some(index) = self.forms.get(form) {
            *index as usize
        } else {
            let index = self.entries.len();
            self.forms.insert(form.into(), index as u32);
            self.entries.push(Entry { text: form.into(), ..Entry::default() });
            index
        };
        &mut self.entries[index]
    }

    fn push(&mut self, form: &str, class: Class, how: How) {
        self.entry(form).known.push(Known::new(class, how));
        let about = &mut self.about[class as usize];
        about.common = about.common.max(commonness(form));
    }

    fn put(&mut self, atom: &Atom, class: Class) {
        match atom {
            Atom::Exact(form) => self.push(form, class, How::Exact),
            Atom::Prefix(prefix) => {
                self.about[class as usize].common = 2 * commonness(prefix);
                self.prefixes.push((prefix.clone(), class));
            }
            Atom::Word(word) => {
                self.put_word(word, class, How::Exact);
                for other in self.aliases_of(word).to_vec() {
                    self.put_word(&other, class, How::Form);
                }
                // «Одно окно» and «1 окно» say the same.
                let value = self.value_of(word).and_then(Numeral::value);
                if let Some(value) = value {
                    let said: Vec<String> = (self.values.iter())
                        .filter(|(_, has)| {
                            has.value().is_some_and(|has| (has - value).abs() < 1e-9)
                        })
                        .filter(|(other, _)| *other != word)
                        .map(|(other, _)| other.clone())
                        .collect();
                    for other in said {
                        self.put_word(&other, class, How::Form);
                    }
                    self.push(&format!("{value}"), class, How::Form);
                }
            }
            Atom::Family(_) => {}
        }
    }

    /// `how` is that of the word itself.
    fn put_word(&mut self, word: &str, class: Class, how: How) {
        match self.inflector.of(word) {
            Forms::Listed(forms) => {
                for form in forms {
                    self.push(&form, class, if form == word { how } else { How::Form });
                }
            }
            Forms::Stem(stem) => {
                self.push(word, class, how);
                if let Some(letters) = start_of(&stem, 2) {
                    self.stem_starts.insert(letters);
                    self.stems.entry(stem.into()).or_default().push(class);
                }
            }
        }
    }

    pub(crate) fn build(self) -> Lexicon {
        let Self { about, entries, prefixes: starts, .. } = self;
        let by_sound = |class: Class| about.get(class as usize).is_some_and(|about| about.by_sound);
        let (mut prefixes, mut sounds) = (Prefixes::default(), Sounds::default());
        for (prefix, class) in starts {
            prefixes.add(&prefix, class);
            sounds.add_start(&prefix, &[class]);
        }
        let mut pool = Vec::with_capacity(2 * entries.len());
        let mut forms = Vec::with_capacity(entries.len());
        let mut alike = Vec::new();
        let language = self.inflector.into_language();
        let stems = Stems { of: self.stems, starts: self.stem_starts };
        for Entry { text, known, weak, numeral } in entries {
            let from = pool.len();
            pool.extend(known);
            // A form that a rule names is also a form of the words that share its stem.
            stems.each(&text, &language, |class| pool.push(Known::new(class, How::Stem)));
            alike.clear();
            alike.extend(
                pool[from..].iter().map(|known| known.class()).filter(|class| by_sound(*class)),
            );
            if !alike.is_empty() && numeral.is_none() {
                alike.sort_unstable();
                alike.dedup();
                sounds.add(&text, &alike);
            }
            prefixes.each(&text, |class| pool.push(Known::new(class, How::Form)));
            tidy(&mut pool, from);
            forms.push(Form { from: from as u32, to: pool.len() as u32, weak, numeral });
        }
        // Without a dictionary nobody knows what is no word.
        if !language.has_dictionary() {
            sounds = Sounds::default();
        }
        Lexicon {
            forms: self.forms,
            entries: forms,
            pool,
            prefixes,
            stems,
            sounds,
            spelling: self.spelling,
            language,
        }
    }
}

/// How often a word is said, by its length alone: nothing else is known for every language, and it is enough to
/// look for a phrase at its rarest word.
fn commonness(word: &str) -> u32 {
    match word.chars().count() {
        0 | 1 => 400,
        2 => 300,
        3 => 150,
        4 => 60,
        5 => 25,
        6 => 15,
        7 => 10,
        _ => 6,
    }
}
