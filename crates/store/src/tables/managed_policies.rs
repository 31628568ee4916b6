//! The managed policies that the account has made.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One managed policy, without its documents.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ManagedPolicy {
        /// Its unique id.
        pub id: String,
        /// Its name, as written.
        pub name: String,
        /// The name in lower case, unique.
        pub name_key: String,
        /// Its path, from `/` to `/`.
        pub path: String,
        /// What it is for.
        pub description: Option<String>,
        /// The number of the version that is in force.
        pub default_version: u32,
        /// The number of the newest version there has been.
        pub last_version: u32,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
        /// Its tags, as JSON.
        pub tags: String,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "managed_policies", columns: ManagedPolicy::COLUMNS, key: "id" };

statements! {
    FIND_BY_NAME = ["SELECT ", ManagedPolicy::COLUMNS, " FROM managed_policies WHERE name_key = $1"];
    LIST_AFTER = [
        "SELECT ", ManagedPolicy::COLUMNS, " FROM managed_policies WHERE name_key > $1 ORDER BY name_key LIMIT $2"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM managed_policies WHERE name_key > '' LIMIT $1) AS bounded"];
    INSERT = [
        "INSERT INTO managed_policies (", ManagedPolicy::COLUMNS, ") VALUES (",
        ManagedPolicy::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = [
        "UPDATE managed_policies SET default_version = $2, last_version = $3, modified_at = $4, tags = $5 WHERE id = $1"
    ];
    DELETE = ["DELETE FROM managed_policies WHERE id = $1"];
}

/// The policy of this name, which is in lower case.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn find_by_name(tx: &mut Tx, name_key: &str) -> Result<Option<ManagedPolicy>, StoreError> {
    tx.query_opt(FIND_BY_NAME, params![name_key], ManagedPolicy::decode).await
}

/// At most `limit` policies by name, behind the name `after` in lower case (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<ManagedPolicy>, StoreError> {
    tx.query(LIST_AFTER, params![after, limit], ManagedPolicy::decode).await
}

/// How many there are, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a policy, unless there is one of its name.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn insert(tx: &mut Tx, policy: &ManagedPolicy) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &policy.values()).await?))
}

/// Overwrites what can be changed of it: its versions' numbers, its tags and the time of the change.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, policy: &ManagedPolicy) -> Result<bool, StoreError> {
    let ManagedPolicy { id, default_version, last_version, modified_at, tags, .. } = policy;
    Ok(tx.execute(UPDATE, params![id, *default_version, *last_version, *modified_at, tags]).await? > 0)
}

/// Deletes the policy with its versions.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![id]).await? > 0)
}
