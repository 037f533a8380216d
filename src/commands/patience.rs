//! Ctrl-C: the first asks, the second ends.
//!
//! Whoever works looks at a flag between two steps and leaves nothing half-written. A step may be long all the same (a
//! window of a large model, an `ffmpeg` that hangs), and whoever presses again does not want to wait for it. The work is
//! therefore done on a thread of its own, and the thread that began returns when the work is done or Ctrl-C came twice,
//! whichever is first; what it returns from `main` ends the process, whatever the other is doing.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use anyhow::{Context as _, anyhow};

use crate::exit::ExitStatus;

/// The stack that the first thread of a process has on Linux: what worked there works here.
const STACK_BYTES: usize = 8 << 20;

/// Does `work` with a flag that the first Ctrl-C (or a polite `kill`) sets. The second ends it where it stands: drafts and
/// models are written under another name and then renamed, so that even then nothing half-written bears its name.
///
/// # Errors
///
/// Those of `work`; and when nobody listens for Ctrl-C, or no thread can be had.
pub(super) fn interruptible(
    work: impl FnOnce(&Arc<AtomicBool>) -> anyhow::Result<ExitStatus> + Send + 'static,
) -> anyhow::Result<ExitStatus> {
    let cancel = Arc::new(AtomicBool::new(false));
    let (done, outcome) = mpsc::channel();
    let (flag, again) = (Arc::clone(&cancel), done.clone());
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            // Nobody receives any more where the work has just ended.
            let _ = again.send(Ok(ExitStatus::Interrupted));
        }
    })
    .context("cannot listen for Ctrl-C")?;
    thread::Builder::new()
        .name("work".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // The panic has been told already; here it only must not leave the other thread waiting.
            let ended = panic::catch_unwind(AssertUnwindSafe(|| work(&cancel)))
                .unwrap_or_else(|_| Err(anyhow!("the program broke down; this is a bug")));
            let _ = done.send(ended);
        })
        .context("cannot start a thread")?;
    outcome.recv().context("nobody says how it ended")?
}
