//! The secrets of app clients: several at a time while one takes over from another.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

/// One secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecret {
    /// The client it belongs to.
    pub client_id: String,
    /// Its identifier, unique in the client.
    pub secret_id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The secret, sealed.
    pub secret: Vec<u8>,
}

const COLUMNS: &str = "client_id, secret_id, created_at, secret";

pub(crate) const TABLE: Table =
    Table { name: "client_secrets", columns: COLUMNS, key: "client_id, secret_id" };

statements! {
    LIST = ["SELECT ", COLUMNS, " FROM client_secrets WHERE client_id = $1 ORDER BY created_at, secret_id"];
    INSERT = ["INSERT INTO client_secrets (", COLUMNS, ") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"];
    DELETE = ["DELETE FROM client_secrets WHERE client_id = $1 AND secret_id = $2"];
}

fn decode(row: &Row<'_>) -> Result<ClientSecret, StoreError> {
    Ok(ClientSecret {
        client_id: row.get(0)?,
        secret_id: row.get(1)?,
        created_at: row.get(2)?,
        secret: row.get(3)?,
    })
}

/// All secrets of the client, oldest first: a handful.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, client_id: &str) -> Result<Vec<ClientSecret>, StoreError> {
    tx.query(LIST, params![client_id], decode).await
}

/// Inserts a secret.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the client does not exist.
pub async fn insert(tx: &mut Tx, secret: &ClientSecret) -> Result<Insert, StoreError> {
    let params = params![&secret.client_id, &secret.secret_id, secret.created_at, &secret.secret];
    Ok(Insert::from_count(tx.execute(INSERT, params).await?))
}

/// Deletes a secret.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, client_id: &str, secret_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![client_id, secret_id]).await? > 0)
}
