//! Generated models in whisper.cpp itself: what `check_header` lets through can be loaded and run.

use autograde::call::Speaker;
use autograde::sound::Stretch;
use autograde::speech::models::check_header;
use autograde::speech::{
    Effort, ModelSource, Packer, Recognizer as _, SpeechOptions, WhisperModel, Window,
};

use crate::model_file::{KINDS, ModelFile};
use crate::workspace::Workspace;

/// Two seconds of a tone that rises and falls.
fn window() -> Window {
    let samples = (0..32_000).map(|at| (at as f32 * 0.1).sin() * (at as f32 * 0.001).sin() * 0.3);
    let mut packer = Packer::new(Speaker::Manager, 26_000);
    let stretch = Stretch { start_sample: 0, samples: samples.collect() };
    packer.push(&stretch, &mut |_| unreachable!("two seconds fill no window"));
    packer.finish().unwrap()
}

/// Loads the model and recognizes two seconds; the words mean nothing, so that only the way is tested.
#[track_caller]
fn runs(model: &ModelFile) {
    let dir = Workspace::new();
    let path = dir.write("model.bin", model.build().0);
    check_header(&path).unwrap();
    let loaded = WhisperModel::load(&ModelSource::Path(path), &SpeechOptions::default()).unwrap();
    loaded.recognizer().unwrap().recognize(&window(), Effort::Quick).unwrap();
}

#[test]
fn every_type_of_official_files_runs() {
    for kind in KINDS {
        runs(&ModelFile { kind, ..ModelFile::smallest() });
    }
}

#[test]
fn a_model_with_128_mel_bins_and_51866_tokens_runs() {
    runs(&ModelFile::smallest_v3());
}

#[test]
fn a_model_as_wide_as_large_v3_runs() {
    runs(&ModelFile::wide());
}
