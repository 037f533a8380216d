//! Windows: where in a call a finding counts.
//!
//! `first 3 turns` (of the finding's speaker), `last 60 s`, `first 25 %`, `after offer`, `before offer`; joined
//! with `and`. The clock of seconds and percent starts with the first word and ends with the last, not
//! at the edges of the file: ring-back and waiting music are no part of the talk. Only read here.

/// One condition of a window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Window<F> {
    FirstTurns(u32),
    LastTurns(u32),
    FirstMs(u32),
    LastMs(u32),
    /// 0 to 1.
    FirstShare(f64),
    /// 0 to 1.
    LastShare(f64),
    /// After the first hit; without a hit nothing is after it.
    After(F),
    /// Before the first hit; without a hit everything is before it.
    Before(F),
}

/// How far an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Turns of anybody.
    pub(crate) turns: u32,
    /// Milliseconds; what reaches farther counts.
    pub(crate) ms: u32,
    /// Content words in between, of anybody.
    pub(crate) words: u32,
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        if 0 < self.turns {
            parts.push(format!("{} turns", self.turns));
        }
        if 0 < self.ms {
            parts.push(format!("{} s", f64::from(self.ms) / 1000.0));
        }
        if 0 < self.words {
            parts.push(format!("{} words", self.words));
        }
        f.write_str(&parts.join(" or "))
    }
}

/// Where in its turn a hit must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// At most so many content words of the turn stand before it.
    AfterWords(u32),
    /// At most so many content words of the turn stand after it.
    BeforeWords(u32),
}

impl Seat {
    /// `start`, `end`, `first 5 words`, `last 5 words`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is no place in a turn; write `start`, `end`, `first 5 words` or `last 5 words`"
            )
        };
        match text {
            "start" => return Ok(Self::AfterWords(0)),
            "end" => return Ok(Self::BeforeWords(0)),
            _ => {}
        }
        let (head, rest) = text.split_once(' ').ok_or_else(fault)?;
        // A hit is one of these words, so one less may stand on its other side.
        match (head, amount(rest)?) {
            ("first", (number, Unit::Words)) => {
                Ok(Self::AfterWords((number as u32).saturating_sub(1)))
            }
            ("last", (number, Unit::Words)) => {
                Ok(Self::BeforeWords((number as u32).saturating_sub(1)))
            }
            _ => Err(fault()),
        }
    }
}

impl Reach {
    /// Where a rule says nothing.
    pub(crate) const DEFAULT: Self = Self { turns: 2, ms: 0, words: 0 };

    /// `3 turns`, `30 s`, `5 words`, `3 turns or 30 s`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reach = Self { turns: 0, ms: 0, words: 0 };
        for part in text.split(" or ") {
            match amount(part)? {
                (number, Unit::Turns) => reach.turns = number as u32,
                (number, Unit::Seconds) => reach.ms = (number * 1000.0) as u32,
                (number, Unit::Words) => reach.words = number as u32,
                (_, Unit::Percent) => {
                    return Err(format!(
                        "`{text}` is no distance; write `3 turns`, `30 s` or `5 words`"
                    ));
                }
            }
        }
        Ok(reach)
    }
}

enum Unit {
    Turns,
    Seconds,
    Percent,
    Words,
}

fn amount(text: &str) -> Result<(f64, Unit), String> {
    let fault = || format!("`{text}` is no length; write `3 turns`, `30 s` or `25 %`");
    let (number, unit) = text.trim().split_once(' ').ok_or_else(fault)?;
    let number: f64 = number.parse().map_err(|_| fault())?;
    let unit = match unit.trim() {
        "turn" | "turns" => Unit::Turns,
        "s" => Unit::Seconds,
        "%" => Unit::Percent,
        "word" | "words" => Unit::Words,
        _ => return Err(fault()),
    };
    if number.is_finite() && 0.0 < number && number <= 86_400.0 {
        Ok((number, unit))
    } else {
        Err(format!("`{text}` is impossible; write a length above 0 and below a day"))
    }
}

/// Reads a window.
///
/// # Errors
///
/// Says what is wrong and what to do.
pub(crate) fn parse(text: &str) -> Result<Vec<Window<String>>, String> {
    text.split(" and ").map(str::trim).map(one).collect()
}

fn one(text: &str) -> Result<Window<String>, String> {
    let (head, rest) = text.split_once(' ').unwrap_or((text, ""));
    match head {
        "first" | "last" => {
            let first = head == "first";
            Ok(match amount(rest)? {
                (number, Unit::Turns) if first => Window::FirstTurns(number as u32),
                (number, Unit::Turns) => Window::LastTurns(number as u32),
                (number, Unit::Seconds) if first => Window::FirstMs((number * 1000.0) as u32),
                (number, Unit::Seconds) => Window::LastMs((number * 1000.0) as u32),
                (number, Unit::Percent) if number > 100.0 => {
                    return Err(format!("`{text}` is impossible; write at most 100 %"));
                }
                (number, Unit::Percent) if first => Window::FirstShare(number / 100.0),
                (number, Unit::Percent) => Window::LastShare(number / 100.0),
                (_, Unit::Words) => {
                    return Err(format!(
                        "`{text}` is no window; write turns, seconds or percent, or say `at` for a place in the turn"
                    ));
                }
            })
        }
        "after" if !rest.is_empty() => Ok(Window::After(rest.trim().to_owned())),
        "before" if !rest.is_empty() => Ok(Window::Before(rest.trim().to_owned())),
        _ => Err(format!(
            "`{text}` is no window; write `first 3 turns`, `last 60 s`, `first 25 %`, `after x` or `before x`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_and_reaches_are_read() {
        let read = parse("first 3 turns and after offer").unwrap();
        assert_eq!(read, [Window::FirstTurns(3), Window::After("offer".to_owned())]);
        assert_eq!(parse("last 25 %").unwrap(), [Window::LastShare(0.25)]);
        let reach = Reach::parse("3 turns or 30 s").unwrap();
        assert_eq!(reach, Reach { turns: 3, ms: 30_000, words: 0 });
    }

    #[test]
    fn impossible_windows_are_refused() {
        for text in
            ["first 0 s", "first 120 %", "first", "soon", "after", "first -3 turns", "last 3 h"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(Reach::parse("25 %").is_err());
    }
}
