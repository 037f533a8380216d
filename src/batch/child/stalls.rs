//! Whether something in the child stands still, and what.
//!
//! A recording that waits for others (the longest goes first) does not hang, however long that takes; one that is being
//! decoded, or of which a worker has a window, must move. Pure: it is told what happened when, and asked at some time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::batch::child::limits::Limits;

/// Loading a model of gigabytes from a slow disk.
const LOADING: Duration = Duration::from_mins(15);

/// What stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stall {
    /// The recording, where it is one; else the whole child.
    pub(super) id: Option<usize>,
    /// How long it had.
    pub(super) limit: Duration,
}

/// What goes on in one child.
#[derive(Debug)]
pub(super) struct Stalls {
    limits: Limits,
    /// The last line of any kind.
    seen: Instant,
    /// The last line that says more than that the child lives.
    moved: Instant,
    ready: bool,
    /// Recordings in the child's hands and their bytes.
    bytes: BTreeMap<usize, u64>,
    decoding: BTreeMap<usize, Instant>,
    /// By worker.
    windows: BTreeMap<usize, (usize, u32, Instant)>,
}

impl Stalls {
    /// For a child that was begun at `now`.
    pub(super) fn new(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            seen: now,
            moved: now,
            ready: false,
            bytes: BTreeMap::new(),
            decoding: BTreeMap::new(),
            windows: BTreeMap::new(),
        }
    }

    /// A sign of life.
    pub(super) fn alive(&mut self, at: Instant) {
        self.seen = at;
    }

    /// Something happened.
    fn moved(&mut self, at: Instant) {
        self.seen = at;
        self.moved = at;
    }

    pub(super) fn ready(&mut self, at: Instant) {
        self.moved(at);
        self.ready = true;
    }

    pub(super) fn sent(&mut self, id: usize, bytes: u64, at: Instant) {
        if self.bytes.is_empty() {
            self.moved = at;
        }
        self.bytes.insert(id, bytes);
    }

    pub(super) fn began(&mut self, id: usize, at: Instant) {
        self.moved(at);
        self.decoding.insert(id, at);
    }

    pub(super) fn surveyed(&mut self, id: usize, at: Instant) {
        self.moved(at);
        self.decoding.remove(&id);
    }

    pub(super) fn window_started(&mut self, worker: usize, id: usize, speech_ms: u32, at: Instant) {
        self.moved(at);
        self.windows.insert(worker, (id, speech_ms, at));
    }

    pub(super) fn window_done(&mut self, worker: usize, at: Instant) {
        self.moved(at);
        self.windows.remove(&worker);
    }

    pub(super) fn ended(&mut self, id: usize, at: Instant) {
        self.moved(at);
        self.bytes.remove(&id);
        self.decoding.remove(&id);
    }

    /// What stands still at `now`, if anything does.
    pub(super) fn find(&self, now: Instant) -> Option<Stall> {
        let over = |since: Instant, limit: Duration| limit < now.saturating_duration_since(since);
        if over(self.seen, self.limits.silence) {
            return Some(Stall { id: None, limit: self.limits.silence });
        }
        if !self.ready {
            return over(self.moved, LOADING).then_some(Stall { id: None, limit: LOADING });
        }
        let decoding = self.decoding.iter().find_map(|(id, since)| {
            let limit = self.limits.decoding(self.bytes.get(id).copied().unwrap_or(0));
            over(*since, limit).then_some(Stall { id: Some(*id), limit })
        });
        let window = || {
            self.windows.values().find_map(|(id, speech_ms, since)| {
                let limit = self.limits.window(*speech_ms);
                over(*since, limit).then_some(Stall { id: Some(*id), limit })
            })
        };
        // Nobody works although there is work: the second decoding of a long recording hangs, or the scheduler does.
        let idle = || {
            let most = self.bytes.values().max()?;
            let limit = self.limits.decoding(*most);
            let nobody = self.decoding.is_empty() && self.windows.is_empty();
            (nobody && over(self.moved, limit)).then_some(Stall { id: None, limit })
        };
        decoding.or_else(window).or_else(idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Found {
        Nothing,
        TheChild,
        Recording(usize),
    }

    const S: Duration = Duration::from_secs(1);

    /// What stands still `after_s` seconds after what `happened`, while the child says every second that it lives.
    #[track_caller]
    fn check(happened: &dyn Fn(&mut Stalls, Instant), after_s: u32, expected: Found) {
        let begun = Instant::now();
        let mut stalls =
            Stalls::new(Limits { hang: 10 * S, silence: 5 * S, memory_bytes: 0 }, begun);
        stalls.ready(begun);
        happened(&mut stalls, begun);
        let now = begun + after_s * S;
        stalls.alive(now);
        let found = match stalls.find(now).map(|stall| stall.id) {
            None => Found::Nothing,
            Some(None) => Found::TheChild,
            Some(Some(id)) => Found::Recording(id),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn decoding_has_as_long_as_its_bytes_ask_for() {
        let decode = |bytes: u64| {
            move |stalls: &mut Stalls, at| {
                stalls.sent(1, bytes, at);
                stalls.began(1, at);
            }
        };
        check(&decode(0), 9, Found::Nothing);
        check(&decode(0), 11, Found::Recording(1));
        check(&decode(100 * (64 << 10)), 109, Found::Nothing);
        check(&decode(100 * (64 << 10)), 111, Found::Recording(1));
    }

    #[test]
    fn a_window_has_as_long_as_its_speech_asks_for() {
        let window = |stalls: &mut Stalls, at| {
            stalls.sent(1, 0, at);
            stalls.began(1, at);
            stalls.surveyed(1, at);
            stalls.window_started(0, 1, 2000, at);
        };
        check(&window, 129, Found::Nothing);
        check(&window, 131, Found::Recording(1));
    }

    #[test]
    fn who_waits_for_others_does_not_hang() {
        let waits = |stalls: &mut Stalls, at| {
            for id in [1, 2] {
                stalls.sent(id, 0, at);
                stalls.began(id, at);
                stalls.surveyed(id, at);
            }
            stalls.window_started(0, 2, 26_000, at);
        };
        check(&waits, 1000, Found::Nothing);
    }

    #[test]
    fn work_that_nobody_does_is_a_hang_and_no_work_is_none() {
        let idle = |stalls: &mut Stalls, at| {
            stalls.sent(1, 0, at);
            stalls.began(1, at);
            stalls.surveyed(1, at);
        };
        check(&idle, 11, Found::TheChild);
        let done = |stalls: &mut Stalls, at| {
            idle(stalls, at);
            stalls.ended(1, at);
        };
        check(&done, 10_000, Found::Nothing);
        // And what is sent to a child that had long been idle has its time from then on.
        let late = |stalls: &mut Stalls, at: Instant| stalls.sent(1, 0, at + 100 * S);
        check(&late, 105, Found::Nothing);
        check(&late, 111, Found::TheChild);
    }

    #[test]
    fn a_child_that_says_nothing_hangs() {
        let begun = Instant::now();
        let stalls = Stalls::new(Limits::default(), begun);
        assert_eq!(stalls.find(begun + 59 * S), None);
        assert_eq!(stalls.find(begun + 61 * S).map(|stall| stall.id), Some(None));
    }
}
