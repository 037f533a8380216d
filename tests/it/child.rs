//! The process that listens: it hears what this one would, and whatever kills it, the others are heard.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use autograde::audio::{AudioSource, ManagerChannel};
use autograde::batch::child::protocol::{Begin, Order, Report, line, read};
use autograde::batch::child::{ChildError, ChildItem, ChildOptions, End, Limits, Supervisor};
use autograde::batch::{Failure, HearItem, HearOptions, Observer, hear_all};
use autograde::speech::models::{self, DEMO_NAME};
use autograde::speech::{ModelSource, SpeechOptions, WhisperModel};
use autograde::transcript::Heard;

use crate::short_calls::{long_call, short_calls};
use crate::workspace::{Workspace, repository};

/// No test waits longer.
const PATIENCE: Duration = Duration::from_mins(4);

fn item(path: &Path) -> HearItem {
    HearItem {
        source: AudioSource::File(path.to_path_buf()),
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        manager_channel: ManagerChannel::Left,
    }
}

/// A child with the demo model and two workers.
pub fn options(limits: Limits) -> ChildOptions {
    let demo = models::choose(Some(DEMO_NAME), None).unwrap();
    ChildOptions {
        program: PathBuf::from(env!("CARGO_BIN_EXE_autograde")),
        begin: Begin {
            parent: std::process::id(),
            jobs: 2,
            language: "ru".into(),
            window_ms: demo.window_ms(),
            model: None,
            model_sha256: demo.sha256,
            vad: None,
            memory_bytes: 0,
            alive_ms: 0,
        },
        limits,
    }
}

/// Notes what has begun.
#[derive(Default)]
struct Begun(Mutex<BTreeSet<usize>>);

impl Observer for Begun {
    fn began(&self, id: usize) {
        self.0.lock().unwrap().insert(id);
    }
}

impl Begun {
    fn take(&self) -> BTreeSet<usize> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// What has begun since, what has ended in all, and the child's process.
type Meanwhile<'a> = &'a mut dyn FnMut(&BTreeSet<usize>, &BTreeMap<usize, End>, u32);

/// Hears the files; `meanwhile` is told after every moment what has begun since, what has ended in all, and the child's
/// process.
fn hear(
    supervisor: &mut Supervisor,
    paths: &[PathBuf],
    meanwhile: Meanwhile<'_>,
) -> Result<BTreeMap<usize, End>, ChildError> {
    let begun = Begun::default();
    let mut ended = BTreeMap::new();
    let mut waiting = paths.iter().enumerate();
    let since = Instant::now();
    while ended.len() < paths.len() {
        assert!(since.elapsed() < PATIENCE, "it hangs: {} of {}", ended.len(), paths.len());
        while supervisor.has_room()
            && let Some((id, path)) = waiting.next()
        {
            let bytes = fs::metadata(path).map_or(0, |data| data.len());
            supervisor.give(id, ChildItem { hear: item(path), bytes, late: false });
        }
        for (id, end) in supervisor.wait(Duration::from_millis(20), &begun)? {
            assert!(ended.insert(id, end).is_none(), "{id} ended twice");
        }
        if let Some(process) = supervisor.child_id() {
            meanwhile(&begun.take(), &ended, process);
        }
    }
    Ok(ended)
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.unwrap().success());
}

fn heard(end: &End) -> &Heard {
    match end {
        End::Heard(heard) => heard,
        End::Failed(why) => panic!("failed: {}", why.text()),
    }
}

fn written(place: &Workspace, calls: &[Vec<u8>]) -> Vec<PathBuf> {
    let name = |index| format!("calls/{index:03}.wav");
    calls.iter().enumerate().map(|(index, call)| place.write(&name(index), call)).collect()
}

#[test]
fn the_child_hears_what_this_process_would_hear() {
    let place = Workspace::new();
    let mut paths = written(&place, &short_calls(8, 6000));
    paths.push(repository().join("tests/fixtures/gsm.wav"));
    paths.push(place.write("calls/none.wav", ""));
    paths.push(place.path("calls/gone.wav"));
    let mut supervisor = Supervisor::new(options(Limits::default()));
    let ended = hear(&mut supervisor, &paths, &mut |_, _, _| {}).unwrap();
    assert_eq!(supervisor.deaths(), 0);
    supervisor.finish();

    let demo = models::demo().unwrap();
    let begin = options(Limits::default()).begin;
    let speech = SpeechOptions { language: "ru".into(), window_ms: begin.window_ms };
    let model = WhisperModel::load(&ModelSource::Bytes(demo), &speech).unwrap();
    let options = HearOptions { speech, ..HearOptions::default() };
    let items: Vec<HearItem> = paths.iter().map(|path| item(path)).collect();
    let make = || Ok(Box::new(model.recognizer()?) as Box<dyn autograde::speech::Recognizer>);
    let never = AtomicBool::new(false);
    hear_all(&items, &options, &make, 1, &never, &(), &mut |id, here| match here {
        Ok(here) => assert_eq!(*heard(&ended[&id]), here, "{id}"),
        Err(error) => {
            let End::Failed(there) = &ended[&id] else { panic!("{id} was heard") };
            assert_eq!(there.text(), Failure::from(error).text());
        }
    })
    .unwrap();
    let words = |end: &End| matches!(end, End::Heard(heard) if !heard.turns.is_empty());
    assert!(5 < ended.values().filter(|end| words(end)).count(), "there is speech in them");
}

#[test]
fn who_kills_the_child_alone_twice_is_given_up_and_the_others_are_heard() {
    let place = Workspace::new();
    let mut calls = short_calls(6, 1500);
    calls.insert(2, long_call());
    let paths = written(&place, &calls);
    let mut supervisor = Supervisor::new(options(Limits::default()));
    let open = RefCell::new(BTreeSet::<usize>::new());
    let ended = hear(&mut supervisor, &paths, &mut |begun, ended, process| {
        let mut open = open.borrow_mut();
        open.extend(begun.iter().copied());
        // Number 2 is the one that kills whoever listens to it.
        if open.contains(&2) && !ended.contains_key(&2) {
            signal("KILL", process);
            open.clear();
        }
    })
    .unwrap();
    let End::Failed(Failure::Crashed { how, .. }) = &ended[&2] else {
        panic!("{:?}", ended[&2]);
    };
    assert_eq!(how, "SIGKILL");
    for id in [0, 1, 3, 4, 5, 6] {
        heard(&ended[&id]);
    }
    assert!((2..=3).contains(&supervisor.deaths()), "{}", supervisor.deaths());
}

#[test]
fn a_child_that_dies_once_costs_nothing() {
    let place = Workspace::new();
    let paths = written(&place, &short_calls(6, 1500));
    let mut supervisor = Supervisor::new(options(Limits::default()));
    let mut killed = false;
    let ended = hear(&mut supervisor, &paths, &mut |begun, _, process| {
        if !killed && !begun.is_empty() {
            signal("ABRT", process);
            killed = true;
        }
    })
    .unwrap();
    assert!(ended.values().all(|end| !heard(end).recording.sha256.is_empty()));
    assert_eq!(supervisor.deaths(), 1);
}

#[test]
fn a_child_that_stands_still_is_killed_and_another_goes_on() {
    let place = Workspace::new();
    let paths = written(&place, &short_calls(4, 1500));
    let limits = Limits { silence: Duration::from_secs(3), ..Limits::default() };
    let mut supervisor = Supervisor::new(options(limits));
    let mut stopped = false;
    let ended = hear(&mut supervisor, &paths, &mut |begun, _, process| {
        if !stopped && !begun.is_empty() {
            signal("STOP", process);
            stopped = true;
        }
    })
    .unwrap();
    assert!(ended.values().all(|end| !heard(end).recording.sha256.is_empty()));
    assert_eq!(supervisor.deaths(), 1);
}

#[test]
fn a_child_that_gets_no_memory_is_no_end_of_the_run() {
    let place = Workspace::new();
    let paths = written(&place, &short_calls(1, 1500));
    // Too little to load the model.
    let limits = Limits { memory_bytes: 24 << 20, ..Limits::default() };
    let mut supervisor = Supervisor::new(options(limits));
    let error = hear(&mut supervisor, &paths, &mut |_, _, _| {}).unwrap_err();
    assert!(matches!(error, ChildError::Dies { .. } | ChildError::Fatal { .. }), "{error}");
}

#[test]
fn a_child_that_talks_nonsense_is_a_fault_and_no_panic() {
    let place = Workspace::new();
    let paths = written(&place, &short_calls(1, 1500));
    for said in ["Segmentation fault", r#"{"began":77}"#, r#"{"heard":{"id":0,"heard":[]}}"#, ""] {
        let script = place.write("child", format!("#!/bin/sh\nread order\necho '{said}'\n"));
        let mut permissions = fs::metadata(&script).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
        fs::set_permissions(&script, permissions).unwrap();
        let program = ChildOptions { program: script, ..options(Limits::default()) };
        let error = hear(&mut Supervisor::new(program), &paths, &mut |_, _, _| {}).unwrap_err();
        assert!(matches!(error, ChildError::Dies { times: 3, .. }), "{said}: {error}");
    }
}

#[test]
fn a_model_that_was_swapped_is_refused() {
    let place = Workspace::new();
    let paths = written(&place, &short_calls(1, 1500));
    let mut options = options(Limits::default());
    options.begin.model_sha256 = "00".repeat(32);
    let error = hear(&mut Supervisor::new(options), &paths, &mut |_, _, _| {}).unwrap_err();
    assert!(error.to_string().contains("was changed during the run"), "{error}");
}

#[test]
fn the_child_ends_when_nobody_speaks_to_it_any_more() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_autograde"))
        .arg("hear-child")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let begin = Begin { alive_ms: 100, ..options(Limits::default()).begin };
    input.write_all(&line(&Order::Begin(begin)).unwrap()).unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut buffer = Vec::new();
    while !matches!(read(&mut output, &mut buffer).unwrap().unwrap(), Report::Ready) {}
    drop(input);
    let since = Instant::now();
    while read::<Report>(&mut output, &mut buffer).unwrap().is_some() {
        assert!(since.elapsed() < Duration::from_secs(30), "it goes on");
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(output.fill_buf().unwrap(), b"");
}

#[test]
fn the_child_tells_people_that_it_is_not_for_them() {
    let run = Workspace::new().run(["hear-child"]).ends_with(2);
    assert!(run.stderr.contains("this is not for people"), "{}", run.stderr);
}
