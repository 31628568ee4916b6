//! The databases that tests run on.

use std::sync::atomic::{AtomicU32, Ordering};

use poolhouse_store::testing::postgres_server;
use poolhouse_store::{Options, Store, migrate};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

/// The key of the lock that whoever makes the template holds: "template" in ASCII.
const TEMPLATE_LOCK: i64 = 0x7465_6d70_6c61_7465;

/// A database of a test's own.
#[derive(Clone, Debug)]
pub enum Database {
    /// SQLite in memory.
    Sqlite,
    /// A new database on a PostgreSQL server, by its URL.
    Postgres(String),
}

impl Database {
    /// A new PostgreSQL database that has the schema and no rows; `None` when no server is given:
    /// the test that asks is skipped.
    pub async fn postgres() -> Option<Self> {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let server = postgres_server()?;
        let template = TEMPLATE.get_or_init(|| template(&server)).await;
        Some(Self::made(&server, &format!("TEMPLATE {template}")).await)
    }

    /// A new PostgreSQL database without even a schema, for tests of the first start.
    pub async fn bare_postgres() -> Option<Self> {
        Some(Self::made(&postgres_server()?, "").await)
    }

    async fn made(server: &str, how: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let drop_old = format!("DROP DATABASE IF EXISTS {name}");
        run(server, &[&drop_old, &format!("CREATE DATABASE {name} {how}")]).await;
        Self::Postgres(url_of(server, &name))
    }

    /// Its URL, as the store takes it.
    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite => "sqlite::memory:",
            Self::Postgres(url) => url,
        }
    }

    /// Drops what [`Database::postgres`] made.
    pub async fn drop_database(&self) {
        let Self::Postgres(url) = self else { return };
        let Some(server) = postgres_server() else { return };
        let name = url.rsplit('/').next().unwrap_or_default();
        run(&server, &[&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")]).await;
    }
}

/// The name of a database that has the schema and is copied for each test, which takes half the time of migrating.
/// It stays on the server for the next run, by a name that tells the migrations in it.
async fn template(server: &str) -> String {
    let name = format!("template_{}", migrate::fingerprint());
    let unfinished = format!("{name}_unfinished");
    let client = connect(server).await;
    // Held until the connection ends.
    execute(&client, &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let made = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
    if made.is_none() {
        execute(&client, &format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await;
        execute(&client, &format!("CREATE DATABASE {unfinished}")).await;
        Store::open(Options::new(url_of(server, &unfinished))).await.unwrap();
        // The store's connections are closing; a database in use is not renamed.
        let end = format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{unfinished}'"
        );
        execute(&client, &end).await;
        execute(&client, &format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    name
}

/// The URL of another database on the same server.
fn url_of(server: &str, name: &str) -> String {
    let (server, _) = server.rsplit_once('/').expect("a URL with a database name");
    format!("{server}/{name}")
}

async fn run(server: &str, statements: &[&str]) {
    let client = connect(server).await;
    for statement in statements {
        execute(&client, statement).await;
    }
}

async fn execute(client: &Client, statement: &str) {
    client.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// A connection, which ends when the client is dropped.
async fn connect(server: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await.expect("PostgreSQL for tests");
    tokio::spawn(connection);
    client
}
