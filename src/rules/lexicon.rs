//! The lexicon: what each token of a call may be, as small numbers.
//!
//! Every word of every rule becomes a class (one lemma, one exact form, one prefix). Loading turns
//! classes into their forms; at call time a token costs one hash look-up, and a stem only where the
//! rulebook has words that no dictionary knows.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::rules::forms::{Forms, Inflector};
use crate::rules::phrase::Atom;

use snowball_stemmers_rs::Stemmer;

/// A set of forms that a rule does not tell apart.
pub(crate) type Class = u32;

/// Words that make a question.
pub(crate) const INTERROGATIVE: Class = 0;
/// Numbers in words.
pub(crate) const NUMBER: Class = 1;

/// Look-up from tokens to classes.
#[derive(Debug)]
pub(crate) struct Lexicon {
    forms: HashMap<Box<str>, Vec<Class>>,
    stems: HashMap<Box<str>, Vec<Class>>,
    prefixes: HashMap<Box<str>, Vec<Class>>,
    /// Lengths of the prefixes in characters, ascending.
    prefix_lengths: Vec<usize>,
    weak: HashSet<Box<str>>,
    suffixes: Vec<String>,
    stemmer: Option<Shown>,
    classes: usize,
}

/// The stemmer has no `Debug` of its own.
struct Shown(Stemmer);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stemmer")
    }
}

impl Lexicon {
    /// Adds the classes of a token (lower case, ё as е) to `into`, ascending, each once.
    pub(crate) fn classes(&self, token: &str, into: &mut Vec<Class>) {
        let start = into.len();
        let listed = self.forms.get(token);
        if let Some(classes) = listed {
            into.extend_from_slice(classes);
        }
        for length in &self.prefix_lengths {
            let Some((end, _)) = token.char_indices().nth(*length - 1) else {
                break;
            };
            let end = token[end..].chars().next().map_or(end, |c| end + c.len_utf8());
            if let Some(classes) = self.prefixes.get(&token[..end]) {
                into.extend_from_slice(classes);
            }
        }
        if let (None, false, Some(stemmer)) = (listed, self.stems.is_empty(), &self.stemmer)
            && let Some(classes) = self.stems.get(stemmer.0.stem(token).as_ref())
        {
            into.extend_from_slice(classes);
        }
        into[start..].sort_unstable();
        // `dedup` of the tail only: what stands before belongs to other tokens.
        let mut kept = start;
        for index in start..into.len() {
            if index == start || into[index] != into[kept - 1] {
                into[kept] = into[index];
                kept += 1;
            }
        }
        into.truncate(kept);
    }

    /// Whether no gap is counted over this token.
    pub(crate) fn is_weak(&self, token: &str) -> bool {
        self.weak.contains(token)
    }

    /// What is dropped after a hyphen.
    pub(crate) fn suffixes(&self) -> &[String] {
        &self.suffixes
    }

    /// How many classes there are.
    pub(crate) fn len(&self) -> usize {
        self.classes
    }
}

/// Makes a lexicon while phrases are read.
pub(crate) struct LexiconBuilder {
    inflector: Inflector,
    suffixes: Vec<String>,
    weak: HashSet<Box<str>>,
    classes: HashMap<Atom, Class>,
    families: BTreeMap<String, Vec<Class>>,
    forms: HashMap<Box<str>, Vec<Class>>,
    stems: HashMap<Box<str>, Vec<Class>>,
    prefixes: HashMap<Box<str>, Vec<Class>>,
    next: Class,
}

impl LexiconBuilder {
    pub(crate) fn new(inflector: Inflector, weak: &[String], suffixes: &[String]) -> Self {
        let suffixes: Vec<String> = suffixes.to_vec();
        let weak = weak
            .iter()
            .flat_map(|word| super::token::pieces(word, &[]))
            .map(|piece| piece.text.into_boxed_str())
            .collect();
        Self {
            inflector,
            suffixes,
            weak,
            classes: HashMap::new(),
            families: BTreeMap::new(),
            forms: HashMap::new(),
            stems: HashMap::new(),
            prefixes: HashMap::new(),
            next: NUMBER + 1,
        }
    }

    pub(crate) fn suffixes(&self) -> &[String] {
        &self.suffixes
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
        let class = self.next;
        self.next += 1;
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

    fn put(&mut self, atom: &Atom, class: Class) {
        let push = |map: &mut HashMap<Box<str>, Vec<Class>>, key: &str| {
            let classes = map.entry(key.into()).or_default();
            if !classes.contains(&class) {
                classes.push(class);
            }
        };
        match atom {
            Atom::Exact(form) => push(&mut self.forms, form),
            Atom::Prefix(prefix) => push(&mut self.prefixes, prefix),
            Atom::Word(word) => match self.inflector.of(word) {
                Forms::Listed(forms) => {
                    for form in forms {
                        push(&mut self.forms, &form);
                    }
                }
                Forms::Stem(stem) => {
                    push(&mut self.forms, word);
                    push(&mut self.stems, &stem);
                }
            },
            Atom::Family(_) => {}
        }
    }

    pub(crate) fn build(self) -> Lexicon {
        let mut prefix_lengths: Vec<usize> =
            self.prefixes.keys().map(|prefix| prefix.chars().count()).collect();
        prefix_lengths.sort_unstable();
        prefix_lengths.dedup();
        Lexicon {
            forms: self.forms,
            stems: self.stems,
            prefixes: self.prefixes,
            prefix_lengths,
            weak: self.weak,
            suffixes: self.suffixes,
            stemmer: self.inflector.into_stemmer().map(Shown),
            classes: self.next as usize,
        }
    }
}
