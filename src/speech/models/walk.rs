//! A walk through a file in ggml form: numbers are read forward and never past the end, tensors are stepped over.
//!
//! What the numbers must be is `header`'s business.

use std::io::{self, BufReader, Read, Seek};

/// `ggml` as a little-endian number: the first four bytes of the file are `lmgg`.
const MAGIC: u32 = 0x6767_6d6c;
/// Longest name of a tensor that is believed.
const LONGEST_NAME: u32 = 128;

/// Why a walk ended.
pub(super) enum Fault {
    /// The form is wrong: the reason.
    Form(String),
    /// It cannot be read.
    Io(io::Error),
}

impl Fault {
    pub(super) fn into_reason(self) -> String {
        match self {
            Self::Form(reason) => reason,
            Self::Io(error) => error.to_string(),
        }
    }
}

/// A fault of the form, unless `holds`.
pub(super) fn ensure(holds: bool, reason: impl FnOnce() -> String) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::Form(reason())) }
}

/// Reads numbers forward and never past the end.
pub(super) struct Walk<R: Read + Seek> {
    from: BufReader<R>,
    at: u64,
    length: u64,
}

impl<R: Read + Seek> Walk<R> {
    pub(super) fn new(from: R, length: u64) -> Self {
        // Small, as most of it is thrown away at the next tensor.
        Self { from: BufReader::with_capacity(4096, from), at: 0, length }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The first bytes, up to 16; then stands behind the magic number, without which it is no model.
    pub(super) fn start(&mut self) -> Result<Vec<u8>, Fault> {
        let start = self.bytes(self.length.min(16) as u32, "the first bytes")?;
        ensure(start.starts_with(&MAGIC.to_le_bytes()), || foreign(&start))?;
        self.from.rewind().map_err(Fault::Io)?;
        self.at = 0;
        self.number("the header")?;
        Ok(start)
    }

    pub(super) fn left(&self) -> u64 {
        self.length - self.at
    }

    pub(super) fn number(&mut self, what: &str) -> Result<u32, Fault> {
        let bytes = self.bytes(4, what)?;
        Ok(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    pub(super) fn bytes(&mut self, count: u32, what: &str) -> Result<Vec<u8>, Fault> {
        self.require(count.into(), what)?;
        let mut bytes = vec![0; count as usize];
        self.from.read_exact(&mut bytes).map_err(Fault::Io)?;
        self.at += u64::from(count);
        Ok(bytes)
    }

    pub(super) fn skip(&mut self, count: u64, what: &str) -> Result<(), Fault> {
        self.require(count, what)?;
        self.from.seek_relative(count.cast_signed()).map_err(Fault::Io)?;
        self.at += count;
        Ok(())
    }

    fn require(&self, count: u64, what: &str) -> Result<(), Fault> {
        ensure(count <= self.left(), || {
            format!("it is cut off: it ends after {} bytes, in {what}", self.length)
        })
    }
}

/// The head of one tensor: name, shape, number of the type.
pub(super) fn record<R: Read + Seek>(walk: &mut Walk<R>) -> Result<(String, [u64; 3], u32), Fault> {
    let axes = walk.number("a tensor")?;
    let length = walk.number("a tensor")?;
    let kind = walk.number("a tensor")?;
    ensure((1..=3).contains(&axes), || {
        format!("it holds a tensor of {axes} axes; 1 to 3 are possible")
    })?;
    ensure((1..=LONGEST_NAME).contains(&length), || {
        format!("it holds a tensor with a name of {length} bytes")
    })?;
    let mut shape = [1; 3];
    for axis in shape.iter_mut().take(axes as usize) {
        *axis = u64::from(walk.number("a tensor")?);
    }
    let name = walk.bytes(length, "a tensor")?;
    Ok((String::from_utf8_lossy(&name).into_owned(), shape, kind))
}

/// What a file is that does not begin as a ggml model does.
fn foreign(start: &[u8]) -> String {
    let known: &[(&[u8], &str)] = &[
        (b"GGUF", "a GGUF file; whisper.cpp wants the older ggml form (`ggml-*.bin`)"),
        (b"PK\x03\x04", "a zip or PyTorch file; convert it to ggml form"),
        (b"version https://git-lfs", "a Git LFS pointer, not the file it points to"),
        (b"version https://", "a Git LFS pointer, not the file it points to"),
        (b"<", "a page of HTML or XML, perhaps a server's error message"),
        (b"{", "JSON"),
        (b"RIFF", "a recording"),
    ];
    if start.is_empty() {
        return "it is empty".to_owned();
    }
    let found = known.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, what)| *what);
    match found {
        Some(what) => format!("it is {what}"),
        None => "it does not begin as a ggml model does".to_owned(),
    }
}
