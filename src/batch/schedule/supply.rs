//! What goes into a run and who watches it: recordings one by one, from a list or from whoever has more later.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::audio::{AudioSource, ManagerChannel};

/// One recording to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HearItem {
    /// Where its sound lies.
    pub source: AudioSource,
    /// What it is called: becomes [`Recording::source`](crate::call::Recording::source).
    pub name: String,
    /// On which channel the manager is, in this recording; it takes the place of the run's general setting.
    pub manager_channel: ManagerChannel,
}

/// Hands out recordings one by one. Called from several threads.
pub trait Supply: Sync {
    /// The next recording and its number, which no other has; `None` when no more will come. May wait for one, as long as
    /// `stopped` says false.
    fn next(&self, stopped: &dyn Fn() -> bool) -> Option<(usize, HearItem)>;
}

/// A list, numbered from 0.
pub(super) struct List<'a> {
    items: &'a [HearItem],
    next: AtomicUsize,
}

impl<'a> List<'a> {
    pub(super) fn new(items: &'a [HearItem]) -> Self {
        Self { items, next: AtomicUsize::new(0) }
    }
}

impl Supply for List<'_> {
    fn next(&self, _stopped: &dyn Fn() -> bool) -> Option<(usize, HearItem)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.items.get(number).map(|item| (number, item.clone()))
    }
}

/// Recordings that are taken on without waiting for those before them: as many as a supply must have at hand for `jobs`
/// workers to be busy.
pub fn look_ahead(jobs: usize) -> usize {
    2 * jobs.max(1) + 2
}

/// Watches a run. Called from many threads; must not block. Every method does nothing by default.
pub trait Observer: Sync {
    /// A recording was taken from the supply and is being surveyed.
    fn began(&self, _item: usize) {}
    /// A recording was surveyed.
    fn surveyed(&self, _item: usize, _duration_ms: u32, _speech_ms: u64) {}
    /// A worker begins a window of `_item`, with this much of speech in it.
    fn window_started(&self, _worker: usize, _item: usize, _speech_ms: u32) {}
    /// A worker is done with it.
    fn window_done(&self, _worker: usize, _item: usize, _speech_ms: u32) {}
}

/// Watches nothing.
impl Observer for () {}
