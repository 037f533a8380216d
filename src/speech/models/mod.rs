//! Model files: which there are, where they lie, how they come here, and whether one may be loaded.
//!
//! A model file is input of native code that trusts it, so two questions come before any loading: is its SHA-256 one of
//! the list's ([`choose`](Models::choose)), and is its form that of a Whisper model down to the last byte
//! ([`check_header`])? Only [`pull`](Models::pull) opens a connection to another machine.
//!
//! This module reads headers and hashes, never weights; it loads no model into anything.

mod catalog;
mod choose;
mod demo;
mod growing;
mod hashes;
mod header;
mod installed;
mod layout;
mod lock;
mod proxy;
mod pull;
mod pull_terms;
mod transfer;
mod walk;

use std::path::PathBuf;

pub use catalog::{Catalog, Entry, ModelKind};
pub use choose::{ChosenModel, ChosenSource, choose};
pub use demo::{DEMO_NAME, demo};
pub use hashes::sha256_of;
pub use header::{
    ModelHeader, TensorType, check_header, check_header_bytes, check_vad, check_vad_bytes,
};
pub use installed::{Installed, Models, State, model_dir};
pub use pull_terms::{Limits, PullError, PullEvent, PullOptions, Pulled};

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum ModelError {
    /// The list of models is wrong.
    #[error("the list of models is wrong: {reason}")]
    Catalog { reason: String },
    /// Neither a name of the list nor a file.
    #[error(
        "`{name}` is neither a known model nor a file; known are {known} (`autograde models list`)"
    )]
    UnknownName { name: String, known: String },
    /// A listed model that is not here.
    #[error("the model `{name}` is not installed; run `autograde models pull {name}`")]
    NotInstalled { name: String },
    /// No model at all.
    #[error("no model is installed and none is compiled in; run `autograde models pull`")]
    None,
    /// A model of another kind was asked for.
    #[error("`{name}` finds speech and does not recognize it; name a Whisper model")]
    NotWhisper { name: String },
    /// The file is not what the list says.
    #[error(
        "`{}` is not the published `{name}`: its {what} is {found}, and {wanted} was wanted; run `autograde models pull {name}`", path.display()
    )]
    Mismatch { path: PathBuf, name: String, what: &'static str, found: String, wanted: String },
    /// The file is not a model of the wanted form.
    #[error("`{file}` is not a Whisper model that can be used: {reason}")]
    NotAModel { file: String, reason: String },
    /// The file is not the voice activity model.
    #[error("`{file}` is not a Silero model in ggml form: {reason}")]
    NotVad { file: String, reason: String },
    /// The file cannot be read.
    #[error("cannot read the model `{}`", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// Nowhere to keep models.
    #[error(
        "there is no folder for models: neither AUTOGRADE_MODEL_DIR nor XDG_DATA_HOME nor HOME is set"
    )]
    NoDirectory,
}
