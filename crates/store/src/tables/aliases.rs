//! Who may sign in by the value of an attribute.

use std::sync::LazyLock;

use poolhouse_ports::{PoolId, Sub};

use super::{Insert, Table};
use crate::bulk::Bulk;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One alias.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Alias {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// The attribute: `email`, `phone_number` or `preferred_username`.
        pub name: String,
        /// Its folded value; with the attribute's name unique in the pool.
        pub value: String,
        /// The user.
        pub sub: Sub,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "aliases", columns: Alias::COLUMNS, key: "pool_id, name, value" };

statements! {
    GET = ["SELECT ", Alias::COLUMNS, " FROM aliases WHERE pool_id = $1 AND name = $2 AND value = $3"];
    LIST = ["SELECT ", Alias::COLUMNS, " FROM aliases WHERE pool_id = $1 AND sub = $2 ORDER BY name, value"];
    INSERT = [
        "INSERT INTO aliases (", Alias::COLUMNS, ") VALUES (", Alias::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    DELETE = ["DELETE FROM aliases WHERE pool_id = $1 AND name = $2 AND value = $3"];
}

/// The alias of this attribute and folded value.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    name: &str,
    value: &str,
) -> Result<Option<Alias>, StoreError> {
    tx.query_opt(GET, params![pool_id, name, value], Alias::decode).await
}

/// All aliases of the user, by attribute.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<Vec<Alias>, StoreError> {
    tx.query(LIST, params![pool_id, sub], Alias::decode).await
}

/// Inserts an alias; [`Insert::Exists`] when it is taken, by whomever.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn insert(tx: &mut Tx, alias: &Alias) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &alias.values()).await?))
}

/// Inserts many aliases; tells the users whose aliases were free, once for each.
///
/// # Errors
/// As [`insert`].
pub async fn insert_many(tx: &mut Tx, aliases: &[Alias]) -> Result<Vec<Sub>, StoreError> {
    static INSERT: LazyLock<Bulk> = LazyLock::new(|| Bulk::new(TABLE.name, TABLE.columns, "sub"));
    let rows: Vec<_> = aliases.iter().map(|alias| alias.values().to_vec()).collect();
    INSERT.insert(tx, &rows).await
}

/// Deletes an alias.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, name: &str, value: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, name, value]).await? > 0)
}
