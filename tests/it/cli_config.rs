//! `autograde.toml` from outside: where it is found, what wins, and the example that we ship.

use std::fs;

use crate::workspace::{Run, Workspace, repository};

/// The printed line that begins with `key`.
fn line<'a>(run: &'a Run, key: &str) -> &'a str {
    run.stdout.lines().find(|line| line.starts_with(key)).unwrap_or_default()
}

#[test]
fn each_setting_says_where_it_comes_from() {
    let place = Workspace::new();
    place.write("autograde.toml", "model = \"small\"\nlang = \"en\"\njobs = 2\n");
    let run = Run::of(place.command().env("AUTOGRADE_JOBS", "3").args(["config", "--lang", "ru"]))
        .ends_with(0);
    assert!(line(&run, "# file").ends_with("autograde.toml"), "{}", run.stdout);
    assert!(line(&run, "model = \"small\"").ends_with("# file"), "{}", run.stdout);
    assert!(line(&run, "jobs = 3").ends_with("# environment"), "{}", run.stdout);
    assert!(line(&run, "lang = \"ru\"").ends_with("# flag"), "{}", run.stdout);
    assert!(line(&run, "manager-channel = \"left\"").ends_with("# default"), "{}", run.stdout);
}

#[test]
fn the_folder_comes_before_the_users_configuration() {
    let place = Workspace::new();
    place.write("home/config/autograde/autograde.toml", "jobs = 7\n");
    assert!(line(&place.run(["config"]), "jobs").starts_with("jobs = 7"));
    place.write("autograde.toml", "jobs = 5\n");
    assert!(line(&place.run(["config"]), "jobs").starts_with("jobs = 5"));
    place.write("other.toml", "jobs = 4\n");
    assert!(line(&place.run(["config", "--config", "other.toml"]), "jobs").starts_with("jobs = 4"));
}

#[test]
fn what_is_printed_is_itself_a_configuration() {
    let place = Workspace::new();
    let file = "lang = \"en\"\nmanager-channel = { in = \"right\", out = \"left\" }\n[vad]\nmodel = \"v.bin\"\n\
                [firm]\ncompanies = [\"Ромашка\", \"\\\"Р\\\"\"]\nproducts = [\"окно\"]\n\
                [[source]]\nfiles = \"pbx/*.wav\"\ndirection = \"out\"\npair-manager = \"in\"\n";
    place.write("autograde.toml", file);
    let first = place.run(["config"]).ends_with(0);
    place.write("again.toml", &first.stdout);
    let again = place.run(["config", "--config", "again.toml"]).ends_with(0);
    let settings = |run: &Run| {
        let said = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
        run.stdout.lines().map(said).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(settings(&again), settings(&first));
}

#[test]
fn the_example_is_valid_as_it_is_and_with_every_line_in_force() {
    let place = Workspace::new();
    let example = fs::read_to_string(repository().join("autograde.example.toml")).unwrap();
    place.write("plain.toml", &example);
    place.run(["config", "--config", "plain.toml"]).ends_with(0);
    // Comments with a space behind the sign are prose, the others are settings.
    let in_force: Vec<&str> = example
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .collect();
    place.write("full.toml", in_force.join("\n"));
    let run = place.run(["config", "--config", "full.toml"]).ends_with(0);
    for key in [
        "model",
        "rules",
        "lang",
        "jobs",
        "manager-channel",
        "data",
        "url",
        "transcripts",
        "confirmations",
        "companies",
        "managers",
        "products",
        "files",
        "direction",
        "pair-manager",
    ] {
        assert!(line(&run, key).contains('='), "{key} is not in force:\n{}", run.stdout);
    }
}
