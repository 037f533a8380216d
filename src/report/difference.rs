//! Two rulebooks on the same calls: what changes, by manager and in all, then call by call.

use std::collections::BTreeMap;

use crate::grading::{Difference, Level, Outcome, Rated};
use crate::report::language::Language;
use crate::report::page::{Ink, Screen, fill, right, shorten, width};

/// Columns of a number.
const NUMBER: usize = 8;

#[derive(Clone, Copy, Default)]
struct Sum {
    calls: usize,
    types: usize,
    values: usize,
    verdicts: usize,
    old: f64,
    new: f64,
    rated: usize,
}

impl Sum {
    fn add(&mut self, difference: &Difference) {
        self.calls += 1;
        self.types += usize::from(difference.type_changes());
        self.values += difference.values.len();
        self.verdicts += usize::from(difference.verdict_changes());
        if let (Some(old), Some(new)) = (difference.cqr.0.value, difference.cqr.1.value) {
            self.old += old;
            self.new += new;
            self.rated += 1;
        }
    }
}

/// The report on `differences`, which has an entry for every call.
pub fn differences(differences: &[Difference], lang: Language, screen: Screen) -> String {
    let mut all = Sum::default();
    let mut by_manager: BTreeMap<&str, Sum> = BTreeMap::new();
    for difference in differences {
        all.add(difference);
        if let Some(manager) = &difference.manager {
            by_manager.entry(manager).or_default().add(difference);
        }
    }
    let mut text = grid(&all, &by_manager, lang, screen);
    let changed: Vec<&Difference> = differences.iter().filter(|entry| entry.is_any()).collect();
    if changed.is_empty() {
        let said = lang.pick("Ничего не меняется.", "Nothing changes.");
        text.push_str(&screen.paragraph("", 0, Ink::Bold, said));
        return text;
    }
    for entry in changed {
        text.push('\n');
        text.push_str(&call(entry, lang, screen));
    }
    text
}

fn grid(all: &Sum, by_manager: &BTreeMap<&str, Sum>, lang: Language, screen: Screen) -> String {
    let heads = [
        lang.pick("звонков", "calls"),
        lang.pick("тип", "type"),
        lang.pick("баллы", "values"),
        lang.pick("вердикт", "verdict"),
        lang.pick("CQR был", "CQR was"),
        lang.pick("стал", "is"),
    ];
    let whole = lang.pick("все звонки", "all calls");
    let room = screen.columns.saturating_sub(heads.len() * NUMBER).max(8);
    let wanted = by_manager.keys().map(|name| width(name)).max().unwrap_or(0).max(width(whole));
    let first = wanted.min(room);
    let line = |name: &str, cells: [String; 6]| {
        let cells: String = cells.iter().map(|cell| right(cell, NUMBER)).collect();
        format!("{}{cells}\n", fill(&shorten(name, first), first))
    };
    let row = |name: &str, sum: &Sum| {
        let mean = |total: f64| match sum.rated {
            0 => "–".to_owned(),
            rated => lang.number(total / rated as f64),
        };
        let counts =
            [sum.calls, sum.types, sum.values, sum.verdicts].map(|count| count.to_string());
        let [calls, types, values, verdicts] = counts;
        line(name, [calls, types, values, verdicts, mean(sum.old), mean(sum.new)])
    };
    let head = line(lang.pick("меняется", "changes"), heads.map(str::to_owned));
    let mut text = format!("{}\n", screen.paint(Ink::Bold, head.trim_end()));
    for (name, sum) in by_manager {
        text.push_str(&row(name, sum));
    }
    text.push_str(&row(whole, all));
    text
}

fn call(entry: &Difference, lang: Language, screen: Screen) -> String {
    let mut text = screen.paragraph("", 0, Ink::Bold, &entry.source);
    let mut say = |name: &str, old: &str, new: &str, ink: Ink| {
        text.push_str(&screen.paragraph("  ", 2, ink, &format!("{name}: {old} → {new}")));
    };
    if entry.type_changes() {
        let (old, new) = &entry.call_type;
        say(lang.pick("тип", "type"), old, new, Ink::Plain);
    }
    for (id, old, new) in &entry.values {
        say(id, &value(*old, lang), &value(*new, lang), Ink::Plain);
    }
    if entry.cqr_changes() {
        let shown = |rated: Rated| rated.value.map_or("–".to_owned(), |value| lang.number(value));
        say("CQR", &shown(entry.cqr.0), &shown(entry.cqr.1), Ink::Plain);
    }
    if entry.verdict_changes() {
        let (old, new) = (lang.verdict(entry.cqr.0.verdict), lang.verdict(entry.cqr.1.verdict));
        say(lang.pick("вердикт", "verdict"), old, new, Ink::Yellow);
    }
    text
}

/// A value in a column; what is not there has none.
pub(super) fn value(outcome: Option<Outcome>, lang: Language) -> String {
    match outcome {
        None => lang.pick("нет", "none").to_owned(),
        Some(Outcome::NotApplicable) => lang.pick("неприменимо", "does not apply").to_owned(),
        Some(Outcome::Unknown) => lang.pick("неизвестно", "unknown").to_owned(),
        Some(Outcome::Proposed(Level::Half)) => lang.number(0.5),
        Some(Outcome::Proposed(Level::Zero)) => "0".to_owned(),
        Some(Outcome::Proposed(Level::Full)) => "1".to_owned(),
    }
}
