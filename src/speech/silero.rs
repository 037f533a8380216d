//! Silero's voice activity model through whisper.cpp, for those who have its file.
//!
//! whisper.cpp's call forgets the past each time, and we are handed sound in blocks of any size. So the sound is cut
//! into fixed blocks of three seconds; each is heard together with the second before it, as long as the model remembers,
//! and a probability depends on the recording alone and not on how it was handed over. What is handed over in small
//! bits costs more, as the open block is heard again with each: three times as much for a second at a time, 1.3 times
//! for whole blocks, which is why the detector asks for those.

use std::fmt;
use std::path::{Path, PathBuf};

use whisper_rs::{WhisperVadContext, WhisperVadContextParams};

use crate::sound::VoiceDetector;

/// Samples behind each probability: fixed by the model, 32 ms.
const FRAME: usize = 512;

/// Frames that are heard afresh: three seconds.
const BLOCK: usize = 94;

/// Frames before a block that are heard for its beginning: one second.
const LEAD: usize = 31;

/// First bytes of the file: whisper.cpp's magic number, lowest byte first.
const MAGIC: &[u8; 4] = b"lmgg";

/// A closure that makes detectors from the model file at `path`, as `audio`'s options want it.
pub fn detector(
    path: PathBuf,
) -> impl Fn() -> Result<Box<dyn VoiceDetector>, String> + Send + Sync + 'static {
    move || Ok(Box::new(SileroDetector::load(&path)?) as Box<dyn VoiceDetector>)
}

/// Silero's model and the sound it still needs.
pub struct SileroDetector {
    context: WhisperVadContext,
    /// Sound of the lead and of the open block.
    held: Vec<f32>,
    /// Frames of `held` that are lead.
    lead: usize,
}

impl fmt::Debug for SileroDetector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SileroDetector").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

impl SileroDetector {
    /// Loads the model. One thread: by default whisper.cpp would start and join four for each frame.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it is not in whisper.cpp's format.
    pub fn load(path: &Path) -> Result<Self, String> {
        whisper_rs::install_logging_hooks();
        let shown = path.display();
        let mut magic = [0; 4];
        std::fs::File::open(path)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut magic))
            .map_err(|error| format!("cannot read the voice activity model `{shown}`: {error}"))?;
        if magic != *MAGIC {
            return Err(format!("`{shown}` is no voice activity model in whisper.cpp's format"));
        }
        let name = path
            .to_str()
            .filter(|name| !name.contains('\0'))
            .ok_or_else(|| format!("the path of the voice activity model `{shown}` is no UTF-8"))?;
        let mut parameters = WhisperVadContextParams::new();
        parameters.set_n_threads(1);
        let context = WhisperVadContext::new(name, parameters)
            .map_err(|_| format!("whisper.cpp cannot load the voice activity model `{shown}`"))?;
        Ok(Self { context, held: Vec::new(), lead: 0 })
    }

    /// Probabilities of the frames of `held`, without the lead and without the first `done` of the open block.
    fn hear(&mut self, done: usize, probabilities: &mut Vec<f32>) -> Result<(), String> {
        self.context
            .detect_speech(&self.held)
            .map_err(|error| format!("the voice activity model failed: {error}"))?;
        let found = self.context.probabilities();
        probabilities.extend(found.iter().skip(self.lead + done).map(|p| p.clamp(0.0, 1.0)));
        Ok(())
    }
}

impl VoiceDetector for SileroDetector {
    fn frame_samples(&self) -> usize {
        FRAME
    }

    fn block_samples(&self) -> usize {
        BLOCK * FRAME
    }

    fn reset(&mut self) {
        self.held.clear();
        self.lead = 0;
    }

    fn probabilities(
        &mut self,
        samples: &[f32],
        probabilities: &mut Vec<f32>,
    ) -> Result<(), String> {
        let whole = samples.len() / FRAME * FRAME;
        let mut rest = &samples[..whole];
        while !rest.is_empty() {
            let done = self.held.len() / FRAME - self.lead;
            let take = rest.len().min((BLOCK - done) * FRAME);
            self.held.extend_from_slice(&rest[..take]);
            rest = &rest[take..];
            self.hear(done, probabilities)?;
            if done + take / FRAME == BLOCK {
                let drop = self.held.len() - LEAD * FRAME;
                self.held.drain(..drop);
                self.lead = LEAD;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the model lies on this machine, if somebody says so; it is nobody's to ship.
    const MODEL: &str = "AUTOGRADE_TEST_VAD";

    #[test]
    fn file_that_is_no_model_is_refused_before_native_code_sees_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vad.bin");
        let refused = |path: &Path| SileroDetector::load(path).map(|_| ()).unwrap_err();
        assert!(refused(&path).contains("cannot read"));
        std::fs::write(&path, b"RIFF....").unwrap();
        assert!(refused(&path).contains("no voice activity model"));
        std::fs::write(&path, b"lm").unwrap();
        assert!(refused(&path).contains("cannot read"));
    }

    #[test]
    fn probabilities_do_not_depend_on_how_the_sound_is_handed_over() {
        let Some(path) = std::env::var_os(MODEL) else { return };
        let mut detector = SileroDetector::load(Path::new(&path)).unwrap();
        let sound: Vec<f32> = (0..FRAME * 250)
            .map(|index| {
                let at_s = index as f32 / 16_000.0;
                0.3 * (900.0 * at_s).sin() * (20.0 * at_s).sin() * (2.0 * at_s).sin()
            })
            .collect();
        let mut hear = |frames: usize| {
            detector.reset();
            let mut found = Vec::new();
            for piece in sound.chunks(frames * FRAME) {
                detector.probabilities(piece, &mut found).unwrap();
            }
            found
        };
        let whole = hear(250);
        assert_eq!(whole.len(), 250);
        for frames in [1, 8, 94, 100] {
            assert_eq!(hear(frames), whole, "{frames} frames at a time");
        }
    }
}
