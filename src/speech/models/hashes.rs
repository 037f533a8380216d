//! SHA-256 of model files, remembered between runs.
//!
//! Hashing 1.6 GB takes seconds, and a short call is graded in less, so the answer is kept in `.hashes.json` in the
//! folder of models, with what the file looked like: device, inode, length, time of the last write and time of the last
//! change. The last of these (`ctime`) cannot be set by a program: whatever writes to a file, replaces or renames it, moves
//! it forward, even where `cp -p`, `rsync -t` or `touch` restore the time of the last write. A file that was changed less
//! than two seconds before it was hashed is not remembered, as a later write could then bear the same time.
//!
//! What this does not catch: a disk that rots in silence (`models verify` always reads the bytes), and somebody who may
//! write to the user's own folder of models, who could as well replace the program. The list lies in that folder and not
//! beside a file named by the user, for whoever owns the file's folder could write a list too. Where there are no inodes
//! (not Unix) nothing is remembered. A list that is damaged or cannot be written costs time and nothing else.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::speech::models::ModelError;
use crate::whole_file::{self, Lasting};

/// Name of the list.
const FILE: &str = ".hashes.json";
/// A file must have rested so long before its hash is remembered, in nanoseconds.
const REST_NS: i128 = 2_000_000_000;

/// What a file looked like when it was hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    device: u64,
    inode: u64,
    bytes: u64,
    written_ns: i128,
    changed_ns: i128,
    sha256: String,
}

/// SHA-256 of the file at `path`, 64 lower-case hexadecimal digits; from the list in `dir` where the file is unchanged.
///
/// # Errors
///
/// When the file cannot be read.
pub(super) fn remembered_sha256(path: &Path, dir: Option<&Path>) -> Result<String, ModelError> {
    let read = |source| ModelError::Read { path: path.to_owned(), source };
    let Some(dir) = dir else { return sha256_of_file(path).map_err(read) };
    let key = fs::canonicalize(path).map_err(read)?.display().to_string();
    let before = look(path).map_err(read)?;
    let list = dir.join(FILE);
    let mut known = load(&list);
    if let (Some(before), Some(known)) = (&before, known.get(&key))
        && before.matches(known)
    {
        return Ok(known.sha256.clone());
    }
    let sha256 = sha256_of_file(path).map_err(read)?;
    if let Some(mut now) = look(path).map_err(read)?
        && before.as_ref().is_some_and(|before| before.matches(&now))
        && now.rested()
    {
        now.sha256.clone_from(&sha256);
        known.retain(|path, _| Path::new(path).exists());
        known.insert(key, now);
        // Failure costs the next run a second; it is no reason to stop this one.
        if let Err(error) = save(&list, &known) {
            tracing::debug!(list = %list.display(), %error, "hashes cannot be kept");
        }
    }
    Ok(sha256)
}

/// SHA-256 of the file at `path`, read now: 64 lower-case hexadecimal digits.
///
/// # Errors
///
/// When the file cannot be read.
pub fn sha256_of(path: &Path) -> Result<String, ModelError> {
    sha256_of_file(path).map_err(|source| ModelError::Read { path: path.to_owned(), source })
}

/// The same, with the plain error.
pub(super) fn sha256_of_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 18];
    loop {
        let count = file.read(&mut block)?;
        if count == 0 {
            return Ok(hex(hash));
        }
        hash.update(&block[..count]);
    }
}

/// SHA-256 of bytes in memory.
pub(super) fn sha256_of_bytes(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// The digest as 64 lower-case hexadecimal digits.
pub(super) fn hex(hash: Sha256) -> String {
    use std::fmt::Write as _;
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Remembered {
    /// Whether both describe the same file in the same state.
    fn matches(&self, other: &Self) -> bool {
        (self.device, self.inode, self.bytes) == (other.device, other.inode, other.bytes)
            && (self.written_ns, self.changed_ns) == (other.written_ns, other.changed_ns)
    }

    /// Whether the last change is long enough ago for the next one to bear another time.
    fn rested(&self) -> bool {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now_ns = now.map_or(0, |now| now.as_nanos().cast_signed());
        now_ns - self.changed_ns.max(self.written_ns) > REST_NS
    }
}

#[cfg(unix)]
fn look(path: &Path) -> io::Result<Option<Remembered>> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = fs::metadata(path)?;
    let ns = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    Ok(Some(Remembered {
        device: meta.dev(),
        inode: meta.ino(),
        bytes: meta.len(),
        written_ns: ns(meta.mtime(), meta.mtime_nsec()),
        changed_ns: ns(meta.ctime(), meta.ctime_nsec()),
        sha256: String::new(),
    }))
}

#[cfg(not(unix))]
fn look(_: &Path) -> io::Result<Option<Remembered>> {
    Ok(None)
}

fn load(list: &PathBuf) -> BTreeMap<String, Remembered> {
    fs::read(list).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn save(list: &Path, known: &BTreeMap<String, Remembered>) -> io::Result<()> {
    whole_file::write(list, &serde_json::to_vec(known)?, Lasting::Unsynced)
}
