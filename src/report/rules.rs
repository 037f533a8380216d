//! A rulebook for its author: tests that fail, advice, faults, forms, and what there is.

use crate::grading::{FailedTest, TestFault, TestReport};
use crate::report::difference::value;
use crate::report::language::Language;
use crate::report::page::{Ink, Screen, fill, right, width};
use crate::rules::{Advice, AdviceKind, Fault, Missed, PhraseForms, Rulebook};

/// Columns of a weight.
const WEIGHT: usize = 7;
/// Forms of a homonym that are named.
const MOST_FORMS: usize = 3;

/// Every fault of a rulebook that does not load.
pub fn faults(faults: &[Fault], lang: Language, screen: Screen) -> String {
    let mut text = String::new();
    for fault in faults {
        let place = place(&fault.file, fault.line, lang);
        text.push_str(&screen.paragraph("  ", 4, Ink::Plain, &format!("{place}: {}", fault.text)));
    }
    let said =
        format!("{}: {}", lang.pick("Ошибок в правилах", "Faults in the rules"), faults.len());
    format!("{}\n{text}", screen.paint(Ink::Red, &said))
}

/// What came of the tests.
pub fn tests(report: &TestReport, lang: Language, screen: Screen) -> String {
    let mut text = format!(
        "{} {}, {} {}\n",
        lang.pick("Проверок прошло", "Tests passed"),
        report.passed,
        lang.pick("не прошло", "failed"),
        report.failed.len()
    );
    for failed in &report.failed {
        text.push_str(&screen.paragraph("  ", 4, Ink::Red, &fault(failed, lang)));
    }
    text
}

fn fault(failed: &FailedTest, lang: Language) -> String {
    let said = match failed.fault {
        TestFault::NotFound(missed) => {
            let why = missed.map_or("", |missed| match missed {
                Missed::OutsideWindow => {
                    lang.pick(" (не там в разговоре)", " (outside its window)")
                }
                Missed::OtherSpeaker => lang.pick(" (сказал другой)", " (said by the other side)"),
                Missed::Excluded => {
                    lang.pick(" (исключено условием)", " (struck out by a condition)")
                }
                Missed::Doubtful => lang.pick(" (слова распознаны плохо)", " (hardly recognized)"),
                Missed::NotEnough => "",
            });
            format!(
                "{}{why}",
                lang.pick("должно найтись и не нашлось", "is not found and should be")
            )
        }
        TestFault::Found => {
            lang.pick("нашлось и не должно", "is found and should not be").to_owned()
        }
        TestFault::Value { wanted, got } => format!(
            "{} {}, {} {}",
            lang.pick("должно быть", "should be"),
            value(Some(wanted), lang),
            lang.pick("вышло", "came out"),
            value(Some(got), lang)
        ),
    };
    format!("{}: {}: {said}: {}", place(&failed.file, failed.line, lang), failed.id, failed.talk)
}

fn place(file: &str, line: usize, lang: Language) -> String {
    if line == 0 {
        return file.to_owned();
    }
    format!("{file} {} {line}", lang.pick("строка", "line"))
}

/// Tells one kind of advice from the others.
type Is = fn(&AdviceKind) -> bool;

/// What is hardly meant: the first of each kind, or everything.
pub fn advice(advice: &[Advice], all: bool, lang: Language, screen: Screen) -> String {
    /// Of each kind, unless all are asked for.
    const MOST: usize = 5;
    let mut text = String::new();
    let kinds: [(&str, Is); 4] = [
        (lang.pick("Никогда не сработает", "Can never be met"), |kind| {
            matches!(kind, AdviceKind::NeverMet { .. })
        }),
        (lang.pick("Никто не использует", "Nothing uses it"), |kind| {
            matches!(kind, AdviceKind::Unused { .. })
        }),
        (lang.pick("Лишняя фраза", "Needless phrase"), |kind| {
            matches!(kind, AdviceKind::Shadowed { .. })
        }),
        (
            lang.pick("Слово совпадает с формой другого", "Word shared with another"),
            |kind| matches!(kind, AdviceKind::Homonym { .. }),
        ),
    ];
    for (title, is) in kinds {
        let of: Vec<&Advice> = advice.iter().filter(|entry| is(&entry.kind)).collect();
        if of.is_empty() {
            continue;
        }
        text.push_str(&heading(&format!("{title}: {}", of.len()), screen));
        let most = if all { of.len() } else { MOST };
        for entry in of.iter().take(most) {
            let said =
                format!("{}: {}", place(&entry.file, entry.line, lang), said(&entry.kind, lang));
            text.push_str(&screen.paragraph("  ", 4, Ink::Plain, &said));
        }
        if most < of.len() {
            let more = of.len() - most;
            let said = lang.pick("ещё", "more");
            text.push_str(&screen.paragraph("  ", 4, Ink::Dim, &format!("{said} {more}: --all")));
        }
    }
    text
}

fn heading(title: &str, screen: Screen) -> String {
    format!("\n{}\n", screen.paint(Ink::Bold, title))
}

fn said(kind: &AdviceKind, lang: Language) -> String {
    match kind {
        AdviceKind::NeverMet { finding, why } => format!("{finding}: {why}"),
        AdviceKind::Unused { finding } => finding.clone(),
        AdviceKind::Shadowed { finding, phrase, by } => format!(
            "{finding}: `{phrase}` {} `{by}`",
            lang.pick("находит только то, что и", "finds only what this one does:")
        ),
        AdviceKind::Homonym { finding, word, forms } => {
            let shown: Vec<String> = forms
                .iter()
                .take(MOST_FORMS)
                .map(|(form, other)| format!("«{form}» ({other})"))
                .collect();
            format!(
                "{finding}: {word}: {}; {} `={word}`",
                shown.join(", "),
                lang.pick("одна форма:", "one form only:")
            )
        }
    }
}

/// What the words of a finding's phrases stand for.
pub fn forms(phrases: &[PhraseForms], lang: Language, screen: Screen) -> String {
    let mut text = String::new();
    for phrase in phrases {
        let variants = format!("{}: {}", lang.pick("вариантов", "variants"), phrase.variants);
        text.push_str(&screen.paragraph(
            "",
            2,
            Ink::Bold,
            &format!("{} ({variants})", phrase.phrase),
        ));
        for word in &phrase.words {
            let said = format!("{}: {}", word.word, word.forms.join(", "));
            text.push_str(&screen.paragraph("  ", 4, Ink::Plain, &said));
        }
    }
    text
}

/// What a rulebook has: criteria with their weights, what asks for attention, findings.
pub fn listing(book: &Rulebook, lang: Language, screen: Screen) -> String {
    let code = lang.code();
    let mut text =
        screen.paragraph("", 0, Ink::Bold, &format!("{} ({})", book.title.in_lang(code), book.id));
    let types = book.call_types();
    text.push_str(&heading(lang.pick("Типы звонков", "Call types"), screen));
    for (index, id) in types.iter().enumerate() {
        let title = book.call_type(id).map_or("", |title| title.in_lang(code));
        let rated =
            if book.is_rated(id) { "" } else { lang.pick(", без оценки", ", not rated") };
        text.push_str(&screen.paragraph(
            "  ",
            4,
            Ink::Plain,
            &format!("{}. {id}: {title}{rated}", index + 1),
        ));
    }
    let criteria = book.criteria();
    let title = lang.pick("Критерии и веса по типам", "Criteria and weights by type");
    text.push_str(&heading(title, screen));
    let rated: Vec<(usize, &&str)> =
        types.iter().enumerate().filter(|(_, id)| book.is_rated(id)).collect();
    let room = screen.columns.saturating_sub(4 + rated.len() * WEIGHT).max(20);
    let wanted = criteria.iter().map(|(id, _)| width(id)).max().unwrap_or(0);
    let name = wanted.min(room);
    let heads: String =
        rated.iter().map(|(index, _)| right(&format!("{}.", index + 1), WEIGHT)).collect();
    text.push_str(&["  ", &fill("", name), &heads, "\n"].concat());
    for (id, _) in &criteria {
        let weights: String = rated
            .iter()
            .map(|(_, kind)| right(&lang.number(book.weight(id, kind).unwrap_or_default()), WEIGHT))
            .collect();
        text.push_str(&["  ", &fill(id, name), &weights, "\n"].concat());
    }
    let flags = book.attention_titles();
    if !flags.is_empty() {
        let title = lang.pick("Просит внимания", "Asks for attention");
        text.push_str(&heading(title, screen));
        for (id, title, fails) in flags {
            let fails =
                if fails { lang.pick(" (автопровал)", " (auto-fail)") } else { "" };
            let said = format!("{id}: {}{fails}", title.in_lang(code));
            text.push_str(&screen.paragraph("  ", 4, Ink::Plain, &said));
        }
    }
    let findings = book.findings_in_brief();
    let title = format!("{}: {}", lang.pick("Находки", "Findings"), findings.len());
    text.push_str(&heading(&title, screen));
    for finding in findings {
        let mut facts = Vec::new();
        if let Some(title) = finding.title {
            facts.push(title.in_lang(code).to_owned());
        }
        facts.push(
            finding.who.map_or(lang.pick("любой", "anybody"), |who| lang.speaker(who)).to_owned(),
        );
        if 0 < finding.phrases {
            facts.push(format!("{}: {}", lang.pick("фраз", "phrases"), finding.phrases));
        }
        if finding.disabled {
            facts.push(lang.pick("отключена", "disabled").to_owned());
        }
        let said =
            format!("{}: {} ({}:{})", finding.id, facts.join(", "), finding.file, finding.line);
        text.push_str(&screen.paragraph("  ", 4, Ink::Plain, &said));
    }
    text
}
