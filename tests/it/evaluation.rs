//! `autograde evaluate` from outside, and how fast agreement falls when words are misheard.

use std::fs;
use std::path::{Path, PathBuf};

use autograde::evaluation::{self, Compared};
use autograde::grading::{self, GradeOptions};
use autograde::rules::Rulebook;
use autograde::speech::scripted;
use serde_json::{Value, json};

use crate::corrupt::{Mangler, spoken, word_errors};
use crate::workspace::{Run, Workspace, repository};

/// A folder of labelled calls that [`agreement_falls_slowly_as_words_go_wrong`] measures instead of the one in the tree.
const CORPUS: &str = "EVALUATE_CORPUS";

/// A folder that it writes the mangled calls to, by word error rate, for `autograde evaluate` and for reading.
const MANGLED: &str = "EVALUATE_MANGLED";

fn turns() -> Value {
    json!([
        {"who": "manager", "text": "Добрый день, компания «Ромашка», меня зовут Анна."},
        {"who": "client", "text": "Здравствуйте, сколько стоит окно?"},
        {"who": "manager", "text": "Для какой комнаты вам нужно окно?"},
        {"who": "client", "text": "Для кухни. Но это дорого."},
        {"who": "manager", "text": "Ну как хотите. До свидания."},
    ])
}

/// Labels that are exactly what the program proposes for [`turns`], and the type.
fn proposed(place: &Workspace) -> (serde_json::Map<String, Value>, Value) {
    place.write("draft/call.dialogue.json", json!({ "turns": turns() }).to_string());
    let draft: Value =
        serde_json::from_str(&place.run(["draft", "--json"]).ends_with(0).stdout).unwrap();
    let labels = draft["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .map(|criterion| {
            let value = match criterion["state"].as_str().unwrap() {
                "proposed" => criterion["value"].clone(),
                other => json!(other),
            };
            (criterion["id"].as_str().unwrap().to_owned(), value)
        })
        .collect();
    (labels, draft["call_type"]["id"].clone())
}

fn labelled(id: &str, call_type: &Value, labels: &serde_json::Map<String, Value>) -> String {
    json!({ "id": id, "call_type": call_type, "turns": turns(), "labels": labels }).to_string()
}

fn measured(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn labels_that_are_the_drafts_agree_in_everything() {
    let place = Workspace::new();
    let (labels, call_type) = proposed(&place);
    for id in ["a", "b", "c", "d", "e", "f"] {
        place.write(&format!("calls/{id}.json"), labelled(id, &call_type, &labels));
    }
    let figures = measured(&place.run(["evaluate", "calls", "--json"]).ends_with(0));
    assert_eq!(figures["calls"], 6);
    let values = &figures["values"];
    assert_eq!(values["count"], 6 * labels.len());
    for name in ["agreement", "within_half", "kappa_quadratic", "ac2_quadratic", "applies"] {
        assert_eq!(values[name]["value"], 1.0, "{name}");
    }
    // All right in six calls proves less than all right in six hundred.
    assert_eq!(values["agreement"]["low"], 0.6097);
    for name in ["call_type", "verdict"] {
        assert_eq!((&figures[name]["value"], &figures[name]["count"]), (&json!(1.0), &json!(6)));
    }
    assert_eq!(figures["cqr"]["mean_absolute_error"]["value"], 0.0);
    assert_eq!(figures["cqr"]["bias"]["value"], 0.0);
    let wrong = |call: &Value| call["wrong"].as_array().unwrap().len();
    assert!(figures["worst_first"].as_array().unwrap().iter().all(|call| wrong(call) == 0));
}

#[test]
fn labels_that_are_the_opposite_agree_in_nothing() {
    let place = Workspace::new();
    let (mut labels, call_type) = proposed(&place);
    for value in labels.values_mut() {
        *value = match value.as_f64() {
            Some(level) if 0.75 < level => json!(0),
            Some(_) => json!(1),
            None => json!(0.5),
        };
    }
    place.write("calls/a.json", labelled("a", &call_type, &labels));
    let figures = measured(&place.run(["evaluate", "calls", "--json"]).ends_with(0));
    assert_eq!(figures["values"]["agreement"]["value"], 0.0);
    assert!(figures["values"]["kappa_quadratic"]["value"].as_f64().unwrap() < 0.0, "{figures}");
    assert_eq!(figures["values"]["full"]["precision"]["value"], 0.0);
    assert_eq!(figures["worst_first"][0]["wrong"].as_array().unwrap().len(), labels.len());
}

#[test]
fn what_differs_is_told_with_the_reason() {
    let place = Workspace::new();
    let (mut labels, call_type) = proposed(&place);
    assert_ne!(labels.insert("greeting".into(), json!(0)), Some(json!(0)));
    place.write("calls/a.json", labelled("a", &call_type, &labels));
    let text = place.run(["evaluate", "calls", "--lang", "en"]).ends_with(0).stdout;
    assert!(text.contains("a.json, CQR ") && text.contains("greeting 0 → 1 ("), "{text}");
    let whole = place.run(["evaluate", "calls", "--by", "call"]).ends_with(0).stdout;
    assert!(whole.contains("метка → черновик") && whole.contains("поздоровался"), "{whole}");
}

#[test]
fn one_call_has_figures_and_no_interval_that_it_cannot_bear() {
    let place = Workspace::new();
    let (mut labels, call_type) = proposed(&place);
    labels.insert("greeting".into(), json!(0));
    place.write("calls/a.json", labelled("a", &call_type, &labels));
    let figures = measured(&place.run(["evaluate", "calls/a.json", "--json"]).ends_with(0));
    let agreement = &figures["values"]["agreement"];
    assert_eq!((&agreement["count"], &agreement["low"]), (&json!(labels.len()), &Value::Null));
    assert_eq!(figures["cqr"]["count"], 1);
}

#[test]
fn what_is_broken_is_said_and_the_rest_goes_on() {
    let place = Workspace::new();
    let (labels, call_type) = proposed(&place);
    let mut odd = labels.clone();
    odd.insert("greeting".into(), json!(0.7));
    odd.insert("kindness".into(), json!(1));
    odd.remove("speech");
    let missing = json!({ "recording": "gone.wav", "labels": {}, "call_type": "spam" });
    for (name, text) in [
        ("a-good.json", labelled("a", &call_type, &labels)),
        ("b-broken.json", "{".into()),
        ("c-odd.json", labelled("c", &call_type, &odd)),
        ("d-copy.json", labelled("a", &call_type, &labels)),
        (
            "e-nobody.json",
            json!({ "turns": [{"who": "robot", "text": "да"}], "labels": {} }).to_string(),
        ),
        ("f-gone.json", missing.to_string()),
        ("g-type.json", labelled("g", &json!("chat"), &labels)),
        ("h-plain.json", json!({ "turns": turns() }).to_string()),
        ("i-silent.json", json!({ "labels": {} }).to_string()),
    ] {
        place.write(&format!("calls/{name}"), text);
    }
    let run = place.run(["evaluate", "calls", "--json", "--lang", "en"]).ends_with(1);
    for said in [
        "`b-broken.json` is no labelled call: EOF",
        "`c-odd.json`: the label of `greeting` is `0.7`; wanted 0, 0.5, 1, \"na\" or \"unknown\"",
        "`c-odd.json`: `kindness` is no criterion of the rulebook",
        "`c-odd.json`: no label for greeting, speech; the CQR is not compared",
        "`d-copy.json` has the id `a` of `a-good.json`; it is left out",
        "turn 1 of `e-nobody.json` is by `robot`",
        "`f-gone.json`: ",
        "`g-type.json`: `chat` is no call type of the rulebook",
        "`h-plain.json` has neither `labels` nor `call_type`",
        "`i-silent.json` has neither `turns` nor `recording`",
    ] {
        assert!(run.stderr.contains(said), "{}\nlacks {said}", run.stderr);
    }
    let figures = measured(&run);
    assert_eq!((&figures["calls"], &figures["failed"]), (&json!(3), &json!(6)));
    assert_eq!(figures["values"]["count"], 3 * labels.len() - 2);
    assert_eq!((&figures["call_type"]["count"], &figures["cqr"]["count"]), (&json!(2), &json!(1)));
}

#[test]
fn nothing_to_compare_is_said_and_passes_no_gate() {
    let place = Workspace::new();
    place.write("empty/notes.md", "nothing");
    let run = place.run(["evaluate", "empty"]).ends_with(0);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("", "нет размеченных звонков в `empty`\n")
    );
    place.run(["evaluate", "empty", "--fail-under", "50"]).ends_with(1);
    let run = place.run(["evaluate", "nowhere"]).ends_with(1);
    assert!(run.stderr.contains("не удалось прочитать папку `nowhere`"), "{}", run.stderr);
    let run = place.run(["evaluate", "nowhere", "--lang", "en"]).ends_with(1);
    assert!(run.stderr.contains("cannot list `nowhere`"), "{}", run.stderr);
    let run = place.run(["evaluate", "empty", "--fail-under", "150"]).ends_with(2);
    assert!(run.stderr.contains("`--fail-under` is `150`"), "{}", run.stderr);
}

#[test]
fn too_little_agreement_fails_where_that_is_asked_for() {
    let place = Workspace::new();
    let (mut labels, call_type) = proposed(&place);
    labels.insert("greeting".into(), json!(0));
    place.write("calls/a.json", labelled("a", &call_type, &labels));
    place.run(["evaluate", "calls", "--fail-under", "50"]).ends_with(0);
    let run = place.run(["evaluate", "calls", "--fail-under", "95", "--lang", "en"]).ends_with(1);
    assert!(run.stderr.contains("of the values agree, wanted 95 %"), "{}", run.stderr);
}

#[test]
fn a_recording_beside_the_labels_is_heard() {
    let place = Workspace::new();
    place.copy("tests/fixtures/pcm-s16.wav", "calls/sound/call.wav");
    // The turns would be a good call; the recording is a greeting and a question.
    let (labels, call_type) = proposed(&place);
    let mut call: Value = serde_json::from_str(&labelled("a", &call_type, &labels)).unwrap();
    call["recording"] = json!("sound/call.wav");
    place.write("calls/a.json", call.to_string());
    let run = place.run(["evaluate", "calls", "--json"]).ends_with(0);
    let figures = measured(&run);
    assert_eq!(figures["calls"], 1);
    assert!(figures["made_with"]["model"].is_string(), "{figures}");
    assert!(run.stderr.contains("! "), "that it is the demo model is said: {}", run.stderr);
}

#[test]
fn the_report_fits_the_terminal_and_is_the_same_each_time() {
    let place = Workspace::new();
    let (mut labels, call_type) = proposed(&place);
    for (index, id) in ["a", "b", "c", "d", "e", "f", "g"].into_iter().enumerate() {
        labels.insert("greeting".into(), json!([0.0, 0.5, 1.0][index % 3]));
        place.write(&format!("calls/{id}.json"), labelled(id, &call_type, &labels));
    }
    for columns in ["60", "80"] {
        for by in [
            &[][..],
            &["--by", "criterion"],
            &["--by", "type"],
            &["--by", "call"],
            &["--lang", "en"],
        ] {
            let args = ["evaluate", "calls"].iter().chain(by);
            let run = Run::of(place.command().env("COLUMNS", columns).args(args)).ends_with(0);
            for line in run.stdout.lines() {
                let wide = line.chars().count();
                assert!(wide <= columns.parse().unwrap(), "{wide} columns of {columns}: {line}");
            }
        }
    }
    let once = place.run(["evaluate", "calls", "--json"]).ends_with(0).stdout;
    assert_eq!(once, place.run(["evaluate", "calls", "--json", "--jobs", "1"]).ends_with(0).stdout);
}

#[test]
fn the_labelled_type_costs_no_values_where_that_is_asked_for() {
    let place = Workspace::new();
    let (labels, _) = proposed(&place);
    place.write("calls/a.json", labelled("a", &json!("reanimation"), &labels));
    let forced =
        measured(&place.run(["evaluate", "calls", "--json", "--labelled-type"]).ends_with(0));
    let free = measured(&place.run(["evaluate", "calls", "--json"]).ends_with(0));
    assert_eq!(
        (&forced["call_type"]["value"], &free["call_type"]["value"]),
        (&json!(1.0), &json!(0.0))
    );
}

#[test]
fn a_second_person_stands_where_a_draft_does() {
    let place = Workspace::new();
    let turns = json!([{"who": "client", "text": "да"}]);
    let first = json!({"greeting": 1, "speech": 0.5, "upsell": "na", "closing": 0});
    let second = json!({"greeting": 1, "speech": 1, "upsell": "na", "conflict": 1});
    let call = |id: &str, kind: &str, labels: &Value| json!({"id": id, "call_type": kind, "turns": turns, "labels": labels});
    place.write("one/a.json", call("a", "objection", &first).to_string());
    place.write("one/b.json", call("b", "objection", &first).to_string());
    place
        .write("two/a.json", json!({"id": "a", "call_type": "spam", "labels": second}).to_string());
    let against = ["evaluate", "one", "--against", "two", "--lang", "en"];
    let run = place.run(against.into_iter().chain(["--json"])).ends_with(0);
    let said = "`b.json`: the second person did not label `b`";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let figures = measured(&run);
    assert_eq!((&figures["calls"], &figures["values"]["count"]), (&json!(1), &json!(3)));
    assert_eq!(figures["values"]["agreement"]["value"], 0.6667);
    assert_eq!(figures["call_type"]["value"], 0.0);
    // Nobody asks people how sure they are, and neither labelled enough for a CQR.
    assert_eq!(
        (&figures["calibration"]["ece"], &figures["cqr"]["count"]),
        (&Value::Null, &json!(0))
    );
    let text = place.run(against).ends_with(0).stdout;
    assert!(text.contains("speech 0.5 → 1\n") && text.contains("type objection → spam"), "{text}");
    place.run(["evaluate", "one", "--against", "nowhere"]).ends_with(1);
}

/// A labelled call, as it is in its file.
struct Call {
    name: String,
    json: Value,
}

fn corpus() -> Vec<Call> {
    let folder = std::env::var_os(CORPUS)
        .map_or_else(|| repository().join("tests/corpus/dev"), PathBuf::from);
    let found = evaluation::find(&[folder]);
    let read = |path: &Path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    found
        .into_iter()
        .map(|found| found.unwrap())
        .map(|found| Call { json: read(&found.path), name: found.name })
        .collect()
}

/// The call with `percent` of its words wrong, and how many words were wrong of how many.
fn mangled(call: &Call, mangler: &Mangler, percent: usize, seed: u64) -> (Value, usize, usize) {
    let mut json = call.json.clone();
    let turns = json["turns"].as_array_mut().unwrap();
    let texts: Vec<String> =
        turns.iter().map(|turn| turn["text"].as_str().unwrap().to_owned()).collect();
    let heard = mangler.mangle(&texts, percent, seed);
    let (mut errors, mut words) = (0, 0);
    for ((turn, said), heard) in turns.iter_mut().zip(&texts).zip(&heard) {
        errors += word_errors(&spoken(said), &spoken(heard));
        words += spoken(said).len();
        turn["text"] = json!(heard);
    }
    (json, errors, words)
}

/// Writes a mangled call where somebody asked for it.
fn keep(name: &str, json: &Value) {
    if let Some(folder) = std::env::var_os(MANGLED) {
        let path = PathBuf::from(folder).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, serde_json::to_string_pretty(json).unwrap()).unwrap();
    }
}

/// The call beside its draft.
fn compared(name: &str, json: &Value, book: &Rulebook) -> Compared {
    let bytes = serde_json::to_vec(json).unwrap();
    let mut reference = evaluation::read_labelled(&bytes, name).unwrap();
    reference.fit(book);
    let (heard, call) = scripted::read_dialogue(&bytes, name).unwrap();
    let draft = grading::grade(book, &heard, &call, &GradeOptions::default());
    Compared::new(name, &reference, &draft, book)
}

/// Percent of the values that agree, and of the types.
fn agreement(calls: &[Compared]) -> (f64, f64) {
    let share = |right: usize, all: usize| 100.0 * right as f64 / all.max(1) as f64;
    let values = || calls.iter().flat_map(|call| &call.values);
    let types = || calls.iter().filter_map(Compared::type_agrees);
    (
        share(values().filter(|value| value.agrees()).count(), values().count()),
        share(types().filter(|right| *right).count(), types().count()),
    )
}

#[test]
fn agreement_falls_slowly_as_words_go_wrong() {
    /// Each rate with other errors each time.
    const SEEDS: u64 = 3;
    /// Points of agreement that a fifth of the words may cost.
    const MOST_LOST: f64 = 10.0;
    let (book, mangler, calls) = (Rulebook::embedded("ru").unwrap(), Mangler::new(), corpus());
    let written: Vec<Compared> =
        calls.iter().map(|call| compared(&call.name, &call.json, &book)).collect();
    let (as_written, types) = agreement(&written);
    let mut curve = format!(
        "{} calls, exact agreement of values and of types in percent\n as written      {as_written:5.1}  {types:5.1}\n",
        calls.len()
    );
    let mut at_20 = None;
    for percent in [0, 5, 10, 20, 30] {
        let (mut errors, mut words, mut heard) = (0, 0, Vec::new());
        for seed in 0..SEEDS {
            for (index, call) in calls.iter().enumerate() {
                let seed = seed * 1000 + index as u64;
                let (json, wrong, of) = mangled(call, &mangler, percent, seed);
                if seed < 1000 {
                    keep(&format!("{percent:02}/{}", call.name), &json);
                }
                errors += wrong;
                words += of;
                heard.push(compared(&call.name, &json, &book));
            }
        }
        let rate = 100.0 * errors as f64 / f64::from(u32::try_from(words).unwrap());
        assert!((rate - percent as f64).abs() < 2.0, "{rate} % wrong, wanted {percent} %");
        let (values, types) = agreement(&heard);
        let line = format!(" {rate:4.1} % wrong    {values:5.1}  {types:5.1}\n");
        curve.push_str(&line);
        if percent == 20 {
            at_20 = Some(values);
        }
    }
    eprintln!("{curve}");
    let lost = as_written - at_20.unwrap();
    assert!(lost <= MOST_LOST, "a fifth of the words costs {lost:.1} points\n{curve}");
}
