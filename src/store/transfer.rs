//! The store as JSON Lines and back: the way from SQLite to PostgreSQL, and a copy that outlives both.
//!
//! One row a line, tables in the order in which they refer to one another, rows by key: the same content is the same bytes
//! whatever database holds it. An import goes into an empty store, whole or not at all.

use std::io::{BufRead, Write};

use serde_json::{Map, Value as Json, json};

use crate::store::link::{Link, Value};
use crate::store::open::file;
use crate::store::schema::NEWEST;
use crate::store::{Store, StoreError, read};

/// Rows read at once.
const PAGE: i64 = 500;
/// A longer line is no row of ours: a day's transcript has some megabytes.
const LONGEST_LINE_BYTES: u64 = 256 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Int,
    Real,
}

struct Table {
    name: &'static str,
    /// How many of the first columns are the key.
    key: usize,
    columns: &'static [(&'static str, Kind)],
}

use Kind::{Int, Real, Text};

/// Every table but the schema's own; what a table refers to comes before it.
const TABLES: &[Table] = &[
    Table { name: "counters", key: 1, columns: &[("name", Text), ("value", Int)] },
    Table {
        name: "runs",
        key: 1,
        columns: &[
            ("id", Int),
            ("kind", Text),
            ("program", Text),
            ("process", Text),
            ("started_ms", Int),
            ("ended_ms", Int),
            ("how", Text),
            ("summary", Text),
        ],
    },
    Table {
        name: "calls",
        key: 1,
        columns: &[("id", Text), ("started_ms", Int), ("manager", Text), ("info", Text)],
    },
    Table {
        name: "recordings",
        key: 1,
        columns: &[
            ("sha256", Text),
            ("id", Text),
            ("source", Text),
            ("call_id", Text),
            ("day", Text),
            ("bytes", Int),
            ("duration_ms", Int),
            ("channels", Int),
            ("first_seen_ms", Int),
            ("state", Text),
            ("state_ms", Int),
            ("reason", Text),
            ("model_sha256", Text),
            ("rulebook_sha256", Text),
        ],
    },
    Table {
        name: "files",
        key: 1,
        columns: &[
            ("path", Text),
            ("sha256", Text),
            ("bytes", Int),
            ("modified_ms", Int),
            ("seen_ms", Int),
        ],
    },
    Table {
        name: "attempts",
        key: 2,
        columns: &[
            ("sha256", Text),
            ("number", Int),
            ("run", Int),
            ("alone", Int),
            ("started_ms", Int),
            ("stage", Text),
            ("ended_ms", Int),
            ("how", Text),
            ("reason", Text),
            ("cleared", Int),
        ],
    },
    Table {
        name: "transcripts",
        key: 2,
        columns: &[
            ("sha256", Text),
            ("model_sha256", Text),
            ("model", Text),
            ("heard_ms", Int),
            ("heard", Text),
        ],
    },
    Table {
        name: "drafts",
        key: 3,
        columns: &[
            ("sha256", Text),
            ("model_sha256", Text),
            ("rulebook_sha256", Text),
            ("rulebook", Text),
            ("program", Text),
            ("made_ms", Int),
            ("call_type", Text),
            ("cqr", Real),
            ("verdict", Text),
            ("doubt", Real),
            ("draft", Text),
        ],
    },
    Table {
        name: "confirmations",
        key: 2,
        columns: &[
            ("sha256", Text),
            ("number", Int),
            ("who", Text),
            ("at_ms", Int),
            ("call_type", Text),
            ("cqr", Real),
            ("verdict", Text),
            ("model_sha256", Text),
            ("rulebook_sha256", Text),
            ("draft", Text),
            ("confirmed", Text),
        ],
    },
    Table {
        name: "journal",
        key: 2,
        columns: &[
            ("source", Text),
            ("unique_id", Text),
            ("started_ms", Int),
            ("started_at", Text),
            ("direction", Text),
            ("client", Text),
            ("extension", Text),
            ("manager", Text),
            ("waiting_ms", Int),
            ("talking_ms", Int),
            ("disposition", Text),
            ("recording", Text),
            ("raw_sha256", Text),
            ("details", Text),
            ("imported_ms", Int),
        ],
    },
    Table {
        name: "audit",
        key: 1,
        columns: &[
            ("number", Int),
            ("at_ms", Int),
            ("who", Text),
            ("what", Text),
            ("subject", Text),
            ("detail", Text),
            ("previous", Text),
            ("sha256", Text),
        ],
    },
    Table {
        name: "tombstones",
        key: 1,
        columns: &[("sha256", Text), ("at_ms", Int), ("who", Text), ("why", Text)],
    },
    Table {
        name: "holds",
        key: 1,
        columns: &[("sha256", Text), ("at_ms", Int), ("who", Text), ("why", Text)],
    },
];

impl Table {
    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The next page behind a key, or the first.
    fn page(&self, is_first: bool) -> String {
        let keys: Vec<&str> = self.columns[..self.key].iter().map(|(name, _)| *name).collect();
        let marks: Vec<String> = (1..=self.key).map(|number| format!("${number}")).collect();
        let behind = if is_first {
            String::new()
        } else {
            format!("WHERE ({}) > ({}) ", keys.join(", "), marks.join(", "))
        };
        let (names, keys) = (self.names(), keys.join(", "));
        format!("SELECT {names} FROM {} {behind}ORDER BY {keys} LIMIT {PAGE}", self.name)
    }

    fn insert(&self) -> String {
        let marks: Vec<String> =
            (1..=self.columns.len()).map(|number| format!("${number}")).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", self.name, self.names(), marks.join(", "))
    }
}

impl Store {
    /// Writes everything as JSON Lines; how many rows. All of one moment: nobody writes in between.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or `out` not be written.
    pub fn export(&self, out: &mut dyn Write) -> Result<u64, StoreError> {
        let place = self.place().clone();
        let mut say = |line: &Json| {
            writeln!(out, "{line}").map_err(|source| {
                file("write the export of", std::path::Path::new(&place.to_string()), source)
            })
        };
        self.whole(|link| {
            if !link.is_sqlite() {
                link.script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
            }
            say(&json!({ "autograde_export": 1, "schema": NEWEST }))?;
            let mut count = 0;
            for table in TABLES {
                let mut last: Option<Vec<Value<'static>>> = None;
                loop {
                    let sql = table.page(last.is_none());
                    let rows = link.rows_of(sql, last.as_deref().unwrap_or_default())?;
                    if rows.is_empty() {
                        break;
                    }
                    for row in rows {
                        let line = read(link, table.name, || {
                            let mut object = Map::new();
                            let mut key = Vec::new();
                            for (at, (name, kind)) in table.columns.iter().enumerate() {
                                let value = match kind {
                                    Text => row.maybe_text(at)?.map(Json::from),
                                    Int => row.maybe_int(at)?.map(Json::from),
                                    // As text: not every reader of JSON brings a fraction back to the last bit.
                                    Real => {
                                        row.maybe_real(at)?.map(|number| number.to_string().into())
                                    }
                                };
                                if at < table.key {
                                    key.push(match kind {
                                        Int => Value::Int(row.int(at)?),
                                        _ => Value::Text(row.text(at)?.into()),
                                    });
                                }
                                object.insert((*name).to_owned(), value.unwrap_or(Json::Null));
                            }
                            last = Some(key);
                            Ok(json!({ "table": table.name, "row": object }))
                        })?;
                        say(&line)?;
                        count += 1;
                    }
                }
            }
            Ok(count)
        })
    }

    /// Reads what [`Store::export`] wrote into this store, which must be empty; how many rows.
    ///
    /// # Errors
    ///
    /// When the store is not empty, a line is none of ours, or the store cannot be written: it is then as empty as before.
    pub fn import(&self, lines: &mut dyn BufRead) -> Result<u64, StoreError> {
        self.whole(|link| {
            for table in TABLES.iter().filter(|table| table.name != "counters") {
                let sql = format!("SELECT COUNT(*) FROM {}", table.name);
                let row = link.rows_of(sql, &[])?.into_iter().next();
                if 0 < read(link, table.name, || row.map_or(Ok(0), |row| row.int(0)))? {
                    return Err(StoreError::NotEmpty { place: link.place().to_string() });
                }
            }
            link.run("DELETE FROM counters", &[])?;
            let mut count = 0;
            let mut number = 0;
            while let Some(line) = next_line(lines, number + 1)? {
                number += 1;
                let fault = |detail: String| StoreError::Line { line: number, detail };
                let line: Map<String, Json> =
                    serde_json::from_str(&line).map_err(|error| fault(error.to_string()))?;
                if number == 1 {
                    if line.get("autograde_export") != Some(&json!(1)) {
                        return Err(fault("it is no export of autograde".to_owned()));
                    }
                    if line.get("schema") != Some(&json!(NEWEST)) {
                        let found = line.get("schema").unwrap_or(&Json::Null).to_string();
                        return Err(fault(format!(
                            "it has schema {found} and this program {NEWEST}"
                        )));
                    }
                    continue;
                }
                import_row(link, &line, &fault)?;
                count += 1;
            }
            if number == 0 {
                return Err(StoreError::Line { line: 1, detail: "it is empty".to_owned() });
            }
            Ok(count)
        })
    }
}

fn next_line(lines: &mut dyn BufRead, number: usize) -> Result<Option<String>, StoreError> {
    use std::io::Read as _;
    let mut line = String::new();
    let fault = |detail: String| StoreError::Line { line: number, detail };
    lines
        .take(LONGEST_LINE_BYTES)
        .read_line(&mut line)
        .map_err(|error| fault(error.to_string()))?;
    if line.is_empty() {
        return Ok(None);
    }
    if !line.ends_with('\n') {
        return Err(fault("it is cut short".to_owned()));
    }
    Ok(Some(line))
}

fn import_row(
    link: &mut Link,
    object: &Map<String, Json>,
    fault: &dyn Fn(String) -> StoreError,
) -> Result<(), StoreError> {
    let name = object.get("table").and_then(Json::as_str).unwrap_or_default();
    let Some(table) = TABLES.iter().find(|table| table.name == name) else {
        return Err(fault(format!("there is no table `{name}`")));
    };
    let Some(row) = object.get("row").and_then(Json::as_object) else {
        return Err(fault("it has no `row`".to_owned()));
    };
    if let Some(extra) = row.keys().find(|key| !table.columns.iter().any(|(name, _)| name == key)) {
        return Err(fault(format!("`{name}` has no column `{extra}`")));
    }
    let mut values = Vec::with_capacity(table.columns.len());
    for (column, kind) in table.columns {
        let wrong = || fault(format!("`{column}` is not what it should be"));
        let value = match (kind, row.get(*column).unwrap_or(&Json::Null)) {
            (Text, Json::Null) => Value::NoText,
            (Int, Json::Null) => Value::NoInt,
            (Real, Json::Null) => Value::NoReal,
            (Text, Json::String(text)) => Value::from(text.as_str()),
            (Int, Json::Number(number)) => Value::Int(number.as_i64().ok_or_else(wrong)?),
            (Real, Json::String(text)) => Value::Real(text.parse().map_err(|_| wrong())?),
            _ => return Err(wrong()),
        };
        values.push(value);
    }
    link.run_of(table.insert(), &values)?;
    Ok(())
}
