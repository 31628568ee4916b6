//! Databases for tests: each caller gets one of its own, which goes when it is dropped.

mod cluster;
mod forwarder;
mod skip;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::statement::Statement;
use crate::{Kind, Options, Store, StoreError};

pub use cluster::Cluster;
pub use forwarder::Forwarder;
pub use skip::{POSTGRES_VARIABLE, postgres_server, skip};

/// A new database with the whole schema.
#[derive(Debug)]
pub struct TestDatabase {
    /// The open store.
    pub store: Store,
    /// Server and name of a PostgreSQL database, to drop it in the end.
    postgres: Option<(String, String)>,
    url: String,
}

impl TestDatabase {
    /// A database of this kind. `None` for PostgreSQL when no server is named to test against.
    ///
    /// # Panics
    /// When the database cannot be made.
    pub async fn new(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Sqlite => Some(Self::sqlite().await),
            Kind::Postgres => Self::postgres().await,
        }
    }

    /// An SQLite database in memory.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn sqlite() -> Self {
        let url = "sqlite::memory:".to_owned();
        Self { store: open(&url).await, postgres: None, url }
    }

    /// A database on the PostgreSQL server to test against, if one is named.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn postgres() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let server = postgres_server()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("poolhouse_test_{}_{number}", std::process::id());
        command(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        command(&server, &format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")).await;
        let (base, options) = server.split_once('?').map_or((server.as_str(), ""), |(b, o)| (b, o));
        let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
        let url = format!("{base}/{name}?{options}");
        Some(Self { store: open(&url).await, postgres: Some((server, name)), url })
    }

    /// The URL by which the same PostgreSQL database is opened once more. An SQLite database in
    /// memory cannot be: its URL makes a new one.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Store {
    /// Runs SQL of a test's own, to break what a server stands on or to look behind it.
    ///
    /// # Errors
    /// What the database says to it.
    pub async fn run(&self, sql: &str) -> Result<(), StoreError> {
        let mut tx = self.migration().await?;
        tx.script(sql).await?;
        tx.commit().await
    }

    /// The columns that hold bytes, as `table.column`, in an SQLite database.
    ///
    /// # Errors
    /// What the database says to it.
    pub async fn columns_of_bytes(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c \
                   WHERE m.type = 'table' AND c.type = 'BLOB'";
        let statement = Statement::new("testing::columns_of_bytes", sql.to_owned());
        let columns = self.read().await?.query(&statement, &[], |row| row.get::<String>(0)).await?;
        Ok(columns.into_iter().collect())
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.postgres.take() else { return };
        // A thread of its own: the test's runtime may be about to end.
        let drop_it = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(command(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        };
        let _ = std::thread::spawn(drop_it).join();
    }
}

#[expect(clippy::panic, reason = "tests need no better report")]
async fn open(url: &str) -> Store {
    let options = Options { connections: 8, ..Options::new(url) };
    Store::open(options).await.unwrap_or_else(|error| panic!("{error}"))
}

#[expect(clippy::panic, reason = "tests need no better report")]
async fn command(server: &str, sql: &str) {
    let connected = tokio_postgres::connect(server, tokio_postgres::NoTls).await;
    let (client, connection) = connected.unwrap_or_else(|error| panic!("{server}: {error}"));
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    drop(client);
    let _ = connection.await;
}
