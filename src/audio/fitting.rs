//! What the music gate sees of sounds, for the script that fits its weights: `scripts/music_gate.py`.
//!
//! Built with the tests alone. The figures are computed by the code that the program runs, so that what is fitted is what
//! is used; the script has no way to them but this.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::audio::lanes::Lanes;
use crate::audio::music::{Figures, all_figures};
use crate::audio::spectrum::Spectrograph;
use crate::audio::tones::tones;
use crate::audio::vad::{EarshotDetector, Voicing};
use crate::audio::{AudioOptions, AudioSource};
use crate::sound::VoiceDetector;

/// The figures of each step of the first channel of a file.
fn figures_of(path: &Path) -> Vec<Option<Figures>> {
    let options = AudioOptions { ffmpeg: false, ..AudioOptions::default() };
    let mut lanes = Lanes::open(&AudioSource::File(path.into()), &options).unwrap();
    let (mut samples, mut pieces) = (Vec::new(), Vec::new());
    while lanes.next_pieces(&mut pieces).unwrap() {
        samples.extend_from_slice(&pieces[0]);
    }
    let (mut frames, mut spectrograph) = (Vec::new(), Spectrograph::default());
    spectrograph.push(&samples, &mut frames);
    spectrograph.finish(&mut frames);
    let mut detector = EarshotDetector::default();
    let mut probabilities = Vec::new();
    detector.probabilities(&samples, &mut probabilities).unwrap();
    let mut voicing = Voicing { frame: detector.frame_samples(), levels: Vec::new() };
    voicing.extend(&probabilities);
    all_figures(&frames, &voicing, &tones(&frames))
}

#[test]
fn hold_music_scores_under_speech() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let median = |name: &str| {
        let all = figures_of(&fixtures.join(name));
        let mut scores: Vec<f32> = all.into_iter().flatten().map(|all| all.score()).collect();
        scores.sort_by(f32::total_cmp);
        scores[scores.len() / 2]
    };
    let (music, speech) = (median("hold-music.ogg"), median("pcm-s24.wav"));
    assert!(music < -0.8 && speech > 0.8, "{music}, {speech}");
}

/// Where `AUTOGRADE_MUSIC_SOUNDS` names a folder, writes `figures.tsv` into it: a line for each judged step of each file.
#[test]
fn figures_of_a_folder_are_written_down() {
    let Some(folder) = std::env::var_os("AUTOGRADE_MUSIC_SOUNDS").map(PathBuf::from) else {
        eprintln!("skipped: `AUTOGRADE_MUSIC_SOUNDS` names no folder");
        return;
    };
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end != "tsv"));
    paths.sort();
    let mut lines = String::from("file\theld_root\tholding\trecurring_root\tchange_db\n");
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy();
        for figures in figures_of(&path).into_iter().flatten() {
            let Figures { held_root, holding, recurring_root, change_db, .. } = figures;
            writeln!(lines, "{name}\t{held_root}\t{holding}\t{recurring_root}\t{change_db}")
                .unwrap();
        }
    }
    fs::write(folder.join("figures.tsv"), lines).unwrap();
}
