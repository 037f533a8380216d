//! Being written.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use crate::audio::{AudioError, AudioOptions, AudioSource};
use crate::call::{Recording, Speaker};
use crate::sound::Stretch;
use crate::transcript::Activity;
use crate::warning::Warning;

/// One channel that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Whose channel it is.
    pub speaker: Speaker,
    /// When it carries speech.
    pub activity: Activity,
}

/// What the first pass found.
#[derive(Debug, Default)]
pub struct Survey {
    /// The recording itself.
    pub recording: Recording,
    /// The channels, manager first.
    pub lanes: Vec<Lane>,
    /// What the reader must know.
    pub warnings: Vec<Warning>,
}

pub(super) fn run(
    _source: &AudioSource,
    _name: &str,
    _options: &AudioOptions,
    _cancel: &AtomicBool,
) -> Result<Survey, AudioError> {
    Ok(Survey::default())
}

impl Survey {
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "being written")]
    pub(super) fn stretches(
        &self,
        _source: &AudioSource,
        _options: &AudioOptions,
        _sink: &mut dyn FnMut(usize, Stretch) -> ControlFlow<()>,
    ) -> Result<(), AudioError> {
        Ok(())
    }
}
