//! Marks of what can be used only once: sessions of challenges, secret blocks, rotated tokens.

use poolhouse_ports::{PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "pool_id, mark, expires_at";

pub(crate) const TABLE: Table = Table { name: "spent", columns: COLUMNS, key: "pool_id, mark" };

statements! {
    GET = ["SELECT expires_at FROM spent WHERE pool_id = $1 AND mark = $2"];
    INSERT = ["INSERT INTO spent (", COLUMNS, ") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"];
    PURGE = [
        "DELETE FROM spent WHERE (pool_id, mark) IN \
         (SELECT pool_id, mark FROM spent WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"
    ];
}

/// Whether the mark is there.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn contains(tx: &mut Tx, pool_id: &PoolId, mark: &str) -> Result<bool, StoreError> {
    Ok(tx.query_opt(GET, params![pool_id, mark], |row| row.get::<i64>(0)).await?.is_some())
}

/// Sets the mark; [`Insert::Exists`] when what it stands for has been used before. It must be kept
/// until `expires_at`, when what it stands for is no longer accepted anyway.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn insert(
    tx: &mut Tx,
    pool_id: &PoolId,
    mark: &str,
    expires_at: Timestamp,
) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, params![pool_id, mark, expires_at]).await?))
}

/// Deletes at most `limit` marks, of all pools, that expired before `now`; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
    tx.execute(PURGE, params![now, limit]).await
}
