//! The store, on SQLite and on PostgreSQL: each test of this file runs on both, with the same expectations.

use autograde::call::{CallInfo, Recording, Span, Speaker};
use autograde::grading::{GradeOptions, MadeWith, grade};
use autograde::rules::Rulebook;
use autograde::store::{
    Finished, Kept, Key, NewAttempt, NewFile, NewRun, OpenOptions, Place, Standing, State, Store,
};
use autograde::transcript::{Heard, Turn, Word};

use crate::workspace::Workspace;

pub fn heard(sha256: &str) -> Heard {
    let span = Span::new(0, 1000);
    let words = vec![Word { text: "здравствуйте".into(), span, confidence: 0.9 }];
    Heard {
        recording: Recording {
            source: "a.wav".into(),
            sha256: sha256.into(),
            duration_ms: 5000,
            channels: 2,
        },
        turns: vec![Turn { speaker: Speaker::Manager, span, words }],
        ..Heard::default()
    }
}

#[test]
fn a_recording_goes_its_way() {
    let place = Workspace::new();
    let place = Place::in_folder(&place.path("data"));
    assert!(Store::open(&place, &OpenOptions::default()).is_err());
    let store = Store::open(&place, &OpenOptions::creating()).unwrap();
    let sha = "ab".repeat(32);
    let book = Rulebook::embedded("ru").unwrap();
    let options = GradeOptions {
        made_with: MadeWith {
            program: "autograde 0".into(),
            model: Some("m".into()),
            model_sha256: Some("mm".into()),
        },
        ..GradeOptions::default()
    };
    let heard = heard(&sha);
    let draft = grade(&book, &heard, &CallInfo::default(), &options);
    let run = NewRun { kind: "nightly", program: "autograde 0", process: "1", started_ms: 1 };
    let run = store.begin_run(&run).unwrap();
    let file = NewFile {
        path: "/a.wav",
        sha256: &sha,
        bytes: 10,
        modified_ms: 5,
        source: "a.wav",
        id: &draft.id(),
        day: "2026-01-01",
        seen_ms: 1,
    };
    store.note_files(&[file]).unwrap();
    let key = Key {
        sha256: sha.clone(),
        model_sha256: "mm".into(),
        rulebook_sha256: draft.rulebook_sha256.clone(),
    };
    assert_eq!(store.standing(&key).unwrap(), Standing::New);
    let attempt = NewAttempt { run, sha256: &sha, alone: false, started_ms: 2 };
    let attempt = store.begin_attempt(&attempt).unwrap();
    let result = Finished {
        heard: &heard,
        call: &CallInfo::default(),
        call_id: None,
        draft: &draft,
        at_ms: 3,
    };
    assert_eq!(store.finish(&attempt, &result).unwrap(), Kept::Stored);
    assert_eq!(store.standing(&key).unwrap(), Standing::Graded);
    assert_eq!(store.recordings_in(State::Graded, 10).unwrap().len(), 1);
    assert_eq!(store.waiting_drafts(10).unwrap().len(), 1);
    store.close().unwrap();
    Store::open(&place, &OpenOptions::default()).unwrap();
}
