//! Challenges of ACME that wait for the authority to look.

use poolhouse_ports::Timestamp;

use super::Table;
use super::acme_certificates::TOO_LONG;
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
        /// For which certificate.
        pub certificate: String,
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
    // A time that no right clock writes does not count.
    PUT = [
        "INSERT INTO acme_challenges (", AcmeChallenge::COLUMNS, ") VALUES (", AcmeChallenge::PLACEHOLDERS, ") \
         ON CONFLICT (name) DO UPDATE SET certificate = excluded.certificate, expires_at = excluded.expires_at, \
         digest = excluded.digest WHERE acme_challenges.certificate = excluded.certificate \
         OR acme_challenges.expires_at <= $5 OR acme_challenges.expires_at > $6"
    ];
    DELETE = ["DELETE FROM acme_challenges WHERE name = $1 AND digest = $2"];
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

/// Sets the challenge for a name; false when one for another certificate stands for it `now`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn put(tx: &mut Tx, challenge: &AcmeChallenge, now: Timestamp) -> Result<bool, StoreError> {
    let [name, certificate, expires_at, digest] = challenge.values();
    let values = [name, certificate, expires_at, digest, now.into(), now.plus_seconds(TOO_LONG).into()];
    Ok(tx.execute(PUT, &values).await? > 0)
}

/// Removes the challenge for a name, if it is this one.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, name: &str, digest: &[u8]) -> Result<(), StoreError> {
    tx.execute(DELETE, params![name, digest]).await.map(drop)
}

/// Removes those that have expired.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(PURGE, params![now]).await.map(drop)
}
