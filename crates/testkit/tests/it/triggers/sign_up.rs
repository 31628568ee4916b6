//! PreSignUp and PostConfirmation (triggers-and-messages §8.1, §8.2).

use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::{failed, set_triggers, sign_up, status, users, with_triggers};

/// The attributes of a user, by name.
async fn attributes(server: &TestServer, pool: &str, username: &str) -> Value {
    let user = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": username })).await;
    let list = user["UserAttributes"].as_array().unwrap().iter();
    list.map(|a| (a["Name"].as_str().unwrap().to_owned(), a["Value"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn with_email(mut input: Value, email: &str) -> Value {
    input["UserAttributes"] = json!([{ "Name": "email", "Value": email }]);
    input
}

/// A function that answers with these members of `response`.
fn answering(server: &TestServer, response: Value) -> String {
    server.function("judge", move |event| {
        for (name, value) in response.as_object().unwrap() {
            event["response"][name] = value.clone();
        }
    })
}

on_both! {
    // documented sample; validationData and clientMetadata: triggers-and-messages §7
    async fn the_event_of_a_sign_up(server) {
        let (pool, client) = with_triggers(server, json!({ "PreSignUp": server.function("judge", |_| {}) })).await;
        let mut input = with_email(sign_up(&client, "Alice"), "a@example.com");
        server.public().ok("SignUp", input.clone()).await;
        let expected = json!({
            "version": "1",
            "triggerSource": "PreSignUp_SignUp",
            "region": "us-east-1",
            "userPoolId": pool,
            "userName": "Alice",
            "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client },
            "request": { "userAttributes": { "email": "a@example.com" }, "validationData": null },
            "response": { "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false },
        });
        assert_eq!(server.take_events(), [expected]);
        input["Username"] = json!("bob");
        input["ValidationData"] = json!([{ "Name": "captcha", "Value": "7" }, { "Name": "empty" }]);
        input["ClientMetadata"] = json!({ "campaign": "spring" });
        server.public().ok("SignUp", input).await;
        let request = &server.take_events()[0]["request"];
        assert_eq!(request["validationData"], json!({ "captcha": "7", "empty": "" }));
        assert_eq!(request["clientMetadata"], json!({ "campaign": "spring" }));
    }

    // observed: the pool's internal user name, where addresses are the names
    async fn who_signs_up_with_an_address_is_named_by_the_sub(server) {
        let config = json!({ "PreSignUp": server.function("judge", |_| {}) });
        let pool = server.pool(json!({ "UsernameAttributes": ["email"], "LambdaConfig": config })).await;
        let client = server.client(&pool, json!({})).await;
        let signed_up = server.public().ok("SignUp", sign_up(&client, "a@example.com")).await;
        let event = &server.take_events()[0];
        assert_eq!(event["userName"], signed_up["UserSub"]);
        assert_eq!(event["request"]["userAttributes"], json!({ "email": "a@example.com" }));
    }

    // documented: no code, other addresses stay unverified, PostConfirmation follows
    async fn a_confirmed_sign_up_needs_no_code(server) {
        let config = json!({
            "PreSignUp": answering(server, json!({ "autoConfirmUser": true })),
            "PostConfirmation": server.function("told", |_| {}),
        });
        let pool = server.pool(json!({ "LambdaConfig": config, "AutoVerifiedAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({})).await;
        let mut input = with_email(sign_up(&client, "alice"), "a@example.com");
        input["ClientMetadata"] = json!({ "campaign": "spring" });
        let signed_up = server.public().ok("SignUp", input).await;
        assert_eq!(signed_up["UserConfirmed"], json!(true));
        assert!(signed_up.get("CodeDeliveryDetails").is_none());
        assert_eq!(server.messages("alice").len(), 0);
        assert_eq!(status(server, &pool, "alice").await, "CONFIRMED");
        let attributes = attributes(server, &pool, "alice").await;
        assert_eq!(attributes["email_verified"], "false");
        let events = server.take_events();
        assert_eq!(events[1]["triggerSource"], "PostConfirmation_ConfirmSignUp");
        assert_eq!(events[1]["request"], json!({
            "userAttributes": {
                "sub": signed_up["UserSub"], "cognito:user_status": "CONFIRMED",
                "email": "a@example.com", "email_verified": "false",
            },
            "clientMetadata": { "campaign": "spring" },
        }));
        assert_eq!(events[1]["response"], json!({}));
        server.sign_in(&client, "alice").await;
    }

    // documented
    async fn an_address_verified_by_the_trigger_is_taken_from_its_holder(server) {
        let config = json!({
            "PreSignUp": answering(server, json!({ "autoConfirmUser": true, "autoVerifyEmail": true })),
        });
        let pool = server.pool(json!({ "LambdaConfig": config, "AliasAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({})).await;
        for name in ["first", "second"] {
            server.public().ok("SignUp", with_email(sign_up(&client, name), "a@example.com")).await;
        }
        assert_eq!(attributes(server, &pool, "first").await["email_verified"], "false");
        assert_eq!(attributes(server, &pool, "second").await["email_verified"], "true");
        let by_alias = json!({ "UserPoolId": pool, "Username": "a@example.com" });
        assert_eq!(server.admin().ok("AdminGetUser", by_alias).await["Username"], "second");
    }

    // documented: an error; its code and text are open
    async fn an_address_that_is_not_there_cannot_be_verified(server) {
        let (pool, client) = with_triggers(server, json!({
            "PreSignUp": answering(server, json!({ "autoVerifyPhone": true })),
        })).await;
        let refused = server.public().refused("SignUp", sign_up(&client, "alice")).await;
        assert_eq!(refused, refusal("InvalidLambdaResponseException", "phone_number is required to auto verify."));
        assert_eq!(users(server, &pool).await, 0);
    }

    // observed hint: PreSignUp's text wins over UsernameExistsException; the checks of the input come first
    async fn the_trigger_stands_between_the_input_and_the_name(server) {
        let (pool, client) = with_triggers(server, json!({})).await;
        server.public().ok("SignUp", sign_up(&client, "alice")).await;
        set_triggers(server, &pool, json!({ "PreSignUp": server.failing_function("judge", "no") })).await;
        let refused = server.public().refused("SignUp", sign_up(&client, "alice")).await;
        assert_eq!(refused, failed("PreSignUp failed with error no."));
        let mut weak = sign_up(&client, "bob");
        weak["Password"] = json!("short1A!short".get(..6));
        let (code, _) = server.public().refused("SignUp", weak).await;
        assert_eq!(code, "InvalidPasswordException");
        assert_eq!(server.take_events().len(), 1);
    }

    // triggers-and-messages §14, 5: documented
    async fn what_it_says_of_confirming_does_not_count_for_administrators(server) {
        let (pool, _) = with_triggers(server, json!({
            "PreSignUp": answering(server, json!({ "autoConfirmUser": true, "autoVerifyEmail": true })),
            "PostConfirmation": server.function("told", |_| {}),
        })).await;
        let input = json!({
            "UserPoolId": pool, "Username": "alice", "MessageAction": "SUPPRESS",
            "ValidationData": [{ "Name": "ticket", "Value": "1" }], "ClientMetadata": { "by": "hr" },
        });
        server.admin().ok("AdminCreateUser", input.clone()).await;
        assert_eq!(status(server, &pool, "alice").await, "FORCE_CHANGE_PASSWORD");
        let events = server.take_events();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["triggerSource"], "PreSignUp_AdminCreateUser");
        assert_eq!(events[0]["callerContext"]["clientId"], "CLIENT_ID_NOT_APPLICABLE");
        assert_eq!(events[0]["request"], json!({
            "userAttributes": {}, "validationData": { "ticket": "1" }, "clientMetadata": { "by": "hr" },
        }));
        server.failing_function("judge", "no");
        let mut second = input.clone();
        second["Username"] = json!("bob");
        let refused = server.admin().refused("AdminCreateUser", second).await;
        assert_eq!(refused, failed("PreSignUp failed with error no."));
        assert_eq!(users(server, &pool).await, 1);
    }

    // triggers-and-messages §14, 2 and 4: observed
    async fn a_failure_after_the_confirmation_does_not_undo_it(server) {
        let config = json!({ "PostConfirmation": server.failing_function("told", "late") });
        let pool = server.pool(json!({ "LambdaConfig": config, "AutoVerifiedAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({})).await;
        for name in ["alice", "bob"] {
            server.public().ok("SignUp", with_email(sign_up(&client, name), &format!("{name}@example.com"))).await;
        }
        let confirm = json!({
            "ClientId": client, "Username": "alice", "ConfirmationCode": server.code("alice"),
            "ClientMetadata": { "a": "1" },
        });
        let expected = failed("PostConfirmation failed with error late.");
        assert_eq!(server.public().refused("ConfirmSignUp", confirm).await, expected);
        let confirm = json!({ "UserPoolId": pool, "Username": "bob", "ClientMetadata": { "b": "2" } });
        assert_eq!(server.admin().refused("AdminConfirmSignUp", confirm).await, expected);
        for name in ["alice", "bob"] {
            assert_eq!(status(server, &pool, name).await, "CONFIRMED");
        }
        let events = server.take_events();
        let clients: Vec<_> = events.iter().map(|e| &e["callerContext"]["clientId"]).collect();
        assert_eq!(clients, [&json!(client), &json!("CLIENT_ID_NOT_APPLICABLE")]);
        assert!(events.iter().all(|e| e["triggerSource"] == "PostConfirmation_ConfirmSignUp"));
        assert_eq!(events[0]["request"]["clientMetadata"], json!({ "a": "1" }));
        assert_eq!(events[0]["request"]["userAttributes"]["email_verified"], "true");
        assert_eq!(events[1]["request"]["clientMetadata"], json!({ "b": "2" }));
    }

    // observed: returning nothing is an error, too
    async fn a_function_that_is_told_must_answer_all_the_same(server) {
        let nothing = |_| poolhouse_testkit::Outcome::Answer(b"null".to_vec());
        let (pool, client) =
            with_triggers(server, json!({ "PostConfirmation": server.function_with("told", nothing) })).await;
        server.public().ok("SignUp", sign_up(&client, "alice")).await;
        let confirm = json!({ "UserPoolId": pool, "Username": "alice" });
        let refused = server.admin().refused("AdminConfirmSignUp", confirm).await;
        let text = "Invalid lambda function output : Invalid JSON";
        assert_eq!(refused, refusal("InvalidLambdaResponseException", text));
    }

    async fn a_forgotten_password_is_told_once_it_is_set(server) {
        let (pool, client) =
            with_triggers(server, json!({ "PostConfirmation": server.function("told", |_| {}) })).await;
        let attributes = json!({ "email": "a@example.com", "email_verified": "true" });
        server.user(&pool, "alice", attributes).await;
        server.public().ok("ForgotPassword", json!({ "ClientId": client, "Username": "alice" })).await;
        let confirm = json!({
            "ClientId": client, "Username": "alice", "ConfirmationCode": server.code("alice"),
            "Password": TestServer::PASSWORD, "ClientMetadata": { "a": "1" },
        });
        server.public().ok("ConfirmForgotPassword", confirm).await;
        let events = server.take_events();
        assert_eq!(events.len(), 1, "neither AdminCreateUser nor AdminSetUserPassword confirms a sign-up");
        assert_eq!(events[0]["triggerSource"], "PostConfirmation_ConfirmForgotPassword");
        assert_eq!(events[0]["callerContext"]["clientId"], json!(client));
        assert_eq!(events[0]["request"]["clientMetadata"], json!({ "a": "1" }));
    }
}
