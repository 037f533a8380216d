//! One recording on its way in: met, read, looked up in the store, given to the child.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::audio::AudioSource;
use crate::batch::child::ChildItem;
use crate::batch::discover::Half;
use crate::batch::failure::Failure;
use crate::batch::night::digest::Digest;
use crate::batch::night::ending::pretty;
use crate::batch::night::options::{Known, NightError};
use crate::batch::night::run::{Job, Night};
use crate::batch::night::settle::Waiting;
use crate::batch::night::sum::{Ended, FolderFault, How};
use crate::batch::night::walk::{Found, Walked};
use crate::batch::run::read;
use crate::batch::schedule::HearItem;
use crate::call::{CallInfo, Recording};
use crate::grading::{self, MadeWith};
use crate::store::{Key, NewAttempt, NewFile, Standing, State, now_ms};
use crate::whole_file::Lasting;

/// Runs may end over a recording so often before it is put last.
const ENDS_RUNS: i64 = 3;
impl Night<'_> {
    /// Looks at what was met; returns what is to be read.
    pub(super) fn meet(&mut self, walked: Walked) -> Result<Option<Found>, NightError> {
        let found = match walked {
            Walked::NoFile => {
                self.sum.no_files += 1;
                return Ok(None);
            }
            Walked::Fault(path, error) => {
                // One that was young and is gone was given.
                if self.young.remove(&path).is_some() && error.kind() == io::ErrorKind::NotFound {
                    self.sum.given += 1;
                    self.sum.gone += 1;
                    return Ok(None);
                }
                let fault =
                    FolderFault { path: path.display().to_string(), cause: error.to_string() };
                self.notice.fault(&fault);
                self.sum.folder_faults.push(fault);
                return Ok(None);
            }
            Walked::Found(found) => found,
        };
        self.sum.given += 1;
        if !self.is_wanted(&found) {
            self.sum.other_day += 1;
            return Ok(None);
        }
        if let Some(row) = self.store.file(&spelling(&found.path))?
            && (row.bytes, row.modified_ms) == (signed(found.bytes), found.modified_ms)
            && !self.hearing.contains_key(&row.sha256)
            && self.is_done(&row.sha256, found.is_dialogue())?
        {
            return Ok(None);
        }
        let judged = self.options.settling.judge(&found, now_ms(), self.stood_still(&found));
        match judged {
            Ok(None) => {
                self.young.remove(&found.path);
                let other_first =
                    found.other.is_some() && self.known(&found).manager_half == Half::Out;
                Ok(Some(Found { other_first, ..found }))
            }
            Ok(Some(why)) => {
                self.notice.waits(&found, why);
                match why {
                    Waiting::Young => self.remember(found),
                    Waiting::Incomplete => {
                        self.young.remove(&found.path);
                        self.sum.incomplete += 1;
                    }
                }
                Ok(None)
            }
            Err(error) => {
                self.cannot_read(&found, &error);
                Ok(None)
            }
        }
    }

    /// Takes what was read, and gives it to the child unless it is known.
    pub(super) fn take(&mut self, found: Found, digest: Digest) -> Result<(), NightError> {
        let sha256 = match digest {
            Digest::Whole(sha256) => sha256,
            Digest::Stopped => return Ok(()),
            Digest::Changed => {
                self.remember(found);
                return Ok(());
            }
            Digest::Fault(error) => {
                self.cannot_read(&found, &error);
                return Ok(());
            }
        };
        let told = self.known(&found);
        let day = day_of(&told.call, found.modified_ms);
        let id = Recording {
            source: found.name.clone(),
            sha256: sha256.clone(),
            ..Recording::default()
        }
        .id();
        self.store.note_files(&[NewFile {
            path: &spelling(&found.path),
            sha256: &sha256,
            bytes: signed(found.bytes),
            modified_ms: found.modified_ms,
            source: &found.name,
            id: &id,
            day: &day,
            seen_ms: now_ms(),
        }])?;
        if self.hearing.contains_key(&sha256) {
            self.sum.same_bytes += 1;
            return Ok(());
        }
        if self.is_done(&sha256, found.is_dialogue())? {
            return Ok(());
        }
        let attempt = self.store.begin_attempt(&NewAttempt {
            run: self.run,
            sha256: &sha256,
            alone: false,
            started_ms: now_ms(),
        })?;
        let number = self.next_id;
        self.next_id += 1;
        let job = Job { found, known: told, sha256, day, attempt };
        if job.found.is_dialogue() {
            return match read(&job.found.path, &job.found.name) {
                Ok((heard, call)) => {
                    let call = call.over(job.known.call.clone());
                    self.heard(&job, &heard, &call, true)
                }
                Err(why) => self.fail(&job, &why),
            };
        }
        let item = ChildItem {
            hear: hear_item(&job),
            bytes: job.found.bytes,
            late: ENDS_RUNS < job.attempt.number(),
        };
        self.hearing.insert(job.sha256.clone(), number);
        self.jobs.insert(number, job);
        self.supervisor.give(number, item);
        Ok(())
    }

    /// Whether nothing is to be done with it; counts it then.
    fn is_done(&mut self, sha256: &str, is_dialogue: bool) -> Result<bool, NightError> {
        let model_sha256 =
            if is_dialogue { String::new() } else { self.options.model_sha256.clone() };
        let key = Key {
            sha256: sha256.to_owned(),
            model_sha256,
            rulebook_sha256: self.options.book.sha256.clone(),
        };
        match self.store.standing(&key)? {
            Standing::Forgotten => {
                self.sum.forgotten += 1;
                return Ok(true);
            }
            Standing::New => {
                // Perhaps another model heard it. A new model does not hear the whole archive again by itself.
                let rows = self.store.find(sha256)?;
                let state = rows.first().map_or(State::Waiting, |row| row.state);
                if matches!(state, State::Waiting | State::Working) {
                    return Ok(false);
                }
            }
            Standing::Heard
            | Standing::Graded
            | Standing::Confirmed
            | Standing::Skipped(_)
            | Standing::Failed(_)
            | Standing::Crashed(_) => {}
        }
        self.sum.done_before += 1;
        if self.check_files {
            self.write_again(sha256)?;
        }
        Ok(true)
    }

    /// Writes the file of a stored draft, if the run that stored it did not come to that.
    fn write_again(&mut self, sha256: &str) -> Result<(), NightError> {
        let rows = self.store.find(sha256)?;
        let Some(row) = rows.first().filter(|row| row.state == State::Graded) else {
            return Ok(());
        };
        let day = row.day.as_deref();
        if self.options.files.path(day, &row.id).exists() {
            return Ok(());
        }
        let Some(call) = self.store.stored_call(sha256)? else { return Ok(()) };
        let text = if call.rulebook_sha256 == self.options.book.sha256 {
            let (heard, info) = call.read()?;
            let made_with: MadeWith = call.made_with.clone();
            let options = grading::GradeOptions { call_type: None, made_with };
            pretty(&grading::grade(self.options.book, &heard, &info, &options))?
        } else {
            let Some(line) = self.store.draft_json(sha256)? else { return Ok(()) };
            line + "\n"
        };
        self.options.files.write(day, &row.id, &text, Lasting::Synced)?;
        self.sum.files_again += 1;
        Ok(())
    }

    /// A file that cannot be opened has no hash, so the store knows nothing of it.
    fn cannot_read(&mut self, found: &Found, error: &io::Error) {
        self.young.remove(&found.path);
        if error.kind() == io::ErrorKind::NotFound {
            self.sum.gone += 1;
            return;
        }
        let why = Failure::unreadable(&found.path, error);
        let ended = Ended {
            source: found.name.clone(),
            sha256: String::new(),
            duration_ms: 0,
            how: How::Failed(why.text()),
            code: why.code(),
        };
        self.sum.add(&ended);
        self.notice.ended(&ended);
    }

    fn known(&self, found: &Found) -> Known {
        (self.options.know)(&found.path.to_string_lossy().replace('\\', "/"))
    }

    /// Whether it is of the days that were asked for.
    fn is_wanted(&self, found: &Found) -> bool {
        if self.options.day.is_none() && self.options.since.is_none() {
            return true;
        }
        let day = day_of(&self.known(found).call, found.modified_ms);
        self.options.day.as_ref().is_none_or(|wanted| *wanted == day)
            && self.options.since.as_ref().is_none_or(|since| *since <= day)
    }
}

fn hear_item(job: &Job) -> HearItem {
    let mut paths = job.found.paths().map(Path::to_path_buf);
    let first = paths.next().unwrap_or_default();
    let source = match paths.next() {
        None => AudioSource::File(first),
        Some(client) => AudioSource::Pair { manager: first, client },
    };
    HearItem { source, name: job.found.name.clone(), manager_channel: job.known.manager_channel }
}

/// The day of a call where its start is known, else that of the file, by this machine's clock.
fn day_of(call: &CallInfo, modified_ms: i64) -> String {
    let told = call.started_at.as_deref().and_then(|at| at.get(..10));
    if let Some(day) = told.filter(|day| day.parse::<jiff::civil::Date>().is_ok()) {
        return day.to_owned();
    }
    let at = jiff::Timestamp::from_millisecond(modified_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned_datetime(jiff::tz::TimeZone::system()).date().to_string()
}

/// One spelling for each file: absolute, text where it is text.
fn spelling(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    if let Some(text) = path.to_str() {
        return text.to_owned();
    }
    // Two names that show the same are still two.
    let mut text = format!("{}#", path.display());
    for byte in path.as_os_str().as_encoded_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
