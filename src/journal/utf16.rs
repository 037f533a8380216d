//! Files in UTF-16, which spreadsheets call "Unicode text", as if they were UTF-8.
//!
//! Only with the mark at their beginning: without it nobody can tell them from bytes that are no text. Decoded piece by piece,
//! so that memory does not grow with the file; half a letter becomes `\u{fffd}`.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};

/// Bytes of UTF-8 that are ready at a time.
const PIECE_BYTES: usize = 16 << 10;

/// Which UTF-16 a file is in, by the mark at its beginning.
pub(super) fn marked(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// UTF-16 on one side, UTF-8 on the other.
pub(super) struct Utf16<'a> {
    file: &'a mut dyn BufRead,
    decoder: Decoder,
    /// What was decoded; `ready` of it are not read yet.
    piece: Vec<u8>,
    ready: std::ops::Range<usize>,
    is_ended: bool,
}

impl<'a> Utf16<'a> {
    /// `file` from its mark on, which is taken away.
    pub(super) fn new(file: &'a mut dyn BufRead, encoding: &'static Encoding) -> Self {
        Self {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            piece: vec![0; PIECE_BYTES],
            ready: 0..0,
            is_ended: false,
        }
    }
}

impl BufRead for Utf16<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // A piece of the file may give no letter: half of one, or the mark.
        while self.ready.is_empty() && !self.is_ended {
            let bytes = self.file.fill_buf()?;
            let is_last = bytes.is_empty();
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(bytes, &mut self.piece, is_last);
            self.file.consume(read);
            self.ready = 0..written;
            self.is_ended = is_last && result == CoderResult::InputEmpty;
        }
        Ok(self.piece.get(self.ready.clone()).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.ready.start = (self.ready.start + amount).min(self.ready.end);
    }
}

impl Read for Utf16<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        // However small the pieces are in which the file comes.
        for capacity in [1, 2, 3, 8192] {
            let mut file = io::BufReader::with_capacity(capacity, bytes);
            let encoding = marked(bytes).unwrap();
            let mut text = String::new();
            Utf16::new(&mut file, encoding).read_to_string(&mut text).unwrap();
            assert_eq!(text, expected, "{capacity}");
        }
    }

    #[test]
    fn both_orders_and_any_pieces_give_the_same_text() {
        let text = "вх\t89161234567\r\n🙂".repeat(3000);
        let big: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(u16::to_be_bytes)
            .collect();
        let little: Vec<u8> = big.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        check(&big, &text);
        check(&little, &text);
        check(b"\xff\xfe", "");
        // Half a letter at the end, and half a pair of surrogates in the middle.
        check(b"\xff\xfea\0b", "a\u{fffd}");
        check(b"\xff\xfe\x3d\xd8a\0", "\u{fffd}a");
        assert!(marked(b"\xff").is_none() && marked(b"a\0b\0").is_none());
    }
}
