//! A table of the firm's own: the configuration says which column is what, by name or by number.

use std::collections::BTreeMap;

use crate::call::Zone;
use crate::journal::layout::recognize::{delimiters, first};
use crate::journal::layout::{COLUMNS, Column, Format, Layout};
use crate::journal::rows::decoded;

/// A format of the firm's own, as the configuration says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnFormat {
    /// Its name.
    pub name: String,
    /// What stands between columns; told by the file where it is not said.
    pub delimiter: Option<u8>,
    /// The zone of its clock, if it is not that of everything else.
    pub zone: Option<Zone>,
    /// Each column by its name in the file, or its number from 1.
    pub columns: BTreeMap<Column, String>,
}

impl OwnFormat {
    /// Adds a column.
    ///
    /// # Errors
    ///
    /// When `what` is no column.
    pub fn map(&mut self, what: &str, column: String) -> Result<(), String> {
        let known = COLUMNS.iter().find(|(_, name, _)| *name == what);
        let Some((meaning, _, _)) = known else {
            let names: Vec<&str> = COLUMNS.iter().map(|(_, name, _)| *name).collect();
            return Err(format!("there is no column `{what}`; there are {}", names.join(", ")));
        };
        self.columns.insert(*meaning, column);
        Ok(())
    }

    /// Whether a call can be made of these columns.
    ///
    /// # Errors
    ///
    /// When there is no time of the beginning, or nobody who called.
    pub fn check(&self) -> Result<(), String> {
        let has = |column| self.columns.contains_key(&column);
        let has_start = has(Column::Start) || (has(Column::Date) && has(Column::Time));
        if !has_start {
            return Err("a journal needs the column `start`, or `date` and `time`".to_owned());
        }
        if ![Column::Caller, Column::Callee, Column::Client].into_iter().any(has) {
            return Err(
                "a journal needs one of the columns `caller`, `callee`, `client`".to_owned()
            );
        }
        Ok(())
    }
}

/// Where the columns of that table stand in a file; `is_said` where somebody named the format.
pub(super) fn own_layout(own: &OwnFormat, head: &[u8], is_said: bool) -> Option<Layout> {
    let text = decoded(head.to_vec());
    let delimiters = own.delimiter.map_or_else(|| delimiters(&text), |delimiter| vec![delimiter]);
    for delimiter in delimiters {
        let row = first(head, delimiter)?;
        let place = |column: &String| {
            let by_name = row
                .columns
                .iter()
                .position(|name| name.to_lowercase() == column.trim().to_lowercase());
            by_name.map(|at| (at, true)).or_else(|| {
                let number: usize = column.parse().ok()?;
                (0 < number && number <= row.columns.len()).then(|| (number - 1, false))
            })
        };
        let places: Option<Vec<(Column, (usize, bool))>> =
            own.columns.iter().map(|(what, column)| Some((*what, place(column)?))).collect();
        let Some(places) = places else { continue };
        let is_header = places.iter().any(|(_, (_, by_name))| *by_name);
        // Numbers alone fit any table: such a format holds only where somebody says so.
        if !is_header && !is_said {
            continue;
        }
        let columns = places.into_iter().map(|(what, (at, _))| (what, at)).collect();
        let header = is_header.then_some(row.columns);
        return Some(Layout { format: Format::Own(own.name.clone()), delimiter, header, columns });
    }
    None
}
