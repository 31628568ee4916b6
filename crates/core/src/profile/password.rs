//! ChangePassword.

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_wire::user_pools::{EventFilterType, EventResponseType, EventType};

use crate::codes::{self, Purpose};
use crate::directory::record;
use crate::guess::{Place, Trace};
use crate::limits::hourly::{self, Limit};
use crate::limits::lockout;
use crate::model::guess::Guess;
use crate::model::{Client, Pool, User, threat_protection};
use crate::threat::compromised;
use crate::threat::events::{self, Event};
use crate::tokens::access::{Authorized, Owner, authorize_unpaused};
use crate::users::password::PasswordSource;
use crate::users::{imported_hash, verifier};
use crate::{Cx, faults};

/// Protocol §9, documented.
const LIMIT: Limit = Limit { action: "change_password", most: 5 };

/// Changes the user's password. Tokens stay valid (users-and-groups §10, recorded). A wrong previous
/// password counts towards the lock-out (authentication §15.2).
///
/// Only a user without a password may leave the previous one out.
///
/// # Errors
/// Those of the owner; `NotAuthorizedException`, `InvalidPasswordException`,
/// `PasswordHistoryPolicyViolationException`, `LimitExceededException`.
pub async fn change_password(
    cx: &Cx,
    owner: Owner<'_>,
    previous: Option<&str>,
    proposed: &str,
) -> Result<(), Fault> {
    let authorized = authorize_unpaused(cx, owner).await?;
    if authorized.user.row.verifier.is_none() {
        authorized.check_fresh(cx)?;
    }
    let Authorized { pool, client, user, .. } = authorized;
    count(cx, &pool, &user).await?;
    cx.repeat(|| set(cx, &pool, &client, &user.row.sub, previous, proposed)).await
}

/// Changes the password of a user whose try is counted already.
async fn set(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    sub: &Sub,
    previous: Option<&str>,
    proposed: &str,
) -> Result<(), Fault> {
    let user = record::by_sub(&mut cx.read().await?, pool, sub).await?.ok_or_else(faults::user_not_found)?;
    prove(cx, pool, client, &user, previous).await?;
    let ready = verifier::prepare(cx, pool, &user, proposed, PasswordSource::Change).await?;
    compromised::check_new(cx, pool, client, proposed, EventFilterType::PasswordChange).await?;
    let mut tx = cx.write().await?;
    let mut user = record::reread(&mut tx, pool, &user).await?;
    ready.set(&mut user, cx.now)?;
    record::update(&mut tx, &mut user, cx.now).await?;
    codes::withdraw(&mut tx, pool, sub, Purpose::ForgotPassword).await?;
    let changed = events::Noted { kind: EventType::PasswordChange, response: EventResponseType::Pass };
    events::note(&mut tx, cx, pool, client, sub, changed).await?;
    Ok(tx.commit().await?)
}

/// Counts the try, whatever becomes of it.
async fn count(cx: &Cx, pool: &Pool, user: &User) -> Result<(), Fault> {
    let mut tx = cx.write().await?;
    lockout::check(&mut tx, &pool.id, &user.row.sub, Guess::Password, cx.now).await?;
    hourly::count(&mut tx, cx, &pool.id, &user.row.sub, LIMIT).await?;
    Ok(tx.commit().await?)
}

async fn prove(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &User,
    previous: Option<&str>,
) -> Result<(), Fault> {
    let sub = &user.row.sub;
    let place = Place::take(cx, &pool.id, sub, Guess::Password).await?;
    let proven = match previous {
        Some(previous) => match imported_hash::matches(cx, pool, user, previous).await? {
            Some(matches) => matches,
            None => verifier::matches(cx, pool, user, previous).await?,
        },
        None => !user.has_password(),
    };
    if proven {
        return place.right().await;
    }
    let trace = match threat_protection::mode(pool) {
        Some(_) => Trace::Event(Event::new(cx), EventType::PasswordChange, pool, client),
        None => Trace::Nothing,
    };
    place.wrong(trace).await?;
    Err(faults::incorrect_username_or_password())
}
