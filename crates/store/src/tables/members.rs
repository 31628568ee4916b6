//! Who is in which group.

use std::sync::LazyLock;

use poolhouse_ports::{PoolId, Sub};

use super::groups::Group;
use super::journals::Keeping;
use super::users::User;
use super::{Insert, Table, journals, past};
use crate::bulk::Bulk;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One membership.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Member {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// The user.
        pub sub: Sub,
        /// The group.
        pub group_name: String,
    }
}

pub(crate) const TABLE: Table = Table { name: "members", columns: Member::COLUMNS, key: Member::COLUMNS };

statements! {
    INSERT = [
        "INSERT INTO members (", Member::COLUMNS, ") VALUES (", Member::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    GET = [
        "SELECT ", Member::COLUMNS, " FROM members WHERE pool_id = $1 AND sub = $2 AND group_name = $3"
    ];
    DELETE = ["DELETE FROM members WHERE pool_id = $1 AND sub = $2 AND group_name = $3"];
    DELETE_SOME = [
        "DELETE FROM members WHERE pool_id = $1 AND group_name = $2 AND sub IN \
         (SELECT sub FROM members WHERE pool_id = $1 AND group_name = $2 ORDER BY sub LIMIT $3)"
    ];
    FIRST_OF_GROUP = [
        "SELECT sub FROM members WHERE pool_id = $1 AND group_name = $2 ORDER BY sub LIMIT $3"
    ];
    COUNT_OF_GROUP = [
        "SELECT COUNT(*) FROM (SELECT 1 FROM members WHERE pool_id = $1 AND group_name = $2 LIMIT $3) AS bounded"
    ];
    COUNT_OF_USER = [
        "SELECT COUNT(*) FROM (SELECT 1 FROM members WHERE pool_id = $1 AND sub = $2 LIMIT $3) AS bounded"
    ];
    // The page is cut before the join, or SQLite may walk the memberships of the whole pool for it. CROSS JOIN
    // keeps it from walking all groups or users to look for each whether it belongs.
    GROUPS_OF_USER = [
        "SELECT ", Group::COLUMNS, " FROM (SELECT group_name FROM members WHERE pool_id = $1 AND sub = $2 \
         AND group_name > $3 ORDER BY group_name LIMIT $4) AS page CROSS JOIN user_groups \
         WHERE pool_id = $1 AND name = group_name ORDER BY group_name"
    ];
    USERS_OF_GROUP = [
        "SELECT ", User::COLUMNS, " FROM (SELECT sub AS member FROM members WHERE pool_id = $1 \
         AND group_name = $2 AND sub > $3 ORDER BY sub LIMIT $4) AS page CROSS JOIN users \
         WHERE pool_id = $1 AND sub = member ORDER BY member"
    ];
}

/// Puts the user into the group.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when there is no such user or no such group.
pub async fn insert(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    group_name: &str,
) -> Result<Insert, StoreError> {
    let keeping = journals::changing(tx, pool_id).await?;
    let member = Member { pool_id: pool_id.clone(), sub: sub.clone(), group_name: group_name.to_owned() };
    let inserted = Insert::from_count(tx.execute(INSERT, &member.values()).await?);
    if let (Keeping::Since(at), Insert::Inserted) = (keeping, inserted) {
        past::members::keep_absent(tx, at, pool_id, [sub, group_name]).await?;
    }
    Ok(inserted)
}

/// Whether the user is in the group.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    group_name: &str,
) -> Result<Option<Member>, StoreError> {
    tx.query_opt(GET, params![pool_id, sub, group_name], Member::decode).await
}

/// As [`insert`], for many users, all of them new.
///
/// # Errors
/// As [`insert`].
pub async fn insert_many(
    tx: &mut Tx,
    pool_id: &PoolId,
    memberships: &[(&Sub, String)],
) -> Result<(), StoreError> {
    static INSERT: LazyLock<Bulk> = LazyLock::new(|| Bulk::new(TABLE.name, TABLE.columns, "sub"));
    let keeping = journals::changing(tx, pool_id).await?;
    let rows: Vec<_> =
        memberships.iter().map(|(sub, group)| params![pool_id, *sub, group].to_vec()).collect();
    INSERT.insert::<Sub>(tx, &rows).await?;
    if let Keeping::Since(at) = keeping {
        let keys: Vec<_> = memberships.iter().map(|(sub, group)| [sub.as_str(), group]).collect();
        past::members::keep_many_absent(tx, at, pool_id, &keys).await?;
    }
    Ok(())
}

/// Takes the user out of the group.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, sub: &Sub, group_name: &str) -> Result<bool, StoreError> {
    if let Keeping::Since(at) = journals::changing(tx, pool_id).await? {
        past::members::keep(tx, at, pool_id, [sub, group_name]).await?;
    }
    Ok(tx.execute(DELETE, params![pool_id, sub, group_name]).await? > 0)
}

/// Takes at most `limit` users out of the group; tells how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete_some(
    tx: &mut Tx,
    pool_id: &PoolId,
    group_name: &str,
    limit: u32,
) -> Result<u64, StoreError> {
    if let Keeping::Since(at) = journals::changing(tx, pool_id).await? {
        let first = params![pool_id, group_name, limit];
        for sub in tx.query(FIRST_OF_GROUP, first, |row| row.get::<Sub>(0)).await? {
            past::members::keep(tx, at, pool_id, [&sub, group_name]).await?;
        }
    }
    tx.execute(DELETE_SOME, params![pool_id, group_name, limit]).await
}

/// How many users are in the group, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count_of_group(
    tx: &mut Tx,
    pool_id: &PoolId,
    group_name: &str,
    bound: u32,
) -> Result<u32, StoreError> {
    let count = tx.query_opt(COUNT_OF_GROUP, params![pool_id, group_name, bound], |row| row.get(0)).await?;
    Ok(count.unwrap_or(0))
}

/// How many groups the user is in, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count_of_user(tx: &mut Tx, pool_id: &PoolId, sub: &Sub, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT_OF_USER, params![pool_id, sub, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// At most `limit` groups of the user by name, behind the name `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn groups_of_user(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    after: &str,
    limit: u32,
) -> Result<Vec<Group>, StoreError> {
    tx.query(GROUPS_OF_USER, params![pool_id, sub, after, limit], Group::decode).await
}

/// At most `limit` users of the group by sub, behind the sub `after` (empty: from the first).
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn users_of_group(
    tx: &mut Tx,
    pool_id: &PoolId,
    group_name: &str,
    after: &Sub,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    tx.query(USERS_OF_GROUP, params![pool_id, group_name, after, limit], User::decode).await
}
