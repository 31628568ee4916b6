//! Sign-ins whose tokens may still be used: what makes tokens revocable.

use poolhouse_ports::{ClientId, PoolId, Sub, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The pool of the user.
    pub pool_id: PoolId,
    /// The sign-in's identifier: the claim `event_id`.
    pub event_id: String,
    /// The user who signed in.
    pub sub: Sub,
    /// The app client that was used.
    pub client_id: ClientId,
    /// When the user signed in.
    pub auth_time: Timestamp,
    /// When the last of its tokens expires; after it, the row may be purged.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// What became of its refresh token; absent until the first rotation.
    pub rotation: Option<Rotation>,
    /// What tracking knows of it; absent where sessions are not tracked, and once it is revoked.
    pub record: Option<Record>,
}

/// The refresh token that a sign-in has after rotation, and the one that it had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The id of the newest token.
    pub newest: String,
    /// The id of its direct predecessor; the first token of a sign-in has none.
    pub parent: Option<String>,
    /// When the predecessor was replaced for the first time.
    pub at: Timestamp,
}

/// What tracking knows of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// By which users and administrators name it.
    pub session_id: String,
    /// The browser session that it came through, if it did.
    pub origin_session_id: Option<String>,
    /// When its tokens were last issued.
    pub last_active_at: Timestamp,
    /// What they were last issued to.
    pub device: String,
    /// The source address of that request, if it was known.
    pub address: Option<String>,
}

// Not a `row!`: rotation and record are several columns each, which are absent together.
pub(super) const COLUMNS: &str = "pool_id, event_id, sub, client_id, auth_time, expires_at, revoked_at, \
    refresh_id, refresh_parent_id, rotated_at, session_id, last_active_at, device, address, \
    origin_session_id";

pub(crate) const TABLE: Table = Table { name: "sessions", columns: COLUMNS, key: "pool_id, event_id" };

const REVOKE_WHERE: &str = "UPDATE sessions SET revoked_at = $3, session_id = NULL, last_active_at = NULL, \
    device = NULL, address = NULL, origin_session_id = NULL WHERE ";

statements! {
    GET = ["SELECT ", COLUMNS, " FROM sessions WHERE pool_id = $1 AND event_id = $2"];
    INSERT = [
        "INSERT INTO sessions (", COLUMNS, ") \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING"
    ];
    // The first revocation counts.
    REVOKE = [REVOKE_WHERE, "pool_id = $1 AND event_id = $2 AND revoked_at IS NULL"];
    REVOKE_OF_USER = [REVOKE_WHERE, "pool_id = $1 AND sub = $2 AND revoked_at IS NULL"];
    REVOKE_OF_ORIGIN = [
        REVOKE_WHERE, "pool_id = $1 AND sub = $2 AND origin_session_id = $4 AND event_id <> $5 AND revoked_at IS NULL"
    ];
    ROTATE = [
        "UPDATE sessions SET refresh_id = $3, refresh_parent_id = $4, rotated_at = $5 \
         WHERE pool_id = $1 AND event_id = $2 AND revoked_at IS NULL"
    ];
    EXTEND = ["UPDATE sessions SET expires_at = $3 WHERE pool_id = $1 AND event_id = $2 AND expires_at < $3"];
    PURGE = [
        "DELETE FROM sessions WHERE (pool_id, event_id) IN \
         (SELECT pool_id, event_id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"
    ];
}

pub(super) fn decode(row: &Row<'_>) -> Result<Session, StoreError> {
    let newest: Option<String> = row.get(7)?;
    let rotation = newest.map(|newest| Ok(Rotation { newest, parent: row.get(8)?, at: row.get(9)? }));
    let session_id: Option<String> = row.get(10)?;
    let record = session_id.map(|session_id| {
        Ok(Record {
            session_id,
            origin_session_id: row.get(14)?,
            last_active_at: row.get(11)?,
            device: row.get(12)?,
            address: row.get(13)?,
        })
    });
    Ok(Session {
        pool_id: row.get(0)?,
        event_id: row.get(1)?,
        sub: row.get(2)?,
        client_id: row.get(3)?,
        auth_time: row.get(4)?,
        expires_at: row.get(5)?,
        revoked_at: row.get(6)?,
        rotation: rotation.transpose()?,
        record: record.transpose()?,
    })
}

/// The sign-in with this identifier.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, event_id: &str) -> Result<Option<Session>, StoreError> {
    tx.query_opt(GET, params![pool_id, event_id], decode).await
}

/// Inserts a sign-in.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn insert(tx: &mut Tx, session: &Session) -> Result<Insert, StoreError> {
    let params = params![
        &session.pool_id,
        &session.event_id,
        &session.sub,
        &session.client_id,
        session.auth_time,
        session.expires_at,
        session.revoked_at,
        session.rotation.as_ref().map(|r| &r.newest),
        session.rotation.as_ref().and_then(|r| r.parent.as_ref()),
        session.rotation.as_ref().map(|r| r.at),
        session.record.as_ref().map(|r| &r.session_id),
        session.record.as_ref().map(|r| r.last_active_at),
        session.record.as_ref().map(|r| &r.device),
        session.record.as_ref().and_then(|r| r.address.as_ref()),
        session.record.as_ref().and_then(|r| r.origin_session_id.as_ref()),
    ];
    Ok(Insert::from_count(tx.execute(INSERT, params).await?))
}

/// Revokes the sign-in with this identifier; false when there is none that is not revoked.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn revoke(
    tx: &mut Tx,
    pool_id: &PoolId,
    event_id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(REVOKE, params![pool_id, event_id, now]).await? > 0)
}

/// Revokes all sign-ins of the user; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn revoke_of_user(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(REVOKE_OF_USER, params![pool_id, sub, now]).await
}

/// Revokes the sign-ins of the user that came through a browser session, but for that of `kept`; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn revoke_of_origin(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    origin_session_id: &str,
    kept: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(REVOKE_OF_ORIGIN, params![pool_id, sub, now, origin_session_id, kept]).await
}

/// Puts another refresh token in force; false when there is no sign-in that is not revoked.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn rotate(
    tx: &mut Tx,
    pool_id: &PoolId,
    event_id: &str,
    rotation: &Rotation,
) -> Result<bool, StoreError> {
    let Rotation { newest, parent, at } = rotation;
    Ok(tx.execute(ROTATE, params![pool_id, event_id, newest, parent.as_ref(), *at]).await? > 0)
}

/// Keeps the sign-in until `expires_at` if that is later than before.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn extend(
    tx: &mut Tx,
    pool_id: &PoolId,
    event_id: &str,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(EXTEND, params![pool_id, event_id, expires_at]).await? > 0)
}

/// Deletes at most `limit` sign-ins, of all pools, that expired before `now`; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
    tx.execute(PURGE, params![now, limit]).await
}
