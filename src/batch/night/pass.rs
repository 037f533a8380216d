//! One pass over a list of recordings: who lists, who reads, and in which turn the run's own thread looks at them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::batch::night::digest::{Digest, digest};
use crate::batch::night::options::NightError;
use crate::batch::night::run::Night;
use crate::batch::night::walk::{Found, Walked};

/// Names that wait to be looked at.
const WALKED: usize = 1024;
/// Recordings whose bytes are read ahead of the child.
const HASHED: usize = 4;
/// Names looked at between two looks at the child.
const AT_ONCE: usize = 256;
impl Night<'_> {
    /// Takes all that `list` names to its end.
    pub(super) fn pass(
        &mut self,
        list: impl FnOnce(&Sender<Walked>, &AtomicBool) + Send,
    ) -> Result<(), NightError> {
        let stop = AtomicBool::new(false);
        let (walked_in, walked) = bounded(WALKED);
        let (to_hash, to_hash_out) = bounded::<Found>(HASHED);
        let (hashed_in, hashed) = bounded(HASHED);
        thread::scope(|scope| {
            let stop = &stop;
            let list = move || list(&walked_in, stop);
            let hash = move || {
                for found in to_hash_out {
                    let digest = digest(&found, stop);
                    if hashed_in.send((found, digest)).is_err() {
                        return;
                    }
                }
            };
            let spawned = thread::Builder::new()
                .name("list".into())
                .spawn_scoped(scope, list)
                .and_then(|_| thread::Builder::new().name("hash".into()).spawn_scoped(scope, hash));
            let ended = match spawned {
                Ok(_) => self.through(&walked, &to_hash, &hashed),
                Err(error) => Err(NightError::Thread(error)),
            };
            // Whoever still lists or hashes finds its channel closed.
            stop.store(true, Ordering::Relaxed);
            drop((walked, to_hash, hashed));
            ended
        })
    }

    fn through(
        &mut self,
        walked: &Receiver<Walked>,
        to_hash: &Sender<Found>,
        hashed: &Receiver<(Found, Digest)>,
    ) -> Result<(), NightError> {
        let mut listing = true;
        let mut hashing = 0;
        let mut waiting: VecDeque<Found> = VecDeque::new();
        loop {
            if self.cancelled() {
                return Err(NightError::Interrupted);
            }
            while self.supervisor.has_room()
                && let Ok((found, digest)) = hashed.try_recv()
            {
                hashing -= 1;
                self.take(found, digest)?;
            }
            waiting.extend(self.again.drain(..));
            for _ in 0..AT_ONCE {
                if !listing || HASHED <= waiting.len() {
                    break;
                }
                match walked.try_recv() {
                    Ok(walked) => waiting.extend(self.meet(walked)?),
                    Err(error) => {
                        listing = error.is_empty();
                        break;
                    }
                }
            }
            while let Some(found) = waiting.pop_front() {
                match to_hash.try_send(found) {
                    Ok(()) => hashing += 1,
                    Err(error) => {
                        waiting.push_front(error.into_inner());
                        break;
                    }
                }
            }
            let more = listing || 0 < hashing || !waiting.is_empty();
            if !self.supervisor.is_empty() {
                let patience = Duration::from_millis(if more { 20 } else { 500 });
                for (id, end) in self.supervisor.wait(patience, &())? {
                    self.ended(id, end)?;
                }
            } else if 0 < hashing {
                if let Ok((found, digest)) = hashed.recv_timeout(Duration::from_millis(100)) {
                    hashing -= 1;
                    self.take(found, digest)?;
                }
            } else if listing && waiting.is_empty() {
                if let Ok(walked) = walked.recv_timeout(Duration::from_millis(100)) {
                    waiting.extend(self.meet(walked)?);
                }
            } else if !more && self.again.is_empty() {
                return Ok(());
            }
        }
    }
}
