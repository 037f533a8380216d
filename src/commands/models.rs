//! Being written: `autograde models`.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::exit::ExitStatus;

/// What to do with models.
#[derive(Clone, Debug)]
pub(crate) enum ModelsAction {
    /// List the known models.
    List {
        /// As one JSON object instead of a table.
        json: bool,
    },
    /// Download one.
    Pull {
        /// A name of the list; `small` by default.
        name: Option<String>,
        /// Take the files from here.
        mirror: Option<String>,
        /// Say nothing but errors.
        quiet: bool,
    },
    /// Check installed models against the list.
    Verify {
        /// A name of the list or a path; all that are installed by default.
        name: Option<String>,
    },
    /// Print the folder, or the path of one model.
    Path {
        /// A name of the list.
        name: Option<String>,
    },
}

/// Does it; results go to `out` (stdout), everything else to stderr. `cancel` is set by Ctrl-C.
///
/// # Errors
///
/// Where the run stops with exit code 2.
pub(crate) fn run(
    action: &ModelsAction,
    cancel: &Arc<AtomicBool>,
    out: &mut dyn Write,
) -> anyhow::Result<ExitStatus> {
    let _ = (action, cancel, out);
    Ok(ExitStatus::Success)
}
