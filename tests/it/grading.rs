//! Drafts from outside: what must hold for every draft, the JSON and its schema, and known calls.

use std::fs;
use std::path::PathBuf;

use autograde::call::{CallInfo, Direction, Recording, Speaker};
use autograde::grading::wire::{self, DraftJson, FailedJson, OutcomeJson, SkippedJson};
use autograde::grading::{Draft, GradeOptions, MadeWith, Outcome, Verdict, grade};
use autograde::rules::Rulebook;
use autograde::speech::dialogue::read_dialogue;
use autograde::transcript::Heard;
use autograde::warning::Warning;

use crate::rules::talk;
use crate::workspace::repository;

/// Set to write the schema and the golden files anew, then look at what `git diff` shows.
const REGENERATE: &str = "AUTOGRADE_REGENERATE";

fn book() -> Rulebook {
    Rulebook::embedded("ru").unwrap()
}

fn options() -> GradeOptions {
    let made_with = MadeWith { program: "autograde test".to_owned(), ..MadeWith::default() };
    GradeOptions { call_type: None, made_with }
}

fn incoming() -> CallInfo {
    CallInfo { direction: Some(Direction::Inbound), ..CallInfo::default() }
}

const GOOD: &[&str] = &[
    "manager: Добрый день! Меня зовут Пётр, компания «Ромашка».",
    "client: Здравствуйте. Я ищу стол на кухню.",
    "manager: А для чего он вам, для семьи или для гостей?",
    "client: Для семьи, у нас трое детей. Но дорогой нам не подойдёт, это дорого.",
    "manager: Понимаю вас. Зато он служит долго, гарантия пять лет, и доставка бесплатно.",
    "client: Хорошо.",
    "manager: Давайте оформим. Завтра в десять утра привезём, вам удобно?",
    "client: Да, завтра удобно. До свидания.",
];

fn check_invariants(draft: &Draft) {
    for criterion in &draft.criteria {
        let shown = !criterion.evidence.is_empty() || criterion.absence.is_some();
        let valued = matches!(criterion.outcome, Outcome::Proposed(_));
        assert!(!valued || shown, "`{}` has a value and nothing to show for it", criterion.id);
        assert!((0.0..=1.0).contains(&criterion.confidence), "{criterion:?}");
        for evidence in &criterion.evidence {
            assert!(!evidence.rule.is_empty() && !evidence.quote.is_empty(), "{evidence:?}");
            assert!(evidence.span.start_ms < evidence.span.end_ms, "{evidence:?}");
        }
        if let Some(absence) = &criterion.absence {
            assert!(!absence.searched.is_empty(), "{criterion:?}");
        }
    }
    let sum = |outcomes: &dyn Fn(Outcome) -> bool| -> f64 {
        let counted = draft.criteria.iter().filter(|criterion| outcomes(criterion.outcome));
        counted.map(|criterion| criterion.weight).sum()
    };
    let used = sum(&|outcome| matches!(outcome, Outcome::Proposed(_)));
    let total = sum(&|outcome| outcome != Outcome::NotApplicable);
    assert!((draft.cqr.weight_used - used).abs() < 1e-9, "{:?}", draft.cqr);
    assert!((draft.cqr.weight_total - total).abs() < 1e-9, "{:?}", draft.cqr);
    let types: f64 = draft.call_type.candidates.iter().map(|kind| kind.confidence).sum();
    assert!((types - 1.0).abs() < 1e-9);
}

fn json(draft: &Draft) -> String {
    serde_json::to_string_pretty(&DraftJson::from(draft)).unwrap()
}

/// Dialogues of `samples/scripts` with their labels.
fn samples() -> Vec<(String, serde_json::Value, Heard, CallInfo)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(repository().join("samples/scripts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let label: serde_json::Value =
                serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let lines: Vec<String> = label["turns"]
                .as_array()
                .unwrap()
                .iter()
                .map(|turn| {
                    let (who, text) =
                        (turn["who"].as_str().unwrap(), turn["text"].as_str().unwrap());
                    format!("{who}: {text}")
                })
                .collect();
            let heard = talk(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            let direction = match label["direction"].as_str() {
                Some("in") => Some(Direction::Inbound),
                Some("out") => Some(Direction::Outbound),
                _ => None,
            };
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, label, heard, CallInfo { direction, ..CallInfo::default() })
        })
        .collect()
}

#[test]
fn samples_as_text_get_the_promised_type_and_verdict() {
    let book = book();
    let samples = samples();
    assert!(samples.len() >= 8, "only {} samples", samples.len());
    for (name, label, heard, call) in samples {
        let draft = grade(&book, &heard, &call, &options());
        check_invariants(&draft);
        assert_eq!(label["call_type"], draft.call_type.id.as_str(), "{name}");
        assert_eq!(label["verdict"], draft.cqr.verdict.as_str(), "{name}");
    }
}

/// As the demo model writes: lower case, no marks, ё as е.
#[test]
fn samples_without_marks_and_capitals_get_the_same() {
    let book = book();
    for (name, label, mut heard, call) in samples() {
        for turn in &mut heard.turns {
            for word in &mut turn.words {
                let plain = word.text.to_lowercase().replace('ё', "е");
                word.text = plain.chars().filter(|c| c.is_alphanumeric()).collect();
            }
            turn.words.retain(|word| !word.text.is_empty());
        }
        let draft = grade(&book, &heard, &call, &options());
        assert_eq!(label["call_type"], draft.call_type.id.as_str(), "{name}");
        assert_eq!(label["verdict"], draft.cqr.verdict.as_str(), "{name}");
    }
}

#[test]
fn the_same_call_gives_the_same_bytes() {
    let heard = talk(GOOD);
    let (one, other) = (book(), book());
    let draft = grade(&one, &heard, &incoming(), &options());
    check_invariants(&draft);
    assert_eq!(json(&draft), json(&grade(&other, &heard, &incoming(), &options())));
}

#[test]
fn mono_is_unknown_where_a_rule_asks_for_a_speaker_and_says_so_once() {
    let mut heard = talk(GOOD);
    for turn in &mut heard.turns {
        turn.speaker = Speaker::Unknown;
    }
    let mut draft = grade(&book(), &heard, &incoming(), &options());
    check_invariants(&draft);
    for criterion in &draft.criteria {
        assert_eq!(criterion.outcome, Outcome::Unknown, "{}", criterion.id);
    }
    assert_eq!(draft.cqr.verdict, Verdict::Open);
    assert_eq!((draft.cqr.value, draft.speech.manager_ms), (None, None));
    assert_eq!(draft.warnings, [Warning::Mono]);
    heard.warnings.push(Warning::DualMono);
    draft = grade(&book(), &heard, &incoming(), &options());
    assert_eq!(draft.warnings, [Warning::DualMono]);
}

#[test]
fn what_was_not_heard_was_not_left_out() {
    let silent = ["manager: да", "client: мне нужен стол", "manager: есть"];
    let mut heard = talk(&silent);
    let zero = grade(&book(), &heard, &incoming(), &options());
    let of = |draft: &Draft, id: &str| {
        draft.criteria.iter().find(|criterion| criterion.id == id).unwrap().outcome
    };
    assert!(matches!(of(&zero, "problem"), Outcome::Proposed(_)));
    for turn in &mut heard.turns {
        for word in &mut turn.words {
            word.confidence = 0.1;
        }
    }
    let doubted = grade(&book(), &heard, &incoming(), &options());
    assert_eq!(of(&doubted, "problem"), Outcome::Unknown);
    assert_eq!(of(&doubted, "speech"), Outcome::Unknown);
}

#[test]
fn a_call_without_words_is_graded_and_knows_nothing() {
    let draft = grade(&book(), &Heard::default(), &CallInfo::default(), &options());
    check_invariants(&draft);
    assert!(draft.criteria.iter().all(|criterion| criterion.outcome.level().is_none()));
}

#[test]
fn spam_has_no_rating() {
    let lines = [
        "manager: добрый день магазин слушаю",
        "client: это поликлиника",
        "manager: вы ошиблись номером",
    ];
    let draft = grade(&book(), &talk(&lines), &incoming(), &options());
    assert_eq!((draft.call_type.id.as_str(), draft.cqr.verdict), ("spam", Verdict::None));
    assert!(draft.criteria.is_empty() && draft.cqr.value.is_none());
}

#[test]
fn a_forced_type_is_taken_and_an_unknown_one_passed_over() {
    let forced = |id: &str| {
        let options = GradeOptions { call_type: Some(id.to_owned()), ..options() };
        grade(&book(), &talk(GOOD), &incoming(), &options).call_type
    };
    let taken = forced("reanimation");
    assert_eq!((taken.id.as_str(), taken.forced), ("reanimation", true));
    assert!(!forced("nonsense").forced);
}

#[test]
fn overlapping_turns_and_a_single_turn_give_a_draft() {
    let overlapping = r#"{"turns":[{"who":"manager","text":"Добрый день компания Ромашка","start_s":0,"end_s":9},
        {"who":"client","text":"Здравствуйте сколько стоит","start_s":0,"end_s":9},
        {"who":"manager","text":"Минуту","start_s":3,"end_s":3}]}"#;
    let single = r#"{"turns":[{"who":"client","text":"алло","start_s":5,"end_s":5}]}"#;
    for text in [overlapping, single] {
        let (heard, call) = read_dialogue(text.as_bytes(), "call.dialogue.json").unwrap();
        let draft = grade(&book(), &heard, &call, &options());
        assert!(!draft.call_type.id.is_empty(), "{text}");
    }
    assert!(!grade(&book(), &Heard::default(), &incoming(), &options()).call_type.id.is_empty());
}

#[test]
fn the_schemas_in_docs_are_current() {
    for (name, schema) in [("draft", wire::schema()), ("confirmed", wire::confirmed_schema())] {
        let path = repository().join(format!("docs/{name}.schema.json"));
        if std::env::var_os(REGENERATE).is_some() {
            fs::write(&path, &schema).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == schema,
            "docs/{name}.schema.json is not what the types say; run `{REGENERATE}=1 cargo test --test it the_schemas` and look at the diff"
        );
    }
}

#[test]
fn drafts_failures_and_skips_fit_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&wire::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let recording = Recording { source: "a/b.wav".to_owned(), ..Recording::default() };
    let mut mono = talk(GOOD);
    mono.turns.iter_mut().for_each(|turn| turn.speaker = Speaker::Unknown);
    let outcomes = [
        OutcomeJson::Draft((&grade(&book(), &talk(GOOD), &incoming(), &options())).into()),
        OutcomeJson::Draft((&grade(&book(), &mono, &incoming(), &options())).into()),
        OutcomeJson::Draft((&grade(&book(), &Heard::default(), &incoming(), &options())).into()),
        OutcomeJson::Failed(FailedJson::new(&recording, &incoming(), "no samples")),
        OutcomeJson::Skipped(SkippedJson::new(&recording, &incoming(), "no speech")),
    ];
    for outcome in outcomes {
        let value = serde_json::to_value(&outcome).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{value}");
    }
    assert!(!validator.is_valid(&serde_json::json!({ "schema": 1, "id": "a" })));
}

/// `tests/cases/<name>/call.dialogue.json` gives `expected.json`, byte for byte.
#[test]
fn cases_give_their_golden_drafts() {
    let mut cases = 0;
    let mut folders: Vec<PathBuf> = fs::read_dir(repository().join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("call.dialogue.json").is_file())
        .collect();
    folders.sort();
    for folder in folders {
        let bytes = fs::read(folder.join("call.dialogue.json")).unwrap();
        let (heard, call) = read_dialogue(&bytes, "call.dialogue.json").unwrap();
        let mut made = json(&grade(&book(), &heard, &call, &options()));
        made.push('\n');
        // The hash changes with every edit of the rules, the draft only where the edit matters.
        made = made.replace(&book().sha256, "(of the rulebook)");
        let golden = folder.join("expected.json");
        if std::env::var_os(REGENERATE).is_some() {
            fs::write(&golden, &made).unwrap();
        }
        assert!(
            fs::read_to_string(&golden).unwrap_or_default() == made,
            "{} differs; run `{REGENERATE}=1 cargo test --test it cases_give` and look at the diff",
            golden.display()
        );
        cases += 1;
    }
    assert!(cases >= 3, "only {cases} cases");
}
