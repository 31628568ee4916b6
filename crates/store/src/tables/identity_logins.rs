//! Who logs in as which identity.

use poolhouse_ports::{IdentityId, IdentityPoolId};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One login.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IdentityLogin {
        /// The identity pool.
        pub pool_id: IdentityPoolId,
        /// `public`, or `developer` for users that the developer's own backend names.
        pub kind: String,
        /// The provider, which is unique among those of a kind.
        pub provider: String,
        /// Whom the provider means.
        pub subject: String,
        /// The identity.
        pub identity_id: IdentityId,
    }
}

const KEY: &str = "pool_id, kind, provider, subject";

pub(crate) const TABLE: Table = Table { name: "identity_logins", columns: IdentityLogin::COLUMNS, key: KEY };

statements! {
    GET = [
        "SELECT ", IdentityLogin::COLUMNS, " FROM identity_logins \
         WHERE pool_id = $1 AND kind = $2 AND provider = $3 AND subject = $4"
    ];
    OF_IDENTITY_AFTER = [
        "SELECT ", IdentityLogin::COLUMNS, " FROM identity_logins WHERE identity_id = $1 \
         AND (kind, provider, subject) > ($2, $3, $4) ORDER BY kind, provider, subject LIMIT $5"
    ];
    INSERT = [
        "INSERT INTO identity_logins (", IdentityLogin::COLUMNS, ") VALUES (", IdentityLogin::PLACEHOLDERS,
        ") ON CONFLICT DO NOTHING"
    ];
    MOVE = ["UPDATE identity_logins SET identity_id = $2 WHERE identity_id = $1"];
    DELETE = [
        "DELETE FROM identity_logins WHERE pool_id = $1 AND kind = $2 AND provider = $3 AND subject = $4"
    ];
}

/// The login of a subject of a provider.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &IdentityPoolId,
    kind: &str,
    (provider, subject): (&str, &str),
) -> Result<Option<IdentityLogin>, StoreError> {
    tx.query_opt(GET, params![pool_id, kind, provider, subject], IdentityLogin::decode).await
}

/// At most `limit` logins of an identity by kind, provider and subject, behind `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn of_identity_after(
    tx: &mut Tx,
    identity_id: &IdentityId,
    (kind, provider, subject): (&str, &str, &str),
    limit: u32,
) -> Result<Vec<IdentityLogin>, StoreError> {
    let params = params![identity_id, kind, provider, subject, limit];
    tx.query(OF_IDENTITY_AFTER, params, IdentityLogin::decode).await
}

/// Inserts a login.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the identity does not exist.
pub async fn insert(tx: &mut Tx, login: &IdentityLogin) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &login.values()).await?))
}

/// Makes all logins of one identity those of another.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn move_all(tx: &mut Tx, from: &IdentityId, to: &IdentityId) -> Result<u64, StoreError> {
    tx.execute(MOVE, params![from, to]).await
}

/// Deletes the login.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, login: &IdentityLogin) -> Result<bool, StoreError> {
    let params = params![&login.pool_id, &login.kind, &login.provider, &login.subject];
    Ok(tx.execute(DELETE, params).await? > 0)
}
