//! What requests take turns at (docs/decisions/0021-contention.md).

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};

use crate::Cx;
use crate::model::{Pool, User, names};

/// What requests take turns at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Thing<'a> {
    /// A pool's record.
    Pool(&'a PoolId),
    /// An app client, with its secrets.
    Client(&'a ClientId),
    /// A group of a pool.
    Group(&'a PoolId, &'a str),
    /// An identity provider of a pool.
    Provider(&'a PoolId, &'a str),
    /// How managed login looks for a client of a pool.
    Style(&'a PoolId, &'a str),
    /// What users of a client of a pool agree to.
    Terms(&'a PoolId, &'a str),
    /// A policy about client metadata documents of a pool.
    CimdPolicy(&'a PoolId, &'a str),
    /// The document of a client of a pool that is a URL.
    CimdDocument(&'a PoolId, &'a str),
    /// A resource server of a pool.
    ResourceServer(&'a PoolId, &'a str),
    /// Everything that comes of one sign-in in a pool.
    SignIn(&'a PoolId, &'a str),
    /// A user of a pool with all that belongs to it, by the user name as it is looked up.
    User(&'a PoolId, &'a str),
    /// A user whom somebody names who has proven nothing: strangers are not to keep the user waiting.
    Named(&'a PoolId, &'a str),
}

impl<'a> Thing<'a> {
    pub(crate) fn user(user: &'a User) -> Self {
        Self::User(&user.row.pool_id, &user.row.username_key)
    }
}

/// Takes the turn at the user whom a caller names. An alias or `sub` is a line of its own, which the database
/// holds apart.
///
/// # Errors
/// As [`Cx::take_turn`].
pub(crate) async fn at_user(cx: &Cx, pool: &Pool, username: &str) -> Result<bool, Fault> {
    cx.take_turn(Thing::User(&pool.id, &names::fold(pool, username))).await
}

/// As [`at_user`], for a caller who has proven nothing yet, and so with a line beside the user's.
///
/// # Errors
/// As [`Cx::take_turn`].
pub(crate) async fn at_name(cx: &Cx, pool: &Pool, username: &str) -> Result<bool, Fault> {
    cx.take_turn(Thing::Named(&pool.id, &names::fold(pool, username))).await
}
