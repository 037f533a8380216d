//! What is no fault of a rulebook and yet hardly meant: findings that can never be met or that nobody uses, phrases that
//! another one makes needless, words whose forms belong to another common word too.
//!
//! For `autograde rules check` only: it takes longer than loading. Everything is judged from the rules alone, without a call,
//! so only what is certain is told: a finding that is not named here may still never be met.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::forms::{Forms, Inflector};
use crate::rules::phrase::{self, Atom, Part};
use crate::rules::rulebook::{FindingRule, Rulebook, Set};
use crate::rules::window::Window;

use rumorph::Dictionary;

/// From this share of its uses on, a form counts as belonging to another word: under it the dictionary lists rarities.
const COMMON: f64 = 0.3;

/// Something that is hardly meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Advice {
    /// The rule file; empty where it is about the whole rulebook.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What it is about.
    pub kind: AdviceKind,
}

/// What is hardly meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdviceKind {
    /// The finding can never be met.
    NeverMet {
        /// Its id.
        finding: String,
        /// Why not, in English.
        why: String,
    },
    /// Nothing looks at the finding.
    Unused {
        /// Its id.
        finding: String,
    },
    /// Whatever the phrase finds, another one of the finding finds too.
    Shadowed {
        /// Its id.
        finding: String,
        /// The needless phrase.
        phrase: String,
        /// The one that does its work.
        by: String,
    },
    /// Forms of a word belong to another common word as well.
    Homonym {
        /// Id of the first finding with the word.
        finding: String,
        /// The word.
        word: String,
        /// A form, and the other word.
        forms: Vec<(String, String)>,
    },
}

/// One word of a phrase and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordForms {
    /// As written in the phrase.
    pub word: String,
    /// Every form; a stem ends in `*`.
    pub forms: Vec<String>,
}

/// A phrase, and the words in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseForms {
    /// As written.
    pub phrase: String,
    /// How many plain sequences it stands for.
    pub variants: usize,
    /// Each word once, in the order of writing.
    pub words: Vec<WordForms>,
}

impl Rulebook {
    /// Everything that is hardly meant, in the order of files and lines.
    pub fn advice(&self) -> Vec<Advice> {
        let mut advice = Vec::new();
        let used = self.used();
        for (index, rule) in self.findings.iter().enumerate().filter(|(_, rule)| !rule.disabled) {
            let mut tell = |kind| {
                advice.push(Advice { file: rule.at.file.clone(), line: rule.at.line, kind });
            };
            let finding = || rule.id.clone();
            if let Some(why) = self.never_met(rule) {
                tell(AdviceKind::NeverMet { finding: finding(), why });
            }
            if !used.contains(&(index as u32)) {
                tell(AdviceKind::Unused { finding: finding() });
            }
            for (phrase, by) in self.shadowed(rule) {
                tell(AdviceKind::Shadowed { finding: finding(), phrase, by });
            }
        }
        advice.extend(self.homonyms());
        advice.sort();
        advice
    }

    /// The expanded forms of a finding's phrases; `None` if there is no such finding.
    pub fn forms(&self, finding: &str) -> Option<Vec<PhraseForms>> {
        let rule = self.findings.iter().find(|rule| rule.id == finding)?;
        let inflector = Inflector::new(&self.lang).ok()?;
        let expand = |atom: &Atom| match atom {
            Atom::Exact(form) => (format!("={form}"), vec![form.clone()]),
            Atom::Prefix(prefix) => (format!("{prefix}*"), vec![format!("{prefix}*")]),
            Atom::Family(name) => {
                (format!("#{name}"), self.families.get(name).cloned().unwrap_or_default())
            }
            Atom::Word(word) => match inflector.of(word) {
                Forms::Listed(forms) => (word.clone(), forms),
                Forms::Stem(stem) => (word.clone(), vec![format!("{stem}*")]),
            },
        };
        let phrases = rule.phrases.iter().map(|written| {
            let sequences = self.sequences_of(written);
            let mut words: Vec<WordForms> = Vec::new();
            for atom in sequences.iter().flatten().flat_map(atoms) {
                let (word, forms) = expand(atom);
                if !words.iter().any(|have| have.word == word) {
                    words.push(WordForms { word, forms });
                }
            }
            PhraseForms { phrase: written.clone(), variants: sequences.len(), words }
        });
        Some(phrases.collect())
    }

    fn sequences_of(&self, phrase: &str) -> Vec<Vec<Part>> {
        phrase::parse(phrase, self.lexicon.spelling()).unwrap_or_default()
    }

    /// What something looks at.
    fn used(&self) -> BTreeSet<u32> {
        let mut used = BTreeSet::new();
        let mut see = |set: &Set| used.extend(set.iter().copied());
        for rule in &self.findings {
            see(&rule.any);
            if let Some((_, set)) = &rule.rest {
                see(set);
            }
            for window in &rule.windows {
                if let Window::After(set) | Window::Before(set) = window {
                    see(set);
                }
            }
            rule.expressions().for_each(|expression| expression.each(&mut see));
        }
        for exchange in &self.exchanges {
            see(&exchange.on);
            let expressions =
                [exchange.zero.as_ref(), Some(&exchange.full), exchange.half.as_ref()];
            expressions.into_iter().flatten().for_each(|expression| expression.each(&mut see));
        }
        for kind in &self.types {
            kind.signs.iter().for_each(|(condition, _)| condition.each(&mut see));
        }
        for rule in &self.criteria {
            let expressions = [&rule.unknown, &rule.na, &rule.zero, &rule.full, &rule.half];
            expressions.into_iter().flatten().for_each(|expression| expression.each(&mut see));
            see(&rule.looks_for);
        }
        self.attention.iter().for_each(|rule| rule.condition.each(&mut see));
        if let Some(negation) = self.negation {
            used.insert(negation.words);
            used.extend(negation.weak);
        }
        used
    }

    /// Why a finding can never be met, where that is certain.
    fn never_met(&self, rule: &FindingRule) -> Option<String> {
        let other_side = |set: &Set| {
            let who = rule.who?;
            let all = !set.is_empty()
                && set.iter().all(|index| {
                    let other = self.findings.get(*index as usize).and_then(|rule| rule.who);
                    other.is_some_and(|other| other != who)
                });
            all.then(|| self.set_name(set))
        };
        if rule.phrases.is_empty()
            && let Some(names) = other_side(&rule.any)
        {
            return Some(format!("`who` is another than that of `{names}` in `any`"));
        }
        // Only a plain name is certain: `a or b` may be met by the other part.
        if let Some(crate::rules::expr::Expr::Any(set)) = &rule.with_expr
            && let Some(names) = other_side(set)
        {
            return Some(format!(
                "`with` wants `{names}`, which the other side says, in the same turn"
            ));
        }
        let mut first_share = None;
        let mut last_share = None;
        for window in &rule.windows {
            match window {
                Window::FirstShare(share) => first_share = Some(*share),
                Window::LastShare(share) => last_share = Some(*share),
                Window::After(set) => {
                    let before = rule
                        .windows
                        .iter()
                        .any(|other| matches!(other, Window::Before(before) if before == set));
                    if before {
                        return Some(format!(
                            "it is wanted before and after `{}`",
                            self.set_name(set)
                        ));
                    }
                    let never = set.iter().all(|index| {
                        self.findings.get(*index as usize).is_some_and(|rule| rule.disabled)
                    });
                    if never {
                        return Some(format!(
                            "it is wanted after `{}`, which is disabled",
                            self.set_name(set)
                        ));
                    }
                }
                _ => {}
            }
        }
        if let (Some(first), Some(last)) = (first_share, last_share)
            && first + last < 1.0
        {
            return Some("the first and the last part of the call do not touch".to_owned());
        }
        if rule
            .words
            .is_some_and(|bound| !bound.wants_more() && !bound.holds(1.0) && bound.number < 1.0)
        {
            return Some("`words` wants a turn without words".to_owned());
        }
        let unless: BTreeSet<&str> = rule.unless.iter().map(String::as_str).collect();
        let struck = !rule.phrases.is_empty()
            && rule.any.is_empty()
            && rule.phrases.iter().all(|phrase| unless.contains(phrase.as_str()));
        struck.then(|| "`unless` strikes out every phrase".to_owned())
    }

    /// Phrases whose every hit another phrase of the finding gives, with that phrase.
    fn shadowed(&self, rule: &FindingRule) -> Vec<(String, String)> {
        let sequences: Vec<Vec<Vec<Part>>> =
            rule.phrases.iter().map(|phrase| self.sequences_of(phrase)).collect();
        let mut found = Vec::new();
        for (index, own) in sequences.iter().enumerate() {
            let by = sequences.iter().enumerate().find(|(other, theirs)| {
                let covers = *other != index
                    && !own.is_empty()
                    && own.iter().all(|long| theirs.iter().any(|short| holds(long, short)));
                // Of two that say the same the first stays.
                let mutual = || {
                    *other > index
                        && theirs.iter().all(|long| own.iter().any(|short| holds(long, short)))
                };
                covers && !mutual()
            });
            if let Some((other, _)) = by {
                found.push((rule.phrases[index].clone(), rule.phrases[other].clone()));
            }
        }
        found
    }

    /// Words of phrases whose forms belong to another common word. Russian only: other languages have no dictionary here.
    fn homonyms(&self) -> Vec<Advice> {
        if self.lang != "ru" {
            return Vec::new();
        }
        let (Ok(dictionary), Ok(inflector)) = (Dictionary::bundled(), Inflector::new(&self.lang))
        else {
            return Vec::new();
        };
        let mut words: BTreeMap<String, &FindingRule> = BTreeMap::new();
        for rule in self.findings.iter().filter(|rule| !rule.disabled) {
            for phrase in &rule.phrases {
                let sequences = self.sequences_of(phrase);
                // Beside other words a homonym does no harm.
                let alone = sequences.iter().filter(|sequence| sequence.len() == 1);
                for atom in alone.flatten().flat_map(atoms) {
                    if let Atom::Word(word) = atom {
                        words.entry(word.clone()).or_insert(rule);
                    }
                }
            }
        }
        let mut advice = Vec::new();
        for (word, rule) in words {
            let Forms::Listed(forms) = inflector.of(&word) else { continue };
            let own: BTreeSet<String> = lemmas(&dictionary, &word).into_keys().collect();
            let mut shared: Vec<(String, String)> = Vec::new();
            for form in forms {
                let other = lemmas(&dictionary, &form)
                    .into_iter()
                    .filter(|(lemma, share)| {
                        COMMON <= *share && !own.contains(lemma) && !is_kin(lemma, &word)
                    })
                    .max_by(|one, other| one.1.total_cmp(&other.1));
                if let Some((lemma, _)) = other {
                    shared.push((form, lemma));
                }
            }
            if !shared.is_empty() {
                let kind = AdviceKind::Homonym { finding: rule.id.clone(), word, forms: shared };
                advice.push(Advice { file: rule.at.file.clone(), line: rule.at.line, kind });
            }
        }
        advice
    }
}

/// The words of a part.
fn atoms(part: &Part) -> &[Atom] {
    match part {
        Part::Any(atoms) => atoms,
        _ => &[],
    }
}

/// The lemmas of a form, with their shares.
fn lemmas(dictionary: &Dictionary, form: &str) -> BTreeMap<String, f64> {
    let mut shares = BTreeMap::new();
    for analysis in dictionary.analyze(form) {
        let lemma = analysis.lemma.to_lowercase().replace('ё', "е");
        *shares.entry(lemma).or_insert(0.0) += analysis.prob;
    }
    shares
}

/// Whether two words look like one root: a participle beside its verb is no other word to a reader.
fn is_kin(one: &str, other: &str) -> bool {
    let alike = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    4 <= alike
}

/// Whether `short` is met wherever `long` is: a run of parts of `long`, each at least as wide in `short`.
fn holds(long: &[Part], short: &[Part]) -> bool {
    let wide = |narrow: &Part, wide: &Part| match (narrow, wide) {
        (Part::Any(narrow), Part::Any(wide)) => narrow.iter().all(|atom| wide.contains(atom)),
        (Part::Gap(narrow), Part::Gap(wide)) => narrow <= wide,
        _ => narrow == wide,
    };
    short.len() <= long.len()
        && long
            .windows(short.len())
            .any(|run| run.iter().zip(short).all(|(narrow, part)| wide(narrow, part)))
}
