//! Challenges of ACME that wait for the authority to look.

use poolhouse_ports::Timestamp;

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One challenge.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AcmeChallenge {
        /// The host name that is to be proven.
        pub name: String,
        /// When nobody waits for it any more.
        pub expires_at: Timestamp,
        /// The digest of the key authorization, sealed.
        pub digest: Vec<u8>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "acme_challenges", columns: AcmeChallenge::COLUMNS, key: "name" };

statements! {
    LIST = [
        "SELECT ", AcmeChallenge::COLUMNS, " FROM acme_challenges WHERE name > '' ORDER BY name LIMIT $1"
    ];
    PUT = [
        "INSERT INTO acme_challenges (", AcmeChallenge::COLUMNS, ") VALUES (", AcmeChallenge::PLACEHOLDERS, ") \
         ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at, digest = excluded.digest"
    ];
    DELETE = ["DELETE FROM acme_challenges WHERE name = $1"];
    // The first condition is always true, and tells SQLite to walk the index.
    PURGE = ["DELETE FROM acme_challenges WHERE name > '' AND expires_at <= $1"];
}

/// The first challenges by name, also those that have expired.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<AcmeChallenge>, StoreError> {
    tx.query(LIST, params![limit], AcmeChallenge::decode).await
}

/// Sets the challenge for a name.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn put(tx: &mut Tx, challenge: &AcmeChallenge) -> Result<(), StoreError> {
    tx.execute(PUT, &challenge.values()).await.map(drop)
}

/// Removes the challenge for a name.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    tx.execute(DELETE, params![name]).await.map(drop)
}

/// Removes those that have expired.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(PURGE, params![now]).await.map(drop)
}
