//! Which user of the pool a user of an identity provider is.

use poolhouse_ports::{PoolId, Sub, Timestamp};

use super::journals::Keeping;
use super::{Insert, Table, journals, past};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One link.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LinkedIdentity {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// The provider.
        pub provider_name: String,
        /// The provider's attribute that names its user, such as `Cognito_Subject`.
        pub attribute_name: String,
        /// The attribute's value.
        pub attribute_value: String,
        /// The user of the pool.
        pub sub: Sub,
        /// When the link was made.
        pub created_at: Timestamp,
    }
}

pub(crate) const TABLE: Table = Table {
    name: "linked_identities",
    columns: LinkedIdentity::COLUMNS,
    key: "pool_id, provider_name, attribute_name, attribute_value",
};

statements! {
    GET = [
        "SELECT ", LinkedIdentity::COLUMNS, " FROM linked_identities \
         WHERE pool_id = $1 AND provider_name = $2 AND attribute_name = $3 AND attribute_value = $4"
    ];
    LIST = [
        "SELECT ", LinkedIdentity::COLUMNS, " FROM linked_identities WHERE pool_id = $1 AND sub = $2 \
         ORDER BY created_at, provider_name, attribute_name, attribute_value"
    ];
    ANY_BY_NAME = [
        "SELECT attribute_name FROM linked_identities \
         WHERE pool_id = $1 AND provider_name = $2 AND attribute_name = $3 LIMIT 1"
    ];
    INSERT = [
        "INSERT INTO linked_identities (", LinkedIdentity::COLUMNS, ") VALUES (",
        LinkedIdentity::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    DELETE = [
        "DELETE FROM linked_identities \
         WHERE pool_id = $1 AND provider_name = $2 AND attribute_name = $3 AND attribute_value = $4"
    ];
    DELETE_OF_PROVIDER = ["DELETE FROM linked_identities WHERE pool_id = $1 AND provider_name = $2"];
}

/// The link of this provider's user.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    provider_name: &str,
    attribute_name: &str,
    attribute_value: &str,
) -> Result<Option<LinkedIdentity>, StoreError> {
    tx.query_opt(
        GET,
        params![pool_id, provider_name, attribute_name, attribute_value],
        LinkedIdentity::decode,
    )
    .await
}

/// All links of the pool's user, oldest first.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<Vec<LinkedIdentity>, StoreError> {
    tx.query(LIST, params![pool_id, sub], LinkedIdentity::decode).await
}

/// Whether any user of the provider is linked by this attribute.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn any_by_name(
    tx: &mut Tx,
    pool_id: &PoolId,
    provider_name: &str,
    attribute_name: &str,
) -> Result<bool, StoreError> {
    let params = params![pool_id, provider_name, attribute_name];
    Ok(tx.query_opt(ANY_BY_NAME, params, |row| row.get::<String>(0)).await?.is_some())
}

/// Inserts a link; [`Insert::Exists`] when the provider's user is linked already.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool's user does not exist.
pub async fn insert(tx: &mut Tx, link: &LinkedIdentity) -> Result<Insert, StoreError> {
    let keeping = journals::changing(tx, &link.pool_id).await?;
    let inserted = Insert::from_count(tx.execute(INSERT, &link.values()).await?);
    if let (Keeping::Since(at), Insert::Inserted) = (keeping, inserted) {
        let key = [&*link.provider_name, &link.attribute_name, &link.attribute_value];
        past::linked_identities::keep_absent(tx, at, &link.pool_id, key).await?;
    }
    Ok(inserted)
}

/// Deletes a link.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(
    tx: &mut Tx,
    pool_id: &PoolId,
    provider_name: &str,
    attribute_name: &str,
    attribute_value: &str,
) -> Result<bool, StoreError> {
    if let Keeping::Since(at) = journals::changing(tx, pool_id).await? {
        let key = [provider_name, attribute_name, attribute_value];
        past::linked_identities::keep(tx, at, pool_id, key).await?;
    }
    let params = params![pool_id, provider_name, attribute_name, attribute_value];
    Ok(tx.execute(DELETE, params).await? > 0)
}

/// Deletes the links of all users of a provider.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete_of_provider(
    tx: &mut Tx,
    pool_id: &PoolId,
    provider_name: &str,
) -> Result<u64, StoreError> {
    if let Keeping::Since(at) = journals::changing(tx, pool_id).await? {
        past::linked_identities::keep_of_provider(tx, at, pool_id, provider_name).await?;
    }
    tx.execute(DELETE_OF_PROVIDER, params![pool_id, provider_name]).await
}
