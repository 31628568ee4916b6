//! CustomMessage (triggers-and-messages §8.10).

use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::{failed, sign_up, status};

/// A function that answers with these words.
fn saying(server: &TestServer, words: Value) -> String {
    server.function("words", move |event| {
        for (name, value) in words.as_object().unwrap() {
            event["response"][name] = value.clone();
        }
    })
}

async fn pool(server: &TestServer, words: Value) -> (String, String) {
    let config = json!({ "CustomMessage": saying(server, words) });
    let pool = server.pool(json!({ "LambdaConfig": config, "AutoVerifiedAttributes": ["email"] })).await;
    let client = server.client(&pool, json!({})).await;
    (pool, client)
}

fn with_email(mut input: Value) -> Value {
    input["UserAttributes"] = json!([{ "Name": "email", "Value": "a@example.com" }]);
    input
}

on_both! {
    // observed sample; ClientMetadata: triggers-and-messages §7
    async fn the_words_of_a_message_come_from_the_function(server) {
        let words = json!({ "emailSubject": "Hello", "emailMessage": "Use {####} now", "smsMessage": "{####}" });
        let (pool, client) = pool(server, words).await;
        let mut input = with_email(sign_up(&client, "alice"));
        input["ClientMetadata"] = json!({ "campaign": "spring" });
        let signed_up = server.public().ok("SignUp", input).await;
        let message = &server.messages("alice")[0];
        let code = server.code("alice");
        assert_eq!((&*message.subject, &*message.body), ("Hello", &*format!("Use {code} now")));
        let event = &server.take_events()[0];
        assert_eq!(event["triggerSource"], "CustomMessage_SignUp");
        assert_eq!(event["callerContext"]["clientId"], json!(client));
        assert_eq!(event["request"], json!({
            "userAttributes": {
                "sub": signed_up["UserSub"], "cognito:user_status": "UNCONFIRMED",
                "email": "a@example.com", "email_verified": "false",
            },
            "codeParameter": "{####}",
            "linkParameter": "{##Click Here##}",
            "usernameParameter": null,
            "clientMetadata": { "campaign": "spring" },
        }));
        assert_eq!(event["response"], json!({ "smsMessage": null, "emailMessage": null, "emailSubject": null }));
        let confirm = json!({ "ClientId": client, "Username": "alice", "ConfirmationCode": code });
        server.public().ok("ConfirmSignUp", confirm).await;
        assert_eq!(status(server, &pool, "alice").await, "CONFIRMED");
    }

    // documented
    async fn each_occasion_has_its_source(server) {
        let (pool, client) = pool(server, json!({})).await;
        server.public().ok("SignUp", with_email(sign_up(&client, "alice"))).await;
        assert_eq!(server.messages("alice")[0].subject, "Your verification code", "null keeps the template");
        let named = json!({ "ClientId": client, "Username": "alice" });
        server.public().ok("ResendConfirmationCode", named.clone()).await;
        let code = server.code("alice");
        let confirm = json!({ "ClientId": client, "Username": "alice", "ConfirmationCode": code });
        server.public().ok("ConfirmSignUp", confirm).await;
        server.public().ok("ForgotPassword", named).await;
        let admin = json!({ "UserPoolId": pool, "Username": "alice" });
        server.admin().ok("AdminResetUserPassword", admin).await;
        let password = json!({
            "UserPoolId": pool, "Username": "alice", "Password": TestServer::PASSWORD, "Permanent": true,
        });
        server.admin().ok("AdminSetUserPassword", password).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        let update = json!({
            "AccessToken": token, "UserAttributes": [{ "Name": "email", "Value": "b@example.com" }],
        });
        server.public().ok("UpdateUserAttributes", update).await;
        let ask = json!({ "AccessToken": token, "AttributeName": "email" });
        server.public().ok("GetUserAttributeVerificationCode", ask).await;
        let change = json!({
            "UserPoolId": pool, "Username": "alice",
            "UserAttributes": [{ "Name": "email", "Value": "c@example.com" }],
        });
        server.admin().ok("AdminUpdateUserAttributes", change).await;
        let events = server.take_events();
        let occasions: Vec<_> = events
            .iter()
            .map(|event| {
                let admin = event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE";
                (event["triggerSource"].as_str().unwrap().trim_start_matches("CustomMessage_"), admin)
            })
            .collect();
        assert_eq!(occasions, [
            ("SignUp", false), ("ResendCode", false), ("ForgotPassword", false), ("ForgotPassword", true),
            ("UpdateUserAttribute", false), ("VerifyUserAttribute", false), ("UpdateUserAttribute", true),
        ]);
    }

    // documented: an invitation carries the name, too, and no metadata
    async fn an_invitation_names_the_user(server) {
        let (pool, _) = pool(server, json!({ "emailMessage": "{username}: {####}" })).await;
        let input = json!({
            "UserPoolId": pool, "Username": "ivy", "TemporaryPassword": "Temp0rary!<Pass>",
            "DesiredDeliveryMediums": ["EMAIL"], "ClientMetadata": { "a": "1" },
            "UserAttributes": [{ "Name": "email", "Value": "ivy@example.com" }],
        });
        server.admin().ok("AdminCreateUser", input).await;
        assert_eq!(server.messages("ivy")[0].body, "ivy: Temp0rary!&lt;Pass&gt;");
        let event = &server.take_events()[0];
        assert_eq!(event["triggerSource"], "CustomMessage_AdminCreateUser");
        assert_eq!(event["request"]["usernameParameter"], "{username}");
        assert!(event["request"].get("clientMetadata").is_none());
    }

    // triggers-and-messages §6, open: the error is answered, the user stays
    async fn a_failure_is_told_after_the_write(server) {
        let (pool, client) = pool(server, json!({})).await;
        server.failing_function("words", "no words");
        let refused = server.public().refused("SignUp", with_email(sign_up(&client, "alice"))).await;
        assert_eq!(refused, failed("CustomMessage failed with error no words."));
        assert_eq!(status(server, &pool, "alice").await, "UNCONFIRMED");
        assert_eq!(server.messages("alice").len(), 0);
    }

    // documented; the text is ours
    async fn words_without_the_code_are_refused(server) {
        let (_, client) = pool(server, json!({ "emailMessage": "Welcome" })).await;
        let refused = server.public().refused("SignUp", with_email(sign_up(&client, "alice"))).await;
        let text = "CustomMessage: emailMessage does not contain {####}.";
        assert_eq!(refused, refusal("InvalidLambdaResponseException", text));
    }
}
