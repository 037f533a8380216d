//! The licences of everything that ends up in the program or builds it, read from the crates themselves, offline.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::workspace::repository;

/// What may be shipped: permissive licences, and MPL-2.0, which asks for the source of its own files only.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Licences that one crate may have besides, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    // The dictionary of rumorph: data under share-alike, the crate around it is MIT.
    ("rumorph-dict-ru", "CC-BY-SA-4.0"),
];

#[test]
fn licences_of_all_dependencies_are_allowed() {
    let metadata = metadata();
    let shipped = shipped(&metadata);
    assert!(100 < shipped.len(), "only {} dependencies: the graph was not read", shipped.len());
    let mut refused = Vec::new();
    for package in array(&metadata["packages"]) {
        if !shipped.contains(text(&package["id"])) {
            continue;
        }
        let name = text(&package["name"]);
        let licence = package["license"].as_str().unwrap_or_default();
        if !is_allowed(name, licence) {
            refused.push(format!("{name} {}: `{licence}`", text(&package["version"])));
        }
    }
    assert!(refused.is_empty(), "licences that are not in the list:\n{}", refused.join("\n"));
}

#[test]
fn a_licence_outside_the_list_is_refused() {
    assert!(is_allowed("any", "MIT OR GPL-3.0-only"));
    assert!(is_allowed("any", "MIT/Apache-2.0"));
    assert!(is_allowed("any", "Apache-2.0 WITH LLVM-exception"));
    assert!(!is_allowed("any", "MIT AND GPL-3.0-only"));
    assert!(!is_allowed("any", "CC-BY-SA-4.0"));
    assert!(!is_allowed("any", ""));
}

fn is_allowed(name: &str, licence: &str) -> bool {
    let Ok(expression) = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX) else {
        return false;
    };
    expression.evaluate(|requirement| {
        requirement.license.id().is_some_and(|id| {
            ALLOWED.contains(&id.name)
                || EXCEPTIONS.iter().any(|(krate, extra)| *krate == name && *extra == id.name)
        })
    })
}

/// What cargo knows of the packages for this machine, without asking anybody.
fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
    let cargo = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--locked",
            "--offline",
            "--format-version=1",
            "--filter-platform",
            &host,
        ])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    serde_json::from_slice(&cargo.stdout).unwrap()
}

/// The ids of everything that is reached from our package without the dependencies of tests.
fn shipped(metadata: &Value) -> BTreeSet<String> {
    let nodes: BTreeMap<&str, &Value> =
        array(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), node)).collect();
    let mut open = vec![text(&metadata["resolve"]["root"])];
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !found.insert(id.to_owned()) {
            continue;
        }
        for dependency in array(&nodes[id]["deps"]) {
            let kinds = array(&dependency["dep_kinds"]);
            if kinds.iter().any(|kind| kind["kind"].as_str() != Some("dev")) {
                open.push(text(&dependency["pkg"]));
            }
        }
    }
    found
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
