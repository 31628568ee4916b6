//! The domains of pools.

use poolhouse_ports::{PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One domain.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Domain {
        /// Its name, unique over all pools: a prefix, or a whole host name.
        pub name: String,
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Whether the name is a whole host name. A pool has at most one domain of each kind.
        pub custom: bool,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
        /// Its settings: JSON.
        pub config: String,
    }
}

pub(crate) const TABLE: Table = Table { name: "domains", columns: Domain::COLUMNS, key: "name" };

statements! {
    GET = ["SELECT ", Domain::COLUMNS, " FROM domains WHERE name = $1"];
    LIST = ["SELECT ", Domain::COLUMNS, " FROM domains WHERE pool_id = $1 ORDER BY custom"];
    LIST_AFTER = ["SELECT ", Domain::COLUMNS, " FROM domains WHERE name > $1 ORDER BY name LIMIT $2"];
    INSERT = ["INSERT INTO domains (", Domain::COLUMNS, ") VALUES (", Domain::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"];
    UPDATE = ["UPDATE domains SET modified_at = $3, config = $4 WHERE name = $1 AND pool_id = $2"];
    DELETE = ["DELETE FROM domains WHERE name = $1 AND pool_id = $2"];
}

/// The domain of this name.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, name: &str) -> Result<Option<Domain>, StoreError> {
    tx.query_opt(GET, params![name], Domain::decode).await
}

/// The domains of the pool: its prefix, its host name, or both.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, pool_id: &PoolId) -> Result<Vec<Domain>, StoreError> {
    tx.query(LIST, params![pool_id], Domain::decode).await
}

/// At most `limit` of all pools' domains in the order of their names, after `name`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(tx: &mut Tx, name: &str, limit: u32) -> Result<Vec<Domain>, StoreError> {
    tx.query(LIST_AFTER, params![name, limit], Domain::decode).await
}

/// Inserts a domain, unless somebody has its name or its pool a domain of its kind.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, domain: &Domain) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &domain.values()).await?))
}

/// Overwrites what can be changed of the domain: settings and time of change.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, domain: &Domain) -> Result<bool, StoreError> {
    let params = params![&domain.name, &domain.pool_id, domain.modified_at, &domain.config];
    Ok(tx.execute(UPDATE, params).await? > 0)
}

/// Deletes the domain of the pool.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, name: &str, pool_id: &PoolId) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![name, pool_id]).await? > 0)
}
