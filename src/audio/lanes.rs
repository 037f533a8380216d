//! From one or two files to lanes: channels of 16 kHz mono that run side by side.
//!
//! A lane is one side of the call. A stereo file has two, a mono file one, a pair of files one each. All lanes of a
//! call are given out in pieces of one length, the shorter padded with silence, so that what follows can compare them.

use crate::audio::block::{Block, BlockReader, Oddities};
use crate::audio::open::open;
use crate::audio::resample::Resampler;
use crate::audio::{AudioError, AudioOptions, AudioSource};

/// Samples given out at once: 256 ms.
pub(super) const PIECE: usize = 4096;

/// The lanes of one call.
pub(super) struct Lanes {
    feeds: Vec<Feed>,
    /// Channels that the source has in all.
    channels: u16,
    misnamed: Vec<String>,
}

/// One file, and which of its channels become lanes.
struct Feed {
    reader: Box<dyn BlockReader>,
    block: Block,
    planes: Vec<Plane>,
    not_a_number: u64,
    ended: bool,
}

/// One channel on its way to 16 kHz.
struct Plane {
    channel: usize,
    resampler: Resampler,
    ready: Vec<f32>,
    clean: Vec<f32>,
}

impl Lanes {
    /// Opens what `source` names.
    ///
    /// # Errors
    ///
    /// When a file of it cannot be opened or decoded.
    pub(super) fn open(source: &AudioSource, options: &AudioOptions) -> Result<Self, AudioError> {
        let mut lanes = Self { feeds: Vec::new(), channels: 0, misnamed: Vec::new() };
        match source {
            AudioSource::File(path) => lanes.add(path, options, 2)?,
            AudioSource::Pair { manager, client } => {
                lanes.add(manager, options, 1)?;
                lanes.add(client, options, 1)?;
                lanes.channels = 2;
            }
        }
        Ok(lanes)
    }

    fn add(
        &mut self,
        path: &std::path::Path,
        options: &AudioOptions,
        most: usize,
    ) -> Result<(), AudioError> {
        let opened = open(path, options.ffmpeg)?;
        let channels = opened.first.planes.len();
        // A file has at most 65535 channels in any format.
        self.channels += channels as u16;
        self.misnamed.extend(opened.misnamed);
        let planes = (0..channels.min(most))
            .map(|channel| Plane::new(channel, opened.first.rate_hz))
            .collect::<Result<_, _>>()?;
        let mut feed = Feed {
            reader: opened.reader,
            block: opened.first,
            planes,
            not_a_number: 0,
            ended: false,
        };
        feed.take_block()?;
        self.feeds.push(feed);
        Ok(())
    }

    /// How many lanes there are.
    pub(super) fn count(&self) -> usize {
        self.feeds.iter().map(|feed| feed.planes.len()).sum()
    }

    /// Channels that the source has.
    pub(super) fn channels(&self) -> u16 {
        self.channels
    }

    /// What files hold whose names promise something else.
    pub(super) fn misnamed(&self) -> &[String] {
        &self.misnamed
    }

    /// Overwrites `pieces`, one for each lane, with the next [`PIECE`] samples (fewer at the end); `false` when all ended.
    ///
    /// # Errors
    ///
    /// When decoding breaks down.
    pub(super) fn next_pieces(&mut self, pieces: &mut Vec<Vec<f32>>) -> Result<bool, AudioError> {
        pieces.resize(self.count(), Vec::new());
        for feed in &mut self.feeds {
            feed.fill()?;
        }
        let longest =
            self.feeds.iter().flat_map(|feed| &feed.planes).map(|plane| plane.ready.len());
        let len = longest.max().unwrap_or(0).min(PIECE);
        for (plane, piece) in self.feeds.iter_mut().flat_map(|feed| &mut feed.planes).zip(pieces) {
            piece.clear();
            let there = plane.ready.len().min(len);
            piece.extend(plane.ready.drain(..there));
            piece.resize(len, 0.0);
        }
        Ok(len > 0)
    }

    /// What was odd about the files, together; final at the end.
    pub(super) fn oddities(&self) -> Oddities {
        self.feeds.iter().map(|feed| feed.reader.oddities()).fold(
            Oddities::default(),
            |all, one| Oddities {
                truncated: all.truncated || one.truncated,
                damaged_packets: all.damaged_packets.saturating_add(one.damaged_packets),
                by_ffmpeg: all.by_ffmpeg || one.by_ffmpeg,
            },
        )
    }

    /// Samples that were no numbers, in the channels that were used.
    pub(super) fn not_a_number(&self) -> u64 {
        self.feeds.iter().map(|feed| feed.not_a_number).sum()
    }
}

impl Feed {
    /// Decodes until a whole piece is ready in every lane, or the file ends.
    fn fill(&mut self) -> Result<(), AudioError> {
        while !self.ended && self.planes.iter().any(|plane| plane.ready.len() < PIECE) {
            if self.reader.next_block(&mut self.block)? {
                self.take_block()?;
            } else {
                self.ended = true;
                for plane in &mut self.planes {
                    plane.finish()?;
                }
            }
        }
        Ok(())
    }

    fn take_block(&mut self) -> Result<(), AudioError> {
        let frames = self.block.frames();
        for plane in &mut self.planes {
            plane.clean.clear();
            match self.block.planes.get(plane.channel) {
                Some(samples) => plane.clean.extend_from_slice(samples),
                // A stream may lose a channel on its way.
                None => plane.clean.resize(frames, 0.0),
            }
            for sample in &mut plane.clean {
                if !sample.is_finite() {
                    self.not_a_number += 1;
                    *sample = 0.0;
                }
                *sample = sample.clamp(-1.0, 1.0);
            }
            plane.resample(self.block.rate_hz)?;
        }
        Ok(())
    }
}

impl Plane {
    fn new(channel: usize, rate_hz: u32) -> Result<Self, AudioError> {
        let resampler = Resampler::new(rate_hz).map_err(broken_resampler)?;
        Ok(Self { channel, resampler, ready: Vec::new(), clean: Vec::new() })
    }

    fn resample(&mut self, rate_hz: u32) -> Result<(), AudioError> {
        if rate_hz != self.resampler.rate_hz() {
            self.finish()?;
            self.resampler = Resampler::new(rate_hz).map_err(broken_resampler)?;
        }
        let before = self.ready.len();
        self.resampler.push(&self.clean, &mut self.ready).map_err(broken_resampler)?;
        self.clamp_from(before);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), AudioError> {
        let before = self.ready.len();
        self.resampler.finish(&mut self.ready).map_err(broken_resampler)?;
        self.clamp_from(before);
        Ok(())
    }

    /// Filters overshoot at loud edges; the voice activity model asserts [-1, 1].
    fn clamp_from(&mut self, start: usize) {
        for sample in self.ready.iter_mut().skip(start) {
            *sample = sample.clamp(-1.0, 1.0);
        }
    }
}

fn broken_resampler(detail: String) -> AudioError {
    AudioError::Resampler { detail }
}
