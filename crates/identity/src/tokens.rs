//! The tokens of identity pools: by them an identity gets a role from STS, and a developer's users theirs
//! (identity-pools-and-iam §5).

use std::collections::BTreeMap;

use poolhouse_core::Cx;
use poolhouse_core::issuer_keys::IssuerKey;
use poolhouse_core::tokens::{Flaw, Unproven};
use poolhouse_crypto::jwt::{self, Algorithm, Jwk, Jwks};
use poolhouse_kernel::Fault;
use poolhouse_ports::{IdentityId, IdentityPoolId};
use serde_json::{Map, Value, json};

use crate::{keys, record};

/// The claim that holds tags of the session.
const TAGS: &str = "https://aws.amazon.com/tags";

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolToken {
    /// The identity.
    pub identity_id: IdentityId,
    /// Its pool.
    pub pool_id: IdentityPoolId,
    /// Whether it is a guest's, and by what it is proven if not.
    pub amr: Vec<String>,
    /// Tags of sessions that it begins.
    pub tags: BTreeMap<String, String>,
}

/// What verifiers of these tokens need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// `iss`.
    pub issuer: String,
    /// Where the keys are.
    pub jwks_uri: String,
}

/// The metadata of the issuer.
pub fn metadata(cx: &Cx) -> Metadata {
    Metadata {
        issuer: cx.settings().identity_issuer.clone(),
        // Not under the issuer where that is AWS's URL: the keys are ours, AWS does not have them.
        jwks_uri: format!("{}/.well-known/jwks_uri", cx.settings().public_url),
    }
}

/// The public keys of the issuer; none before there is a pool.
///
/// # Errors
/// When the database cannot be read.
pub async fn jwks(cx: &Cx) -> Result<Jwks, Fault> {
    let Some(keys) = keys::all(cx).await? else { return Ok(Jwks { keys: Vec::new() }) };
    let jwk = |key: &IssuerKey| Jwk {
        alg: Algorithm::Rs512.as_str().to_owned(),
        ..Jwk::new(&key.kid, &key.public)
    };
    Ok(Jwks { keys: keys.iter().map(jwk).collect() })
}

/// Signs a token that is good for so many seconds.
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) async fn sign(cx: &Cx, token: &PoolToken, seconds: i64) -> Result<String, Fault> {
    let now = cx.now.seconds();
    let mut claims = json!({
        "sub": token.identity_id,
        "aud": token.pool_id,
        "amr": token.amr,
        "iss": cx.settings().identity_issuer,
        "https://cognito-identity.amazonaws.com/identity-pool-arn": record::arn(cx, &token.pool_id),
        "exp": now + seconds,
        "iat": now,
    });
    if !token.tags.is_empty() {
        let tags: Map<String, Value> =
            token.tags.iter().map(|(key, value)| (key.clone(), json!([value]))).collect();
        claims[TAGS] = json!({ "principal_tags": tags });
    }
    let claims = serde_json::to_vec(&claims).map_err(Fault::internal)?;
    let (keys, now) = (keys::all(cx).await?, cx.now);
    let sign = move || {
        let key = keys.as_deref().and_then(|keys| keys.current(now));
        let key = key.ok_or_else(|| Fault::internal("there is a pool, but no key"))?;
        key.private.sign_as(Algorithm::Rs512, &key.kid, &claims).map_err(Fault::internal)
    };
    cx.traced_crypto("signature", sign).await?
}

/// Looks at a token of an identity pool, which is good for `grace` seconds beyond its end; `None` where it claims to be no
/// such one.
///
/// # Errors
/// What is wrong with it.
pub async fn examine(cx: &Cx, token: &str, grace: i64) -> Result<Option<PoolToken>, Unproven> {
    let Ok(token) = jwt::decode_as(Algorithm::Rs512, token) else { return Ok(None) };
    if token.issuer.as_deref() != Some(&*cx.settings().identity_issuer) {
        return Ok(None);
    }
    let keys = keys::all(cx).await?;
    let key = keys.as_deref().and_then(|keys| keys.by_kid(&token.kid)).ok_or(Flaw::Signature)?;
    key.public.verify(&token).map_err(|_| Flaw::Signature)?;
    let claims = token.claims().map_err(|_| Flaw::NoToken)?;
    let expires = claims.get("exp").and_then(Value::as_i64).ok_or(Flaw::Missing("exp"))?;
    let now = cx.now.seconds();
    if now - grace >= expires {
        return Err(Flaw::Expired { at: expires, now }.into());
    }
    read(&claims).map(Some).map_err(Unproven::from)
}

/// What stands in the claims.
fn read(claims: &Map<String, Value>) -> Result<PoolToken, Flaw> {
    let text = |name: &'static str| claims.get(name).and_then(Value::as_str).ok_or(Flaw::Missing(name));
    let amr = claims.get("amr").and_then(Value::as_array).ok_or(Flaw::Missing("amr"))?;
    let tags = claims.get(TAGS).and_then(|tags| tags.get("principal_tags")?.as_object());
    let tag = |(key, values): (&String, &Value)| Some((key.clone(), values.get(0)?.as_str()?.to_owned()));
    Ok(PoolToken {
        identity_id: text("sub")?.into(),
        pool_id: text("aud")?.into(),
        amr: amr.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        tags: tags.into_iter().flatten().filter_map(tag).collect(),
    })
}
