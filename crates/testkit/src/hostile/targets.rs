//! Readers of foreign bytes. Each target gives one to whatever comes, and panics when something does not hold that
//! must hold for any bytes.

use std::sync::{Arc, LazyLock};

use axum::http::{HeaderMap, HeaderValue, Uri};
use poolhouse_api::forwarded::{self, MOST_HOPS};
use poolhouse_core::testing as core;
use poolhouse_crypto::jwt::{self, Algorithm, PublicKey};
use poolhouse_crypto::srp::{ClientPublic, Identity, MAX_HEX_DIGITS, ServerStart, Verifier};
use poolhouse_crypto::webauthn::{self, Credential, Expected};
use poolhouse_crypto::{bignum, timestamp};
use poolhouse_kernel::testing::Sealed;
use poolhouse_policy::{
    Context, Decision, LONGEST_DOCUMENT, Malformed, Policies, Policy, Principal, Request, TrustPolicy,
};
use poolhouse_wire::query::{self, Failure, Form};
use poolhouse_wire::user_pools::Operation;
use poolhouse_wire::{CheckError, check};
use serde_json::Value;

use super::{clients, oidc, saml, seeds};

/// A reader of foreign bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// As the command line names it.
    pub name: &'static str,
    /// Gives it one input.
    pub run: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// The longest that is taken, of each shape that could cost more than its length: made of so many bytes.
    pub longest: fn(usize) -> Vec<Vec<u8>>,
    /// How many bytes that are.
    pub most: usize,
}

/// All of them.
pub const ALL: [Target; 21] = [
    Target { name: "body", run: body, seeds: seeds::body, longest: seeds::long_body, most: 64 * 1024 },
    Target { name: "query", run: query, seeds: seeds::query, longest: seeds::long_query, most: 64 * 1024 },
    Target {
        name: "signature",
        run: signature,
        seeds: seeds::signature,
        longest: seeds::long_signature,
        most: 64 * 1024,
    },
    Target { name: "token", run: token, seeds: seeds::token, longest: seeds::long_token, most: 128 * 1024 },
    Target {
        name: "attestation",
        run: attestation,
        seeds: seeds::attestation,
        longest: seeds::long_attestation,
        most: webauthn::LONGEST_ATTESTATION,
    },
    Target {
        name: "assertion",
        run: assertion,
        seeds: seeds::assertion,
        longest: seeds::long_assertion,
        most: webauthn::LONGEST_AUTHENTICATOR_DATA,
    },
    Target {
        name: "client-data",
        run: client_data,
        seeds: seeds::client_data,
        longest: seeds::long_client_data,
        most: webauthn::LONGEST_CLIENT_DATA,
    },
    Target { name: "filter", run: filter, seeds: seeds::filter, longest: seeds::long_filter, most: 4 * 256 },
    Target { name: "sealed", run: sealed, seeds: seeds::sealed, longest: seeds::long_text, most: 64 * 1024 },
    Target { name: "srp", run: srp, seeds: seeds::srp, longest: seeds::long_srp, most: MAX_HEX_DIGITS },
    Target {
        name: "demand",
        run: demand,
        seeds: seeds::demand,
        longest: seeds::long_demand,
        most: 16 * 1024,
    },
    Target {
        name: "oauth",
        run: oauth,
        seeds: seeds::oauth,
        longest: seeds::long_oauth,
        most: poolhouse_oauth::testing::LONGEST_FORM,
    },
    Target {
        name: "policy",
        run: policy,
        seeds: seeds::policy,
        longest: seeds::long_policy,
        most: LONGEST_DOCUMENT,
    },
    clients::DOCUMENT,
    clients::REGISTRATION,
    oidc::TOKEN,
    oidc::CLAIMS,
    oidc::KEYS,
    saml::RESPONSE,
    saml::METADATA,
    Target { name: "text", run: text, seeds: seeds::text, longest: seeds::long_forwarded, most: 64 * 1024 },
];

/// A body against the checker; its first byte chooses the operation.
fn body(input: &[u8]) {
    let Some((choice, json)) = input.split_first() else { return };
    let operations = &Operation::ALL;
    let operation = operations.get(usize::from(*choice) % operations.len()).copied().unwrap();
    let Ok(mut body) = serde_json::from_slice::<Value>(json) else { return };
    match check(operation.facts().input, &mut body) {
        Ok(()) => {
            // What was found good stays so, and as it is.
            let mut again = body.clone();
            assert_eq!(check(operation.facts().input, &mut again), Ok(()), "{operation}");
            assert_eq!(body, again, "{operation}");
        }
        Err(CheckError::Violations(text)) => {
            // A message has room for ten values of 8,000 characters, each of up to four bytes, and its own words.
            assert!(text.len() < 800 * 1024, "{operation}: a message of {} bytes", text.len());
        }
        Err(CheckError::Serialization(_)) => {}
    }
}

/// A form against the table; what it leads to is answered in XML, as if the operation gave it back.
fn query(input: &[u8]) {
    let Ok(form) = Form::parse(input) else { return };
    let Some(operation) = form.operation() else { return };
    let (input_shape, values) = (operation.facts().input, Form::values(input));
    let Ok(mut value) = form.input(input_shape) else { return };
    assert!(count(&value) <= values, "{values} values were announced for {value}");
    let text = value.to_string();
    let failure = Failure { is_of_service: false, code: "Code", message: Some(&text) };
    let xml = query::failure(None, &failure, "id");
    // Nothing in a text opens an element.
    assert_eq!((xml.matches('<').count(), xml.matches('>').count()), (12, 12), "{xml}");
    if check(input_shape, &mut value).is_ok() {
        let mut again = value.clone();
        assert_eq!(check(input_shape, &mut again), Ok(()));
        assert_eq!(value, again);
    }
}

/// How many values a value consists of.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(count).sum::<usize>(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Two headers of a signed request, then the URI, in lines.
fn signature(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    headers
        .insert("x-amz-target", HeaderValue::from_static("AWSCognitoIdentityProviderService.ListUserPools"));
    headers.insert("host", HeaderValue::from_static("127.0.0.1:7665"));
    for name in ["authorization", "x-amz-date", "date"] {
        let value = lines.next().and_then(|line| HeaderValue::from_bytes(line).ok());
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            headers.insert(name, value);
        }
    }
    let uri = lines.next().and_then(|line| Uri::try_from(line).ok()).unwrap_or_default();
    let rest = lines.next().unwrap_or_default();
    // Nobody but its owner knows the secret.
    assert!(!poolhouse_api::testing::is_signed("a secret that no seed is signed with", &headers, &uri, rest));
    if let Some(stamp) = poolhouse_api::testing::stamp(&headers) {
        headers.insert("x-amz-date", stamp.parse().unwrap());
        assert_eq!(poolhouse_api::testing::stamp(&headers), Some(stamp));
    }
}

/// A signed token. The prime of SRP is as good a modulus as any: nobody signs with it.
fn token(input: &[u8]) {
    static KEY: LazyLock<PublicKey> =
        LazyLock::new(|| PublicKey::from_components(&bignum::MODULUS, &[1, 0, 1]).unwrap());
    let Ok(text) = std::str::from_utf8(input) else { return };
    for algorithm in [Algorithm::Rs256, Algorithm::Rs512] {
        if let Ok(token) = jwt::decode_as(algorithm, text) {
            assert!(KEY.verify(&token).is_err());
        }
    }
}

fn expected() -> Expected<'static> {
    Expected { challenge: seeds::CHALLENGE, rp_id: seeds::RP, user_verification: false }
}

/// An attestation object, whose client data are good.
fn attestation(input: &[u8]) {
    if let Ok(made) = webauthn::register(&expected(), &seeds::created(), input) {
        assert!((1..1024).contains(&made.credential_id.len()));
        // What was taken can be used: a proof by it fails for its signature, not for its key.
        let credential = Credential { public_key: &made.public_key, sign_count: 0 };
        let proof = webauthn::assert(&expected(), &credential, &seeds::got(), &seeds::data(1), b"x");
        assert_eq!(proof, Err(webauthn::WebAuthnError::BadSignature));
    }
}

/// Authenticator data, with a signature of nobody.
fn assertion(input: &[u8]) {
    let credential = Credential { public_key: &seeds::public_key(), sign_count: 0 };
    assert!(webauthn::assert(&expected(), &credential, &seeds::got(), input, b"0123456789").is_err());
    // As a stored key, which is what a registration takes out of such data.
    let credential = Credential { public_key: input, sign_count: 0 };
    assert!(webauthn::assert(&expected(), &credential, &seeds::got(), &seeds::data(1), input).is_err());
}

/// What a browser says.
fn client_data(input: &[u8]) {
    let _ = webauthn::claimed_challenge(input);
    let credential = Credential { public_key: &seeds::public_key(), sign_count: 0 };
    assert!(webauthn::assert(&expected(), &credential, input, &seeds::data(1), b"0123456789").is_err());
}

/// A filter of ListUsers.
fn filter(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Some(again) = core::filter(text) {
        assert_eq!(core::filter(&again).as_ref(), Some(&again));
    }
}

/// A session, a refresh token, a secret block.
fn sealed(input: &[u8]) {
    static KEYS: LazyLock<Sealed> = LazyLock::new(Sealed::new);
    let Ok(text) = std::str::from_utf8(input) else { return };
    assert_eq!(KEYS.open(text), [None, None], "opened what nobody has sealed");
}

/// Numbers of an SRP exchange, and a device's verifier.
fn srp(input: &[u8]) {
    static VERIFIER: LazyLock<Verifier> =
        LazyLock::new(|| Verifier::new(&Identity::user("a", "b"), "c", [7; 16]));
    let Ok(text) = std::str::from_utf8(input) else { return };
    let _ = Verifier::from_device_config(text, "AQ==").map(|verifier| verifier.to_device_config());
    let _ = Verifier::from_device_config("AQ==", text);
    let _ = ServerStart::from_bytes(input);
    let Ok(client) = ClientPublic::parse(text) else { return };
    assert!(text.len() <= MAX_HEX_DIGITS);
    let (start, b) = ServerStart::new(&VERIFIER, &client, [9; 32]).unwrap();
    assert!(ClientPublic::parse(&b).is_ok());
    assert!(ServerStart::from_bytes(&start.to_bytes()).unwrap() == start);
}

/// A policy document, as an identity policy and as a trust policy.
fn policy(input: &[u8]) {
    static DENIAL: LazyLock<Arc<Policy>> = LazyLock::new(|| {
        let text = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
        Arc::new(Policy::parse(text).unwrap())
    });
    let Ok(text) = std::str::from_utf8(input) else { return };
    let said = |error: Malformed| assert!(error.to_string().len() < text.len() + 300);
    let context = Context::new()
        .with("aws:username", "a*${aws:userid}?")
        .with("aws:SourceIp", "2001:db8::1")
        .with("aws:CurrentTime", "2030-01-01T00:00:00Z")
        .with("aws:MultiFactorAuthAge", "1e3")
        .with("aws:PrincipalArn", seeds::USER)
        .with_many("aws:TagKeys", ["a", "b"]);
    match Policy::parse(text).map(Arc::new) {
        Ok(policy) => {
            let request = Request::new("iam:PassRole", seeds::ROLE, &context);
            let _ = Policies::of(&[Arc::clone(&policy)]).decide(&request);
            let denied = Policies::of(&[policy, Arc::clone(&DENIAL)]).decide(&request);
            assert!(matches!(denied, Decision::ExplicitDeny(_)));
        }
        Err(error) => said(error),
    }
    match TrustPolicy::parse(text) {
        Ok(trust) => {
            let request = Request::new("sts:AssumeRole", seeds::ROLE, &context);
            let user = Principal::User(seeds::USER);
            let denied = Policies::of(std::slice::from_ref(&DENIAL)).decide_assuming(&trust, &user, &request);
            assert!(matches!(denied, Decision::ExplicitDeny(_)));
            let _ = trust.admits(&user, &request);
            let _ = trust.admits(&Principal::Federated("cognito-identity.amazonaws.com"), &request);
        }
        Err(error) => said(error),
    }
}

/// Short texts: times, and whom proxies speak for.
fn text(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(seconds) = timestamp::parse(text) {
        assert_eq!(timestamp::format(seconds), text);
    }
    for name in ["host", "proto"] {
        // What stands before the nearest proxy's own words says nothing.
        let before = format!("{name}=evil, {text}");
        assert_eq!(forwarded::nearest(&before, name), forwarded::nearest(text, name), "{text}");
    }
    for read in [forwarded::x_forwarded_for, forwarded::forwarded] {
        assert!((1..=MOST_HOPS).contains(&read(text).len()));
    }
}

/// A query of forward-auth. What is said twice is not understood.
fn demand(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let read = |query: &str| query.parse::<Uri>().is_ok_and(|uri| poolhouse_oauth::testing::is_demand(&uri));
    if !text.contains('#') && read(&format!("/?{text}")) {
        assert!(!read(&format!("/?{text}&{text}")), "{text}");
    }
}

/// The query or the form of a request at a domain. What was read says the same when it is written; what comes twice is
/// refused.
fn oauth(input: &[u8]) {
    let Some(read) = poolhouse_oauth::testing::rewritten(input) else { return };
    assert_eq!(poolhouse_oauth::testing::rewritten(read.as_bytes()), Some(read.clone()));
    assert!(
        read.is_empty() || poolhouse_oauth::testing::rewritten(format!("{read}&{read}").as_bytes()).is_none()
    );
}
