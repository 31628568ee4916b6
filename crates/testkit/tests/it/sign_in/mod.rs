//! InitiateAuth, RespondToAuthChallenge and their administrators' forms, without refresh (`tokens.rs`).
#![expect(clippy::needless_pass_by_value, reason = "a test gives its literals away")]

mod any_way;
mod choice;
pub(crate) mod factors;
mod figures;
mod guesses;
mod lockout;
mod mfa_preference;
mod mfa_setup;
mod new_password;
mod password;
mod second_factor;
mod srp;
mod step_up;
mod uncounted;

use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

/// The input of a sign-in with a password.
pub(crate) fn password_auth(client: &str, username: &str, password: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": username, "PASSWORD": password },
    })
}

/// The input of an answer to a challenge.
pub(crate) fn answer(client: &str, challenge: &str, session: &Value, responses: Value) -> Value {
    let mut input =
        json!({ "ClientId": client, "ChallengeName": challenge, "ChallengeResponses": responses });
    if !session.is_null() {
        input["Session"] = session.clone();
    }
    input
}

/// Runs futures at the same time, in one task.
pub(crate) async fn at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(move |context| {
        pending.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if pending.is_empty() {
            std::task::Poll::Ready(std::mem::take(&mut done))
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}

/// A user with a temporary password.
pub(crate) async fn invited(server: &TestServer, pool: &str, username: &str, attributes: Value) -> String {
    let input = json!({
        "UserPoolId": pool,
        "Username": username,
        "MessageAction": "SUPPRESS",
        "TemporaryPassword": TEMPORARY,
        "UserAttributes": attributes,
    });
    let user = server.admin().ok("AdminCreateUser", input).await;
    let attributes = user["User"]["Attributes"].as_array().unwrap();
    let sub = attributes.iter().find(|a| a["Name"] == "sub").unwrap();
    sub["Value"].as_str().unwrap().to_owned()
}

pub(crate) const TEMPORARY: &str = "Temp0rary!Pass";

pub(crate) fn not_authorized(text: &str) -> (String, String) {
    ("NotAuthorizedException".to_owned(), text.to_owned())
}

pub(crate) fn invalid_parameter(text: &str) -> (String, String) {
    ("InvalidParameterException".to_owned(), text.to_owned())
}

pub(crate) fn incorrect() -> (String, String) {
    not_authorized("Incorrect username or password.")
}
