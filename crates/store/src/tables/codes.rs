//! Codes that were sent to users and wait to be given back.

use poolhouse_ports::{PoolId, Sub, Timestamp};

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One code.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Code {
        /// The pool of the user.
        pub pool_id: PoolId,
        /// The user.
        pub sub: Sub,
        /// What it is for, such as `sign_up` or `forgot_password`; a user has one code for each.
        pub purpose: String,
        /// The attribute whose value it was sent to.
        pub attribute: String,
        /// A new value of the attribute that waits for the code.
        pub value: Option<String>,
        /// A keyed hash of the code.
        pub code: Vec<u8>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it expires.
        pub expires_at: Timestamp,
        /// How many wrong answers there have been.
        pub attempts: i64,
    }
}

pub(crate) const TABLE: Table = Table { name: "codes", columns: Code::COLUMNS, key: "pool_id, sub, purpose" };

statements! {
    GET = ["SELECT ", Code::COLUMNS, " FROM codes WHERE pool_id = $1 AND sub = $2 AND purpose = $3"];
    PUT = [
        "INSERT INTO codes (", Code::COLUMNS, ") VALUES (", Code::PLACEHOLDERS, ") \
         ON CONFLICT (pool_id, sub, purpose) DO UPDATE SET attribute = excluded.attribute, \
         value = excluded.value, code = excluded.code, created_at = excluded.created_at, \
         expires_at = excluded.expires_at, attempts = excluded.attempts"
    ];
    COUNT_ATTEMPT = [
        "UPDATE codes SET attempts = attempts + 1 WHERE pool_id = $1 AND sub = $2 AND purpose = $3"
    ];
    DELETE = ["DELETE FROM codes WHERE pool_id = $1 AND sub = $2 AND purpose = $3"];
    DELETE_OF_USER = ["DELETE FROM codes WHERE pool_id = $1 AND sub = $2"];
    PURGE = [
        "DELETE FROM codes WHERE (pool_id, sub, purpose) IN \
         (SELECT pool_id, sub, purpose FROM codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"
    ];
}

/// The user's code for this purpose, expired or not.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    purpose: &str,
) -> Result<Option<Code>, StoreError> {
    tx.query_opt(GET, params![pool_id, sub, purpose], Code::decode).await
}

/// Makes this the user's code for its purpose; an earlier one is no longer good.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn put(tx: &mut Tx, code: &Code) -> Result<(), StoreError> {
    tx.execute(PUT, &code.values()).await.map(drop)
}

/// Counts a wrong answer.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count_attempt(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    purpose: &str,
) -> Result<bool, StoreError> {
    Ok(tx.execute(COUNT_ATTEMPT, params![pool_id, sub, purpose]).await? > 0)
}

/// Deletes the user's code for this purpose; false when there was none: somebody used it.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, sub: &Sub, purpose: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, sub, purpose]).await? > 0)
}

/// Deletes all codes of a user.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete_of_user(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<u64, StoreError> {
    tx.execute(DELETE_OF_USER, params![pool_id, sub]).await
}

/// Deletes at most `limit` codes, of all pools, that expired before `now`; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
    tx.execute(PURGE, params![now, limit]).await
}
