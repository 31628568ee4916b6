//! The users of a pool.

use std::sync::LazyLock;

use poolhouse_ports::{PoolId, Sub, Timestamp, Username};

use super::journals::Keeping;
use super::{Insert, Table, journals, past};
use crate::bulk::Bulk;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{params, prefix_end};

row! {
    /// One user.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct User {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its identifier, unique in the pool and never changed.
        pub sub: Sub,
        /// Its canonical user name.
        pub username: Username,
        /// The user name as it is looked up: folded when the pool ignores case. Unique in the pool.
        pub username_key: String,
        /// Cognito's `UserStatus`, such as `CONFIRMED`.
        pub status: String,
        /// Whether it may sign in.
        pub enabled: bool,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
        /// Its attributes: a JSON object of strings, without `sub`.
        pub attributes: String,
        /// Salt and SRP verifier of its password, sealed; none without a password.
        pub verifier: Option<Vec<u8>>,
        /// When the password was set.
        pub password_set_at: Option<Timestamp>,
        /// How many passwords it has had.
        pub password_version: i64,
        /// What earlier passwords are recognised by, sealed.
        pub password_history: Option<Vec<u8>>,
        /// Its second factors and their preference: JSON.
        pub mfa: Option<String>,
        /// How often it was signed out everywhere: the generation of its tokens.
        pub sign_outs: i64,
        /// Its password as another system hashed it, sealed, until it is proven for the first time.
        pub imported_hash: Option<Vec<u8>>,
    }
}

pub(crate) const TABLE: Table = Table { name: "users", columns: User::COLUMNS, key: "pool_id, sub" };

statements! {
    GET = ["SELECT ", User::COLUMNS, " FROM users WHERE pool_id = $1 AND sub = $2"];
    GET_FROM = [
        "SELECT ", User::COLUMNS, " FROM users WHERE pool_id = $1 AND sub >= $2 ORDER BY sub LIMIT 1"
    ];
    FIND_BY_USERNAME_KEY = ["SELECT ", User::COLUMNS, " FROM users WHERE pool_id = $1 AND username_key = $2"];
    LIST_AFTER = [
        "SELECT ", User::COLUMNS, " FROM users WHERE pool_id = $1 AND (created_at, sub) > ($2, $3) \
         ORDER BY created_at, sub LIMIT $4"
    ];
    LIST_BY_STATUS_AFTER = [
        "SELECT ", User::COLUMNS, " FROM users WHERE pool_id = $1 AND status = $2 \
         AND (created_at, sub) > ($3, $4) ORDER BY created_at, sub LIMIT $5"
    ];
    LIST_BY_ENABLED_AFTER = [
        "SELECT ", User::COLUMNS, " FROM users WHERE pool_id = $1 AND enabled = $2 \
         AND (created_at, sub) > ($3, $4) ORDER BY created_at, sub LIMIT $5"
    ];
    LIST_BY_USERNAME_PREFIX = [
        "SELECT ", User::COLUMNS, " FROM users WHERE pool_id = $1 \
         AND username_key >= $2 AND username_key < $3 AND username_key > $4 ORDER BY username_key LIMIT $5"
    ];
    LIST_BY_SUB_PREFIX = [
        "SELECT ", User::COLUMNS, " FROM users WHERE pool_id = $1 AND sub >= $2 AND sub < $3 AND sub > $4 \
         ORDER BY sub LIMIT $5"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE pool_id = $1 LIMIT $2) AS bounded"];
    INSERT = [
        "INSERT INTO users (", User::COLUMNS, ") VALUES (", User::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = [
        "UPDATE users SET username = $3, username_key = $4, status = $5, enabled = $6, created_at = $7, \
         modified_at = $8, attributes = $9, verifier = $10, password_set_at = $11, password_version = $12, \
         password_history = $13, mfa = $14, sign_outs = $15, imported_hash = $16 \
         WHERE pool_id = $1 AND sub = $2"
    ];
    SET_MFA = ["UPDATE users SET mfa = $3 WHERE pool_id = $1 AND sub = $2"];
    DELETE = ["DELETE FROM users WHERE pool_id = $1 AND sub = $2"];
    // What a recovery takes back: passwords and generations are not.
    DIFFERS = [
        "SELECT sub FROM users WHERE pool_id = $1 AND sub = $2 AND (username <> $3 OR username_key <> $4 \
         OR status <> $5 OR enabled <> $6 OR attributes <> $7 OR COALESCE(mfa, '') <> $8)"
    ];
}

/// The place of a user in the order of creation: behind it a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After<'a> {
    /// When the last user of the page before was made.
    pub created_at: Timestamp,
    /// Its sub.
    pub sub: &'a Sub,
}

impl After<'_> {
    /// Before the first user.
    pub const START: Self = After { created_at: Timestamp(i64::MIN), sub: Sub::START };
}

/// The user with this sub.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<Option<User>, StoreError> {
    tx.query_opt(GET, params![pool_id, sub], User::decode).await
}

/// The user whose `sub` is this one or the first behind it.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get_from(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<Option<User>, StoreError> {
    tx.query_opt(GET_FROM, params![pool_id, sub], User::decode).await
}

/// The user with this user name, given as it is looked up ([`User::username_key`]).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn find_by_username_key(
    tx: &mut Tx,
    pool_id: &PoolId,
    username_key: &str,
) -> Result<Option<User>, StoreError> {
    tx.query_opt(FIND_BY_USERNAME_KEY, params![pool_id, username_key], User::decode).await
}

/// At most `limit` users of the pool in the order of creation.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    after: After<'_>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    tx.query(LIST_AFTER, params![pool_id, after.created_at, after.sub, limit], User::decode).await
}

/// At most `limit` users of the pool that have this status, in the order of creation.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_by_status_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    status: &str,
    after: After<'_>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let params = params![pool_id, status, after.created_at, after.sub, limit];
    tx.query(LIST_BY_STATUS_AFTER, params, User::decode).await
}

/// At most `limit` users of the pool that are enabled, or that are not, in the order of creation.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_by_enabled_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    enabled: bool,
    after: After<'_>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let params = params![pool_id, enabled, after.created_at, after.sub, limit];
    tx.query(LIST_BY_ENABLED_AFTER, params, User::decode).await
}

/// At most `limit` users whose user name, as it is looked up, starts with `prefix`, by that name, behind the
/// name `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_by_username_prefix(
    tx: &mut Tx,
    pool_id: &PoolId,
    prefix: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    list_by_prefix(tx, LIST_BY_USERNAME_PREFIX, pool_id, prefix, after, limit).await
}

/// At most `limit` users whose sub starts with `prefix`, by sub, behind the sub `after` (empty: from the
/// first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_by_sub_prefix(
    tx: &mut Tx,
    pool_id: &PoolId,
    prefix: &str,
    after: &Sub,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    list_by_prefix(tx, LIST_BY_SUB_PREFIX, pool_id, prefix, after, limit).await
}

async fn list_by_prefix(
    tx: &mut Tx,
    statement: &crate::statement::Statement,
    pool_id: &PoolId,
    prefix: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let end = prefix_end(prefix);
    let end = end.as_deref().unwrap_or(super::user_index::LAST);
    tx.query(statement, params![pool_id, prefix, end, after, limit], User::decode).await
}

/// How many users the pool has, counting no further than `bound`: counting takes time for each.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &PoolId, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![pool_id, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a user; [`Insert::Exists`] when its sub or its user name is taken.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, user: &User) -> Result<Insert, StoreError> {
    let keeping = journals::changing(tx, &user.pool_id).await?;
    let inserted = Insert::from_count(tx.execute(INSERT, &user.values()).await?);
    if let (Keeping::Since(at), Insert::Inserted) = (keeping, inserted) {
        past::users::keep_absent(tx, at, &user.pool_id, [&user.sub]).await?;
    }
    Ok(inserted)
}

/// Inserts many users of one pool; tells the subs of those whose sub and user name were free.
///
/// # Errors
/// As [`insert`].
pub async fn insert_many(tx: &mut Tx, users: &[User]) -> Result<Vec<Sub>, StoreError> {
    static INSERT: LazyLock<Bulk> = LazyLock::new(|| Bulk::new(TABLE.name, TABLE.columns, "sub"));
    let Some(pool_id) = users.first().map(|user| &user.pool_id) else { return Ok(Vec::new()) };
    let keeping = journals::changing(tx, pool_id).await?;
    let rows: Vec<_> = users.iter().map(|user| user.values().to_vec()).collect();
    let inserted: Vec<Sub> = INSERT.insert(tx, &rows).await?;
    if let Keeping::Since(at) = keeping {
        let keys: Vec<_> = inserted.iter().map(|sub| [sub.as_str()]).collect();
        past::users::keep_many_absent(tx, at, pool_id, &keys).await?;
    }
    Ok(inserted)
}

/// Overwrites the whole row of the user with this pool and sub.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user name is another user's.
pub async fn update(tx: &mut Tx, user: &User) -> Result<bool, StoreError> {
    let keeping = journals::of(tx, &user.pool_id).await?;
    if keeping != Keeping::Nothing
        && differs(tx, user).await?
        && let Keeping::Since(at) = journals::changing(tx, &user.pool_id).await?
    {
        past::users::keep(tx, at, &user.pool_id, [&user.sub]).await?;
    }
    Ok(tx.execute(UPDATE, &user.values()).await? > 0)
}

/// Writes down in the user's factors which code was used. No recovery takes that back, so that none is kept.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn set_used_code(tx: &mut Tx, user: &User) -> Result<bool, StoreError> {
    Ok(tx.execute(SET_MFA, params![&user.pool_id, &user.sub, user.mfa.as_deref()]).await? > 0)
}

/// Whether the stored row of the user differs in what a recovery takes back.
async fn differs(tx: &mut Tx, user: &User) -> Result<bool, StoreError> {
    let params = params![
        &user.pool_id,
        &user.sub,
        &user.username,
        &user.username_key,
        &user.status,
        user.enabled,
        &user.attributes,
        user.mfa.as_deref().unwrap_or_default(),
    ];
    Ok(tx.query_opt(DIFFERS, params, |row| row.get::<String>(0)).await?.is_some())
}

/// Deletes the user with all that belongs to it: group memberships, aliases, codes, sessions.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<bool, StoreError> {
    if let Keeping::Since(at) = journals::changing(tx, pool_id).await? {
        past::users::keep(tx, at, pool_id, [sub]).await?;
        past::members::keep_of_user(tx, at, pool_id, sub).await?;
        past::passkeys::keep_of_user(tx, at, pool_id, sub).await?;
        past::linked_identities::keep_of_user(tx, at, pool_id, sub).await?;
    }
    Ok(tx.execute(DELETE, params![pool_id, sub]).await? > 0)
}
