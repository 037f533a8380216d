//! What can be known of a file's end before it is decoded, and how a file that was cut off is read all the same.
//!
//! Recorders are killed and disks fill up, so that a call may end anywhere. Most of symphonia's readers take what is
//! there; those of AIFF, Matroska and CAF look behind the sound before they begin and refuse a file that ends before it,
//! and that of MP4 finds no packet in sound that is shorter than was promised. [`retold`] gives the first two the same
//! bytes as a stream without an end, in which there is nothing to look for, and CAF a length that promises no more than
//! there is; [`mp4_as_long_as_it_is`] does so for MP4.
//!
//! Nothing can be done for an MP4 file whose table of contents stood at its end: without it nobody knows where in the
//! sound a packet begins.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use crate::audio::decode::Spliced;

/// Bytes from the end of an Ogg file within which its last page begins (pages are at most 65307 bytes).
const OGG_TAIL_BYTES: u64 = 66_000;
/// First bytes of AIFF and of Matroska, whose readers are content with a stream.
const STREAMABLE: &[&[u8]] = &[b"FORM", b"\x1a\x45\xdf\xa3"];
/// First bytes of CAF, and the length of what stands before its chunks.
const CAF: &[u8] = b"caff";
/// See [`CAF`].
const CAF_HEAD_BYTES: usize = 8;
/// The sound of CAF begins within these; some programs leave room for four kilobytes of tags before it.
const MOST_HEAD_BYTES: u64 = 64 * 1024;
/// Kind and length of a chunk of CAF.
const CAF_CHUNK_HEAD_BYTES: usize = 12;
/// Where the length of a packet stands: in the description, which is the first chunk.
const CAF_PACKET_BYTES_AT: usize = 36;
/// What stands between the head of the sound's chunk and the sound.
const CAF_EDIT_COUNT_BYTES: usize = 4;
/// Length and kind of an atom of MP4.
const ATOM_HEAD_BYTES: u64 = 8;
/// The length that says that the real one follows the kind, in eight bytes.
const LONG_ATOM: u32 = 1;
/// No file has more atoms before its sound; one that does is made to be looked through for ever.
const MOST_ATOMS: usize = 1000;

/// Whether this is MPEG audio whose length symphonia can only guess from its size: such a guess must not make a
/// truncated recording of a whole one.
pub(super) fn is_mpeg_of_unsaid_length(file: &mut File, head: &[u8]) -> io::Result<bool> {
    let start = match head {
        // The size of an ID3v2 tag: four times seven bits.
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            10 + [a, b, c, d].iter().fold(0, |size, byte| size << 7 | u64::from(**byte & 0x7f))
        }
        [0xff, second, ..] if second & 0xe0 == 0xe0 => 0,
        _ => return Ok(false),
    };
    file.seek(SeekFrom::Start(start))?;
    let mut frame = Vec::new();
    file.by_ref().take(2048).read_to_end(&mut frame)?;
    let says = |tag: &[u8]| frame.windows(4).any(|window| window == tag);
    Ok(!(says(b"Xing") || says(b"Info") || says(b"VBRI")))
}

/// Whether the last page of an Ogg file does not say that it is the last.
pub(super) fn ogg_lacks_end(file: &mut File, len: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(len.saturating_sub(OGG_TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.by_ref().take(OGG_TAIL_BYTES).read_to_end(&mut tail)?;
    let last = tail.windows(6).rev().find(|window| window.starts_with(b"OggS"));
    Ok(last.is_none_or(|page| page[5] & 4 == 0))
}

/// A file of `len` bytes that was refused, as a source that its reader may take; `None` where its format is none of
/// those that look behind the sound.
///
/// # Errors
///
/// When reading fails.
pub(super) fn retold(file: &mut File, len: u64) -> io::Result<Option<Box<dyn MediaSource>>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.by_ref().take(MOST_HEAD_BYTES).read_to_end(&mut head)?;
    if STREAMABLE.iter().any(|magic| head.starts_with(magic)) {
        let stream = Spliced::new(Vec::new(), file.try_clone()?, 0, len)?;
        return Ok(Some(Box::new(stream)));
    }
    let Some((patch, len)) = caf_as_long_as(&head, len) else { return Ok(None) };
    Ok(Some(Box::new(Patched { patch, file: file.try_clone()?, len, position: 0 })))
}

/// An MP4 file of `len` bytes that ends within its sound, as one that ends with it; `None` for any other file.
///
/// # Errors
///
/// When reading fails.
pub(super) fn mp4_as_long_as_it_is(
    file: &mut File,
    len: u64,
) -> io::Result<Option<Box<dyn MediaSource>>> {
    let Some(patch) = mp4_patch(file, len)? else { return Ok(None) };
    Ok(Some(Box::new(Patched { patch, file: file.try_clone()?, len, position: 0 })))
}

/// The length that an MP4 file's sound has, where the file breaks off within it and its index stands before.
fn mp4_patch(file: &mut (impl Read + Seek), len: u64) -> io::Result<Option<Patch>> {
    let (mut at, mut indexed) = (0_u64, false);
    for number in 0..MOST_ATOMS {
        if len < at.saturating_add(2 * ATOM_HEAD_BYTES) {
            break;
        }
        let (mut short, mut kind, mut long) = ([0; 4], [0; 4], [0; 8]);
        file.seek(SeekFrom::Start(at))?;
        for part in [&mut short[..], &mut kind, &mut long] {
            file.read_exact(part)?;
        }
        if number == 0 && kind != *b"ftyp" {
            break;
        }
        let (short, long) = (u32::from_be_bytes(short), u64::from_be_bytes(long));
        let size = if short == LONG_ATOM { long } else { short.into() };
        if kind == *b"mdat" {
            let there = len - at;
            return Ok((indexed && there < size).then(|| match u32::try_from(there) {
                Ok(there) if short != LONG_ATOM => {
                    Patch { at, bytes: there.to_be_bytes().to_vec() }
                }
                _ => Patch { at: at + ATOM_HEAD_BYTES, bytes: there.to_be_bytes().to_vec() },
            }));
        }
        indexed |= kind == *b"moov";
        match at.checked_add(size) {
            Some(next) if ATOM_HEAD_BYTES <= size => at = next,
            _ => break,
        }
    }
    Ok(None)
}

/// The length of a CAF file's sound as it is, in place of the one that was to be, and where the last whole packet ends;
/// `None` where `head` is not that of a CAF file, or ends before the sound.
fn caf_as_long_as(head: &[u8], len: u64) -> Option<(Patch, u64)> {
    if !head.starts_with(CAF) {
        return None;
    }
    let packet = head.get(CAF_PACKET_BYTES_AT..CAF_PACKET_BYTES_AT + 4)?;
    let packet_bytes = u64::from(u32::from_be_bytes(packet.try_into().ok()?));
    let mut at = CAF_HEAD_BYTES;
    loop {
        let body = at + CAF_CHUNK_HEAD_BYTES;
        let chunk = head.get(at..body)?;
        if chunk.starts_with(b"data") {
            let there = len.checked_sub((body + CAF_EDIT_COUNT_BYTES) as u64)?;
            // Packets of 0 bytes are of varying length; their table stands at the end.
            let whole = there / packet_bytes.max(1) * packet_bytes.max(1);
            let length = whole + CAF_EDIT_COUNT_BYTES as u64;
            let patch = Patch { at: at as u64 + 4, bytes: length.to_be_bytes().to_vec() };
            return Some((patch, body as u64 + length));
        }
        let chunk_len = u64::from_be_bytes(chunk[4..].try_into().ok()?);
        at = body.checked_add(usize::try_from(chunk_len).ok()?)?;
    }
}

/// Bytes that stand in place of a file's own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Patch {
    at: u64,
    bytes: Vec<u8>,
}

/// A file of another length, with a few other bytes.
struct Patched {
    patch: Patch,
    file: File,
    len: u64,
    position: u64,
}

impl Read for Patched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.len.saturating_sub(self.position);
        self.file.seek(SeekFrom::Start(self.position))?;
        let count = self.file.by_ref().take(left).read(buffer)?;
        let Patch { at, bytes } = &self.patch;
        for (place, byte) in (*at..).zip(bytes) {
            let offset = place.checked_sub(self.position).and_then(|at| usize::try_from(at).ok());
            if let Some(read) = offset.and_then(|offset| buffer[..count].get_mut(offset)) {
                *read = *byte;
            }
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Patched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.len.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl MediaSource for Patched {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of packets of `packet` bytes up to the length of its sound, which is `len`.
    fn caf(packet: u32, len: u64) -> Vec<u8> {
        let mut head = b"caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20".to_vec();
        head.extend([0; 16]);
        head.extend(packet.to_be_bytes());
        // Anything in the rest of the description, the name of a chunk too.
        head.extend(*b"datadatadata");
        head.extend(b"data");
        head.extend(len.to_be_bytes());
        head.extend([0; 4]);
        head
    }

    #[test]
    fn length_of_the_sound_becomes_what_is_there_in_whole_packets() {
        let head = caf(4, 5000);
        let len = head.len() as u64;
        let (patch, end) = caf_as_long_as(&head, len + 1003).unwrap();
        let mut patched = head.clone();
        patched[patch.at as usize..][..patch.bytes.len()].copy_from_slice(&patch.bytes);
        assert_eq!((patched, end), (caf(4, 1004), len + 1000));
        assert!(caf_as_long_as(&head, len - 1).is_none());
        for cut in 0..head.len() - 4 {
            assert_eq!(caf_as_long_as(&head[..cut], 9000), None, "{cut}");
        }
    }

    fn atom(size: u32, kind: &str, body: &[u8]) -> Vec<u8> {
        [&size.to_be_bytes()[..], kind.as_bytes(), body].concat()
    }

    #[track_caller]
    fn check_mp4(atoms: &[Vec<u8>], expected: Option<(u64, &[u8])>) {
        let bytes = atoms.concat();
        let len = bytes.len() as u64;
        let patch = mp4_patch(&mut io::Cursor::new(bytes), len).unwrap();
        let found = patch.as_ref().map(|patch| (patch.at, patch.bytes.as_slice()));
        assert_eq!(found, expected);
    }

    #[test]
    fn sound_of_mp4_is_as_long_as_the_file_where_the_index_stands_before_it() {
        let (kind, index) = (atom(12, "ftyp", b"M4A "), atom(16, "moov", &[0; 8]));
        let cut = atom(900, "mdat", &[7; 20]);
        check_mp4(&[kind.clone(), index.clone(), cut.clone()], Some((28, &[0, 0, 0, 28])));
        let long = [&900_u64.to_be_bytes()[..], &[7; 4]].concat();
        let long = atom(LONG_ATOM, "mdat", &long);
        check_mp4(&[kind.clone(), index.clone(), long], Some((36, &[0, 0, 0, 0, 0, 0, 0, 20])));
        // Whole, without an index before the sound, no MP4, atoms that lead nowhere.
        check_mp4(&[kind.clone(), index.clone(), atom(28, "mdat", &[7; 20])], None);
        check_mp4(&[kind.clone(), cut.clone()], None);
        check_mp4(&[index.clone(), cut.clone()], None);
        check_mp4(&[kind.clone(), index.clone(), atom(0, "free", &[0; 8]), cut.clone()], None);
        let endless: Vec<Vec<u8>> = vec![atom(8, "free", &[]); 3 * MOST_ATOMS];
        check_mp4(&[vec![kind, index], endless, vec![cut]].concat(), None);
    }

    #[test]
    fn chunk_that_claims_too_much_ends_the_search() {
        let mut head = caf(2, 0);
        let at = head.len() - 16;
        head.truncate(at);
        head.extend(b"info");
        head.extend([0xff; 200]);
        assert_eq!(caf_as_long_as(&head, 9000), None);
    }
}
