//! One recording at its end: what came back is stored, written as a file, counted and told, in this order.

use std::io;

use crate::batch::child::End;
use crate::batch::failure::Failure;
use crate::batch::night::options::NightError;
use crate::batch::night::run::{Job, Night};
use crate::batch::night::sum::{Ended, How};
use crate::batch::night::walk::Found;
use crate::batch::outcome::SkipReason;
use crate::batch::run::emptiness;
use crate::call::CallInfo;
use crate::grading;
use crate::grading::wire::DraftJson;
use crate::store::{Finished, Kept, NewAttempt, now_ms};
use crate::transcript::Heard;
use crate::warning::Warning;
use crate::whole_file::Lasting;

/// A recording that changes so often while it is heard is left alone.
const MOST_RESTLESS: u32 = 3;

impl Night<'_> {
    /// Stores what came back from the child.
    pub(super) fn ended(&mut self, number: usize, end: End) -> Result<(), NightError> {
        let Some(job) = self.jobs.remove(&number) else { return Ok(()) };
        self.hearing.remove(&job.sha256);
        match end {
            End::Heard(heard) if heard.recording.sha256 == job.sha256 => {
                let mut heard = *heard;
                if let Some(other) = &job.found.stray
                    && heard.recording.channels == 1
                {
                    heard.warnings.push(Warning::MissingHalf { other: other.clone() });
                }
                heard.warnings.extend(self.options.model_warning.clone());
                heard.warnings.extend(job.known.warnings.iter().cloned());
                let call = job.known.call.clone();
                self.heard(&job, &heard, &call, false)
            }
            // Other bytes than were read before.
            End::Heard(_) => self.changed(job),
            End::Failed(why) => match &why {
                Failure::Unreadable { kind: Some(io::ErrorKind::NotFound), .. } => {
                    self.store.give_back(&job.attempt, now_ms())?;
                    self.sum.gone += 1;
                    Ok(())
                }
                Failure::Hear(error) if is_changed(error) => self.changed(job),
                Failure::Crashed { how, .. } => self.crashed(&job, &how.clone(), &why),
                _ => self.fail(&job, &why),
            },
        }
    }

    /// Ends the attempts that a run which stops leaves open.
    pub(super) fn give_back(&mut self) {
        for job in std::mem::take(&mut self.jobs).into_values() {
            // Where the store is what stops the run this fails too, and the next run does it.
            if self.store.give_back(&job.attempt, now_ms()).is_err() {
                return;
            }
        }
    }

    pub(super) fn heard(
        &mut self,
        job: &Job,
        heard: &Heard,
        call: &CallInfo,
        is_dialogue: bool,
    ) -> Result<(), NightError> {
        let duration_ms = heard.recording.duration_ms;
        if let Some(reason) = emptiness(heard) {
            let model = if is_dialogue { "" } else { &self.options.model_sha256 };
            self.store.skip(&job.attempt, model, reason.as_str(), now_ms())?;
            let code = match reason {
                SkipReason::NoSpeech => "no_speech",
                SkipReason::NoWords => "no_words",
            };
            let how = How::Skipped(reason.as_str().to_owned());
            self.end(job, duration_ms, how, code);
            return Ok(());
        }
        let mut options = self.options.grading.clone();
        if is_dialogue {
            options.made_with.model = None;
            options.made_with.model_sha256 = None;
        }
        let draft = grading::grade(self.options.book, heard, call, &options);
        let text = pretty(&draft)?;
        tracing::trace!(target: "autograde::stage", "commit");
        let kept = self.store.finish(
            &job.attempt,
            &Finished { heard, call, call_id: None, draft: &draft, at_ms: now_ms() },
        )?;
        tracing::trace!(target: "autograde::stage", "rename");
        if kept == Kept::Stored {
            let day = Some(job.day.as_str());
            self.options.files.write(day, &draft.id(), &text, Lasting::Synced)?;
        }
        tracing::trace!(target: "autograde::stage", "next");
        self.end(job, duration_ms, How::Graded, "graded");
        Ok(())
    }

    pub(super) fn fail(&mut self, job: &Job, why: &Failure) -> Result<(), NightError> {
        let model = if job.found.is_dialogue() { "" } else { &self.options.model_sha256 };
        self.store.fail(&job.attempt, model, &why.text(), now_ms())?;
        self.end(job, 0, How::Failed(why.text()), why.code());
        Ok(())
    }

    /// The supervisor proved that it kills, alone and twice: so it is stored.
    fn crashed(&mut self, job: &Job, how: &str, why: &Failure) -> Result<(), NightError> {
        const ENOUGH: u32 = 4;
        let mut given_up = self.store.crash(&job.attempt, how, now_ms())?;
        for _ in 0..ENOUGH {
            if given_up {
                break;
            }
            let attempt = self.store.begin_attempt(&NewAttempt {
                run: self.run,
                sha256: &job.sha256,
                alone: true,
                started_ms: now_ms(),
            })?;
            given_up = self.store.crash(&attempt, how, now_ms())?;
        }
        self.end(job, 0, How::Failed(why.text()), why.code());
        Ok(())
    }

    /// It is not what it was when it was read: it is read again, but not for ever.
    fn changed(&mut self, job: Job) -> Result<(), NightError> {
        let times = self.restless.entry(job.found.path.clone()).or_default();
        *times += 1;
        if MOST_RESTLESS <= *times {
            let path = job.found.path.display().to_string();
            return self.fail(&job, &Failure::Restless { path });
        }
        self.store.give_back(&job.attempt, now_ms())?;
        match job.found.look() {
            Ok((bytes, modified_ms)) => {
                self.again.push_back(Found { bytes, modified_ms, ..job.found });
            }
            Err(_) => self.sum.gone += 1,
        }
        Ok(())
    }

    fn end(&mut self, job: &Job, duration_ms: u32, how: How, code: &'static str) {
        let ended = Ended {
            source: job.found.name.clone(),
            sha256: job.sha256.clone(),
            duration_ms,
            how,
            code,
        };
        self.sum.add(&ended);
        self.notice.ended(&ended);
    }
}

fn is_changed(error: &crate::batch::hear::HearError) -> bool {
    matches!(error, crate::batch::hear::HearError::Audio(crate::audio::AudioError::Changed))
}

pub(super) fn pretty(draft: &grading::Draft) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&DraftJson::from(draft))? + "\n")
}
