//! A store on each database for a test: a file of SQLite in a fresh folder, and a database of a PostgreSQL server that the
//! tests start themselves.
//!
//! The server is Debian's package, run as `postgres` or `nobody` where we are root (it refuses to run as root), in a
//! folder of its own, on a socket, with an order of letters that is not that of bytes. It lives as long as the test
//! binary: its shell waits for the end of its input, stops it then and removes the folder.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use autograde::store::{OpenOptions, Place, Store};

use crate::workspace::{Workspace, skip};

/// Runs `test` on both databases. Where there is no PostgreSQL, that half is counted as skipped.
pub fn on_both(test: impl Fn(&Database)) {
    test(&Database::sqlite());
    if let Some(database) = Database::postgres() {
        test(&database);
    }
}

/// A database that has nothing in it yet.
pub struct Database {
    /// Where it is.
    pub place: Place,
    /// The folder of a file, which goes away with the value.
    _room: Workspace,
}

impl Database {
    pub fn sqlite() -> Self {
        let room = Workspace::new();
        Self { place: Place::in_folder(&room.path("data")), _room: room }
    }

    pub fn postgres() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let socket = match server() {
            Ok(socket) => socket,
            Err(why) => {
                skip("a test of the store on PostgreSQL", why);
                return None;
            }
        };
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        run_sql(socket, "postgres", &format!("CREATE DATABASE {name}"));
        let url = format!("postgres://autograde@localhost/{name}?host={}", socket.display());
        Some(Self { place: Place::Postgres(url), _room: Workspace::new() })
    }

    /// The store, made where it is not there.
    pub fn open(&self) -> Store {
        Store::open(&self.place, &OpenOptions::creating()).unwrap()
    }

    /// Changes the database behind the store's back.
    pub fn tamper(&self, sql: &str) {
        match &self.place {
            Place::Sqlite(path) => tamper(path, sql),
            Place::Postgres(url) => {
                let name = url.split(['/', '?']).nth(3).unwrap();
                run_sql(server().unwrap(), name, sql);
            }
        }
    }
}

/// Runs statements on a file of SQLite.
pub fn tamper(path: &Path, sql: &str) {
    use sqlx::{Connection as _, Executor as _};
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
        connection.close().await.unwrap();
    });
}

fn run_sql(socket: &Path, database: &str, sql: &str) {
    use sqlx::{Connection as _, Executor as _};
    let url = format!("postgres://autograde@localhost/{database}?host={}", socket.display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// The folder of the server's socket, or why there is none.
fn server() -> Result<&'static Path, &'static str> {
    static SERVER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    SERVER.get_or_init(start).as_deref().map_err(String::as_str)
}

fn start() -> Result<PathBuf, String> {
    let bin = programs().ok_or("PostgreSQL is not installed (Debian's package `postgresql`)")?;
    // Not the test's own folder for temporary files: the name of a socket may have a hundred bytes, and the server's user
    // must be able to go there.
    let folder = tempfile::Builder::new()
        .prefix("autograde-pg-")
        .tempdir_in("/tmp")
        .map_err(|error| error.to_string())?
        .keep();
    let script = format!(
        "cd {folder} || exit 1\n\
         initdb() {{ {bin}/initdb -D data -U autograde -A trust -E UTF8 --no-sync \"$@\" >log 2>&1; }}\n\
         initdb --locale-provider=icu --icu-locale=ru --locale=C.UTF-8 || {{ rm -rf data; initdb --locale=C.UTF-8; }} || exit 1\n\
         {bin}/postgres -D data -k {folder} -c listen_addresses= -c fsync=off -c max_connections=50 >>log 2>&1 &\n\
         server=$!\n\
         cat >/dev/null\n\
         kill -INT $server; wait; rm -rf {folder}\n",
        folder = folder.display(),
        bin = bin.display()
    );
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    let mut shell = if is_root {
        let user = user().ok_or("no user `postgres` or `nobody` to run the server as")?;
        let owned = Command::new("chown").arg(user).arg(&folder).status();
        if !owned.is_ok_and(|status| status.success()) {
            return Err("its folder cannot be given to another user".to_owned());
        }
        let mut shell = Command::new("setpriv");
        shell.args([&format!("--reuid={user}"), "--clear-groups", "sh", "-c", &script]);
        shell
    } else {
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]);
        shell
    };
    let mut child = shell
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .env("LC_ALL", "C.UTF-8")
        .spawn()
        .map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let is_ready = || {
        Command::new(bin.join("pg_isready"))
            .args(["-q", "-h"])
            .arg(&folder)
            .status()
            .is_ok_and(|status| status.success())
    };
    while !is_ready() {
        if let Ok(Some(_)) = child.try_wait() {
            let mut said = String::new();
            child.stderr.take().map(|mut out| out.read_to_string(&mut said));
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            return Err(format!("PostgreSQL does not start: {said} {log}"));
        }
        if Duration::from_mins(1) < begun.elapsed() {
            return Err("PostgreSQL does not start within a minute".to_owned());
        }
        thread::sleep(Duration::from_millis(50));
    }
    // The shell's input stays open until the binary ends, which is what stops the server.
    std::mem::forget(child);
    Ok(folder)
}

/// The folder of the newest server's programs.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop()
}

fn user() -> Option<&'static str> {
    ["postgres", "nobody"].into_iter().find(|user| {
        Command::new("id").arg(user).output().is_ok_and(|output| output.status.success())
    })
}
