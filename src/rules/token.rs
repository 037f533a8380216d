//! Words to tokens: one way of writing for rules and transcripts.
//!
//! Recognizers differ in capitals, punctuation, ё and hyphens, people in particles. What a rule sees is
//! lower case with ё as е and nothing but letters and digits; which particles weigh nothing is said in
//! the rulebook. Word forms are none of this module's business.

/// One token of a word: most words give exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Lower case, ё as е.
    pub(crate) text: String,
    /// Digits only (with `.`, `,` or `:` between them).
    pub(crate) number: bool,
}

/// The tokens of one word as recognized or as written in a phrase.
///
/// Hyphens part a word; a part that `suffixes` names (`-то`, `-ка`) is dropped. `%` is a token.
pub(crate) fn pieces(word: &str, suffixes: &[String]) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::with_capacity(1);
    let mut current = String::new();
    let mut hyphen_before = false;
    let chars: Vec<char> = word.chars().collect();
    let close = |current: &mut String, after_hyphen: bool, found: &mut Vec<Piece>| {
        if current.is_empty() {
            return;
        }
        let text = std::mem::take(current);
        if after_hyphen && !found.is_empty() && suffixes.contains(&text) {
            return;
        }
        let number = text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| !c.is_alphabetic());
        found.push(Piece { text, number });
    };
    for (index, &c) in chars.iter().enumerate() {
        let digit =
            |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
        if c.is_alphanumeric() {
            for lower in c.to_lowercase() {
                current.push(if lower == 'ё' { 'е' } else { lower });
            }
        } else if matches!(c, '.' | ',' | ':')
            && digit(index.checked_sub(1))
            && digit(Some(index + 1))
        {
            current.push(c);
        } else {
            close(&mut current, hyphen_before, &mut found);
            hyphen_before = matches!(c, '-' | '\u{2011}');
            if c == '%' {
                found.push(Piece { text: "%".to_owned(), number: false });
            }
        }
    }
    close(&mut current, hyphen_before, &mut found);
    found
}

/// Whether a word ends a sentence, and whether as a question.
pub(crate) fn sentence_end(word: &str) -> Option<bool> {
    let tail = word.trim_end_matches(['»', '"', '”', ')', '\'']);
    match tail.chars().last() {
        Some('?') => Some(true),
        // `…` is a pause as often as an end, but a question does not go on over it.
        Some('.' | '!' | '…') => Some(tail.ends_with("?!") || tail.ends_with("?..")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: &[&str]) {
        let suffixes = ["то".to_owned(), "ка".to_owned()];
        let texts: Vec<String> =
            pieces(word, &suffixes).into_iter().map(|piece| piece.text).collect();
        assert_eq!(texts, expected, "{word}");
    }

    #[test]
    fn case_punctuation_and_yo_do_not_matter() {
        check("«Счёт!»", &["счет"]);
        check("…", &[]);
    }

    #[test]
    fn particles_after_a_hyphen_are_dropped_and_other_parts_are_kept() {
        check("что-то", &["что"]);
        check("скажите-ка,", &["скажите"]);
        check("интернет-магазин", &["интернет", "магазин"]);
        check("то", &["то"]);
    }

    #[test]
    fn numbers_keep_the_sign_between_their_digits() {
        check("16.520", &["16.520"]);
        check("9:30,", &["9:30"]);
        check("10%", &["10", "%"]);
        assert!(pieces("9:30", &[]).iter().all(|piece| piece.number));
        assert!(pieces("3d", &[]).iter().all(|piece| !piece.number));
    }

    #[test]
    fn a_question_mark_ends_a_sentence_as_a_question() {
        assert_eq!(sentence_end("удобно?»"), Some(true));
        assert_eq!(sentence_end("да."), Some(false));
        assert_eq!(sentence_end("да,"), None);
    }
}
