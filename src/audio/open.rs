//! Finds out what a file is, by its content, and who decodes it.
//!
//! The name is only looked at to warn when it promises something else. Order: what symphonia cannot read or reads
//! wrongly (WAVE headers, GSM) is told apart here; then symphonia; then ffmpeg, if there is one.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::audio::AudioError;
use crate::audio::block::{Block, BlockReader};
use crate::audio::cutoff::{is_mpeg_of_unsaid_length, mp4_as_long_as_it_is, ogg_lacks_end, retold};
use crate::audio::decode::{Decoder, Refusal, Spliced};
use crate::audio::ffmpeg::FfmpegReader;
use crate::audio::gsm::{GsmReader, HEAD_BYTES, Packing, is_bare_gsm};
use crate::audio::riff::{GSM, Walk, Wave, walk};

/// Extensions and the containers that they promise (in symphonia's words). Others promise nothing.
const PROMISES: &[(&str, &[&str])] = &[
    ("wav", &["wave"]),
    ("wave", &["wave"]),
    ("wav49", &["wave"]),
    ("gsm", &["gsm"]),
    ("mp3", &["mp3"]),
    ("mp2", &["mp2"]),
    ("ogg", &["ogg"]),
    ("oga", &["ogg"]),
    ("opus", &["ogg"]),
    ("flac", &["flac", "ogg"]),
    ("m4a", &["isomp4"]),
    ("mp4", &["isomp4"]),
    ("m4b", &["isomp4"]),
    ("3gp", &["isomp4"]),
    ("aac", &["aac", "isomp4"]),
    ("aif", &["aiff"]),
    ("aiff", &["aiff"]),
    ("aifc", &["aiff"]),
    ("caf", &["caf"]),
    ("mka", &["matroska"]),
    ("mkv", &["matroska"]),
    ("webm", &["matroska"]),
];

/// A file that is being decoded, with its first block.
pub(super) struct Opened {
    pub reader: Box<dyn BlockReader>,
    pub first: Block,
    /// What the bytes hold, where the name promises something else.
    pub misnamed: Option<String>,
}

/// Opens `path` and decodes its first block.
///
/// # Errors
///
/// When it cannot be read, is no sound, or holds none.
pub(super) fn open(path: &Path, ffmpeg: bool) -> Result<Opened, AudioError> {
    let name = path.display().to_string();
    let unreadable = |source| AudioError::Unreadable { path: name.clone(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        let detail = "it is not a file".into();
        return Err(AudioError::NotAudio { path: name, detail });
    }
    let len = metadata.len();
    if len == 0 {
        return Err(AudioError::Empty { path: name });
    }
    let (reader, container) = match reader_for(&mut file, len, &name).map_err(unreadable)? {
        Ok(found) => found,
        Err(refusal) => {
            // A header that makes no sense is told, not worked around.
            let detail = match refusal {
                Refusal::Nonsense(detail) => {
                    return Err(AudioError::BadHeader { path: name, detail });
                }
                Refusal::Unknown(detail) => detail,
            };
            file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
            match ffmpeg.then(|| FfmpegReader::open(file, &name)).flatten() {
                Some(reader) => (Box::new(reader) as Box<dyn BlockReader>, ""),
                None => return Err(AudioError::NotAudio { path: name, detail }),
            }
        }
    };
    begin(reader, container, path, name)
}

/// Decodes the first block: only then is it known that there is sound, and of which shape.
fn begin(
    mut reader: Box<dyn BlockReader>,
    container: &str,
    path: &Path,
    name: String,
) -> Result<Opened, AudioError> {
    let mut first = Block::default();
    if !reader.next_block(&mut first)? {
        let damaged = reader.oddities().damaged_packets;
        return Err(if damaged > 0 {
            let detail = format!("none of its {damaged} packets can be decoded");
            AudioError::NotAudio { path: name, detail }
        } else {
            AudioError::NoSamples { path: name }
        });
    }
    let misnamed = is_misnamed(path, container).then(|| plain_name(container).to_owned());
    Ok(Opened { reader, first, misnamed })
}

type Found = Result<(Box<dyn BlockReader>, &'static str), Refusal>;

fn reader_for(file: &mut File, len: u64, name: &str) -> io::Result<Found> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    file.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    if is_bare_gsm(&head) {
        file.seek(SeekFrom::Start(0))?;
        let input = BufReader::new(file.try_clone()?);
        return Ok(Ok((Box::new(GsmReader::new(input, name, Packing::Bare, false)), "gsm")));
    }
    file.seek(SeekFrom::Start(0))?;
    match walk(&mut BufReader::new(&mut *file))? {
        Walk::Wave(wave) => return wave_reader(file, len, name, &wave),
        Walk::Broken(why) => return Ok(Err(Refusal::Nonsense(why.into()))),
        Walk::NotWave => {}
    }
    let is_mpeg_guess = is_mpeg_of_unsaid_length(file, &head)?;
    let cut_off = head.starts_with(b"OggS") && ogg_lacks_end(file, len)?;
    let cut_mp4 = mp4_as_long_as_it_is(file, len)?;
    let cut_off = cut_off || cut_mp4.is_some();
    file.seek(SeekFrom::Start(0))?;
    let source = match cut_mp4 {
        Some(source) => source,
        None => Box::new(file.try_clone()?),
    };
    let mut opened = Decoder::open(source, name, !is_mpeg_guess, cut_off);
    if opened.is_err()
        && let Some(retold) = retold(file, len)?
    {
        opened = Decoder::open(retold, name, true, true).or(opened);
    }
    Ok(opened.map(|decoder| {
        let container = decoder.container();
        (Box::new(decoder) as Box<dyn BlockReader>, container)
    }))
}

fn wave_reader(file: &mut File, len: u64, name: &str, wave: &Wave) -> io::Result<Found> {
    if let Some(fault) = wave.fault() {
        return Ok(Err(Refusal::Nonsense(fault)));
    }
    let there = len.saturating_sub(wave.data_start);
    // No length at all is what a killed recorder leaves behind.
    let truncated = wave.data_len.is_none_or(|claimed| claimed > there);
    let data_len = wave.data_len.map_or(there, |claimed| claimed.min(there));
    if data_len == 0 {
        // Symphonia would do the same, in its own words.
        return Ok(Ok((Box::new(Silent), "wave")));
    }
    let mut file = file.try_clone()?;
    if wave.tag == GSM {
        file.seek(SeekFrom::Start(wave.data_start))?;
        let input = BufReader::new(file.take(data_len));
        let reader = GsmReader::new(input, name, Packing::Wave, truncated);
        return Ok(Ok((Box::new(reader), "wave")));
    }
    if !wave.is_known() && !wave.is_mpeg() {
        return Ok(Err(Refusal::Unknown(format!("WAVE with format 0x{:04x}", wave.tag))));
    }
    let header = if wave.is_mpeg() { Vec::new() } else { wave.clean_header(data_len) };
    let source = Box::new(Spliced::new(header, file, wave.data_start, data_len)?);
    Ok(Decoder::open(source, name, false, truncated)
        .map(|decoder| (Box::new(decoder) as Box<dyn BlockReader>, "wave")))
}

/// A header with nothing behind it.
struct Silent;

impl BlockReader for Silent {
    fn next_block(&mut self, _: &mut Block) -> Result<bool, AudioError> {
        Ok(false)
    }

    fn oddities(&self) -> crate::audio::block::Oddities {
        crate::audio::block::Oddities::default()
    }
}

fn is_misnamed(path: &Path, container: &str) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let extension = extension.to_ascii_lowercase();
    !container.is_empty()
        && PROMISES
            .iter()
            .find(|(promise, _)| *promise == extension)
            .is_some_and(|(_, containers)| !containers.contains(&container))
}

/// A container as people call it.
fn plain_name(container: &str) -> &str {
    match container {
        "wave" => "wav",
        "isomp4" => "m4a",
        "matroska" => "webm",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_broken_promise_is_misnamed() {
        #[track_caller]
        fn check(path: &str, container: &str, expected: bool) {
            assert_eq!(is_misnamed(Path::new(path), container), expected, "{path}: {container}");
        }
        check("a.WAV", "wave", false);
        check("a.wav", "mp3", true);
        check("a.opus", "ogg", false);
        check("a.rec", "mp3", false);
        check("a", "mp3", false);
        check("a.wav", "", false);
    }
}
