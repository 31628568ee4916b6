//! Browsers in which a user signed in to a pool's pages.

use poolhouse_ports::{ClientId, PoolId, Sub, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One browser in which a user signed in.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BrowserSession {
        /// The pool of the user.
        pub pool_id: PoolId,
        /// The user.
        pub sub: Sub,
        /// By which users and administrators name it.
        pub session_id: String,
        /// The app client through which it was made.
        pub client_id: ClientId,
        /// When the user last proved who they are.
        pub authenticated_at: Timestamp,
        /// When nobody takes it up any more; after it, the row may be purged.
        pub expires_at: Timestamp,
        /// What was proven, as in the claim `amr`, separated by blanks.
        pub methods: String,
        /// When it was last used.
        pub last_active_at: Timestamp,
        /// What it was last used by.
        pub device: String,
        /// The source address of that request, if it was known.
        pub address: Option<String>,
        /// By which identity provider the user came, and what that said: JSON; absent for who signed in here.
        pub federation: Option<String>,
        /// Whose session at a SAML provider it is; absent for who came otherwise.
        pub provider_user: Option<String>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "browser_sessions", columns: BrowserSession::COLUMNS, key: "pool_id, sub, session_id" };

statements! {
    GET = [
        "SELECT ", BrowserSession::COLUMNS, " FROM browser_sessions \
         WHERE pool_id = $1 AND sub = $2 AND session_id = $3"
    ];
    LIST = [
        "SELECT ", BrowserSession::COLUMNS, " FROM browser_sessions WHERE pool_id = $1 AND sub = $2 \
         ORDER BY last_active_at DESC, session_id DESC LIMIT $3"
    ];
    LIST_OF_PROVIDER_USER = [
        "SELECT ", BrowserSession::COLUMNS, " FROM browser_sessions WHERE pool_id = $1 AND provider_user = $2 \
         ORDER BY last_active_at DESC, session_id DESC LIMIT $3"
    ];
    INSERT = [
        "INSERT INTO browser_sessions (", BrowserSession::COLUMNS, ") VALUES (",
        BrowserSession::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    TOUCH = [
        "UPDATE browser_sessions SET last_active_at = $4, device = $5, address = $6 \
         WHERE pool_id = $1 AND sub = $2 AND session_id = $3"
    ];
    SET_METHODS = [
        "UPDATE browser_sessions SET methods = $4 WHERE pool_id = $1 AND sub = $2 AND session_id = $3"
    ];
    EVICT = [
        "DELETE FROM browser_sessions WHERE pool_id = $1 AND sub = $2 AND session_id NOT IN \
         (SELECT session_id FROM browser_sessions WHERE pool_id = $1 AND sub = $2 \
         ORDER BY last_active_at DESC, session_id DESC LIMIT $3)"
    ];
    DELETE = ["DELETE FROM browser_sessions WHERE pool_id = $1 AND sub = $2 AND session_id = $3"];
    DELETE_OF_USER = ["DELETE FROM browser_sessions WHERE pool_id = $1 AND sub = $2"];
    PURGE = [
        "DELETE FROM browser_sessions WHERE (pool_id, sub, session_id) IN \
         (SELECT pool_id, sub, session_id FROM browser_sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"
    ];
}

/// The browser session of this user with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    session_id: &str,
) -> Result<Option<BrowserSession>, StoreError> {
    tx.query_opt(GET, params![pool_id, sub, session_id], BrowserSession::decode).await
}

/// At most `limit` browser sessions of a user, the one that was used last first, expired ones among them.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    limit: u32,
) -> Result<Vec<BrowserSession>, StoreError> {
    tx.query(LIST, params![pool_id, sub, limit], BrowserSession::decode).await
}

/// At most `limit` browser sessions of a provider's user, the one that was used last first.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_of_provider_user(
    tx: &mut Tx,
    pool_id: &PoolId,
    provider_user: &str,
    limit: u32,
) -> Result<Vec<BrowserSession>, StoreError> {
    tx.query(LIST_OF_PROVIDER_USER, params![pool_id, provider_user, limit], BrowserSession::decode).await
}

/// Inserts a browser session.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn insert(tx: &mut Tx, session: &BrowserSession) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &session.values()).await?))
}

/// Writes anew when, by what and from where a browser session was last used; false when there is none.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn touch(tx: &mut Tx, session: &BrowserSession) -> Result<bool, StoreError> {
    let BrowserSession { pool_id, sub, session_id, last_active_at, device, address, .. } = session;
    let params = params![pool_id, sub, session_id, *last_active_at, device, address.as_ref()];
    Ok(tx.execute(TOUCH, params).await? > 0)
}

/// Writes anew what was proven in a browser session; false when there is none.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn set_methods(tx: &mut Tx, session: &BrowserSession) -> Result<bool, StoreError> {
    let BrowserSession { pool_id, sub, session_id, methods, .. } = session;
    Ok(tx.execute(SET_METHODS, params![pool_id, sub, session_id, methods]).await? > 0)
}

/// Deletes a user's browser sessions but the `keep` that were used last; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn evict(tx: &mut Tx, pool_id: &PoolId, sub: &Sub, keep: u32) -> Result<u64, StoreError> {
    tx.execute(EVICT, params![pool_id, sub, keep]).await
}

/// Deletes a browser session; false when there is none.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, sub: &Sub, session_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, sub, session_id]).await? > 0)
}

/// Deletes all browser sessions of a user; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete_of_user(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<u64, StoreError> {
    tx.execute(DELETE_OF_USER, params![pool_id, sub]).await
}

/// Deletes at most `limit` browser sessions, of all pools, that expired before `now`; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
    tx.execute(PURGE, params![now, limit]).await
}
