//! Recordings that a test makes out of numbers: tones, noise, headers that lie.

/// A WAV file of 16-bit samples, interleaved.
pub fn wav(rate_hz: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    raw(&Header { tag: 1, channels, rate_hz, bits: 16, claimed_bytes: None }, &bytes)
}

/// A WAV file of float samples, one channel.
pub fn float_wav(rate_hz: u32, samples: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    raw(&Header { tag: 3, channels: 1, rate_hz, bits: 32, claimed_bytes: None }, &bytes)
}

/// What the head of a WAV file says.
pub struct Header {
    /// 1 is PCM, 3 is float.
    pub tag: u16,
    pub channels: u16,
    pub rate_hz: u32,
    pub bits: u16,
    /// Bytes of sound, if not as many as there are.
    pub claimed_bytes: Option<u32>,
}

/// A WAV file whose head says what it is told to say.
pub fn raw(header: &Header, sound: &[u8]) -> Vec<u8> {
    let claimed = header.claimed_bytes.unwrap_or(u32::try_from(sound.len()).unwrap());
    let block = header.channels * header.bits / 8;
    let mut file = b"RIFF".to_vec();
    file.extend(claimed.saturating_add(36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0");
    file.extend(header.tag.to_le_bytes());
    file.extend(header.channels.to_le_bytes());
    file.extend(header.rate_hz.to_le_bytes());
    file.extend(header.rate_hz.wrapping_mul(block.into()).to_le_bytes());
    file.extend(block.to_le_bytes());
    file.extend(header.bits.to_le_bytes());
    file.extend(b"data");
    file.extend(claimed.to_le_bytes());
    file.extend(sound);
    file
}

/// White noise, the same each time.
pub fn noise(samples: usize, peak: i16) -> Vec<i16> {
    let mut state = 0x2545_F491_u32;
    (0..samples)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let unit = f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0;
            (unit * f64::from(peak)) as i16
        })
        .collect()
}

/// The samples of a 16-bit WAV file with a head of 44 bytes, interleaved.
pub fn samples_of(wav: &[u8]) -> Vec<i16> {
    let at = wav.windows(4).position(|four| four == b"data").unwrap() + 8;
    wav[at..].chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
}
