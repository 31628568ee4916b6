//! Access keys of callers who sign their requests.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One access key.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Credential {
        /// Its public half.
        pub access_key_id: String,
        /// Its secret half, sealed.
        pub secret: Vec<u8>,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "credentials", columns: Credential::COLUMNS, key: "access_key_id" };

statements! {
    GET = ["SELECT ", Credential::COLUMNS, " FROM credentials WHERE access_key_id = $1"];
    LIST_AFTER = [
        "SELECT ", Credential::COLUMNS, " FROM credentials WHERE access_key_id > $1 \
         ORDER BY access_key_id LIMIT $2"
    ];
    INSERT = [
        "INSERT INTO credentials (", Credential::COLUMNS, ") VALUES (",
        Credential::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    DELETE = ["DELETE FROM credentials WHERE access_key_id = $1"];
}

/// The access key with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, access_key_id: &str) -> Result<Option<Credential>, StoreError> {
    tx.query_opt(GET, params![access_key_id], Credential::decode).await
}

/// At most `limit` access keys by id, behind the id `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<Credential>, StoreError> {
    tx.query(LIST_AFTER, params![after, limit], Credential::decode).await
}

/// Inserts an access key.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn insert(tx: &mut Tx, credential: &Credential) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &credential.values()).await?))
}

/// Deletes an access key.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, access_key_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![access_key_id]).await? > 0)
}
