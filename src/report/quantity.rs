//! Numbers of a call in words: a rule file says `share.manager >= 0.35`, a person reads "the manager's part of the words: 66%".
//!
//! The draft keeps the names that rules use, so that a program may look them up; only the pages for people come here. The
//! names and what is measured under them are those of rules/README.md.

use crate::grading::Evidence;
use crate::report::language::{Language, clock};

/// What a number counts, and so how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Words, turns, times.
    Count,
    /// 0 to 1.
    Share,
    /// Seconds.
    Time,
    /// An hour of the day.
    Hour,
}

/// What rule files call it, its unit, and the words for it in Russian and in English.
type Named = (&'static str, Unit, &'static str, &'static str);

const NAMED: [Named; 23] = [
    ("words.manager", Unit::Count, "слов менеджера", "words of the manager"),
    ("words.client", Unit::Count, "слов клиента", "words of the client"),
    ("turns.manager", Unit::Count, "реплик менеджера", "turns of the manager"),
    ("turns.client", Unit::Count, "реплик клиента", "turns of the client"),
    (
        "turn_words.manager",
        Unit::Count,
        "слов в реплике менеджера",
        "words in a turn of the manager",
    ),
    ("turn_words.client", Unit::Count, "слов в реплике клиента", "words in a turn of the client"),
    ("questions.manager", Unit::Count, "вопросов менеджера", "questions of the manager"),
    ("questions.client", Unit::Count, "вопросов клиента", "questions of the client"),
    ("share.manager", Unit::Share, "доля менеджера в словах", "the manager's part of the words"),
    (
        "time_share.manager",
        Unit::Share,
        "доля менеджера в речи",
        "the manager's part of the speech",
    ),
    ("duration_s", Unit::Time, "длина разговора", "length of the talk"),
    ("talk_s", Unit::Time, "время речи", "time in which somebody speaks"),
    ("silence.total_s", Unit::Time, "время тишины", "time in which nobody speaks"),
    ("silence.longest_s", Unit::Time, "самая долгая тишина", "longest silence"),
    ("holds", Unit::Count, "долгих пауз, от 15 с", "silences of 15 s and more"),
    ("overlap_s", Unit::Time, "говорят одновременно", "time in which both speak"),
    ("interruptions.manager", Unit::Count, "менеджер перебил, раз", "interruptions by the manager"),
    ("interruptions.client", Unit::Count, "клиент перебил, раз", "interruptions by the client"),
    (
        "monologue.manager_s",
        Unit::Time,
        "самый длинный монолог менеджера",
        "manager's longest monologue",
    ),
    (
        "monologue.client_s",
        Unit::Time,
        "самый длинный монолог клиента",
        "client's longest monologue",
    ),
    ("pace.manager", Unit::Count, "слов менеджера в минуту", "words a minute of the manager"),
    ("pace.client", Unit::Count, "слов клиента в минуту", "words a minute of the client"),
    ("hour", Unit::Hour, "час начала звонка", "hour in which the call began"),
];

/// Whether this is a number of the call and not words.
pub(super) fn is_number(evidence: &Evidence) -> bool {
    comparison(evidence).is_some() && evidence.quote.parse::<f64>().is_ok()
}

/// A number of the call as a person reads it, with what the rule asks of it; `None` for words.
pub(super) fn in_words(evidence: &Evidence, lang: Language) -> Option<String> {
    let (more, bound) = comparison(evidence)?;
    let value = evidence.quote.parse().ok()?;
    let Some((_, unit, russian, english)) = NAMED.iter().find(|named| named.0 == evidence.rule)
    else {
        // A draft of a newer program.
        return Some(format!("{} = {} ({})", evidence.rule, evidence.quote, evidence.phrase));
    };
    let asked = match more {
        ">=" => lang.pick("не меньше", "at least"),
        ">" => lang.pick("больше", "more than"),
        "<=" => lang.pick("не больше", "at most"),
        "<" => lang.pick("меньше", "less than"),
        _ => lang.pick("ровно", "exactly"),
    };
    Some(format!(
        "{}: {} ({} {asked} {})",
        lang.pick(russian, english),
        unit.written(value, lang),
        lang.pick("правило:", "the rule:"),
        unit.written(bound, lang)
    ))
}

/// The comparison and the number behind it.
fn comparison(evidence: &Evidence) -> Option<(&str, f64)> {
    let (sign, bound) = evidence.phrase.split_once(' ')?;
    [">=", ">", "<=", "<", "="].contains(&sign).then_some(())?;
    Some((sign, bound.parse().ok()?))
}

impl Unit {
    fn written(self, value: f64, lang: Language) -> String {
        match self {
            Self::Count => lang.number(value),
            Self::Share => lang.percent(value),
            // Never negative, and shorter than a day.
            Self::Time => clock((value * 1000.0) as u64),
            Self::Hour => format!("{value:.0}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Span, Speaker};
    use crate::rules::expr::Quantity;

    fn evidence(rule: &str, phrase: &str, quote: &str) -> Evidence {
        Evidence {
            rule: rule.into(),
            phrase: phrase.into(),
            who: Speaker::Unknown,
            span: Span::new(0, 1000),
            quote: quote.into(),
            confidence: 1.0,
        }
    }

    #[test]
    fn every_quantity_of_the_rules_has_its_words() {
        for (name, _) in Quantity::ALL {
            assert!(NAMED.iter().any(|named| named.0 == name), "{name}");
        }
        assert_eq!(NAMED.len(), Quantity::ALL.len());
    }

    #[test]
    fn numbers_are_written_in_their_units() {
        #[track_caller]
        fn check(found: &Evidence, russian: &str, english: &str) {
            assert_eq!(in_words(found, Language::Russian).as_deref(), Some(russian));
            assert_eq!(in_words(found, Language::English).as_deref(), Some(english));
        }
        check(
            &evidence("share.manager", ">= 0.35", "0.66"),
            "доля менеджера в словах: 66\u{a0}% (правило: не меньше 35\u{a0}%)",
            "the manager's part of the words: 66% (the rule: at least 35%)",
        );
        check(
            &evidence("silence.longest_s", "> 20", "75.5"),
            "самая долгая тишина: 1:15 (правило: больше 0:20)",
            "longest silence: 1:15 (the rule: more than 0:20)",
        );
        check(
            &evidence("turn_words.client", "< 3", "2.4"),
            "слов в реплике клиента: 2,4 (правило: меньше 3)",
            "words in a turn of the client: 2.4 (the rule: less than 3)",
        );
    }

    #[test]
    fn words_are_no_number() {
        for (phrase, quote) in [(">= 3", "три"), ("скидка 3", "3"), ("", "3"), ("> ...", "3")]
        {
            assert!(!is_number(&evidence("greeting", phrase, quote)), "{phrase}");
            assert_eq!(in_words(&evidence("greeting", phrase, quote), Language::Russian), None);
        }
    }
}
