//! Who works here: managers with their extensions and other names, and the firm's own numbers.
//!
//! With it two numbers become a direction, a manager and a client. Nobody is invented: whom the roster does not know
//! stays an extension, and two outside numbers without a word on who called stay undecided.

use std::collections::{BTreeMap, BTreeSet};

use crate::call::{Direction, Number};

/// A manager as the configuration names him.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manager {
    /// As reports are to show it.
    pub name: String,
    /// Extensions, and mobile numbers on which calls are taken.
    pub extensions: Vec<String>,
    /// What else exchanges call him: a login, another spelling.
    pub aliases: Vec<String>,
}

/// Two managers who cannot be told apart, or a number that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// One extension or alias for two.
    #[error("`{what}` is said of two managers, `{first}` and `{second}`")]
    Twice {
        /// What both have.
        what: String,
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// Letters, or too many digits.
    #[error("`{text}` is no telephone number")]
    NoNumber {
        /// What was said.
        text: String,
    },
}

/// Which way a source says that a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The client called.
    In,
    /// The manager called.
    Out,
    /// Two of the firm spoke.
    Internal,
}

/// What follows from the two numbers of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Which way it went, if that follows.
    pub way: Option<Way>,
    /// The client's number.
    pub client: Option<String>,
    /// The manager's extension.
    pub extension: Option<String>,
}

impl Way {
    /// The call's direction; a call inside the firm has none.
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::In => Some(Direction::Inbound),
            Self::Out => Some(Direction::Outbound),
            Self::Internal => None,
        }
    }

    /// `in`, `out` or `internal`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Internal => "internal",
        }
    }

    /// By the word that exchanges and their exports use, in any case of letters.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase();
        Some(match word.as_str() {
            "in"
            | "incoming"
            | "inbound"
            | "i"
            | "external"
            | "q"
            | "queue"
            | "rg"
            | "group"
            | "вх"
            | "входящий"
            | "входящие"
            | "входящая"
            | "входящий вызов"
            | "входящий звонок" => Self::In,
            "out"
            | "outgoing"
            | "outbound"
            | "o"
            | "исх"
            | "исходящий"
            | "исходящие"
            | "исходящая"
            | "исходящий вызов"
            | "исходящий звонок" => Self::Out,
            "internal"
            | "local"
            | "внутренний"
            | "внутренние"
            | "внутренняя"
            | "внутренний вызов" => Self::Internal,
            _ => return None,
        })
    }
}

/// Everybody who works here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    managers: Vec<Manager>,
    by_number: BTreeMap<String, usize>,
    by_name: BTreeMap<String, usize>,
    own_numbers: BTreeSet<String>,
}

impl Roster {
    /// A roster; `own_numbers` are the firm's public ones, on which clients call.
    ///
    /// # Errors
    ///
    /// When two managers share an extension or a name, or a number is none.
    pub fn new(managers: Vec<Manager>, own_numbers: &[String]) -> Result<Self, RosterError> {
        let mut roster = Self { managers, ..Self::default() };
        for number in own_numbers {
            roster.own_numbers.insert(plain(number)?);
        }
        let mut numbers = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (at, manager) in roster.managers.iter().enumerate() {
            let add = |map: &mut BTreeMap<String, usize>, key: String, what: &str| match map
                .insert(key, at)
            {
                Some(first) if first != at => Err(RosterError::Twice {
                    what: what.to_owned(),
                    first: roster.managers[first].name.clone(),
                    second: manager.name.clone(),
                }),
                _ => Ok(()),
            };
            for extension in &manager.extensions {
                add(&mut numbers, plain(extension)?, extension)?;
            }
            for name in std::iter::once(&manager.name).chain(&manager.aliases) {
                add(&mut names, folded(name), name)?;
            }
        }
        roster.by_number = numbers;
        roster.by_name = names;
        Ok(roster)
    }

    /// Everybody, in the order of the configuration.
    pub fn managers(&self) -> &[Manager] {
        &self.managers
    }

    /// The firm's public numbers, normalized.
    pub fn own_numbers(&self) -> impl Iterator<Item = &str> {
        self.own_numbers.iter().map(String::as_str)
    }

    /// Whose extension that is.
    pub fn by_extension(&self, extension: &str) -> Option<&str> {
        self.by_number.get(extension).map(|at| self.managers[*at].name.as_str())
    }

    /// Who is called so: case, `ё` and what stands between words make no difference.
    pub fn by_name(&self, name: &str) -> Option<&str> {
        self.by_name.get(&folded(name)).map(|at| self.managers[*at].name.as_str())
    }

    /// Whether a number is a manager's or looks like an extension.
    pub fn is_inside(&self, number: &Number) -> bool {
        match number {
            Number::Inside(_) => true,
            Number::Outside(text) => self.by_number.contains_key(text),
            Number::Hidden => false,
        }
    }

    /// What follows from who called whom; `said` is the source's own word on the direction.
    pub fn sides(&self, from: Option<&Number>, to: Option<&Number>, said: Option<Way>) -> Sides {
        let inside = |number: Option<&Number>| number.is_some_and(|number| self.is_inside(number));
        let own = |number: Option<&Number>| {
            number.and_then(Number::as_str).is_some_and(|number| self.own_numbers.contains(number))
        };
        // Somebody outside; a hidden number is always one.
        let outside = |number: Option<&Number>| number.is_some() && !inside(number) && !own(number);
        let way = said.or_else(|| match (from, to) {
            _ if inside(from) && inside(to) => Some(Way::Internal),
            _ if (inside(from) || own(from)) && outside(to) => Some(Way::Out),
            _ if outside(from) && (inside(to) || own(to)) => Some(Way::In),
            _ => None,
        });
        let text = |number: Option<&Number>| number.and_then(Number::as_str).map(str::to_owned);
        let if_inside = |number| if inside(number) { text(number) } else { None };
        let if_outside = |number| if outside(number) { text(number) } else { None };
        let (client, extension) = match way {
            Some(Way::In) => (if_outside(from), if_inside(to)),
            Some(Way::Out) => (if_outside(to), if_inside(from)),
            Some(Way::Internal) => (None, if_inside(from)),
            // Who called is not known, but who is who may be.
            None => match (outside(from), outside(to)) {
                (true, false) => (text(from), if_inside(to)),
                (false, true) => (text(to), if_inside(from)),
                (false, false) => (None, if_inside(from).or(if_inside(to))),
                (true, true) => (None, None),
            },
        };
        Sides { way, client, extension }
    }
}

/// A number as it is compared.
fn plain(text: &str) -> Result<String, RosterError> {
    let wrong = || RosterError::NoNumber { text: text.to_owned() };
    let number = Number::parse(text).ok_or_else(wrong)?;
    number.as_str().map(str::to_owned).ok_or_else(wrong)
}

/// A name as it is compared.
fn folded(name: &str) -> String {
    let name = name.to_lowercase().replace('ё', "е");
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '_' | '.' | ',' | '-'));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster() -> Roster {
        let manager = |name: &str, extensions: &[&str], aliases: &[&str]| Manager {
            name: name.into(),
            extensions: extensions.iter().map(|text| (*text).to_owned()).collect(),
            aliases: aliases.iter().map(|text| (*text).to_owned()).collect(),
        };
        let managers = vec![
            manager("Анна Королёва", &["201", "8 900 000-00-01"], &["koroleva"]),
            manager("Пётр Ильин", &["202"], &[]),
        ];
        Roster::new(managers, &["84950000000".into()]).unwrap()
    }

    /// Caller, callee, what the source says; then way, client, extension.
    type Case = (
        &'static str,
        &'static str,
        Option<Way>,
        Option<Way>,
        Option<&'static str>,
        Option<&'static str>,
    );

    #[track_caller]
    fn check(cases: &[Case]) {
        for (from, to, said, way, client, extension) in cases {
            let (from, to) = (Number::parse(from), Number::parse(to));
            let sides = roster().sides(from.as_ref(), to.as_ref(), *said);
            let expected = Sides {
                way: *way,
                client: client.map(str::to_owned),
                extension: extension.map(str::to_owned),
            };
            assert_eq!(sides, expected, "{from:?} {to:?} {said:?}");
        }
    }

    #[test]
    fn who_called_whom_tells_the_direction() {
        let (inbound, outbound) = (Some(Way::In), Some(Way::Out));
        check(&[
            ("89161234567", "201", None, inbound, Some("+79161234567"), Some("201")),
            ("201", "89161234567", None, outbound, Some("+79161234567"), Some("201")),
            ("89161234567", "84950000000", None, inbound, Some("+79161234567"), None),
            ("unknown", "201", None, inbound, None, Some("201")),
            ("201", "202", None, Some(Way::Internal), None, Some("201")),
            // A manager's mobile is inside.
            (
                "89000000001",
                "89161234567",
                None,
                outbound,
                Some("+79161234567"),
                Some("+79000000001"),
            ),
        ]);
    }

    #[test]
    fn two_outside_numbers_stay_undecided_unless_the_source_says_more() {
        check(&[
            ("89161234567", "89261234567", None, None, None, None),
            (
                "89161234567",
                "89261234567",
                Some(Way::In),
                Some(Way::In),
                Some("+79161234567"),
                None,
            ),
            ("89161234567", "", None, None, Some("+79161234567"), None),
            ("", "", None, None, None, None),
        ]);
    }

    #[test]
    fn names_are_found_in_any_spelling() {
        let roster = roster();
        assert_eq!(roster.by_name("анна_королева"), Some("Анна Королёва"));
        assert_eq!(roster.by_name("KOROLEVA"), Some("Анна Королёва"));
        assert_eq!(roster.by_name("Иван"), None);
        assert_eq!(roster.by_extension("202"), Some("Пётр Ильин"));
    }

    #[test]
    fn two_with_one_extension_are_a_fault() {
        let manager = |name: &str| Manager {
            name: name.into(),
            extensions: vec!["201".into()],
            aliases: Vec::new(),
        };
        let error = Roster::new(vec![manager("A"), manager("B")], &[]).unwrap_err();
        assert_eq!(error.to_string(), "`201` is said of two managers, `A` and `B`");
        assert!(Roster::new(Vec::new(), &["abc".into()]).is_err());
    }
}
