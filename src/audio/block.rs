//! What every decoder gives: sound in blocks, and what was odd about it.
//!
//! One trait for symphonia, GSM and ffmpeg, so that all behind it is the same for every format.

use crate::audio::AudioError;

/// A piece of decoded sound, as the file has it: any rate, any number of channels, unchecked samples.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// Samples a second.
    pub rate_hz: u32,
    /// One vector for each channel, all of one length.
    pub planes: Vec<Vec<f32>>,
}

impl Block {
    /// Samples in each channel.
    pub(super) fn frames(&self) -> usize {
        self.planes.first().map_or(0, Vec::len)
    }
}

/// What was odd about a stream; final once the last block was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Oddities {
    /// It ended before its header says so, or within a packet.
    pub truncated: bool,
    /// Packets that were skipped.
    pub damaged_packets: u32,
    /// It took ffmpeg.
    pub by_ffmpeg: bool,
}

/// Decodes one stream from start to end.
pub(super) trait BlockReader: Send {
    /// Overwrites `block` with what follows; `false` at the end.
    ///
    /// # Errors
    ///
    /// Only where nothing can be made of the stream; damage is skipped and told by [`oddities`](Self::oddities).
    fn next_block(&mut self, block: &mut Block) -> Result<bool, AudioError>;

    /// What was odd so far.
    fn oddities(&self) -> Oddities;
}
