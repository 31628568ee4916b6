//! Pools that are deleted for everybody, whose rows are still being removed.

use poolhouse_ports::{PoolId, Timestamp};

use super::{Table, past};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "pool_id, deleted_at";

pub(crate) const TABLE: Table = Table { name: "deleted_pools", columns: COLUMNS, key: "pool_id" };

statements! {
    FIRST = ["SELECT pool_id FROM deleted_pools WHERE pool_id > $1 ORDER BY pool_id LIMIT 1"];
    WAITING = ["SELECT COUNT(*) FROM (SELECT 1 FROM deleted_pools WHERE pool_id > '' LIMIT $1) AS bounded"];
    INSERT = ["INSERT INTO deleted_pools (", COLUMNS, ") VALUES ($1, $2) ON CONFLICT DO NOTHING"];
    DELETE_CLIENTS = ["DELETE FROM clients WHERE pool_id = $1"];
    DELETE_SIGNING_KEYS = ["DELETE FROM signing_keys WHERE pool_id = $1"];
    DELETE_OUTBOX = ["DELETE FROM outbox WHERE pool_id = $1"];
    DELETE_IMPORT_JOB = [
        "DELETE FROM import_jobs WHERE pool_id = $1 AND job_id IN \
         (SELECT job_id FROM import_jobs WHERE pool_id = $1 ORDER BY job_id LIMIT 1)"
    ];
    DELETE_SPENT = [
        "DELETE FROM spent WHERE pool_id = $1 AND mark IN \
         (SELECT mark FROM spent WHERE pool_id = $1 ORDER BY mark LIMIT $2)"
    ];
    DELETE_ATTEMPTS = [
        "DELETE FROM attempts WHERE (pool_id, subject, action) IN (SELECT pool_id, subject, action FROM attempts \
         WHERE pool_id = $1 ORDER BY pool_id, subject, action LIMIT $2)"
    ];
    DELETE_USERS = [
        "DELETE FROM users WHERE pool_id = $1 AND sub IN \
         (SELECT sub FROM users WHERE pool_id = $1 ORDER BY sub LIMIT $2)"
    ];
    DELETE_GROUPS = [
        "DELETE FROM user_groups WHERE pool_id = $1 AND name IN \
         (SELECT name FROM user_groups WHERE pool_id = $1 ORDER BY name LIMIT $2)"
    ];
}

/// One of them.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn first(tx: &mut Tx) -> Result<Option<PoolId>, StoreError> {
    tx.query_opt(FIRST, params![PoolId::START], |row| row.get(0)).await
}

/// How many there are, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn waiting(tx: &mut Tx, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(WAITING, params![bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Deletes a pool for everybody, at once: it is not found any more, and with it go its clients, its signing keys and messages to
/// its users, which are looked up by other names than the pool's.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, pool_id: &PoolId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(INSERT, params![pool_id, now]).await?;
    for statement in [DELETE_CLIENTS, DELETE_SIGNING_KEYS, DELETE_OUTBOX] {
        tx.execute(statement, params![pool_id]).await?;
    }
    Ok(())
}

/// Removes at most `limit` of the pool's users with all that is theirs, or when there is none left, of its groups, then an import with
/// its file, and then of what its journal keeps, what was used up and what was tried; tells how many that were. The journal is not
/// asked: nobody recovers a deleted pool.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn empty(tx: &mut Tx, pool_id: &PoolId, limit: u32) -> Result<u64, StoreError> {
    for statement in [DELETE_USERS, DELETE_GROUPS] {
        match tx.execute(statement, params![pool_id, limit]).await? {
            0 => {}
            count => return Ok(count),
        }
    }
    // A file has many megabytes.
    match tx.execute(DELETE_IMPORT_JOB, params![pool_id]).await? {
        0 => {}
        count => return Ok(count),
    }
    let mut removed = 0;
    for statement in [DELETE_SPENT, DELETE_ATTEMPTS] {
        removed += tx.execute(statement, params![pool_id, limit]).await?;
    }
    Ok(removed
        + past::users::delete_some(tx, pool_id, limit).await?
        + past::groups::delete_some(tx, pool_id, limit).await?
        + past::members::delete_some(tx, pool_id, limit).await?
        + past::passkeys::delete_some(tx, pool_id, limit).await?
        + past::linked_identities::delete_some(tx, pool_id, limit).await?)
}
