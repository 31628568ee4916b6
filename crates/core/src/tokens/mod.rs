//! Tokens: the keys that sign them, what they say, who may use them and how they end.

pub(crate) mod access;
pub(crate) mod claims;
pub mod client_token;
pub mod derived;
pub mod exchange;
pub(crate) mod groups;
pub(crate) mod issue;
pub(crate) mod issuer;
pub(crate) mod refresh;
pub(crate) mod refresh_token;
pub mod revoke;
pub(crate) mod rotation;
pub(crate) mod sign_in;
mod verify;

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use serde_json::{Value, json};

use crate::Cx;
use crate::model::scopes;
use crate::pools::{self, keys};

pub use crate::state::keyring::TokenUse;
pub use verify::{Verified, verify};

/// The public keys of a pool, as JWKS.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn jwks(cx: &Cx, pool_id: &PoolId) -> Result<Value, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    serde_json::to_value(keys::of_pool(cx, &pool).await?.jwks()).map_err(Fault::internal)
}

/// The discovery document of a pool. Members of a domain are left out: a pool without one has no such
/// endpoints (tokens §7, open).
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn openid_configuration(cx: &Cx, pool_id: &PoolId) -> Result<Value, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let issuer = issuer::of(cx, &pool);
    Ok(json!({
        "issuer": issuer,
        // Not under the issuer where that is AWS's URL: the keys are ours, AWS does not have them.
        "jwks_uri": format!("{}/.well-known/jwks.json", pools::site(cx, &pool).url()),
        "response_types_supported": ["code", "token"],
        "scopes_supported": scopes::OPENID,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }))
}
