//! PostgreSQL: a pool of connections, each with its prepared statements.

mod errors;
mod hosts;
mod pool;
mod standby;
mod target;
mod tls;
mod values;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;
use std::{fmt, mem};

use tokio_postgres::types::ToSql;

use self::errors::{NO_ANSWER, full_text, is_spent, store_error};
use self::pool::{Held, Link, NoConnection, Pool, within};
use self::standby::{Follower, Place};
use self::target::Target;
use crate::error::{OpenError, StoreError};
use crate::options::{Access, Options};
use crate::statement::Statement;
use crate::store::Connections;
use crate::value::{Columns, Row, Value};

#[cfg(test)]
pub(crate) use standby::NO_PRIMARY;
pub(crate) use standby::Standby;
pub(crate) use values::column;

/// The key of the lock that one migrating node holds: "poolhous" in ASCII.
const MIGRATION_LOCK: i64 = 0x706f_6f6c_686f_7573;

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    pool: Arc<Pool>,
    /// How long a statement is waited for.
    patience: Duration,
    /// Where it is read instead.
    standby: Option<Standby>,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    /// Of what does no harm when it is old.
    ReadLasting,
    /// Of what counts now, wherever it was changed.
    ReadNow,
    Write,
    Fill,
    Migration,
}

impl Mode {
    const fn begin(self) -> &'static str {
        match self {
            Self::Read | Self::ReadLasting | Self::ReadNow => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            }
            Self::Write => "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
            // Each statement sees what is committed by then: also what the last holder of the lock did. It takes as
            // long as it takes, and does not make others repeat.
            Self::Fill | Self::Migration => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = 0; \
                 SET LOCAL idle_in_transaction_session_timeout = 0"
            }
        }
    }
}

impl Postgres {
    pub(crate) async fn open(options: &Options) -> Result<Self, OpenError> {
        let mut database = Self::at(options)?;
        match &options.standby {
            None => database.check_encoding().await?,
            Some(url) => {
                let beside = Options {
                    url: url.clone(),
                    access: Access::ReadBeside,
                    standby: None,
                    ..options.clone()
                };
                if Target::read(&beside)?.hosts.len() > 1 {
                    let text = "the standby is one server: how old another one is, nothing says";
                    return Err(OpenError::Url(text.to_owned()));
                }
                let server = Self::at(&beside)?;
                server.check_encoding().await?;
                let one = |of: &Options| Self::at(&Options { connections: 1, ..of.clone() }).map(Box::new);
                let follower = Follower { primary: one(options)?, standby: one(&beside)? };
                database.standby = Some(Standby::new(server, follower, options.standby_lag));
            }
        }
        Ok(database)
    }

    /// The server of the options, of which nothing is asked yet.
    fn at(options: &Options) -> Result<Self, OpenError> {
        let pool = Pool::new(Target::read(options)?, options);
        // The server ends a statement that takes too long. Only a server that is gone does not: so it is waited for
        // a little longer.
        let patience = options.statement + options.statement / 8;
        Ok(Self { pool: Arc::new(pool), patience, standby: None })
    }

    async fn check_encoding(&self) -> Result<(), OpenError> {
        let encoding = self.encoding().await?;
        if encoding == "UTF8" { Ok(()) } else { Err(OpenError::Encoding(encoding)) }
    }

    pub(crate) fn standby(&self) -> Option<&Standby> {
        self.standby.as_ref()
    }

    async fn encoding(&self) -> Result<String, OpenError> {
        let held = self.pool.get().await.map_err(NoConnection::at_first)?;
        let mut tx = Transaction { held, open: false, patience: Some(self.patience) };
        let show = Statement::new("encoding", "SHOW server_encoding".to_owned());
        let encoding = tx.query(&show, &[], |row| row.get(0)).await?;
        Ok(encoding.into_iter().next().unwrap_or_default())
    }

    pub(crate) async fn begin(&self, mode: Mode) -> Result<Transaction, StoreError> {
        match self.standby.as_ref().map(|standby| (standby, standby.place(mode))) {
            None | Some((_, Place::Primary)) => self.begin_here(mode).await,
            Some((standby, Place::Standby)) => standby.begin().await,
            Some((_, Place::Nowhere(why))) => Err(StoreError::Unavailable(why.to_owned())),
        }
    }

    /// Begins a transaction at this server, not at its standby.
    pub(crate) async fn begin_here(&self, mode: Mode) -> Result<Transaction, StoreError> {
        let mut tx = self.transaction(mode).await?;
        if let Err(error) = tx.script(mode.begin()).await {
            if !tx.held.is_given_up() {
                return Err(error);
            }
            // It ended while it was kept. Nothing has been asked of it yet, and none of those beside it is kept any
            // longer: a new one may do.
            drop(tx);
            tx = self.transaction(mode).await?;
            tx.script(mode.begin()).await?;
        }
        if mode == Mode::Migration {
            // Another node's migrations are waited for. A table is not, or not for long: everybody else waits behind.
            let lock =
                format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK}); SET LOCAL lock_timeout = '500ms'");
            tx.script(&lock).await?;
        }
        Ok(tx)
    }

    /// A transaction that is to begin.
    async fn transaction(&self, mode: Mode) -> Result<Transaction, StoreError> {
        let held = self.pool.get().await.map_err(NoConnection::later)?;
        let patience = (!matches!(mode, Mode::Fill | Mode::Migration)).then_some(self.patience);
        // From here on it may be under way, so that dropping must end it.
        Ok(Transaction { held, open: true, patience })
    }

    pub(crate) fn connections(&self) -> Connections {
        self.pool.figures()
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}

/// A transaction on a connection of its own.
pub(crate) struct Transaction {
    held: Held,
    /// Whether it has to be rolled back.
    open: bool,
    /// How long a statement is waited for; `None` for ever.
    patience: Option<Duration>,
}

impl Transaction {
    pub(crate) async fn query<T>(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
        decode: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let params = borrowed(params);
        let ask = async |link: &mut Link| {
            let prepared = link.prepared(&statement.postgres).await?;
            link.client.query(&prepared, &params).await
        };
        let rows = self.ask(&statement.name, ask).await?;
        rows.iter().map(|row| decode(&Row { statement, columns: Columns::Postgres(row) })).collect()
    }

    pub(crate) async fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let params = borrowed(params);
        let ask = async |link: &mut Link| {
            let prepared = link.prepared(&statement.postgres).await?;
            link.client.execute(&prepared, &params).await
        };
        self.ask(&statement.name, ask).await
    }

    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.ask("a script", async |link: &mut Link| link.client.batch_execute(sql).await).await
    }

    #[cfg(test)]
    pub(crate) async fn prepare(&mut self, statement: &Statement) -> Result<(), StoreError> {
        let ask = async |link: &mut Link| link.client.prepare(&statement.postgres).await;
        self.ask(&statement.name, ask).await.map(drop)
    }

    /// What the server answers; `statement` is its name in the log.
    async fn ask<T>(
        &mut self,
        statement: &str,
        ask: impl AsyncFnOnce(&mut Link) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, StoreError> {
        let link = self.held.ask().ok_or_else(no_answer)?;
        let answer = within(self.patience, ask(link)).await;
        let answer = self.held.answered(answer).ok_or_else(|| {
            tracing::debug!(statement, "PostgreSQL did not answer");
            no_answer()
        })?;
        answer.map_err(|error| {
            tracing::debug!(statement, error = %full_text(&error), "a statement failed");
            if is_spent(&error) {
                self.held.give_up();
            }
            store_error(&error)
        })
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let result = self.script("COMMIT").await;
        // A commit that fails has ended the transaction too; one that is cancelled has ended the connection.
        self.open = false;
        result
    }
}

/// Parameters as the driver takes them.
fn borrowed<'a>(params: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|param| param as _).collect()
}

fn no_answer() -> StoreError {
    StoreError::Unavailable(NO_ANSWER.to_owned())
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !mem::take(&mut self.open) {
            return;
        }
        // The first poll sends the command; a connection answers in order, so whoever gets this one
        // next from the pool comes after it. Nobody needs the answer.
        if let Some(client) = self.held.sound() {
            let mut rollback = pin!(client.batch_execute("ROLLBACK"));
            let _ = rollback.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transaction")
    }
}
