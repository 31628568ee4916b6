//! Devices that users have confirmed.

use poolhouse_ports::{PoolId, Sub, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One device of one user.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Device {
        /// The pool of the user.
        pub pool_id: PoolId,
        /// The user.
        pub sub: Sub,
        /// Its identifier.
        pub device_key: String,
        /// What the user calls it.
        pub name: Option<String>,
        /// Whether it may stand in for a second factor.
        pub remembered: bool,
        /// When it was confirmed.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
        /// When the user last signed in with it.
        pub authenticated_at: Timestamp,
        /// Salt and SRP verifier of its password, sealed; none for a device that cannot prove itself.
        pub verifier: Option<Vec<u8>>,
        /// The sign-in that waits for the device's proof, sealed.
        pub waiting: Option<Vec<u8>>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "devices", columns: Device::COLUMNS, key: "pool_id, sub, device_key" };

statements! {
    GET = ["SELECT ", Device::COLUMNS, " FROM devices WHERE pool_id = $1 AND sub = $2 AND device_key = $3"];
    LIST_AFTER = [
        "SELECT ", Device::COLUMNS, " FROM devices WHERE pool_id = $1 AND sub = $2 AND device_key > $3 \
         ORDER BY device_key LIMIT $4"
    ];
    LIST_REMEMBERED_AFTER = [
        "SELECT ", Device::COLUMNS, " FROM devices WHERE pool_id = $1 AND sub = $2 AND remembered = 1 \
         AND device_key > $3 ORDER BY device_key LIMIT $4"
    ];
    INSERT = [
        "INSERT INTO devices (", Device::COLUMNS, ") VALUES (",
        Device::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    SET_REMEMBERED = [
        "UPDATE devices SET remembered = $4, modified_at = $5 \
         WHERE pool_id = $1 AND sub = $2 AND device_key = $3"
    ];
    SET_WAITING = [
        "UPDATE devices SET waiting = $4 WHERE pool_id = $1 AND sub = $2 AND device_key = $3"
    ];
    SET_AUTHENTICATED = [
        "UPDATE devices SET authenticated_at = $4, waiting = NULL \
         WHERE pool_id = $1 AND sub = $2 AND device_key = $3"
    ];
    DELETE = ["DELETE FROM devices WHERE pool_id = $1 AND sub = $2 AND device_key = $3"];
    DELETE_OF_USER = ["DELETE FROM devices WHERE pool_id = $1 AND sub = $2"];
}

/// The device of this user with this key.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    device_key: &str,
) -> Result<Option<Device>, StoreError> {
    tx.query_opt(GET, params![pool_id, sub, device_key], Device::decode).await
}

/// At most `limit` devices of the user by key, behind the key `after` (empty: from the first); with
/// `remembered` only those that are.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    remembered: bool,
    after: &str,
    limit: u32,
) -> Result<Vec<Device>, StoreError> {
    let statement = if remembered { LIST_REMEMBERED_AFTER } else { LIST_AFTER };
    tx.query(statement, params![pool_id, sub, after, limit], Device::decode).await
}

/// Inserts a device.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn insert(tx: &mut Tx, device: &Device) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &device.values()).await?))
}

/// Remembers the device or no longer does; false when there is none.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn set_remembered(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    device_key: &str,
    remembered: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(SET_REMEMBERED, params![pool_id, sub, device_key, remembered, now]).await? > 0)
}

/// Keeps a sealed sign-in that waits for the device's proof, instead of an earlier one; false when there is
/// no such device.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn set_waiting(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    device_key: &str,
    waiting: &[u8],
) -> Result<bool, StoreError> {
    Ok(tx.execute(SET_WAITING, params![pool_id, sub, device_key, waiting]).await? > 0)
}

/// Notes that the user signed in with the device: nothing waits for it any more. False when there is none.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn set_authenticated(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    device_key: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(SET_AUTHENTICATED, params![pool_id, sub, device_key, now]).await? > 0)
}

/// Deletes a device.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, sub: &Sub, device_key: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, sub, device_key]).await? > 0)
}

/// Deletes all devices of the user; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete_of_user(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<u64, StoreError> {
    tx.execute(DELETE_OF_USER, params![pool_id, sub]).await
}
