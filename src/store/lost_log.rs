//! Whether the log of a store of SQLite was lost.
//!
//! What was committed last lies in `-wal` until it is brought to the store's own file. Without that file SQLite opens an
//! earlier state and says nothing: confirmations would be gone, and recordings graded again. So the file itself says
//! whether it is open, in a number of its header that is SQLite's `user_version`. A kill leaves the mark and the log; the mark
//! without the log tells that the log was deleted, or that the store was copied without it.
//!
//! Where two programs have the store open, the first that ends takes the mark away, for nobody knows of the other: what is lost
//! then is not noticed. Never the other way round: a mark is there only while a log is, or was lost.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::store::link::Link;
use crate::store::open::beside;

/// Takes the mark away; nobody is waited for.
pub(super) const CLOSED: &str = "PRAGMA busy_timeout = 0; PRAGMA user_version = 0";

/// Where SQLite's header has the `user_version`, four bytes with the highest first.
const AT: usize = 60;

/// How often it is looked, and how long is waited in between: another program may just be opening or closing the store.
const LOOKS: u32 = 5;
const BETWEEN: Duration = Duration::from_millis(20);

/// Whether the store at `path` was left open and its log is not there.
pub(super) fn is_lost(path: &Path) -> bool {
    (0..LOOKS).all(|look| {
        if look != 0 {
            thread::sleep(BETWEEN);
        }
        is_marked(path) && !beside(path, "-wal").exists()
    })
}

/// Marks the store as open, and brings the mark to its file; `patience` is the connection's.
///
/// Where that cannot be done, because somebody writes or the disk is full, the store is as good as before.
pub(super) fn begin(link: &mut Link, patience: Duration) {
    let mark = "PRAGMA busy_timeout = 0; PRAGMA user_version = 1; PRAGMA wal_checkpoint(PASSIVE)";
    if let Err(error) = link.script(mark) {
        tracing::debug!(%error, "the store could not be marked as open");
    }
    // The program's own number: it cannot be refused.
    let _ = link.script(&format!("PRAGMA busy_timeout = {}", patience.as_millis()));
    link.at_the_end(CLOSED);
}

fn is_marked(path: &Path) -> bool {
    let mut header = [0; AT + 4];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header[AT..] != [0; 4]
}
