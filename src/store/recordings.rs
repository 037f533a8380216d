//! Recordings by their bytes, the files that hold them, and how each of them stands.

use crate::store::link::{Link, Row, Unreadable, values};
use crate::store::{Key, Store, StoreError, read};

/// Where a recording is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Known, and not worked on.
    Waiting,
    /// An attempt is under way.
    Working,
    /// There is a draft.
    Graded,
    /// There was nothing in it.
    Skipped,
    /// It could not be heard.
    Failed,
    /// It killed the process that listened, alone and more than once.
    Crashed,
}

impl State {
    /// All of them, in the order of the way.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Working, Self::Graded, Self::Skipped, Self::Failed, Self::Crashed];

    /// The word that the store and JSON use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Working => "working",
            Self::Graded => "graded",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Crashed => "crashed",
        }
    }

    pub(super) fn parse(word: &str) -> Result<Self, Unreadable> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == word);
        known.ok_or_else(|| Unreadable::new(format!("`{word}` is no state")))
    }
}

/// How a recording stands under a model and a rulebook: what is left to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was made of it under this model: hear it.
    New,
    /// It was heard by this model and graded by another rulebook: grade what was heard.
    Heard,
    /// There is a draft of just this model and rulebook: nothing.
    Graded,
    /// A person confirmed its scorecard: nothing, whatever model and rulebook there are.
    Confirmed,
    /// This model found nothing in it, and why: nothing.
    Skipped(String),
    /// It could not be heard with this model, and why: nothing until somebody asks for another try.
    Failed(String),
    /// It kills the process that listens: nothing until somebody asks for another try.
    Crashed(String),
    /// It was forgotten on purpose: nothing, ever.
    Forgotten,
}

/// A file and the recording in it.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    /// Where it lies: one spelling for each file, absolute, with `/`.
    pub path: &'a str,
    /// SHA-256 of its bytes (of both files one after the other, for a pair), lower-case hex.
    pub sha256: &'a str,
    /// Bytes.
    pub bytes: i64,
    /// Time of its last change.
    pub modified_ms: i64,
    /// The path as drafts show it: relative to the folder that was given.
    pub source: &'a str,
    /// The id that its draft will have: see `Recording::id`.
    pub id: &'a str,
    /// The day that its draft is filed under, `YYYY-MM-DD`: the call's, else the file's.
    pub day: &'a str,
    /// When it was seen.
    pub seen_ms: i64,
}

/// A file that the store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// As in [`NewFile`].
    pub path: String,
    /// As in [`NewFile`].
    pub sha256: String,
    /// As in [`NewFile`].
    pub bytes: i64,
    /// As in [`NewFile`].
    pub modified_ms: i64,
}

/// A recording that the store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingRow {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its draft's id.
    pub id: String,
    /// The path that drafts show.
    pub source: String,
    /// The day that its draft is filed under.
    pub day: Option<String>,
    /// Length, once it was heard.
    pub duration_ms: Option<i64>,
    /// Where it is on its way.
    pub state: State,
    /// Since when.
    pub state_ms: i64,
    /// Why it was skipped or failed.
    pub reason: Option<String>,
    /// Whether a person confirmed its scorecard.
    pub confirmed: bool,
    /// Whether it is held against deletion.
    pub held: bool,
}

/// The start of every query for [`RecordingRow`]s.
macro_rules! recordings {
    ($rest:literal) => {
        concat!(
            "SELECT r.sha256, r.id, r.source, r.day, r.duration_ms, r.state, r.state_ms, r.reason, \
             (SELECT COUNT(*) FROM confirmations c WHERE c.sha256 = r.sha256), \
             (SELECT COUNT(*) FROM holds h WHERE h.sha256 = r.sha256) FROM recordings r ",
            $rest
        )
    };
}

fn recording(row: &Row) -> Result<RecordingRow, Unreadable> {
    Ok(RecordingRow {
        sha256: row.text(0)?,
        id: row.text(1)?,
        source: row.text(2)?,
        day: row.maybe_text(3)?,
        duration_ms: row.maybe_int(4)?,
        state: State::parse(row.str(5)?)?,
        state_ms: row.int(6)?,
        reason: row.maybe_text(7)?,
        confirmed: 0 < row.int(8)?,
        held: 0 < row.int(9)?,
    })
}

fn recordings(link: &Link, rows: &[Row]) -> Result<Vec<RecordingRow>, StoreError> {
    read(link, "recordings", || rows.iter().map(recording).collect())
}

impl Store {
    /// What is known of the file at `path`: where bytes and time are still the same, it need not be read again.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn file(&self, path: &str) -> Result<Option<FileRow>, StoreError> {
        self.with(|link| {
            let row = link.row(
                "SELECT path, sha256, bytes, modified_ms FROM files WHERE path = $1",
                &values![path],
            )?;
            read(link, "files", || row.as_ref().map(file).transpose())
        })
    }

    /// The files that hold a recording, by path.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn files_of(&self, sha256: &str) -> Result<Vec<FileRow>, StoreError> {
        self.with(|link| {
            let rows = link.rows(
                "SELECT path, sha256, bytes, modified_ms FROM files WHERE sha256 = $1 ORDER BY path",
                &values![sha256],
            )?;
            read(link, "files", || rows.iter().map(file).collect())
        })
    }

    /// Takes files in, in one transaction. The same bytes under another name are one more file of the same recording; other
    /// bytes under a known name are another recording. Files of forgotten recordings are left out.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn note_files(&self, files: &[NewFile<'_>]) -> Result<(), StoreError> {
        self.whole(|link| files.iter().try_for_each(|file| note_file(link, file)))
    }

    /// How a recording stands. One that was never noted is [`Standing::New`].
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn standing(&self, key: &Key) -> Result<Standing, StoreError> {
        self.with(|link| standing(link, key))
    }

    /// The recordings that go by what a person wrote: a draft's id, the beginning of a SHA-256 (eight digits or more), or
    /// a path. Empty where none does.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn find(&self, given: &str) -> Result<Vec<RecordingRow>, StoreError> {
        let is_hash = 8 <= given.len() && given.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (low, high) = if is_hash {
            let low = given.to_ascii_lowercase();
            (low.clone(), format!("{low}g"))
        } else {
            // No hash lies between these.
            ("g".to_owned(), "g".to_owned())
        };
        self.with(|link| {
            let rows = link.rows(
                recordings!(
                    "WHERE r.id = $1 OR r.source = $1 OR (r.sha256 >= $2 AND r.sha256 < $3) \
                     OR r.sha256 IN (SELECT sha256 FROM files WHERE path = $1) ORDER BY r.sha256"
                ),
                &values![given, &low, &high],
            )?;
            recordings(link, &rows)
        })
    }

    /// The one recording that goes by what a person wrote.
    ///
    /// # Errors
    ///
    /// When there is none, or there are several.
    pub fn find_one(&self, given: &str) -> Result<RecordingRow, StoreError> {
        let mut found = self.find(given)?;
        match found.len() {
            0 => Err(StoreError::Unknown { given: given.to_owned() }),
            1 => Ok(found.remove(0)),
            count => Err(StoreError::Ambiguous { given: given.to_owned(), count }),
        }
    }

    /// Recordings in a state, longest in it first: the queue.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn recordings_in(
        &self,
        state: State,
        most: usize,
    ) -> Result<Vec<RecordingRow>, StoreError> {
        self.with(|link| {
            let rows = link.rows(
                recordings!("WHERE r.state = $1 ORDER BY r.state_ms, r.sha256 LIMIT $2"),
                &values![state.as_str(), i64::try_from(most).unwrap_or(i64::MAX)],
            )?;
            recordings(link, &rows)
        })
    }

    /// How many recordings are in each state, all states in the order of the way.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn counts(&self) -> Result<Vec<(State, u64)>, StoreError> {
        self.with(|link| {
            let rows = link.rows("SELECT state, COUNT(*) FROM recordings GROUP BY state", &[])?;
            read(link, "recordings", || {
                let mut counts = State::ALL.map(|state| (state, 0));
                for row in &rows {
                    let state = State::parse(row.str(0)?)?;
                    let count = u64::try_from(row.int(1)?).unwrap_or_default();
                    for entry in counts.iter_mut().filter(|entry| entry.0 == state) {
                        entry.1 = count;
                    }
                }
                Ok(counts.to_vec())
            })
        })
    }
}

fn file(row: &Row) -> Result<FileRow, Unreadable> {
    Ok(FileRow {
        path: row.text(0)?,
        sha256: row.text(1)?,
        bytes: row.int(2)?,
        modified_ms: row.int(3)?,
    })
}

fn note_file(link: &mut Link, file: &NewFile<'_>) -> Result<(), StoreError> {
    let forgotten = "SELECT at_ms FROM tombstones WHERE sha256 = $1";
    if link.row(forgotten, &values![file.sha256])?.is_some() {
        return Ok(());
    }
    link.run(
        "INSERT INTO recordings (sha256, id, source, day, bytes, first_seen_ms, state, state_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $6) ON CONFLICT (sha256) DO NOTHING",
        &values![file.sha256, file.id, file.source, file.day, file.bytes, file.seen_ms],
    )?;
    link.run(
        "INSERT INTO files (path, sha256, bytes, modified_ms, seen_ms) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes, \
         modified_ms = excluded.modified_ms, seen_ms = excluded.seen_ms",
        &values![file.path, file.sha256, file.bytes, file.modified_ms, file.seen_ms],
    )?;
    Ok(())
}

fn standing(link: &mut Link, key: &Key) -> Result<Standing, StoreError> {
    let row = link.row(
        "SELECT r.state, r.reason, r.model_sha256, \
         (SELECT COUNT(*) FROM drafts d WHERE d.sha256 = $1 AND d.model_sha256 = $2 AND d.rulebook_sha256 = $3), \
         (SELECT COUNT(*) FROM transcripts t WHERE t.sha256 = $1 AND t.model_sha256 = $2), \
         (SELECT COUNT(*) FROM confirmations c WHERE c.sha256 = $1) \
         FROM recordings r WHERE r.sha256 = $1",
        &values![&key.sha256, &key.model_sha256, &key.rulebook_sha256],
    )?;
    let Some(row) = row else {
        let forgotten = "SELECT at_ms FROM tombstones WHERE sha256 = $1";
        let forgotten = link.row(forgotten, &values![&key.sha256])?.is_some();
        return Ok(if forgotten { Standing::Forgotten } else { Standing::New });
    };
    read(link, "recordings", || {
        let state = State::parse(row.str(0)?)?;
        let reason = || row.maybe_text(1).map(Option::unwrap_or_default);
        let same_model = row.maybe_text(2)?.is_some_and(|model| model == key.model_sha256);
        let is_there = |column| row.int(column).map(|count| 0 < count);
        Ok(match state {
            _ if is_there(5)? => Standing::Confirmed,
            _ if is_there(3)? => Standing::Graded,
            State::Crashed => Standing::Crashed(reason()?),
            _ if is_there(4)? => Standing::Heard,
            State::Skipped if same_model => Standing::Skipped(reason()?),
            State::Failed if same_model => Standing::Failed(reason()?),
            _ => Standing::New,
        })
    })
}
