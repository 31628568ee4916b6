//! User pools.

use poolhouse_ports::{PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

row! {
    /// One pool.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Pool {
        /// Its identifier, such as `us-east-1_AbCdEfGhI`.
        pub id: PoolId,
        /// Its name; several pools may have the same.
        pub name: String,
        /// The region it was made in.
        pub region: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
        /// Its settings: JSON.
        pub config: String,
        /// The key that seals everything else of the pool, sealed by the master key.
        pub data_key: Vec<u8>,
    }
}

/// What a pool is sealed under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its identifier.
    pub id: PoolId,
    /// The key that seals everything else of the pool, sealed by the master key.
    pub data_key: Vec<u8>,
}

pub(crate) const TABLE: Table = Table { name: "pools", columns: Pool::COLUMNS, key: "id" };

/// Of a pool that is not deleted.
const STANDS: &str = " AND NOT EXISTS (SELECT 1 FROM deleted_pools WHERE pool_id = id)";

statements! {
    GET = ["SELECT ", Pool::COLUMNS, " FROM pools WHERE id = $1", STANDS];
    LIST_AFTER = [
        "SELECT ", Pool::COLUMNS, " FROM pools WHERE (created_at, id) > ($1, $2)", STANDS,
        " ORDER BY created_at, id LIMIT $3"
    ];
    INSERT = [
        "INSERT INTO pools (", Pool::COLUMNS, ") VALUES (", Pool::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    SEALED_AFTER = ["SELECT id, data_key FROM pools WHERE id > $1 ORDER BY id LIMIT $2"];
    UPDATE = ["UPDATE pools SET name = $2, modified_at = $3, config = $4 WHERE id = $1", STANDS];
    REWRAP = ["UPDATE pools SET data_key = $3 WHERE id = $1 AND data_key = $2"];
    DELETE = ["DELETE FROM pools WHERE id = $1"];
}

/// The place of a pool in the order of creation: behind it a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After<'a> {
    /// When the last pool of the page before was made.
    pub created_at: Timestamp,
    /// Its id.
    pub id: &'a PoolId,
}

impl After<'_> {
    /// Before the first pool.
    pub const START: Self = After { created_at: Timestamp(i64::MIN), id: PoolId::START };
}

/// The pool with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, id: &PoolId) -> Result<Option<Pool>, StoreError> {
    tx.query_opt(GET, params![id], Pool::decode).await
}

/// At most `limit` pools in the order of creation.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(tx: &mut Tx, after: After<'_>, limit: u32) -> Result<Vec<Pool>, StoreError> {
    tx.query(LIST_AFTER, params![after.created_at, after.id, limit], Pool::decode).await
}

/// Inserts a pool.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn insert(tx: &mut Tx, pool: &Pool) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &pool.values()).await?))
}

/// Overwrites what can be changed of the pool: all but id, region and time of creation.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, pool: &Pool) -> Result<bool, StoreError> {
    let params = params![&pool.id, &pool.name, pool.modified_at, &pool.config];
    Ok(tx.execute(UPDATE, params).await? > 0)
}

/// At most `limit` pools behind one, in the order of their ids; also deleted ones whose rows are not yet removed, for a backup has
/// them, and is opened by one master key.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn sealed_after(tx: &mut Tx, after: &PoolId, limit: u32) -> Result<Vec<Sealed>, StoreError> {
    let sealed = |row: &Row<'_>| Ok(Sealed { id: row.get(0)?, data_key: row.get(1)? });
    tx.query(SEALED_AFTER, params![after, limit], sealed).await
}

/// Puts the same key in another envelope; false where it is in another one than was read.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn rewrap(tx: &mut Tx, read: &Sealed, data_key: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.execute(REWRAP, params![&read.id, &read.data_key, data_key]).await? > 0)
}

/// Removes the pool with everything that points to it. It takes time for each row: it is to be
/// [emptied](super::deleted_pools::empty) before.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, id: &PoolId) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![id]).await? > 0)
}
