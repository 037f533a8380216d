//! Recordings from outside: every format decodes to the same scene, and no bad file does harm.
//!
//! The fixtures are described by `tests/fixtures/manifest.json`; bad files are made here, as they need no encoder.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use autograde::audio::{
    AudioError, AudioOptions, AudioSource, ManagerChannel, Survey, stretches, survey,
};
use autograde::call::{Span, Speaker};
use autograde::warning::Warning;
use serde_json::Value;

use crate::workspace::{Workspace, repository, skip};

/// Voice activity begins and ends this far from where a sentence does, at most: padding, and pauses of speakers.
const EDGE_MS: u32 = 350;

fn options() -> AudioOptions {
    // Whether ffmpeg is there must not decide a test.
    AudioOptions { ffmpeg: false, ..AudioOptions::default() }
}

fn survey_of(path: &Path) -> Result<Survey, AudioError> {
    survey(&AudioSource::File(path.into()), "name", &options(), &AtomicBool::new(false))
}

fn ms(value: &Value) -> u32 {
    (value.as_f64().unwrap() * 1000.0) as u32
}

#[track_caller]
fn assert_heard(survey: &Survey, speaker: Speaker, spoken: &[Span], what: &str) {
    let lane = survey.lanes.iter().find(|lane| lane.speaker == speaker);
    let heard = &lane.unwrap_or_else(|| panic!("{what}: no {speaker}")).activity.spans;
    for sentence in spoken {
        let covered: u32 = heard.iter().map(|span| span.overlap_ms(*sentence)).sum();
        // A tenth: final consonants fade away.
        assert!(covered * 10 >= sentence.len_ms() * 9, "{what}: {sentence:?} in {heard:?}");
    }
    let apart = |span: &Span| {
        spoken.iter().all(|s| span.start_ms + EDGE_MS < s.start_ms || span.start_ms > s.end_ms)
    };
    assert!(!heard.iter().any(apart), "{what}: {heard:?} begins outside of {spoken:?}");
}

#[test]
fn every_format_holds_the_same_scene() {
    let folder = repository().join("tests/fixtures");
    let manifest: Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let sentence = |who: &str| -> Vec<Span> {
        let all = manifest["sentences"].as_array().unwrap().iter();
        all.filter(|s| who == "both" || s["who"] == who)
            .map(|s| Span::new(ms(&s["start_s"]), ms(&s["end_s"])))
            .collect()
    };
    let recordings = manifest["recordings"].as_array().unwrap();
    assert!(recordings.len() >= 25);
    for recording in recordings {
        let name = recording["file"].as_str().unwrap();
        if cfg!(not(feature = "opus")) && name.starts_with("opus") {
            continue;
        }
        let survey = survey_of(&folder.join(name)).unwrap_or_else(|error| panic!("{error}"));
        let channels: Vec<&str> =
            recording["channels"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        assert_eq!(usize::from(survey.recording.channels), channels.len(), "{name}");
        let (expected, found) = (ms(&recording["duration_s"]), survey.recording.duration_ms);
        let tolerance = ms(&recording["tolerance_s"]);
        assert!(found + tolerance + 1 >= expected && found <= expected + 215, "{name}: {found} ms");
        if let [who] = channels[..] {
            assert_heard(&survey, Speaker::Unknown, &sentence(who), name);
            assert_eq!(survey.warnings, [Warning::Mono], "{name}");
        } else {
            assert_heard(&survey, Speaker::Manager, &sentence("manager"), name);
            assert_heard(&survey, Speaker::Client, &sentence("client"), name);
            assert_eq!(survey.warnings, [], "{name}");
        }
    }
}

#[test]
fn pair_of_files_is_one_call() {
    let folder = repository().join("tests/fixtures");
    let source = AudioSource::Pair {
        manager: folder.join("pair-out.wav"),
        client: folder.join("pair-in.wav"),
    };
    let survey = survey(&source, "pair", &options(), &AtomicBool::new(false)).unwrap();
    assert_heard(&survey, Speaker::Manager, &[Span::new(400, 2328)], "pair");
    assert_heard(&survey, Speaker::Client, &[Span::new(2928, 4809)], "pair");
    assert_eq!((survey.recording.channels, survey.warnings.len()), (2, 0));
}

#[test]
fn manager_is_on_the_channel_that_the_options_name() {
    let options = AudioOptions { manager_channel: ManagerChannel::Right, ..options() };
    let source = AudioSource::File(repository().join("tests/fixtures/a-law.wav"));
    let survey = survey(&source, "a", &options, &AtomicBool::new(false)).unwrap();
    assert_eq!(survey.lanes[0].speaker, Speaker::Manager);
    assert_heard(&survey, Speaker::Client, &[Span::new(400, 2328)], "right");
}

#[test]
fn second_pass_gives_the_speech_of_the_first() {
    let source = AudioSource::File(repository().join("tests/fixtures/vorbis-44k.ogg"));
    let survey = survey(&source, "a", &options(), &AtomicBool::new(false)).unwrap();
    let mut given = vec![0_u64; survey.lanes.len()];
    stretches(&survey, &source, &options(), &mut |lane, stretch| {
        assert!(stretch.samples.iter().all(|sample| sample.abs() <= 1.0));
        given[lane] += u64::from(stretch.span().len_ms());
        ControlFlow::Continue(())
    })
    .unwrap();
    let heard: Vec<u64> = survey.lanes.iter().map(|lane| lane.activity.total_ms()).collect();
    assert_eq!(given, heard);
}

#[test]
fn long_recording_is_decoded_again_with_the_same_samples() {
    let workspace = Workspace::new();
    let speech = fs::read(repository().join("tests/fixtures/pcm-s16.wav")).unwrap();
    let data = wav_samples(&speech);
    let path = workspace.write("long.wav", wav(1, 2, 8000, 16, &data.repeat(90)));
    let source = AudioSource::File(path);
    let survey = survey(&source, "long", &options(), &AtomicBool::new(false)).unwrap();
    // Ten minutes of lanes are kept; this is sixteen, so that these come from the file again.
    let (mut stretches_given, mut first) = (0, Vec::new());
    stretches(&survey, &source, &options(), &mut |lane, stretch| {
        stretches_given += 1;
        if lane == 0 && first.len() < 2 {
            first.push(stretch);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(stretches_given >= 180, "{stretches_given}");
    // 5.409 s at 8 kHz repeat: the same speech comes again.
    let period = 2 * (data.len() / 4) as u64;
    // The period is no whole number of frames, so that it may begin a frame sooner or later.
    assert!(first[1].start_sample.abs_diff(first[0].start_sample + period) <= 512);
}

/// A WAVE file.
fn wav(tag: u16, channels: u16, rate_hz: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let block = channels * bits / 8;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0");
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend((rate_hz.wrapping_mul(u32::from(block))).to_le_bytes());
    bytes.extend(block.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// What lies behind the `data` header of a WAVE file.
fn wav_samples(file: &[u8]) -> &[u8] {
    let at = file.windows(4).position(|window| window == b"data").unwrap();
    &file[at + 8..]
}

fn pcm16(samples: impl Iterator<Item = f32>) -> Vec<u8> {
    samples.flat_map(|sample| ((sample * 32767.0) as i16).to_le_bytes()).collect()
}

#[track_caller]
fn check_refused(name: &str, bytes: &[u8], expected: &str) {
    let workspace = Workspace::new();
    let path = workspace.write(name, bytes);
    let text = match survey_of(&path) {
        Ok(survey) => panic!("{name}: surveyed as {:?}", survey.recording),
        Err(error) => error.to_string(),
    };
    assert!(text.contains(expected) && text.contains(name), "{name}: {text}");
}

#[test]
fn bad_files_are_refused_with_a_reason() {
    let second = vec![1; 16000];
    check_refused("empty.wav", b"", "is empty");
    check_refused("header.wav", &wav(1, 1, 8000, 16, &[])[..30], "ends before the samples");
    check_refused("none.wav", &wav(1, 1, 8000, 16, &[]), "no samples");
    check_refused("short.wav", &wav(1, 1, 8000, 16, &[1; 800]), "50 ms long");
    check_refused("channels.wav", &wav(1, 0, 8000, 16, &second), "0 channels");
    check_refused("rate.wav", &wav(1, 1, 4_000_000_000, 16, &second), "4000000000 Hz");
    check_refused("bits.wav", &wav(1, 1, 8000, 12, &second), "12 bits");
    check_refused("text.wav", "Это не запись, а текст. ".repeat(500).as_bytes(), "known format");
    check_refused("tag.wav", &wav(0x1234, 1, 8000, 16, &second), "0x1234");
    check_refused("zeros.mp3", &[0; 5000], "known format");
    let lines = "1,a,b,c\n".repeat(2000);
    check_refused("table.ogg", lines.as_bytes(), "known format");
    check_refused(
        "photo.wav",
        &[b"\xff\xd8\xff\xe0\0\x10JFIF".as_slice(), &[7; 3000]].concat(),
        "",
    );
}

#[test]
fn unreadable_file_and_folder_are_refused() {
    let missing = survey_of(Path::new("/nowhere/call.wav")).unwrap_err();
    assert!(matches!(missing, AudioError::Unreadable { .. }), "{missing}");
    let workspace = Workspace::new();
    assert!(survey_of(workspace.root()).is_err());
}

/// A fixture in whose third quarter every 50th byte is wrong.
fn spoilt(name: &str) -> Vec<u8> {
    let mut state = 1_u32;
    let mut bytes = fixture(name);
    for at in (bytes.len() / 2..bytes.len() * 3 / 4).step_by(50) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes[at] = (state >> 24) as u8;
    }
    bytes
}

/// What these lose at their end is not told: symphonia leaves damaged pages and blocks out, and only a packet that comes
/// after them says, by its time, that something is missing (in Ogg; Matroska may pause).
const LOSS_AT_THE_END_IS_UNKNOWN: &[&str] = &["opus-mono.ogg", "opus.webm"];

#[test]
fn wrong_bytes_in_any_format_cost_packets_and_that_is_told() {
    let manifest: Value = serde_json::from_slice(&fixture("manifest.json")).unwrap();
    let mut wrong = Vec::new();
    for recording in manifest["recordings"].as_array().unwrap() {
        let name = recording["file"].as_str().unwrap();
        if cfg!(not(feature = "opus")) && name.starts_with("opus") {
            continue;
        }
        let workspace = Workspace::new();
        let whole_ms = ms(&recording["duration_s"]);
        match survey_of(&workspace.write(name, spoilt(name))) {
            Err(error) => wrong.push(error.to_string()),
            Ok(survey) => {
                let codes: Vec<&str> = survey.warnings.iter().map(Warning::code).collect();
                let found_ms = survey.recording.duration_ms;
                let told = codes.contains(&"damaged_packets")
                    || codes.contains(&"truncated")
                    || LOSS_AT_THE_END_IS_UNKNOWN.contains(&name);
                let kept = found_ms * 3 >= whole_ms && found_ms <= whole_ms + 215;
                if !kept || (found_ms + 300 < whole_ms && !told) {
                    wrong.push(format!("{name}: {found_ms} of {whole_ms} ms, {codes:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Nothing but this test says what ffmpeg makes of a file, so it makes the file itself.
#[test]
fn format_that_only_ffmpeg_knows_is_decoded_by_it() {
    let folder = repository().join("tests/fixtures");
    let workspace = Workspace::new();
    for (name, codec) in [("call.wma", "wmav2"), ("call.ac3", "ac3")] {
        let path = workspace.path(name);
        let made = std::process::Command::new("ffmpeg")
            .args(["-nostdin", "-loglevel", "error", "-i"])
            .arg(folder.join("pcm-s16.wav"))
            .args(["-ar", "48000", "-c:a", codec])
            .arg(&path)
            .output();
        let Ok(made) = made else {
            eprintln!("skipped: no ffmpeg on the PATH");
            return;
        };
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let refused = survey_of(&path).unwrap_err();
        assert!(matches!(refused, AudioError::NotAudio { .. }), "{name}: {refused}");
        let source = AudioSource::File(path);
        let survey =
            survey(&source, name, &AudioOptions::default(), &AtomicBool::new(false)).unwrap();
        assert_eq!(survey.warnings, [Warning::DecodedByFfmpeg], "{name}");
        assert!(survey.recording.duration_ms.abs_diff(5409) < 150, "{name}");
        assert_heard(&survey, Speaker::Manager, &[Span::new(400, 2328)], name);
        assert_heard(&survey, Speaker::Client, &[Span::new(2928, 4809)], name);
    }
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(repository().join("tests/fixtures").join(name)).unwrap()
}

#[track_caller]
fn check_warned(name: &str, bytes: &[u8], expected: &str) -> Survey {
    let workspace = Workspace::new();
    let path: PathBuf = workspace.write(name, bytes);
    let survey = survey_of(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let codes: Vec<&str> = survey.warnings.iter().map(Warning::code).collect();
    assert!(codes.contains(&expected), "{name}: {codes:?}");
    survey
}

/// ALAC in CAF promises its last packet whole; that it is short is no loss.
#[test]
fn whole_recording_with_a_short_last_packet_is_not_cut_off() {
    let workspace = Workspace::new();
    let path = workspace.path("call.caf");
    let made = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-i"])
        .arg(repository().join("tests/fixtures/pcm-s16.wav"))
        .args(["-c:a", "alac"])
        .arg(&path)
        .output();
    let Ok(made) = made else {
        skip("ALAC in CAF", "no ffmpeg on the PATH");
        return;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let survey = survey_of(&path).unwrap();
    assert_eq!((survey.recording.duration_ms, survey.warnings), (5409, Vec::new()));
}

/// The table of contents of these stands behind the sound: without it nobody knows where a packet begins.
const LOST_WITH_THE_END: &[&str] = &["aac-44k.m4a", "alac.m4a"];

#[test]
fn every_format_cut_off_anywhere_is_taken_as_far_as_it_goes() {
    let manifest: Value = serde_json::from_slice(&fixture("manifest.json")).unwrap();
    let mut wrong = Vec::new();
    for recording in manifest["recordings"].as_array().unwrap() {
        let name = recording["file"].as_str().unwrap();
        if cfg!(not(feature = "opus")) && name.starts_with("opus") {
            continue;
        }
        let whole_ms = ms(&recording["duration_s"]);
        let bytes = fixture(name);
        for percent in [30, 60, 90] {
            let workspace = Workspace::new();
            let path = workspace.write(name, &bytes[..bytes.len() * percent / 100]);
            let what = format!("{name} at {percent} %");
            match survey_of(&path) {
                Err(error) if LOST_WITH_THE_END.contains(&name) => {
                    if !error.to_string().contains("the index at its end is lost") {
                        wrong.push(format!("{what}: {error}"));
                    }
                }
                Err(error) => wrong.push(format!("{what}: {error}")),
                Ok(survey) => {
                    let codes: Vec<&str> = survey.warnings.iter().map(Warning::code).collect();
                    let found_ms = survey.recording.duration_ms;
                    // Bytes are no clock where the rate varies, and a page of Ogg holds a second.
                    let expected_ms = whole_ms * percent as u32 / 100;
                    let is_near = found_ms.abs_diff(expected_ms) <= 1300;
                    if LOST_WITH_THE_END.contains(&name)
                        || !codes.contains(&"truncated")
                        || !is_near
                    {
                        wrong.push(format!("{what}: {found_ms} of {expected_ms} ms, {codes:?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mp4_with_its_index_at_the_front_is_taken_as_far_as_it_goes() {
    for name in LOST_WITH_THE_END {
        let workspace = Workspace::new();
        let path = workspace.path(name);
        let made = std::process::Command::new("ffmpeg")
            .args(["-nostdin", "-loglevel", "error", "-i"])
            .arg(repository().join("tests/fixtures").join(name))
            .args(["-c", "copy", "-movflags", "+faststart"])
            .arg(&path)
            .output();
        let Ok(made) = made else {
            skip("an MP4 file with its index at the front", "no ffmpeg on the PATH");
            return;
        };
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let bytes = fs::read(&path).unwrap();
        let whole = survey_of(&path).unwrap();
        let is_cut = |warning: &Warning| warning.code() == "truncated";
        assert!(!whole.warnings.iter().any(is_cut), "{name}: {:?}", whole.warnings);
        let head = bytes.windows(4).position(|window| window == b"mdat").unwrap();
        for percent in [30, 60, 90] {
            let sound = (bytes.len() - head) * percent / 100;
            let survey = check_warned(name, &bytes[..head + sound], "truncated");
            let expected_ms = whole.recording.duration_ms * percent as u32 / 100;
            let found_ms = survey.recording.duration_ms;
            assert!(found_ms.abs_diff(expected_ms) <= 500, "{name} at {percent} %: {found_ms}");
        }
    }
}

#[test]
fn header_that_claims_too_much_is_not_believed() {
    let mut bytes = fixture("pcm-s16.wav");
    let at = bytes.windows(4).position(|window| window == b"data").unwrap();
    bytes[at + 4..at + 8].copy_from_slice(&4_000_000_000_u32.to_le_bytes());
    let survey = check_warned("claims.wav", &bytes, "truncated");
    assert!(survey.recording.duration_ms < 6000);
    // What a killed recorder leaves: no length at all.
    bytes[at + 4..at + 8].copy_from_slice(&[0; 4]);
    check_warned("killed.wav", &bytes, "truncated");
}

#[test]
fn wrong_extension_is_told() {
    check_warned("call.wav", &fixture("cbr-8k.mp3"), "wrong_extension");
    check_warned("call.mp3", &fixture("a-law.wav"), "wrong_extension");
    check_warned("call.ogg", &fixture("flac-16k.flac"), "wrong_extension");
}

#[test]
fn samples_that_are_no_numbers_are_silence() {
    let bytes = fixture("pcm-f32.wav");
    let mut data = wav_samples(&bytes).to_vec();
    for (at, value) in [(100, f32::NAN), (5000, f32::INFINITY), (9000, 7.5)] {
        data[4 * at..4 * at + 4].copy_from_slice(&value.to_le_bytes());
    }
    let survey = check_warned("nan.wav", &wav(3, 1, 8000, 32, &data), "not_a_number");
    assert!(survey.warnings.contains(&Warning::NotANumber { count: 2 }));
}

#[test]
fn channels_without_two_sides_are_told() {
    let bytes = fixture("pcm-s16.wav");
    let frames = || wav_samples(&bytes).chunks_exact(4);
    let dual: Vec<u8> = frames().flat_map(|f| [f[0], f[1], f[0], f[1]]).collect();
    let survey = check_warned("dual.wav", &wav(1, 2, 8000, 16, &dual), "dual_mono");
    assert_eq!(survey.lanes.len(), 1);
    let empty: Vec<u8> = frames().flat_map(|f| [f[0], f[1], 0, 0]).collect();
    let survey = check_warned("empty.wav", &wav(1, 2, 8000, 16, &empty), "empty_channel");
    assert!(survey.warnings.contains(&Warning::EmptyChannel { channel: 2 }));
    let four: Vec<u8> = frames().flat_map(|f| [f, f].concat()).collect();
    let survey = check_warned("four.wav", &wav(1, 4, 8000, 16, &four), "extra_channels");
    assert_eq!((survey.lanes.len(), survey.recording.channels), (2, 4));
}

#[test]
fn faint_copy_of_the_other_side_is_not_this_side() {
    let bytes = fixture("pcm-s16.wav");
    let left: Vec<f32> = wav_samples(&bytes)
        .chunks_exact(4)
        .map(|f| f32::from(i16::from_le_bytes([f[0], f[1]])) / 32768.0)
        .collect();
    // 16 dB weaker and 20 ms late.
    let echo = |at: usize| at.checked_sub(160).map_or(0.0, |at| 0.16 * left[at]);
    let both = (0..left.len()).flat_map(|at| [left[at], echo(at)]);
    let workspace = Workspace::new();
    let path = workspace.write("bleed.wav", wav(1, 2, 8000, 16, &pcm16(both)));
    let survey = survey_of(&path).unwrap();
    let heard: Vec<u64> = survey.lanes.iter().map(|lane| lane.activity.total_ms()).collect();
    assert!(heard[0] > 1500 && heard[1] == 0, "{heard:?}");
}
