//! Who is behind an access token (docs/cognito/tokens.md §11).

use std::sync::Arc;

use poolhouse_crypto::jwt::{self, Unverified};
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_store::tables::{sessions, users as table};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::UserStatusType;
use serde_json::{Map, Value};

use super::{issuer, sign_in};
use crate::model::{Client, Pool, User, names};
use crate::pools::{self, keys};
use crate::state::keyring::TokenUse;
use crate::turns::Thing;
use crate::users::generation;
use crate::{Cx, clients, faults};

/// What an access token proves: a user, signed in through a client of a pool.
pub(crate) struct Authorized {
    pub(crate) pool: Arc<Pool>,
    pub(crate) client: Arc<Client>,
    pub(crate) user: User,
    /// The device that the tokens were issued with.
    pub(crate) device_key: Option<String>,
    /// The sign-in that it comes from.
    pub(crate) event_id: String,
}

/// The user of an access token that may use the API. Every operation that takes such a token begins so.
///
/// # Errors
/// `NotAuthorizedException`, `ResourceNotFoundException`, `UserNotFoundException`,
/// `UserNotConfirmedException`, `PasswordResetRequiredException`, `TooManyRequestsException`.
pub(crate) async fn authorize(cx: &Cx, token: &str) -> Result<Authorized, Fault> {
    authorize_to(cx, token, false).await
}

/// As [`authorize`], in the user's turn: nobody on this node changes them until the request ends.
///
/// # Errors
/// As [`authorize`].
pub(crate) async fn authorize_change(cx: &Cx, token: &str) -> Result<Authorized, Fault> {
    authorize_to(cx, token, true).await
}

async fn authorize_to(cx: &Cx, token: &str, change: bool) -> Result<Authorized, Fault> {
    let Verified { pool, claims } = verify(cx, token, TokenUse::Access).await?;
    let text = |name: &str| claims.get(name).and_then(|v| v.as_str()).ok_or_else(invalid);
    if !text("scope")?.split(' ').any(|scope| scope == sign_in::API_SCOPE) {
        return Err(Fault::not_authorized("Access Token does not have required scopes"));
    }
    cx.admit(Asker::Client(text("client_id")?))?;
    cx.admit(Asker::User(&pool.id, text("sub")?))?;
    let (_, client) = clients::get(cx, text("client_id")?).await?;
    let event_id = text("event_id")?.to_owned();
    let jti = Some(text("jti")?);
    let (username, sub) = (text("username")?, text("sub")?);
    let live = || live_user(cx, &pool, username, sub, &event_id, jti);
    let mut user = live().await?;
    if change && cx.take_turn(Thing::user(&user)).await? {
        user = live().await?;
    }
    let device_key = text("device_key").ok().map(ToOwned::to_owned);
    Ok(Authorized { pool, client, user, device_key, event_id })
}

/// A token of one of our pools: its signature is good and it has not expired. Whether its sign-in was revoked is
/// another matter.
pub(super) struct Verified {
    pub(super) pool: Arc<Pool>,
    pub(super) claims: Map<String, Value>,
}

/// Verifies a token that is used as `token_use` says.
///
/// # Errors
/// `NotAuthorizedException`.
pub(super) async fn verify(cx: &Cx, token: &str, token_use: TokenUse) -> Result<Verified, Fault> {
    let token = jwt::decode(token).map_err(|_| refused(token_use))?;
    let pool = verified_pool(cx, &token, token_use).await?;
    let claims = token.claims().map_err(|_| refused(token_use))?;
    if claims.get("token_use").and_then(Value::as_str) != Some(token_use.as_str()) {
        return Err(refused(token_use));
    }
    if claims.get("exp").and_then(Value::as_i64).is_none_or(|exp| exp <= cx.now.seconds()) {
        return Err(Fault::not_authorized(format!("{} has expired", noun(token_use))));
    }
    Ok(Verified { pool, claims })
}

/// The pool that issued the token, once its signature is found to be that pool's.
async fn verified_pool(cx: &Cx, token: &Unverified<'_>, token_use: TokenUse) -> Result<Arc<Pool>, Fault> {
    let invalid = || refused(token_use);
    let issuer = token.issuer.as_deref().ok_or_else(invalid)?;
    let (_, pool_id) = issuer.rsplit_once('/').ok_or_else(invalid)?;
    if !pool_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(invalid());
    }
    let pool = pools::get(cx, pool_id).await.map_err(|fault| {
        if fault.code() == ErrorCode::ResourceNotFoundException { invalid() } else { fault }
    })?;
    let keys = keys::of_pool(cx, &pool).await?;
    let key = keys.by_kid(&token.kid).ok_or_else(invalid)?;
    if key.token_use != token_use || !issuer::all(cx, &pool).iter().any(|known| known == issuer) {
        return Err(invalid());
    }
    // Some 20 µs with the public key: less than a change of threads.
    if !key.verifies(token) {
        let text = format!("Could not verify signature for {}", noun(token_use));
        return Err(Fault::not_authorized(text));
    }
    Ok(pool)
}

/// The user whom the token names, if nothing has happened to them since. The name is looked up before the
/// `sub` is compared, and a disabled user is told so before the revocation that came with it (tokens §11,
/// recorded). An ID token of a client without revocation has no `jti`: it outlives a sign-out everywhere.
pub(super) async fn live_user(
    cx: &Cx,
    pool: &Pool,
    username: &str,
    sub: &str,
    event_id: &str,
    jti: Option<&str>,
) -> Result<User, Fault> {
    let mut tx = cx.read().await?;
    let row = table::find_by_username_key(&mut tx, &pool.id, &names::fold(pool, username)).await?;
    let user = User::from_row(row.ok_or_else(faults::user_not_found)?)?;
    match user.status {
        UserStatusType::Unconfirmed => return Err(faults::user_not_confirmed()),
        UserStatusType::ResetRequired => return Err(faults::password_reset_required()),
        _ => {}
    }
    if user.row.sub != sub {
        return Err(Fault::not_authorized("Invalid access token."));
    }
    if !user.row.enabled {
        return Err(faults::user_disabled());
    }
    let session = sessions::get(&mut tx, &pool.id, event_id).await?;
    let is_revoked = session.is_some_and(|s| s.revoked_at.is_some());
    if is_revoked || jti.is_some_and(|jti| !generation::is_present(pool, &user, jti)) {
        return Err(Fault::not_authorized("Access Token has been revoked"));
    }
    Ok(user)
}

fn invalid() -> Fault {
    refused(TokenUse::Access)
}

/// A token that is not one, or not of this use.
pub(super) fn refused(token_use: TokenUse) -> Fault {
    Fault::not_authorized(format!("Invalid {}", noun(token_use)))
}

/// What the texts call it.
const fn noun(token_use: TokenUse) -> &'static str {
    match token_use {
        TokenUse::Access => "Access Token",
        TokenUse::Id => "ID Token",
    }
}
