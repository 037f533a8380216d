//! Which file holds, and reading it.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::config::FileConfig;

/// The file's name, in the current folder and in the user's configuration.
const FILE_NAME: &str = "autograde.toml";

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What it says.
    pub config: FileConfig,
}

/// The file that was named, else the first of the usual places that is there.
pub(super) fn read_file(
    named: Option<&Path>,
    env: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<Option<ReadFile>> {
    let named = named.map(Path::to_path_buf).or_else(|| env("AUTOGRADE_CONFIG").map(PathBuf::from));
    if let Some(path) = named {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read the configuration `{}`", path.display()))?;
        return parse(path, &text).map(Some);
    }
    let user = env("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| env("HOME").map(|home| Path::new(&home).join(".config")))
        .map(|folder| folder.join("autograde").join(FILE_NAME));
    for path in std::iter::once(PathBuf::from(FILE_NAME)).chain(user) {
        match std::fs::read_to_string(&path) {
            Ok(text) => return parse(path, &text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("cannot read the configuration `{}`", path.display())
                });
            }
        }
    }
    Ok(None)
}

fn parse(path: PathBuf, text: &str) -> anyhow::Result<ReadFile> {
    match FileConfig::parse(text) {
        Ok(config) => Ok(ReadFile { path, config }),
        Err(faults) => {
            let lines: Vec<String> = faults
                .iter()
                .map(|fault| format!("`{}` line {}: {}", path.display(), fault.line, fault.text))
                .collect();
            bail!("{}", lines.join("\n"))
        }
    }
}
