//! Write transactions: one at a time, committed together.
//!
//! A commit costs one wait for the disk, whatever it holds. So a write transaction leaves the one of
//! SQLite open: to commit is to hand the connection to the next writer, whose transaction is a
//! savepoint inside it, and to wait. The committer, a thread of its own, queues for the connection
//! like a writer; the writers that queued before it get into its batch. Then it commits the outer
//! transaction and tells all who wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, mem, thread};

use rusqlite::Connection;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::statement;
use crate::error::{OpenError, StoreError};
use crate::statement::Statement;
use crate::value::{Row, Value};

/// The writers' queue: tokio's mutex serves in the order of asking.
pub(super) struct Queue {
    writer: Arc<Mutex<Writer>>,
    /// Wakes the committer; taken to end it.
    wake: Option<mpsc::Sender<()>>,
    committer: Option<JoinHandle<()>>,
    commits: Arc<AtomicU64>,
}

/// The one connection that writes.
struct Writer {
    connection: Connection,
    /// Those whose transactions are in the outer transaction, waiting for its commit.
    waiting: Vec<oneshot::Sender<Result<(), StoreError>>>,
    /// Whether an outer transaction that failed could not be rolled back: until it is, nothing may be built
    /// upon it, or what its callers were told is lost would be committed after all.
    broken: bool,
}

impl Writer {
    /// Undoes the outer transaction, if the error has not already done so.
    fn roll_back(&mut self) -> Result<(), StoreError> {
        let result = if self.connection.is_autocommit() {
            Ok(())
        } else {
            statement::control(&self.connection, "ROLLBACK")
        };
        self.broken = result.is_err();
        if let Err(error) = &result {
            tracing::error!(%error, "a rollback failed");
        }
        result
    }
}

impl Queue {
    pub(super) fn start(connection: Connection) -> Result<Self, OpenError> {
        let writer = Arc::new(Mutex::new(Writer { connection, waiting: Vec::new(), broken: false }));
        let commits = Arc::new(AtomicU64::new(0));
        let (wake, woken) = mpsc::channel();
        let committer = {
            let (writer, commits) = (Arc::clone(&writer), Arc::clone(&commits));
            thread::Builder::new()
                .name("sqlite-commit".to_owned())
                .spawn(move || commit_batches(&woken, &writer, &commits))
                .map_err(|e| OpenError::Store(StoreError::Io(e.to_string())))?
        };
        Ok(Self { writer, wake: Some(wake), committer: Some(committer), commits })
    }

    pub(super) async fn begin(&self, wait: Duration) -> Result<WriteTx, StoreError> {
        let mut writer = match Arc::clone(&self.writer).try_lock_owned() {
            Ok(writer) => writer,
            Err(_) => tokio::time::timeout(wait, Arc::clone(&self.writer).lock_owned())
                .await
                .map_err(|_| StoreError::Busy)?,
        };
        let wake = self.wake.clone().ok_or_else(ended)?;
        if writer.broken {
            writer.roll_back()?;
        }
        let nested = !writer.connection.is_autocommit();
        let begin = if nested { "SAVEPOINT writer" } else { "BEGIN IMMEDIATE" };
        statement::control(&writer.connection, begin)?;
        Ok(WriteTx { writer, wake, nested, open: true })
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // Every open transaction keeps the store open, so this was the last sender: the committer ends.
        drop(self.wake.take());
        if let Some(committer) = self.committer.take() {
            let _ = committer.join();
        }
    }
}

/// The committer's work, until no one is left who could write.
fn commit_batches(woken: &mpsc::Receiver<()>, writer: &Mutex<Writer>, commits: &AtomicU64) {
    while woken.recv().is_ok() {
        let mut writer = writer.blocking_lock();
        if writer.waiting.is_empty() {
            continue;
        }
        let result = statement::control(&writer.connection, "COMMIT");
        if result.is_ok() {
            commits.fetch_add(1, Ordering::Relaxed);
        }
        let waiting = mem::take(&mut writer.waiting);
        if let Err(error) = &result {
            tracing::error!(%error, transactions = waiting.len(), "a commit failed");
            // A failure is kept in `broken`.
            let _ = writer.roll_back();
        }
        drop(writer);
        for sender in waiting {
            // Who no longer waits has been cancelled.
            let _ = sender.send(result.clone());
        }
    }
}

fn ended() -> StoreError {
    StoreError::Other("the committer has ended".to_owned())
}

/// A write transaction on the writer's connection.
pub(crate) struct WriteTx {
    writer: OwnedMutexGuard<Writer>,
    wake: mpsc::Sender<()>,
    /// Whether it is a savepoint, since others are in the outer transaction, waiting for its commit.
    nested: bool,
    /// Whether it is still to be kept or rolled back.
    open: bool,
}

impl WriteTx {
    pub(crate) fn query<T>(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
        decode: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let result = statement::query(&self.writer.connection, statement, params, decode);
        self.survive(result)
    }

    pub(crate) fn execute(&mut self, statement: &Statement, params: &[Value<'_>]) -> Result<u64, StoreError> {
        let result = statement::execute(&self.writer.connection, statement, params);
        self.survive(result)
    }

    pub(crate) fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        let result = self.writer.connection.execute_batch(sql).map_err(|e| statement::store_error(&e));
        self.survive(result)
    }

    #[cfg(test)]
    pub(crate) fn prepare(&self, statement: &Statement) -> Result<(), StoreError> {
        statement::prepare(&self.writer.connection, statement)
    }

    /// SQLite undoes the whole outer transaction on some errors, such as a full disk: then those
    /// who wait for its commit must hear of it.
    fn survive<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result
            && self.open
            && self.writer.connection.is_autocommit()
        {
            self.open = false;
            tracing::error!(%error, transactions = self.writer.waiting.len(), "a batch was undone");
            for sender in mem::take(&mut self.writer.waiting) {
                let _ = sender.send(Err(error.clone()));
            }
        }
        result
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        if !self.open {
            return Err(StoreError::Other("the transaction was undone".to_owned()));
        }
        if self.nested {
            let released = statement::control(&self.writer.connection, "RELEASE writer");
            self.survive(released)?;
        }
        self.open = false;
        let (sender, receiver) = oneshot::channel();
        self.writer.waiting.push(sender);
        // Every transaction wakes the committer: one wake-up too many costs it a look.
        self.wake.send(()).map_err(|_| ended())?;
        drop(self);
        receiver.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        if !mem::take(&mut self.open) {
            return;
        }
        if !self.nested {
            let _ = self.writer.roll_back();
            return;
        }
        let connection = &self.writer.connection;
        let undone = statement::control(connection, "ROLLBACK TO writer")
            .and_then(|()| statement::control(connection, "RELEASE writer"));
        if let Err(error) = undone {
            // The outer transaction must not be committed with half of this one in it.
            let _ = self.writer.roll_back();
            for sender in mem::take(&mut self.writer.waiting) {
                let _ = sender.send(Err(error.clone()));
            }
        }
    }
}

impl fmt::Debug for WriteTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteTx")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(connection: &Connection) -> i64 {
        connection.query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0)).unwrap()
    }

    #[tokio::test]
    async fn what_could_not_be_rolled_back_is_not_built_upon() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
        let queue = Queue::start(connection).unwrap();
        {
            // As when COMMIT failed, and ROLLBACK after it: the rows are there, their callers were refused.
            let mut writer = queue.writer.lock().await;
            writer.connection.execute_batch("BEGIN; INSERT INTO t VALUES (1)").unwrap();
            writer.broken = true;
        }
        let tx = queue.begin(Duration::from_secs(1)).await.unwrap();
        assert_eq!((count(&tx.writer.connection), tx.writer.broken), (0, false));
        tx.commit().await.unwrap();
        assert_eq!(count(&queue.writer.lock().await.connection), 0);
    }
}
