//! Phrases: the small language in which a rule says what people say.
//!
//! `word` any form of its lemma, `=word` this form only, `wor*` any word that starts so, `#family` any word
//! of a family, `{slot}` whatever a slot stands for, `a|b` either, `( )` a group, `[ ]` may be missing, `..`
//! up to three content words in between (`..6` up to six). Inside brackets `|` parts whole branches,
//! outside it parts the two words beside it. A phrase is expanded here into plain sequences;
//! what a word means is the lexicon's business.

use crate::rules::matcher::MAX_PARTS;
use crate::rules::token::{self, Spelling};

/// How many plain sequences one phrase may become.
pub(crate) const MAX_EXPANSION: usize = 256;
/// How many content words a gap may hold.
pub(crate) const MAX_GAP: u8 = 12;

/// One word as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Atom {
    /// Any form of the lemma.
    Word(String),
    /// This form only.
    Exact(String),
    /// Any word that starts so.
    Prefix(String),
    /// Any word of the family.
    Family(String),
}

/// One part of a plain sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// One token that is any of these.
    Any(Vec<Atom>),
    /// What a slot stands for: one or more tokens.
    Slot(String),
    /// Up to so many content words.
    Gap(u8),
}

/// The plain sequences of a phrase.
///
/// # Errors
///
/// Says what is wrong and what to do.
pub(crate) fn parse(phrase: &str, spelling: &Spelling) -> Result<Vec<Vec<Part>>, String> {
    let tokens = lex(phrase)?;
    let mut reader = Reader { tokens: &tokens, at: 0, spelling };
    let sequences = reader.alternatives(0)?;
    if reader.at < tokens.len() {
        return Err("a bracket is closed that was not opened; remove it".to_owned());
    }
    for sequence in &sequences {
        if sequence.is_empty() {
            return Err(
                "everything in the phrase may be missing; leave at least one word outside `[ ]`"
                    .to_owned(),
            );
        }
        let edge = |part: Option<&Part>| matches!(part, Some(Part::Gap(_)));
        if edge(sequence.first()) || edge(sequence.last()) {
            return Err("`..` stands at the edge of the phrase; put words on both sides".to_owned());
        }
    }
    Ok(sequences)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Sign {
    Bar,
    Open,
    Close,
    OpenOptional,
    CloseOptional,
    Gap(u8),
    Slot(String),
    Word(String),
}

fn lex(phrase: &str) -> Result<Vec<Sign>, String> {
    let mut signs = Vec::new();
    let mut chars = phrase.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | ',' => {}
            '|' => signs.push(Sign::Bar),
            '(' => signs.push(Sign::Open),
            ')' => signs.push(Sign::Close),
            '[' => signs.push(Sign::OpenOptional),
            ']' => signs.push(Sign::CloseOptional),
            '.' => {
                if chars.next() != Some('.') {
                    return Err("a single `.` has no meaning; write `..` for a gap".to_owned());
                }
                let mut digits = String::new();
                while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                let words = if digits.is_empty() { Ok(3) } else { digits.parse() };
                match words {
                    Ok(words @ 1..=MAX_GAP) => signs.push(Sign::Gap(words)),
                    _ => return Err(format!("a gap holds 1 to {MAX_GAP} words, not `{digits}`")),
                }
            }
            '{' => {
                let name: String = std::iter::from_fn(|| chars.next_if(|c| *c != '}')).collect();
                if chars.next().is_none() {
                    return Err(format!("`{{{name}` is not closed; add a curly bracket"));
                }
                signs.push(Sign::Slot(name.trim().to_owned()));
            }
            _ => {
                let mut word = String::from(c);
                while let Some(next) = chars.next_if(|c| !" \t\n,|()[]{".contains(*c) && *c != '.')
                {
                    word.push(next);
                }
                signs.push(Sign::Word(word));
            }
        }
    }
    Ok(signs)
}

struct Reader<'a> {
    tokens: &'a [Sign],
    at: usize,
    spelling: &'a Spelling,
}

impl Reader<'_> {
    /// `a b | c`: every plain sequence of either side.
    fn alternatives(&mut self, depth: u8) -> Result<Vec<Vec<Part>>, String> {
        if depth > 8 {
            return Err("brackets are nested more than eight deep; split the phrase".to_owned());
        }
        let mut branches = vec![self.sequence(depth)?];
        let mut count = variants(&branches[0]);
        while self.tokens.get(self.at) == Some(&Sign::Bar) {
            self.at += 1;
            let branch = self.sequence(depth)?;
            // Before they are kept: each may stand for very many, and a file has room for a hundred thousand.
            count += variants(&branch);
            if count > MAX_EXPANSION {
                return Err(too_many_variants());
            }
            branches.push(branch);
        }
        if branches.len() > 1 && branches.iter().any(|branch| branch == &[Vec::new()]) {
            return Err("one side of `|` is empty; write a word there or use `[ ]`".to_owned());
        }
        // Alternatives of one token each stay one token: this is what keeps expansion small.
        let mut joined: Vec<Atom> = Vec::new();
        let mut all: Vec<Vec<Part>> = Vec::new();
        for sequence in branches.into_iter().flatten() {
            match sequence.as_slice() {
                [Part::Any(atoms)] => joined.extend(atoms.iter().cloned()),
                _ => all.push(sequence),
            }
        }
        if !joined.is_empty() {
            all.insert(0, vec![Part::Any(joined)]);
        }
        Ok(all)
    }

    /// `a b [c]`: the product of its parts.
    fn sequence(&mut self, depth: u8) -> Result<Vec<Vec<Part>>, String> {
        let mut whole: Vec<Vec<Part>> = vec![Vec::new()];
        while let Some(sign) = self.tokens.get(self.at) {
            let choices = match sign {
                Sign::Bar | Sign::Close | Sign::CloseOptional => break,
                Sign::Gap(words) => vec![vec![Part::Gap(*words)]],
                Sign::Slot(name) => vec![vec![Part::Slot(name.clone())]],
                // Outside of brackets `|` binds closer than the space: `a|b c` is `(a|b) c`.
                Sign::Word(word) => {
                    let mut choices = vec![self.word(word)?];
                    while depth == 0 && self.tokens.get(self.at + 1) == Some(&Sign::Bar) {
                        match self.tokens.get(self.at + 2) {
                            Some(Sign::Word(next)) => {
                                choices.push(self.word(next)?);
                                self.at += 2;
                            }
                            _ => break,
                        }
                    }
                    fused(choices)
                }
                Sign::Open | Sign::OpenOptional => {
                    let (close, optional) = if sign == &Sign::Open {
                        (Sign::Close, false)
                    } else {
                        (Sign::CloseOptional, true)
                    };
                    self.at += 1;
                    let mut choices = self.alternatives(depth + 1)?;
                    if self.tokens.get(self.at) != Some(&close) {
                        return Err("a bracket is not closed; add `)` or `]`".to_owned());
                    }
                    if optional {
                        choices.push(Vec::new());
                    }
                    choices
                }
            };
            self.at += 1;
            if whole.len() * choices.len() > MAX_EXPANSION {
                return Err(too_many_variants());
            }
            // Before they are multiplied: a long line of words and a few `[ ]` would be millions of parts.
            let longest = |all: &[Vec<Part>]| all.iter().map(Vec::len).max().unwrap_or(0);
            let parts = longest(&whole) + longest(&choices);
            if parts > MAX_PARTS {
                return Err(format!(
                    "the phrase has {parts} parts and more, at most {MAX_PARTS} are possible; split it"
                ));
            }
            whole = whole
                .iter()
                .flat_map(|head| {
                    choices.iter().map(|tail| [head.as_slice(), tail.as_slice()].concat())
                })
                .collect();
        }
        Ok(whole)
    }

    fn word(&self, written: &str) -> Result<Vec<Part>, String> {
        let (kind, body): (fn(String) -> Atom, &str) = if let Some(body) = written.strip_prefix('=')
        {
            (Atom::Exact, body)
        } else if let Some(name) = written.strip_prefix('#') {
            return Ok(vec![Part::Any(vec![Atom::Family(name.to_owned())])]);
        } else if let Some(body) = written.strip_suffix('*') {
            if body.chars().count() < 3 {
                return Err(format!(
                    "`{written}` would meet too much; write at least three letters before `*`"
                ));
            }
            (Atom::Prefix, body)
        } else {
            (Atom::Word, written)
        };
        if let Some(sign) = body.chars().find(|c| "=*#?!;".contains(*c)) {
            return Err(format!("`{sign}` inside `{written}` has no meaning; remove it"));
        }
        let parts: Vec<Part> = token::pieces(body, self.spelling)
            .into_iter()
            .map(|piece| Part::Any(vec![kind(piece.text)]))
            .collect();
        if parts.is_empty() {
            return Err(format!("`{written}` holds no letter; write a word"));
        }
        Ok(parts)
    }
}

/// How many sequences a branch adds; one of a single token joins those beside it and adds none.
fn variants(branch: &[Vec<Part>]) -> usize {
    branch.iter().filter(|sequence| !matches!(sequence.as_slice(), [Part::Any(_)])).count()
}

fn too_many_variants() -> String {
    format!("the phrase stands for more than {MAX_EXPANSION} variants; split it into several")
}

/// Alternatives of one token each become one part.
fn fused(choices: Vec<Vec<Part>>) -> Vec<Vec<Part>> {
    if choices.len() == 1 {
        return choices;
    }
    let mut joined = Vec::new();
    let mut all = Vec::new();
    for choice in choices {
        match choice.as_slice() {
            [Part::Any(atoms)] => joined.extend(atoms.iter().cloned()),
            _ => all.push(choice),
        }
    }
    if !joined.is_empty() {
        all.insert(0, vec![Part::Any(joined)]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(phrase: &str) -> Result<Vec<String>, String> {
        let atom = |atom: &Atom| match atom {
            Atom::Word(word) => word.clone(),
            Atom::Exact(word) => format!("={word}"),
            Atom::Prefix(word) => format!("{word}*"),
            Atom::Family(word) => format!("#{word}"),
        };
        let part = |part: &Part| match part {
            Part::Any(atoms) => atoms.iter().map(atom).collect::<Vec<_>>().join("/"),
            Part::Slot(name) => format!("{{{name}}}"),
            Part::Gap(words) => format!("..{words}"),
        };
        let sequences = parse(phrase, &Spelling::of("ru", vec!["то".to_owned()]))?;
        Ok(sequences
            .iter()
            .map(|parts| parts.iter().map(part).collect::<Vec<_>>().join(" "))
            .collect())
    }

    #[track_caller]
    fn check(phrase: &str, expected: &[&str]) {
        assert_eq!(shown(phrase).unwrap(), expected, "{phrase}");
    }

    #[track_caller]
    fn refused(phrase: &str, because: &str) {
        let fault = shown(phrase).unwrap_err();
        assert!(fault.contains(because), "{phrase}: {fault}");
    }

    #[test]
    fn words_in_a_row_are_one_sequence() {
        check("Добрый день", &["добрый день"]);
        check("что-то ещё", &["что еще"]);
        check("интернет-магазин", &["интернет магазин"]);
    }

    #[test]
    fn alternatives_of_one_word_stay_one_part() {
        check("добрый (день|утро|вечер)", &["добрый день/утро/вечер"]);
        check("фирма|магазин {company}", &["фирма/магазин {company}"]);
    }

    #[test]
    fn alternatives_of_several_words_and_options_are_expanded() {
        check("(как дела|привет) вам", &["привет вам", "как дела вам"]);
        check("удобно [вам] говорить", &["удобно вам говорить", "удобно говорить"]);
    }

    #[test]
    fn expert_signs() {
        check("=дорого рассроч* #send .. {day}", &["=дорого рассроч* #send ..3 {day}"]);
        check("цена ..6 высокая", &["цена ..6 высокая"]);
    }

    #[test]
    fn faults_say_what_to_do() {
        refused("(а", "not closed");
        refused("а)", "not opened");
        refused("[а]", "may be missing");
        refused(".. а", "edge");
        refused("а ..99 б", "1 to 12");
        refused("ав*", "three letters");
        refused("{name", "curly");
        refused("а . б", "single");
        refused("(а|)", "empty");
        refused("=а|=б|", "empty");
        refused(&"[а] ".repeat(9), "variants");
        refused(&"а ".repeat(17), "parts");
        refused(&format!("{}{}", "[а] ".repeat(7), "б ".repeat(100_000)), "parts");
        refused(&"(".repeat(100_000), "nested");
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_written_is_read_within_the_limits_or_refused(
            signs in proptest::collection::vec(
                proptest::sample::select(vec![
                    "дом", "=дом", "дом*", "#a", "{name}", "{", "}", "..", "..6", "..99", ".", "|", "(", ")", "[", "]",
                    " ", "25", "25 000", "ё", "е\u{308}", "что-то", "*", "=", "#", "€", "\u{0}", "5pm", "😀",
                ]),
                0..40,
            )
        ) {
            let russian = Spelling::of("ru", vec!["то".to_owned()]);
            for spelling in [russian, Spelling::of("en", Vec::new())] {
                if let Ok(sequences) = parse(&signs.concat(), &spelling) {
                    proptest::prop_assert!(sequences.len() <= MAX_EXPANSION);
                    proptest::prop_assert!(sequences.iter().all(|parts| !parts.is_empty() && parts.len() <= MAX_PARTS));
                }
            }
        }

        #[test]
        fn any_text_at_all_is_read_or_refused(text in ".{0,60}") {
            let _ = parse(&text, &Spelling::default());
        }
    }
}
