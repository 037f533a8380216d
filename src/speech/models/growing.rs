//! The part of a download that is here, with the SHA-256 of it.
//!
//! The hash goes along with the bytes, so that a file of gigabytes is not read again at the end; what an earlier pull left
//! is read once when it is opened.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::speech::models::hashes::hex;

/// A `.part` file.
pub(super) struct Growing {
    file: File,
    hash: Sha256,
    done: u64,
}

impl Growing {
    /// Opens what is there, or begins. More than `most` bytes cannot be right and are thrown away.
    pub(super) fn open(path: &Path, most: u64) -> io::Result<Self> {
        let file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let mut here = file.metadata()?.len();
        if here > most {
            file.set_len(0)?;
            here = 0;
        }
        let mut hash = Sha256::new();
        let mut done = 0;
        let mut block = vec![0; 1 << 18];
        loop {
            // No further than its length: a device in its place could be read for ever.
            let count = (&file).take(here - done).read(&mut block)?;
            if count == 0 {
                return Ok(Self { file, hash, done });
            }
            hash.update(&block[..count]);
            done += count as u64;
        }
    }

    /// Bytes that are here.
    pub(super) fn done(&self) -> u64 {
        self.done
    }

    /// Throws everything away.
    pub(super) fn start_over(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.hash = Sha256::new();
        self.done = 0;
        Ok(())
    }

    /// Adds bytes at the end.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.done += bytes.len() as u64;
        Ok(())
    }

    /// Brings the bytes to the disk.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Brings the bytes to the disk and returns their SHA-256.
    pub(super) fn finish(mut self) -> io::Result<String> {
        self.sync()?;
        Ok(hex(self.hash))
    }
}
