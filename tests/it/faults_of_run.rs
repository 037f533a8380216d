//! Faults that befall a whole night: a disk that fills up, little of everything, odd files, a recording that goes away.
//!
//! `docs/faults.md` has the table of all faults and their tests.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use serde_json::Value;

use crate::nightly::{as_slices, counts, drafts, night, numbered, old, report, start, until};
use crate::short_calls::short_calls;
use crate::workspace::{Run, Workspace, skip};

/// What was promised after every fault: each recording is in exactly one place, and one draft is there for each graded.
#[track_caller]
fn whole_in_the_end(place: &Workspace, calls: u64) {
    place.run(["retry"]).ends_with(0);
    let last = report(place, 0);
    let sum = |key: &str| last["sum"][key].as_u64().unwrap();
    assert_eq!((sum("given"), sum("graded") + sum("done_before")), (calls, calls), "{last:#}");
    assert_eq!(drafts(place).len() as u64, calls);
}

// Fault 7.
#[test]
fn a_full_disk_stops_the_night_and_the_next_one_goes_on() {
    let calls = short_calls(8, 1500);
    let names = numbered(8);
    let place = night(&as_slices(&names[..1], &calls[..1]));
    let disk = place.path("data");
    fs::create_dir(&disk).unwrap();
    let mount = ["-t", "tmpfs", "-o", "size=16m", "tmpfs"];
    let mounted = Command::new("mount").args(mount).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        skip("a night on a full disk", "mounting a small disk is not allowed here");
        return;
    }
    let ended = std::panic::catch_unwind(|| {
        counts(&report(&place, 0), &[("graded", 1)]);
        for (name, bytes) in as_slices(&names[1..], &calls[1..]) {
            old(&place.write(&format!("calls/{name}"), bytes));
        }
        let filler = place.path("data/filler");
        let mut left = fs::File::create(&filler).unwrap();
        assert!(std::io::copy(&mut std::io::repeat(1), &mut left).is_err());
        left.set_len(left.metadata().unwrap().len() - (64 << 10)).unwrap();
        // A file that is open takes its room after it was removed.
        drop(left);
        let run = place.run(["nightly"]).ends_with(2);
        assert!(run.stderr.contains("no space left"), "{}", run.stderr);
        assert!(drafts(&place).len() < 8, "the disk was not full");
        fs::remove_file(&filler).unwrap();
        whole_in_the_end(&place, 8);
    });
    Command::new("umount").arg(&disk).status().unwrap();
    ended.unwrap();
}

// Fault 35.
#[test]
fn little_of_everything_makes_errors_and_loses_nothing() {
    let calls = short_calls(4, 1500);
    let names = numbered(4);
    for limit in ["-n 24", "-v 400000"] {
        let place = night(&as_slices(&names, &calls));
        let script = format!("ulimit {limit} && exec \"$0\" nightly");
        let run = Run::of(
            assert_cmd::Command::new("sh")
                .args(["-c", &script, env!("CARGO_BIN_EXE_autograde")])
                .current_dir(place.root()),
        );
        let code = run.code.unwrap_or_else(|| panic!("{limit}: a signal: {}", run.stderr));
        assert!(code <= 2, "{limit}: {code}");
        assert!(code == 0 || !run.stderr.is_empty() || !run.stdout.is_empty(), "{limit}");
        assert!(!run.stderr.contains("panicked"), "{limit}: {}", run.stderr);
        whole_in_the_end(&place, 4);
    }
}

// Faults 18 and 31: what is no file is not opened, and any name is a name.
#[test]
fn odd_files_are_passed_over_and_odd_names_are_graded() {
    let calls = short_calls(4, 1500);
    let long = format!("{}.wav", "я".repeat(125));
    let place = night(&[
        ("%2e%2e%2f..%2fetc.wav", &calls[0]),
        ("C:\\calls\\<img onerror=x>\n.wav", &calls[1]),
        (&long, &calls[2]),
    ]);
    let folder = place.path("calls");
    let odd = folder.join(OsStr::from_bytes(b"\xff\xfe.wav"));
    fs::write(&odd, &calls[3]).unwrap();
    old(&odd);
    // Outside of the folder, a loop, nowhere; a pipe that nobody writes to; a device that never ends.
    old(&place.write("outside/secret.wav", &calls[0][..calls[0].len() - 2]));
    for (target, name) in
        [("../outside/secret.wav", "out.wav"), (".", "loop"), ("nowhere", "none.wav")]
    {
        std::os::unix::fs::symlink(target, folder.join(name)).unwrap();
    }
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero.wav")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe.wav")).status().unwrap().success());
    counts(&report(&place, 0), &[("graded", 4), ("no_files", 4)]);
    let mut names = Vec::new();
    for day in fs::read_dir(place.path("data/drafts")).unwrap() {
        for file in fs::read_dir(day.unwrap().path()).unwrap() {
            names.push(file.unwrap().file_name().into_string().unwrap());
        }
    }
    assert_eq!(names.len(), 4, "{names:?}");
    for name in &names {
        assert!(name.len() <= 255 && !name.contains(['\\', '\n']), "{name:?}");
    }
}

// Fault 30.
#[test]
fn a_recording_that_goes_away_while_it_settles_is_no_failure() {
    let calls = short_calls(2, 1500);
    let place = night(&[("stays.wav", &calls[0])]);
    let path = place.write("calls/goes.wav", &calls[1]);
    // It is looked at again at the end of the run, and the other one is graded before that.
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(8);
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_modified(ahead).unwrap();
    let mut run = start(&place, &["nightly", "--report", "report.json"]);
    until("the first draft", || drafts(&place).len() == 1);
    fs::remove_file(&path).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(0));
    let told: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    counts(&told, &[("given", 2), ("graded", 1), ("gone", 1), ("failed", 0)]);
}
