//! Recoveries of pools to an earlier moment.

use poolhouse_ports::{PoolId, Timestamp};

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One recovery.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Recovery {
        /// The pool that is taken back.
        pub pool_id: PoolId,
        /// Its id, unique in the pool.
        pub recovery_id: String,
        /// Cognito's `RestoreStatus`, such as `RESTORING`.
        pub status: String,
        /// The moment to go back to.
        pub restore_at: Timestamp,
        /// When it was begun: what came between the two is undone.
        pub triggered_at: Timestamp,
        /// When it ended.
        pub ended_at: Option<Timestamp>,
        /// What it makes, changes and deletes: JSON.
        pub counts: String,
        /// Whether all of that is counted.
        pub is_counted: bool,
        /// The part of the work that is next; none when there is nothing to do.
        pub phase: Option<String>,
        /// The last key that is done of it: JSON.
        pub position: String,
        /// Names who does it.
        pub lease: Option<String>,
        /// When it may be taken; none unless there is something to do.
        pub due_at: Option<Timestamp>,
        /// Since when no step has succeeded.
        pub failing_since: Option<Timestamp>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "recoveries", columns: Recovery::COLUMNS, key: "pool_id, recovery_id" };

statements! {
    GET = ["SELECT ", Recovery::COLUMNS, " FROM recoveries WHERE pool_id = $1 AND recovery_id = $2"];
    LIST_BEFORE = [
        "SELECT ", Recovery::COLUMNS, " FROM recoveries WHERE pool_id = $1 \
         AND (triggered_at, recovery_id) < ($2, $3) ORDER BY triggered_at DESC, recovery_id DESC LIMIT $4"
    ];
    INSERT = [
        "INSERT INTO recoveries (", Recovery::COLUMNS, ") VALUES (", Recovery::PLACEHOLDERS, ")"
    ];
    UPDATE = [
        "UPDATE recoveries SET status = $3, restore_at = $4, triggered_at = $5, ended_at = $6, counts = $7, \
         is_counted = $8, phase = $9, position = $10, lease = $11, due_at = $12, failing_since = $13 \
         WHERE pool_id = $1 AND recovery_id = $2"
    ];
    FIRST_DUE = [
        "SELECT ", Recovery::COLUMNS, " FROM recoveries WHERE due_at <= $1 ORDER BY due_at LIMIT 1"
    ];
    WAITING = [
        "SELECT COUNT(*) FROM (SELECT 1 FROM recoveries WHERE due_at IS NOT NULL LIMIT $1) AS bounded"
    ];
    // One that waits to be started is due when it expires.
    OLDEST_ACTIVE = ["SELECT MIN(restore_at) FROM recoveries WHERE due_at > 0"];
}

/// The recovery of this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, recovery_id: &str) -> Result<Option<Recovery>, StoreError> {
    tx.query_opt(GET, params![pool_id, recovery_id], Recovery::decode).await
}

/// How many recoveries run or are to run, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn waiting(tx: &mut Tx, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(WAITING, params![bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// At most `limit` recoveries of the pool, the newest first, older than `before`: time and id of the last of the page before.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_before(
    tx: &mut Tx,
    pool_id: &PoolId,
    before: (Timestamp, &str),
    limit: u32,
) -> Result<Vec<Recovery>, StoreError> {
    tx.query(LIST_BEFORE, params![pool_id, before.0, before.1, limit], Recovery::decode).await
}

/// Inserts a recovery.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, recovery: &Recovery) -> Result<(), StoreError> {
    tx.execute(INSERT, &recovery.values()).await.map(drop)
}

/// Overwrites the whole row of the recovery with this pool and id; false when it is gone.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, recovery: &Recovery) -> Result<bool, StoreError> {
    Ok(tx.execute(UPDATE, &recovery.values()).await? > 0)
}

/// The recovery that has been due longest at `now`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn first_due(tx: &mut Tx, now: Timestamp) -> Result<Option<Recovery>, StoreError> {
    tx.query_opt(FIRST_DUE, params![now], Recovery::decode).await
}

/// The earliest moment that a recovery which has not ended goes back to.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn oldest_active(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    Ok(tx.query_opt(OLDEST_ACTIVE, &[], |row| row.get::<Option<Timestamp>>(0)).await?.flatten())
}
