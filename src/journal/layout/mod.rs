//! Which format a file has, and what its columns mean.
//!
//! `columns` has the meanings and their names, `asterisk` and `others` the tables without names of columns, `own` those of the
//! configuration; `recognize` tells them apart. A file that is none of them is refused with what was looked for.

mod asterisk;
mod columns;
mod others;
mod own;
mod recognize;

use std::collections::BTreeMap;

use crate::call::Way;
use crate::journal::DropReason;
use crate::journal::values::outcome;

pub use columns::{COLUMNS, Column};
pub use own::OwnFormat;

pub(super) use columns::{Fields, column_named};
pub(super) use recognize::recognize;

/// The format of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// `Master.csv` of Asterisk.
    Asterisk,
    /// An export of FreePBX's (or Issabel's, Yeastar's) table.
    FreePbx,
    /// `mod_cdr_csv` of FreeSWITCH.
    FreeSwitch,
    /// 3CX.
    ThreeCx,
    /// Asterisk's `queue_log`.
    QueueLog,
    /// Mango Office.
    Mango,
    /// UIS and `CoMagic`.
    Uis,
    /// Any table whose columns say what they are.
    Table,
    /// One of the firm's own, by its name.
    Own(String),
}

impl Format {
    /// The known ones.
    pub const KNOWN: &'static [Self] = &[
        Self::Asterisk,
        Self::FreePbx,
        Self::FreeSwitch,
        Self::ThreeCx,
        Self::QueueLog,
        Self::Mango,
        Self::Uis,
        Self::Table,
    ];

    /// As the command line and the store name it.
    pub fn name(&self) -> &str {
        match self {
            Self::Asterisk => "asterisk",
            Self::FreePbx => "freepbx",
            Self::FreeSwitch => "freeswitch",
            Self::ThreeCx => "3cx",
            Self::QueueLog => "queue-log",
            Self::Mango => "mango",
            Self::Uis => "uis",
            Self::Table => "table",
            Self::Own(name) => name,
        }
    }

    /// Whether a leg is answered by a person only where it was put through to another channel.
    pub(super) fn tells_channels(&self) -> bool {
        matches!(self, Self::Asterisk | Self::FreePbx)
    }
}

/// How a table is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its format.
    pub format: Format,
    /// What stands between columns.
    pub delimiter: u8,
    /// The names of the columns, if the file has them.
    pub header: Option<Vec<String>>,
    /// Where each column stands, from 0.
    pub columns: BTreeMap<Column, usize>,
}

/// What was recognized, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognized {
    /// The layout; of JSON, without columns.
    pub layout: Layout,
    /// Why it was taken for that.
    pub why: Why,
}

/// Why a file was taken for a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody said so.
    Said,
    /// The names of the columns.
    Header,
    /// What stands in the columns, and how many there are.
    Content,
    /// JSON, and the names in it.
    Json,
}

/// A file that is of no known format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is of no known format: its first row has {columns} columns, `{row}`; say `--format` with one of {known}, or describe \
     the columns in a [[journal]] of the configuration"
)]
pub struct UnknownFormat {
    /// Columns of its first row.
    pub columns: usize,
    /// The beginning of that row.
    pub row: String,
    /// The formats that there are.
    pub known: String,
}

impl Layout {
    /// Whether a row holds the names of the columns.
    pub(super) fn is_header(&self, columns: &[String]) -> bool {
        self.header.as_deref() == Some(columns)
    }

    /// The columns that mean something.
    pub(super) fn fields<'a>(&self, columns: &'a [String]) -> Result<Fields<'a>, DropReason> {
        let mut fields = Fields::empty();
        for (column, at) in &self.columns {
            match columns.get(*at) {
                Some(value) => fields.set(*column, value),
                // Asterisk writes as many columns as its settings say, and settings change.
                None if self.header.is_none() && *at >= 16 && columns.len() >= 16 => {}
                None => return Err(DropReason::TooFewColumns),
            }
        }
        Ok(fields)
    }
}

/// Which way a row says that the call went; a word like `missed` in that column means that it came in.
pub(super) fn way_of(fields: &Fields<'_>) -> Option<Way> {
    let word = fields.get(Column::Direction)?;
    Way::parse(word).or_else(|| match outcome(word) {
        Some(crate::journal::CallOutcome::Missed) => Some(Way::In),
        _ => None,
    })
}
