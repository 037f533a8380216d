//! Remarks about the sound instead of speech: `[музыка]`, `(смех)`, `*вздыхает*`, `♪`.
//!
//! They come from film subtitles; people do not speak in brackets.

use std::ops::Range;

/// Longest remark in words; a bracket that nobody closes takes only itself.
const LONGEST: usize = 6;

/// The first remark in `words`.
pub fn find(words: &[&str]) -> Option<Range<usize>> {
    for (start, word) in words.iter().enumerate() {
        if word.contains('♪') {
            return Some(start..start + 1);
        }
        let Some(closing) = word.chars().find_map(closing) else { continue };
        let opened_at = word.find(|c| self::closing(c).is_some()).unwrap_or(0);
        for (index, word) in words.iter().enumerate().skip(start).take(LONGEST) {
            let tail =
                if index == start { word.get(opened_at + 1..).unwrap_or_default() } else { word };
            if tail.contains(closing) {
                return Some(start..index + 1);
            }
        }
        // A lone asterisk or bracket within a word is taken for a slip of the pen, alone for a remark.
        if !word.chars().any(char::is_alphanumeric) {
            return Some(start..start + 1);
        }
    }
    None
}

fn closing(opening: char) -> Option<char> {
    match opening {
        '[' => Some(']'),
        '(' => Some(')'),
        '*' => Some('*'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        while let Some(range) = find(&words) {
            words.drain(range);
        }
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn remarks_in_brackets_go() {
        check("[музыка] здравствуйте (смех в зале) да", "здравствуйте да");
        check("*вздыхает* ну ладно ♪", "ну ладно");
    }

    #[test]
    fn bracket_that_nobody_closes_takes_only_itself() {
        check("да ( нет наверное", "да нет наверное");
        check("да (нет наверное", "да (нет наверное");
    }

    #[test]
    fn plain_speech_stays() {
        check("спасибо, до свидания!", "спасибо, до свидания!");
    }
}
