//! Which model a run uses: the flag, else the configuration, else the best installed one, else the demo model.
//!
//! Whatever is chosen has been looked at: its form is that of a Whisper model, and its SHA-256 is known. A name of the
//! list must be the published file. A path may be any model that the user trusts; [`ChosenModel::listed`] is then false
//! and the draft carries a warning. A file that was named is never silently replaced by another.

use std::path::{Path, PathBuf};

use crate::speech::WINDOW_MS;
use crate::speech::models::hashes::{remembered_sha256, sha256_of_bytes};
use crate::speech::models::installed::{wrong_sha256, wrong_size};
use crate::speech::models::{
    DEMO_NAME, Entry, ModelError, ModelKind, Models, State, check_header, check_header_bytes, demo,
};

/// See [`ChosenModel::window_ms`].
const DEMO_WINDOW_MS: u32 = 17_800;

/// The model of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenModel {
    /// Its name in the list; of an unlisted file the file's name.
    pub name: String,
    /// Where its bytes are.
    pub source: ChosenSource,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Whether it is one of the list, or the demo model.
    pub listed: bool,
}

/// Where a model's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChosenSource {
    /// In a file.
    Path(PathBuf),
    /// In the program.
    Demo(&'static [u8]),
}

impl ChosenModel {
    /// Whether it is the demo model, which knows synthetic speech only.
    pub fn is_demo(&self) -> bool {
        matches!(self.source, ChosenSource::Demo(_))
    }

    /// The longest window that suits it, in milliseconds.
    ///
    /// Official models were trained on whole windows of 30 s and get the longest there are. The demo model is narrow, so
    /// attention, which grows with the square of the length, is half of its work: with windows that an encoder of 1,024
    /// positions takes in (17.9 s with the margin, see `whisper`) it needed a sixth less time and made a quarter fewer word
    /// errors than with 26 s (`benches/README.md`).
    pub fn window_ms(&self) -> u32 {
        if self.is_demo() { DEMO_WINDOW_MS } else { WINDOW_MS }
    }
}

/// Chooses from the embedded list and the user's folder; see [`Models::choose`].
///
/// # Errors
///
/// As [`Models::choose`], and when there is no folder for models.
pub fn choose(arg: Option<&str>, config: Option<&str>) -> Result<ChosenModel, ModelError> {
    Models::open()?.choose(arg, config)
}

impl Models {
    /// Chooses the model of a run: `arg` (`--model`), else `config`, else the best installed one, else the demo model.
    ///
    /// Both are a name of the list (exact or plain) or else the path of a file; `demo-ru` is the demo model. A name of the
    /// list wins over a file of the same name in the working folder; `./small` is a path.
    ///
    /// # Errors
    ///
    /// When the name is neither known nor a file, the model is not installed, its hash is not the list's, or its form is
    /// not that of a Whisper model.
    pub fn choose(
        &self,
        arg: Option<&str>,
        config: Option<&str>,
    ) -> Result<ChosenModel, ModelError> {
        if let Some(name) = arg.or(config) {
            return self.named(name);
        }
        match self.best() {
            Some(entry) => self.listed(entry),
            None => chosen_demo().unwrap_or(Err(ModelError::None)),
        }
    }

    fn named(&self, name: &str) -> Result<ChosenModel, ModelError> {
        if let Some(entry) = self.catalog().entry(name) {
            return self.listed(entry);
        }
        if name == DEMO_NAME
            && let Some(demo) = chosen_demo()
        {
            return demo;
        }
        let path = Path::new(name);
        if path.exists() || name.contains(['/', '\\']) {
            return self.unlisted(path);
        }
        Err(match self.catalog().require(name) {
            Err(error) => error,
            // The name was looked for above and was not there.
            Ok(entry) => ModelError::NotInstalled { name: entry.name.clone() },
        })
    }

    fn listed(&self, entry: &Entry) -> Result<ChosenModel, ModelError> {
        if entry.kind != ModelKind::Whisper {
            return Err(ModelError::NotWhisper { name: entry.name.clone() });
        }
        let path = self.path_of(entry);
        match self.state_of(entry) {
            State::Installed => {}
            State::Missing | State::Partial { .. } => {
                return Err(ModelError::NotInstalled { name: entry.name.clone() });
            }
            State::WrongSize { bytes } => return Err(wrong_size(path, entry, bytes)),
        }
        let sha256 = remembered_sha256(&path, Some(self.dir()))?;
        if sha256 != entry.sha256 {
            return Err(wrong_sha256(path, entry, sha256));
        }
        check_header(&path)?;
        Ok(ChosenModel {
            name: entry.name.clone(),
            source: ChosenSource::Path(path),
            sha256,
            listed: true,
        })
    }

    fn unlisted(&self, path: &Path) -> Result<ChosenModel, ModelError> {
        check_header(path)?;
        let sha256 = remembered_sha256(path, Some(self.dir()))?;
        let entry = self.catalog().by_sha256(&sha256);
        let name = match entry {
            Some(entry) => entry.name.clone(),
            None => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        };
        let source = ChosenSource::Path(path.to_owned());
        Ok(ChosenModel { name, source, sha256, listed: entry.is_some() })
    }
}

/// The demo model, if it is compiled in.
fn chosen_demo() -> Option<Result<ChosenModel, ModelError>> {
    let bytes = demo()?;
    let chosen = check_header_bytes(DEMO_NAME, bytes).map(|_| ChosenModel {
        name: DEMO_NAME.to_owned(),
        source: ChosenSource::Demo(bytes),
        sha256: sha256_of_bytes(bytes),
        listed: true,
    });
    Some(chosen)
}
