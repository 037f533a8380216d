//! Re-grading the archive: how many stored calls of five minutes a second take a changed rulebook, with reading and
//! writing the store and the files of the drafts.
//!
//! The calls are put together from `samples/scripts`, heard by nobody. Ten are graded and stored as a night stores them; the
//! archive is these ten again and again under other hashes, brought in by `autograde store import`. Then the program
//! itself is run as a firm would run it, by the clock, with as many workers as there are cores:
//!
//! * `regrade` with a rulebook that extends the default by one phrase;
//! * the same again, which has nothing to do;
//! * `regrade --what-if` with the default, which reads and grades, and writes nothing.
//!
//! `BENCH_STORED` is the number of calls, default 5,000 (DESIGN.md speaks of 100,000: 2.5 GB and some minutes to bring in);
//! `TMPDIR` is where they lie.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it measured"
)]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use autograde::call::{CallInfo, Direction};
use autograde::grading::{GradeOptions, MadeWith, grade};
use autograde::rules::Rulebook;
use autograde::store::{Finished, NewAttempt, NewFile, NewRun, OpenOptions, Place, Store};

use talk::{long, samples};

mod talk;

/// Words of a call of five minutes.
const WORDS: usize = 750;
/// Calls that differ.
const DIFFERENT: usize = 10;
/// What DESIGN.md asks for, in calls a second.
const AIM: f64 = 1500.0;

/// A firm's rulebook: the default and one word more.
const CHANGED: &str = "[book]\nid = \"bench\"\ntitle = \"t\"\nextends = \"ru\"\n[families]\nfirm = [\"мастерская\"]\n";

fn main() {
    let stored: usize = std::env::var("BENCH_STORED").map_or(5000, |text| text.parse().unwrap());
    let place = tempfile::TempDir::new().unwrap();
    let (rows, rules) = (place.path().join("rows.jsonl"), place.path().join("firm"));
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("firm.toml"), CHANGED).unwrap();
    archive(&rows, &seeds(place.path()), stored);
    let data = place.path().join("data");
    let begun = Instant::now();
    run(&data, &["store", "import", rows.to_str().unwrap()]);
    let size = fs::metadata(data.join("autograde.db")).unwrap().len() >> 20;
    let workers = std::thread::available_parallelism().unwrap();
    println!(
        "{stored} stored calls of five minutes, {size} MB, {workers} workers (brought in at {:.0} a second)",
        stored as f64 / begun.elapsed().as_secs_f64()
    );

    let changed = ["regrade", "--rules", rules.to_str().unwrap()];
    let rate = timed("regrade, every call by a changed rulebook", &data, &changed, stored);
    println!("    {:.2} of the aim of {AIM} calls a second", rate / AIM);
    assert_eq!(files(&data.join("drafts")), stored, "a file for each draft");
    timed("regrade again, nothing to do", &data, &changed, stored);
    timed("regrade --what-if", &data, &["regrade", "--rules", "ru", "--what-if", "--json"], stored);
}

/// Runs the program and prints the calls a second by the clock, and its CPU time for a call.
fn timed(what: &str, data: &Path, args: &[&str], calls: usize) -> f64 {
    let (begun, cpu_before_s) = (Instant::now(), children_cpu_s());
    run(data, args);
    let took_s = begun.elapsed().as_secs_f64();
    let rate = calls as f64 / took_s;
    let cpu_ms = (children_cpu_s() - cpu_before_s) * 1e3 / calls as f64;
    println!("{what}: {took_s:.1} s, {rate:.0} calls a second, {cpu_ms:.2} ms CPU a call");
    rate
}

fn run(data: &Path, args: &[&str]) {
    let done = Command::new(env!("CARGO_BIN_EXE_autograde"))
        .args(args)
        .args(["--lang", "en", "--data"])
        .arg(data)
        .current_dir(data.parent().unwrap())
        .env("XDG_CONFIG_HOME", data)
        .output()
        .unwrap();
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// CPU time of the programs that have ended (Linux: in hundredths of a second).
fn children_cpu_s() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks =
        |field: usize| rest.split_whitespace().nth(field).and_then(|text| text.parse().ok());
    let (user, system): (Option<f64>, Option<f64>) = (ticks(13), ticks(14));
    (user.unwrap_or(0.0) + system.unwrap_or(0.0)) / 100.0
}

fn files(folder: &Path) -> usize {
    let days = fs::read_dir(folder).unwrap();
    days.map(|day| fs::read_dir(day.unwrap().path()).unwrap().count()).sum()
}

/// The hash of a call; its eight digits are found nowhere else.
fn sha256(family: &str, number: usize) -> String {
    format!("{family}{number:06x}").repeat(8)
}

/// The rows of ten calls as a night leaves them, in lines of JSON.
fn seeds(place: &Path) -> Vec<String> {
    let book = Rulebook::embedded("ru").unwrap();
    let database = Place::in_folder(&place.join("seeds"));
    let store = Store::open(&database, &OpenOptions::creating()).unwrap();
    let run = NewRun { kind: "nightly", program: "bench", process: "1", started_ms: 1 };
    let run = store.begin_run(&run).unwrap();
    let turns = samples();
    for number in 0..DIFFERENT {
        let sha256 = sha256("fe", number);
        let mut heard = long(&turns, number * turns.len() / DIFFERENT, WORDS);
        "call.wav".clone_into(&mut heard.recording.source);
        heard.recording.sha256.clone_from(&sha256);
        let day = format!("2026-01-{:02}", number + 1);
        let call = CallInfo { direction: Some(Direction::Inbound), ..CallInfo::default() };
        let made_with = MadeWith {
            program: format!("autograde {}", env!("CARGO_PKG_VERSION")),
            model: Some("small".into()),
            model_sha256: Some("ab".into()),
        };
        let draft = grade(&book, &heard, &call, &GradeOptions { call_type: None, made_with });
        let file = NewFile {
            path: &sha256,
            sha256: &sha256,
            bytes: 1,
            modified_ms: 1,
            source: "call.wav",
            id: &draft.id(),
            day: &day,
            seen_ms: 1,
        };
        store.note_files(&[file]).unwrap();
        let attempt = NewAttempt { run, sha256: &sha256, alone: false, started_ms: 1 };
        let attempt = store.begin_attempt(&attempt).unwrap();
        let done = Finished { heard: &heard, call: &call, call_id: None, draft: &draft, at_ms: 2 };
        store.finish(&attempt, &done).unwrap();
    }
    let mut text = Vec::new();
    store.export(&mut text).unwrap();
    String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
}

/// Writes the rows of so many calls: those of the ten with other hashes. The order of the tables stays.
fn archive(path: &Path, rows: &[String], calls: usize) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let digits = |family: &str, number: usize| sha256(family, number)[..8].to_owned();
    // Which of the ten a row is of; the others (the schema's, the run) are written once.
    let seed = |row: &str| (0..DIFFERENT).find(|seed| row.contains(&digits("fe", *seed)));
    let mut at = 0;
    while at < rows.len() {
        // The ten rows of a table follow one another.
        let block = rows[at..].iter().take_while(|row| seed(row).is_some()).count().min(DIFFERENT);
        if block < DIFFERENT {
            writeln!(out, "{}", rows[at]).unwrap();
            at += 1;
            continue;
        }
        for number in 0..calls {
            let seed = number % DIFFERENT;
            let row = rows[at + seed].replace(&digits("fe", seed), &digits("da", number));
            writeln!(out, "{row}").unwrap();
        }
        at += DIFFERENT;
    }
    out.flush().unwrap();
}
