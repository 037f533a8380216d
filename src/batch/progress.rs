//! How far a run is, on standard error.
//!
//! On a terminal: a bar over the whole batch in audio time, with speed and time left, and one line for each worker. Else
//! one plain line for each recording as it ends. Or nothing. The length of a recording is known once it was surveyed;
//! that of the others is estimated from their bytes and the lengths known so far, and marked with `~`.
//!
//! This is the only file that names indicatif. What is said of a recording that ended comes from the caller, in the
//! reader's language.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::batch::schedule::Observer;

/// How a run shows how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressMode {
    /// Bars that are drawn anew: for a terminal.
    Bars,
    /// One line for each recording that ended.
    Lines,
    /// Nothing.
    Quiet,
}

/// The few words of the bar, in the reader's language.
#[derive(Clone, Copy, Debug)]
pub struct ProgressWords {
    /// After the audio time, for example `of audio`.
    pub audio: &'static str,
    /// Before the time left.
    pub left: &'static str,
    /// After the number of seconds of a window.
    pub seconds: &'static str,
}

/// One recording, as far as progress is concerned.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// What it is called.
    pub name: String,
    /// Bytes of its files; 0 for what has no sound.
    pub bytes: u64,
}

/// Shows how far a run is. Shared by all threads.
#[derive(Debug)]
pub struct Progress {
    mode: ProgressMode,
    words: ProgressWords,
    expected: Vec<Expected>,
    begun: Instant,
    state: Mutex<State>,
    bars: Option<Bars>,
}

#[derive(Debug)]
struct Bars {
    multi: MultiProgress,
    whole: ProgressBar,
    workers: Vec<ProgressBar>,
}

#[derive(Debug, Default)]
struct State {
    recordings: Vec<Known>,
    ended: usize,
}

/// What is known of one recording.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    duration_ms: Option<u64>,
    speech_ms: u64,
    heard_ms: u64,
    ended: bool,
}

/// Audio time of a whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AudioTime {
    done_ms: u64,
    total_ms: u64,
    /// Whether some length is an estimate.
    estimated: bool,
}

impl Progress {
    /// Begins to show a run over `expected` with `workers`.
    pub fn new(
        mode: ProgressMode,
        words: ProgressWords,
        expected: Vec<Expected>,
        workers: usize,
    ) -> Self {
        let bars = (mode == ProgressMode::Bars).then(|| Bars::new(workers));
        let state =
            State { recordings: vec![Known::default(); expected.len()], ..State::default() };
        Self { mode, words, expected, begun: Instant::now(), state: Mutex::new(state), bars }
    }

    /// A recording ended; `line` says how, without its name.
    pub fn ended(&self, item: usize, line: &str) {
        let (count, time) = {
            let mut state = self.state();
            if let Some(known) = state.recordings.get_mut(item) {
                known.ended = true;
            }
            state.ended += 1;
            (state.ended, state.audio_time(&self.expected))
        };
        if self.mode == ProgressMode::Lines {
            let name = self.expected.get(item).map_or("", |expected| expected.name.as_str());
            let mut stderr = io::stderr().lock();
            // Nobody may read standard error; the run goes on all the same.
            let _ = writeln!(stderr, "[{count}/{}] {name}: {line}", self.expected.len());
        }
        self.draw(count, time);
    }

    /// Writes to the terminal (results, a notice) with the bars out of the way.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.multi.suspend(write),
            None => write(),
        }
    }

    /// Takes the bars away.
    pub fn close(&self) {
        if let Some(bars) = &self.bars {
            for bar in &bars.workers {
                bar.finish_and_clear();
            }
            bars.whole.finish_and_clear();
        }
    }

    /// Time since the run began.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    fn draw(&self, ended: usize, time: AudioTime) {
        let Some(bars) = &self.bars else { return };
        bars.whole.set_length(time.total_ms.max(1));
        bars.whole.set_position(time.done_ms.min(time.total_ms));
        bars.whole.set_message(self.message(ended, time, self.begun.elapsed()));
    }

    /// For example `3/12  04:10 / ~21:00 of audio  14.2x  left 01:11`.
    fn message(&self, ended: usize, time: AudioTime, elapsed: Duration) -> String {
        let about = if time.estimated { "~" } else { "" };
        let mut text = format!(
            "{ended}/{}  {} / {about}{} {}",
            self.expected.len(),
            clock(time.done_ms),
            clock(time.total_ms),
            self.words.audio
        );
        let elapsed_s = elapsed.as_secs_f64();
        if 0 < time.done_ms && 0.5 < elapsed_s {
            let speed = time.done_ms as f64 / 1000.0 / elapsed_s;
            let left_ms = time.total_ms.saturating_sub(time.done_ms) as f64 / speed;
            // Writing to a string cannot fail.
            let _ = write!(text, "  {speed:.1}x  {} {}", self.words.left, clock(left_ms as u64));
        }
        text
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic elsewhere leaves at worst a wrong number on the screen.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Progress {
    fn surveyed(&self, item: usize, duration_ms: u32, speech_ms: u64) {
        let (ended, time) = {
            let mut state = self.state();
            if let Some(known) = state.recordings.get_mut(item) {
                known.duration_ms = Some(duration_ms.into());
                known.speech_ms = speech_ms;
            }
            (state.ended, state.audio_time(&self.expected))
        };
        self.draw(ended, time);
    }

    fn window_started(&self, worker: usize, item: usize, speech_ms: u32) {
        let Some(bar) = self.bars.as_ref().and_then(|bars| bars.workers.get(worker)) else {
            return;
        };
        let name = self.expected.get(item).map_or("", |expected| expected.name.as_str());
        bar.set_message(format!("{name}  {} {}", speech_ms / 1000, self.words.seconds));
    }

    fn window_done(&self, worker: usize, item: usize, speech_ms: u32) {
        let (ended, time) = {
            let mut state = self.state();
            if let Some(known) = state.recordings.get_mut(item) {
                known.heard_ms += u64::from(speech_ms);
            }
            (state.ended, state.audio_time(&self.expected))
        };
        if let Some(bar) = self.bars.as_ref().and_then(|bars| bars.workers.get(worker)) {
            bar.set_message("");
        }
        self.draw(ended, time);
    }
}

impl State {
    /// What is done and what there is to do. Of a recording the share of its speech that was heard counts as its share
    /// of audio time: the rest of it costs next to nothing.
    fn audio_time(&self, expected: &[Expected]) -> AudioTime {
        let (mut known_ms, mut known_bytes, mut unknown_bytes, mut done_ms) = (0, 0, 0, 0);
        for (known, expected) in self.recordings.iter().zip(expected) {
            match known.duration_ms {
                Some(duration_ms) => {
                    known_ms += duration_ms;
                    known_bytes += expected.bytes;
                    done_ms += match known.speech_ms {
                        _ if known.ended => duration_ms,
                        0 => 0,
                        speech_ms => duration_ms * known.heard_ms.min(speech_ms) / speech_ms,
                    };
                }
                // What ended without a length failed: there is nothing more to do.
                None if known.ended => {}
                None => unknown_bytes += expected.bytes,
            }
        }
        let guess = if known_bytes == 0 {
            0
        } else {
            (known_ms as f64 * (unknown_bytes as f64 / known_bytes as f64)) as u64
        };
        AudioTime { done_ms, total_ms: known_ms + guess, estimated: 0 < unknown_bytes }
    }
}

impl Bars {
    fn new(workers: usize) -> Self {
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let style = |template: &str| {
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("█▉▊▋▌▍▎▏ ")
        };
        let whole = multi.add(ProgressBar::new(1).with_style(style("{bar:10.cyan} {wide_msg}")));
        let workers = (0..workers)
            .map(|_| {
                let bar = ProgressBar::new_spinner().with_style(style("  {spinner} {wide_msg}"));
                let bar = multi.add(bar);
                bar.enable_steady_tick(Duration::from_millis(200));
                bar
            })
            .collect();
        Self { multi, whole, workers }
    }
}

/// `mm:ss`, or `h:mm:ss` from an hour on.
fn clock(ms: u64) -> String {
    let s = ms / 1000;
    match s / 3600 {
        0 => format!("{:02}:{:02}", s / 60, s % 60),
        hours => format!("{hours}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(bytes: &[u64]) -> Vec<Expected> {
        bytes.iter().map(|bytes| Expected { name: String::new(), bytes: *bytes }).collect()
    }

    #[test]
    fn lengths_not_yet_known_are_estimated_from_bytes() {
        let known = Known { duration_ms: Some(60_000), ..Known::default() };
        let state = State { recordings: vec![known, Known::default()], ended: 0 };
        let time = state.audio_time(&expected(&[100, 50]));
        assert_eq!(time, AudioTime { done_ms: 0, total_ms: 90_000, estimated: true });
    }

    #[test]
    fn heard_speech_counts_as_its_share_of_the_recording() {
        let known =
            Known { duration_ms: Some(60_000), speech_ms: 20_000, heard_ms: 5_000, ended: false };
        let over = Known { ended: true, ..known };
        let state = State { recordings: vec![known, over], ended: 1 };
        let time = state.audio_time(&expected(&[1, 1]));
        assert_eq!(time, AudioTime { done_ms: 75_000, total_ms: 120_000, estimated: false });
    }

    #[test]
    fn the_message_tells_speed_and_time_left() {
        let words = ProgressWords { audio: "of audio", left: "left", seconds: "s" };
        let progress = Progress::new(ProgressMode::Quiet, words, expected(&[1, 1]), 2);
        let time = AudioTime { done_ms: 60_000, total_ms: 180_000, estimated: true };
        assert_eq!(
            progress.message(1, time, Duration::from_secs(4)),
            "1/2  01:00 / ~03:00 of audio  15.0x  left 00:08"
        );
    }

    #[test]
    fn hours_are_told_from_the_first() {
        assert_eq!((clock(59_999), clock(3_661_000)), ("00:59".into(), "1:01:01".into()));
    }
}
