//! The certificates with which a pool signs SAML requests.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The pool it belongs to.
    pub pool_id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The certificate: DER.
    pub certificate: Vec<u8>,
    /// Its private key, sealed.
    pub private_key: Vec<u8>,
}

const COLUMNS: &str = "pool_id, created_at, certificate, private_key";

pub(crate) const TABLE: Table = Table { name: "certificates", columns: COLUMNS, key: "pool_id, created_at" };

statements! {
    NEWEST = [
        "SELECT ", COLUMNS, " FROM certificates WHERE pool_id = $1 ORDER BY created_at DESC LIMIT 1"
    ];
    INSERT = ["INSERT INTO certificates (", COLUMNS, ") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"];
    DELETE = ["DELETE FROM certificates WHERE pool_id = $1 AND created_at = $2"];
}

fn decode(row: &Row<'_>) -> Result<Certificate, StoreError> {
    Ok(Certificate {
        pool_id: row.get(0)?,
        created_at: row.get(1)?,
        certificate: row.get(2)?,
        private_key: row.get(3)?,
    })
}

/// The pool's newest certificate.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get_newest(tx: &mut Tx, pool_id: &str) -> Result<Option<Certificate>, StoreError> {
    tx.query_opt(NEWEST, params![pool_id], decode).await
}

/// Inserts a certificate.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, certificate: &Certificate) -> Result<Insert, StoreError> {
    let params = params![
        &certificate.pool_id,
        certificate.created_at,
        &certificate.certificate,
        &certificate.private_key,
    ];
    Ok(Insert::from_count(tx.execute(INSERT, params).await?))
}

/// Deletes the certificate made at this time.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &str, created_at: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, created_at]).await? > 0)
}
