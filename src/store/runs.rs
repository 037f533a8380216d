//! Runs: who began when, how it ended, and what came of it.

use crate::store::link::{Row, Unreadable, values};
use crate::store::{Store, StoreError, next, read};

/// The number of a run, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub(super) i64);

impl RunId {
    /// The number.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// A run that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    /// `nightly`, `watch`, `regrade`.
    pub kind: &'a str,
    /// Name and version of the program.
    pub program: &'a str,
    /// The process, for people: number and machine.
    pub process: &'a str,
    /// When it begins.
    pub started_ms: i64,
}

/// A run as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its number.
    pub id: RunId,
    /// As in [`NewRun`].
    pub kind: String,
    /// As in [`NewRun`].
    pub program: String,
    /// As in [`NewRun`].
    pub process: String,
    /// When it began.
    pub started_ms: i64,
    /// When it ended; `None` while it runs, or where it died and no run came after it.
    pub ended_ms: Option<i64>,
    /// How it ended: `done`, `failures`, `stopped`, `interrupted`, `died`.
    pub how: Option<String>,
    /// Its summary as JSON.
    pub summary: Option<String>,
}

/// The start of every query for [`RunRow`]s.
macro_rules! runs {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, program, process, started_ms, ended_ms, how, summary FROM runs ",
            $rest
        )
    };
}

fn run_row(row: &Row) -> Result<RunRow, Unreadable> {
    Ok(RunRow {
        id: RunId(row.int(0)?),
        kind: row.text(1)?,
        program: row.text(2)?,
        process: row.text(3)?,
        started_ms: row.int(4)?,
        ended_ms: row.maybe_int(5)?,
        how: row.maybe_text(6)?,
        summary: row.maybe_text(7)?,
    })
}

impl Store {
    /// Begins a run. What earlier runs left open is closed as `died`, and their recordings wait again: call it only
    /// while holding the data folder's lock.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn begin_run(&self, run: &NewRun<'_>) -> Result<RunId, StoreError> {
        self.whole(|link| {
            let now = run.started_ms;
            link.run(
                "UPDATE recordings SET state = 'waiting', state_ms = $1 WHERE state = 'working'",
                &values![now],
            )?;
            link.run(
                "UPDATE attempts SET ended_ms = $1, how = 'died' WHERE ended_ms IS NULL",
                &values![now],
            )?;
            link.run("UPDATE runs SET ended_ms = $1, how = 'died' WHERE ended_ms IS NULL", &values![now])?;
            let id = next(link, "run")?;
            link.run(
                "INSERT INTO runs (id, kind, program, process, started_ms) VALUES ($1, $2, $3, $4, $5)",
                &values![id, run.kind, run.program, run.process, now],
            )?;
            Ok(RunId(id))
        })
    }

    /// Ends a run. `how` as in [`RunRow::how`]; `summary` is JSON.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn end_run(
        &self,
        run: RunId,
        how: &str,
        summary: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        self.whole(|link| {
            link.run(
                "UPDATE runs SET ended_ms = $2, how = $3, summary = $4 WHERE id = $1",
                &values![run.0, at_ms, how, summary],
            )?;
            Ok(())
        })
    }

    /// The latest runs, newest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn runs(&self, most: usize) -> Result<Vec<RunRow>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.with(|link| {
            let rows = link.rows(runs!("ORDER BY id DESC LIMIT $1"), &values![most])?;
            read(link, "runs", || rows.iter().map(run_row).collect())
        })
    }

    /// The latest run of one of these kinds; `None` where there was none yet. What a run left undone is found by the next
    /// of its own kind, whatever ran in between.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn last_run(&self, kinds: &[&str]) -> Result<Option<RunRow>, StoreError> {
        self.with(|link| {
            let mut last: Option<RunRow> = None;
            for kind in kinds {
                let row =
                    link.row(runs!("WHERE kind = $1 ORDER BY id DESC LIMIT 1"), &values![*kind])?;
                let run = read(link, "runs", || row.as_ref().map(run_row).transpose())?;
                last = last.into_iter().chain(run).max_by_key(|run| run.id);
            }
            Ok(last)
        })
    }
}
