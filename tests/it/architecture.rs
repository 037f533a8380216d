//! Keeps the layering of ARCHITECTURE.md true.
//!
//! The tests read text, so they see a name in a comment too; a layer that must talk of a lower one's crate leaks it.

use std::fs;
use std::path::Path;

use crate::workspace::repository;

/// Crates that only one part of the tree may name.
const FENCES: &[(&str, &[&str])] = &[
    ("symphonia", &["src/audio/"]),
    ("rubato", &["src/audio/"]),
    ("earshot", &["src/audio/"]),
    ("oxideav_gsm", &["src/audio/"]),
    ("whisper_rs", &["src/speech/whisper.rs", "src/speech/silero.rs"]),
    ("ureq", &["src/speech/models/"]),
    ("rumorph", &["src/rules/"]),
    ("regex", &["src/rules/"]),
    ("schemars", &["src/grading/"]),
    ("indicatif", &["src/batch/progress.rs", "src/commands/models.rs"]),
    ("clap", &["src/cli/"]),
    ("jiff", &["src/call/", "src/speech/models/", "src/store/", "src/commands/", "src/batch/"]),
    ("csv_core", &["src/journal/"]),
    ("encoding_rs", &["src/journal/"]),
    ("ctrlc", &["src/commands/"]),
    ("rustix", &["src/batch/child/", "src/commands/doctor.rs", "src/store/"]),
    ("sqlx", &["src/store/link.rs"]),
    ("tokio", &["src/store/link.rs"]),
    ("anyhow", &["src/commands/", "src/config.rs", "src/config/", "src/main.rs"]),
];

/// Our modules from the top down: each may use itself, the rows above its own, and what is named beside it.
const ROWS: &[&[(&str, &[&str])]] = &[
    &[("exit", &[]), ("call", &[]), ("warning", &[]), ("whole_file", &[])],
    &[("sound", &[]), ("transcript", &[])],
    &[("audio", &[]), ("speech", &[]), ("rules", &[]), ("naming", &[]), ("journal", &[])],
    &[("grading", &[])],
    &[("store", &[])],
    &[("batch", &[]), ("evaluation", &[]), ("report", &["batch", "evaluation"])],
    &[("cli", &[])],
    &[("config", &[])],
    &[("commands", &[])],
    &[("main", &[])],
];

/// Modules that may use less than the rows above them: `grading` sees no engine but the rules, `cli` sees nothing of ours.
const ONLY: &[(&str, &[&str])] = &[
    ("naming", &["call"]),
    ("journal", &["call"]),
    ("grading", &["call", "rules", "transcript", "warning"]),
    ("evaluation", &["call", "grading", "rules"]),
    ("store", &["call", "grading", "rules", "transcript", "warning", "whole_file"]),
    // The engines for their errors only, which it tells in the reader's language.
    (
        "report",
        &[
            "audio",
            "batch",
            "call",
            "evaluation",
            "grading",
            "journal",
            "rules",
            "speech",
            "transcript",
            "warning",
        ],
    ),
    ("cli", &[]),
    ("main", &["cli", "commands", "exit"]),
];

#[test]
fn each_heavy_crate_stays_behind_its_fence() {
    for (path, source) in sources("src") {
        for (krate, homes) in FENCES {
            let named = source.match_indices(&format!("{krate}::")).any(|(at, _)| {
                !source[..at].ends_with(|before: char| before == '_' || before.is_alphanumeric())
            });
            let home = homes.iter().any(|home| path.starts_with(home));
            assert!(!named || home, "{path} names `{krate}`; only {homes:?} may");
        }
    }
}

#[test]
fn arrows_between_our_modules_point_one_way() {
    let row_of =
        |module: &str| ROWS.iter().position(|row| row.iter().any(|(name, _)| *name == module));
    for (path, source) in sources("src") {
        let module = path.trim_start_matches("src/").split(['/', '.']).next().unwrap();
        if module == "lib" {
            continue;
        }
        let row = row_of(module).unwrap_or_else(|| panic!("{path} is in no row of {}", file!()));
        let beside = ROWS[row].iter().find(|(name, _)| *name == module).unwrap().1;
        let only = ONLY.iter().find(|(name, _)| *name == module).map(|(_, only)| *only);
        let prefix = if module == "main" { "autograde::" } else { "crate::" };
        for rest in source.split(prefix).skip(1) {
            // A group, `use crate::{..}`, leaves an empty name: it would hide its arrows.
            let used = rest.split(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap();
            let below = row_of(used).is_some_and(|used_row| used_row < row);
            let allowed = match only {
                Some(only) => only.contains(&used),
                None => below || beside.contains(&used),
            };
            assert!(used == module || allowed, "{path} may not use `{prefix}{used}`");
        }
    }
}

#[test]
fn the_library_declares_every_module_of_the_rows() {
    let lib = fs::read_to_string(repository().join("src/lib.rs")).unwrap();
    for (module, _) in ROWS.iter().copied().flatten().filter(|(module, _)| *module != "main") {
        assert!(lib.contains(&format!("pub mod {module};")), "src/lib.rs lacks `{module}`");
    }
}

#[test]
fn nothing_of_the_workshop_is_named_in_the_product() {
    // Spelled in pieces, or this file would be its own finding.
    let workshop = [concat!("..", "/shared"), concat!("/work", "/")];
    for (path, source) in
        sources("src").into_iter().chain(sources("tests")).chain(sources("benches"))
    {
        for name in workshop {
            assert!(!source.contains(name), "{path} names `{name}`");
        }
    }
}

#[test]
fn only_the_download_and_the_store_open_connections() {
    for (path, source) in sources("src") {
        for name in ["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "UnixStream"] {
            assert!(
                !source.contains(name),
                "{path} names `{name}`: `ureq` and `sqlx` have their fences"
            );
        }
    }
}

/// What the project does not do on purpose would first show as a field of a draft.
#[test]
fn drafts_tell_nothing_of_feelings_voices_or_sanctions() {
    for schema in ["docs/draft.schema.json", "docs/confirmed.schema.json"] {
        let text = fs::read_to_string(repository().join(schema)).unwrap().to_lowercase();
        for word in [
            "emotion",
            "sentiment",
            "mood",
            "voice_id",
            "voiceprint",
            "biometr",
            "penalty",
            "fine_",
        ] {
            assert!(!text.contains(word), "{schema} speaks of `{word}`");
        }
    }
}

/// An invariant whose test was renamed or lost would be a promise without a guard.
#[test]
fn each_invariant_names_tests_that_exist() {
    let text = fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let section =
        text.split("## What must stay true").nth(1).unwrap().split("\n## ").next().unwrap();
    let guards: Vec<&str> =
        section.lines().filter_map(|line| line.trim().strip_prefix("Tests: ")).collect();
    assert_eq!(guards.len(), 7, "each of the seven invariants has a line of tests");
    let all: String =
        sources("src").into_iter().chain(sources("tests")).map(|(_, source)| source).collect();
    for name in guards.iter().flat_map(|line| line.split(", ")).map(|name| name.trim_matches('`')) {
        assert!(all.contains(&format!("fn {name}(")), "ARCHITECTURE.md names the test `{name}`");
    }
}

/// Path (from the root, with `/`) and text of every Rust file under `dir`, in a fixed order; none if `dir` is not there.
fn sources(dir: &str) -> Vec<(String, String)> {
    fn walk(dir: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name =
                    path.strip_prefix(repository()).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&repository().join(dir), &mut found);
    found.sort();
    found
}
