//! The resource servers of a pool and their scopes.

use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

/// One resource server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceServer {
    /// The pool it belongs to.
    pub pool_id: String,
    /// Its identifier, unique in the pool.
    pub identifier: String,
    /// Its name.
    pub name: String,
    /// Its scopes: JSON.
    pub scopes: String,
}

const COLUMNS: &str = "pool_id, identifier, name, scopes";

pub(crate) const TABLE: Table =
    Table { name: "resource_servers", columns: COLUMNS, key: "pool_id, identifier" };

statements! {
    GET = ["SELECT ", COLUMNS, " FROM resource_servers WHERE pool_id = $1 AND identifier = $2"];
    LIST_AFTER = [
        "SELECT ", COLUMNS, " FROM resource_servers WHERE pool_id = $1 AND identifier > $2 \
         ORDER BY identifier LIMIT $3"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM resource_servers WHERE pool_id = $1 LIMIT $2) AS bounded"];
    INSERT = ["INSERT INTO resource_servers (", COLUMNS, ") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"];
    UPDATE = ["UPDATE resource_servers SET name = $3, scopes = $4 WHERE pool_id = $1 AND identifier = $2"];
    DELETE = ["DELETE FROM resource_servers WHERE pool_id = $1 AND identifier = $2"];
}

fn decode(row: &Row<'_>) -> Result<ResourceServer, StoreError> {
    Ok(ResourceServer {
        pool_id: row.get(0)?,
        identifier: row.get(1)?,
        name: row.get(2)?,
        scopes: row.get(3)?,
    })
}

/// The resource server with this identifier.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &str, identifier: &str) -> Result<Option<ResourceServer>, StoreError> {
    tx.query_opt(GET, params![pool_id, identifier], decode).await
}

/// At most `limit` resource servers of the pool by identifier, behind `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<ResourceServer>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, after, limit], decode).await
}

/// How many resource servers the pool has, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &str, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![pool_id, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a resource server.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, server: &ResourceServer) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(write(tx, INSERT, server).await?))
}

/// Overwrites name and scopes.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, server: &ResourceServer) -> Result<bool, StoreError> {
    Ok(write(tx, UPDATE, server).await? > 0)
}

async fn write(
    tx: &mut Tx,
    statement: &crate::statement::Statement,
    server: &ResourceServer,
) -> Result<u64, StoreError> {
    let params = params![&server.pool_id, &server.identifier, &server.name, &server.scopes];
    tx.execute(statement, params).await
}

/// Deletes a resource server.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &str, identifier: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, identifier]).await? > 0)
}
