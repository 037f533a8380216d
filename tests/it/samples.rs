//! The samples through the whole program with the demo model: each gets the type and the verdict that its script promised
//! before the first grading run, with the directions of `samples/autograde.toml`.

use std::fs;

use serde_json::Value;

use crate::workspace::{Workspace, repository};

#[test]
fn every_sample_gets_the_type_and_the_verdict_that_its_script_promises() {
    let samples = repository().join("samples");
    let config = samples.join("autograde.toml");
    let args = [samples.to_str().unwrap(), "--config", config.to_str().unwrap(), "--json"];
    let run = Workspace::new().run(args).ends_with(0);
    let drafts: Vec<Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut scripts = 0;
    for entry in fs::read_dir(samples.join("scripts")).unwrap() {
        let script: Value =
            serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        let id = script["id"].as_str().unwrap();
        let draft = drafts
            .iter()
            .find(|draft| draft["call"]["source"].as_str().unwrap().contains(id))
            .unwrap_or_else(|| panic!("no draft of `{id}`"));
        assert_eq!(draft["cqr"]["verdict"], script["verdict"], "{id}: {}", draft["cqr"]);
        assert_eq!(draft["call_type"]["id"], script["call_type"], "{id}");
        scripts += 1;
    }
    assert_eq!(drafts.len(), scripts, "a draft for each script");
}
