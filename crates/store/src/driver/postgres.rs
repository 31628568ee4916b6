//! PostgreSQL: a pool of connections, each with its prepared statements.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::{fmt, mem};

use bytes::BytesMut;
use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Config, NoTls};

use crate::error::{OpenError, StoreError};
use crate::options::Options;
use crate::statement::Statement;
use crate::value::{Columns, Row, Value};

/// The key of the lock that one migrating node holds: "poolhous" in ASCII.
const MIGRATION_LOCK: i64 = 0x706f_6f6c_686f_7573;

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    pool: Pool,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Read,
    Write,
    Migration,
}

impl Postgres {
    pub(crate) async fn open(options: &Options) -> Result<Self, OpenError> {
        let mut config: Config =
            options.url.parse().map_err(|e: tokio_postgres::Error| OpenError::Url(full_text(&e)))?;
        if matches!(config.get_ssl_mode(), SslMode::Require) {
            return Err(OpenError::TlsUnsupported);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.wait);
        }
        if config.get_application_name().is_none() {
            config.application_name("poolhouse");
        }
        let manager =
            Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(options.connections.max(1))
            .wait_timeout(Some(options.wait))
            .create_timeout(Some(options.wait))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| OpenError::Store(StoreError::Other(e.to_string())))?;
        let client = pool.get().await.map_err(open_error)?;
        let encoding: String = client
            .query_one("SHOW server_encoding", &[])
            .await
            .and_then(|row| row.try_get(0))
            .map_err(|e| OpenError::Store(store_error(&e)))?;
        if encoding != "UTF8" {
            return Err(OpenError::Encoding(encoding));
        }
        Ok(Self { pool })
    }

    pub(crate) async fn begin(&self, mode: Mode) -> Result<Transaction, StoreError> {
        let client = self.pool.get().await.map_err(pool_error)?;
        let begin = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Mode::Write => "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
            // Each statement sees what is committed by then: also what the last holder of the lock did.
            Mode::Migration => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        // From here on a transaction may be under way, so that dropping must end it.
        let mut tx = Transaction { client, open: true };
        tx.script(begin).await?;
        if matches!(mode, Mode::Migration) {
            tx.script(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        Ok(tx)
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}

/// A transaction on a connection of its own.
pub(crate) struct Transaction {
    client: Object,
    /// Whether it has to be rolled back.
    open: bool,
}

impl Transaction {
    pub(crate) async fn query<T>(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
        decode: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let failed = |error| logged(&error, statement);
        let prepared = self.client.prepare_cached(&statement.postgres).await.map_err(failed)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
        let rows = self.client.query(&prepared, &params).await.map_err(failed)?;
        rows.iter().map(|row| decode(&Row { statement, columns: Columns::Postgres(row) })).collect()
    }

    pub(crate) async fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let failed = |error| logged(&error, statement);
        let prepared = self.client.prepare_cached(&statement.postgres).await.map_err(failed)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
        self.client.execute(&prepared, &params).await.map_err(failed)
    }

    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).await.map_err(|e| store_error(&e))
    }

    #[cfg(test)]
    pub(crate) async fn prepare(&self, statement: &Statement) -> Result<(), StoreError> {
        self.client.prepare(&statement.postgres).await.map(drop).map_err(|e| store_error(&e))
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let result = self.script("COMMIT").await;
        // A commit that fails has ended the transaction too. A commit that was cancelled is followed
        // by a rollback, which then finds nothing to do.
        self.open = false;
        result
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !mem::take(&mut self.open) || self.client.is_closed() {
            return;
        }
        // The first poll sends the command; a connection answers in order, so whoever gets this one
        // next from the pool comes after it. Nobody needs the answer.
        let mut rollback = pin!(self.client.batch_execute("ROLLBACK"));
        let _ = rollback.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transaction")
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql_checked(ty, out),
            Value::Int(number) => number.to_sql_checked(ty, out),
            Value::Text(text) => text.to_sql_checked(ty, out),
            Value::Bytes(bytes) => bytes.to_sql_checked(ty, out),
        }
    }

    // The values inside check for themselves.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The column at `index`, if it is there and of a kind that the schema has.
pub(crate) fn column(row: &tokio_postgres::Row, index: usize) -> Option<Value<'_>> {
    match *row.columns().get(index)?.type_() {
        Type::INT8 => {
            row.try_get::<_, Option<i64>>(index).ok()?.map_or(Some(Value::Null), |n| Some(n.into()))
        }
        Type::INT4 => {
            let number = row.try_get::<_, Option<i32>>(index).ok()?;
            Some(number.map_or(Value::Null, |n| Value::Int(n.into())))
        }
        Type::TEXT | Type::VARCHAR | Type::NAME => Some(row.try_get::<_, Option<&str>>(index).ok()?.into()),
        Type::BYTEA => Some(row.try_get::<_, Option<&[u8]>>(index).ok()?.into()),
        _ => None,
    }
}

fn logged(error: &tokio_postgres::Error, statement: &Statement) -> StoreError {
    let mapped = store_error(error);
    tracing::debug!(statement = %statement.name, error = %full_text(error), "a statement failed");
    mapped
}

/// The driver's error in the store's terms.
fn store_error(error: &tokio_postgres::Error) -> StoreError {
    let text = full_text(error);
    let Some(state) = error.code() else {
        let cause = std::error::Error::source(error);
        let lost = error.is_closed() || cause.is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
        return if lost { StoreError::Unavailable(text) } else { StoreError::Other(text) };
    };
    match *state {
        // A row that came or went beside this transaction: what it read is no longer so.
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::UNIQUE_VIOLATION
        | SqlState::FOREIGN_KEY_VIOLATION => StoreError::Retry,
        SqlState::DISK_FULL => StoreError::Full,
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        SqlState::IO_ERROR => StoreError::Io(text),
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StoreError::Damaged(text),
        SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy,
        // Connection exceptions, too many connections, a server that shuts down or starts.
        _ if ["08", "53", "57P"].iter().any(|class| state.code().starts_with(class)) => {
            StoreError::Unavailable(text)
        }
        _ => StoreError::Other(text),
    }
}

fn pool_error(error: PoolError) -> StoreError {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => StoreError::Busy,
        PoolError::Backend(error) => match store_error(&error) {
            StoreError::Other(text) => StoreError::Unavailable(text),
            other => other,
        },
        other => StoreError::Unavailable(other.to_string()),
    }
}

fn open_error(error: PoolError) -> OpenError {
    let PoolError::Backend(error) = error else {
        return OpenError::Unreachable(error.to_string());
    };
    let text = full_text(&error);
    match error.code() {
        Some(&SqlState::INVALID_CATALOG_NAME) => OpenError::UnknownDatabase(text),
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            OpenError::Refused(text)
        }
        // The driver's own complaint: a password is asked for and the URL has none.
        None if text.contains("password") || text.contains("authentication") => OpenError::Refused(text),
        _ => OpenError::Unreachable(text),
    }
}

/// The driver's error with its cause, which its own text leaves out.
fn full_text(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
