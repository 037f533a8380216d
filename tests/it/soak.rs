//! The night under fire: seeded kills, seeded damage, a folder with more files than fit into memory.
//!
//! `make test` runs the short form. `make soak` runs the long one by these variables of the environment:
//! `AUTOGRADE_SOAK_KILLS`, `AUTOGRADE_SOAK_CALLS`, `AUTOGRADE_SOAK_SEED`, `AUTOGRADE_SOAK_DAMAGED`, `AUTOGRADE_SOAK_FILES`.
//! The seed is printed; the same seed kills after the same times and marks, though the machine decides what it hits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use autograde::audio::{AudioSource, ManagerChannel};
use autograde::batch::HearItem;
use autograde::batch::child::{ChildItem, End, Limits, Supervisor};
use serde_json::Value;

use crate::child::options;
use crate::short_calls::short_calls;
use crate::workspace::{Workspace, repository};

/// A number from the environment, else that of the short form.
fn setting(name: &str, short: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(short)
}

/// A generator that is the same everywhere (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}

/// Who is killed.
const VICTIMS: [&str; 3] = ["parent", "child", "both"];

/// What a kill waits for: nothing but time, or a mark in the log.
const MARKS: [&str; 6] = ["", "", "", "recognition", "commit", "rename"];

/// A run of the night that logs every step.
struct Run {
    process: Child,
    log: PathBuf,
}

impl Run {
    fn start(place: &Workspace) -> Self {
        let log = place.path("log");
        let stderr = fs::File::create(&log).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_autograde"))
            .args(["nightly", "-vv", "--log", "json"])
            .current_dir(place.root())
            .env("HOME", place.path("home"))
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        Self { process, log }
    }

    fn is_over(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    /// The last step that the log tells.
    fn stage(&self) -> &'static str {
        let log = self.log();
        let known = ["decoding", "recognition", "commit", "rename"];
        let step = |line: &str| -> Option<&'static str> {
            let entry: Value = serde_json::from_str(line).ok()?;
            let message = entry["message"].as_str()?;
            if message == "next" {
                return Some("between");
            }
            known.into_iter().find(|step| *step == message)
        };
        log.lines().rev().find_map(step).unwrap_or("start")
    }

    fn children(&self) -> Vec<u32> {
        let of = |entry: fs::DirEntry| {
            let id: u32 = entry.file_name().to_string_lossy().parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let ppid: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            (ppid == self.process.id()).then_some(id)
        };
        fs::read_dir("/proc").unwrap().flatten().filter_map(of).collect()
    }
}

fn kill(processes: &[u32]) {
    if !processes.is_empty() {
        let ids = processes.iter().map(ToString::to_string);
        let _ = Command::new("kill").arg("-KILL").args(ids).stderr(Stdio::null()).status();
    }
}

/// The drafts' files and when they were written; each must be whole.
fn drafts(place: &Workspace) -> BTreeMap<String, SystemTime> {
    let mut found = BTreeMap::new();
    for day in fs::read_dir(place.path("data/drafts")).into_iter().flatten() {
        for file in fs::read_dir(day.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let text = fs::read(&path).unwrap();
            let draft: Value = serde_json::from_slice(&text)
                .unwrap_or_else(|error| panic!("{name} is half-written: {error}"));
            assert!(draft["criteria"].is_array(), "{name}");
            let written = fs::metadata(&path).unwrap().modified().unwrap();
            assert!(found.insert(name, written).is_none(), "two drafts of one name");
        }
    }
    found
}

/// Finishes the night in peace and looks whether every call came to exactly one end.
fn check(place: &Workspace, calls: u64, before: &BTreeMap<String, SystemTime>) {
    let status = || -> Value {
        serde_json::from_str(&place.run(["status", "--json"]).ends_with(0).stdout).unwrap()
    };
    let run = place.run(["nightly"]);
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.stderr);
    // Killed twice while it was alone, in this run or an earlier one: that is what a killer looks like, and no run tries it
    // again until a person says so.
    let failed = status()["failed"].clone();
    let failed = failed.as_array().unwrap();
    for call in failed {
        assert_eq!(call["state"], "crashed", "{failed:#?}");
    }
    if !failed.is_empty() {
        place.run(["retry"]).ends_with(0);
    }
    place.run(["nightly"]).ends_with(0);
    let told = status();
    let recordings = &told["recordings"];
    let count = |state: &str| recordings[state].as_u64().unwrap();
    assert_eq!(count("graded") + count("skipped"), calls, "lost: {recordings}");
    let all: u64 = recordings.as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(all, calls, "doubled: {recordings}");
    let now = drafts(place);
    assert_eq!(now.len() as u64, count("graded"), "one file for each draft");
    for (name, written) in before {
        assert_eq!(now.get(name), Some(written), "{name} was made twice");
    }
    for day in fs::read_dir(place.path("data/drafts")).into_iter().flatten() {
        let left = fs::read_dir(day.unwrap().path()).unwrap().flatten();
        let left = left.filter(|file| file.file_name().to_string_lossy().starts_with('.')).count();
        assert_eq!(left, 0, "temporary files are left");
    }
    place.run(["store", "check"]).ends_with(0);
}

#[test]
fn kills_at_random_moments_lose_nothing_and_double_nothing() {
    let kills = setting("AUTOGRADE_SOAK_KILLS", 14);
    let calls = setting("AUTOGRADE_SOAK_CALLS", 10);
    let seed = setting("AUTOGRADE_SOAK_SEED", 20_261_125);
    println!("seed {seed}, {kills} kills over {calls} calls");
    let mut dice = Dice(seed);
    let place = Workspace::new();
    place.write(
        "autograde.toml",
        "data = \"data\"\njobs = 2\n[nightly]\nfolders = [\"calls\"]\nstill-s = 1\n",
    );
    for (index, call) in short_calls(usize::try_from(calls).unwrap(), 1500).iter().enumerate() {
        let path = place.write(&format!("calls/{index:04}.wav"), call);
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
    }
    let mut hits: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut done = 0;
    let mut rounds = 0;
    while done < kills {
        // A round: kills until the night is through, or there were enough.
        rounds += 1;
        let _ = fs::remove_dir_all(place.path("data"));
        let mut before = BTreeMap::new();
        'round: while done < kills {
            let mut run = Run::start(&place);
            loop {
                let mark = MARKS[dice.below(MARKS.len() as u64) as usize];
                let victim = VICTIMS[dice.below(3) as usize];
                let pause = match mark {
                    "" => Duration::from_millis(dice.below(1500)),
                    _ => Duration::from_micros(dice.below(3000)),
                };
                let seen = run.log().matches(&format!("\"{mark}\"")).count();
                let since = Instant::now();
                while !mark.is_empty()
                    && run.log().matches(&format!("\"{mark}\"")).count() <= seen
                    && since.elapsed() < Duration::from_secs(5)
                    && !run.is_over()
                {
                    thread::sleep(Duration::from_micros(200));
                }
                thread::sleep(pause);
                if run.is_over() {
                    break 'round;
                }
                let mut processes = if victim == "parent" { Vec::new() } else { run.children() };
                if victim != "child" {
                    processes.push(run.process.id());
                }
                if processes.is_empty() {
                    continue;
                }
                kill(&processes);
                done += 1;
                *hits.entry((run.stage(), victim)).or_default() += 1;
                if victim != "child" {
                    run.process.wait().unwrap();
                    break;
                }
                if done == kills {
                    run.process.wait().unwrap();
                    break;
                }
            }
            let now = drafts(&place);
            for (name, written) in &before {
                assert_eq!(now.get(name), Some(written), "{name} was made twice");
            }
            before = now;
        }
        check(&place, calls, &drafts(&place));
    }
    println!("{done} kills in {rounds} rounds; 0 lost, 0 doubled, 0 half-written");
    for ((stage, victim), count) in &hits {
        println!("  {stage:<12} {victim:<7} {count:>5}");
    }
    let stages: BTreeSet<&str> = hits.keys().map(|(stage, _)| *stage).collect();
    if 200 <= kills {
        for stage in ["decoding", "recognition", "commit", "rename"] {
            assert!(stages.contains(stage), "no kill hit `{stage}`: {hits:?}");
        }
    }
}

/// Flips bits, cuts off, or lies in the first bytes.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let length = bytes.len() as u64;
    match dice.below(4) {
        0 => {
            for _ in 0..=dice.below(40) {
                let at = dice.below(length) as usize;
                bytes[at] ^= 1 << dice.below(8);
            }
        }
        1 => bytes.truncate(dice.below(length) as usize),
        2 => {
            // Headers and tables stand in front.
            for _ in 0..=dice.below(8) {
                let at = dice.below(length.min(128)) as usize;
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff][dice.below(5) as usize];
            }
        }
        _ => {
            let at = dice.below(length) as usize;
            let end = (at + dice.below(64) as usize).min(bytes.len());
            let fill = dice.next() as u8;
            bytes[at..end].fill(fill);
        }
    }
}

/// Memory of this process in KiB.
fn resident_kib(process: &str, key: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

// Faults 2, 3 and 4 of docs/nightly.md.
#[test]
fn damaged_recordings_of_every_format_end_and_the_parent_lives() {
    let count = setting("AUTOGRADE_SOAK_DAMAGED", 60);
    let seed = setting("AUTOGRADE_SOAK_SEED", 20_261_125);
    println!("seed {seed}, {count} damaged recordings");
    let mut dice = Dice(seed);
    let mut sources: Vec<PathBuf> = fs::read_dir(repository().join("tests/fixtures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            !matches!(path.extension().and_then(|end| end.to_str()), Some("py" | "json" | "md"))
        })
        .collect();
    sources.sort();
    let sources: Vec<(String, Vec<u8>)> = sources
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    let place = Workspace::new();
    fs::create_dir_all(place.path("calls")).unwrap();
    let limits =
        Limits { memory_bytes: 4 << 30, hang: Duration::from_mins(1), ..Limits::default() };
    let mut supervisor = Supervisor::new(options(limits));
    let (mut given, mut heard, mut failed, mut crashed) = (0, 0, 0, 0);
    let mut after_warm_up = 0;
    let mut longest = Duration::ZERO;
    let mut last = Instant::now();
    while heard + failed + crashed < count {
        while given < count && supervisor.has_room() {
            let (name, bytes) = &sources[dice.below(sources.len() as u64) as usize];
            let mut bytes = bytes.clone();
            damage(&mut bytes, &mut dice);
            let path = place.path(&format!("calls/{given}-{name}"));
            fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
            let item = ChildItem {
                hear: HearItem {
                    source: AudioSource::File(path),
                    name: name.clone(),
                    manager_channel: ManagerChannel::Left,
                },
                bytes: bytes.len() as u64,
                late: false,
            };
            supervisor.give(usize::try_from(given).unwrap(), item);
            given += 1;
        }
        for (id, end) in supervisor.wait(Duration::from_secs(5), &()).unwrap() {
            longest = longest.max(last.elapsed());
            last = Instant::now();
            match end {
                End::Heard(_) => heard += 1,
                End::Failed(why) if why.code() == "crashed" => {
                    crashed += 1;
                    println!("number {id} kills: {}", why.text());
                }
                End::Failed(_) => failed += 1,
            }
            for entry in fs::read_dir(place.path("calls")).unwrap().flatten() {
                if entry.file_name().to_string_lossy().starts_with(&format!("{id}-")) {
                    fs::remove_file(entry.path()).unwrap();
                }
            }
        }
        if after_warm_up == 0 && count / 10 < heard + failed {
            after_warm_up = resident_kib("self", "VmRSS");
        }
        assert!(last.elapsed() < Duration::from_mins(5), "it hangs");
    }
    let now = resident_kib("self", "VmRSS");
    println!(
        "heard {heard}, failed {failed}, killed the child {crashed}; children that died: {}; longest wait {longest:?}; \
         memory of the parent {after_warm_up} KiB after a tenth, {now} KiB at the end",
        supervisor.deaths()
    );
    if 1000 <= count {
        assert!(now < after_warm_up + (64 << 10), "the parent grows");
    }
}

// Fault 31.
#[test]
fn a_folder_of_very_many_files_is_listed_in_little_memory() {
    let count = setting("AUTOGRADE_SOAK_FILES", 20_000);
    let place = Workspace::new();
    place.write("autograde.toml", "data = \"data\"\n[nightly]\nfolders = [\"calls\"]\n");
    fs::create_dir_all(place.path("calls")).unwrap();
    for index in 0..count {
        let name = format!("calls/out-79160000000-{index:07}-20260101-120000.wav");
        fs::File::create(place.path(&name)).unwrap();
    }
    let begun = Instant::now();
    let mut run = Command::new(env!("CARGO_BIN_EXE_autograde"))
        .args(["nightly", "--since", "2999-01-01", "--report", "report.json"])
        .current_dir(place.root())
        .env("HOME", place.path("home"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut most_kib = 0;
    let code = loop {
        most_kib = most_kib.max(resident_kib(&run.id().to_string(), "VmHWM"));
        if let Some(status) = run.try_wait().unwrap() {
            break status.code();
        }
        thread::sleep(Duration::from_millis(20));
    };
    println!("{count} files in {:?}, {} MiB at most", begun.elapsed(), most_kib >> 10);
    assert_eq!(code, Some(0));
    let report: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    assert_eq!(report["sum"]["other_day"], count);
    assert!(most_kib < 300 << 10, "{most_kib} KiB");
    assert!(Path::new(&place.path("data/autograde.db")).exists());
}
