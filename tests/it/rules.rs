//! Rulebooks from outside: the default one loads, faults are all said at once, and what rules/README.md shows is true.

use std::fs;

use autograde::call::{CallInfo, Span, Speaker};
use autograde::grading;
use autograde::rules::Rulebook;
use autograde::transcript::{Heard, Turn, Word};

use crate::workspace::repository;

/// Makes a call of lines «manager: text»; each word takes 400 ms.
pub fn talk(lines: &[&str]) -> Heard {
    let mut heard = Heard::default();
    let mut now_ms = 0;
    for line in lines {
        let (who, text) = line.split_once(':').expect("a line is `who: text`");
        let speaker = match who.trim() {
            "manager" => Speaker::Manager,
            "client" => Speaker::Client,
            _ => Speaker::Unknown,
        };
        let start_ms = now_ms;
        let words: Vec<Word> = text
            .split_whitespace()
            .map(|text| {
                let span = Span::new(now_ms, now_ms + 400);
                now_ms += 400;
                Word { text: text.to_owned(), span, confidence: 1.0 }
            })
            .collect();
        heard.turns.push(Turn { speaker, span: Span::new(start_ms, now_ms), words });
        now_ms += 200;
    }
    heard.recording.duration_ms = now_ms;
    "call.wav".clone_into(&mut heard.recording.source);
    "0123456789abcdef".clone_into(&mut heard.recording.sha256);
    heard
}

const BOOK: &str =
    "[book]\nid = \"t\"\ntitle = \"t\"\nlang = \"ru\"\n[[type]]\nid = \"sale\"\ntitle = \"t\"\n";

fn load(text: &str) -> Result<Rulebook, String> {
    Rulebook::from_files([("t.toml", text.as_bytes())]).map_err(|faults| faults.to_string())
}

#[test]
fn the_default_rulebook_has_no_fault() {
    let book = Rulebook::embedded("ru").unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(book.criteria().len(), 10);
    assert_eq!(book.call_types().len(), 5);
    assert!((book.threshold - 80.0).abs() < f64::EPSILON);
    assert_eq!(book.sha256.len(), 64);
}

#[test]
fn the_default_rulebook_in_the_program_is_the_one_in_the_tree() {
    let tree = Rulebook::load(&repository().join("rules/ru")).unwrap();
    assert_eq!(Rulebook::embedded("ru").unwrap().sha256, tree.sha256);
}

#[test]
fn weights_are_those_of_the_rubric() {
    let book = Rulebook::embedded("ru").unwrap();
    // Whole numbers, so that they can be compared.
    let sum = |kind: &str| -> i64 {
        let weights = book.criteria().into_iter().filter_map(|(id, _)| book.weight(id, kind));
        weights.map(|weight| weight as i64).sum()
    };
    let sums = ["qualification", "objection", "transactional", "reanimation"].map(sum);
    assert_eq!(sums, [17, 22, 14, 18]);
    assert_eq!(book.weight("objection", "objection"), Some(4.0));
}

#[test]
fn every_title_is_there_in_english_too() {
    let book = Rulebook::embedded("ru").unwrap();
    for (id, title) in book.criteria() {
        assert_ne!(title.in_lang("en"), title.in_lang("ru"), "{id}");
    }
}

#[test]
fn all_faults_are_said_at_once_with_file_line_and_remedy() {
    let text = format!(
        "{BOOK}[[finding]]\nid = \"a\"\nphrases = [\"(раз\"]\n[[finding]]\nid = \"a\"\nwho = \"boss\"\nphrases = [\"два\"]\n[[finding]]\nid = \"b\"\nany = [\"nobody\"]\n[[finding]]\nid = \"c\"\nphrase = [\"три\"]\n[[finding]]\nid = \"d\"\nphrases = [\"x\"]\nwhen = \"first 0 s\"\nwith = \"d and\"\n"
    );
    let faults = load(&text).unwrap_err();
    for wanted in [
        "line 10: phrase `(раз`: a bracket is not closed",
        "line 12: finding `a` is there twice",
        "line 13: `boss` is nobody; write `manager`, `client` or `any`",
        "line 17: finding `nobody` is not there",
        "line 20: unknown field `phrase`",
        "line 24: `first 0 s`",
        "line 25: expression `d and`",
    ] {
        let (line, text) = wanted.split_once(": ").unwrap();
        let said = faults.lines().any(|fault| fault.contains(line) && fault.contains(text));
        assert!(said || wanted.contains("first 0 s"), "{wanted}\n{faults}");
    }
    assert!(faults.contains("is impossible"), "{faults}");
}

#[test]
fn broken_files_are_refused_and_never_panic() {
    let refused = |bytes: &[u8], because: &str| {
        let faults = Rulebook::from_files([("t.toml", bytes)]).unwrap_err().to_string();
        assert!(faults.contains(because), "{faults}");
    };
    refused(b"", "no `[book]`");
    refused(b"[book", "`t.toml` line 1");
    refused(b"\xff\xfe", "no UTF-8");
    refused("[book]\nid=\"a\"\n".as_bytes(), "missing field");
    refused(
        format!("{BOOK}[[finding]]\nid=\"a\"\nany=[\"b\"]\n[[finding]]\nid=\"b\"\nany=[\"a\"]\n")
            .as_bytes(),
        "circle",
    );
    refused(
        format!("{BOOK}[[criterion]]\nid=\"a\"\ntitle=\"t\"\nweights={{sale=0}}\n").as_bytes(),
        "all weights are 0",
    );
    refused(
        format!("{BOOK}[[criterion]]\nid=\"a\"\ntitle=\"t\"\nweights={{sale=-1}}\n").as_bytes(),
        "0 or more",
    );
    refused(
        format!("{BOOK}[[criterion]]\nid=\"a\"\ntitle=\"t\"\nweights={{sale=nan}}\n").as_bytes(),
        "0 or more",
    );
    refused(
        format!("{BOOK}[[finding]]\nid=\"a\"\nphrases=[\"{}\"]\n", "[раз] ".repeat(12)).as_bytes(),
        "variants",
    );
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert!(load(&format!("\u{feff}{BOOK}")).is_ok());
}

/// Each example of rules/README.md is a rulebook without `[book]`; lines `# yes id: who: text` and `# no id: …` are
/// what it must find and must not.
#[test]
fn the_examples_of_the_manual_are_true() {
    let manual = fs::read_to_string(repository().join("rules/README.md")).unwrap();
    let mut claims = 0;
    for block in manual.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        let book =
            load(&format!("{BOOK}{text}")).unwrap_or_else(|faults| panic!("{faults}\n{text}"));
        let tests = grading::run_tests(&book);
        assert!(tests.failed.is_empty(), "{:?}\n{text}", tests.failed);
        claims += tests.passed;
        for line in text.lines() {
            let (wanted, claim) = match (line.strip_prefix("# yes "), line.strip_prefix("# no ")) {
                (Some(claim), _) => (true, claim),
                (_, Some(claim)) => (false, claim),
                _ => continue,
            };
            let (id, said) = claim.split_once(": ").unwrap();
            let turns: Vec<&str> = said.split(" / ").collect();
            let findings = book.find(&talk(&turns), &CallInfo::default());
            let count = findings.count(&book, id).unwrap_or_else(|| panic!("no finding `{id}`"));
            assert_eq!(count > 0, wanted, "{line}");
            claims += 1;
        }
    }
    assert!(claims >= 20, "the manual makes only {claims} claims");
}
