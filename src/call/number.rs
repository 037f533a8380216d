//! Telephone numbers, so that one number is written in one way wherever it comes from.
//!
//! The plan is that of Russia and its neighbors: `8…`, `7…`, `+7…` and ten digits are the same number. Whatever does not
//! fit is kept as its digits: a foreign number is never bent into a Russian one. Names and lookups are not made here.

/// Longest number of the world (ITU E.164), in digits; longer ones carry a prefix that we do not know.
const MOST_DIGITS: usize = 18;

/// Longest number that counts as one of inside. A roster may name longer ones.
const MOST_INSIDE: usize = 5;

/// What a switchboard writes where somebody hides the number.
const HIDDEN: &[&str] = &[
    "unknown",
    "anonymous",
    "withheld",
    "private",
    "restricted",
    "unavailable",
    "blocked",
    "hidden",
    "скрыт",
    "неизвестен",
];

/// One side of a call, as a number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// Two to five digits: an extension.
    Inside(String),
    /// A number of the public network: `+7` and ten digits, `+` and a foreign one, or the digits as they came.
    Outside(String),
    /// There is one, and it is hidden.
    Hidden,
}

impl Number {
    /// Reads a number in any usual spelling; `None` for what is none (`s`, `*97`, a name).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if HIDDEN.contains(&text.to_lowercase().as_str()) {
            return Some(Self::Hidden);
        }
        let plain: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}')).collect();
        let (plus, digits) = match plain.strip_prefix('+') {
            Some(digits) => (true, digits),
            None => (false, plain.as_str()),
        };
        if digits.is_empty()
            || MOST_DIGITS < digits.len()
            || !digits.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let outside = |text: String| Some(Self::Outside(text));
        if plus {
            // Some exchanges put a plus in front of the Russian trunk prefix.
            return outside(match digits.strip_prefix('8') {
                Some(rest) if rest.len() == 10 && is_home(rest) => format!("+7{rest}"),
                _ => format!("+{digits}"),
            });
        }
        if digits.len() == 1 {
            return None;
        }
        if digits.len() <= MOST_INSIDE {
            return Some(Self::Inside(digits.to_owned()));
        }
        // Dialed abroad: from Russia by 8 and 10, from elsewhere by 00.
        for prefix in ["810", "00"] {
            if let Some(rest) = digits.strip_prefix(prefix)
                && 10 <= rest.len()
                && rest.len() <= 15
                && !rest.starts_with('0')
                && 12 <= digits.len()
            {
                return outside(format!("+{rest}"));
            }
        }
        match digits.len() {
            11 if digits.starts_with(['7', '8']) && is_home(&digits[1..]) => {
                outside(format!("+7{}", &digits[1..]))
            }
            10 if is_home(digits) => outside(format!("+7{digits}")),
            _ => outside(digits.to_owned()),
        }
    }

    /// The digits, with the plus where there is one; `None` for a hidden number.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Inside(number) | Self::Outside(number) => Some(number),
            Self::Hidden => None,
        }
    }
}

/// Whether ten digits can be a number in the zone +7: codes begin with 3, 4, 8, 9 in Russia and 6, 7 in Kazakhstan.
fn is_home(digits: &str) -> bool {
    digits.starts_with(['3', '4', '6', '7', '8', '9'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: &[(&str, Option<&str>)]) {
        for (text, expected) in cases {
            let number = Number::parse(text);
            assert_eq!(number.as_ref().and_then(Number::as_str), *expected, "{text:?}");
        }
    }

    #[test]
    fn all_spellings_of_a_russian_number_are_one() {
        for text in [
            "89161234567",
            "79161234567",
            "+79161234567",
            "9161234567",
            "8 (916) 123-45-67",
            "+7 916 123 45 67",
            "+89161234567",
            "8.916.123.45.67",
        ] {
            check(&[(text, Some("+79161234567"))]);
        }
        check(&[("88001234567", Some("+78001234567")), ("4951234567", Some("+74951234567"))]);
    }

    #[test]
    fn foreign_numbers_are_kept() {
        check(&[
            ("+375291234567", Some("+375291234567")),
            ("375291234567", Some("375291234567")),
            ("810375291234567", Some("+375291234567")),
            ("00375291234567", Some("+375291234567")),
            ("+12125550123", Some("+12125550123")),
            ("12125550123", Some("12125550123")),
            ("2125550123", Some("2125550123")),
        ]);
    }

    #[test]
    fn short_ones_are_inside_and_local_ones_are_kept() {
        assert_eq!(Number::parse("201"), Some(Number::Inside("201".into())));
        assert_eq!(Number::parse("12345"), Some(Number::Inside("12345".into())));
        assert_eq!(Number::parse("223344"), Some(Number::Outside("223344".into())));
        assert_eq!(Number::parse("2233445"), Some(Number::Outside("2233445".into())));
    }

    #[test]
    fn what_is_no_number_is_none_and_what_is_hidden_is_said() {
        check(&[("s", None), ("*97", None), ("", None), ("7", None), ("0821XXXX8663", None)]);
        assert_eq!(Number::parse("Anonymous"), Some(Number::Hidden));
        assert_eq!(Number::parse("Скрыт"), Some(Number::Hidden));
        check(&[("1234567890123456789", None)]);
    }
}
