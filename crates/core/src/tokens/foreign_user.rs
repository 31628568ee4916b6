//! Users of OpenID Connect providers that no user pool has: identity pools and STS know them by their ID tokens, and each
//! refuses these in words of its own (docs/cognito/identity-pools-and-iam.md §4, §8.1).

use poolhouse_crypto::jws::{self, JwsError, Unverified};
use serde_json::{Map, Value};

use super::id_token::{Flaw, Unproven};
use crate::Cx;
use crate::clients::redirect::is_local_http;
use crate::providers::oidc::failure::{Failure, Untrusted};
use crate::providers::oidc::{discovery, id_token};

/// For how long clocks may differ, in seconds (documented for identity pools, recorded for STS).
const GRACE: i64 = 300;

/// The longest `sub` (OpenID Connect Core §2).
const LONGEST_SUBJECT: usize = 255;

/// A user of a provider outside, whose word was found to be its own.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignUser {
    /// How the provider knows them.
    pub subject: String,
    /// The client that was told.
    pub audience: String,
    /// What the provider says of them.
    pub claims: Map<String, Value>,
}

/// Who a token says has issued it, before anything of it is believed.
///
/// # Errors
/// [`Flaw`], of what is no token, or names nobody.
pub fn issuer_of(token: &str) -> Result<String, Flaw> {
    jws::read(token).map_err(flaw)?.issuer().ok_or(Flaw::Missing("iss"))
}

/// The name of the provider that has this issuer: the URL without the scheme. While developing, one on this machine may do
/// without TLS.
pub fn provider_name<'i>(cx: &Cx, issuer: &'i str) -> Option<&'i str> {
    name_of(issuer, cx.state().settings.local_providers)
}

fn name_of(issuer: &str, is_local: bool) -> Option<&str> {
    match issuer.strip_prefix("http://") {
        Some(name) => (is_local && is_local_http(issuer)).then_some(name),
        None => issuer.strip_prefix("https://"),
    }
}

/// The user of the provider of this name whom an ID token for one of these clients names. Who can be asked for keys follows
/// from the name alone, so that no token leads this server anywhere else.
///
/// # Errors
/// What is wrong with the token.
pub async fn foreign_user(
    cx: &Cx,
    token: &str,
    name: &str,
    client_ids: &[String],
) -> Result<ForeignUser, Unproven> {
    let token = jws::read(token).map_err(flaw)?;
    let issuer = token.issuer().ok_or(Flaw::Missing("iss"))?;
    if provider_name(cx, &issuer) != Some(name) {
        return Err(Flaw::Issuer.into());
    }
    let keys = discovery::keys_of(cx, &issuer).await.map_err(|failure| failed(name, &failure))?;
    by_keys(cx, &token, name, &keys, client_ids).await
}

/// The user whom a token names that one of the keys at `keys` has signed, for one of these clients.
///
/// # Errors
/// What is wrong with the token.
pub(super) async fn by_keys(
    cx: &Cx,
    token: &Unverified<'_>,
    name: &str,
    keys: &str,
    client_ids: &[String],
) -> Result<ForeignUser, Unproven> {
    let claims = id_token::signed(cx, token, keys).await.map_err(|failure| failed(name, &failure))?;
    if !id_token::is_id_token(token.kind.as_deref(), &claims) {
        return Err(Flaw::Use.into());
    }
    let (subject, audience) = checked(&claims, client_ids, cx.outside_now().seconds())?;
    Ok(ForeignUser { subject: subject.to_owned(), audience: audience.to_owned(), claims })
}

/// Subject and audience, once all claims are as they must be.
fn checked<'c>(
    claims: &'c Map<String, Value>,
    client_ids: &[String],
    now: i64,
) -> Result<(&'c str, &'c str), Flaw> {
    for name in ["iss", "sub", "aud", "iat", "exp"] {
        if claims.get(name).is_none_or(Value::is_null) {
            return Err(Flaw::Missing(name));
        }
    }
    let time = |name: &str| match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or(Flaw::Timestamp),
    };
    let (expires, begins, issued) = (time("exp")?, time("nbf")?, time("iat")?);
    if let Some(at) = expires.filter(|at| now - GRACE >= *at) {
        return Err(Flaw::Expired { at, now });
    }
    if let Some(at) = begins.filter(|at| now + GRACE < *at) {
        return Err(Flaw::NotYetValid { at, now });
    }
    if let Some(at) = issued.filter(|at| now + GRACE < *at) {
        return Err(Flaw::FromTheFuture(at));
    }
    let audience = audience(claims).filter(|audience| client_ids.iter().any(|known| known == audience));
    let audience = audience.ok_or(Flaw::Audience)?;
    let subject = claims.get("sub").and_then(Value::as_str);
    let subject = subject.filter(|subject| !subject.is_empty() && subject.len() <= LONGEST_SUBJECT);
    Ok((subject.ok_or(Flaw::Missing("sub"))?, audience))
}

/// The client that was told: `azp` where there is one, else the only one in `aud` (documented; that several need `azp`,
/// recorded).
fn audience(claims: &Map<String, Value>) -> Option<&str> {
    if let Some(party) = claims.get("azp") {
        return party.as_str();
    }
    match claims.get("aud")? {
        Value::String(one) => Some(one),
        Value::Array(list) => match list.as_slice() {
            [one] => one.as_str(),
            _ => None,
        },
        _ => None,
    }
}

/// Why a token cannot be read, as a flaw of it.
fn flaw(error: JwsError) -> Flaw {
    match error {
        JwsError::Malformed => Flaw::NoToken,
        _ => Flaw::Signature,
    }
}

/// A failure as a flaw, once the log has the reason.
fn failed(provider: &str, failure: &Failure) -> Unproven {
    tracing::info!(provider, %failure, "a token of an identity provider is not taken");
    Unproven::Flawed(match failure {
        Failure::Untrusted(Untrusted::Signature(error)) => flaw(*error),
        Failure::Untrusted(_) => Flaw::Signature,
        _ => Flaw::Unreachable,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_893_456_000;

    fn audience_of(change: &Value) -> Result<String, Flaw> {
        let mut claims =
            json!({ "iss": "https://id.example", "aud": "c", "sub": "1", "exp": NOW + 60, "iat": NOW });
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        let clients = ["c".to_owned(), "d".to_owned()];
        checked(claims.as_object().unwrap(), &clients, NOW).map(|(_, audience)| audience.to_owned())
    }

    // identity-pools-and-iam §4, §8.1
    #[test]
    fn each_claim_is_held_against_what_is_expected() {
        for (change, flaw) in [
            (json!({ "iss": null }), Flaw::Missing("iss")),
            (json!({ "sub": null }), Flaw::Missing("sub")),
            (json!({ "sub": "" }), Flaw::Missing("sub")),
            (json!({ "sub": 1 }), Flaw::Missing("sub")),
            (json!({ "sub": "1".repeat(256) }), Flaw::Missing("sub")),
            (json!({ "aud": null }), Flaw::Missing("aud")),
            (json!({ "iat": null }), Flaw::Missing("iat")),
            (json!({ "exp": null }), Flaw::Missing("exp")),
            (json!({ "exp": 1_893_456_300.5 }), Flaw::Timestamp),
            (json!({ "iat": "now" }), Flaw::Timestamp),
            (json!({ "nbf": true }), Flaw::Timestamp),
            (json!({ "exp": NOW - 300 }), Flaw::Expired { at: NOW - 300, now: NOW }),
            (json!({ "nbf": NOW + 301 }), Flaw::NotYetValid { at: NOW + 301, now: NOW }),
            (json!({ "iat": NOW + 301 }), Flaw::FromTheFuture(NOW + 301)),
            (json!({ "aud": "e" }), Flaw::Audience),
            (json!({ "aud": 1 }), Flaw::Audience),
            (json!({ "aud": [] }), Flaw::Audience),
            (json!({ "aud": ["c", "d"] }), Flaw::Audience),
            (json!({ "azp": "e" }), Flaw::Audience),
            (json!({ "azp": ["c"] }), Flaw::Audience),
        ] {
            assert_eq!(audience_of(&change), Err(flaw), "{change}");
        }
        for (change, audience) in [
            (json!({}), "c"),
            (json!({ "aud": ["d"] }), "d"),
            (json!({ "aud": ["c", "e"], "azp": "d" }), "d"),
            (json!({ "aud": "e", "azp": "c" }), "c"),
            (json!({ "exp": NOW - 299, "nbf": NOW + 300, "iat": NOW + 300 }), "c"),
        ] {
            assert_eq!(audience_of(&change), Ok(audience.to_owned()), "{change}");
        }
    }

    #[test]
    fn a_provider_is_called_by_its_issuer_without_the_scheme() {
        assert_eq!(name_of("https://id.example/a", false), Some("id.example/a"));
        assert_eq!(name_of("http://localhost:9000", true), Some("localhost:9000"));
        for (issuer, is_local) in [
            ("http://localhost:9000", false),
            ("http://id.example", true),
            ("http://localhost@id.example", true),
            ("id.example", true),
            ("HTTPS://id.example", false),
        ] {
            assert_eq!(name_of(issuer, is_local), None, "{issuer}");
        }
    }
}
