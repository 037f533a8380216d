//! Whether the peaks of a spectrum come back to where peaks have been.
//!
//! Fast notes are not held long enough to be told by that alone, but a piece of music has few pitches and comes back to
//! them: over three seconds its peaks stand in the same bins again and again. Those of a voice glide over all of them.

/// The bins of one spectrum that stand out, a bit for each.
pub(super) type Peaks = [u64; 4];

/// Frames that are looked back at: three seconds.
const MEMORY: usize = 188;
/// A bin recurs when it stood out in more than one of so many frames that were loud ...
const RARELY: u32 = 4;
/// ... and in more than so many: 190 ms.
const FEWEST: u8 = 12;
/// This bit of [`Peaks`] says that the frame is loud; no bin of the band has it.
const LOUD: usize = 255;

/// What the last three seconds of a lane were like.
pub(super) struct Recurrence {
    /// The frames, the oldest at `next`. Quiet ones are empty.
    frames: Vec<Peaks>,
    next: usize,
    /// In how many of the frames each bit is set: at most [`MEMORY`], which fits a byte.
    counts: [u8; 256],
}

impl Default for Recurrence {
    fn default() -> Self {
        Self { frames: vec![Peaks::default(); MEMORY], next: 0, counts: [0; 256] }
    }
}

impl Recurrence {
    /// Takes the next frame and says which share of its peaks recurs, itself included.
    pub(super) fn share(&mut self, peaks: &Peaks, is_loud: bool) -> f32 {
        for bit in bits(&self.frames[self.next]) {
            self.counts[bit] -= 1;
        }
        let mut frame = Peaks::default();
        if is_loud {
            frame = *peaks;
            set(&mut frame, LOUD);
        }
        for bit in bits(&frame) {
            self.counts[bit] += 1;
        }
        self.frames[self.next] = frame;
        self.next = (self.next + 1) % MEMORY;
        let loud = u32::from(self.counts[LOUD]);
        let recurs = |bit: &usize| {
            let count = self.counts[*bit];
            count > FEWEST && RARELY * u32::from(count) > loud
        };
        let all = peaks.iter().map(|word| word.count_ones()).sum::<u32>();
        if all == 0 { 0.0 } else { bits(peaks).filter(recurs).count() as f32 / all as f32 }
    }
}

/// Sets one bit.
pub(super) fn set(peaks: &mut Peaks, bit: usize) {
    peaks[bit / 64] |= 1 << (bit % 64);
}

/// The bits that are set.
fn bits(peaks: &Peaks) -> impl Iterator<Item = usize> {
    peaks.iter().enumerate().flat_map(|(index, word)| {
        let mut word = *word;
        std::iter::from_fn(move || {
            let bit = (word != 0).then(|| 64 * index + word.trailing_zeros() as usize);
            word &= word.wrapping_sub(1);
            bit
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the last of `count` loud frames, the n-th of which has one peak, at `bin(n)`.
    fn share_of_last(count: usize, bin: impl Fn(usize) -> usize) -> f32 {
        let mut recurrence = Recurrence::default();
        let mut share = 0.0;
        for at in 0..count {
            let mut peaks = Peaks::default();
            set(&mut peaks, bin(at));
            share = recurrence.share(&peaks, true);
        }
        share
    }

    #[test]
    fn few_pitches_recur_and_a_glide_does_not() {
        let arpeggio = |at: usize| [40, 61, 80][at / 6 % 3];
        assert!(share_of_last(300, arpeggio) > 0.99);
        assert!(share_of_last(300, |at| at / 2 % 200) < 0.01);
    }

    #[test]
    fn what_is_long_gone_does_not_count() {
        let turned = |at: usize| if at < MEMORY { 50 } else { 51 };
        assert!(share_of_last(MEMORY + 12, turned) < 0.01);
        assert!(share_of_last(2 * MEMORY, turned) > 0.99);
    }

    #[test]
    fn quiet_frames_leave_no_trace() {
        let mut recurrence = Recurrence::default();
        let mut peaks = Peaks::default();
        set(&mut peaks, 7);
        let shares: Vec<f32> = (0..500).map(|_| recurrence.share(&peaks, false)).collect();
        assert!(shares.iter().all(|share| *share < 0.01));
        assert_eq!(recurrence.counts, [0; 256]);
    }
}
