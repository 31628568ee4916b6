//! Messages that are on their way to users.

use poolhouse_ports::{PoolId, Sub, Timestamp};

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

row! {
    /// One message.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OutboxMessage {
        /// Its id, the same at every attempt.
        pub id: String,
        /// The pool of the user.
        pub pool_id: PoolId,
        /// The user.
        pub sub: Sub,
        /// `EMAIL` or `SMS`.
        pub medium: String,
        /// Address, code and text, sealed.
        pub content: Vec<u8>,
        /// When it was written.
        pub created_at: Timestamp,
        /// When it may be taken: for the first time, again after a failure, or when whoever took it has not
        /// reported back.
        pub due_at: Timestamp,
        /// When it is of no use any more.
        pub expires_at: Timestamp,
        /// How often it was taken.
        pub attempts: u32,
    }
}

/// How much is waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// How many messages, counted up to a limit.
    pub messages: u32,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
}

pub(crate) const TABLE: Table = Table { name: "outbox", columns: OutboxMessage::COLUMNS, key: "id" };

statements! {
    INSERT = ["INSERT INTO outbox (", OutboxMessage::COLUMNS, ") VALUES (", OutboxMessage::PLACEHOLDERS, ")"];
    FIRST_DUE = ["SELECT id FROM outbox WHERE medium = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT 1"];
    TAKE = [
        "UPDATE outbox SET due_at = $3, attempts = attempts + 1 WHERE id IN \
         (SELECT id FROM outbox WHERE medium = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $4) RETURNING ",
        OutboxMessage::COLUMNS
    ];
    POSTPONE = ["UPDATE outbox SET due_at = $2 WHERE id = $1"];
    DELETE = ["DELETE FROM outbox WHERE id = $1"];
    // The condition is always true, and tells SQLite to walk the index.
    DEPTH = [
        "SELECT COUNT(*), MIN(created_at) FROM \
         (SELECT created_at FROM outbox WHERE created_at > 0 ORDER BY created_at LIMIT $1) AS waiting"
    ];
}

/// Adds a message.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn insert(tx: &mut Tx, message: &OutboxMessage) -> Result<(), StoreError> {
    tx.execute(INSERT, &message.values()).await.map(drop)
}

/// Whether a message of this medium is due at `now`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn is_due(tx: &mut Tx, medium: &str, now: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.query_opt(FIRST_DUE, params![medium, now], |row| row.get::<String>(0)).await?.is_some())
}

/// Takes at most `limit` messages of this medium that are due at `now`, and puts them off until `lease_ends`: nobody else
/// takes them before. Each comes with this attempt counted.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn take(
    tx: &mut Tx,
    medium: &str,
    now: Timestamp,
    lease_ends: Timestamp,
    limit: u32,
) -> Result<Vec<OutboxMessage>, StoreError> {
    tx.query(TAKE, params![medium, now, lease_ends, limit], OutboxMessage::decode).await
}

/// Makes a message due at `due_at`; false when it is gone.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn postpone(tx: &mut Tx, id: &str, due_at: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.execute(POSTPONE, params![id, due_at]).await? > 0)
}

/// Deletes a message; false when it is gone.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![id]).await? > 0)
}

/// How much is waiting, of all pools, due or not; messages are counted up to `limit`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn depth(tx: &mut Tx, limit: u32) -> Result<Depth, StoreError> {
    let decode = |row: &Row<'_>| Ok(Depth { messages: row.get(0)?, oldest: row.get(1)? });
    let depth = tx.query_opt(DEPTH, params![limit], decode).await?;
    Ok(depth.unwrap_or(Depth { messages: 0, oldest: None }))
}
