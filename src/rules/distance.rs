//! Hits in relation to one another: one after the other, close by, each answered.
//!
//! Each is answered in one pass over sorted hits: of all hits before a place the last one is nearest in time, turns and
//! words at once, so nothing else has to be tried.

use crate::rules::evaluate::{Context, Judged, Truth};
use crate::rules::findings::{Findings, Hit};
use crate::rules::rulebook::Set;
use crate::rules::window::Reach;

impl Findings {
    /// A hit of each set, one after the other, each within reach of the one before.
    pub(super) fn in_order<'a>(
        &'a self,
        sets: &[Set],
        reach: Option<Reach>,
        context: &Context<'_>,
    ) -> Judged<'a> {
        // Chains that end at each hit of the set so far: the hit, and the place of its chain in `links`.
        let mut links: Vec<(&Hit, Option<usize>)> = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        for (number, set) in sets.iter().enumerate() {
            let hits = self.sorted(set, context);
            let mut next = Vec::new();
            if number == 0 {
                for hit in hits {
                    next.push(links.len());
                    links.push((hit, None));
                }
            } else {
                for hit in hits {
                    // Ends ascend by where they start; one that ends before this hit starts is a predecessor.
                    let starts_before =
                        ends.partition_point(|end| links[*end].0.tokens.start < hit.tokens.start);
                    let before = ends[..starts_before]
                        .iter()
                        .rev()
                        .find(|end| links[**end].0.tokens.end <= hit.tokens.start);
                    let Some(before) = before.copied() else { continue };
                    if reach.is_none_or(|reach| self.is_near(links[before].0, hit, reach)) {
                        next.push(links.len());
                        links.push((hit, Some(before)));
                    }
                }
            }
            ends = next;
        }
        let Some(mut at) = ends.first().copied() else {
            return Judged::bare(self.any_open(sets, context));
        };
        let mut chain = vec![links[at].0];
        while let Some(before) = links[at].1 {
            at = before;
            chain.push(links[at].0);
        }
        chain.reverse();
        let enough = chain.len();
        Judged::by(Truth::Yes, chain, enough)
    }

    /// Hits of both sets within reach of one another.
    pub(super) fn close_by<'a>(
        &'a self,
        one: &Set,
        other: &Set,
        reach: Reach,
        context: &Context<'_>,
    ) -> Judged<'a> {
        let others = self.sorted(other, context);
        for hit in self.sorted(one, context) {
            let after = others.partition_point(|other| other.tokens.start < hit.tokens.start);
            // The same words may meet both: a neighbor on each side beside them.
            let around = after.saturating_sub(2)..(after + 2).min(others.len());
            let found = others[around].iter().find(|other| {
                let same = other.tokens == hit.tokens && other.finding == hit.finding;
                let (first, second) = if other.tokens.start < hit.tokens.start {
                    (**other, hit)
                } else {
                    (hit, **other)
                };
                !same && self.is_near(first, second, reach)
            });
            if let Some(found) = found {
                return Judged::by(Truth::Yes, vec![hit, found], 2);
            }
        }
        Judged::bare(self.any_open(&[one.clone(), other.clone()], context))
    }

    /// There are hits of `one`, and each has one of `other` within reach after it.
    pub(super) fn each_followed<'a>(
        &'a self,
        one: &Set,
        other: &Set,
        reach: Reach,
        context: &Context<'_>,
    ) -> Judged<'a> {
        let sets = [one.clone(), other.clone()];
        let causes = self.sorted(one, context);
        if causes.is_empty() {
            return Judged::bare(self.any_open(&sets[..1], context));
        }
        let answers = self.sorted(other, context);
        let mut shown = Vec::new();
        for cause in causes {
            let next = answers.partition_point(|answer| answer.tokens.start < cause.tokens.end);
            match answers.get(next).filter(|answer| self.is_near(cause, answer, reach)) {
                Some(answer) => shown.extend([cause, *answer]),
                None => return Judged::bare(self.any_open(&sets[1..], context)),
            }
        }
        let enough = shown.len();
        Judged::by(Truth::Yes, shown, enough)
    }

    fn sorted<'a>(&'a self, set: &Set, context: &Context<'_>) -> Vec<&'a Hit> {
        let mut hits = self.each_hit(set, context, usize::MAX);
        hits.sort_by_key(|hit| (hit.tokens.start, hit.tokens.end, hit.finding));
        hits
    }

    /// No, unless one of the sets may have hits where nobody knows who speaks.
    fn any_open(&self, sets: &[Set], context: &Context<'_>) -> Truth {
        let open = sets.iter().any(|set| self.absent(set, context) == Truth::Unknown);
        if open { Truth::Unknown } else { Truth::No }
    }

    /// Whether `second`, which starts after `first`, is within reach of it: by turns, by seconds from the end of the one
    /// to the start of the other, or by content words between them.
    fn is_near(&self, first: &Hit, second: &Hit, reach: Reach) -> bool {
        if 0 < reach.turns && second.turn <= first.turn.saturating_add(reach.turns) {
            return true;
        }
        let end_ms = self.start_ms_of_token(first.tokens.end.saturating_sub(1), true);
        let start_ms = self.start_ms_of_token(second.tokens.start, false);
        if 0 < reach.ms && start_ms.saturating_sub(end_ms) <= reach.ms {
            return true;
        }
        if reach.words == 0 {
            return false;
        }
        let between = first.tokens.end..second.tokens.start.max(first.tokens.end);
        let words = self.talk.tokens.get(between).unwrap_or_default();
        words.iter().filter(|token| !token.weak).take(reach.words as usize + 1).count()
            <= reach.words as usize
    }
}
