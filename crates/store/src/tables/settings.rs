//! Facts about the installation as a whole.

use super::Table;
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "name, value";

pub(crate) const TABLE: Table = Table { name: "settings", columns: COLUMNS, key: "name" };

statements! {
    GET = ["SELECT value FROM settings WHERE name = $1"];
    PUT = [
        "INSERT INTO settings (", COLUMNS, ") VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    ];
    REPLACE = ["UPDATE settings SET value = $3 WHERE name = $1 AND value = $2"];
    DELETE = ["DELETE FROM settings WHERE name = $1"];
}

/// The value of a setting.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    tx.query_opt(GET, params![name], |row| row.get(0)).await
}

/// Sets a setting, whether it was set before or not.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn put(tx: &mut Tx, name: &str, value: &[u8]) -> Result<(), StoreError> {
    tx.execute(PUT, params![name, value]).await.map(drop)
}

/// Sets a setting that has the value which was read; false where it has another by now.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn replace(tx: &mut Tx, name: &str, read: &[u8], value: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.execute(REPLACE, params![name, read, value]).await? > 0)
}

/// Forgets a setting.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![name]).await? > 0)
}
