//! The servers that are there.

use poolhouse_ports::Timestamp;

use super::Table;
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "node_id, seen_at";

pub(crate) const TABLE: Table = Table { name: "nodes", columns: COLUMNS, key: "node_id" };

statements! {
    PUT = [
        "INSERT INTO nodes (", COLUMNS, ") VALUES ($1, $2) \
         ON CONFLICT (node_id) DO UPDATE SET seen_at = excluded.seen_at"
    ];
    SEEN_AT = ["SELECT seen_at FROM nodes WHERE node_id = $1"];
    PURGE = ["DELETE FROM nodes WHERE seen_at < $1"];
    COUNT = [
        "SELECT COUNT(*) FROM (SELECT 1 FROM nodes WHERE node_id > $1 AND node_id < $2 AND seen_at >= $3 LIMIT 1000) \
         AS bounded"
    ];
}

/// Notes that a node is there.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn put(tx: &mut Tx, node_id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(PUT, params![node_id, now]).await.map(drop)
}

/// When a node was last there.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn seen_at(tx: &mut Tx, node_id: &str) -> Result<Option<Timestamp>, StoreError> {
    tx.query_opt(SEEN_AT, params![node_id], |row| row.get(0)).await
}

/// Forgets nodes that were last there before `end`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, end: Timestamp) -> Result<(), StoreError> {
    tx.execute(PURGE, params![end]).await.map(drop)
}

/// The name by which a node counts in its region.
pub fn name(region: &str, node_id: &str) -> String {
    format!("{region}/{node_id}")
}

/// How many nodes have such a name, and were there since `since`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, region: &str, since: Timestamp) -> Result<u32, StoreError> {
    // The sign that follows the one between the two parts ends them.
    let (first, end) = (name(region, ""), format!("{region}0"));
    let count = tx.query_opt(COUNT, params![first.as_str(), end.as_str(), since], |row| row.get(0)).await?;
    Ok(count.unwrap_or(0))
}
