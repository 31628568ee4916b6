//! The certificates with which a pool signs SAML requests.

use poolhouse_ports::{PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One certificate.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Certificate {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// When it was made.
        pub created_at: Timestamp,
        /// The certificate: DER.
        pub certificate: Vec<u8>,
        /// Its private key, sealed.
        pub private_key: Vec<u8>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "certificates", columns: Certificate::COLUMNS, key: "pool_id, created_at" };

statements! {
    NEWEST = [
        "SELECT ", Certificate::COLUMNS, " FROM certificates WHERE pool_id = $1 \
         ORDER BY created_at DESC LIMIT 1"
    ];
    INSERT = [
        "INSERT INTO certificates (", Certificate::COLUMNS, ") VALUES (",
        Certificate::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    DELETE = ["DELETE FROM certificates WHERE pool_id = $1 AND created_at = $2"];
}

/// The pool's newest certificate.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get_newest(tx: &mut Tx, pool_id: &PoolId) -> Result<Option<Certificate>, StoreError> {
    tx.query_opt(NEWEST, params![pool_id], Certificate::decode).await
}

/// Inserts a certificate.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, certificate: &Certificate) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &certificate.values()).await?))
}

/// Deletes the certificate made at this time.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, created_at: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, created_at]).await? > 0)
}
