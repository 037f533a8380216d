//! `autograde store`, `drafts`, `confirm`, `regrade`, `forget` and `hold` from outside.

use std::fs;
use std::process::Command;

use autograde::batch::night::RunLock;
use autograde::call::CallInfo;
use autograde::grading::wire::DraftJson;
use autograde::grading::{GradeOptions, MadeWith, grade};
use autograde::rules::Rulebook;
use autograde::store::{
    DraftFiles, Finished, NewAttempt, NewFile, NewRun, OpenOptions, Place, Store,
};
use autograde::whole_file::Lasting;
use serde_json::Value;

use crate::rules::talk;
use crate::workspace::{Run, Workspace, skip};

/// Two criteria, so that every sum can be seen at a glance.
const BOOK: &str = "[book]\nid=\"t\"\ntitle=\"Проба\"\nlang=\"ru\"\n\
    [[type]]\nid=\"sale\"\ntitle=\"продажа\"\ntitle_en=\"sale\"\n\
    [[type]]\nid=\"junk\"\ntitle=\"спам\"\ntitle_en=\"junk\"\ncqr=false\n\
    [[finding]]\nid=\"hello\"\nwho=\"manager\"\nphrases=[\"здравствуйте\"]\n\
    [[finding]]\nid=\"offer\"\nwho=\"manager\"\nphrases=[\"предлагаю\"]\n\
    [[criterion]]\nid=\"greeting\"\ntitle=\"приветствие\"\ntitle_en=\"greeting\"\nweights={sale=1}\nfull=\"hello\"\n\
    [[criterion]]\nid=\"offering\"\ntitle=\"предложение\"\ntitle_en=\"offering\"\nweights={sale=3}\nfull=\"offer\"\n";

/// The same with another weight and another phrase.
fn changed_book() -> String {
    BOOK.replace("phrases=[\"предлагаю\"]", "phrases=[\"предлагаю\", \"могу предложить\"]")
}

/// A data folder with four calls that `BOOK` graded, their recordings and their drafts as files.
fn night() -> Workspace {
    let place = Workspace::new();
    place.write("rules/a.toml", BOOK);
    place.write("rules2/a.toml", changed_book());
    place.write("autograde.toml", "rules = \"rules\"\ndata = \"data\"\nlang = \"en\"\n");
    let book = Rulebook::load(&place.path("rules")).unwrap();
    let database = Place::in_folder(&place.path("data"));
    let store = Store::open(&database, &OpenOptions::creating()).unwrap();
    let run = NewRun { kind: "nightly", program: "autograde", process: "1", started_ms: 1 };
    let run = store.begin_run(&run).unwrap();
    let calls: [(&str, &[&str]); 4] = [
        ("one", &["manager: здравствуйте", "client: алло", "manager: предлагаю окна"]),
        ("two", &["manager: здравствуйте", "client: алло", "manager: ну ладно"]),
        ("three", &["manager: слушаю", "client: алло", "manager: могу предложить окна"]),
        ("four", &["manager: алло", "client: алло"]),
    ];
    for (number, (name, lines)) in calls.into_iter().enumerate() {
        let sha256 = format!("{number}").repeat(64);
        let audio = place.write(&format!("calls/{name}.wav"), name);
        let mut heard = talk(lines);
        heard.recording.source = format!("{name}.wav");
        heard.recording.sha256.clone_from(&sha256);
        let call = CallInfo { manager: Some("Анна".into()), ..CallInfo::default() };
        let made_with = MadeWith {
            program: format!("autograde {}", env!("CARGO_PKG_VERSION")),
            model: Some("small".into()),
            model_sha256: Some("ab".into()),
        };
        let draft = grade(&book, &heard, &call, &GradeOptions { call_type: None, made_with });
        let day = format!("2026-01-0{}", number + 1);
        let file = NewFile {
            path: &audio.to_string_lossy(),
            sha256: &sha256,
            bytes: 1,
            modified_ms: 1,
            source: &heard.recording.source,
            id: &draft.id(),
            day: &day,
            seen_ms: 1,
        };
        store.note_files(&[file]).unwrap();
        let attempt = NewAttempt { run, sha256: &sha256, alone: false, started_ms: 1 };
        let attempt = store.begin_attempt(&attempt).unwrap();
        let result =
            Finished { heard: &heard, call: &call, call_id: None, draft: &draft, at_ms: 2 };
        store.finish(&attempt, &result).unwrap();
        let text = serde_json::to_string_pretty(&DraftJson::from(&draft)).unwrap();
        DraftFiles::drafts(&place.path("data"))
            .write(Some(&day), &draft.id(), &text, Lasting::Unsynced)
            .unwrap();
    }
    place
}

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn confirm<'a>(place: &Workspace, call: &'a str, more: &[&'a str]) -> Run {
    place.run(["confirm", call, "--by", "Ирина"].into_iter().chain(more.iter().copied()))
}

#[test]
fn drafts_lists_what_waits() {
    let place = night();
    let run = place.run(["drafts", "--json"]).ends_with(0);
    assert_eq!(lines(&run).len(), 4);
    let risks: Vec<f64> = lines(&run).iter().map(|row| row["risk"].as_f64().unwrap()).collect();
    assert!(risks.is_sorted_by(|a, b| a >= b), "{risks:?}");
    assert_eq!(lines(&place.run(["drafts", "--json", "--most", "1"])).len(), 1);
    let run = place.run(["drafts"]).ends_with(0);
    assert!(run.stdout.contains("one-00000000") && run.stdout.contains("Анна"), "{}", run.stdout);
    confirm(&place, "one-00000000", &[]).ends_with(0);
    assert_eq!(lines(&place.run(["drafts", "--json"])).len(), 3);
}

#[test]
fn a_person_changes_a_value_and_both_answers_stay() {
    let place = night();
    let why = ["--set", "offering=0,5", "--why", "he hinted at one"];
    let run = confirm(&place, "two-11111111", &[&why[..], &["--json"]].concat()).ends_with(0);
    let made = &lines(&run)[0];
    assert_eq!(made["confirmed"]["by"], "Ирина");
    assert_eq!(
        (&made["cqr"]["value"], &made["machine_cqr"]["value"]),
        (&62.5.into(), &25.0.into())
    );
    let offering = &made["criteria"][1];
    assert_eq!((&offering["value"], &offering["machine"]["value"]), (&0.5.into(), &0.into()));
    assert_eq!(
        (&offering["changed"], &offering["why"]),
        (&true.into(), &"he hinted at one".into())
    );
    assert_eq!(made["criteria"][0]["changed"], false);
    let kept = place.read("data/confirmed/2026-01-02/two-11111111.json");
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), *made);

    // Neither a changed rulebook nor a second regrade moves it; the draft of the machine is still beside it.
    place.run(["regrade", "--rules", "rules2"]).ends_with(0);
    let store =
        Store::open(&Place::in_folder(&place.path("data")), &OpenOptions::default()).unwrap();
    let answers = store.confirmations(&"1".repeat(64)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&answers[0].confirmed).unwrap(), *made);
    let machine: Value = serde_json::from_str(&answers[0].draft).unwrap();
    assert_eq!(machine["cqr"]["value"], 25.0);
    let audit = store.audit(0, 9).unwrap();
    assert_eq!((audit[0].what.as_str(), audit[0].who.as_str()), ("confirm", "Ирина"));
    assert!(!audit[0].detail.contains("hinted"), "{}", audit[0].detail);
    assert_eq!(place.read("data/confirmed/2026-01-02/two-11111111.json"), kept);
}

#[test]
fn a_person_changes_the_type() {
    let place = night();
    let run = confirm(&place, "two-11111111", &["--type", "junk", "--json"]).ends_with(0);
    let made = &lines(&run)[0];
    assert_eq!(
        (&made["call_type"]["id"], &made["call_type"]["machine"]),
        (&"junk".into(), &"sale".into())
    );
    assert_eq!(
        (&made["cqr"]["value"], &made["machine_cqr"]["value"]),
        (&Value::Null, &25.0.into())
    );
    let run = confirm(&place, "one", &["--type", "none"]).ends_with(2);
    assert!(run.stderr.contains("`none` is no call type"), "{}", run.stderr);
}

#[test]
fn an_answer_that_makes_no_sense_stores_nothing() {
    let place = night();
    let cases: [(&str, &[&str], &str); 7] = [
        ("nobody", &[], "no recording `nobody`"),
        ("one-00000000", &["--set", "offering=1"], "1 `--set` and 0 `--why`"),
        ("one-00000000", &["--set", "offering", "--why", "x"], "`offering` is no change"),
        ("one-00000000", &["--set", "offering=2", "--why", "x"], "`2` is no value"),
        ("one-00000000", &["--set", "offring=1", "--why", "x"], "no criterion `offring`"),
        ("one-00000000", &["--set", "offering=1", "--why", " "], "without a reason"),
        ("one-00000000", &["--rules", "rules2"], "another state of the rulebook"),
    ];
    for (call, more, said) in cases {
        let run = confirm(&place, call, more).ends_with(2);
        assert!(run.stderr.contains(said), "{} lacks {said}", run.stderr);
    }
    place.run(["confirm", "one-00000000", "--by", " "]).ends_with(2);
    place.run(["confirm", "one-00000000"]).ends_with(2);
    assert_eq!(lines(&place.run(["drafts", "--json"])).len(), 4);
    assert!(!place.path("data/confirmed").exists());
}

#[test]
fn a_changed_rule_is_tried_first_and_then_holds() {
    let place = night();
    let before = place.run(["store", "export"]).ends_with(0).stdout;
    let run = place.run(["regrade", "--rules", "rules2", "--what-if", "--json"]).ends_with(0);
    let told = lines(&run);
    assert_eq!(told.len(), 5, "{}", run.stdout);
    assert_eq!((&told[4]["calls"], &told[4]["changed"]), (&4.into(), &1.into()));
    let changed = told.iter().find(|entry| entry["changes"] == true).unwrap();
    assert_eq!(
        (&changed["source"], &changed["cqr"]["new"]["value"]),
        (&"three.wav".into(), &75.0.into())
    );
    let run = place.run(["regrade", "--rules", "rules2", "--what-if"]).ends_with(0);
    assert!(run.stdout.contains("offering: 0 → 1"), "{}", run.stdout);
    assert_eq!(place.run(["store", "export"]).stdout, before, "nothing was stored");

    let run = place.run(["regrade", "--rules", "rules2"]).ends_with(0);
    assert!(run.stdout.starts_with("4 calls: 4 graded again"), "{}", run.stdout);
    let file: Value =
        serde_json::from_str(&place.read("data/drafts/2026-01-03/three-22222222.json")).unwrap();
    assert_eq!(file["cqr"]["value"], 75.0);
    let store =
        Store::open(&Place::in_folder(&place.path("data")), &OpenOptions::default()).unwrap();
    let stored = store.draft_json(&"2".repeat(64)).unwrap().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&stored).unwrap(), file);
    drop(store);
    let run = place.run(["regrade", "--rules", "rules2"]).ends_with(0);
    assert!(run.stdout.contains("4 by this rulebook already"), "{}", run.stdout);
}

#[test]
fn regrading_gives_the_same_with_any_number_of_threads() {
    let drafts = |jobs: &str| {
        let place = night();
        place.run(["regrade", "--rules", "rules2", "--jobs", jobs]).ends_with(0);
        let files =
            ["2026-01-01/one-00000000", "2026-01-03/three-22222222", "2026-01-04/four-33333333"];
        files.map(|file| place.read(&format!("data/drafts/{file}.json")))
    };
    assert_eq!(drafts("1"), drafts("4"));
}

#[test]
fn only_calls_since_a_day_are_regraded() {
    let place = night();
    let run = place.run(["regrade", "--rules", "rules2", "--since", "2026-01-03"]).ends_with(0);
    assert!(run.stdout.starts_with("2 calls: 2 graded again"), "{}", run.stdout);
    for wrong in ["yesterday", "2026-02-30", "20260103"] {
        let run = place.run(["regrade", "--since", wrong]).ends_with(2);
        assert!(run.stderr.contains("is no day"), "{}", run.stderr);
    }
    place.run(["regrade", "--rules", "nowhere"]).ends_with(2);
}

#[test]
fn a_forgotten_call_is_gone_and_its_recording_only_where_that_is_asked() {
    let place = night();
    let forget = |call, more: &[&'static str]| {
        let args = ["forget", call, "--by", "Ирина", "--why", "the client asks"];
        place.run(args.into_iter().chain(more.iter().copied()))
    };
    place.run(["hold", "two", "--by", "юрист", "--why", "a claim"]).ends_with(2);
    place.run(["hold", "two-11111111", "--by", "юрист", "--why", "a claim"]).ends_with(0);
    let run = forget("two-11111111", &["--audio"]).ends_with(2);
    assert!(run.stderr.contains("a claim"), "{}", run.stderr);
    assert!(place.path("calls/two.wav").exists());
    assert!(place.path("data/drafts/2026-01-02/two-11111111.json").exists());

    confirm(&place, "one-00000000", &[]).ends_with(0);
    let run = forget("one-00000000", &[]).ends_with(0);
    assert!(run.stdout.contains("one.wav: the recording is untouched"), "{}", run.stdout);
    assert!(place.path("calls/one.wav").exists());
    assert!(!place.path("data/drafts/2026-01-01/one-00000000.json").exists());
    assert!(!place.path("data/confirmed/2026-01-01/one-00000000.json").exists());
    let run = forget("one-00000000", &[]).ends_with(2);
    assert!(run.stderr.contains("no recording"), "{}", run.stderr);
    forget("four-33333333", &["--audio"]).ends_with(0);
    assert!(!place.path("calls/four.wav").exists());

    place.run(["hold", "two-11111111", "--by", "юрист", "--release"]).ends_with(0);
    forget("two-11111111", &[]).ends_with(0);
    let run = place.run(["store", "check"]).ends_with(0);
    assert!(
        run.stdout.contains("1 recordings") && run.stdout.contains("0 faults"),
        "{}",
        run.stdout
    );
    // Not a word is left, not even in pages that were let go of.
    let bytes = fs::read(place.path("data/autograde.db")).unwrap();
    let word = "ладно".as_bytes();
    assert!(!bytes.windows(word.len()).any(|window| window == word), "a word of the call is left");
}

#[test]
fn the_store_goes_out_and_comes_back() {
    let place = night();
    place.run(["store", "export", "out.jsonl"]).ends_with(0);
    place.run(["store", "export", "out.jsonl"]).ends_with(2);
    let run = place.run(["store", "import", "out.jsonl"]).ends_with(2);
    assert!(run.stderr.contains("is not empty"), "{}", run.stderr);
    place.run(["store", "import", "out.jsonl", "--data", "other"]).ends_with(0);
    let there = place.run(["store", "export", "--data", "other"]).ends_with(0).stdout;
    assert_eq!(there, place.read("out.jsonl"));
    place.run(["store", "import", "nowhere.jsonl", "--data", "third"]).ends_with(2);
    assert!(!place.path("third").exists());
    place.run(["store", "backup", "copy.db"]).ends_with(0);
    place.run(["store", "backup", "copy.db"]).ends_with(2);
    let other = format!("[store]\nurl = \"{}\"\n", "copy.db");
    place.write("other.toml", other);
    let copied = place.run(["store", "export", "--config", "other.toml"]).ends_with(0).stdout;
    assert_eq!(copied, there);
}

#[test]
fn without_a_store_nothing_is_made() {
    let place = Workspace::new();
    for args in [
        &["drafts"][..],
        &["regrade"],
        &["store", "check"],
        &["store", "backup", "x.db"],
        &["store", "export"],
        &["store", "expire"],
        &["confirm", "x", "--by", "y"],
        &["forget", "x", "--by", "y", "--why", "z"],
    ] {
        let run = place.run(args.iter().copied().chain(["--data", "data"])).ends_with(2);
        assert!(run.stderr.contains("there is no store at `data/autograde.db`"), "{}", run.stderr);
    }
    assert!(!place.path("data").exists());
}

#[test]
fn what_is_too_old_goes_when_the_configuration_says_so() {
    let place = night();
    let run = place.run(["store", "expire"]).ends_with(0);
    assert!(run.stdout.contains("deleted: 0 transcripts, 0 drafts"), "{}", run.stdout);
    let config = place.read("autograde.toml") + "[retention]\ndrafts = 30\n";
    place.write("autograde.toml", config);
    let run = place.run(["store", "expire", "--dry-run"]).ends_with(0);
    assert!(run.stdout.contains("would be deleted: 0 transcripts, 4 drafts"), "{}", run.stdout);
    let run = place.run(["store", "expire"]).ends_with(0);
    assert!(run.stdout.contains("deleted: 0 transcripts, 4 drafts"), "{}", run.stdout);
    assert_eq!(lines(&place.run(["drafts", "--json"])).len(), 0);
    place.write("autograde.toml", "data = \"data\"\n[retention]\naudio = 1\n");
    place.run(["store", "expire"]).ends_with(2);
}

#[test]
fn a_store_that_may_not_be_written_is_told() {
    let place = night();
    let program = env!("CARGO_BIN_EXE_autograde");
    let open = |path: &str| {
        Command::new("chmod").args(["-R", "a+rX", path]).status().unwrap();
    };
    open(&place.root().to_string_lossy());
    let run = Command::new("setpriv")
        .args(["--reuid=nobody", "--clear-groups", program, "store", "check", "--data"])
        .arg(place.path("data"))
        .env("HOME", place.root())
        .output();
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    match run {
        Ok(run) if is_root && !String::from_utf8_lossy(&run.stderr).starts_with("setpriv") => {
            let said = String::from_utf8_lossy(&run.stderr);
            assert_eq!(run.status.code(), Some(2), "{said}");
            assert!(said.contains("cannot be written to"), "{said}");
        }
        _ => skip("a store of somebody else", "only root can become another user"),
    }
}

#[test]
fn regrade_takes_the_lock_and_leaves_a_run() {
    let place = night();
    let lock = RunLock::take(&place.path("data"), "nightly").unwrap();
    let run = place.run(["regrade", "--rules", "rules2"]).ends_with(3);
    assert!(run.stderr.contains("`autograde nightly`, process"), "{}", run.stderr);
    place.run(["regrade", "--rules", "rules2", "--what-if"]).ends_with(0);
    drop(lock);
    let last = || -> Value {
        let status = place.run(["status", "--json"]).ends_with(0).stdout;
        serde_json::from_str::<Value>(&status).unwrap()["runs"][0].clone()
    };
    assert_eq!(last()["kind"], "nightly", "neither of the two has changed anything");
    place.run(["regrade", "--rules", "rules2"]).ends_with(0);
    assert_eq!((&last()["kind"], &last()["how"]), (&"regrade".into(), &"done".into()));
    assert_eq!(last()["sum"]["graded"], 4);
    let shown = place.run(["status"]).ends_with(0).stdout;
    assert!(shown.contains("regrade  done  drafts 4, left as they were 0, failed 0"), "{shown}");
}

#[test]
fn what_a_killed_regrade_left_unwritten_is_written_by_the_next() {
    let place = night();
    let file = "data/drafts/2026-01-03/three-22222222.json";
    let old = place.read(file);
    place.run(["regrade", "--rules", "rules2"]).ends_with(0);
    let new = place.read(file);
    assert_ne!(old, new);
    // A kill between the commit and the file: the run is open, the file is the old one.
    place.write(file, &old);
    let open = |kind| {
        let data = Place::in_folder(&place.path("data"));
        let store = Store::open(&data, &OpenOptions::default()).unwrap();
        let run = NewRun { kind, program: "autograde", process: "1", started_ms: 3 };
        store.begin_run(&run).unwrap();
        store.close().unwrap();
    };
    open("regrade");
    // A night in between hides nothing.
    open("nightly");
    place.run(["regrade", "--rules", "rules2"]).ends_with(0);
    assert_eq!(place.read(file), new);
    // Nor does a regrade of later days only, however well it ends.
    place.write(file, &old);
    open("regrade");
    for _ in 0..2 {
        place.run(["regrade", "--rules", "rules2", "--since", "2026-01-04"]).ends_with(0);
        assert_eq!(place.read(file), old);
    }
    place.run(["regrade", "--rules", "rules2"]).ends_with(0);
    assert_eq!(place.read(file), new);
    // After one that ended in peace the files are taken as they are.
    place.write(file, &old);
    place.run(["regrade", "--rules", "rules2"]).ends_with(0);
    assert_eq!(place.read(file), old);
}

#[test]
fn a_regrade_between_two_nights_hides_no_kill_of_the_first() {
    let place = night();
    let data = Place::in_folder(&place.path("data"));
    let store = Store::open(&data, &OpenOptions::default()).unwrap();
    let begin = |kind| {
        store
            .begin_run(&NewRun { kind, program: "autograde", process: "1", started_ms: 3 })
            .unwrap()
    };
    begin("watch");
    let regraded = begin("regrade");
    store.end_run(regraded, "done", "{}", 4).unwrap();
    let last = store.last_run(&["nightly", "watch"]).unwrap().unwrap();
    assert_eq!((last.kind.as_str(), last.how.as_deref()), ("watch", Some("died")));
    assert_eq!(store.last_run(&["regrade"]).unwrap().unwrap().id, regraded);
    assert_eq!(store.last_run(&["vacation"]).unwrap(), None);
}
