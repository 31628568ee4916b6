//! AWS credentials of identity pools: what users and guests get, and when it is fetched. pycognito has nothing like it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use poolhouse_client::sdk::config::ProvideCredentials as _;
use poolhouse_client::{Client, Error, ErrorKind, IdentityPoolCredentials, SignedIn};
use serde_json::{Value, json};

use crate::fake::{Answer, Fake, NOW, POOL, at};
use crate::faults::{refused, result, user};
use crate::world::all_at_once;

const IDENTITY_POOL: &str = "us-east-1:1f3c8a52-0d5e-4b6b-9a3b-7a6f1f0c2d4e";
const IDENTITY: &str = "us-east-1:00000000-0000-0000-0000-000000000001";

/// How long credentials live.
const HOUR: u64 = 3600;

fn identity() -> Answer {
    (200, json!({ "IdentityId": IDENTITY }))
}

/// Credentials issued at a time, made different by `number`.
fn keys(issued: u64, number: usize) -> Answer {
    let keys = json!({
        "AccessKeyId": format!("ASIA{number}"),
        "SecretKey": "hidden-secret",
        "SessionToken": "hidden-token",
        "Expiration": (issued + HOUR) as f64,
    });
    (200, json!({ "IdentityId": IDENTITY, "Credentials": keys }))
}

/// A service that gives what is asked for.
fn good(what: &str, now: u64, number: usize) -> Answer {
    match what {
        "GetId" => identity(),
        "GetCredentialsForIdentity" => keys(now, number),
        _ => result(now, HOUR, number),
    }
}

/// The operations of calls.
fn names(calls: Vec<(String, Value)>) -> Vec<String> {
    calls.into_iter().map(|(name, _)| name).collect()
}

fn of(alice: &SignedIn) -> IdentityPoolCredentials {
    alice.credentials(IDENTITY_POOL).unwrap()
}

#[tokio::test]
async fn x_credentials_are_asked_for_with_the_users_login() {
    let fake = Fake::start(|what, number| async move { good(&what, NOW, number) }).await;
    let alice = user(&fake.builder().build().unwrap(), HOUR);
    let credentials = of(&alice).with_role_arn("arn:aws:iam::123456789012:role/editors");
    let given = credentials.provide_credentials().await.unwrap();
    assert_eq!((given.access_key_id(), given.secret_access_key()), ("ASIA1", "hidden-secret"));
    assert_eq!(given.session_token(), Some("hidden-token"));
    assert_eq!(given.expiry(), Some(at(NOW + HOUR)));
    assert_eq!(credentials.identity_id().await.unwrap(), IDENTITY);
    let login = format!("cognito-idp.us-east-1.amazonaws.com/{POOL}");
    let logins = json!({ login: alice.tokens().unwrap().id_token() });
    let asked = json!({ "IdentityPoolId": IDENTITY_POOL, "Logins": logins });
    let role = "arn:aws:iam::123456789012:role/editors";
    let then = json!({ "IdentityId": IDENTITY, "Logins": logins, "CustomRoleArn": role });
    let calls = fake.take_calls();
    assert_eq!(calls, [("GetId".to_owned(), asked), ("GetCredentialsForIdentity".to_owned(), then)]);
    assert!(!format!("{credentials:?} {given:?}").contains("hidden"));
}

#[tokio::test]
async fn x_a_guest_has_no_login_and_stays_the_same() {
    let fake = Fake::start(|what, number| async move { good(&what, NOW, number) }).await;
    let guest = fake.builder().build().unwrap().guest_credentials(IDENTITY_POOL).unwrap();
    assert_eq!(guest.identity_id().await.unwrap(), IDENTITY);
    let (first, second) = (json!({ "IdentityPoolId": IDENTITY_POOL }), json!({ "IdentityId": IDENTITY }));
    let calls = fake.take_calls();
    assert_eq!(calls, [("GetId".to_owned(), first), ("GetCredentialsForIdentity".to_owned(), second)]);
    guest.with_identity_id(IDENTITY).get().await.unwrap();
    assert_eq!(names(fake.take_calls()), ["GetCredentialsForIdentity"]);
}

/// Many callers share one fetch, and so do clones; five minutes before the end there is another one.
#[tokio::test]
async fn x_credentials_are_fetched_once_and_before_they_end() {
    let now = Arc::new(AtomicU64::new(NOW));
    let told = now.clone();
    let fake = Fake::start(move |what, number| {
        let now = told.load(Ordering::Relaxed);
        async move { good(&what, now, number) }
    });
    let fake = fake.await;
    let here = now.clone();
    let client = fake.builder_with(|config| config).time_source(move || at(here.load(Ordering::Relaxed)));
    let alice = user(&client.build().unwrap(), 3 * HOUR);
    let credentials = of(&alice);
    let given = all_at_once(20, || {
        let credentials = credentials.clone();
        async move { credentials.get().await.unwrap() }
    });
    assert!(given.await.iter().all(|given| given.access_key_id() == "ASIA1"));
    assert_eq!(names(fake.take_calls()), ["GetId", "GetCredentialsForIdentity"]);

    now.fetch_add(HOUR - 301, Ordering::Relaxed);
    credentials.get().await.unwrap();
    assert_eq!(fake.calls(), 0);
    now.fetch_add(1, Ordering::Relaxed);
    assert_eq!(credentials.get().await.unwrap().expiry(), Some(at(NOW + 2 * HOUR - 300)));
    assert_eq!(names(fake.take_calls()), ["GetCredentialsForIdentity"], "the identity is known");
}

/// The user's tokens are renewed for it: when they have ended here, and when they have by the service's clock.
#[tokio::test]
async fn x_the_users_tokens_are_renewed_for_credentials() {
    let fake = Fake::start(|what, number| async move { good(&what, NOW, number) }).await;
    let alice = user(&fake.builder().build().unwrap(), 0);
    of(&alice).get().await.unwrap();
    assert_eq!(names(fake.take_calls()), ["InitiateAuth", "GetId", "GetCredentialsForIdentity"]);

    let ended = "Invalid login token. Token expired: 1900003600 >= 1900003599";
    let fake = Fake::start(move |what, number| async move {
        if number == 0 && what == "GetId" {
            refused("NotAuthorizedException", ended)
        } else {
            good(&what, NOW, number)
        }
    });
    let fake = fake.await;
    let alice = user(&fake.builder().build().unwrap(), HOUR);
    of(&alice).get().await.unwrap();
    assert_eq!(names(fake.take_calls()), ["GetId", "InitiateAuth", "GetId", "GetCredentialsForIdentity"]);
    alice.clone().global_sign_out().await.unwrap();
    assert!(matches!(of(&alice).get().await, Err(Error::SignedOut)));
}

/// What is throttled and what fails is asked again; what is left serves meanwhile.
#[tokio::test]
async fn x_a_service_that_is_ill_does_not_take_good_credentials_away() {
    let fake = Fake::start(|what, number| async move {
        match number {
            0 => refused("TooManyRequestsException", "Rate exceeded"),
            2 | 3 => good(&what, NOW, number),
            _ => (503, json!({ "__type": "InternalErrorException", "message": "Oops" })),
        }
    });
    let fake = fake.await;
    let now = Arc::new(AtomicU64::new(NOW));
    let told = now.clone();
    let client = fake.builder_with(|config| config).time_source(move || at(told.load(Ordering::Relaxed)));
    let credentials = of(&user(&client.build().unwrap(), 3 * HOUR));
    let first = credentials.get().await.unwrap();
    assert_eq!(fake.calls(), 4);
    now.fetch_add(HOUR - 1, Ordering::Relaxed);
    assert_eq!(credentials.get().await.unwrap().access_key_id(), first.access_key_id());
    assert!(credentials.fallback_on_interrupt().is_some());
    now.fetch_add(1, Ordering::Relaxed);
    assert!(credentials.fallback_on_interrupt().is_none());
    assert!(credentials.get().await.unwrap_err().is_retryable());
    credentials.provide_credentials().await.unwrap_err();
    let (id, keys) = ("GetId", "GetCredentialsForIdentity");
    assert_eq!(names(fake.take_calls()), [[id, id, id, keys].as_slice(), &[keys; 9]].concat());
}

/// An identity that the library asked for is asked for anew when it is gone; one that was given stays.
#[tokio::test]
async fn x_an_identity_that_is_gone_is_replaced_unless_it_was_given() {
    let fake = Fake::start(|what, number| async move {
        match number {
            1 | 4 => refused("ResourceNotFoundException", "Identity 'x' not found."),
            _ => good(&what, NOW, number),
        }
    });
    let fake = fake.await;
    let gone = async |guest: &IdentityPoolCredentials| {
        assert_eq!(guest.get().await.unwrap_err().kind(), Some(ErrorKind::NotFound));
        guest.get().await.unwrap();
    };
    let guest = fake.builder().build().unwrap().guest_credentials(IDENTITY_POOL).unwrap();
    gone(&guest).await;
    gone(&guest.with_identity_id(IDENTITY)).await;
    let (first, then) = ("GetId", "GetCredentialsForIdentity");
    assert_eq!(names(fake.take_calls()), [first, then, first, then, then, then]);
}

#[test]
fn an_identity_pools_id_has_a_region() {
    let client = Client::builder(POOL).build().unwrap();
    for bad in ["", "us-east-1", "us-east-1:", ":x", "us-east-1_x", "a.example.com/:x", "us-east-1:x/"] {
        let refused = client.guest_credentials(bad);
        assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{bad:?}");
    }
}
