//! The resource servers of a pool and their scopes.

use poolhouse_ports::PoolId;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One resource server.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ResourceServer {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its identifier, unique in the pool.
        pub identifier: String,
        /// Its name.
        pub name: String,
        /// Its scopes: JSON.
        pub scopes: String,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "resource_servers", columns: ResourceServer::COLUMNS, key: "pool_id, identifier" };

statements! {
    GET = [
        "SELECT ", ResourceServer::COLUMNS, " FROM resource_servers WHERE pool_id = $1 AND identifier = $2"
    ];
    LIST_AFTER = [
        "SELECT ", ResourceServer::COLUMNS, " FROM resource_servers WHERE pool_id = $1 AND identifier > $2 \
         ORDER BY identifier LIMIT $3"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM resource_servers WHERE pool_id = $1 LIMIT $2) AS bounded"];
    INSERT = [
        "INSERT INTO resource_servers (", ResourceServer::COLUMNS, ") VALUES (",
        ResourceServer::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = ["UPDATE resource_servers SET name = $3, scopes = $4 WHERE pool_id = $1 AND identifier = $2"];
    DELETE = ["DELETE FROM resource_servers WHERE pool_id = $1 AND identifier = $2"];
}

/// The resource server with this identifier.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    identifier: &str,
) -> Result<Option<ResourceServer>, StoreError> {
    tx.query_opt(GET, params![pool_id, identifier], ResourceServer::decode).await
}

/// At most `limit` resource servers of the pool by identifier, behind `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    after: &str,
    limit: u32,
) -> Result<Vec<ResourceServer>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, after, limit], ResourceServer::decode).await
}

/// How many resource servers the pool has, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &PoolId, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![pool_id, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a resource server.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, server: &ResourceServer) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &server.values()).await?))
}

/// Overwrites name and scopes.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, server: &ResourceServer) -> Result<bool, StoreError> {
    Ok(tx.execute(UPDATE, &server.values()).await? > 0)
}

/// Deletes a resource server.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, identifier: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, identifier]).await? > 0)
}
