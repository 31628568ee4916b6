//! The app clients of a pool.

use poolhouse_ports::{ClientId, PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One app client.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Client {
        /// Its identifier, unique over all pools.
        pub client_id: ClientId,
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its name; several clients may have the same.
        pub name: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
        /// Its settings: JSON.
        pub config: String,
        /// For how long it takes up a browser's sign-in, in minutes; absent: the default.
        pub sso_minutes: Option<i64>,
        /// Its risk configuration: JSON; absent: the pool's.
        pub risk: Option<String>,
    }
}

pub(crate) const TABLE: Table = Table { name: "clients", columns: Client::COLUMNS, key: "client_id" };

statements! {
    GET = ["SELECT ", Client::COLUMNS, " FROM clients WHERE client_id = $1"];
    LIST_AFTER = [
        "SELECT ", Client::COLUMNS, " FROM clients WHERE pool_id = $1 AND client_id > $2 \
         ORDER BY client_id LIMIT $3"
    ];
    LONGEST_SSO = ["SELECT COALESCE(MAX(COALESCE(sso_minutes, $2)), $2) FROM clients WHERE pool_id = $1"];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM clients WHERE pool_id = $1 LIMIT $2) AS bounded"];
    INSERT = [
        "INSERT INTO clients (", Client::COLUMNS, ") VALUES (",
        Client::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = [
        "UPDATE clients SET name = $2, modified_at = $3, config = $4, sso_minutes = $5, risk = $6 ",
        "WHERE client_id = $1"
    ];
    DELETE = ["DELETE FROM clients WHERE client_id = $1"];
}

/// The client with this id, whatever its pool.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, client_id: &ClientId) -> Result<Option<Client>, StoreError> {
    tx.query_opt(GET, params![client_id], Client::decode).await
}

/// The longest time for which a client of the pool takes up a browser's sign-in, in minutes, where `default` stands for
/// what was not set.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn longest_sso(tx: &mut Tx, pool_id: &PoolId, default: i64) -> Result<i64, StoreError> {
    let longest = tx.query_opt(LONGEST_SSO, params![pool_id, default], |row| row.get::<i64>(0)).await?;
    Ok(longest.unwrap_or(default))
}

/// At most `limit` clients of the pool by id, behind the id `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    after: &ClientId,
    limit: u32,
) -> Result<Vec<Client>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, after, limit], Client::decode).await
}

/// How many clients the pool has, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &PoolId, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![pool_id, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a client.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, client: &Client) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &client.values()).await?))
}

/// Overwrites what can be changed of the client: name, settings and time of change.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, client: &Client) -> Result<bool, StoreError> {
    let params = params![
        &client.client_id,
        &client.name,
        client.modified_at,
        &client.config,
        client.sso_minutes,
        client.risk.as_deref(),
    ];
    Ok(tx.execute(UPDATE, params).await? > 0)
}

/// Deletes the client and its secrets.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, client_id: &ClientId) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![client_id]).await? > 0)
}
