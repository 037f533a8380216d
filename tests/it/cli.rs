//! The program from outside: what is printed, where, and with which exit code.

use std::fs;

use serde_json::Value;

use crate::workspace::{Run, Workspace, repository};

/// A call in which a manager greets and a client asks.
const DIALOGUE: &str = r#"{"turns":[
    {"who":"manager","text":"Добрый день, компания Ромашка, меня зовут Анна.","start_s":0.5,"end_s":4.0},
    {"who":"client","text":"Здравствуйте, сколько стоит окно?","start_s":4.5,"end_s":7.0},
    {"who":"manager","text":"Для какой комнаты вам нужно окно?","start_s":7.5,"end_s":9.5}]}"#;

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_path_alone_is_graded_as_with_the_subcommand() {
    let place = Workspace::new();
    place.write("call.dialogue.json", DIALOGUE);
    let short = place.run(["call.dialogue.json", "--json"]).ends_with(0);
    let long = place.run(["grade", "call.dialogue.json", "--json"]).ends_with(0);
    assert_eq!(short.stdout, long.stdout);
    assert_eq!(lines(&short)[0]["call"]["source"], "call.dialogue.json");
}

#[test]
fn one_call_is_a_page_in_the_language_asked_for() {
    let place = Workspace::new();
    place.write("call.dialogue.json", DIALOGUE);
    let russian = place.run(["call.dialogue.json"]).ends_with(0).stdout;
    let english = place.run(["call.dialogue.json", "--lang", "en"]).ends_with(0).stdout;
    assert!(russian.contains("критерий") && russian.contains("менеджер: «"), "{russian}");
    assert!(english.contains("criterion") && english.contains("manager: “"), "{english}");
    assert!(!russian.contains('\u{1b}'), "colors without a terminal");
}

/// What the program prints on a terminal of its own, which `script` gives it.
#[cfg(target_os = "linux")]
fn on_a_terminal(place: &Workspace, environment: &[(&str, &str)]) -> String {
    let program = place.command();
    let kept =
        program.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    let mut script = assert_cmd::Command::new("script");
    script
        .args([
            "-qec",
            concat!(env!("CARGO_BIN_EXE_autograde"), " call.dialogue.json"),
            "/dev/null",
        ])
        .envs(kept.collect::<Vec<_>>())
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .envs(environment.iter().copied())
        .current_dir(place.root());
    Run::of(&mut script).ends_with(0).stdout
}

#[test]
#[cfg(target_os = "linux")]
fn colors_are_for_terminals_whose_owner_wants_them() {
    let place = Workspace::new();
    place.write("call.dialogue.json", DIALOGUE);
    assert!(on_a_terminal(&place, &[]).contains("\u{1b}["));
    assert!(on_a_terminal(&place, &[("NO_COLOR", "")]).contains("\u{1b}["), "empty is not set");
    assert!(!on_a_terminal(&place, &[("NO_COLOR", "1")]).contains("\u{1b}[1m"));
    assert!(!on_a_terminal(&place, &[("TERM", "dumb")]).contains("\u{1b}[1m"));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let place = Workspace::new();
    place.write("call.dialogue.json", DIALOGUE);
    place.write(
        "очень-длинное-имя-записи-которое-никуда-не-помещается-2026.dialogue.json",
        DIALOGUE,
    );
    for columns in ["60", "80"] {
        for args in [&["call.dialogue.json"][..], &["."], &[".", "--lang", "en"]] {
            let run = Run::of(place.command().env("COLUMNS", columns).args(args)).ends_with(0);
            for line in run.stdout.lines() {
                // Every letter here takes one column.
                let wide = line.chars().count();
                assert!(wide <= columns.parse().unwrap(), "{wide} columns of {columns}: {line}");
            }
        }
    }
}

#[test]
fn results_go_to_stdout_and_quiet_silences_the_rest() {
    let place = Workspace::new();
    place.write("a.dialogue.json", DIALOGUE);
    place.write("b.dialogue.json", DIALOGUE);
    let loud = place.run(["."]).ends_with(0);
    assert!(loud.stderr.contains("[1/2] a.dialogue.json: "), "{}", loud.stderr);
    let quiet = place.run([".", "--quiet"]).ends_with(0);
    assert_eq!((quiet.stderr.as_str(), &quiet.stdout), ("", &loud.stdout));
}

#[test]
fn several_are_one_object_a_line_in_the_order_given() {
    let place = Workspace::new();
    for name in ["c", "a", "b"] {
        place.write(&format!("{name}.dialogue.json"), DIALOGUE);
    }
    let run = place.run(["c.dialogue.json", "no.wav", ".", "--json"]).ends_with(1);
    let sources: Vec<Value> =
        lines(&run).iter().map(|line| line["call"]["source"].clone()).collect();
    assert_eq!(sources, ["c.dialogue.json", "no.wav", "a.dialogue.json", "b.dialogue.json"]);
    assert_eq!(lines(&run)[1]["failed"], "`no.wav` is not there");
}

#[test]
fn drafts_are_whole_files_named_by_their_id() {
    let place = Workspace::new();
    place.write("call.dialogue.json", DIALOGUE);
    let run = place.run(["call.dialogue.json", "--json", "--out", "deep/drafts"]).ends_with(0);
    let printed = &lines(&run)[0];
    let name = format!("deep/drafts/{}.json", printed["id"].as_str().unwrap());
    let written: Value = serde_json::from_str(&place.read(&name)).unwrap();
    assert_eq!(&written, printed);
    assert_eq!(fs::read_dir(place.path("deep/drafts")).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn every_outcome_fits_the_published_schema() {
    let place = Workspace::new();
    place.write("a.dialogue.json", DIALOGUE);
    place.write("b.dialogue.json", r#"{"turns":[]}"#);
    place.write("c.dialogue.json", "{");
    let run = place.run([".", "--json"]).ends_with(1);
    let schema = fs::read_to_string(repository().join("docs/draft.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let lines = lines(&run);
    assert_eq!(lines.len(), 3);
    for line in &lines {
        assert!(schema.is_valid(line), "{line}");
    }
}

#[test]
fn a_folder_without_recordings_is_no_failure() {
    let place = Workspace::new();
    place.write("empty/README.md", "nothing");
    let run = place.run(["empty"]).ends_with(0);
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr, "нет записей в `empty`\n");
}

#[test]
fn what_cannot_run_ends_with_two_and_says_why() {
    let place = Workspace::new();
    place.write("call.dialogue.json", DIALOGUE);
    place.write("call.wav", "sound");
    place.write("file", "not a folder");
    place.write("bad.toml", "jobs = 0\ncolour = 1\n");
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &["Usage: autograde"]),
        (&["--nonsense"], &["unexpected argument '--nonsense'"]),
        (&["call.dialogue.json", "--call-type", "chat"], &["`chat` is no call type", "`spam`"]),
        (&["call.dialogue.json", "--rules", "nowhere"], &["nowhere"]),
        (&["call.wav", "--model", "nowhere.bin"], &["nowhere.bin"]),
        (&["call.wav", "--model", "file"], &["`file` is not a Whisper model"]),
        (&["call.dialogue.json", "--out", "file"], &["cannot make the folder `file`"]),
        (&["call.dialogue.json", "--config", "nowhere.toml"], &["cannot read the configuration"]),
        (
            &["call.dialogue.json", "--config", "bad.toml"],
            &["`bad.toml` line 1: invalid value", "`bad.toml` line 2: unknown field `colour`"],
        ),
        (&["transcribe", "call.wav", "call.dialogue.json", "--format", "srt"], &["`--out DIR`"]),
    ];
    for (args, expected) in cases {
        let run = place.run(args.iter().copied()).ends_with(2);
        assert_eq!(run.stdout, "", "{args:?}");
        for part in *expected {
            assert!(run.stderr.contains(part), "{args:?}: {:?} lacks {part:?}", run.stderr);
        }
    }
}

#[test]
fn a_call_type_that_is_given_holds() {
    let place = Workspace::new();
    place.write("call.dialogue.json", DIALOGUE);
    let run = place.run(["call.dialogue.json", "--json", "--call-type", "objection"]).ends_with(0);
    assert_eq!(lines(&run)[0]["call_type"]["id"], "objection");
    assert_eq!(lines(&run)[0]["call_type"]["confidence"], 1.0);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Workspace::new();
    for index in 0..200 {
        place.write(&format!("{index:03}.dialogue.json"), DIALOGUE);
    }
    let program = env!("CARGO_BIN_EXE_autograde");
    let line = format!("{program} . --json --quiet | head -n 1; exit ${{PIPESTATUS[0]}}");
    let run =
        Run::of(assert_cmd::Command::new("bash").args(["-c", &line]).current_dir(place.root()));
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout.lines().count(), 1);
}

#[test]
fn transcripts_come_in_four_forms() {
    let place = Workspace::new();
    place.write("call.dialogue.json", DIALOGUE);
    let form = |format| {
        place.run(["transcribe", "call.dialogue.json", "--format", format]).ends_with(0).stdout
    };
    assert!(form("text").contains("0:04  клиент    Здравствуйте, сколько стоит окно?"));
    assert!(form("srt").contains("2\n00:00:04,500 --> "));
    assert!(form("vtt").starts_with("WEBVTT\n\n00:00:00.500 --> "));
    let json: Value = serde_json::from_str(&form("json")).unwrap();
    assert_eq!(json["transcript"][1]["who"], "client");
}

#[test]
fn completions_and_version_are_there() {
    let place = Workspace::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(["completions", shell]).ends_with(0).stdout;
        assert!(script.contains("transcribe"), "{shell}");
    }
    let version = place.run(["--version"]).ends_with(0).stdout;
    assert_eq!(version, concat!("autograde ", env!("CARGO_PKG_VERSION"), "\n"));
}
