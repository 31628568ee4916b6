//! What goes wrong between client and service: throttling, callers who give up, clocks that differ, floods of tokens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use poolhouse_client::http::Authorization;
use poolhouse_client::sdk::Config;
use poolhouse_client::sdk::config::BehaviorVersion;
use poolhouse_client::{Attributes, Client, Error, ErrorKind, Flow, SignedIn, TokenError, Tokens, Verifier};
use poolhouse_crypto::jwt::{Jwk, Jwks, SigningKey};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::fake::{Answer, Fake, NOW, POOL, at};
use crate::world::all_at_once;

/// A refusal.
pub(crate) fn refused(code: &str, message: &str) -> Answer {
    (400, json!({ "__type": code, "message": message }))
}

fn throttled() -> Answer {
    refused("TooManyRequestsException", "Rate exceeded")
}

fn broken() -> Answer {
    (500, json!({ "__type": "InternalErrorException", "message": "Oops" }))
}

/// A token that nobody signed.
fn token(kid: &str, claims: &Value) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.AA", encode(&json!({ "kid": kid, "alg": "RS256" })), encode(claims))
}

/// Tokens issued and ending at these times, made different by `number`.
pub(crate) fn tokens(issued: u64, ends: u64, number: usize) -> (String, String) {
    let of = |kind| {
        token("k", &json!({ "token_use": kind, "iat": issued, "exp": ends, "jti": number.to_string() }))
    };
    (of("access"), of("id"))
}

/// An answer with tokens that live for an hour.
pub(crate) fn result(issued: u64, lifetime: u64, number: usize) -> Answer {
    let (access, id) = tokens(issued, issued + lifetime, number);
    let result = json!({
        "AccessToken": access, "IdToken": id, "RefreshToken": format!("refresh-{number}"), "TokenType": "Bearer",
    });
    (200, json!({ "AuthenticationResult": result, "ChallengeParameters": {} }))
}

/// A user whose tokens end that many seconds from now.
pub(crate) fn user(client: &Client, left: u64) -> SignedIn {
    let (access, id) = tokens(NOW - 3600, NOW + left, 99);
    client.with_unverified_tokens(Tokens::new(access, id, Some("old".to_owned()))).unwrap()
}

/// G12: throttled calls are repeated, and say so when that does not help.
#[tokio::test]
async fn g12_throttled_calls_are_repeated() {
    let fake = Fake::start(|_, number| async move {
        if number < 2 { throttled() } else { (200, json!({ "Group": { "GroupName": "staff" } })) }
    });
    let fake = fake.await;
    let admin = fake.builder().build().unwrap().admin().unwrap();
    assert_eq!(admin.get_group("staff").await.unwrap().name, "staff");
    assert_eq!(fake.calls(), 3);

    let fake = Fake::start(|_, _| async { throttled() }).await;
    let error = fake.builder().build().unwrap().admin().unwrap().get_group("staff").await.unwrap_err();
    assert!(error.kind() == Some(ErrorKind::TooManyRequests) && error.is_retryable());
    assert_eq!(fake.calls(), 3);
}

/// A list gives what came before an error, then the error, then nothing.
#[tokio::test]
async fn c30_a_list_ends_with_the_error_of_a_page() {
    let fake = Fake::start(|_, number| async move {
        match number {
            0 => (200, json!({ "Groups": [{ "GroupName": "staff" }], "NextToken": "more" })),
            _ => (400, json!({ "__type": "InvalidParameterException", "message": "no" })),
        }
    });
    let fake = fake.await;
    let mut groups = fake.builder().build().unwrap().admin().unwrap().list_groups();
    assert_eq!(groups.next().await.unwrap().unwrap().name, "staff");
    assert!(matches!(
        groups.next().await,
        Some(Err(Error::Service { kind: ErrorKind::InvalidParameter, .. }))
    ));
    assert!(groups.next().await.is_none());
    assert_eq!(fake.calls(), 2);
}

/// A refresh token may be spent by the first answer: whoever asked and went away does not take it along.
#[tokio::test]
async fn c12_a_cancelled_caller_does_not_lose_the_renewal() {
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let fake = Fake::start(move |_, number| {
        let gate = opened.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            result(NOW, 3600, number)
        }
    });
    let fake = fake.await;
    let alice = user(&fake.builder().build().unwrap(), 0);
    let renew = || {
        let alice = alice.clone();
        tokio::spawn(async move { alice.renew().await })
    };
    let first = renew();
    fake.called(1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let second = renew();
    tokio::task::yield_now().await;
    gate.add_permits(1);
    second.await.unwrap().unwrap();
    assert_eq!(alice.tokens().unwrap().refresh_token(), Some("refresh-0"));
    assert_eq!(fake.calls(), 1);
}

/// While the old tokens last, a service that is ill does not matter; all who wait share its answer.
#[tokio::test]
async fn c12_old_tokens_serve_while_the_service_is_ill() {
    let fake = Fake::start(|_, _| async { broken() }).await;
    let client = fake.builder().build().unwrap();
    let alice = user(&client, 30);
    let kept = alice.tokens().unwrap();
    assert_eq!(alice.access_token().await.unwrap(), kept.access_token());
    let attempts = fake.calls();
    assert!(attempts > 0);

    let alice = user(&client, 0);
    let errors = all_at_once(20, || {
        let alice = alice.clone();
        async move { alice.access_token().await.unwrap_err() }
    });
    let errors = errors.await;
    assert!(
        errors.iter().all(|error| error.service().is_some_and(|e| e.status == 500) && error.is_retryable())
    );
    assert_eq!(fake.calls(), 2 * attempts);
}

/// The lifetime of tokens counts from their receipt: this machine's clock may be wrong by hours.
#[tokio::test]
async fn e9_tokens_last_as_long_on_a_wrong_clock() {
    let now = Arc::new(AtomicU64::new(0));
    let service = Arc::new(AtomicU64::new(NOW));
    let clock = service.clone();
    let fake = Fake::start(move |_, number| {
        let now = clock.load(Ordering::Relaxed);
        async move { result(now, 300, number) }
    });
    let fake = fake.await;
    for (ahead, behind) in [(7200, 0), (0, 7200)] {
        now.store(NOW + ahead - behind, Ordering::Relaxed);
        service.store(NOW, Ordering::Relaxed);
        let local = now.clone();
        let client = fake.builder().time_source(move || at(local.load(Ordering::Relaxed))).build().unwrap();
        let sign_in = client.sign_in("alice").password("x").flow(Flow::Password);
        let alice = sign_in.send().await.unwrap().into_signed_in().unwrap();
        let pass = |seconds| {
            now.fetch_add(seconds, Ordering::Relaxed);
            service.fetch_add(seconds, Ordering::Relaxed);
        };
        pass(239);
        assert!(!alice.check_token().await.unwrap());
        pass(1);
        assert!(alice.check_token().await.unwrap());
        assert!(!alice.check_token().await.unwrap());
    }
}

/// Many requests with a wrong password are one failed sign-in, not a locked user.
#[tokio::test]
async fn x_a_wrong_password_is_tried_once_for_many_requests() {
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let fake = Fake::start(move |_, _| {
        let gate = opened.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            (400, json!({ "__type": "NotAuthorizedException", "message": "Incorrect username or password." }))
        }
    });
    let fake = fake.await;
    let authorization = Authorization::by_password(fake.builder().build().unwrap(), "alice", "wrong");
    let requests = all_at_once(20, move || {
        let authorization = authorization.clone();
        async move { authorization.value().await.is_err() }
    });
    let requests = tokio::spawn(requests);
    fake.called(1).await;
    // Everyone waits by now, for the test's threads are one.
    gate.add_permits(20);
    assert!(requests.await.unwrap().into_iter().all(|refused| refused));
    assert_eq!(fake.calls(), 1);
}

/// Credentials that cannot be loaded do not pass by themselves.
#[tokio::test]
async fn u20_credentials_that_are_missing_are_no_matter_of_time() {
    let fake = Fake::start(|_, _| async { broken() }).await;
    let config = Config::builder().behavior_version(BehaviorVersion::v2026_01_12()).build();
    let client = Client::builder(POOL).endpoint_url(&fake.url).sdk_config(config).build().unwrap();
    let error = client.admin().unwrap().get_user("alice").await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)) && !error.is_retryable(), "{error}");
    assert_eq!(fake.calls(), 0);
}

/// An issuer whose keys a test holds, and a verifier with a clock that it moves.
struct Issuer {
    fake: Fake,
    keys: Arc<Mutex<Option<Vec<&'static str>>>>,
    now: Arc<AtomicU64>,
    verifier: Verifier,
    key: Arc<SigningKey>,
}

impl Issuer {
    async fn start() -> Self {
        let key = Arc::new(SigningKey::generate().unwrap());
        let keys = Arc::new(Mutex::new(Some(vec!["first"])));
        let now = Arc::new(AtomicU64::new(NOW));
        let (published, public) = (keys.clone(), key.public_key().unwrap());
        let fake = Fake::start(move |path, _| {
            assert_eq!(path, format!("/{POOL}/.well-known/jwks.json"));
            let kids = published.lock().unwrap().clone();
            let jwks =
                kids.map(|kids| Jwks { keys: kids.iter().map(|kid| Jwk::new(kid, &public)).collect() });
            async move { jwks.map_or_else(broken, |jwks| (200, serde_json::to_value(jwks).unwrap())) }
        });
        let fake = fake.await;
        let clock = now.clone();
        let verifier = Verifier::builder(format!("{}/{POOL}", fake.url));
        let verifier = verifier.time_source(move || at(clock.load(Ordering::Relaxed))).build().unwrap();
        Self { fake, keys, now, verifier, key }
    }

    fn publish(&self, kids: Option<Vec<&'static str>>) {
        *self.keys.lock().unwrap() = kids;
    }

    fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn verify(&self, kid: &str) -> Result<(), TokenError> {
        let issuer = format!("{}/{POOL}", self.fake.url);
        let claims = json!({ "iss": issuer, "token_use": "access", "exp": NOW + 9999, "client_id": "app" });
        let token = self.key.sign(kid, claims.to_string().as_bytes()).unwrap();
        match self.verifier.verify_access(&token).await {
            Ok(_) => Ok(()),
            Err(Error::Token(error)) => Err(error),
            Err(other) => panic!("{other}"),
        }
    }

    /// A hundred tokens at once, each with a key of its own that nobody knows.
    async fn flood(&self, expected: TokenError) {
        let tokens = (0..100).map(|number| async move { self.verify(&format!("made-up-{number}")).await });
        for answer in futures_util::future::join_all(tokens).await {
            assert_eq!(answer, Err(expected.clone()));
        }
    }
}

/// E4: anybody can make up a `kid`; the issuer is asked once a minute all the same.
#[tokio::test]
async fn e4_a_flood_of_unknown_keys_is_one_fetch_in_a_minute() {
    let issuer = Issuer::start().await;
    issuer.verify("first").await.unwrap();
    assert_eq!(issuer.fake.calls(), 1);
    issuer.flood(TokenError::UnknownKey).await;
    assert_eq!(issuer.fake.calls(), 1);
    issuer.pass(60);
    issuer.flood(TokenError::UnknownKey).await;
    assert_eq!(issuer.fake.calls(), 2);
    // A rotation is seen all the same.
    issuer.publish(Some(vec!["first", "second"]));
    assert_eq!(issuer.verify("second").await, Err(TokenError::UnknownKey));
    issuer.pass(60);
    issuer.verify("second").await.unwrap();
    issuer.verify("first").await.unwrap();
    assert_eq!(issuer.fake.calls(), 3);
}

/// E3: an issuer that is away is asked once a second, and the keys that are known go on.
#[tokio::test]
async fn e3_an_issuer_that_is_away_is_not_asked_for_each_token() {
    let issuer = Issuer::start().await;
    issuer.publish(None);
    issuer.flood(TokenError::KeysUnavailable).await;
    let attempts = issuer.fake.calls();
    issuer.flood(TokenError::KeysUnavailable).await;
    assert_eq!(issuer.fake.calls(), attempts);
    issuer.publish(Some(vec!["first"]));
    issuer.pass(1);
    issuer.verify("first").await.unwrap();
    issuer.publish(None);
    issuer.pass(60);
    issuer.flood(TokenError::KeysUnavailable).await;
    issuer.verify("first").await.unwrap();
}

/// Issue 108: metadata for the pool's functions goes along with every call that takes it.
#[tokio::test]
async fn x_client_metadata_goes_along_with_every_call() {
    let fake = Fake::start(|_, number| async move { result(NOW, 3600, number) }).await;
    let client = fake.builder().build().unwrap().with_client_metadata("page", "shop");
    let (admin, alice) = (client.admin().unwrap(), user(&client, 3600));
    let attributes = Attributes::new().with("locale", "en");
    // What is answered fits few of them; what is asked matters.
    let _ = client.sign_up("bob").client_metadata("more", "x").send().await;
    let _ = client.confirm_sign_up("bob", "123456").send().await;
    let _ = client.resend_confirmation_code("bob").await;
    let _ = client.forgot_password("bob").await;
    let _ = client.confirm_forgot_password("bob", "123456", "x").await;
    let _ = client.sign_in("bob").password("x").flow(Flow::Password).send().await;
    let _ = admin.sign_in("bob").password("x").send().await;
    let _ = admin.create_user("bob").send().await;
    let _ = admin.confirm_sign_up("bob").await;
    let _ = admin.reset_password("bob").await;
    let _ = admin.update_attributes("bob", &attributes).await;
    let _ = alice.update_attributes(&attributes).await;
    let _ = alice.send_verification("email").await;
    let _ = alice.renew().await;
    let calls = fake.take_calls();
    assert_eq!(calls.len(), 14);
    for (operation, body) in calls {
        assert_eq!(body["ClientMetadata"]["page"], "shop", "{operation}");
        let more = if operation == "SignUp" { json!("x") } else { Value::Null };
        assert_eq!(body["ClientMetadata"]["more"], more, "{operation}");
    }
}
