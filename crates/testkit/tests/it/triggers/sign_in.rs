//! PreAuthentication and PostAuthentication (triggers-and-messages §8.3, §8.4).

use poolhouse_testkit::{SrpClient, TestServer, on_both};
use serde_json::json;

use super::{failed, refresh, set_triggers, sign_in, with_triggers};

on_both! {
    // triggers-and-messages §14, 3: documented
    async fn a_sign_in_is_judged_and_told(server) {
        let (pool, client) = with_triggers(server, json!({
            "PreAuthentication": server.function("f", |_| {}),
            "PostAuthentication": server.function("f", |_| {}),
            "PreTokenGeneration": server.function("f", |_| {}),
        })).await;
        let sub = server.user(&pool, "alice", json!({ "email": "a@example.com", "email_verified": "True" })).await;
        let mut input = sign_in(&client, "alice");
        input["ClientMetadata"] = json!({ "a": "1" });
        server.public().ok("InitiateAuth", input).await;
        let events = server.take_events();
        let attributes = json!({
            "sub": sub, "cognito:user_status": "CONFIRMED", "email": "a@example.com", "email_verified": "true",
        });
        assert_eq!(events[0], json!({
            "version": "1",
            "triggerSource": "PreAuthentication_Authentication",
            "region": "us-east-1",
            "userPoolId": pool,
            "userName": "alice",
            "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client },
            "request": { "userAttributes": attributes, "validationData": { "a": "1" } },
            "response": {},
        }));
        assert_eq!(events[1]["triggerSource"], "PostAuthentication_Authentication");
        assert_eq!(events[1]["request"], json!({ "userAttributes": attributes, "newDeviceUsed": false }));
        assert_eq!(events[2]["triggerSource"], "TokenGeneration_Authentication");
        for event in &events[1..] {
            assert!(event["request"].get("clientMetadata").is_none() && event["request"].get("validationData").is_none());
        }
        assert_eq!(events.len(), 3);
    }

    async fn metadata_of_an_answer_reaches_what_comes_after(server) {
        let (pool, client) = with_triggers(server, json!({
            "PreAuthentication": server.function("f", |_| {}),
            "PostAuthentication": server.function("f", |_| {}),
            "PreTokenGeneration": server.function("f", |_| {}),
        })).await;
        server.user(&pool, "alice", json!({})).await;
        let srp = SrpClient::new(&pool);
        let start = json!({
            "AuthFlow": "USER_SRP_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "alice", "SRP_A": srp.srp_a() },
        });
        let challenge = server.public().ok("InitiateAuth", start).await;
        assert_eq!(server.take_sources(), ["PreAuthentication_Authentication"]);
        let responses = srp.answer(&challenge["ChallengeParameters"], TestServer::PASSWORD, server.now());
        let answer = json!({
            "ChallengeName": "PASSWORD_VERIFIER", "ClientId": client, "ChallengeResponses": responses,
            "ClientMetadata": { "b": "2" },
        });
        server.public().ok("RespondToAuthChallenge", answer).await;
        let events = server.take_events();
        assert_eq!(events.len(), 2);
        assert!(events.iter().all(|event| event["request"]["clientMetadata"] == json!({ "b": "2" })));
    }

    // documented: before the password is looked at
    async fn a_judge_who_refuses_is_heard_first(server) {
        let (pool, client) =
            with_triggers(server, json!({ "PreAuthentication": server.failing_function("f", "Not today") })).await;
        server.user(&pool, "alice", json!({})).await;
        let mut wrong = sign_in(&client, "alice");
        wrong["AuthParameters"]["PASSWORD"] = json!("Wrong-Horse-7");
        for input in [wrong, sign_in(&client, "alice")] {
            let refused = server.public().refused("InitiateAuth", input).await;
            assert_eq!(refused, failed("PreAuthentication failed with error Not today."));
        }
        server.take_events();
        // Gates 9 to 11 come before it (authentication §3).
        server.admin().ok("AdminDisableUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        let (_, text) = server.public().refused("InitiateAuth", sign_in(&client, "alice")).await;
        assert_eq!(text, "User is disabled.");
        assert_eq!(server.take_sources(), [""; 0]);
    }

    // documented
    async fn who_does_not_exist_is_judged_only_where_that_is_hidden(server) {
        let (pool, telling) = with_triggers(server, json!({
            "PreAuthentication": server.function("f", |_| {}), "PostAuthentication": server.function("f", |_| {}),
        })).await;
        let hiding = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        server.user(&pool, "alice", json!({})).await;
        server.public().refused("InitiateAuth", sign_in(&telling, "nobody")).await;
        assert_eq!(server.take_sources(), [""; 0]);
        let (_, text) = server.public().refused("InitiateAuth", sign_in(&hiding, "nobody")).await;
        assert_eq!(text, "Incorrect username or password.");
        let event = &server.take_events()[0];
        assert_eq!(event["userName"], "nobody");
        assert_eq!(
            event["request"],
            json!({ "userAttributes": {}, "userNotFound": true, "validationData": null })
        );
        server.public().ok("InitiateAuth", sign_in(&hiding, "alice")).await;
        assert!(server.take_events().iter().all(|event| event["request"]["userNotFound"] == json!(false)));
    }

    // observed: no tokens although the credentials were right; what proved them is used up
    async fn a_failure_after_the_proof_keeps_the_tokens_back(server) {
        let (pool, client) =
            with_triggers(server, json!({ "PostAuthentication": server.failing_function("f", "no") })).await;
        server.user(&pool, "alice", json!({})).await;
        let srp = SrpClient::new(&pool);
        let start = json!({
            "AuthFlow": "USER_SRP_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "alice", "SRP_A": srp.srp_a() },
        });
        let challenge = server.public().ok("InitiateAuth", start).await;
        let responses = srp.answer(&challenge["ChallengeParameters"], TestServer::PASSWORD, server.now());
        let answer =
            json!({ "ChallengeName": "PASSWORD_VERIFIER", "ClientId": client, "ChallengeResponses": responses });
        let refused = server.public().refused("RespondToAuthChallenge", answer.clone()).await;
        assert_eq!(refused, failed("PostAuthentication failed with error no."));
        set_triggers(server, &pool, json!({})).await;
        let (_, text) = server.public().refused("RespondToAuthChallenge", answer).await;
        assert_eq!(text, "Incorrect username or password.");
        server.sign_in(&client, "alice").await;
    }

    // documented by what the list leaves out
    async fn a_refresh_is_neither_judged_nor_told(server) {
        let (pool, client) = with_triggers(server, json!({
            "PreAuthentication": server.function("f", |_| {}), "PostAuthentication": server.function("f", |_| {}),
        })).await;
        server.user(&pool, "alice", json!({})).await;
        let tokens = server.sign_in(&client, "alice").await;
        assert_eq!(server.take_events().len(), 2);
        server.public().ok("InitiateAuth", refresh(&client, &tokens)).await;
        assert_eq!(server.take_sources(), [""; 0]);
    }

    async fn wrong_passwords_are_judged_and_not_told(server) {
        let (pool, client) = with_triggers(server, json!({
            "PreAuthentication": server.function("f", |_| {}), "PostAuthentication": server.function("f", |_| {}),
        })).await;
        server.user(&pool, "alice", json!({})).await;
        let mut wrong = sign_in(&client, "alice");
        wrong["AuthParameters"]["PASSWORD"] = json!("Wrong-Horse-7");
        server.public().refused("InitiateAuth", wrong).await;
        assert_eq!(server.take_sources(), ["PreAuthentication_Authentication"]);
    }
}
