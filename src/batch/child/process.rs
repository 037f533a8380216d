//! One child process and the pipes to it.
//!
//! Three threads stand between: one writes orders, so that a child that stands still cannot stop its parent; one reads
//! reports; one sends what native code prints to the log. All end with the child.

use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::batch::child::protocol::{self, LineError, Order, Report};
use crate::batch::outcome::in_one_line;

/// Longer lines of the log are cut.
const LONGEST_LOG_BYTES: u64 = 4096;

/// How long a child that was told to finish has for it.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why nothing can be heard.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum ChildError {
    /// The process could not be begun.
    #[error("cannot start the process that listens")]
    Start(#[source] io::Error),
    /// It died several times over nothing.
    #[error("the process that listens died {times} times before it heard anything: {how}")]
    Dies { times: u32, how: String },
    /// It says itself that it cannot.
    #[error("{why}")]
    Fatal { why: String },
}

/// What comes from the child.
#[derive(Debug)]
pub(super) enum Event {
    Report(Report),
    /// It said what is no message.
    Nonsense(String),
    /// It closed its output: it is dead, or as good as dead.
    Gone,
}

/// A process that listens.
#[derive(Debug)]
pub(super) struct Process {
    child: std::process::Child,
    orders: Sender<Order>,
    /// When each was read, and what.
    pub(super) events: Receiver<(Instant, Event)>,
    /// The last line that it printed.
    last_words: Arc<Mutex<String>>,
}

impl Process {
    /// Begins `program hear-child`.
    ///
    /// The process is killed by the system when the *thread* that began it ends: call this on one that stays.
    pub(super) fn start(program: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .arg("hear-child")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // Ctrl-C at the terminal is the parent's to answer.
            command.process_group(0).arg0("autograde");
        }
        let mut process = command.spawn()?;
        let (orders, orders_out) = unbounded();
        let (events_in, events) = unbounded();
        let last_words = Arc::new(Mutex::new(String::new()));
        if let (Some(stdin), Some(stdout), Some(stderr)) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take())
        {
            let words = Arc::clone(&last_words);
            spawn("orders", move || write(stdin, &orders_out))?;
            spawn("reports", move || read(stdout, &events_in))?;
            spawn("child's log", move || log(stderr, &words))?;
        }
        Ok(Self { child: process, orders, events, last_words })
    }

    /// Sends an order; one to a dead child is lost, and its death is told by the events.
    pub(super) fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it now, and says how it ended and what it said last.
    pub(super) fn kill(mut self) -> (Option<ExitStatus>, String) {
        // Of one that is dead already this is no error, and its status stays what it was.
        let _ = self.child.kill();
        let status = self.child.wait().ok();
        // What it said may still be on its way: the log's thread ends with the pipe.
        thread::sleep(Duration::from_millis(20));
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (status, words)
    }

    /// Lets it finish what it has and end.
    pub(super) fn dismiss(mut self) {
        self.order(Order::Finish);
        let (closed, _) = unbounded();
        // Dropping the sender closes the child's input.
        self.orders = closed;
        let until = Instant::now() + FAREWELL;
        while Instant::now() < until {
            match self.child.try_wait() {
                Ok(Some(_)) | Err(_) => return,
                Ok(None) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // No child outlives its supervisor, and none stays a zombie.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.into()).spawn(run).map(drop)
}

fn write(mut stdin: ChildStdin, orders: &Receiver<Order>) {
    for order in orders {
        let sent = protocol::line(&order).map_err(io::Error::from);
        if sent.and_then(|line| stdin.write_all(&line)).is_err() {
            return;
        }
    }
}

fn read(stdout: ChildStdout, events: &Sender<(Instant, Event)>) {
    let mut stdout = BufReader::with_capacity(1 << 16, stdout);
    let mut line = Vec::new();
    loop {
        let (event, last) = match protocol::read(&mut stdout, &mut line) {
            Ok(Some(report)) => (Event::Report(report), false),
            Ok(None) | Err(LineError::Io(_)) => (Event::Gone, true),
            Err(error) => (Event::Nonsense(in_one_line(&error)), true),
        };
        if events.send((Instant::now(), event)).is_err() || last {
            return;
        }
        if line.capacity() > 1 << 22 {
            line = Vec::new();
        }
    }
}

fn log(stderr: ChildStderr, last_words: &Mutex<String>) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut stderr).take(LONGEST_LOG_BYTES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if !text.is_empty() {
            tracing::debug!(target: "autograde::child", "{text}");
            let mut words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
            text.clone_into(&mut words);
        }
    }
}

/// How a process ended, for people: `SIGSEGV`, `exit code 3`.
pub(super) fn how(status: Option<ExitStatus>) -> String {
    let Some(status) = status else { return "nobody knows how".to_owned() };
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return signal_name(signal);
    }
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        31 => "SIGSYS",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}
