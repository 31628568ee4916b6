//! What was read at the URLs that are clients.

use poolhouse_ports::{PoolId, Timestamp};

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// A URL that has been a client by a policy, and its document while that is kept.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CimdDocument {
        /// The pool.
        pub pool_id: PoolId,
        /// The policy.
        pub policy_id: String,
        /// The URL, which is the client's id.
        pub url: String,
        /// What was read there: JSON. Absent: forgotten, as the two times are.
        pub document: Option<String>,
        /// When it was read.
        pub cached_at: Option<Timestamp>,
        /// Until when it counts.
        pub expires_at: Option<Timestamp>,
        /// When somebody last wanted it, to the day.
        pub used_at: Timestamp,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "cimd_documents", columns: CimdDocument::COLUMNS, key: "pool_id, policy_id, url" };

statements! {
    GET = [
        "SELECT ", CimdDocument::COLUMNS, " FROM cimd_documents \
         WHERE pool_id = $1 AND policy_id = $2 AND url = $3"
    ];
    LIST_AFTER = [
        "SELECT ", CimdDocument::COLUMNS, " FROM cimd_documents \
         WHERE pool_id = $1 AND policy_id = $2 AND url > $3 ORDER BY url LIMIT $4"
    ];
    PUT = [
        "INSERT INTO cimd_documents (", CimdDocument::COLUMNS, ") VALUES (", CimdDocument::PLACEHOLDERS, ") \
         ON CONFLICT (pool_id, policy_id, url) DO UPDATE SET document = excluded.document, \
         cached_at = excluded.cached_at, expires_at = excluded.expires_at, used_at = excluded.used_at"
    ];
    COUNT = [
        "SELECT COUNT(*) FROM (SELECT 1 FROM cimd_documents WHERE pool_id = $1 AND policy_id = $2 LIMIT $3) AS bounded"
    ];
    TOUCH = [
        "UPDATE cimd_documents SET used_at = $4 \
         WHERE pool_id = $1 AND policy_id = $2 AND url = $3 AND used_at <= $5"
    ];
    FORGET = [
        "UPDATE cimd_documents SET document = NULL, cached_at = NULL, expires_at = NULL \
         WHERE pool_id = $1 AND policy_id = $2 AND url = $3 AND cached_at IS NOT NULL"
    ];
    DELETE_RANGE = [
        "DELETE FROM cimd_documents WHERE pool_id = $1 AND policy_id = $2 AND url >= $3 AND url <= $4"
    ];
    EVICT = [
        "DELETE FROM cimd_documents WHERE pool_id = $1 AND policy_id = $2 AND url NOT IN \
         (SELECT url FROM cimd_documents WHERE pool_id = $1 AND policy_id = $2 \
         ORDER BY used_at DESC, url DESC LIMIT $3)"
    ];
    PURGE = [
        "DELETE FROM cimd_documents WHERE (pool_id, policy_id, url) IN \
         (SELECT pool_id, policy_id, url FROM cimd_documents WHERE used_at < $1 ORDER BY used_at LIMIT $2)"
    ];
}

/// What is known of a URL.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    policy_id: &str,
    url: &str,
) -> Result<Option<CimdDocument>, StoreError> {
    tx.query_opt(GET, params![pool_id, policy_id, url], CimdDocument::decode).await
}

/// At most `limit` URLs of the policy, behind the URL `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    policy_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<CimdDocument>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, policy_id, after, limit], CimdDocument::decode).await
}

/// Writes what was read at a URL, in place of what was known.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the policy does not exist.
pub async fn put(tx: &mut Tx, document: &CimdDocument) -> Result<(), StoreError> {
    tx.execute(PUT, &document.values()).await.map(drop)
}

/// How many URLs of a policy are known, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &PoolId, policy_id: &str, bound: u32) -> Result<u32, StoreError> {
    let count = tx.query_opt(COUNT, params![pool_id, policy_id, bound], |row| row.get(0)).await?;
    Ok(count.unwrap_or(0))
}

/// Writes when a URL was last wanted, unless that was noted after `before`; false when nothing was written.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn touch(
    tx: &mut Tx,
    pool_id: &PoolId,
    policy_id: &str,
    url: &str,
    used_at: Timestamp,
    before: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(TOUCH, params![pool_id, policy_id, url, used_at, before]).await? > 0)
}

/// Forgets what was read at a URL, but not the URL.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn forget(tx: &mut Tx, pool_id: &PoolId, policy_id: &str, url: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(FORGET, params![pool_id, policy_id, url]).await? > 0)
}

/// Deletes the URLs of a policy from one to another, both included; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete_range(
    tx: &mut Tx,
    pool_id: &PoolId,
    policy_id: &str,
    first: &str,
    last: &str,
) -> Result<u64, StoreError> {
    tx.execute(DELETE_RANGE, params![pool_id, policy_id, first, last]).await
}

/// Deletes the URLs of a policy but the `keep` that were wanted last; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn evict(tx: &mut Tx, pool_id: &PoolId, policy_id: &str, keep: u32) -> Result<u64, StoreError> {
    tx.execute(EVICT, params![pool_id, policy_id, keep]).await
}

/// Deletes at most `limit` URLs, of all pools, that nobody wanted since `then`; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, then: Timestamp, limit: u32) -> Result<u64, StoreError> {
    tx.execute(PURGE, params![then, limit]).await
}
