//! The end of a run's threads: windows come in any order, recordings go out whole.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use crossbeam_channel::Receiver;

use crate::audio::Survey;
use crate::batch::hear::{Assembly, HearError, Place};
use crate::batch::schedule::Run;
use crate::speech::Listened;
use crate::transcript::Heard;

/// What the collector hears of.
pub(super) enum Event {
    /// A window was recognized, or could not be.
    Window { item: usize, place: Place, listened: Result<Listened, HearError> },
    /// All windows of a recording were handed out, or it failed on the way.
    Fed { item: usize, fed: Result<(Survey, usize), HearError> },
    /// A worker has no recognizer: the run cannot go on.
    Fatal(HearError),
}

/// What the collector knows of one recording.
#[derive(Default)]
struct Progress {
    assembly: Assembly,
    survey: Option<(Survey, usize)>,
}

impl Run<'_> {
    /// Puts recordings together and delivers them, until all are through or the run stops.
    pub(super) fn collect(
        &self,
        events: &Receiver<Event>,
        deliver: &mut dyn FnMut(usize, Result<Heard, HearError>),
    ) -> Result<(), HearError> {
        let mut open: BTreeMap<usize, Progress> = BTreeMap::new();
        for event in events {
            let (item, outcome) = match event {
                Event::Fatal(error) => return Err(error),
                Event::Window { item, .. } | Event::Fed { item, .. }
                    if !self.open().contains(&item) =>
                {
                    continue;
                }
                Event::Window { item, place, listened: Ok(listened) } => {
                    let progress = open.entry(item).or_default();
                    progress.assembly.add(place, listened);
                    (item, None)
                }
                Event::Fed { item, fed: Ok(fed) } => {
                    open.entry(item).or_default().survey = Some(fed);
                    (item, None)
                }
                Event::Window { item, listened: Err(error), .. }
                | Event::Fed { item, fed: Err(error) } => (item, Some(error)),
            };
            if self.cancel.load(Ordering::Relaxed) {
                return Err(HearError::Cancelled);
            }
            let outcome = match outcome {
                Some(error) => {
                    open.remove(&item);
                    Some(Err(error))
                }
                None => finished(&mut open, item).map(Ok),
            };
            if let Some(outcome) = outcome {
                self.open().remove(&item);
                deliver(item, outcome);
            }
        }
        if self.cancel.load(Ordering::Relaxed) {
            return Err(HearError::Cancelled);
        }
        // No thread is left. Should one have lost something, it is said rather than passed over.
        let lost = std::mem::take(&mut *self.open());
        for item in lost {
            let detail = "a recording was lost".to_owned();
            deliver(item, Err(HearError::Panicked { step: "scheduling", detail }));
        }
        Ok(())
    }
}

/// The recording, if all its windows are there.
fn finished(open: &mut BTreeMap<usize, Progress>, item: usize) -> Option<Heard> {
    let progress = open.get(&item)?;
    let (_, count) = progress.survey.as_ref()?;
    if progress.assembly.len() < *count {
        return None;
    }
    let Progress { assembly, survey } = open.remove(&item)?;
    Some(assembly.finish(survey?.0))
}
