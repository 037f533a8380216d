//! What the documents say of the program is what the program says of itself.

use std::fs;

use crate::workspace::{Workspace, repository};

#[test]
fn the_man_page_is_current() {
    let kept = fs::read_to_string(repository().join("docs/autograde.1")).unwrap();
    let made = Workspace::new().run(["man"]).ends_with(0).stdout;
    assert!(kept == made, "docs/autograde.1 is old; `autograde man > docs/autograde.1` renews it");
}

#[test]
fn every_flag_that_the_documents_name_exists() {
    let place = Workspace::new();
    let mut known = String::new();
    for args in [
        &["--help"][..],
        &["transcribe", "--help"],
        &["config", "--help"],
        &["journal", "import", "--help"],
        &["journal", "show", "--help"],
        &["evaluate", "--help"],
        &["models", "list", "--help"],
        &["models", "pull", "--help"],
        &["models", "verify", "--help"],
        &["rules", "check", "--help"],
        &["rules", "list", "--help"],
        &["rules", "new", "--help"],
        &["rules", "explain", "--help"],
        &["rules", "hits", "--help"],
        &["rules", "diff", "--help"],
        &["store", "backup", "--help"],
        &["store", "expire", "--help"],
        &["drafts", "--help"],
        &["confirm", "--help"],
        &["regrade", "--help"],
        &["forget", "--help"],
        &["hold", "--help"],
    ] {
        known.push_str(&place.run(args.iter().copied()).ends_with(0).stdout);
    }
    for document in ["README.md", "docs/usage.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(repository().join(document)).unwrap();
        let ours =
            text.lines().filter(|line| line.contains("autograde ") || line.contains("| `--"));
        for flag in ours.flat_map(flags) {
            assert!(known.contains(&flag), "{document} names `{flag}`, which the program has not");
        }
    }
}

/// The long flags in a line, as far as the line is about this program and not about cargo.
fn flags(line: &str) -> Vec<String> {
    if line.contains("cargo ") {
        return Vec::new();
    }
    line.split("--")
        .skip(1)
        .map(|rest| {
            rest.split(|c: char| c != '-' && !c.is_ascii_alphanumeric()).next().unwrap_or("")
        })
        .filter(|name| !name.is_empty() && !name.starts_with('-'))
        .map(|name| format!("--{name}"))
        .collect()
}
