use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use serde_json::json;

use super::*;

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn token(header: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", text(header.to_string()), text(r#"{"sub":"1"}"#));
    let signature = text(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn verify(keys: &Value, token: &str) -> Result<Map<String, Value>, JwsError> {
    let keys = KeySet::read(json!({ "keys": [keys] }).to_string().as_bytes()).unwrap();
    keys.verify(&read(token)?)
}

struct Rsa(RsaKeyPair);

impl Rsa {
    fn new() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    fn jwk(&self) -> Value {
        let key = self.0.public_key();
        let (n, e) = (key.modulus().big_endian_without_leading_zero(), key.exponent());
        json!({ "kty": "RSA", "kid": "k", "n": text(n), "e": text(e.big_endian_without_leading_zero()) })
    }

    fn sign(&self, padding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }
}

fn curve(algorithm: &'static EcdsaSigningAlgorithm, name: &str) -> (EcdsaKeyPair, Value) {
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let point = pair.public_key().as_ref()[1..].to_vec();
    let (x, y) = point.split_at(point.len() / 2);
    let jwk = json!({ "kty": "EC", "crv": name, "kid": "k", "x": text(x), "y": text(y) });
    (pair, jwk)
}

#[test]
fn each_kind_of_key_verifies_what_it_signed() {
    let rsa = Rsa::new();
    let paddings: [(&str, &'static dyn RsaEncoding); 4] = [
        ("RS256", &RSA_PKCS1_SHA256),
        ("RS384", &RSA_PKCS1_SHA384),
        ("RS512", &RSA_PKCS1_SHA512),
        ("PS256", &RSA_PSS_SHA256),
    ];
    for (name, padding) in paddings {
        let signed = token(&json!({ "alg": name, "kid": "k" }), |message| rsa.sign(padding, message));
        assert_eq!(verify(&rsa.jwk(), &signed).unwrap()["sub"], "1", "{name}");
    }
    for (algorithm, name, crv) in [
        (&ECDSA_P256_SHA256_FIXED_SIGNING, "ES256", "P-256"),
        (&ECDSA_P384_SHA384_FIXED_SIGNING, "ES384", "P-384"),
    ] {
        let (pair, jwk) = curve(algorithm, crv);
        let sign = |message: &[u8]| pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
        let signed = token(&json!({ "alg": name, "kid": "k" }), sign);
        assert_eq!(verify(&jwk, &signed).unwrap()["sub"], "1", "{name}");
    }
    let pair = Ed25519KeyPair::generate().unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": text(pair.public_key().as_ref()) });
    let signed =
        token(&json!({ "alg": "EdDSA", "kid": "k" }), |message| pair.sign(message).as_ref().to_vec());
    assert_eq!(verify(&jwk, &signed).unwrap()["sub"], "1");
}

#[test]
fn no_spelling_of_none_is_an_algorithm() {
    for name in ["none", "None", "NONE", "nOnE", " none", "none ", ""] {
        let unsigned = token(&json!({ "alg": name, "kid": "k" }), |_| Vec::new());
        assert_eq!(read(&unsigned).unwrap_err(), JwsError::Unsigned, "{name:?}");
    }
    for name in ["rs256", "HS384", "ES512", "RSA-OAEP", "RS256 "] {
        let other = token(&json!({ "alg": name, "kid": "k" }), |_| Vec::new());
        assert_eq!(read(&other).unwrap_err(), JwsError::UnknownAlgorithm, "{name:?}");
    }
}

#[test]
fn what_is_public_is_no_secret() {
    let rsa = Rsa::new();
    let jwk = rsa.jwk();
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    for secret in [modulus, jwk["n"].as_str().unwrap().as_bytes().to_vec(), jwk.to_string().into_bytes()] {
        let sign = |message: &[u8]| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message).as_ref().to_vec()
        };
        let forged = token(&json!({ "alg": "HS256", "kid": "k" }), sign);
        assert_eq!(verify(&jwk, &forged).unwrap_err(), JwsError::OtherAlgorithm);
    }
    // A secret that the document publishes is none either.
    let secret = json!({ "kty": "oct", "kid": "k", "k": text([7; 32]) });
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
    let forged =
        token(&json!({ "alg": "HS256", "kid": "k" }), |message| hmac::sign(&key, message).as_ref().to_vec());
    assert_eq!(verify(&secret, &forged).unwrap_err(), JwsError::UnknownKey);
}

#[test]
fn a_shared_secret_verifies_where_it_is_long_enough() {
    let secret = [7; 32];
    let sign = |secret: &[u8], message: &[u8]| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
    };
    let header = json!({ "alg": "HS256" });
    let signed = token(&header, |message| sign(&secret, message));
    let signed = read(&signed).unwrap();
    assert_eq!(signed.verify_by_secret(&secret).unwrap()["sub"], "1");
    assert_eq!(signed.verify_by_secret(&[8; 32]).unwrap_err(), JwsError::BadSignature);
    for short in [&secret[..31], &[]] {
        let signed = token(&header, |message| sign(short, message));
        assert_eq!(read(&signed).unwrap().verify_by_secret(short).unwrap_err(), JwsError::ShortSecret);
    }
}

#[test]
fn a_key_signs_as_its_document_says() {
    let rsa = Rsa::new();
    let signed =
        token(&json!({ "alg": "RS384", "kid": "k" }), |message| rsa.sign(&RSA_PKCS1_SHA384, message));
    for (member, value, refusal) in [
        ("alg", json!("RS256"), JwsError::OtherAlgorithm),
        ("alg", json!("ES256"), JwsError::UnknownKey),
        ("use", json!("enc"), JwsError::UnknownKey),
        ("key_ops", json!(["sign"]), JwsError::UnknownKey),
        ("kid", json!("other"), JwsError::UnknownKey),
        ("n", json!(text([0xff; 128])), JwsError::UnknownKey),
    ] {
        let mut jwk = rsa.jwk();
        jwk[member] = value;
        assert_eq!(verify(&jwk, &signed).unwrap_err(), refusal, "{member}");
    }
    assert_eq!(verify(&Rsa::new().jwk(), &signed).unwrap_err(), JwsError::BadSignature);
}

#[test]
fn headers_that_are_refused() {
    let rsa = Rsa::new();
    for (header, refusal) in [
        (json!({ "alg": "RS256" }), JwsError::NoKey),
        (json!({ "alg": "RS256", "kid": "k", "crit": ["b64"], "b64": false }), JwsError::Critical),
        (json!({ "alg": "RS256", "kid": "k", "crit": [] }), JwsError::Critical),
        (json!({ "kid": "k" }), JwsError::Malformed),
        (json!(["RS256", "k"]), JwsError::Malformed),
    ] {
        let signed = token(&header, |message| rsa.sign(&RSA_PKCS1_SHA256, message));
        assert_eq!(verify(&rsa.jwk(), &signed).unwrap_err(), refusal, "{header}");
    }
    for text in ["", "a.b", "a.b.c", &"a".repeat(LONGEST + 1)] {
        assert_eq!(read(text).unwrap_err(), JwsError::Malformed);
    }
    assert_eq!(KeySet::read(b"[]").unwrap_err(), JwsError::NotKeys);
}

#[test]
fn what_is_signed_for_apple_verifies() {
    let (pair, jwk) = curve(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256");
    let der = pair.to_pkcs8v1().unwrap();
    let base64 = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
    for text in [&pem, &base64] {
        let key = Es256Key::from_pkcs8(&from_pem(text).unwrap()).unwrap();
        let signed = key.sign("k", &json!({ "sub": "1" })).unwrap();
        assert_eq!(verify(&jwk, &signed).unwrap()["sub"], "1");
    }
    assert!(from_pem("!").is_err() && Es256Key::from_pkcs8(&[1, 2]).is_err());
}

#[test]
fn the_half_hash_is_that_of_the_algorithm() {
    // OpenID Connect Core, appendix A.3.
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(Algorithm::Rs256.half_hash(token), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(Algorithm::Es384.half_hash(token).len(), 32);
    assert_eq!(Algorithm::EdDsa.half_hash(token).len(), 43);
}
