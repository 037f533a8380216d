//! Reads expressions: from text to [`Expr`] over names as written.
//!
//! `or` binds loosest, then `and`, then `not`. Functions take lists in brackets; the last entry of `order`, `near` and
//! `each` may say `within …`, the distances of [`Reach`].

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::call::Speaker;
use crate::rules::expr::lex::{Token, lex, shown};
use crate::rules::expr::{Bound, Expr, Fact, Measure, Names, Quantity, Sum};
use crate::rules::window::Reach;

/// The scores that an expression may compare, by id.
pub(crate) type Scores = BTreeMap<String, Arc<Sum<Names>>>;

/// Reads an expression.
///
/// # Errors
///
/// Says what is wrong and what to do.
pub(crate) fn parse(text: &str, scores: &Scores) -> Result<Expr<Names>, String> {
    let mut reader = Reader { tokens: lex(text)?, at: 0, scores };
    let expression = reader.or(0)?;
    reader.end()?;
    Ok(expression)
}

/// Reads the parts of a score, what stands between the brackets of `points( )`.
///
/// # Errors
///
/// Says what is wrong and what to do.
pub(crate) fn parse_parts(text: &str, scores: &Scores) -> Result<Vec<(f64, Expr<Names>)>, String> {
    let mut reader = Reader { tokens: lex(text)?, at: 0, scores };
    let parts = reader.worths(0)?;
    reader.end()?;
    Ok(parts)
}

impl Bound {
    /// `>= 3`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { tokens: lex(text)?, at: 0, scores: &Scores::new() };
        let bound = reader.bound()?;
        reader.end()?;
        Ok(bound)
    }
}

const NO_POINTS: &str =
    "`points` wants numbers and what they are for; write `points(2 a, -1 b) >= 1`";

struct Reader<'s> {
    tokens: Vec<Token>,
    at: usize,
    scores: &'s Scores,
}

impl Reader<'_> {
    fn peek_word(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Name(name)) => Some(name),
            _ => None,
        }
    }

    fn take(&mut self, token: &Token) -> bool {
        let here = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(here);
        here
    }

    fn end(&self) -> Result<(), String> {
        match self.tokens.get(self.at) {
            None => Ok(()),
            Some(token) => {
                Err(format!("{} is left over; join parts with `and` or `or`", shown(token)))
            }
        }
    }

    /// A reader that follows an expression down needs room on the stack for each step.
    fn check_depth(depth: u8) -> Result<(), String> {
        if depth <= 16 {
            return Ok(());
        }
        Err("brackets or `not` are nested more than sixteen deep; name parts as findings of their own"
            .to_owned())
    }

    fn or(&mut self, depth: u8) -> Result<Expr<Names>, String> {
        Self::check_depth(depth)?;
        let mut parts = vec![self.and(depth)?];
        while self.peek_word() == Some("or") {
            self.at += 1;
            parts.push(self.and(depth)?);
        }
        Ok(single(parts, Expr::Or))
    }

    fn and(&mut self, depth: u8) -> Result<Expr<Names>, String> {
        let mut parts = vec![self.not(depth)?];
        while self.peek_word() == Some("and") {
            self.at += 1;
            parts.push(self.not(depth)?);
        }
        Ok(single(parts, Expr::And))
    }

    fn not(&mut self, depth: u8) -> Result<Expr<Names>, String> {
        Self::check_depth(depth)?;
        if self.peek_word() == Some("not") {
            self.at += 1;
            return Ok(Expr::Not(Box::new(self.not(depth + 1)?)));
        }
        self.primary(depth)
    }

    fn primary(&mut self, depth: u8) -> Result<Expr<Names>, String> {
        if self.take(&Token::Open) {
            let inner = self.or(depth + 1)?;
            return if self.take(&Token::Close) {
                Ok(inner)
            } else {
                Err("a bracket is not closed; add `)`".to_owned())
            };
        }
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Number(number)) => {
                if self.peek_word() != Some("of") {
                    return Err(format!(
                        "`{number}` stands alone; write `{number} of (a, b, c)` or `count(a) >= {number}`"
                    ));
                }
                self.at += 1;
                let parts = self.parts(depth)?;
                if number < 1.0 || number.fract() != 0.0 || number > parts.len() as f64 {
                    return Err(format!(
                        "`{number} of` a list of {} cannot be; write 1 to {}",
                        parts.len(),
                        parts.len()
                    ));
                }
                Ok(Expr::Of(number as u32, parts))
            }
            Some(Token::Name(name)) if name == "points" => self.points(depth),
            Some(Token::Name(name)) => self.named(name),
            Some(token) => Err(format!(
                "{} stands where a name should; write the id of a finding",
                shown(&token)
            )),
            None => Err("the expression ends where a name should stand; write the id of a finding"
                .to_owned()),
        }
    }

    fn named(&mut self, name: String) -> Result<Expr<Names>, String> {
        if self.tokens.get(self.at) == Some(&Token::Open) {
            let measure = Measure::ALL.iter().find(|(known, _)| *known == name);
            if let Some((_, measure)) = measure {
                let names = self.list()?;
                return Ok(Expr::Measured(*measure, names, self.bound()?));
            }
            return self.distance(&name);
        }
        if let Some(quantity) = Quantity::named(&name) {
            return Ok(Expr::Number(quantity, self.bound()?));
        }
        if let Some(sum) = self.scores.get(&name) {
            let sum = Arc::clone(sum);
            return Ok(Expr::Points(sum, self.bound()?));
        }
        if let Some(Token::Compare(_)) = self.tokens.get(self.at) {
            return Err(format!(
                "`{name}` is no number; write `count({name})`, or add a `[[score]]` with this id above"
            ));
        }
        match name.as_str() {
            "direction.in" => Ok(Expr::Fact(Fact::Inbound)),
            "direction.out" => Ok(Expr::Fact(Fact::Outbound)),
            "call.first" => Ok(Expr::Fact(Fact::Repeated(false))),
            "call.repeated" => Ok(Expr::Fact(Fact::Repeated(true))),
            "ended_by.manager" => Ok(Expr::Fact(Fact::EndedBy(Speaker::Manager))),
            "ended_by.client" => Ok(Expr::Fact(Fact::EndedBy(Speaker::Client))),
            "and" | "or" | "not" | "of" => {
                Err(format!("`{name}` stands where a name should; write the id of a finding"))
            }
            _ => match name.strip_prefix("type.") {
                Some(id) => Ok(Expr::Fact(Fact::Type(id.to_owned()))),
                None => Ok(Expr::Any(vec![name])),
            },
        }
    }

    /// `points(2 a, 0.5 (b or c), -1 not d) >= 2`.
    fn points(&mut self, depth: u8) -> Result<Expr<Names>, String> {
        if !self.take(&Token::Open) {
            return Err(NO_POINTS.to_owned());
        }
        let parts = self.worths(depth)?;
        if !self.take(&Token::Close) {
            return Err(NO_POINTS.to_owned());
        }
        Ok(Expr::Points(Arc::new(Sum { score: None, parts }), self.bound()?))
    }

    /// `2 a, 0.5 (b or c), -1 not d`.
    fn worths(&mut self, depth: u8) -> Result<Vec<(f64, Expr<Names>)>, String> {
        let mut parts = Vec::new();
        loop {
            let Some(Token::Number(worth)) = self.tokens.get(self.at).cloned() else {
                return Err(NO_POINTS.to_owned());
            };
            self.at += 1;
            parts.push((worth, self.not(depth + 1)?));
            if !self.take(&Token::Comma) {
                return Ok(parts);
            }
        }
    }

    /// `(a, b or c, …)`
    fn parts(&mut self, depth: u8) -> Result<Vec<Expr<Names>>, String> {
        let fault = || "a list is wanted here; write `(a, b)`".to_owned();
        if !self.take(&Token::Open) {
            return Err(fault());
        }
        let mut parts = Vec::new();
        loop {
            parts.push(self.or(depth + 1)?);
            if self.take(&Token::Close) {
                return Ok(parts);
            }
            if !self.take(&Token::Comma) {
                return Err(fault());
            }
        }
    }

    /// `order(a, b, within 30 s)`, `near(a, b, within 5 words)`, `each(a, b, within 3 turns or 30 s)`.
    fn distance(&mut self, function: &str) -> Result<Expr<Names>, String> {
        if !matches!(function, "order" | "near" | "each") {
            return Err(format!(
                "`{function}` is no function; there are `count`, `turns`, `distinct`, `rate`, `per_minute`, `points`, `order`, `near` and `each`"
            ));
        }
        self.at += 1;
        let (mut names, mut reach) = (Vec::new(), None);
        loop {
            match self.tokens.get(self.at).cloned() {
                Some(Token::Name(name)) if name == "within" => {
                    self.at += 1;
                    reach = Some(self.reach()?);
                }
                Some(Token::Name(name)) => {
                    self.at += 1;
                    names.push(vec![name]);
                }
                _ => {
                    return Err(format!(
                        "a name is wanted in `{function}( )`; write the id of a finding"
                    ));
                }
            }
            if self.take(&Token::Close) {
                break;
            }
            if reach.is_some() || !self.take(&Token::Comma) {
                return Err(format!(
                    "`{function}(` is not closed; write `{function}(a, b, within 2 turns)`"
                ));
            }
        }
        if function == "order" {
            return if names.len() < 2 {
                Err("`order` wants two names at least; write `order(a, b)`".to_owned())
            } else {
                Ok(Expr::Order(names, reach))
            };
        }
        let two = <[Names; 2]>::try_from(names).map_err(|_| {
            format!("`{function}` wants two names; write `{function}(a, b, within 2 turns)`")
        })?;
        let [one, other] = two;
        let reach = reach.unwrap_or(Reach::DEFAULT);
        Ok(if function == "near" {
            Expr::Near(one, other, reach)
        } else {
            Expr::Each(one, other, reach)
        })
    }

    /// What stands behind `within`, up to the closing bracket.
    fn reach(&mut self) -> Result<Reach, String> {
        let mut text = String::new();
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Number(number) => text.push_str(&number.to_string()),
                Token::Name(name) => text.push_str(name),
                _ => break,
            }
            text.push(' ');
            self.at += 1;
        }
        Reach::parse(text.trim())
    }

    fn list(&mut self) -> Result<Names, String> {
        let fault = || "a list is wanted here; write `(a, b)`".to_owned();
        if !self.take(&Token::Open) {
            return Err(fault());
        }
        let mut names = Vec::new();
        loop {
            match self.tokens.get(self.at) {
                Some(Token::Name(name)) => names.push(name.clone()),
                _ => return Err(fault()),
            }
            self.at += 1;
            if self.take(&Token::Close) {
                return Ok(names);
            }
            if !self.take(&Token::Comma) {
                return Err(fault());
            }
        }
    }

    fn bound(&mut self) -> Result<Bound, String> {
        match (self.tokens.get(self.at), self.tokens.get(self.at + 1)) {
            (Some(Token::Compare(comparison)), Some(Token::Number(number))) => {
                self.at += 2;
                Ok(Bound { comparison: *comparison, number: *number })
            }
            _ => Err("a comparison is wanted here; write for example `>= 2`".to_owned()),
        }
    }
}

fn single(mut parts: Vec<Expr<Names>>, many: fn(Vec<Expr<Names>>) -> Expr<Names>) -> Expr<Names> {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            many(parts)
        }
        (None, _) => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::expr::Comparison;

    fn parse(text: &str) -> Result<Expr<Names>, String> {
        super::parse(text, &Scores::new())
    }

    fn any(name: &str) -> Expr<Names> {
        Expr::Any(vec![name.to_owned()])
    }

    #[test]
    fn not_binds_closer_than_and_and_and_closer_than_or() {
        let read = parse("a or not b and c").unwrap();
        let right = Expr::And(vec![Expr::Not(Box::new(any("b"))), any("c")]);
        assert_eq!(read, Expr::Or(vec![any("a"), right]));
    }

    #[test]
    fn brackets_lists_and_measures() {
        let bound = Bound { comparison: Comparison::AtLeast, number: 2.0 };
        let read = parse("(count(need.*, wish) >= 2) and type.spam").unwrap();
        let measured =
            Expr::Measured(Measure::Count, vec!["need.*".to_owned(), "wish".to_owned()], bound);
        assert_eq!(read, Expr::And(vec![measured, Expr::Fact(Fact::Type("spam".to_owned()))]));
        let of = Expr::Of(2, vec![any("a"), any("b")]);
        assert_eq!(parse("2 of (a, b)").unwrap(), of);
    }

    #[test]
    fn points_take_fractions_negatives_and_any_part() {
        let bound = Bound { comparison: Comparison::AtLeast, number: -1.0 };
        let parts = vec![(2.0, any("a")), (-0.5, Expr::Not(Box::new(any("b"))))];
        let sum = Arc::new(Sum { score: None, parts: parts.clone() });
        assert_eq!(parse("points(2 a, -0.5 not b) >= -1").unwrap(), Expr::Points(sum, bound));
        assert_eq!(parse_parts("2 a, -0.5 not b", &Scores::new()).unwrap(), parts);
    }

    #[test]
    fn a_score_is_compared_by_its_name() {
        let parts = parse_parts("2 a, 1 b", &Scores::new()).unwrap();
        let sum = Arc::new(Sum { score: Some((0, "s".to_owned())), parts });
        let scores = Scores::from([("s".to_owned(), Arc::clone(&sum))]);
        let bound = Bound { comparison: Comparison::AtLeast, number: 2.0 };
        assert_eq!(super::parse("s >= 2", &scores).unwrap(), Expr::Points(sum, bound));
        assert!(super::parse("s", &scores).unwrap_err().contains("comparison"));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_written_is_read_or_refused(text in "[a-z(),0-9.>=< *_]{0,60}|.{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn words_of_the_language_in_any_order_are_read_or_refused(
            words in proptest::collection::vec(
                proptest::sample::select(vec![
                    "and", "or", "not", "of", "(", ")", ",", "2", "-1", ">= 2", "a", "b.*", "count", "order", "each",
                    "near", "points", "within 2 turns", "type.x", "direction.in", "silence.longest_s",
                ]),
                0..40,
            )
        ) {
            let _ = parse(&words.join(" "));
        }
    }

    #[test]
    fn faults_say_what_to_do() {
        let refused = |text: &str, because: &str| {
            let fault = parse(text).unwrap_err();
            assert!(fault.contains(because), "{text}: {fault}");
        };
        refused("a b", "left over");
        refused("a and", "ends where");
        refused("(a", "not closed");
        refused("3 of (a, b)", "cannot be");
        refused("count(a)", "comparison");
        refused("count(a) >= x", "comparison");
        refused("имя", "no meaning");
        refused("2", "stands alone");
        refused("and", "should");
        refused("points(a) >= 1", "wants numbers");
        refused("points(1 a, 2) >= 1", "should");
        refused("points(1 a)", "comparison");
        refused("points >= 1", "wants numbers");
        refused("points(1 a b) >= 1", "wants numbers");
        refused("a >= 1", "is no number");
        refused("a - b", "no meaning");
        refused(&format!("{}a", "not ".repeat(50_000)), "sixteen deep");
        refused(&format!("{}a", "(".repeat(50_000)), "sixteen deep");
    }
}
