//! Many short calls with speech in them, each of other bytes: pieces of a call of the samples.

use std::fs;

use crate::sounds::{samples_of, wav};
use crate::workspace::repository;

/// Frames of 100 ms at 8 kHz: speech is looked for in pieces of these.
const BLOCK: usize = 800;

/// A block with a sample above this has speech in it.
const LOUD: u16 = 2500;

/// `count` calls of `ms` milliseconds, as WAV files: the pieces with most speech. All differ.
pub fn short_calls(count: usize, ms: usize) -> Vec<Vec<u8>> {
    let sound = samples_of(&fs::read(repository().join("samples/05-reklama.wav")).unwrap());
    let blocks = sound.len() / 2 / BLOCK;
    let length = ms.div_ceil(100);
    let is_loud = |block: usize| {
        let samples = &sound[2 * BLOCK * block..2 * BLOCK * (block + 1)];
        samples.iter().any(|sample| LOUD < sample.unsigned_abs())
    };
    let loud: Vec<bool> = (0..blocks).map(is_loud).collect();
    let speech = |start: usize| loud[start..start + length].iter().filter(|loud| **loud).count();
    let mut starts: Vec<usize> = (0..blocks - length).collect();
    starts.sort_by_key(|start| std::cmp::Reverse(speech(*start)));
    (0..count)
        .map(|index| {
            let from = 2 * BLOCK * starts[index % starts.len()];
            let mut piece = sound[from..from + 2 * 8 * ms].to_vec();
            // One sample that nobody hears makes even equal pieces differ.
            piece[0] = i16::try_from(index % 1000).unwrap();
            wav(8000, 2, &piece)
        })
        .collect()
}

/// The whole call that the pieces are of: minutes.
pub fn long_call() -> Vec<u8> {
    fs::read(repository().join("samples/05-reklama.wav")).unwrap()
}
