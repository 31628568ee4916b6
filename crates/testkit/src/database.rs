//! The databases that tests run on.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

/// Holds the URL of a PostgreSQL server for tests.
const VARIABLE: &str = "POOLHOUSE_TEST_POSTGRES";

/// A database of a test's own.
#[derive(Clone, Debug)]
pub enum Database {
    /// SQLite in memory.
    Sqlite,
    /// A new database on a PostgreSQL server, by its URL.
    Postgres(String),
}

impl Database {
    /// A new, empty PostgreSQL database; `None`, said aloud, when no server is given.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn postgres() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var(VARIABLE) else {
            eprintln!("skipped on PostgreSQL: {VARIABLE} is not set");
            return None;
        };
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("PostgreSQL for tests");
        let running = tokio::spawn(connection);
        let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        drop(client);
        running.await.unwrap().unwrap();
        let (server, _) = url.rsplit_once('/').expect("a URL with a database name");
        Some(Self::Postgres(format!("{server}/{name}")))
    }

    /// Its URL, as the store takes it.
    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite => "sqlite::memory:",
            Self::Postgres(url) => url,
        }
    }

    /// Drops what [`Database::postgres`] made.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn drop_database(&self) {
        let (Self::Postgres(url), Ok(server)) = (self, std::env::var(VARIABLE)) else { return };
        let (client, connection) = tokio_postgres::connect(&server, NoTls).await.unwrap();
        let running = tokio::spawn(connection);
        let name = url.rsplit('/').next().unwrap_or_default();
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
        drop(client);
        running.await.unwrap().unwrap();
    }
}
