//! The app clients whose secrets are published and rotated.

use poolhouse_ports::{ClientId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One client's.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PublishedSecret {
        /// The client.
        pub client_id: ClientId,
        /// What ends the ARN.
        pub suffix: String,
        /// When it was published.
        pub published_at: Timestamp,
        /// When it was last rotated.
        pub rotated_at: Option<Timestamp>,
        /// When it is to be rotated; absent: by hand alone.
        pub rotate_at: Option<Timestamp>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "published_secrets", columns: PublishedSecret::COLUMNS, key: "client_id" };

statements! {
    GET = ["SELECT ", PublishedSecret::COLUMNS, " FROM published_secrets WHERE client_id = $1"];
    DUE = [
        "SELECT ", PublishedSecret::COLUMNS, " FROM published_secrets WHERE rotate_at <= $1 \
         ORDER BY rotate_at, client_id LIMIT $2"
    ];
    INSERT = [
        "INSERT INTO published_secrets (", PublishedSecret::COLUMNS, ") VALUES (",
        PublishedSecret::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    ROTATED = [
        "UPDATE published_secrets SET rotated_at = $2, rotate_at = $3 \
         WHERE client_id = $1 AND (rotate_at = $4 OR rotate_at IS NULL AND $4 IS NULL) \
         AND (rotated_at = $5 OR rotated_at IS NULL AND $5 IS NULL)"
    ];
    DELETE = ["DELETE FROM published_secrets WHERE client_id = $1"];
}

/// The client's, if its secrets are published.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, client_id: &ClientId) -> Result<Option<PublishedSecret>, StoreError> {
    tx.query_opt(GET, params![client_id], PublishedSecret::decode).await
}

/// At most `limit` of those that are to be rotated by `now`, the oldest first.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<PublishedSecret>, StoreError> {
    tx.query(DUE, params![now, limit], PublishedSecret::decode).await
}

/// Inserts one.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the client does not exist.
pub async fn insert(tx: &mut Tx, published: &PublishedSecret) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &published.values()).await?))
}

/// Notes that it is rotated `now`, and when it is next, unless somebody else has done so since it was read.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn rotated(
    tx: &mut Tx,
    read: &PublishedSecret,
    now: Timestamp,
    next: Option<Timestamp>,
) -> Result<bool, StoreError> {
    Ok(tx.execute(ROTATED, params![&read.client_id, now, next, read.rotate_at, read.rotated_at]).await? > 0)
}

/// Deletes one.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, client_id: &ClientId) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![client_id]).await? > 0)
}
