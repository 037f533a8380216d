//! Recordings through the whole program with the demo model: bad ones, pairs, many, and the same result for any number
//! of workers.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::sounds::{Header, float_wav, noise, raw, samples_of, wav};
use crate::workspace::{Run, Workspace, repository};

/// Eight seconds of silence at 8 kHz.
static SILENCE: [i16; 64_000] = [0; 64_000];

fn fixture(name: &str) -> Vec<u8> {
    fs::read(repository().join("tests/fixtures").join(name)).unwrap()
}

/// The first second and a half in which the scene of the fixtures is spoken, as a file of its own.
fn short_call() -> Vec<u8> {
    let samples = samples_of(&fixture("pcm-s16.wav"));
    let loudest = (0..samples.len() / 2 / 4000)
        .map(|index| index * 8000)
        .find(|at| samples[*at..*at + 8000].iter().any(|sample| 3000 < sample.unsigned_abs()))
        .unwrap();
    let end = (loudest + 2 * 12_000).min(samples.len());
    wav(8000, 2, &samples[loudest..end])
}

/// What each recording came to: `graded` and the codes of its warnings, or why not.
fn outcomes(run: &Run) -> BTreeMap<String, String> {
    let outcome = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap();
        let source = object["call"]["source"].as_str().unwrap().to_owned();
        let said = if let Some(why) = object["failed"].as_str() {
            format!("failed: {why}")
        } else if let Some(why) = object["skipped"].as_str() {
            format!("skipped: {why}")
        } else {
            let codes = object["warnings"].as_array().unwrap();
            let codes: Vec<&str> =
                codes.iter().map(|code| code["code"].as_str().unwrap()).collect();
            format!("graded: {}", codes.join(" "))
        };
        (source, said)
    };
    run.stdout.lines().map(outcome).collect()
}

#[test]
fn each_bad_recording_ends_as_it_should_and_takes_none_along() {
    let place = Workspace::new();
    let good = fixture("pcm-s16.wav");
    let pcm = |channels, rate_hz, claimed_bytes| Header {
        tag: 1,
        channels,
        rate_hz,
        bits: 16,
        claimed_bytes,
    };
    place.write("d/empty.wav", "");
    place.write("d/header-only.wav", &good[..44]);
    place.write("d/zero-samples.wav", wav(8000, 2, &[]));
    place.write("d/short.wav", wav(8000, 1, &noise(400, 9000)));
    place.write("d/truncated.wav", &good[..good.len() / 2]);
    place.write("d/wrong-name.wav", fixture("cbr-8k.mp3"));
    place.write("d/text.wav", "Это не запись, а текст, который кто-то так назвал.\n".repeat(50));
    place.write(
        "d/billion.wav",
        raw(
            &pcm(2, 8000, Some(4_000_000_000)),
            &noise(800, 9000).iter().flat_map(|s| s.to_le_bytes()).collect::<Vec<_>>(),
        ),
    );
    place.write("d/4-ghz.wav", raw(&pcm(2, 4_000_000_000, None), &good[44..]));
    place.write("d/no-channels.wav", raw(&pcm(0, 8000, None), &good[44..]));
    place.write("d/silence.wav", wav(8000, 1, &SILENCE));
    place.write("d/noise.wav", wav(8000, 1, &noise(80_000, 6000)));
    place.write("d/music.ogg", fixture("hold-music.ogg"));
    let mono: Vec<f32> =
        samples_of(&good).chunks(2).map(|pair| f32::from(pair[0]) / 32768.0).collect();
    let holes = |(index, sample): (usize, &f32)| if index % 977 == 0 { f32::NAN } else { *sample };
    let with_holes: Vec<f32> = mono.iter().enumerate().map(holes).collect();
    place.write("d/nan.wav", float_wav(8000, &with_holes));
    place.write("d/good.wav", &good);
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", place.path("d/dangling.wav")).unwrap();

    let run = place.run(["d", "--json", "--jobs", "2"]).ends_with(1);
    let outcomes = outcomes(&run);
    let expected = [
        ("empty.wav", "failed: `d/empty.wav` is empty"),
        ("header-only.wav", "failed: "),
        ("zero-samples.wav", "failed: "),
        ("short.wav", "failed: "),
        ("truncated.wav", "graded: truncated"),
        ("wrong-name.wav", "graded: wrong_extension"),
        ("text.wav", "failed: `d/text.wav` is not a recording in a known format"),
        ("billion.wav", "failed: "),
        ("4-ghz.wav", "failed: the header of `d/4-ghz.wav` makes no sense"),
        ("no-channels.wav", "failed: "),
        ("silence.wav", "skipped: no speech"),
        ("noise.wav", "skipped: no speech"),
        ("music.ogg", "skipped: no speech"),
        ("nan.wav", "graded: not_a_number"),
        ("good.wav", "graded: "),
        #[cfg(unix)]
        ("dangling.wav", "failed: cannot read `d/dangling.wav`"),
    ];
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(name, start)| !outcomes.get(*name).is_some_and(|said| said.starts_with(start)))
        .map(|(name, start)| format!("{name}: {:?}, and {start:?} was wanted", outcomes.get(*name)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(outcomes.len(), expected.len(), "{outcomes:?}");
}

/// As root no permission keeps anybody from reading, so the unreadable file is a link to itself.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_fails_with_the_systems_reason() {
    let place = Workspace::new();
    std::os::unix::fs::symlink("call.wav", place.path("call.wav")).unwrap();
    let run = place.run(["call.wav", "--json"]).ends_with(1);
    let said = &outcomes(&run)["call.wav"];
    assert!(said.starts_with("failed: cannot read `call.wav`: "), "{said}");
}

#[test]
fn three_broken_of_three_hundred_are_told_and_the_others_graded() {
    let place = Workspace::new();
    let call = short_call();
    for index in 0..300 {
        let name = format!("{index:03}.wav");
        match index {
            7 => place.write(&name, ""),
            150 => place.write(&name, "text"),
            299 => place.write(&name, &call[..30]),
            _ => place.write(&name, &call),
        };
    }
    let run = place.run([".", "--json"]).ends_with(1);
    let outcomes = outcomes(&run);
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|(_, said)| said.starts_with("failed"))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!((outcomes.len(), failed), (300, vec!["007.wav", "150.wav", "299.wav"]));
    let sources: Vec<String> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["call"]["source"].to_string())
        .collect();
    assert!(sources.is_sorted(), "not in the order given");
    assert_eq!(run.stderr.matches("models pull").count(), 1, "the demo model is told of once");
}

#[test]
fn any_number_of_workers_gives_the_same_bytes() {
    let place = Workspace::new();
    for name in ["pcm-s16.wav", "opus.opus", "pair-in.wav", "pair-out.wav", "cbr-8k.mp3", "gsm.wav"]
    {
        place.copy(&format!("tests/fixtures/{name}"), &format!("d/{name}"));
    }
    let graded = |jobs| place.run(["d", "--json", "--quiet", "--jobs", jobs]).ends_with(0).stdout;
    let one = graded("1");
    assert_eq!(one.lines().count(), 5);
    assert!(one == graded("3"), "the drafts depend on the number of workers");
}

#[test]
fn a_pair_is_one_call_and_half_of_it_is_told() {
    let place = Workspace::new();
    let scene = fixture("pair-in.wav");
    place.write("call-in.wav", &scene);
    place.write("call-out.wav", fixture("pair-out.wav"));
    let pair = place.run(["call-in.wav", "call-out.wav", "--json"]).ends_with(0);
    let object: Value = serde_json::from_str(&pair.stdout).unwrap();
    assert_eq!(object["call"]["source"], "call-in+out.wav");
    assert_eq!(object["call"]["channels"], 2);
    let half = place.run(["call-in.wav", "--json"]).ends_with(0);
    let said = &outcomes(&half)["call-in.wav"];
    assert!(said.contains("missing_half") && said.contains("mono"), "{said}");
}

#[test]
fn the_managers_side_is_the_one_that_is_said() {
    let place = Workspace::new();
    place.copy("tests/fixtures/pcm-s16.wav", "call.wav");
    let first = |args: &[&str]| {
        let run =
            place.run(["transcribe", "call.wav", "--format", "json"].iter().chain(args).copied());
        let object: Value = serde_json::from_str(&run.ends_with(0).stdout).unwrap();
        object["transcript"][0]["who"].as_str().unwrap().to_owned()
    };
    let (left, right) = (first(&[]), first(&["--manager-channel", "right"]));
    assert_ne!(left, right);
    place.write("autograde.toml", "manager-channel = \"right\"\n");
    assert_eq!(first(&[]), right);
    place.write("autograde.toml", "[[source]]\nfiles = \"call.*\"\nmanager-channel = \"right\"\n");
    assert_eq!(first(&[]), right);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_half_written_and_says_what_was_done() {
    let place = Workspace::new();
    let call = fixture("pcm-s16.wav");
    for index in 0..60 {
        place.write(&format!("d/{index:02}.wav"), &call);
    }
    let program = env!("CARGO_BIN_EXE_autograde");
    // The shell waits for the first draft, then interrupts.
    let line = format!(
        "{program} d --out drafts --jobs 1 & pid=$!; for i in $(seq 600); do ls drafts/*.json >/dev/null 2>&1 && break; \
         sleep 0.1; done; kill -INT $pid; wait $pid"
    );
    let command = place.command();
    let env: Vec<(String, std::ffi::OsString)> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_string_lossy().into_owned(), value?.to_owned())))
        .collect();
    let mut shell = assert_cmd::Command::new("bash");
    // Job control, or the shell would start the program with the interrupt ignored.
    let run = Run::of(shell.args(["-m", "-c", &line]).envs(env).current_dir(place.root()));
    assert_eq!(run.code, Some(130), "{}\n{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("прервано: "), "{}", run.stderr);
    for entry in fs::read_dir(place.path("drafts")).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.extension().is_some_and(|end| end == "json"), "{path:?} is left");
        serde_json::from_str::<Value>(&fs::read_to_string(&path).unwrap()).unwrap();
    }
}

/// Sends what Ctrl-C sends.
#[cfg(unix)]
fn interrupt(running: &std::process::Child) {
    let sent = std::process::Command::new("kill")
        .args(["-INT", &running.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Waits until `holds`, or fails the test after a minute.
#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = std::time::Instant::now();
    while !holds() {
        assert!(since.elapsed() < std::time::Duration::from_mins(1), "in vain: {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// The program, begun in the folder of the test.
#[cfg(unix)]
fn begun(place: &Workspace, path: &str, args: &[&str]) -> std::process::Child {
    std::process::Command::new(env!("CARGO_BIN_EXE_autograde"))
        .args(args)
        .current_dir(place.root())
        .env("HOME", place.path("home"))
        .env("XDG_DATA_HOME", place.path("home/data"))
        .env("PATH", path)
        .env_remove("AUTOGRADE_MODEL")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_whole_drafts_and_says_how_many() {
    let place = Workspace::new();
    for index in 0..60 {
        place.write(&format!("calls/{index:02}.wav"), short_call());
    }
    let path = std::env::var("PATH").unwrap();
    let running = begun(&place, &path, &["calls", "--lang", "en", "--out", "drafts"]);
    let drafts = || fs::read_dir(place.path("drafts")).map_or(0, Iterator::count);
    wait_until("a draft", || drafts() > 0);
    interrupt(&running);
    let ended = running.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{said}");
    let count = drafts();
    assert!((1..60).contains(&count), "{count}");
    assert!(said.contains("interrupted") && said.contains("done of 60"), "{said}");
    for entry in fs::read_dir(place.path("drafts")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().unwrap(), "json", "{}", path.display());
        serde_json::from_slice::<Value>(&fs::read(&path).unwrap()).unwrap();
    }
}

/// The decoder that hangs is a program of this test that goes by the name of `ffmpeg`.
#[cfg(unix)]
#[test]
fn second_ctrl_c_does_not_wait_for_a_decoder_that_hangs() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Workspace::new();
    let ffmpeg = place.write("bin/ffmpeg", "#!/bin/sh\necho $$ > started\nexec sleep 60\n");
    fs::set_permissions(&ffmpeg, fs::Permissions::from_mode(0o755)).unwrap();
    place.write("call.wma", "not a format of ours".repeat(100));
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap());
    let mut running = begun(&place, &path, &["call.wma"]);
    let hung = || fs::read_to_string(place.path("started")).is_ok_and(|id| id.ends_with('\n'));
    wait_until("the decoder", hung);
    interrupt(&running);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(running.try_wait().unwrap().is_none(), "the first only asks");
    interrupt(&running);
    wait_until("the end", || running.try_wait().unwrap().is_some());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    let decoder = place.read("started");
    std::process::Command::new("kill").arg(decoder.trim()).status().unwrap();
}
