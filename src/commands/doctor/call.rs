//! The test call of `autograde doctor`: some seconds of talk, heard as a night hears them.
//!
//! It goes the whole way: a file, the listening process with its limits, decoding, voice activity, the chosen model, the
//! rulebook. So what stops a night stops this too, in seconds and with somebody looking.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::audio::{AudioSource, ManagerChannel};
use crate::batch::child::{ChildItem, End, Supervisor};
use crate::batch::{Failure, HearItem};
use crate::call::CallInfo;
use crate::commands::doctor::Trouble;
use crate::commands::night;
use crate::config::Options;
use crate::grading::{self, GradeOptions};
use crate::report::Language;
use crate::rules::Rulebook;
use crate::speech::models::ChosenModel;

/// The first eight seconds of a sample, in which both speak: A-law, stereo, as an exchange writes it. A test keeps them the
/// same.
const CALL: &[u8] = include_bytes!("call.wav");

/// A machine that takes longer for eight seconds hears no day's calls in a night.
const PATIENCE: Duration = Duration::from_mins(5);

/// Hears and grades the test call; what came of it and how long it took, model loading included.
pub(super) fn hear(
    options: &Options,
    model: &ChosenModel,
    book: &Rulebook,
    lang: Language,
    cancel: &AtomicBool,
) -> Result<String, Trouble> {
    let temporary = |error: std::io::Error| {
        Trouble::new(
            error,
            lang.pick(
                "папка для временных файлов (TMPDIR) должна быть доступна для записи",
                "the folder for temporary files (TMPDIR) must be writable",
            ),
        )
    };
    let folder = tempfile::TempDir::new().map_err(temporary)?;
    let path = folder.path().join("call.wav");
    std::fs::write(&path, CALL).map_err(temporary)?;
    let settings = lang.pick(
        "исправьте настройки: `autograde config` покажет, что действует и откуда",
        "mend the configuration: `autograde config` shows what holds and who said so",
    );
    let child = night::child(options, model, &book.lang)
        .map_err(|error| Trouble::new(format!("{error:#}"), settings))?;
    let mut supervisor = Supervisor::new(child);
    let hear = HearItem {
        source: AudioSource::File(path),
        name: "call.wav".into(),
        manager_channel: ManagerChannel::Left,
    };
    let bytes = CALL.len() as u64;
    supervisor.give(0, ChildItem { hear, bytes, late: false });
    let begun = Instant::now();
    let mut ended = Vec::new();
    while ended.is_empty() {
        if cancel.load(Ordering::Relaxed) {
            return Err(Trouble::new(
                lang.pick("прервано", "interrupted"),
                lang.pick("запустите ещё раз", "run it again"),
            ));
        }
        if PATIENCE < begun.elapsed() {
            return Err(Trouble::new(
                lang.pick("не закончился за пять минут", "it did not end within five minutes"),
                lang.pick(
                    "возьмите модель поменьше (`autograde models list`) или машину быстрее",
                    "take a smaller model (`autograde models list`) or a faster machine",
                ),
            ));
        }
        ended = supervisor
            .wait(Duration::from_millis(100), &())
            .map_err(|error| Trouble::new(error, model_remedy(lang)))?;
    }
    let took_s = begun.elapsed().as_secs_f64();
    supervisor.finish();
    let heard = match ended.pop() {
        Some((_, End::Heard(heard))) => heard,
        Some((_, End::Failed(why))) => {
            let remedy = match &why {
                Failure::Crashed { .. } => lang.pick(
                    "дайте больше памяти (`memory-mib` в [nightly]), уменьшите `jobs` или возьмите модель поменьше; \
                     `dmesg` скажет, не система ли завершила процесс",
                    "give it more memory (`memory-mib` in [nightly]), lower `jobs` or take a smaller model; `dmesg` tells \
                     whether the system ended the process",
                ),
                _ => model_remedy(lang),
            };
            return Err(Trouble::new(lang.failure(&why), remedy));
        }
        None => return Err(Trouble::new("nothing came back", model_remedy(lang))),
    };
    let words: usize = heard.turns.iter().map(|turn| turn.words.len()).sum();
    if words == 0 {
        let said = lang.pick("не распознано ни слова", "not a word was understood");
        return Err(Trouble::new(format!("`{}`: {said}", model.name), model_remedy(lang)));
    }
    let draft = grading::grade(book, &heard, &CallInfo::default(), &GradeOptions::default());
    let audio_s = heard.recording.duration_ms / 1000;
    let took = format!("{took_s:.1}");
    let kind = &draft.call_type.id;
    Ok(match lang {
        Language::Russian => format!(
            "`{}`: {audio_s} с разговора распознаны и оценены за {} с вместе с загрузкой модели, слов {words}, `{kind}`",
            model.name,
            took.replace('.', ",")
        ),
        Language::English => format!(
            "`{}`: {audio_s} s of talk heard and graded in {took} s, loading the model included, {words} words, `{kind}`",
            model.name
        ),
    })
}

/// What to do where the model is the likely cause.
pub(super) fn model_remedy(lang: Language) -> &'static str {
    lang.pick(
        "проверьте модель: `autograde models verify`; `autograde models list` покажет, какие есть, \
         `autograde models pull` скачает, --model или `model` в настройках выберет",
        "see to the model: `autograde models verify`; `autograde models list` shows which there are, \
         `autograde models pull` gets one, --model or `model` in the configuration chooses it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes behind the name of a RIFF chunk and its length.
    fn data(wav: &[u8]) -> &[u8] {
        let at = wav.windows(4).position(|four| four == b"data").unwrap();
        &wav[at + 8..]
    }

    #[test]
    fn the_test_call_is_the_beginning_of_a_sample() {
        let sample = include_bytes!("../../../samples/10-oshiblis-nomerom.wav");
        let seconds = data(CALL).len() / 16_000;
        assert_eq!(seconds, 8);
        assert!(data(sample).starts_with(data(CALL)));
    }
}
