//! Who may sign in by the value of an attribute.

use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

/// One alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The pool it belongs to.
    pub pool_id: String,
    /// The attribute: `email`, `phone_number` or `preferred_username`.
    pub name: String,
    /// Its folded value; with the attribute's name unique in the pool.
    pub value: String,
    /// The user.
    pub sub: String,
}

const COLUMNS: &str = "pool_id, name, value, sub";

pub(crate) const TABLE: Table = Table { name: "aliases", columns: COLUMNS, key: "pool_id, name, value" };

statements! {
    GET = ["SELECT ", COLUMNS, " FROM aliases WHERE pool_id = $1 AND name = $2 AND value = $3"];
    LIST = ["SELECT ", COLUMNS, " FROM aliases WHERE pool_id = $1 AND sub = $2 ORDER BY name, value"];
    INSERT = ["INSERT INTO aliases (", COLUMNS, ") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"];
    DELETE = ["DELETE FROM aliases WHERE pool_id = $1 AND name = $2 AND value = $3"];
}

fn decode(row: &Row<'_>) -> Result<Alias, StoreError> {
    Ok(Alias { pool_id: row.get(0)?, name: row.get(1)?, value: row.get(2)?, sub: row.get(3)? })
}

/// The alias of this attribute and folded value.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &str, name: &str, value: &str) -> Result<Option<Alias>, StoreError> {
    tx.query_opt(GET, params![pool_id, name, value], decode).await
}

/// All aliases of the user, by attribute.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, pool_id: &str, sub: &str) -> Result<Vec<Alias>, StoreError> {
    tx.query(LIST, params![pool_id, sub], decode).await
}

/// Inserts an alias; [`Insert::Exists`] when it is taken, by whomever.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn insert(tx: &mut Tx, alias: &Alias) -> Result<Insert, StoreError> {
    let params = params![&alias.pool_id, &alias.name, &alias.value, &alias.sub];
    Ok(Insert::from_count(tx.execute(INSERT, params).await?))
}

/// Deletes an alias.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &str, name: &str, value: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, name, value]).await? > 0)
}
