//! The same words over and over: Whisper's loops.
//!
//! People repeat themselves too («да, да, да, да», «алло, алло»), once or twice, and in each stretch of speech anew.
//! Only what goes far beyond that is a loop.

use std::collections::BTreeSet;
use std::ops::Range;

use super::key;

/// Longest repeated phrase that is looked for, in words.
const LONGEST: usize = 12;

/// How often a phrase of so many words may be said in one go. «Да-да-да-да-да» is heard, five sentences alike are not.
fn allowed(words: usize) -> usize {
    match words {
        1 => 6,
        2 => 4,
        _ => 2,
    }
}

/// The repeats, without the first time, of the first loop in `words`, which lie in `parts` stretches of speech.
pub fn loop_in(words: &[&str], parts: usize) -> Option<Range<usize>> {
    let keys: Vec<String> = words.iter().map(|word| key(word)).collect();
    // One more repeat for each further stretch: who is asked to hold says «да» in each.
    let extra = parts.saturating_sub(1);
    for start in 0..keys.len() {
        for len in 1..=LONGEST.min((keys.len() - start) / 2) {
            let phrase = &keys[start..start + len];
            let times = keys[start..].chunks(len).take_while(|chunk| *chunk == phrase).count();
            if times > allowed(len) + extra {
                return Some(start + len..start + len * times);
            }
        }
    }
    None
}

/// Whether `words` go round in circles without repeating one phrase exactly: most of their triples are not new.
pub fn circles(words: &[&str]) -> bool {
    /// Fewer words prove nothing.
    const LEAST: usize = 30;
    if words.len() < LEAST {
        return false;
    }
    let keys: Vec<String> = words.iter().map(|word| key(word)).collect();
    let distinct: BTreeSet<&[String]> = keys.windows(3).collect();
    distinct.len() * 2 < keys.len() - 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stays of `text` when loops are cut.
    #[track_caller]
    fn check(text: &str, parts: usize, expected: &str) {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        while let Some(range) = loop_in(&words, parts) {
            words.drain(range);
        }
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn loop_of_a_word_is_cut_to_one() {
        check("ну да да да да да да да да хорошо", 1, "ну да хорошо");
    }

    #[test]
    fn loop_of_a_phrase_is_cut_to_one() {
        check("я вас слышу я вас слышу я вас слышу до свидания", 1, "я вас слышу до свидания");
        check("Я вас слышу. я вас слышу, я вас слышу", 1, "Я вас слышу.");
    }

    #[test]
    fn what_people_repeat_is_left_alone() {
        for text in
            ["да да да да", "алло алло алло", "вы меня слышите вы меня слышите", "8 800 800 800"]
        {
            check(text, 1, text);
        }
    }

    #[test]
    fn one_yes_in_each_stretch_is_no_loop() {
        check("да да да да да да да да", 8, "да да да да да да да да");
    }

    #[test]
    fn nearly_the_same_over_and_over_goes_in_circles() {
        let text = "мы вам перезвоним сегодня ".repeat(4) + &"мы вам перезвоним завтра ".repeat(5);
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(circles(&words));
        let plain = "здравствуйте меня зовут анна компания окна звоню по вашей заявке скажите пожалуйста \
                     удобно ли вам сейчас говорить да удобно отлично тогда расскажите какие окна вас \
                     интересуют и на какой адрес их нужно привезти мы посчитаем цену";
        assert!(!circles(&plain.split_whitespace().collect::<Vec<_>>()));
    }
}
