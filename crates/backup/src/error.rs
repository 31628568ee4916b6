//! What can go wrong, each with what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

use poolhouse_crypto::age::AgeError;
use poolhouse_ports::PoolId;
use poolhouse_store::StoreError;
use poolhouse_store::portable::FillError;

/// Why there is no backup, or nothing was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupError {
    /// The database failed.
    Store(StoreError),
    /// A file or folder cannot be read or written; with the system's words.
    File(PathBuf, String),
    /// Another backup is being made in the folder, or it is being pruned.
    InUse(PathBuf),
    /// The folder has no backup.
    NoBackup(PathBuf),
    /// The folder has no backup of this name.
    UnknownBackup(String),
    /// A release that is newer made it: what it has and what this program knows of.
    Newer(String, String),
    /// Its schema is older than single pools can be taken from: its version and this program's.
    OlderSchema(i64, i64),
    /// Its schema has the number of one of this program's, but is another.
    OtherSchema(i64),
    /// The manifest was changed, or is of a server with another master key.
    NotOurs(PathBuf),
    /// A part is not there.
    Missing(PathBuf),
    /// A part is not what the manifest says.
    Damaged(PathBuf, &'static str),
    /// A part is encrypted for others than those whose keys are given.
    Locked(PathBuf),
    /// The master key does not open what is sealed: where.
    MasterKey(String),
    /// There is no such pool.
    NoPool(PoolId),
    /// The pool is there already.
    PoolExists(PoolId),
    /// The target is not filled.
    Fill(FillError),
    /// Nothing can be encrypted for a recipient.
    Encrypt(AgeError),
}

impl BackupError {
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File(path.to_path_buf(), error.to_string())
    }
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::File(path, text) => write!(f, "{}: {text}", path.display()),
            Self::InUse(path) => write!(
                f,
                "{} is in use by another backup; wait for its end, or name another folder",
                path.display()
            ),
            Self::NoBackup(path) => write!(
                f,
                "{} has no finished backup; name the folder that `poolhouse backup --to` was given",
                path.display()
            ),
            Self::UnknownBackup(name) => {
                write!(f, "there is no backup {name}; `poolhouse backup list` names those that there are")
            }
            Self::Newer(found, known) => write!(
                f,
                "a newer release made this backup ({found}; this one knows {known}); use that release or a later one"
            ),
            Self::OlderSchema(found, known) => write!(
                f,
                "the backup has the schema of version {found}, and single pools are taken from those of version {known}; \
                 restore all of it into a new database, make a backup of that, and take the pools from there"
            ),
            Self::OtherSchema(version) => write!(
                f,
                "the schema of version {version} in the backup is another than this program's; use the build that made it"
            ),
            Self::NotOurs(path) => write!(
                f,
                "{} was changed, or made by a server with another master key; give the key of that server, or take another \
                 copy of the backup",
                path.display()
            ),
            Self::Missing(path) => {
                write!(
                    f,
                    "{} is not there; take another copy of the folder, or an older backup",
                    path.display()
                )
            }
            Self::Damaged(path, how) => {
                write!(f, "{} {how}; take another copy of the folder, or an older backup", path.display())
            }
            Self::Locked(path) => write!(
                f,
                "{} is encrypted for others; give the file with their identity (AGE-SECRET-KEY-1…) with --identity",
                path.display()
            ),
            Self::MasterKey(what) => {
                write!(f, "the master key does not open {what}; give the one that the server uses")
            }
            Self::NoPool(id) => write!(f, "there is no pool {id}"),
            Self::PoolExists(id) => {
                write!(f, "the pool {id} is there already; to put the backup's in its place, give --replace")
            }
            Self::Fill(FillError::Schema(found)) => write!(
                f,
                "the database has the schema of version {found}, which is not the one to write into; for a whole backup name a \
                 new database without tables, for single pools run: poolhouse db migrate"
            ),
            Self::Fill(FillError::Taken(table)) => write!(
                f,
                "a row of {table} is another pool's in the database: a domain, or a client; remove that, then try again"
            ),
            Self::Fill(error) => error.fmt(f),
            Self::Encrypt(error) => write!(f, "a recipient is {error}"),
        }
    }
}

impl std::error::Error for BackupError {}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<FillError> for BackupError {
    fn from(error: FillError) -> Self {
        match error {
            FillError::Store(error) => Self::Store(error),
            error => Self::Fill(error),
        }
    }
}
