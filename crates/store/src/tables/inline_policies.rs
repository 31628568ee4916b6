//! The policies that a user, group or role has alone.

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One inline policy.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct InlinePolicy {
        /// Whose it is.
        pub entity_id: String,
        /// Its name, as first written.
        pub name: String,
        /// The name in lower case.
        pub name_key: String,
        /// The policy as it was written.
        pub document: String,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "inline_policies", columns: InlinePolicy::COLUMNS, key: "entity_id, name_key" };

statements! {
    GET = ["SELECT ", InlinePolicy::COLUMNS, " FROM inline_policies WHERE entity_id = $1 AND name_key = $2"];
    LIST_AFTER = [
        "SELECT ", InlinePolicy::COLUMNS, " FROM inline_policies WHERE entity_id = $1 AND name_key > $2 \
         ORDER BY name_key LIMIT $3"
    ];
    PUT = [
        "INSERT INTO inline_policies (", InlinePolicy::COLUMNS, ") VALUES (", InlinePolicy::PLACEHOLDERS,
        ") ON CONFLICT (entity_id, name_key) DO UPDATE SET document = excluded.document"
    ];
    DELETE = ["DELETE FROM inline_policies WHERE entity_id = $1 AND name_key = $2"];
}

/// The policy of this name, which is in lower case.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, entity_id: &str, name_key: &str) -> Result<Option<InlinePolicy>, StoreError> {
    tx.query_opt(GET, params![entity_id, name_key], InlinePolicy::decode).await
}

/// At most `limit` policies by name, behind the name `after` in lower case (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    entity_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<InlinePolicy>, StoreError> {
    tx.query(LIST_AFTER, params![entity_id, after, limit], InlinePolicy::decode).await
}

/// Inserts the policy, or overwrites the document of the one that is there.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when there is nobody whose it could be.
pub async fn put(tx: &mut Tx, policy: &InlinePolicy) -> Result<(), StoreError> {
    tx.execute(PUT, &policy.values()).await.map(drop)
}

/// Deletes the policy.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, entity_id: &str, name_key: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![entity_id, name_key]).await? > 0)
}
