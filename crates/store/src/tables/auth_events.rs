//! What happened around the sign-ins of users, in pools with threat protection.

use poolhouse_ports::{PoolId, Sub, Timestamp};

use super::Table;
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthEvent {
    /// The pool of the user.
    pub pool_id: PoolId,
    /// The user.
    pub sub: Sub,
    /// Its identifier.
    pub event_id: String,
    /// When it began.
    pub created_at: Timestamp,
    /// What was asked for: `SignIn`, `SignUp`, `ForgotPassword`, `PasswordChange`, `ResendCode`.
    pub kind: String,
    /// What came of it so far: `Pass`, `Fail`, `InProgress`.
    pub response: String,
    /// Where it came from.
    pub address: Option<String>,
    /// What kind of device it came from.
    pub device: Option<String>,
    /// What was answered, and the risk: JSON.
    pub details: String,
    /// What was said of it afterwards.
    pub feedback: Option<Feedback>,
}

/// What was said of an event afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// `Valid` or `Invalid`.
    pub value: String,
    /// Who said it: `Admin` or `User`.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

// Not a `row!`: the feedback is several columns, which are absent together.
const COLUMNS: &str = "pool_id, sub, event_id, created_at, kind, response, address, device, details, \
                       feedback, feedback_by, feedback_at";

pub(crate) const TABLE: Table =
    Table { name: "auth_events", columns: COLUMNS, key: "pool_id, sub, event_id" };

statements! {
    PUT = [
        "INSERT INTO auth_events (pool_id, sub, event_id, created_at, kind, response, address, device, details) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (pool_id, sub, event_id) DO UPDATE SET \
         response = excluded.response, details = excluded.details"
    ];
    LIST_BEFORE = [
        "SELECT ", COLUMNS, " FROM auth_events WHERE pool_id = $1 AND sub = $2 \
         AND (created_at, event_id) < ($3, $4) ORDER BY created_at DESC, event_id DESC LIMIT $5"
    ];
    SET_FEEDBACK = [
        "UPDATE auth_events SET feedback = $4, feedback_by = $5, feedback_at = $6 \
         WHERE pool_id = $1 AND sub = $2 AND event_id = $3"
    ];
    PURGE = [
        "DELETE FROM auth_events WHERE (pool_id, sub, event_id) IN \
         (SELECT pool_id, sub, event_id FROM auth_events WHERE created_at < $1 ORDER BY created_at LIMIT $2)"
    ];
}

fn decode(row: &Row<'_>) -> Result<AuthEvent, StoreError> {
    let feedback = match (row.get(9)?, row.get(10)?, row.get(11)?) {
        (Some(value), Some(by), Some(at)) => Some(Feedback { value, by, at }),
        _ => None,
    };
    Ok(AuthEvent {
        pool_id: row.get(0)?,
        sub: row.get(1)?,
        event_id: row.get(2)?,
        created_at: row.get(3)?,
        kind: row.get(4)?,
        response: row.get(5)?,
        address: row.get(6)?,
        device: row.get(7)?,
        details: row.get(8)?,
        feedback,
    })
}

/// Keeps an event, or what became of one that is kept already: its response and details. What was said of it stays.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn put(tx: &mut Tx, event: &AuthEvent) -> Result<(), StoreError> {
    let params = params![
        &event.pool_id,
        &event.sub,
        &event.event_id,
        event.created_at,
        &event.kind,
        &event.response,
        event.address.as_deref(),
        event.device.as_deref(),
        &event.details,
    ];
    tx.execute(PUT, params).await.map(drop)
}

/// At most `limit` of a user's events, the newest first: those before the one with this time and id, or the newest
/// of all.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_before(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    before: Option<(Timestamp, &str)>,
    limit: u32,
) -> Result<Vec<AuthEvent>, StoreError> {
    let (created_at, event_id) = before.unwrap_or((Timestamp(i64::MAX), ""));
    tx.query(LIST_BEFORE, params![pool_id, sub, created_at, event_id, limit], decode).await
}

/// Notes what is said of an event, instead of what was said before; false when there is none.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn set_feedback(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    event_id: &str,
    feedback: &Feedback,
) -> Result<bool, StoreError> {
    let Feedback { value, by, at } = feedback;
    Ok(tx.execute(SET_FEEDBACK, params![pool_id, sub, event_id, value, by, *at]).await? > 0)
}

/// Deletes at most `limit` events, of all pools, that began before `end`; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, end: Timestamp, limit: u32) -> Result<u64, StoreError> {
    tx.execute(PURGE, params![end, limit]).await
}
