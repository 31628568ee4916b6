//! The store and its transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::driver::{postgres, sqlite};
use crate::error::{OpenError, StoreError};
use crate::latency::{Durations, Latency};
use crate::migrate;
use crate::options::Options;
use crate::statement::Statement;
use crate::tables::journals::Keeping;
use crate::value::{Row, Value};
use poolhouse_ports::{PoolId, SPANS, Timestamp};
use tracing::Span;

/// An open database, and what was written to it. Clones share both.
#[derive(Clone, Debug)]
pub struct Store(Driver, Arc<Written>);

/// What committed transactions have written.
#[derive(Debug, Default)]
struct Written {
    transactions: AtomicU64,
    rows: AtomicU64,
    waits: Latency,
    lives: Latency,
}

#[derive(Clone, Debug)]
enum Driver {
    Sqlite(Arc<sqlite::Sqlite>),
    Postgres(Arc<postgres::Postgres>),
}

/// Which database a store uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQLite, in a file or in memory.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// How many connections a store has to its database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// All of them.
    pub open: usize,
    /// Those in which a transaction is under way.
    pub in_use: usize,
    /// How many wait for one.
    pub waiting: usize,
}

impl Store {
    /// Opens the database, and brings its schema up to date if the options say so.
    ///
    /// # Errors
    /// Each [`OpenError`] names the cause and what to do about it.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let store = Self::connect(&options).await?;
        migrate::on_open(&store, &options).await?;
        Ok(store)
    }

    /// Opens the database, whatever its schema is.
    pub(crate) async fn connect(options: &Options) -> Result<Self, OpenError> {
        let store = if let Some(path) = options.url.strip_prefix("sqlite:") {
            if options.standby.is_some() {
                return Err(OpenError::StandbyOfFile);
            }
            Driver::Sqlite(Arc::new(sqlite::Sqlite::open(path, options)?))
        } else if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://") {
            Driver::Postgres(Arc::new(postgres::Postgres::open(options).await?))
        } else {
            let scheme = options.url.split(':').next().unwrap_or_default();
            return Err(OpenError::Url(format!("unknown scheme {scheme:?}")));
        };
        Ok(Self(store, Arc::default()))
    }

    /// Which database this is.
    pub fn kind(&self) -> Kind {
        match self.0 {
            Driver::Sqlite(_) => Kind::Sqlite,
            Driver::Postgres(_) => Kind::Postgres,
        }
    }

    /// Begins a transaction that reads: all its statements see the same state. Hold one at a time.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection becomes free, [`StoreError::Unavailable`] when there is none.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        self.read_as(postgres::Mode::Read).await
    }

    /// As [`read`](Self::read), of what does no harm when it is old: settings and keys, nothing that may have been revoked. A
    /// read node has it as long as its standby answers.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_lasting(&self) -> Result<Tx, StoreError> {
        self.read_as(postgres::Mode::ReadLasting).await
    }

    /// As [`read`](Self::read), of what counts now, wherever it was changed: a read node asks the primary, and has nothing without it.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_now(&self) -> Result<Tx, StoreError> {
        self.read_as(postgres::Mode::ReadNow).await
    }

    async fn read_as(&self, mode: postgres::Mode) -> Result<Tx, StoreError> {
        let inner = async {
            Ok(match &self.0 {
                Driver::Sqlite(driver) => Inner::SqliteRead(driver.read().await?),
                Driver::Postgres(driver) => Inner::Postgres(driver.begin(mode).await?),
            })
        };
        let span = tracing::trace_span!(target: SPANS, "database", writes = false);
        Ok(self.transaction(self.waited_for(inner).await?, false, span))
    }

    /// Begins a transaction that reads and writes. Transactions behave as if run one after the other.
    ///
    /// With SQLite it keeps all other writers waiting, so it must be short: no expensive cryptography and
    /// no network between here and [`Tx::commit`], and never a second one beside it.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when its turn does not come, [`StoreError::Unavailable`] without a connection.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        let inner = async {
            Ok(match &self.0 {
                Driver::Sqlite(driver) => Inner::SqliteWrite(driver.write().await?),
                Driver::Postgres(driver) => Inner::Postgres(driver.begin(postgres::Mode::Write).await?),
            })
        };
        let span = tracing::trace_span!(target: SPANS, "database", writes = true);
        Ok(self.transaction(self.waited_for(inner).await?, true, span))
    }

    /// The standby that is read from.
    pub(crate) fn standby(&self) -> Option<&postgres::Standby> {
        match &self.0 {
            Driver::Sqlite(_) => None,
            Driver::Postgres(driver) => driver.standby(),
        }
    }

    /// Begins a transaction of who follows, at the primary.
    pub(crate) async fn say_to_primary(&self) -> Result<Tx, StoreError> {
        let standby = self.standby().ok_or(StoreError::ReadOnly)?;
        Ok(self.transaction(Inner::Postgres(standby.say().await?), true, Span::none()))
    }

    /// Begins a transaction of who follows, at the standby.
    pub(crate) async fn hear(&self) -> Result<Tx, StoreError> {
        let standby = self.standby().ok_or(StoreError::ReadOnly)?;
        Ok(self.transaction(Inner::Postgres(standby.hear().await?), false, Span::none()))
    }

    /// Notes how long the beginning of a transaction took, also of one that did not begin: those wait the longest.
    async fn waited_for<T>(
        &self,
        begun: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let asked = Instant::now();
        let begun = begun.await;
        self.1.waits.note(asked.elapsed());
        begun
    }

    /// Begins a transaction that writes whole pools, and may take long.
    pub(crate) async fn fill(&self) -> Result<Tx, StoreError> {
        match &self.0 {
            Driver::Sqlite(_) => self.write().await,
            Driver::Postgres(driver) => {
                let inner = Inner::Postgres(driver.begin(postgres::Mode::Fill).await?);
                Ok(self.transaction(inner, true, Span::none()))
            }
        }
    }

    /// Begins a transaction that changes the schema, one at a time over all nodes.
    pub(crate) async fn migration(&self) -> Result<Tx, StoreError> {
        match &self.0 {
            Driver::Sqlite(_) => self.write().await,
            Driver::Postgres(driver) => {
                let inner = Inner::Postgres(driver.begin(postgres::Mode::Migration).await?);
                Ok(self.transaction(inner, true, Span::none()))
            }
        }
    }

    fn transaction(&self, inner: Inner, writes: bool, span: Span) -> Tx {
        Tx {
            inner,
            failed: None,
            writes,
            rows: 0,
            at: None,
            recovers: false,
            keeping: None,
            life: Life { begun: Instant::now(), store: self.clone(), _span: span },
        }
    }

    /// How many rows this store's committed transactions have written or deleted.
    pub fn rows(&self) -> u64 {
        self.1.rows.load(Ordering::Relaxed)
    }

    /// How many of this store's transactions that may write were committed.
    pub fn transactions(&self) -> u64 {
        self.1.transactions.load(Ordering::Relaxed)
    }

    /// How long transactions waited until they could begin: for their turn with SQLite, for a connection with PostgreSQL.
    pub fn waits(&self) -> Durations {
        self.1.waits.durations()
    }

    /// How long transactions lasted from there to their end.
    pub fn lives(&self) -> Durations {
        self.1.lives.durations()
    }

    /// The connections to PostgreSQL; `None` with SQLite, which is a file.
    pub fn connections(&self) -> Option<Connections> {
        match &self.0 {
            Driver::Sqlite(_) => None,
            Driver::Postgres(driver) => Some(driver.connections()),
        }
    }

    /// The connections to the standby, where it is read from one.
    pub fn standby_connections(&self) -> Option<Connections> {
        self.standby().map(postgres::Standby::connections)
    }

    /// How many times SQLite's writer has committed, for many transactions at once perhaps; 0 with PostgreSQL.
    pub fn commits(&self) -> u64 {
        match &self.0 {
            Driver::Sqlite(driver) => driver.commits(),
            Driver::Postgres(_) => 0,
        }
    }
}

/// A transaction. Dropping it without [`Tx::commit`] undoes it, also when its task is cancelled.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    /// The first error of a statement: after it, the transaction cannot be committed.
    failed: Option<StoreError>,
    /// Whether it may write.
    writes: bool,
    /// How many rows it has written or deleted.
    rows: u64,
    /// The time of what it changes, by which the journal tells it.
    at: Option<Timestamp>,
    /// Whether it is a recovery's, which is not held up by itself.
    recovers: bool,
    /// What was found about the journal of the pool that it changes.
    keeping: Option<(PoolId, Keeping)>,
    /// Declared last, so that it ends after the transaction has ended.
    life: Life,
}

/// Keeps the database open, and notes how long.
#[derive(Debug)]
struct Life {
    begun: Instant,
    store: Store,
    /// Ends with it.
    _span: Span,
}

impl Drop for Life {
    fn drop(&mut self) {
        self.store.1.lives.note(self.begun.elapsed());
    }
}

#[derive(Debug)]
enum Inner {
    SqliteRead(sqlite::ReadTx),
    SqliteWrite(sqlite::WriteTx),
    Postgres(postgres::Transaction),
}

impl Tx {
    /// Says at what time it changes what it changes: without it, no user of a pool with a journal can be changed.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        Self { at: Some(now), ..self }
    }

    /// Makes it that of a recovery, which changes a pool that it holds still.
    #[must_use]
    pub fn of_recovery(self) -> Self {
        Self { recovers: true, ..self }
    }

    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.at
    }

    pub(crate) fn recovers(&self) -> bool {
        self.recovers
    }

    /// What is kept of changes of this pool, as far as this transaction has found out.
    pub(crate) fn keeping(&self, pool_id: &PoolId) -> Option<Keeping> {
        self.keeping.as_ref().filter(|(of, _)| of == pool_id).map(|(_, keeping)| *keeping)
    }

    pub(crate) fn set_keeping(&mut self, pool_id: &PoolId, keeping: Keeping) {
        self.keeping = Some((pool_id.clone(), keeping));
    }

    /// Keeps what was written; returns when it is on disk. A transaction that only read may be
    /// dropped instead.
    ///
    /// When the returned future is dropped before it is ready, the transaction may be kept or not.
    ///
    /// # Errors
    /// The first error of a statement if there was one, otherwise what the commit itself met:
    /// [`StoreError::Retry`] when another transaction came in between. Nothing is kept then, except
    /// that after [`StoreError::Unavailable`] it is not known.
    pub async fn commit(self) -> Result<(), StoreError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match self.inner {
            Inner::SqliteRead(_) => return Ok(()),
            Inner::SqliteWrite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        if self.writes {
            self.life.store.1.transactions.fetch_add(1, Ordering::Relaxed);
        }
        self.life.store.1.rows.fetch_add(self.rows, Ordering::Relaxed);
        Ok(())
    }

    /// Runs a statement and reads each row of its result with `decode`.
    pub(crate) async fn query<T>(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
        decode: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.check(params)?;
        let result = match &mut self.inner {
            Inner::SqliteRead(tx) => tx.query(statement, params, decode),
            Inner::SqliteWrite(tx) => tx.query(statement, params, decode),
            Inner::Postgres(tx) => tx.query(statement, params, decode).await,
        };
        self.keep(result)
    }

    /// Runs a statement whose result has at most one row of interest: the first.
    pub(crate) async fn query_opt<T>(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
        decode: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.query(statement, params, decode).await?.into_iter().next())
    }

    /// Runs a statement without a result and tells how many rows it changed.
    pub(crate) async fn execute(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        self.check(params)?;
        let result = match &mut self.inner {
            Inner::SqliteRead(tx) => tx.execute(statement, params),
            Inner::SqliteWrite(tx) => tx.execute(statement, params),
            Inner::Postgres(tx) => tx.execute(statement, params).await,
        };
        self.rows += *result.as_ref().unwrap_or(&0);
        self.keep(result)
    }

    /// Runs a script of several statements without parameters.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        let result = match &mut self.inner {
            Inner::SqliteRead(_) => Err(StoreError::ReadOnly),
            Inner::SqliteWrite(tx) => tx.script(sql),
            Inner::Postgres(tx) => tx.script(sql).await,
        };
        self.keep(result)
    }

    /// Checks that the database understands a statement, without running it.
    #[cfg(test)]
    pub(crate) async fn prepare(&mut self, statement: &Statement) -> Result<(), StoreError> {
        match &mut self.inner {
            Inner::SqliteRead(tx) => tx.prepare(statement),
            Inner::SqliteWrite(tx) => tx.prepare(statement),
            Inner::Postgres(tx) => tx.prepare(statement).await,
        }
    }

    fn check(&self, params: &[Value<'_>]) -> Result<(), StoreError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let nul = |param: &Value<'_>| matches!(param, Value::Text(text) if text.contains('\0'));
        if params.iter().any(nul) { Err(StoreError::NulCharacter) } else { Ok(()) }
    }

    fn keep<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }
}
