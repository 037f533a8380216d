//! When a recording may be taken: it stood still for a while, and its container is all there.
//!
//! A file whose last change is long ago stands still. One that changed just now, or whose time lies in the future (two
//! clocks that differ), is looked at again after a while and must be the same. A container that breaks off waits for a day
//! for the rest to come; then it is taken as far as it goes, and its draft says that it breaks off.

use std::io;
use std::time::Duration;

use crate::batch::night::complete::is_complete;
use crate::batch::night::walk::Found;

/// How long recordings are let alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settling {
    /// Size and time must have stood still so long. Default: a minute.
    pub still: Duration,
    /// A container that breaks off is taken as it is after so long. Default: a day.
    pub incomplete: Duration,
}

impl Default for Settling {
    fn default() -> Self {
        Self { still: Duration::from_mins(1), incomplete: Duration::from_hours(24) }
    }
}

/// Why a recording is not taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiting {
    /// It changed just now.
    Young,
    /// Its end is missing.
    Incomplete,
}

impl Settling {
    /// Why `found` has to wait at `now_ms`; `None` when it may be taken. `stood_still`: it was seen before and is still the
    /// same, whatever its time says.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub(super) fn judge(
        &self,
        found: &Found,
        now_ms: i64,
        stood_still: bool,
    ) -> io::Result<Option<Waiting>> {
        let age_ms = now_ms.saturating_sub(found.modified_ms);
        let older_than = |limit: Duration| {
            i64::try_from(limit.as_millis()).is_ok_and(|limit_ms| limit_ms <= age_ms)
        };
        if !stood_still && !older_than(self.still) {
            return Ok(Some(Waiting::Young));
        }
        if found.is_dialogue() || older_than(self.incomplete) {
            return Ok(None);
        }
        for path in found.paths() {
            if !is_complete(path)? {
                return Ok(Some(Waiting::Incomplete));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn a_recording_is_taken_when_it_stands_still_and_is_whole() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x.wav");
        let settling = Settling::default();
        let now_ms = 1_800_000_000_000;
        let judge = |bytes: &[u8], age_s: i64, stood_still| {
            std::fs::write(&path, bytes).unwrap();
            let found = Found {
                path: path.clone(),
                other: None,
                other_first: false,
                name: "x.wav".into(),
                stray: None,
                bytes: bytes.len() as u64,
                modified_ms: now_ms - age_s * 1000,
            };
            settling.judge(&found, now_ms, stood_still).unwrap()
        };
        let whole = b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd";
        let part = &whole[..22];
        assert_eq!(judge(whole, 59, false), Some(Waiting::Young));
        assert_eq!(judge(whole, 60, false), None);
        assert_eq!(judge(whole, -3600, false), Some(Waiting::Young), "a clock that is ahead");
        assert_eq!(judge(whole, -3600, true), None);
        assert_eq!(judge(part, 60, false), Some(Waiting::Incomplete));
        assert_eq!(judge(part, 23 * 3600, true), Some(Waiting::Incomplete));
        assert_eq!(judge(part, 24 * 3600, false), None);
    }
}
