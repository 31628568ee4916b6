//! Who deals with their own record: behind an access token (docs/cognito/tokens.md §11), or before a page.

use std::sync::Arc;

use poolhouse_kernel::limits::Asker;
use poolhouse_kernel::{Fault, Kind};
use poolhouse_ports::{ClientId, PoolId};

use super::verify::{refused, verify};
use crate::model::{Client, Pool, User, scopes};
use crate::sessions::browser;
use crate::sessions::manage::Current;
use crate::state::keyring::TokenUse;
use crate::turns::Thing;
use crate::{Cx, clients};

/// By what somebody is known who deals with their own record.
#[derive(Clone, Copy, Debug)]
pub enum Owner<'a> {
    /// An access token.
    Token(&'a str),
    /// The cookie of a browser, at a page that is served for a client.
    Browser {
        /// The pool whose page it is.
        pool_id: &'a PoolId,
        /// The client, whose rights to read and write attributes count.
        client_id: &'a ClientId,
        /// The cookie.
        cookie: &'a str,
    },
}

/// A user who is known, signed in through a client of a pool.
pub(crate) struct Authorized {
    pub(crate) pool: Arc<Pool>,
    pub(crate) client: Arc<Client>,
    pub(crate) user: User,
    /// The device that the tokens were issued with.
    pub(crate) device_key: Option<String>,
    /// The session in which this is.
    pub(crate) current: Current,
}

/// The user of an access token that may use the API, or of a browser. Every operation on one's own record begins so.
///
/// # Errors
/// `NotAuthorizedException`, `ResourceNotFoundException`, `UserNotFoundException`,
/// `UserNotConfirmedException`, `PasswordResetRequiredException`, `TooManyRequestsException`.
pub(crate) async fn authorize(cx: &Cx, owner: Owner<'_>) -> Result<Authorized, Fault> {
    match owner {
        Owner::Token(token) => of_token(cx, token, false).await,
        Owner::Browser { .. } => of_browser(cx, owner, false).await,
    }
}

/// As [`authorize`], in the user's turn: nobody on this node changes them until the request ends.
///
/// # Errors
/// As [`authorize`].
pub(crate) async fn authorize_change(cx: &Cx, owner: Owner<'_>) -> Result<Authorized, Fault> {
    match owner {
        Owner::Token(token) => of_token(cx, token, true).await,
        Owner::Browser { .. } => of_browser(cx, owner, true).await,
    }
}

/// As [`authorize_change`], for what a recovery takes back, or what would be in its way.
///
/// # Errors
/// As [`authorize`]; `OperationNotEnabledException` while the pool is recovered.
pub(crate) async fn authorize_unpaused(cx: &Cx, owner: Owner<'_>) -> Result<Authorized, Fault> {
    let authorized = authorize_change(cx, owner).await?;
    authorized.pool.check_users_may_change(cx.now)?;
    Ok(authorized)
}

/// As [`authorize_unpaused`], for what protects the account: a browser must have signed in just now (ours).
///
/// # Errors
/// As [`authorize`].
pub(crate) async fn authorize_guarded(cx: &Cx, owner: Owner<'_>) -> Result<Authorized, Fault> {
    let authorized = authorize_unpaused(cx, owner).await?;
    authorized.check_guarded(cx)?;
    Ok(authorized)
}

impl Authorized {
    /// Refuses a browser in which the user signed in a while ago.
    ///
    /// # Errors
    /// `NotAuthorizedException`, of the kind that asks for a sign-in.
    pub(crate) fn check_fresh(&self, cx: &Cx) -> Result<(), Fault> {
        match &self.current {
            Current::Browser(login) if !login.is_fresh(cx) => Err(signed_out()),
            _ => Ok(()),
        }
    }

    /// As [`Self::check_fresh`]; and whoever knows the password alone puts nothing in the place of the user's app, nor beside it.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(crate) fn check_guarded(&self, cx: &Cx) -> Result<(), Fault> {
        self.check_fresh(cx)?;
        match &self.current {
            Current::Browser(login) if self.user.mfa.token.is_some() && !login.has_more_than_a_password() => {
                Err(Fault::not_authorized("Sign in with your second factor to change this."))
            }
            _ => Ok(()),
        }
    }

    /// Refuses attributes that are not the user's own to write at a page.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(crate) fn check_writable<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> Result<(), Fault> {
        let is_barred = |name: &str| !self.client.may_write_at_page(name);
        match &self.current {
            Current::Browser(_) if names.any(is_barred) => {
                Err(Fault::not_authorized("A client attempted to write unauthorized attribute"))
            }
            _ => Ok(()),
        }
    }
}

async fn of_browser(cx: &Cx, owner: Owner<'_>, change: bool) -> Result<Authorized, Fault> {
    let Owner::Browser { pool_id, client_id, cookie } = owner else { return Err(signed_out()) };
    let (pool, client) = clients::get(cx, client_id).await?;
    if pool.id != *pool_id {
        return Err(signed_out());
    }
    cx.admit(Asker::Client(client_id))?;
    let (mut login, mut user) = browser::find_user(cx, &pool, cookie).await?.ok_or_else(signed_out)?;
    cx.admit(Asker::User(&pool.id, &user.row.sub))?;
    if change && cx.take_turn(Thing::user(&user)).await? {
        (login, user) = browser::find_user(cx, &pool, cookie).await?.ok_or_else(signed_out)?;
    }
    Ok(Authorized { pool, client, user, device_key: None, current: Current::Browser(Box::new(login)) })
}

/// Nobody is signed in, or not lately enough.
fn signed_out() -> Fault {
    Fault::not_authorized("Sign in again to go on.").of_kind(Kind::SignIn)
}

async fn of_token(cx: &Cx, token: &str, change: bool) -> Result<Authorized, Fault> {
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
    Ok(Authorized { pool: verified.pool, client, user, device_key, current: Current::Tokens(event_id) })
}

fn invalid() -> Fault {
    refused(TokenUse::Access)
}
