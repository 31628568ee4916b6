//! GetTokensFromRefreshToken: a refresh that proves the client by its plain secret
//! (docs/cognito/tokens.md §9.3).

use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use poolhouse_wire::user_pools::AuthenticationResultType;

use super::refresh::{self, Refused};
use crate::model::Client;
use crate::{Cx, clients};

/// New ID and access tokens for a refresh token; where tokens rotate, a new refresh token too, and the old one
/// is used up. Without rotation nothing is written.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `RefreshTokenReuseException`,
/// `PasswordResetRequiredException`.
pub async fn refresh_token(
    cx: &Cx,
    client_id: &ClientId,
    secret: Option<&str>,
    token: &str,
    device_key: Option<&str>,
) -> Result<AuthenticationResultType, Fault> {
    let (pool, client) = clients::get(cx, client_id).await?;
    check_secret(&client, secret)?;
    let token = refresh::open(&pool, &client, token).map_err(Refused::fault)?;
    let mut tx = cx.read().await?;
    let bearer = token.bearer(cx, &mut tx, &pool, &client, device_key).await?;
    token.redeem(cx, tx, &pool, &client, &bearer).await
}

/// Protocol §7.1, recorded: the words for a missing one, and those of a hash for a wrong one; a client
/// without a secret ignores what is sent.
pub(super) fn check_secret(client: &Client, secret: Option<&str>) -> Result<(), Fault> {
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
