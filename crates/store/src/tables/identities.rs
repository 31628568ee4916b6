//! The identities of identity pools.

use poolhouse_ports::{IdentityId, IdentityPoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One identity.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Identity {
        /// Its id.
        pub id: IdentityId,
        /// The pool that it belongs to.
        pub pool_id: IdentityPoolId,
        /// When it was made.
        pub created_at: Timestamp,
        /// When a login was last linked to it or taken from it.
        pub modified_at: Timestamp,
        /// Whether it ever had a login: it is no guest's any more.
        pub authenticated: bool,
        /// False once it was merged into another one.
        pub enabled: bool,
    }
}

pub(crate) const TABLE: Table = Table { name: "identities", columns: Identity::COLUMNS, key: "id" };

statements! {
    GET = [
        "SELECT ", Identity::COLUMNS, " FROM identities WHERE id = $1 AND EXISTS \
         (SELECT 1 FROM identity_pools AS pool WHERE pool.id = identities.pool_id AND pool.deleted_at IS NULL)"
    ];
    LIST_AFTER = [
        "SELECT ", Identity::COLUMNS, " FROM identities WHERE pool_id = $1 AND id > $2 AND enabled >= $3 \
         ORDER BY id LIMIT $4"
    ];
    INSERT = [
        "INSERT INTO identities (", Identity::COLUMNS, ") VALUES (", Identity::PLACEHOLDERS,
        ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = ["UPDATE identities SET modified_at = $2, authenticated = $3, enabled = $4 WHERE id = $1"];
    DELETE = ["DELETE FROM identities WHERE id = $1"];
    PURGE = [
        "DELETE FROM identities WHERE id IN \
         (SELECT id FROM identities WHERE pool_id = $1 ORDER BY id LIMIT $2)"
    ];
}

/// The identity with this id, unless its pool was deleted.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, id: &IdentityId) -> Result<Option<Identity>, StoreError> {
    tx.query_opt(GET, params![id], Identity::decode).await
}

/// At most `limit` identities of a pool by id, behind the id `after`; without those that were merged into others where
/// only the enabled ones are wanted.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &IdentityPoolId,
    after: &IdentityId,
    only_enabled: bool,
    limit: u32,
) -> Result<Vec<Identity>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, after, only_enabled, limit], Identity::decode).await
}

/// Inserts an identity.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, identity: &Identity) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &identity.values()).await?))
}

/// Overwrites what can be changed of the identity: all but id, pool and time of creation.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, identity: &Identity) -> Result<bool, StoreError> {
    let Identity { id, pool_id: _, created_at: _, modified_at, authenticated, enabled } = identity;
    Ok(tx.execute(UPDATE, params![id, *modified_at, *authenticated, *enabled]).await? > 0)
}

/// Deletes the identity with its logins.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, id: &IdentityId) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![id]).await? > 0)
}

/// Deletes at most `limit` identities of a pool with their logins; returns how many.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, pool_id: &IdentityPoolId, limit: u32) -> Result<u64, StoreError> {
    tx.execute(PURGE, params![pool_id, limit]).await
}
