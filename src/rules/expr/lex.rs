//! Parts the text of an expression into names, numbers and signs, for `parse.rs`.

use crate::rules::expr::Comparison;

/// A part of an expression's text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Number(f64),
    Open,
    Close,
    Comma,
    Compare(Comparison),
}

/// Parts a text into tokens.
///
/// # Errors
///
/// Says which sign has no meaning.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            '>' | '<' | '=' => {
                let with_equal = chars.next_if_eq(&'=').is_some();
                tokens.push(Token::Compare(match (c, with_equal) {
                    ('>', true) => Comparison::AtLeast,
                    ('>', false) => Comparison::MoreThan,
                    ('<', true) => Comparison::AtMost,
                    ('<', false) => Comparison::LessThan,
                    _ => Comparison::Equal,
                }));
            }
            c if c.is_ascii_digit()
                || (c == '-' && chars.peek().is_some_and(char::is_ascii_digit)) =>
            {
                let mut digits = String::from(c);
                while let Some(next) = chars.next_if(|c| c.is_ascii_digit() || *c == '.') {
                    digits.push(next);
                }
                let number = digits
                    .parse()
                    .map_err(|_| format!("`{digits}` is no number; write `3` or `0.5`"))?;
                tokens.push(Token::Number(number));
            }
            c if c.is_ascii_lowercase() => {
                let mut name = String::from(c);
                while let Some(next) = chars.next_if(|c| {
                    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '*')
                }) {
                    name.push(next);
                }
                tokens.push(Token::Name(name));
            }
            _ => {
                return Err(format!(
                    "`{c}` has no meaning here; names are lower-case Latin letters, digits, `_` and `.`"
                ));
            }
        }
    }
    Ok(tokens)
}

/// As a fault names it.
pub(super) fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => format!("`{name}`"),
        Token::Number(number) => format!("`{number}`"),
        Token::Open => "`(`".to_owned(),
        Token::Close => "`)`".to_owned(),
        Token::Comma => "`,`".to_owned(),
        Token::Compare(_) => "a comparison".to_owned(),
    }
}
