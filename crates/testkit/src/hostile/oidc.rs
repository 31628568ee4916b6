//! What OpenID Connect providers send, or somebody in their name: ID tokens, what these say, and keys.

use std::sync::LazyLock;

use poolhouse_core::testing::{self, ID_TOKEN};
use poolhouse_crypto::jws::{self, Algorithm, KeySet};
use serde_json::{Map, Value, json};

use super::seeds;
use super::targets::Target;
use crate::idp::{Idp, Signer};

pub(super) const TOKEN: Target = Target {
    name: "id-token",
    run: token,
    seeds: || GENUINE.each_ref().map(|token| token.clone().into_bytes()).to_vec(),
    longest: seeds::long_token,
    most: jws::LONGEST,
};

pub(super) const CLAIMS: Target = Target {
    name: "id-token-claims",
    run: claims,
    seeds: claims_seeds,
    longest: long_claims,
    // As much as the base64 of a token has room for.
    most: jws::LONGEST / 4 * 3,
};

pub(super) const KEYS: Target =
    Target { name: "provider-keys", run: keys, seeds: keys_seeds, longest: long_keys, most: 256 * 1024 };

/// What a provider has signed, by its key and by the client's secret. A test's key takes time to make.
static GENUINE: LazyLock<[String; 2]> = LazyLock::new(|| {
    let (by_key, by_secret) = (Signer::Own, Signer::Secret(Idp::SECRET.as_bytes().to_vec()));
    [(by_key, "RS256"), (by_secret, "HS256")]
        .map(|(signer, name)| Idp::sign(&json!({ "alg": name, "kid": "one" }), &said(), &signer))
});

static PROVIDER: LazyLock<KeySet> = LazyLock::new(|| KeySet::read(&document(&Idp::jwk("one"))).unwrap());

fn document(key: &Value) -> Vec<u8> {
    json!({ "keys": [key] }).to_string().into_bytes()
}

fn said() -> Value {
    json!({ "iss": ID_TOKEN.issuer, "aud": ID_TOKEN.client_id, "sub": "1", "nonce": ID_TOKEN.nonce, "exp": ID_TOKEN.now + 300 })
}

fn is_genuine(claims: &Map<String, Value>) {
    assert_eq!(Some(claims), said().as_object());
}

/// A token: what is believed is what was signed, and by a secret nothing that is public.
fn token(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(unverified) = jws::read(text) else { return };
    if let Ok(claims) = PROVIDER.verify(&unverified) {
        assert_ne!(unverified.algorithm, Algorithm::Hs256);
        is_genuine(&claims);
    }
    if let Ok(claims) = unverified.verify_by_secret(Idp::SECRET.as_bytes()) {
        assert_eq!(unverified.algorithm, Algorithm::Hs256);
        is_genuine(&claims);
    }
    for public in [document(&Idp::jwk("one")), Vec::new()] {
        assert!(unverified.verify_by_secret(&public).is_err());
    }
}

/// What a token says whose signature is good: who is believed has a name, and the token is of this sign-in.
fn claims(input: &[u8]) {
    let Ok(claims) = serde_json::from_slice::<Map<String, Value>>(input) else { return };
    if !testing::is_believed(&claims) {
        return;
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    assert_eq!((text("iss"), text("nonce")), (Some(ID_TOKEN.issuer), Some(ID_TOKEN.nonce)));
    assert!(text("sub").is_some_and(|sub| (1..=255).contains(&sub.len())));
    let audience = claims.get("aud").unwrap();
    assert!(
        audience == ID_TOKEN.client_id || audience.as_array().unwrap().contains(&json!(ID_TOKEN.client_id))
    );
}

/// A document of keys: whatever keys are in it, the provider's token says what it says.
fn keys(input: &[u8]) {
    let Ok(keys) = KeySet::read(input) else { return };
    for token in &*GENUINE {
        if let Ok(claims) = keys.verify(&jws::read(token).unwrap()) {
            is_genuine(&claims);
        }
    }
}

fn claims_seeds() -> Vec<Vec<u8>> {
    let mut several = said();
    several["aud"] = json!([ID_TOKEN.client_id, "d"]);
    several["azp"] = json!(ID_TOKEN.client_id);
    several["iat"] = json!(ID_TOKEN.now as f64 + 0.5);
    several["auth_time"] = json!(ID_TOKEN.now);
    several["at_hash"] = json!("x");
    [said(), several].map(|claims| claims.to_string().into_bytes()).to_vec()
}

fn long_claims(length: usize) -> Vec<Vec<u8>> {
    let list = |member: &str, piece: &str| {
        let pieces = vec![piece; (length - 100) / (piece.len() + 1)].join(",");
        format!("{{\"iss\":\"{}\",\"{member}\":[{pieces}]}}", ID_TOKEN.issuer).into_bytes()
    };
    let members: String = (0..(length - 20) / 12).map(|n| format!(",\"{n:x}\":0")).collect();
    vec![
        list("aud", "\"c\""),
        list("amr", "\"pwd\""),
        "[".repeat(length).into_bytes(),
        format!("{{\"x\":0{members}}}").into_bytes(),
        format!("{{\"sub\":\"{}\"}}", "1".repeat(length - 20)).into_bytes(),
    ]
}

fn keys_seeds() -> Vec<Vec<u8>> {
    let point = "A".repeat(43);
    let curve = json!({ "kty": "EC", "crv": "P-256", "kid": "two", "alg": "ES256", "x": point, "y": point });
    let secret = json!({ "kty": "oct", "kid": "one", "k": point });
    let all = json!({ "keys": [Idp::jwk("one"), curve, secret, { "kty": "OKP", "crv": "Ed25519", "kid": "three", "x": point }] });
    vec![document(&Idp::jwk("one")), all.to_string().into_bytes()]
}

fn long_keys(length: usize) -> Vec<Vec<u8>> {
    let key = Idp::jwk("one").to_string();
    let small = "{\"kty\":\"RSA\",\"kid\":\"one\",\"n\":\"AQAB\",\"e\":\"AQAB\"}";
    let filled = |piece: &str| {
        let pieces = vec![piece; (length - 20) / (piece.len() + 1)].join(",");
        format!("{{\"keys\":[{pieces}]}}").into_bytes()
    };
    let modulus = "A".repeat((length - 100) / 4 * 4);
    vec![
        filled(&key),
        filled(small),
        filled("{}"),
        format!("{{\"keys\":[{{\"kty\":\"RSA\",\"kid\":\"one\",\"n\":\"{modulus}\",\"e\":\"AQAB\"}}]}}")
            .into_bytes(),
        "[".repeat(length).into_bytes(),
    ]
}
