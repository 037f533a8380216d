//! The list of models in `models/models.toml`: what they are called, where they come from, what their bytes must be.
//!
//! The list is compiled in, and is also a plain value: tests and other lists go through [`Catalog::parse`]. It is checked
//! when it is read, as a wrong line in it would send gigabytes to the wrong name.
//!
//! This module touches neither the disk nor the network.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::speech::models::ModelError;

/// The list that the program is built with.
const EMBEDDED: &str = include_str!("../../../models/models.toml");

/// The known models, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    entries: Vec<Entry>,
}

/// One file that can be pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Family and quantization, for example `small-q8_0`.
    pub name: String,
    /// A shorter name that stands for this entry, for example `small`.
    pub plain: Option<String>,
    /// What it does.
    pub kind: ModelKind,
    /// Name of the file, without a folder.
    pub file: String,
    /// Where the same bytes are published; tried in this order. Never empty.
    pub urls: Vec<String>,
    /// Length of the file.
    pub bytes: u64,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Memory for the weights, MiB.
    pub weights_mib: u32,
    /// Memory for each worker beside the weights, MiB.
    pub worker_mib: u32,
    /// What it is for, in a few English words.
    pub purpose: String,
    /// The same in Russian; the English words where the list has none.
    pub purpose_ru: String,
}

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ModelKind {
    /// Recognizes speech.
    Whisper,
    /// Finds speech.
    Vad,
}

impl ModelKind {
    /// The word that the list and JSON use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Whisper => "whisper",
            Self::Vad => "vad",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    sources: BTreeMap<String, String>,
    #[serde(default)]
    model: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    plain: Option<String>,
    kind: ModelKind,
    file: String,
    source: String,
    also: Option<String>,
    bytes: u64,
    sha256: String,
    memory_mib: (u32, u32),
    purpose: String,
    purpose_ru: Option<String>,
}

impl Catalog {
    /// The list that the program is built with.
    ///
    /// # Errors
    ///
    /// Never in a released program: a test reads it.
    pub fn embedded() -> Result<Self, ModelError> {
        Self::parse(EMBEDDED)
    }

    /// Reads a list in the form of `models/models.toml`.
    ///
    /// # Errors
    ///
    /// On TOML that is none, unknown keys, and on entries that contradict themselves or each other.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let fault = |reason: String| ModelError::Catalog { reason };
        let file: File = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
        if file.schema != 1 {
            return Err(fault(format!(
                "schema {} is not known; this program reads 1",
                file.schema
            )));
        }
        let mut entries: Vec<Entry> = Vec::with_capacity(file.model.len());
        for row in file.model {
            let entry = row.into_entry(&file.sources).map_err(fault)?;
            if let Some(other) = entries.iter().find(|other| other.clashes(&entry)) {
                return Err(fault(format!(
                    "`{}` and `{}` share a name or a file",
                    other.name, entry.name
                )));
            }
            entries.push(entry);
        }
        Ok(Self { entries })
    }

    /// All entries, best first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of an exact or a plain name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.answers_to(name))
    }

    /// The same, or an error that lists the names.
    ///
    /// # Errors
    ///
    /// When no entry has this name.
    pub fn require(&self, name: &str) -> Result<&Entry, ModelError> {
        self.entry(name).ok_or_else(|| ModelError::UnknownName {
            name: name.to_owned(),
            known: self.names(ModelKind::Whisper),
        })
    }

    /// The entry whose file has this SHA-256.
    pub fn by_sha256(&self, sha256: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.sha256 == sha256)
    }

    /// The voice activity model that is pulled along with any other.
    pub fn vad(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.kind == ModelKind::Vad)
    }

    /// Exact names of one kind, separated by commas, for messages.
    pub fn names(&self, kind: ModelKind) -> String {
        let names: Vec<&str> = (self.entries.iter())
            .filter(|entry| entry.kind == kind)
            .map(|entry| entry.plain.as_deref().unwrap_or(&entry.name))
            .collect();
        names.join(", ")
    }
}

impl Entry {
    /// Whether `name` is its exact or its plain name.
    pub fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.plain.as_deref() == Some(name)
    }

    fn clashes(&self, other: &Self) -> bool {
        let taken = |name: &str| self.answers_to(name);
        taken(&other.name) || other.plain.as_deref().is_some_and(taken) || self.file == other.file
    }
}

impl Row {
    fn into_entry(self, sources: &BTreeMap<String, String>) -> Result<Entry, String> {
        let name = self.name;
        let base = sources.get(&self.source).ok_or_else(|| {
            format!("`{name}` names the source `{}`, which is not in [sources]", self.source)
        })?;
        if self.file.is_empty() || self.file.starts_with('.') || self.file.contains(['/', '\\']) {
            return Err(format!(
                "`{name}` has the file name `{}`, which is no plain name",
                self.file
            ));
        }
        if self.bytes == 0 {
            return Err(format!("`{name}` has 0 bytes"));
        }
        let hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        if self.sha256.len() != 64 || !self.sha256.bytes().all(hex) {
            return Err(format!(
                "`{name}` has the SHA-256 `{}`, which is not 64 lower-case hexadecimal digits",
                self.sha256
            ));
        }
        let mut urls = vec![format!("{}/{}", base.trim_end_matches('/'), self.file)];
        urls.extend(self.also);
        if let Some(url) =
            urls.iter().find(|url| !url.starts_with("http://") && !url.starts_with("https://"))
        {
            return Err(format!(
                "`{name}` has the address `{url}`, which is neither http nor https"
            ));
        }
        Ok(Entry {
            name,
            plain: self.plain,
            kind: self.kind,
            file: self.file,
            urls,
            bytes: self.bytes,
            sha256: self.sha256,
            weights_mib: self.memory_mib.0,
            worker_mib: self.memory_mib.1,
            purpose_ru: self.purpose_ru.unwrap_or_else(|| self.purpose.clone()),
            purpose: self.purpose,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Layers and width of the decoder and whisper.cpp's buffers for computing, in millions of bytes, as its log gave them.
    const FAMILIES: [(&str, u32, u32, f64); 7] = [
        ("tiny", 4, 384, 177.82),
        ("base", 6, 512, 203.19),
        ("small", 12, 768, 253.90),
        ("medium", 24, 1024, 304.67),
        ("large-v3-turbo", 4, 1280, 356.85),
        ("large-v3", 32, 1280, 356.85),
        ("large-v2", 32, 1280, 355.41),
    ];

    #[test]
    fn memory_is_that_of_the_dimensions() {
        const MIB: f64 = 1_048_576.0;
        for entry in Catalog::embedded().unwrap().entries() {
            if entry.kind == ModelKind::Vad {
                continue;
            }
            let (family, _) = entry.name.rsplit_once('-').unwrap();
            let (_, layers, width, buffers) =
                FAMILIES.iter().find(|(name, ..)| *name == family).unwrap();
            // Keys and values of 2 bytes: 7 times 512 places of the text, 1536 of the sound in each layer, and 1536 once.
            let (layers, width) = (f64::from(*layers), f64::from(*width));
            let kept = 4.0 * width * (layers * (7.0 * 512.0 + 1536.0) + 1536.0);
            let worker = (kept + buffers * 1e6) / MIB;
            let said = f64::from(entry.worker_mib);
            assert!((worker..worker + 32.0).contains(&said), "{}: {worker}", entry.name);
            let weights = entry.bytes as f64 / MIB + 9.0;
            assert!((f64::from(entry.weights_mib) - weights).abs() <= 1.0, "{}", entry.name);
        }
    }
}
