//! An evaluation as text: the figures in all, by criterion or by call type, and the worst calls with what is wrong in them.
//!
//! Criteria and types are called by their ids, as in labelled calls and rulebooks: who reads this has both open. Tables
//! drop columns from the right where the screen is too narrow for them; `--json` has everything.

use crate::evaluation::{
    Bin, Calibration, Compared, Confusion, Evaluation, Figure, Figures, ValueFigures,
};
use crate::grading::{Outcome, Verdict};
use crate::report::columns::columns;
use crate::report::language::Language;
use crate::report::page::{Ink, Screen};

/// Calls that are shown where nobody asks for all.
const WORST: usize = 10;

/// What is shown beside the totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A table of criteria, and the worst calls.
    Overview,
    /// Each criterion with all its figures.
    Criteria,
    /// Each call type with all its figures.
    Types,
    /// Every call.
    Calls,
}

/// The whole report.
pub fn evaluation(measured: &Evaluation, detail: Detail, lang: Language, screen: Screen) -> String {
    let page = Page { lang, screen };
    let mut text = page.totals(measured);
    match detail {
        Detail::Overview => {
            text.push('\n');
            text.push_str(&page.criteria(measured));
            text.push_str(&page.calls(measured, WORST));
        }
        Detail::Criteria => {
            for criterion in &measured.criteria {
                let title = format!("{}: {}", criterion.id, criterion.title.in_lang(lang.code()));
                text.push_str(&page.heading(&title));
                text.push_str(&page.list(&page.value_rows(&criterion.values)));
                text.push_str(&page.outcomes(&criterion.values.confusion));
            }
        }
        Detail::Types => {
            for (id, figures) in &measured.by_type {
                text.push_str(&page.heading(id));
                text.push_str(&page.list(&page.rows(figures)));
            }
            text.push_str(&page.heading(lang.pick("Типы", "Types")));
            text.push_str(&page.confusion(&measured.type_ids, &measured.types));
            text.push_str(&page.heading(lang.pick("Вердикты", "Verdicts")));
            let verdicts = [Verdict::Good, Verdict::NeedsWork, Verdict::Open, Verdict::None];
            let names = verdicts.map(|verdict| lang.verdict(verdict).to_owned());
            text.push_str(&page.confusion(&names, &measured.verdicts));
        }
        Detail::Calls => text.push_str(&page.calls(measured, usize::MAX)),
    }
    text
}

/// A line of a list of figures: what it is, the figure, and how it is written.
type Row = (&'static str, Option<Figure>, Form);

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `81 %`
    Percent,
    /// `0,72`
    Coefficient,
    /// `6,2`
    Points,
    /// `+1,3`
    Signed,
}

#[derive(Clone, Copy)]
struct Page {
    lang: Language,
    screen: Screen,
}

impl Page {
    fn heading(self, title: &str) -> String {
        format!("\n{}\n", self.screen.paint(Ink::Bold, title))
    }

    fn totals(self, measured: &Evaluation) -> String {
        let said = format!(
            "{} {}, {} {}.",
            self.lang.pick("Размеченных звонков", "Labelled calls"),
            measured.all.calls,
            self.lang.pick("значений с меткой", "labelled values"),
            measured.all.values.count
        );
        let mut text = self.screen.paragraph("", 0, Ink::Bold, &said);
        text.push('\n');
        let mut rows = self.rows(&measured.all);
        let sure = [
            (
                self.lang.pick("уверенность: ошибка (ECE)", "confidence: error (ECE)"),
                measured.ece,
                Form::Coefficient,
            ),
            (
                self.lang.pick("уверенность: Брайер", "confidence: Brier"),
                measured.brier,
                Form::Coefficient,
            ),
            (
                self.lang.pick("уверенность типа: ошибка", "type confidence: error"),
                measured.type_ece,
                Form::Coefficient,
            ),
        ];
        rows.extend(sure.into_iter().filter(|(_, figure, _)| figure.is_some()));
        text.push_str(&self.list(&rows));
        let cqr = &measured.all.cqr;
        if 0 < cqr.only_label + cqr.only_draft {
            let said = format!(
                "{}: {} {}, {} {}.",
                self.lang.pick("CQR только с одной стороны", "CQR on one side only"),
                cqr.only_label,
                self.lang.pick("в метках", "by the labels"),
                cqr.only_draft,
                self.lang.pick("в черновике", "by the draft"),
            );
            text.push_str(&self.screen.paragraph("", 0, Ink::Plain, &said));
        }
        text.push_str(&self.reliability(&measured.calibration));
        text
    }

    fn rows(self, figures: &Figures) -> Vec<Row> {
        let mut rows = self.value_rows(&figures.values);
        let cqr = &figures.cqr;
        rows.extend([
            (self.lang.pick("тип звонка", "call type"), figures.call_type, Form::Percent),
            (self.lang.pick("вердикт", "verdict"), figures.verdict, Form::Percent),
            (
                self.lang.pick("вердикт, где оба решили", "verdict, where both decide"),
                figures.decided,
                Form::Percent,
            ),
            (self.lang.pick("CQR: ошибка, баллов", "CQR: error, points"), cqr.error, Form::Points),
            (self.lang.pick("CQR: смещение", "CQR: bias"), cqr.bias, Form::Signed),
            (
                self.lang.pick("CQR: не дальше 5 баллов", "CQR: within 5 points"),
                cqr.within_5,
                Form::Percent,
            ),
        ]);
        rows
    }

    fn value_rows(self, values: &ValueFigures) -> Vec<Row> {
        let pick = |russian, english| self.lang.pick(russian, english);
        vec![
            (pick("точное совпадение", "exact agreement"), values.agreement, Form::Percent),
            (pick("не дальше 0,5", "within 0.5"), values.near, Form::Percent),
            (pick("взвешенная каппа", "weighted kappa"), values.kappa, Form::Coefficient),
            (pick("AC2 Гвета", "Gwet's AC2"), values.ac2, Form::Coefficient),
            (pick("применимость", "applies or not"), values.applies, Form::Percent),
            (pick("охват", "coverage"), values.coverage, Form::Percent),
            (pick("1: точность", "1: precision"), values.full.precision, Form::Percent),
            (pick("1: полнота", "1: recall"), values.full.recall, Form::Percent),
            (pick("0: точность", "0: precision"), values.zero.precision, Form::Percent),
            (pick("0: полнота", "0: recall"), values.zero.recall, Form::Percent),
        ]
    }

    /// One figure a line, with interval and count.
    fn list(self, rows: &[Row]) -> String {
        let head = [
            String::new(),
            String::new(),
            self.lang.pick("95 %", "95%").to_owned(),
            self.lang.pick("случаев", "cases").to_owned(),
        ];
        let lines: Vec<Vec<String>> = rows
            .iter()
            .map(|(name, figure, form)| {
                let count = figure.map_or(0, |figure| figure.count);
                vec![
                    (*name).to_owned(),
                    self.value(*figure, *form),
                    self.interval(*figure, *form),
                    count.to_string(),
                ]
            })
            .collect();
        columns(&head, &lines, self.screen)
    }

    /// One criterion a line.
    fn criteria(self, measured: &Evaluation) -> String {
        let pick = |russian: &str, english: &str| self.lang.pick(russian, english).to_owned();
        let interval = pick("95 %", "95%");
        let head = [
            pick("критерий", "criterion"),
            "n".into(),
            pick("точно", "exact"),
            interval.clone(),
            pick("каппа", "kappa"),
            interval,
            "AC2".into(),
            "P1".into(),
            "R1".into(),
            "P0".into(),
            "R0".into(),
            pick("охв.", "cov."),
        ];
        let short = |figure: Option<Figure>| {
            figure.map_or("–".to_owned(), |figure| format!("{:.0}", figure.value * 100.0))
        };
        let lines: Vec<Vec<String>> = measured
            .criteria
            .iter()
            .map(|criterion| {
                let values = &criterion.values;
                vec![
                    criterion.id.clone(),
                    values.count.to_string(),
                    short(values.agreement),
                    self.interval(values.agreement, Form::Percent),
                    self.value(values.kappa, Form::Coefficient),
                    self.interval(values.kappa, Form::Coefficient),
                    self.value(values.ac2, Form::Coefficient),
                    short(values.full.precision),
                    short(values.full.recall),
                    short(values.zero.precision),
                    short(values.zero.recall),
                    short(values.coverage),
                ]
            })
            .collect();
        columns(&head, &lines, self.screen)
    }

    /// The first `most` of the calls that have something wrong.
    fn calls(self, measured: &Evaluation, most: usize) -> String {
        let wrong: Vec<&Compared> =
            measured.calls.iter().filter(|call| 0.0 < call.distance()).collect();
        let mut text = String::new();
        if !wrong.is_empty() {
            let title = if wrong.len() <= most {
                self.lang.pick("Расхождения, метка → черновик", "What differs, label → draft")
            } else {
                self.lang.pick("Худшие звонки, метка → черновик", "Worst calls, label → draft")
            };
            text.push_str(&self.heading(title));
        }
        for call in wrong.iter().take(most) {
            text.push_str(&self.call(call));
        }
        if most < wrong.len() {
            let said = format!(
                "{} {}: --by call",
                self.lang.pick("ещё", "and"),
                match self.lang {
                    Language::Russian => format!("{}", wrong.len() - most),
                    Language::English => format!("{} more", wrong.len() - most),
                }
            );
            text.push_str(&self.screen.paragraph("", 0, Ink::Dim, &said));
        }
        text
    }

    fn call(self, call: &Compared) -> String {
        let mut facts = vec![call.name.clone()];
        if call.type_agrees() == Some(false) {
            let label = call.type_label.as_deref().unwrap_or("–");
            facts.push(format!(
                "{} {label} → {}{}",
                self.lang.pick("тип", "type"),
                call.type_proposed,
                self.sureness(call.type_confidence)
            ));
        }
        if let Some(label) = &call.cqr_label {
            let rating = |value: Option<f64>| {
                value.map_or("–".to_owned(), |value| self.lang.number(value))
            };
            facts.push(format!(
                "CQR {} → {}",
                rating(label.value),
                rating(call.cqr_proposed.value)
            ));
        }
        let head = format!("{} ", self.lang.number(call.distance()));
        let mut text = self.screen.paragraph(&head, 5, Ink::Bold, &facts.join(", "));
        for value in call.values.iter().filter(|value| !value.agrees()) {
            let mut said = format!(
                "{} {} → {}{}",
                value.criterion,
                self.outcome(value.label),
                self.outcome(value.proposed),
                self.sureness(value.confidence),
            );
            let why = value.why.in_lang(self.lang.code());
            if !why.is_empty() {
                said.extend([": ", why]);
            }
            for (rule, quote) in &value.shown {
                let quoted = self.lang.pick(format!("«{quote}»"), format!("“{quote}”"));
                said.extend(["; ", rule, " ", &quoted]);
            }
            text.push_str(&self.screen.paragraph("", 5, Ink::Plain, &said));
        }
        text
    }

    /// How often values of each confidence were right.
    fn reliability(self, calibration: &Calibration) -> String {
        let filled: Vec<(usize, &Bin)> =
            calibration.bins.iter().enumerate().filter(|(_, bin)| 0 < bin.count).collect();
        if filled.is_empty() {
            return String::new();
        }
        let title = self.lang.pick(
            "уверенность черновика и сколько из таких значений верны",
            "confidence of the draft, and how many such values are right",
        );
        let said: Vec<String> = filled
            .into_iter()
            .map(|(place, bin)| {
                format!(
                    "{}–{}:\u{a0}{}\u{a0}({})",
                    self.tenths(place),
                    self.tenths(place + 1),
                    self.lang.percent(bin.share_right()),
                    bin.count
                )
            })
            .collect();
        self.screen.paragraph("", 0, Ink::Plain, &format!("{title}: {}.", said.join(", ")))
    }

    fn outcomes(self, table: &Confusion) -> String {
        let levels = ["0", self.lang.pick("0,5", "0.5"), "1", "na", "unknown"];
        self.confusion(&levels.map(str::to_owned), table)
    }

    fn confusion(self, names: &[String], table: &Confusion) -> String {
        let mut head = vec![self.lang.pick("метка \\ черновик", "label \\ draft").to_owned()];
        head.extend(names.iter().cloned());
        let lines: Vec<Vec<String>> = names
            .iter()
            .zip(table.rows())
            .map(|(name, row)| {
                let mut line = vec![name.clone()];
                line.extend(row.iter().map(ToString::to_string));
                line
            })
            .collect();
        format!("\n{}", columns(&head, &lines, self.screen))
    }

    fn value(self, figure: Option<Figure>, form: Form) -> String {
        figure.map_or("–".to_owned(), |figure| self.written(figure.value, form))
    }

    /// `77–85`; a figure for which there are too few calls has none.
    fn interval(self, figure: Option<Figure>, form: Form) -> String {
        let Some((low, high)) = figure.and_then(|figure| figure.interval) else {
            return "–".into();
        };
        match form {
            Form::Percent => format!("{:.0}–{:.0}", low * 100.0, high * 100.0),
            // A dash between signs is hard to read.
            Form::Signed => format!("{}…{}", self.written(low, form), self.written(high, form)),
            Form::Coefficient if low < 0.0 => {
                format!("{}…{}", self.written(low, form), self.written(high, form))
            }
            Form::Coefficient | Form::Points => {
                format!("{}–{}", self.written(low, form), self.written(high, form))
            }
        }
    }

    fn written(self, value: f64, form: Form) -> String {
        match form {
            Form::Percent => self.lang.percent(value),
            Form::Coefficient => self.coefficient(value),
            Form::Signed if 0.05 <= value => format!("+{}", self.lang.number(value)),
            Form::Points | Form::Signed => self.lang.number(value),
        }
    }

    fn coefficient(self, value: f64) -> String {
        let text = format!("{value:.2}");
        self.lang.pick(text.replace('.', ","), text)
    }

    /// ` (0,92)`; nothing for a person, whom nobody asks.
    fn sureness(self, confidence: Option<f64>) -> String {
        confidence.map_or(String::new(), |value| format!(" ({})", self.coefficient(value)))
    }

    fn tenths(self, tenths: usize) -> String {
        self.lang.number(tenths as f64 / 10.0)
    }

    fn outcome(self, outcome: Outcome) -> String {
        match outcome {
            Outcome::Proposed(level) => self.lang.number(level.value()),
            Outcome::NotApplicable | Outcome::Unknown => outcome.as_str().to_owned(),
        }
    }
}
