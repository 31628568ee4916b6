//! The attributes of users that can be searched, by value.

use std::sync::LazyLock;

use poolhouse_ports::{PoolId, Sub};

use super::Table;
use super::users::User;
use crate::bulk::Bulk;
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params, prefix_end};

const COLUMNS: &str = "pool_id, name, value, sub";

pub(crate) const TABLE: Table = Table { name: "user_index", columns: COLUMNS, key: COLUMNS };

/// The most characters of a value that are kept: more than a search can ask for, and few enough for an index
/// of PostgreSQL. The caller cuts what is longer.
pub const LONGEST_VALUE: usize = 256;

/// Behind all values that are searched: what ends the empty prefix.
pub(super) const LAST: &str = "\u{10ffff}\u{10ffff}\u{10ffff}\u{10ffff}";

statements! {
    LIST = ["SELECT name, value FROM user_index WHERE pool_id = $1 AND sub = $2 ORDER BY name, value"];
    INSERT = ["INSERT INTO user_index (", COLUMNS, ") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"];
    DELETE = ["DELETE FROM user_index WHERE pool_id = $1 AND name = $2 AND value = $3 AND sub = $4"];
    // CROSS JOIN: see tables::members.
    FIND_EXACT_AFTER = [
        "SELECT ", User::COLUMNS, ", value FROM (SELECT sub AS member, value FROM user_index \
         WHERE pool_id = $1 AND name = $2 AND value = $3) AS found CROSS JOIN users WHERE pool_id = $1 \
         AND sub = member AND member > $4 AND sub > $4 ORDER BY member LIMIT $5"
    ];
    FIND_PREFIX_AFTER = [
        "SELECT ", User::COLUMNS, ", value FROM (SELECT sub AS member, value FROM user_index \
         WHERE pool_id = $1 AND name = $2) AS found CROSS JOIN users WHERE pool_id = $1 \
         AND sub = member AND value < $3 AND (value, member) > ($4, $5) ORDER BY value, member LIMIT $6"
    ];
}

/// A user that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The user.
    pub user: User,
    /// The value by which it was found; with the user's sub it tells where the next page begins.
    pub value: String,
}

fn decode(row: &Row<'_>) -> Result<Found, StoreError> {
    Ok(Found { user: User::decode(row)?, value: row.get(User::WIDTH)? })
}

/// Lets a new user be found by `entries`, pairs of attribute name and folded value.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn insert(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    entries: &[(&str, &str)],
) -> Result<(), StoreError> {
    for (name, value) in entries {
        tx.execute(INSERT, params![pool_id, *name, *value, sub]).await?;
    }
    Ok(())
}

/// As [`insert`], for many new users: user, attribute name, folded value.
///
/// # Errors
/// As [`insert`].
pub async fn insert_many(
    tx: &mut Tx,
    pool_id: &PoolId,
    entries: &[(&Sub, &str, String)],
) -> Result<(), StoreError> {
    static INSERT: LazyLock<Bulk> = LazyLock::new(|| Bulk::new(TABLE.name, TABLE.columns, "sub"));
    let rows: Vec<_> =
        entries.iter().map(|(sub, name, value)| params![pool_id, *name, value, *sub].to_vec()).collect();
    INSERT.insert::<Sub>(tx, &rows).await.map(drop)
}

/// Makes `entries`, pairs of attribute name and folded value, the ones that the user is found by.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the user does not exist.
pub async fn replace(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    entries: &[(&str, &str)],
) -> Result<(), StoreError> {
    // Only what differs is written: an update of a user mostly leaves these as they are.
    let old = list(tx, pool_id, sub).await?;
    for (name, value) in &old {
        if !entries.contains(&(name, value)) {
            tx.execute(DELETE, params![pool_id, name, value, sub]).await?;
        }
    }
    for (name, value) in entries {
        if !old.iter().any(|(n, v)| n == name && v == value) {
            tx.execute(INSERT, params![pool_id, *name, *value, sub]).await?;
        }
    }
    Ok(())
}

/// The pairs of attribute name and folded value that the user is found by.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, pool_id: &PoolId, sub: &Sub) -> Result<Vec<(String, String)>, StoreError> {
    tx.query(LIST, params![pool_id, sub], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// At most `limit` users whose attribute `name` has this folded value, by sub, behind the sub
/// `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn find_exact_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    name: &str,
    value: &str,
    after: &Sub,
    limit: u32,
) -> Result<Vec<Found>, StoreError> {
    tx.query(FIND_EXACT_AFTER, params![pool_id, name, value, after, limit], decode).await
}

/// At most `limit` users whose attribute `name` has a folded value that starts with `prefix`, by
/// value and sub, behind `after` (the value and sub of the last of the page before).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn find_prefix_after(
    tx: &mut Tx,
    pool_id: &PoolId,
    name: &str,
    prefix: &str,
    after: Option<(&str, &Sub)>,
    limit: u32,
) -> Result<Vec<Found>, StoreError> {
    let end = prefix_end(prefix);
    let end = end.as_deref().unwrap_or(LAST);
    // No sub is empty, so all with the very value of the prefix come behind it.
    let (value, sub) = after.unwrap_or((prefix, Sub::START));
    tx.query(FIND_PREFIX_AFTER, params![pool_id, name, end, value, sub, limit], decode).await
}
