//! The identifiers by which a pool's identity providers are chosen.

use poolhouse_ports::PoolId;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "pool_id, identifier, provider_name";

pub(crate) const TABLE: Table =
    Table { name: "idp_identifiers", columns: COLUMNS, key: "pool_id, identifier" };

statements! {
    GET = ["SELECT provider_name FROM idp_identifiers WHERE pool_id = $1 AND identifier = $2"];
    LIST = [
        "SELECT identifier FROM idp_identifiers WHERE pool_id = $1 AND provider_name = $2 ORDER BY identifier"
    ];
    INSERT = ["INSERT INTO idp_identifiers (", COLUMNS, ") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"];
    DELETE_OF_PROVIDER = ["DELETE FROM idp_identifiers WHERE pool_id = $1 AND provider_name = $2"];
}

/// The name of the provider with this identifier.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, identifier: &str) -> Result<Option<String>, StoreError> {
    tx.query_opt(GET, params![pool_id, identifier], |row| row.get(0)).await
}

/// All identifiers of the provider, in order: at most 50.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, pool_id: &PoolId, provider_name: &str) -> Result<Vec<String>, StoreError> {
    tx.query(LIST, params![pool_id, provider_name], |row| row.get(0)).await
}

/// Gives the provider an identifier; [`Insert::Exists`] when a provider of the pool has it.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the provider does not exist.
pub async fn insert(
    tx: &mut Tx,
    pool_id: &PoolId,
    identifier: &str,
    provider_name: &str,
) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, params![pool_id, identifier, provider_name]).await?))
}

/// Takes all identifiers from the provider; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete_of_provider(
    tx: &mut Tx,
    pool_id: &PoolId,
    provider_name: &str,
) -> Result<u64, StoreError> {
    tx.execute(DELETE_OF_PROVIDER, params![pool_id, provider_name]).await
}
