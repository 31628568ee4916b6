//! What can go wrong: while the database is opened, and later.

use std::fmt;
use std::path::PathBuf;

/// A statement or a transaction failed. Nothing of the transaction is kept, with one exception:
/// see [`StoreError::Unavailable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Another transaction came in between (or a row that this one built on has just gone).
    /// Run the whole transaction again, including what was read and decided in it.
    Retry,
    /// All connections stayed in use for as long as [`Options::wait`](crate::Options::wait) allows.
    Busy,
    /// The disk is full.
    Full,
    /// The database is read-only: a file without write permission, or a standby server.
    ReadOnly,
    /// Reading or writing the database's files failed; the text is the driver's.
    Io(String),
    /// The connection to the database was lost or cannot be made; the text is the driver's.
    /// When it is a commit that fails so, it may have happened or not.
    Unavailable(String),
    /// A row holds what its reader cannot understand.
    Corrupt {
        /// The statement that read it.
        statement: String,
        /// Number of the column in the statement's result, from 0.
        column: usize,
    },
    /// The database file is damaged; the text is the driver's.
    Damaged(String),
    /// The users of the pool are held still while it is taken back to an earlier moment.
    Paused,
    /// A text with a NUL character, which PostgreSQL cannot store; refused on both databases.
    NulCharacter,
    /// Anything else that the database refuses: a fault in this program; the text is the driver's.
    Other(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry => f.write_str("another transaction came in between; run this one again"),
            Self::Busy => f.write_str("no database connection became free in time"),
            Self::Full => f.write_str("the disk that holds the database is full; free or add space"),
            Self::ReadOnly => f.write_str("the database is read-only; give this server a writable one"),
            Self::Io(text) => write!(f, "the database's files could not be read or written: {text}"),
            Self::Unavailable(text) => write!(f, "the database cannot be reached: {text}"),
            Self::Corrupt { statement, column } => {
                write!(
                    f,
                    "column {column} of {statement} holds a value of the wrong kind; run a verification"
                )
            }
            Self::Damaged(text) => write!(f, "the database file is damaged, restore a backup: {text}"),
            Self::Paused => {
                f.write_str("the pool is being recovered; wait for the end of that, or cancel it")
            }
            Self::NulCharacter => f.write_str("a text with a NUL character cannot be stored"),
            Self::Other(text) => write!(f, "the database refused a statement: {text}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// The database could not be opened. Each text names the cause and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The URL is neither `sqlite:PATH` nor `postgres://…`, or PostgreSQL's driver cannot read it.
    Url(String),
    /// The folder of the SQLite file does not exist.
    FolderMissing(PathBuf),
    /// The SQLite file or its folder cannot be written by this user; with the system's words.
    NotWritable(PathBuf, String),
    /// Another process has the SQLite file open.
    InUse(PathBuf),
    /// The file is not an SQLite database.
    NotADatabase(PathBuf),
    /// The database belongs to another program: it has tables, but not this program's list of migrations.
    Foreign(String),
    /// PostgreSQL does not answer at this address; with the driver's words.
    Unreachable(String),
    /// PostgreSQL refuses the user or the password.
    Refused(String),
    /// There is no such database on the PostgreSQL server.
    UnknownDatabase(String),
    /// TLS with PostgreSQL could not be set up; with the cause and its cure.
    Tls(String),
    /// The SQLite file, or one beside it, can be read by other users.
    Exposed(PathBuf),
    /// The SQLite file has no table, where there must be some.
    Empty(PathBuf),
    /// The SQLite file that is to be read is not there.
    Missing(PathBuf),
    /// The database that is to be read has none of this program's tables.
    Blank(String),
    /// The PostgreSQL database is not in UTF-8 but in the named encoding.
    Encoding(String),
    /// The schema is newer than this program: found and known version.
    TooNew {
        /// The newest migration in the database.
        found: i64,
        /// The newest migration of this program.
        known: i64,
    },
    /// An applied migration's text is not the one that this program has.
    Changed {
        /// Number of the migration.
        version: i64,
        /// Its name.
        name: String,
    },
    /// A standby is named for an SQLite database, which has none.
    StandbyOfFile,
    /// Migrations are to be applied, but the options forbid it: their names, in order.
    Pending(Vec<String>),
    /// Others hold the tables that are to be migrated, and went on holding them.
    Held,
    /// The SQLite database could not be copied before it is migrated; with the cause.
    NotCopied(String),
    /// A statement failed while the database was opened or migrated.
    Store(StoreError),
}

/// What is said of a database that has no tables.
const EMPTY: &str = "has no tables, but there is a master key: this is not the database that was in use. A copy made by \
                     cp lacks what was in the -wal file beside it. Restore a backup made by `poolhouse db backup`; or, \
                     for a new and empty server, remove the file.";

/// What is said of a database that has tables of others.
const FOREIGN: &str = "belongs to another program. Name an empty database.";

/// What to do about a database that cannot be what was meant to be read.
const NAME_IT: &str = "Name the one that is to be read.";

/// What is said of a file of something else.
const NO_DATABASE: &str = "is not an SQLite database. Name another file, or move this one away.";

/// What to do about an encoding.
const UTF8: &str = "Create it with ENCODING 'UTF8'.";

/// What is said of tables that others hold.
const HELD: &str = "The tables that are to be migrated are held by others, such as a backup or a long transaction \
                    (pg_stat_activity names them). Nothing was changed; start again when they have ended.";

/// What is said of a copy that was not made, and what to do about it.
const NOT_COPIED: &str = "The database could not be copied before its migration";
const MAKE_ROOM: &str = "Nothing was changed; make room in its folder, and start again.";

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(text) => write!(
                f,
                "The database URL cannot be read: {text}. Write sqlite:PATH, sqlite::memory: or \
                 postgres://USER:PASSWORD@HOST:PORT/DATABASE."
            ),
            Self::FolderMissing(folder) => write!(
                f,
                "The folder {} does not exist. Create it, or name another one for the database.",
                folder.display()
            ),
            Self::NotWritable(path, text) => write!(
                f,
                "{} cannot be written ({text}). Give the user who runs this program write permission on the \
                 file and its folder, on a file system that is not mounted read-only.",
                path.display()
            ),
            Self::InUse(path) => write!(
                f,
                "The database {} is in use by another process. Stop the other server, or give this one a \
                 database of its own; several servers can share a PostgreSQL database.",
                path.display()
            ),
            Self::NotADatabase(path) => write!(f, "The file {} {NO_DATABASE}", path.display()),
            Self::Foreign(place) => write!(f, "The database {place} {FOREIGN}"),
            Self::Unreachable(text) => write!(
                f,
                "PostgreSQL cannot be reached ({text}). Check host and port of the database URL, and that \
                 the server is running and accepts connections from here."
            ),
            Self::Refused(text) => write!(
                f,
                "PostgreSQL refuses the connection ({text}). Check user and password of the database URL, \
                 and the server's pg_hba.conf."
            ),
            Self::UnknownDatabase(text) => write!(
                f,
                "PostgreSQL has no such database ({text}). Create it (CREATE DATABASE …), or correct the \
                 name in the database URL."
            ),
            Self::Tls(text) => write!(f, "No TLS with PostgreSQL ({text})."),
            Self::Exposed(p) => write!(f, "{0} can be read by others. Run: chmod 600 {0}", p.display()),
            Self::Missing(path) => write!(f, "The database {} does not exist. {NAME_IT}", path.display()),
            Self::Blank(place) => write!(f, "The database {place} has no tables of this program. {NAME_IT}"),
            Self::Empty(path) => write!(f, "The database {} {EMPTY}", path.display()),
            Self::Encoding(found) => write!(f, "The PostgreSQL database has encoding {found}. {UTF8}"),
            Self::TooNew { found, known } => write!(
                f,
                "The database has schema version {found}, but this program knows only up to {known}. Run a \
                 newer version of this program, or restore a backup made before the upgrade."
            ),
            Self::Changed { version, name } => write!(
                f,
                "Migration {version} ({name}) of the database differs from the one in this program. The \
                 database was made by a modified build: run that build, or move the data with a copy."
            ),
            Self::StandbyOfFile => f.write_str(
                "A standby is named, but the database is a file of SQLite, which has none. Name the primary, a PostgreSQL \
                 database, or leave the standby out.",
            ),
            Self::Pending(names) => write!(
                f,
                "The database lacks migrations of this program ({}). Run `poolhouse db migrate` first.",
                names.join(", ")
            ),
            Self::Held => f.write_str(HELD),
            Self::NotCopied(text) => write!(f, "{NOT_COPIED} ({text}). {MAKE_ROOM}"),
            Self::Store(error) => write!(f, "The database could not be opened: {error}."),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
