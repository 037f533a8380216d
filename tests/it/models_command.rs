//! `autograde models` from outside: what is printed and the exit codes. The embedded list is in force here, whose files
//! no test has; so a pull can only fail, each time in its own way.

use crate::http_server::{Answer, Server};
use crate::workspace::{Run, Workspace};

/// Length of the smallest file of the list, the voice activity model.
const SILERO_BYTES: usize = 885_098;

/// Runs `autograde models` with a folder of the test for models.
fn models(dir: &Workspace, args: &[&str]) -> Run {
    Run::of(
        dir.command()
            .env("AUTOGRADE_MODEL_DIR", dir.path("models"))
            .args(["models", "--lang", "en"])
            .args(args),
    )
}

#[test]
fn the_list_is_a_table_and_json() {
    let dir = Workspace::new();
    let table = models(&dir, &["list"]).ends_with(0).stdout;
    assert!(table.contains("small-q8_0") && table.contains("252 MiB"), "{table}");
    let list = models(&dir, &["list", "--json"]).ends_with(0).stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["schema"], 1);
    let small =
        list["models"].as_array().unwrap().iter().find(|model| model["short"] == "small").unwrap();
    assert_eq!((&small["name"], &small["state"]), (&"small-q8_0".into(), &"missing".into()));
    assert_eq!(small["bytes"], 264_464_607_u64);
    dir.write("models/ggml-small-q8_0.bin", "short");
    assert!(models(&dir, &["list"]).stdout.contains("damaged"));
}

#[test]
fn the_folder_is_told_and_a_missing_model_is_an_error() {
    let dir = Workspace::new();
    let path = models(&dir, &["path"]).ends_with(0).stdout;
    assert_eq!(path.trim(), dir.path("models").display().to_string());
    assert!(models(&dir, &["path", "small"]).ends_with(2).stderr.contains("autograde models pull"));
    assert!(models(&dir, &["path", "smal"]).ends_with(2).stderr.contains("known are"));
}

#[test]
fn verify_fails_on_a_wrong_hash_and_not_on_nothing() {
    let dir = Workspace::new();
    assert!(models(&dir, &["verify"]).ends_with(0).stdout.contains("no model is installed"));
    dir.write("models/ggml-silero-v6.2.0.bin", vec![0; SILERO_BYTES]);
    assert!(models(&dir, &["verify"]).ends_with(1).stdout.contains("failed  silero-v6.2.0"));
    models(&dir, &["verify", "small"]).ends_with(2);
    let text = dir.write("text.bin", "words");
    let run = models(&dir, &["verify", text.to_str().unwrap()]).ends_with(1);
    assert!(run.stdout.contains("is not a Whisper model"), "{}", run.stdout);
}

#[test]
fn wrong_bytes_end_with_1_and_leave_nothing() {
    let dir = Workspace::new();
    let server = Server::new(&vec![0; SILERO_BYTES], &[Answer::File]);
    let run = models(&dir, &["pull", "silero", "--mirror", &server.url()]).ends_with(1);
    assert!(run.stderr.contains("it was deleted"), "{}", run.stderr);
    assert!(run.stderr.contains("100 %"), "no plain lines: {}", run.stderr);
    assert_eq!(run.stdout, "");
    assert!(!dir.path("models/ggml-silero-v6.2.0.bin").exists());
    assert!(!dir.path("models/ggml-silero-v6.2.0.bin.part").exists());
}

#[test]
fn a_mirror_without_the_file_ends_with_2_and_quiet_says_only_that() {
    let dir = Workspace::new();
    let server = Server::new(&[], &[Answer::Status(404)]);
    let run = models(&dir, &["pull", "--quiet", "--mirror", &server.url()]).ends_with(2);
    assert_eq!(run.stderr.trim().lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("status 404"), "{}", run.stderr);
    assert_eq!(server.requests()[0].line, "GET /ggml-small-q8_0.bin");
    models(&dir, &["pull", "smal"]).ends_with(2);
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let dir = Workspace::new();
    let proxy = Server::new(&[], &[Answer::Status(404)]);
    let run = Run::of(
        dir.command()
            .env("AUTOGRADE_MODEL_DIR", dir.path("models"))
            .env("http_proxy", proxy.url())
            .args(["models", "pull", "--mirror", "http://models.invalid/"]),
    );
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let asked = proxy.requests();
    assert!(
        !asked.is_empty() && asked[0].line.contains("models.invalid"),
        "{asked:?}\n{}",
        run.stderr
    );
}
