//! The secrets of app clients: several at a time while one takes over from another.

use poolhouse_ports::{ClientId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One secret.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ClientSecret {
        /// The client it belongs to.
        pub client_id: ClientId,
        /// Its identifier, unique in the client.
        pub secret_id: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// The secret, sealed.
        pub secret: Vec<u8>,
        /// Whether it was made here, and not given.
        pub generated: bool,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "client_secrets", columns: ClientSecret::COLUMNS, key: "client_id, secret_id" };

statements! {
    LIST = [
        "SELECT ", ClientSecret::COLUMNS, " FROM client_secrets WHERE client_id = $1 \
         ORDER BY created_at, secret_id"
    ];
    INSERT = [
        "INSERT INTO client_secrets (", ClientSecret::COLUMNS, ") VALUES (",
        ClientSecret::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    DELETE = ["DELETE FROM client_secrets WHERE client_id = $1 AND secret_id = $2"];
}

/// All secrets of the client, oldest first: a handful.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, client_id: &ClientId) -> Result<Vec<ClientSecret>, StoreError> {
    tx.query(LIST, params![client_id], ClientSecret::decode).await
}

/// Inserts a secret.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the client does not exist.
pub async fn insert(tx: &mut Tx, secret: &ClientSecret) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &secret.values()).await?))
}

/// Deletes a secret.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, client_id: &ClientId, secret_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![client_id, secret_id]).await? > 0)
}
