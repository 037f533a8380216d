//! Text for a terminal: its width, its colors, and lines that break between words.
//!
//! Width is counted in columns, not in bytes or letters: Cyrillic takes two bytes and one column, a combining accent none.
//! Colors are the eight that every terminal has, and never the only sign of anything.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Wider lines are hard to read, however wide the terminal is.
const WIDEST: usize = 100;

/// Narrower terminals get lines of this width, which they break by themselves.
const NARROWEST: usize = 40;

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// As it is.
    Plain,
    /// For headings and values.
    Bold,
    /// For what is beside the point.
    Dim,
    /// For what is good.
    Green,
    /// For what is neither.
    Yellow,
    /// For what is bad.
    Red,
}

/// What a report is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Columns.
    pub columns: usize,
    /// Whether it shows colors.
    pub colors: bool,
}

impl Screen {
    /// A screen of `columns`, within what can be read.
    pub fn new(columns: usize, colors: bool) -> Self {
        Self { columns: columns.clamp(NARROWEST, WIDEST), colors }
    }

    /// Something to take note of, in lines that fit, without a line feed at the end.
    pub fn notice(self, text: &str) -> String {
        self.paragraph("! ", 2, Ink::Plain, text).trim_end().to_owned()
    }

    /// `text` as it looks in `ink`.
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Green => "32",
            Ink::Yellow => "33",
            Ink::Red => "31",
            Ink::Plain => "",
        };
        if self.colors && !code.is_empty() && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// `text` in lines that fit, each behind `indent` spaces, the first behind `head` (which may be as wide or narrower).
    pub(super) fn paragraph(self, head: &str, indent: usize, ink: Ink, text: &str) -> String {
        let mut lines = String::new();
        let room = self.columns.saturating_sub(indent).max(20);
        for (index, line) in wrap(text, room).iter().enumerate() {
            let head = if index == 0 { fill(head, indent) } else { " ".repeat(indent) };
            lines.push_str(&head);
            lines.push_str(&self.paint(ink, line));
            lines.push('\n');
        }
        lines
    }
}

/// Columns that `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// `text` with spaces behind it, up to `columns`.
pub(super) fn fill(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` with spaces before it, up to `columns`.
pub(super) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` in at most `columns`: an ellipsis stands for what is left out in the middle, as the beginnings of names and
/// their ends tell them apart.
pub(super) fn shorten(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let head = prefix(text, room.div_ceil(2));
    let reversed: String = text.chars().rev().collect();
    let tail: String = prefix(&reversed, room / 2).chars().rev().collect();
    format!("{head}…{tail}")
}

/// As much of the beginning of `text` as fits.
fn prefix(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, letter) in text.char_indices() {
        used += letter.width().unwrap_or(0);
        if columns < used {
            return &text[..at];
        }
    }
    text
}

/// `text` in lines of at most `columns`, broken between words; a longer word is cut. Never without a line.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    // A no-break space holds a number and its unit together.
    for word in text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()) {
        let mut word = word;
        loop {
            let Some(line) = lines.last_mut() else { return lines };
            let space = usize::from(!line.is_empty());
            if width(line) + space + width(word) <= columns {
                if space == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if line.is_empty() {
                let head = prefix(word, columns);
                // A letter wider than the line still has to go somewhere.
                let head = if head.is_empty() { word } else { head };
                line.push_str(head);
                word = &word[head.len()..];
                if word.is_empty() {
                    break;
                }
            }
            lines.push(String::new());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cyrillic_takes_a_column_a_letter() {
        assert_eq!(width("приветствие"), 11);
        assert_eq!(fill("да", 4), "да  ");
        assert_eq!(right("да", 4), "  да");
        assert_eq!(width("й"), 1);
    }

    #[test]
    fn lines_break_between_words_and_long_words_are_cut() {
        assert_eq!(wrap("один два три", 8), ["один два", "три"]);
        assert_eq!(wrap("раздватричетыре пять", 6), ["раздва", "тричет", "ыре", "пять"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("стоит 5\u{a0}% всего", 8), ["стоит", "5\u{a0}%", "всего"]);
    }

    #[test]
    fn names_are_shortened_in_the_middle() {
        assert_eq!(shorten("in-79160000000-20260801.wav", 11), "in-79…1.wav");
        assert_eq!(shorten("a.wav", 11), "a.wav");
    }

    #[test]
    fn paint_is_nothing_without_colors() {
        assert_eq!(Screen::new(80, false).paint(Ink::Red, "0"), "0");
        assert_eq!(Screen::new(80, true).paint(Ink::Red, "0"), "\u{1b}[31m0\u{1b}[0m");
    }

    #[test]
    fn a_screen_is_never_wider_than_a_line_one_reads() {
        assert_eq!((Screen::new(300, false).columns, Screen::new(5, false).columns), (100, 40));
    }
}
