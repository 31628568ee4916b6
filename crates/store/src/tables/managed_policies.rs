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

/// A policy, and how often it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The policy.
    pub policy: ManagedPolicy,
    /// How many have it.
    pub attachments: u32,
    /// How many it bounds.
    pub boundaries: u32,
}

/// Where a list goes on, and which policies it has.
#[derive(Clone, Copy, Debug)]
pub struct After<'a> {
    /// The name, in lower case, of the last one before; empty: from the first.
    pub name_key: &'a str,
    /// The first path of those that are wanted.
    pub first_path: &'a str,
    /// The path behind those that are wanted.
    pub end_path: &'a str,
    /// What stands before the path in an ARN.
    pub arn_prefix: &'a str,
    /// Whether only those are wanted that somebody has.
    pub attached: bool,
    /// Whether only those are wanted that bound somebody; with `attached` those that do either.
    pub bounding: bool,
}

pub(crate) const TABLE: Table =
    Table { name: "managed_policies", columns: ManagedPolicy::COLUMNS, key: "id" };

statements! {
    FIND_BY_NAME = ["SELECT ", ManagedPolicy::COLUMNS, " FROM managed_policies WHERE name_key = $1"];
    LIST_AFTER = [
        "SELECT ", ManagedPolicy::COLUMNS, ", \
         (SELECT COUNT(*) FROM attachments WHERE policy_arn = $1 || path || name), \
         (SELECT COUNT(*) FROM entities WHERE boundary = $1 || managed_policies.path || managed_policies.name) \
         FROM managed_policies WHERE name_key > $2 AND path >= $3 AND path < $4 AND ($5 = 0 AND $6 = 0 \
         OR $5 = 1 AND EXISTS (SELECT 1 FROM attachments WHERE policy_arn = $1 || path || name) \
         OR $6 = 1 AND EXISTS (SELECT 1 FROM entities WHERE boundary = $1 || managed_policies.path || managed_policies.name)) \
         ORDER BY name_key LIMIT $7"
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

/// At most `limit` policies by name, with how often each is used.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(tx: &mut Tx, after: After<'_>, limit: u32) -> Result<Vec<Used>, StoreError> {
    let After { name_key, first_path, end_path, arn_prefix, attached, bounding } = after;
    let params = params![arn_prefix, name_key, first_path, end_path, attached, bounding, limit];
    tx.query(LIST_AFTER, params, |row| {
        Ok(Used {
            policy: ManagedPolicy::decode(row)?,
            attachments: row.get(ManagedPolicy::WIDTH)?,
            boundaries: row.get(ManagedPolicy::WIDTH + 1)?,
        })
    })
    .await
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
