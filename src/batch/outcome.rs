//! What became of each recording, and the sum of it.
//!
//! Every recording given ends in exactly one [`Outcome`]; [`Summary`] counts them, so that given = done + skipped +
//! failed + not reached, the last only when the run was stopped.

use std::error::Error;

use crate::batch::failure::Failure;
use crate::call::{CallInfo, Recording};

/// How one recording ended. `T` is what it was made into: a draft, or a transcript.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<T> {
    /// It was made into something.
    Done(T),
    /// There was nothing in it; no failure.
    Skipped(SkipReason),
    /// It could not be heard, and why.
    Failed(Failure),
}

/// Why a recording was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// Nobody speaks: silence, noise, tones, music.
    NoSpeech,
    /// Something like speech, of which no word was understood.
    NoWords,
}

impl SkipReason {
    /// The text that JSON uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSpeech => "no speech",
            Self::NoWords => "no words were understood",
        }
    }
}

/// One recording and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended<T> {
    /// Its place in what was given.
    pub item: usize,
    /// What was found in it; only its name where it could not be read.
    pub recording: Recording,
    /// What is known of the call.
    pub call: CallInfo,
    /// How it ended.
    pub outcome: Outcome<T>,
}

/// The sum over a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Recordings that were given.
    pub given: usize,
    /// Made into something.
    pub done: usize,
    /// Nothing in them.
    pub skipped: usize,
    /// Could not be heard.
    pub failed: usize,
    /// Length of what was done or skipped, in milliseconds.
    pub audio_ms: u64,
}

impl Summary {
    /// Counts one more.
    pub fn add<T>(&mut self, ended: &Ended<T>) {
        match ended.outcome {
            Outcome::Done(_) => self.done += 1,
            Outcome::Skipped(_) => self.skipped += 1,
            Outcome::Failed(_) => self.failed += 1,
        }
        self.audio_ms += u64::from(ended.recording.duration_ms);
    }

    /// Recordings that the run did not get to: none unless it was stopped.
    pub fn not_reached(&self) -> usize {
        self.given.saturating_sub(self.done + self.skipped + self.failed)
    }
}

/// An error and its causes in one line, each after a colon.
pub fn in_one_line(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // A transparent error repeats what it wraps.
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_adds_up() {
        let mut summary = Summary { given: 4, ..Summary::default() };
        for outcome in [
            Outcome::Done(()),
            Outcome::Skipped(SkipReason::NoSpeech),
            Outcome::Failed(Failure::NothingFits { pattern: "*.wav".into() }),
        ] {
            summary.add(&Ended {
                item: 0,
                recording: Recording { duration_ms: 500, ..Recording::default() },
                call: CallInfo::default(),
                outcome,
            });
        }
        assert_eq!((summary.done, summary.skipped, summary.failed), (1, 1, 1));
        assert_eq!((summary.not_reached(), summary.audio_ms), (1, 1500));
    }

    #[test]
    fn causes_are_told_once() {
        let inner = std::io::Error::other("disk on fire");
        let outer = crate::audio::AudioError::Unreadable { path: "a.wav".into(), source: inner };
        assert_eq!(in_one_line(&outer), "cannot read `a.wav`: disk on fire");
        let wrapped = crate::batch::HearError::from(outer);
        assert_eq!(in_one_line(&wrapped), "cannot read `a.wav`: disk on fire");
    }
}
