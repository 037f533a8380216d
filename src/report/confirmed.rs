//! What a person's answer came to, in a few lines: what he changed, and both sums.

use crate::grading::{Confirmed, Cqr};
use crate::report::difference::value;
use crate::report::language::Language;
use crate::report::page::{Ink, Screen};

/// The lines on `confirmed`.
pub fn confirmed(confirmed: &Confirmed, lang: Language, screen: Screen) -> String {
    let machine = &confirmed.machine;
    let said = lang.pick("подтверждено", "confirmed");
    let mut text =
        screen.paragraph("", 0, Ink::Bold, &format!("{}: {said}, {}", machine.id(), confirmed.by));
    let mut say = |line: &str| text.push_str(&screen.paragraph("  ", 2, Ink::Plain, line));
    if machine.call_type.id != confirmed.call_type {
        let name = lang.pick("тип", "type");
        say(&format!("{name}: {} → {}", machine.call_type.id, confirmed.call_type));
    }
    for criterion in confirmed.changed() {
        let (old, new) =
            (value(Some(criterion.machine.0), lang), value(Some(criterion.outcome), lang));
        let why = criterion.why.as_deref().unwrap_or_default();
        say(&format!("{}: {old} → {new} ({why})", criterion.id));
    }
    let shown = |cqr: &Cqr| cqr.value.map_or("–".to_owned(), |value| lang.number(value));
    let (old, new) = (shown(&machine.cqr), shown(&confirmed.cqr));
    let cqr = if old == new { new } else { format!("{old} → {new}") };
    say(&format!("CQR: {cqr}, {}", lang.verdict(confirmed.cqr.verdict)));
    text
}
