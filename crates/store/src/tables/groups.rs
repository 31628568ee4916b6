//! The groups of a pool. The SQL name is `user_groups`, as `groups` is a word of SQL.

use poolhouse_ports::{PoolId, Timestamp};

use super::journals::Keeping;
use super::{Insert, Table, journals, past};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One group.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Group {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its name, unique in the pool.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
        /// The IAM role that its members may take.
        pub role_arn: Option<String>,
        /// Its rank among a user's groups: the lower, the stronger; none is weakest.
        pub precedence: Option<i64>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
    }
}

pub(crate) const TABLE: Table = Table { name: "user_groups", columns: Group::COLUMNS, key: "pool_id, name" };

statements! {
    GET = ["SELECT ", Group::COLUMNS, " FROM user_groups WHERE pool_id = $1 AND name = $2"];
    LIST_AFTER = [
        "SELECT ", Group::COLUMNS, " FROM user_groups WHERE pool_id = $1 AND name > $2 ORDER BY name LIMIT $3"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM user_groups WHERE pool_id = $1 LIMIT $2) AS bounded"];
    INSERT = [
        "INSERT INTO user_groups (", Group::COLUMNS, ") VALUES (",
        Group::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = [
        "UPDATE user_groups SET description = $3, role_arn = $4, precedence = $5, modified_at = $6 \
         WHERE pool_id = $1 AND name = $2"
    ];
    DELETE = ["DELETE FROM user_groups WHERE pool_id = $1 AND name = $2"];
}

/// The group of this name.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, name: &str) -> Result<Option<Group>, StoreError> {
    tx.query_opt(GET, params![pool_id, name], Group::decode).await
}

/// At most `limit` groups of the pool by name, behind the name `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    after: &str,
    limit: u32,
) -> Result<Vec<Group>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, after, limit], Group::decode).await
}

/// How many groups the pool has, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &PoolId, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![pool_id, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a group.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, group: &Group) -> Result<Insert, StoreError> {
    let keeping = journals::changing(tx, &group.pool_id).await?;
    let inserted = Insert::from_count(tx.execute(INSERT, &group.values()).await?);
    if let (Keeping::Since(at), Insert::Inserted) = (keeping, inserted) {
        past::groups::keep_absent(tx, at, &group.pool_id, [&group.name]).await?;
    }
    Ok(inserted)
}

/// Overwrites what can be changed of the group: all but pool, name and time of creation.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, group: &Group) -> Result<bool, StoreError> {
    if let Keeping::Since(at) = journals::changing(tx, &group.pool_id).await? {
        past::groups::keep(tx, at, &group.pool_id, [&group.name]).await?;
    }
    let params = params![
        &group.pool_id,
        &group.name,
        group.description.as_ref(),
        group.role_arn.as_ref(),
        group.precedence,
        group.modified_at,
    ];
    Ok(tx.execute(UPDATE, params).await? > 0)
}

/// Deletes the group, and with it who was in it.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, name: &str) -> Result<bool, StoreError> {
    if let Keeping::Since(at) = journals::changing(tx, pool_id).await? {
        past::groups::keep(tx, at, pool_id, [name]).await?;
        past::members::keep_of_group(tx, at, pool_id, name).await?;
    }
    Ok(tx.execute(DELETE, params![pool_id, name]).await? > 0)
}
