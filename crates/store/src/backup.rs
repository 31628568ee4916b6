//! Backups of an SQLite database, made while it is in use.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::driver::sqlite;
use crate::error::StoreError;

/// Why there is no backup. Whatever fails, nothing is left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupError {
    /// The database is PostgreSQL's, or in memory.
    NoFile,
    /// The database cannot be read, or is not one of this program's.
    Source(PathBuf, String),
    /// The file to make is there already.
    Exists(PathBuf),
    /// The file cannot be written.
    NotWritten(PathBuf, String),
    /// A program beside the server holds the database.
    InUse(PathBuf),
    /// The copy could not be made, or is damaged.
    Store(StoreError),
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => f.write_str(
                "this makes backups of SQLite files; PostgreSQL has its own: pg_dump --format=custom --file=FILE",
            ),
            Self::Source(path, text) => write!(f, "{} cannot be read: {text}", path.display()),
            Self::Exists(path) => write!(f, "{} is there already; name a new file", path.display()),
            Self::NotWritten(path, text) => write!(f, "{} cannot be written: {text}", path.display()),
            Self::InUse(path) => {
                write!(f, "{} is held by another program; try again", path.display())
            }
            Self::Store(error) => write!(f, "the copy failed: {error}"),
        }
    }
}

impl std::error::Error for BackupError {}

/// Copies the SQLite database of this URL, as it is at one moment, into the new file `to`: readable by its owner alone,
/// and found sound. Servers go on reading and writing meanwhile.
///
/// # Errors
/// Each [`BackupError`] names the cause.
pub fn backup(url: &str, to: &Path) -> Result<(), BackupError> {
    match url.strip_prefix("sqlite:") {
        Some(path) if path != ":memory:" => sqlite::backup(Path::new(path), to),
        _ => Err(BackupError::NoFile),
    }
}
