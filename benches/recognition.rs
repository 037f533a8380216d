//! What hearing a call costs: throughput for a CPU second and word errors, the share of whisper.cpp, two workers against
//! one, both with a model as large as the official `base` too, memory for a day-long recording.
//!
//! The calls are made by `benches/calls.py` (the folder `target/bench-data`; made again when it is not there).
//! `benches/peers/run.sh` measures others on the same calls. From the environment:
//!
//! * `BENCH_MINUTES`: length of the calls, default 60;
//! * `BENCH_MODEL`: another model than the one that the program would choose;
//! * `BENCH_VAD`: a Silero file, in place of the voice activity model in the program;
//! * `BENCH_HOURS`: length of the long recording, default 24 (1.4 GB in the folder for temporary files; 0: none);
//! * `BENCH_PARTS`: which of `speed`, `workers`, `base`, `memory` to do, default all.
//!
//! Linux only: the figures come from `/proc`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it measured"
)]

use std::cell::Cell;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use std::{env, fs};

use autograde::audio::AudioSource;
use autograde::batch::{HearItem, HearOptions, MakeRecognizer, hear, hear_all};
use autograde::call::Speaker;
use autograde::speech::models::{ChosenSource, choose};
use autograde::speech::{
    Effort, ModelSource, Recognition, Recognizer, Segment, SegmentWord, SpeechError, WhisperModel,
    WhisperRecognizer, Window, silero,
};

use model_file::ModelFile;

#[path = "../tests/it/model_file.rs"]
#[allow(dead_code, unreachable_pub, reason = "the tests use all of it, and from outside")]
mod model_file;

/// Calls that the slow model hears: twenty minutes.
const BASE_CALLS: usize = 4;

fn main() {
    let parts = env::var("BENCH_PARTS").unwrap_or_else(|_| "speed workers base memory".into());
    println!("{}", machine());
    let mut options = HearOptions::default();
    if let Some(path) = env::var_os("BENCH_VAD") {
        options.audio.detector = Arc::new(silero::detector(path.into()));
    }
    if parts.contains("speed") || parts.contains("workers") {
        let calls = calls();
        let chosen = choose(env::var("BENCH_MODEL").ok().as_deref(), None).unwrap();
        let source = match &chosen.source {
            ChosenSource::Path(path) => ModelSource::Path(path.clone()),
            ChosenSource::Demo(bytes) => ModelSource::Bytes(bytes),
        };
        options.speech.window_ms = chosen.window_ms();
        let model = WhisperModel::load(&source, &options.speech).unwrap();
        if parts.contains("speed") {
            speed(&calls, &chosen.name, &model, &options);
        }
        if parts.contains("workers") {
            println!("{}", workers(&calls, &|| Ok(Box::new(model.recognizer()?)), &options));
        }
    }
    if parts.contains("base") {
        base(&calls()[..BASE_CALLS], &options);
    }
    if parts.contains("memory") {
        memory(&options);
    }
}

/// Everything on one thread: CPU time of the process, decoding and voice activity included.
fn speed(calls: &[PathBuf], name: &str, model: &WhisperModel, options: &HearOptions) {
    let mut recognizer = Timed { inner: model.recognizer().unwrap(), spent_s: 0.0, windows: 0 };
    let before = thread_cpu_s();
    let (mut audio_s, mut errors, mut words) = (0.0, 0, 0);
    for path in calls {
        let file = path.file_name().unwrap().to_string_lossy();
        let source = AudioSource::File(path.clone());
        let heard =
            hear(&source, &file, options, &mut recognizer, &AtomicBool::new(false)).unwrap();
        audio_s += f64::from(heard.recording.duration_ms) / 1000.0;
        for (side, speaker) in [("left", Speaker::Manager), ("right", Speaker::Client)] {
            let truth = fs::read_to_string(path.with_extension(format!("{side}.txt"))).unwrap();
            let said: Vec<String> = (heard.turns.iter())
                .filter(|turn| turn.speaker == speaker)
                .flat_map(|turn| plain(&turn.text()))
                .collect();
            let truth = plain(&truth);
            errors += distance(&truth, &said);
            words += truth.len();
        }
    }
    let cpu_s = thread_cpu_s() - before;
    println!(
        "autograde {} (whisper-rs 0.16, whisper.cpp 1.8.3), model {name}, 1 worker: {audio_s:.0} s of stereo calls, \
         {cpu_s:.1} s CPU, {:.1} s per CPU second, {errors} word errors in {words} ({:.1} %)",
        env!("CARGO_PKG_VERSION"),
        audio_s / cpu_s,
        100.0 * f64::from(u32::try_from(errors).unwrap()) / words as f64,
    );
    let outside_s = cpu_s - recognizer.spent_s;
    println!(
        "outside of whisper.cpp: {outside_s:.2} s CPU, {:.1} % ({:.2} ms for a second of call; {} windows, some heard again)",
        100.0 * outside_s / cpu_s,
        1000.0 * outside_s / audio_s,
        recognizer.windows,
    );
}

/// Wall time of one worker and of two, by way of the batch's scheduler. Means something on an idle machine only.
fn workers(calls: &[PathBuf], make: MakeRecognizer<'_>, options: &HearOptions) -> String {
    let items: Vec<HearItem> = (calls.iter())
        .map(|path| HearItem {
            source: AudioSource::File(path.clone()),
            name: path.display().to_string(),
            manager_channel: options.audio.manager_channel,
        })
        .collect();
    let wall_s = |jobs: usize| {
        let started = Instant::now();
        let cancel = AtomicBool::new(false);
        hear_all(&items, options, make, jobs, &cancel, &(), &mut |_, heard| {
            heard.unwrap();
        })
        .unwrap();
        started.elapsed().as_secs_f64()
    };
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    let load = load.split(' ').next().unwrap_or_default();
    let (one_s, two_s) = (wall_s(1), wall_s(2));
    format!(
        "two workers: {two_s:.1} s, one: {one_s:.1} s by the clock, {:.2} times (load {load} before)",
        one_s / two_s
    )
}

/// The share outside of whisper.cpp, and two workers against one, with a model of the size of `base` (`q8_0`): random weights, as
/// no official file is at hand. They say nothing and go on to the decoder's limit, about twice the tokens of speech, which makes the
/// share somewhat smaller than with real weights; hearing a window again for its quality would make it smaller still and is left out.
fn base(calls: &[PathBuf], options: &HearOptions) {
    let file = ModelFile {
        state: 512,
        heads: 8,
        audio_layers: 6,
        text_layers: 6,
        kind: model_file::Q8_0,
        ..ModelFile::smallest()
    };
    let path = Path::new("target/bench-data/base-random.bin");
    if !path.exists() {
        fs::write(path, file.build().0).unwrap();
    }
    let mut options = options.clone();
    options.speech.window_ms = 26_000;
    let model = WhisperModel::load(&ModelSource::Path(path.into()), &options.speech).unwrap();
    let mut recognizer =
        Timed { inner: Once(model.recognizer().unwrap()), spent_s: 0.0, windows: 0 };
    let before = thread_cpu_s();
    for path in calls {
        let source = AudioSource::File(path.clone());
        hear(&source, "call", &options, &mut recognizer, &AtomicBool::new(false)).unwrap();
    }
    let cpu_s = thread_cpu_s() - before;
    let outside_s = cpu_s - recognizer.spent_s;
    println!(
        "the size of base, random weights: {cpu_s:.1} s CPU, {:.1} % of it outside of whisper.cpp ({} windows)",
        100.0 * outside_s / cpu_s,
        recognizer.windows,
    );
    let make = || Ok(Box::new(Once(model.recognizer()?)) as Box<dyn Recognizer>);
    println!("the size of base, random weights, {}", workers(calls, &make, &options));
}

/// What a long recording takes, with a recognizer that says something everywhere and costs nothing.
fn memory(options: &HearOptions) {
    let hours: u32 = env::var("BENCH_HOURS").map_or(24, |hours| hours.parse().unwrap());
    if hours == 0 {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    repeat(&calls()[0], &path, hours);
    let megabytes = |field: &str| {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    };
    // 5 sets the peak back to what is used now.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let (used, cpu_s) = (megabytes("VmRSS"), thread_cpu_s());
    let cancel = AtomicBool::new(false);
    let heard = hear(&AudioSource::File(path), "long.wav", options, &mut Babble, &cancel).unwrap();
    let turns = heard.turns.len();
    println!(
        "a recording of {hours} h (8 kHz, A-law, stereo): {:.0} MB at the peak above the {used:.0} MB before, {turns} turns, \
         {:.0} s CPU without recognition",
        megabytes("VmHWM") - used,
        thread_cpu_s() - cpu_s,
    );
}

/// The real recognizer, with its CPU time.
struct Timed<R> {
    inner: R,
    spent_s: f64,
    windows: usize,
}

impl<R: Recognizer> Recognizer for Timed<R> {
    fn recognize(&mut self, window: &Window, effort: Effort) -> Result<Recognition, SpeechError> {
        let before = thread_cpu_s();
        let recognition = self.inner.recognize(window, effort);
        self.spent_s += thread_cpu_s() - before;
        self.windows += 1;
        recognition
    }
}

/// Hears every window in earnest, once, and makes words up, as random weights have none.
struct Once(WhisperRecognizer);

impl Recognizer for Once {
    fn recognize(&mut self, window: &Window, effort: Effort) -> Result<Recognition, SpeechError> {
        self.0.recognize(window, effort)?;
        Babble.recognize(window, effort)
    }
}

/// Two words a second, each different from the one before.
struct Babble;

impl Recognizer for Babble {
    fn recognize(&mut self, window: &Window, _: Effort) -> Result<Recognition, SpeechError> {
        thread_local!(static NEXT: Cell<u32> = const { Cell::new(0) });
        let words = (0..window.len_ms() / 500)
            .map(|place| SegmentWord {
                text: spelled(NEXT.replace(NEXT.get() + 1)),
                start_ms: 500 * place,
                end_ms: 500 * place + 400,
                probability: 0.9,
            })
            .collect();
        let segments = vec![Segment { words, mean_log_probability: -0.1 }];
        Ok(Recognition { segments, no_speech_probability: 0.0, shortened: false })
    }
}

/// A word of five letters for each number, as digits would count as long words and be dropped for their speed.
fn spelled(number: u32) -> String {
    let letters: Vec<char> = ('а'..='я').collect();
    (0..5).map(|place| letters[(number >> (5 * place)) as usize % letters.len()]).collect()
}

/// The calls, in order; made where they lack.
fn calls() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let minutes: u32 = env::var("BENCH_MINUTES").map_or(60, |minutes| minutes.parse().unwrap());
    let data = root.join(format!("target/bench-data/{minutes}"));
    // The texts of a call are written last.
    if !data.join(format!("call-{:02}.right.txt", (minutes / 5).max(1) - 1)).exists() {
        let script = root.join("benches/calls.py");
        let made = Command::new("python3").arg(script).arg(&data).arg(minutes.to_string()).status();
        assert!(made.unwrap().success(), "the calls could not be made");
    }
    let mut calls: Vec<PathBuf> =
        fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    calls.retain(|path| path.extension().is_some_and(|extension| extension == "wav"));
    calls.sort();
    calls
}

/// Writes a call over and over as A-law, until it is `hours` long.
fn repeat(call: &Path, path: &Path, hours: u32) {
    const RATE_HZ: u32 = 8000;
    let bytes = fs::read(call).unwrap();
    // calls.py writes a header of 44 bytes, two channels, 8 kHz.
    let laws: Vec<u8> = bytes[44..]
        .chunks_exact(2)
        .map(|pair| a_law(i16::from_le_bytes([pair[0], pair[1]])))
        .collect();
    let len = 2 * RATE_HZ * 3600 * hours;
    let mut file = BufWriter::new(File::create(path).unwrap());
    let mut header = Vec::new();
    header.extend(b"RIFF");
    header.extend((36 + len).to_le_bytes());
    header.extend(b"WAVEfmt \x10\0\0\0\x06\0\x02\0");
    header.extend(RATE_HZ.to_le_bytes());
    header.extend((2 * RATE_HZ).to_le_bytes());
    header.extend(b"\x02\0\x08\0data");
    header.extend(len.to_le_bytes());
    file.write_all(&header).unwrap();
    let mut left = len as usize;
    while left > 0 {
        let piece = &laws[..laws.len().min(left)];
        file.write_all(piece).unwrap();
        left -= piece.len();
    }
    file.flush().unwrap();
}

/// ITU-T G.711.
fn a_law(sample: i16) -> u8 {
    let sign = if sample >= 0 { 0xd5 } else { 0x55 };
    let size = (i32::from(sample).abs() >> 4).min(2047);
    let exponent = (32 - size.leading_zeros()).saturating_sub(5);
    let mantissa = if exponent == 0 { size >> 1 } else { size >> exponent };
    (((exponent as u8) << 4) | (mantissa as u8 & 0x0f)) ^ sign
}

/// The processor's name and the number of cores, for the head of the figures.
fn machine() -> String {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap();
    let name = about.lines().find_map(|line| line.strip_prefix("model name"));
    let name = name.map_or("unknown processor", |name| name.trim_start_matches(['\t', ':', ' ']));
    let cores = about.lines().filter(|line| line.starts_with("processor")).count();
    let build = if cfg!(feature = "openblas") { ", with OpenBLAS" } else { "" };
    format!("machine: {name}, {cores} cores{build}")
}

/// CPU time of the calling thread, in seconds (its first number is in nanoseconds).
fn thread_cpu_s() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// Lower-case words without punctuation, with one letter for both kinds of e.
fn plain(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace('ё', "е");
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Words put in, left out or changed.
fn distance(truth: &[String], said: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=said.len()).collect();
    for (i, wanted) in truth.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, found) in said.iter().enumerate() {
            let changed = diagonal + usize::from(wanted != found);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[said.len()]
}
