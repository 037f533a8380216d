//! Labelled calls from the paths that were given: what can be used, and what cannot and why.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use crate::evaluation::{self, Found, Reference};
use crate::report::Language;
use crate::rules::Rulebook;

/// A transcript of a day has some megabytes; more than this is no labelled call.
const LONGEST_BYTES: u64 = 64 << 20;

/// Labelled calls.
pub(super) struct Labelled {
    /// In the order in which they were found; no id twice.
    pub(super) calls: Vec<(Found, Reference)>,
    /// Files that cannot be used.
    pub(super) faults: Vec<String>,
    /// Parts of files that cannot be used.
    pub(super) notes: Vec<String>,
}

impl Labelled {
    /// Reads all of `paths`, as far as `book` knows what is labelled. What is wrong is told in `lang`.
    pub(super) fn read(paths: &[PathBuf], book: &Rulebook, lang: Language) -> Self {
        let mut labelled = Self { calls: Vec::new(), faults: Vec::new(), notes: Vec::new() };
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        for found in evaluation::find(paths) {
            let read = found.map_err(|error| lang.labelled_error(&error)).and_then(|found| {
                let reference = read(&found, lang)?;
                Ok((found, reference))
            });
            let (found, mut reference) = match read {
                Ok(read) => read,
                Err(fault) => {
                    labelled.faults.push(fault);
                    continue;
                }
            };
            if let Some(first) = ids.get(&reference.id) {
                let (name, id) = (&found.name, &reference.id);
                labelled.faults.push(lang.pick(
                    format!("у `{name}` тот же id `{id}`, что у `{first}`; не учтён: один звонок, учтённый дважды, сузил бы все интервалы"),
                    format!("`{name}` has the id `{id}` of `{first}`; it is left out, as a call that counts twice would make every interval too narrow"),
                ));
                continue;
            }
            ids.insert(reference.id.clone(), found.name.clone());
            reference.fit(book);
            let notes = reference
                .faults
                .iter()
                .map(|fault| format!("`{}`: {}", found.name, lang.label_fault(fault)));
            labelled.notes.extend(notes);
            labelled.calls.push((found, reference));
        }
        labelled
    }
}

fn read(found: &Found, lang: Language) -> Result<Reference, String> {
    let name = &found.name;
    let unreadable = |error: io::Error| {
        format!("{} `{name}`: {error}", lang.pick("не удалось прочитать", "cannot read"))
    };
    let mut bytes = Vec::new();
    let file = File::open(&found.path).map_err(unreadable)?;
    file.take(LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if LONGEST_BYTES < bytes.len() as u64 {
        let most_mib = LONGEST_BYTES >> 20;
        return Err(lang.pick(
            format!("`{name}` больше {most_mib}\u{a0}МиБ: таких размеченных звонков не бывает"),
            format!("`{name}` is longer than {most_mib} MiB, which no labelled call is"),
        ));
    }
    evaluation::read_labelled(&bytes, name).map_err(|error| lang.labelled_error(&error))
}
