//! GetTokensFromRefreshToken: a refresh that proves the client by its plain secret (spec/tokens.md §9.3).

use poolhouse_wire::ErrorCode;
use poolhouse_wire::types::AuthenticationResultType;

use super::refresh::{self, Refused};
use crate::clients::Client;
use crate::{Cx, Fault, clients};

/// New ID and access tokens for a refresh token.
///
/// A client whose refresh tokens rotate is refused: rotation is not served yet, and handing out tokens without
/// it would leave the old refresh token alive.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `PasswordResetRequiredException`,
/// `UnsupportedOperationException`.
pub async fn refresh_token(
    cx: &Cx,
    client_id: &str,
    secret: Option<&str>,
    token: &str,
) -> Result<AuthenticationResultType, Fault> {
    let (pool, client) = clients::get(cx, client_id).await?;
    check_secret(&client, secret)?;
    if refresh::rotates(&client) {
        return Err(Fault::new(
            ErrorCode::UnsupportedOperationException,
            "Poolhouse does not serve refresh token rotation yet. Switch it off for this client.",
        ));
    }
    let token = refresh::open(&pool, &client, token).map_err(Refused::fault)?;
    let mut tx = cx.read().await?;
    let user = token.user(cx, &mut tx, &pool).await?;
    token.redeem(cx, tx, &pool, &client, &user).await
}

/// Protocol §7.1, recorded: the words for a missing one, and those of a hash for a wrong one; a client without
/// a secret ignores what is sent.
fn check_secret(client: &Client, secret: Option<&str>) -> Result<(), Fault> {
    match secret {
        _ if client.secrets.is_empty() => Ok(()),
        None => Err(Fault::not_authorized(format!(
            "Client {} is configured for secret but secret was not received",
            client.id
        ))),
        Some(secret) if client.has_secret(secret) => Ok(()),
        Some(_) => {
            Err(Fault::not_authorized(format!("Unable to verify secret hash for client {}", client.id)))
        }
    }
}
