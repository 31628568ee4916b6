//! Nobody: who a name that no user has seems to be, and a user whom a client must not tell of
//! (docs/cognito/authentication.md §7, users-and-groups §15; docs/protection.md, *Who exists*).
//!
//! Where a client hides who exists, [`hide`] stands between finding a user and every refusal that is about them: until
//! something is proven, who is refused is nobody. Nobody is answered as a user is, is counted and limited alike, and
//! leaves as many rows, though at a fixed number of [places](subject).

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_store::Tx;
use poolhouse_store::tables::attempts::{self as table, Attempts};

use crate::Cx;
use crate::directory::record::find_for_sign_in;
use crate::model::{Client, Pool, User, names, threat_protection};

/// How long what nobody leaves is kept, in seconds: somebody else may have the place then, too.
const KEPT_SECONDS: i64 = 60 * 60;

/// The rows that a user's request leaves beside its count, as nobody leaves them.
const LEFT: [&str; 4] = ["nobody_first", "nobody_second", "nobody_third", "nobody_fourth"];

/// Whoever was found for a request that proves nothing yet; `None` is nobody. Where the client hides who exists, every
/// refusal makes a user nobody; else it is told.
///
/// # Errors
/// What was found instead, where the client tells it; failures that are no refusals.
pub(crate) fn hide<T>(client: &Client, found: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(fault) if client.hides_missing_users() && is_refusal(&fault) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Whether a fault is about who asks, not about this server.
pub(crate) fn is_refusal(fault: &Fault) -> bool {
    !fault.code().is_failure() && !fault.is_retry()
}

/// Who is counted where a name is nobody's: stands in for a `sub` and is never one, so that no user is counted for it. There are 65,536 places in
/// a pool, each of which the last name to come holds, so that made-up names take no more rows than that for each thing
/// that is counted.
pub(crate) fn subject(pool: &Pool, name: &str) -> Sub {
    place(pool.keys.hash("nobody", &names::fold(pool, name))).into()
}

/// Where it is marked that a session of nobody's was used. As many places, which sessions take from each other.
pub(crate) fn session(pool: &Pool, id: &str) -> String {
    place(pool.keys.hash("nobody_session", id))
}

fn place([a, b, holder @ ..]: [u8; 32]) -> String {
    let place = u16::from_be_bytes([a, b]);
    let holder = holder.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
    format!("nobody/{place}/{holder}")
}

/// Leaves as many rows as a user's request does beside its count, with as many statements: how long a request takes must
/// not tell whose it is. The caller commits.
pub(crate) async fn leave(
    tx: &mut Tx,
    cx: &Cx,
    pool: &Pool,
    subject: &Sub,
    rows: usize,
) -> Result<(), Fault> {
    for action in LEFT.iter().take(rows) {
        table::get(tx, &pool.id, subject, action).await?;
        let row = Attempts {
            pool_id: pool.id.clone(),
            subject: subject.to_string(),
            action: (*action).to_owned(),
            count: 0,
            first_at: cx.now,
            last_at: cx.now,
            expires_at: cx.now.plus_seconds(KEPT_SECONDS),
        };
        table::put(tx, &row).await?;
    }
    Ok(())
}

/// How many rows the event of a user's step is.
pub(crate) fn event_rows(pool: &Pool) -> usize {
    usize::from(threat_protection::mode(pool).is_some())
}

/// As [`find_for_sign_in`], for a request that names nobody but by `username`.
///
/// # Errors
/// `TooManyRequestsException` when the account was asked for too often.
pub(crate) async fn find_named(cx: &Cx, pool: &Pool, username: &str) -> Result<Option<User>, Fault> {
    let user = find_for_sign_in(&mut cx.read().await?, pool, username).await?;
    admit_named(cx, pool, username, user.as_ref())?;
    Ok(user)
}

/// Counts a request by the account that `username` means: another spelling is no other user. Nobody's name counts
/// alike.
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) fn admit_named(cx: &Cx, pool: &Pool, username: &str, user: Option<&User>) -> Result<(), Fault> {
    match user {
        Some(user) => cx.admit_to_account(&pool.id, &user.row.sub),
        None => cx.admit_to_account(&pool.id, &subject(pool, username)),
    }
}
