//! Expressions: how findings become a level, a type or a condition.
//!
//! `hello and (name or company)`, `not rude`, `2 of (a, b, c)`, `count(need.*) >= 2`, `turns(x) >= 2`,
//! `distinct(advantage.*) >= 3`, `rate(filler) > 3` (per 100 words of its speaker), and what is known of the
//! call: `direction.in`, `type.spam`, `words.manager > 40`. Parsed here, evaluated in `evaluate.rs`.

/// A number to compare with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) comparison: Comparison,
    pub(crate) number: f64,
}

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
    Equal,
}

impl Bound {
    /// Whether `value` is within the bound.
    pub(crate) fn holds(self, value: f64) -> bool {
        match self.comparison {
            Comparison::AtLeast => value >= self.number,
            Comparison::MoreThan => value > self.number,
            Comparison::AtMost => value <= self.number,
            Comparison::LessThan => value < self.number,
            Comparison::Equal => (value - self.number).abs() < 1e-9,
        }
    }

    /// Whether finding more can only help.
    pub(crate) fn wants_more(self) -> bool {
        matches!(self.comparison, Comparison::AtLeast | Comparison::MoreThan)
    }

    /// `>= 3`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { tokens: lex(text)?, at: 0 };
        let bound = reader.bound()?;
        reader.end()?;
        Ok(bound)
    }
}

/// What is counted of some findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Hits.
    Count,
    /// Turns with a hit.
    Turns,
    /// Findings with a hit.
    Distinct,
    /// Hits per 100 words of the findings' speaker.
    Rate,
}

/// An expression; `F` is a name as written, or a finding once resolved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr<F> {
    /// Any of these has a hit.
    Any(F),
    /// Something known of the call holds.
    Fact(Fact),
    /// A number known of the call is within a bound.
    Number(Quantity, Bound),
    /// So many of something.
    Measured(Measure, F, Bound),
    /// At least so many of these have a hit.
    Of(u32, Vec<F>),
    Not(Box<Expr<F>>),
    And(Vec<Expr<F>>),
    Or(Vec<Expr<F>>),
}

/// Something known of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Inbound,
    Outbound,
    /// The call has this type.
    Type(String),
}

/// A number known of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    ManagerWords,
    ClientWords,
    ManagerTurns,
    ClientTurns,
    ManagerQuestions,
    ClientQuestions,
    /// The manager's part of all words, 0 to 1.
    ManagerShare,
    DurationS,
}

impl Quantity {
    const ALL: [(&'static str, Self); 8] = [
        ("words.manager", Self::ManagerWords),
        ("words.client", Self::ClientWords),
        ("turns.manager", Self::ManagerTurns),
        ("turns.client", Self::ClientTurns),
        ("questions.manager", Self::ManagerQuestions),
        ("questions.client", Self::ClientQuestions),
        ("share.manager", Self::ManagerShare),
        ("duration_s", Self::DurationS),
    ];
}

/// Names as written: one or, in a list, several; `*` at the end stands for anything.
pub(crate) type Names = Vec<String>;

/// Reads an expression.
///
/// # Errors
///
/// Says what is wrong and what to do.
pub(crate) fn parse(text: &str) -> Result<Expr<Names>, String> {
    let mut reader = Reader { tokens: lex(text)?, at: 0 };
    let expression = reader.or(0)?;
    reader.end()?;
    Ok(expression)
}

impl<F> Expr<F> {
    /// Names replaced by findings.
    pub(crate) fn resolve<G, E>(
        &self,
        with: &mut dyn FnMut(&F) -> Result<G, E>,
    ) -> Result<Expr<G>, E> {
        Ok(match self {
            Self::Any(names) => Expr::Any(with(names)?),
            Self::Fact(fact) => Expr::Fact(fact.clone()),
            Self::Number(quantity, bound) => Expr::Number(*quantity, *bound),
            Self::Measured(measure, names, bound) => Expr::Measured(*measure, with(names)?, *bound),
            Self::Of(number, lists) => {
                Expr::Of(*number, lists.iter().map(&mut *with).collect::<Result<_, E>>()?)
            }
            Self::Not(inner) => Expr::Not(Box::new(inner.resolve(with)?)),
            Self::And(parts) => {
                Expr::And(parts.iter().map(|part| part.resolve(with)).collect::<Result<_, E>>()?)
            }
            Self::Or(parts) => {
                Expr::Or(parts.iter().map(|part| part.resolve(with)).collect::<Result<_, E>>()?)
            }
        })
    }

    /// Calls `see` with every list of findings.
    pub(crate) fn each(&self, see: &mut dyn FnMut(&F)) {
        match self {
            Self::Any(names) | Self::Measured(_, names, _) => see(names),
            Self::Of(_, lists) => lists.iter().for_each(see),
            Self::Not(inner) => inner.each(see),
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.each(see);
                }
            }
            Self::Fact(_) | Self::Number(..) => {}
        }
    }

    /// Calls `see` with every call type that it asks for.
    pub(crate) fn each_type(&self, see: &mut dyn FnMut(&str)) {
        match self {
            Self::Fact(Fact::Type(id)) => see(id),
            Self::Not(inner) => inner.each_type(see),
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.each_type(see);
                }
            }
            _ => {}
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Number(f64),
    Open,
    Close,
    Comma,
    Compare(Comparison),
}

fn lex(text: &str) -> Result<Vec<Token>, String> {
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
            c if c.is_ascii_digit() => {
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

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
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

    fn or(&mut self, depth: u8) -> Result<Expr<Names>, String> {
        if depth > 16 {
            return Err(
                "brackets are nested more than sixteen deep; name parts as findings of their own"
                    .to_owned(),
            );
        }
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
        if self.peek_word() == Some("not") {
            self.at += 1;
            return Ok(Expr::Not(Box::new(self.not(depth)?)));
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
                let names = self.list()?;
                if number < 1.0 || number.fract() != 0.0 || number > names.len() as f64 {
                    return Err(format!(
                        "`{number} of` a list of {} cannot be; write 1 to {}",
                        names.len(),
                        names.len()
                    ));
                }
                Ok(Expr::Of(number as u32, names.into_iter().map(|name| vec![name]).collect()))
            }
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
        let measure = match name.as_str() {
            "count" => Some(Measure::Count),
            "turns" => Some(Measure::Turns),
            "distinct" => Some(Measure::Distinct),
            "rate" => Some(Measure::Rate),
            _ => None,
        };
        if let (Some(measure), Some(Token::Open)) = (measure, self.tokens.get(self.at)) {
            let names = self.list()?;
            return Ok(Expr::Measured(measure, names, self.bound()?));
        }
        if let Some((_, quantity)) = Quantity::ALL.iter().find(|(known, _)| *known == name) {
            return Ok(Expr::Number(*quantity, self.bound()?));
        }
        match name.as_str() {
            "direction.in" => Ok(Expr::Fact(Fact::Inbound)),
            "direction.out" => Ok(Expr::Fact(Fact::Outbound)),
            "and" | "or" | "not" | "of" => {
                Err(format!("`{name}` stands where a name should; write the id of a finding"))
            }
            _ => match name.strip_prefix("type.") {
                Some(id) => Ok(Expr::Fact(Fact::Type(id.to_owned()))),
                None => Ok(Expr::Any(vec![name])),
            },
        }
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

fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => format!("`{name}`"),
        Token::Number(number) => format!("`{number}`"),
        Token::Open => "`(`".to_owned(),
        Token::Close => "`)`".to_owned(),
        Token::Comma => "`,`".to_owned(),
        Token::Compare(_) => "a comparison".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let of = Expr::Of(2, vec![vec!["a".to_owned()], vec!["b".to_owned()]]);
        assert_eq!(parse("2 of (a, b)").unwrap(), of);
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
    }
}
