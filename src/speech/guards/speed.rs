//! More letters than a mouth can say in the time.
//!
//! Fast Russian speech has about 20 letters a second, spaces included; text that Whisper invents on a breath has a
//! hundred.

/// Letters a second over all speech of a window (`asr.md` 3).
pub const WINDOW_LIMIT: f32 = 25.0;

/// Letters a second of one utterance, in the room that its neighbors leave. Twice what can be said, as a model may place
/// utterances badly: at 30 the demo model lost true sentences («скидка действует до пятницы») for their times alone.
pub const UTTERANCE_LIMIT: f32 = 45.0;

/// Whether `words` were said faster than `limit` letters a second allow. A digit counts for five letters, as it is said
/// as a word; a second is always granted, so that a few short words with a bad time are no invention.
pub fn too_fast(words: &[&str], room_ms: u32, limit: f32) -> bool {
    const GRANTED_MS: u32 = 1000;
    let spoken = |c: char| if c.is_numeric() { 5 } else { usize::from(c.is_alphabetic()) };
    let letters: usize = words.iter().map(|word| word.chars().map(spoken).sum::<usize>() + 1).sum();
    letters as f32 * 1000.0 > limit * room_ms.max(GRANTED_MS) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, room_ms: u32, expected: bool) {
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(too_fast(&words, room_ms, UTTERANCE_LIMIT), expected, "{text} in {room_ms} ms");
    }

    #[test]
    fn sentence_on_a_breath_is_too_fast() {
        check("субтитры к этому фильму сделали наши добрые друзья", 600, true);
    }

    #[test]
    fn fast_talk_is_not() {
        check("здравствуйте меня зовут анна чем могу помочь", 2000, false);
    }

    #[test]
    fn short_word_with_a_bad_time_is_not() {
        check("да", 10, false);
        check("здравствуйте", 40, false);
        check("спасибо вам ирина", 200, false);
    }

    #[test]
    fn digits_are_said_as_words() {
        check("8 800 555 35 35", 1200, true);
        check("8 800 555 35 35", 4000, false);
    }
}
