//! Which managed policies users, groups and roles have.

use super::entities::Entity;
use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "entity_id, policy_arn";

pub(crate) const TABLE: Table = Table { name: "attachments", columns: COLUMNS, key: COLUMNS };

statements! {
    INSERT = ["INSERT INTO attachments (", COLUMNS, ") VALUES ($1, $2) ON CONFLICT DO NOTHING"];
    DELETE = ["DELETE FROM attachments WHERE entity_id = $1 AND policy_arn = $2"];
    LIST_AFTER = [
        "SELECT policy_arn FROM attachments WHERE entity_id = $1 AND policy_arn > $2 ORDER BY policy_arn LIMIT $3"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM attachments WHERE policy_arn = $1 LIMIT $2) AS bounded"];
    // The page is cut before the join, and CROSS JOIN keeps SQLite from walking all entities.
    ENTITIES_AFTER = [
        "SELECT ", Entity::COLUMNS, " FROM (SELECT entity_id FROM attachments WHERE policy_arn = $1 \
         AND entity_id > $2 ORDER BY entity_id LIMIT $3) AS page CROSS JOIN entities WHERE id = entity_id ORDER BY entity_id"
    ];
}

/// Attaches the policy.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when there is nobody to attach it to.
pub async fn insert(tx: &mut Tx, entity_id: &str, policy_arn: &str) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, params![entity_id, policy_arn]).await?))
}

/// Detaches the policy.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, entity_id: &str, policy_arn: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![entity_id, policy_arn]).await? > 0)
}

/// At most `limit` ARNs of attached policies, behind the ARN `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    entity_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    tx.query(LIST_AFTER, params![entity_id, after, limit], |row| row.get(0)).await
}

/// How many have the policy, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, policy_arn: &str, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![policy_arn, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// At most `limit` of those that have the policy by id, behind the id `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn entities_after(
    tx: &mut Tx,
    policy_arn: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<Entity>, StoreError> {
    tx.query(ENTITIES_AFTER, params![policy_arn, after, limit], Entity::decode).await
}
