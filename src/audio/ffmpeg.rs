//! Last resort: `ffmpeg` on the PATH decodes what we do not (AMR, WMA, G.729, ...). Never required.
//!
//! The file goes in through a pipe and only pipes are allowed, so that a playlist in disguise can open neither other
//! files nor connections. A process that says nothing for a while is killed, and so is one that says too much: a file of
//! a few bytes may promise sound for years.

use std::fs::File;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use crate::audio::AudioError;
use crate::audio::block::{Block, BlockReader, Oddities};
use crate::audio::riff::{PCM, Walk, Wave, walk};

/// ffmpeg decodes hundreds of times faster than sound plays; when nothing comes for this long, nothing will.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest sound that is taken, in seconds: no call is longer than a day, and a recorder may forget to stop. What is
/// kept of each second is 400 bytes, 36 MB in all.
const MOST_S: u64 = 25 * 3600;
/// Bytes read at once.
const PIECE_BYTES: usize = 32 * 1024;
/// Pieces that may wait: the pipe, and so ffmpeg, stops when we do not keep up.
const WAITING_PIECES: usize = 4;

/// What ffmpeg makes of one file.
pub(super) struct FfmpegReader {
    path: String,
    child: Child,
    pieces: Receiver<io::Result<Vec<u8>>>,
    channels: usize,
    rate_hz: u32,
    /// Samples of each channel that may still come.
    frames_left: u64,
    truncated: bool,
    /// Bytes of a frame that was cut by the end of a piece.
    rest: Vec<u8>,
}

impl FfmpegReader {
    /// Starts ffmpeg on `file`; `None` where there is no ffmpeg, or where it makes nothing of the file either.
    pub(super) fn open(file: File, path: &str) -> Option<Self> {
        let mut child = Command::new("ffmpeg")
            .args(["-nostdin", "-hide_banner", "-loglevel", "quiet"])
            .args(["-protocol_whitelist", "pipe", "-i", "pipe:0", "-vn", "-sn", "-dn"])
            .args(["-map", "0:a:0", "-c:a", "pcm_s16le", "-f", "wav", "pipe:1"])
            .stdin(Stdio::from(file))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut output = child.stdout.take()?;
        let (sender, pieces) = sync_channel(WAITING_PIECES);
        // It ends with the pipe, which ends with the process, which `drop` kills.
        thread::spawn(move || {
            loop {
                let mut piece = vec![0; PIECE_BYTES];
                let read = output.read(&mut piece).map(|count| {
                    piece.truncate(count);
                    piece
                });
                let last = !matches!(&read, Ok(piece) if !piece.is_empty());
                if sender.send(read).is_err() || last {
                    break;
                }
            }
        });
        let mut reader = Self {
            path: path.into(),
            child,
            pieces,
            channels: 0,
            rate_hz: 0,
            frames_left: 0,
            truncated: false,
            rest: Vec::new(),
        };
        let wave = reader.read_header()?;
        reader.channels = usize::from(wave.channels);
        reader.rate_hz = wave.rate_hz;
        reader.frames_left = MOST_S * u64::from(wave.rate_hz);
        Some(reader)
    }

    /// The header that ffmpeg writes; what follows it stays in `rest`.
    fn read_header(&mut self) -> Option<Wave> {
        let mut head = Vec::new();
        while head.len() < PIECE_BYTES {
            let piece = self.pieces.recv_timeout(PATIENCE).ok()?.ok()?;
            if piece.is_empty() {
                break;
            }
            head.extend(piece);
            if let Ok(Walk::Wave(wave)) = walk(&mut head.as_slice()) {
                self.rest = head.split_off((wave.data_start as usize).min(head.len()));
                return Some(wave).filter(|wave| wave.fault().is_none() && wave.tag == PCM);
            }
        }
        None
    }
}

impl BlockReader for FfmpegReader {
    fn next_block(&mut self, block: &mut Block) -> Result<bool, AudioError> {
        block.rate_hz = self.rate_hz;
        block.planes.resize(self.channels, Vec::new());
        block.planes.iter_mut().for_each(Vec::clear);
        let frame_bytes = 2 * self.channels;
        while self.rest.len() < frame_bytes {
            match self.pieces.recv_timeout(PATIENCE) {
                Ok(Ok(piece)) if piece.is_empty() => return Ok(false),
                Ok(Ok(piece)) => self.rest.extend(piece),
                Ok(Err(source)) => {
                    return Err(AudioError::Unreadable { path: self.path.clone(), source });
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(false),
                Err(RecvTimeoutError::Timeout) => {
                    let detail = format!("ffmpeg gave nothing for {} s", PATIENCE.as_secs());
                    return Err(AudioError::Decoder { path: self.path.clone(), detail });
                }
            }
        }
        let frames = self.rest.len() / frame_bytes;
        // `drop` ends the process, which waits at a full pipe until then.
        self.truncated |= frames as u64 > self.frames_left;
        let frames = (frames as u64).min(self.frames_left) as usize;
        self.frames_left -= frames as u64;
        if frames == 0 {
            return Ok(false);
        }
        let whole = frames * frame_bytes;
        for frame in self.rest[..whole].chunks_exact(frame_bytes) {
            for (plane, sample) in block.planes.iter_mut().zip(frame.chunks_exact(2)) {
                plane.push(f32::from(i16::from_le_bytes([sample[0], sample[1]])) / 32768.0);
            }
        }
        self.rest.drain(..whole);
        Ok(true)
    }

    fn oddities(&self) -> Oddities {
        Oddities { by_ffmpeg: true, truncated: self.truncated, ..Oddities::default() }
    }
}

impl Drop for FfmpegReader {
    fn drop(&mut self) {
        // It may be gone already; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Samples that a reader gives until it ends, with `frames_left` to go.
    fn taken(frames_left: u64) -> Option<(usize, Oddities)> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/a-law.wav");
        let Some(mut reader) = FfmpegReader::open(File::open(path).unwrap(), "a-law.wav") else {
            eprintln!("skipped: no ffmpeg on the PATH");
            return None;
        };
        reader.frames_left = frames_left;
        let (mut block, mut frames) = (Block::default(), 0);
        while reader.next_block(&mut block).unwrap() {
            frames += block.frames();
        }
        Some((frames, reader.oddities()))
    }

    #[test]
    fn sound_without_an_end_is_cut_and_said_to_be() {
        let Some((frames, oddities)) = taken(u64::MAX) else { return };
        assert_eq!((frames, oddities.truncated, oddities.by_ffmpeg), (43_272, false, true));
        let (frames, oddities) = taken(20_000).unwrap();
        assert_eq!((frames, oddities.truncated), (20_000, true));
    }
}
