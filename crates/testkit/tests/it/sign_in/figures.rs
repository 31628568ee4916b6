//! What is counted of sign-ins, and of signatures that are refused.

use poolhouse_testkit::{SrpClient, TestServer, on_both};
use serde_json::{Value, json};

use super::{TEMPORARY, answer, invited, password_auth};

/// What has been counted, without what has not.
fn counted(server: &TestServer) -> Vec<(&'static str, &'static str, u64)> {
    let figures = server.engine().sign_ins().figures();
    let counted = figures.into_iter().filter(|(_, count)| *count > 0);
    counted.map(|((flow, outcome), count)| (flow.as_str(), outcome, count)).collect()
}

on_both! {
    async fn each_step_is_counted_where_the_first_one_was(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        invited(server, &pool, "bob", json!([])).await;

        let srp = SrpClient::new(&pool);
        for password in [TestServer::PASSWORD, "Wrong-Password-1"] {
            let parameters = json!({ "USERNAME": "alice", "SRP_A": srp.srp_a() });
            let start = json!({ "ClientId": client, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters });
            let output = server.public().ok("InitiateAuth", start).await;
            let responses = srp.answer(&output["ChallengeParameters"], password, server.now());
            let proof = answer(&client, "PASSWORD_VERIFIER", &Value::Null, responses);
            let proven = server.public().call("RespondToAuthChallenge", proof).await;
            assert_eq!(proven.is_ok(), password == TestServer::PASSWORD);
        }
        let expected = [("USER_SRP_AUTH", "NotAuthorizedException", 1), ("USER_SRP_AUTH", "success", 1)];
        assert_eq!(counted(server), expected);

        // A challenge is no end; what follows it belongs to the flow that began it, at whichever door.
        let output = server.public().ok("InitiateAuth", password_auth(&client, "bob", TEMPORARY)).await;
        assert_eq!(counted(server), expected);
        let given = |password: &str| {
            let responses = json!({ "USERNAME": "bob", "NEW_PASSWORD": password });
            let mut input = answer(&client, "NEW_PASSWORD_REQUIRED", &output["Session"], responses);
            input["UserPoolId"] = json!(pool);
            input
        };
        server.admin().refused("AdminRespondToAuthChallenge", given("short")).await;
        server.admin().ok("AdminRespondToAuthChallenge", given(TestServer::PASSWORD)).await;
        let more = [
            ("USER_PASSWORD_AUTH", "InvalidPasswordException", 1),
            ("USER_PASSWORD_AUTH", "success", 1),
        ];
        assert_eq!(counted(server), [&more[..], &expected].concat());
    }

    async fn what_belongs_to_no_flow_is_unknown(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let telepathy = json!({ "ClientId": client, "AuthFlow": "TELEPATHY_AUTH", "AuthParameters": {} });
        server.public().refused("InitiateAuth", telepathy).await;
        assert_eq!(counted(server), [], "the model knows no such flow");
        let forged = json!("A".repeat(40));
        let forged = answer(&client, "SMS_MFA", &forged, json!({ "USERNAME": "a", "SMS_MFA_CODE": "123456" }));
        server.public().refused("RespondToAuthChallenge", forged).await;
        assert_eq!(counted(server), [("unknown", "NotAuthorizedException", 1)]);
    }
}
