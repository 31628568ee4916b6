//! Attacks that federated sign-in is known for, each refused for its own reason, which the log names
//! (federation §10; docs/federation.md has the table).

use std::io::Write;
use std::sync::{Arc, Mutex};

use poolhouse_testkit::browser::encode;
use poolhouse_testkit::idp::{Answer, Idp, Signer};
use poolhouse_testkit::{START, on_both};
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;

use super::{CALLBACK, ISSUER, Shop, good, invalid, told};

/// The lines of a log.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The log of this thread from now on.
    pub(super) fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_ansi(false);
        let guard = tracing::subscriber::set_default(lines.with_writer(move || writer.clone()).finish());
        (log, guard)
    }

    /// What was logged since the last call.
    pub(super) fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

/// An answer that is changed, and the reason for which it is refused.
pub(super) type Attack = (&'static str, fn(&mut Answer), &'static str);

const ALG: fn(&mut Answer, &str) = |answer, alg| answer.header["alg"] = json!(alg);

pub(super) const SIGNATURES: [Attack; 13] = [
    ("alg none", |a| (ALG(a, "none"), a.signer = Signer::Nobody).1, "asks for no signature"),
    ("alg None", |a| (ALG(a, "None"), a.signer = Signer::Nobody).1, "asks for no signature"),
    ("alg NONE", |a| (ALG(a, "NONE"), a.signer = Signer::Nobody).1, "asks for no signature"),
    ("alg nOnE", |a| (ALG(a, "nOnE"), a.signer = Signer::Nobody).1, "asks for no signature"),
    ("no signature", |a| a.signer = Signer::Nobody, "its signature does not fit"),
    ("HS256 with the public key", |a| by_secret(a, Idp::jwk("one").to_string().into_bytes()), "does not fit"),
    ("HS256 with the modulus", |a| by_secret(a, modulus()), "does not fit"),
    ("HS256 with its PEM", |a| by_secret(a, pem()), "does not fit"),
    ("HS256 with nothing", |a| by_secret(a, Vec::new()), "does not fit"),
    ("another key under the name", |a| a.signer = Signer::Other, "its signature does not fit"),
    ("a name that the issuer does not have", |a| a.header["kid"] = json!("two"), "no key of the name"),
    ("no name", |a| a.header = json!({ "alg": "RS256" }), "names no key"),
    ("critical extension", |a| a.header["crit"] = json!(["exp"]), "names critical extensions"),
];

pub(super) const CLAIMS: [Attack; 18] = [
    ("access token by its header", |a| a.header["typ"] = json!("at+jwt"), "another kind of token"),
    ("access token by a claim", |a| a.claims["typ"] = json!("Bearer"), "another kind of token"),
    ("access token of Cognito", |a| a.claims["token_use"] = json!("access"), "another kind of token"),
    ("order to sign out", |a| a.claims["events"] = json!({}), "another kind of token"),
    ("another issuer", |a| a.claims["iss"] = json!("https://evil.example"), "its issuer is"),
    ("issuer with a slash", |a| a.claims["iss"] = json!("https://idp.example/"), "its issuer is"),
    ("wrong audience", |a| a.claims["aud"] = json!("d"), "another client (aud)"),
    ("several audiences without azp", |a| a.claims["aud"] = json!(["c", "d"]), "another client (azp)"),
    ("azp of another", |a| a.claims["azp"] = json!("d"), "another client (azp)"),
    ("expired", |a| a.claims["exp"] = json!(START.seconds() - 60), "has expired"),
    ("no end", |a| drop(a.claims.as_object_mut().unwrap().remove("exp")), "has no end"),
    ("not yet valid", |a| a.claims["nbf"] = json!(START.seconds() + 61), "is not good yet"),
    ("from the future", |a| a.claims["iat"] = json!(START.seconds() + 61), "in the future"),
    ("wrong nonce", |a| a.claims["nonce"] = json!("n"), "(nonce)"),
    ("no nonce", |a| drop(a.claims.as_object_mut().unwrap().remove("nonce")), "(nonce)"),
    ("token of another access token", |a| a.claims["at_hash"] = json!("x"), "(at_hash)"),
    ("nobody", |a| a.claims["sub"] = json!(""), "(sub)"),
    (
        "other sub at userInfo",
        |a| a.user_info = Some(json!({ "sub": "2" })),
        "the attributes of another user",
    ),
];

fn by_secret(answer: &mut Answer, secret: Vec<u8>) {
    ALG(answer, "HS256");
    answer.signer = Signer::Secret(secret);
}

fn modulus() -> Vec<u8> {
    Idp::jwk("one")["n"].as_str().unwrap().as_bytes().to_vec()
}

/// The public key as PEM, as libraries hand it to whatever verifies.
fn pem() -> Vec<u8> {
    let n = Idp::jwk("one")["n"].as_str().unwrap().to_owned();
    format!("-----BEGIN PUBLIC KEY-----\n{n}\n-----END PUBLIC KEY-----\n").into_bytes()
}

on_both! {
    async fn tokens_that_are_not_to_be_believed(server) {
        let shop = Shop::new(server).await;
        let (log, _guard) = Log::start();
        for (name, change, reason) in SIGNATURES.into_iter().chain(CLAIMS) {
            let mut browser = shop.browser();
            let waiting = shop.go(&mut browser, &[]).await;
            let mut answer = Answer::of(good(&waiting.nonce, json!({})));
            change(&mut answer);
            log.take();
            let refused = shop.come_back(&mut browser, &waiting, answer).await;
            assert_eq!(told(&refused).0, "invalid_request", "{name}");
            assert!(told(&refused).1.starts_with("Bad "), "{name}: {:?}", told(&refused));
            assert_eq!(browser.cookie("cognito"), None, "{name}");
            let log = log.take();
            assert!(log.contains(reason), "{name}: {log}");
        }
        assert!(shop.users().await.is_empty());
    }

    // federation §10: the one secret that may sign is the client's
    async fn the_clients_secret_signs(server) {
        let shop = Shop::new(server).await;
        let mut browser = shop.browser();
        let waiting = shop.go(&mut browser, &[]).await;
        let mut answer = Answer::of(good(&waiting.nonce, json!({})));
        by_secret(&mut answer, Idp::SECRET.as_bytes().to_vec());
        let done = shop.come_back(&mut browser, &waiting, answer).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
    }

    // federation §12, observed
    async fn a_wrong_issuer_is_named(server) {
        let shop = Shop::new(server).await;
        let answer = shop.sign_in(json!({ "iss": "https://evil.example" })).await;
        assert_eq!(told(&answer), invalid("Bad id_token issuer https://evil.example"));
    }

    async fn the_state_is_of_one_browser_pool_and_time(server) {
        let shop = Shop::new(server).await;
        let answer = |nonce: &str| Answer::of(good(nonce, json!({})));
        // Another browser.
        let mut browser = shop.browser();
        let waiting = shop.go(&mut browser, &[]).await;
        let mut other = shop.browser();
        let refused = shop.come_back(&mut other, &waiting, answer(&waiting.nonce)).await;
        assert!(refused.location().contains("/error?"), "{}", refused.location());
        shop.go(&mut other, &[]).await;
        let refused = shop.come_back(&mut other, &waiting, answer(&waiting.nonce)).await;
        assert!(refused.location().contains("/error?"), "with a cookie of its own");
        // What is no state.
        for state in ["", "x", &waiting.state[1..]] {
            let url = format!("/oauth2/idpresponse?{}", encode([("code", "c1"), ("state", state)]));
            assert!(browser.get(&url).await.location().contains("/error?"), "{state}");
        }
        // Another pool.
        let pool = server.pool(json!({})).await;
        let domain = json!({ "Domain": "other", "UserPoolId": pool });
        server.admin().ok("CreateUserPoolDomain", domain).await;
        let mut elsewhere = poolhouse_testkit::Browser::new(server, "other.auth.localhost:7665");
        elsewhere.set_cookie("csrf-state", browser.cookie("csrf-state"));
        let url = format!("/oauth2/idpresponse?{}", encode([("code", "c1"), ("state", &*waiting.state)]));
        assert!(elsewhere.get(&url).await.location().contains("/error?"));
        // Nothing of it has used the state up.
        let done = shop.come_back(&mut browser, &waiting, answer(&waiting.nonce)).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
        // Twice, and too late.
        server.take_fetches();
        let again = shop.come_back(&mut browser, &waiting, answer(&waiting.nonce)).await;
        assert!(again.location().contains("/error?"), "{}", again.location());
        assert!(server.take_fetches().is_empty(), "the code was shown to the provider again");
        let mut browser = shop.browser();
        let waiting = shop.go(&mut browser, &[]).await;
        server.clock().advance_seconds(300);
        let late = shop.come_back(&mut browser, &waiting, answer(&waiting.nonce)).await;
        assert_eq!(late.status, 400);
        assert!(late.html.contains("/login?"), "{}", late.html);
    }

    // RFC 9207, RFC 9700 §4.4
    async fn what_another_provider_sent_is_not_taken_to_this_one(server) {
        let shop = Shop::new(server).await;
        let evil = Idp::start(server, "https://evil.example", |_| {});
        let provider = json!({
            "UserPoolId": shop.pool, "ProviderName": "Evil", "ProviderType": "OIDC", "ProviderDetails": evil.details(),
        });
        server.admin().ok("CreateIdentityProvider", provider).await;
        server.take_fetches();
        let (log, _guard) = Log::start();
        let mut browser = shop.browser();
        let waiting = shop.go(&mut browser, &[]).await;
        let pairs = [("code", "c1"), ("state", &*waiting.state), ("iss", "https://evil.example")];
        let refused = browser.get(&format!("/oauth2/idpresponse?{}", encode(pairs))).await;
        assert_eq!(told(&refused), invalid("Bad issuer of the response"));
        assert!(log.take().contains("of another provider"));
        assert!(server.take_fetches().is_empty(), "the code was shown to somebody");
        // A code of one provider is worth nothing at another: the sign-in goes on where it began.
        let waiting = shop.go(&mut browser, &[]).await;
        evil.answers("c2", Answer::of(good(&waiting.nonce, json!({}))));
        let pairs = [("code", "c2"), ("state", &*waiting.state)];
        let refused = browser.get(&format!("/oauth2/idpresponse?{}", encode(pairs))).await;
        assert_eq!(told(&refused), invalid("Corp Error - 400 error getting token"));
        let asked = server.take_fetches();
        assert!(asked.iter().all(|request| request.url.starts_with(ISSUER)), "{asked:?}");
    }

    // RFC 9700 §4.4: where neither provider names itself. The malicious one sends a browser on to the honest one, with what it was
    // told of a sign-in that somebody else has begun there, gets the code by the exchange, and brings it to that sign-in.
    async fn a_code_that_another_provider_got_hold_of_is_worth_nothing(server) {
        let shop = Shop::new(server).await;
        let evil = Idp::start(server, "https://evil.example", |_| {});
        let provider = json!({
            "UserPoolId": shop.pool, "ProviderName": "Evil", "ProviderType": "OIDC", "ProviderDetails": evil.details(),
        });
        server.admin().ok("CreateIdentityProvider", provider).await;
        let update = json!({
            "UserPoolId": shop.pool, "ClientId": shop.client, "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"], "CallbackURLs": [CALLBACK],
            "SupportedIdentityProviders": ["Corp", "Evil"],
        });
        server.admin().ok("UpdateUserPoolClient", update).await;
        let (log, _guard) = Log::start();
        // The attacker begins at the honest provider; what the victim says there will be for this sign-in.
        let mut attacker = shop.browser();
        let prepared = shop.go(&mut attacker, &[]).await;
        shop.idp.answers("victims", Answer::of(good(&prepared.nonce, json!({}))));
        let mut victim = shop.browser();
        let to = victim.get(&shop.url(&[("identity_provider", "Evil")])).await;
        let state = to.parameter("state").unwrap();
        server.take_fetches();
        let pairs = encode([("code", "victims"), ("state", &*state)]);
        victim.get(&format!("/oauth2/idpresponse?{pairs}")).await;
        let asked = server.take_fetches();
        assert!(asked[0].url.starts_with("https://evil.example/"), "now it is in the wrong hands");
        let pairs = encode([("code", "victims"), ("state", &*prepared.state)]);
        let refused = attacker.get(&format!("/oauth2/idpresponse?{pairs}")).await;
        assert!(refused.location().contains("/error?"), "{}", refused.location());
        assert_eq!(attacker.cookie("cognito"), None);
        assert!(server.take_fetches().is_empty(), "the code was redeemed");
        assert!(log.take().contains("came back before with another sign-in"));
    }

    async fn who_always_names_itself_must(server) {
        let shop = Shop::new(server).await;
        let idp = Idp::start(server, "https://named.example", |document| {
            document["authorization_response_iss_parameter_supported"] = json!(true);
        });
        let details = json!({ "UserPoolId": shop.pool, "ProviderName": "Corp", "ProviderDetails": idp.details() });
        server.admin().ok("UpdateIdentityProvider", details).await;
        let mut browser = shop.browser();
        for (iss, works) in [("", false), (ISSUER, false), ("https://named.example", true)] {
            let url = shop.url(&[]);
            let to = browser.get(&url).await;
            let (state, nonce) = (to.parameter("state").unwrap(), to.parameter("nonce").unwrap());
            let claims = good(&nonce, json!({ "iss": "https://named.example" }));
            let code = format!("code-{nonce}");
            idp.answers(&code, Answer::of(claims));
            let pairs = [("code", &*code), ("state", &*state), ("iss", iss)];
            let done = browser.get(&format!("/oauth2/idpresponse?{}", encode(pairs))).await;
            assert_eq!(done.parameter("code").is_some(), works, "{iss}: {}", done.location());
        }
    }

    // OpenID Connect Discovery §4.3
    async fn a_document_of_another_issuer_is_refused(server) {
        let pool = server.pool(json!({})).await;
        for change in [
            (|d: &mut Value| d["issuer"] = json!("https://other.example")) as fn(&mut Value),
            |d| d["issuer"] = json!("https://idp.example/"),
            |d| d["token_endpoint"] = json!("http://idp.example/token"),
            |d| d["authorization_endpoint"] = json!("javascript:alert(1)"),
            |d| d["jwks_uri"] = json!("https://idp.example/a b"),
        ] {
            let idp = Idp::start(server, ISSUER, change);
            let provider = json!({
                "UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "OIDC", "ProviderDetails": idp.details(),
            });
            let (code, _) = server.admin().refused("CreateIdentityProvider", provider).await;
            assert_eq!(code, "InvalidParameterException");
        }
    }
}
