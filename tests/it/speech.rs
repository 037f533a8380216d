//! From recordings to words, from outside: packing, mapping, scheduling and recognition of the samples.
//!
//! The script of a sample (`samples/truth/`) stands in for a model where a test is about everything around the model:
//! then what is heard must be what is written, at the time at which it is written. Tests of the demo model are at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use autograde::audio::{AudioSource, ManagerChannel};
use autograde::batch::{HearError, HearItem, HearOptions, Observer, hear, hear_all};
use autograde::call::Speaker;
use autograde::speech::models::demo;
use autograde::speech::scripted::read_dialogue;
use autograde::speech::{
    Effort, ModelSource, Part, Recognition, Recognizer, ScriptedRecognizer, SpeechError,
    SpeechOptions, WhisperModel, Window,
};
use autograde::transcript::{Heard, Turn};

const CALLS: &[&str] = &["01-okna-zamer", "02-divan-bez-interesa", "05-reklama", "08-balkon-snova"];

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn item(id: &str) -> HearItem {
    let path = |name: &str| samples().join(name);
    let pair = AudioSource::Pair {
        manager: path(&format!("{id}-out.wav")),
        client: path(&format!("{id}-in.wav")),
    };
    let single = ["wav", "mp3", "flac"]
        .iter()
        .map(|ending| path(&format!("{id}.{ending}")))
        .find(|path| path.exists());
    HearItem {
        source: single.map_or(pair, AudioSource::File),
        name: id.into(),
        manager_channel: ManagerChannel::Left,
    }
}

/// What is said in a sample.
fn script(id: &str) -> Vec<Turn> {
    let path = samples().join("truth").join(format!("{id}.json"));
    let (heard, _) = read_dialogue(&std::fs::read(path).unwrap(), id).unwrap();
    heard.turns
}

/// Reads from the script of the call that the window is from; the samples are told apart by their first sounds.
fn scripted(id: &str) -> ScriptedRecognizer {
    ScriptedRecognizer::new(script(id))
}

fn words(turns: &[Turn], speaker: Speaker) -> Vec<(String, u32)> {
    turns
        .iter()
        .filter(|turn| turn.speaker == speaker)
        .flat_map(|turn| &turn.words)
        .map(|word| (word.text.clone(), word.span.start_ms.midpoint(word.span.end_ms)))
        .collect()
}

#[test]
fn script_comes_back_word_for_word_at_its_times() {
    for id in CALLS {
        let HearItem { source, name, .. } = item(id);
        let never = AtomicBool::new(false);
        let heard =
            hear(&source, &name, &HearOptions::default(), &mut scripted(id), &never).unwrap();
        let (mut said, mut found, mut late, mut lost) = (0, 0, Vec::new(), Vec::new());
        for speaker in [Speaker::Manager, Speaker::Client] {
            let mut rest = words(&heard.turns, speaker);
            for (text, at_ms) in words(&script(id), speaker) {
                said += 1;
                let near = |other: &(String, u32)| other.0 == text && other.1.abs_diff(at_ms) < 400;
                if let Some(index) = rest.iter().position(near) {
                    late.push(rest.swap_remove(index).1.abs_diff(at_ms));
                    found += 1;
                } else {
                    lost.push(format!("{speaker} {at_ms} ms {text}"));
                }
            }
            assert!(rest.is_empty(), "{id}: {speaker} never said {rest:?}");
        }
        // Words are lost only where voice activity finds none, or finds them to lie beside the time that the script, which
        // knows sentences, gives to a word.
        assert!(found * 100 >= said * 95, "{id}: {found} of {said} words, not {lost:#?}");
        late.sort_unstable();
        assert!(
            late[late.len() / 2] <= 20,
            "{id}: half of the words are {} ms off",
            late[late.len() / 2]
        );
        let starts: Vec<(u32, Speaker)> =
            heard.turns.iter().map(|turn| (turn.span.start_ms, turn.speaker)).collect();
        assert!(starts.is_sorted(), "{id}: turns in order");
    }
}

/// Reads from all scripts: windows are given to the one whose speech lies where theirs does.
struct AnyScript(BTreeMap<usize, ScriptedRecognizer>, usize);

impl Recognizer for AnyScript {
    fn recognize(&mut self, window: &Window, effort: Effort) -> Result<Recognition, SpeechError> {
        self.0.get_mut(&self.1).unwrap().recognize(window, effort)
    }
}

#[track_caller]
fn hear_calls(
    ids: &[&str],
    jobs: usize,
    make: &(dyn Fn() -> Result<Box<dyn Recognizer>, SpeechError> + Sync),
) -> BTreeMap<usize, Result<Heard, HearError>> {
    let items: Vec<HearItem> = ids.iter().map(|id| item(id)).collect();
    let mut found = BTreeMap::new();
    let never = AtomicBool::new(false);
    hear_all(&items, &HearOptions::default(), make, jobs, &never, &(), &mut |index, heard| {
        assert!(found.insert(index, heard).is_none(), "item {index} was delivered twice");
    })
    .unwrap();
    found
}

#[test]
fn number_of_workers_changes_nothing() {
    let ids: Vec<&str> = CALLS.iter().copied().cycle().take(9).collect();
    let make = || {
        let all = CALLS.iter().enumerate().map(|(index, id)| (index, scripted(id))).collect();
        // One script for all calls: what is heard is nonsense, but the same nonsense.
        Ok(Box::new(AnyScript(all, 0)) as Box<dyn Recognizer>)
    };
    let heard = |jobs| -> Vec<Heard> {
        hear_calls(&ids, jobs, &make).into_values().map(Result::unwrap).collect()
    };
    let one = heard(1);
    assert_eq!(one.len(), ids.len());
    assert!(one.iter().all(|heard| !heard.turns.is_empty()));
    for jobs in [2, 5] {
        assert!(heard(jobs) == one, "{jobs} workers");
    }
    // And the function on one recording gives what the scheduler gives.
    let never = AtomicBool::new(false);
    let HearItem { source, name, .. } = item(ids[1]);
    let alone = hear(&source, &name, &HearOptions::default(), make().unwrap().as_mut(), &never);
    assert_eq!(alone.unwrap(), one[1]);
}

/// Fails, or breaks down, on windows of one speaker.
struct Stumbling(bool);

impl Recognizer for Stumbling {
    fn recognize(&mut self, window: &Window, _: Effort) -> Result<Recognition, SpeechError> {
        // The third sample alone has speech of the manager after 100 s.
        if window.span().end_ms > 120_000 {
            assert!(!self.0, "stumbled");
            return Err(SpeechError::Engine { at_s: 1.0, detail: "stumbled".into() });
        }
        Ok(Recognition::default())
    }
}

#[test]
fn recognizer_that_fails_or_panics_on_a_window_fails_that_call_only() {
    let ids = ["02-divan-bez-interesa", "01-okna-zamer", "05-reklama"];
    for panics in [false, true] {
        let made = AtomicUsize::new(0);
        let make = || {
            made.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(Stumbling(panics)) as Box<dyn Recognizer>)
        };
        let heard = hear_calls(&ids, 2, &make);
        let failed: Vec<usize> =
            heard.iter().filter(|(_, heard)| heard.is_err()).map(|(index, _)| *index).collect();
        assert_eq!((heard.len(), failed), (3, vec![1]));
        let message = heard[&1].as_ref().unwrap_err().to_string();
        assert!(message.contains("stumbled"), "{message}");
        assert_eq!(made.load(Ordering::Relaxed) > 2, panics, "a panic costs the recognizer");
    }
}

#[test]
fn recordings_that_cannot_be_read_fail_alone_however_many_they_are() {
    let mut items: Vec<HearItem> = (0..30)
        .map(|index| HearItem {
            source: AudioSource::File(format!("no-such-call-{index}.wav").into()),
            name: format!("{index}"),
            manager_channel: ManagerChannel::Left,
        })
        .collect();
    items.push(item("05-reklama"));
    let never = AtomicBool::new(false);
    let make = || Ok(Box::new(scripted("05-reklama")) as Box<dyn Recognizer>);
    let mut good = Vec::new();
    let mut count = 0;
    hear_all(&items, &HearOptions::default(), &make, 2, &never, &(), &mut |index, heard| {
        count += 1;
        if heard.is_ok() {
            good.push(index);
        }
    })
    .unwrap();
    assert_eq!((count, good), (31, vec![30]));
}

#[test]
fn run_without_recognizers_stops_and_says_why() {
    let make = || Err(SpeechError::Setup { detail: "no memory".into() });
    let items: Vec<HearItem> = CALLS.iter().map(|id| item(id)).collect();
    let never = AtomicBool::new(false);
    let options = HearOptions::default();
    let result = hear_all(&items, &options, &make, 2, &never, &(), &mut |_, _| {});
    assert!(result.unwrap_err().to_string().contains("no memory"));
}

/// Asks the run to stop at the first window.
struct StopAtOnce<'a>(&'a AtomicBool);

impl Observer for StopAtOnce<'_> {
    fn window_started(&self, _worker: usize, _item: usize, _speech_ms: u32) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn run_that_is_asked_to_stop_stops_between_windows() {
    let stop = AtomicBool::new(false);
    let items: Vec<HearItem> = CALLS.iter().cycle().take(40).map(|id| item(id)).collect();
    let make = || Ok(Box::new(scripted("05-reklama")) as Box<dyn Recognizer>);
    let mut delivered = 0;
    let options = HearOptions::default();
    let result =
        hear_all(&items, &options, &make, 2, &stop, &StopAtOnce(&stop), &mut |_, _| delivered += 1);
    assert!(matches!(result, Err(HearError::Cancelled)), "{result:?}");
    assert!(delivered < items.len());
}

/// The demo model; a program built without it has nothing to test here.
fn model() -> Option<WhisperModel> {
    let bytes = demo()?;
    Some(WhisperModel::load(&ModelSource::Bytes(bytes), &SpeechOptions::default()).unwrap())
}

#[test]
fn demo_model_hears_the_same_with_any_number_of_workers() {
    let Some(model) = model() else { return };
    let make = || Ok(Box::new(model.recognizer()?) as Box<dyn Recognizer>);
    let calls = ["05-reklama", "02-divan-bez-interesa"];
    let heard = |jobs| -> Vec<Heard> {
        hear_calls(&calls, jobs, &make).into_values().map(Result::unwrap).collect()
    };
    let one = heard(1);
    assert!(one.iter().all(|heard| !heard.turns.is_empty()));
    for jobs in [2, 5] {
        assert!(heard(jobs) == one, "{jobs} workers");
    }
}

#[test]
fn demo_model_forgets_one_window_before_the_next() {
    let Some(model) = model() else { return };
    let window = |from_s: f32| {
        // Warbling tones: no speech, so that the model has to guess, and every step is tried on it.
        let samples: Vec<f32> = (0..5 * 16_000)
            .map(|index| {
                let at_s = index as f32 / 16_000.0 + from_s;
                0.3 * (700.0 * at_s + 40.0 * (9.0 * at_s).sin()).sin() * (5.0 * at_s).sin()
            })
            .collect();
        let parts = vec![Part { at_sample: 0, len: samples.len(), start_sample: 0 }];
        Window { speaker: Speaker::Client, samples, parts }
    };
    let (one, other) = (window(0.0), window(31.4));
    for effort in [Effort::Quick, Effort::Full, Effort::Thorough] {
        let mut fresh = model.recognizer().unwrap();
        let expected = fresh.recognize(&one, effort).unwrap();
        let mut used = model.recognizer().unwrap();
        for before in [Effort::Thorough, Effort::Quick, Effort::Full] {
            used.recognize(&other, before).unwrap();
            assert_eq!(
                used.recognize(&one, effort).unwrap(),
                expected,
                "{effort:?} after {before:?}"
            );
        }
    }
}

#[test]
fn unknown_language_is_named() {
    let Some(bytes) = demo() else { return };
    for language in ["klingon", "", "ru\0"] {
        let options = SpeechOptions { language: language.into(), ..SpeechOptions::default() };
        let error = WhisperModel::load(&ModelSource::Bytes(bytes), &options).unwrap_err();
        assert!(matches!(error, SpeechError::Language { .. }), "{error}");
    }
}

#[test]
fn model_that_is_not_there_is_named() {
    let source = ModelSource::Path("no-such-model.bin".into());
    let error = WhisperModel::load(&source, &SpeechOptions::default()).unwrap_err().to_string();
    assert!(error.contains("`no-such-model.bin`"), "{error}");
}
