//! What a pool tells of itself as an issuer (docs/cognito/tokens.md §7).

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;

use super::issuer;
use crate::model::scopes;
use crate::{Cx, cimd, pools};

/// What verifiers of a pool's tokens, and who sends people to it, need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// `iss` of its tokens.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// What the addresses of its domain's endpoints begin with, where it has a domain.
    pub domain: Option<String>,
    /// The scopes that every pool has.
    pub scopes: &'static [&'static str],
    /// Whether a URL may be a client (new-operations §16.6, open).
    pub metadata_documents: bool,
}

/// The metadata of a pool.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn metadata(cx: &Cx, pool_id: &PoolId) -> Result<Metadata, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    Ok(Metadata {
        issuer: issuer::of(cx, &pool),
        // Not under the issuer where that is AWS's URL: the keys are ours, AWS does not have them.
        jwks_uri: format!("{}/.well-known/jwks.json", pools::site(cx, &pool).url()),
        domain: pools::site(cx, &pool).domain_url(),
        scopes: &scopes::OPENID,
        metadata_documents: cimd::are_served(cx, &pool).await?,
    })
}
