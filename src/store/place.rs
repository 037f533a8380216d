//! Where a store lies: a file of SQLite, or a database of PostgreSQL.
//!
//! The name that people see never carries the password of a URL.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// The file's name in the data folder.
const FILE_NAME: &str = "autograde.db";

/// Where a store lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file of SQLite on a local disk.
    Sqlite(PathBuf),
    /// A URL of PostgreSQL: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, `?host=/run/postgresql` for a socket,
    /// `?sslmode=verify-full&sslrootcert=FILE` for TLS.
    Postgres(String),
}

impl Place {
    /// The store of a data folder.
    pub fn in_folder(data: &Path) -> Self {
        Self::Sqlite(data.join(FILE_NAME))
    }

    /// What a person wrote: a path, `sqlite:PATH` or a URL of PostgreSQL.
    ///
    /// # Errors
    ///
    /// On an empty text, and on a URL of anything else.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains("://") {
            return Err(StoreError::Address { url: without_password(text) });
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

/// A URL without its password and without what stands behind `?`.
fn without_password(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((who, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = who.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_sqlite_and_a_url_is_what_it_says() {
        let place = |text: &str| Place::parse(text).unwrap();
        assert_eq!(place("a/b.db"), Place::Sqlite("a/b.db".into()));
        assert_eq!(place("sqlite:a/b.db"), Place::Sqlite("a/b.db".into()));
        assert_eq!(place("sqlite:///var/b.db"), Place::Sqlite("/var/b.db".into()));
        assert!(matches!(place("postgres://u@h/d"), Place::Postgres(_)));
        for wrong in ["", "mysql://h/d", "sqlite:"] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nobody_sees_the_password() {
        let shown = |text: &str| Place::parse(text).unwrap().to_string();
        assert_eq!(shown("postgres://u:se@cret@h:5432/d?password=x"), "postgres://u@h:5432/d");
        assert_eq!(shown("postgres:///d?host=/run/x"), "postgres:///d");
        let error = Place::parse("mysql://u:secret@h/d").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
