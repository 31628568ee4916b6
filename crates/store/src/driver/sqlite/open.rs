//! Finding the file, keeping other processes out, and connections with their settings.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::statement::store_error;
use crate::error::{OpenError, StoreError};
use crate::options::{Access, Options, Synchronous};
use crate::private;

/// How many prepared statements a connection keeps: more than there are.
const STATEMENT_CACHE: usize = 512;

/// How long SQLite itself waits for a lock. Only a program beside this one (a backup, a shell) can
/// hold one that long: within this process there is one writer.
const BUSY_MILLIS: u64 = 5000;

/// The least file that the write-ahead log is cut back to after it has grown, in bytes.
const LOG_SIZE_LIMIT: u64 = 64 << 20;

/// Where a database is, and how its connections are set up.
pub(super) struct Place {
    path: PathBuf,
    synchronous: Synchronous,
    mmap_bytes: u64,
    /// Whether a database without a table is not the one that was meant.
    must_have_tables: bool,
    reads_only: bool,
}

/// What is held for as long as the database is open.
pub(super) enum Guard {
    /// The locked file that keeps other processes out.
    Lock { _file: File },
    /// Nothing: the database is read beside a server.
    Beside,
    /// The folder of a database in memory.
    Memory(PathBuf),
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Self::Memory(folder) = self {
            // Nothing to be done if it fails: the folder is one of temporary files.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    Reader,
}

/// A database file, made if it is not there, and locked against other processes.
pub(super) fn file(path: PathBuf, options: &Options) -> Result<(Place, Guard), OpenError> {
    if path.as_os_str().is_empty() {
        return Err(OpenError::Url("the path of the SQLite file is missing".to_owned()));
    }
    if !folder_of(&path).is_dir() {
        return Err(OpenError::FolderMissing(folder_of(&path).to_path_buf()));
    }
    let must_have_tables = options.refuse_empty && path.exists();
    let reads_only = options.access.reads_only();
    if reads_only && !path.is_file() {
        return Err(OpenError::Missing(path));
    }
    if !reads_only {
        // SQLite gives the files beside it the same permissions.
        private::create(&path).map_err(|e| OpenError::NotWritable(path.clone(), e.to_string()))?;
    }
    let guard = match options.access {
        Access::ReadBeside => Guard::Beside,
        Access::Use | Access::Fill | Access::ReadAlone => Guard::Lock { _file: lock_beside(&path)? },
    };
    let Options { synchronous, mmap_bytes, .. } = *options;
    Ok((Place { path, synchronous, mmap_bytes, must_have_tables, reads_only }, guard))
}

/// A database of its own in memory.
///
/// SQLite's own in-memory databases have no write-ahead log, so readers and the writer would block
/// each other. A file in the memory file system behaves exactly as one on disk.
pub(super) fn memory() -> Result<(Place, Guard), OpenError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let shared = Path::new("/dev/shm");
    let root = if shared.is_dir() { shared.to_path_buf() } else { std::env::temp_dir() };
    let not_writable = |e: std::io::Error| OpenError::NotWritable(root.clone(), e.to_string());
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = root.join(format!("poolhouse-{}-{number}", std::process::id()));
        match private::create_folder_anew(&folder) {
            // Left by an earlier process of the same number.
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(not_writable(e)),
            Ok(()) => {
                let path = folder.join("memory.db");
                private::create(&path).map_err(not_writable)?;
                let synchronous = Synchronous::Off;
                let place =
                    Place { path, synchronous, mmap_bytes: 0, must_have_tables: false, reads_only: false };
                return Ok((place, Guard::Memory(folder)));
            }
        }
    }
}

/// Locks the file `<path>.lock`. The database file itself cannot carry this lock: SQLite locks
/// parts of it, and closing any handle on it would give those up.
fn lock_beside(path: &Path) -> Result<File, OpenError> {
    let name = beside(path, ".lock");
    let not_writable = |e: std::io::Error| OpenError::NotWritable(name.clone(), e.to_string());
    private::create(&name).map_err(not_writable)?;
    let lock = File::open(&name).map_err(not_writable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_path_buf())),
        // Some network file systems cannot lock; SQLite's own locks still keep the file sound.
        Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => {
            tracing::warn!(path = %name.display(), "the file system cannot lock files; start one server only");
            Ok(lock)
        }
        Err(TryLockError::Error(e)) => Err(not_writable(e)),
    }
}

/// A connection with its settings.
pub(super) fn connect(place: &Place, role: Role) -> Result<Connection, OpenError> {
    let open_error = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase(place.path.clone()),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            OpenError::NotWritable(place.path.clone(), error.to_string())
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse(place.path.clone()),
        _ => OpenError::Store(store_error(&error)),
    };
    // Who reads beside a server writes in the index of its log, so that it opens the file for writing all the same.
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, !place.reads_only);
    let connection = Connection::open_with_flags(&place.path, flags).map_err(open_error)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // Without it, SQLite plans a kept statement anew whenever other values are bound to it, which costs more
    // than running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(open_error)?;
    let synchronous = match place.synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
        Synchronous::Off => "OFF",
    };
    // A file that is only read keeps the journal that it has.
    let journal = if place.reads_only { "" } else { "PRAGMA journal_mode = WAL;" };
    connection
        .execute_batch(&format!(
            "PRAGMA busy_timeout = {BUSY_MILLIS};
             {journal}
             PRAGMA synchronous = {synchronous};
             PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA temp_store = MEMORY;
             PRAGMA journal_size_limit = {LOG_SIZE_LIMIT};
             PRAGMA mmap_size = {};
             PRAGMA query_only = {};",
            place.mmap_bytes,
            u8::from(role == Role::Reader),
        ))
        .map_err(open_error)?;
    Ok(connection)
}

/// Checks that the database is empty or one of this program's, and nobody else's to read.
pub(super) fn check_own(connection: &Connection, place: &Place) -> Result<(), OpenError> {
    let (tables, own) = connection
        .query_row(
            "SELECT COUNT(*), COALESCE(MAX(name = 'schema_migrations'), 0) FROM sqlite_master WHERE type = 'table'",
            [],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?)),
        )
        .map_err(|error| OpenError::Store(store_error(&error)))?;
    match (tables, own) {
        (0, _) if place.reads_only => Err(OpenError::Blank(place.path.display().to_string())),
        (0, _) if place.must_have_tables => Err(OpenError::Empty(place.path.clone())),
        (0, _) | (_, true) => refuse_exposed(&place.path),
        (_, false) => Err(OpenError::Foreign(place.path.display().to_string())),
    }
}

/// The names of users and their addresses are in these files as they are.
fn refuse_exposed(path: &Path) -> Result<(), OpenError> {
    let files = ["", "-wal", "-shm"].map(|ending| beside(path, ending));
    files.into_iter().find(|file| is_exposed(file)).map_or(Ok(()), |file| Err(OpenError::Exposed(file)))
}

#[cfg(unix)]
fn is_exposed(file: &Path) -> bool {
    let mode = |it: fs::Metadata| std::os::unix::fs::PermissionsExt::mode(&it.permissions());
    fs::metadata(file).is_ok_and(|it| mode(it) & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> bool {
    false
}

/// The file whose name is that of the database with an ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A further connection while the database is in use.
pub(super) fn reconnect(place: &Place) -> Result<Connection, StoreError> {
    connect(place, Role::Reader).map_err(|error| match error {
        OpenError::Store(error) => error,
        other => StoreError::Io(other.to_string()),
    })
}
