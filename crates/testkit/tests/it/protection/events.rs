//! Auth events and AdminListUserAuthEvents (operations-and-protection §9.4).

use poolhouse_core::maintenance;
use poolhouse_testkit::{SrpClient, TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::protected;
use super::user::{AWAY, Alice, FIREFOX, HOME};

/// Type and response of each.
fn outline(events: &[Value]) -> Vec<[&str; 2]> {
    events.iter().map(|e| [e["EventType"].as_str().unwrap(), e["EventResponse"].as_str().unwrap()]).collect()
}

fn answers(event: &Value) -> Vec<[&str; 2]> {
    let answers = event["ChallengeResponses"].as_array().unwrap().iter();
    answers
        .map(|a| [a["ChallengeName"].as_str().unwrap(), a["ChallengeResponse"].as_str().unwrap()])
        .collect()
}

on_both! {
    async fn a_sign_in_is_told_with_where_it_came_from(server) {
        let alice = Alice::new(server, "AUDIT").await;
        let refused = alice.refused(alice.home(), "wrong").await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Incorrect username or password."));
        alice.sign_in(alice.home()).await;
        let events = alice.events().await;
        assert_eq!(outline(&events), [["SignIn", "Pass"], ["SignIn", "Fail"]]);
        let id = events[0]["EventId"].as_str().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(events[0], json!({
            "EventId": id,
            "EventType": "SignIn",
            "CreationDate": 1_893_456_002.0,
            "EventResponse": "Pass",
            "EventRisk": { "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false },
            "ChallengeResponses": [{ "ChallengeName": "Password", "ChallengeResponse": "Success" }],
            "EventContextData": { "IpAddress": HOME, "DeviceName": "Firefox, Linux" },
        }));
        assert_eq!(answers(&events[1]), [["Password", "Failure"]]);
    }

    async fn all_steps_are_one_event_and_each_wrong_answer_one_of_its_own(server) {
        let alice = Alice::new(server, "AUDIT").await;
        alice.turn_on_codes().await;
        let challenge = alice.sign_in(alice.home()).await;
        assert_eq!(challenge["ChallengeName"], "SMS_MFA");
        let begun = alice.newest().await;
        assert_eq!((&begun["EventResponse"], answers(&begun)), (&json!("InProgress"), vec![["Password", "Success"]]));
        server.clock().advance_seconds(1);
        let (code, _) = alice.home().refused("RespondToAuthChallenge", alice.code(&challenge, "000000")).await;
        assert_eq!(code, "CodeMismatchException");
        server.clock().advance_seconds(1);
        let input = alice.code(&challenge, &server.code("alice"));
        alice.home().ok("RespondToAuthChallenge", input).await;
        let events = alice.events().await;
        assert_eq!(outline(&events), [["SignIn", "Fail"], ["SignIn", "Pass"]]);
        assert_eq!(answers(&events[0]), [["Password", "Success"], ["Mfa", "Failure"]]);
        assert_eq!(answers(&events[1]), [["Password", "Success"], ["Mfa", "Success"]]);
        assert_eq!((&events[1]["EventId"], &events[1]["CreationDate"]), (&begun["EventId"], &begun["CreationDate"]));
    }

    async fn a_proof_is_told_like_a_password(server) {
        let alice = Alice::new(server, "AUDIT").await;
        let srp = SrpClient::new(&alice.pool);
        for password in ["wrong", TestServer::PASSWORD] {
            server.clock().advance_seconds(1);
            let input = json!({
                "AuthFlow": "USER_SRP_AUTH", "ClientId": alice.client,
                "AuthParameters": { "USERNAME": "alice", "SRP_A": srp.srp_a() },
            });
            let challenge = alice.home().ok("InitiateAuth", input).await;
            let responses = srp.answer(&challenge["ChallengeParameters"], password, server.now());
            let input = json!({
                "ClientId": alice.client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses,
            });
            let _ = alice.home().call("RespondToAuthChallenge", input).await;
        }
        // Nothing is written before a proof.
        assert_eq!(outline(&alice.events().await), [["SignIn", "Pass"], ["SignIn", "Fail"]]);
    }

    async fn what_fails_after_the_proof_is_told(server) {
        let alice = Alice::new(server, "AUDIT").await;
        let input = json!({
            "UserPoolId": alice.pool, "Username": "bob", "MessageAction": "SUPPRESS",
            "TemporaryPassword": "Temp0rary!Pass",
        });
        server.admin().ok("AdminCreateUser", input).await;
        server.clock().advance_seconds(7 * 24 * 3600);
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": alice.client,
            "AuthParameters": { "USERNAME": "bob", "PASSWORD": "Temp0rary!Pass" },
        });
        let (_, text) = server.public().refused("InitiateAuth", input).await;
        assert_eq!(text, "Temporary password has expired and must be reset by an administrator.");
        let input = json!({ "UserPoolId": alice.pool, "Username": "bob" });
        let events = server.admin().ok("AdminListUserAuthEvents", input).await["AuthEvents"].clone();
        let events = events.as_array().unwrap();
        assert_eq!(outline(events), [["SignIn", "Fail"]]);
        assert_eq!(answers(&events[0]), [["Password", "Success"]]);
    }

    async fn passwords_sign_ups_and_codes_are_told(server) {
        let mut settings = protected("AUDIT");
        settings["AutoVerifiedAttributes"] = json!(["email"]);
        let pool = server.pool(settings).await;
        let client = server.client(&pool, json!({})).await;
        let alice = Alice { server, pool, client };
        let step = async |operation: &str, mut input: Value| {
            server.clock().advance_seconds(1);
            input["ClientId"] = json!(alice.client);
            input["Username"] = json!("alice");
            alice.home().call(operation, input).await
        };
        let email = json!([{ "Name": "email", "Value": "alice@example.com" }]);
        let password = TestServer::PASSWORD;
        step("SignUp", json!({ "Password": password, "UserAttributes": email })).await.unwrap();
        step("ResendConfirmationCode", json!({})).await.unwrap();
        step("ConfirmSignUp", json!({ "ConfirmationCode": server.code("alice") })).await.unwrap();
        step("ForgotPassword", json!({})).await.unwrap();
        let code = server.code("alice");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let confirm = |code: &str| json!({ "ConfirmationCode": code, "Password": "Another-Horse-8" });
        step("ConfirmForgotPassword", confirm(wrong)).await.unwrap_err();
        step("ConfirmForgotPassword", confirm(&code)).await.unwrap();
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": alice.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": "Another-Horse-8" },
        });
        server.clock().advance_seconds(1);
        let tokens = alice.home().ok("InitiateAuth", input).await["AuthenticationResult"].clone();
        for previous in ["wrong", "Another-Horse-8"] {
            server.clock().advance_seconds(1);
            let input = json!({
                "AccessToken": tokens["AccessToken"], "PreviousPassword": previous, "ProposedPassword": password,
            });
            let _ = alice.home().call("ChangePassword", input).await;
        }
        let events = alice.events().await;
        assert_eq!(outline(&events), [
            ["PasswordChange", "Pass"], ["PasswordChange", "Fail"], ["SignIn", "Pass"],
            ["ForgotPassword", "Pass"], ["ForgotPassword", "Fail"], ["ForgotPassword", "InProgress"],
            ["ResendCode", "Pass"], ["SignUp", "Pass"],
        ]);
        assert!(events.iter().all(|event| event["EventContextData"]["IpAddress"] == HOME));
        assert_eq!(events[0]["ChallengeResponses"], json!([]));
    }

    async fn refusals_without_a_try_leave_nothing(server) {
        let alice = Alice::new(server, "ENFORCED").await;
        for _ in 0..5 {
            alice.refused(alice.home(), "wrong").await;
        }
        let (_, text) = alice.home().refused("InitiateAuth", alice.password("wrong")).await;
        assert_eq!(text, "Password attempts exceeded");
        assert_eq!(alice.events().await.len(), 5);
        // nor does somebody who does not exist
        let mut input = alice.password("wrong");
        input["AuthParameters"]["USERNAME"] = json!("nobody");
        alice.home().refused("InitiateAuth", input).await;
        assert_eq!(alice.events().await.len(), 5);
    }

    async fn without_the_add_on_nothing_is_told(server) {
        for settings in [json!({}), protected("OFF")] {
            let alice = Alice::with(server, settings).await;
            alice.sign_in(alice.home()).await;
            alice.refused(alice.home(), "wrong").await;
            let refused = server.admin().refused("AdminListUserAuthEvents", alice.named(json!({}))).await;
            assert_eq!(refused, refusal("UserPoolAddOnNotEnabledException", "User pool add-on is not enabled."));
            let mut input = protected("AUDIT");
            input["UserPoolId"] = json!(alice.pool);
            server.admin().ok("UpdateUserPool", input).await;
            assert_eq!(alice.events().await, Vec::<Value>::new());
        }
    }

    async fn events_come_in_pages(server) {
        let alice = Alice::new(server, "AUDIT").await;
        for _ in 0..5 {
            alice.sign_in(alice.home()).await;
        }
        let all = alice.events().await;
        let mut paged = Vec::new();
        let mut token = Value::Null;
        for length in [2, 2, 1] {
            let output = alice.admin("AdminListUserAuthEvents", json!({ "MaxResults": 2, "NextToken": token })).await;
            assert_eq!(output["AuthEvents"].as_array().unwrap().len(), length);
            paged.extend(output["AuthEvents"].as_array().unwrap().clone());
            token = output["NextToken"].clone();
        }
        assert_eq!((paged, token), (all, Value::Null));
        let first = alice.admin("AdminListUserAuthEvents", json!({ "MaxResults": 2 })).await;
        server.user(&alice.pool, "bob", json!({})).await;
        let mut foreign = json!({ "UserPoolId": alice.pool, "Username": "bob", "NextToken": first["NextToken"] });
        for token in [first["NextToken"].clone(), json!("abc")] {
            foreign["NextToken"] = token;
            let (code, _) = server.admin().refused("AdminListUserAuthEvents", foreign.clone()).await;
            assert_eq!(code, "InvalidParameterException");
        }
        let (code, text) = server.admin().refused("AdminListUserAuthEvents", alice.named(json!({ "MaxResults": 61 }))).await;
        assert_eq!(code, "InvalidParameterException");
        assert!(text.contains("'maxResults'"), "{text}");
    }

    async fn events_are_asked_for_by_administrators_of_users_who_exist(server) {
        let alice = Alice::new(server, "AUDIT").await;
        let (code, _) = server.public().refused("AdminListUserAuthEvents", alice.named(json!({}))).await;
        assert_eq!(code, "MissingAuthenticationTokenException");
        let input = json!({ "UserPoolId": alice.pool, "Username": "nobody" });
        let refused = server.admin().refused("AdminListUserAuthEvents", input).await;
        assert_eq!(refused, refusal("UserNotFoundException", "User does not exist."));
        let input = json!({ "UserPoolId": "us-east-1_000000000", "Username": "alice" });
        let refused = server.admin().refused("AdminListUserAuthEvents", input).await;
        let text = "User pool us-east-1_000000000 does not exist.";
        assert_eq!(refused, refusal("ResourceNotFoundException", text));
    }

    // the model: with a secret, and set to
    async fn only_some_clients_may_say_where_the_user_is(server) {
        let alice = Alice::new(server, "AUDIT").await;
        for (settings, expected) in [
            (json!({}), HOME),
            (json!({ "GenerateSecret": true }), HOME),
            (json!({ "GenerateSecret": true, "EnablePropagateAdditionalUserContextData": true }), "2001:db8::7"),
        ] {
            let client = server.client_record(&alice.pool, settings).await;
            let id = client["ClientId"].as_str().unwrap();
            let hash = client["ClientSecret"].as_str().map(|secret| poolhouse_crypto::secret_hash::compute(secret, "alice", id));
            let input = json!({
                "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": id,
                "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD, "SECRET_HASH": hash },
                "UserContextData": { "IpAddress": "2001:db8::7", "EncodedData": "opaque" },
            });
            server.clock().advance_seconds(1);
            alice.home().ok("InitiateAuth", input).await;
            assert_eq!(alice.newest().await["EventContextData"]["IpAddress"], expected);
        }
    }

    async fn of_administrators_counts_what_they_say(server) {
        let alice = Alice::new(server, "AUDIT").await;
        let mut input = alice.named(json!({
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "ClientId": alice.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
        }));
        input.as_object_mut().unwrap().remove("Username");
        let admin = server.admin().at(HOME).with("Boto3/1.34");
        admin.ok("AdminInitiateAuth", input.clone()).await;
        assert_eq!(alice.newest().await["EventContextData"], json!({}));
        server.clock().advance_seconds(1);
        input["ContextData"] = json!({
            "IpAddress": AWAY, "ServerName": "www.example.com", "ServerPath": "/login", "EncodedData": "opaque",
            "HttpHeaders": [{ "headerName": "User-Agent", "headerValue": FIREFOX }],
        });
        admin.ok("AdminInitiateAuth", input).await;
        let expected = json!({ "IpAddress": AWAY, "DeviceName": "Firefox, Linux" });
        assert_eq!(alice.newest().await["EventContextData"], expected);
    }

    // documented: two years
    async fn old_events_go(server) {
        let alice = Alice::new(server, "AUDIT").await;
        alice.sign_in(alice.home()).await;
        server.clock().advance_seconds(730 * 24 * 3600);
        alice.sign_in(alice.home()).await;
        maintenance::purge(server.engine()).await.unwrap();
        assert_eq!(alice.events().await.len(), 2);
        server.clock().advance_seconds(2 * 24 * 3600);
        maintenance::purge(server.engine()).await.unwrap();
        assert_eq!(alice.events().await.len(), 1);
    }

    async fn a_user_takes_the_events_along(server) {
        let alice = Alice::new(server, "AUDIT").await;
        alice.sign_in(alice.home()).await;
        alice.admin("AdminDeleteUser", json!({})).await;
        server.user(&alice.pool, "alice", json!({})).await;
        assert_eq!(alice.events().await, Vec::<Value>::new());
    }
}
