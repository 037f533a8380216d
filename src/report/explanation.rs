//! Why a value came out, as a page: each level that was tried, what it asks for, what was found and what came nearest.

use crate::grading::{Draft, Evidence, Explanation, Holds, Node, Outcome, Part, Step};
use crate::report::difference::value;
use crate::report::language::{Language, clock};
use crate::report::page::{Ink, Screen};
use crate::rules::Missed;

/// Quotes under one part; the rest is a number.
const MOST_QUOTES: usize = 3;

/// The page for some criteria of a call, with a line feed at its end.
pub fn explanation(
    draft: &Draft,
    criteria: &[Explanation],
    lang: Language,
    screen: Screen,
) -> String {
    let mut text = screen.paragraph("", 0, Ink::Bold, &draft.recording.source);
    let kind = draft.call_type.title.in_lang(lang.code());
    let sure = lang.percent(draft.call_type.confidence);
    let rating = draft.cqr.value.map_or("–".to_owned(), |value| lang.number(value));
    let said = format!(
        "{}: {kind} ({sure}); CQR {rating}, {}",
        lang.pick("тип", "type"),
        lang.verdict(draft.cqr.verdict)
    );
    text.push_str(&screen.paragraph("", 0, Ink::Plain, &said));
    if draft.criteria.is_empty() {
        let said =
            lang.pick("звонки этого типа не оцениваются", "calls of this type are not rated");
        text.push_str(&screen.paragraph("", 0, Ink::Plain, said));
    }
    for criterion in criteria {
        text.push('\n');
        text.push_str(&one(criterion, lang, screen));
    }
    text
}

fn one(criterion: &Explanation, lang: Language, screen: Screen) -> String {
    let draft = &criterion.draft;
    let title = draft.title.in_lang(lang.code());
    let mut head = format!("{title} ({}): {}", draft.id, value(Some(draft.outcome), lang));
    let why = draft.why.in_lang(lang.code());
    if !why.is_empty() {
        head = format!("{head}, {why}");
    }
    if matches!(draft.outcome, Outcome::Proposed(_)) {
        let sure = lang.pick("уверенность", "confidence");
        head = format!("{head} ({sure} {})", lang.percent(draft.confidence));
    }
    let mut text = screen.paragraph("", 0, Ink::Bold, &head);
    let mut answered = None;
    for step in &criterion.steps {
        if let Some(said) = &step.answers
            && answered != Some(said)
        {
            answered = Some(said);
            let what = lang.pick("в ответ на", "in answer to");
            text.push_str(&screen.paragraph(
                "  ",
                2,
                Ink::Dim,
                &format!("{what} {}", quoted(said, lang)),
            ));
        }
        text.push_str(&tried(step, lang, screen));
    }
    if let Some(absence) = &draft.absence {
        let said = format!(
            "{} {}",
            lang.pick(
                "значение держится на том, чего не нашли; расслышано там, где искали:",
                "the value rests on what was not found; heard where it was looked for:"
            ),
            lang.percent(absence.heard)
        );
        text.push_str(&screen.paragraph("  ", 2, Ink::Dim, &said));
        if draft.outcome == Outcome::Unknown {
            let said = lang.pick(
                "этого мало, поэтому значение неизвестно",
                "that is too little, so the value is unknown",
            );
            text.push_str(&screen.paragraph("  ", 2, Ink::Dim, said));
        }
    }
    text
}

fn tried(step: &Step, lang: Language, screen: Screen) -> String {
    let outcome = value(Some(step.outcome), lang);
    let Some(condition) = &step.condition else {
        let said = if step.answers.is_some() {
            lang.pick("ответа не нашлось", "no answer was found")
        } else {
            lang.pick("итог", "in the end")
        };
        return screen.paragraph("  ", 2, Ink::Plain, &format!("{said}: {outcome}"));
    };
    let verdict = match condition.holds {
        Holds::Yes => lang.pick("выполнено", "holds"),
        Holds::No => lang.pick("не выполнено", "does not hold"),
        Holds::Unknown => lang.pick("не узнать", "cannot be told"),
    };
    let ink = if step.settled { Ink::Green } else { Ink::Plain };
    let said = format!("{outcome} {} ({verdict})", lang.pick("если", "if"));
    let mut text = screen.paragraph("  ", 2, ink, &said);
    text.push_str(&node(condition, 4, lang, screen));
    text
}

fn node(part: &Node, indent: usize, lang: Language, screen: Screen) -> String {
    let mark = match part.holds {
        Holds::Yes => "+",
        Holds::No => "-",
        Holds::Unknown => "?",
    };
    let name = match &part.part {
        Part::All => lang.pick("всё из этого:", "all of this:").to_owned(),
        Part::Any => lang.pick("что-то из этого:", "any of this:").to_owned(),
        Part::AtLeast(number) => {
            format!(
                "{} {number} {}",
                lang.pick("хотя бы", "at least"),
                lang.pick("из этого:", "of this:")
            )
        }
        Part::Not => lang.pick("нет такого:", "none of this:").to_owned(),
        Part::Finding(id, title) => match title {
            Some(title) => format!("{} ({id})", title.in_lang(lang.code())),
            None => id.clone(),
        },
        Part::Number(text, Some(number)) => {
            format!("{text}: {} {}", lang.pick("здесь", "here"), lang.number(*number))
        }
        Part::Number(text, None) | Part::Fact(text) => text.clone(),
    };
    let ink = match part.holds {
        Holds::Yes => Ink::Plain,
        Holds::No | Holds::Unknown => Ink::Dim,
    };
    let head = format!("{}{mark} ", " ".repeat(indent));
    let mut text = screen.paragraph(&head, indent + 2, ink, &name);
    let below = indent + 4;
    let pad = " ".repeat(below);
    for evidence in part.said.iter().take(MOST_QUOTES) {
        text.push_str(&screen.paragraph(&pad, below, Ink::Plain, &quoted(evidence, lang)));
    }
    if MOST_QUOTES < part.said.len() {
        let more = format!("(+{})", part.said.len() - MOST_QUOTES);
        text.push_str(&screen.paragraph(&pad, below, Ink::Dim, &more));
    }
    for (evidence, missed) in &part.missed {
        let why = match missed {
            Missed::NotEnough => lang.pick("не хватает", "not enough"),
            Missed::OutsideWindow => lang.pick("не там в разговоре", "elsewhere in the call"),
            Missed::OtherSpeaker => lang.pick("сказал другой", "said by the other side"),
            Missed::Excluded => lang.pick("исключено условием", "struck out by a condition"),
            Missed::Doubtful => lang.pick("слова распознаны плохо", "hardly recognized"),
        };
        let near = lang.pick("почти", "nearly");
        let said = format!("{near} ({why}): {}", quoted(evidence, lang));
        text.push_str(&screen.paragraph(&pad, below, Ink::Dim, &said));
    }
    for inner in &part.parts {
        text.push_str(&node(inner, indent + 2, lang, screen));
    }
    text
}

fn quoted(evidence: &Evidence, lang: Language) -> String {
    let (open, close) = lang.pick(("«", "»"), ("“", "”"));
    format!(
        "{} {}: {open}{}{close}",
        clock(u64::from(evidence.span.start_ms)),
        lang.speaker(evidence.who),
        evidence.quote.trim()
    )
}
