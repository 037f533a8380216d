//! What a value rests on, written out: quotes with their times, numbers of the call, and for an absence where it was looked
//! for, how much of that was heard, and what came nearest.

use crate::call::{Span, Speaker, union};
use crate::grading::draft::{Absence, Evidence, Nearest};
use crate::grading::hearing::heard_share;
use crate::grading::judge::Case;
use crate::rules::Missed;
use crate::rules::expr::{Bound, Quantity};
use crate::rules::findings::Hit;
use crate::rules::rulebook::{CriterionRule, Set};

/// Words of a quote on each side of the words that met the rule.
const NEIGHBORS: usize = 6;

impl Case<'_> {
    /// Where a criterion's findings were looked for, how much of that was heard, and the nearest miss.
    pub(super) fn absence(self, rule: &CriterionRule, shown: &[&Hit]) -> Absence {
        let looked = self.looked_for(rule);
        let (who, searched) = self.searched(&looked);
        Absence {
            heard: heard_share(self.heard, who, &searched),
            nearest: self.nearest(&looked, shown),
            searched,
        }
    }

    /// How much of where a criterion's findings were looked for was heard, 0 to 1.
    pub(super) fn heard_of(self, rule: &CriterionRule) -> f64 {
        let (who, searched) = self.searched(&self.looked_for(rule));
        heard_share(self.heard, who, &searched)
    }

    /// The findings that an absence is an absence of.
    fn looked_for(self, rule: &CriterionRule) -> Set {
        let mut looked: Set = rule.looks_for.clone();
        if let Some(exchange) = rule.exchange.and_then(|index| self.book.exchanges.get(index)) {
            for expression in [Some(&exchange.full), exchange.half.as_ref()].into_iter().flatten() {
                expression.each(&mut |set| looked.extend(set));
            }
        }
        looked
    }

    /// Whose words some findings are, and where in the call they are looked for.
    fn searched(self, looked: &Set) -> (Option<Speaker>, Vec<Span>) {
        let whole = self.findings.talk.span;
        let mut searched = Vec::new();
        let mut who: Option<Option<Speaker>> = None;
        for finding in looked {
            let Some(rule) = self.book.findings.get(*finding as usize) else { continue };
            who = Some(match who {
                None => rule.who,
                Some(who) if who == rule.who => who,
                Some(_) => None,
            });
            let span = rule.windows.iter().fold(whole, |span, window| {
                let window = self.findings.window_span(window, rule.who);
                Span::new(span.start_ms.max(window.start_ms), span.end_ms.min(window.end_ms))
            });
            searched.push(span);
        }
        if searched.is_empty() {
            searched.push(whole);
        }
        let who = who.flatten().or(Some(Speaker::Manager)).filter(|_| self.heard.speakers_known());
        (who, union(searched.into_iter()))
    }

    /// The hit that came nearest to counting: enough but for the level, then outside the window, then said
    /// by somebody else, then struck out; the surest of them, the first of equals.
    fn nearest(self, looked: &Set, shown: &[&Hit]) -> Option<Nearest> {
        let counted =
            looked.iter().flat_map(|finding| self.findings.hits[*finding as usize].iter());
        let tells = |hit: &Hit| hit.phrase.is_some() && !shown.contains(&hit);
        let surest = |a: &Hit, b: &Hit| {
            let order = b.confidence.total_cmp(&a.confidence);
            order.then(a.tokens.start.cmp(&b.tokens.start))
        };
        let counted = counted.filter(|hit| tells(hit)).min_by(|a, b| surest(a, b));
        if let Some(hit) = counted {
            return Some(Nearest { evidence: self.written(hit), missed: Missed::NotEnough });
        }
        looked
            .iter()
            .flat_map(|finding| self.findings.misses_of(self.book, *finding))
            .filter(|(hit, _)| tells(hit))
            .min_by(|(a, one), (b, other)| one.cmp(other).then(surest(a, b)))
            .map(|(hit, missed)| Nearest { evidence: self.written(&hit), missed })
    }

    /// Hits as evidence, in the order of the call, the same words once.
    pub(crate) fn evidence(self, hits: &[&Hit]) -> Vec<Evidence> {
        let mut sorted: Vec<&Hit> = hits.to_vec();
        sorted.sort_by_key(|hit| (hit.tokens.start, hit.tokens.end, hit.finding));
        sorted.dedup_by_key(|hit| (hit.tokens.start, hit.tokens.end));
        sorted.into_iter().map(|hit| self.written(hit)).collect()
    }

    /// A number of the call as evidence: where it was measured, and what it came to.
    pub(super) fn number(self, quantity: Quantity, bound: Bound) -> Evidence {
        let course = &self.findings.course;
        let side = |side: usize| {
            course.sides.as_ref().and_then(|sides| sides.monologue.get(side).copied().flatten())
        };
        let (who, span) = match quantity {
            Quantity::LongestSilenceS => (Speaker::Unknown, course.longest_silence),
            Quantity::ManagerMonologueS => (Speaker::Manager, side(0)),
            Quantity::ClientMonologueS => (Speaker::Client, side(1)),
            _ => (Speaker::Unknown, None),
        };
        let value = self.findings.quantity(quantity).unwrap_or_default();
        // Shares in whole percent, all else in tenths.
        let steps = match quantity {
            Quantity::ManagerShare | Quantity::ManagerTimeShare => 100.0,
            _ => 10.0,
        };
        Evidence {
            rule: quantity.as_str().to_owned(),
            phrase: bound.to_string(),
            who,
            span: span.unwrap_or(self.findings.talk.span),
            quote: format!("{}", (value * steps).round() / steps),
            confidence: 1.0,
        }
    }

    pub(crate) fn written(self, hit: &Hit) -> Evidence {
        let rule = self.book.findings.get(hit.finding as usize);
        let phrase = hit
            .phrase
            .and_then(|phrase| rule.and_then(|rule| rule.phrases.get(phrase as usize)).cloned());
        let tokens = self.findings.talk.tokens.get(hit.tokens.clone()).unwrap_or_default();
        let turn = self.heard.turns.get(hit.turn as usize);
        let first = tokens.first().map_or(0, |token| token.word as usize);
        let last = tokens.last().map_or(0, |token| token.word as usize);
        let (mut quote, mut span) = (String::new(), Span::default());
        if let Some(turn) = turn {
            let from = first.saturating_sub(NEIGHBORS);
            let to = (last + 1 + NEIGHBORS).min(turn.words.len());
            let words = turn.words.get(from..to).unwrap_or_default();
            quote.reserve(words.iter().map(|word| word.text.len() + 1).sum::<usize>() + 8);
            for (number, word) in words.iter().enumerate() {
                quote.push_str(match (number, from) {
                    (0, 0) => "",
                    (0, _) => "… ",
                    _ => " ",
                });
                quote.push_str(&word.text);
            }
            if to < turn.words.len() {
                quote.push_str(" …");
            }
            let said = turn.words.get(first..=last).unwrap_or_default();
            span = said.iter().map(|word| word.span).reduce(Span::cover).unwrap_or(turn.span);
        }
        Evidence {
            rule: rule.map(|rule| rule.id.clone()).unwrap_or_default(),
            phrase: phrase.unwrap_or_default(),
            who: turn.map_or(Speaker::Unknown, |turn| turn.speaker),
            span,
            quote,
            confidence: hit.confidence,
        }
    }
}
