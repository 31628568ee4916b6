//! How tokens end before their time (docs/cognito/tokens.md §10).

use poolhouse_crypto::jwt;
use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::sessions::{self, Session};
use poolhouse_wire::ErrorCode;

use super::access::{self, Authorized};
use super::refresh::{self, Refused};
use crate::directory::record;
use crate::turns::Thing;
use crate::users::generation;
use crate::{Cx, clients};

/// Revokes a refresh token, and with it every token that came from the same sign-in. Doing it again is no
/// error.
///
/// # Errors
/// `UnauthorizedException`, `UnsupportedOperationException`, `UnsupportedTokenTypeException`,
/// `InvalidParameterException`.
pub async fn token(cx: &Cx, client_id: &ClientId, secret: Option<&str>, token: &str) -> Result<(), Fault> {
    let (pool, client) = clients::get(cx, client_id).await.map_err(|fault| {
        // The operation declares no ResourceNotFoundException.
        if fault.code() == ErrorCode::ResourceNotFoundException { wrong_client() } else { fault }
    })?;
    if !client.secrets.is_empty() && !secret.is_some_and(|secret| client.has_secret(secret)) {
        return Err(wrong_client());
    }
    if !client.revokes_tokens() {
        return Err(Fault::new(
            ErrorCode::UnsupportedOperationException,
            "This feature is not enabled for this client",
        ));
    }
    let token = refresh::open(&pool, &client, token).map_err(|refused| match refused {
        Refused::OtherClient => wrong_client(),
        // Open (tokens §10.1): both texts are ours.
        Refused::Unknown if jwt::decode(token).is_ok() => {
            Fault::new(ErrorCode::UnsupportedTokenTypeException, "Unsupported token type")
        }
        Refused::Unknown => Fault::invalid_parameter("Invalid Refresh Token"),
    })?;
    let session = token.session(&pool);
    cx.take_turn(Thing::SignIn(&pool.id, &session.event_id)).await?;
    let mut tx = cx.write().await?;
    let exists = sessions::revoke(&mut tx, &pool.id, &session.event_id, cx.now).await?;
    if !exists && record::by_sub(&mut tx, &pool, &token.sub).await?.is_some() {
        // Exists when it was revoked before.
        let revoked = Session { revoked_at: Some(cx.now), ..session };
        let _: Insert = sessions::insert(&mut tx, &revoked).await?;
    }
    Ok(tx.commit().await?)
}

/// Signs the user of an access token out everywhere.
///
/// # Errors
/// Those of an access token that is not good (tokens §11).
pub async fn global_sign_out(cx: &Cx, access_token: &str) -> Result<(), Fault> {
    let Authorized { pool, user, .. } = access::authorize_change(cx, access_token).await?;
    let mut tx = cx.write().await?;
    let mut user = record::reread(&mut tx, &pool, &user).await?;
    generation::end(&mut tx, cx, &mut user).await?;
    Ok(tx.commit().await?)
}

/// Tokens §10.1: recorded for a missing secret, open for the rest.
fn wrong_client() -> Fault {
    Fault::new(ErrorCode::UnauthorizedException, "Invalid client or secret")
}
