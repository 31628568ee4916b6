//! The users, groups and roles of the account.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One user, group or role.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Entity {
        /// Its unique id, which tells its kind as well.
        pub id: String,
        /// `user`, `group` or `role`.
        pub kind: String,
        /// Its name, as first written.
        pub name: String,
        /// The name in lower case, unique among those of a kind.
        pub name_key: String,
        /// Its path, from `/` to `/`.
        pub path: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// The ARN of the policy that bounds its permissions.
        pub boundary: Option<String>,
        /// Its tags, as JSON.
        pub tags: String,
        /// Of a role what others have not, as JSON.
        pub role: Option<String>,
    }
}

pub(crate) const TABLE: Table = Table { name: "entities", columns: Entity::COLUMNS, key: "id" };

statements! {
    GET = ["SELECT ", Entity::COLUMNS, " FROM entities WHERE id = $1"];
    FIND_BY_NAME = ["SELECT ", Entity::COLUMNS, " FROM entities WHERE kind = $1 AND name_key = $2"];
    LIST_AFTER = [
        "SELECT ", Entity::COLUMNS, " FROM entities WHERE kind = $1 AND name_key > $2 AND path >= $3 AND path < $4 \
         ORDER BY name_key LIMIT $5"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM entities WHERE kind = $1 LIMIT $2) AS bounded"];
    BOUNDED_AFTER = [
        "SELECT ", Entity::COLUMNS, " FROM entities WHERE boundary = $1 AND id > $2 ORDER BY id LIMIT $3"
    ];
    COUNT_BOUNDED = ["SELECT COUNT(*) FROM (SELECT 1 FROM entities WHERE boundary = $1 LIMIT $2) AS bounded"];
    INSERT = [
        "INSERT INTO entities (", Entity::COLUMNS, ") VALUES (", Entity::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = [
        "UPDATE entities SET name = $2, name_key = $3, path = $4, boundary = $5, tags = $6, role = $7 WHERE id = $1"
    ];
    DELETE = ["DELETE FROM entities WHERE id = $1"];
}

/// Where a list of one kind goes on.
#[derive(Clone, Copy, Debug)]
pub struct After<'a> {
    /// `user`, `group` or `role`.
    pub kind: &'a str,
    /// The name, in lower case, of the last one before; empty: from the first.
    pub name_key: &'a str,
    /// The first path of those that are wanted.
    pub first_path: &'a str,
    /// The path behind those that are wanted.
    pub end_path: &'a str,
}

/// The one with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, id: &str) -> Result<Option<Entity>, StoreError> {
    tx.query_opt(GET, params![id], Entity::decode).await
}

/// The one of this kind and name, which is in lower case.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn find_by_name(tx: &mut Tx, kind: &str, name_key: &str) -> Result<Option<Entity>, StoreError> {
    tx.query_opt(FIND_BY_NAME, params![kind, name_key], Entity::decode).await
}

/// At most `limit` of a kind by name, with a path of those that are wanted.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(tx: &mut Tx, after: After<'_>, limit: u32) -> Result<Vec<Entity>, StoreError> {
    let After { kind, name_key, first_path, end_path } = after;
    tx.query(LIST_AFTER, params![kind, name_key, first_path, end_path, limit], Entity::decode).await
}

/// How many of a kind there are, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, kind: &str, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![kind, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// At most `limit` of those that a policy bounds by id, behind the id `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn bounded_after(
    tx: &mut Tx,
    policy_arn: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<Entity>, StoreError> {
    tx.query(BOUNDED_AFTER, params![policy_arn, after, limit], Entity::decode).await
}

/// How many a policy bounds, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count_bounded(tx: &mut Tx, policy_arn: &str, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT_BOUNDED, params![policy_arn, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts one, unless one of its kind has the name.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn insert(tx: &mut Tx, entity: &Entity) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &entity.values()).await?))
}

/// Overwrites what can be changed of it: all but id, kind and time of creation.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, entity: &Entity) -> Result<bool, StoreError> {
    let Entity { id, kind: _, name, name_key, path, created_at: _, boundary, tags, role } = entity;
    let params = params![id, name, name_key, path, boundary.as_ref(), tags, role.as_ref()];
    Ok(tx.execute(UPDATE, params).await? > 0)
}

/// Deletes it, and with it what it has.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![id]).await? > 0)
}
