//! What gets lost between client and service: answers, the time of day, callers who give up, old habits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use poolhouse_client::http::Authorization;
use poolhouse_client::sdk::config::{AsyncSleep, Sleep};
use poolhouse_client::{Error, ErrorKind, TokenError, Tokens};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

use crate::fake::{Answer, Fake, NOW, at};
use crate::faults::{refused, result, tokens, user};
use crate::world::all_at_once;

/// Time that passes when the test says so. Pauses between attempts are none.
#[derive(Clone, Debug)]
struct Passing(watch::Sender<Duration>);

impl Passing {
    fn new() -> Self {
        Self(watch::Sender::new(Duration::ZERO))
    }

    fn pass(&self, time: Duration) {
        self.0.send_modify(|now| *now += time);
    }
}

impl AsyncSleep for Passing {
    fn sleep(&self, time: Duration) -> Sleep {
        let mut now = self.0.subscribe();
        let end = *now.borrow() + time;
        Sleep::new(async move {
            if time > Duration::from_secs(1) {
                // The sender lives as long as the client.
                let _ = now.wait_for(|now| *now >= end).await;
            }
        })
    }
}

/// A service that answers nothing until it is well.
async fn ill(well: &Arc<AtomicBool>, answer: fn(&str, usize) -> Answer) -> Fake {
    let well = well.clone();
    let fake = Fake::start(move |operation, number| {
        let well = well.clone();
        async move {
            if !well.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            answer(&operation, number)
        }
    });
    fake.await
}

/// A renewal whose answer gets lost takes the handle with it for as long as a call may take, not for ever.
#[tokio::test]
async fn an_answer_that_gets_lost_blocks_no_handle() {
    let (well, time) = (Arc::new(AtomicBool::new(false)), Passing::new());
    let fake = ill(&well, |_, number| result(NOW, 3600, number)).await;
    let builder = fake.builder_with(|config| config.sleep_impl(time.clone())).time_source(|| at(NOW));
    let alice = user(&builder.build().unwrap(), 0);
    let callers = tokio::spawn(all_at_once(5, {
        let alice = alice.clone();
        move || {
            let alice = alice.clone();
            async move { alice.access_token().await.unwrap_err() }
        }
    }));
    fake.called(1).await;
    time.pass(Duration::from_secs(45));
    for error in callers.await.unwrap() {
        assert!(matches!(error, Error::Transport(_)) && error.is_retryable(), "{error:?}");
    }
    well.store(true, Ordering::Relaxed);
    alice.renew().await.unwrap();
    assert!(alice.tokens().unwrap().refresh_token().unwrap().starts_with("refresh-"));
}

/// So it is with the sign-in of a middleware.
#[tokio::test]
async fn an_answer_that_gets_lost_blocks_no_middleware() {
    let (well, time) = (Arc::new(AtomicBool::new(false)), Passing::new());
    let fake = ill(&well, |_, number| result(NOW, 3600, number)).await;
    let builder = fake.builder_with(|config| config.sleep_impl(time.clone())).time_source(|| at(NOW));
    let authorization = Authorization::by_password(builder.build().unwrap(), "alice", "x");
    let waiting = tokio::spawn({
        let authorization = authorization.clone();
        async move { authorization.value().await }
    });
    fake.called(1).await;
    time.pass(Duration::from_secs(45));
    assert!(matches!(waiting.await.unwrap(), Err(Error::Transport(_))));
    well.store(true, Ordering::Relaxed);
    authorization.value().await.unwrap();
}

/// The access token that a call came with.
fn expired(operation: &str) -> Option<Answer> {
    (operation == "GetUser").then(|| refused("NotAuthorizedException", "Access Token has expired"))
}

/// An access token whose time is over by the service's clock is renewed, once for all who use it.
#[tokio::test]
async fn a_token_that_the_service_calls_expired_is_renewed() {
    let renewed = Arc::new(AtomicBool::new(false));
    let fake = Fake::start(move |operation, number| {
        let renewed = renewed.clone();
        async move {
            if operation == "InitiateAuth" {
                renewed.store(true, Ordering::Relaxed);
                return result(NOW, 3600, number);
            }
            match renewed.load(Ordering::Relaxed) {
                true => (200, json!({ "Username": "alice", "UserAttributes": [] })),
                false => expired(&operation).unwrap(),
            }
        }
    });
    let fake = fake.await;
    let alice = user(&fake.builder().build().unwrap(), 3600);
    let names = all_at_once(10, || {
        let alice = alice.clone();
        async move { alice.user().await.unwrap().username }
    });
    assert!(names.await.iter().all(|name| name == "alice"));
    let renewals = fake.take_calls().iter().filter(|(operation, _)| operation == "InitiateAuth").count();
    assert_eq!(renewals, 1);
}

/// It is tried once more, not for ever; and without a refresh token the error says what it is.
#[tokio::test]
async fn a_token_that_stays_expired_is_an_error() {
    let fake = Fake::start(|operation, number| async move {
        expired(&operation).unwrap_or_else(|| result(NOW, 3600, number))
    });
    let fake = fake.await;
    let client = fake.builder().build().unwrap();
    let error = user(&client, 3600).user().await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::NotAuthorized));
    let asked: Vec<String> = fake.take_calls().into_iter().map(|(operation, _)| operation).collect();
    assert_eq!(asked, ["GetUser", "InitiateAuth", "GetUser"]);

    let (access, id) = tokens(NOW, NOW + 3600, 1);
    let alone = client.with_unverified_tokens(Tokens::new(access, id, None)).unwrap();
    assert!(matches!(alone.user().await, Err(Error::Token(TokenError::Expired))));
}

/// Which operation renews the tokens of an app client is learnt once, and learnt anew when it changes.
#[tokio::test]
async fn rotation_is_remembered() {
    let rotates = Arc::new(AtomicBool::new(true));
    let setting = rotates.clone();
    let fake = Fake::start(move |operation, number| {
        let taken = setting.load(Ordering::Relaxed) == (operation == "GetTokensFromRefreshToken");
        async move {
            match taken {
                true => result(NOW, 3600, number),
                false => refused("UnsupportedOperationException", "no"),
            }
        }
    });
    let fake = fake.await;
    let alice = user(&fake.builder().build().unwrap(), 3600);
    let mut asked = Vec::new();
    for turns in [true, true, false, false] {
        rotates.store(turns, Ordering::Relaxed);
        alice.renew().await.unwrap();
        let calls = fake.take_calls().into_iter().map(|(operation, _)| operation);
        asked.push(calls.collect::<Vec<_>>().join(" "));
    }
    let (old, new) = ("InitiateAuth", "GetTokensFromRefreshToken");
    assert_eq!(asked, [format!("{old} {new}"), new.to_owned(), format!("{new} {old}"), old.to_owned()]);
}

/// What is limited by the hour is not repeated; what is throttled is, whatever it is called.
#[tokio::test]
async fn limits_are_not_throttling() {
    for (code, calls, kind) in [
        ("LimitExceededException", 1, ErrorKind::LimitExceeded),
        ("ThrottlingException", 3, ErrorKind::TooManyRequests),
        ("RequestLimitExceeded", 3, ErrorKind::TooManyRequests),
    ] {
        let fake = Fake::start(move |_, _| async move { refused(code, "Attempt limit exceeded") }).await;
        let error = fake.builder().build().unwrap().forgot_password("alice").await.unwrap_err();
        assert_eq!((error.kind(), fake.calls()), (Some(kind), calls), "{code}");
        assert_eq!(error.is_retryable(), kind == ErrorKind::TooManyRequests, "{code}");
    }
}

/// A move among groups goes on when its caller has gone: half of it is a user with two roles.
#[tokio::test]
async fn a_cancelled_caller_leaves_no_user_with_two_roles() {
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let fake = Fake::start(move |operation, _| {
        let gate = opened.clone();
        async move {
            if operation == "AdminAddUserToGroup" {
                gate.acquire().await.unwrap().forget();
            }
            (200, json!({ "Groups": [{ "GroupName": "viewer" }] }))
        }
    });
    let fake = fake.await;
    let admin = fake.builder().build().unwrap().admin().unwrap();
    let caller =
        tokio::spawn(
            async move { admin.replace_group_membership("alice", ["viewer", "editor"], "editor").await },
        );
    fake.called(2).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    gate.add_permits(1);
    fake.called(3).await;
    let (operation, body) = fake.take_calls().pop().unwrap();
    assert_eq!((operation.as_str(), &body["GroupName"]), ("AdminRemoveUserFromGroup", &json!("viewer")));
}

/// The proof of a password bears the time by the service's clock, which its answers tell; a clock that the program
/// gives is believed.
#[tokio::test]
async fn a_password_is_proven_at_the_services_time() {
    let fake = Fake::start(|operation, number| async move {
        match operation.as_str() {
            "InitiateAuth" => {
                let parameters = json!({
                    "USER_ID_FOR_SRP": "alice", "SALT": "abc", "SRP_B": "abcdef", "SECRET_BLOCK": "AAAA",
                });
                (200, json!({ "ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": parameters }))
            }
            _ => result(NOW, 3600, number),
        }
    });
    let fake = fake.await;
    let year = |calls: Vec<(String, Value)>| {
        let stamp = calls.last().unwrap().1["ChallengeResponses"]["TIMESTAMP"].as_str().unwrap().to_owned();
        stamp.rsplit(' ').next().unwrap().to_owned()
    };
    fake.set_date(NOW);
    let by_system = fake.builder_with(|config| config).build().unwrap();
    by_system.sign_in("alice").password("x").send().await.unwrap();
    assert_eq!(year(fake.take_calls()), "2030");
    let given = fake.builder().time_source(|| at(NOW - 100_000_000)).build().unwrap();
    given.sign_in("alice").password("x").send().await.unwrap();
    assert_eq!(year(fake.take_calls()), "2027");
}

/// Calls go where the SDK's configuration says.
#[tokio::test]
async fn calls_go_to_the_endpoint_of_the_configuration() {
    let fake = Fake::start(|_, _| async { (200, json!({ "Group": { "GroupName": "staff" } })) }).await;
    let client = fake.builder().build().unwrap();
    assert!(client.issuer().starts_with(&fake.url));
    client.admin().unwrap().get_group("staff").await.unwrap();
    assert_eq!(fake.calls(), 1);
}
