//! Slots that need code: what is seen in a call's words and not in a list of phrases.
//!
//! Numbers, quoted words, names, telephone numbers, mail addresses, times of day, questions, and the patterns of a rulebook.
//! Every other slot is phrases (`[slots]`), and a rulebook may add phrases to these too.

use std::ops::Range;

use crate::rules::lexicon::How;
use crate::rules::number::{Numeral, Value, compose};

/// What a slot is, inside a matcher.
pub(crate) type SlotId = u16;

/// A run of numbers.
pub(crate) const NUMBER: SlotId = 0;
/// Words in quotation marks.
pub(crate) const QUOTED: SlotId = 1;
/// A number said with a scale: «пять тысяч», «25 тыс».
pub(crate) const THOUSANDS: SlotId = 2;
/// A telephone number.
pub(crate) const PHONE: SlotId = 3;
/// A mail address.
pub(crate) const EMAIL: SlotId = 4;
/// A time of day in digits: «9:30».
pub(crate) const CLOCK: SlotId = 5;
/// A word that makes a question, or the last one of a sentence that asks.
pub(crate) const QUESTION: SlotId = 6;
/// A first name, with what stands beside it: patronymic, second name.
pub(crate) const NAME: SlotId = 7;
/// The name of one of the firm's managers.
pub(crate) const OWN_NAME: SlotId = 8;
/// The firm's name.
pub(crate) const COMPANY: SlotId = 9;
/// A product of the firm.
pub(crate) const PRODUCT: SlotId = 10;
/// The first slot of a rulebook.
pub(crate) const FIRST: SlotId = 11;

/// Names of the slots above, by id.
pub(crate) const NAMES: [&str; FIRST as usize] = [
    "number",
    "quoted",
    "thousands",
    "phone",
    "email",
    "clock",
    "question",
    "name",
    "own_name",
    "company",
    "product",
];

/// Something that a slot stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) token: u32,
    pub(crate) slot: SlotId,
    /// In tokens, at most [`LONGEST`].
    pub(crate) len: u8,
    pub(crate) how: How,
}

/// A number and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Counted {
    pub(crate) token: u32,
    pub(crate) len: u8,
    pub(crate) value: f64,
}

/// Slots longer than this are cut: the matcher looks at 64 tokens.
pub(crate) const LONGEST: usize = 60;

/// Marks a slot at each token of a run, up to the run's end: a phrase may begin in the middle.
pub(crate) fn run(slot: SlotId, tokens: Range<usize>, how: How, marks: &mut Vec<Mark>) {
    for token in tokens.clone() {
        let len = (tokens.end - token).min(LONGEST) as u8;
        marks.push(Mark { token: token as u32, slot, len, how });
    }
}

/// What a run of numbers is: a number, thousands, a telephone number.
pub(crate) fn numbers(
    tokens: Range<usize>,
    numerals: &[Numeral],
    marks: &mut Vec<Mark>,
    counted: &mut Vec<Counted>,
) {
    run(NUMBER, tokens.clone(), How::Exact, marks);
    let len = tokens.len().min(LONGEST) as u8;
    let mark = |slot: SlotId| Mark { token: tokens.start as u32, slot, len, how: How::Exact };
    match compose(numerals.iter().copied()) {
        Some(Value { value, scaled }) => {
            counted.push(Counted { token: tokens.start as u32, len, value });
            if scaled {
                marks.push(mark(THOUSANDS));
            }
            // «89123456789» is one token.
            if (1e9..1e11).contains(&value) && tokens.len() == 1 {
                marks.push(mark(PHONE));
            }
        }
        None if is_phone(numerals) => marks.push(mark(PHONE)),
        None => {}
    }
}

/// Ten or eleven digits in a row, seven in groups («345-67-89»), or four numbers and more that make no number.
fn is_phone(numerals: &[Numeral]) -> bool {
    let mut digits = 0;
    let mut words = 0;
    for numeral in numerals {
        match numeral {
            Numeral::Digits { digits: more, .. } => digits += u32::from(*more),
            Numeral::Word(value) if *value < 1000.0 => words += 1,
            Numeral::Word(_) | Numeral::Times(_) | Numeral::Joint | Numeral::Open => return false,
        }
    }
    (words == 0 && (digits == 10 || digits == 11 || (digits == 7 && numerals.len() > 1)))
        || (words > 0 && words + numerals.len() >= 8)
}

/// Whether a token in digits is a time of day.
pub(crate) fn is_clock(token: &str) -> bool {
    token.split_once(':').is_some_and(|(hours, minutes)| {
        minutes.len() == 2
            && hours.parse::<u8>().is_ok_and(|hours| hours < 24)
            && minutes.parse::<u8>().is_ok_and(|minutes| minutes < 60)
    })
}

/// Whether a word as recognized is a mail address.
pub(crate) fn is_email(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && host.split_once('.').is_some_and(|(name, end)| !name.is_empty() && end.len() > 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tokens: &str, expected: &[SlotId]) {
        let numerals: Vec<Numeral> = tokens
            .split_whitespace()
            .map(|token| match token.strip_prefix('=') {
                Some(value) => Numeral::Word(value.parse().unwrap()),
                None => Numeral::of_digits(token),
            })
            .collect();
        let (mut marks, mut counted) = (Vec::new(), Vec::new());
        numbers(0..numerals.len(), &numerals, &mut marks, &mut counted);
        let mut slots: Vec<SlotId> =
            marks.iter().filter(|mark| mark.token == 0).map(|mark| mark.slot).collect();
        slots.sort_unstable();
        assert_eq!(slots, expected, "{tokens}");
    }

    #[test]
    fn a_run_of_numbers_is_told_apart() {
        check("25", &[NUMBER]);
        check("=5 =1000", &[NUMBER, THOUSANDS]);
        check("7 912 345 67 89", &[NUMBER, PHONE]);
        check("345 67 89", &[NUMBER, PHONE]);
        check("89123456789", &[NUMBER, PHONE]);
        check("=8 =912 =300 =45 =60 =7", &[NUMBER, PHONE]);
        check("=2 =3", &[NUMBER]);
    }

    #[test]
    fn times_and_addresses_are_seen() {
        assert!(is_clock("9:30") && is_clock("23:59"));
        assert!(!is_clock("25:00") && !is_clock("9:3") && !is_clock("1:0:0"));
        assert!(is_email("info@dom.ru,"));
        assert!(!is_email("@dom.ru") && !is_email("info@dom") && !is_email("info"));
    }
}
