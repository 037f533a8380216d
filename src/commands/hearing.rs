//! What listening takes: a recognizer's weights, a voice activity model, and what the reader must know of them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;

use crate::audio::AudioOptions;
use crate::batch::{self, HearOptions, Item, Kind, Listening, Progress, RunError, Sink, Summary};
use crate::call::CallInfo;
use crate::config::{Options, Origin};
use crate::speech::models::{self, ChosenModel, ChosenSource, Models};
use crate::speech::{ModelSource, Recognizer, SpeechError, SpeechOptions, WhisperModel, silero};
use crate::transcript::Heard;
use crate::warning::Warning;

/// Everything that a run needs to listen.
pub(super) struct Hearing {
    /// How recordings are read and recognized.
    pub(super) options: HearOptions,
    /// The model in use; `None` where there is nothing to recognize.
    pub(super) model: Option<ChosenModel>,
    /// Its weights.
    weights: Option<WhisperModel>,
    /// What the reader must know of the model.
    pub(super) warning: Option<Warning>,
}

impl Hearing {
    /// Chooses and loads what `items` need: nothing for transcripts made elsewhere.
    pub(super) fn open(items: &[Item], options: &Options, language: &str) -> anyhow::Result<Self> {
        let mut speech =
            SpeechOptions { language: language.to_owned(), ..SpeechOptions::default() };
        let has_sound =
            items.iter().any(|item| matches!(item.kind, Kind::Audio(_) | Kind::StrayHalf(..)));
        if !has_sound {
            let options = HearOptions { audio: AudioOptions::default(), speech };
            return Ok(Self { options, model: None, weights: None, warning: None });
        }
        let model = choose(options)?;
        speech.window_ms = model.window_ms();
        tracing::info!(model = model.name, sha256 = model.sha256, "model chosen");
        let warning = match (model.is_demo(), model.listed) {
            (true, _) => Some(Warning::DemoModel),
            (false, true) => None,
            (false, false) => Some(Warning::UnlistedModel),
        };
        let source = match &model.source {
            ChosenSource::Path(path) => ModelSource::Path(path.clone()),
            ChosenSource::Demo(bytes) => ModelSource::Bytes(bytes),
        };
        let weights = WhisperModel::load(&source, &speech)?;
        let options = HearOptions { audio: audio(options)?, speech };
        Ok(Self { options, model: Some(model), weights: Some(weights), warning })
    }

    /// Hears `items` with `jobs` workers, lets `judge` make something of each, hands it to `sink`, and takes the bars away.
    ///
    /// # Errors
    ///
    /// As [`batch::run`]: when the run stopped before its end. The summary counts what was finished all the same.
    pub(super) fn run<T>(
        &self,
        items: &[Item],
        jobs: usize,
        cancel: &AtomicBool,
        progress: &Progress,
        judge: &mut dyn FnMut(Heard, CallInfo) -> T,
        sink: &mut dyn Sink<T>,
    ) -> (Summary, Result<(), RunError>) {
        let listening = Listening {
            options: &self.options,
            make_recognizer: &|| self.recognizer(),
            jobs,
            model_warning: self.warning.as_ref(),
            cancel,
            observer: progress,
        };
        let ended = batch::run(items, listening, judge, sink);
        progress.close();
        ended
    }

    /// A recognizer for one worker.
    fn recognizer(&self) -> Result<Box<dyn Recognizer>, SpeechError> {
        match &self.weights {
            Some(weights) => Ok(Box::new(weights.recognizer()?)),
            None => Err(SpeechError::Setup {
                detail: "no model is loaded, which is a bug in autograde".into(),
            }),
        }
    }
}

/// The model of a run.
pub(super) fn choose(options: &Options) -> anyhow::Result<ChosenModel> {
    let named = options.model.value.as_deref();
    let (arg, config) = match options.model.origin {
        Origin::Flag | Origin::Environment => (named, None),
        Origin::File | Origin::Default => (None, named),
    };
    Ok(models::choose(arg, config)?)
}

/// The voice activity model: the one that is named, else the installed one, else the one in the program.
fn audio(options: &Options) -> anyhow::Result<AudioOptions> {
    let mut audio = AudioOptions::default();
    if let Some(path) = vad(options)? {
        tracing::info!(path = %path.display(), "voice activity by Silero");
        audio.detector = Arc::new(silero::detector(path));
    }
    Ok(audio)
}

/// The file of the voice activity model, if there is one.
pub(super) fn vad(options: &Options) -> anyhow::Result<Option<std::path::PathBuf>> {
    if let Some(path) = &options.vad_model.value {
        models::check_vad(path).context(said_by(path))?;
        return Ok(Some(path.clone()));
    }
    Ok(Models::open()?.vad()?)
}

fn said_by(path: &Path) -> String {
    format!("cannot use `{}`, which `vad.model` names", path.display())
}
