//! Why the store could not be opened, read or written: what was found, and what to do.

use std::path::PathBuf;

/// Why the store cannot be used. Every message names the place and the remedy; none carries a password.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message names its fields")]
#[non_exhaustive]
pub enum StoreError {
    /// An address that is neither a file nor a PostgreSQL URL.
    #[error("`{url}` is no store; give a path, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`")]
    Address { url: String },
    /// Nothing is there, and nothing is to be made.
    #[error(
        "there is no store at `{place}`; `autograde nightly` makes one, `--data` and `[store] url` name another"
    )]
    Missing { place: String },
    /// A file that some other program made.
    #[error("`{}` is no store of autograde: {found}; it is left alone, name another file", path.display())]
    Foreign { path: PathBuf, found: String },
    /// A database of PostgreSQL that holds other tables.
    #[error(
        "the database at `{place}` holds tables of something else, such as `{table}`; it is left alone, give autograde a database of its own"
    )]
    Occupied { place: String, table: String },
    /// A store that is damaged.
    #[error(
        "the store at `{place}` is damaged: {detail}; move it away and put the newest backup in its place (`autograde store backup` and every upgrade make them)"
    )]
    Damaged { place: String, detail: String },
    /// A store without the log that belongs to it.
    #[error(
        "the store at `{place}` was not closed, and its `-wal`, which holds what was stored last, is not beside it: it was deleted, or the store was copied without it; put it back, or the newest backup in the store's place (docs/store.md tells how to go on without it)"
    )]
    LostLog { place: String },
    /// A store of a later program.
    #[error(
        "the store at `{place}` has schema {found} and this program knows {known}; use the newer program, or the backup from before the upgrade"
    )]
    Newer { place: String, found: i64, known: i64 },
    /// A migration in the store that is not ours.
    #[error(
        "the store at `{place}` was made by another line of autograde: its migration {version} has the hash {found}, ours has {known}; use the program that made it"
    )]
    OtherLine { place: String, version: i64, found: String, known: String },
    /// Not ours to write to.
    #[error(
        "the store at `{place}` cannot be written to: {detail}; its folder and files must be writable for the user who runs this"
    )]
    ReadOnly { place: String, detail: String },
    /// Somebody else writes.
    #[error(
        "the store at `{place}` is locked by another program for longer than {waited_s} s; try again when that one has ended"
    )]
    Locked { place: String, waited_s: u64 },
    /// No space left.
    #[error(
        "there is no space left for the store at `{place}`; free some and run this again, nothing that was stored is lost"
    )]
    Full { place: String },
    /// A file system on which locks do not hold.
    #[error("`{}` lies on a network file system ({kind}), where SQLite's locks do not hold; use a local folder, or PostgreSQL", path.display())]
    Network { path: PathBuf, kind: &'static str },
    /// The bundled library is not the one that was tested.
    #[error(
        "the SQLite library is {found} and {wanted} or newer is needed: older ones can corrupt a store; build with the bundled one"
    )]
    Library { found: String, wanted: &'static str },
    /// A file could not be handled.
    #[error("cannot {what} `{}`: {source}", path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// What is to be written is there already.
    #[error("`{}` is there already and is not overwritten; name another file", path.display())]
    Exists { path: PathBuf },
    /// The connection to the server, or the server, failed.
    #[error(
        "the store at `{place}` cannot be reached: {detail}; see that the server runs and that the URL is right"
    )]
    Unreachable { place: String, detail: String },
    /// A row that does not hold what it should.
    #[error(
        "the store at `{place}` holds something that cannot be read: {detail}; `autograde store check` tells more"
    )]
    Row { place: String, detail: String },
    /// Anything else that the database says.
    #[error("the store at `{place}` refused: {detail}")]
    Database { place: String, detail: String },
    /// Several recordings go by what was given.
    #[error(
        "`{given}` is the name of {count} recordings; give more of the hash, or the whole path"
    )]
    Ambiguous { given: String, count: usize },
    /// No recording goes by what was given.
    #[error(
        "the store has no recording `{given}`; give a draft's id, a path, or the beginning of a SHA-256"
    )]
    Unknown { given: String },
    /// The draft that a person answers is not in force any more.
    #[error(
        "the draft of `{given}` was replaced by another one in the meantime; look at that one and confirm it"
    )]
    Replaced { given: String },
    /// No file to copy.
    #[error(
        "the store at `{place}` is no file; back it up with `pg_dump`, or copy it with `autograde store export`"
    )]
    NoFile { place: String },
    /// A legal hold.
    #[error("`{id}` is held by {who}: {why}; `autograde hold {id} --release` ends that")]
    Held { id: String, who: String, why: String },
    /// A line of an export that is not one.
    #[error("line {line} of the export is not usable: {detail}; export again, or take the backup")]
    Line { line: usize, detail: String },
    /// An import into a store with something in it.
    #[error("the store at `{place}` is not empty; import into a new one")]
    NotEmpty { place: String },
}

impl StoreError {
    /// Whether waiting or freeing space may help, so that the run is to stop and not to fail each recording.
    pub fn is_the_store(&self) -> bool {
        !matches!(
            self,
            Self::Ambiguous { .. }
                | Self::Unknown { .. }
                | Self::Held { .. }
                | Self::Replaced { .. }
        )
    }
}
