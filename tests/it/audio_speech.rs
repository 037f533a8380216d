//! What is called speech: spoken words are, tones, music, noise and silence are not. The limits are the aims of the
//! project: 97 % of the time of spoken words kept, at most 2 % of music and tones called speech, nothing of noise.

use std::f32::consts::TAU;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use autograde::audio::{AudioOptions, AudioSource, survey};
use autograde::call::{Span, Speaker};
use serde_json::Value;

use crate::workspace::{Workspace, repository, skip};

const RATE_HZ: u32 = 8000;

/// Speech on each lane.
fn heard(source: &AudioSource) -> Vec<(Speaker, Vec<Span>, u32)> {
    let survey = survey(source, "name", &AudioOptions::default(), &AtomicBool::new(false)).unwrap();
    let duration_ms = survey.recording.duration_ms;
    let lanes = survey.lanes.into_iter();
    lanes.map(|lane| (lane.speaker, lane.activity.spans, duration_ms)).collect()
}

fn share_of_file(path: &Path) -> f64 {
    let lanes = heard(&AudioSource::File(path.into()));
    let (_, spans, duration_ms) = &lanes[0];
    spans.iter().map(|span| f64::from(span.len_ms())).sum::<f64>() / f64::from(*duration_ms)
}

/// Share of `seconds` of a sound, given as a function of time, that is called speech.
fn share_of(seconds: f32, mut sound: impl FnMut(f32) -> f32) -> f64 {
    let mut bytes = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(RATE_HZ.to_le_bytes());
    bytes.extend((2 * RATE_HZ).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
    for at in 0..(seconds * RATE_HZ as f32) as u32 {
        let sample = sound(at as f32 / RATE_HZ as f32).clamp(-1.0, 1.0);
        bytes.extend(((sample * 32767.0) as i16).to_le_bytes());
    }
    let workspace = Workspace::new();
    share_of_file(&workspace.write("sound.wav", bytes))
}

fn sine(hz: f32, t: f32) -> f32 {
    (TAU * hz * t).sin()
}

fn noise() -> impl FnMut() -> f32 {
    let mut state = 1_u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    }
}

/// A tone of `on` seconds in every `period`, over faint noise of the line.
fn bursts(frequencies_hz: &[f32], on: f32, period: f32) -> f64 {
    let mut line = noise();
    share_of(20.0, |t| {
        let tone: f32 = frequencies_hz.iter().map(|hz| sine(*hz, t)).sum();
        0.0005 * line() + if t % period < on { 0.1 * tone } else { 0.0 }
    })
}

#[test]
fn signal_tones_are_no_speech() {
    #[track_caller]
    fn check(what: &str, share: f64) {
        assert!(share <= 0.02, "{what}: {share}");
    }
    check("ring-back", bursts(&[425.0], 1.0, 5.0));
    check("busy", bursts(&[425.0], 0.35, 0.7));
    check("congestion", bursts(&[425.0], 0.18, 0.36));
    check("dial tone", bursts(&[425.0], 20.0, 20.0));
    check("American ring-back", bursts(&[440.0, 480.0], 2.0, 6.0));
    check("DTMF 1", bursts(&[697.0, 1209.0], 0.1, 0.2));
    check("DTMF 6", bursts(&[770.0, 1477.0], 0.3, 0.5));
    check("fax", bursts(&[2100.0], 3.0, 4.0));
}

#[test]
fn silence_and_noise_are_no_speech() {
    #[track_caller]
    fn check(what: &str, share: f64) {
        // A millisecond would be more.
        assert!(share < 1e-6, "{what}: {share}");
    }
    let mut white = noise();
    check("white", share_of(20.0, |_| 0.1 * white()));
    let mut faint = noise();
    check("faint", share_of(20.0, |_| 0.001 * faint()));
    let (mut low, mut last) = (noise(), 0.0);
    let brown = share_of(20.0, |_| {
        last = 0.98 * last + 0.02 * low();
        last
    });
    check("brown", brown);
    check("silence", share_of(20.0, |_| 0.0));
}

/// Chords of four harmonics each, a new one every `seconds`, with a melody of `vibrato_hz` deviation above.
fn music(seconds: f32, vibrato_hz: f32, drums: bool) -> f64 {
    let mut hiss = noise();
    share_of(30.0, |t| {
        let (step, within) = ((t / seconds) as usize, t % seconds);
        let root = [196.0, 261.6, 220.0, 174.6][step % 4];
        let fade = (-within / seconds).exp();
        let chord: f32 = [1.0, 1.25, 1.5]
            .iter()
            .flat_map(|third| (1..5).map(move |k| (third * root * k as f32, 1.0 / k as f32)))
            .map(|(hz, amplitude)| amplitude * sine(hz, t))
            .sum();
        let high = root * [2.0, 2.5, 3.0, 2.25][(t / seconds * 2.0) as usize % 4];
        let bend = vibrato_hz / 5.0 * sine(5.0, t);
        let melody = (TAU * high * t + bend).sin() + 0.5 * (2.0 * (TAU * high * t + bend)).sin();
        let beat = if drums { (-(t % 0.5) * 25.0).exp() * hiss() } else { 0.0 };
        0.05 * fade * chord + 0.08 * melody + 0.2 * beat
    })
}

#[test]
fn music_is_no_speech() {
    for (seconds, vibrato_hz, drums) in
        [(2.0, 0.0, false), (1.0, 0.0, true), (2.0, 6.0, false), (0.8, 3.0, true)]
    {
        let share = music(seconds, vibrato_hz, drums);
        assert!(share <= 0.02, "{seconds} s, vibrato {vibrato_hz} Hz, drums {drums}: {share}");
    }
    let share = share_of_file(&repository().join("tests/fixtures/hold-music.ogg"));
    assert!(share <= 0.02, "hold-music.ogg: {share}");
}

#[test]
fn spoken_words_of_the_samples_are_speech() {
    let samples = repository().join("samples");
    let mut truths: Vec<_> =
        fs::read_dir(samples.join("truth")).unwrap().map(|entry| entry.unwrap().path()).collect();
    truths.sort();
    let (mut compared, mut said_ms, mut kept_ms, mut called_ms) = (0, 0_u64, 0_u64, 0_u64);
    for path in truths {
        let truth: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let files = truth["files"].as_array().unwrap();
        let [file] = &files[..] else { continue };
        let file = file.as_str().unwrap();
        if cfg!(not(feature = "opus")) && file.ends_with("opus") {
            continue;
        }
        for (speaker, spans, _) in heard(&AudioSource::File(samples.join(file))) {
            let turns = truth["turns"].as_array().unwrap().iter();
            let (mut said, mut kept) = (0_u64, 0_u64);
            for sentence in turns
                .filter(|turn| turn["who"] == speaker.as_str())
                .flat_map(|turn| turn["sentences"].as_array().unwrap())
            {
                let ms = |key: &str| (sentence[key].as_f64().unwrap() * 1000.0) as u32;
                let span = Span::new(ms("start_s"), ms("end_s"));
                said += u64::from(span.len_ms());
                kept += spans.iter().map(|heard| u64::from(heard.overlap_ms(span))).sum::<u64>();
            }
            assert!(kept * 100 >= said * 97, "{file}, {speaker}: {kept} of {said} ms");
            compared += 1;
            said_ms += said;
            kept_ms += kept;
            called_ms += spans.iter().map(|span| u64::from(span.len_ms())).sum::<u64>();
        }
    }
    assert!(compared >= 16, "{compared}");
    // What is called speech beside words is padding and short pauses: no hold, no ring-back.
    assert!((called_ms - kept_ms) * 100 <= said_ms * 25, "{called_ms} ms called, {said_ms} said");
}

#[test]
fn real_recordings_are_told_apart() {
    // The shares that Silero v6 calls speech, with room for padding and for pauses between words.
    #[track_caller]
    fn check(path: &Path, least: f64, most: f64) {
        let share = share_of_file(path);
        assert!((least..=most).contains(&share), "{}: {share}", path.display());
    }
    let Some(folder) = repository().parent().map(|above| above.join("shared/audio")) else {
        return;
    };
    if !folder.is_dir() {
        skip("real hold music", "there are no real recordings beside the repository");
        return;
    }
    check(&folder.join("hold-music.mp3"), 0.0, 0.02);
    check(&folder.join("phone-ru-6s.flac"), 0.45, 0.8);
    check(&folder.join("phone-ru-51s.flac"), 0.22, 0.45);
    check(&folder.join("mic-ru-60s.wav"), 0.62, 0.85);
}
