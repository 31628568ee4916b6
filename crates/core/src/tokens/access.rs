//! Who is behind an access token (docs/cognito/tokens.md §11).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_ports::ClientId;

use super::verify::{refused, verify};
use crate::model::{Client, Pool, User, scopes};
use crate::state::keyring::TokenUse;
use crate::turns::Thing;
use crate::{Cx, clients};

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
    let verified = verify(cx, token, TokenUse::Access).await?;
    let text = |name: &str| verified.text(name).ok_or_else(invalid);
    if !text("scope")?.split(' ').any(|scope| scope == scopes::API) {
        return Err(Fault::not_authorized("Access Token does not have required scopes"));
    }
    let client_id = ClientId::from(text("client_id")?);
    cx.admit(Asker::Client(&client_id))?;
    cx.admit(Asker::User(&verified.pool.id, &text("sub")?.into()))?;
    let (_, client) = clients::get(cx, &client_id).await?;
    let event_id = text("event_id")?.to_owned();
    text("jti")?;
    let mut user = verified.live_user(cx).await?;
    if change && cx.take_turn(Thing::user(&user)).await? {
        user = verified.live_user(cx).await?;
    }
    let device_key = verified.text("device_key").map(ToOwned::to_owned);
    Ok(Authorized { pool: verified.pool, client, user, device_key, event_id })
}

fn invalid() -> Fault {
    refused(TokenUse::Access)
}
