//! Word forms: from one word of a rule to every form in which it may be said.
//!
//! Done once, when rules load: a token of a call then costs one look-up. Russian has a dictionary
//! (`rumorph`, 98 % of forms in our trial, a stemmer 75 %); what it does not know, and every other language,
//! goes by Snowball stems, which the lexicon compares at call time.

use std::borrow::Cow;

use rumorph::{Dictionary, Source};
use snowball_stemmers_rs::{Algorithm, Stemmer};

/// The forms of one word.
pub(crate) enum Forms {
    /// All of them, ё as е, lower case.
    Listed(Vec<String>),
    /// The dictionary does not know the word: compare stems.
    Stem(String),
}

/// What is known of a language when a call is read.
pub(crate) struct Language {
    dictionary: Option<Dictionary>,
    stemmer: Option<Stemmer>,
}

/// Neither dictionary nor stemmer has a `Debug` of its own.
impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Language")
    }
}

impl Language {
    pub(crate) fn has_dictionary(&self) -> bool {
        self.dictionary.is_some()
    }

    /// Whether the dictionary has a word; `None` where there is no dictionary.
    pub(crate) fn is_word(&self, word: &str) -> Option<bool> {
        self.dictionary.as_ref().map(|dictionary| dictionary.is_known(word))
    }

    /// Whether the dictionary marks a word as a first name or a patronymic.
    pub(crate) fn is_name(&self, word: &str) -> bool {
        self.dictionary.as_ref().is_some_and(|dictionary| {
            dictionary.analyze(word).iter().any(|analysis| {
                analysis.source == Source::Dictionary
                    && dictionary
                        .ud_tag(analysis.ud)
                        .and_then(|tag| tag.feat("NameType"))
                        .is_some_and(|kind| kind == "Giv" || kind == "Pat")
            })
        })
    }

    /// The stem of a word; `None` for a language without a stemmer.
    pub(crate) fn stem<'w>(&self, word: &'w str) -> Option<Cow<'w, str>> {
        self.stemmer.as_ref().map(|stemmer| stemmer.stem(word))
    }
}

/// Makes forms for one language.
pub(crate) struct Inflector {
    language: Language,
}

impl Inflector {
    /// For `lang` (`ru`, `en`); a language without dictionary and stemmer has exact words only.
    ///
    /// # Errors
    ///
    /// If the dictionary in the program does not open: a fault of the program, not of the rulebook.
    pub(crate) fn new(lang: &str) -> Result<Self, String> {
        let dictionary = if lang == "ru" {
            Some(Dictionary::bundled().map_err(|error| error.to_string())?)
        } else {
            None
        };
        let stemmer = match lang {
            "ru" => Some(Stemmer::create(Algorithm::Russian)),
            "en" => Some(Stemmer::create(Algorithm::English)),
            _ => None,
        };
        Ok(Self { language: Language { dictionary, stemmer } })
    }

    /// What calls are read with.
    pub(crate) fn into_language(self) -> Language {
        self.language
    }

    /// Every form of the lemma of `word` (lower case, ё as е).
    ///
    /// A word that is itself a lemma means that lemma only: `дорого` is the adverb and not «дорогие коллеги».
    /// Any other form means its most probable lemma.
    pub(crate) fn of(&self, word: &str) -> Forms {
        let Language { dictionary, stemmer } = &self.language;
        let Some(dictionary) = dictionary else {
            return match stemmer {
                Some(stemmer) => Forms::Stem(stemmer.stem(word).into_owned()),
                None => Forms::Listed(vec![word.to_owned()]),
            };
        };
        let analyses = dictionary.analyze(word);
        let known = analyses.iter().any(|analysis| analysis.source != Source::Guess);
        if !known
            && word.chars().count() > 3
            && let Some(stemmer) = stemmer
        {
            return Forms::Stem(stemmer.stem(word).into_owned());
        }
        let is_lemma = analyses.iter().any(|analysis| *folded(&analysis.lemma) == *word);
        let first = analyses.first().filter(|_| !is_lemma);
        let lemma = first.map_or(Cow::Borrowed(word), |analysis| folded(&analysis.lemma));
        let mut forms = vec![word.to_owned()];
        for analysis in analyses.iter().filter(|analysis| folded(&analysis.lemma) == lemma) {
            let listed = dictionary.forms(analysis).into_iter();
            forms.extend(listed.map(|form| match folded(&form.word) {
                Cow::Owned(folded) => folded,
                Cow::Borrowed(_) => form.word,
            }));
        }
        forms.sort_unstable();
        forms.dedup();
        Forms::Listed(forms)
    }
}

/// Lower case, ё as е: as nearly every word of the dictionary is already.
fn folded(word: &str) -> Cow<'_, str> {
    let as_it_is = |c: char| matches!(c, 'а'..='я' | 'a'..='z' | '0'..='9' | '-');
    if word.chars().all(as_it_is) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(word.to_lowercase().replace('ё', "е"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, reached: &[&str], kept_apart: &[&str]) {
        let Forms::Listed(forms) = Inflector::new("ru").unwrap().of(word) else {
            panic!("`{word}` should be in the dictionary");
        };
        for form in reached {
            assert!(forms.iter().any(|have| have == form), "`{word}` reaches `{form}`");
        }
        for form in kept_apart {
            assert!(!forms.iter().any(|have| have == form), "`{word}` keeps away from `{form}`");
        }
    }

    #[test]
    fn any_form_of_the_lemma_is_reached() {
        check("прислать", &["пришлю", "пришлите", "прислали"], &["прийти"]);
        check("скидка", &["скидок", "скидку"], &[]);
        check("дорогой", &["дороже", "дорого", "дорогая"], &[]);
    }

    #[test]
    fn a_word_that_is_a_lemma_means_that_lemma() {
        check("замер", &["замера", "замеры"], &["замерли"]);
        check("дорого", &["дорого"], &["дорогие"]);
        check("мочь", &["могу", "можете"], &[]);
    }

    #[test]
    fn case_and_dots_are_folded() {
        assert_eq!(folded("Ёлка-Б2"), "елка-б2");
        assert!(matches!(folded("скидка-2b"), Cow::Borrowed("скидка-2b")));
    }

    #[test]
    fn a_word_that_nobody_knows_goes_by_its_stem() {
        assert!(matches!(Inflector::new("ru").unwrap().of("вотсапп"), Forms::Stem(_)));
        assert!(
            matches!(Inflector::new("en").unwrap().of("prices"), Forms::Stem(stem) if stem == "price")
        );
    }
}
