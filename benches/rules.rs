//! Rules: what matching and grading cost beside recognition, and how it grows.
//!
//! The calls are put together from `samples/scripts`, so that everything here is ours. What is printed: loading the default
//! rulebook; a five-minute call found and graded with it; the same with 100 to 10,000 rules made of the calls' own
//! words (a hard case: real rules meet a call more seldom); 1 to 24 hours of talk; and the obvious other way, one
//! `regex::RegexSet` a speaker over the same phrases, in the same run. Times are CPU time of this thread, so that a
//! busy machine matters little. `BENCH_QUICK=1` makes a short run of it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it measured"
)]

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;
use std::{env, fs};

use autograde::call::{CallInfo, Direction, Speaker};
use autograde::grading::{GradeOptions, grade_heard};
use autograde::rules::Rulebook;
use autograde::transcript::{Heard, Turn};

use regex::{RegexSet, RegexSetBuilder};

use talk::{long, samples};

mod talk;

/// Words of a call of five minutes.
const WORDS: usize = 750;

fn main() {
    let quick = env::var_os("BENCH_QUICK").is_some();
    let for_s = if quick { 0.1 } else { 1.0 };
    let turns = samples();
    let call = long(&turns, 0, WORDS);
    let bytes: usize = call.turns.iter().map(|turn| turn.text().len()).sum();

    let load_s = cpu_of(for_s, || Rulebook::embedded("ru").unwrap());
    println!("default rulebook: loaded in {:.0} ms", load_s * 1e3);
    let book = Rulebook::embedded("ru").unwrap();
    let (found_s, graded_s) = costs(&book, &call, for_s);
    println!(
        "five minutes, {WORDS} words, {bytes} bytes: found in {:.3} ms, found and graded in {:.3} ms, {:.0} calls/s/core, {:.1} MB/s of text",
        found_s * 1e3,
        graded_s * 1e3,
        1.0 / graded_s,
        bytes as f64 / graded_s / 1e6,
    );

    println!("\nrules: load, found and graded, for a rule");
    let vocabulary = vocabulary(&turns);
    for rules in [100, 300, 1000, 3000, 10_000] {
        let phrases = phrases(&vocabulary, rules);
        let text = rulebook(&phrases);
        let start = cpu_s();
        let book = Rulebook::from_files([("bench.toml", text.as_bytes())]).unwrap();
        let load_s = cpu_s() - start;
        let (_, graded_s) = costs(&book, &call, for_s);
        println!(
            "{rules:>6}: {:>6.0} ms, {:>7.3} ms, {:>5.2} us",
            load_s * 1e3,
            graded_s * 1e3,
            graded_s * 1e6 / rules as f64
        );
    }

    println!("\nhours of talk, default rulebook: found and graded, for an hour");
    let hours: &[usize] = if quick { &[1, 4] } else { &[1, 2, 4, 8, 12, 24] };
    for hours in hours {
        let long = long(&turns, 0, WORDS * 12 * hours);
        let (_, graded_s) = costs(&book, &long, for_s);
        println!(
            "{hours:>6}: {:>8.2} ms, {:>6.2} ms",
            graded_s * 1e3,
            graded_s * 1e3 / *hours as f64
        );
    }

    println!("\nthe same phrases, matched by this program and by one RegexSet a speaker");
    for rules in if quick { &[30, 100][..] } else { &[30, 100, 300] } {
        let phrases = phrases(&vocabulary, *rules);
        let ours = Rulebook::from_files([("bench.toml", rulebook(&phrases).as_bytes())]).unwrap();
        let (found_s, _) = costs(&ours, &call, for_s);
        let start = cpu_s();
        let patterns: Vec<String> = phrases.iter().map(|phrase| pattern(phrase)).collect();
        let set =
            RegexSetBuilder::new(&patterns).size_limit(1 << 30).dfa_size_limit(1 << 28).build();
        let set = set.unwrap();
        let compile_s = cpu_s() - start;
        let texts = texts(&call);
        let regex_s = cpu_of(for_s, || peer(&set, &texts));
        println!(
            "{rules:>6}: {:.3} ms and {:.3} ms, ratio {:.0}; the set compiles in {:.0} ms",
            found_s * 1e3,
            regex_s * 1e3,
            regex_s / found_s,
            compile_s * 1e3
        );
    }
}

/// CPU time of finding alone, and of finding and grading, which takes the transcript over as `autograde grade` does.
fn costs(book: &Rulebook, call: &Heard, for_s: f64) -> (f64, f64) {
    let info = CallInfo { direction: Some(Direction::Inbound), ..CallInfo::default() };
    let options = GradeOptions::default();
    let found_s = cpu_of(for_s, || book.find(call, &info));
    // Copies made beforehand, as many as are no burden.
    let words: usize = call.turns.iter().map(|turn| turn.words.len()).sum();
    let copies = (48_000 / words.max(1)).clamp(1, 64);
    let (mut spent_s, mut times) = (0.0, 0);
    while spent_s < for_s {
        let calls = vec![call.clone(); copies];
        let start = cpu_s();
        for heard in calls {
            black_box(grade_heard(book, heard, &info, &options));
        }
        spent_s += cpu_s() - start;
        times += copies;
    }
    (found_s, spent_s / times as f64)
}

/// Mean CPU time of `work` over `for_s` seconds of it; it is done once before to warm up.
///
/// The kernel counts in steps of some milliseconds, so that less than a tenth of a second measures nothing.
fn cpu_of<T>(for_s: f64, work: impl Fn() -> T) -> f64 {
    black_box(work());
    let (start, mut times) = (cpu_s(), 0);
    loop {
        for _ in 0..8 {
            black_box(work());
        }
        times += 8;
        let spent = cpu_s() - start;
        if spent >= for_s {
            return spent / f64::from(times);
        }
    }
}

/// Seconds that this thread has run (Linux), else seconds of the clock.
fn cpu_s() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    if let Ok(text) = fs::read_to_string("/proc/thread-self/schedstat")
        && let Some(ns) = text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok())
    {
        return ns / 1e9;
    }
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// The different words of the samples, in the order in which they come.
fn vocabulary(turns: &[(Speaker, Vec<String>)]) -> Vec<String> {
    let mut words = Vec::new();
    for word in turns.iter().flat_map(|(_, words)| words) {
        let word: String = word.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
        if word.chars().count() > 2 && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Phrases of two and three words with gaps, from a fixed row of numbers.
fn phrases(words: &[String], number: usize) -> Vec<Vec<&str>> {
    let mut state: u64 = 2;
    let mut pick = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words[(state >> 33) as usize % words.len()].as_str()
    };
    (0..number).map(|index| (0..2 + index % 2).map(|_| pick()).collect()).collect()
}

fn rulebook(phrases: &[Vec<&str>]) -> String {
    let mut text = "[book]\nid = \"bench\"\ntitle = \"t\"\nlang = \"ru\"\n[[type]]\nid = \"sale\"\ntitle = \"t\"\n".to_owned();
    for (index, phrase) in phrases.iter().enumerate() {
        let who = if index % 2 == 0 { "manager" } else { "client" };
        let phrase = phrase.join(" .. ");
        write!(text, "[[finding]]\nid = \"f{index}\"\nwho = \"{who}\"\nphrases = [\"{phrase}\"]\n")
            .unwrap();
    }
    text.push_str(
        "[[criterion]]\nid = \"c\"\ntitle = \"t\"\nweights = { sale = 1 }\nfull = \"f*\"\n",
    );
    text
}

/// What one would write: words cut by two letters for their endings, up to three words in between.
fn pattern(phrase: &[&str]) -> String {
    let words: Vec<String> = phrase
        .iter()
        .map(|word| {
            let letters = word.chars().count();
            let stem: String = word.chars().take(letters.saturating_sub(2).max(3)).collect();
            format!(r"\b{stem}\w*")
        })
        .collect();
    format!("(?i){}", words.join(r"(?:\s+\w+){0,3}?\s+"))
}

fn texts(call: &Heard) -> [Vec<String>; 2] {
    [Speaker::Manager, Speaker::Client].map(|speaker| {
        let turns = call.turns.iter().filter(|turn| turn.speaker == speaker);
        turns.map(Turn::text).collect()
    })
}

fn peer(set: &RegexSet, texts: &[Vec<String>; 2]) -> usize {
    texts.iter().flatten().map(|text| set.matches(text).iter().count()).sum()
}
