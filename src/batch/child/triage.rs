//! Which recording the child gets next, and whose fault it was when it died.
//!
//! Normally several are in its hands. When it dies, those that it had begun are suspects: each is tried alone, before
//! anything else, so that the one that kills takes none along again. Who is alone with the child when it dies, twice, has
//! killed it. What comes with a bad name from earlier runs is tried alone too, and after everything else: should it end
//! the whole run, the rest is done by then. Pure: no process is named here.

use std::collections::{BTreeMap, VecDeque};

/// So many deaths alone are proof.
const PROOF: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In one of the queues.
    Waiting,
    /// In the child's hands.
    Sent { began: bool, alone: bool },
}

#[derive(Clone, Copy, Debug)]
struct Held {
    place: Place,
    deaths_alone: u32,
}

/// All recordings that were given and have not ended.
#[derive(Debug, Default)]
pub(super) struct Triage {
    held: BTreeMap<usize, Held>,
    waiting: VecDeque<usize>,
    suspects: VecDeque<usize>,
    late: VecDeque<usize>,
    sent: usize,
}

impl Triage {
    /// One more. `late`: it is tried alone, after the others, for runs ended over it before.
    pub(super) fn give(&mut self, id: usize, late: bool) {
        self.held.insert(id, Held { place: Place::Waiting, deaths_alone: 0 });
        if late { self.late.push_back(id) } else { self.waiting.push_back(id) }
    }

    /// How many have not ended.
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// Which to send now, and whether alone, if the child may have `most` at a time.
    pub(super) fn next(&mut self, most: usize) -> Option<(usize, bool)> {
        let watched = |held: &Held| matches!(held.place, Place::Sent { alone: true, .. });
        if most <= self.sent || self.held.values().any(watched) {
            return None;
        }
        let alone = !self.suspects.is_empty() || self.waiting.is_empty();
        let queue = match (self.suspects.is_empty(), self.waiting.is_empty()) {
            (false, _) => &mut self.suspects,
            (true, false) => &mut self.waiting,
            (true, true) => &mut self.late,
        };
        if alone && 0 < self.sent {
            return None;
        }
        let id = queue.pop_front()?;
        self.held.get_mut(&id)?.place = Place::Sent { began: false, alone };
        self.sent += 1;
        Some((id, alone))
    }

    /// The child begins with it. False where it was not sent, which no sane child says.
    pub(super) fn began(&mut self, id: usize) -> bool {
        match self.held.get_mut(&id) {
            Some(Held { place: Place::Sent { began, .. }, .. }) => {
                *began = true;
                true
            }
            _ => false,
        }
    }

    /// It ended. False where it was not sent.
    pub(super) fn ended(&mut self, id: usize) -> bool {
        let sent = matches!(self.held.get(&id), Some(Held { place: Place::Sent { .. }, .. }));
        if sent {
            self.held.remove(&id);
            self.sent -= 1;
        }
        sent
    }

    /// The child is gone. `blamed` is the one that hung, where that is known. Returns whether any had begun, and the one that
    /// is proven to kill, which is no longer held.
    pub(super) fn died(&mut self, blamed: Option<usize>) -> (bool, Option<usize>) {
        let sent: Vec<(usize, bool)> = self
            .held
            .iter()
            .filter_map(|(id, held)| match held.place {
                Place::Sent { began, .. } => Some((*id, began)),
                Place::Waiting => None,
            })
            .collect();
        self.sent = 0;
        let begun = sent.iter().filter(|(_, began)| *began).count();
        let mut killer = None;
        // From the back, as each goes to the front.
        for (id, began) in sent.into_iter().rev() {
            let Some(held) = self.held.get_mut(&id) else { continue };
            let suspect = blamed.map_or(began, |blamed| blamed == id);
            if !suspect {
                held.place = Place::Waiting;
                self.waiting.push_front(id);
                continue;
            }
            // Blamed is as good as alone: nobody else stood still.
            held.deaths_alone += u32::from(begun == 1 || blamed == Some(id));
            if PROOF <= held.deaths_alone {
                self.held.remove(&id);
                killer = Some(id);
            } else {
                held.place = Place::Waiting;
                self.suspects.push_front(id);
            }
        }
        (0 < begun, killer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(count: usize) -> Triage {
        let mut triage = Triage::default();
        for id in 0..count {
            triage.give(id, false);
        }
        triage
    }

    /// Sends and begins as many as go.
    fn send(triage: &mut Triage, most: usize) -> Vec<usize> {
        let ids: Vec<usize> = std::iter::from_fn(|| triage.next(most).map(|(id, _)| id)).collect();
        for id in &ids {
            assert!(triage.began(*id));
        }
        ids
    }

    #[test]
    fn suspects_are_tried_one_by_one_and_the_killer_is_found() {
        let mut triage = given(6);
        assert_eq!(send(&mut triage, 4), [0, 1, 2, 3]);
        assert!(triage.ended(1));
        // Number 2 kills.
        assert_eq!(triage.died(None), (true, None));
        assert_eq!(send(&mut triage, 4), [0]);
        assert!(triage.ended(0));
        assert_eq!(send(&mut triage, 4), [2]);
        assert_eq!(triage.died(None), (true, None), "once alone is no proof");
        assert_eq!(send(&mut triage, 4), [2]);
        assert_eq!(triage.died(None), (true, Some(2)));
        assert_eq!(send(&mut triage, 4), [3]);
        assert!(triage.ended(3));
        assert_eq!(send(&mut triage, 4), [4, 5]);
        assert!(triage.ended(4) && triage.ended(5));
        assert_eq!(triage.len(), 0);
    }

    #[test]
    fn what_was_not_begun_is_nobodys_fault() {
        let mut triage = given(3);
        assert_eq!((triage.next(3), triage.next(3)), (Some((0, false)), Some((1, false))));
        assert!(triage.began(0));
        assert_eq!(triage.died(None), (true, None));
        assert_eq!(triage.next(3), Some((0, true)), "the only one begun is tried alone");
        assert_eq!(triage.next(3), None, "and nothing with it");
        assert!(triage.ended(0));
        assert_eq!(send(&mut triage, 3), [1, 2], "in their order");
    }

    #[test]
    fn a_child_that_dies_over_nothing_takes_nobody_along() {
        let mut triage = given(2);
        triage.next(2);
        assert_eq!(triage.died(None), (false, None));
        assert_eq!(send(&mut triage, 2), [0, 1]);
    }

    #[test]
    fn the_one_that_hangs_is_blamed_alone() {
        let mut triage = given(3);
        send(&mut triage, 3);
        assert_eq!(triage.died(Some(1)), (true, None));
        assert_eq!(send(&mut triage, 3), [1]);
        assert_eq!(triage.died(Some(1)), (true, Some(1)));
        assert_eq!(send(&mut triage, 3), [0, 2]);
    }

    #[test]
    fn one_with_a_bad_name_comes_last_and_alone() {
        let mut triage = Triage::default();
        triage.give(8, true);
        triage.give(9, true);
        triage.give(10, false);
        assert_eq!(send(&mut triage, 4), [10]);
        assert!(triage.ended(10));
        assert_eq!(triage.next(4), Some((8, true)));
        triage.give(11, false);
        assert_eq!(triage.next(4), None);
        assert!(triage.ended(8));
        assert_eq!(triage.next(4), Some((11, false)));
        assert_eq!(triage.next(4), None);
        assert!(triage.ended(11));
        assert_eq!(triage.next(4), Some((9, true)));
    }

    #[test]
    fn what_was_not_sent_cannot_begin_or_end() {
        let mut triage = given(1);
        assert!(!triage.began(0) && !triage.ended(0) && !triage.ended(7));
    }
}
