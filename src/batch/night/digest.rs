//! SHA-256 of a recording's bytes, and whether it stood still while they were read.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use crate::batch::night::walk::Found;

const BLOCK_BYTES: usize = 256 << 10;

/// What reading a recording came to.
#[derive(Debug)]
pub(super) enum Digest {
    /// Its SHA-256, of both files one after the other for a pair, in lower-case hex.
    Whole(String),
    /// It changed meanwhile.
    Changed,
    /// Somebody asked to stop.
    Stopped,
    /// It cannot be read.
    Fault(io::Error),
}

/// Reads `found` through.
pub(super) fn digest(found: &Found, stop: &AtomicBool) -> Digest {
    match bytes_of(found, stop) {
        Err(error) => Digest::Fault(error),
        Ok(None) => Digest::Stopped,
        Ok(Some(sha256)) => match found.look() {
            Ok(now) if now == (found.bytes, found.modified_ms) => Digest::Whole(sha256),
            Ok(_) => Digest::Changed,
            Err(error) => Digest::Fault(error),
        },
    }
}

fn bytes_of(found: &Found, stop: &AtomicBool) -> io::Result<Option<String>> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    for path in found.paths() {
        let mut file = File::open(path)?;
        loop {
            match file.read(&mut block) {
                Ok(0) => break,
                Ok(count) => hasher.update(&block[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
        }
    }
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(Some(hex))
}
