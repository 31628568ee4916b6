//! Lambda triggers (docs/cognito/triggers-and-messages.md).

mod calls;
pub(crate) mod custom_auth;
mod custom_guesses;
mod messages;
mod migration;
mod senders;
mod sign_in;
mod sign_up;
mod tokens;

use poolhouse_testkit::{TestServer, refusal};
use serde_json::{Value, json};

/// A pool with a `LambdaConfig` and a client of it.
pub(crate) async fn with_triggers(server: &TestServer, config: Value) -> (String, String) {
    let pool = server.pool(json!({ "LambdaConfig": config })).await;
    let client = server.client(&pool, json!({})).await;
    (pool, client)
}

pub(crate) async fn set_triggers(server: &TestServer, pool: &str, config: Value) {
    server.admin().ok("UpdateUserPool", json!({ "UserPoolId": pool, "LambdaConfig": config })).await;
}

pub(crate) fn sign_up(client: &str, username: &str) -> Value {
    json!({ "ClientId": client, "Username": username, "Password": TestServer::PASSWORD })
}

pub(crate) fn sign_in(client: &str, username: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": username, "PASSWORD": TestServer::PASSWORD },
    })
}

pub(crate) fn refresh(client: &str, tokens: &Value) -> Value {
    json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": client,
        "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
    })
}

pub(crate) fn failed(message: &str) -> (String, String) {
    refusal("UserLambdaValidationException", message)
}

/// The status of a user.
pub(crate) async fn status(server: &TestServer, pool: &str, username: &str) -> Value {
    let input = json!({ "UserPoolId": pool, "Username": username });
    server.admin().ok("AdminGetUser", input).await["UserStatus"].clone()
}

pub(crate) async fn users(server: &TestServer, pool: &str) -> usize {
    server.admin().ok("ListUsers", json!({ "UserPoolId": pool })).await["Users"].as_array().unwrap().len()
}
