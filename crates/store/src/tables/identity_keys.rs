//! The keys that sign the tokens of identity pools.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One key pair.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IdentityKey {
        /// Its identifier in the JWKS.
        pub kid: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// The private key: PKCS #8, sealed.
        pub private_key: Vec<u8>,
    }
}

pub(crate) const TABLE: Table = Table { name: "identity_keys", columns: IdentityKey::COLUMNS, key: "kid" };

statements! {
    LIST = ["SELECT ", IdentityKey::COLUMNS, " FROM identity_keys WHERE kid > '' ORDER BY kid"];
    INSERT = [
        "INSERT INTO identity_keys (", IdentityKey::COLUMNS, ") VALUES (", IdentityKey::PLACEHOLDERS,
        ") ON CONFLICT DO NOTHING"
    ];
    DELETE = ["DELETE FROM identity_keys WHERE kid = $1"];
}

/// All keys by identifier: a handful.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx) -> Result<Vec<IdentityKey>, StoreError> {
    tx.query(LIST, &[], IdentityKey::decode).await
}

/// Inserts a key.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn insert(tx: &mut Tx, key: &IdentityKey) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &key.values()).await?))
}

/// Deletes a key: tokens that it signed are no longer verified.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, kid: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![kid]).await? > 0)
}
