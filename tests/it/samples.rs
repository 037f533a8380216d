//! The samples through the whole program with the demo model: each gets the verdict that its script promised before the
//! first grading run, and its type, but for the one that today's demo model does not hear well enough.

use std::fs;

use serde_json::Value;

use crate::workspace::{Workspace, repository};

/// Calls whose promised type does not come out yet: the words that tell it («отправил вам расчёт») are misheard. The
/// list may only get shorter; the test fails too when a call on it comes out right.
const TYPE_MISHEARD: [&str; 1] = ["03-okna-somneniya"];

#[test]
fn every_sample_gets_the_verdict_that_its_script_promises_and_its_type_where_it_is_heard() {
    let samples = repository().join("samples");
    let run = Workspace::new().run([samples.to_str().unwrap(), "--json"]).ends_with(0);
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
        let type_is_right = draft["call_type"]["id"] == script["call_type"];
        assert_eq!(
            type_is_right,
            !TYPE_MISHEARD.contains(&id),
            "{id}: {}",
            draft["call_type"]["id"]
        );
        scripts += 1;
    }
    assert_eq!(drafts.len(), scripts, "a draft for each script");
}
