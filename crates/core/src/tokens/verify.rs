//! Whether a token is one of ours, and what it proves (docs/cognito/tokens.md §11).

use std::fmt;
use std::sync::Arc;

use poolhouse_crypto::jwt::{self, Unverified};
use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_store::tables::{sessions, users as table};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::UserStatusType;
use serde_json::{Map, Value};

use super::issuer;
use crate::model::{Pool, User, names};
use crate::pools::{self, keys};
use crate::state::keyring::TokenUse;
use crate::users::generation;
use crate::{Cx, faults};

/// A token of one of our pools: its signature is good and it has not expired. Whether its sign-in was revoked is
/// another matter.
pub struct Verified {
    pub(crate) pool: Arc<Pool>,
    pub(crate) claims: Map<String, Value>,
    pub(super) token_use: TokenUse,
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("token_use", &self.token_use).finish_non_exhaustive()
    }
}

impl Verified {
    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// Whether it was issued to a user who signed in: a client's own token was not.
    pub fn is_of_user(&self) -> bool {
        self.user().is_some()
    }

    /// Name, `sub` and sign-in of the user.
    fn user(&self) -> Option<(&str, &str, &str)> {
        let name = match self.token_use {
            TokenUse::Access => "username",
            TokenUse::Id => "cognito:username",
        };
        Some((self.text(name)?, self.text("sub")?, self.text("event_id")?))
    }

    /// The user whom the token names, if nothing has happened to them since. The name is looked up before the
    /// `sub` is compared, and a disabled user is told so before the revocation that came with it (tokens §11,
    /// recorded). An ID token of a client without revocation has no `jti`: it outlives a sign-out everywhere.
    ///
    /// # Errors
    /// `NotAuthorizedException`, `UserNotFoundException`, `UserNotConfirmedException`,
    /// `PasswordResetRequiredException`.
    pub(crate) async fn live_user(&self, cx: &Cx) -> Result<User, Fault> {
        let named = self.user().ok_or_else(|| refused(self.token_use))?;
        cx.look(async |mut tx| self.live_user_in(&mut tx, named).await).await
    }

    async fn live_user_in(&self, tx: &mut Tx, named: (&str, &str, &str)) -> Result<User, Fault> {
        let (pool, (username, sub, event_id)) = (&self.pool, named);
        let row = table::find_by_username_key(tx, &pool.id, &names::fold(pool, username)).await?;
        let user = User::from_row(row.ok_or_else(faults::user_not_found)?)?;
        match user.status {
            UserStatusType::Unconfirmed => return Err(faults::user_not_confirmed()),
            UserStatusType::ResetRequired => return Err(faults::password_reset_required()),
            _ => {}
        }
        if user.row.sub != *sub {
            return Err(Fault::not_authorized("Invalid access token."));
        }
        if !user.row.enabled {
            return Err(faults::user_disabled());
        }
        let session = sessions::get(tx, &pool.id, event_id).await?;
        let is_revoked = session.is_some_and(|s| s.revoked_at.is_some());
        if is_revoked || self.text("jti").is_some_and(|jti| !generation::is_present(pool, &user, jti)) {
            return Err(Fault::not_authorized("Access Token has been revoked"));
        }
        Ok(user)
    }
}

/// Verifies a token that is used as `token_use` says.
///
/// # Errors
/// `NotAuthorizedException`.
pub async fn verify(cx: &Cx, token: &str, token_use: TokenUse) -> Result<Verified, Fault> {
    verify_either(cx, token, Some(token_use)).await
}

/// As [`verify`], of a token of either use where none is wanted.
///
/// # Errors
/// `NotAuthorizedException`.
pub(super) async fn verify_either(cx: &Cx, token: &str, wanted: Option<TokenUse>) -> Result<Verified, Fault> {
    // In whose words a token is refused before its key tells its use.
    let assumed = wanted.unwrap_or(TokenUse::Access);
    let token = jwt::decode(token).map_err(|_| refused(assumed))?;
    let (pool, token_use) = verified_pool(cx, &token, wanted).await?;
    let claims = token.claims().map_err(|_| refused(token_use))?;
    if claims.get("token_use").and_then(Value::as_str) != Some(token_use.as_str()) {
        return Err(refused(token_use));
    }
    if claims.get("exp").and_then(Value::as_i64).is_none_or(|exp| exp <= cx.now.seconds()) {
        return Err(Fault::not_authorized(format!("{} has expired", noun(token_use))));
    }
    Ok(Verified { pool, claims, token_use })
}

/// The pool that issued the token and the use of the key that signed it, once the signature is found to be that key's.
pub(super) async fn verified_pool(
    cx: &Cx,
    token: &Unverified<'_>,
    wanted: Option<TokenUse>,
) -> Result<(Arc<Pool>, TokenUse), Fault> {
    let invalid = || refused(wanted.unwrap_or(TokenUse::Access));
    let issuer = token.issuer.as_deref().ok_or_else(invalid)?;
    let pool = issuing_pool(cx, issuer).await?.ok_or_else(invalid)?;
    let keys = keys::of_pool(cx, &pool).await?;
    let key = keys.by_kid(&token.kid).ok_or_else(invalid)?;
    let token_use = key.token_use;
    if wanted.is_some_and(|wanted| wanted != token_use) {
        return Err(invalid());
    }
    // Some 20 µs with the public key: less than a change of threads.
    if !key.verifies(token) {
        let text = format!("Could not verify signature for {}", noun(token_use));
        return Err(Fault::not_authorized(text));
    }
    Ok((pool, token_use))
}

/// Whether tokens of this issuer are those of a pool here.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_issuer_here(cx: &Cx, issuer: &str) -> Result<bool, Fault> {
    Ok(issuing_pool(cx, issuer).await?.is_some())
}

/// The pool whose tokens may have this issuer.
async fn issuing_pool(cx: &Cx, issuer: &str) -> Result<Option<Arc<Pool>>, Fault> {
    let pool_id = issuer.rsplit_once('/').map_or("", |(_, id)| id);
    if pool_id.is_empty() || !pool_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Ok(None);
    }
    match pools::get(cx, &pool_id.into()).await {
        Ok(pool) => Ok(issuer::all(cx, &pool).iter().any(|known| known == issuer).then_some(pool)),
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => Ok(None),
        Err(fault) => Err(fault),
    }
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
