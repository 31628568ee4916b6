use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use poolhouse_crypto::jwt::{Jwk, Jwks, SigningKey};
use serde_json::{Value, json};

use super::*;
use crate::error::{Error, TokenError};

const ISSUER: &str = "https://issuer.example/us-east-1_Ab1";
const NOW: u64 = 1_900_000_000;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

fn claims(kind: &str) -> Value {
    json!({ "iss": ISSUER, "sub": "s", "token_use": kind, "exp": NOW + 1, "aud": "app", "client_id": "app" })
}

fn sign(claims: &Value) -> String {
    KEY.sign("one", claims.to_string().as_bytes()).unwrap()
}

fn builder() -> VerifierBuilder {
    let jwk = Jwk::new("one", &KEY.public_key().unwrap());
    let document = serde_json::to_string(&Jwks { keys: vec![jwk] }).unwrap();
    Verifier::builder(ISSUER).key_source(KeySource::Document(document)).client_id("app").time_source(now)
}

fn verify(claims: &Value, kind: TokenKind) -> Result<Claims, TokenError> {
    verify_with(builder(), claims, kind)
}

fn verify_with(builder: VerifierBuilder, claims: &Value, kind: TokenKind) -> Result<Claims, TokenError> {
    match builder.build().unwrap().verify(&sign(claims), kind).now_or_never().unwrap() {
        Ok(claims) => Ok(claims),
        Err(Error::Token(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

fn with(kind: &str, name: &str, value: Value) -> Value {
    let mut claims = claims(kind);
    claims[name] = value;
    claims
}

/// C14: the rules E5 to E9.
#[test]
fn c14_a_good_token_is_accepted_and_read() {
    let mut wanted = claims("id");
    wanted["cognito:groups"] = json!(["admins", "staff"]);
    let read = verify(&wanted, TokenKind::Id).unwrap();
    assert_eq!(read.sub(), Some("s"));
    assert_eq!(read.groups(), ["admins", "staff"]);
    assert!(read.in_any_group(["staff", "none"]) && !read.in_any_group(vec!["none".to_owned()]));
    assert!(verify(&claims("access"), TokenKind::Access).is_ok());
}

/// Claims are read as what they are, and a claim of another shape is named.
#[test]
fn claims_have_types() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Own {
        sub: String,
        level: u8,
    }
    let mut wanted = claims("id");
    wanted["custom:department"] = json!("Sales");
    wanted["level"] = json!(7);
    let read = verify(&wanted, TokenKind::Id).unwrap();
    assert_eq!(read.get::<u8>("level").unwrap(), Some(7));
    assert_eq!(read.get::<u8>("none").unwrap(), None);
    assert_eq!(read.custom::<String>("department").unwrap().as_deref(), Some("Sales"));
    assert_eq!(read.deserialize::<Own>().unwrap(), Own { sub: "s".to_owned(), level: 7 });
    let wrong = read.get::<Vec<u8>>("level");
    assert!(matches!(wrong, Err(Error::Token(TokenError::Claim(name))) if name == "level"));
    let without = verify(&claims("id"), TokenKind::Id).unwrap().deserialize::<Own>();
    assert!(matches!(without, Err(Error::Token(TokenError::Claims(what))) if what.contains("level")));
}

/// What no token can come from is refused before the first token.
#[test]
fn an_issuer_is_an_address() {
    for issuer in ["", "nonsense", "ftp://issuer.example/x"] {
        assert!(matches!(Verifier::builder(issuer).build(), Err(Error::Configuration(_))), "{issuer:?}");
    }
    assert!(matches!(Verifier::builder(ISSUER).client_id("").build(), Err(Error::Configuration(_))));
}

#[test]
fn c14_each_rule_has_its_error() {
    let id = TokenKind::Id;
    assert_eq!(verify(&claims("access"), id), Err(TokenError::WrongUse));
    assert_eq!(verify(&claims("id"), TokenKind::Access), Err(TokenError::WrongUse));
    assert_eq!(verify(&with("id", "iss", json!("https://other")), id), Err(TokenError::WrongIssuer));
    assert_eq!(verify(&with("id", "iss", json!(null)), id), Err(TokenError::WrongIssuer));
    assert_eq!(verify(&with("id", "aud", json!("other")), id), Err(TokenError::WrongClient));
    assert_eq!(verify(&with("id", "aud", json!(null)), id), Err(TokenError::WrongClient));
    assert_eq!(verify(&with("id", "exp", json!(NOW)), id), Err(TokenError::Expired));
    assert_eq!(verify(&with("id", "exp", json!(null)), id), Err(TokenError::Claim("exp".into())));
    assert_eq!(verify(&with("id", "exp", json!("soon")), id), Err(TokenError::Claim("exp".into())));
    assert_eq!(verify(&with("id", "nbf", json!(NOW + 1)), id), Err(TokenError::NotYetValid));
    assert_eq!(verify(&with("id", "nbf", json!("now")), id), Err(TokenError::Claim("nbf".into())));
    assert_eq!(verify(&with("id", "sub", json!(7)), id), Err(TokenError::Claim("sub".into())));
}

/// E6: `aud` is a string or a list. E7 is not followed: an access token may name a resource in `aud`.
#[test]
fn e6_e7_audience() {
    assert!(verify(&with("id", "aud", json!(["other", "app"])), TokenKind::Id).is_ok());
    assert_eq!(verify(&with("id", "aud", json!(["other"])), TokenKind::Id), Err(TokenError::WrongClient));
    assert!(verify(&with("access", "aud", json!("https://api")), TokenKind::Access).is_ok());
    let foreign = with("access", "client_id", json!("other"));
    assert_eq!(verify(&foreign, TokenKind::Access), Err(TokenError::WrongClient));
    let any = Verifier::builder(ISSUER).key_source(builder_keys()).time_source(now);
    assert!(verify_with(any, &foreign, TokenKind::Access).is_ok());
}

fn builder_keys() -> KeySource {
    let jwk = Jwk::new("one", &KEY.public_key().unwrap());
    KeySource::Document(serde_json::to_string(&Jwks { keys: vec![jwk] }).unwrap())
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// Issues 224, 225 and 252: clocks differ. `iat` in the future is no fault, and the rest has a leeway.
#[test]
fn e9_clock_skew() {
    assert!(verify(&with("id", "iat", json!(NOW + 1000)), TokenKind::Id).is_ok());
    let lenient = || builder().leeway(Duration::from_secs(10));
    assert!(verify_with(lenient(), &with("id", "exp", json!(NOW - 9)), TokenKind::Id).is_ok());
    let late = verify_with(lenient(), &with("id", "exp", json!(NOW - 10)), TokenKind::Id);
    assert_eq!(late, Err(TokenError::Expired));
    assert!(verify_with(lenient(), &with("id", "nbf", json!(NOW + 10)), TokenKind::Id).is_ok());
}

/// E8: pycognito raises TypeError for `at_hash`; here it is checked.
#[test]
fn e8_at_hash_is_checked() {
    let access = sign(&claims("access"));
    let half = &digest_of(&access)[..16];
    let encode = |bytes: &[u8]| base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, bytes);
    let verifier = builder().build().unwrap();
    let both = |hash: Value| {
        let tokens = Tokens::new(access.clone(), sign(&with("id", "at_hash", hash)), None);
        verifier.verify_both(&tokens).now_or_never().unwrap()
    };
    assert!(both(json!(encode(half))).is_ok());
    for wrong in [json!(encode(&[0; 16])), json!(7)] {
        assert!(matches!(both(wrong), Err(Error::Token(TokenError::WrongAccessToken))));
    }
}

fn digest_of(text: &str) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

#[test]
fn hostile_tokens_are_refused() {
    let verifier = builder().build().unwrap();
    let verify = |token: &str| verifier.verify_id(token).now_or_never().unwrap();
    let good = sign(&claims("id"));
    let (input, _) = good.rsplit_once('.').unwrap();
    for (token, expected) in [
        (String::new(), TokenError::Malformed),
        ("a.b.c".to_owned(), TokenError::Malformed),
        (format!("{input}."), TokenError::BadSignature),
        (KEY.sign("two", claims("id").to_string().as_bytes()).unwrap(), TokenError::UnknownKey),
        (
            SigningKey::generate().unwrap().sign("one", claims("id").to_string().as_bytes()).unwrap(),
            TokenError::BadSignature,
        ),
    ] {
        assert!(matches!(verify(&token), Err(Error::Token(e)) if e == expected), "{token}");
    }
}

/// C15, E3: a document that is given wins over the network.
#[test]
fn c15_a_document_that_is_no_set_of_keys_is_refused_at_once() {
    let bad = Verifier::builder(ISSUER).key_source(KeySource::Document("{}".to_owned())).build();
    assert!(matches!(bad, Err(Error::Token(TokenError::KeysUnavailable))));
}

#[test]
fn nothing_secret_is_shown() {
    let tokens = Tokens::new("access-secret", "id-secret", Some("refresh-secret".to_owned()));
    assert_eq!(format!("{tokens:?}"), "Tokens(..)");
    let claims = verify(&claims("id"), TokenKind::Id).unwrap();
    assert!(!format!("{claims:?}").contains("app"));
}
