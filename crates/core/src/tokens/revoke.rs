//! How tokens end before their time (docs/cognito/tokens.md §10).

use poolhouse_crypto::jwt;
use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::sessions::{self, Session as SessionRow};
use poolhouse_wire::ErrorCode;

use super::access::{self, Authorized, Owner};
use super::refresh::{self, Refused};
use super::refresh_token::RefreshToken;
use crate::client_proof::ClientProof;
use crate::directory::record;
use crate::model::{Client, Pool};
use crate::sessions::browser;
use crate::turns::Thing;
use crate::users::generation;
use crate::{Cx, clients};

/// Revokes a refresh token, and with it every token that came from the same sign-in; where that is `linked` to a browser
/// session, that too. Doing it again is no error.
///
/// # Errors
/// `UnauthorizedException`, `UnsupportedOperationException`, `UnsupportedTokenTypeException`,
/// `InvalidParameterException`.
pub async fn token(
    cx: &Cx,
    client_id: &ClientId,
    secret: Option<&str>,
    token: &str,
    linked: bool,
) -> Result<(), Fault> {
    let (pool, client) = clients::get(cx, client_id).await.map_err(|fault| {
        // The operation declares no ResourceNotFoundException.
        if fault.code() == ErrorCode::ResourceNotFoundException { wrong_client() } else { fault }
    })?;
    ClientProof::Secret(secret).check(&client, &[]).map_err(|_| wrong_client())?;
    if !client.revokes_tokens() {
        return Err(Fault::new(
            ErrorCode::UnsupportedOperationException,
            "This feature is not enabled for this client",
        ));
    }
    let token = open(&pool, &client, token).map_err(|not_ours| match not_ours {
        NotOurs::OtherClient => wrong_client(),
        // Open (tokens §10.1): both texts are ours.
        NotOurs::OtherKind => Fault::new(ErrorCode::UnsupportedTokenTypeException, "Unsupported token type"),
        NotOurs::Unknown => Fault::invalid_parameter("Invalid Refresh Token"),
    })?;
    family(cx, &pool, &token, linked).await
}

/// Why a token is not one to be revoked.
pub(crate) enum NotOurs {
    /// Not made here, or not for this pool.
    Unknown,
    /// A token of another kind.
    OtherKind,
    /// Made for another client of the pool.
    OtherClient,
}

/// Opens a token that the client wants to revoke.
pub(crate) fn open(pool: &Pool, client: &Client, token: &str) -> Result<RefreshToken, NotOurs> {
    refresh::open(pool, client, token).map_err(|refused| match refused {
        Refused::OtherClient => NotOurs::OtherClient,
        Refused::Unknown if jwt::decode(token).is_ok() => NotOurs::OtherKind,
        Refused::Unknown => NotOurs::Unknown,
    })
}

/// Revokes every token that came of the same sign-in, and where that is `linked` to a browser session, that too; commits.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn family(cx: &Cx, pool: &Pool, token: &RefreshToken, linked: bool) -> Result<(), Fault> {
    end(cx, pool, token.session(pool), linked).await
}

/// As [`family`], of a sign-in whose row this would be if it has none yet.
///
/// # Errors
/// As [`family`].
pub(crate) async fn end(cx: &Cx, pool: &Pool, session: SessionRow, linked: bool) -> Result<(), Fault> {
    cx.take_turn(Thing::SignIn(&pool.id, &session.event_id)).await?;
    let mut tx = cx.write().await?;
    if linked && let Some(stored) = sessions::get(&mut tx, &pool.id, &session.event_id).await? {
        browser::end_origin(&mut tx, &stored).await?;
    }
    let exists = sessions::revoke(&mut tx, &pool.id, &session.event_id, cx.now).await?;
    if !exists && record::by_sub(&mut tx, pool, &session.sub).await?.is_some() {
        // Exists when it was revoked before.
        let revoked = SessionRow { revoked_at: Some(cx.now), ..session };
        let _: Insert = sessions::insert(&mut tx, &revoked).await?;
    }
    Ok(tx.commit().await?)
}

/// Signs the user of an access token out everywhere.
///
/// # Errors
/// Those of an access token that is not good (tokens §11).
pub async fn global_sign_out(cx: &Cx, owner: Owner<'_>) -> Result<(), Fault> {
    let Authorized { pool, user, .. } = access::authorize_change(cx, owner).await?;
    let mut tx = cx.write().await?;
    let mut user = record::reread(&mut tx, &pool, &user).await?;
    generation::end(&mut tx, cx, &mut user).await?;
    Ok(tx.commit().await?)
}

/// Tokens §10.1: recorded for a missing secret, open for the rest.
fn wrong_client() -> Fault {
    Fault::new(ErrorCode::UnauthorizedException, "Invalid client or secret")
}
