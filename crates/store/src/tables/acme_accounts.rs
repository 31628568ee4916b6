//! Accounts at authorities that speak ACME.

use super::Table;
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "directory, credentials";

pub(crate) const TABLE: Table = Table { name: "acme_accounts", columns: COLUMNS, key: "directory" };

statements! {
    GET = ["SELECT credentials FROM acme_accounts WHERE directory = $1"];
    PUT = [
        "INSERT INTO acme_accounts (", COLUMNS, ") VALUES ($1, $2) \
         ON CONFLICT (directory) DO UPDATE SET credentials = excluded.credentials"
    ];
    DELETE = ["DELETE FROM acme_accounts WHERE directory = $1"];
}

/// The sealed credentials of the account at an authority.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, directory: &str) -> Result<Option<Vec<u8>>, StoreError> {
    tx.query_opt(GET, params![directory], |row| row.get(0)).await
}

/// Keeps the account at an authority.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn put(tx: &mut Tx, directory: &str, credentials: &[u8]) -> Result<(), StoreError> {
    tx.execute(PUT, params![directory, credentials]).await.map(drop)
}

/// Forgets the account at an authority.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, directory: &str) -> Result<(), StoreError> {
    tx.execute(DELETE, params![directory]).await.map(drop)
}
