//! `autograde rules` from outside: check, list, new, explain, hits, diff.

use serde_json::Value;

use crate::workspace::{Run, Workspace, repository};

const BOOK: &str = "[book]\nid=\"t\"\ntitle=\"Проба\"\nlang=\"ru\"\n[[type]]\nid=\"sale\"\ntitle=\"продажа\"\ntitle_en=\"sale\"\n\
    [[finding]]\nid=\"hello\"\ntitle=\"приветствие\"\nwho=\"manager\"\nwhen=\"first 1 turns\"\nphrases=[\"здравствуйте\"]\n\
    yes=[\"здравствуйте\"]\nno=[\"client: здравствуйте\"]\n\
    [[criterion]]\nid=\"greeting\"\ntitle=\"приветствие\"\ntitle_en=\"greeting\"\nweights={sale=1}\nfull=\"hello\"\n";

const CALL: &str = r#"{"turns":[{"who":"client","text":"Здравствуйте!"},{"who":"manager","text":"Слушаю."},
    {"who":"manager","text":"Да, здравствуйте."}],"call":{"manager":"Анна"}}"#;

fn place(rules: &str) -> Workspace {
    let place = Workspace::new();
    place.write("rules/a.toml", rules);
    place.write("call.dialogue.json", CALL);
    place
}

#[test]
fn check_passes_where_every_test_does() {
    let run = place(BOOK).run(["rules", "check", "rules"]).ends_with(0);
    assert!(run.stdout.contains("Проверок прошло 2, не прошло 0"), "{}", run.stdout);
    let run = place(BOOK).run(["rules", "check", "rules", "--lang", "en"]).ends_with(0);
    assert!(run.stdout.contains("Tests passed 2, failed 0"), "{}", run.stdout);
}

#[test]
fn the_default_rulebook_passes_its_check() {
    let run = Workspace::new().run(["rules", "check", "--lang", "en"]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
}

#[test]
fn check_names_each_test_that_fails_with_file_and_line() {
    let rules = format!(
        "{BOOK}[[criterion.test]]\nvalue=1\ntalk=[\"manager: да\"]\n\
         [[finding]]\nid=\"bye\"\nwho=\"client\"\nphrases=[\"пока\"]\nyes=[\"manager: пока\"]\nno=[\"ну пока\"]\n"
    );
    let run = place(&rules).run(["rules", "check", "rules", "--lang", "en"]).ends_with(1);
    // Lines break between words, wherever that is.
    let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "a.toml line 23: greeting: should be 1, came out 0: manager: да",
        "a.toml line 28: bye: is not found and should be (said by the other side): manager: пока",
        "a.toml line 29: bye: is found and should not be: client: ну пока",
    ] {
        let tail = wanted.split_once(": ").unwrap().1;
        assert!(said.contains(tail), "{said}\nlacks {tail}");
    }
    assert!(said.contains("a.toml line"), "{said}");
}

#[test]
fn check_tells_every_fault_and_what_is_hardly_meant() {
    let broken = format!("{BOOK}[[finding]]\nid=\"x\"\nwho=\"boss\"\nphrases=[\"(да\"]\n");
    let run = place(&broken).run(["rules", "check", "rules", "--lang", "en"]).ends_with(1);
    assert!(run.stdout.contains("Faults in the rules: 2"), "{}", run.stdout);
    let odd = format!(
        "{BOOK}[[finding]]\nid=\"stray\"\nphrases=[\"стоит\", \"так стоит\"]\n\
         [[finding]]\nid=\"never\"\nwho=\"client\"\nany=[\"hello\"]\n"
    );
    let run = place(&odd).run(["rules", "check", "rules", "--lang", "en"]).ends_with(0);
    for wanted in [
        "Can never be met: 1",
        "Nothing uses it: 2",
        "Needless phrase: 1",
        "Word shared with another: 1",
        "`так стоит`",
    ] {
        assert!(run.stdout.contains(wanted), "{}\nlacks {wanted}", run.stdout);
    }
}

#[test]
fn check_prints_the_forms_of_a_finding() {
    let run = place(BOOK).run(["rules", "check", "rules", "--forms", "hello"]).ends_with(0);
    assert!(run.stdout.contains("здравствуй"), "{}", run.stdout);
    let run = place(BOOK).run(["rules", "check", "rules", "--forms", "nobody"]).ends_with(2);
    assert!(run.stderr.contains("finding `nobody` is not there"), "{}", run.stderr);
    place(BOOK).run(["rules", "check", "nowhere"]).ends_with(2);
}

#[test]
fn list_shows_types_weights_and_findings() {
    let run = place(BOOK).run(["rules", "list", "rules", "--lang", "en"]).ends_with(0);
    for wanted in ["1. sale: sale", "greeting", "hello: приветствие, manager, phrases: 1"]
    {
        assert!(run.stdout.contains(wanted), "{}\nlacks {wanted}", run.stdout);
    }
}

#[test]
fn a_new_rulebook_passes_its_check_grades_a_call_and_is_never_written_over() {
    for lang in ["ru", "en"] {
        let place = place(BOOK);
        place.run(["rules", "new", "own", "--lang", lang]).ends_with(0);
        let run = place.run(["rules", "check", "own"]).ends_with(0);
        assert!(run.stdout.contains("не прошло 0"), "{}", run.stdout);
        let run = place.run(["--rules", "own", "call.dialogue.json", "--json"]).ends_with(0);
        let draft: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(draft["made_with"]["rulebook"], "firm");
        let run = place.run(["rules", "new", "own"]).ends_with(2);
        assert!(run.stderr.contains("has `00-firm.toml`"), "{}", run.stderr);
    }
}

#[test]
fn explain_tells_what_was_found_and_what_came_nearest() {
    let place = place(BOOK);
    let explain = |args: &[&str]| {
        let args =
            ["rules", "explain", "call.dialogue.json", "--rules", "rules"].iter().chain(args);
        place.run(args.copied())
    };
    let run = explain(&[]).ends_with(0);
    for wanted in [
        "приветствие (greeting): 0",
        "1 если (не выполнено)",
        "- приветствие (hello)",
        "почти (не там в разговоре)",
        "почти (сказал другой)",
    ] {
        assert!(run.stdout.contains(wanted), "{}\nlacks {wanted}", run.stdout);
    }
    let run = explain(&["--lang", "en", "--criterion", "greeting"]).ends_with(0);
    assert!(run.stdout.contains("nearly (elsewhere in the call)"), "{}", run.stdout);
    assert!(explain(&["--criterion", "x"]).ends_with(2).stderr.contains("is no criterion"));
    assert!(explain(&["--call-type", "x"]).ends_with(2).stderr.contains("is no call type"));
}

#[test]
fn explain_reads_a_draft_as_it_reads_the_call_it_was_made_of() {
    let place = place(BOOK);
    place.run(["call.dialogue.json", "--rules", "rules", "--out", "drafts"]).ends_with(0);
    let draft = std::fs::read_dir(place.path("drafts")).unwrap().next().unwrap().unwrap();
    let draft = format!("drafts/{}", draft.file_name().to_string_lossy());
    let of = |call: &str| place.run(["rules", "explain", call, "--rules", "rules"]).ends_with(0);
    assert_eq!(of(&draft).stdout, of("call.dialogue.json").stdout);
    place.write("broken.json", r#"{"schema":1,"call_type":1,"transcript":1}"#);
    let run = place.run(["rules", "explain", "broken.json"]).ends_with(1);
    assert!(run.stderr.contains("`broken.json` is no draft"), "{}", run.stderr);
    place.write("later.json", r#"{"schema":9,"call_type":{},"call":{"source":"a","sha256":"","duration_s":1,"channels":2},"transcript":[]}"#);
    let run = place.run(["rules", "explain", "later.json"]).ends_with(1);
    assert!(run.stderr.contains("a draft of format 9"), "{}", run.stderr);
    let run = place.run(["rules", "explain", "."]).ends_with(2);
    assert!(run.stderr.contains("is a folder"), "{}", run.stderr);
    place.run(["rules", "explain", "no.wav"]).ends_with(1);
}

#[test]
fn diff_shows_what_flips_by_manager_and_in_all() {
    let place = place(BOOK);
    place.write("new/a.toml", BOOK.replace("when=\"first 1 turns\"\n", ""));
    let diff = |args: &[&str]| {
        let args = ["rules", "diff", "rules", "new", "call.dialogue.json"].iter().chain(args);
        place.run(args.copied()).ends_with(0)
    };
    let run = diff(&["--lang", "en"]);
    for wanted in
        ["Анна", "all calls", "greeting: 0 → 1", "verdict: needs work → good", "CQR: 0 → 100"]
    {
        assert!(run.stdout.contains(wanted), "{}\nlacks {wanted}", run.stdout);
    }
    let run = diff(&["--json"]);
    let lines: Vec<Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines[0]["values"][0],
        serde_json::json!({"criterion": "greeting", "old": 0, "new": 1})
    );
    assert_eq!((&lines[1]["calls"], &lines[1]["verdicts"]), (&1.into(), &1.into()));
}

#[test]
fn hits_tells_what_holds_in_each_call_and_what_never_fires() {
    let silent = "[[finding]]\nid = \"never\"\nphrases = [\"бегемот\"]\n";
    let heard_anywhere = BOOK.replace("when=\"first 1 turns\"\n", "");
    let place = place(&format!("{heard_anywhere}{silent}"));
    place.write("labelled/b1.json", CALL);
    let run = place.run(["rules", "hits", "labelled", "--rules", "rules"]).ends_with(0);
    let lines: Vec<Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [call, sum] = &lines[..] else { panic!("{}", run.stdout) };
    assert_eq!(call["findings"], serde_json::json!({"hello": [2]}));
    assert_eq!(call["speakers"], serde_json::json!(["client", "manager", "manager"]));
    assert_eq!(*sum, serde_json::json!({"calls": 1, "calls_with": {"hello": 1, "never": 0}}));
    assert!(call["numbers"]["turns.manager"].as_f64().unwrap() >= 1.0, "{call}");
    place.run(["rules", "hits", "no.dialogue.json", "--rules", "rules"]).ends_with(1);
}

#[test]
fn hits_of_one_channel_tell_what_would_hold_if_the_right_person_speaks() {
    let place = place(BOOK);
    let text = r#"{"turns":[{"who":"unknown","text":"Здравствуйте, мне нужен стол."}]}"#;
    place.write("mono.dialogue.json", text);
    let run = place.run(["rules", "hits", "mono.dialogue.json", "--rules", "rules"]).ends_with(0);
    let call: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(call["findings"], serde_json::json!({}));
    assert_eq!(call["possible"], serde_json::json!({"hello": [0]}));
}

/// A finding that is renamed or taken away must be renamed there too, or the next fit silently goes without it.
#[test]
fn the_fit_names_only_findings_that_the_default_rulebook_has() {
    let place = place(BOOK);
    let run = place.run(["rules", "hits", "call.dialogue.json"]).ends_with(0);
    let sum: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    let known: Vec<&String> = sum["calls_with"].as_object().unwrap().keys().collect();
    let spec = std::fs::read_to_string(repository().join("scripts/fit/signs.toml")).unwrap();
    let spec: toml::Table = spec.parse().unwrap();
    let names: Vec<&str> =
        (spec["signs"].as_array().unwrap().iter()).map(|name| name.as_str().unwrap()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let is_there = match name.strip_suffix('*') {
            Some(head) => known.iter().any(|id| id.starts_with(head)),
            None => known.iter().any(|id| *id == name),
        };
        assert!(is_there, "signs.toml names `{name}`, which the rulebook does not have");
    }
}

#[test]
fn diff_of_the_same_rules_says_that_nothing_changes() {
    let place = place(BOOK);
    let run = place.run(["rules", "diff", "rules", "rules", "."]).ends_with(0);
    assert!(run.stdout.contains("Ничего не меняется."), "{}", run.stdout);
    let run = place.run(["rules", "diff", "ru", "rules", "call.dialogue.json"]).ends_with(0);
    assert!(run.stdout.contains("тип: "), "{}", run.stdout);
    // A labelled call, whatever its name.
    place.write("labelled/b1.json", CALL);
    let run = place.run(["rules", "diff", "rules", "rules", "labelled", "--json"]).ends_with(0);
    assert!(run.stdout.contains("\"calls\":1"), "{}", run.stdout);
    place.run(["rules", "diff", "rules", "nowhere", "."]).ends_with(2);
    place.run(["rules", "diff", "rules", "rules", "no.dialogue.json"]).ends_with(1);
}

#[test]
fn no_line_of_the_rules_pages_is_wider_than_the_terminal() {
    let place = place(BOOK);
    for args in [
        &["rules", "list"][..],
        &["rules", "check"],
        &["rules", "explain", "call.dialogue.json"],
        &["rules", "explain", "call.dialogue.json", "--lang", "en"],
        &["rules", "diff", "rules", "ru", "call.dialogue.json"],
    ] {
        let run = Run::of(place.command().env("COLUMNS", "60").args(args)).ends_with(0);
        for line in run.stdout.lines() {
            assert!(line.chars().count() <= 60, "{args:?}: {line}");
        }
    }
}

#[test]
fn attention_is_shown_in_the_scorecard_and_the_table() {
    let flags = "[[attention]]\nid=\"f\"\ntitle=\"плохо слушал\"\ntitle_en=\"listened badly\"\nif=\"hello or duration_s > 0\"\n\
        [[attention]]\nid=\"g\"\ntitle=\"совсем плохо\"\nif=\"duration_s > 0\"\nauto_fail=true\n";
    let place = place(&format!("{BOOK}{flags}"));
    let page = place.run(["call.dialogue.json", "--rules", "rules"]).ends_with(0).stdout;
    assert!(page.contains("внимание: плохо слушал"), "{page}");
    assert!(page.contains("автопровал (CQR не меняет): совсем плохо"), "{page}");
    assert!(page.contains("длина разговора: "), "{page}");
    place.write("b.dialogue.json", CALL);
    let table = place.run([".", "--rules", "rules", "--lang", "en"]).ends_with(0).stdout;
    assert!(table.contains("needs work !!") && table.contains("listened badly (b."), "{table}");
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn names_of_the_settings_are_names_of_the_rules() {
    let rules = BOOK.replace("phrases=[\"здравствуйте\"]", "phrases=[\"{company} {own_name}\"]");
    let rules =
        rules.replace("yes=[\"здравствуйте\"]\n", "").replace("when=\"first 1 turns\"\n", "");
    let place = place(&rules);
    place.write(
        "call.dialogue.json",
        r#"{"turns":[{"who":"client","text":"Алло"},{"who":"manager","text":"Тёплый дом, Саша"}]}"#,
    );
    let value = || {
        let run = place.run(["call.dialogue.json", "--rules", "rules", "--json"]).ends_with(0);
        let draft: Value = serde_json::from_str(&run.stdout).unwrap();
        (draft["criteria"][0]["value"].clone(), draft["made_with"]["rulebook_sha256"].clone())
    };
    let (nobody, hash) = value();
    place.write("rules/names.toml", "[names]\n\"александр\" = [\"саша\"]\n");
    place.write(
        "autograde.toml",
        "[firm]\ncompanies = [\"Тёплый дом\"]\nmanagers = [\"Александр\"]\n",
    );
    let (somebody, other_hash) = value();
    assert_eq!((nobody, somebody), (0.into(), 1.into()));
    assert_ne!(hash, other_hash);
    let explained =
        place.run(["rules", "explain", "call.dialogue.json", "--rules", "rules"]).ends_with(0);
    assert!(explained.stdout.contains("Тёплый дом"), "{}", explained.stdout);
    place.run(["rules", "list", "rules"]).ends_with(0);
    place.write("autograde.toml", "[firm]\ncompanies = [\"?\"]\n");
    let run = place.run(["call.dialogue.json", "--rules", "rules"]).ends_with(2);
    assert!(run.stderr.contains("line 2: the name `?` holds no letter"), "{}", run.stderr);
}
