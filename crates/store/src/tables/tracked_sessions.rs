//! Sign-ins that are tracked: rows of `sessions` with a record.

use poolhouse_ports::{PoolId, Sub, Timestamp};

use super::sessions::{COLUMNS, Record, Session, decode};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

/// Which of a user's tracked sign-ins count. A record ends with the revocation of its sign-in, so none of them is
/// revoked.
#[derive(Clone, Copy, Debug)]
pub struct Active {
    /// Those made at or after this instant, …
    pub since: Timestamp,
    /// … whose last token expires after this one.
    pub expires_after: Timestamp,
}

const ACTIVE: &str =
    "pool_id = $1 AND sub = $2 AND last_active_at >= $3 AND auth_time >= $3 AND expires_at > $4";

statements! {
    LIST = [
        "SELECT ", COLUMNS, " FROM sessions WHERE ", ACTIVE, " ORDER BY last_active_at DESC, event_id DESC LIMIT $5"
    ];
    EVICT = [
        "UPDATE sessions SET revoked_at = $5, session_id = NULL, last_active_at = NULL, device = NULL, \
         address = NULL, origin_session_id = NULL WHERE ", ACTIVE, " AND event_id NOT IN (SELECT event_id FROM sessions WHERE ", ACTIVE,
        " ORDER BY last_active_at DESC, event_id DESC LIMIT $6)"
    ];
    TOUCH = [
        "UPDATE sessions SET last_active_at = $3, device = $4, address = $5 \
         WHERE pool_id = $1 AND event_id = $2 AND last_active_at IS NOT NULL"
    ];
}

/// At most `limit` of a user's active sign-ins, the one that was used last first.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    active: Active,
    limit: u32,
) -> Result<Vec<Session>, StoreError> {
    tx.query(LIST, params![pool_id, sub, active.since, active.expires_after, limit], decode).await
}

/// Revokes a user's active sign-ins but the `keep` that were used last; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn evict(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    active: Active,
    keep: u32,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(EVICT, params![pool_id, sub, active.since, active.expires_after, now, keep]).await
}

/// Writes the record of a sign-in anew, but for its id; false when it has none.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn touch(
    tx: &mut Tx,
    pool_id: &PoolId,
    event_id: &str,
    record: &Record,
) -> Result<bool, StoreError> {
    let Record { last_active_at, device, address, .. } = record;
    let params = params![pool_id, event_id, *last_active_at, device, address.as_ref()];
    Ok(tx.execute(TOUCH, params).await? > 0)
}
