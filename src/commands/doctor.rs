//! `autograde doctor`: whether a night would go well, before it has to.
//!
//! Each part is tried for real: the model by its hash, the rulebook by reading it, the store by opening it, the listening
//! process by a call of the samples that is heard and graded.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::audio::{AudioSource, ManagerChannel};
use crate::batch::HearItem;
use crate::batch::child::{ChildItem, End, Supervisor};
use crate::batch::night::RunLock;
use crate::call::CallInfo;
use crate::cli::DoctorArgs;
use crate::commands::grade::{language_of, rulebook};
use crate::commands::hearing;
use crate::commands::night;
use crate::commands::store::print;
use crate::config::{self, Flags, Options};
use crate::exit::ExitStatus;
use crate::grading::{self, GradeOptions};
use crate::report::Language;
use crate::rules::Rulebook;
use crate::store::{OpenOptions, Store, StoreError};

/// A short call with two voices, spoken synthetically.
const TEST_CALL: &[u8] = include_bytes!("../../samples/10-oshiblis-nomerom.wav");

/// No machine takes longer for it.
const PATIENCE: Duration = Duration::from_mins(10);

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
    let read = book.as_ref().map(|book| book.id.clone()).map_err(|error| format!("{error:#}"));
    sheet.note("правила", "rulebook", read);
    folders(&options, &mut sheet);
    let data = options.data_folder(args.data.as_deref());
    match &data {
        Ok(data) => data_folder(data, &options, args, &mut sheet),
        Err(error) => sheet.note("папка данных", "data folder", Err(format!("{error:#}"))),
    }
    if let Ok(book) = &book {
        let heard = test_call(&options, book, lang, cancel).map_err(|error| format!("{error:#}"));
        sheet.note("проверочный звонок", "test call", heard);
    }
    let Sheet { text, faults, .. } = sheet;
    print(&text)?;
    Ok(if faults == 0 { ExitStatus::Success } else { ExitStatus::SomethingFailed })
}

/// What was found, line by line.
struct Sheet {
    lang: Language,
    text: String,
    faults: usize,
}

impl Sheet {
    fn note(&mut self, russian: &str, english: &str, found: Result<String, String>) {
        let name = self.lang.pick(russian, english);
        let (mark, said) = match found {
            Ok(said) => ("ok ", said),
            Err(said) => {
                self.faults += 1;
                ("!! ", said)
            }
        };
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{mark} {name}: {said}");
    }
}

fn folders(options: &Options, sheet: &mut Sheet) {
    for folder in &options.nightly.folders {
        let listed = std::fs::read_dir(folder).map(|_| folder.display().to_string());
        let listed = listed.map_err(|error| format!("`{}`: {error}", folder.display()));
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
    let made = std::fs::create_dir_all(data)
        .and_then(|()| tempfile::Builder::new().prefix(".autograde-").tempfile_in(data))
        .map(|_| data.display().to_string())
        .map_err(|error| format!("`{}`: {error}", data.display()));
    sheet.note("папка данных", "data folder", made);
    if let Some(mib) = free_mib(data) {
        let said = format!("{mib} MiB");
        let found = if LEAST_FREE_MIB <= mib { Ok(said) } else { Err(said) };
        sheet.note("свободно на диске", "free on the disk", found);
    }
    let active = RunLock::holder(data).unwrap_or_else(|| sheet.lang.pick("нет", "none").to_owned());
    sheet.note("работающий запуск", "active run", Ok(active));
    let place = match options.store(args.data.as_deref()) {
        Ok(place) => place,
        Err(error) => return sheet.note("хранилище", "store", Err(format!("{error:#}"))),
    };
    let store = match Store::open(&place, &OpenOptions::default()) {
        Err(StoreError::Missing { .. }) => Ok(sheet
            .lang
            .pick("ещё нет, его создаст первый запуск", "none yet, the first run makes it")
            .to_owned()),
        Err(error) => Err(error.to_string()),
        Ok(store) => store
            .counts()
            .map(|counts| {
                let all: u64 = counts.iter().map(|(_, count)| count).sum();
                format!("{place}, {all}")
            })
            .map_err(|error| error.to_string()),
    };
    sheet.note("хранилище", "store", store);
}

/// Hears and grades the test call as a night would.
fn test_call(
    options: &Options,
    book: &Rulebook,
    lang: Language,
    cancel: &AtomicBool,
) -> anyhow::Result<String> {
    let model = hearing::choose(options)?;
    let child = night::child(options, &model, &book.lang)?;
    let folder = tempfile::TempDir::new().context("cannot make a temporary folder")?;
    let path = folder.path().join("call.wav");
    std::fs::write(&path, TEST_CALL).context("cannot write the test call")?;
    let mut supervisor = Supervisor::new(child);
    let hear = HearItem {
        source: AudioSource::File(path),
        name: "call.wav".into(),
        manager_channel: ManagerChannel::Left,
    };
    let bytes = TEST_CALL.len() as u64;
    supervisor.give(0, ChildItem { hear, bytes, late: false });
    let begun = Instant::now();
    let mut ended = Vec::new();
    while ended.is_empty() {
        if cancel.load(std::sync::atomic::Ordering::Relaxed) || PATIENCE < begun.elapsed() {
            bail!("it did not come to an end");
        }
        ended = supervisor.wait(Duration::from_millis(200), &())?;
    }
    let took_s = begun.elapsed().as_secs_f64();
    supervisor.finish();
    let Some((_, end)) = ended.pop() else { bail!("nothing came back") };
    let heard = match end {
        End::Heard(heard) => heard,
        End::Failed(why) => bail!("{}", lang.failure(&why)),
    };
    let words: usize = heard.turns.iter().map(|turn| turn.words.len()).sum();
    if words == 0 {
        bail!("the model `{}` understood no word of it", model.name);
    }
    let draft = grading::grade(book, &heard, &CallInfo::default(), &GradeOptions::default());
    let audio_s = f64::from(heard.recording.duration_ms) / 1000.0;
    Ok(format!(
        "`{}`, {audio_s:.0} s / {took_s:.1} s, {words} {}, `{}`",
        model.name,
        lang.pick("слов", "words"),
        draft.call_type.id
    ))
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
