//! Messages of a pool's other region are of its own functions (new-operations §7).

use poolhouse_core::messages::outbox::{self, Outcome};
use poolhouse_ports::Medium;
use poolhouse_testkit::{Caller, TestServer, on_both};
use serde_json::{Value, json};

use super::{THERE, admin_there, of, pool_with_replica, public_there, set_status, with};

const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/mrk-1";

/// A pool with these functions at its first region and those at the other, and a client through which its user signs in
/// by a code.
async fn pool_and_client(server: &TestServer, here: &Value, there: &Value) -> (String, String) {
    let codes = json!({
        "LambdaConfig": here, "AutoVerifiedAttributes": ["email"],
        "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } },
    });
    let pool = pool_with_replica(server, codes.clone()).await;
    let own = with(&codes, json!({ "UserPoolId": pool, "LambdaConfig": there }));
    admin_there(server).ok("UpdateUserPool", own).await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"], "PreventUserExistenceErrors": "ENABLED" });
    let client = server.client(&pool, flows).await;
    server.user(&pool, "ann", json!({ "email": "ann@example.com", "email_verified": "true" })).await;
    (pool, client)
}

/// Asks for a code; what becomes of it.
async fn sent(server: &TestServer, caller: Caller<'_>, client: &str) -> Vec<Outcome> {
    let input = json!({
        "ClientId": client, "AuthFlow": "USER_AUTH",
        "AuthParameters": { "USERNAME": "ann", "PREFERRED_CHALLENGE": "EMAIL_OTP" },
    });
    assert_eq!(caller.ok("InitiateAuth", input).await["ChallengeName"], "EMAIL_OTP");
    send(server).await
}

async fn send(server: &TestServer) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for taken in outbox::take(server.engine(), Medium::Email, 10).await.unwrap() {
        outcomes.push(taken.send(server.engine()).await.unwrap());
    }
    outcomes
}

on_both! {
    async fn each_region_sends_by_its_own_function(server) {
        let sender = |arn: String| json!({
            "CustomEmailSender": { "LambdaVersion": "V1_0", "LambdaArn": arn }, "KMSKeyID": KEY,
        });
        let here = sender(server.failing_function("here", "not this one"));
        let there = sender(server.function("there", |_| {}));
        let (pool, client) = pool_and_client(server, &here, &there).await;
        assert_eq!(sent(server, public_there(server), &client).await, [Outcome::Sent]);
        assert_eq!(server.take_events()[0]["region"], THERE);
        assert_eq!(sent(server, server.public(), &client).await, [Outcome::Postponed]);
        server.clock().advance_seconds(60 * 60);
        assert_eq!(send(server).await, [Outcome::Expired]);
        // The function of a replica that is gone is not asked any more.
        server.failing_function("there", "not now");
        assert_eq!(sent(server, public_there(server), &client).await, [Outcome::Postponed]);
        set_status(server, &pool, "INACTIVE").await;
        server.admin().ok("DeleteUserPoolReplica", of(&pool)).await;
        server.function("here", |_| {});
        server.clock().advance_seconds(10);
        assert_eq!(send(server).await, [Outcome::Sent]);
    }

    async fn each_region_has_words_of_its_own(server) {
        let words = |name: &'static str| {
            let arn = server.function(name, move |event| {
                event["response"]["emailMessage"] = json!(format!("{name}: {{####}}"));
            });
            json!({ "CustomMessage": arn })
        };
        let (_, client) = pool_and_client(server, &words("here"), &words("there")).await;
        for (caller, name) in [(public_there(server), "there"), (server.public(), "here")] {
            assert_eq!(sent(server, caller, &client).await, [Outcome::Sent]);
            let message = server.messages("ann").remove(0);
            assert_eq!(message.body, format!("{name}: {}", message.code));
        }
    }
}
