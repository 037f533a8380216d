//! Why a recording could not be heard, in the reader's language.
//!
//! English texts are those of the errors themselves. Russian ones stand here; what a decoder or the system said is
//! quoted as it came, in brackets.

use std::io;

use crate::audio::AudioError;
use crate::batch::{Failure, HearError};
use crate::report::language::Language;
use crate::speech::SpeechError;
use crate::speech::scripted::DialogueError;

impl Language {
    /// Why a recording failed, in one line without a full stop.
    pub fn failure(self, failure: &Failure) -> String {
        if self == Self::English {
            return failure.text();
        }
        match failure {
            Failure::Hear(error) => match error.as_ref() {
                HearError::Audio(error) => audio(error),
                HearError::Speech(error) => speech(error),
                HearError::Cancelled => "прервано".to_owned(),
                other => format!("внутренняя ошибка программы ({other})"),
            },
            Failure::Dialogue(error) => dialogue(error),
            Failure::Absent { path, pattern: None } => format!("`{path}` не существует"),
            Failure::Absent { path, pattern: Some(why) } => {
                format!("`{path}` не существует, и это не шаблон имён ({why})")
            }
            Failure::NothingFits { pattern } => {
                format!("под шаблон `{pattern}` не подходит ни один файл")
            }
            Failure::Unreadable { path, kind, cause } => unreadable(path, *kind, cause),
            Failure::Told { text } => format!("внутренняя ошибка программы ({text})"),
            Failure::Crashed { how, said } => {
                let said = said.as_ref().map(|said| format!(": {said}")).unwrap_or_default();
                format!("распознавание дважды аварийно завершилось на этой записи ({how}{said})")
            }
            Failure::Restless { path } => format!("`{path}` изменился, пока его читали"),
            Failure::TooLong { path, most_mib } => {
                format!("`{path}` больше {most_mib}\u{a0}МиБ: таких расшифровок не бывает")
            }
        }
    }
}

fn unreadable(path: &str, kind: Option<io::ErrorKind>, cause: &str) -> String {
    match kind {
        Some(io::ErrorKind::NotFound) => format!("`{path}` не существует"),
        Some(io::ErrorKind::PermissionDenied) => format!("нет прав на чтение `{path}`"),
        _ => format!("не удалось прочитать `{path}` ({cause})"),
    }
}

fn audio(error: &AudioError) -> String {
    match error {
        AudioError::Unreadable { path, source } => {
            unreadable(path, Some(source.kind()), &source.to_string())
        }
        AudioError::Empty { path } => format!("`{path}` пуст"),
        AudioError::NotAudio { path, detail } => {
            format!("`{path}` — не запись в известном формате ({detail})")
        }
        AudioError::BadHeader { path, detail } => {
            format!("заголовок `{path}` не имеет смысла ({detail})")
        }
        AudioError::NoSamples { path } => format!("в `{path}` нет ни одного отсчёта звука"),
        AudioError::TooShort { path, duration_ms, least_ms } => format!(
            "`{path}` длится {duration_ms}\u{a0}мс, а записи нужно хотя бы {least_ms}\u{a0}мс"
        ),
        AudioError::Decoder { path, detail } => {
            format!("декодер не справился с `{path}` ({detail})")
        }
        AudioError::Changed => "запись изменилась, пока её оценивали".to_owned(),
        AudioError::Cancelled => "прервано".to_owned(),
        other => format!("внутренняя ошибка программы ({other})"),
    }
}

fn speech(error: &SpeechError) -> String {
    match error {
        SpeechError::Model { model, detail } => {
            format!("не удалось загрузить модель `{model}` ({detail})")
        }
        SpeechError::Language { language } => {
            format!("Whisper не знает языка `{language}`; нужен код вроде `ru` или `en`")
        }
        SpeechError::Engine { at_s, detail } => {
            format!("распознавание не удалось на {at_s:.1}\u{a0}с ({detail})")
        }
        SpeechError::Setup { detail } => format!(
            "распознаватель не запустился ({detail}); при меньшем `--jobs` нужно меньше памяти"
        ),
    }
}

fn dialogue(error: &DialogueError) -> String {
    match error {
        DialogueError::Shape { name, source } => format!(
            "`{name}` — не расшифровка ({source}); нужно \
             `{{\"turns\": [{{\"who\": \"manager\", \"text\": \"…\"}}]}}`"
        ),
        DialogueError::Empty { name } => {
            format!("в `{name}` нет ни слова; нужны `turns` с `who` и `text`")
        }
        DialogueError::Who { name, turn, who } => format!(
            "реплика {turn} в `{name}` принадлежит `{who}`; `who` — это manager, client или unknown"
        ),
        DialogueError::Direction { name, direction } => {
            format!("направление `{name}` — `{direction}`, а бывает in или out")
        }
        DialogueError::EndedBy { name, who } => {
            format!("`ended_by` в `{name}` — `{who}`, а бывает manager, client или unknown")
        }
        DialogueError::HalfTimed { name, turn, key } => format!(
            "у реплики {turn} в `{name}` нет `{key}`; время нужно либо у всех реплик, либо ни у одной"
        ),
        DialogueError::Time { name, turn, start_s, end_s } => format!(
            "реплика {turn} в `{name}` идёт с {start_s}\u{a0}с до {end_s}\u{a0}с; время считается \
             в секундах от 0, конец не раньше начала"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Failure;

    #[track_caller]
    fn check(failure: &Failure, russian: &str, english: &str) {
        assert_eq!(Language::Russian.failure(failure), russian);
        assert_eq!(Language::English.failure(failure), english);
    }

    #[test]
    fn every_language_names_the_file_and_the_fault() {
        let path = || "a.wav".to_owned();
        let heard = |error: AudioError| Failure::from(HearError::Audio(error));
        check(&heard(AudioError::Empty { path: path() }), "`a.wav` пуст", "`a.wav` is empty");
        check(
            &heard(AudioError::TooShort { path: path(), duration_ms: 50, least_ms: 200 }),
            "`a.wav` длится 50\u{a0}мс, а записи нужно хотя бы 200\u{a0}мс",
            "`a.wav` is 50 ms long; a recording needs at least 200 ms",
        );
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        check(
            &heard(AudioError::Unreadable { path: path(), source: denied }),
            "нет прав на чтение `a.wav`",
            "cannot read `a.wav`: permission denied",
        );
        check(
            &Failure::NothingFits { pattern: "*.mp3".to_owned() },
            "под шаблон `*.mp3` не подходит ни один файл",
            "nothing fits the pattern `*.mp3`",
        );
        let who = DialogueError::Who { name: "a.json".to_owned(), turn: 3, who: "boss".to_owned() };
        check(
            &who.into(),
            "реплика 3 в `a.json` принадлежит `boss`; `who` — это manager, client или unknown",
            "turn 3 of `a.json` is by `boss`; `who` is manager, client or unknown",
        );
    }
}
