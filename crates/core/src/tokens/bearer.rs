//! Who bears a token, for a gateway that lets requests through to an application
//! (docs/cognito/identity-pools-and-iam.md §15).

use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_ports::{ClientId, PoolId, Sub};
use poolhouse_wire::ErrorCode;
use serde_json::Value;

use super::verify::{Verified, verify_either};
use crate::state::keyring::TokenUse;
use crate::{Cx, cimd, clients, pools};

/// What comes with a request.
#[derive(Debug)]
pub enum Presented {
    /// No token.
    Nothing,
    /// A token that proves nothing, or no more.
    Refused,
    /// A good token.
    Good(Bearer),
}

/// What a good token says.
#[derive(Debug)]
pub struct Bearer {
    /// Which of the two it is.
    pub token_use: TokenUse,
    /// The app client that it was issued to.
    pub client_id: ClientId,
    /// Name of the user; none where it is the client's own token.
    pub username: Option<String>,
    /// `sub`.
    pub sub: Sub,
    /// Names of the user's groups when it was issued.
    pub groups: Vec<String>,
    /// What it may be used for, separated by blanks.
    pub scope: Option<String>,
}

/// Who bears a token of the pool, of one use or of either. Its sign-in must not have ended: it is judged as at the API
/// (tokens §11), but no scope is asked for, and ID tokens are judged likewise, as far as they can be
/// ([`Verified::live_user`]).
///
/// # Errors
/// `ResourceNotFoundException` for the pool, `TooManyRequestsException`.
pub async fn presented(
    cx: &Cx,
    pool_id: &PoolId,
    token: Option<&str>,
    wanted: Option<TokenUse>,
) -> Result<Presented, Fault> {
    pools::get(cx, pool_id).await?;
    let Some(token) = token else { return Ok(Presented::Nothing) };
    match bearer(cx, pool_id, token, wanted).await {
        Ok(Some(bearer)) => Ok(Presented::Good(bearer)),
        Ok(None) => Ok(Presented::Refused),
        Err(fault) if is_refusal(fault.code()) => Ok(Presented::Refused),
        Err(fault) => Err(fault),
    }
}

/// `None` for a token of another pool, and for one that lacks what all of ours have.
async fn bearer(
    cx: &Cx,
    pool_id: &PoolId,
    token: &str,
    wanted: Option<TokenUse>,
) -> Result<Option<Bearer>, Fault> {
    let verified = verify_either(cx, token, wanted).await?;
    if verified.pool.id != *pool_id {
        return Ok(None);
    }
    let (client_id, name) = match verified.token_use {
        TokenUse::Access => ("client_id", "username"),
        TokenUse::Id => ("aud", "cognito:username"),
    };
    let (Some(client_id), Some(sub)) = (verified.text(client_id), verified.text("sub")) else {
        return Ok(None);
    };
    let (client_id, sub) = (cimd::app_client(cx, pool_id, client_id.into()).await?, Sub::from(sub));
    cx.admit(Asker::Client(&client_id))?;
    clients::get(cx, &client_id).await?;
    let username = verified.text(name).map(ToOwned::to_owned);
    if username.is_some() {
        cx.admit(Asker::User(pool_id, &sub))?;
        verified.live_user(cx).await?;
    }
    Ok(Some(Bearer {
        token_use: verified.token_use,
        client_id,
        username,
        sub,
        groups: groups(&verified),
        scope: verified.text("scope").map(ToOwned::to_owned),
    }))
}

fn groups(verified: &Verified) -> Vec<String> {
    let groups = verified.claims.get("cognito:groups").and_then(Value::as_array);
    groups.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// Whether a fault says of a token that it is not good: it itself, its client or its user.
pub(super) fn is_refusal(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotAuthorizedException
            | ErrorCode::ResourceNotFoundException
            | ErrorCode::UserNotFoundException
            | ErrorCode::UserNotConfirmedException
            | ErrorCode::PasswordResetRequiredException
    )
}
