//! Tokens: the keys that sign them, what they say, who may use them and how they end.

pub(crate) mod access;
pub mod bearer;
pub(crate) mod claims;
pub mod client_token;
pub mod derived;
pub mod exchange;
mod foreign;
mod foreign_user;
pub(crate) mod groups;
mod id_token;
pub(crate) mod issue;
pub(crate) mod issuer;
mod metadata;
pub(crate) mod refresh;
pub(crate) mod refresh_token;
pub mod revoke;
pub(crate) mod rotation;
pub(crate) mod sign_in;
mod social_user;
mod verify;

use poolhouse_crypto::jwt::{Jwks, SigningKey};
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;

use crate::Cx;
use crate::pools::{self, keys};

pub use crate::state::keyring::TokenUse;
pub use foreign_user::{ForeignUser, foreign_user, issuer_of, provider_name};
pub use id_token::{Flaw, IdToken, Unproven, id_token};
pub use metadata::{Metadata, metadata};
pub use social_user::social_user;
pub use verify::{Verified, is_issuer_here, verify};

/// The public keys of a pool.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn jwks(cx: &Cx, pool_id: &PoolId) -> Result<Jwks, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    Ok(keys::of_pool(cx, &pool).await?.jwks())
}

/// A new key for tokens that are not a pool's own.
///
/// # Errors
/// `TooManyRequestsException`.
pub async fn new_key(cx: &Cx) -> Result<SigningKey, Fault> {
    cx.state().key_stock.take(cx.engine().crypto()).await
}
