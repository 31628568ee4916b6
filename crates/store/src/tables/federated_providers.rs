//! The identity providers that the account has registered.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One provider.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FederatedProvider {
        /// Its kind, as ARNs write it.
        pub kind: String,
        /// What follows it there, unique among those of a kind.
        pub name: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// What can be set of it, as JSON.
        pub config: String,
        /// Its tags, as JSON.
        pub tags: String,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "federated_providers", columns: FederatedProvider::COLUMNS, key: "kind, name" };

statements! {
    GET = ["SELECT ", FederatedProvider::COLUMNS, " FROM federated_providers WHERE kind = $1 AND name = $2"];
    LIST_AFTER = [
        "SELECT ", FederatedProvider::COLUMNS, " FROM federated_providers WHERE kind = $1 AND name > $2 \
         ORDER BY name LIMIT $3"
    ];
    INSERT = [
        "INSERT INTO federated_providers (", FederatedProvider::COLUMNS, ") VALUES (",
        FederatedProvider::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = ["UPDATE federated_providers SET config = $3, tags = $4 WHERE kind = $1 AND name = $2"];
    DELETE = ["DELETE FROM federated_providers WHERE kind = $1 AND name = $2"];
}

/// The provider of this kind and name.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, kind: &str, name: &str) -> Result<Option<FederatedProvider>, StoreError> {
    tx.query_opt(GET, params![kind, name], FederatedProvider::decode).await
}

/// At most `limit` providers of a kind by name, behind the name `after`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    kind: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<FederatedProvider>, StoreError> {
    tx.query(LIST_AFTER, params![kind, after, limit], FederatedProvider::decode).await
}

/// Inserts a provider, unless there is one of its kind and name.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn insert(tx: &mut Tx, provider: &FederatedProvider) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &provider.values()).await?))
}

/// Overwrites what can be changed of it: what is set, and its tags.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, provider: &FederatedProvider) -> Result<bool, StoreError> {
    let FederatedProvider { kind, name, created_at: _, config, tags } = provider;
    Ok(tx.execute(UPDATE, params![kind, name, config, tags]).await? > 0)
}

/// Deletes the provider.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, kind: &str, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![kind, name]).await? > 0)
}
