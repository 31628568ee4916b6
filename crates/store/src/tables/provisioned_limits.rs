//! How many requests of a category the account may make in a second.

use super::Table;
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "region, category, value";

pub(crate) const TABLE: Table =
    Table { name: "provisioned_limits", columns: COLUMNS, key: "region, category" };

statements! {
    GET = ["SELECT value FROM provisioned_limits WHERE region = $1 AND category = $2"];
    PUT = [
        "INSERT INTO provisioned_limits (", COLUMNS, ") VALUES ($1, $2, $3) \
         ON CONFLICT (region, category) DO UPDATE SET value = excluded.value"
    ];
}

/// The limit of a category in a region; none where it is the default.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, region: &str, category: &str) -> Result<Option<u32>, StoreError> {
    tx.query_opt(GET, params![region, category], |row| row.get(0)).await
}

/// Sets the limit of a category in a region.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn put(tx: &mut Tx, region: &str, category: &str, value: u32) -> Result<(), StoreError> {
    tx.execute(PUT, params![region, category, value]).await.map(drop)
}
