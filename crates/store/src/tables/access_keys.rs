//! The access keys of the account's users.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One access key.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccessKey {
        /// Its public half.
        pub access_key_id: String,
        /// Whose it is.
        pub user_id: String,
        /// Its secret half, sealed.
        pub secret: Vec<u8>,
        /// Whether it may sign.
        pub active: bool,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "access_keys", columns: AccessKey::COLUMNS, key: "access_key_id" };

statements! {
    GET = ["SELECT ", AccessKey::COLUMNS, " FROM access_keys WHERE access_key_id = $1"];
    LIST_OF_USER = [
        "SELECT ", AccessKey::COLUMNS, " FROM access_keys WHERE user_id = $1 AND access_key_id > $2 \
         ORDER BY access_key_id LIMIT $3"
    ];
    INSERT = [
        "INSERT INTO access_keys (", AccessKey::COLUMNS, ") VALUES (", AccessKey::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = ["UPDATE access_keys SET active = $2 WHERE access_key_id = $1"];
    DELETE = ["DELETE FROM access_keys WHERE access_key_id = $1"];
}

/// The access key with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, access_key_id: &str) -> Result<Option<AccessKey>, StoreError> {
    tx.query_opt(GET, params![access_key_id], AccessKey::decode).await
}

/// At most `limit` access keys of a user by id, behind the id `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    user_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<AccessKey>, StoreError> {
    tx.query(LIST_OF_USER, params![user_id, after, limit], AccessKey::decode).await
}

/// Inserts an access key.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn insert(tx: &mut Tx, key: &AccessKey) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &key.values()).await?))
}

/// Says whether an access key may sign.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, access_key_id: &str, active: bool) -> Result<bool, StoreError> {
    Ok(tx.execute(UPDATE, params![access_key_id, active]).await? > 0)
}

/// Deletes an access key.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, access_key_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![access_key_id]).await? > 0)
}
