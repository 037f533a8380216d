//! The lexicon: what each token of a call may be, as small numbers.
//!
//! Every word of every rule is a class (one lemma, one exact form, one prefix). Loading turns classes into their
//! forms; at call time a token that the rules know costs one look-up. Only a token they do not know is asked more of:
//! prefixes, stems of words that no dictionary has, and what it sounds like where it is no word at all or the
//! recognizer doubts it.

mod build;

pub(crate) use build::LexiconBuilder;

use crate::rules::forms::{Inflector, Language};
use crate::rules::hash::{QuickMap, QuickSet};
use crate::rules::number::Numeral;
use crate::rules::sound::Sounds;
use crate::rules::token::Spelling;

/// A set of forms that a rule does not tell apart.
pub(crate) type Class = u32;

/// Words that make a question.
pub(crate) const INTERROGATIVE: Class = 0;
/// First names, their short forms, patronymics.
pub(crate) const NAME: Class = 1;
/// The names of the firm's own managers.
pub(crate) const OWN_NAME: Class = 2;
/// The first class of a rulebook.
pub(crate) const FIRST_CLASS: Class = 3;

/// How a token came to its class; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum How {
    /// The word as the rule writes it.
    Exact,
    /// Another form of it, by the dictionary.
    Form,
    /// The same stem: the dictionary does not know the word.
    Stem,
    /// It sounds like the word.
    Sound,
}

impl How {
    /// Of the number that it is in one number with others.
    pub(crate) fn from_code(code: u32) -> Self {
        match code & 3 {
            0 => Self::Exact,
            1 => Self::Form,
            2 => Self::Stem,
            _ => Self::Sound,
        }
    }

    /// What a hit is worth that was found so. Set by judgement: that another form is meant is hardly in doubt, a
    /// stem joins too much now and then, and a likeness of sound is one error in five.
    pub(crate) fn worth(self) -> f64 {
        match self {
            Self::Exact => 1.0,
            Self::Form => 0.98,
            Self::Stem => 0.9,
            Self::Sound => 0.8,
        }
    }
}

/// A class and how the token came to it, in one number that sorts by class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Known(u32);

impl Known {
    fn new(class: Class, how: How) -> Self {
        Self(class << 2 | how as u32)
    }

    pub(crate) fn class(self) -> Class {
        self.0 >> 2
    }

    pub(crate) fn how(self) -> How {
        How::from_code(self.0)
    }
}

/// What is known of a token besides its classes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Looked {
    /// No gap is counted over it.
    pub(crate) weak: bool,
    /// A number in words.
    pub(crate) numeral: Option<Numeral>,
    /// Whether the rules have the word.
    pub(crate) found: bool,
}

/// One form of the rules' words.
#[derive(Debug)]
struct Form {
    /// Its classes in the pool, ascending.
    from: u32,
    to: u32,
    weak: bool,
    numeral: Option<Numeral>,
}

/// Look-up from tokens to classes.
#[derive(Debug)]
pub(crate) struct Lexicon {
    forms: QuickMap<Box<str>, u32>,
    entries: Vec<Form>,
    pool: Vec<Known>,
    prefixes: Prefixes,
    stems: Stems,
    sounds: Sounds,
    spelling: Spelling,
    language: Language,
}

/// Words that no dictionary has, by their stems.
#[derive(Debug, Default)]
struct Stems {
    of: QuickMap<Box<str>, Vec<Class>>,
    /// Their first two letters: most tokens share them with none and need no stemmer.
    starts: QuickSet<u64>,
}

impl Stems {
    fn each(&self, token: &str, language: &Language, mut found: impl FnMut(Class)) {
        let may_have = start_of(token, 2).is_some_and(|letters| self.starts.contains(&letters));
        if may_have
            && !language.is_word(token).unwrap_or(false)
            && let Some(stem) = language.stem(token)
        {
            self.of.get(stem.as_ref()).into_iter().flatten().for_each(|class| found(*class));
        }
    }
}

/// Beginnings of words, by their first three letters.
#[derive(Debug, Default)]
struct Prefixes(QuickMap<u64, Vec<(Box<str>, Class)>>);

impl Prefixes {
    const LETTERS: usize = 3;

    fn add(&mut self, prefix: &str, class: Class) {
        if let Some(start) = start_of(prefix, Self::LETTERS) {
            self.0.entry(start).or_default().push((prefix.into(), class));
        }
    }

    fn each(&self, token: &str, mut found: impl FnMut(Class)) {
        // Three Cyrillic letters are six bytes; a shorter token has none of them either way.
        let Some(start) = start_of(token, Self::LETTERS) else { return };
        for (prefix, class) in self.0.get(&start).into_iter().flatten() {
            if token.starts_with(&**prefix) {
                found(*class);
            }
        }
    }
}

/// The first letters of a word as one number; nothing for a shorter word.
fn start_of(word: &str, letters: usize) -> Option<u64> {
    let mut chars = word.chars();
    let mut start = 0;
    for _ in 0..letters {
        start = start << 21 | u64::from(u32::from(chars.next()?));
    }
    Some(start)
}

impl Lexicon {
    /// Adds the classes of a token (lower case, ё as е) to `into`, ascending, each once.
    ///
    /// `doubted`: the recognizer is not sure of the word, so that it may have been another that sounds alike.
    pub(crate) fn look(&self, token: &str, doubted: bool, into: &mut Vec<Known>) -> Looked {
        if let Some(entry) =
            self.forms.get(token).and_then(|index| self.entries.get(*index as usize))
        {
            let known = self.pool.get(entry.from as usize..entry.to as usize);
            into.extend_from_slice(known.unwrap_or_default());
            return Looked { weak: entry.weak, numeral: entry.numeral, found: true };
        }
        let start = into.len();
        self.prefixes.each(token, |class| into.push(Known::new(class, How::Form)));
        self.stems.each(token, &self.language, |class| into.push(Known::new(class, How::Stem)));
        // Five letters of Cyrillic are ten bytes.
        if into.len() == start
            && token.len() >= 2 * crate::rules::sound::MIN_LETTERS
            && !self.sounds.is_empty()
            && (doubted || !self.language.is_word(token).unwrap_or(false))
        {
            let mut classes = Vec::new();
            self.sounds.classes(token, &mut classes);
            into.extend(classes.into_iter().map(|class| Known::new(class, How::Sound)));
        }
        let found = into.len() > start;
        if into.len() > start + 1 {
            tidy(into, start);
        }
        Looked { found, ..Looked::default() }
    }

    /// Whether the dictionary marks a word as a first name or a patronymic. Costs far more than a look-up.
    pub(crate) fn is_name(&self, token: &str) -> bool {
        self.language.is_name(token)
    }

    /// How words become tokens.
    pub(crate) fn spelling(&self) -> &Spelling {
        &self.spelling
    }
}

/// Sorts the tail of a list from `start` and keeps each class once, come to in the surest way.
fn tidy(known: &mut Vec<Known>, start: usize) {
    known[start..].sort_unstable();
    let mut kept = start;
    for index in start..known.len() {
        if index == start || known[index].class() != known[kept - 1].class() {
            known[kept] = known[index];
            kept += 1;
        }
    }
    known.truncate(kept);
}

impl Inflector {
    /// A lexicon of nothing: for a rulebook that has no words.
    #[cfg(test)]
    fn empty() -> LexiconBuilder {
        let inflector = Self::new("ru").unwrap_or_else(|error| panic!("{error}"));
        LexiconBuilder::new(inflector, &[], Spelling::of("ru", Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::phrase::Atom;

    fn lexicon(words: &[&str]) -> Lexicon {
        let mut builder = Inflector::empty();
        for word in words {
            let atom = match (word.strip_prefix('='), word.strip_suffix('*')) {
                (Some(form), _) => Atom::Exact(form.to_owned()),
                (_, Some(prefix)) => Atom::Prefix(prefix.to_owned()),
                _ => Atom::Word((*word).to_owned()),
            };
            builder.classes_of(&atom).unwrap();
        }
        builder.build()
    }

    #[track_caller]
    fn check(words: &[&str], token: &str, doubted: bool, expected: &[(usize, How)]) {
        let lexicon = lexicon(words);
        let mut found = Vec::new();
        lexicon.look(token, doubted, &mut found);
        let found: Vec<(usize, How)> = found
            .iter()
            .map(|known| ((known.class() - FIRST_CLASS) as usize, known.how()))
            .collect();
        assert_eq!(found, expected, "{token}");
    }

    #[test]
    fn a_token_tells_how_it_came_to_its_class() {
        let words = ["рассрочка", "=рассрочку", "рассроч*", "вотсапп"];
        check(&words, "рассрочка", false, &[(0, How::Exact), (2, How::Form)]);
        check(&words, "рассрочку", false, &[(0, How::Form), (1, How::Exact), (2, How::Form)]);
        check(&words, "рассрочечка", false, &[(2, How::Form)]);
        check(&words, "вотсаппом", false, &[(3, How::Stem)]);
        check(&words, "картошка", false, &[]);
    }

    #[test]
    fn what_is_no_word_is_taken_for_what_it_sounds_like() {
        check(&["рассрочка"], "расрочька", false, &[(0, How::Sound)]);
        check(&["гарант*"], "горантия", false, &[(0, How::Sound)]);
    }

    #[test]
    fn two_words_of_the_dictionary_are_joined_only_where_the_recognizer_doubts() {
        check(&["компания"], "кампания", false, &[]);
        check(&["компания"], "кампания", true, &[(0, How::Sound)]);
        check(&["доставка"], "поставка", false, &[]);
        check(&["дорога"], "дорого", false, &[]);
    }

    #[test]
    fn an_exact_form_is_never_taken_by_its_sound() {
        check(&["=рассрочка"], "расрочька", true, &[]);
    }
}
