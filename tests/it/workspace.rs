//! A folder of its own for a test, and the program run in it.
//!
//! The program sees nothing of the machine: no configuration, no model, no `AUTOGRADE_*`, no colours, a terminal of 80
//! columns, and a limit of time, so that a hang is a failure and not a wait.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;

/// Longer than any test needs on a slow machine; a run that takes this long hangs.
const PATIENCE: Duration = Duration::from_mins(5);

/// A fresh folder that goes away with the value.
#[derive(Debug)]
pub struct Workspace {
    dir: TempDir,
}

/// What a run of the program left.
#[derive(Debug)]
pub struct Run {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its stdout.
    pub stdout: String,
    /// Its stderr.
    pub stderr: String,
}

impl Workspace {
    /// An empty folder.
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// The path of `name` in the folder, whether it is there or not.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Copies a file of the repository (`tests/fixtures/...`) into the folder as `name`.
    pub fn copy(&self, from: &str, name: &str) -> PathBuf {
        self.write(name, fs::read(repository().join(from)).unwrap())
    }

    /// Text of a file in the folder.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program, to be run in the folder.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_autograde"));
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy().to_ascii_uppercase();
            if text.starts_with("AUTOGRADE_") || text.ends_with("_PROXY") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.root())
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("home/config"))
            .env("XDG_DATA_HOME", self.path("home/data"))
            .env("LC_ALL", "C.UTF-8")
            .env("COLUMNS", "80")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("FORCE_COLOR")
            .timeout(PATIENCE);
        command
    }

    /// Runs the program with `args` in the folder.
    pub fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Run {
        Run::of(self.command().args(args))
    }
}

impl Run {
    /// Runs `command` to its end.
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Fails the test, with everything the program said, unless it ended with `code`.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// Says that a test, or a part of it, could not run here, and why. `make test` counts what is written to the file that
/// `AUTOGRADE_TEST_SKIPS` names.
#[expect(clippy::print_stderr, reason = "the test's own output")]
pub fn skip(what: &str, why: &str) {
    eprintln!("skipped: {what}: {why}");
    if let Some(path) = std::env::var_os("AUTOGRADE_TEST_SKIPS") {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{what}: {why}").unwrap();
    }
}

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
