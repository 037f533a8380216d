//! What the file says of calls: names of recordings, zones, who works here.
//!
//! Everything is checked while it is read, so that a fault has its line.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::call::{Manager, Number, Roster, Zone};
use crate::journal::{Format, OwnFormat};
use crate::naming::Names;

/// A time zone by its name or offset.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct ZoneConfig(pub Zone);

impl TryFrom<String> for ZoneConfig {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Zone::named(&name).map(Self).map_err(|error| error.to_string())
    }
}

/// Patterns, or names of ready ones; a list or a single one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "OneOrMany")]
pub struct NamesConfig {
    /// As they are written.
    pub written: Vec<String>,
    /// As they are used.
    pub names: Names,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a pattern like \"{date}-{time}-{client}\", the name of ready ones, or a list of them"
)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl TryFrom<OneOrMany> for NamesConfig {
    type Error = String;

    fn try_from(written: OneOrMany) -> Result<Self, String> {
        let written = match written {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        };
        let names = Names::asked(&written).map_err(|error| error.to_string())?;
        Ok(Self { written, names })
    }
}

/// Telephone numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct NumbersConfig(pub Vec<String>);

impl TryFrom<Vec<String>> for NumbersConfig {
    type Error = String;

    fn try_from(numbers: Vec<String>) -> Result<Self, String> {
        match numbers.iter().find(|text| Number::parse(text).is_none()) {
            Some(text) => Err(format!("`{text}` is no telephone number")),
            None => Ok(Self(numbers)),
        }
    }
}

/// One table `[[manager]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManagerConfig {
    name: String,
    #[serde(default)]
    extensions: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
}

/// All tables `[[manager]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<ManagerConfig>")]
pub struct ManagersConfig(pub Vec<Manager>);

impl TryFrom<Vec<ManagerConfig>> for ManagersConfig {
    type Error = String;

    fn try_from(managers: Vec<ManagerConfig>) -> Result<Self, String> {
        let managers: Vec<Manager> = managers
            .into_iter()
            .map(|ManagerConfig { name, extensions, aliases }| Manager {
                name,
                extensions,
                aliases,
            })
            .collect();
        if managers.iter().any(|manager| manager.name.trim().is_empty()) {
            return Err("a manager has no name".to_owned());
        }
        // Only to see whether it can be made; the firm's own numbers make no difference.
        Roster::new(managers.clone(), &[]).map_err(|error| error.to_string())?;
        Ok(Self(managers))
    }
}

/// One table `[[journal]]` as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalTable {
    name: String,
    #[serde(default)]
    delimiter: Option<String>,
    #[serde(default)]
    timezone: Option<ZoneConfig>,
    columns: BTreeMap<String, ColumnName>,
}

/// A column by its name, or by its number from 1.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "the name of a column in quotes, or its number")]
enum ColumnName {
    Name(String),
    Number(u16),
}

/// One table `[[journal]]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "JournalTable")]
pub struct JournalConfig(pub OwnFormat);

impl TryFrom<JournalTable> for JournalConfig {
    type Error = String;

    fn try_from(table: JournalTable) -> Result<Self, String> {
        let JournalTable { name, delimiter, timezone, columns } = table;
        if name.trim().is_empty() || Format::KNOWN.iter().any(|format| format.name() == name) {
            return Err(format!("`{name}` cannot be the name of a journal's format; take another"));
        }
        let delimiter = match delimiter.as_deref() {
            None => None,
            Some("tab" | "\t") => Some(b'\t'),
            Some(one) if one.len() == 1 && one.is_ascii() && one != "\"" => one.bytes().next(),
            Some(other) => {
                return Err(format!(
                    "`{other}` is no delimiter; write one character, for example `;`, or `tab`"
                ));
            }
        };
        let mut format = OwnFormat {
            name,
            delimiter,
            zone: timezone.map(|zone| zone.0),
            ..OwnFormat::default()
        };
        for (what, column) in columns {
            let column = match column {
                ColumnName::Name(name) => name,
                ColumnName::Number(number) => number.to_string(),
            };
            format.map(&what, column)?;
        }
        format.check()?;
        Ok(Self(format))
    }
}
