//! `autograde doctor`: whether a night would go well, before it has to.
//!
//! Each part is tried for real: the rulebook by reading it, the folders by listing and writing, the store by opening it, the
//! model by its hash, and all of it by a call of some seconds ([`call`]). A line for each; one that is bad says what to do.

mod call;

use std::fmt::{Display, Write as _};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::batch::night::RunLock;
use crate::cli::DoctorArgs;
use crate::commands::grade::{language_of, rulebook};
use crate::commands::hearing;
use crate::commands::store::print;
use crate::config::{self, Flags, Options};
use crate::exit::ExitStatus;
use crate::report::Language;
use crate::rules::Rulebook;
use crate::store::{OpenOptions, Store, StoreError};
use crate::whole_file::UNFINISHED;

/// Less room than this is soon none.
const LEAST_FREE_MIB: u64 = 1024;

/// Looks at everything.
pub(super) fn run(args: &DoctorArgs, cancel: &AtomicBool) -> anyhow::Result<ExitStatus> {
    let flags = Flags { hearing: &args.hearing, rules: args.rules.as_deref(), lang: args.lang };
    let options = config::load(&flags)?;
    let book = rulebook(options.rules.value.as_deref(), &options.firm);
    let lang = match (&options.lang.value, &book) {
        (Some(lang), _) => Language::from(*lang),
        (None, Ok(book)) => language_of(book),
        (None, Err(_)) => Language::default(),
    };
    let mut sheet = Sheet { lang, text: String::new(), faults: 0 };
    let file = options.file.as_ref().map_or_else(
        || lang.pick("нет, всё по умолчанию", "none, all defaults").to_owned(),
        |path| path.display().to_string(),
    );
    sheet.note("настройки", "configuration", Ok(file));
    let book = rules(book, &mut sheet);
    folders(&options, &mut sheet);
    match options.data_folder(args.data.as_deref()) {
        Ok(data) => data_folder(&data, &options, args, &mut sheet),
        Err(error) => {
            let remedy = lang.pick(
                "назовите папку: `data` в настройках или --data",
                "name one: `data` in the configuration or --data",
            );
            sheet.note("папка данных", "data folder", Err(Trouble::new(error, remedy)));
        }
    }
    listening(&options, book.as_ref(), &mut sheet, cancel);
    let Sheet { text, faults, .. } = sheet;
    print(&text)?;
    Ok(if faults == 0 { ExitStatus::Success } else { ExitStatus::SomethingFailed })
}

/// What is wrong, and what to do.
struct Trouble {
    said: String,
    remedy: &'static str,
}

impl Trouble {
    /// `remedy` may be empty where what is said says it already.
    fn new(said: impl Display, remedy: &'static str) -> Self {
        Self { said: said.to_string(), remedy }
    }
}

/// What was found, line by line.
struct Sheet {
    lang: Language,
    text: String,
    faults: usize,
}

impl Sheet {
    fn note(&mut self, russian: &str, english: &str, found: Result<String, Trouble>) {
        let name = self.lang.pick(russian, english);
        // Writing to a string cannot fail.
        let _ = match found {
            Ok(said) => writeln!(self.text, "ok  {name}: {said}"),
            Err(Trouble { said, remedy }) => {
                self.faults += 1;
                let arrow = if remedy.is_empty() { "" } else { "\n    -> " };
                // Some faults have a line each.
                let said = said.replace('\n', "\n    ");
                writeln!(self.text, "!!  {name}: {said}{arrow}{remedy}")
            }
        };
    }
}

/// The rulebook in force; where it is unusable the one in the program, so that hearing is tried all the same.
fn rules(book: anyhow::Result<Rulebook>, sheet: &mut Sheet) -> Option<Rulebook> {
    let remedy = sheet.lang.pick(
        "`autograde rules check ПУТЬ` покажет все ошибки; без `rules` в настройках действуют встроенные правила",
        "`autograde rules check PATH` shows every fault; without `rules` in the configuration those in the program hold",
    );
    let said = book.as_ref().map(|book| format!("`{}`", book.id));
    let said = said.map_err(|error| Trouble::new(format!("{error:#}"), remedy));
    sheet.note("правила", "rulebook", said);
    book.or_else(|_| Rulebook::embedded("ru")).ok()
}

fn folders(options: &Options, sheet: &mut Sheet) {
    let remedy = sheet.lang.pick(
        "исправьте `folders` в таблице [nightly] настроек или дайте пользователю, от имени которого всё работает, право читать её",
        "mend `folders` in the table [nightly] of the configuration, or let the user who runs this read it",
    );
    for folder in &options.nightly.folders {
        let listed = std::fs::read_dir(folder).map(|_| folder.display().to_string());
        let listed = listed
            .map_err(|error| Trouble::new(format!("`{}`: {error}", folder.display()), remedy));
        sheet.note("папка записей", "recordings", listed);
    }
    if options.nightly.folders.is_empty() {
        let said = sheet.lang.pick(
            "в настройках нет ([nightly] folders); папки надо называть в команде",
            "none in the configuration ([nightly] folders); name them on the command line",
        );
        sheet.note("папки записей", "recordings", Ok(said.to_owned()));
    }
}

fn data_folder(data: &Path, options: &Options, args: &DoctorArgs, sheet: &mut Sheet) {
    let lang = sheet.lang;
    let remedy = lang.pick(
        "дайте пользователю, от имени которого всё работает, право писать в неё, или назовите другую: `data` в настройках, --data",
        "let the user who runs this write to it, or name another: `data` in the configuration, --data",
    );
    let made = std::fs::create_dir_all(data)
        .and_then(|()| tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(data))
        .map(|_| data.display().to_string())
        .map_err(|error| Trouble::new(format!("`{}`: {error}", data.display()), remedy));
    sheet.note("папка данных", "data folder", made);
    if let Some(mib) = free_mib(data) {
        let said = format!("{mib} {}", lang.pick("МиБ", "MiB"));
        let remedy = lang.pick(
            "освободите хотя бы 1024 МиБ (`autograde store expire --dry-run` покажет, что устарело) или перенесите папку данных",
            "free at least 1024 MiB (`autograde store expire --dry-run` shows what is old), or move the data folder",
        );
        let found = if LEAST_FREE_MIB <= mib { Ok(said) } else { Err(Trouble::new(said, remedy)) };
        sheet.note("свободно на диске", "free on the disk", found);
    }
    let active = RunLock::holder(data).unwrap_or_else(|| lang.pick("нет", "none").to_owned());
    sheet.note("работающий запуск", "active run", Ok(active));
    sheet.note("хранилище", "store", store(options, args, lang));
}

/// What the store's errors say tells what to do.
fn store(options: &Options, args: &DoctorArgs, lang: Language) -> Result<String, Trouble> {
    let place = options
        .store(args.data.as_deref())
        .map_err(|error| Trouble::new(format!("{error:#}"), ""))?;
    let opened = match Store::open(&place, &OpenOptions::default()) {
        Err(StoreError::Missing { .. }) => {
            let said =
                lang.pick("ещё нет, его создаст первый запуск", "none yet, the first run makes it");
            return Ok(said.to_owned());
        }
        opened => opened,
    };
    let counts =
        opened.and_then(|store| store.counts()).map_err(|error| Trouble::new(error, ""))?;
    let all: u64 = counts.iter().map(|(_, count)| count).sum();
    Ok(format!("{place}, {} {all}", lang.pick("записей", "recordings:")))
}

/// The model, and a call that it hears.
fn listening(options: &Options, book: Option<&Rulebook>, sheet: &mut Sheet, cancel: &AtomicBool) {
    let lang = sheet.lang;
    let model = match hearing::choose(options) {
        Ok(model) => model,
        Err(error) => {
            let trouble = Trouble::new(format!("{error:#}"), call::model_remedy(lang));
            return sheet.note("модель", "model", Err(trouble));
        }
    };
    let about = match (model.is_demo(), model.listed) {
        (true, _) => lang.pick(
            ", демонстрационная: только для проб, для настоящих звонков `autograde models pull`",
            ", the demo: for trying things out, real calls need `autograde models pull`",
        ),
        (false, true) => "",
        (false, false) => lang.pick(", нет в списке моделей", ", in no list of models"),
    };
    sheet.note("модель", "model", Ok(format!("`{}`{about}", model.name)));
    if let Some(book) = book {
        let heard = call::hear(options, &model, book, lang, cancel);
        sheet.note("проверочный звонок", "test call", heard);
    }
}

/// Room on the disk for this user.
#[cfg(unix)]
fn free_mib(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize) >> 20)
}

#[cfg(not(unix))]
fn free_mib(_folder: &Path) -> Option<u64> {
    None
}
