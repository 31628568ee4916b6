//! Sign-in.

use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

use crate::alice::Alice;
use crate::world::{World, same};

kinds! {
    InitiateAuth => initiate,
    AdminInitiateAuth => admin_initiate,
    RespondToAuthChallenge => respond,
    AdminRespondToAuthChallenge => admin_respond,
}

fn by_password(alice: &Alice<'_>, flow: &str, password: &str) -> Value {
    json!({
        "AuthFlow": flow, "ClientId": alice.client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": password },
    })
}

async fn initiate(world: &World) {
    let alice = Alice::new(world).await;
    world.storm(same(&by_password(&alice, "USER_PASSWORD_AUTH", TestServer::PASSWORD))).await.all();
    let wrong = by_password(&alice, "USER_PASSWORD_AUTH", "Wrong-Horse-7");
    world.storm(same(&wrong)).await.only(0, &["NotAuthorizedException"]);
}

async fn admin_initiate(world: &World) {
    let alice = Alice::new(world).await;
    let mut input = by_password(&alice, "ADMIN_USER_PASSWORD_AUTH", TestServer::PASSWORD);
    input["UserPoolId"] = json!(alice.pool);
    world.storm(same(&input)).await.all();
}

/// The answer to the challenge of a new password, which is good once.
async fn new_password<'a>(world: &'a World) -> (Alice<'a>, Value) {
    let alice = Alice::new(world).await;
    let temporary = json!({ "Password": "Temp0rary!Pass", "Permanent": false });
    alice.server.admin().ok("AdminSetUserPassword", alice.named(temporary)).await;
    let start = by_password(&alice, "USER_PASSWORD_AUTH", "Temp0rary!Pass");
    let challenge = alice.server.public().ok("InitiateAuth", start).await;
    let answer = json!({
        "ClientId": alice.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "NEW_PASSWORD": TestServer::PASSWORD },
    });
    (alice, answer)
}

async fn respond(world: &World) {
    let (alice, answer) = new_password(world).await;
    world.storm(same(&answer)).await.only(1, &["NotAuthorizedException"]);
    alice.sign_in().await;
}

async fn admin_respond(world: &World) {
    let (alice, mut answer) = new_password(world).await;
    answer["UserPoolId"] = json!(alice.pool);
    world.storm(same(&answer)).await.only(1, &["NotAuthorizedException"]);
    alice.sign_in().await;
}
