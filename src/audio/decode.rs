//! Decodes everything that symphonia knows, with libopus beside it.
//!
//! Recordings are untrusted, and decoders are where that bites: each call into symphonia runs under `catch_unwind`,
//! a packet that cannot be decoded is skipped and counted, and an early end is told, not failed on.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use crate::audio::AudioError;
use crate::audio::block::{Block, BlockReader, Oddities};
use crate::audio::riff::rate_fault;

/// Damaged packets in a row after which nothing good is expected any more (MP3: 26 s).
const MOST_DAMAGED_IN_A_ROW: u32 = 1000;

/// An end this much before the promised one is worth a warning, in seconds.
const LEAST_MISSING_S: f64 = 0.2;

/// What symphonia says of an MP4 file that was cut off before the table of its packets ...
const LOST_INDEX: &str = "isomp4: missing moov atom";
/// ... and what that means.
const LOST_INDEX_PLAINLY: &str = "it is cut off, and the index at its end is lost";

/// Why symphonia could not begin.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Not a format that it knows.
    Unknown(String),
    /// A format that it knows, with a header that makes no sense.
    Nonsense(String),
}

/// One stream being decoded.
pub(super) struct Decoder {
    path: String,
    format: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    /// Samples per channel that the container promises, where it can be believed.
    promised_frames: Option<u64>,
    decoded_frames: u64,
    /// Frames of the longest packet so far.
    longest_packet: u64,
    last_rate_hz: u32,
    damaged_in_a_row: u32,
    /// Seconds in a tick of the packets' times; 0 where they do not count.
    tick_s: f64,
    /// When the next packet is due, in ticks.
    due: Option<i64>,
    oddities: Oddities,
    ended: bool,
}

impl Decoder {
    /// Probes `source` by its content. `known_truncated` is what the caller knows of its end already.
    ///
    /// # Errors
    ///
    /// Says why it cannot be decoded.
    pub(super) fn open(
        source: Box<dyn MediaSource>,
        path: &str,
        trust_length: bool,
        known_truncated: bool,
    ) -> Result<Self, Refusal> {
        let opened = guarded(|| {
            let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
            symphonia::default::get_probe().probe(
                &Hint::new(),
                stream,
                FormatOptions::default(),
                MetadataOptions::default(),
            )
        });
        let format = match opened {
            Ok(format) => format,
            Err(Failure::Symphonia(SymphoniaError::Unsupported(what))) => {
                let detail = if what == LOST_INDEX { LOST_INDEX_PLAINLY } else { what };
                return Err(Refusal::Unknown(detail.into()));
            }
            Err(Failure::Symphonia(SymphoniaError::IoError(_))) => {
                return Err(Refusal::Unknown("it ends before a whole header".into()));
            }
            Err(failure) => return Err(Refusal::Nonsense(failure.to_string())),
        };
        let track = format
            .default_track(TrackType::Audio)
            .or_else(|| format.first_track(TrackType::Audio))
            .ok_or_else(|| Refusal::Unknown("no sound in it".into()))?;
        let params = track
            .codec_params
            .as_ref()
            .and_then(|params| params.audio())
            .ok_or_else(|| Refusal::Unknown("no sound in it".into()))?;
        if let Some(fault) = params.sample_rate.and_then(rate_fault) {
            return Err(Refusal::Nonsense(fault));
        }
        if params.channels.as_ref().is_some_and(|channels| channels.count() == 0) {
            return Err(Refusal::Nonsense("0 channels".into()));
        }
        let decoder =
            guarded(|| codecs().make_audio_decoder(params, &AudioDecoderOptions::default()))
                .map_err(|failure| match failure {
                    Failure::Symphonia(SymphoniaError::Unsupported(what)) => {
                        Refusal::Unknown(what.into())
                    }
                    other => Refusal::Nonsense(other.to_string()),
                })?;
        let (id, frames) = (track.id, track.num_frames);
        // Ogg alone: its reader leaves out pages whose sum is wrong and says nothing. Others may pause on purpose.
        let tick_s = track
            .time_base
            .filter(|_| format.format_info().short_name == "ogg")
            .map_or(0.0, |base| f64::from(base.numer.get()) / f64::from(base.denom.get()));
        Ok(Self {
            path: path.into(),
            track: id,
            promised_frames: frames.filter(|_| trust_length),
            format,
            codec: decoder,
            decoded_frames: 0,
            longest_packet: 0,
            last_rate_hz: 0,
            damaged_in_a_row: 0,
            tick_s,
            due: None,
            oddities: Oddities { truncated: known_truncated, ..Oddities::default() },
            ended: false,
        })
    }

    /// What the container is, in symphonia's words: `wave`, `mp3`, `ogg`, ...
    pub(super) fn container(&self) -> &'static str {
        self.format.format_info().short_name
    }

    fn end(&mut self) {
        self.ended = true;
        if let Some(promised) = self.promised_frames {
            let missing = promised.saturating_sub(self.decoded_frames);
            let missing_s = missing as f64 / f64::from(self.last_rate_hz.max(1));
            // Some files promise their last packet whole (ALAC in CAF), and it is as short as what was left to say.
            self.oddities.truncated |=
                missing_s >= LEAST_MISSING_S && missing >= self.longest_packet;
        }
    }

    /// A packet that comes later than it was due has lost others before it.
    fn watch_clock(&mut self, start: i64, length: u64) {
        let late = self.due.map_or(0, |due| start.saturating_sub(due));
        if late as f64 * self.tick_s >= LEAST_MISSING_S {
            self.oddities.damaged_packets += 1;
        }
        self.due = Some(start.saturating_add_unsigned(length));
    }

    fn damaged(&mut self) {
        self.oddities.damaged_packets += 1;
        self.damaged_in_a_row += 1;
        if self.damaged_in_a_row >= MOST_DAMAGED_IN_A_ROW {
            self.end();
        }
    }
}

impl BlockReader for Decoder {
    fn next_block(&mut self, block: &mut Block) -> Result<bool, AudioError> {
        while !self.ended {
            let packet = match guarded(|| self.format.next_packet()) {
                Ok(Some(packet)) => packet,
                // A reset means chained Ogg: what follows is another recording; we take what we have.
                Ok(None) | Err(Failure::Symphonia(SymphoniaError::ResetRequired)) => {
                    self.end();
                    break;
                }
                Err(Failure::Symphonia(SymphoniaError::IoError(error)))
                    if error.kind() != io::ErrorKind::UnexpectedEof =>
                {
                    return Err(AudioError::Unreadable { path: self.path.clone(), source: error });
                }
                // The end within a packet, or a stream that cannot be followed further.
                Err(_) => {
                    self.end();
                    self.oddities.truncated = true;
                    break;
                }
            };
            if packet.track_id != self.track {
                continue;
            }
            self.watch_clock(packet.pts.get(), packet.dur.get());
            let (decoder, planes) = (&mut self.codec, &mut block.planes);
            let rate_hz = guarded(|| {
                let buffer = decoder.decode(&packet)?;
                buffer.copy_to_vecs_planar(planes);
                Ok(buffer.spec().rate())
            });
            match rate_hz {
                Ok(rate_hz) if block.frames() > 0 => {
                    if let Some(fault) = rate_fault(rate_hz) {
                        let path = self.path.clone();
                        return Err(AudioError::BadHeader { path, detail: fault });
                    }
                    block.rate_hz = rate_hz;
                    self.last_rate_hz = rate_hz;
                    self.damaged_in_a_row = 0;
                    self.decoded_frames += block.frames() as u64;
                    self.longest_packet = self.longest_packet.max(block.frames() as u64);
                    return Ok(true);
                }
                Ok(_) => {}
                Err(Failure::Symphonia(_)) => self.damaged(),
                // After a panic the decoder's state is anybody's guess.
                Err(Failure::Panic(detail)) if self.decoded_frames == 0 => {
                    return Err(AudioError::Decoder { path: self.path.clone(), detail });
                }
                Err(Failure::Panic(_)) => {
                    self.damaged();
                    self.end();
                    self.oddities.truncated = true;
                }
            }
        }
        Ok(false)
    }

    fn oddities(&self) -> Oddities {
        self.oddities.clone()
    }
}

/// Part of a file behind a header of our own. Not seekable, so that symphonia reads it straight through.
pub(super) struct Spliced {
    header: Cursor<Vec<u8>>,
    rest: io::Take<File>,
}

impl Spliced {
    /// `header`, then `len` bytes of `file` from `start` on.
    ///
    /// # Errors
    ///
    /// When seeking fails.
    pub(super) fn new(header: Vec<u8>, mut file: File, start: u64, len: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(start))?;
        Ok(Self { header: Cursor::new(header), rest: file.take(len) })
    }
}

impl Read for Spliced {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.header.read(buffer)? {
            0 => self.rest.read(buffer),
            count => Ok(count),
        }
    }
}

impl Seek for Spliced {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl MediaSource for Spliced {
    fn is_seekable(&self) -> bool {
        false
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}

/// A call into symphonia that did not work out.
enum Failure {
    Symphonia(SymphoniaError),
    Panic(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Symphonia(error) => error.fmt(f),
            Self::Panic(text) => write!(f, "the decoder panicked: {text}"),
        }
    }
}

/// Runs `call`, turning a panic into a value: one bad recording must not end the batch.
fn guarded<T>(call: impl FnOnce() -> Result<T, SymphoniaError>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(Failure::Symphonia),
        Err(payload) => Err(Failure::Panic(
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_default(),
        )),
    }
}

/// Symphonia's decoders and ours, built once.
fn codecs() -> &'static CodecRegistry {
    static CODECS: OnceLock<CodecRegistry> = OnceLock::new();
    CODECS.get_or_init(|| {
        let mut registry = CodecRegistry::new();
        symphonia::default::register_enabled_codecs(&mut registry);
        #[cfg(feature = "opus")]
        registry.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
        registry
    })
}
