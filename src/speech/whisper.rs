//! Whisper through whisper-rs; with `silero`, the only file that names it.
//!
//! Deviations from whisper.cpp's usual course, each for a reason found in its source (reference in ARCHITECTURE.md):
//! one segment per window, so that there is exactly one encoder pass; timestamps on, but read from the tokens; no text
//! of one window leads to the next; temperature 0 without its ladder, as its random numbers go on from window to window
//! and would make drafts depend on scheduling; no flash attention, which reads uninitialized padding in 1.8.3; nothing
//! dropped inside whisper.cpp, as drafts list what was dropped. Weights are loaded once and shared; each worker has a
//! long-lived state of its own and one thread.
//!
//! Three traps: the binding's abort callback is unsound (so we stop between windows only); a failure to grow the decoder's
//! memory frees the state behind the binding's back; and a beam draws its candidates at random, from a generator that is
//! seeded once for each state, so each beam gets a fresh state (greedy decoding draws nothing).

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError,
    WhisperState, WhisperTokenId,
};

use crate::sound::{SAMPLE_RATE_HZ, SAMPLES_PER_MS};
use crate::speech::tokens::{Token, segments};
use crate::speech::{Effort, Recognition, Recognizer, SpeechError, SpeechOptions, Window};

/// Fewest samples that whisper.cpp is given. Under 201 it reads outside of its buffer, under a second it reports no
/// text; 1.1 s is clear of both.
const LEAST_SAMPLES: usize = SAMPLE_RATE_HZ as usize * 11 / 10;

/// Seconds that one unit of the encoder's context stands for: 20 ms.
const CONTEXT_MS: usize = 20;

/// whisper.cpp's code for "the decoder's memory could not grow"; it frees the state before it says so.
const STATE_IS_GONE: i32 = -7;

/// Candidates of the beam in [`Effort::Thorough`]: the default of Whisper's authors.
const BEAM: i32 = 5;

/// Where a model lies. It must have been checked before: whisper.cpp trusts what it loads.
#[derive(Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// A file in whisper.cpp's format.
    Path(PathBuf),
    /// Bytes of such a file, compiled into the program.
    Bytes(&'static [u8]),
}

impl fmt::Debug for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

/// Loaded weights, shared by all workers; cheap to clone.
#[derive(Clone, Debug)]
pub struct WhisperModel {
    context: Arc<WhisperContext>,
    language: &'static str,
}

impl WhisperModel {
    /// Loads the weights.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no model that whisper.cpp understands, or the language is unknown.
    pub fn load(source: &ModelSource, options: &SpeechOptions) -> Result<Self, SpeechError> {
        // Without features for it whisper-rs drops the messages, of which there are dozens for each model.
        whisper_rs::install_logging_hooks();
        let unknown = || SpeechError::Language { language: options.language.clone() };
        if options.language.contains('\0') {
            return Err(unknown());
        }
        let language = whisper_rs::get_lang_id(&options.language)
            .and_then(whisper_rs::get_lang_str)
            .ok_or_else(unknown)?;
        let mut parameters = WhisperContextParameters::new();
        parameters.use_gpu(false).flash_attn(false);
        let (model, loaded) = match source {
            ModelSource::Path(path) => {
                (path.display().to_string(), WhisperContext::new_with_params(path, parameters))
            }
            ModelSource::Bytes(bytes) => {
                let loaded = WhisperContext::new_from_buffer_with_params(bytes, parameters);
                ("the embedded demo model".to_owned(), loaded)
            }
        };
        let fail = |error: WhisperError| SpeechError::Model {
            model,
            detail: error.to_string().trim_end_matches('.').to_lowercase(),
        };
        Ok(Self { context: Arc::new(loaded.map_err(fail)?), language })
    }

    /// A recognizer for one worker thread. Takes hundreds of megabytes with the larger models: make it once.
    ///
    /// # Errors
    ///
    /// When there is not enough memory.
    pub fn recognizer(&self) -> Result<WhisperRecognizer, SpeechError> {
        let mut recognizer = WhisperRecognizer {
            greedy: parameters(SamplingStrategy::Greedy { best_of: 1 }, self.language),
            beam: parameters(
                SamplingStrategy::BeamSearch { beam_size: BEAM, patience: -1.0 },
                self.language,
            ),
            model: self.clone(),
            state: None,
            padded: Vec::new(),
        };
        recognizer.ensure_state()?;
        Ok(recognizer)
    }
}

/// Built once for each worker and cloned for each window: the binding leaks the language's name at every building.
fn parameters(strategy: SamplingStrategy, language: &'static str) -> FullParams<'static, 'static> {
    let mut parameters = FullParams::new(strategy);
    parameters.set_language(Some(language));
    parameters.set_n_threads(1);
    parameters.set_no_context(true);
    parameters.set_single_segment(true);
    parameters.set_no_timestamps(false);
    parameters.set_temperature(0.0);
    parameters.set_temperature_inc(0.0);
    parameters.set_suppress_nst(true);
    // Over 1: whisper.cpp must not drop a window itself, silently.
    parameters.set_no_speech_thold(2.0);
    parameters.set_print_progress(false);
    parameters.set_print_realtime(false);
    parameters.set_print_timestamps(false);
    parameters.set_print_special(false);
    parameters
}

/// One worker's Whisper.
pub struct WhisperRecognizer {
    model: WhisperModel,
    /// `None` after whisper.cpp has freed it; made again for the next window.
    state: Option<WhisperState>,
    greedy: FullParams<'static, 'static>,
    beam: FullParams<'static, 'static>,
    padded: Vec<f32>,
}

impl fmt::Debug for WhisperRecognizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhisperRecognizer").field("model", &self.model).finish_non_exhaustive()
    }
}

impl WhisperRecognizer {
    fn ensure_state(&mut self) -> Result<(), SpeechError> {
        if self.state.is_none() {
            let fail = |error: WhisperError| SpeechError::Setup { detail: error.to_string() };
            self.state = Some(self.model.context.create_state().map_err(fail)?);
        }
        Ok(())
    }
}

impl Recognizer for WhisperRecognizer {
    fn recognize(&mut self, window: &Window, effort: Effort) -> Result<Recognition, SpeechError> {
        if effort == Effort::Thorough {
            self.state = None;
        }
        self.ensure_state()?;
        self.padded.clear();
        self.padded.extend_from_slice(&window.samples);
        self.padded.resize(window.samples.len().max(LEAST_SAMPLES), 0.0);

        let whole = usize::try_from(self.model.context.model_n_audio_ctx()).unwrap_or(0);
        let shortened = match effort {
            Effort::Quick => encoder_context(self.padded.len(), whole),
            Effort::Full | Effort::Thorough => None,
        };
        let mut parameters = match effort {
            Effort::Quick | Effort::Full => self.greedy.clone(),
            Effort::Thorough => self.beam.clone(),
        };
        // Zero asks for the whole context.
        parameters
            .set_audio_ctx(shortened.and_then(|units| i32::try_from(units).ok()).unwrap_or(0));

        let fail = |detail: String| SpeechError::Engine {
            at_s: f64::from(window.span().start_ms) / 1000.0,
            detail,
        };
        let Some(state) = self.state.as_mut() else {
            return Err(fail("there is no state; this is a bug in autograde".into()));
        };
        if let Err(error) = state.full(parameters, &self.padded) {
            if matches!(error, WhisperError::GenericError(STATE_IS_GONE)) {
                // Dropping it would free it a second time.
                std::mem::forget(self.state.take());
            }
            return Err(fail(error.to_string()));
        }
        let tokens = read(state, &self.model.context);
        Ok(Recognition {
            segments: segments(&tokens, &window.samples, window.len_ms()),
            // whisper.cpp has a number, but computes it from the logits that the window before left behind: of the
            // prompt it stores the last token's row only, and reads the first.
            no_speech_probability: 0.0,
            shortened: shortened.is_some(),
        })
    }
}

/// The tokens of the last window.
fn read(state: &WhisperState, context: &WhisperContext) -> Vec<Token> {
    let first_time: WhisperTokenId = context.token_beg();
    let end_of_text: WhisperTokenId = context.token_eot();
    let mut tokens = Vec::new();
    for segment in state.as_iter() {
        for index in 0..segment.n_tokens() {
            let Some(token) = segment.get_token(index) else { continue };
            let id = token.token_id();
            if id >= first_time {
                let units = usize::try_from(id - first_time).unwrap_or(0);
                tokens.push(Token::Time((units * CONTEXT_MS) as u32));
            } else if id < end_of_text {
                let bytes = token.to_bytes().unwrap_or_default().to_vec();
                tokens.push(Token::Text { bytes, log_probability: token.token_data().plog });
            }
        }
    }
    tokens
}

/// How much of the encoder's context a short window needs, `None` for all of it.
///
/// A unit is 20 ms. 128 units of margin, as without them even models that were tuned for it loop; whole 256s and at
/// least 512, as the smallest contexts cost more time in loops than they save; everything above about 20 s, where
/// nothing is left to save (`asr.md` 2). Sound behind the context would be dropped silently: the margin forbids it.
fn encoder_context(samples: usize, whole: usize) -> Option<usize> {
    const MARGIN: usize = 128;
    const STEP: usize = 256;
    const LEAST: usize = 512;
    let units = samples.div_ceil(SAMPLES_PER_MS as usize * CONTEXT_MS);
    let context = (units + MARGIN).next_multiple_of(STEP).max(LEAST);
    (context < whole && units * CONTEXT_MS <= 20_000).then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_windows_get_a_short_encoder_with_a_margin() {
        let seconds = |seconds: f64| encoder_context((seconds * 16_000.0) as usize, 1500);
        assert_eq!(seconds(1.1), Some(512));
        assert_eq!(seconds(7.68), Some(512));
        assert_eq!(seconds(7.7), Some(768));
        assert_eq!(seconds(12.0), Some(768));
        assert_eq!(seconds(17.9), Some(1024));
        assert_eq!(seconds(19.0), Some(1280));
        assert_eq!(seconds(20.5), None);
        assert_eq!(seconds(26.0), None);
    }

    #[test]
    fn model_with_a_small_encoder_is_never_asked_for_more_than_it_has() {
        assert_eq!(encoder_context(16_000, 400), None);
    }
}
