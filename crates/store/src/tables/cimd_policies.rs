//! Which URLs are clients of a pool.

use poolhouse_ports::{ClientId, PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One policy of a pool.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CimdPolicy {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its id, unique in the pool.
        pub policy_id: String,
        /// The app client whose settings count; it may be gone.
        pub client_id: ClientId,
        /// Its name; several policies may have the same.
        pub name: String,
        /// How long documents are kept that do not say it themselves, in seconds.
        pub cache_seconds: i64,
        /// Which URLs: JSON.
        pub patterns: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "cimd_policies", columns: CimdPolicy::COLUMNS, key: "pool_id, policy_id" };

statements! {
    GET = ["SELECT ", CimdPolicy::COLUMNS, " FROM cimd_policies WHERE pool_id = $1 AND policy_id = $2"];
    LIST_AFTER = [
        "SELECT ", CimdPolicy::COLUMNS, " FROM cimd_policies \
         WHERE pool_id = $1 AND (created_at, policy_id) > ($2, $3) ORDER BY created_at, policy_id LIMIT $4"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM cimd_policies WHERE pool_id = $1 LIMIT $2) AS bounded"];
    INSERT = [
        "INSERT INTO cimd_policies (", CimdPolicy::COLUMNS, ") VALUES (",
        CimdPolicy::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = [
        "UPDATE cimd_policies SET client_id = $3, name = $4, cache_seconds = $5, patterns = $6, modified_at = $7 \
         WHERE pool_id = $1 AND policy_id = $2"
    ];
    DELETE = ["DELETE FROM cimd_policies WHERE pool_id = $1 AND policy_id = $2"];
}

/// The policy with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, policy_id: &str) -> Result<Option<CimdPolicy>, StoreError> {
    tx.query_opt(GET, params![pool_id, policy_id], CimdPolicy::decode).await
}

/// At most `limit` policies of the pool by time of creation and id, behind `after` (zero and empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    after: (Timestamp, &str),
    limit: u32,
) -> Result<Vec<CimdPolicy>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, after.0, after.1, limit], CimdPolicy::decode).await
}

/// How many policies the pool has, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &PoolId, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![pool_id, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a policy.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, policy: &CimdPolicy) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &policy.values()).await?))
}

/// Overwrites what can be changed of the policy.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, policy: &CimdPolicy) -> Result<bool, StoreError> {
    let params = params![
        &policy.pool_id,
        &policy.policy_id,
        &policy.client_id,
        &policy.name,
        policy.cache_seconds,
        &policy.patterns,
        policy.modified_at,
    ];
    Ok(tx.execute(UPDATE, params).await? > 0)
}

/// Deletes the policy with its documents.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, policy_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, policy_id]).await? > 0)
}
