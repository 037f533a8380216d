//! The connection, blocking: statements with values in, rows out, transactions that are whole or not there.
//!
//! The only file that names sqlx. It is asynchronous and the rest of the program is not, so a runtime of one thread lives
//! here and nobody outside sees it. One connection: SQLite has one writer, and PostgreSQL needs no more for one run.
//! What the statements mean is decided in the files beside this one; they hold the same text for both databases.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use sqlx::any::{AnyArguments, AnyConnectOptions, AnyRow};
use sqlx::{
    AnyConnection, Arguments as _, AssertSqlSafe, ConnectOptions as _, Connection as _,
    Executor as _, Row as _,
};

use crate::store::{Place, StoreError};

/// How long the thread that asks SQLite may take to say that it is there; it has nothing else to do.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// A value for a `$1` of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    NoText,
    Int(i64),
    NoInt,
    Real(f64),
    NoReal,
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        // PostgreSQL takes no zero byte in a text.
        if text.contains('\0') {
            return Self::Text(text.replace('\0', "\u{fffd}").into());
        }
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::NoText, Into::into)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(yes: bool) -> Self {
        Self::Int(yes.into())
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::NoInt, Self::Int)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<Option<f64>> for Value<'_> {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::NoReal, Self::Real)
    }
}

/// The values of a statement: `values![sha256, at_ms]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::store::link::Value::from($value)),*] };
}
pub(super) use values;

/// One row of an answer.
pub(super) struct Row {
    row: AnyRow,
}

impl Row {
    /// A text that is there.
    pub(super) fn text(&self, column: usize) -> Result<String, Unreadable> {
        Ok(self.str(column)?.to_owned())
    }

    /// The same without a copy.
    pub(super) fn str(&self, column: usize) -> Result<&str, Unreadable> {
        Ok(self.row.try_get::<&str, _>(column)?)
    }

    /// A text that may be missing.
    pub(super) fn maybe_text(&self, column: usize) -> Result<Option<String>, Unreadable> {
        Ok(self.row.try_get::<Option<String>, _>(column)?)
    }

    /// A number that is there.
    pub(super) fn int(&self, column: usize) -> Result<i64, Unreadable> {
        Ok(self.row.try_get::<i64, _>(column)?)
    }

    /// A number that may be missing.
    pub(super) fn maybe_int(&self, column: usize) -> Result<Option<i64>, Unreadable> {
        Ok(self.row.try_get::<Option<i64>, _>(column)?)
    }

    /// A fraction that is there.
    pub(super) fn real(&self, column: usize) -> Result<f64, Unreadable> {
        Ok(self.row.try_get::<f64, _>(column)?)
    }

    /// A fraction that may be missing.
    pub(super) fn maybe_real(&self, column: usize) -> Result<Option<f64>, Unreadable> {
        Ok(self.row.try_get::<Option<f64>, _>(column)?)
    }
}

/// A column that does not hold what it should.
#[derive(Clone, Debug)]
pub(super) struct Unreadable(String);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<sqlx::Error> for Unreadable {
    fn from(error: sqlx::Error) -> Self {
        Self(chain(&error))
    }
}

impl Unreadable {
    pub(super) fn new(detail: impl Into<String>) -> Self {
        Self(detail.into())
    }
}

/// An open connection.
pub(super) struct Link {
    runtime: tokio::runtime::Runtime,
    /// `None` only while the link is being dropped.
    connection: Option<AnyConnection>,
    place: Place,
    patience: Duration,
    /// Said to the database before the connection closes.
    farewell: Option<&'static str>,
}

impl Link {
    /// Connects to `url`. `patience`: how long to wait for another writer.
    pub(super) fn open(url: &str, place: &Place, patience: Duration) -> Result<Self, StoreError> {
        // It does its work once, however often it is called.
        sqlx::any::install_default_drivers();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(
            |error| StoreError::Unreachable { place: place.to_string(), detail: error.to_string() },
        )?;
        // No statement goes to a log: the slow ones would carry it there unasked.
        let connection = url
            .parse::<AnyConnectOptions>()
            .map(AnyConnectOptions::disable_statement_logging)
            .and_then(|options| runtime.block_on(options.connect()));
        match connection {
            Ok(connection) => {
                let place = place.clone();
                Ok(Self { runtime, connection: Some(connection), place, patience, farewell: None })
            }
            Err(error) => Err(told(&error, place, patience)),
        }
    }

    /// Whether this is SQLite.
    pub(super) fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Sqlite(_))
    }

    /// Where it leads.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Runs one statement; how many rows it touched.
    pub(super) fn run(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let query = sqlx::query_with(sql, arguments(values));
        self.ask(|connection, runtime| runtime.block_on(query.execute(connection)))
            .map(|result| result.rows_affected())
    }

    /// All rows that a statement answers with.
    pub(super) fn rows(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let query = sqlx::query_with(sql, arguments(values));
        let rows = self.ask(|connection, runtime| runtime.block_on(query.fetch_all(connection)))?;
        self.checked(rows)
    }

    /// As [`Link::run`], for a statement that the program puts together; never with a user's words in it.
    pub(super) fn run_of(&mut self, sql: String, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments(values));
        self.ask(|connection, runtime| runtime.block_on(query.execute(connection)))
            .map(|result| result.rows_affected())
    }

    /// As [`Link::rows`], for a statement that the program puts together; never with a user's words in it.
    pub(super) fn rows_of(
        &mut self,
        sql: String,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments(values));
        let rows = self.ask(|connection, runtime| runtime.block_on(query.fetch_all(connection)))?;
        self.checked(rows)
    }

    /// The first row that a statement answers with.
    pub(super) fn row(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        // Fetched to the end: a statement that is not would keep its read mark, and the next write would wait for it.
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// Runs a script of several statements, or one that cannot be prepared, as those that set a connection up.
    /// The text is the program's own, never a user's.
    pub(super) fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        self.ask(|connection, runtime| runtime.block_on(connection.execute(script))).map(|_| ())
    }

    /// Rows of a statement that is not prepared, as `PRAGMA`s are.
    pub(super) fn answer(&mut self, sql: &str) -> Result<Vec<Row>, StoreError> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        let rows =
            self.ask(|connection, runtime| runtime.block_on(connection.fetch_all(script)))?;
        self.checked(rows)
    }

    /// The thread of sqlx that asks SQLite may panic over a damaged page. That answers with no rows and no error, and nobody may take
    /// it for an empty table: where no row came, the thread must still be there.
    fn checked(&mut self, rows: Vec<AnyRow>) -> Result<Vec<Row>, StoreError> {
        if rows.is_empty() && self.is_sqlite() {
            // While it unwinds it still takes questions, and answers none of them.
            self.ask(|connection, runtime| {
                runtime.block_on(async {
                    let asked = tokio::time::timeout(SIGN_OF_LIFE, connection.ping());
                    asked.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
                })
            })?;
        }
        Ok(rows.into_iter().map(|row| Row { row }).collect())
    }

    /// Does `work` whole or not at all.
    pub(super) fn whole<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // The writer's lock at once: a reader that becomes a writer later could fail in the middle.
        self.script(if self.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
        let done = work(self).and_then(|done| self.script("COMMIT").map(|()| done));
        if done.is_err() {
            // After a failed COMMIT there may be nothing to roll back; the first error is the one that counts.
            let _ = self.script("ROLLBACK");
        }
        done
    }

    /// What a column that cannot be read means here.
    pub(super) fn unreadable(&self, what: &str, fault: &Unreadable) -> StoreError {
        StoreError::Row { place: self.place.to_string(), detail: format!("{what}: {}", fault.0) }
    }

    fn ask<T>(
        &mut self,
        asked: impl FnOnce(&mut AnyConnection, &tokio::runtime::Runtime) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let Some(connection) = self.connection.as_mut() else {
            let detail = "the connection is closed".to_owned();
            return Err(StoreError::Unreachable { place: self.place.to_string(), detail });
        };
        asked(connection, &self.runtime).map_err(|error| told(&error, &self.place, self.patience))
    }

    /// What is said to the database before the connection closes, if it will hear it.
    pub(super) fn at_the_end(&mut self, script: &'static str) {
        self.farewell = Some(script);
    }

    fn say_farewell(&mut self) {
        if let Some(script) = self.farewell.take() {
            // A database that is locked or full keeps what it has; closing goes on.
            let _ = self.script(script);
        }
    }

    /// Closes the connection and waits for that, so that SQLite's `-wal` file is gone when this returns.
    pub(super) fn close(mut self) -> Result<(), StoreError> {
        self.say_farewell();
        let Some(connection) = self.connection.take() else { return Ok(()) };
        self.runtime
            .block_on(connection.close())
            .map_err(|error| told(&error, &self.place, self.patience))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.say_farewell();
        if let Some(connection) = self.connection.take() {
            // Nobody is left who could be told.
            let _ = self.runtime.block_on(connection.close());
        }
    }
}

fn arguments(values: &[Value<'_>]) -> AnyArguments {
    let mut arguments = AnyArguments::default();
    for value in values {
        // Adding a text or a number to a list cannot fail.
        let _ = match value {
            Value::Text(text) => arguments.add(text.as_ref().to_owned()),
            Value::NoText => arguments.add(None::<String>),
            Value::Int(number) => arguments.add(*number),
            Value::NoInt => arguments.add(None::<i64>),
            Value::Real(number) => arguments.add(*number),
            Value::NoReal => arguments.add(None::<f64>),
        };
    }
    arguments
}

/// What the database says, as one of our errors.
fn told(error: &sqlx::Error, place: &Place, patience: Duration) -> StoreError {
    let (name, detail) = (place.to_string(), chain(error));
    let Some(database) = error.as_database_error() else {
        return match error {
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::AnyDriverError(_) => StoreError::Row { place: name, detail },
            sqlx::Error::WorkerCrashed => {
                let detail = "SQLite's library could not read it".to_owned();
                StoreError::Damaged { place: name, detail }
            }
            _ => StoreError::Unreachable { place: name, detail },
        };
    };
    let code = database.code().unwrap_or_default();
    let detail = database.message().to_owned();
    let waited_s = patience.as_secs();
    match place {
        // The low byte is the kind; the rest says more of it.
        Place::Sqlite(_) => match code.parse::<u32>().unwrap_or_default() & 0xff {
            5 | 6 => StoreError::Locked { place: name, waited_s },
            8 | 14 | 23 => StoreError::ReadOnly { place: name, detail },
            11 | 26 => StoreError::Damaged { place: name, detail },
            13 => StoreError::Full { place: name },
            10 => StoreError::Database {
                place: name,
                detail: format!("{detail} (is the disk full or failing?)"),
            },
            _ => StoreError::Database { place: name, detail },
        },
        Place::Postgres(_) => match &*code {
            "53100" => StoreError::Full { place: name },
            "55P03" | "40P01" => StoreError::Locked { place: name, waited_s },
            "25006" | "42501" => StoreError::ReadOnly { place: name, detail },
            "XX001" | "XX002" => StoreError::Damaged { place: name, detail },
            code if code.starts_with("57P")
                || code.starts_with("08")
                || code.starts_with("28")
                || code == "3D000" =>
            {
                StoreError::Unreachable { place: name, detail }
            }
            _ => StoreError::Database { place: name, detail },
        },
    }
}

/// An error and its causes in one line.
fn chain(error: &sqlx::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {next}");
        }
        cause = error.source();
    }
    text
}
