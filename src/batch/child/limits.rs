//! How much memory and time the child may take.
//!
//! Time limits are on standing still, not on being slow: a day of speech on a large model takes as long as it takes, as long
//! as it moves. What counts as moving depends on what the recording waits for, and how long that may be on how much there
//! is to do.

use std::time::Duration;

/// A recording of so many bytes is decoded in a second at the very least: that is GSM at forty times as fast as it sounds.
const BYTES_A_SECOND: u64 = 64 << 10;

/// A second of speech may take so many seconds: the largest model on one old core, three times over.
const SLOWEST: u64 = 60;

const MIB: u64 = 1 << 20;

/// Limits of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Address space in bytes; 0 is no limit. See [`memory_for`].
    pub memory_bytes: u64,
    /// How long nothing may happen to a recording that is being worked on, beside what its length asks for. Default: two
    /// minutes.
    pub hang: Duration,
    /// How long the child may give no sign of life at all. Default: one minute.
    pub silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_bytes: 0, hang: Duration::from_mins(2), silence: Duration::from_mins(1) }
    }
}

impl Limits {
    /// How long decoding `bytes` may take.
    pub(super) fn decoding(&self, bytes: u64) -> Duration {
        self.hang + Duration::from_secs(bytes / BYTES_A_SECOND)
    }

    /// How long recognizing a window with `speech_ms` may take.
    pub(super) fn window(&self, speech_ms: u32) -> Duration {
        self.hang + Duration::from_millis(u64::from(speech_ms) * SLOWEST)
    }
}

/// A limit that no recording reaches which means well: the model and the state of each worker several times over, and room
/// for decoding. It stops a header that asks for gigabytes, not a large model.
pub fn memory_for(model_bytes: u64, jobs: usize) -> u64 {
    // Address space, not memory: each thread reserves some of it that it never uses.
    3 * 1024 * MIB + 2 * model_bytes + 1536 * MIB * u64::try_from(jobs).unwrap_or(1)
}

/// Sets the limit on this process, never above what it has already.
///
/// # Errors
///
/// When the system refuses.
#[cfg(unix)]
pub(super) fn limit_memory(bytes: u64) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    if bytes == 0 {
        return Ok(());
    }
    let now = getrlimit(Resource::As);
    let most = now.maximum.map_or(bytes, |most| most.min(bytes));
    let most = now.current.map_or(most, |current| current.min(most));
    setrlimit(Resource::As, Rlimit { current: Some(most), maximum: Some(most) })?;
    // A dump of a process of gigabytes for each bad recording fills the disk, and it holds what was said.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn limit_memory(_bytes: u64) -> std::io::Result<()> {
    Ok(())
}

/// Has the system end this process when the one that began it ends.
#[cfg(target_os = "linux")]
pub(super) fn die_with_parent() -> std::io::Result<()> {
    use rustix::process::{Signal, set_parent_process_death_signal};
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn die_with_parent() -> std::io::Result<()> {
    // The end of standard input says it too, if later.
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_grow_with_what_there_is_to_do() {
        let limits = Limits::default();
        assert_eq!(limits.decoding(0), Duration::from_mins(2));
        // A day of GSM.
        let day_bytes = 24 * 3600 * 1650;
        assert!(Duration::from_mins(30) < limits.decoding(day_bytes));
        assert!(limits.decoding(day_bytes) < Duration::from_hours(2));
        assert!(Duration::from_mins(20) < limits.window(26_000));
        assert!(memory_for(500 * MIB, 2) < 34 << 30, "a header that asks for 34 GB meets it");
    }
}
