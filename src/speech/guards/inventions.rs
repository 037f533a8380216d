//! Texts that Whisper is known to invent on noise and silence: the credits of the films that it learned from.
//!
//! Two classes, because their costs differ. What nobody says in a call (who made the subtitles) is cut wherever it
//! stands, as Whisper glues it to real words. What somebody may well say («спасибо», «до новых встреч») falls only when
//! it is the whole utterance and the recognizer doubts it itself. The lists are data: `inventions/*.txt`, one for each
//! language, gathered from what users of Whisper report.

use std::ops::Range;

use super::key;

/// Language code and list.
const LISTS: &[(&str, &str)] =
    &[("ru", include_str!("inventions/ru.txt")), ("en", include_str!("inventions/en.txt"))];

/// Most words that a `*` takes in.
const TAIL: usize = 4;

/// The first credit in `words` that nobody says in a call, as a range to cut.
pub fn never_in_a_call(words: &[&str], language: &str) -> Option<Range<usize>> {
    let keys: Vec<String> = words.iter().map(|word| key(word)).collect();
    for start in 0..keys.len() {
        for pattern in patterns(language, "never") {
            if let Some(len) = match_len(&keys[start..], &words[start..], pattern) {
                return Some(start..start + len);
            }
        }
    }
    None
}

/// Whether the whole of `words` is something that Whisper likes to invent, though people say it as well.
pub fn possible_speech(words: &[&str], language: &str) -> bool {
    let keys: Vec<String> = words.iter().map(|word| key(word)).collect();
    patterns(language, "possible")
        .any(|pattern| match_len(&keys, words, pattern) == Some(keys.len()))
}

/// The patterns of one class.
fn patterns(language: &str, class: &'static str) -> impl Iterator<Item = &'static str> {
    let list = LISTS.iter().find(|(code, _)| *code == language).map_or("", |(_, list)| list);
    list.lines().filter_map(move |line| line.strip_prefix(class)?.strip_prefix(' '))
}

/// How many words at the beginning of `keys` a pattern takes in. Its parts are words, or `*` at the end: up to
/// [`TAIL`] more words, until one that ends a sentence.
fn match_len(keys: &[String], words: &[&str], pattern: &str) -> Option<usize> {
    let mut len = 0;
    for part in pattern.split_whitespace() {
        if part == "*" {
            let rest = &words[len..];
            let stop = rest.iter().take(TAIL).position(|word| ends_sentence(word));
            return Some(len + stop.map_or(rest.len().min(TAIL), |index| index + 1));
        }
        if keys.get(len).is_none_or(|key| key != part) {
            return None;
        }
        len += 1;
    }
    (len > 0).then_some(len)
}

/// A full stop after an initial («А. Семкин») ends nothing.
fn ends_sentence(word: &str) -> bool {
    word.ends_with(['.', '!', '?', '…']) && key(word).chars().count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn cut(text: &str, expected: &str) {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        while let Some(range) = never_in_a_call(&words, "ru") {
            words.drain(range);
        }
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn credits_are_cut_wherever_they_stand() {
        cut("До свидания. Субтитры создавал DimaTorzok", "До свидания.");
        cut("Редактор субтитров А.Семкин Корректор А.Егорова", "");
        cut("Субтитры сделал DimaTorzok. Да, слушаю вас", "Да, слушаю вас");
        cut("Субтитры подогнал «Симон»!", "");
    }

    #[test]
    fn thanks_for_the_subtitles_and_the_view_are_credits() {
        cut("Спасибо за субтитры Алексею Дубровскому!", "");
        cut("Спасибо за просмотр!", "");
        cut("Подписывайтесь на канал.", "");
    }

    #[test]
    fn what_people_say_is_not_cut() {
        for text in [
            "спасибо",
            "спасибо за звонок до свидания",
            "продолжение следует",
            "нам нужен корректор текстов",
            "редактор подойдёт к телефону",
        ] {
            cut(text, text);
        }
    }

    #[test]
    fn possible_speech_is_the_whole_utterance_or_nothing() {
        let possible =
            |text: &str| possible_speech(&text.split_whitespace().collect::<Vec<_>>(), "ru");
        assert!(possible("Спасибо."));
        assert!(possible("Продолжение следует..."));
        assert!(!possible("Спасибо большое, всего доброго"));
        assert!(!possible(""));
    }

    #[test]
    fn other_languages_have_lists_of_their_own() {
        assert!(never_in_a_call(&["Субтитры", "сделал", "кто-то"], "en").is_none());
        assert!(never_in_a_call(&["Thanks", "for", "watching!"], "en").is_some());
        assert!(never_in_a_call(&["Thanks", "for", "watching!"], "xx").is_none());
    }

    #[test]
    fn every_line_of_the_lists_is_understood() {
        for (language, list) in LISTS {
            for line in list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
                let pattern =
                    line.strip_prefix("never ").or_else(|| line.strip_prefix("possible "));
                let pattern = pattern.unwrap_or_else(|| panic!("{language}: {line}"));
                let stars = pattern.matches('*').count();
                assert!(stars == 0 || (stars == 1 && pattern.ends_with('*')), "{language}: {line}");
                for word in pattern.split_whitespace().filter(|word| *word != "*") {
                    assert_eq!(key(word), word, "{language}: {line}: not as guards compare words");
                }
            }
        }
    }
}
