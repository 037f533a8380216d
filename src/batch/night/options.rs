//! What a night is told before it begins, whom it tells, and why it stops.

use std::path::PathBuf;

use crate::audio::ManagerChannel;
use crate::batch::child::{ChildError, ChildOptions};
use crate::batch::discover::Half;
use crate::batch::night::settle::{Settling, Waiting};
use crate::batch::night::sum::{Ended, FolderFault};
use crate::batch::night::walk::Found;
use crate::call::CallInfo;
use crate::grading::GradeOptions;
use crate::rules::Rulebook;
use crate::store::{DraftFiles, StoreError};
use crate::warning::Warning;

/// What is known of a recording before it is read.
#[derive(Clone, Debug)]
pub struct Known {
    /// What is known of the call.
    pub call: CallInfo,
    /// What the reader must know of how that is known.
    pub warnings: Vec<Warning>,
    /// The manager's channel in a stereo recording.
    pub manager_channel: ManagerChannel,
    /// The manager's file of a pair.
    pub manager_half: Half,
}

/// What a night is to do, and with what.
#[derive(Clone)]
pub struct NightOptions<'a> {
    /// Where to look.
    pub folders: Vec<PathBuf>,
    /// Only recordings of this day, `YYYY-MM-DD`.
    pub day: Option<String>,
    /// Only recordings of this day and later.
    pub since: Option<String>,
    /// When a recording may be taken.
    pub settling: Settling,
    /// Tells what is known of the recording at a path.
    pub know: &'a dyn Fn(&str) -> Known,
    /// How to listen.
    pub child: ChildOptions,
    /// SHA-256 of the model.
    pub model_sha256: String,
    /// What the reader must know of the model.
    pub model_warning: Option<Warning>,
    /// How to grade.
    pub book: &'a Rulebook,
    /// What made the drafts.
    pub grading: GradeOptions,
    /// Where the drafts go as files.
    pub files: DraftFiles,
}

/// Is told what happens. Called on the thread of the run.
pub trait Notice {
    /// A recording ended.
    fn ended(&mut self, ended: &Ended);
    /// A recording has to wait.
    fn waits(&mut self, found: &Found, why: Waiting);
    /// Something could not be listed.
    fn fault(&mut self, fault: &FolderFault);
}

/// Why a night stopped before its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NightError {
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing can be heard.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// A draft cannot be written as JSON.
    #[error("a draft cannot be written as JSON; this is a bug in autograde")]
    Json(#[from] serde_json::Error),
}
