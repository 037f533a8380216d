//! Whisper through whisper-rs; with `silero`, the only file that names it.
//!
//! Of whisper.cpp most windows use the encoder and the decoder's single steps only: the spectrogram (`mel`) and the choice of
//! tokens (`greedy`) are ours, at a tenth of the cost. The rare beam is its own. Deviations from its usual course, each for a
//! reason found in its source (reference in ARCHITECTURE.md): one segment per window, so that there is exactly one
//! encoder pass; timestamps on, but read from the tokens; no text of one window leads to the next; temperature 0 without
//! its ladder, as its random numbers go on from window to window and would make drafts depend on scheduling; no flash
//! attention, which reads uninitialized padding in 1.8.3; nothing dropped inside whisper.cpp, as drafts list what was
//! dropped. Weights are loaded once and shared; each worker has a long-lived state of its own and one thread.
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
use crate::speech::greedy::{Decoder, Vocabulary, decode};
use crate::speech::mel::{BANDS, LogMel};
use crate::speech::tokens::{Token, segments};
use crate::speech::{Effort, Recognition, Recognizer, SpeechError, SpeechOptions, Window};

/// Fewest samples that whisper.cpp is given. Under 201 it reads outside of its buffer, under a second it reports no
/// text; 1.1 s is clear of both.
const LEAST_SAMPLES: usize = SAMPLE_RATE_HZ as usize * 11 / 10;

/// Seconds that one unit of the encoder's context stands for: 20 ms.
const CONTEXT_MS: usize = 20;

/// Threads of one worker: more recordings at a time beat more threads for one.
const THREADS: u8 = 1;

/// Distilled models of the first generation, told by their number of layers, write no times.
const DISTILLED_LAYERS: i32 = 2;
/// Those of the later ones, told by the vocabulary, do.
const LARGE_V3_TOKENS: i32 = 51_866;

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
    vocabulary: Arc<Vocabulary>,
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
        let context = loaded.map_err(fail)?;
        let vocabulary = vocabulary(&context, language);
        Ok(Self { context: Arc::new(context), vocabulary: Arc::new(vocabulary), language })
    }

    /// A recognizer for one worker thread. Takes hundreds of megabytes with the larger models: make it once.
    ///
    /// # Errors
    ///
    /// When there is not enough memory.
    pub fn recognizer(&self) -> Result<WhisperRecognizer, SpeechError> {
        let bands = usize::try_from(self.context.model_n_mels()).unwrap_or(0);
        let mut recognizer = WhisperRecognizer {
            beam: beam(self.language),
            mel: (bands == BANDS).then(LogMel::new),
            model: self.clone(),
            state: None,
            told_units: 0,
            padded: Vec::new(),
        };
        recognizer.ensure_state()?;
        Ok(recognizer)
    }
}

/// Built once for each worker and cloned for each use: the binding leaks the language's name at every building.
fn beam(language: &'static str) -> FullParams<'static, 'static> {
    let mut parameters =
        FullParams::new(SamplingStrategy::BeamSearch { beam_size: BEAM, patience: -1.0 });
    parameters.set_language(Some(language));
    parameters.set_n_threads(THREADS.into());
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

/// What decoding has to know of a model's tokens. Costs a look at each text token's bytes, once for a model.
fn vocabulary(context: &WhisperContext, language: &str) -> Vocabulary {
    let at = |id: WhisperTokenId| usize::try_from(id).unwrap_or(0);
    let mut prompt = vec![context.token_sot()];
    if context.is_multilingual()
        && let Some(number) = whisper_rs::get_lang_id(language)
    {
        prompt.extend([context.token_lang(number), context.token_transcribe()]);
    }
    let mut first_time = at(context.token_beg());
    if context.model_n_text_layer() == DISTILLED_LAYERS && context.n_vocab() != LARGE_V3_TOKENS {
        prompt.push(context.token_not());
        first_time = usize::MAX;
    }
    let texts: Vec<&str> = (0..context.token_eot())
        .map(|id| context.token_to_bytes(id).ok().and_then(|b| std::str::from_utf8(b).ok()))
        .map(Option::unwrap_or_default)
        .collect();
    let size = usize::try_from(context.n_vocab()).unwrap_or(0);
    Vocabulary::new(prompt, &texts, at(context.token_nosp()), first_time, size)
}

/// One worker's Whisper.
pub struct WhisperRecognizer {
    model: WhisperModel,
    /// `None` after a beam, and after whisper.cpp has freed it; made again for the next window.
    state: Option<WhisperState>,
    /// Units of the encoder that the state was last told to use; 0: all.
    told_units: usize,
    beam: FullParams<'static, 'static>,
    /// `None` for models of more bands than ours: whisper.cpp makes their spectrograms.
    mel: Option<LogMel>,
    padded: Vec<f32>,
}

impl fmt::Debug for WhisperRecognizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhisperRecognizer").field("model", &self.model).finish_non_exhaustive()
    }
}

impl Recognizer for WhisperRecognizer {
    fn recognize(&mut self, window: &Window, effort: Effort) -> Result<Recognition, SpeechError> {
        self.padded.clear();
        self.padded.extend_from_slice(&window.samples);
        self.padded.resize(window.samples.len().max(LEAST_SAMPLES), 0.0);
        if effort == Effort::Thorough {
            self.state = None;
        }
        self.ensure_state()?;
        let whole = usize::try_from(self.model.context.model_n_audio_ctx()).unwrap_or(0);
        let shortened =
            encoder_context(self.padded.len(), whole).filter(|_| effort == Effort::Quick);
        let (tokens, no_speech_probability) = match effort {
            Effort::Quick | Effort::Full => self.greedy(shortened, whole),
            Effort::Thorough => self.thorough(),
        }
        .map_err(|error| SpeechError::Engine {
            at_s: f64::from(window.span().start_ms) / 1000.0,
            detail: error.to_string(),
        })?;
        Ok(Recognition {
            segments: segments(&tokens, &window.samples, window.len_ms()),
            no_speech_probability,
            shortened: shortened.is_some(),
        })
    }
}

impl WhisperRecognizer {
    fn ensure_state(&mut self) -> Result<(), SpeechError> {
        if self.state.is_none() {
            let fail = |error: WhisperError| SpeechError::Setup { detail: error.to_string() };
            self.state = Some(self.model.context.create_state().map_err(fail)?);
            self.told_units = 0;
        }
        Ok(())
    }

    /// One encoder pass over `shortened` units, or else all of the `whole`, and greedy decoding.
    fn greedy(
        &mut self,
        shortened: Option<usize>,
        whole: usize,
    ) -> Result<(Vec<Token>, f32), WhisperError> {
        self.tell(shortened.unwrap_or(0))?;
        let Some(state) = &mut self.state else { return Err(WhisperError::InitError) };
        match &mut self.mel {
            // Two frames a unit.
            Some(mel) => state.set_mel(mel.of(&self.padded, 2 * shortened.unwrap_or(whole)))?,
            None => state.pcm_to_mel(&self.padded, THREADS.into())?,
        }
        state.encode(0, THREADS.into())?;
        // As whisper.cpp counts them: a frame is as long as the step to the next, but for the last.
        let frames = (self.padded.len() - 200) / 160 + 1;
        let context = &self.model.context;
        let limit = usize::try_from(context.n_text_ctx()).unwrap_or(0) / 2 - 4;
        let vocabulary = &self.model.vocabulary;
        let decoded = decode(&mut Steps(state), vocabulary, frames, limit)?;
        let tokens = (decoded.tokens.iter())
            .filter_map(|chosen| token(context, chosen.id.try_into().ok()?, chosen.log_probability))
            .collect();
        Ok((tokens, decoded.no_speech_probability))
    }

    /// Tells the state how much of the encoder to use. Only whisper.cpp's own transcription can be told, and it does as it is
    /// told before it finds a sound of ten frames too short to transcribe: so this costs next to nothing.
    fn tell(&mut self, units: usize) -> Result<(), WhisperError> {
        const TEN_FRAMES: [f32; 1640] = [0.0; 1640];
        let Some(state) = &mut self.state else { return Err(WhisperError::InitError) };
        if self.told_units != units {
            let mut parameters = self.beam.clone();
            parameters.set_audio_ctx(i32::try_from(units).unwrap_or(0));
            state.full(parameters, &TEN_FRAMES)?;
            self.told_units = units;
        }
        Ok(())
    }

    /// The whole encoder and a beam, on a fresh state that nobody uses afterwards: a beam leaves more behind in it than the next
    /// window's first token clears away.
    fn thorough(&mut self) -> Result<(Vec<Token>, f32), WhisperError> {
        let Some(mut state) = self.state.take() else { return Err(WhisperError::InitError) };
        if let Err(error) = state.full(self.beam.clone(), &self.padded) {
            if matches!(error, WhisperError::GenericError(STATE_IS_GONE)) {
                // Dropping it would free it a second time.
                std::mem::forget(state);
            }
            return Err(error);
        }
        let tokens = written(&state, &self.model.context);
        // whisper.cpp has a number, but reads it from the row that the window before left behind.
        Ok((tokens, 0.0))
    }
}

/// The tokens that whisper.cpp's transcription has written.
fn written(state: &WhisperState, context: &WhisperContext) -> Vec<Token> {
    (state.as_iter())
        .flat_map(|segment| {
            let tokens = (0..segment.n_tokens()).filter_map(|index| segment.get_token(index));
            tokens.map(|token| (token.token_id(), token.token_data().plog)).collect::<Vec<_>>()
        })
        .filter_map(|(id, log_probability)| token(context, id, log_probability))
        .collect()
}

/// A token by its number; `None` for the end of text and its like.
fn token(context: &WhisperContext, id: WhisperTokenId, log_probability: f32) -> Option<Token> {
    if id >= context.token_beg() {
        return Some(Token::Time((id - context.token_beg()) as u32 * CONTEXT_MS as u32));
    }
    let bytes = || context.token_to_bytes(id).unwrap_or_default().to_vec();
    (id < context.token_eot()).then(|| Token::Text { bytes: bytes(), log_probability })
}

/// The decoder of a state whose encoder has run.
struct Steps<'a>(&'a mut WhisperState);

impl Decoder for Steps<'_> {
    type Error = WhisperError;

    fn next(&mut self, token: i32, place: usize) -> Result<&[f32], WhisperError> {
        // One at a time: of several, the binding gives the first one's row, which whisper.cpp does not fill.
        self.0.decode(&[token], place, THREADS.into())?;
        self.0.get_logits()
    }
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

    /// The scene of the fixtures, 8 kHz brought to 16 by lines from sample to sample.
    fn scene() -> Vec<f32> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pcm-f32.wav");
        let bytes = std::fs::read(path).unwrap();
        let data = bytes.windows(4).position(|four| four == b"data").unwrap() + 8;
        let samples: Vec<f32> = (bytes[data..].chunks_exact(4))
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect();
        samples.windows(2).flat_map(|pair| [pair[0], pair[0].midpoint(pair[1])]).collect()
    }

    /// What whisper.cpp's own greedy decoding writes.
    fn by_whisper_cpp(model: &WhisperModel, samples: &[f32], units: usize) -> Vec<Token> {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        parameters.set_language(Some("ru"));
        parameters.set_n_threads(1);
        parameters.set_no_context(true);
        parameters.set_single_segment(true);
        parameters.set_temperature_inc(0.0);
        parameters.set_suppress_nst(true);
        parameters.set_no_speech_thold(2.0);
        parameters.set_audio_ctx(i32::try_from(units).unwrap());
        let mut state = model.context.create_state().unwrap();
        state.full(parameters, samples).unwrap();
        written(&state, &model.context)
    }

    #[test]
    #[cfg(feature = "demo-model")]
    fn decoding_writes_what_whisper_cpp_writes() {
        let bytes = include_bytes!("../../models/demo-ru.bin");
        let options = SpeechOptions::default();
        let model = WhisperModel::load(&ModelSource::Bytes(bytes), &options).unwrap();
        let whole = 1500;
        let samples = scene();
        let mut recognizer = model.recognizer().unwrap();
        // One after the other on the same state: how much of the encoder is used must follow each window.
        for (length, shortened) in
            [(86_000, None), (86_000, Some(512)), (60_000, Some(768)), (32_000, None)]
        {
            let samples = &samples[..length];
            let wanted = by_whisper_cpp(&model, samples, shortened.unwrap_or(0));
            assert!(wanted.len() > 5, "{wanted:?}");
            samples.clone_into(&mut recognizer.padded);
            // On whisper.cpp's own spectrogram every token and time is the same, and the chances are, to the
            // rounding of the prompt, which whisper.cpp takes in one step and we in three.
            recognizer.mel = None;
            let (found, no_speech) = recognizer.greedy(shortened, whole).unwrap();
            assert_eq!(ids(&found), ids(&wanted), "{length} {shortened:?}");
            for (found, wanted) in found.iter().zip(&wanted) {
                if let (
                    Token::Text { log_probability: found, .. },
                    Token::Text { log_probability: wanted, .. },
                ) = (found, wanted)
                {
                    assert!((found - wanted).abs() < 0.01, "{found} {wanted}");
                }
            }
            assert!(no_speech < 0.5, "{no_speech}");
            // On our own the words are the same, where the speech is clear.
            recognizer.mel = Some(LogMel::new());
            assert_eq!(ids(&recognizer.greedy(shortened, whole).unwrap().0), ids(&wanted));
        }
    }

    /// Tokens without their chances.
    fn ids(tokens: &[Token]) -> Vec<String> {
        (tokens.iter())
            .map(|token| match token {
                Token::Time(ms) => format!("{ms} ms"),
                Token::Text { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
            })
            .collect()
    }

    #[test]
    fn model_with_a_small_encoder_is_never_asked_for_more_than_it_has() {
        assert_eq!(encoder_context(16_000, 400), None);
    }
}
