//! What can go wrong, each with what to do about it.

use std::fmt;

use poolhouse_crypto::age::AgeError;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::StoreError;
use poolhouse_store::portable::FillError;

use crate::BucketFault;

/// Why there is no backup, or nothing was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupError {
    /// The database failed.
    Store(StoreError),
    /// A file or folder cannot be read or written; with the system's words.
    File(String, String),
    /// A place, or a file in it, is not what it should be.
    Wrong(String, Wrong),
    /// A store did not do what it was asked for, with this file or bucket.
    Bucket(String, BucketFault),
    /// It is of single pools, and all of it was to be restored.
    NotWhole(String),
    /// The clock is behind the newest backup: its name, and the time.
    Late(String, String),
    /// The database has never been used by a server.
    NothingYet,
    /// There is no backup of this name.
    UnknownBackup(String),
    /// A release that is newer made it: what it has and what this program knows of.
    Newer(String, String),
    /// Its schema is older than single pools can be taken from: its version and this program's.
    OlderSchema(i64, i64),
    /// Its schema has the number of one of this program's, but is another.
    OtherSchema(i64),
    /// A part is not what the manifest says.
    Damaged(String, &'static str),
    /// The master key does not open what is sealed: where.
    MasterKey(String),
    /// There is no such pool.
    NoPool(PoolId),
    /// The backup of this name does not have the pool.
    NotIn(PoolId, String),
    /// The pool was deleted when the backup was made: of its rows there may be some and not all.
    Deleted(PoolId),
    /// The pool is there already.
    PoolExists(PoolId),
    /// A pool of this id is there, which is another one.
    OtherPool(PoolId),
    /// The target is not filled.
    Fill(FillError),
    /// A pool cannot become another one.
    Renewed(String),
    /// The lock was lost while the backup of this name was finished, which can lack parts and could not be removed: why the lock.
    Doubtful(Box<Self>, String),
    /// Nothing can be encrypted for a recipient.
    Encrypt(AgeError),
    /// Something is not written as JSON.
    Encode(String),
}

impl BackupError {
    /// The cause, or what there is to be said.
    pub(crate) fn renewed(fault: &Fault) -> Self {
        let cause = fault.cause().map(ToString::to_string);
        Self::Renewed(cause.or_else(|| fault.message().map(str::to_owned)).unwrap_or_default())
    }
}

/// What to do about a part that is damaged.
const COPIES: &str = "take another copy of the backups, or an older one. Where later ones name it, too, remove it and back up again";

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::File(path, text) => write!(f, "{path}: {text}"),
            Self::Wrong(place, wrong) => write!(f, "{place} {wrong}"),
            Self::Bucket(place, fault) => write!(f, "{place}: {fault}"),
            Self::NotWhole(name) => {
                write!(
                    f,
                    "{name} is a backup of single pools; name them with --pool, or another one with --backup"
                )
            }
            Self::Late(name, now) => write!(
                f,
                "the clock says {now}, and there is {name} already, which is to be older; set the clock, or name another place"
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
            Self::Damaged(place, how) => write!(f, "{place} {how}; {COPIES}"),
            Self::MasterKey(what) => {
                write!(f, "the master key does not open {what}; give the one that the server uses")
            }
            Self::NoPool(id) => write!(f, "there is no pool {id}"),
            Self::NotIn(id, name) => {
                write!(
                    f,
                    "the pool {id} is not in {name}; name an older one with --backup, if it was deleted before"
                )
            }
            Self::Deleted(id) => write!(
                f,
                "the pool {id} had been deleted when this backup was made, and was about to be removed; name an older one with --backup"
            ),
            Self::PoolExists(id) => {
                write!(f, "the pool {id} is there already; to put the backup's in its place, give --replace")
            }
            Self::OtherPool(id) => write!(
                f,
                "the pool {id} there is not the one of the backup: it has another data key; delete it first, if it is not needed"
            ),
            Self::Fill(error) => fmt_fill(error, f),
            Self::Renewed(why) => {
                write!(
                    f,
                    "the pool cannot be made another one ({why}); restore it in its place elsewhere, and look there"
                )
            }
            Self::Doubtful(error, name) => write!(
                f,
                "{error}. {name} could not be removed and may lack parts: look with `poolhouse backup verify`, and remove \
                 {name}.json if it does"
            ),
            Self::Encrypt(error) => write!(f, "a recipient is {error}"),
            Self::Encode(why) => write!(f, "the backup cannot be written as JSON: {why}"),
        }
    }
}

/// What a restore says of the database.
fn fmt_fill(error: &FillError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match error {
        FillError::Schema(found) => write!(
            f,
            "the database has the schema of version {found}, which is not the one to write into; for a whole backup name a \
             new database without tables, for single pools run: poolhouse db migrate"
        ),
        FillError::Taken(table) => write!(
            f,
            "a row of {table} is another pool's in the database: a domain, or a client; remove that, then try again"
        ),
        error => fmt::Display::fmt(error, f),
    }
}

/// What is wrong with a place of backups, or a file in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Another backup is being made there, or old ones are being removed.
    InUse,
    /// It has no backup.
    NoBackup,
    /// It has no backup of everything.
    NoWhole,
    /// It has no backup that could have the pools.
    NoneOfPools,
    /// It has backups of another installation.
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

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InUse => "is in use by another backup; wait for its end, or name another place",
            Self::NoBackup => "has no finished backup; name the place that `poolhouse backup --to` was given",
            Self::NoWhole => "has backups of single pools alone; name the pools with --pool, or another place",
            Self::NoneOfPools => {
                "has no backup that could have these pools; `poolhouse backup list` tells what there is"
            }
            Self::OtherInstallation => {
                "has backups of another installation; name another place, one for each"
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
                 of the backup, or move it away from there"
            }
            Self::Missing => "is not there; take another copy of the backups, or an older one",
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
