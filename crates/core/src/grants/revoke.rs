//! The revocation endpoint (docs/cognito/oauth-and-managed-login.md §8.1, RFC 7009).

use poolhouse_ports::PoolId;

use super::client::authenticate;
use super::refusal::repeated;
use super::{Credentials, Refusal};
use crate::Cx;
use crate::tokens::revoke::{self, NotOurs};

/// Revokes a refresh token, and with it every token that came of the same sign-in. One that is not the client's, or
/// none at all, is no error.
///
/// # Errors
/// `invalid_client`; `invalid_request` where the client's tokens cannot be revoked; `unsupported_token_type`.
pub async fn token(cx: &Cx, pool_id: &PoolId, credentials: &Credentials, token: &str) -> Result<(), Refusal> {
    let (pool, client) = authenticate(cx, pool_id, credentials).await?;
    if !client.revokes_tokens() {
        return Err(Refusal::InvalidRequest);
    }
    match revoke::open(&pool, &client, token) {
        Ok(token) => repeated(cx, async || Ok(revoke::family(cx, &pool, &token, false).await?)).await,
        Err(NotOurs::OtherKind) => Err(Refusal::UnsupportedTokenType),
        Err(NotOurs::OtherClient | NotOurs::Unknown) => Ok(()),
    }
}
