//! Sign-up, and forgotten passwords.

use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

use super::alice::Alice;
use super::world::{CALLERS, World, each, same, with};

kinds! {
    SignUp => sign_up,
    ConfirmSignUp => confirm,
    ResendConfirmationCode => resend,
    ForgotPassword => forgot_password,
    ConfirmForgotPassword => confirm_forgot_password,
}

async fn pool(world: &World) -> (String, Value) {
    let pool = world.server().pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let client = world.server().client(&pool, json!({})).await;
    (pool, json!({ "ClientId": client }))
}

fn registration(client: &Value) -> Value {
    let email = json!([{ "Name": "email", "Value": "bob@example.com" }]);
    with(client, json!({ "Password": TestServer::PASSWORD, "UserAttributes": email }))
}

async fn sign_up(world: &World) {
    let (pool, client) = pool(world).await;
    world.storm(each(&registration(&client), "Username", "u")).await.all();
    let bob = with(&registration(&client), json!({ "Username": "bob" }));
    let before = world.server().messages("bob").len();
    world.storm(same(&bob)).await.only(1, &["UsernameExistsException"]);
    assert_eq!(world.count("ListUsers", "Users", json!({ "UserPoolId": pool })).await, CALLERS + 1);
    assert_eq!(world.server().messages("bob").len() - before, 1);
}

/// Bob, who is not confirmed yet.
async fn bob(world: &World) -> Value {
    let (_, client) = pool(world).await;
    let bob = with(&client, json!({ "Username": "bob" }));
    world.server().public().ok("SignUp", with(&registration(&client), bob.clone())).await;
    bob
}

async fn confirm(world: &World) {
    let bob = bob(world).await;
    let input = with(&bob, json!({ "ConfirmationCode": world.server().code("bob") }));
    world.storm(same(&input)).await.only(1, &["NotAuthorizedException"]);
    world.server().sign_in(bob["ClientId"].as_str().unwrap(), "bob").await;
}

async fn resend(world: &World) {
    world.storm(same(&bob(world).await)).await.only(5, &["LimitExceededException"]);
}

async fn forgot_password(world: &World) {
    let alice = Alice::new(world).await;
    let input = json!({ "ClientId": alice.client, "Username": "alice" });
    world.storm(same(&input)).await.only(5, &["LimitExceededException"]);
}

async fn confirm_forgot_password(world: &World) {
    let alice = Alice::new(world).await;
    let named = json!({ "ClientId": alice.client, "Username": "alice" });
    alice.server.public().ok("ForgotPassword", named.clone()).await;
    let password = "Another-Horse-8";
    let code = json!({ "ConfirmationCode": alice.server.code("alice"), "Password": password });
    let refusals = ["ExpiredCodeException", "LimitExceededException"];
    world.storm(same(&with(&named, code))).await.only(1, &refusals);
    let sign_in = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": alice.client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": password },
    });
    alice.server.public().ok("InitiateAuth", sign_in).await;
}
