//! Passkeys of users.

use poolhouse_ports::{PoolId, Sub, Timestamp};

use super::journals::Keeping;
use super::{Insert, Table, journals, past};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One passkey of one user.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Passkey {
        /// The pool of the user.
        pub pool_id: PoolId,
        /// Its identifier, unique in the pool.
        pub credential_id: String,
        /// The user.
        pub sub: Sub,
        /// The relying party that it was made for.
        pub rp_id: String,
        /// Its public key in COSE's form.
        pub public_key: Vec<u8>,
        /// The counter of its last proof.
        pub sign_count: u32,
        /// How the authenticator is attached, if the browser told.
        pub attachment: Option<String>,
        /// How the authenticator is reached: a JSON list.
        pub transports: String,
        /// When it was registered.
        pub created_at: Timestamp,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "passkeys", columns: Passkey::COLUMNS, key: "pool_id, credential_id" };

statements! {
    GET = ["SELECT ", Passkey::COLUMNS, " FROM passkeys WHERE pool_id = $1 AND credential_id = $2"];
    LIST_AFTER = [
        "SELECT ", Passkey::COLUMNS, " FROM passkeys WHERE pool_id = $1 AND sub = $2 \
         AND (created_at, credential_id) > ($3, $4) ORDER BY created_at, credential_id LIMIT $5"
    ];
    INSERT = [
        "INSERT INTO passkeys (", Passkey::COLUMNS, ") VALUES (",
        Passkey::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    SET_SIGN_COUNT = [
        "UPDATE passkeys SET sign_count = $4 WHERE pool_id = $1 AND credential_id = $2 AND sign_count = $3"
    ];
    DELETE = ["DELETE FROM passkeys WHERE pool_id = $1 AND credential_id = $2 AND sub = $3"];
    DELETE_OF_USER = ["DELETE FROM passkeys WHERE pool_id = $1 AND sub = $2"];
}

/// The place of a passkey in the order of creation: behind it a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After<'a> {
    /// When the last passkey of the page before was registered.
    pub created_at: Timestamp,
    /// Its identifier.
    pub credential_id: &'a str,
}

impl After<'_> {
    /// Before the first passkey.
    pub const START: Self = After { created_at: Timestamp(i64::MIN), credential_id: "" };
}

/// The passkey with this identifier.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, credential_id: &str) -> Result<Option<Passkey>, StoreError> {
    tx.query_opt(GET, params![pool_id, credential_id], Passkey::decode).await
}

/// At most `limit` passkeys of the user by creation, behind `after`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    after: After<'_>,
    limit: u32,
) -> Result<Vec<Passkey>, StoreError> {
    let params = params![pool_id, sub, after.created_at, after.credential_id, limit];
    tx.query(LIST_AFTER, params, Passkey::decode).await
}

/// Inserts a passkey.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn insert(tx: &mut Tx, passkey: &Passkey) -> Result<Insert, StoreError> {
    let keeping = journals::changing(tx, &passkey.pool_id).await?;
    let inserted = Insert::from_count(tx.execute(INSERT, &passkey.values()).await?);
    if let (Keeping::Since(at), Insert::Inserted) = (keeping, inserted) {
        past::passkeys::keep_absent(tx, at, &passkey.pool_id, [&passkey.credential_id]).await?;
    }
    Ok(inserted)
}

/// Moves the counter from `before` to `after`; false when it is not `before` any more, or the passkey is gone.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn set_sign_count(
    tx: &mut Tx,
    pool_id: &PoolId,
    credential_id: &str,
    before: u32,
    after: u32,
) -> Result<bool, StoreError> {
    Ok(tx.execute(SET_SIGN_COUNT, params![pool_id, credential_id, before, after]).await? > 0)
}

/// Deletes a passkey of this user.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(
    tx: &mut Tx,
    pool_id: &PoolId,
    credential_id: &str,
    sub: &Sub,
) -> Result<bool, StoreError> {
    if let Keeping::Since(at) = journals::changing(tx, pool_id).await? {
        past::passkeys::keep(tx, at, pool_id, [credential_id]).await?;
    }
    Ok(tx.execute(DELETE, params![pool_id, credential_id, sub]).await? > 0)
}

/// Deletes all passkeys of the user; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete_of_user(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<u64, StoreError> {
    if let Keeping::Since(at) = journals::changing(tx, pool_id).await? {
        past::passkeys::keep_of_user(tx, at, pool_id, sub).await?;
    }
    tx.execute(DELETE_OF_USER, params![pool_id, sub]).await
}
