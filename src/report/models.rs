//! Speech models on the terminal: the list, what a download does, what a check found.
//!
//! English texts of what is wrong with a model are those of the errors themselves. Russian ones stand here; what a server
//! or the system said is quoted as it came, in brackets.

use std::path::Path;

use crate::report::language::Language;
use crate::report::page::{fill, right, width};
use crate::speech::models::{Entry, Installed, ModelError, PullEvent, State};

/// A mebibyte.
const MIB: f64 = 1_048_576.0;

/// The table of all models. `best` is the one that is used where none is named, `default` the name that is pulled.
pub fn model_list(
    found: &[Installed<'_>],
    best: Option<&Entry>,
    dir: &Path,
    default: &str,
    lang: Language,
) -> String {
    let head = lang.pick(
        ["имя", "коротко", "файл", "память", "здесь", "для чего"],
        ["name", "short", "download", "memory", "here", "for"],
    );
    let mut lines: Vec<[String; 6]> = vec![head.map(str::to_owned)];
    lines.extend(found.iter().map(|found| {
        let entry = found.entry;
        [
            entry.name.clone(),
            entry.plain.clone().unwrap_or_default(),
            size(entry.bytes, lang),
            size(u64::from(entry.weights_mib + entry.worker_mib) << 20, lang),
            here(found, best, lang).to_owned(),
            lang.pick(&entry.purpose_ru, &entry.purpose).clone(),
        ]
    }));
    let mut text = String::new();
    let wide = |column: usize| lines.iter().map(|line| width(&line[column])).max().unwrap_or(0);
    let widths: [usize; 5] = [wide(0), wide(1), wide(2), wide(3), wide(4)];
    for [name, short, bytes, memory, here, purpose] in &lines {
        let cells = [
            fill(name, widths[0]),
            fill(short, widths[1]),
            right(bytes, widths[2]),
            right(memory, widths[3]),
            fill(here, widths[4]),
            purpose.clone(),
        ];
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    let folder = format!("{}: {}", lang.pick("Папка", "Folder"), dir.display());
    let note = lang.pick(
        "Память указана для одного рабочего потока (`--jobs 1`). `autograde models pull` скачивает",
        "Memory is for one worker (`--jobs 1`). `autograde models pull` takes",
    );
    format!("{text}\n{folder}\n{note} `{default}`.\n")
}

/// One word for what is there.
fn here(found: &Installed<'_>, best: Option<&Entry>, lang: Language) -> &'static str {
    match found.state {
        State::Installed if best == Some(found.entry) => lang.pick("основная", "default"),
        State::Installed => lang.pick("есть", "installed"),
        State::Partial { .. } => lang.pick("частично", "partial"),
        State::WrongSize { .. } => lang.pick("испорчена", "damaged"),
        State::Missing => "",
    }
}

/// Bytes in whole mebibytes; tenths under ten of them.
pub fn size(bytes: u64, lang: Language) -> String {
    let mib = bytes as f64 / MIB;
    let number = if mib < 10.0 { lang.number(mib) } else { format!("{mib:.0}") };
    format!("{number} {}", lang.pick("МиБ", "MiB"))
}

/// A line for what a download does; `None` where it only advances.
pub fn pull_event(event: &PullEvent, lang: Language) -> Option<String> {
    Some(match event {
        PullEvent::Started { name, done, bytes } => {
            let from = match done {
                0 => String::new(),
                done => {
                    format!(", {} {}", lang.pick("уже есть", "of which is here"), size(*done, lang))
                }
            };
            let pulling = lang.pick("скачивается", "pulling");
            format!("{pulling} {name}, {}{from}", size(*bytes, lang))
        }
        PullEvent::Retrying { reason, attempt, of, wait } => match lang {
            Language::Russian => format!(
                "не получилось ({reason}); попытка {attempt} из {of} через {} с",
                wait.as_secs()
            ),
            Language::English => {
                format!("{reason}; attempt {attempt} of {of} in {} s", wait.as_secs())
            }
        },
        PullEvent::StartedOver => lang
            .pick(
                "сервер не умеет продолжать с места обрыва: всё сначала",
                "the server cannot go on where it broke off; beginning again",
            )
            .to_owned(),
        PullEvent::OtherAddress { reason } => match lang {
            Language::Russian => format!("не получилось ({reason}); пробуется другой адрес"),
            Language::English => format!("{reason}; trying the next address"),
        },
        PullEvent::Advanced { .. } => return None,
    })
}

/// Why a model does not pass its check, in one line without a full stop.
pub fn model_fault(error: &ModelError, lang: Language) -> String {
    if lang == Language::English {
        return match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
    }
    match error {
        ModelError::Mismatch { path, name, what, found, wanted } => {
            let what = if *what == "length" { "длина" } else { *what };
            let number = |text: &str| text.strip_suffix(" bytes").unwrap_or(text).to_owned();
            format!(
                "`{}` — не опубликованный файл `{name}`: {what} {}, а должно быть {}; выполните \
                 `autograde models pull {name}`",
                path.display(),
                number(found),
                number(wanted)
            )
        }
        ModelError::NotAModel { file, reason } => {
            format!("`{file}` не годится как модель Whisper ({reason})")
        }
        ModelError::NotVad { file, reason } => {
            format!("`{file}` — не модель Silero в форме ggml ({reason})")
        }
        ModelError::Read { path, source } => {
            format!("не удалось прочитать модель `{}` ({source})", path.display())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::models::Catalog;

    #[test]
    fn the_list_is_in_the_language_asked_for() {
        #[track_caller]
        fn check(text: &str, expected: &[&str]) {
            for words in expected {
                assert!(text.contains(words), "{words:?} in\n{text}");
            }
        }
        let catalog = Catalog::embedded().unwrap();
        let entry = catalog.entry("small").unwrap();
        let found = [Installed { entry, path: "m.bin".into(), state: State::Installed }];
        let list = |lang| model_list(&found, Some(entry), Path::new("/m"), "small", lang);
        check(
            &list(Language::Russian),
            &["имя", "252 МиБ", "основная", "с неё стоит начать", "Папка: /m"],
        );
        check(
            &list(Language::English),
            &["name", "252 MiB", "default", "begin with", "Folder: /m"],
        );
    }

    #[test]
    fn every_entry_says_in_both_languages_what_it_is_for() {
        let is_russian = |text: &str| text.chars().any(|c| ('а'..='я').contains(&c));
        for entry in Catalog::embedded().unwrap().entries() {
            assert!(is_russian(&entry.purpose_ru), "{}", entry.name);
            assert!(!is_russian(&entry.purpose), "{}", entry.name);
        }
    }

    #[test]
    fn a_fault_names_the_file_and_the_remedy() {
        let error = ModelError::Mismatch {
            path: "m.bin".into(),
            name: "small-q8_0".into(),
            what: "length",
            found: "5 bytes".into(),
            wanted: "7 bytes".into(),
        };
        assert_eq!(
            model_fault(&error, Language::Russian),
            "`m.bin` — не опубликованный файл `small-q8_0`: длина 5, а должно быть 7; выполните \
             `autograde models pull small-q8_0`"
        );
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let error = ModelError::Read { path: "m.bin".into(), source: denied };
        assert_eq!(
            model_fault(&error, Language::English),
            "cannot read the model `m.bin`: permission denied"
        );
    }

    #[test]
    fn sizes_have_tenths_where_they_tell_something() {
        assert_eq!(size(885_098, Language::Russian), "0,8 МиБ");
        assert_eq!(size(264_464_607, Language::English), "252 MiB");
    }
}
