//! What the users of clients agree to.

use poolhouse_ports::{ClientId, PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One document of a client.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Terms {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its id, unique in the pool.
        pub terms_id: String,
        /// Whose it is.
        pub client_id: ClientId,
        /// What it is, such as `privacy-policy`: one of each for a client.
        pub name: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
        /// Where it can be read: JSON, language to URL.
        pub links: String,
    }
}

pub(crate) const TABLE: Table = Table { name: "terms", columns: Terms::COLUMNS, key: "pool_id, terms_id" };

statements! {
    GET = ["SELECT ", Terms::COLUMNS, " FROM terms WHERE pool_id = $1 AND terms_id = $2"];
    FIND_BY_CLIENT = ["SELECT ", Terms::COLUMNS, " FROM terms WHERE client_id = $1 AND name = $2"];
    LIST_AFTER = [
        "SELECT ", Terms::COLUMNS, " FROM terms WHERE pool_id = $1 AND terms_id > $2 ORDER BY terms_id LIMIT $3"
    ];
    INSERT = ["INSERT INTO terms (", Terms::COLUMNS, ") VALUES (", Terms::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"];
    UPDATE = [
        "UPDATE terms SET name = $3, modified_at = $4, links = $5 WHERE pool_id = $1 AND terms_id = $2"
    ];
    DELETE = ["DELETE FROM terms WHERE pool_id = $1 AND terms_id = $2"];
}

/// The document with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, terms_id: &str) -> Result<Option<Terms>, StoreError> {
    tx.query_opt(GET, params![pool_id, terms_id], Terms::decode).await
}

/// The document of this name that the client has.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn find_by_client(
    tx: &mut Tx,
    client_id: &ClientId,
    name: &str,
) -> Result<Option<Terms>, StoreError> {
    tx.query_opt(FIND_BY_CLIENT, params![client_id, name], Terms::decode).await
}

/// At most `limit` documents of the pool by id, behind the id `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    after: &str,
    limit: u32,
) -> Result<Vec<Terms>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, after, limit], Terms::decode).await
}

/// Inserts a document, unless the client has one of its name.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool or the client does not exist.
pub async fn insert(tx: &mut Tx, terms: &Terms) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &terms.values()).await?))
}

/// Overwrites what can be changed of the document: name, links and time of change.
///
/// # Errors
/// As any statement; a name that another document of the client has is not looked for.
pub async fn update(tx: &mut Tx, terms: &Terms) -> Result<bool, StoreError> {
    let params = params![&terms.pool_id, &terms.terms_id, &terms.name, terms.modified_at, &terms.links];
    Ok(tx.execute(UPDATE, params).await? > 0)
}

/// Deletes the document.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, terms_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, terms_id]).await? > 0)
}
