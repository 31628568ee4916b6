//! The keys that sign a pool's tokens.

use poolhouse_ports::{PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One key pair.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SigningKey {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its identifier in the pool's JWKS.
        pub kid: String,
        /// Which tokens it signs: `id` or `access`.
        pub token_use: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// The private key: PKCS #8, sealed.
        pub private_key: Vec<u8>,
        /// The public key: DER.
        pub public_key: Vec<u8>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "signing_keys", columns: SigningKey::COLUMNS, key: "pool_id, kid" };

statements! {
    GET = ["SELECT ", SigningKey::COLUMNS, " FROM signing_keys WHERE pool_id = $1 AND kid = $2"];
    LIST = ["SELECT ", SigningKey::COLUMNS, " FROM signing_keys WHERE pool_id = $1 ORDER BY kid"];
    INSERT = [
        "INSERT INTO signing_keys (", SigningKey::COLUMNS, ") VALUES (",
        SigningKey::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    DELETE = ["DELETE FROM signing_keys WHERE pool_id = $1 AND kid = $2"];
}

/// The key with this identifier.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, kid: &str) -> Result<Option<SigningKey>, StoreError> {
    tx.query_opt(GET, params![pool_id, kid], SigningKey::decode).await
}

/// All keys of the pool by identifier: a handful.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, pool_id: &PoolId) -> Result<Vec<SigningKey>, StoreError> {
    tx.query(LIST, params![pool_id], SigningKey::decode).await
}

/// Inserts a key.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, key: &SigningKey) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &key.values()).await?))
}

/// Deletes the key: tokens that it signed are no longer verified.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, kid: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, kid]).await? > 0)
}
