//! `Models::pull` against a server on loopback that misbehaves.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use autograde::speech::models::{
    Catalog, Limits, Models, PullError, PullEvent, PullOptions, Pulled, State,
};
use sha2::{Digest as _, Sha256};

use crate::http_server::{Answer, Server};
use crate::workspace::{Workspace, skip};

/// A file large enough to come in many pieces: 300 kB that do not repeat.
fn published() -> Vec<u8> {
    (0..75_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// A list of one entry, `m`, whose file is `published()`, at `url`.
fn catalog(url: &str, also: &str) -> Catalog {
    let file = published();
    let sha256 =
        Sha256::digest(&file).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    Catalog::parse(&format!(
        "schema = 1\n[sources]\nhere = \"{url}/models\"\n[[model]]\nname = \"m\"\nkind = \"whisper\"\n\
         file = \"m.bin\"\nsource = \"here\"\nbytes = {}\nsha256 = \"{sha256}\"\nmemory_mib = [1, 1]\npurpose = \"\"\n{also}",
        file.len()
    ))
    .unwrap()
}

/// Fast enough for a test, slow enough for a busy machine.
fn options() -> PullOptions {
    let limits = Limits {
        connect: Duration::from_secs(5),
        silence: Duration::from_millis(500),
        attempts: 3,
        pause: Duration::from_millis(1),
    };
    PullOptions { limits, ..PullOptions::default() }
}

/// A folder, a server and what was told.
struct Scene {
    dir: Workspace,
    server: Server,
    models: Models,
    events: Vec<PullEvent>,
}

impl Scene {
    fn new(answers: &[Answer]) -> Self {
        let dir = Workspace::new();
        let server = Server::new(&published(), answers);
        let models = Models::new(catalog(&server.url(), ""), dir.path("models"));
        Self { dir, server, models, events: Vec::new() }
    }

    /// The same with the first `count` bytes of the file (or of `bytes`) left from an earlier pull.
    fn with_part(answers: &[Answer], bytes: &[u8]) -> Self {
        let scene = Self::new(answers);
        scene.dir.write("models/m.bin.part", bytes);
        scene
    }

    fn pull_with(&mut self, options: &PullOptions) -> Result<Pulled, PullError> {
        let entry = self.models.catalog().entry("m").unwrap();
        self.models.pull(entry, options, &mut |event| self.events.push(event))
    }

    fn pull(&mut self) -> Result<Pulled, PullError> {
        self.pull_with(&options())
    }

    fn file(&self) -> PathBuf {
        self.dir.path("models/m.bin")
    }

    fn part(&self) -> Option<u64> {
        fs::metadata(self.dir.path("models/m.bin.part")).ok().map(|meta| meta.len())
    }

    /// The pull must succeed, with these values of `Range` in its requests.
    #[track_caller]
    fn succeeds(&mut self, ranges: &[Option<&str>]) {
        let pulled = self.pull().unwrap();
        assert_eq!(pulled, Pulled { path: self.file(), already_there: false });
        assert!(fs::read(self.file()).unwrap() == published(), "the file is another one");
        assert_eq!(self.part(), None);
        self.asked(ranges);
    }

    #[track_caller]
    fn asked(&self, ranges: &[Option<&str>]) {
        let found = self.server.ranges();
        assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), ranges);
    }

    /// The pull must fail with a message that contains `wanted`, and leave no file; returns the error.
    #[track_caller]
    fn fails(&mut self, wanted: &str) -> PullError {
        let error = self.pull().unwrap_err();
        assert!(error.to_string().contains(wanted), "`{error}` does not say `{wanted}`");
        assert!(!self.file().exists(), "there is a file after: {error}");
        error
    }
}

#[test]
fn a_file_comes_whole_and_under_its_name() {
    let mut scene = Scene::new(&[Answer::File]);
    scene.succeeds(&[None]);
    assert_eq!(scene.server.requests()[0].line, "GET /models/m.bin");
    let bytes = published().len() as u64;
    assert_eq!(scene.events[0], PullEvent::Started { name: "m".into(), done: 0, bytes });
    assert_eq!(scene.events.last(), Some(&PullEvent::Advanced { done: bytes }));
}

#[test]
fn a_file_that_is_here_and_right_is_not_asked_for() {
    let mut scene = Scene::new(&[Answer::Status(500)]);
    scene.dir.write("models/m.bin", published());
    assert!(scene.pull().unwrap().already_there);
    scene.asked(&[]);
}

#[test]
fn a_file_that_is_here_and_damaged_is_replaced() {
    let mut scene = Scene::new(&[Answer::File]);
    let mut damaged = published();
    damaged[1000] ^= 1;
    scene.dir.write("models/m.bin", damaged);
    scene.succeeds(&[None]);
    let mut scene = Scene::new(&[Answer::File]);
    scene.dir.write("models/m.bin", "short");
    scene.succeeds(&[None]);
}

#[test]
fn a_cut_connection_goes_on_at_the_byte() {
    let mut scene = Scene::new(&[Answer::Cut(100_000), Answer::Cut(50_001), Answer::File]);
    scene.succeeds(&[None, Some("bytes=100000-"), Some("bytes=150001-")]);
    let retries = scene.events.iter().filter(|event| matches!(event, PullEvent::Retrying { .. }));
    assert_eq!(retries.count(), 2);
}

#[test]
fn what_an_earlier_pull_left_is_gone_on_with() {
    let mut scene = Scene::with_part(&[Answer::File], &published()[..123_457]);
    scene.succeeds(&[Some("bytes=123457-")]);
    let bytes = published().len() as u64;
    assert_eq!(scene.events[0], PullEvent::Started { name: "m".into(), done: 123_457, bytes });
}

#[test]
fn a_part_that_is_whole_needs_no_server() {
    let mut scene = Scene::with_part(&[Answer::Status(500)], &published());
    scene.succeeds(&[]);
}

#[test]
fn a_part_that_is_too_long_is_thrown_away() {
    let mut scene = Scene::with_part(&[Answer::File], &[published(), vec![0; 9]].concat());
    scene.succeeds(&[None]);
}

#[test]
fn a_server_that_ignores_range_begins_again() {
    let mut scene = Scene::with_part(&[Answer::NoRange], &published()[..5000]);
    scene.succeeds(&[Some("bytes=5000-")]);
    assert!(scene.events.contains(&PullEvent::StartedOver));
}

#[test]
fn a_server_that_ignores_range_and_cuts_is_given_up() {
    let mut scene = Scene::new(&[Answer::NoRangeCut(200_000)]);
    let error = scene.fails("gave up");
    assert!(matches!(error, PullError::Broken { attempts: 3, done: 200_000, .. }), "{error:?}");
    scene.asked(&[None, Some("bytes=200000-"), Some("bytes=200000-")]);
}

#[test]
fn a_wrong_part_is_not_taken() {
    let part = &published()[..5000];
    for answer in [Answer::WrongPart, Answer::UnnamedPart] {
        let mut scene = Scene::with_part(&[answer, Answer::File], part);
        scene.succeeds(&[Some("bytes=5000-"), None]);
    }
    let mut scene = Scene::with_part(&[Answer::Status(416), Answer::File], part);
    scene.succeeds(&[Some("bytes=5000-"), None]);
}

#[test]
fn another_file_is_told_by_its_length() {
    let mut scene = Scene::with_part(&[Answer::OtherFile], &published()[..5000]);
    scene.fails("offers 300007 bytes, and `m` has 300000");
    let mut scene = Scene::new(&[Answer::OtherLength(20)]);
    scene.fails("offers 20 bytes");
    scene.asked(&[None]);
    let mut scene = Scene::new(&[Answer::TooMany]);
    scene.fails("it is another file");
    assert_eq!(scene.part(), Some(0));
}

#[test]
fn a_server_that_tells_no_length_will_do() {
    Scene::new(&[Answer::NoLength]).succeeds(&[None]);
    let mut scene = Scene::new(&[Answer::NoLengthCut(70_000), Answer::File]);
    scene.succeeds(&[None, Some("bytes=70000-")]);
}

#[test]
fn wrong_bytes_are_deleted_and_said() {
    let mut scene = Scene::new(&[Answer::WrongBytes]);
    let error = scene.fails("it was deleted");
    assert!(matches!(error, PullError::WrongSha256 { .. }));
    assert_eq!(scene.part(), None);
    // What an earlier pull left can be at fault as well; the next one begins at the first byte.
    let mut scene = Scene::with_part(&[Answer::File], &[7; 5000]);
    scene.fails("it was deleted");
    assert!(scene.pull().is_ok());
    scene.asked(&[Some("bytes=5000-"), None]);
}

#[test]
fn statuses_that_no_patience_helps_are_not_tried_again() {
    for (status, hint) in
        [(404, "check `--mirror`"), (403, "login"), (410, "does not have"), (304, "304")]
    {
        let mut scene = Scene::new(&[Answer::Status(status)]);
        let error = scene.fails(hint);
        assert!(
            matches!(error, PullError::Status { status: found, .. } if found == status),
            "{error:?}"
        );
        scene.asked(&[None]);
    }
}

#[test]
fn statuses_that_pass_are_tried_again() {
    for status in [408, 429, 500, 503] {
        Scene::new(&[Answer::Status(status), Answer::File]).succeeds(&[None, None]);
    }
    let mut scene = Scene::new(&[Answer::Status(503)]);
    scene.fails("gave up on");
    scene.asked(&[None, None, None]);
}

#[test]
fn a_slow_server_is_waited_for() {
    // It takes longer than the time allowed for silence, but is never silent for so long.
    let mut scene = Scene::new(&[Answer::Slow(30_000, Duration::from_millis(80))]);
    let started = Instant::now();
    scene.succeeds(&[None]);
    assert!(started.elapsed() > options().limits.silence);
}

#[test]
fn a_stalled_server_is_left_and_tried_again() {
    let mut scene = Scene::new(&[Answer::Stall(40_000), Answer::File]);
    scene.succeeds(&[None, Some("bytes=40000-")]);
}

#[test]
fn a_server_that_stays_silent_is_given_up_and_the_part_kept() {
    let mut scene = Scene::new(&[Answer::Stall(40_000), Answer::Stall(0)]);
    let started = Instant::now();
    let error = scene.fails("gave up");
    assert!(matches!(error, PullError::Broken { done: 40_000, .. }), "{error:?}");
    assert_eq!(scene.part(), Some(40_000));
    assert!(started.elapsed() < Duration::from_secs(20));
    let part = fs::read(scene.dir.path("models/m.bin.part")).unwrap();
    assert!(part == published()[..40_000]);
}

#[test]
fn garbage_and_no_server_are_errors() {
    Scene::new(&[Answer::Garbage]).fails("gave up");
    let mut scene = Scene::new(&[Answer::File]);
    let mirror = Some("http://127.0.0.1:1".to_owned());
    let error = scene.pull_with(&PullOptions { mirror, ..options() }).unwrap_err();
    assert!(matches!(error, PullError::Broken { attempts: 3, .. }), "{error:?}");
    let mirror = Some("no address".to_owned());
    let error = scene.pull_with(&PullOptions { mirror, ..options() }).unwrap_err();
    assert!(!scene.file().exists(), "{error}");
}

#[test]
fn a_redirect_is_followed_and_keeps_the_range() {
    let mut scene =
        Scene::with_part(&[Answer::Redirect("/elsewhere"), Answer::File], &published()[..5000]);
    scene.succeeds(&[Some("bytes=5000-"), Some("bytes=5000-")]);
    assert_eq!(scene.server.requests()[1].line, "GET /elsewhere");
    Scene::new(&[Answer::Redirect("/round")]).fails("redirect");
}

#[test]
fn a_mirror_replaces_the_address() {
    let mut scene = Scene::new(&[Answer::Status(500)]);
    let mirror = Server::new(&published(), &[Answer::File]);
    let options = PullOptions { mirror: Some(format!("{}/firm/", mirror.url())), ..options() };
    scene.pull_with(&options).unwrap();
    assert_eq!(mirror.requests()[0].line, "GET /firm/m.bin");
    scene.asked(&[]);
}

#[test]
fn the_second_address_is_tried_when_the_first_fails() {
    let dir = Workspace::new();
    let (first, second) = (
        Server::new(&published(), &[Answer::Status(404)]),
        Server::new(&published(), &[Answer::File]),
    );
    let also = format!("also = \"{}/copy\"\n", second.url());
    let models = Models::new(catalog(&first.url(), &also), dir.path("models"));
    let mut events = Vec::new();
    models
        .pull(models.catalog().entry("m").unwrap(), &options(), &mut |event| events.push(event))
        .unwrap();
    assert_eq!(second.requests()[0].line, "GET /copy");
    assert!(events.iter().any(
        |event| matches!(event, PullEvent::OtherAddress { reason } if reason.contains("404"))
    ));
}

#[test]
fn a_second_pull_is_told_who_holds_the_lock_and_the_lock_ends_with_the_first() {
    let mut scene = Scene::new(&[Answer::Stall(40_000), Answer::File]);
    let (models, cancel) = (scene.models.clone(), Arc::new(AtomicBool::new(false)));
    let first = PullOptions { cancel: Arc::clone(&cancel), limits: Limits::default(), ..options() };
    let running = std::thread::spawn(move || {
        models.pull(models.catalog().entry("m").unwrap(), &first, &mut |_| {}).unwrap_err()
    });
    let patience = Instant::now() + Duration::from_secs(20);
    while scene.part() != Some(40_000) && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(10));
    }
    let error = scene.pull().unwrap_err();
    assert!(matches!(error, PullError::Locked { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains(&format!("process {}", std::process::id())) && text.contains("`m`"),
        "{text}"
    );

    cancel.store(true, Ordering::Relaxed);
    let stopped = running.join().unwrap();
    assert!(matches!(stopped, PullError::Cancelled { done: 40_000, .. }), "{stopped:?}");
    scene.succeeds(&[None, Some("bytes=40000-")]);
}

#[test]
fn stopping_is_quick_and_keeps_what_is_here() {
    let mut scene = Scene::new(&[Answer::Stall(40_000)]);
    let options = PullOptions { limits: Limits::default(), ..options() };
    let cancel = Arc::clone(&options.cancel);
    let started = Instant::now();
    let entry = scene.models.catalog().entry("m").unwrap();
    let error = (scene.models)
        .pull(entry, &options, &mut |event| {
            if event == (PullEvent::Advanced { done: 40_000 }) {
                cancel.store(true, Ordering::Relaxed);
            }
        })
        .unwrap_err();
    assert!(matches!(error, PullError::Cancelled { done: 40_000, .. }), "{error:?}");
    // The default limit for silence is 30 s.
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(scene.models.state_of(entry), State::Partial { bytes: 40_000 });
    scene.events.clear();
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_before_any_request() {
    let dir = Workspace::new();
    let server = Server::new(&published(), &[Answer::File]);
    let models = Models::new(catalog(&server.url(), ""), dir.write("file", "").join("models"));
    let error =
        models.pull(models.catalog().entry("m").unwrap(), &options(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, PullError::Write { .. }), "{error:?}");
    assert!(error.to_string().contains("AUTOGRADE_MODEL_DIR"), "{error}");
    assert_eq!(server.requests(), []);
}

#[test]
fn a_file_larger_than_the_disk_is_an_error_before_any_request() {
    let dir = Workspace::new();
    let server = Server::new(&published(), &[Answer::File]);
    let list = format!(
        "schema = 1\n[sources]\nhere = \"{}\"\n[[model]]\nname = \"m\"\nkind = \"whisper\"\nfile = \"m.bin\"\n\
         source = \"here\"\nbytes = 1000000000000000000\nsha256 = \"{}\"\nmemory_mib = [1, 1]\npurpose = \"\"\n",
        server.url(),
        "0".repeat(64)
    );
    let models = Models::new(Catalog::parse(&list).unwrap(), dir.path("models"));
    let error =
        models.pull(models.catalog().entry("m").unwrap(), &options(), &mut |_| {}).unwrap_err();
    assert!(
        matches!(error, PullError::NoSpace { needed: 1_000_000_000_000_000_000, .. }),
        "{error:?}"
    );
    assert_eq!(server.requests(), []);
}

#[test]
fn a_disk_that_fills_up_while_it_writes_is_an_error() {
    // Linux has a file that is always full.
    let full = std::path::Path::new("/dev/full");
    if !full.exists() {
        skip("a full disk under a download", "this system has no /dev/full");
        return;
    }
    let mut scene = Scene::new(&[Answer::File]);
    fs::create_dir_all(scene.dir.path("models")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(full, scene.dir.path("models/m.bin.part")).unwrap();
    let error = scene.pull().unwrap_err();
    assert!(matches!(error, PullError::Write { .. }), "{error:?}");
}
