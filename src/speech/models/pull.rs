//! Downloads a model: resumable, checked while it is written, and never half there.
//!
//! Bytes go to `FILE.part`; only when their number and SHA-256 are the list's is the file synced and renamed to its name,
//! so that whatever bears the name is whole. A `.part` that is left over, by a broken connection or Ctrl-C, is hashed and
//! continued with `Range`. One lock in the folder keeps a second pull out.
//!
//! The functions here and in `transfer` are the only ones of the program that open a connection to another machine.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use crate::speech::models::growing::Growing;
use crate::speech::models::hashes::sha256_of_file;
use crate::speech::models::lock::{NoLock, PullLock};
use crate::speech::models::pull_terms::{PullError, PullEvent, PullOptions, Pulled};
use crate::speech::models::transfer::{self, Head, Message};
use crate::speech::models::{Entry, Models, State};

/// How often a waiting download looks whether it shall stop.
const LOOK: Duration = Duration::from_millis(100);
/// An attempt that brought so many new bytes was no failure: the count of attempts begins again.
const PROGRESS: u64 = 1 << 20;

/// How one attempt ended.
enum End {
    /// All bytes are here.
    Complete,
    /// The connection broke; another attempt may do better.
    Broken(String),
    /// No attempt can do better.
    Stop(Stop),
}

/// Why no more attempts are made.
enum Stop {
    /// Nothing more can come from this address.
    Address(PullError),
    /// Nothing more can come at all.
    Pull(PullError),
}

impl End {
    fn useless(error: PullError) -> Self {
        Self::Stop(Stop::Address(error))
    }

    fn fatal(error: PullError) -> Self {
        Self::Stop(Stop::Pull(error))
    }
}

impl Models {
    /// Downloads the entry's file into the folder, unless it is there and right.
    ///
    /// # Errors
    ///
    /// See [`PullError`]. What could be downloaded is kept for the next time, except where its hash is wrong.
    pub fn pull(
        &self,
        entry: &Entry,
        options: &PullOptions,
        progress: &mut dyn FnMut(PullEvent),
    ) -> Result<Pulled, PullError> {
        let dir = self.dir();
        let no_write = |source| PullError::Write { path: dir.to_owned(), source };
        fs::create_dir_all(dir).map_err(no_write)?;
        let _lock = PullLock::take(dir, &entry.name).map_err(|error| match error {
            NoLock::Held { by } => PullError::Locked { dir: dir.to_owned(), by },
            NoLock::Io(source) => no_write(source),
        })?;
        let path = self.path_of(entry);
        let right = |path: &Path| sha256_of_file(path).is_ok_and(|sha256| sha256 == entry.sha256);
        if self.state_of(entry) == State::Installed && right(&path) {
            return Ok(Pulled { path, already_there: true });
        }

        let partial = self.partial_path_of(entry);
        let write = |source| PullError::Write { path: partial.clone(), source };
        let mut growing = Growing::open(&partial, entry.bytes).map_err(write)?;
        enough_space(dir, entry.bytes - growing.done())?;
        progress(PullEvent::Started {
            name: entry.name.clone(),
            done: growing.done(),
            bytes: entry.bytes,
        });
        let mut pull = Pull { entry, options, progress, partial: &partial };
        let url = pull.try_all(&mut growing)?;
        let found = growing.finish().map_err(write)?;
        if found != entry.sha256 {
            fs::remove_file(&partial).map_err(write)?;
            let (name, wanted) = (entry.name.clone(), entry.sha256.clone());
            return Err(PullError::WrongSha256 { url: told(&url), name, found, wanted });
        }
        fs::rename(&partial, &path)
            .map_err(|source| PullError::Write { path: path.clone(), source })?;
        sync_folder(dir).map_err(no_write)?;
        Ok(Pulled { path, already_there: false })
    }
}

/// One download under way.
struct Pull<'a> {
    entry: &'a Entry,
    options: &'a PullOptions,
    progress: &'a mut dyn FnMut(PullEvent),
    partial: &'a Path,
}

impl Pull<'_> {
    /// Tries the addresses in turn; returns the one that the last byte came from.
    fn try_all(&mut self, growing: &mut Growing) -> Result<String, PullError> {
        let urls = match &self.options.mirror {
            Some(mirror) => vec![format!("{}/{}", mirror.trim_end_matches('/'), self.entry.file)],
            None => self.entry.urls.clone(),
        };
        let mut last = None;
        for url in urls {
            if let Some(reason) = last.as_ref().map(PullError::to_string) {
                (self.progress)(PullEvent::OtherAddress { reason });
            }
            match self.try_one(&url, growing) {
                Ok(()) => return Ok(url),
                Err(Stop::Address(error)) => last = Some(error),
                Err(Stop::Pull(error)) => return Err(error),
            }
        }
        // The list gives every entry an address, so one of them has failed.
        Err(last.unwrap_or_else(|| PullError::Hopeless {
            url: self.entry.file.clone(),
            reason: "the list has no address for it".to_owned(),
        }))
    }

    /// Attempts one address until everything is here or it makes no sense any more.
    fn try_one(&mut self, url: &str, growing: &mut Growing) -> Result<(), Stop> {
        let limits = self.options.limits;
        let most = limits.attempts.max(1);
        let mut failures = 0;
        // Counted from the most that was ever here: a server that always begins again makes no progress.
        let mut highest = growing.done();
        loop {
            let reason = match self.attempt(url, growing) {
                End::Complete => return Ok(()),
                End::Broken(reason) => reason,
                End::Stop(stop) => return Err(stop),
            };
            if growing.done() >= highest + PROGRESS {
                highest = growing.done();
                failures = 0;
            }
            failures += 1;
            if failures >= most {
                let (done, bytes) = (growing.done(), self.entry.bytes);
                let url = told(url);
                return Err(Stop::Address(PullError::Broken {
                    url,
                    attempts: failures,
                    reason,
                    done,
                    bytes,
                }));
            }
            let wait = limits.pause * (1 << (failures - 1).min(4));
            (self.progress)(PullEvent::Retrying { reason, attempt: failures + 1, of: most, wait });
            self.pause(wait, growing)?;
        }
    }

    /// One request, from the byte that is missing first.
    fn attempt(&mut self, url: &str, growing: &mut Growing) -> End {
        if growing.done() == self.entry.bytes {
            return End::Complete;
        }
        let messages = match transfer::start(url, growing.done(), &self.options.limits) {
            Ok(messages) => messages,
            Err(error) => return End::Broken(error.to_string()),
        };
        loop {
            if self.cancelled() {
                return End::fatal(self.stop(growing));
            }
            let step = match messages.recv_timeout(LOOK) {
                Ok(Message::Head(head)) => self.begin(url, head, growing),
                Ok(Message::Bytes(bytes)) => self.take(url, &bytes, growing),
                Ok(Message::End) => Err(End::Broken(format!(
                    "the server ended after {} of {} bytes",
                    growing.done(),
                    self.entry.bytes
                ))),
                Ok(Message::Failed(reason)) => Err(End::Broken(reason)),
                Ok(Message::Hopeless(reason)) => {
                    Err(End::useless(PullError::Hopeless { url: told(url), reason }))
                }
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => {
                    Err(End::Broken("the connection was lost".to_owned()))
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Looks at the head of the answer; throws away what is here if the server begins at the first byte.
    fn begin(&mut self, url: &str, head: Head, growing: &mut Growing) -> Result<(), End> {
        let wanted = self.entry.bytes;
        let other_file = |found| {
            End::useless(PullError::WrongLength {
                url: told(url),
                name: self.entry.name.clone(),
                found,
                wanted,
            })
        };
        match head.status {
            206 => {
                let Some((first, whole)) = head.range else {
                    self.start_over(growing)?;
                    return Err(End::Broken(
                        "the server sends a part and does not say which".to_owned(),
                    ));
                };
                if let Some(whole) = whole.filter(|whole| *whole != wanted) {
                    return Err(other_file(whole));
                }
                if first != growing.done() {
                    let reason = format!(
                        "the server sends from byte {first}, and {} was asked for",
                        growing.done()
                    );
                    self.start_over(growing)?;
                    return Err(End::Broken(reason));
                }
                Ok(())
            }
            200 => {
                if let Some(length) = head.length.filter(|length| *length != wanted) {
                    return Err(other_file(length));
                }
                self.start_over(growing)
            }
            416 => {
                self.start_over(growing)?;
                Err(End::Broken("the server has no such part".to_owned()))
            }
            status @ (408 | 425 | 429 | 500..) => {
                Err(End::Broken(format!("the server answers with status {status}")))
            }
            status => {
                let (name, bytes) = (self.entry.name.clone(), wanted);
                Err(End::useless(PullError::Status { url: told(url), status, name, bytes }))
            }
        }
    }

    fn start_over(&mut self, growing: &mut Growing) -> Result<(), End> {
        if growing.done() > 0 {
            growing.start_over().map_err(|source| self.no_write(source))?;
            (self.progress)(PullEvent::StartedOver);
        }
        Ok(())
    }

    fn take(&mut self, url: &str, bytes: &[u8], growing: &mut Growing) -> Result<(), End> {
        let found = growing.done() + bytes.len() as u64;
        let wanted = self.entry.bytes;
        if found > wanted {
            // What is here came from the same place, so it is not the right file either.
            growing.start_over().map_err(|source| self.no_write(source))?;
            let name = self.entry.name.clone();
            return Err(End::useless(PullError::WrongLength {
                url: told(url),
                name,
                found,
                wanted,
            }));
        }
        growing.append(bytes).map_err(|source| self.no_write(source))?;
        (self.progress)(PullEvent::Advanced { done: found });
        if found == wanted { Err(End::Complete) } else { Ok(()) }
    }

    /// Waits, unless it shall stop.
    fn pause(&self, wait: Duration, growing: &mut Growing) -> Result<(), Stop> {
        let until = Instant::now() + wait;
        while Instant::now() < until {
            if self.cancelled() {
                return Err(Stop::Pull(self.stop(growing)));
            }
            std::thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }

    fn cancelled(&self) -> bool {
        self.options.cancel.load(Ordering::Relaxed)
    }

    fn stop(&self, growing: &mut Growing) -> PullError {
        // A failure here loses bytes that the next pull would fetch again; stopping is what was asked for.
        let _ = growing.sync();
        PullError::Cancelled {
            name: self.entry.name.clone(),
            done: growing.done(),
            bytes: self.entry.bytes,
        }
    }

    fn no_write(&self, source: io::Error) -> End {
        End::fatal(PullError::Write { path: self.partial.to_owned(), source })
    }
}

/// The address without a user's name and password.
fn told(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host = rest.split('/').next().unwrap_or(rest);
    match host.rsplit_once('@') {
        Some((login, _)) => format!("{scheme}://{}", &rest[login.len() + 1..]),
        None => url.to_owned(),
    }
}

/// Refuses a download that the disk has no room for. A file system that does not say is believed to have it.
fn enough_space(dir: &Path, needed: u64) -> Result<(), PullError> {
    match fs4::available_space(dir) {
        Ok(free) if free < needed => Err(PullError::NoSpace { dir: dir.to_owned(), needed, free }),
        _ => Ok(()),
    }
}

/// Makes the renaming last through a power cut. Only Unix can sync a folder.
fn sync_folder(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_in_an_address_is_not_told() {
        assert_eq!(told("https://user:secret@host:8/a@b"), "https://host:8/a@b");
        assert_eq!(told("https://host/a@b"), "https://host/a@b");
        assert_eq!(told("nonsense"), "nonsense");
    }
}
