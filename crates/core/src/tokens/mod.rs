//! Tokens: the keys that sign them, what they say, who may use them and how they end.

pub(crate) mod access;
pub mod bearer;
pub(crate) mod claims;
pub mod client_token;
pub mod derived;
pub mod exchange;
mod foreign;
pub(crate) mod groups;
pub(crate) mod issue;
pub(crate) mod issuer;
mod metadata;
pub(crate) mod refresh;
pub(crate) mod refresh_token;
pub mod revoke;
pub(crate) mod rotation;
pub(crate) mod sign_in;
mod verify;
mod web_identity;

use poolhouse_crypto::jwt::Jwks;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;

use crate::Cx;
use crate::pools::{self, keys};

pub use crate::state::keyring::TokenUse;
pub use metadata::{Metadata, metadata};
pub use verify::{Verified, verify};
pub use web_identity::{Vouched, vouched};

/// The public keys of a pool.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn jwks(cx: &Cx, pool_id: &PoolId) -> Result<Jwks, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    Ok(keys::of_pool(cx, &pool).await?.jwks())
}
