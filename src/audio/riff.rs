//! Walks a RIFF/WAVE header up to the samples, and hands the decoder a clean one.
//!
//! Why not leave it to the decoder: PBXs write headers that it refuses (A-law `fmt ` chunks of 16 or 20 bytes, odd
//! `fact` chunks), leave a length of 0 behind when they are killed, and an untrusted length must neither be believed nor
//! allocated. We read the few fields that matter, check them, and [`Wave::clean_header`] writes them again with lengths
//! that fit the bytes that are there. RF64, the variant for more than 4 GiB, comes for free.
//!
//! It reads no samples.

use std::io::{self, Read};

/// Chunks looked at before the samples; a real header has a handful.
const MOST_CHUNKS: usize = 1000;
/// `fmt ` chunks are 16 to 50 bytes long; longer ones are cut here.
const MOST_FORMAT_BYTES: u32 = 256;

/// Linear PCM.
pub(super) const PCM: u16 = 0x0001;
/// Microsoft ADPCM.
const ADPCM_MS: u16 = 0x0002;
/// IEEE floating point.
const FLOAT: u16 = 0x0003;
/// G.711 A-law.
const ALAW: u16 = 0x0006;
/// G.711 mu-law.
const MULAW: u16 = 0x0007;
/// IMA ADPCM.
const ADPCM_IMA: u16 = 0x0011;
/// GSM 06.10 in blocks of 65 bytes, Asterisk's `wav49`.
pub(super) const GSM: u16 = 0x0031;
/// MPEG layer 3 (0x50: any MPEG audio).
const MPEG: [u16; 2] = [0x0050, 0x0055];
/// The real tag stands in the first bytes of the sub-format.
const EXTENSIBLE: u16 = 0xfffe;

/// What a WAVE header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wave {
    /// The format tag, with `EXTENSIBLE` resolved.
    pub tag: u16,
    pub channels: u16,
    pub rate_hz: u32,
    pub block_align: u16,
    pub bits: u16,
    /// What the `fmt ` chunk holds past its first 18 bytes (ADPCM needs it).
    pub extra: Vec<u8>,
    /// Where the samples begin, in bytes from the start of the file.
    pub data_start: u64,
    /// How long they are by the header; `None` where a recorder never wrote it (0 or all ones).
    pub data_len: Option<u64>,
}

/// What a walk over a header found.
#[derive(Debug)]
pub(super) enum Walk {
    /// Not RIFF/WAVE at all.
    NotWave,
    /// It ends before the samples begin, or has no usable `fmt ` chunk.
    Broken(&'static str),
    /// A whole header.
    Wave(Wave),
}

impl Wave {
    /// Whether the samples are an MPEG stream, to be decoded without this header.
    pub(super) fn is_mpeg(&self) -> bool {
        MPEG.contains(&self.tag)
    }

    /// Whether the decoder knows the format.
    pub(super) fn is_known(&self) -> bool {
        [PCM, ADPCM_MS, FLOAT, ALAW, MULAW, ADPCM_IMA].contains(&self.tag)
    }

    /// What makes no sense in it, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        let Self { channels, rate_hz, bits, block_align, .. } = self;
        if *channels == 0 {
            return Some("0 channels".into());
        }
        if let Some(fault) = rate_fault(*rate_hz) {
            return Some(fault);
        }
        match self.tag {
            PCM if !matches!(bits, 8 | 16 | 24 | 32) => Some(format!("{bits} bits a sample")),
            FLOAT if !matches!(bits, 32 | 64) => Some(format!("{bits} bits a sample")),
            ADPCM_MS | ADPCM_IMA if *block_align == 0 => Some("blocks of 0 bytes".into()),
            _ => None,
        }
    }

    /// A minimal header for `data_len` bytes of samples of this format.
    pub(super) fn clean_header(&self, data_len: u64) -> Vec<u8> {
        let adpcm = matches!(self.tag, ADPCM_MS | ADPCM_IMA);
        let extra: &[u8] = match self.tag {
            ADPCM_MS => &self.extra,
            ADPCM_IMA => &self.extra[..self.extra.len().min(2)],
            _ => &[],
        };
        let bits = if matches!(self.tag, ALAW | MULAW) { 8 } else { self.bits };
        let block_align =
            if adpcm { self.block_align } else { (bits / 8).saturating_mul(self.channels) };
        let mut fmt = Vec::with_capacity(18 + extra.len());
        fmt.extend(self.tag.to_le_bytes());
        fmt.extend(self.channels.to_le_bytes());
        fmt.extend(self.rate_hz.to_le_bytes());
        fmt.extend(self.rate_hz.saturating_mul(u32::from(block_align)).to_le_bytes());
        fmt.extend(block_align.to_le_bytes());
        fmt.extend(bits.to_le_bytes());
        // A chunk of at most 256 bytes: the cast cannot lose.
        fmt.extend((extra.len() as u16).to_le_bytes());
        fmt.extend(extra);
        let mut header = b"RIFF\xff\xff\xff\xffWAVEfmt ".to_vec();
        header.extend((fmt.len() as u32).to_le_bytes());
        header.extend(fmt);
        header.extend(b"data");
        // All ones mean "to the end of the stream".
        header.extend(u32::try_from(data_len).unwrap_or(u32::MAX).to_le_bytes());
        header
    }
}

/// What is wrong with a sample rate, if anything. Recorders use 6 to 192 kHz.
pub(super) fn rate_fault(rate_hz: u32) -> Option<String> {
    (!(1_000..=384_000).contains(&rate_hz))
        .then(|| format!("a sample rate of {rate_hz} Hz; 1000 to 384000 make sense"))
}

/// Reads a header from the start of a file or stream, up to the first sample.
///
/// # Errors
///
/// Only what reading itself says; an early end is [`Walk::Broken`].
pub(super) fn walk(input: &mut impl Read) -> io::Result<Walk> {
    match try_walk(input) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Ok(Walk::Broken("it ends before the samples begin"))
        }
        other => other,
    }
}

fn try_walk(input: &mut impl Read) -> io::Result<Walk> {
    let mut riff = [0; 12];
    if read_up_to(input, &mut riff)? < riff.len() || &riff[8..] != b"WAVE" {
        return Ok(Walk::NotWave);
    }
    if !matches!(&riff[..4], b"RIFF" | b"RF64" | b"BW64") {
        return Ok(Walk::NotWave);
    }
    let mut position = 12_u64;
    let mut long_data_len = None;
    let mut format: Option<Wave> = None;
    for _ in 0..MOST_CHUNKS {
        let mut head = [0; 8];
        input.read_exact(&mut head)?;
        position += 8;
        let len = u32_at(&head, 4);
        match &head[..4] {
            b"data" => {
                let Some(mut wave) = format else {
                    return Ok(Walk::Broken("it has no format"));
                };
                wave.data_start = position;
                wave.data_len = match len {
                    0 => None,
                    u32::MAX => long_data_len,
                    len => Some(u64::from(len)),
                };
                return Ok(Walk::Wave(wave));
            }
            b"fmt " => {
                let mut chunk = vec![0; len.min(MOST_FORMAT_BYTES) as usize];
                input.read_exact(&mut chunk)?;
                skip(input, u64::from(len) - chunk.len() as u64 + u64::from(len & 1))?;
                match parse_format(&chunk) {
                    Some(wave) => format = Some(wave),
                    None => return Ok(Walk::Broken("its format is cut short")),
                }
            }
            b"ds64" if len >= 16 => {
                let mut chunk = [0; 16];
                input.read_exact(&mut chunk)?;
                long_data_len =
                    Some(u64::from(u32_at(&chunk, 8)) | u64::from(u32_at(&chunk, 12)) << 32);
                skip(input, u64::from(len) - 16 + u64::from(len & 1))?;
            }
            _ => skip(input, u64::from(len) + u64::from(len & 1))?,
        }
        position += u64::from(len) + u64::from(len & 1);
    }
    Ok(Walk::Broken("it has too many chunks"))
}

fn parse_format(chunk: &[u8]) -> Option<Wave> {
    if chunk.len() < 16 {
        return None;
    }
    let tag = u16_at(chunk, 0);
    let tag = if tag == EXTENSIBLE && chunk.len() >= 26 { u16_at(chunk, 24) } else { tag };
    Some(Wave {
        tag,
        channels: u16_at(chunk, 2),
        rate_hz: u32_at(chunk, 4),
        block_align: u16_at(chunk, 12),
        bits: u16_at(chunk, 14),
        extra: chunk.get(18..).unwrap_or_default().to_vec(),
        data_start: 0,
        data_len: None,
    })
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn skip(input: &mut impl Read, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut input.take(count), &mut io::sink())?;
    if skipped < count { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(id: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = id.as_bytes().to_vec();
        bytes.extend((body.len() as u32).to_le_bytes());
        bytes.extend(body);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    fn format(tag: u16, channels: u16, rate_hz: u32, bits: u16) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend(tag.to_le_bytes());
        body.extend(channels.to_le_bytes());
        body.extend(rate_hz.to_le_bytes());
        body.extend(0_u32.to_le_bytes());
        body.extend(0_u16.to_le_bytes());
        body.extend(bits.to_le_bytes());
        body
    }

    #[track_caller]
    fn wave(chunks: &[Vec<u8>]) -> Wave {
        let bytes = [b"RIFF\0\0\0\0WAVE".to_vec(), chunks.concat()].concat();
        match walk(&mut bytes.as_slice()).unwrap() {
            Walk::Wave(wave) => wave,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn samples_are_found_behind_odd_chunks() {
        let found = wave(&[
            chunk("LIST", b"odd"),
            chunk("fmt ", &format(ALAW, 1, 8000, 8)),
            chunk("fact", &[0; 12]),
            chunk("data", &[0xd5; 10]),
        ]);
        assert_eq!((found.tag, found.channels, found.rate_hz), (ALAW, 1, 8000));
        assert_eq!((found.data_start, found.data_len), (12 + 12 + 24 + 20 + 8, Some(10)));
    }

    #[test]
    fn clean_header_says_the_same() {
        let found = wave(&[chunk("fmt ", &format(PCM, 2, 8000, 16)), chunk("data", &[0; 4])]);
        let again = walk(&mut found.clean_header(7).as_slice()).unwrap();
        let Walk::Wave(again) = again else { panic!("{again:?}") };
        assert_eq!((again.tag, again.channels, again.rate_hz, again.bits), (PCM, 2, 8000, 16));
        assert_eq!((again.block_align, again.data_len), (4, Some(7)));
    }

    #[test]
    fn length_that_was_never_written_is_unknown() {
        let found = wave(&[chunk("fmt ", &format(PCM, 1, 8000, 16)), chunk("data", b"")]);
        assert_eq!(found.data_len, None);
    }

    #[test]
    fn nonsense_is_named() {
        #[track_caller]
        fn check(channels: u16, rate_hz: u32, bits: u16, expected: &str) {
            let fmt = chunk("fmt ", &format(PCM, channels, rate_hz, bits));
            let fault = wave(&[fmt, chunk("data", b"12")]).fault().unwrap();
            assert!(fault.contains(expected), "{fault}");
        }
        check(0, 8000, 16, "0 channels");
        check(1, 4_000_000_000, 16, "4000000000 Hz");
        check(1, 8000, 13, "13 bits");
    }

    #[test]
    fn claimed_length_of_a_chunk_is_never_allocated() {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \xf0\xff\xff\xff".to_vec();
        bytes.extend([1; 40]);
        assert!(matches!(walk(&mut bytes.as_slice()).unwrap(), Walk::Broken(_)));
    }
}
