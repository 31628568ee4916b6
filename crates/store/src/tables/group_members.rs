//! Which users are in which groups of the account.

use super::entities::Entity;
use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "group_id, user_id";

pub(crate) const TABLE: Table = Table { name: "group_members", columns: COLUMNS, key: COLUMNS };

statements! {
    INSERT = ["INSERT INTO group_members (", COLUMNS, ") VALUES ($1, $2) ON CONFLICT DO NOTHING"];
    DELETE = ["DELETE FROM group_members WHERE group_id = $1 AND user_id = $2"];
    COUNT_OF_USER = ["SELECT COUNT(*) FROM (SELECT 1 FROM group_members WHERE user_id = $1 LIMIT $2) AS bounded"];
    // The page is cut before the join, and CROSS JOIN keeps SQLite from walking all entities.
    GROUPS_OF_USER = [
        "SELECT ", Entity::COLUMNS, " FROM (SELECT group_id FROM group_members WHERE user_id = $1 AND group_id > $2 \
         ORDER BY group_id LIMIT $3) AS page CROSS JOIN entities WHERE id = group_id ORDER BY group_id"
    ];
    USERS_OF_GROUP = [
        "SELECT ", Entity::COLUMNS, " FROM (SELECT user_id FROM group_members WHERE group_id = $1 AND user_id > $2 \
         ORDER BY user_id LIMIT $3) AS page CROSS JOIN entities WHERE id = user_id ORDER BY user_id"
    ];
}

/// Puts the user into the group.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when there is no such user or no such group.
pub async fn insert(tx: &mut Tx, group_id: &str, user_id: &str) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, params![group_id, user_id]).await?))
}

/// Takes the user out of the group.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, group_id: &str, user_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![group_id, user_id]).await? > 0)
}

/// How many groups the user is in, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count_of_user(tx: &mut Tx, user_id: &str, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT_OF_USER, params![user_id, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// At most `limit` groups of the user by id, behind the id `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn groups_of_user(
    tx: &mut Tx,
    user_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<Entity>, StoreError> {
    tx.query(GROUPS_OF_USER, params![user_id, after, limit], Entity::decode).await
}

/// At most `limit` users of the group by id, behind the id `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn users_of_group(
    tx: &mut Tx,
    group_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<Entity>, StoreError> {
    tx.query(USERS_OF_GROUP, params![group_id, after, limit], Entity::decode).await
}
