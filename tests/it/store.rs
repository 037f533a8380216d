//! The store, on SQLite and on PostgreSQL: each test of this file runs on both, with the same expectations.

use std::io::BufReader;
use std::thread;

use autograde::call::{CallInfo, Recording, Span, Speaker};
use autograde::grading::wire::DraftJson;
use autograde::grading::{Draft, GradeOptions, Level, MadeWith, Outcome, Verdict, grade};
use autograde::rules::Rulebook;
use autograde::store::{
    Attempt, Finished, Imported, JournalFilter, JournalOf, JournalRow, Kept, Key, NewAttempt,
    NewConfirmation, NewFile, NewRun, PreparedDraft, Retention, RunId, Since, Standing, State,
    Store, StoreError,
};
use autograde::transcript::{Heard, Turn, Word};

use crate::databases::on_both;

/// The model that listens in these tests.
const MODEL: &str = "11";

fn sha(letter: char) -> String {
    letter.to_string().repeat(64)
}

fn heard(sha256: &str) -> Heard {
    let words = ["добрый", "день", "компания", "«Ромашка»,", "меня", "зовут", "Анна"];
    let words = words.into_iter().zip(0..).map(|(text, at)| Word {
        text: text.into(),
        span: Span::new(at * 300, at * 300 + 250),
        confidence: 0.9 - at as f32 / 30.0,
    });
    let recording = Recording {
        source: format!("day/{}.wav", &sha256[..2]),
        sha256: sha256.into(),
        duration_ms: 5000,
        channels: 2,
    };
    let span = Span::new(0, 2050);
    let turns = vec![Turn { speaker: Speaker::Manager, span, words: words.collect() }];
    Heard { recording, turns, ..Heard::default() }
}

fn draft_of(sha256: &str) -> Draft {
    thread_local!(static BOOK: Rulebook = Rulebook::embedded("ru").unwrap());
    let made_with = MadeWith {
        program: "autograde 0.0.0".into(),
        model: Some("small".into()),
        model_sha256: Some(MODEL.into()),
    };
    let options = GradeOptions { made_with, call_type: Some("qualification".into()) };
    BOOK.with(|book| grade(book, &heard(sha256), &CallInfo::default(), &options))
}

fn key(sha256: &str) -> Key {
    Key {
        sha256: sha256.into(),
        model_sha256: MODEL.into(),
        rulebook_sha256: draft_of(sha256).rulebook_sha256,
    }
}

fn begin(store: &Store, at_ms: i64) -> RunId {
    let run = NewRun { kind: "nightly", program: "autograde", process: "1", started_ms: at_ms };
    store.begin_run(&run).unwrap()
}

fn note(store: &Store, path: &str, sha256: &str, seen_ms: i64) {
    let id = heard(sha256).recording.id();
    let file = NewFile {
        path,
        sha256,
        bytes: 10,
        modified_ms: 5,
        source: path.trim_start_matches('/'),
        id: &id,
        day: "2026-01-02",
        seen_ms,
    };
    store.note_files(&[file]).unwrap();
}

fn attempt(store: &Store, run: RunId, sha256: &str, alone: bool) -> Attempt {
    store.begin_attempt(&NewAttempt { run, sha256, alone, started_ms: 10 }).unwrap()
}

fn finish(store: &Store, attempt: &Attempt) -> Kept {
    let sha256 = attempt.sha256();
    let (heard, draft, call) = (heard(sha256), draft_of(sha256), CallInfo::default());
    let result = Finished { heard: &heard, call: &call, call_id: None, draft: &draft, at_ms: 20 };
    store.finish(attempt, &result).unwrap()
}

/// Notes and grades a recording.
fn graded(store: &Store, run: RunId, letter: char) -> String {
    let sha256 = sha(letter);
    note(store, &format!("/{letter}.wav"), &sha256, 1);
    assert_eq!(finish(store, &attempt(store, run, &sha256, false)), Kept::Stored);
    sha256
}

fn confirm(store: &Store, sha256: &str, who: &str) -> Result<i64, StoreError> {
    store.confirm(&NewConfirmation {
        key: &key(sha256),
        who,
        at_ms: 30,
        call_type: "objection",
        cqr: Some(100.0 / 3.0),
        verdict: "needs_work",
        confirmed: "{\"by\":\"a person\"}",
        changes: "{}",
    })
}

/// Everything in the store, as text.
fn dump(store: &Store) -> String {
    let mut out = Vec::new();
    store.export(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_recording_goes_its_way() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let a = sha('a');
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::New);
        note(&store, "/a.wav", &a, 1);
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::New);
        let first = attempt(&store, run, &a, false);
        assert_eq!(store.recordings_in(State::Working, 9).unwrap().len(), 1);
        assert_eq!(finish(&store, &first), Kept::Stored);
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::Graded);
        let other = Key { rulebook_sha256: "22".into(), ..key(&a) };
        assert_eq!(store.standing(&other).unwrap(), Standing::Heard);
        let other = Key { model_sha256: "33".into(), ..key(&a) };
        assert_eq!(store.standing(&other).unwrap(), Standing::New);
        store.end_run(run, "done", "{\"graded\":1}", 40).unwrap();
        let runs = store.runs(5).unwrap();
        assert_eq!((runs.len(), runs[0].how.as_deref()), (1, Some("done")));
        assert_eq!(store.counts().unwrap()[2], (State::Graded, 1));
        store.close().unwrap();
        // What was stored is there for the next who opens it.
        assert_eq!(database.open().standing(&key(&a)).unwrap(), Standing::Graded);
    });
}

#[test]
fn a_draft_comes_back_byte_for_byte() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let a = graded(&store, run, 'a');
        let made = serde_json::to_string(&DraftJson::from(&draft_of(&a))).unwrap();
        assert_eq!(store.draft_json(&a).unwrap().unwrap(), made);
        let call = store.stored_call(&a).unwrap().unwrap();
        assert_eq!(call.read().unwrap(), (heard(&a), CallInfo::default()));
        assert_eq!(call.cqr, draft_of(&a).cqr.value);
        assert_eq!(call.made_with, draft_of(&a).made_with);
        assert_eq!(store.draft_json(&sha('b')).unwrap(), None);
    });
}

#[test]
fn the_same_bytes_are_one_recording_and_other_bytes_another() {
    on_both(|database| {
        let store = database.open();
        note(&store, "/a.wav", &sha('a'), 1);
        note(&store, "/copy.wav", &sha('a'), 2);
        assert_eq!(store.files_of(&sha('a')).unwrap().len(), 2);
        assert_eq!(store.recordings_in(State::Waiting, 9).unwrap().len(), 1);
        note(&store, "/a.wav", &sha('b'), 3);
        assert_eq!(store.file("/a.wav").unwrap().unwrap().sha256, sha('b'));
        assert_eq!(store.files_of(&sha('a')).unwrap().len(), 1);
        assert_eq!(store.recordings_in(State::Waiting, 9).unwrap().len(), 2);
    });
}

#[test]
fn finishing_twice_leaves_one_draft() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let a = graded(&store, run, 'a');
        assert_eq!(finish(&store, &attempt(&store, run, &a, false)), Kept::Stored);
        assert_eq!(store.waiting_drafts(9).unwrap().len(), 1);
        assert_eq!(store.check().unwrap().transcripts, 1);
    });
}

#[test]
fn what_a_person_confirmed_is_never_changed_by_a_run() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let a = graded(&store, run, 'a');
        assert_eq!(confirm(&store, &a, "Ирина").unwrap(), 1);
        let before = store.confirmations(&a).unwrap();
        assert_eq!((before[0].who.as_str(), before[0].cqr), ("Ирина", Some(100.0 / 3.0)));
        let machine: serde_json::Value = serde_json::from_str(&before[0].draft).unwrap();
        assert_eq!(machine["call_type"]["id"], draft_of(&a).call_type.id);

        // Another night, another rulebook, another model: nothing moves.
        let run = begin(&store, 50);
        assert_eq!(finish(&store, &attempt(&store, run, &a, false)), Kept::Confirmed);
        let mut other = draft_of(&a);
        other.rulebook_sha256 = "99".into();
        assert_eq!(store.put_drafts(&[PreparedDraft::new(&a, &other, 60)]).unwrap(), 0);
        for key in [key(&a), Key { model_sha256: "7".into(), ..key(&a) }] {
            assert_eq!(store.standing(&key).unwrap(), Standing::Confirmed);
        }
        assert_eq!(store.confirmations(&a).unwrap(), before);
        assert!(store.stored_calls(&Since::default(), "", 9).unwrap().is_empty());
        assert!(store.waiting_drafts(9).unwrap().is_empty());

        // A person may change his mind; both answers stay.
        assert_eq!(confirm(&store, &a, "Пётр").unwrap(), 2);
        assert_eq!(store.confirmations(&a).unwrap()[0], before[0]);
    });
}

#[test]
fn a_draft_that_was_replaced_cannot_be_confirmed() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let a = graded(&store, run, 'a');
        let mut other = draft_of(&a);
        other.rulebook_sha256 = "99".into();
        assert_eq!(store.put_drafts(&[PreparedDraft::new(&a, &other, 60)]).unwrap(), 1);
        assert!(matches!(confirm(&store, &a, "Ирина"), Err(StoreError::Replaced { .. })));
        assert!(store.confirmations(&a).unwrap().is_empty());
        assert!(store.audit(0, 9).unwrap().is_empty(), "nothing happened, nothing is written");
    });
}

#[test]
fn what_crashes_alone_twice_is_given_up_until_somebody_asks_again() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let a = sha('a');
        note(&store, "/a.wav", &a, 1);
        let crash = |alone| {
            let attempt = attempt(&store, run, &a, alone);
            store.crash(&attempt, "signal 11", 12).unwrap()
        };
        assert!(!crash(false), "it may have been another one's fault");
        assert!(!crash(true));
        assert!(crash(true));
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::Crashed("signal 11".into()));
        assert_eq!(store.retry(Some(&a), 13).unwrap(), 1);
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::New);
        assert!(!crash(true), "the count begins anew");
        assert_eq!(store.retry(None, 14).unwrap(), 0, "it only waits");
    });
}

#[test]
fn what_a_dead_run_left_waits_again_and_nothing_counts_against_it() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let (a, b) = (sha('a'), graded(&store, run, 'b'));
        note(&store, "/a.wav", &a, 1);
        attempt(&store, run, &a, true);
        begin(&store, 100);
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::New);
        assert_eq!(store.standing(&key(&b)).unwrap(), Standing::Graded);
        assert_eq!(store.recordings_in(State::Working, 9).unwrap(), []);
        assert_eq!(store.runs(9).unwrap()[1].how.as_deref(), Some("died"));
        let next = attempt(&store, run, &a, true);
        assert_eq!(next.number(), 2);
        assert!(!store.crash(&next, "signal 9", 110).unwrap());
    });
}

#[test]
fn skips_and_failures_stand_for_the_model_that_met_them() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        for (letter, skips) in [('a', true), ('b', false)] {
            let sha256 = sha(letter);
            note(&store, &format!("/{letter}.wav"), &sha256, 1);
            let attempt = attempt(&store, run, &sha256, false);
            if skips {
                store.skip(&attempt, MODEL, "no speech", 11).unwrap();
            } else {
                store.fail(&attempt, MODEL, "no\0 samples", 11).unwrap();
            }
        }
        let stands = |letter| store.standing(&key(&sha(letter))).unwrap();
        assert_eq!(stands('a'), Standing::Skipped("no speech".into()));
        assert!(matches!(stands('b'), Standing::Failed(why) if why.starts_with("no")));
        let other = Key { model_sha256: "other".into(), ..key(&sha('b')) };
        assert_eq!(store.standing(&other).unwrap(), Standing::New);
        assert_eq!(store.retry(None, 13).unwrap(), 1);
        assert_eq!(
            (stands('a'), stands('b')),
            (Standing::Skipped("no speech".into()), Standing::New)
        );
    });
}

#[test]
fn recordings_are_found_by_id_hash_and_path() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let a = graded(&store, run, 'a');
        graded(&store, run, 'b');
        for given in ["aa-aaaaaaaa", "aaaaaaaaaa", "AAAAAAAAAA", "/a.wav", "a.wav", a.as_str()] {
            assert_eq!(store.find_one(given).unwrap().sha256, a, "{given}");
        }
        for given in ["", "aaaa", "c", "cccccccc", "%", "' OR 1=1 --"] {
            assert!(matches!(store.find_one(given), Err(StoreError::Unknown { .. })), "{given}");
        }
    });
}

fn journal_row(unique_id: &str, raw: &str) -> JournalRow {
    JournalRow {
        source: "pbx".into(),
        unique_id: unique_id.into(),
        started_ms: 1000,
        started_at: "1970-01-01T03:00:01+03:00".into(),
        client: Some("+70000000000".into()),
        talking_ms: Some(0),
        disposition: "missed".into(),
        raw_sha256: raw.into(),
        details: "{}".into(),
        ..JournalRow::default()
    }
}

#[test]
fn importing_the_journal_twice_changes_nothing() {
    on_both(|database| {
        let store = database.open();
        let rows = [journal_row("1.1", "x"), journal_row("1.2", "x")];
        let first = store.import_journal(&rows, 5).unwrap();
        assert_eq!(first, Imported { new: 2, changed: 0, same: 0 });
        let before = dump(&store);
        let again = store.import_journal(&rows, 6).unwrap();
        assert_eq!(again, Imported { new: 0, changed: 0, same: 2 });
        assert_eq!(dump(&store), before);
        let corrected = [JournalRow { talking_ms: Some(9), ..journal_row("1.1", "y") }];
        assert_eq!(store.import_journal(&corrected, 7).unwrap().changed, 1);
        let of = JournalOf { unique_id: Some("1.1"), ..JournalOf::default() };
        assert_eq!(store.journal_of(&of).unwrap(), corrected);
        let filter = JournalFilter { until_ms: Some(1000), ..JournalFilter::default() };
        assert!(store.journal(&filter).unwrap().is_empty());
    });
}

#[test]
fn what_may_be_the_call_of_a_recording_is_found_in_each_way_and_once() {
    on_both(|database| {
        let store = database.open();
        let row = |id: &str, client: &str, started_ms: i64, recording: &str| JournalRow {
            client: Some(client.into()),
            started_ms,
            recording: Some(recording.into()),
            ..journal_row(id, id)
        };
        store
            .import_journal(
                &[
                    row("1.1", "+71", 1000, "Звонок 1.wav"),
                    row("1.2", "+71", 2000, "Звонок 10.wav"),
                    row("1.3", "+72", 3000, "Звонок 1"),
                    row("1.4", "+73", 4000, "звонок 1.wav"),
                ],
                5,
            )
            .unwrap();
        let found = |of: JournalOf<'_>| -> Vec<String> {
            store.journal_of(&of).unwrap().into_iter().map(|row| row.unique_id).collect()
        };
        let nothing = JournalOf::default();
        assert!(found(nothing).is_empty());
        assert_eq!(found(JournalOf { unique_id: Some("1.2"), ..nothing }), ["1.2"]);
        // By its name with whatever ending, and no longer name.
        assert_eq!(found(JournalOf { stem: "Звонок 1", ..nothing }), ["1.1", "1.3"]);
        assert_eq!(found(JournalOf { client: Some(("+71", 1000, 2000)), ..nothing }), ["1.1"]);
        let all = JournalOf {
            unique_id: Some("1.1"),
            stem: "Звонок 1",
            client: Some(("+71", 0, i64::MAX)),
        };
        assert_eq!(found(all), ["1.1", "1.2", "1.3"]);
    });
}

#[test]
fn a_row_of_the_audit_that_somebody_changed_is_seen() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        for letter in ['a', 'b', 'c'] {
            let sha256 = graded(&store, run, letter);
            confirm(&store, &sha256, "Ирина").unwrap();
        }
        assert_eq!(store.check().unwrap().faults, Vec::<String>::new());
        database.tamper("UPDATE audit SET who = 'Пётр' WHERE number = 2");
        let faults = store.check().unwrap().faults;
        assert!(faults.len() == 1 && faults[0].contains("row 2"), "{faults:?}");
        database.tamper("UPDATE audit SET who = 'Ирина' WHERE number = 2");
        assert_eq!(store.check().unwrap().faults, Vec::<String>::new());
        database.tamper("DELETE FROM audit WHERE number = 1");
        assert_eq!(store.check().unwrap().faults.len(), 1);
    });
}

#[test]
fn a_forgotten_call_leaves_a_tombstone_and_nothing_that_was_said() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let (a, b) = (graded(&store, run, 'a'), graded(&store, run, 'b'));
        confirm(&store, &a, "Ирина").unwrap();
        let recording = store.find_one(&a).unwrap();
        store.forget(&recording, "Ирина", "the client asks", 70).unwrap();
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::Forgotten);
        // Again, as after a kill in the middle of what comes after it.
        store.forget(&recording, "Ирина", "the client asks", 71).unwrap();
        note(&store, "/again.wav", &a, 80);
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::Forgotten);
        assert_eq!(store.file("/again.wav").unwrap(), None);
        let left = dump(&store);
        // The id in the audit row of the confirmation and the hash of the tombstone are all that is left of it.
        assert_eq!(left.matches("Ромашка").count(), dump_of_one(&b, &left), "{left}");
        let done: Vec<String> =
            store.audit(0, 9).unwrap().into_iter().map(|row| row.what).collect();
        assert_eq!(done, ["confirm", "forget"]);
        assert_eq!(store.check().unwrap().faults, Vec::<String>::new());
        assert_eq!(store.standing(&key(&b)).unwrap(), Standing::Graded);
    });
}

/// How often the company's name is in the rows of one recording.
fn dump_of_one(sha256: &str, dump: &str) -> usize {
    let rows = dump.lines().filter(|line| line.contains(sha256));
    rows.map(|line| line.matches("Ромашка").count()).sum()
}

#[test]
fn a_held_recording_is_neither_forgotten_nor_expires() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let a = graded(&store, run, 'a');
        let recording = store.find_one(&a).unwrap();
        store.hold(&recording, "юрист", "a claim", 60).unwrap();
        let refused = store.forget(&recording, "Ирина", "no reason", 70).unwrap_err();
        assert!(refused.to_string().contains("a claim"), "{refused}");
        let all = Retention {
            transcripts: Some(0),
            drafts: Some(0),
            confirmations: Some(0),
            journal: Some(0),
            runs: Some(0),
        };
        let expired = store.expire(&all, "Ирина", 1_000, false).unwrap();
        assert_eq!((expired.drafts, expired.transcripts, expired.attempts), (0, 0, 0));
        assert!(store.release(&recording, "юрист", 80).unwrap());
        assert!(!store.release(&recording, "юрист", 81).unwrap());
        store.forget(&recording, "Ирина", "now it may go", 90).unwrap();
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::Forgotten);
    });
}

#[test]
fn each_class_expires_by_itself_and_nothing_from_the_future_does() {
    const DAY: i64 = 86_400_000;
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let (old, confirmed) = (graded(&store, run, 'a'), graded(&store, run, 'b'));
        confirm(&store, &confirmed, "Ирина").unwrap();
        // Seen by a clock that went ahead.
        let future = sha('c');
        note(&store, "/c.wav", &future, 900 * DAY);
        finish(&store, &attempt(&store, run, &future, false));
        let keep = Retention { drafts: Some(30), transcripts: Some(300), ..Retention::default() };
        let counted = store.expire(&keep, "", 100 * DAY, true).unwrap();
        assert_eq!(store.waiting_drafts(9).unwrap().len(), 2, "it was only counted");
        assert_eq!(store.expire(&keep, "night", 100 * DAY, false).unwrap(), counted);
        assert_eq!((counted.drafts, counted.transcripts, counted.confirmations), (1, 0, 0));
        assert_eq!(store.draft(&old).unwrap(), None);
        assert!(store.draft(&future).unwrap().is_some());
        assert_eq!(store.confirmations(&confirmed).unwrap().len(), 1);
        let later = store.expire(&keep, "night", 400 * DAY, false).unwrap();
        assert_eq!((later.drafts, later.transcripts), (0, 2));
        assert!(store.draft(&future).unwrap().is_some());
        assert_eq!(store.audit(0, 9).unwrap().last().unwrap().what, "expire");
    });
}

#[test]
fn an_export_is_the_same_bytes_wherever_it_comes_from() {
    // SQLite to SQLite, SQLite to PostgreSQL, PostgreSQL to SQLite, PostgreSQL to PostgreSQL.
    on_both(|from| {
        let store = from.open();
        let run = begin(&store, 1);
        for letter in ['0', '9', 'a', 'f'] {
            graded(&store, run, letter);
        }
        confirm(&store, &sha('a'), "Ирина \"Ёж\"").unwrap();
        store.hold(&store.find_one(&sha('f')).unwrap(), "юрист", "a claim", 60).unwrap();
        store.forget(&store.find_one(&sha('9')).unwrap(), "Ирина", "asked", 70).unwrap();
        // Names that an order by language would put elsewhere.
        for path in ["/ё.wav", "/Я.wav", "/а.wav", "/_.wav", "/B.wav", "/b.wav"] {
            note(&store, path, &sha('0'), 3);
        }
        store.import_journal(&[journal_row("b", "x"), journal_row("B", "x")], 5).unwrap();
        let written = dump(&store);
        on_both(|to| {
            let other = to.open();
            let rows = other.import(&mut BufReader::new(written.as_bytes())).unwrap();
            assert_eq!(rows as usize, written.lines().count() - 1);
            assert_eq!(dump(&other), written);
            assert_eq!(other.check().unwrap().faults, Vec::<String>::new());
            let again = other.import(&mut BufReader::new(written.as_bytes())).unwrap_err();
            assert!(matches!(again, StoreError::NotEmpty { .. }), "{again}");
            // Numbers go on where they were.
            assert_eq!(begin(&other, 99).number(), 2);
        });
    });
}

#[test]
fn a_broken_export_leaves_an_empty_store_empty() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        graded(&store, run, 'a');
        let written = dump(&store);
        let lines: Vec<&str> = written.lines().collect();
        let broken = [
            String::new(),
            "{}\n".to_owned(),
            "not json\n".to_owned(),
            written.replace("\"schema\":2", "\"schema\":99"),
            written.replace("\"table\":\"drafts\"", "\"table\":\"droughts\""),
            written.replace("\"bytes\":10", "\"bytes\":\"ten\""),
            written.replace("\"bytes\":10", "\"bites\":10"),
            format!("{}\n{}\n", lines[0], lines[lines.len() - 1]),
            written[..written.len() - 20].to_owned(),
        ];
        on_both(|to| {
            for text in &broken {
                let other = to.open();
                let refused = other.import(&mut BufReader::new(text.as_bytes()));
                assert!(refused.is_err(), "{text}");
                assert_eq!(dump(&other).lines().count(), 3, "the two counters are all there is");
            }
        });
    });
}

#[test]
fn threads_take_turns() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        thread::scope(|scope| {
            for letter in ['a', 'b', 'c', 'd'] {
                let store = &store;
                scope.spawn(move || graded(store, run, letter));
            }
        });
        assert_eq!(store.counts().unwrap()[2], (State::Graded, 4));
    });
}

#[test]
fn times_may_be_anything_that_a_clock_says() {
    on_both(|database| {
        let store = database.open();
        // A dead battery, a day back, a leap ahead: what was done stays done, and nothing is lost or doubled.
        for at_ms in [i64::MIN, -1, 0, i64::MAX] {
            begin(&store, at_ms);
        }
        let run = begin(&store, 5);
        let a = graded(&store, run, 'a');
        begin(&store, -86_400_000);
        assert_eq!(store.standing(&key(&a)).unwrap(), Standing::Graded);
        assert_eq!(store.runs(20).unwrap().len(), 6);
    });
}

#[test]
fn what_may_turn_comes_first() {
    on_both(|database| {
        let store = database.open();
        let run = begin(&store, 1);
        let (a, b) = (graded(&store, run, 'a'), graded(&store, run, 'b'));
        // Both at 85: of one everything is certain, so that its verdict cannot turn.
        for (sha256, confidence) in [(&a, 1.0), (&b, 0.6)] {
            let mut draft = draft_of(sha256);
            for criterion in &mut draft.criteria {
                criterion.confidence = confidence;
                criterion.outcome = Outcome::Proposed(Level::Full);
            }
            draft.cqr.verdict = Verdict::Good;
            (draft.cqr.low, draft.cqr.high) = (Some(85.0), Some(85.0));
            store.put_drafts(&[PreparedDraft::new(sha256, &draft, 60)]).unwrap();
        }
        let order: Vec<String> =
            store.waiting_drafts(9).unwrap().into_iter().map(|row| row.key.sha256).collect();
        assert_eq!(order, [b, a]);
    });
}
