//! Identity pools.

use poolhouse_ports::{IdentityPoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One identity pool.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Pool {
        /// Its id.
        pub id: IdentityPoolId,
        /// Its name, which others may have as well.
        pub name: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// Its settings: JSON.
        pub config: String,
        /// When it was deleted: what belongs to it is still to go. Nothing but [`next_deleted`] finds such a one.
        pub deleted_at: Option<Timestamp>,
    }
}

pub(crate) const TABLE: Table = Table { name: "identity_pools", columns: Pool::COLUMNS, key: "id" };

statements! {
    GET = ["SELECT ", Pool::COLUMNS, " FROM identity_pools WHERE id = $1 AND deleted_at IS NULL"];
    LIST_AFTER = [
        "SELECT ", Pool::COLUMNS, " FROM identity_pools WHERE (created_at, id) > ($1, $2) \
         AND deleted_at IS NULL ORDER BY created_at, id LIMIT $3"
    ];
    COUNT = [
        "SELECT COUNT(*) FROM (SELECT 1 FROM identity_pools WHERE deleted_at IS NULL LIMIT $1) AS bounded"
    ];
    INSERT = [
        "INSERT INTO identity_pools (", Pool::COLUMNS, ") VALUES (", Pool::PLACEHOLDERS,
        ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = ["UPDATE identity_pools SET name = $2, config = $3 WHERE id = $1 AND deleted_at IS NULL"];
    MARK_DELETED = ["UPDATE identity_pools SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL"];
    NEXT_DELETED = ["SELECT id FROM identity_pools WHERE deleted_at > 0 ORDER BY deleted_at LIMIT 1"];
    COUNT_DELETED = ["SELECT COUNT(*) FROM (SELECT 1 FROM identity_pools WHERE deleted_at > 0 LIMIT $1) AS bounded"];
    DELETE = ["DELETE FROM identity_pools WHERE id = $1"];
}

/// The pool with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, id: &IdentityPoolId) -> Result<Option<Pool>, StoreError> {
    tx.query_opt(GET, params![id], Pool::decode).await
}

/// At most `limit` pools in the order of creation, behind the one that was made at `created_at` and has this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    (created_at, id): (Timestamp, &IdentityPoolId),
    limit: u32,
) -> Result<Vec<Pool>, StoreError> {
    tx.query(LIST_AFTER, params![created_at, id, limit], Pool::decode).await
}

/// How many pools there are, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a pool.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn insert(tx: &mut Tx, pool: &Pool) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &pool.values()).await?))
}

/// Overwrites what can be changed of the pool: name and settings.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, pool: &Pool) -> Result<bool, StoreError> {
    Ok(tx.execute(UPDATE, params![&pool.id, &pool.name, &pool.config]).await? > 0)
}

/// Takes the pool out of sight, with its identities.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn mark_deleted(tx: &mut Tx, id: &IdentityPoolId, now: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.execute(MARK_DELETED, params![id, now]).await? > 0)
}

/// A pool that was taken out of sight.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn next_deleted(tx: &mut Tx) -> Result<Option<IdentityPoolId>, StoreError> {
    tx.query_opt(NEXT_DELETED, &[], |row| row.get(0)).await
}

/// How many were taken out of sight, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count_deleted(tx: &mut Tx, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT_DELETED, params![bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Deletes the pool with its identities. It takes time for each of them.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, id: &IdentityPoolId) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![id]).await? > 0)
}
