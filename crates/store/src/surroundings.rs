//! The database program that holds the data: what it is, what it promises, and what time it has.

use poolhouse_ports::Timestamp;

use crate::error::StoreError;
use crate::statement::Statement;
use crate::store::{Kind, Store};

/// What a person who looks after a database wants to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The program's version, such as `17.2` or `3.50.1`.
    pub version: String,
    /// What only a server has; `None` with SQLite, which is a part of this program.
    pub server: Option<Server>,
}

/// A database server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The time by its own clock.
    pub clock: Timestamp,
    /// How many connections it takes from everybody.
    pub max_connections: i64,
    /// Settings that are off, so that what was acknowledged may be lost when its machine fails.
    pub off: Vec<&'static str>,
}

/// Settings of PostgreSQL without which a commit that was acknowledged may be lost.
const PROMISES: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];

/// Asks the database about itself.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn surroundings(store: &Store) -> Result<Surroundings, StoreError> {
    let mut tx = store.read().await?;
    if store.kind() == Kind::Sqlite {
        let statement = Statement::new("surroundings::version", "SELECT sqlite_version()".to_owned());
        let version = tx.query(&statement, &[], |row| row.get::<String>(0)).await?;
        return Ok(Surroundings { version: version.concat(), server: None });
    }
    let setting = |name: &str| format!("current_setting('{name}')");
    let asked = [
        setting("server_version"),
        format!("CAST({} AS bigint)", setting("max_connections")),
        "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)".to_owned(),
    ];
    let columns = asked.into_iter().chain(PROMISES.map(setting)).collect::<Vec<_>>().join(", ");
    let statement = Statement::new("surroundings::server", format!("SELECT {columns}"));
    let rows = tx.query(&statement, &[], |row| {
        let off = PROMISES.into_iter().enumerate().map(|(at, name)| Ok((name, row.get::<String>(3 + at)?)));
        let off: Vec<_> = off.collect::<Result<_, StoreError>>()?;
        let server = Server {
            clock: Timestamp(row.get(2)?),
            max_connections: row.get(1)?,
            off: off.into_iter().filter(|(_, value)| value == "off").map(|(name, _)| name).collect(),
        };
        Ok(Surroundings { version: row.get(0)?, server: Some(server) })
    });
    rows.await?.pop().ok_or_else(|| StoreError::Io("the database says nothing of itself".to_owned()))
}
