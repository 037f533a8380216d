//! GSM 06.10: bare `.gsm` files, and WAVE with tag 0x31 (Asterisk's `wav49`), which symphonia does not read.
//!
//! Both are 8 kHz mono by definition. The frames carry nothing to check, so damage cannot be told; only a cut-off last
//! frame is.

use std::io::{self, Read};

use oxideav_gsm::bitstream::{
    FRAME_SAMPLES, GSM_BYTE_FRAME_LEN, GSM_BYTE_FRAME_MAGIC, MSGSM_BLOCK_LEN, UnpackedFrame,
};
use oxideav_gsm::decoder::DecoderState;

use crate::audio::AudioError;
use crate::audio::block::{Block, BlockReader, Oddities};

/// By definition.
const RATE_HZ: u32 = 8000;
/// A bare file is taken for GSM when this many frames begin with the marker (six by chance: one in 16 million) ...
const FRAMES_TO_KNOW: usize = 32;
/// ... or all of a shorter one, of at least this many.
const FEWEST_FRAMES: usize = 5;

/// Bytes of a file's start that [`is_bare_gsm`] looks at.
pub(super) const HEAD_BYTES: usize = FRAMES_TO_KNOW * GSM_BYTE_FRAME_LEN;

/// Whether a file that begins with `head` is bare GSM: every frame of 33 bytes begins with the digit `D`.
pub(super) fn is_bare_gsm(head: &[u8]) -> bool {
    let frames = head.chunks_exact(GSM_BYTE_FRAME_LEN);
    frames.len() >= FEWEST_FRAMES
        && frames.take(FRAMES_TO_KNOW).all(|frame| frame[0] >> 4 == GSM_BYTE_FRAME_MAGIC)
}

/// How frames lie in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// 33 bytes each, behind a marker.
    Bare,
    /// Two in 65 bytes.
    Wave,
}

/// Decodes a stream of frames.
pub(super) struct GsmReader<R> {
    input: R,
    path: String,
    packing: Packing,
    decoder: DecoderState,
    oddities: Oddities,
}

impl<R: Read + Send> GsmReader<R> {
    /// Reads from the first frame on; `truncated` says what is known of the end already.
    pub(super) fn new(input: R, path: &str, packing: Packing, truncated: bool) -> Self {
        let oddities = Oddities { truncated, ..Oddities::default() };
        Self { input, path: path.into(), packing, decoder: DecoderState::new(), oddities }
    }

    /// The next packed unit, or `None` at the end.
    fn read_unit(&mut self) -> io::Result<Option<[u8; MSGSM_BLOCK_LEN]>> {
        let mut unit = [0; MSGSM_BLOCK_LEN];
        let wanted = match self.packing {
            Packing::Bare => GSM_BYTE_FRAME_LEN,
            Packing::Wave => MSGSM_BLOCK_LEN,
        };
        let mut filled = 0;
        while filled < wanted {
            match self.input.read(&mut unit[filled..wanted]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // One byte is the padding of an odd RIFF chunk.
        self.oddities.truncated |= filled > 1 && filled < wanted;
        Ok((filled == wanted).then_some(unit))
    }
}

impl<R: Read + Send> BlockReader for GsmReader<R> {
    fn next_block(&mut self, block: &mut Block) -> Result<bool, AudioError> {
        block.rate_hz = RATE_HZ;
        block.planes.resize(1, Vec::new());
        block.planes[0].clear();
        // A tenth of a second or more at once, so that what follows works on sensible pieces.
        while block.planes[0].len() < 8 * FRAME_SAMPLES {
            let unit = self
                .read_unit()
                .map_err(|source| AudioError::Unreadable { path: self.path.clone(), source })?;
            let Some(unit) = unit else { break };
            let frames = match self.packing {
                Packing::Bare => {
                    UnpackedFrame::from_gsm_byte_frame(&unit).map(|frame| (frame, None))
                }
                Packing::Wave => {
                    UnpackedFrame::pair_from_msgsm_block(&unit).map(|(a, b)| (a, Some(b)))
                }
            };
            let Ok((first, second)) = frames else {
                self.oddities.damaged_packets += 1;
                block.planes[0].extend([0.0; FRAME_SAMPLES]);
                continue;
            };
            for frame in std::iter::once(first).chain(second) {
                let pcm = self.decoder.decode_frame(&frame);
                block.planes[0].extend(pcm.iter().map(|sample| f32::from(*sample) / 32768.0));
            }
        }
        Ok(!block.planes[0].is_empty())
    }

    fn oddities(&self) -> Oddities {
        self.oddities.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marked_frames_are_bare_gsm() {
        #[track_caller]
        fn check(head: &[u8], expected: bool) {
            assert_eq!(is_bare_gsm(head), expected);
        }
        let mut frames = vec![0; 10 * GSM_BYTE_FRAME_LEN];
        for frame in frames.chunks_exact_mut(GSM_BYTE_FRAME_LEN) {
            frame[0] = 0xd7;
        }
        check(&frames, true);
        check(&frames[..4 * GSM_BYTE_FRAME_LEN], false);
        frames[3 * GSM_BYTE_FRAME_LEN] = 0x11;
        check(&frames, false);
        check(b"", false);
    }

    #[test]
    fn cut_off_frame_is_told_and_the_rest_kept() {
        let frame = [0xd0; GSM_BYTE_FRAME_LEN];
        let bytes = [&frame[..], &frame[..], &frame[..20]].concat();
        let mut reader = GsmReader::new(bytes.as_slice(), "a.gsm", Packing::Bare, false);
        let mut block = Block::default();
        assert!(reader.next_block(&mut block).unwrap());
        assert_eq!((block.frames(), block.rate_hz), (2 * FRAME_SAMPLES, 8000));
        assert!(!reader.next_block(&mut block).unwrap());
        assert!(reader.oddities().truncated);
    }
}
