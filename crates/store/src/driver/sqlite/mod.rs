//! SQLite: one writer whose transactions are committed together, and readers beside it.
//!
//! Statements run in place, on the thread that asks: they take microseconds, a thread hop would
//! cost more. Only a commit waits for the disk, and that happens on a thread of its own.

mod backup;
mod open;
mod reader;
mod statement;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{OpenError, StoreError};
use crate::options::Options;

pub(crate) use backup::backup;
pub(crate) use reader::ReadTx;
pub(crate) use statement::column;
pub(crate) use writer::WriteTx;

/// An open SQLite database. The fields are closed in this order: the writer's connection, closed
/// last, moves the write-ahead log into the file; only then may another process have it.
pub(crate) struct Sqlite {
    readers: Arc<reader::Readers>,
    /// None where the database is only read.
    writer: Option<writer::Queue>,
    wait: Duration,
    _guard: open::Guard,
}

impl Sqlite {
    /// Opens the file at `path`, or a database in memory for `:memory:`.
    pub(crate) fn open(path: &str, options: &Options) -> Result<Self, OpenError> {
        let (place, guard) =
            if path == ":memory:" { open::memory()? } else { open::file(path.into(), options)? };
        let reads_only = options.access.reads_only();
        let role = if reads_only { open::Role::Reader } else { open::Role::Writer };
        let connection = open::connect(&place, role)?;
        open::check_own(&connection, &place)?;
        Ok(Self {
            readers: Arc::new(reader::Readers::new(place, options.readers.max(1))),
            writer: if reads_only { None } else { Some(writer::Queue::start(connection)?) },
            wait: options.wait,
            _guard: guard,
        })
    }

    pub(crate) async fn read(&self) -> Result<ReadTx, StoreError> {
        reader::Readers::begin(&self.readers, self.wait).await
    }

    pub(crate) async fn write(&self) -> Result<WriteTx, StoreError> {
        self.writer.as_ref().ok_or(StoreError::ReadOnly)?.begin(self.wait).await
    }

    pub(crate) fn commits(&self) -> u64 {
        self.writer.as_ref().map_or(0, writer::Queue::commits)
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite")
    }
}
