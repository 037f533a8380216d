//! Rule files that nobody would write: cut, mangled, huge. Each is a rulebook or a list of faults, in bounded time.

use std::fs;
use std::time::{Duration, Instant};

use autograde::call::{CallInfo, Direction};
use autograde::grading::{GradeOptions, grade};
use autograde::rules::Rulebook;

use crate::rules::talk;
use crate::workspace::repository;

const BOOK: &str =
    "[book]\nid = \"t\"\ntitle = \"t\"\nlang = \"ru\"\n[[type]]\nid = \"sale\"\ntitle = \"t\"\n";
/// Far more than a load takes on a slow machine, far less than a blow-up would.
const PATIENCE: Duration = Duration::from_mins(1);

#[track_caller]
fn refused(rules: &str, because: &str) {
    let text = format!("{BOOK}{rules}");
    let start = Instant::now();
    let faults = Rulebook::from_files([("t.toml", text.as_bytes())]).unwrap_err().to_string();
    let head: String = faults.chars().take(500).collect();
    assert!(faults.contains(because), "{head}\nlacks {because}");
    assert!(start.elapsed() < PATIENCE, "{because}: {:?}", start.elapsed());
}

#[test]
fn what_would_grow_without_end_is_refused() {
    refused("[slots]\na = [\"раз {a}\"]\n", "stands for itself");
    refused("[slots]\na = [\"раз {b}\"]\nb = [\"два {a}\"]\n", "a slot knows only those above it");
    refused("[families]\na = [\"#b\"]\nb = [\"#a\"]\n", "write its words themselves");
    refused("[patterns]\na = [\"(a{500}){500}\"]\n", "takes more than");
    refused("[patterns]\na = [\"(\"]\n", "is no regular expression");
    refused(
        &format!("[[finding]]\nid=\"a\"\nphrases=[\"{}\"]\n", "(раз|два три) ".repeat(20)),
        "variants",
    );
    refused(&format!("[[finding]]\nid=\"a\"\nphrases=[\"{}\"]\n", "раз ".repeat(200_000)), "parts");
    refused(
        &format!(
            "[[finding]]\nid=\"a\"\nphrases=[\"раз\"]\nwith=\"{}a\"\n",
            "not ".repeat(100_000)
        ),
        "sixteen deep",
    );
    refused(
        &format!("[[finding]]\nid=\"a\"\nphrases=[\"раз\"]\nwith=\"{}a\"\n", "(".repeat(100_000)),
        "sixteen deep",
    );
    refused(&"# more\n".repeat(700_000), "larger than 4 MiB");
    refused("[sure]\nx = 0.5\n", "`[sure]` names criterion `x`");
    refused("[sure]\nx = 2\n", "write 0 to 1");
    refused("[numbers]\n\"* x\" = [\"сто\"]\n", "is no number");
}

#[test]
fn a_large_rulebook_loads_and_finds() {
    use std::fmt::Write as _;
    let mut text = BOOK.to_owned();
    for number in 0..10_000 {
        write!(text, "[[finding]]\nid = \"f{number}\"\nphrases = [\"слово{number} .. дом\"]\n")
            .unwrap();
    }
    let start = Instant::now();
    let book = Rulebook::from_files([("t.toml", text.as_bytes())]).unwrap();
    let found = book.find(&talk(&["client: слово77 и дом"]), &CallInfo::default());
    assert_eq!((found.count(&book, "f77"), found.count(&book, "f78")), (Some(1), Some(0)));
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

/// The next number of a fixed row.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

/// One text made worse: bytes flipped, cut off, lines taken out, doubled or put elsewhere, quotation marks lost.
fn mangled(bytes: &[u8], state: &mut u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match next(state) % 6 {
        0 => (0..=next(state) % 8).for_each(|_| {
            let at = next(state) % bytes.len();
            bytes[at] ^= 1 << (next(state) % 8);
        }),
        1 => bytes.truncate(next(state) % bytes.len()),
        2 => {
            let at = next(state) % bytes.len();
            bytes.remove(at);
        }
        3 => {
            let at = next(state) % bytes.len();
            bytes.insert(at, b"\"[](){}|.=*#"[next(state) % 12]);
        }
        kind => {
            let mut lines: Vec<Vec<u8>> =
                bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let (from, to) = (next(state) % lines.len(), next(state) % lines.len());
            let line = lines[from].clone();
            if kind == 4 {
                lines.insert(to, line);
            } else {
                lines.swap(from, to);
            }
            bytes = lines.join(&b'\n');
        }
    }
    bytes
}

/// The files of a rulebook, in name order.
fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fs::read_dir(repository().join(folder)).unwrap();
    let mut files: Vec<(String, Vec<u8>)> = folder
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Loads a rulebook with one file mangled, and grades a call with it where it loads.
fn survive(folder: &str, rounds: u64) {
    let whole = files(folder);
    let said = [
        "manager: добрый день hello",
        "client: дорого too expensive I need to think",
        "manager: понимаю call you on Friday",
    ];
    let call = CallInfo { direction: Some(Direction::Inbound), ..CallInfo::default() };
    let mut state = 7;
    let mut loaded = 0;
    for round in 0..rounds {
        let mut files = whole.clone();
        let file = next(&mut state) % files.len();
        files[file].1 = mangled(&files[file].1, &mut state);
        let start = Instant::now();
        let named = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        match Rulebook::from_files(named) {
            Ok(book) => {
                loaded += 1;
                let draft = grade(&book, &talk(&said), &call, &GradeOptions::default());
                assert!(!draft.call_type.id.is_empty());
            }
            Err(errors) => assert!(errors.faults.iter().all(|fault| !fault.text.is_empty())),
        }
        assert!(start.elapsed() < PATIENCE, "{folder} round {round}: {:?}", start.elapsed());
    }
    assert!(0 < loaded && loaded < rounds, "{loaded} of {rounds} loaded: nothing was tried");
}

#[test]
fn mangled_files_of_the_english_rulebook_load_or_are_refused() {
    survive("rules/en", 120);
}

#[test]
fn mangled_files_of_the_russian_rulebook_load_or_are_refused() {
    survive("rules/ru", 16);
}

/// Seconds that this thread has run (Linux), else seconds of the clock.
fn cpu_s(start: Instant) -> f64 {
    let ran = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ns = ran.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    ns.map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns / 1e9)
}

#[test]
fn one_turn_of_many_words_takes_time_in_proportion() {
    let book = Rulebook::embedded("ru").unwrap();
    let call_type = Some("qualification".to_owned());
    let options = GradeOptions { call_type, ..GradeOptions::default() };
    let said = "Здравствуйте, меня зовут Анна, сколько стоит окно? Это дорого, я подумаю, не надо, спасибо, позвоню завтра в пять. ";
    let seconds = |words: usize| {
        let line = format!("manager: {}", said.repeat(words / 18));
        let heard = talk(&[&line, "client: да"]);
        let clock = Instant::now();
        let start = cpu_s(clock);
        let draft = grade(&book, &heard, &CallInfo::default(), &options);
        assert_eq!(draft.criteria.len(), 10);
        cpu_s(clock) - start
    };
    let (short, long) = (seconds(12_500), seconds(100_000));
    assert!(long < 16.0 * short + 0.2, "12,500 words: {short} s, 100,000 words: {long} s");
}
