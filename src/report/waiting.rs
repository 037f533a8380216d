//! Drafts that wait for a person, as a table: those whose verdict may turn stand first.

use crate::grading::Verdict;
use crate::report::language::Language;
use crate::report::page::{Ink, Screen, fill, right, shorten, width};

/// A draft that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingDraft {
    /// Its id.
    pub id: String,
    /// The manager, where he is known.
    pub manager: Option<String>,
    /// Id of the call type.
    pub call_type: String,
    /// 0 to 100.
    pub cqr: Option<f64>,
    /// Against the threshold.
    pub verdict: Verdict,
    /// The chance that a person turns the verdict, 0 to 1.
    pub doubt: f64,
}

/// Columns of the chance and of the CQR.
const NUMBER: usize = 6;

/// The table of `drafts`, in their order.
pub fn waiting(drafts: &[WaitingDraft], lang: Language, screen: Screen) -> String {
    if drafts.is_empty() {
        let said = lang.pick("Ничего не ждёт проверки.", "Nothing waits to be confirmed.");
        return screen.paragraph("", 0, Ink::Plain, said);
    }
    let heads = [
        lang.pick("риск", "risk"),
        "CQR",
        lang.pick("вердикт", "verdict"),
        lang.pick("тип", "type"),
        lang.pick("менеджер", "manager"),
        lang.pick("черновик", "draft"),
    ];
    let widest = |texts: &mut dyn Iterator<Item = usize>, head: &str, most: usize| {
        texts.max().unwrap_or_default().clamp(width(head), most.max(width(head)))
    };
    let manager = |draft: &WaitingDraft| draft.manager.clone().unwrap_or_else(|| "–".to_owned());
    let verdicts =
        widest(&mut drafts.iter().map(|draft| width(lang.verdict(draft.verdict))), heads[2], 14);
    let types = widest(&mut drafts.iter().map(|draft| width(&draft.call_type)), heads[3], 14);
    let managers = widest(&mut drafts.iter().map(|draft| width(&manager(draft))), heads[4], 16);
    let rest = screen.columns.saturating_sub(2 * NUMBER + verdicts + types + managers + 8).max(14);
    let line = |cells: [&str; 6]| {
        format!(
            "{}{}  {}  {}  {}  {}",
            right(cells[0], NUMBER),
            right(cells[1], NUMBER),
            fill(cells[2], verdicts),
            fill(&shorten(cells[3], types), types),
            fill(&shorten(cells[4], managers), managers),
            shorten(cells[5], rest)
        )
    };
    let mut text = format!("{}\n", screen.paint(Ink::Bold, line(heads).trim_end()));
    for draft in drafts {
        let cqr = draft.cqr.map_or("–".to_owned(), |value| lang.number(value));
        let risk = lang.percent(draft.doubt);
        let verdict = lang.verdict(draft.verdict);
        let manager = manager(draft);
        text.push_str(&line([&risk, &cqr, verdict, &draft.call_type, &manager, &draft.id]));
        text.push('\n');
    }
    text.push('\n');
    let note = lang.pick(
        "Риск: насколько вероятно, что проверка перевернёт вердикт. Подтвердить: `autograde confirm ЧЕРНОВИК --by ИМЯ`.",
        "Risk: how likely a person is to turn the verdict. To confirm: `autograde confirm DRAFT --by NAME`.",
    );
    text.push_str(&screen.paragraph("", 0, Ink::Dim, note));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_the_screen_and_keep_their_order() {
        let draft = |id: &str, doubt| WaitingDraft {
            id: id.to_owned(),
            manager: Some("Константинопольский Александр".to_owned()),
            call_type: "qualification".to_owned(),
            cqr: Some(79.96),
            verdict: Verdict::NeedsWork,
            doubt,
        };
        let long = "out-79160000000-20260801-101112-очень-длинное-имя-01234567";
        let drafts = [draft("a-01234567", 0.49), draft(long, 0.03)];
        for lang in [Language::Russian, Language::English] {
            let text = waiting(&drafts, lang, Screen::new(80, false));
            assert!(text.lines().all(|line| width(line) <= 80), "{text}");
            let (first, second) = (text.find("a-01234567").unwrap(), text.find("out-79").unwrap());
            assert!(first < second, "{text}");
            assert!(text.contains(lang.pick("80", "80")), "{text}");
        }
        let none = waiting(&[], Language::English, Screen::new(80, false));
        assert_eq!(none, "Nothing waits to be confirmed.\n");
    }
}
