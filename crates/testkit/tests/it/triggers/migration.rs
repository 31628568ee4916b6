//! UserMigration (triggers-and-messages §8.9).

use poolhouse_ports::InvokeError;
use poolhouse_testkit::{Outcome, SrpClient, TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::{failed, sign_in, status, users, with_triggers};

/// A function that knows bob with this response.
fn directory(server: &TestServer, response: Value) -> String {
    server.function("directory", move |event| {
        if event["userName"] == "bob" {
            for (name, value) in response.as_object().unwrap() {
                event["response"][name] = value.clone();
            }
        }
    })
}

fn bob() -> Value {
    json!({
        "userAttributes": { "email": "bob@example.com", "email_verified": "true", "name": "Bob" },
        "finalUserStatus": "CONFIRMED",
        "messageAction": "SUPPRESS",
    })
}

on_both! {
    // triggers-and-messages §14, 12; documented; the nulls of the event: observed
    async fn a_user_is_brought_in_by_the_first_sign_in(server) {
        let (pool, client) = with_triggers(server, json!({ "UserMigration": directory(server, bob()) })).await;
        let mut input = sign_in(&client, "bob");
        // A policy that the old password does not meet
        input["AuthParameters"]["PASSWORD"] = json!("old");
        input["ClientMetadata"] = json!({ "a": "1" });
        server.public().ok("InitiateAuth", input.clone()).await;
        assert_eq!(server.take_events(), [json!({
            "version": "1",
            "triggerSource": "UserMigration_Authentication",
            "region": "us-east-1",
            "userPoolId": pool,
            "userName": "bob",
            "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client },
            "request": { "password": "old", "validationData": { "a": "1" }, "userAttributes": null },
            "response": {
                "userAttributes": null, "finalUserStatus": null, "messageAction": null,
                "desiredDeliveryMediums": null, "forceAliasCreation": null, "enableSMSMFA": null,
            },
        })]);
        assert_eq!(status(server, &pool, "bob").await, "CONFIRMED");
        assert_eq!(server.messages("bob").len(), 0);
        server.public().ok("InitiateAuth", input).await;
        assert_eq!(server.take_sources(), [""; 0], "the second time the user is known");
    }

    // documented
    async fn srp_brings_nobody_in(server) {
        let (pool, client) = with_triggers(server, json!({ "UserMigration": directory(server, bob()) })).await;
        let srp = SrpClient::new(&pool);
        let start = json!({
            "AuthFlow": "USER_SRP_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "bob", "SRP_A": srp.srp_a() },
        });
        let (code, _) = server.public().refused("InitiateAuth", start).await;
        assert_eq!(code, "UserNotFoundException");
        assert_eq!(server.take_sources(), [""; 0]);
    }

    // documented: any other status makes the user set a password
    async fn who_is_not_confirmed_must_set_a_password(server) {
        let mut response = bob();
        response["finalUserStatus"] = json!("RESET_REQUIRED");
        let (pool, client) = with_triggers(server, json!({ "UserMigration": directory(server, response) })).await;
        let (code, _) = server.public().refused("InitiateAuth", sign_in(&client, "bob")).await;
        assert_eq!(code, "PasswordResetRequiredException");
        assert_eq!(status(server, &pool, "bob").await, "RESET_REQUIRED");
    }

    // observed
    async fn who_is_not_known_there_either_is_unknown(server) {
        let (pool, telling) = with_triggers(server, json!({ "UserMigration": directory(server, bob()) })).await;
        let hiding = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        let refused = server.public().refused("InitiateAuth", sign_in(&telling, "eve")).await;
        assert_eq!(refused, refusal("UserNotFoundException", "User does not exist."));
        let refused = server.public().refused("InitiateAuth", sign_in(&hiding, "eve")).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Incorrect username or password."));
        server.failing_function("directory", "down");
        let refused = server.public().refused("InitiateAuth", sign_in(&telling, "eve")).await;
        let text = format!("Exception migrating user in app client {telling}");
        assert_eq!(refused, refusal("UserNotFoundException", &text));
        let refused = server.public().refused("InitiateAuth", sign_in(&hiding, "eve")).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Incorrect username or password."));
        assert_eq!(users(server, &pool).await, 0);
    }

    // Ours: the other directory's passwords are guessed no faster than ours
    async fn guesses_at_the_other_directory_are_locked_out(server) {
        let (_, client) =
            with_triggers(server, json!({ "UserMigration": server.failing_function("directory", "no") })).await;
        for _ in 0..5 {
            server.public().refused("InitiateAuth", sign_in(&client, "eve")).await;
        }
        server.take_events();
        let refused = server.public().refused("InitiateAuth", sign_in(&client, "eve")).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Password attempts exceeded"));
        assert_eq!(server.take_sources(), [""; 0]);
    }

    // Ours: nobody has compared a password while the other directory is out of order
    async fn an_outage_of_the_other_directory_is_nobodys_guess(server) {
        let config = json!({ "UserMigration": directory(server, bob()) });
        for (name, outage) in [
            ("refused", Outcome::Error(InvokeError::Refused("AccessDeniedException".to_owned()))),
            ("unreachable", Outcome::Error(InvokeError::Transport("10.0.0.1:80: refused".to_owned()))),
            ("dead", Outcome::Error(InvokeError::Died("Runtime exited".to_owned()))),
            ("silent", Outcome::Silence),
        ] {
            let (pool, telling) = with_triggers(server, config.clone()).await;
            let hiding = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
            server.function_with("directory", move |_| outage.clone());
            let missing = format!("Exception migrating user in app client {telling}");
            for _ in 0..6 {
                let refused = server.public().refused("InitiateAuth", sign_in(&telling, "bob")).await;
                assert_eq!(refused, refusal("UserNotFoundException", &missing), "{name}");
                let refused = server.public().refused("InitiateAuth", sign_in(&hiding, "bob")).await;
                assert_eq!(refused, refusal("NotAuthorizedException", "Incorrect username or password."), "{name}");
            }
            directory(server, bob());
            server.public().ok("InitiateAuth", sign_in(&hiding, "bob")).await;
        }
    }

    // Ours: whatever the function says, it has said it of a password
    async fn an_answer_of_no_use_counts_as_a_refusal(server) {
        for answer in ["null", "{}", r#"{"response":{"userAttributes":7}}"#] {
            let function = server.function_with("directory", |_| Outcome::Answer(answer.into()));
            let (_, client) = with_triggers(server, json!({ "UserMigration": function })).await;
            for _ in 0..5 {
                let (code, _) = server.public().refused("InitiateAuth", sign_in(&client, "eve")).await;
                assert_eq!(code, "UserNotFoundException");
            }
            let refused = server.public().refused("InitiateAuth", sign_in(&client, "eve")).await;
            assert_eq!(refused, refusal("NotAuthorizedException", "Password attempts exceeded"));
        }
    }

    // Ours: the function compares in our place, so that it is asked no more often for many at once
    async fn many_guesses_at_the_other_directory_at_once_are_worth_no_more(server) {
        for (name, function) in [
            ("refuses", server.failing_function("refuses", "no")),
            ("knows nobody", server.function("silent", |_| ())),
        ] {
            let (pool, telling) = with_triggers(server, json!({ "UserMigration": function })).await;
            let hiding = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
            for (client, user) in [(telling, "eve"), (hiding, "adam")] {
                server.take_events();
                let public = server.public();
                let guess = async || public.call("InitiateAuth", sign_in(&client, user)).await.unwrap_err().message;
                let mut told = Vec::new();
                for _ in 0..3 {
                    let (a, b, c, d) = tokio::join!(guess(), guess(), guess(), guess());
                    told.extend([a, b, c, d]);
                }
                assert_eq!(server.take_sources().len(), 5, "{name} {user}");
                let locked = told.iter().filter(|text| *text == "Password attempts exceeded");
                assert_eq!(locked.count(), 7, "{name} {user}: {told:?}");
            }
        }
    }

    // documented
    async fn a_forgotten_password_brings_a_user_in_too(server) {
        let (pool, client) = with_triggers(server, json!({ "UserMigration": directory(server, bob()) })).await;
        let forgot = json!({ "ClientId": client, "Username": "bob", "ClientMetadata": { "a": "1" } });
        let sent = server.public().ok("ForgotPassword", forgot).await;
        assert_eq!(sent["CodeDeliveryDetails"]["Destination"], "b***@e***");
        let event = &server.take_events()[0];
        assert_eq!(event["triggerSource"], "UserMigration_ForgotPassword");
        assert_eq!(event["request"], json!({
            "validationData": null, "userAttributes": null, "clientMetadata": { "a": "1" },
        }));
        let confirm = json!({
            "ClientId": client, "Username": "bob", "ConfirmationCode": server.code("bob"),
            "Password": TestServer::PASSWORD,
        });
        server.public().ok("ConfirmForgotPassword", confirm).await;
        server.sign_in(&client, "bob").await;
        assert_eq!(users(server, &pool).await, 1);
        server.failing_function("directory", "down");
        let forgot = json!({ "ClientId": client, "Username": "eve" });
        let refused = server.public().refused("ForgotPassword", forgot).await;
        assert_eq!(refused, failed("UserMigration failed with error down."));
    }

    // documented: SMS by default; the password is the user's own, and not sent about (ours)
    async fn a_user_is_welcomed_without_the_password(server) {
        let mut response = bob();
        response["messageAction"] = Value::Null;
        response["desiredDeliveryMediums"] = json!(["EMAIL", "SMS"]);
        let (_, client) = with_triggers(server, json!({ "UserMigration": directory(server, response) })).await;
        server.public().ok("InitiateAuth", sign_in(&client, "bob")).await;
        let messages = server.messages("bob");
        assert_eq!(messages.len(), 1, "there is no telephone number");
        assert!(messages[0].body.contains("bob") && !messages[0].body.contains(TestServer::PASSWORD));
    }

    // observed: PreSignUp runs, too
    async fn who_comes_in_is_judged(server) {
        let (pool, client) = with_triggers(server, json!({
            "UserMigration": directory(server, bob()), "PreSignUp": server.failing_function("judge", "no"),
        })).await;
        let refused = server.public().refused("InitiateAuth", sign_in(&client, "bob")).await;
        assert_eq!(refused, failed("PreSignUp failed with error no."));
        assert_eq!(users(server, &pool).await, 0);
    }

    async fn two_sign_ins_at_once_bring_in_one_user(server) {
        let (pool, client) = with_triggers(server, json!({ "UserMigration": directory(server, bob()) })).await;
        let public = server.public();
        let (one, other) = tokio::join!(
            public.call("InitiateAuth", sign_in(&client, "bob")),
            public.call("InitiateAuth", sign_in(&client, "bob")),
        );
        one.unwrap();
        other.unwrap();
        assert_eq!(users(server, &pool).await, 1);
    }

    // observed text
    async fn an_address_is_no_name_where_it_is_an_alias(server) {
        let config = json!({ "UserMigration": server.function("directory", |event| {
            event["response"]["userAttributes"] = json!({ "email": "a@example.com", "email_verified": "true" });
            event["response"]["finalUserStatus"] = json!("CONFIRMED");
        }) });
        let pool = server.pool(json!({ "LambdaConfig": config, "AliasAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({})).await;
        let refused = server.public().refused("InitiateAuth", sign_in(&client, "a@example.com")).await;
        let text = "Username cannot be of email format, since user pool is configured for email alias.";
        assert_eq!(refused, refusal("InvalidParameterException", text));
        server.function("directory", |event| {
            event["response"]["userAttributes"] =
                json!({ "email": "a@example.com", "email_verified": "true", "username": "alice" });
            event["response"]["finalUserStatus"] = json!("CONFIRMED");
        });
        server.sign_in(&client, "a@example.com").await;
        assert_eq!(status(server, &pool, "alice").await, "CONFIRMED");
    }
}
