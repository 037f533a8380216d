//! Many drafts as a table, with totals and with what was not graded and why.

use std::collections::BTreeMap;

use crate::batch::{Ended, Failure, Outcome, SkipReason, Summary};
use crate::grading::{Draft, Verdict};
use crate::report::language::{Language, clock};
use crate::report::page::{Ink, Screen, fill, right, shorten, width};
use crate::warning::Warning;

/// What a table shows of one recording: a draft may have megabytes, this has not.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    name: String,
    duration_ms: u32,
    warnings: Vec<Warning>,
    cell: Cell,
}

#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Graded {
        type_ru: String,
        type_en: String,
        value: Option<f64>,
        verdict: Verdict,
        /// Titles in Russian and in English, and whether it is an auto-fail.
        attention: Vec<(String, String, bool)>,
    },
    Skipped(SkipReason),
    Failed(Failure),
}

impl Row {
    /// The row of one recording.
    pub fn new(ended: &Ended<Draft>) -> Self {
        let (cell, warnings) = match &ended.outcome {
            Outcome::Done(draft) => {
                let title = &draft.call_type.title;
                let cell = Cell::Graded {
                    type_ru: title.in_lang("ru").to_owned(),
                    type_en: title.in_lang("en").to_owned(),
                    value: draft.cqr.value,
                    verdict: draft.cqr.verdict,
                    attention: (draft.attention.iter())
                        .map(|flag| {
                            let title = |lang| flag.title.in_lang(lang).to_owned();
                            (title("ru"), title("en"), flag.auto_fail)
                        })
                        .collect(),
                };
                (cell, draft.warnings.clone())
            }
            Outcome::Skipped(reason) => (Cell::Skipped(*reason), Vec::new()),
            Outcome::Failed(reason) => (Cell::Failed(reason.clone()), Vec::new()),
        };
        Self {
            name: ended.recording.source.clone(),
            duration_ms: ended.recording.duration_ms,
            warnings,
            cell,
        }
    }

    /// Whether a reviewer should look at something in it.
    fn is_flagged(&self) -> bool {
        matches!(&self.cell, Cell::Graded { attention, .. } if !attention.is_empty())
    }

    /// What became of the recording, in a few words: for a line of progress.
    pub fn in_brief(&self, lang: Language) -> String {
        match &self.cell {
            Cell::Graded { type_ru, type_en, value, verdict, .. } => {
                let rating =
                    value.map_or(String::new(), |value| format!(", CQR {}", lang.number(value)));
                format!("{}{rating}, {}", lang.pick(type_ru, type_en), lang.verdict(*verdict))
            }
            Cell::Skipped(reason) => {
                format!("{}: {}", lang.pick("пропущено", "skipped"), lang.skipped(*reason))
            }
            Cell::Failed(reason) => {
                format!("{}: {}", lang.pick("сбой", "failed"), lang.failure(reason))
            }
        }
    }
}

/// Spaces between columns.
const GAP: &str = "  ";

/// Columns of the length.
const LENGTH: usize = 7;

/// Columns of the CQR.
const RATING: usize = 5;

/// The table, with totals, and below it what was skipped, what failed and what the reader must know.
pub fn table(rows: &[Row], summary: &Summary, lang: Language, screen: Screen) -> String {
    let mut text = String::new();
    if !rows.is_empty() {
        text.push_str(&grid(rows, lang, screen));
        text.push('\n');
    }
    text.push_str(&totals(rows, summary, lang, screen));
    text.push_str(&list(
        lang.pick("Пропущено:", "Skipped:"),
        rows.iter().filter_map(|row| match &row.cell {
            Cell::Skipped(reason) => Some((row.name.as_str(), lang.skipped(*reason).to_owned())),
            Cell::Graded { .. } | Cell::Failed(_) => None,
        }),
        screen,
    ));
    text.push_str(&list(
        lang.pick("Сбои:", "Failed:"),
        rows.iter().filter_map(|row| match &row.cell {
            Cell::Failed(reason) => Some((row.name.as_str(), lang.failure(reason))),
            Cell::Graded { .. } | Cell::Skipped(_) => None,
        }),
        screen,
    ));
    text.push_str(&attention(rows, lang, screen));
    text.push_str(&warnings(rows, lang, screen));
    text
}

/// What a reviewer should look at, by recording.
fn attention(rows: &[Row], lang: Language, screen: Screen) -> String {
    let mut lines = String::new();
    for row in rows {
        let Cell::Graded { attention, .. } = &row.cell else { continue };
        for (russian, english, fails) in attention {
            let title = lang.pick(russian, english);
            let (mark, ink, kind) = if *fails {
                ("!! ", Ink::Red, lang.pick("автопровал, ", "auto-fail, "))
            } else {
                ("!  ", Ink::Yellow, "")
            };
            lines.push_str(&screen.paragraph(
                mark,
                3,
                ink,
                &format!("{kind}{title} ({})", row.name),
            ));
        }
    }
    if lines.is_empty() {
        return lines;
    }
    let title = lang.pick("Посмотрите (CQR это не меняет):", "Look at (the CQR stays):");
    format!("\n{}\n{lines}", screen.paint(Ink::Bold, title))
}

fn grid(rows: &[Row], lang: Language, screen: Screen) -> String {
    let verdicts = [Verdict::Good, Verdict::NeedsWork, Verdict::Open, Verdict::None];
    let verdict_columns =
        verdicts.iter().map(|verdict| width(lang.verdict(*verdict))).max().unwrap_or(0);
    let types = rows.iter().map(|row| match &row.cell {
        Cell::Graded { type_ru, type_en, .. } => width(lang.pick(type_ru, type_en)),
        Cell::Skipped(_) | Cell::Failed(_) => 0,
    });
    let name_wanted = rows.iter().map(|row| width(&row.name)).max().unwrap_or(0).max(8);
    let type_wanted = types.max().unwrap_or(0).max(4);
    let flag_columns = if rows.iter().any(Row::is_flagged) { " !!".len() } else { 0 };
    let fixed = LENGTH + RATING + verdict_columns + flag_columns + 4 * GAP.len();
    let room = screen.columns.saturating_sub(fixed).max(20);
    // Names tell recordings apart, so they get what types can spare, and at least half.
    let type_columns = type_wanted.min(room.saturating_sub(name_wanted).max(room * 2 / 5));
    let name_columns = name_wanted.min(room - type_columns);

    let line = |name: &str, length: &str, kind: &str, rating: &str, last: &str| {
        let cells = [
            fill(name, name_columns),
            right(length, LENGTH),
            fill(kind, type_columns),
            right(rating, RATING),
            last.to_owned(),
        ];
        format!("{}\n", cells.join(GAP).trim_end())
    };
    let head = line(
        lang.pick("Запись", "Recording"),
        lang.pick("Длина", "Length"),
        lang.pick("Тип", "Type"),
        "CQR",
        lang.pick("Вердикт", "Verdict"),
    );
    let mut text = format!("{}\n", screen.paint(Ink::Bold, head.trim_end()));
    for row in rows {
        let name = shorten(&row.name, name_columns);
        let length =
            if row.duration_ms == 0 { String::new() } else { clock(row.duration_ms.into()) };
        text.push_str(&match &row.cell {
            Cell::Graded { type_ru, type_en, value, verdict, attention } => {
                let kind = shorten(lang.pick(type_ru, type_en), type_columns);
                let rating = value.map_or("–".to_owned(), |value| lang.number(value));
                let ink = match verdict {
                    Verdict::Good => Ink::Green,
                    Verdict::NeedsWork => Ink::Yellow,
                    Verdict::Open | Verdict::None => Ink::Dim,
                };
                let mut last = screen.paint(ink, lang.verdict(*verdict));
                if !attention.is_empty() {
                    let fails = attention.iter().any(|(.., fails)| *fails);
                    let ink = if fails { Ink::Red } else { Ink::Yellow };
                    last.push_str(&screen.paint(ink, if fails { " !!" } else { " !" }));
                }
                line(&name, &length, &kind, &rating, &last)
            }
            Cell::Skipped(_) => {
                let said = screen.paint(Ink::Dim, lang.pick("пропущено", "skipped"));
                line(&name, &length, "", "", &said)
            }
            Cell::Failed(_) => {
                let said = screen.paint(Ink::Red, lang.pick("сбой", "failed"));
                line(&name, &length, "", "", &said)
            }
        });
    }
    text
}

/// How many of what, and the mean CQR.
fn totals(rows: &[Row], summary: &Summary, lang: Language, screen: Screen) -> String {
    let mut said = vec![
        format!("{} {}", lang.pick("Всего", "In all"), summary.given),
        format!("{} {}", lang.pick("оценено", "graded"), summary.done),
        format!("{} {}", lang.pick("пропущено", "skipped"), summary.skipped),
        format!("{} {}", lang.pick("сбоев", "failed"), summary.failed),
    ];
    if 0 < summary.not_reached() {
        said.push(format!("{} {}", lang.pick("не дошло", "not reached"), summary.not_reached()));
    }
    said.push(format!("{} {}", lang.pick("звука", "audio"), clock(summary.audio_ms)));
    let mut text = screen.paragraph("", 0, Ink::Bold, &format!("{}.", said.join(", ")));

    let mut counts = [0_usize; 4];
    let (mut sum, mut rated) = (0.0, 0_usize);
    for row in rows {
        if let Cell::Graded { value, verdict, .. } = &row.cell {
            counts[match verdict {
                Verdict::Good => 0,
                Verdict::NeedsWork => 1,
                Verdict::Open => 2,
                Verdict::None => 3,
            }] += 1;
            if let Some(value) = value {
                sum += value;
                rated += 1;
            }
        }
    }
    if 0 < summary.done {
        let titles = [
            lang.pick("Хороших", "Good"),
            lang.pick("есть над чем работать", "needs work"),
            lang.pick("вердикт открыт", "open"),
            lang.pick("без оценки", "not rated"),
        ];
        let mut said: Vec<String> = titles
            .iter()
            .zip(counts)
            .enumerate()
            .filter(|(index, (_, count))| *index == 0 || 0 < *count)
            .map(|(_, (title, count))| format!("{title} {count}"))
            .collect();
        if 0 < rated {
            let mean = lang.number(sum / rated as f64);
            let of = lang.pick("по оценённым звонкам", "over rated calls");
            said.push(format!("{} {mean} ({of}: {rated})", lang.pick("средний CQR", "mean CQR")));
        }
        text.push_str(&screen.paragraph("", 0, Ink::Plain, &format!("{}.", said.join(", "))));
    }
    text
}

/// A heading and a line for each entry; nothing where there is none.
fn list<'a>(
    title: &str,
    entries: impl Iterator<Item = (&'a str, String)>,
    screen: Screen,
) -> String {
    let lines: String = entries
        .map(|(name, why)| screen.paragraph("  ", 4, Ink::Plain, &entry(name, &why)))
        .collect();
    if lines.is_empty() {
        return lines;
    }
    format!("\n{}\n{lines}", screen.paint(Ink::Bold, title))
}

/// The reason, with the name before it unless the reason begins with saying it.
fn entry(name: &str, why: &str) -> String {
    if why.contains(name) { why.to_owned() } else { format!("{name}: {why}") }
}

/// Each warning once, with the recordings that it is about.
fn warnings(rows: &[Row], lang: Language, screen: Screen) -> String {
    /// More names than these are a number.
    const MOST_NAMES: usize = 3;
    let mut by_warning: BTreeMap<Warning, Vec<&str>> = BTreeMap::new();
    for row in rows {
        for warning in &row.warnings {
            let warning = match warning {
                // Said for the whole run, on standard error.
                Warning::DemoModel | Warning::UnlistedModel => continue,
                // One line for all of them: in tens, so that the worst come together.
                Warning::PoorlyHeard { percent } => {
                    Warning::PoorlyHeard { percent: percent / 10 * 10 }
                }
                other => other.clone(),
            };
            by_warning.entry(warning).or_default().push(&row.name);
        }
    }
    if by_warning.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", screen.paint(Ink::Bold, lang.pick("Внимание:", "Take note:")));
    for (warning, names) in by_warning {
        let whose = if names.len() <= MOST_NAMES {
            names.join(", ")
        } else {
            format!("{}: {}", lang.pick("записей", "recordings"), names.len())
        };
        let about = match warning {
            Warning::PoorlyHeard { .. } => lang.pick("не меньше ", "at least "),
            _ => "",
        };
        let said = format!("{about}{} ({whose})", lang.warning(&warning));
        text.push_str(&screen.paragraph("! ", 2, Ink::Yellow, &said));
    }
    text
}
