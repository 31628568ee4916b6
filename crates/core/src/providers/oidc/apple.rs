//! Sign in with Apple: a client proves itself by a token of its own, and people's names come but once
//! (docs/cognito/federation.md §10).

use poolhouse_crypto::jws::{self, Es256Key};
use serde::Deserialize;
use serde_json::{Value, json};

use super::addresses::Addresses;
use super::failure::Failure;
use crate::Cx;
use crate::model::provider::Provider;
use crate::providers::assertion::Claims;

/// Whom the token is for, wherever Apple is looked for.
const AUDIENCE: &str = "https://appleid.apple.com";

/// How long the token is good, in seconds.
const SECONDS: i64 = 5 * 60;

/// A client's secret: a token that its private key signs.
pub(super) fn client_secret(cx: &Cx, addresses: &Addresses, provider: &Provider) -> Result<String, Failure> {
    let detail = |name: &str| provider.details.get(name).map(String::as_str).unwrap_or_default();
    let now = cx.outside_now().seconds();
    let claims = json!({
        "iss": detail("team_id"),
        "iat": now,
        "exp": now + SECONDS,
        "aud": AUDIENCE,
        "sub": addresses.detail("client_id"),
    });
    // One signature on P-256: some 20 µs.
    let key = jws::from_pem(detail("private_key")).and_then(|der| Es256Key::from_pkcs8(&der));
    key.and_then(|key| key.sign(detail("key_id"), &claims)).map_err(Failure::PrivateKey)
}

/// What Apple's form tells of a person at the first consent.
#[derive(Deserialize)]
struct Person {
    name: Option<Name>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Name {
    first_name: Option<String>,
    last_name: Option<String>,
}

/// The name in the form's field `user`. Nobody signs it, so that nothing else is taken from there: the address is in the
/// ID token.
pub(super) fn name_of(user: &str) -> Claims {
    let mut claims = Claims::new();
    let Some(Name { first_name, last_name }) = serde_json::from_str::<Person>(user).ok().and_then(|p| p.name)
    else {
        return claims;
    };
    let whole: Vec<&str> = [&first_name, &last_name].into_iter().filter_map(Option::as_deref).collect();
    let mut put = |name: &str, value: String| drop(claims.insert(name.to_owned(), Value::String(value)));
    put("name", whole.join(" "));
    if let Some(first) = first_name {
        put("firstName", first);
    }
    if let Some(last) = last_name {
        put("lastName", last);
    }
    claims
}
