//! The documents of managed policies.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One version of a managed policy.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PolicyVersion {
        /// Of which policy.
        pub policy_id: String,
        /// Its number.
        pub version: u32,
        /// The policy as it was written.
        pub document: String,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "policy_versions", columns: PolicyVersion::COLUMNS, key: "policy_id, version" };

statements! {
    GET = ["SELECT ", PolicyVersion::COLUMNS, " FROM policy_versions WHERE policy_id = $1 AND version = $2"];
    LIST_AFTER = [
        "SELECT ", PolicyVersion::COLUMNS, " FROM policy_versions WHERE policy_id = $1 AND version > $2 \
         ORDER BY version LIMIT $3"
    ];
    INSERT = [
        "INSERT INTO policy_versions (", PolicyVersion::COLUMNS, ") VALUES (",
        PolicyVersion::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    DELETE = ["DELETE FROM policy_versions WHERE policy_id = $1 AND version = $2"];
}

/// The version of this number.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, policy_id: &str, version: u32) -> Result<Option<PolicyVersion>, StoreError> {
    tx.query_opt(GET, params![policy_id, version], PolicyVersion::decode).await
}

/// At most `limit` versions by number, behind the number `after`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    policy_id: &str,
    after: u32,
    limit: u32,
) -> Result<Vec<PolicyVersion>, StoreError> {
    tx.query(LIST_AFTER, params![policy_id, after, limit], PolicyVersion::decode).await
}

/// Inserts a version.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when there is no such policy.
pub async fn insert(tx: &mut Tx, version: &PolicyVersion) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &version.values()).await?))
}

/// Deletes a version.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, policy_id: &str, version: u32) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![policy_id, version]).await? > 0)
}
