//! Recognition throughput: seconds of calls for a second of CPU time, with the word errors, on one worker.
//!
//! The calls are made by `benches/calls.py` (the folder `target/bench-data`; made again when it is not there). CPU time is
//! that of the whole process, decoding and voice activity included. `BENCH_MINUTES` (default 60) shortens the hour,
//! `BENCH_MODEL` names another model than the one that the program would choose. `benches/peers/run.sh` measures others on
//! the same calls.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it measured"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::{env, fs};

use autograde::audio::AudioSource;
use autograde::batch::{HearOptions, hear};
use autograde::call::Speaker;
use autograde::speech::models::{ChosenSource, choose};
use autograde::speech::{ModelSource, WhisperModel};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let minutes: u32 = env::var("BENCH_MINUTES").map_or(60, |minutes| minutes.parse().unwrap());
    let data = root.join(format!("target/bench-data/{minutes}"));
    if !data.join("call-00.right.txt").exists() {
        let script = root.join("benches/calls.py");
        let made = Command::new("python3").arg(script).arg(&data).arg(minutes.to_string()).status();
        assert!(made.unwrap().success(), "the calls could not be made");
    }
    let mut calls: Vec<PathBuf> =
        fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    calls.retain(|path| path.extension().is_some_and(|extension| extension == "wav"));
    calls.sort();

    let chosen = choose(env::var("BENCH_MODEL").ok().as_deref(), None).unwrap();
    let source = match chosen.source {
        ChosenSource::Path(path) => ModelSource::Path(path),
        ChosenSource::Demo(bytes) => ModelSource::Bytes(bytes),
    };
    let options = HearOptions::default();
    let model = WhisperModel::load(&source, &options.speech).unwrap();
    let mut recognizer = model.recognizer().unwrap();

    let before = cpu_s();
    let (mut audio_s, mut errors, mut words) = (0.0, 0, 0);
    for path in &calls {
        let name = path.file_name().unwrap().to_string_lossy();
        let heard = hear(
            &AudioSource::File(path.clone()),
            &name,
            &options,
            &mut recognizer,
            &AtomicBool::new(false),
        )
        .unwrap();
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
    let cpu = cpu_s() - before;
    println!(
        "autograde {} (whisper-rs 0.16, whisper.cpp 1.8.3), model {}, 1 worker: {audio_s:.0} s of stereo calls, \
         {cpu:.1} s CPU, {:.1} s per CPU second, {errors} word errors in {words} ({:.1} %)",
        env!("CARGO_PKG_VERSION"),
        chosen.name,
        audio_s / cpu,
        100.0 * errors as f64 / words as f64,
    );
}

/// User and system time of this process and the children it waited for, in seconds (Linux: `/proc/self/stat`, whose ticks
/// are hundredths).
fn cpu_s() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let after = stat.rsplit_once(')').unwrap().1;
    let ticks =
        after.split_whitespace().skip(11).take(4).map(|field| field.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
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
