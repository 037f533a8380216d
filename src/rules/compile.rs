//! Rule files to a rulebook: names resolved, phrases expanded, order found, every fault noted.
//!
//! The only place that can say no. What comes out cannot fail any more.

use std::collections::{BTreeMap, BTreeSet};

use crate::call::Speaker;
use crate::rules::Text;
use crate::rules::expr::{self, Bound, Expr, Names};
use crate::rules::fault::{Fault, Faults, Place, RuleFile, RulebookErrors};
use crate::rules::forms::Inflector;
use crate::rules::lexicon::{INTERROGATIVE, LexiconBuilder, NUMBER};
use crate::rules::matcher::{
    FIRST_SLOT, Matcher, NUMBER_SLOT, Part, QUOTED_SLOT, Sequence, SlotId, Target,
};
use crate::rules::phrase::{self, Atom};
use crate::rules::rulebook::{
    Combine, CriterionRule, ExchangeRule, FindingRule, OtherwiseLevel, Rulebook, Set, TypeRule,
};
use crate::rules::source::{self, At, Source, Spot};
use crate::rules::window::{self, Reach, Window};

use sha2::{Digest, Sha256};

/// Makes a rulebook of its files.
///
/// # Errors
///
/// Every fault that the files have.
pub(crate) fn compile(files: &[RuleFile]) -> Result<Rulebook, RulebookErrors> {
    let mut faults = Faults::new(files);
    let source = source::read(files, &mut faults);
    let Some(book) = source.book.as_ref() else {
        if faults.is_empty() {
            let name = files.first().map_or("rules", |file| file.name.as_str());
            return Err(RulebookErrors::one(
                name,
                "there is no `[book]` table; add one with `id`, `title` and `lang`",
            ));
        }
        return Err(faults.into_errors());
    };
    let inflector = Inflector::new(&book.table.lang).map_err(|error| {
        RulebookErrors::one("dictionary", format!("{error}; this is a bug in autograde"))
    })?;
    let words = &source.words;
    let lexicon = LexiconBuilder::new(inflector, &words.weak, &words.suffixes);
    let mut compiler = Compiler {
        source: &source,
        faults,
        lexicon,
        slots: BTreeMap::new(),
        sequences: Vec::new(),
        ids: BTreeMap::new(),
    };
    compiler.check_book(book);
    compiler.words();
    compiler.slots();
    compiler.number_findings();
    let findings = compiler.findings();
    let order = compiler.order(&findings);
    let exchanges = compiler.exchanges();
    let types = compiler.types();
    let criteria = compiler.criteria(&exchanges, &types);
    if !compiler.faults.is_empty() {
        return Err(compiler.faults.into_errors());
    }
    let slots = compiler.slots.len() + usize::from(FIRST_SLOT);
    let lexicon = compiler.lexicon.build();
    let matcher = Matcher::new(compiler.sequences, lexicon.len(), slots);
    Ok(Rulebook {
        id: book.table.id.clone(),
        title: text(&book.table.title, book.table.title_en.as_deref()),
        lang: book.table.lang.clone(),
        sha256: digest(files),
        threshold: book.table.threshold,
        heard: book.table.heard,
        close: book.table.close,
        lexicon,
        matcher,
        findings,
        order,
        exchanges,
        types,
        criteria,
    })
}

/// Of names and contents, so that a file that moves its text elsewhere is another rulebook.
fn digest(files: &[RuleFile]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.name.as_bytes());
        hash.update([0]);
        hash.update(file.text.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        for digit in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
        hex
    })
}

fn text(own: &str, english: Option<&str>) -> Text {
    Text {
        own: own.to_owned(),
        english: english.filter(|text| !text.is_empty()).map(str::to_owned),
    }
}

struct Compiler<'a> {
    source: &'a Source,
    faults: Faults<'a>,
    lexicon: LexiconBuilder,
    /// Id and depth by name.
    slots: BTreeMap<String, (SlotId, usize)>,
    sequences: Vec<Sequence>,
    /// Index of a finding by id.
    ids: BTreeMap<String, u32>,
}

fn spot(file: usize, spot: &Spot) -> Place {
    Place { file, byte: spot.span().start }
}

impl Compiler<'_> {
    fn check_book(&mut self, book: &At<source::Book>) {
        let table = &book.table;
        if !(0.0..=100.0).contains(&table.threshold) {
            self.faults
                .add(book.place, format!("`threshold` is `{}`; write 0 to 100", table.threshold));
        }
        for (key, value) in [("heard", table.heard), ("close", table.close)] {
            if !(0.0..=1.0).contains(&value) {
                self.faults.add(book.place, format!("`{key}` is `{value}`; write 0 to 1"));
            }
        }
    }

    fn words(&mut self) {
        let source = self.source;
        for (list, class) in
            [(&source.words.interrogatives, INTERROGATIVE), (&source.words.numbers, NUMBER)]
        {
            for word in list {
                let place = spot(source.words_file, word);
                if let Some(atom) = self.one_word(word, place) {
                    self.lexicon.mark(&atom, class);
                }
            }
        }
        for (name, words, place) in &source.families {
            let mut classes = Vec::new();
            for word in words {
                let place = Place { file: place.file, byte: word.span().start };
                if let Some(atom) = self.one_word(word, place) {
                    match self.lexicon.classes_of(&atom) {
                        Ok(found) => classes.extend(found),
                        Err(fault) => self.faults.add(place, fault),
                    }
                }
            }
            classes.sort_unstable();
            classes.dedup();
            self.lexicon.family(name, classes);
        }
    }

    fn one_word(&mut self, word: &Spot, place: Place) -> Option<Atom> {
        let parsed = phrase::parse(word.get_ref(), self.lexicon.suffixes());
        let fault = match parsed.as_deref() {
            Ok([sequence]) => match sequence.as_slice() {
                [phrase::Part::Any(atoms)] if atoms.len() == 1 => return atoms.first().cloned(),
                _ => format!("`{}` is not one word; write one word here", word.get_ref()),
            },
            Ok(_) => format!("`{}` is not one word; write one word here", word.get_ref()),
            Err(fault) => format!("word `{}`: {fault}", word.get_ref()),
        };
        self.faults.add(place, fault);
        None
    }

    fn slots(&mut self) {
        let source = self.source;
        self.slots.insert("number".to_owned(), (NUMBER_SLOT, 0));
        self.slots.insert("quoted".to_owned(), (QUOTED_SLOT, 0));
        for (index, (name, _, place)) in source.slots.iter().enumerate() {
            // The order of the files is the order of use: a slot knows those above it, so no cycle can be.
            if name == "word" || self.slots.contains_key(name) {
                self.faults.add(
                    *place,
                    format!("slot `{{{name}}}` is there already; give it another name"),
                );
                continue;
            }
            let id = FIRST_SLOT + index as SlotId;
            let from = self.sequences.len();
            let (_, phrases, _) = &source.slots[index];
            for written in phrases {
                let place = Place { file: place.file, byte: written.span().start };
                self.phrase(written, place, Target::Slot(id));
            }
            let depth = 1 + self.sequences[from..]
                .iter()
                .flat_map(|sequence| &sequence.parts)
                .filter_map(|part| match part {
                    Part::Slot(slot) => {
                        self.slots.values().find(|(id, _)| id == slot).map(|(_, depth)| *depth)
                    }
                    _ => None,
                })
                .max()
                .unwrap_or(0);
            for sequence in &mut self.sequences[from..] {
                sequence.depth = depth;
            }
            self.slots.insert(name.clone(), (id, depth));
        }
    }

    /// Adds the sequences of one phrase.
    fn phrase(&mut self, written: &Spot, place: Place, target: Target) {
        let sequences = match phrase::parse(written.get_ref(), self.lexicon.suffixes()) {
            Ok(sequences) => sequences,
            Err(fault) => {
                return self.faults.add(place, format!("phrase `{}`: {fault}", written.get_ref()));
            }
        };
        for sequence in sequences {
            match self.parts(&sequence) {
                Ok(parts) => self.sequences.push(Sequence { parts, target, depth: 0 }),
                Err(fault) => {
                    return self
                        .faults
                        .add(place, format!("phrase `{}`: {fault}", written.get_ref()));
                }
            }
        }
    }

    fn parts(&mut self, sequence: &[phrase::Part]) -> Result<Vec<Part>, String> {
        let mut parts = Vec::with_capacity(sequence.len());
        for part in sequence {
            parts.push(match part {
                phrase::Part::Gap(words) => Part::Gap(*words),
                phrase::Part::Slot(name) if name == "word" => Part::Word,
                phrase::Part::Slot(name) => {
                    if let Some((id, _)) = self.slots.get(name) {
                        Part::Slot(*id)
                    } else {
                        let known: Vec<&str> = self.slots.keys().map(String::as_str).collect();
                        return Err(format!(
                            "slot `{{{name}}}` is not there; known are `{}`",
                            known.join("`, `")
                        ));
                    }
                }
                phrase::Part::Any(atoms) => {
                    let mut classes = Vec::new();
                    for atom in atoms {
                        classes.extend(self.lexicon.classes_of(atom)?);
                    }
                    classes.sort_unstable();
                    classes.dedup();
                    Part::Any(classes.into_boxed_slice())
                }
            });
        }
        Ok(parts)
    }

    fn number_findings(&mut self) {
        let source = self.source;
        for (index, finding) in source.findings.iter().enumerate() {
            let id = finding.table.id.get_ref();
            let place = spot(finding.place.file, &finding.table.id);
            self.check_id(id, place);
            if self.ids.insert(id.clone(), index as u32).is_some() {
                self.faults
                    .add(place, format!("finding `{id}` is there twice; rename or remove one"));
            }
        }
    }

    fn check_id(&mut self, id: &str, place: Place) {
        let fits = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'));
        if !fits {
            self.faults.add(
                place,
                format!("id `{id}`: write lower-case Latin letters, digits, `_` and `.`"),
            );
        }
    }

    /// The findings that a name stands for.
    fn named(&mut self, name: &str, place: Place) -> Set {
        let set: Set = match name.strip_suffix('*') {
            Some(head) => self
                .ids
                .iter()
                .filter(|(id, _)| id.starts_with(head))
                .map(|(_, index)| *index)
                .collect(),
            None => self.ids.get(name).copied().into_iter().collect(),
        };
        if set.is_empty() {
            let close: Vec<&str> =
                self.ids.keys().filter(|id| near(id, name)).map(String::as_str).take(3).collect();
            let hint = if close.is_empty() {
                "add a `[[finding]]` with this id".to_owned()
            } else {
                format!("did you mean `{}`?", close.join("`, `"))
            };
            self.faults.add(place, format!("finding `{name}` is not there; {hint}"));
        }
        set
    }

    fn set(&mut self, names: &[Spot], file: usize) -> Set {
        let mut set: Set =
            names.iter().flat_map(|name| self.named(name.get_ref(), spot(file, name))).collect();
        set.sort_unstable();
        set.dedup();
        set
    }

    fn expression(&mut self, written: Option<&Spot>, file: usize) -> Option<Expr<Set>> {
        let written = written?;
        let place = spot(file, written);
        match expr::parse(written.get_ref()) {
            Ok(parsed) => Some(self.resolved(&parsed, place)),
            Err(fault) => {
                self.faults.add(place, format!("expression `{}`: {fault}", written.get_ref()));
                None
            }
        }
    }

    fn resolved(&mut self, parsed: &Expr<Names>, place: Place) -> Expr<Set> {
        let known: Vec<String> =
            self.source.types.iter().map(|kind| kind.table.id.get_ref().clone()).collect();
        parsed.each_type(&mut |id| {
            if !known.iter().any(|have| have == id) {
                self.faults.add(
                    place,
                    format!("call type `{id}` is not there; known are `{}`", known.join("`, `")),
                );
            }
        });
        let resolved: Result<Expr<Set>, std::convert::Infallible> = parsed.resolve(&mut |names| {
            let mut set: Set = names.iter().flat_map(|name| self.named(name, place)).collect();
            set.sort_unstable();
            set.dedup();
            Ok(set)
        });
        let Ok(expression) = resolved;
        expression
    }

    fn parsed<T>(
        &mut self,
        written: Option<&Spot>,
        file: usize,
        parse: fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let written = written?;
        match parse(written.get_ref()) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.faults.add(spot(file, written), fault);
                None
            }
        }
    }

    fn windows(&mut self, written: Option<&Spot>, file: usize) -> Vec<Window<Set>> {
        let windows = self.parsed(written, file, window::parse).unwrap_or_default();
        let place = written.map_or(Place::default(), |written| spot(file, written));
        windows
            .into_iter()
            .map(|window| match window {
                Window::After(name) => Window::After(self.named(&name, place)),
                Window::Before(name) => Window::Before(self.named(&name, place)),
                Window::FirstTurns(turns) => Window::FirstTurns(turns),
                Window::LastTurns(turns) => Window::LastTurns(turns),
                Window::FirstMs(ms) => Window::FirstMs(ms),
                Window::LastMs(ms) => Window::LastMs(ms),
                Window::FirstShare(share) => Window::FirstShare(share),
                Window::LastShare(share) => Window::LastShare(share),
            })
            .collect()
    }

    fn findings(&mut self) -> Vec<FindingRule> {
        let source = self.source;
        source
            .findings
            .iter()
            .enumerate()
            .map(|(index, finding)| self.finding(index as u32, finding))
            .collect()
    }

    fn finding(&mut self, index: u32, finding: &At<source::Finding>) -> FindingRule {
        let (file, table) = (finding.place.file, &finding.table);
        let id = table.id.get_ref().clone();
        for (number, written) in table.phrases.iter().enumerate() {
            self.phrase(written, spot(file, written), Target::Phrase(index, number as u32));
        }
        for written in &table.unless {
            self.phrase(written, spot(file, written), Target::Unless(index));
        }
        let bare = table.phrases.is_empty()
            && table.any.is_empty()
            && table.question != Some(true)
            && table.words.is_none()
            && table.rest.is_none();
        if bare {
            self.faults.add(finding.place, format!("finding `{id}` has nothing to find; add `phrases`, `any`, `question`, `words` or `rest`"));
        }
        let confidence = table.confidence.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&confidence) {
            self.faults.add(finding.place, format!("`confidence` is `{confidence}`; write 0 to 1"));
        }
        let rest = self.parsed(table.rest.as_ref(), file, Bound::parse);
        FindingRule {
            who: self.speaker(table.who.as_ref(), file),
            windows: self.windows(table.when.as_ref(), file),
            phrases: table.phrases.iter().map(|written| written.get_ref().clone()).collect(),
            question: table.question,
            words: self.parsed(table.words.as_ref(), file, Bound::parse),
            rest: rest.map(|bound| (bound, self.set(&table.rest_of, file))),
            with_expr: self.expression(table.with_expr.as_ref(), file),
            without: self.expression(table.without.as_ref(), file),
            followed_by: self.expression(table.followed_by.as_ref(), file),
            preceded_by: self.expression(table.preceded_by.as_ref(), file),
            reach: self.parsed(table.within.as_ref(), file, Reach::parse).unwrap_or(Reach::DEFAULT),
            any: self.set(&table.any, file),
            confidence,
            id,
        }
    }

    fn speaker(&mut self, written: Option<&Spot>, file: usize) -> Option<Speaker> {
        let written = written?;
        match written.get_ref().as_str() {
            "manager" => Some(Speaker::Manager),
            "client" => Some(Speaker::Client),
            "any" => None,
            other => {
                self.faults.add(
                    spot(file, written),
                    format!("`{other}` is nobody; write `manager`, `client` or `any`"),
                );
                None
            }
        }
    }

    /// Each finding after those it looks at; a cycle is a fault.
    fn order(&mut self, findings: &[FindingRule]) -> Vec<u32> {
        let needs: Vec<BTreeSet<u32>> = findings.iter().map(needs).collect();
        let mut order: Vec<u32> = Vec::with_capacity(findings.len());
        let mut placed = vec![false; findings.len()];
        loop {
            let before = order.len();
            for (index, needed) in needs.iter().enumerate() {
                let ready = needed.iter().all(|need| placed.get(*need as usize) == Some(&true));
                if !placed[index] && ready {
                    placed[index] = true;
                    order.push(index as u32);
                }
            }
            if order.len() == before {
                break;
            }
        }
        for (index, finding) in self.source.findings.iter().enumerate() {
            if !placed[index] {
                let id = finding.table.id.get_ref();
                self.faults.add(
                    spot(finding.place.file, &finding.table.id),
                    format!(
                        "finding `{id}` looks at itself, perhaps through others; break the circle"
                    ),
                );
            }
        }
        order
    }

    fn exchanges(&mut self) -> Vec<ExchangeRule> {
        let source = self.source;
        let mut seen = BTreeSet::new();
        let mut rules = Vec::new();
        for exchange in &source.exchanges {
            let (file, table) = (exchange.place.file, &exchange.table);
            let id = table.id.get_ref().clone();
            self.check_id(&id, spot(file, &table.id));
            if !seen.insert(id.clone()) {
                self.faults.add(
                    spot(file, &table.id),
                    format!("exchange `{id}` is there twice; rename or remove one"),
                );
            }
            let combine = match table.combine.as_ref().map(|written| written.get_ref().as_str()) {
                None | Some("mixed") => Combine::Mixed,
                Some("worst") => Combine::Worst,
                Some("best") => Combine::Best,
                Some(other) => {
                    self.faults.add(
                        exchange.place,
                        format!("`combine` is `{other}`; write `mixed`, `worst` or `best`"),
                    );
                    Combine::Mixed
                }
            };
            let on = self.set(std::slice::from_ref(&table.on), file);
            let full = self.expression(Some(&table.full), file);
            rules.push(ExchangeRule {
                on,
                reach: self
                    .parsed(table.within.as_ref(), file, Reach::parse)
                    .unwrap_or(Reach::DEFAULT),
                same: self
                    .parsed(table.same.as_ref(), file, Reach::parse)
                    .unwrap_or(Reach::DEFAULT),
                zero: self.expression(table.zero.as_ref(), file),
                full: full.unwrap_or(Expr::Or(Vec::new())),
                half: self.expression(table.half.as_ref(), file),
                combine,
                id,
            });
        }
        rules
    }

    fn types(&mut self) -> Vec<TypeRule> {
        let source = self.source;
        let mut seen = BTreeSet::new();
        let mut rules = Vec::new();
        for kind in &source.types {
            let (file, table) = (kind.place.file, &kind.table);
            let id = table.id.get_ref().clone();
            self.check_id(&id, spot(file, &table.id));
            if !seen.insert(id.clone()) {
                self.faults.add(
                    spot(file, &table.id),
                    format!("call type `{id}` is there twice; rename or remove one"),
                );
            }
            let mut signs = Vec::new();
            for sign in &table.signs {
                let place = spot(file, &sign.condition);
                if !sign.points.is_finite() || sign.points.abs() > 100.0 {
                    self.faults
                        .add(place, format!("`points` is `{}`; write -100 to 100", sign.points));
                }
                if let Some(condition) = self.expression(Some(&sign.condition), file) {
                    condition.each_type(&mut |_| {
                        self.faults
                            .add(place, "a sign of a type cannot ask for the type; use findings");
                    });
                    signs.push((condition, sign.points));
                }
            }
            rules.push(TypeRule {
                title: text(&table.title, table.title_en.as_deref()),
                cqr: table.cqr,
                points: table.points,
                signs,
                id,
            });
        }
        if rules.is_empty() {
            self.faults.add(Place::default(), "there is no call type; add a `[[type]]`");
        }
        rules
    }

    fn criteria(&mut self, exchanges: &[ExchangeRule], types: &[TypeRule]) -> Vec<CriterionRule> {
        let source = self.source;
        let mut seen = BTreeSet::new();
        let mut rules = Vec::new();
        for criterion in &source.criteria {
            let (file, table) = (criterion.place.file, &criterion.table);
            let id = table.id.get_ref().clone();
            self.check_id(&id, spot(file, &table.id));
            if !seen.insert(id.clone()) {
                self.faults.add(
                    spot(file, &table.id),
                    format!("criterion `{id}` is there twice; rename or remove one"),
                );
            }
            let weights = self.weights(criterion, types);
            let exchange = table.exchange.as_ref().and_then(|name| {
                let found = exchanges.iter().position(|rule| rule.id == *name.get_ref());
                if found.is_none() {
                    self.faults.add(
                        spot(file, name),
                        format!(
                            "exchange `{}` is not there; add an `[[exchange]]` with this id",
                            name.get_ref()
                        ),
                    );
                }
                found
            });
            if table.full.is_none()
                && table.half.is_none()
                && table.zero.is_none()
                && table.exchange.is_none()
            {
                self.faults.add(
                    criterion.place,
                    format!(
                        "criterion `{id}` has no rule; add `full`, `half`, `zero` or `exchange`"
                    ),
                );
            }
            let full = self.expression(table.full.as_ref(), file);
            let half = self.expression(table.half.as_ref(), file);
            let zero = self.expression(table.zero.as_ref(), file);
            let mut looks_for = self.set(&table.looks_for, file);
            if looks_for.is_empty() {
                for expression in [&full, &half, &zero].into_iter().flatten() {
                    expression.each(&mut |set| looks_for.extend(set));
                }
                looks_for.sort_unstable();
                looks_for.dedup();
            }
            let otherwise = self.otherwise(criterion);
            let (own, english) = (&table.why, &table.why_en);
            rules.push(CriterionRule {
                title: text(&table.title, table.title_en.as_deref()),
                weights,
                unknown: self.expression(table.unknown.as_ref(), file),
                na: self.expression(table.na.as_ref(), file),
                zero,
                full,
                half,
                exchange,
                otherwise,
                looks_for,
                why: [
                    text(&own.full, Some(&english.full)),
                    text(&own.half, Some(&english.half)),
                    text(&own.zero, Some(&english.zero)),
                    text(&own.na, Some(&english.na)),
                    text(&own.unknown, Some(&english.unknown)),
                ],
                id,
            });
        }
        rules
    }

    fn otherwise(&mut self, criterion: &At<source::Criterion>) -> OtherwiseLevel {
        let written = criterion.table.otherwise.as_ref().map_or(0.0, |value| *value.get_ref());
        let is = |level: f64| (written - level).abs() < f64::EPSILON;
        if is(1.0) {
            return OtherwiseLevel::Full;
        }
        if is(0.5) {
            return OtherwiseLevel::Half;
        }
        if !is(0.0) {
            self.faults
                .add(criterion.place, format!("`otherwise` is `{written}`; write 0, 0.5 or 1"));
        }
        OtherwiseLevel::Zero
    }

    fn weights(&mut self, criterion: &At<source::Criterion>, types: &[TypeRule]) -> Vec<f64> {
        let place = criterion.place;
        let written = &criterion.table.weights;
        for (id, weight) in written {
            if !types.iter().any(|kind| kind.id == *id) {
                self.faults.add(place, format!("`weights` names call type `{id}`, which is not there; add a `[[type]]` or remove it"));
            }
            if !weight.is_finite() || *weight < 0.0 {
                self.faults
                    .add(place, format!("the weight for `{id}` is `{weight}`; write 0 or more"));
            }
        }
        if written.values().all(|weight| *weight == 0.0) {
            self.faults.add(
                place,
                "all weights are 0; give one call type a weight, or remove the criterion",
            );
        }
        types
            .iter()
            .map(|kind| {
                if kind.cqr && !written.contains_key(&kind.id) {
                    self.faults.add(place, format!("`weights` has nothing for call type `{}`; add it, 0 if it does not count", kind.id));
                }
                written.get(&kind.id).copied().unwrap_or(0.0)
            })
            .collect()
    }
}

/// What a finding looks at.
fn needs(finding: &FindingRule) -> BTreeSet<u32> {
    let mut needed: BTreeSet<u32> = finding.any.iter().copied().collect();
    if let Some((_, set)) = &finding.rest {
        needed.extend(set);
    }
    for window in &finding.windows {
        if let Window::After(set) | Window::Before(set) = window {
            needed.extend(set);
        }
    }
    let expressions =
        [&finding.with_expr, &finding.without, &finding.followed_by, &finding.preceded_by];
    for expression in expressions.into_iter().flatten() {
        expression.each(&mut |set| needed.extend(set));
    }
    needed
}

/// Whether two ids look alike enough to be a slip of the hand.
fn near(one: &str, other: &str) -> bool {
    let tail = |id: &str| id.rsplit('.').next().unwrap_or_default().to_owned();
    let head = |id: &str| id.chars().take(4).collect::<String>();
    tail(one) == tail(other) || (other.len() >= 4 && head(one) == head(other))
}

/// Reads bytes as a rule file: UTF-8, a byte order mark is passed over.
pub(crate) fn rule_file(name: &str, bytes: &[u8]) -> Result<RuleFile, Fault> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(RuleFile {
            name: name.to_owned(),
            text: text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        }),
        Err(error) => Err(Fault {
            file: name.to_owned(),
            line: 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count(),
            text: "the file is no UTF-8 text; save it as UTF-8".to_owned(),
        }),
    }
}
