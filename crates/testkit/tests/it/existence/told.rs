//! Who proves something is told, and only then.

use poolhouse_core::messages::outbox::{self, Outcome};
use poolhouse_ports::Medium;
use poolhouse_testkit::{SrpClient, TestServer, on_both, refusal};
use serde_json::{Value, json};

const WRONG: &str = "Wrong-Horse-8";

fn incorrect() -> (String, String) {
    refusal("NotAuthorizedException", "Incorrect username or password.")
}

async fn hiding(server: &TestServer, pool: &str) -> String {
    let flows =
        json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH",]);
    let settings = json!({ "PreventUserExistenceErrors": "ENABLED", "ExplicitAuthFlows": flows });
    server.client(pool, settings).await
}

/// Signs in by SRP; code and text of the refusal, or none.
async fn srp(
    server: &TestServer,
    pool: &str,
    client: &str,
    name: &str,
    password: &str,
) -> Option<(String, String)> {
    let srp = SrpClient::new(pool);
    let begin = json!({
        "ClientId": client, "AuthFlow": "USER_SRP_AUTH",
        "AuthParameters": { "USERNAME": name, "SRP_A": srp.srp_a() },
    });
    let begun = server.public().ok("InitiateAuth", begin).await;
    let mut responses = srp.answer(&begun["ChallengeParameters"], password, server.now());
    responses["USERNAME"] = begun["ChallengeParameters"]["USERNAME"].clone();
    let answer = json!({
        "ClientId": client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses,
    });
    let refused = server.public().call("RespondToAuthChallenge", answer).await.err()?;
    Some((refused.code, refused.message))
}

on_both! {
    // authentication §7: documented for disabled users
    async fn the_state_of_a_user_is_told_to_who_proves_the_password(server) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let client = hiding(server, &pool).await;
        let named = |name: &str| json!({ "UserPoolId": pool, "Username": name });
        for name in ["disabled", "reset"] {
            server.user(&pool, name, json!({ "email": "a@example.com", "email_verified": "true" })).await;
        }
        server.admin().ok("AdminDisableUser", named("disabled")).await;
        server.admin().ok("AdminResetUserPassword", named("reset")).await;
        let input = json!({ "ClientId": client, "Username": "unconfirmed", "Password": TestServer::PASSWORD });
        server.public().ok("SignUp", input).await;
        let states = [
            ("disabled", refusal("NotAuthorizedException", "User is disabled.")),
            ("reset", refusal("PasswordResetRequiredException", "Password reset required for the user")),
            ("unconfirmed", refusal("UserNotConfirmedException", "User is not confirmed.")),
        ];
        for (name, told) in states {
            let begin = async |flow: &str, more: Value| {
                let mut parameters = json!({ "USERNAME": name });
                parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                let input = json!({ "ClientId": client, "AuthFlow": flow, "AuthParameters": parameters });
                server.public().refused("InitiateAuth", input).await
            };
            let choice = |password: &str| json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password });
            assert_eq!(begin("USER_PASSWORD_AUTH", json!({ "PASSWORD": WRONG })).await, incorrect(), "{name}");
            assert_eq!(begin("USER_AUTH", choice(WRONG)).await, incorrect(), "{name}");
            assert_eq!(srp(server, &pool, &client, name, WRONG).await, Some(incorrect()), "{name}");
            let right = json!({ "PASSWORD": TestServer::PASSWORD });
            assert_eq!(begin("USER_PASSWORD_AUTH", right).await, told, "{name}");
            assert_eq!(begin("USER_AUTH", choice(TestServer::PASSWORD)).await, told, "{name}");
            assert_eq!(srp(server, &pool, &client, name, TestServer::PASSWORD).await, Some(told), "{name}");
        }
    }

    // There, the proof is what the functions take for one.
    async fn functions_that_let_in_whom_the_state_keeps_out_do_not(server) {
        let config = json!({
            "DefineAuthChallenge": server.function("define", |event| event["response"]["issueTokens"] = json!(true)),
            "CreateAuthChallenge": server.function("create", |_| {}),
            "VerifyAuthChallengeResponse": server.function("verify", |_| {}),
        });
        let pool = server.pool(json!({ "LambdaConfig": config })).await;
        let client = hiding(server, &pool).await;
        server.user(&pool, "alice", json!({})).await;
        let begin = |name: &str| json!({
            "ClientId": client, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": { "USERNAME": name },
        });
        assert!(server.public().ok("InitiateAuth", begin("alice")).await["AuthenticationResult"].is_object());
        server.admin().ok("AdminDisableUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        let disabled = refusal("NotAuthorizedException", "User is disabled.");
        assert_eq!(server.public().refused("InitiateAuth", begin("alice")).await, disabled);
        assert_eq!(server.public().refused("InitiateAuth", begin("nobody")).await, incorrect());
    }

    // By the name that the client is told instead of the user's own.
    async fn srp_lets_in_by_every_name(server) {
        let cases = [
            (json!({ "UsernameConfiguration": { "CaseSensitive": false } }), vec!["Alice", "aLICE"], "alice"),
            (json!({ "AliasAttributes": ["email"] }), vec!["Alice", "alice@example.com"], "sub"),
            (json!({}), vec!["Alice"], "Alice"),
        ];
        for (settings, names, told) in cases {
            let pool = server.pool(settings).await;
            let client = hiding(server, &pool).await;
            let telling = server.client(&pool, json!({})).await;
            let attributes = json!({ "email": "alice@example.com", "email_verified": "true" });
            let sub = server.user(&pool, "Alice", attributes).await;
            for name in names {
                assert_eq!(srp(server, &pool, &client, name, TestServer::PASSWORD).await, None, "{name}");
                assert_eq!(srp(server, &pool, &client, name, WRONG).await, Some(incorrect()), "{name}");
                assert_eq!(srp(server, &pool, &telling, name, TestServer::PASSWORD).await, None, "{name}");
                let begin = json!({
                    "ClientId": client, "AuthFlow": "USER_SRP_AUTH",
                    "AuthParameters": { "USERNAME": name, "SRP_A": SrpClient::new(&pool).srp_a() },
                });
                let begun = server.public().ok("InitiateAuth", begin).await;
                let expected = if told == "sub" { &sub } else { told };
                for member in ["USER_ID_FOR_SRP", "USERNAME"] {
                    assert_eq!(begun["ChallengeParameters"][member], expected, "{name}");
                }
            }
        }
    }

    // Whoever has such a code got a message once.
    async fn a_code_that_was_good_once_is_told_of_as_expired(server) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let client = hiding(server, &pool).await;
        server.user(&pool, "alice", json!({ "email": "a@example.com", "email_verified": "true" })).await;
        let forgot = json!({ "ClientId": client, "Username": "alice" });
        let confirm = |code: &str| json!({
            "ClientId": client, "Username": "alice", "ConfirmationCode": code, "Password": WRONG,
        });
        server.public().ok("ForgotPassword", forgot.clone()).await;
        let replaced = server.code("alice");
        server.public().ok("ForgotPassword", forgot).await;
        let late = server.code("alice");
        let code = async |code: &str| server.public().refused("ConfirmForgotPassword", confirm(code)).await.0;
        assert_eq!(code(&replaced).await, "ExpiredCodeException");
        assert_eq!(code("none").await, "CodeMismatchException");
        server.clock().advance_seconds(60 * 60);
        assert_eq!(code(&late).await, "ExpiredCodeException");
        assert_eq!(code("none").await, "CodeMismatchException");
    }

    // CustomMessage would tell by its time that there is somebody to be written to.
    async fn the_words_of_a_message_are_found_after_the_answer(server) {
        let words = server.function("words", |event| {
            let campaign = event["request"]["clientMetadata"]["campaign"].as_str().unwrap().to_owned();
            event["response"]["emailMessage"] = json!(format!("{campaign}: {{####}}"));
        });
        let config = json!({ "CustomMessage": words });
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"], "LambdaConfig": config })).await;
        let client = hiding(server, &pool).await;
        server.user(&pool, "alice", json!({ "email": "a@example.com", "email_verified": "true" })).await;
        let forgot = json!({
            "ClientId": client, "Username": "alice", "ClientMetadata": { "campaign": "spring" },
        });
        server.public().ok("ForgotPassword", forgot.clone()).await;
        assert!(server.take_sources().is_empty() && server.messages("alice").is_empty());
        let taken = async || outbox::take(server.engine(), Medium::Email, 10).await.unwrap();
        for message in taken().await {
            assert_eq!(message.send(server.engine()).await.unwrap(), Outcome::Sent);
        }
        assert_eq!(server.take_sources(), ["CustomMessage_ForgotPassword"]);
        let message = server.messages("alice").remove(0);
        assert_eq!(message.body, format!("spring: {}", message.code));
        // A function that fails is asked three times, and the message given up.
        server.failing_function("words", "no words");
        server.public().ok("ForgotPassword", forgot).await;
        for outcome in [Outcome::Postponed, Outcome::Postponed, Outcome::Refused] {
            let message = taken().await.pop().unwrap();
            assert_eq!(message.send(server.engine()).await.unwrap(), outcome);
            server.clock().advance_seconds(10 * 60);
        }
        assert!(taken().await.is_empty());
        assert_eq!(server.messages("alice").len(), 1);
    }
}
