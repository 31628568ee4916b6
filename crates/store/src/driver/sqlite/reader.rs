//! Read transactions, each on a connection of its own for as long as it lasts.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{open, statement};
use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::{Row, Value};

/// The reader connections: opened when needed, then kept.
pub(super) struct Readers {
    place: open::Place,
    idle: Mutex<Vec<Connection>>,
    /// One permit for each transaction that may be open.
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(place: open::Place, limit: usize) -> Self {
        Self { place, idle: Mutex::default(), permits: Arc::new(Semaphore::new(limit)) }
    }

    pub(super) async fn begin(readers: &Arc<Self>, wait: Duration) -> Result<ReadTx, StoreError> {
        let permit = match Arc::clone(&readers.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(wait, Arc::clone(&readers.permits).acquire_owned())
                .await
                .map_err(|_| StoreError::Busy)?
                .map_err(|_| StoreError::Busy)?,
        };
        let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open::reconnect(&readers.place)?,
        };
        let tx = ReadTx { connection: Some(connection), readers: Arc::clone(readers), _permit: permit };
        statement::control(tx.connection()?, "BEGIN")?;
        Ok(tx)
    }
}

/// A read transaction: a snapshot from its first statement on.
pub(crate) struct ReadTx {
    /// Present until the transaction is dropped.
    connection: Option<Connection>,
    readers: Arc<Readers>,
    // Declared last: the connection is back before the next transaction may begin.
    _permit: OwnedSemaphorePermit,
}

impl ReadTx {
    fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or_else(|| StoreError::Other("the transaction has ended".to_owned()))
    }

    pub(crate) fn query<T>(
        &self,
        statement: &Statement,
        params: &[Value<'_>],
        decode: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        statement::query(self.connection()?, statement, params, decode)
    }

    pub(crate) fn execute(&self, statement: &Statement, params: &[Value<'_>]) -> Result<u64, StoreError> {
        statement::execute(self.connection()?, statement, params)
    }

    #[cfg(test)]
    pub(crate) fn prepare(&self, statement: &Statement) -> Result<(), StoreError> {
        statement::prepare(self.connection()?, statement)
    }
}

impl Drop for ReadTx {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // A connection that cannot end its transaction is closed instead of kept.
        if connection.is_autocommit() || statement::control(&connection, "ROLLBACK").is_ok() {
            self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl fmt::Debug for ReadTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReadTx")
    }
}
