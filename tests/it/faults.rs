//! The table of `docs/faults.md` against the tests that there are.

use std::fs;

use crate::workspace::repository;

/// The faults of decoding, models, rules, the store, the run and the folders.
fn wanted() -> Vec<u32> {
    (1..=10).chain(13..=18).chain(27..=35).collect()
}

#[test]
fn every_test_in_the_table_is_there() {
    let table = fs::read_to_string(repository().join("docs/faults.md")).unwrap();
    let mut numbers = Vec::new();
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let Ok(number) = cells[1].parse::<u32>() else { continue };
        numbers.push(number);
        let names: Vec<&str> = cells[3].split('`').filter(|name| name.contains("::")).collect();
        assert!(!names.is_empty(), "fault {number} has no test");
        for name in names {
            let (file, test) = name.split_once("::").unwrap();
            let path = if file.starts_with("src/") {
                file.to_owned()
            } else {
                format!("tests/it/{file}.rs")
            };
            let text = fs::read_to_string(repository().join(&path)).unwrap();
            let found = text.find(&format!("fn {test}("));
            let before =
                text.get(..found.unwrap_or_else(|| panic!("{path} has no `{test}`"))).unwrap();
            assert!(before.trim_end().ends_with("#[test]"), "`{name}` is no test");
        }
    }
    assert_eq!(numbers, wanted());
}
