//! Whether an ID token is to be believed (docs/cognito/federation.md §10, OpenID Connect Core §3.1.3.7).
//!
//! The signature is looked at first, and nothing else is read before it was found good.

use poolhouse_crypto::jws::{self, Algorithm, Unverified};
use serde_json::{Map, Value};

use super::failure::{Failure, Untrusted};
use super::keys;
use crate::Cx;

/// For how long clocks may differ, in seconds.
const GRACE: i64 = 60;

/// The longest `sub` (OpenID Connect Core §2).
const LONGEST_SUBJECT: usize = 255;

/// When a user must have signed in at a provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedInThere {
    /// Not before this, in seconds.
    pub(crate) since: i64,
    /// Whether the provider has to say when: where it was told `max_age` (OpenID Connect Core §3.1.2.1).
    pub(crate) is_told: bool,
}

impl SignedInThere {
    fn holds(self, auth_time: Option<i64>) -> bool {
        auth_time.map_or(!self.is_told, |at| self.since <= at.saturating_add(GRACE))
    }
}

/// What a token must be to be believed.
pub(crate) struct Expected<'a> {
    /// The provider's own name, to the letter.
    pub(crate) issuer: &'a str,
    /// Another form of it, which Google's tokens may have.
    pub(crate) other_issuer: Option<&'a str>,
    pub(crate) client_id: &'a str,
    /// Where the provider's keys are.
    pub(crate) keys: &'a str,
    /// The client's secret, which may sign where nobody else than the provider handed the token over.
    pub(crate) secret: Option<&'a str>,
    /// What the sign-in told the provider; None where none was begun here.
    pub(crate) nonce: Option<&'a str>,
    /// When its user must have signed in, where that was asked for.
    pub(crate) signed_in: Option<SignedInThere>,
    /// What came with it.
    pub(crate) access_token: Option<&'a str>,
}

/// The claims of a token, once all of it was found to be as expected.
///
/// # Errors
/// [`Failure::Untrusted`]; those of fetching the keys.
pub(super) async fn verify(
    cx: &Cx,
    token: &str,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, Failure> {
    let untrusted = |error| Failure::Untrusted(Untrusted::Signature(error));
    let unverified = jws::read(token).map_err(untrusted)?;
    let algorithm = unverified.algorithm;
    let claims = match (algorithm, expected.secret) {
        (Algorithm::Hs256, Some(secret)) => {
            unverified.verify_by_secret(secret.as_bytes()).map_err(untrusted)?
        }
        _ => signed(cx, &unverified, expected.keys).await?,
    };
    if !is_id_token(unverified.kind.as_deref(), &claims) {
        return Err(Failure::Untrusted(Untrusted::Kind));
    }
    check(&claims, algorithm, expected, cx.outside_now().seconds()).map_err(Failure::Untrusted)?;
    Ok(claims)
}

/// What a token says, once it was found to be signed by one of the keys at `keys`.
///
/// # Errors
/// [`Failure::Untrusted`]; those of fetching the keys.
pub(crate) async fn signed(
    cx: &Cx,
    token: &Unverified<'_>,
    keys: &str,
) -> Result<Map<String, Value>, Failure> {
    if token.algorithm == Algorithm::Hs256 {
        return Err(Failure::Untrusted(Untrusted::SharedSecret));
    }
    let keys = keys::at(cx, keys, token.key.as_deref()).await?;
    keys.verify(token).map_err(|error| Failure::Untrusted(Untrusted::Signature(error)))
}

/// Whether a token may be an ID token, by its header's `typ` and its claims. A provider signs others with the same keys, access tokens
/// and orders to sign out, which may have all the claims of one (RFC 8725 §3.11, RFC 9068 §2.1; `typ` as Keycloak claims it,
/// `token_use` as Cognito does).
pub(crate) fn is_id_token(kind: Option<&str>, claims: &Map<String, Value>) -> bool {
    let is_absent_or = |name: &str, value: &str| claims.get(name).is_none_or(|told| told == value);
    let is_of_other_kind = |kind: &str| kind.to_ascii_lowercase().ends_with("+jwt");
    !kind.is_some_and(is_of_other_kind)
        && !claims.contains_key("events")
        && is_absent_or("typ", "ID")
        && is_absent_or("token_use", "id")
}

/// Holds the claims of a token whose signature is good against what is expected.
pub(crate) fn check(
    claims: &Map<String, Value>,
    algorithm: Algorithm,
    expected: &Expected<'_>,
    now: i64,
) -> Result<(), Untrusted> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let issuer = text("iss");
    if issuer != Some(expected.issuer) && (issuer.is_none() || issuer != expected.other_issuer) {
        return Err(Untrusted::Issuer(issuer.map(ToOwned::to_owned)));
    }
    check_audience(claims, expected.client_id)?;
    let time = |name: &str| claims.get(name).and_then(seconds);
    if time("exp").ok_or(Untrusted::NoEnd)?.saturating_add(GRACE) <= now {
        return Err(Untrusted::Expired);
    }
    if time("nbf").is_some_and(|start| now + GRACE < start) {
        return Err(Untrusted::NotYetValid);
    }
    if time("iat").is_some_and(|issued| now + GRACE < issued) {
        return Err(Untrusted::FromTheFuture);
    }
    if expected.nonce.is_some_and(|nonce| text("nonce") != Some(nonce)) {
        return Err(Untrusted::Nonce);
    }
    if expected.signed_in.is_some_and(|wanted| !wanted.holds(time("auth_time"))) {
        return Err(Untrusted::SignIn);
    }
    if let (Some(hash), Some(access_token)) = (claims.get("at_hash"), expected.access_token)
        && hash.as_str() != Some(&*algorithm.half_hash(access_token))
    {
        return Err(Untrusted::AccessToken);
    }
    match text("sub") {
        Some(sub) if !sub.is_empty() && sub.len() <= LONGEST_SUBJECT => Ok(()),
        _ => Err(Untrusted::Subject),
    }
}

/// It is for this client, and was given to it: of several audiences each could have asked for it.
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), Untrusted> {
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !audiences.contains(&client_id) {
        return Err(Untrusted::Audience);
    }
    match claims.get("azp") {
        Some(party) if party.as_str() != Some(client_id) => Err(Untrusted::AuthorizedParty),
        None if audiences.len() > 1 => Err(Untrusted::AuthorizedParty),
        _ => Ok(()),
    }
}

/// A time, in whole seconds.
pub(super) fn seconds(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a float beyond all times becomes the last one")]
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_893_456_000;

    fn expected() -> Expected<'static> {
        Expected {
            issuer: "https://idp.example",
            other_issuer: None,
            client_id: "c",
            keys: "",
            secret: None,
            nonce: Some("n"),
            signed_in: Some(SignedInThere { since: NOW - 100, is_told: true }),
            access_token: Some("t"),
        }
    }

    fn checked(change: &Value) -> Result<(), Untrusted> {
        let mut claims = json!({
            "iss": "https://idp.example", "aud": "c", "sub": "1", "exp": NOW + 300, "iat": NOW, "nonce": "n",
            "auth_time": NOW - 100,
            "at_hash": Algorithm::Rs256.half_hash("t"),
        });
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        check(claims.as_object().unwrap(), Algorithm::Rs256, &expected(), NOW)
    }

    // federation §10; times with a minute's grace
    #[test]
    fn each_claim_is_held_against_what_is_expected() {
        let issuer = |issuer: &str| Untrusted::Issuer(Some(issuer.to_owned()));
        for (change, refusal) in [
            (json!({ "iss": "https://idp.example/" }), issuer("https://idp.example/")),
            (json!({ "iss": "http://idp.example" }), issuer("http://idp.example")),
            (json!({ "iss": null }), Untrusted::Issuer(None)),
            (json!({ "aud": "d" }), Untrusted::Audience),
            (json!({ "aud": ["d"] }), Untrusted::Audience),
            (json!({ "aud": null }), Untrusted::Audience),
            (json!({ "aud": ["c", "d"] }), Untrusted::AuthorizedParty),
            (json!({ "azp": "d" }), Untrusted::AuthorizedParty),
            (json!({ "aud": ["c", "d"], "azp": "d" }), Untrusted::AuthorizedParty),
            (json!({ "azp": 1 }), Untrusted::AuthorizedParty),
            (json!({ "exp": null }), Untrusted::NoEnd),
            (json!({ "exp": "later" }), Untrusted::NoEnd),
            (json!({ "exp": NOW - 60 }), Untrusted::Expired),
            (json!({ "nbf": NOW + 61 }), Untrusted::NotYetValid),
            (json!({ "iat": NOW + 61 }), Untrusted::FromTheFuture),
            (json!({ "nonce": "m" }), Untrusted::Nonce),
            (json!({ "nonce": null }), Untrusted::Nonce),
            (json!({ "auth_time": NOW - 161 }), Untrusted::SignIn),
            (json!({ "auth_time": null }), Untrusted::SignIn),
            (json!({ "auth_time": "now" }), Untrusted::SignIn),
            (json!({ "at_hash": "x" }), Untrusted::AccessToken),
            (json!({ "at_hash": 1 }), Untrusted::AccessToken),
            (json!({ "sub": null }), Untrusted::Subject),
            (json!({ "sub": "" }), Untrusted::Subject),
            (json!({ "sub": "1".repeat(256) }), Untrusted::Subject),
            (json!({ "sub": 1 }), Untrusted::Subject),
        ] {
            assert_eq!(checked(&change), Err(refusal), "{change}");
        }
        for change in [
            json!({}),
            json!({ "aud": ["c"] }),
            json!({ "aud": ["c", "d"], "azp": "c" }),
            json!({ "exp": NOW - 59 }),
            json!({ "exp": 1_893_456_300.5 }),
            json!({ "nbf": NOW + 60, "iat": NOW + 60 }),
            json!({ "iat": null, "at_hash": null }),
            json!({ "auth_time": NOW - 160 }),
        ] {
            assert_eq!(checked(&change), Ok(()), "{change}");
        }
    }

    #[test]
    fn other_kinds_of_tokens_are_no_id_tokens() {
        let is_one = |kind: Option<&str>, claims: Value| is_id_token(kind, claims.as_object().unwrap());
        for kind in [None, Some("JWT"), Some("jwt"), Some("JWS"), Some("application/jwt")] {
            assert!(is_one(kind, json!({})), "{kind:?}");
        }
        for kind in ["at+jwt", "AT+JWT", "application/at+jwt", "logout+jwt", "secevent+jwt"] {
            assert!(!is_one(Some(kind), json!({})), "{kind}");
        }
        assert!(is_one(None, json!({ "typ": "ID", "token_use": "id" })));
        for claims in [
            json!({ "typ": "Bearer" }),
            json!({ "typ": "Logout" }),
            json!({ "token_use": "access" }),
            json!({ "events": {} }),
        ] {
            assert!(!is_one(Some("JWT"), claims.clone()), "{claims}");
        }
    }

    // OpenID Connect Core §3.1.2.1: `prompt` alone does not oblige a provider to say when
    #[test]
    fn who_is_not_asked_when_need_not_say() {
        let wanted = SignedInThere { since: NOW, is_told: false };
        assert!(wanted.holds(None) && wanted.holds(Some(NOW - 60)));
        assert!(!wanted.holds(Some(NOW - 61)));
    }
}
