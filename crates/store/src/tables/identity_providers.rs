//! The identity providers of a pool.

use poolhouse_ports::{PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One identity provider.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IdentityProvider {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its name, unique in the pool.
        pub name: String,
        /// Cognito's `ProviderType`, such as `OIDC`.
        pub provider_type: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
        /// Its settings without secrets: JSON.
        pub config: String,
        /// The secrets of its settings: JSON, sealed.
        pub secrets: Option<Vec<u8>>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "identity_providers", columns: IdentityProvider::COLUMNS, key: "pool_id, name" };

statements! {
    GET = ["SELECT ", IdentityProvider::COLUMNS, " FROM identity_providers WHERE pool_id = $1 AND name = $2"];
    LIST_AFTER = [
        "SELECT ", IdentityProvider::COLUMNS, " FROM identity_providers WHERE pool_id = $1 AND name > $2 \
         ORDER BY name LIMIT $3"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM identity_providers WHERE pool_id = $1 LIMIT $2) AS bounded"];
    INSERT = [
        "INSERT INTO identity_providers (", IdentityProvider::COLUMNS, ") VALUES (",
        IdentityProvider::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = [
        "UPDATE identity_providers SET modified_at = $3, config = $4, secrets = $5 \
         WHERE pool_id = $1 AND name = $2"
    ];
    DELETE = ["DELETE FROM identity_providers WHERE pool_id = $1 AND name = $2"];
}

/// The provider of this name.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, name: &str) -> Result<Option<IdentityProvider>, StoreError> {
    tx.query_opt(GET, params![pool_id, name], IdentityProvider::decode).await
}

/// At most `limit` providers of the pool by name, behind the name `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    after: &str,
    limit: u32,
) -> Result<Vec<IdentityProvider>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, after, limit], IdentityProvider::decode).await
}

/// How many identity providers the pool has, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &PoolId, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![pool_id, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a provider.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, provider: &IdentityProvider) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &provider.values()).await?))
}

/// Overwrites what can be changed of the provider: settings, secrets and time of change.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, provider: &IdentityProvider) -> Result<bool, StoreError> {
    let params = params![
        &provider.pool_id,
        &provider.name,
        provider.modified_at,
        &provider.config,
        provider.secrets.as_ref(),
    ];
    Ok(tx.execute(UPDATE, params).await? > 0)
}

/// Deletes the provider and its identifiers; the users that it brought stay, and [their links](super::linked_identities).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, name]).await? > 0)
}
