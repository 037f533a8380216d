//! A second language: the English rulebook passes its own tests, grades the English calls, and nothing Russian gets in its way.

use std::fs;

use autograde::call::CallInfo;
use autograde::grading;
use autograde::rules::{Firm, Rulebook};

use crate::rules::talk;
use crate::workspace::{Workspace, repository};

const BOOK: &str =
    "[book]\nid = \"t\"\ntitle = \"t\"\nlang = \"en\"\n[[type]]\nid = \"sale\"\ntitle = \"t\"\n";

/// Whether a phrase, beside the words and slots of the English rulebook, is met.
#[track_caller]
fn check(phrase: &str, said: &str, wanted: bool) {
    let words = fs::read_to_string(repository().join("rules/en/10-words.toml")).unwrap();
    let finding = format!("{BOOK}[[finding]]\nid = \"x\"\nphrases = ['{phrase}']\n");
    let files = [("words.toml", words.as_bytes()), ("t.toml", finding.as_bytes())];
    let book = Rulebook::from_files(files).unwrap_or_else(|faults| panic!("{faults}"));
    let said = format!("manager: {said}");
    let count = book.find(&talk(&[&said]), &CallInfo::default()).count(&book, "x").unwrap();
    assert_eq!(count > 0, wanted, "{phrase}: {said}");
}

#[test]
fn the_english_rulebook_passes_its_tests_and_is_the_one_in_the_tree() {
    let book = Rulebook::embedded("en").unwrap_or_else(|faults| panic!("{faults}"));
    let report = grading::run_tests(&book);
    assert!(report.failed.is_empty() && 100 < report.passed, "{:?}", report.failed);
    assert_eq!((book.criteria().len(), book.call_types().len()), (10, 5));
    let tree = Rulebook::load(&repository().join("rules/en")).unwrap();
    assert_eq!(book.sha256, tree.sha256);
    let russian = Rulebook::embedded("ru").unwrap();
    for (id, _) in russian.criteria() {
        for kind in russian.call_types() {
            assert_eq!(book.weight(id, kind), russian.weight(id, kind), "{id} {kind}");
        }
    }
}

#[test]
fn english_calls_get_their_type_and_most_of_their_values() {
    let corpus = repository().join("tests/corpus/en");
    let run =
        Workspace::new().run(["evaluate", &corpus.to_string_lossy(), "--rules", "en", "--json"]);
    let run = run.ends_with(0);
    let figures: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(figures["call_type"]["value"], 1.0, "{figures}");
    assert!(figures["values"]["agreement"]["value"].as_f64().unwrap() >= 0.75, "{figures}");
}

#[test]
fn words_are_met_by_their_stem_even_where_a_rule_names_one_form() {
    check("price", "our prices went up", true);
    check("price|=prices", "our pricing", true);
    // «prices» is a form that another rule names, and still one of «price».
    check("(=prices are)|(price went)", "prices went up", true);
    check("=price", "our prices", false);
}

#[test]
fn numbers_units_and_money_are_english() {
    check("costs 250", "it costs two hundred and fifty pounds", true);
    check("costs 250", "it costs two hundred fifty", true);
    check("costs 5200", "it costs five thousand two hundred", true);
    check("costs 200", "it costs two hundred and that is all", true);
    check("at 5 pm", "we close at 5pm", true);
    check("{money}", "that is $500", true);
    check("{money}", "that is £1,500", true);
    check("{money}", "twenty quid", true);
    check("{day}", "on the third of May", true);
    check("{day}", "in two days", true);
    check("{time}", "at half past nine", true);
    check("{name} speaking", "Dave speaking", true);
}

#[test]
fn an_apostrophe_is_no_matter() {
    check("i don t know", "I don’t know", true);
    check("don’t know", "I don't know", true);
    check("we ll call", "we'll call you", true);
}

#[test]
fn the_report_speaks_the_language_of_the_rulebook() {
    let place = Workspace::new();
    place.write(
        "call.dialogue.json",
        r#"{"turns":[{"who":"manager","text":"Good morning, Larch Kitchens, Kate speaking."},{"who":"client","text":"Do you have sofas?"}]}"#,
    );
    let run = place.run(["call.dialogue.json", "--rules", "en"]).ends_with(0);
    assert!(run.stdout.contains("greeting and introduction"), "{}", run.stdout);
    place.write("autograde.toml", "rules = \"en\"\n");
    assert_eq!(place.run(["call.dialogue.json"]).ends_with(0).stdout, run.stdout);
    place.run(["rules", "check"]).ends_with(0);
    place.run(["rules", "list", "en"]).ends_with(0);
}

#[test]
fn a_firms_names_are_names_in_any_rulebook() {
    let firm = Firm { companies: vec!["Larch Kitchens".to_owned()], ..Firm::default() };
    let book = Rulebook::embedded_for("en", &firm).unwrap();
    let said = talk(&["manager: hello larch kitchens"]);
    assert!(book.find(&said, &CallInfo::default()).count(&book, "greet.company").unwrap() > 0);
}
