//! Names of recordings, the roster and sidecars, from outside: what reaches the draft, and what is refused.

use serde_json::Value;

use crate::workspace::{Run, Workspace};

const CONFIG: &str = "timezone = \"Europe/Moscow\"\nown-numbers = [\"8 (495) 000-00-00\"]\n\
    [[manager]]\nname = \"Анна Королёва\"\nextensions = [\"201\"]\naliases = [\"koroleva\"]\n\
    [[source]]\nfiles = \"mango/*\"\nnames = \"mango\"\n\
    [[source]]\nfiles = \"own/*\"\nnames = [\"{date}/{manager}_{client}_{time:hhmm}\", \"{client}_{date}_{time}\"]\n\
    timezone = \"Asia/Yekaterinburg\"\ndirection = \"out\"\n";

/// What the program says of a call without speech under this name.
#[track_caller]
fn call_of(place: &Workspace, name: &str) -> Value {
    place.copy("tests/fixtures/hold-music.ogg", name);
    let run = place.run([name, "--json", "--quiet"]).ends_with(0);
    let outcome: Value = serde_json::from_str(&run.stdout).unwrap();
    outcome["call"].clone()
}

#[track_caller]
fn check(place: &Workspace, name: &str, expected: &[(&str, Option<&str>)]) {
    let call = call_of(place, name);
    for (field, value) in expected {
        assert_eq!(call.get(field).and_then(Value::as_str), *value, "{field} of {name}: {call}");
    }
}

/// A transcript with a greeting, under a name; and its warnings.
fn warnings_of(place: &Workspace, name: &str) -> Vec<String> {
    place
        .write(name, r#"{"turns": [{"who": "manager", "text": "Добрый день, чем могу помочь?"}]}"#);
    let run = place.run([name, "--json", "--quiet"]).ends_with(0);
    let draft: Value = serde_json::from_str(&run.stdout).unwrap();
    let warnings = draft["warnings"].as_array().unwrap().iter();
    warnings.map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_an_exchange_wrote_into_the_name_reaches_the_draft() {
    let place = Workspace::new();
    place.write("autograde.toml", CONFIG);
    check(
        &place,
        "2026/03/14/out-89161234567-201-20260314-101500-1773472500.42.ogg",
        &[
            ("started_at", Some("2026-03-14T10:15:00+03:00")),
            ("direction", Some("out")),
            ("manager", Some("Анна Королёва")),
            ("client", Some("+79161234567")),
            ("extension", Some("201")),
            ("unique_id", Some("1773472500.42")),
        ],
    );
    check(
        &place,
        "q-600-89161234567-20260314-101500-1773472500.43.ogg",
        &[("direction", Some("in")), ("manager", None), ("client", Some("+79161234567"))],
    );
    check(
        &place,
        "mango/2026-03-14__10-15-00__79161234567__74950000000.ogg",
        &[("direction", Some("in")), ("client", Some("+79161234567")), ("manager", None)],
    );
    check(
        &place,
        "own/koroleva_89161234567_1015.ogg",
        &[("started_at", None), ("manager", None), ("client", None), ("direction", Some("out"))],
    );
    check(
        &place,
        "own/89161234567_14.03.2026_10-15-00.ogg",
        &[
            ("started_at", Some("2026-03-14T10:15:00+05:00")),
            ("client", Some("+79161234567")),
            ("direction", Some("out")),
        ],
    );
}

#[test]
fn an_ordinary_name_tells_nothing_and_is_no_fault() {
    let place = Workspace::new();
    for name in
        ["call.ogg", "01-okna.ogg", "20261332-250000.ogg", "out-8916-201-20261332-101500-1.2.ogg"]
    {
        check(&place, name, &[("started_at", None), ("manager", None), ("direction", None)]);
    }
    assert!(!warnings_of(&place, "call.dialogue.json").iter().any(|code| code.starts_with("name")));
}

#[test]
fn a_name_that_fits_no_pattern_of_its_source_is_graded_with_one_warning() {
    let place = Workspace::new();
    place.write("autograde.toml", CONFIG);
    let told = warnings_of(&place, "mango/call-5.dialogue.json");
    assert_eq!(told.iter().filter(|code| *code == "name_not_understood").count(), 1, "{told:?}");
    let told =
        warnings_of(&place, "out-89161234567-201-20260314-071500-1773472500.42.dialogue.json");
    assert!(told.iter().any(|code| code == "zone_doubtful"), "{told:?}");
}

#[test]
fn a_sidecar_goes_before_the_name_and_a_bad_one_is_told() {
    let place = Workspace::new();
    place.write("autograde.toml", CONFIG);
    let name = "out-89161234567-201-20260314-101500-1773472500.42.ogg";
    place.write(
        &format!("{name}.json"),
        r#"{"manager": "Пётр", "direction": "in", "repeated": true, "crm": 5}"#,
    );
    check(
        &place,
        name,
        &[("manager", Some("Пётр")), ("direction", Some("in")), ("client", Some("+79161234567"))],
    );
    // Of the manager's extension the sidecar says nothing, and the name's belongs to somebody else.
    assert_eq!(call_of(&place, name).get("extension"), None);
    place.write("call.json", r#"{"direction": "up"}"#);
    place.copy("tests/fixtures/hold-music.ogg", "call.ogg");
    place.run(["call.ogg", "--json", "--quiet"]).ends_with(0);
    place.write("call.json", r#"{"extension": "201"}"#);
    check(&place, "call.ogg", &[("manager", Some("Анна Королёва"))]);
}

#[track_caller]
fn refused(config: &str, parts: &[&str]) {
    let place = Workspace::new();
    place.write("autograde.toml", config);
    let Run { stderr, .. } = place.run(["config"]).ends_with(2);
    for part in parts {
        assert!(stderr.contains(part), "{stderr:?} lacks {part:?}");
    }
}

#[test]
fn settings_that_mean_nothing_are_told_with_their_line() {
    refused("names = \"freepbq\"\n", &["line 1", "`freepbq`", "freepbx, issabel"]);
    refused("\nnames = [\"{dat}\"]\n", &["line 2", "no field `dat`", "unique_id"]);
    refused("timezone = \"Moscow\"\n", &["line 1", "`Moscow` is no time zone"]);
    refused("own-numbers = [\"abc\"]\n", &["`abc` is no telephone number"]);
    refused(
        "[[manager]]\nname = \"A\"\nextensions = [\"201\"]\n[[manager]]\nname = \"B\"\nextensions = [\"201\"]\n",
        &["`201` is said of two managers, `A` and `B`"],
    );
    refused("[[manager]]\nname = \"A\"\nphone = \"5\"\n", &["unknown field `phone`"]);
    refused(
        "[[journal]]\nname = \"ats\"\n[journal.columns]\nstart = 1\n",
        &["needs one of the columns"],
    );
    refused(
        "[[journal]]\nname = \"mango\"\n[journal.columns]\nstart = 1\n",
        &["`mango` cannot be the name"],
    );
    refused("[[journal]]\nname = \"a\"\n[journal.columns]\ncolour = 1\n", &["no column `colour`"]);
}
