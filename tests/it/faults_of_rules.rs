//! Faults 16 and 17 of rulebooks that `rules_robust` has not: bombs that are small in the file and huge in memory, and
//! patterns that other engines never finish.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use autograde::call::CallInfo;
use autograde::rules::Rulebook;

use crate::rules::talk;

const BOOK: &str =
    "[book]\nid = \"t\"\ntitle = \"t\"\nlang = \"ru\"\n[[type]]\nid = \"sale\"\ntitle = \"t\"\n";
/// Far more than a refusal takes on a slow machine, far less than a blow-up would.
const PATIENCE: Duration = Duration::from_secs(30);

/// Refused in time, with the file, the line and a cause.
#[track_caller]
fn refused(rules: &str, line: usize, because: &str) {
    let text = format!("{BOOK}{rules}");
    let start = Instant::now();
    let faults = Rulebook::from_files([("t.toml", text.as_bytes())]).unwrap_err().to_string();
    let head: String = faults.chars().take(800).collect();
    let place = format!("`t.toml` line {}:", BOOK.lines().count() + line);
    assert!(
        faults.contains(&place) && faults.contains(because),
        "{head}\nlacks {place}, {because}"
    );
    assert!(start.elapsed() < PATIENCE, "{because}: {:?}", start.elapsed());
}

#[test]
fn what_multiplies_is_refused_with_file_and_line() {
    // 256 sequences a line, two million in all: gigabytes, in a file of half a megabyte.
    let optional = "[а] [б] [в] [г] [д] [е] [ж] [з] слово";
    let mut slots = "[slots]\n".to_owned();
    for number in 0..4000 {
        writeln!(slots, "s{number} = [\"{optional}{number}\"]").unwrap();
    }
    refused(&slots, 1026, "more than 262144 variants in all");
    // The same inside one phrase, as branches.
    let branches = vec![format!("({optional})"); 20_000].join("|");
    refused(
        &format!("[[finding]]\nid = \"a\"\nphrases = [\"({branches})\"]\n"),
        3,
        "more than 256 variants",
    );
}

#[test]
fn slots_in_slots_and_too_many_slots_are_refused_with_file_and_line() {
    let mut deep = "[slots]\ns0 = [\"раз\"]\n".to_owned();
    for number in 1..5000 {
        writeln!(deep, "s{number} = [\"{{s{0}}} {{s{0}}}\"]", number - 1).unwrap();
    }
    refused(&deep, 18, "more than 16 deep");
    let mut many = "[slots]\n".to_owned();
    for number in 0..70_000 {
        writeln!(many, "s{number} = [\"раз\"]").unwrap();
    }
    refused(&many, 4096 - 11 + 2, "at most 4096");
    let patterns = many.replace("[slots]", "[patterns]").replace("раз", "a");
    refused(&patterns, 4096 - 11 + 2, "at most 4096");
}

#[test]
fn patterns_that_other_engines_never_finish_take_time_in_proportion() {
    let rules = "[patterns]\nbad = [\"(a+)+b\", \"(a|aa)+c\", \"([a-z]*)*d\"]\n[[finding]]\nid = \"f\"\nphrases = [\"{bad} дом\"]\n";
    let book = Rulebook::from_files([("t.toml", format!("{BOOK}{rules}").as_bytes())]).unwrap();
    let line = format!("client: {}", format!("{} дом ", "a".repeat(1000)).repeat(1000));
    assert!(1_000_000 < line.len());
    let start = Instant::now();
    let found = book.find(&talk(&[&line]), &CallInfo::default());
    assert_eq!(found.count(&book, "f"), Some(0));
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}
