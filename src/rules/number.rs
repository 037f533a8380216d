//! Numbers: the value of a run of tokens, in digits or in words.
//!
//! «двадцать пять тысяч», «25 000» and «25 тыс» are one number, and a rule that says one of them means all. What a
//! word is worth is said in the rulebook (`[numbers]`), for any language that puts the greater part first; the
//! grammar of composing is here.

use crate::rules::token::value_of_digits;

/// What one token says of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Numeral {
    /// Digits as written, with how many there are before any sign.
    Digits { value: f64, digits: u8 },
    /// A word with a value.
    Word(f64),
    /// A word that multiplies what stands before it: the hundred of «two hundred».
    Times(f64),
    /// A word that joins the parts of a number: the «and» of «two hundred and five».
    Joint,
    /// A number whose value nobody knows: «9:30», a word without value.
    Open,
}

impl Numeral {
    /// Of a token in digits.
    pub(crate) fn of_digits(text: &str) -> Self {
        match value_of_digits(text) {
            Some(value) => {
                let plain = text.bytes().all(|byte| byte.is_ascii_digit());
                // A token with a sign inside groups no further.
                Self::Digits { value, digits: if plain { text.len().min(99) as u8 } else { 0 } }
            }
            None => Self::Open,
        }
    }
}

impl Numeral {
    /// As a rulebook writes the value of a word: `25`, `* 100` or `+`; nothing for anything else.
    pub(crate) fn written(text: &str) -> Option<Self> {
        if text == "+" {
            return Some(Self::Joint);
        }
        let (of, digits): (fn(f64) -> Self, _) = match text.strip_prefix('*') {
            Some(digits) => (Self::Times, digits.trim()),
            None => (Self::Word, text),
        };
        digits.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0).map(of)
    }

    /// The value that it has by itself.
    pub(crate) fn value(self) -> Option<f64> {
        match self {
            Self::Digits { value, .. } | Self::Word(value) => Some(value),
            Self::Times(_) | Self::Joint | Self::Open => None,
        }
    }

    /// Whether a joint between these two joins them.
    pub(crate) fn joins(before: Option<&Self>, after: Option<Self>) -> bool {
        matches!(before, Some(Self::Times(_)))
            && matches!(after, Some(Self::Word(_) | Self::Digits { .. }))
    }
}

/// From here a word multiplies what stands before it.
const SCALE: f64 = 1000.0;

/// The value of a run, and whether a scale («тысяча») was said in it; nothing where the run is not one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) value: f64,
    pub(crate) scaled: bool,
}

/// Composes a run of numerals: parts in descending order, scales over what stands before them, groups of three digits.
pub(crate) fn compose(run: impl IntoIterator<Item = Numeral>) -> Option<Value> {
    // Whole scales before; what is being composed; the unit under which the next part must stay.
    let (mut total, mut part, mut under) = (0.0_f64, 0.0_f64, f64::INFINITY);
    let (mut scale_before, mut scaled, mut empty) = (f64::INFINITY, false, true);
    // Whether everything so far is groups of digits.
    let mut grouping = true;
    let mut before = None;
    for numeral in run {
        match numeral {
            Numeral::Joint if matches!(before, Some(Numeral::Times(_))) => {}
            Numeral::Open | Numeral::Joint => return None,
            Numeral::Times(value) => {
                if part == 0.0 && value < under {
                    part = value;
                } else if 0.0 < part && part < value {
                    part *= value;
                } else {
                    return None;
                }
                under = value;
                grouping = false;
            }
            Numeral::Digits { value, digits } => {
                if empty {
                    part = value;
                    under = if (1..=3).contains(&digits) { 1.0 } else { 0.0 };
                } else if grouping && digits == 3 && under > 0.0 {
                    part = part * 1000.0 + value;
                } else if !grouping && digits > 0 && value < under {
                    part += value;
                    under = 0.0;
                } else {
                    return None;
                }
            }
            Numeral::Word(value) if value >= SCALE => {
                if value >= scale_before {
                    return None;
                }
                total += if part == 0.0 { value } else { part * value };
                (part, under, scale_before) = (0.0, value, value);
                scaled = true;
                grouping = false;
            }
            Numeral::Word(value) => {
                if !(empty || (!grouping && value < under)) {
                    return None;
                }
                part += value;
                under = unit(value);
                grouping = false;
            }
        }
        empty = false;
        before = Some(numeral);
    }
    if before == Some(Numeral::Joint) {
        return None;
    }
    let value = total + part;
    (!empty && value.is_finite()).then_some(Value { value, scaled })
}

/// What may still follow a part: under a hundred after hundreds, under ten after tens, nothing after ones.
fn unit(value: f64) -> f64 {
    if value >= 100.0 && value % 100.0 == 0.0 {
        100.0
    } else if value >= 20.0 && value % 10.0 == 0.0 {
        10.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits as they are; `=5` is a word worth five, `*100` one that multiplies, `+` one that joins.
    #[track_caller]
    fn check(run: &str, expected: Option<f64>) {
        let numerals = run.split_whitespace().map(|token| match token.strip_prefix('=') {
            Some(value) => Numeral::Word(value.parse().unwrap()),
            None if token.starts_with(['*', '+']) => Numeral::written(token).unwrap(),
            None => Numeral::of_digits(token),
        });
        assert_eq!(compose(numerals).map(|value| value.value), expected, "{run}");
    }

    #[test]
    fn words_and_digits_come_to_the_same_value() {
        check("=20 =5 =1000", Some(25_000.0));
        check("25 000", Some(25_000.0));
        check("25 =1000", Some(25_000.0));
        check("25000", Some(25_000.0));
        check("1 200 000", Some(1_200_000.0));
    }

    #[test]
    fn parts_are_added_and_scales_multiply() {
        check("=100 =20 =5", Some(125.0));
        check("=1.5 =1000", Some(1500.0));
        check("=1000", Some(1000.0));
        check("=2 =1000000 =300 =1000 =15", Some(2_300_015.0));
        check("2 =1000 500", Some(2500.0));
    }

    #[test]
    fn a_word_may_multiply_and_another_join() {
        check("=2 *100 + =50", Some(250.0));
        check("=2 *100 =5", Some(205.0));
        check("*100", Some(100.0));
        check("=5 =1000 =2 *100", Some(5200.0));
        check("=2 *100 =1000", Some(200_000.0));
        check("5 *100", Some(500.0));
        check("=2 + =3", None);
        check("=2 *100 +", None);
        check("*100 =5 *100", None);
    }

    #[test]
    fn numbers_in_a_row_are_not_one_number() {
        check("=2 =3", None);
        check("=5 =20", None);
        check("25 25", None);
        check("=1000 =1000000", None);
        check("9:30", None);
        check("", None);
        check("8 912 345 67 89", None);
    }
}
