//! Letters of a script that the language of the calls does not use.
//!
//! On noise Whisper changes to other languages. Latin letters alone prove little in a Russian call (brands, `CRM`,
//! `OK`), so a Latin utterance falls only when it is a sentence or is doubted; Chinese or Arabic ones always fall.

/// Scripts that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Cyrillic,
    Latin,
    Other,
}

/// Languages written in Cyrillic that Whisper knows, by its codes; all others that are not listed below are Latin.
const CYRILLIC: &[&str] = &["ru", "uk", "be", "bg", "mk", "sr", "kk", "mn", "tg", "tt", "ba"];

/// Languages in scripts of which this guard knows nothing: it lets everything pass.
const UNJUDGED: &[&str] = &[
    "zh", "ja", "ko", "yue", "ar", "fa", "ur", "ps", "sd", "he", "yi", "el", "hy", "ka", "hi",
    "mr", "ne", "sa", "bn", "as", "pa", "gu", "ta", "te", "kn", "ml", "si", "th", "lo", "my", "bo",
    "km", "am",
];

/// Words from which on a Latin utterance is a sentence.
const SENTENCE: usize = 3;

/// Confidence under which a shorter Latin utterance falls.
const DOUBTED: f32 = 0.5;

/// Whether an utterance of these words, recognized with this mean confidence (0 to 1), cannot be in `language`; also when
/// there is neither letter nor digit in it.
pub fn foreign(words: &[&str], confidence: f32, language: &str) -> bool {
    let (mut own, mut latin, mut other, mut digits) = (0_usize, 0_usize, 0_usize, 0_usize);
    let home = if CYRILLIC.contains(&language) { Script::Cyrillic } else { Script::Latin };
    for c in words.iter().flat_map(|word| word.chars()) {
        if c.is_numeric() {
            digits += 1;
        } else if c.is_alphabetic() {
            match script(c) {
                script if script == home => own += 1,
                Script::Latin => latin += 1,
                Script::Cyrillic | Script::Other => other += 1,
            }
        }
    }
    if own + latin + other + digits == 0 {
        return true;
    }
    if UNJUDGED.contains(&language) {
        return false;
    }
    if other > own + latin {
        return true;
    }
    // Brands stand between words of the call's own; four fifths Latin letters are another language.
    latin > 4 * own && (SENTENCE <= words.len() || confidence < DOUBTED)
}

fn script(c: char) -> Script {
    match c {
        '\u{0400}'..='\u{052f}' => Script::Cyrillic,
        'a'..='z' | 'A'..='Z' | '\u{00c0}'..='\u{024f}' => Script::Latin,
        _ => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: &str, text: &str, confidence: f32, expected: bool) {
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(foreign(&words, confidence, language), expected, "{text}");
    }

    #[test]
    fn other_scripts_always_fall() {
        check("ru", "谢谢大家", 0.9, true);
        check("ru", "شكرا لك", 0.9, true);
        check("en", "здравствуйте", 0.9, true);
    }

    #[test]
    fn latin_sentence_in_a_russian_call_falls_and_a_brand_stays() {
        check("ru", "Thank you for watching.", 0.9, true);
        check("ru", "iPhone", 0.9, false);
        check("ru", "you", 0.2, true);
        check("ru", "у нас CRM amoCRM и Bitrix", 0.9, false);
    }

    #[test]
    fn own_script_and_digits_stay() {
        check("ru", "да, хорошо", 0.1, false);
        check("ru", "8 800", 0.9, false);
        check("en", "thank you", 0.9, false);
    }

    #[test]
    fn no_letter_at_all_falls() {
        check("ru", "...", 0.9, true);
        check("zh", "!!", 0.9, true);
    }

    #[test]
    fn languages_that_are_not_judged_pass() {
        check("ja", "ありがとう", 0.9, false);
    }
}
