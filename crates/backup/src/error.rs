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
    /// A file or folder is not what it should be.
    Wrong(PathBuf, Wrong),
    /// It is of single pools, and all of it was to be restored.
    NotWhole(String),
    /// The clock is behind the newest backup: its name, and the time.
    Late(String, String),
    /// The database has never been used by a server.
    NothingYet,
    /// The folder has no backup of this name.
    UnknownBackup(String),
    /// A release that is newer made it: what it has and what this program knows of.
    Newer(String, String),
    /// Its schema is older than single pools can be taken from: its version and this program's.
    OlderSchema(i64, i64),
    /// Its schema has the number of one of this program's, but is another.
    OtherSchema(i64),
    /// A part is not what the manifest says.
    Damaged(PathBuf, &'static str),
    /// The master key does not open what is sealed: where.
    MasterKey(String),
    /// There is no such pool.
    NoPool(PoolId),
    /// The pool is there already.
    PoolExists(PoolId),
    /// A pool of this id is there, which is another one.
    OtherPool(PoolId),
    /// The target is not filled.
    Fill(FillError),
    /// Nothing can be encrypted for a recipient.
    Encrypt(AgeError),
    /// Something is not written as JSON.
    Encode(String),
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
            Self::Wrong(path, wrong) => write!(f, "{} {wrong}", path.display()),
            Self::NotWhole(name) => {
                write!(
                    f,
                    "{name} is a backup of single pools; name them with --pool, or another one with --backup"
                )
            }
            Self::Late(name, now) => write!(
                f,
                "the clock says {now}, and there is {name} already, which is to be older; set the clock, or name another folder"
            ),
            Self::NothingYet => f.write_str("the database has no secrets yet; start a server on it first"),
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
            Self::Damaged(path, how) => {
                write!(f, "{} {how}; take another copy of the folder, or an older backup", path.display())
            }
            Self::MasterKey(what) => {
                write!(f, "the master key does not open {what}; give the one that the server uses")
            }
            Self::NoPool(id) => write!(f, "there is no pool {id}"),
            Self::PoolExists(id) => {
                write!(f, "the pool {id} is there already; to put the backup's in its place, give --replace")
            }
            Self::OtherPool(id) => write!(
                f,
                "the pool {id} there is not the one of the backup: it has another data key; delete it first, if it is not needed"
            ),
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
            Self::Encode(why) => write!(f, "the backup cannot be written as JSON: {why}"),
        }
    }
}

/// What is wrong with a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Another backup is being made in the folder, or it is being pruned.
    InUse,
    /// The folder has no backup.
    NoBackup,
    /// The folder has no backup of everything.
    NoWhole,
    /// The folder has no backup that could have the pools.
    NoneOfPools,
    /// The folder has backups of another installation.
    OtherInstallation,
    /// Others can write into the folder, or it is somebody else's.
    Shared,
    /// Files of the folder are to be removed, and it cannot be kept from others meanwhile.
    NoLock,
    /// The manifest was changed, or is of a server with another master key.
    NotOurs,
    /// A file is not there.
    Missing,
    /// A part is encrypted for others than those whose keys are given.
    Locked,
}

impl Wrong {
    pub(crate) fn at(self, path: &Path) -> BackupError {
        BackupError::Wrong(path.to_path_buf(), self)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InUse => "is in use by another backup; wait for its end, or name another folder",
            Self::NoBackup => "has no finished backup; name the folder that `poolhouse backup --to` was given",
            Self::NoWhole => "has backups of single pools alone; name the pools with --pool, or another folder",
            Self::NoneOfPools => {
                "has no backup that could have these pools; `poolhouse backup list` tells what there is"
            }
            Self::OtherInstallation => {
                "has backups of another installation; name another folder, one for each"
            }
            Self::Shared => {
                "is another user's, or others can write into it; run chmod go-w, or name a folder in it, which is then made"
            }
            Self::NoLock => {
                "is on a file system that cannot lock, and a backup that is being made would lose its parts; prune where the \
                 disk is"
            }
            Self::NotOurs => {
                "was changed, or made by a server with another master key; give the key of that server, take another copy \
                 of the backup, or move it out of the folder"
            }
            Self::Missing => "is not there; take another copy of the folder, or an older backup",
            Self::Locked => {
                "is encrypted for others; give the file with their identity (AGE-SECRET-KEY-1…) with --identity"
            }
        })
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
