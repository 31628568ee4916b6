//! Tokens and sessions.

use serde_json::{Value, json};

use super::alice::Alice;
use super::world::{World, same};

kinds! {
    GetTokensFromRefreshToken => rotate,
    RevokeToken => revoke,
    GlobalSignOut => sign_out,
    RevokeUserSession => revoke_session,
    AdminRevokeUserSession => admin_revoke_session,
    SetUserPoolSessionConfiguration => configure_pool,
    SetUserPoolClientSessionConfiguration => configure_client,
}

async fn rotate(world: &World) {
    let settings = json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
    });
    let alice = Alice::with(world, json!({}), settings).await;
    let tokens = alice.sign_in().await;
    let input = json!({ "ClientId": alice.client, "RefreshToken": tokens["RefreshToken"] });
    world.storm(same(&input)).await.only(1, &["RefreshTokenReuseException"]);
}

async fn revoke(world: &World) {
    let alice = Alice::new(world).await;
    let tokens = alice.sign_in().await;
    let input = json!({ "ClientId": alice.client, "Token": tokens["RefreshToken"] });
    world.storm(same(&input)).await.all();
    let token = json!({ "AccessToken": tokens["AccessToken"] });
    assert_eq!(alice.server.public().refused("GetUser", token).await.0, "NotAuthorizedException");
}

async fn sign_out(world: &World) {
    let alice = Alice::new(world).await;
    world.storm(same(&alice.own(json!({})).await)).await.only(1, &["NotAuthorizedException"]);
}

/// Alice, whose sessions are tracked; an input with the token of one, and the id of another.
async fn tracked(world: &World) -> (Alice<'_>, Value, Value) {
    let alice = Alice::new(world).await;
    alice.server.admin().ok("SetUserPoolSessionConfiguration", tracking(&alice)).await;
    let (one, other) = (alice.own(json!({})).await, alice.own(json!({})).await);
    let sessions = alice.server.public().ok("ListUserSessions", other).await;
    let mut sessions = sessions["Sessions"].as_array().unwrap().iter();
    let id = sessions.find(|s| s["IsCurrentSession"] == true).unwrap()["SessionId"].clone();
    (alice, one, id)
}

fn tracking(alice: &Alice<'_>) -> Value {
    json!({
        "UserPoolId": alice.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 },
    })
}

async fn revoke_session(world: &World) {
    let (_, mut own, id) = tracked(world).await;
    own["SessionId"] = id;
    world.storm(same(&own)).await.only(1, &["ResourceNotFoundException"]);
}

async fn admin_revoke_session(world: &World) {
    let (alice, _, id) = tracked(world).await;
    let input = alice.named(json!({ "SessionId": id }));
    world.storm(same(&input)).await.only(1, &["ResourceNotFoundException"]);
}

async fn configure_pool(world: &World) {
    let alice = Alice::new(world).await;
    world.storm(same(&tracking(&alice))).await.all();
}

async fn configure_client(world: &World) {
    let (alice, ..) = tracked(world).await;
    let input = json!({
        "UserPoolId": alice.pool, "ClientId": alice.client, "SSOSession": { "MaxValidityMinutes": 30 },
    });
    // The other node knows of the tracking within a second.
    alice.server.clock().advance_seconds(1);
    world.storm(same(&input)).await.all();
}
