//! Whether a container is all there, by what its header promises: an upload that broke off stands still too.
//!
//! Only what a few bytes can tell: the sizes of RIFF and of MP4's boxes, and the last page of Ogg. Formats without an end
//! (MP3, raw GSM) are complete whenever they stand still. This decodes nothing and is no check of the sound.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// An Ogg page is not longer than this.
const OGG_PAGE_BYTES: u64 = 65_307;

/// A file of MP4 with more boxes at its top is read no further.
const MOST_BOXES: usize = 10_000;

/// Whether the file is as long as it says; `true` for what does not say.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn is_complete(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut head = [0; 12];
    if !fills(&mut file, &mut head)? {
        // Too short for any header; what it is, the decoder will tell.
        return Ok(true);
    }
    match (&head[..4], &head[4..8], &head[8..]) {
        (b"RIFF", _, b"WAVE") => wav(&mut file, bytes),
        (b"OggS", ..) => ogg(&mut file, bytes),
        (_, b"ftyp", _) => mp4(&mut file, bytes),
        _ => Ok(true),
    }
}

/// The `data` chunk must be there and end in the file. A size of 0 with sound behind it is one that the recorder fills in
/// when it is done; of all ones, one that it never knew.
fn wav(file: &mut File, bytes: u64) -> io::Result<bool> {
    let mut at = 12;
    for _ in 0..MOST_BOXES {
        file.seek(SeekFrom::Start(at))?;
        let mut chunk = [0; 8];
        if !fills(file, &mut chunk)? {
            return Ok(false);
        }
        let size = u64::from(le_u32(&chunk[4..]));
        let begins = at + 8;
        if &chunk[..4] == b"data" {
            let unknown = size >= u64::from(u32::MAX) - 36;
            return Ok(unknown || (begins + size <= bytes && (0 < size || begins == bytes)));
        }
        at = begins + size + size % 2;
    }
    Ok(true)
}

/// The last page must be marked as the last.
fn ogg(file: &mut File, bytes: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(bytes.saturating_sub(OGG_PAGE_BYTES)))?;
    let mut tail = Vec::new();
    file.take(OGG_PAGE_BYTES).read_to_end(&mut tail)?;
    let last = tail.windows(6).rposition(|at| at[..5] == *b"OggS\0");
    Ok(last.is_some_and(|at| tail[at + 5] & 4 != 0))
}

/// Every box at the top must end in the file, and one of them be the index.
fn mp4(file: &mut File, bytes: u64) -> io::Result<bool> {
    let (mut at, mut has_index) = (0_u64, false);
    for _ in 0..MOST_BOXES {
        if at >= bytes {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let mut header = [0; 16];
        if !fills(file, &mut header[..8])? {
            return Ok(false);
        }
        let size = match u32::from_be_bytes([header[0], header[1], header[2], header[3]]) {
            // To the end of the file.
            0 => bytes - at,
            1 => {
                if !fills(file, &mut header[8..])? {
                    return Ok(false);
                }
                header[8..].iter().fold(0, |size, byte| size << 8 | u64::from(*byte))
            }
            size => u64::from(size),
        };
        has_index |= matches!(&header[4..8], b"moov" | b"moof");
        match at.checked_add(size.max(8)) {
            Some(end) if end <= bytes => at = end,
            _ => return Ok(false),
        }
    }
    Ok(has_index)
}

/// Reads exactly so much; false at the end of the file.
fn fills(file: &mut File, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn le_u32(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).rev().fold(0, |value, byte| value << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[track_caller]
    fn check(bytes: &[u8], expected: bool) {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(is_complete(&path).unwrap(), expected);
    }

    fn wav(claimed: u32, there: usize) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        bytes.extend([0; 16]);
        bytes.extend(b"data");
        bytes.extend(claimed.to_le_bytes());
        bytes.extend(vec![0; there]);
        bytes
    }

    #[test]
    fn a_wav_is_complete_when_its_sound_is_there() {
        check(&wav(100, 100), true);
        check(&wav(100, 120), true);
        check(&wav(100, 99), false);
        // Being recorded, and recorded by somebody who could not seek.
        check(&wav(0, 100), false);
        check(&wav(u32::MAX, 100), true);
        // Nothing was said: that is what the decoder tells.
        check(&wav(0, 0), true);
        check(&wav(100, 100)[..40], false);
    }

    #[test]
    fn fixtures_are_complete_and_their_beginnings_are_not() {
        for (name, has_end) in [
            ("pcm-s16.wav", true),
            ("gsm.wav", true),
            ("extensible.wav", true),
            ("opus.opus", true),
            ("vorbis-44k.ogg", true),
            ("aac-44k.m4a", true),
            ("cbr-8k.mp3", false),
            ("flac-16k.flac", false),
            ("gsm.gsm", false),
        ] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
            let bytes = std::fs::read(path).unwrap();
            check(&bytes, true);
            for part in [9, 5, 2] {
                check(&bytes[..bytes.len() * part / 10], !has_end);
            }
        }
    }

    #[test]
    fn what_says_nothing_of_its_length_is_complete() {
        check(b"", true);
        check(b"ID3\x04 and so on, and on", true);
    }
}
