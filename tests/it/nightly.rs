//! `autograde nightly` and `watch` from outside: every recording once, whatever happens in between.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::short_calls::{long_call, short_calls};
use crate::sounds::{samples_of, wav};
use crate::workspace::{Run, Workspace, repository};

/// No test waits longer for something to happen.
const PATIENCE: Duration = Duration::from_mins(3);

/// Settings with which a test need not wait: what is two seconds old stands still.
const CONFIG: &str = "data = \"data\"\njobs = 2\nlang = \"en\"\n[nightly]\nfolders = [\"calls\"]\nstill-s = 2\nsilence-s = 20\n";

/// A folder with a configuration and recordings that stand still.
pub fn night(calls: &[(&str, &[u8])]) -> Workspace {
    let place = Workspace::new();
    place.write("autograde.toml", CONFIG);
    fs::create_dir_all(place.path("calls")).unwrap();
    for (name, bytes) in calls {
        old(&place.write(&format!("calls/{name}"), bytes));
    }
    place
}

/// Makes a file an hour old.
pub fn old(path: &Path) {
    aged(path, Duration::from_hours(1));
}

pub fn aged(path: &Path, age: Duration) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

/// Runs the night with a report and returns it.
pub fn report(place: &Workspace, code: i32) -> Value {
    place.run(["nightly", "--report", "report.json"]).ends_with(code);
    serde_json::from_str(&place.read("report.json")).unwrap()
}

#[track_caller]
pub fn counts(report: &Value, expected: &[(&str, u64)]) {
    let sum = report["sum"].as_object().unwrap();
    let met: Vec<(&str, u64)> = expected
        .iter()
        .map(|(key, _)| (*key, sum[*key].as_u64().unwrap_or_else(|| panic!("no count `{key}`"))))
        .collect();
    assert_eq!(met, expected, "{report:#}");
    assert_eq!(report["not_reached"], 0, "{report:#}");
}

/// The draft files, each of which must be a whole draft, by name.
pub fn drafts(place: &Workspace) -> Vec<String> {
    let mut names = Vec::new();
    for day in fs::read_dir(place.path("data/drafts")).into_iter().flatten() {
        for file in fs::read_dir(day.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let draft: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            assert!(draft["criteria"].is_array(), "{name} is no draft");
            assert_eq!(name, format!("{}.json", draft["id"].as_str().unwrap()));
            names.push(name);
        }
    }
    names.sort();
    names
}

pub fn status(place: &Workspace) -> Value {
    serde_json::from_str(&place.run(["status", "--json"]).ends_with(0).stdout).unwrap()
}

/// Starts the program and leaves it running.
pub fn start(place: &Workspace, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_autograde"))
        .args(args)
        .current_dir(place.root())
        .env("HOME", place.path("home"))
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Processes whose parent is this one.
fn children(parent: u32) -> Vec<u32> {
    let of = |entry: fs::DirEntry| {
        let id: u32 = entry.file_name().to_string_lossy().parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let ppid: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        (ppid == parent).then_some(id)
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(of).collect()
}

fn signal(name: &str, process: u32) {
    let _ = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
}

pub fn as_slices<'a>(names: &'a [String], calls: &'a [Vec<u8>]) -> Vec<(&'a str, &'a [u8])> {
    names.iter().map(String::as_str).zip(calls.iter().map(Vec::as_slice)).collect()
}

pub fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("{index:02}.wav")).collect()
}

#[test]
fn a_night_grades_what_is_new_and_the_next_one_has_nothing_to_do() {
    let calls = short_calls(3, 3000);
    let spoken = fs::read(repository().join("tests/fixtures/spoken.dialogue.json")).unwrap();
    let silence = wav(8000, 2, &vec![0; 32_000]);
    let place = night(&[
        ("a/1.wav", &calls[0]),
        ("a/2.wav", &calls[1]),
        ("b/3.wav", &calls[2]),
        ("b/again.wav", &calls[0]),
        ("b/silence.wav", &silence),
        ("b/spoken.dialogue.json", &spoken),
        ("c/empty.wav", b""),
        ("c/text.mp3", b"this is no sound, but a text that is long enough"),
        ("c/notes.txt", b"not a recording"),
    ]);
    let first = report(&place, 1);
    counts(
        &first,
        &[("given", 8), ("graded", 4), ("skipped", 1), ("failed", 2), ("same_bytes", 1)],
    );
    assert_eq!(first["sum"]["reasons"]["no_speech"], 1, "{first:#}");
    assert_eq!(first["sum"]["reasons"]["empty"], 1, "{first:#}");
    assert_eq!(drafts(&place).len(), 4);
    let files = |name: &str| fs::read(place.path("data/drafts").join(name)).ok();
    let before: Vec<_> = drafts(&place).iter().map(|name| files(name)).collect();

    let second = report(&place, 0);
    counts(&second, &[("given", 8), ("graded", 0), ("failed", 0), ("done_before", 8)]);
    assert_eq!(drafts(&place).iter().map(|name| files(name)).collect::<Vec<_>>(), before);

    let now = status(&place);
    assert_eq!(now["recordings"]["graded"], 4);
    assert_eq!(now["recordings"]["failed"], 2);
    assert_eq!(now["runs"].as_array().unwrap().len(), 2);
    assert_eq!(now["runs"][1]["how"], "failures");
    assert_eq!(now["active"], Value::Null);
    assert_eq!(now["failed"].as_array().unwrap().len(), 2);
    let told = place.run(["status", "--failed"]).ends_with(0).stdout;
    assert!(told.contains("text-") || told.contains("retry"), "{told}");
}

#[test]
fn what_failed_is_tried_again_only_when_somebody_asks() {
    let place = night(&[("bad.wav", b"this is no sound, but a text that is long enough")]);
    counts(&report(&place, 1), &[("failed", 1)]);
    counts(&report(&place, 0), &[("failed", 0), ("done_before", 1)]);
    let run = place.run(["retry", "calls/bad.wav", "--lang", "en"]);
    assert_eq!(run.code, Some(2), "a path is relative to where? {}", run.stderr);
    let id = status(&place)["failed"][0]["id"].as_str().unwrap().to_owned();
    let said = place.run(["retry", &id, "--lang", "en"]).ends_with(0).stdout;
    assert_eq!(said, "the next run tries again: 1\n");
    counts(&report(&place, 1), &[("failed", 1)]);
    let said = place.run(["retry", "--lang", "en"]).ends_with(0).stdout;
    assert_eq!(said, "the next run tries again: 1\n");
    let nobody = place.run(["retry", "nobody"]).ends_with(2);
    assert!(nobody.stderr.contains("`nobody`"), "{}", nobody.stderr);
}

// Fault 9 of the list in docs/nightly.md.
#[test]
fn a_second_run_is_told_who_is_active_and_since_when() {
    let call = long_call();
    let place = night(&[("long.wav", &call)]);
    let mut first = start(&place, &["nightly"]);
    until("the lock", || place.path("data/.run.lock").exists());
    until("the child", || !children(first.id()).is_empty());
    let second = place.run(["nightly"]).ends_with(3);
    assert!(second.stderr.contains("another run is active"), "{}", second.stderr);
    assert!(second.stderr.contains(&format!("process {}", first.id())), "{}", second.stderr);
    place.run(["watch"]).ends_with(3);
    assert!(status(&place)["active"].as_str().unwrap().contains("autograde nightly"));
    // An interrupted run says so and leaves nothing behind.
    signal("INT", first.id());
    assert_eq!(first.wait().unwrap().code(), Some(130));
    assert_eq!(status(&place)["runs"][0]["how"], "interrupted");
    counts(&report(&place, 0), &[("graded", 1)]);
}

// Faults 8 and 10.
#[test]
fn a_run_that_is_killed_is_taken_up_by_the_next_and_nothing_is_done_twice() {
    let calls = short_calls(8, 2000);
    let names = numbered(8);
    let place = night(&as_slices(&names, &calls));
    let mut first = start(&place, &["nightly"]);
    until("two drafts", || 2 <= drafts(&place).len());
    let child = children(first.id());
    signal("KILL", first.id());
    first.wait().unwrap();
    let done = drafts(&place);
    let written = |name: &String| {
        let day = fs::read_dir(place.path("data/drafts")).unwrap().next().unwrap().unwrap();
        fs::metadata(day.path().join(name)).unwrap().modified().unwrap()
    };
    let times: Vec<SystemTime> = done.iter().map(written).collect();
    for process in child {
        until("the child's end", || !Path::new(&format!("/proc/{process}")).exists());
    }
    let second = report(&place, 0);
    let graded = second["sum"]["graded"].as_u64().unwrap();
    let before = second["sum"]["done_before"].as_u64().unwrap();
    assert_eq!(graded + before, 8, "{second:#}");
    assert!(done.len() as u64 <= before, "{second:#}");
    assert_eq!(drafts(&place).len(), 8);
    assert_eq!(done.iter().map(written).collect::<Vec<_>>(), times, "finished work stays");
    assert_eq!(status(&place)["runs"][1]["how"], "died");
}

#[test]
fn a_draft_without_its_file_gets_it_after_a_kill() {
    let calls = short_calls(2, 2000);
    let names = numbered(2);
    let place = night(&as_slices(&names, &calls));
    counts(&report(&place, 0), &[("graded", 2)]);
    let day = fs::read_dir(place.path("data/drafts")).unwrap().next().unwrap().unwrap().path();
    let file = fs::read_dir(&day).unwrap().next().unwrap().unwrap().path();
    let text = fs::read(&file).unwrap();
    // As a kill between the commit and the file leaves it.
    fs::remove_file(&file).unwrap();
    let calls = short_calls(9, 2000);
    old(&place.write("calls/more.wav", &calls[8]));
    let mut killed = start(&place, &["nightly"]);
    until("the child", || !children(killed.id()).is_empty());
    signal("KILL", killed.id());
    killed.wait().unwrap();
    let next = report(&place, 0);
    counts(&next, &[("files_again", 1)]);
    assert_eq!(fs::read(&file).unwrap(), text, "the same bytes");
}

// Fault 13: whoever listens to the long one is killed.
#[test]
fn a_recording_that_kills_whoever_hears_it_is_given_up_until_retry() {
    let calls = short_calls(4, 1500);
    let mut names = numbered(4);
    let mut all = calls;
    names.push("poison.wav".into());
    // So long that nobody is done with it before he is killed.
    all.push(wav(8000, 2, &samples_of(&long_call()).repeat(10)));
    let place = night(&as_slices(&names, &all));
    let mut run = start(&place, &["nightly", "--report", "report.json"]);
    // The short ones are done first; then the child has nothing but the long one.
    let since = Instant::now();
    let mut kills = 0;
    let mut begun = 0;
    while run.try_wait().unwrap().is_none() {
        assert!(since.elapsed() < PATIENCE, "the run does not end");
        if 4 <= drafts(&place).len()
            && let Some(child) = children(run.id()).first()
        {
            // A child that is killed before it begins proves nothing of the recording.
            until_begun(&mut begun, *child);
            signal("KILL", *child);
            kills += 1;
        }
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(run.wait().unwrap().code(), Some(1));
    assert!(2 <= kills, "{kills}");
    let report_of_it: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    counts(&report_of_it, &[("graded", 4), ("failed", 1)]);
    assert_eq!(report_of_it["sum"]["reasons"]["crashed"], 1);
    assert_eq!(status(&place)["failed"][0]["state"], "crashed");
    assert!(status(&place)["failed"][0]["reason"].as_str().unwrap().contains("SIGKILL"));
    counts(&report(&place, 0), &[("done_before", 5)]);
    place.run(["retry"]).ends_with(0);
    counts(&report(&place, 0), &[("graded", 1), ("done_before", 4)]);
}

/// Gives a new child a second to load its model and begin.
fn until_begun(last: &mut u32, child: u32) {
    if *last != child {
        *last = child;
        thread::sleep(Duration::from_secs(1));
    }
}

// Fault 29.
#[test]
fn what_is_still_being_written_waits_and_what_broke_off_waits_longer() {
    let calls = short_calls(4, 1500);
    let half = &calls[1][..calls[1].len() / 2];
    let place = night(&[("whole.wav", &calls[0]), ("half.wav", half)]);
    place.write("calls/part.wav.part", &calls[2]);
    place.write("calls/.hidden.wav", &calls[2]);
    let first = report(&place, 0);
    counts(&first, &[("given", 2), ("graded", 1), ("incomplete", 1)]);
    // The rest comes, under the same name.
    old(&place.write("calls/half.wav", &calls[1]));
    fs::rename(place.path("calls/part.wav.part"), place.path("calls/part.wav")).unwrap();
    old(&place.path("calls/part.wav"));
    counts(&report(&place, 0), &[("given", 3), ("graded", 2), ("done_before", 1)]);
    // What stays half for a day is taken as far as it goes, and its draft says so.
    let short = &calls[3][..calls[3].len() * 2 / 3];
    aged(&place.write("calls/broken.wav", short), Duration::from_hours(25));
    let last = report(&place, 0);
    counts(&last, &[("given", 4), ("done_before", 3)]);
    let taken = last["sum"]["graded"].as_u64().unwrap() + last["sum"]["skipped"].as_u64().unwrap();
    assert_eq!(taken, 1, "{last:#}");
}

// Faults 28 and 30.
#[test]
fn an_upload_over_an_old_name_is_another_recording() {
    let calls = short_calls(2, 2000);
    let place = night(&[("1.wav", &calls[0])]);
    counts(&report(&place, 0), &[("graded", 1)]);
    old(&place.write("calls/1.wav", &calls[1]));
    aged(&place.path("calls/1.wav"), Duration::from_mins(30));
    counts(&report(&place, 0), &[("graded", 1)]);
    assert_eq!(drafts(&place).len(), 2, "both calls have a draft");
    // The same bytes under another name are no third.
    old(&place.write("calls/copy.wav", &calls[1]));
    counts(&report(&place, 0), &[("graded", 0), ("done_before", 2)]);
    // Touched, and nothing else.
    aged(&place.path("calls/1.wav"), Duration::from_mins(10));
    counts(&report(&place, 0), &[("graded", 0), ("done_before", 2)]);
}

#[test]
fn a_call_that_ended_just_now_is_taken_within_the_same_run() {
    let calls = short_calls(1, 2000);
    let place = night(&[]);
    place.write("calls/now.wav", &calls[0]);
    counts(&report(&place, 0), &[("given", 1), ("graded", 1), ("young", 0)]);
}

// Fault 27.
#[test]
fn a_file_from_the_future_is_taken_when_it_stands_still() {
    let calls = short_calls(1, 2000);
    let place = night(&[("ahead.wav", &calls[0])]);
    let file = fs::OpenOptions::new().write(true).open(place.path("calls/ahead.wav")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_hours(30)).unwrap();
    counts(&report(&place, 0), &[("given", 1), ("graded", 1)]);
}

#[test]
fn only_the_day_that_is_asked_for_is_graded() {
    let calls = short_calls(2, 2000);
    let place = night(&[("old.wav", &calls[0]), ("new.wav", &calls[1])]);
    aged(&place.path("calls/old.wav"), Duration::from_hours(24 * 40));
    place.run(["nightly", "--since", "2999-01-01", "--report", "report.json"]).ends_with(0);
    let none: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    counts(&none, &[("given", 2), ("other_day", 2)]);
    let yesterday = SystemTime::now() - Duration::from_hours(24 * 2);
    let day = humane(yesterday);
    place.run(["nightly", "--since", &day, "--report", "report.json"]).ends_with(0);
    let one: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    counts(&one, &[("given", 2), ("other_day", 1), ("graded", 1)]);
    let wrong = place.run(["nightly", "--date", "yesterday"]).ends_with(2);
    assert!(wrong.stderr.contains("`yesterday` is no day"), "{}", wrong.stderr);
}

/// `YYYY-MM-DD` of a moment, by `date`.
fn humane(at: SystemTime) -> String {
    let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let run = Command::new("date").args(["+%Y-%m-%d", "-d", &format!("@{seconds}")]).output();
    String::from_utf8(run.unwrap().stdout).unwrap().trim().to_owned()
}

// Fault 7 in part: the folder is gone.
#[test]
fn a_folder_that_is_gone_is_told_and_the_others_are_graded() {
    let calls = short_calls(1, 2000);
    let place = night(&[("1.wav", &calls[0])]);
    let run = place.run(["nightly", "calls", "gone", "--report", "report.json"]).ends_with(1);
    assert!(run.stdout.contains("cannot list `gone`"), "{}", run.stdout);
    let told: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    counts(&told, &[("graded", 1)]);
    let none = place.run(["nightly", "gone"]).ends_with(2);
    assert!(none.stderr.contains("no folder could be listed"), "{}", none.stderr);
    let empty = Workspace::new();
    let run = empty.run(["nightly"]).ends_with(2);
    assert!(run.stderr.contains("no folder to look in"), "{}", run.stderr);
}

// Faults 14 and 15, from the run's side: it refuses and stores nothing.
#[test]
fn a_store_or_model_that_cannot_be_used_stops_the_run_before_it_begins() {
    let calls = short_calls(1, 2000);
    let place = night(&[("1.wav", &calls[0])]);
    place.write("model.bin", b"8 bytes!");
    let run = place.run(["nightly", "--model", "./model.bin"]).ends_with(2);
    assert!(run.stderr.contains("model.bin"), "{}", run.stderr);
    assert!(drafts(&place).is_empty());
    place.write("other/autograde.db", b"this is no store");
    let run = place.run(["nightly", "--data", "other"]).ends_with(2);
    assert!(run.stderr.contains("autograde.db"), "{}", run.stderr);
    assert_eq!(place.read("other/autograde.db"), "this is no store");
}

// Fault 34.
#[test]
fn the_log_names_no_recording_unless_it_is_asked_to() {
    let calls = short_calls(1, 2000);
    let number = "79161234567";
    let place = night(&[
        (&format!("out-{number}-1.wav"), &calls[0]),
        (&format!("in-{number}-2.wav"), b"this is no sound, but a text that is long enough"),
    ]);
    let seen = |run: &Run| run.stderr.contains(number) || run.stdout.contains(number);
    for form in ["text", "json"] {
        let run = place.run(["nightly", "-vv", "--log", form]).ends_with(1);
        assert!(run.stderr.contains("graded"), "{}", run.stderr);
        assert!(!seen(&run), "{}\n{}", run.stderr, run.stdout);
        if form == "json" {
            for line in run.stderr.lines().filter(|line| line.starts_with('{')) {
                serde_json::from_str::<Value>(line).unwrap();
            }
        }
        fs::remove_dir_all(place.path("data")).unwrap();
    }
    let run = place.run(["nightly", "--log-names"]).ends_with(1);
    assert!(seen(&run), "{}", run.stderr);
}

#[test]
fn two_sides_in_two_files_are_one_call_of_the_night() {
    let sides = |name: &str| fs::read(repository().join("tests/fixtures").join(name)).unwrap();
    let place =
        night(&[("9-in.wav", &sides("pair-in.wav")), ("9-out.wav", &sides("pair-out.wav"))]);
    let told = report(&place, 0);
    counts(&told, &[("given", 1), ("graded", 1)]);
    assert_eq!(told["recordings"][0]["source"], "9-in+out.wav");
    counts(&report(&place, 0), &[("done_before", 1)]);
}

#[test]
fn watch_takes_a_call_soon_after_it_ended_and_ends_when_it_is_told() {
    let calls = short_calls(3, 2000);
    let place = night(&[("0.wav", &calls[0])]);
    let mut watch = start(&place, &["watch", "--every", "1"]);
    until("the first draft", || drafts(&place).len() == 1);
    place.write("calls/1.wav", &calls[1]);
    until("the second draft", || drafts(&place).len() == 2);
    // The child dies; the watch goes on.
    for child in children(watch.id()) {
        signal("KILL", child);
    }
    place.write("calls/2.wav", &calls[2]);
    until("the third draft", || drafts(&place).len() == 3);
    signal("TERM", watch.id());
    assert_eq!(watch.wait().unwrap().code(), Some(130));
    assert_eq!(status(&place)["runs"][0]["kind"], "watch");
}

#[test]
fn init_begins_an_installation_that_doctor_finds_sound() {
    let place = Workspace::new();
    fs::create_dir_all(place.path("pbx")).unwrap();
    let run = place.run(["init", "here", "--folder", "pbx", "--lang", "en"]).ends_with(0);
    assert!(run.stdout.contains("ok  model: `demo-ru`, the demo"), "{}", run.stdout);
    assert!(run.stdout.contains("ok  test call: `demo-ru`: 8 s of talk heard"), "{}", run.stdout);
    let config = place.read("here/autograde.toml");
    assert!(config.contains("\n[nightly]\n") && config.contains("\ndata = \"data\"\n"), "{config}");
    assert!(place.read("here/autograde.service").contains("ExecStart="));
    // What is there is left alone.
    place.write("here/autograde.toml", "lang = \"en\"\n");
    let again = place.run(["init", "here", "--no-check", "--lang", "en"]).ends_with(0);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    assert_eq!(place.read("here/autograde.toml"), "lang = \"en\"\n");
    place.write("bad.toml", "data = \"d\"\n[nightly]\nfolders = [\"gone\"]\n");
    let bad = place.run(["doctor", "--config", "bad.toml", "--model", "nobody", "--lang", "en"]);
    assert_eq!(bad.code, Some(1), "{}", bad.stderr);
    assert!(bad.stdout.contains("!!  recordings: `gone`"), "{}", bad.stdout);
    assert!(bad.stdout.contains("!!  model: `nobody`"), "{}", bad.stdout);
    assert_bad_lines_say_what_to_do(&bad.stdout);
}

/// Every bad line has its advice below it, unless it gives it itself, as those of the store do.
fn assert_bad_lines_say_what_to_do(sheet: &str) {
    let lines: Vec<&str> = sheet.lines().collect();
    let bad: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("!!  ")).collect();
    assert!(!bad.is_empty(), "{sheet}");
    for at in bad {
        let advised = lines[at + 1..]
            .iter()
            .take_while(|line| line.starts_with(' '))
            .any(|line| line.starts_with("    -> "));
        assert!(advised, "`{}` says nothing of what to do:\n{sheet}", lines[at]);
    }
}

#[test]
fn doctor_hears_a_call_though_the_rules_are_bad_and_says_so_in_russian() {
    let place = Workspace::new();
    place.write("bad.toml", "[book]\nid = 7\n");
    place.write("autograde.toml", "data = \"data\"\nrules = \"bad.toml\"\n");
    let run = place.run(["doctor", "--lang", "ru"]).ends_with(1);
    assert!(run.stdout.contains("!!  правила: "), "{}", run.stdout);
    assert!(run.stdout.contains("autograde rules check"), "{}", run.stdout);
    assert!(run.stdout.contains("ok  модель: `demo-ru`"), "{}", run.stdout);
    assert!(run.stdout.contains("8 с разговора распознаны и оценены за "), "{}", run.stdout);
    assert_bad_lines_say_what_to_do(&run.stdout);
}

#[test]
fn doctor_tells_what_to_do_about_a_model_that_cannot_be_heard_with() {
    let place = Workspace::new();
    place.write("autograde.toml", "data = \"data\"\n");
    place.write("broken.bin", "this is no model");
    let run = place.run(["doctor", "--model", "./broken.bin", "--lang", "en"]).ends_with(1);
    assert!(
        run.stdout.contains("!!  test call: ") || run.stdout.contains("!!  model: "),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("autograde models verify"), "{}", run.stdout);
    assert_bad_lines_say_what_to_do(&run.stdout);
}

#[test]
fn the_units_for_systemd_name_what_there_is() {
    let unit = |name: &str| fs::read_to_string(repository().join("dist").join(name)).unwrap();
    let service = unit("autograde.service");
    let line = service.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    let args: Vec<&str> = line.split_whitespace().skip(1).collect();
    let cli = autograde::cli::parse(
        std::iter::once("autograde").chain(args.iter().copied()).map(Into::into),
    );
    assert!(cli.is_ok(), "{line}");
    assert!(unit("autograde.timer").contains("OnCalendar="));
}
