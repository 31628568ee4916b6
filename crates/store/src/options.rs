//! Where the database is and how it is used.

use std::fmt;
use std::path::Path;
use std::time::Duration;

/// When SQLite's writes reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// Before a commit is acknowledged: nothing acknowledged is lost when the power fails.
    Full,
    /// Some time after: the last commits may be lost when the power fails; the file stays sound.
    Normal,
    /// When the operating system likes; a power failure may damage the file. For tests.
    Off,
}

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To be used: made where there is none, and its schema looked at.
    Use,
    /// To be filled by a restore, which looks after the schema itself.
    Fill,
    /// To be read while no server writes: nothing is made or changed, and a file is locked.
    ReadAlone,
    /// To be read, whether servers use it or not: nothing is made, changed or locked.
    ReadBeside,
}

impl Access {
    /// Whether nothing may be made or changed.
    pub(crate) fn reads_only(self) -> bool {
        matches!(self, Self::ReadAlone | Self::ReadBeside)
    }
}

/// How old may be what is read from a standby while the primary answers: beyond it, the primary is asked.
pub const RECENT: Duration = Duration::from_secs(3);

/// Settings of a [`Store`](crate::Store).
#[derive(Clone)]
pub struct Options {
    /// `sqlite:PATH`, `sqlite::memory:` (a database of its own that goes when it is closed) or
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with libpq's `sslmode` and `sslrootcert`; of several hosts
    /// (`HOST:PORT,HOST:PORT`) the primary is used.
    pub url: String,
    /// What it is opened for.
    pub access: Access,
    /// Whether opening it to be used applies the migrations that the database lacks.
    pub migrate: bool,
    /// How long to wait for a free connection before [`StoreError::Busy`](crate::StoreError::Busy); with PostgreSQL also
    /// for a new one, and for a sign of the other side of a connection.
    pub wait: Duration,
    /// PostgreSQL: how long a statement may take before [`StoreError::Unavailable`](crate::StoreError::Unavailable).
    pub statement: Duration,
    /// SQLite: how many read transactions may be open at a time; at least 1.
    pub readers: usize,
    /// SQLite: when writes reach the disk.
    pub synchronous: Synchronous,
    /// SQLite: how many bytes of the file may be mapped into memory; 0 switches it off, which is
    /// slower but turns an unreadable disk into an error instead of the end of the process.
    pub mmap_bytes: u64,
    /// SQLite: whether a file that is there but has no table is refused, instead of made a new database.
    pub refuse_empty: bool,
    /// PostgreSQL: how many connections to hold at most, of each server; at least 1.
    pub connections: usize,
    /// PostgreSQL: the URL of a standby of the server, to read from: such a store migrates nothing, and opens without the
    /// server.
    pub standby: Option<String>,
    /// How old may be what is read from the standby while the server does not answer; at least [`RECENT`].
    pub standby_lag: Duration,
}

impl Options {
    /// The file of an SQLite database, if it is in one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.url.strip_prefix("sqlite:").filter(|path| *path != ":memory:").map(Path::new)
    }

    /// The defaults for `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            access: Access::Use,
            migrate: true,
            wait: Duration::from_secs(10),
            statement: Duration::from_secs(30),
            readers: 32,
            synchronous: Synchronous::Full,
            mmap_bytes: 1 << 40,
            refuse_empty: false,
            connections: 32,
            standby: None,
            standby_lag: Duration::from_secs(60),
        }
    }
}

// The URL may hold a password.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.url.split(':').next().unwrap_or_default();
        f.debug_struct("Options")
            .field("scheme", &scheme)
            .field("access", &self.access)
            .field("migrate", &self.migrate)
            .field("wait", &self.wait)
            .field("statement", &self.statement)
            .field("readers", &self.readers)
            .field("synchronous", &self.synchronous)
            .field("mmap_bytes", &self.mmap_bytes)
            .field("refuse_empty", &self.refuse_empty)
            .field("connections", &self.connections)
            .field("standby", &self.standby.is_some())
            .field("standby_lag", &self.standby_lag)
            .finish()
    }
}
