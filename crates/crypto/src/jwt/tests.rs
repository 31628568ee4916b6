use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Making a key is slow, and which key it is matters to no test.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

fn segment(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

/// A token with any header, signed by [`KEY`] as it stands.
fn signed(header: &str, claims: &str) -> String {
    let input = format!("{}.{}", segment(header), segment(claims));
    let mut signature = vec![0; KEY.0.public_modulus_len()];
    KEY.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn the_header_is_exactly_cognitos() {
    // tokens §2: no `typ`, `kid` before `alg`
    let kid = kid_from([0xfb; 32]);
    assert_eq!(kid.len(), 44);
    assert!(kid.ends_with('=') && kid.contains('+'));
    let token = KEY.sign(&kid, b"{}").unwrap();
    let header = bytes(token.split('.').next().unwrap()).unwrap();
    assert_eq!(String::from_utf8(header).unwrap(), format!(r#"{{"kid":"{kid}","alg":"RS256"}}"#));
}

#[test]
fn a_signed_token_reads_and_verifies() {
    let token = KEY.sign("key", br#"{"sub":"someone","exp":1}"#).unwrap();
    let read = decode(&token).unwrap();
    assert_eq!((read.kid.as_str(), read.alg), ("key", Algorithm::Rs256));
    assert_eq!(Value::from(read.claims().unwrap()), json!({"sub": "someone", "exp": 1}));
    assert_eq!(KEY.public_key().unwrap().verify(&read), Ok(()));
}

// identity-pools-and-iam §5, observed
#[test]
fn a_token_of_an_identity_pool_is_read_as_such_alone() {
    let token = KEY.sign_as(Algorithm::Rs512, "us-east-1-1", br#"{"sub":"someone"}"#).unwrap();
    let header = bytes(token.split('.').next().unwrap()).unwrap();
    assert_eq!(String::from_utf8(header).unwrap(), r#"{"kid":"us-east-1-1","typ":"JWS","alg":"RS512"}"#);
    assert_eq!(decode(&token).unwrap_err(), JwtError::Unsupported);
    let read = decode_as(Algorithm::Rs512, &token).unwrap();
    let key = KEY.public_key().unwrap();
    assert_eq!(key.verify(&read), Ok(()));
    // The header alone does not make it one: what was signed was another hash.
    let (header, _) = token.split_once('.').unwrap();
    let other = signed(&String::from_utf8(bytes(header).unwrap()).unwrap(), r#"{"sub":"someone"}"#);
    assert_eq!(key.verify(&decode_as(Algorithm::Rs512, &other).unwrap()), Err(JwtError::BadSignature));
    assert_eq!(
        decode_as(Algorithm::Rs512, &KEY.sign("key", b"{}").unwrap()).unwrap_err(),
        JwtError::Unsupported
    );
}

#[test]
fn the_issuer_is_known_before_the_rest() {
    let issuer =
        |claims: &str| decode(&signed(r#"{"kid":"key","alg":"RS256"}"#, claims)).map(|read| read.issuer);
    assert_eq!(
        issuer(r#"{"sub":[1,{}],"iss":"https:\/\/example.com"}"#),
        Ok(Some("https://example.com".to_owned()))
    );
    assert_eq!(issuer(r#"{"sub":"someone"}"#), Ok(None));
    // Two readers could take either.
    for claims in [r#"{"iss":"a","iss":"b"}"#, r#"{"iss":1}"#, r#"["https://example.com"]"#, r#" ["a"]"#] {
        assert_eq!(issuer(claims), Err(JwtError::Malformed), "{claims}");
    }
}

#[test]
fn another_key_does_not_verify() {
    let token = KEY.sign("key", b"{}").unwrap();
    let other = SigningKey::generate().unwrap().public_key().unwrap();
    assert_eq!(other.verify(&decode(&token).unwrap()), Err(JwtError::BadSignature));
}

#[test]
fn only_rs256_is_read() {
    for alg in ["none", "HS256", "RS384", "PS256", "ES256", "rs256", ""] {
        let token = signed(&json!({"kid": "key", "alg": alg}).to_string(), "{}");
        assert_eq!(decode(&token).unwrap_err(), JwtError::Unsupported, "{alg}");
    }
    let critical = signed(r#"{"kid":"key","alg":"RS256","crit":["b64"],"b64":false}"#, "{}");
    assert_eq!(decode(&critical).unwrap_err(), JwtError::Unsupported);
    let harmless = signed(r#"{"typ":"JWT","kid":"key","alg":"RS256"}"#, "{}");
    assert_eq!(KEY.public_key().unwrap().verify(&decode(&harmless).unwrap()), Ok(()));
}

#[test]
fn malformed_tokens_are_refused() {
    let header = r#"{"kid":"key","alg":"RS256"}"#;
    let good = signed(header, "{}");
    let (input, signature) = good.rsplit_once('.').unwrap();
    for token in [
        String::new(),
        ".".into(),
        "..".into(),
        input.into(),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
        signed(header, "[]"),
        signed(header, "1"),
        signed(header, r#"{"a":1"#),
        signed(header, "{} {}"),
        signed(r#"{"alg":"RS256"}"#, "{}"),
        signed(r#"{"kid":1,"alg":"RS256"}"#, "{}"),
        signed(r#"{"kid":"a","kid":"b","alg":"RS256"}"#, "{}"),
        signed(header, &json!({"long": "x".repeat(MAX_TOKEN_BYTES)}).to_string()),
    ] {
        assert_eq!(decode(&token).unwrap_err(), JwtError::Malformed, "{token}");
    }
}

#[test]
fn stray_bits_in_base64_are_refused() {
    // 256 bytes leave four unused bits in the last character.
    let token = KEY.sign("key", b"{}").unwrap();
    let (start, last) = token.split_at(token.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet.chars().nth(alphabet.find(last).unwrap() + 1).unwrap();
    assert_eq!(decode(&format!("{start}{next}")).unwrap_err(), JwtError::Malformed);
}

#[test]
fn keys_survive_storage() {
    let stored = KEY.to_pkcs8().unwrap();
    let restored = SigningKey::from_pkcs8(&stored).unwrap();
    let token = restored.sign("key", b"{}").unwrap();
    assert_eq!(token, KEY.sign("key", b"{}").unwrap());
    assert_eq!(SigningKey::from_pkcs8(&stored[1..]).unwrap_err(), JwtError::BadKey);
}

#[test]
fn a_jwk_has_cognitos_members_and_gives_the_key_back() {
    // tokens §2: members in this order, e = 65537
    let key = KEY.public_key().unwrap();
    let jwk = Jwk::new("a+b/c=", &key);
    let n = URL_SAFE_NO_PAD.encode(key.modulus());
    let set = serde_json::to_string(&Jwks { keys: vec![jwk.clone()] }).unwrap();
    let expected = format!(
        r#"{{"keys":[{{"alg":"RS256","e":"AQAB","kid":"a+b/c=","kty":"RSA","n":"{n}","use":"sig"}}]}}"#
    );
    assert_eq!(set, expected);
    assert_eq!(key.modulus().len(), 256);
    let read: Jwks = serde_json::from_str(&set).unwrap();
    let token = KEY.sign("key", b"{}").unwrap();
    assert_eq!(read.keys[0].public_key().unwrap().verify(&decode(&token).unwrap()), Ok(()));
}

#[test]
fn keys_of_other_kinds_are_refused() {
    let jwk = Jwk::new("key", &KEY.public_key().unwrap());
    for unusable in [
        Jwk { kty: "EC".into(), ..jwk.clone() },
        Jwk { alg: "RS512".into(), ..jwk.clone() },
        Jwk { usage: "enc".into(), ..jwk.clone() },
        Jwk { n: String::new(), ..jwk.clone() },
        Jwk { e: String::new(), ..jwk.clone() },
        Jwk { e: "AA".into(), ..jwk.clone() },
        Jwk { n: segment("too short"), ..jwk.clone() },
        Jwk { n: format!("{}=", jwk.n), ..jwk.clone() },
    ] {
        assert_eq!(unusable.public_key().unwrap_err(), JwtError::BadKey, "{unusable:?}");
    }
    let elliptic: Jwk = serde_json::from_str(r#"{"kty":"EC","crv":"P-256","x":"","y":""}"#).unwrap();
    assert_eq!(elliptic.public_key().unwrap_err(), JwtError::BadKey);
}

#[test]
fn the_public_key_in_der_holds_the_same_numbers() {
    let key = KEY.public_key().unwrap();
    let der = key.to_der().unwrap();
    assert!(der.windows(256).any(|window| window == key.modulus()));
    assert!(der.ends_with(&[0x02, 0x03, 0x01, 0x00, 0x01]));
}

#[test]
fn debug_output_shows_no_secret() {
    let token = KEY.sign("key", br#"{"email":"someone@example.com"}"#).unwrap();
    assert_eq!(format!("{:?}", *KEY), "SigningKey(..)");
    assert_eq!(format!("{:?}", decode(&token).unwrap()), r#"Unverified { kid: "key", .. }"#);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_kid_and_claims_come_back(kid: String, name in ".{1,20}", value: String) {
        let claims = json!({ name: value });
        let token = KEY.sign(&kid, claims.to_string().as_bytes()).unwrap();
        let read = decode(&token).unwrap();
        prop_assert_eq!(KEY.public_key().unwrap().verify(&read), Ok(()));
        prop_assert_eq!(Value::from(read.claims().unwrap()), claims);
        prop_assert_eq!(read.kid, kid);
    }

    #[test]
    fn a_changed_character_is_refused(place: prop::sample::Index, with in "[A-Za-z0-9_.=-]") {
        let token = KEY.sign("key", br#"{"sub":"someone"}"#).unwrap();
        let place = place.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(place..=place, &with);
        prop_assume!(changed != token);
        let verified = decode(&changed).and_then(|read| KEY.public_key().unwrap().verify(&read));
        prop_assert!(verified.is_err());
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}", dotted in "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}") {
        prop_assert!(decode(&text).is_err());
        prop_assert!(decode(&dotted).is_err());
    }
}
