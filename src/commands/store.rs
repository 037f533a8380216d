//! `autograde store`: backup, check, export, import, expire.
//!
//! Also where the other commands that look into the store get it from.

use std::fs;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::cli::{DataArgs, HearingArgs, StoreCommand};
use crate::commands::terminal;
use crate::config::{self, Flags, Options};
use crate::exit::ExitStatus;
use crate::report::Language;
use crate::store::{Expired, OpenOptions, Store, now_ms};
use crate::whole_file::WholeFile;

/// Who did it, in the audit, where nobody is asked.
const BY_COMMAND: &str = "autograde store expire";

/// Does what was asked.
pub(super) fn run(command: &StoreCommand) -> anyhow::Result<ExitStatus> {
    match command {
        StoreCommand::Backup { file, data } => {
            let settings = Settings::load(data, None)?;
            settings.open()?.backup(file)?;
            let said = settings.lang.pick("копия проверена", "the copy is checked");
            terminal::note(false, &format!("{}: {said}", file.display()));
            Ok(ExitStatus::Success)
        }
        StoreCommand::Check { data } => check(&Settings::load(data, None)?),
        StoreCommand::Export { file, data } => {
            export(file.as_deref(), &Settings::load(data, None)?)
        }
        StoreCommand::Import { file, data } => import(file, &Settings::load(data, None)?),
        StoreCommand::Expire { dry_run, data } => expire(*dry_run, &Settings::load(data, None)?),
    }
}

/// What a command that looks into the store needs to know.
pub(super) struct Settings<'a> {
    pub(super) options: Options,
    pub(super) lang: Language,
    data: &'a DataArgs,
}

impl<'a> Settings<'a> {
    /// Reads the configuration; `rules` is the command's `--rules`.
    pub(super) fn load(data: &'a DataArgs, rules: Option<&Path>) -> anyhow::Result<Self> {
        let hearing = HearingArgs { config: data.config.clone(), ..HearingArgs::default() };
        let options = config::load(&Flags { hearing: &hearing, rules, lang: data.lang })?;
        let lang = options.lang.value.map_or_else(Language::default, Language::from);
        Ok(Self { options, lang, data })
    }

    /// The data folder.
    pub(super) fn folder(&self) -> anyhow::Result<std::path::PathBuf> {
        self.options.data_folder(self.data.data.as_deref())
    }

    /// The store, which must be there.
    pub(super) fn open(&self) -> anyhow::Result<Store> {
        self.open_with(&OpenOptions::default())
    }

    fn open_with(&self, options: &OpenOptions) -> anyhow::Result<Store> {
        let place = self.options.store(self.data.data.as_deref())?;
        Ok(Store::open(&place, options)?)
    }
}

/// Prints to standard output.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

fn check(settings: &Settings<'_>) -> anyhow::Result<ExitStatus> {
    let checked = settings.open()?.check()?;
    let lang = settings.lang;
    for fault in &checked.faults {
        print(&format!("{fault}\n"))?;
    }
    print(&match lang {
        Language::Russian => format!(
            "записей {}, расшифровок {}, черновиков {}, подтверждений {}, неполадок {}\n",
            checked.recordings,
            checked.transcripts,
            checked.drafts,
            checked.confirmations,
            checked.faults.len()
        ),
        Language::English => format!(
            "{} recordings, {} transcripts, {} drafts, {} confirmations, {} faults\n",
            checked.recordings,
            checked.transcripts,
            checked.drafts,
            checked.confirmations,
            checked.faults.len()
        ),
    })?;
    let failed = !checked.faults.is_empty();
    Ok(if failed { ExitStatus::SomethingFailed } else { ExitStatus::Success })
}

fn export(file: Option<&Path>, settings: &Settings<'_>) -> anyhow::Result<ExitStatus> {
    let store = settings.open()?;
    let Some(path) = file else {
        let mut stdout = BufWriter::new(io::stdout().lock());
        store.export(&mut stdout)?;
        stdout.flush()?;
        return Ok(ExitStatus::Success);
    };
    if path.exists() {
        bail!("`{}` is there already and is not overwritten; name another file", path.display());
    }
    let cannot = || format!("cannot write `{}`", path.display());
    let mut out = BufWriter::new(WholeFile::begin(path).with_context(cannot)?);
    let rows = store.export(&mut out)?;
    let whole = out.into_inner().map_err(io::IntoInnerError::into_error).with_context(cannot)?;
    whole.keep_new().with_context(cannot)?;
    let said = settings.lang.pick("строк", "rows");
    terminal::note(false, &format!("{}: {said} {rows}", path.display()));
    Ok(ExitStatus::Success)
}

fn import(file: &Path, settings: &Settings<'_>) -> anyhow::Result<ExitStatus> {
    // Before a store is made for it.
    let mut input: BufReader<Box<dyn io::Read>> = if file == Path::new("-") {
        BufReader::new(Box::new(io::stdin()))
    } else {
        let opened =
            fs::File::open(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        BufReader::new(Box::new(opened))
    };
    let store = settings.open_with(&OpenOptions::creating())?;
    let rows = store.import(&mut input)?;
    let said = settings.lang.pick("строк", "rows");
    terminal::note(false, &format!("{}: {said} {rows}", store.place()));
    store.close()?;
    Ok(ExitStatus::Success)
}

fn expire(dry_run: bool, settings: &Settings<'_>) -> anyhow::Result<ExitStatus> {
    let store = settings.open()?;
    let Expired { transcripts, drafts, confirmations, journal, attempts } =
        store.expire(&settings.options.retention, BY_COMMAND, now_ms(), dry_run)?;
    print(&match settings.lang {
        Language::Russian => format!(
            "{}: расшифровок {transcripts}, черновиков {drafts}, подтверждений {confirmations}, \
             строк журнала {journal}, попыток {attempts}\n",
            if dry_run { "было бы удалено" } else { "удалено" }
        ),
        Language::English => format!(
            "{}: {transcripts} transcripts, {drafts} drafts, {confirmations} confirmations, \
             {journal} rows of the journal, {attempts} attempts\n",
            if dry_run { "would be deleted" } else { "deleted" }
        ),
    })?;
    Ok(ExitStatus::Success)
}
