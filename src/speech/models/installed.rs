//! The folder of models: where it is, and what lies in it.
//!
//! What counts as installed is a file with the name and the length that the list gives; its SHA-256 is looked at before
//! it is loaded (`choose`) and by [`Models::verify`].

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::speech::models::hashes::sha256_of_file;
use crate::speech::models::{Catalog, Entry, ModelError, ModelKind, check_vad};

/// A list and the folder that its files lie in.
#[derive(Clone, Debug)]
pub struct Models {
    catalog: Catalog,
    dir: PathBuf,
}

/// What lies in the folder under an entry's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Nothing.
    Missing,
    /// The first part of a download.
    Partial {
        /// Bytes that are here.
        bytes: u64,
    },
    /// A file of the right length.
    Installed,
    /// A file of another length.
    WrongSize {
        /// Its length.
        bytes: u64,
    },
}

/// One entry and where it stands.
#[derive(Clone, Debug)]
pub struct Installed<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Where its file is, or would be.
    pub path: PathBuf,
    /// What is there.
    pub state: State,
}

/// The folder for models: `AUTOGRADE_MODEL_DIR`, else `autograde/models` in the user's data (`XDG_DATA_HOME`, else
/// `~/.local/share`).
///
/// # Errors
///
/// When none of these variables is set.
pub fn model_dir() -> Result<PathBuf, ModelError> {
    dir_from(&|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
}

fn dir_from(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, ModelError> {
    if let Some(dir) = variable("AUTOGRADE_MODEL_DIR") {
        return Ok(dir);
    }
    // The XDG specification has relative paths ignored.
    let data = variable("XDG_DATA_HOME").filter(|dir| dir.is_absolute());
    let data = data.or_else(|| Some(variable("HOME")?.join(".local/share")));
    Ok(data.ok_or(ModelError::NoDirectory)?.join("autograde/models"))
}

impl Models {
    /// The embedded list and the user's folder.
    ///
    /// # Errors
    ///
    /// When there is no folder (see [`model_dir`]).
    pub fn open() -> Result<Self, ModelError> {
        Ok(Self::new(Catalog::embedded()?, model_dir()?))
    }

    /// A list and a folder, which need not exist.
    pub fn new(catalog: Catalog, dir: PathBuf) -> Self {
        Self { catalog, dir }
    }

    /// The list.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the entry's file is, or would be.
    pub fn path_of(&self, entry: &Entry) -> PathBuf {
        self.dir.join(&entry.file)
    }

    /// Every entry of the list with what is there of it, in the order of the list.
    pub fn survey(&self) -> Vec<Installed<'_>> {
        let look =
            |entry| Installed { entry, path: self.path_of(entry), state: self.state_of(entry) };
        self.catalog.entries().iter().map(look).collect()
    }

    /// What lies in the folder under the entry's name.
    pub fn state_of(&self, entry: &Entry) -> State {
        let length = |path: PathBuf| {
            fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|meta| meta.len())
        };
        match (length(self.path_of(entry)), length(self.partial_path_of(entry))) {
            (Some(bytes), _) if bytes == entry.bytes => State::Installed,
            (Some(bytes), _) => State::WrongSize { bytes },
            (None, Some(bytes)) => State::Partial { bytes },
            (None, None) => State::Missing,
        }
    }

    /// Where a download of the entry grows.
    pub(super) fn partial_path_of(&self, entry: &Entry) -> PathBuf {
        self.dir.join(format!("{}.part", entry.file))
    }

    /// The installed Silero file, checked by hash; `None` when it is not installed.
    ///
    /// # Errors
    ///
    /// When it is there and is not the published one.
    pub fn vad(&self) -> Result<Option<PathBuf>, ModelError> {
        let Some(entry) = self.catalog.vad() else { return Ok(None) };
        if matches!(self.state_of(entry), State::Missing | State::Partial { .. }) {
            return Ok(None);
        }
        self.verify(entry)?;
        let path = self.path_of(entry);
        check_vad(&path)?;
        Ok(Some(path))
    }

    /// Reads the entry's whole file and compares it with the list.
    ///
    /// # Errors
    ///
    /// When it is missing, cannot be read, or is not what the list says.
    pub fn verify(&self, entry: &Entry) -> Result<(), ModelError> {
        let path = self.path_of(entry);
        match self.state_of(entry) {
            State::Installed => {}
            State::Missing | State::Partial { .. } => {
                return Err(ModelError::NotInstalled { name: entry.name.clone() });
            }
            State::WrongSize { bytes } => return Err(wrong_size(path, entry, bytes)),
        }
        let read = |source| ModelError::Read { path: path.clone(), source };
        let sha256 = sha256_of_file(&path).map_err(read)?;
        if sha256 == entry.sha256 { Ok(()) } else { Err(wrong_sha256(path, entry, sha256)) }
    }

    /// The best installed model that recognizes speech: the first of the list.
    pub fn best(&self) -> Option<&Entry> {
        let usable = |entry: &&Entry| {
            entry.kind == ModelKind::Whisper
                && matches!(self.state_of(entry), State::Installed | State::WrongSize { .. })
        };
        self.catalog.entries().iter().find(usable)
    }
}

/// The file has another length than the list says.
pub(super) fn wrong_size(path: PathBuf, entry: &Entry, found: u64) -> ModelError {
    ModelError::Mismatch {
        path,
        name: entry.name.clone(),
        what: "length",
        found: format!("{found} bytes"),
        wanted: format!("{} bytes", entry.bytes),
    }
}

/// The file has another SHA-256 than the list says.
pub(super) fn wrong_sha256(path: PathBuf, entry: &Entry, found: String) -> ModelError {
    ModelError::Mismatch {
        path,
        name: entry.name.clone(),
        what: "SHA-256",
        found,
        wanted: entry.sha256.clone(),
    }
}
