//! Threat protection.

use serde_json::{Value, json};

use super::alice::Alice;
use super::world::{World, same, with};

kinds! {
    SetRiskConfiguration => configure,
    AdminUpdateAuthEventFeedback => admin_feedback,
    UpdateAuthEventFeedback => feedback,
}

async fn protected(world: &World) -> Alice<'_> {
    let settings = json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" } });
    Alice::with(world, settings, json!({})).await
}

/// What asks for a mail about each risk.
fn configuration(alice: &Alice<'_>) -> Value {
    let action = json!({ "Notify": true, "EventAction": "NO_ACTION" });
    json!({
        "UserPoolId": alice.pool,
        "AccountTakeoverRiskConfiguration": {
            "NotifyConfiguration": { "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com" },
            "Actions": { "LowAction": action, "MediumAction": action, "HighAction": action },
        },
    })
}

async fn configure(world: &World) {
    let alice = protected(world).await;
    let of_pool = configuration(&alice);
    world.storm(same(&of_pool)).await.all();
    world.storm(same(&with(&of_pool, json!({ "ClientId": alice.client })))).await.all();
}

/// Alice, the event of a sign-in of hers, and what the mail about it lets her say.
async fn told(world: &World) -> (Alice<'_>, Value, Value) {
    let alice = protected(world).await;
    alice.server.admin().ok("SetRiskConfiguration", configuration(&alice)).await;
    let sign_in = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": alice.client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": poolhouse_testkit::TestServer::PASSWORD },
    });
    for (address, browser) in [("192.0.2.7", "Firefox/127.0"), ("198.51.100.7", "Chrome/126.0")] {
        alice.server.clock().advance_seconds(1);
        alice.server.public().at(address).with(browser).ok("InitiateAuth", sign_in.clone()).await;
    }
    let events = alice.server.admin().ok("AdminListUserAuthEvents", alice.named(json!({}))).await;
    let event = alice.named(json!({ "EventId": events["AuthEvents"][0]["EventId"], "FeedbackValue": "Valid" }));
    let said = with(&event, json!({ "FeedbackToken": alice.server.code("alice") }));
    (alice, event, said)
}

async fn assert_said(alice: &Alice<'_>) {
    let events = alice.server.admin().ok("AdminListUserAuthEvents", alice.named(json!({}))).await;
    assert_eq!(events["AuthEvents"][0]["EventFeedback"]["FeedbackValue"], "Valid");
}

async fn admin_feedback(world: &World) {
    let (alice, event, _) = told(world).await;
    world.storm(same(&event)).await.all();
    assert_said(&alice).await;
}

async fn feedback(world: &World) {
    let (alice, _, said) = told(world).await;
    world.storm(same(&said)).await.all();
    assert_said(&alice).await;
}
