//! From when changes of a pool's users are kept, and which recovery holds them still.
//!
//! Whatever inserts, changes or deletes a row that a recovery takes back asks [`changing`] first, and keeps the row as it was
//! in [`super::past`].

use poolhouse_ports::{PoolId, Timestamp};

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// The journal of one pool. A pool without it keeps nothing.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Journal {
        /// The pool.
        pub pool_id: PoolId,
        /// From when nothing is missing.
        pub since: Timestamp,
        /// The recovery that holds the users still.
        pub paused_by: Option<String>,
        /// Until when, unless it ends earlier.
        pub paused_until: Option<Timestamp>,
    }
}

pub(crate) const TABLE: Table = Table { name: "journals", columns: Journal::COLUMNS, key: "pool_id" };

statements! {
    GET = ["SELECT ", Journal::COLUMNS, " FROM journals WHERE pool_id = $1"];
    BEGIN = [
        "INSERT INTO journals (pool_id, since) SELECT id, CAST($1 AS BIGINT) FROM pools \
         WHERE id > '' AND NOT EXISTS (SELECT 1 FROM journals WHERE pool_id = id) ON CONFLICT DO NOTHING"
    ];
    FIRST_WITHOUT = [
        "SELECT id FROM pools WHERE id > '' AND NOT EXISTS (SELECT 1 FROM journals WHERE pool_id = id) LIMIT 1"
    ];
    FIRST_IDLE = [
        "SELECT pool_id FROM journals WHERE pool_id > '' AND (paused_until IS NULL OR paused_until <= $1) LIMIT 1"
    ];
    INSERT = [
        "INSERT INTO journals (", Journal::COLUMNS, ") VALUES (", Journal::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    END = ["DELETE FROM journals WHERE pool_id > '' AND (paused_until IS NULL OR paused_until <= $1)"];
    CUT = ["UPDATE journals SET since = $1 WHERE pool_id > '' AND since < $1"];
    PAUSE = [
        "UPDATE journals SET paused_by = $2, paused_until = $3 \
         WHERE pool_id = $1 AND (paused_until IS NULL OR paused_until <= $4 OR paused_by = $2)"
    ];
    RESUME = [
        "UPDATE journals SET paused_by = NULL, paused_until = NULL WHERE pool_id = $1 AND paused_by = $2"
    ];
}

/// What is to be done about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Nothing: the pool has no journal.
    Nothing,
    /// The row is to be kept as it was before this time.
    Since(Timestamp),
    /// The change is refused.
    Paused,
}

impl Journal {
    /// Whether a recovery holds the users still.
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }
}

/// What is to be done about changes of the pool's users in this transaction.
///
/// # Errors
/// As any statement; [`StoreError::Other`] when the transaction does not know its time.
pub(crate) async fn of(tx: &mut Tx, pool_id: &PoolId) -> Result<Keeping, StoreError> {
    if let Some(known) = tx.keeping(pool_id) {
        return Ok(known);
    }
    let keeping = match get(tx, pool_id).await? {
        None => Keeping::Nothing,
        Some(journal) => {
            let Some(at) = tx.time() else {
                return Err(StoreError::Other("a user was to be changed at no time".to_owned()));
            };
            if journal.is_paused(at) && !tx.recovers() { Keeping::Paused } else { Keeping::Since(at) }
        }
    };
    tx.set_keeping(pool_id, keeping);
    Ok(keeping)
}

/// As [`of`], for a change that is refused while the users are held still.
///
/// # Errors
/// As [`of`]; [`StoreError::Paused`].
pub(crate) async fn changing(tx: &mut Tx, pool_id: &PoolId) -> Result<Keeping, StoreError> {
    match of(tx, pool_id).await? {
        Keeping::Paused => Err(StoreError::Paused),
        keeping => Ok(keeping),
    }
}

/// The journal of a pool, if it has one.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId) -> Result<Option<Journal>, StoreError> {
    tx.query_opt(GET, params![pool_id], Journal::decode).await
}

/// Begins the journal of a pool that is made now.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn insert(tx: &mut Tx, pool_id: &PoolId, since: Timestamp) -> Result<(), StoreError> {
    let journal = Journal { pool_id: pool_id.clone(), since, paused_by: None, paused_until: None };
    tx.execute(INSERT, &journal.values()).await.map(drop)
}

/// A pool that has no journal.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn first_without(tx: &mut Tx) -> Result<Option<PoolId>, StoreError> {
    tx.query_opt(FIRST_WITHOUT, &[], |row| row.get(0)).await
}

/// A pool that has a journal and is not held still.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn first_idle(tx: &mut Tx, now: Timestamp) -> Result<Option<PoolId>, StoreError> {
    tx.query_opt(FIRST_IDLE, params![now], |row| row.get(0)).await
}

/// Begins the journals of all pools that have none; tells how many.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn begin_all(tx: &mut Tx, since: Timestamp) -> Result<u64, StoreError> {
    tx.execute(BEGIN, params![since]).await
}

/// Ends all journals but those of pools that are held still; tells how many.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn end_all(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(END, params![now]).await
}

/// Says that what was before `end` is missing; tells of how many journals that is new.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn cut(tx: &mut Tx, end: Timestamp) -> Result<u64, StoreError> {
    tx.execute(CUT, params![end]).await
}

/// Holds the pool's users still; false when another recovery does, or there is no journal.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn pause(
    tx: &mut Tx,
    pool_id: &PoolId,
    recovery_id: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(PAUSE, params![pool_id, recovery_id, until, now]).await? > 0)
}

/// Lets the pool's users be changed again, if it is this recovery that holds them.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn resume(tx: &mut Tx, pool_id: &PoolId, recovery_id: &str) -> Result<(), StoreError> {
    tx.execute(RESUME, params![pool_id, recovery_id]).await.map(drop)
}
