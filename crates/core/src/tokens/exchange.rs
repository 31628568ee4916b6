//! GetTokensFromRefreshToken: a refresh that proves the client by its plain secret
//! (docs/cognito/tokens.md §9.3).

use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use poolhouse_wire::user_pools::AuthenticationResultType;

use super::refresh::{self, Refused};
use crate::client_proof::ClientProof;
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
    ClientProof::Secret(secret).check(&client, &[])?;
    let token = refresh::open(&pool, &client, token).map_err(Refused::fault)?;
    let bearer = token.bearer(cx, &pool, &client, device_key).await?;
    token.redeem(cx, &pool, &client, &bearer).await
}
