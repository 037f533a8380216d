//! One draft as a page to read: what it came to, and behind each value the words, the time and the speaker.

use crate::call::Span;
use crate::grading::{
    Absence, Cqr, CriterionDraft, Draft, Evidence, Level, Outcome, SpeechStats, Verdict,
};
use crate::report::language::{Language, clock};
use crate::report::page::{Ink, Screen, fill, right, width};
use crate::report::quantity;
use crate::rules::Missed;
use crate::transcript::DropReason;

/// Columns of the value and the spaces around it; what belongs to a criterion is indented as far.
const INDENT: usize = 6;

/// Columns of weight and confidence at the right end.
const RIGHT: usize = 12;

/// More turns than these are a matter for the JSON.
const MOST_EVIDENCE: usize = 3;

/// Quotes that begin within this time of one another show the same words.
const SAME_SENTENCE_MS: u32 = 3_000;

/// Under this the confidence of a type says that another may be meant.
const SURE: f64 = 0.75;

/// A candidate with less than this is not worth a word.
const POSSIBLE: f64 = 0.15;

/// The page for one draft, with a line feed at its end.
pub fn scorecard(draft: &Draft, lang: Language, screen: Screen) -> String {
    let mut page = head(draft, lang, screen);
    page.push('\n');
    page.push_str(&rating(draft, lang, screen));
    if !draft.criteria.is_empty() {
        page.push('\n');
        page.push_str(&columns(lang, screen));
        for entry in &draft.criteria {
            page.push_str(&criterion(entry, lang, screen));
        }
    }
    page.push('\n');
    page.push_str(&speech(&draft.speech, lang, screen));
    page.push_str(&dropped(draft, lang, screen));
    page.push_str(&warnings(draft, lang, screen));
    page.push('\n');
    page.push_str(&foot(draft, lang, screen));
    page
}

fn head(draft: &Draft, lang: Language, screen: Screen) -> String {
    let recording = &draft.recording;
    let mut facts = vec![clock(u64::from(recording.duration_ms))];
    facts.push(match recording.channels {
        0 => lang.pick("готовая расшифровка", "transcript made elsewhere").to_owned(),
        1 => lang.pick("моно", "mono").to_owned(),
        2 => lang.pick("стерео", "stereo").to_owned(),
        channels => format!("{}: {channels}", lang.pick("каналов", "channels")),
    });
    facts.extend(draft.call.direction.map(|way| lang.direction(way).to_owned()));
    facts.extend(draft.call.started_at.clone());
    for (title, name) in [
        (lang.pick("менеджер", "manager"), &draft.call.manager),
        (lang.pick("клиент", "client"), &draft.call.client),
    ] {
        facts.extend(name.as_ref().map(|name| format!("{title}: {name}")));
    }
    let mut text = screen.paragraph("", 0, Ink::Bold, &recording.source);
    text.push_str(&screen.paragraph("", 0, Ink::Dim, &facts.join(" · ")));
    text
}

/// Type and CQR.
fn rating(draft: &Draft, lang: Language, screen: Screen) -> String {
    let judged = &draft.call_type;
    let label = |text: &str| format!("{text:<6}");
    let indent = 6;
    let sure = if judged.forced {
        lang.pick("задан", "as given").to_owned()
    } else {
        format!("{} {}", lang.pick("уверенность", "confidence"), lang.percent(judged.confidence))
    };
    let title = judged.title.in_lang(lang.code());
    let mut text = screen.paragraph(
        &label(lang.pick("Тип", "Type")),
        indent,
        Ink::Plain,
        &format!("{title} ({sure})"),
    );
    if !judged.forced && judged.confidence < SURE {
        let others: Vec<String> = judged
            .candidates
            .iter()
            .filter(|other| other.id != judged.id && POSSIBLE <= other.confidence)
            .map(|other| {
                let rating = other.cqr.as_ref().and_then(|cqr| cqr.value);
                let rating =
                    rating.map_or(String::new(), |value| format!(", CQR {}", lang.number(value)));
                let title = other.title.in_lang(lang.code());
                format!("{title} ({}{rating})", lang.percent(other.confidence))
            })
            .collect();
        if !others.is_empty() {
            let said = format!("{} {}", lang.pick("или", "or"), others.join(", "));
            text.push_str(&screen.paragraph("", indent, Ink::Dim, &said));
        }
    }
    for evidence in apart(&judged.evidence).into_iter().take(2) {
        text.push_str(&quote(evidence, indent, lang, screen));
    }
    text.push_str(&cqr(&draft.cqr, draft.threshold, &label("CQR"), lang, screen));
    text.push_str(&attention(draft, indent, lang, screen));
    text
}

/// What a reviewer should look at: right under the number, which it does not change.
fn attention(draft: &Draft, indent: usize, lang: Language, screen: Screen) -> String {
    let mut text = String::new();
    for flag in &draft.attention {
        let title = flag.title.in_lang(lang.code());
        let (ink, kind) = if flag.auto_fail {
            (Ink::Red, lang.pick("автопровал (CQR не меняет)", "auto-fail (the CQR stays)"))
        } else {
            (Ink::Yellow, lang.pick("внимание", "attention"))
        };
        text.push_str(&screen.paragraph("  !", indent, ink, &format!("{kind}: {title}")));
        for evidence in apart(&flag.evidence).into_iter().take(2) {
            text.push_str(&quote(evidence, indent, lang, screen));
        }
    }
    text
}

fn cqr(cqr: &Cqr, threshold: f64, head: &str, lang: Language, screen: Screen) -> String {
    let Some(value) = cqr.value else {
        let why = lang.pick("нет: такой звонок не оценивается", "none: such a call is not rated");
        let nothing = lang
            .pick("нет: ни один критерий не получил значения", "none: no criterion has a value");
        let why = if cqr.weight_total > 0.0 { nothing } else { why };
        return screen.paragraph(head, head.len(), Ink::Plain, why);
    };
    let threshold = lang.number(threshold);
    let (ink, verdict) = match cqr.verdict {
        Verdict::Good => (Ink::Green, lang.pick("хороший звонок", "a good call")),
        Verdict::NeedsWork => (Ink::Yellow, lang.pick("есть над чем работать", "needs work")),
        Verdict::Open => (Ink::Plain, lang.pick("вердикт открыт", "the verdict is open")),
        Verdict::None => (Ink::Plain, lang.pick("без вердикта", "no verdict")),
    };
    let mut said = vec![format!("{verdict} ({} {threshold})", lang.pick("порог", "threshold"))];
    if let (Some(low), Some(high)) = (cqr.low, cqr.high)
        && low < high
    {
        let unknown = lang.pick("неизвестные критерии дают от", "the unknown criteria make it");
        let to = lang.pick("до", "to");
        said.push(format!("{unknown} {} {to} {}", lang.number(low), lang.number(high)));
    }
    // Head and value are painted; the rest is wrapped beside them.
    let shown = shown_rating(value, cqr, lang);
    let indent = head.len() + width(&shown) + 2;
    let text = screen.paragraph("", indent, Ink::Plain, &said.join("; "));
    let head = format!("{}{}  ", screen.paint(Ink::Bold, head), screen.paint(ink, &shown));
    format!("{head}{}", text.get(indent..).unwrap_or_default())
}

/// One digit, unless that would show a value on the other side of the threshold: verdicts are compared unrounded.
fn shown_rating(value: f64, cqr: &Cqr, lang: Language) -> String {
    let text = lang.number(value);
    if cqr.verdict == Verdict::NeedsWork
        && text == lang.number(value.ceil())
        && value < value.ceil()
    {
        return lang.pick(format!("{value:.2}").replace('.', ","), format!("{value:.2}"));
    }
    text
}

/// The head of the columns.
fn columns(lang: Language, screen: Screen) -> String {
    let left = fill(lang.pick(" балл", "value"), INDENT);
    let middle = lang.pick("критерий", "criterion");
    let last = format!(
        "{}{}",
        right(lang.pick("вес", "weight"), RIGHT - 6),
        right(lang.pick("увер.", "conf."), 6)
    );
    let room = screen.columns.saturating_sub(INDENT + RIGHT);
    format!("{}\n", screen.paint(Ink::Dim, &format!("{left}{}{last}", fill(middle, room))))
}

fn criterion(entry: &CriterionDraft, lang: Language, screen: Screen) -> String {
    let (value, ink) = match entry.outcome {
        Outcome::Proposed(Level::Full) => ("1".to_owned(), Ink::Green),
        Outcome::Proposed(Level::Half) => (lang.number(0.5), Ink::Yellow),
        Outcome::Proposed(Level::Zero) => ("0".to_owned(), Ink::Red),
        Outcome::NotApplicable => ("–".to_owned(), Ink::Dim),
        Outcome::Unknown => ("?".to_owned(), Ink::Bold),
    };
    let title = entry.title.in_lang(lang.code());
    let room = screen.columns.saturating_sub(INDENT + RIGHT);
    let weight = format!("×{}", lang.number(entry.weight));
    let sure = match entry.outcome {
        Outcome::Proposed(_) => lang.percent(entry.confidence),
        Outcome::NotApplicable | Outcome::Unknown => String::new(),
    };
    let mut text = String::new();
    for (index, line) in crate::report::page::wrap(title, room.saturating_sub(1)).iter().enumerate()
    {
        if index == 0 {
            text.push_str(&screen.paint(ink, &right(&value, INDENT - 2)));
            text.push_str("  ");
            text.push_str(&screen.paint(Ink::Bold, &fill(line, room)));
            text.push_str(&screen.paint(Ink::Dim, &right(&weight, RIGHT - 6)));
            text.push_str(&screen.paint(Ink::Dim, &right(&sure, 6)));
        } else {
            text.push_str(&" ".repeat(INDENT));
            text.push_str(&screen.paint(Ink::Bold, line));
        }
        let trimmed = text.trim_end().len();
        text.truncate(trimmed);
        text.push('\n');
    }
    let state = match entry.outcome {
        Outcome::NotApplicable => Some(lang.pick("не применимо", "does not apply")),
        Outcome::Unknown => Some(lang.pick("неизвестно", "unknown")),
        Outcome::Proposed(_) => None,
    };
    let why = entry.why.in_lang(lang.code());
    let said = match state {
        Some(state) if why.is_empty() => state.to_owned(),
        Some(state) => format!("{state}: {why}"),
        None => why.to_owned(),
    };
    if !said.is_empty() {
        text.push_str(&screen.paragraph("", INDENT, Ink::Plain, &said));
    }
    let quotes = apart(&entry.evidence);
    for evidence in quotes.iter().take(MOST_EVIDENCE) {
        text.push_str(&quote(evidence, INDENT, lang, screen));
    }
    let more = quotes.len().saturating_sub(MOST_EVIDENCE);
    if 0 < more {
        let said = format!("{} {more}", lang.pick("и ещё", "and more:"));
        text.push_str(&screen.paragraph("", INDENT, Ink::Dim, &said));
    }
    if let Some(absence) = &entry.absence {
        text.push_str(&absent(absence, lang, screen));
    }
    text
}

/// Of quotes that begin within moments of one another the longest: several rules may meet in one sentence. Of bounds for
/// one number the last, which is the strictest where a rule gives points for each.
pub(super) fn apart(evidence: &[Evidence]) -> Vec<&Evidence> {
    let mut quotes: Vec<&Evidence> = Vec::new();
    let mut begun_ms = 0;
    for next in evidence {
        let start_ms = next.span.start_ms;
        if quantity::is_number(next) {
            match quotes.iter_mut().find(|quote| quote.rule == next.rule) {
                Some(same) => *same = next,
                None => quotes.push(next),
            }
            continue;
        }
        match quotes.last_mut() {
            Some(last)
                if !quantity::is_number(last)
                    && last.who == next.who
                    && start_ms.saturating_sub(begun_ms) < SAME_SENTENCE_MS =>
            {
                if last.quote.len() < next.quote.len() {
                    *last = next;
                }
            }
            _ => {
                begun_ms = start_ms;
                quotes.push(next);
            }
        }
    }
    quotes
}

/// Time, speaker and words.
pub(super) fn quote(evidence: &Evidence, indent: usize, lang: Language, screen: Screen) -> String {
    let time = clock(u64::from(evidence.span.start_ms));
    let head = format!("{}{}", " ".repeat(indent), fill(&time, 6));
    let (open, close) = lang.pick(("«", "»"), ("“", "”"));
    let said = quantity::in_words(evidence, lang).unwrap_or_else(|| {
        format!("{}: {open}{}{close}", lang.speaker(evidence.who), evidence.quote.trim())
    });
    screen.paragraph(&head, width(&head), Ink::Plain, &said)
}

fn absent(absence: &Absence, lang: Language, screen: Screen) -> String {
    let spans: Vec<String> = absence.searched.iter().take(3).map(|span| stretch(*span)).collect();
    let mut said = lang.pick("искали", "looked for at").to_owned();
    if spans.is_empty() {
        lang.pick("искать было негде", "there was nowhere to look").clone_into(&mut said);
    } else {
        let more = absence.searched.len().saturating_sub(spans.len());
        let more = if more == 0 { String::new() } else { format!(" (+{more})") };
        said = format!(
            "{said} {}{more}, {} {}",
            spans.join(", "),
            lang.pick("расслышано", "heard"),
            lang.percent(absence.heard)
        );
    }
    let mut text = screen.paragraph("", INDENT, Ink::Dim, &said);
    if let Some(nearest) = &absence.nearest {
        let missed = match nearest.missed {
            Missed::OutsideWindow => lang.pick("не там, где нужно", "not where it counts"),
            Missed::OtherSpeaker => lang.pick("сказал не тот", "said by the other side"),
            Missed::Excluded => lang.pick("исключено правилом", "struck out by the rule"),
            Missed::Doubtful => lang.pick("слова распознаны плохо", "hardly recognized"),
            Missed::NotEnough => lang.pick("этого мало", "not enough by itself"),
        };
        let near = format!("{} ({missed}):", lang.pick("ближе всего", "nearest"));
        text.push_str(&screen.paragraph("", INDENT, Ink::Dim, &near));
        text.push_str(&quote(&nearest.evidence, INDENT, lang, screen));
    }
    text
}

fn stretch(span: Span) -> String {
    format!("{}–{}", clock(u64::from(span.start_ms)), clock(u64::from(span.end_ms)))
}

fn speech(speech: &SpeechStats, lang: Language, screen: Screen) -> String {
    let mut said = Vec::new();
    if let (Some(manager), Some(client)) = (speech.manager_ms, speech.client_ms) {
        let share = |share: f64| lang.percent(share);
        let (of_manager, of_client) =
            speech.manager_share.map_or((String::new(), String::new()), |own| {
                (format!(" ({})", share(own)), format!(" ({})", share(1.0 - own)))
            });
        said.push(format!("{} {}{of_manager}", lang.pick("менеджер", "manager"), clock(manager)));
        said.push(format!("{} {}{of_client}", lang.pick("клиент", "client"), clock(client)));
    }
    said.push(format!("{} {}", lang.pick("тишина", "silence"), clock(speech.silence_ms)));
    if let Some(overlap) = speech.overlap_ms.filter(|ms| 1000 <= *ms) {
        said.push(format!("{} {}", lang.pick("одновременно", "both at once"), clock(overlap)));
    }
    if let Some(longest) = speech.longest_monologue_ms.filter(|ms| 0 < *ms) {
        let title = lang.pick("самый длинный монолог менеджера", "manager's longest monologue");
        said.push(format!("{title} {}", clock(longest)));
    }
    if let Some(count) = speech.interruptions {
        said.push(format!(
            "{}: {count}",
            lang.pick("перебил клиента, раз", "interrupted the client")
        ));
    }
    if let (Some(manager), Some(client)) =
        (speech.manager_words_per_minute, speech.client_words_per_minute)
    {
        said.push(format!(
            "{}: {manager:.0} / {client:.0}",
            lang.pick("слов в минуту, менеджер и клиент", "words a minute, manager and client")
        ));
    }
    let head = fill(lang.pick("Речь", "Speech"), lang.pick(6, 8));
    screen.paragraph(&head, width(&head), Ink::Plain, &said.join(", "))
}

/// How much was heard and not believed, by reason.
fn dropped(draft: &Draft, lang: Language, screen: Screen) -> String {
    if draft.dropped.is_empty() {
        return String::new();
    }
    let mut counts: std::collections::BTreeMap<DropReason, usize> =
        std::collections::BTreeMap::new();
    for dropped in &draft.dropped {
        *counts.entry(dropped.reason).or_default() += 1;
    }
    let reasons: Vec<String> =
        counts.iter().map(|(reason, count)| format!("{} {count}", lang.dropped(*reason))).collect();
    let said = format!(
        "{}: {} ({})",
        lang.pick("Услышано, но не принято отрезков", "Heard and not believed"),
        draft.dropped.len(),
        reasons.join(", ")
    );
    screen.paragraph("", 0, Ink::Plain, &said)
}

fn warnings(draft: &Draft, lang: Language, screen: Screen) -> String {
    draft
        .warnings
        .iter()
        .map(|warning| screen.paragraph("! ", 2, Ink::Yellow, &lang.warning(warning)))
        .collect()
}

/// Whose judgement it is, and what made it.
fn foot(draft: &Draft, lang: Language, screen: Screen) -> String {
    let model = draft.made_with.model.as_deref();
    let model = model.unwrap_or(lang.pick("без распознавания", "no recognition"));
    let made = format!(
        "{} {}: {}, {}, {} {}.",
        lang.pick("Черновик", "Draft"),
        draft.id(),
        draft.made_with.program,
        model,
        lang.pick("правила", "rules"),
        draft.rulebook
    );
    let whose = lang.pick(
        "Решает человек. Критерии, веса и уровни заданы правилами, фирма меняет их под себя.",
        "A person decides. Criteria, weights and levels are the rulebook's, for a firm to edit.",
    );
    let mut text = screen.paragraph("", 0, Ink::Dim, &made);
    text.push_str(&screen.paragraph("", 0, Ink::Dim, whose));
    text
}
