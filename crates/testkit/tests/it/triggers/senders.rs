//! CustomEmailSender and CustomSMSSender (triggers-and-messages §8.12), and the key service by which their
//! functions decrypt codes.

use poolhouse_core::messages::outbox::{self, Outcome};
use poolhouse_ports::{InvokeError, Medium};
use poolhouse_testkit::{EncryptedCode, Outcome as Answer, TestServer, claims, on_both, refusal};
use serde_json::{Value, json};

use super::{failed, set_triggers, sign_up, status};

const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/5d0b8ad1-8e2f-4bd5-9b8e-0d7a0c1f9e21";

/// What is different for the two.
struct Way {
    medium: Medium,
    trigger: &'static str,
    attribute: &'static str,
    addresses: [&'static str; 3],
    factor: &'static str,
}

const EMAIL: Way = Way {
    medium: Medium::Email,
    trigger: "CustomEmailSender",
    attribute: "email",
    addresses: ["a@example.com", "b@example.com", "c@example.com"],
    factor: "EMAIL_OTP",
};

const SMS: Way = Way {
    medium: Medium::Sms,
    trigger: "CustomSMSSender",
    attribute: "phone_number",
    addresses: ["+12065550100", "+12065550101", "+12065550102"],
    factor: "SMS_OTP",
};

impl Way {
    /// A pool whose messages a function sends, and a client of it.
    async fn pool(&self, server: &TestServer) -> (String, String) {
        let sender = json!({ "LambdaVersion": "V1_0", "LambdaArn": server.function("sender", |_| {}) });
        let recovery = json!([{ "Name": format!("verified_{}", self.attribute), "Priority": 1 }]);
        let pool = server.pool(json!({
            "LambdaConfig": { self.trigger: sender, "KMSKeyID": KEY },
            "AutoVerifiedAttributes": [self.attribute],
            "AccountRecoverySetting": { "RecoveryMechanisms": recovery },
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" },
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", self.factor] } },
        }));
        let pool = pool.await;
        let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]);
        let client = server.client(&pool, json!({ "ExplicitAuthFlows": flows })).await;
        (pool, client)
    }

    fn address(&self, number: usize) -> Value {
        json!([{ "Name": self.attribute, "Value": self.addresses[number] }])
    }

    /// Signs a user up; the code waits in the outbox.
    async fn sign_up(&self, server: &TestServer, client: &str) -> Value {
        let mut input = sign_up(client, "alice");
        input["UserAttributes"] = self.address(0);
        server.public().ok("SignUp", input).await
    }

    /// Sends what is due, once.
    async fn send(&self, server: &TestServer) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for taken in outbox::take(server.engine(), self.medium, 10).await.unwrap() {
            outcomes.push(taken.send(server.engine()).await.unwrap());
        }
        outcomes
    }

    /// Sends the one message that waits; the function's event, and the code in it.
    async fn sent(&self, server: &TestServer) -> (Value, String) {
        assert_eq!(self.send(server).await, [Outcome::Sent]);
        let [event] = server.take_events().try_into().unwrap();
        let code = EncryptedCode::of(&event).decrypt(server).await;
        (event, code)
    }
}

async fn confirm(server: &TestServer, client: &str, code: &str) {
    let input = json!({ "ClientId": client, "Username": "alice", "ConfirmationCode": code });
    server.public().ok("ConfirmSignUp", input).await;
}

/// The event of one way as the types describe it, and the code in it, which works.
async fn event_of(server: &TestServer, way: &Way, kind: &str) {
    let (pool, client) = way.pool(server).await;
    let mut input = sign_up(&client, "alice");
    input["UserAttributes"] = way.address(0);
    input["ClientMetadata"] = json!({ "campaign": "spring" });
    let signed_up = server.public().ok("SignUp", input).await;
    assert_eq!(signed_up["CodeDeliveryDetails"]["AttributeName"], way.attribute);
    assert_eq!(server.take_events(), Vec::<Value>::new(), "only after the commit");
    let (mut event, code) = way.sent(server).await;

    let encrypted = EncryptedCode::of(&event);
    assert_eq!(encrypted.key_arn, KEY);
    assert_eq!(encrypted.context["userpool-id"], json!(pool));
    assert_eq!(encrypted.context.len(), 2);
    event["request"]["code"].take();
    assert_eq!(
        event,
        json!({
            "version": "1",
            "triggerSource": format!("{}_SignUp", way.trigger),
            "region": "us-east-1",
            "userPoolId": pool,
            "userName": "alice",
            "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client },
            "request": {
                "type": kind,
                "code": null,
                "userAttributes": {
                    "sub": signed_up["UserSub"], "cognito:user_status": "UNCONFIRMED",
                    way.attribute: way.addresses[0], format!("{}_verified", way.attribute): "false",
                },
                "clientMetadata": { "campaign": "spring" },
            },
            "response": {},
        })
    );
    assert!(server.messages("alice").is_empty(), "nobody else sends it");
    confirm(server, &client, &code).await;
    assert_eq!(status(server, &pool, "alice").await, "CONFIRMED");
}

/// All of the sources but AdminCreateUser, in an order in which each code can be asked for
/// (triggers-and-messages §5, documented).
async fn sources_of(server: &TestServer, way: &Way) {
    let (pool, client) = way.pool(server).await;
    let mut seen = Vec::new();
    let mut next = async || {
        let (event, code) = way.sent(server).await;
        let source = event["triggerSource"].as_str().unwrap();
        seen.push(source.trim_start_matches(way.trigger).to_owned());
        code
    };
    way.sign_up(server, &client).await;
    next().await;
    let named = json!({ "ClientId": client, "Username": "alice" });
    server.public().ok("ResendConfirmationCode", named.clone()).await;
    confirm(server, &client, &next().await).await;

    let begin = json!({
        "AuthFlow": "USER_AUTH", "ClientId": client,
        "AuthParameters": { "USERNAME": "alice", "PREFERRED_CHALLENGE": way.factor },
    });
    let challenge = server.public().ok("InitiateAuth", begin).await;
    let answer = json!({
        "ClientId": client, "ChallengeName": way.factor, "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "alice", format!("{}_CODE", way.factor): next().await },
    });
    let tokens = server.public().ok("RespondToAuthChallenge", answer).await["AuthenticationResult"].take();
    assert_eq!(claims(&tokens["AccessToken"])["username"], "alice");

    let token = &tokens["AccessToken"];
    let update = json!({ "AccessToken": token, "UserAttributes": way.address(1) });
    server.public().ok("UpdateUserAttributes", update).await;
    next().await;
    let ask = json!({ "AccessToken": token, "AttributeName": way.attribute });
    server.public().ok("GetUserAttributeVerificationCode", ask).await;
    let verify = json!({ "AccessToken": token, "AttributeName": way.attribute, "Code": next().await });
    server.public().ok("VerifyUserAttribute", verify).await;

    server.public().ok("ForgotPassword", named).await;
    let password = json!({
        "ClientId": client, "Username": "alice", "Password": "Battery-staple-8", "ConfirmationCode": next().await,
    });
    server.public().ok("ConfirmForgotPassword", password).await;
    let admin = json!({ "UserPoolId": pool, "Username": "alice" });
    server.admin().ok("AdminResetUserPassword", admin.clone()).await;
    next().await;
    let mut change = admin;
    change["UserAttributes"] = way.address(2);
    server.admin().ok("AdminUpdateUserAttributes", change).await;
    next().await;
    assert_eq!(
        seen,
        [
            "_SignUp",
            "_ResendCode",
            "_Authentication",
            "_UpdateUserAttribute",
            "_VerifyUserAttribute",
            "_ForgotPassword",
            "_ForgotPassword",
            "_UpdateUserAttribute",
        ]
    );
}

/// An invitation carries the temporary password, escaped (observed), and no metadata.
async fn invitation_of(server: &TestServer, way: &Way) {
    let (pool, _) = way.pool(server).await;
    let input = json!({
        "UserPoolId": pool, "Username": "ivy", "TemporaryPassword": "Temp0rary!<\"&'>",
        "DesiredDeliveryMediums": [way.medium.as_str()], "UserAttributes": way.address(0),
        "ClientMetadata": { "a": "1" },
    });
    server.admin().ok("AdminCreateUser", input).await;
    let (event, password) = way.sent(server).await;
    assert_eq!(password, "Temp0rary!&lt;\"&amp;'&gt;");
    assert_eq!(event["triggerSource"], format!("{}_AdminCreateUser", way.trigger));
    assert_eq!(event["callerContext"]["clientId"], "CLIENT_ID_NOT_APPLICABLE");
    assert_eq!(event["request"]["clientMetadata"], Value::Null);
}

on_both! {
    async fn a_function_gets_what_it_is_to_send_by_email(server) {
        event_of(server, &EMAIL, "customEmailSenderRequestV1").await;
    }

    async fn a_function_gets_what_it_is_to_send_by_sms(server) {
        event_of(server, &SMS, "customSMSSenderRequestV1").await;
    }

    async fn each_occasion_has_its_source_by_email(server) {
        sources_of(server, &EMAIL).await;
    }

    async fn each_occasion_has_its_source_by_sms(server) {
        sources_of(server, &SMS).await;
    }

    async fn a_function_gets_invitations_by_email(server) {
        invitation_of(server, &EMAIL).await;
    }

    async fn a_function_gets_invitations_by_sms(server) {
        invitation_of(server, &SMS).await;
    }

    // observed: without a code, and with figures in place of the user's attributes
    async fn a_function_gets_the_notice_of_a_risky_sign_in(server) {
        let (pool, client) = EMAIL.pool(server).await;
        let sender = json!({ "LambdaVersion": "V1_0", "LambdaArn": server.function("sender", |_| {}) });
        let input = json!({
            "UserPoolId": pool, "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" },
            "LambdaConfig": { "CustomEmailSender": sender, "KMSKeyID": KEY },
        });
        server.admin().ok("UpdateUserPool", input).await;
        let sub = server.user(&pool, "alice", json!({ "email": "a@example.com", "email_verified": "true" })).await;
        let action = json!({ "Notify": true, "EventAction": "NO_ACTION" });
        let takeover = json!({
            "Actions": { "LowAction": action, "MediumAction": action, "HighAction": action },
            "NotifyConfiguration": { "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/a" },
        });
        let risk = json!({ "UserPoolId": pool, "AccountTakeoverRiskConfiguration": takeover });
        server.admin().ok("SetRiskConfiguration", risk).await;
        let input = json!({
            "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
        });
        let usual = server.public().at("192.0.2.1").with("curl/8");
        usual.ok("InitiateAuth", input.clone()).await;
        server.public().at("198.51.100.1").with("app/1").ok("InitiateAuth", input).await;
        assert_eq!(EMAIL.send(server).await, [Outcome::Sent]);
        let [event] = server.take_events().try_into().unwrap();
        assert_eq!(event["triggerSource"], "CustomEmailSender_AccountTakeOverNotification");
        assert_eq!(event["callerContext"]["clientId"], json!(client));
        let request = &event["request"];
        assert_eq!((&request["code"], &request["clientMetadata"]), (&Value::Null, &Value::Null));
        let figures = request["userAttributes"].as_object().unwrap();
        let expected = [
            "ACCOUNT_TAKE_OVER_ACTION", "DEVICE_NAME", "EVENT_ID", "FEEDBACK_TOKEN", "IP_ADDRESS", "LOGIN_TIME",
            "ONE_CLICK_LINK_INVALID", "ONE_CLICK_LINK_VALID", "USER_NAME",
        ];
        let mut names: Vec<_> = figures.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, expected);
        let told = ["USER_NAME", "IP_ADDRESS", "ACCOUNT_TAKE_OVER_ACTION"].map(|name| figures[name].as_str().unwrap());
        assert_eq!(told, ["alice", "198.51.100.1", "NO_ACTION"]);
        assert!(!event.to_string().contains(&sub), "nothing else of the user");
        let said = json!({
            "UserPoolId": pool, "Username": "alice", "EventId": figures["EVENT_ID"],
            "FeedbackToken": figures["FEEDBACK_TOKEN"], "FeedbackValue": "Valid",
        });
        server.public().ok("UpdateAuthEventFeedback", said).await;
    }

    // triggers-and-messages §2: answer and failure are ignored; Lambda tries a call that nobody waits for
    // three times
    async fn a_function_that_fails_is_tried_again(server) {
        let (_, client) = EMAIL.pool(server).await;
        server.failing_function("sender", "no mail today");
        EMAIL.sign_up(server, &client).await;
        assert_eq!(EMAIL.send(server).await, [Outcome::Postponed]);
        assert_eq!(EMAIL.send(server).await, []);
        server.clock().advance_seconds(5);
        assert_eq!(EMAIL.send(server).await, [Outcome::Postponed]);
        server.function_with("sender", |_| Answer::Answer(b"not even JSON".to_vec()));
        server.clock().advance_seconds(10);
        assert_eq!(EMAIL.send(server).await, [Outcome::Sent]);
        let [first, second, third] = server.take_events().try_into().unwrap();
        assert_ne!(first["request"]["code"], second["request"]["code"], "encrypted anew");
        assert_eq!(EncryptedCode::of(&first).decrypt(server).await, EncryptedCode::of(&third).decrypt(server).await);
    }

    async fn a_function_that_always_fails_is_given_up(server) {
        let (_, client) = EMAIL.pool(server).await;
        server.failing_function("sender", "no mail today");
        EMAIL.sign_up(server, &client).await;
        for outcome in [Outcome::Postponed, Outcome::Postponed, Outcome::Refused] {
            assert_eq!(EMAIL.send(server).await, [outcome]);
            server.clock().advance_seconds(60);
        }
        assert_eq!(EMAIL.send(server).await, []);
    }

    async fn a_function_that_cannot_be_run_is_waited_for(server) {
        let (_, client) = EMAIL.pool(server).await;
        server.function_with("sender", |_| Answer::Error(InvokeError::Refused("AccessDeniedException".to_owned())));
        EMAIL.sign_up(server, &client).await;
        for _ in 0..5 {
            assert_eq!(EMAIL.send(server).await, [Outcome::Postponed]);
            server.clock().advance_seconds(600);
        }
        server.function("sender", |_| {});
        server.take_events();
        let (_, code) = EMAIL.sent(server).await;
        confirm(server, &client, &code).await;
    }

    async fn without_its_function_a_pool_sends_as_others_do(server) {
        let (pool, client) = EMAIL.pool(server).await;
        EMAIL.sign_up(server, &client).await;
        let input = json!({ "UserPoolId": pool, "LambdaConfig": {}, "AutoVerifiedAttributes": ["email"] });
        server.admin().ok("UpdateUserPool", input).await;
        assert_eq!(EMAIL.send(server).await, [Outcome::Refused], "what waited was for the function");
        let named = json!({ "ClientId": client, "Username": "alice" });
        server.public().ok("ResendConfirmationCode", named).await;
        confirm(server, &client, &server.code("alice")).await;
    }

    // triggers-and-messages §6, open
    async fn a_sender_takes_the_place_of_custom_message(server) {
        let (pool, _) = EMAIL.pool(server).await;
        let config = json!({
            "CustomMessage": server.failing_function("words", "not asked"), "KMSKeyID": KEY,
            "CustomEmailSender": { "LambdaVersion": "V1_0", "LambdaArn": server.function("sender", |_| {}) },
        });
        set_triggers(server, &pool, config).await;
        let input = json!({
            "UserPoolId": pool, "Username": "ivy", "UserAttributes": EMAIL.address(0),
            "DesiredDeliveryMediums": ["EMAIL"], "TemporaryPassword": TestServer::PASSWORD,
        });
        server.admin().ok("AdminCreateUser", input).await;
        EMAIL.sent(server).await;
        // Text messages have no sender here, so that CustomMessage is asked.
        let input = json!({
            "UserPoolId": pool, "Username": "sam", "UserAttributes": SMS.address(0),
            "TemporaryPassword": TestServer::PASSWORD,
        });
        let refused = server.admin().refused("AdminCreateUser", input).await;
        assert_eq!(refused, failed("CustomMessage failed with error not asked."));
    }

    async fn a_data_key_is_unwrapped_for_its_context_and_key_alone(server) {
        let (_, client) = EMAIL.pool(server).await;
        EMAIL.sign_up(server, &client).await;
        EMAIL.send(server).await;
        let code = EncryptedCode::of(&server.take_events()[0]);
        let keys = server.admin().of(&poolhouse_wire::kms::SERVICE);
        let refused = async |change: &dyn Fn(&mut Value)| {
            let mut request = code.request();
            change(&mut request);
            keys.refused("Decrypt", request).await
        };
        let invalid = refusal("InvalidCiphertextException", "");
        let (other, _) = EMAIL.pool(server).await;
        assert_eq!(refused(&|r| r["EncryptionContext"]["userpool-id"] = json!(other)).await, invalid);
        assert_eq!(refused(&|r| r["EncryptionContext"]["userpool-id"] = json!("us-east-1_Nowhere00")).await, invalid);
        assert_eq!(refused(&|r| r["EncryptionContext"]["aws-crypto-public-key"] = json!("x")).await, invalid);
        assert_eq!(refused(&|r| r["EncryptionContext"]["more"] = json!("x")).await, invalid);
        assert_eq!(refused(&|r| { r.as_object_mut().unwrap().remove("EncryptionContext"); }).await, invalid);
        assert_eq!(refused(&|r| r["CiphertextBlob"] = json!("AAAA")).await, invalid);
        let incorrect = "The key ID in the request does not identify a CMK that can perform this operation.";
        let incorrect = refusal("IncorrectKeyException", incorrect);
        assert_eq!(refused(&|r| r["KeyId"] = json!(KEY.replace('5', "6"))).await, incorrect);
        assert_eq!(refused(&|r| r["EncryptionAlgorithm"] = json!("RSAES_OAEP_SHA_256")).await, incorrect);
        for bad in [json!("%"), json!(1), Value::Null] {
            assert_eq!(refused(&|r| r["CiphertextBlob"] = bad.clone()).await.0, "SerializationException");
        }
        let (_, id) = KEY.rsplit_once('/').unwrap();
        for key in [json!(KEY), json!(id), Value::Null] {
            let mut request = code.request();
            request["KeyId"] = key;
            let answer = keys.ok("Decrypt", request).await;
            assert_eq!(answer["KeyId"], KEY);
            assert_eq!(answer["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT");
        }
    }

    // docs/cognito/identity-pools-and-iam.md §11: the ciphertext names the key where the request does not
    async fn a_key_is_asked_for_by_what_was_wrapped_for_it(server) {
        let (_, client) = EMAIL.pool(server).await;
        EMAIL.sign_up(server, &client).await;
        EMAIL.send(server).await;
        let mut request = EncryptedCode::of(&server.take_events()[0]).request();
        request.as_object_mut().unwrap().remove("KeyId");
        let root = server.admin().of(&poolhouse_wire::iam::SERVICE);
        root.query("CreateUser", &[("UserName", "sender")]).await.unwrap();
        let made = root.query("CreateAccessKey", &[("UserName", "sender")]).await.unwrap();
        let text = |name: &str| poolhouse_testkit::element(&made, name).unwrap();
        let (id, secret) = (text("AccessKeyId"), text("SecretAccessKey"));
        let keys = poolhouse_testkit::sign::Keys { access_key_id: &id, secret_access_key: &secret };
        let sender = server.admin().of(&poolhouse_wire::kms::SERVICE).signing(keys);
        let put = async |resource: &str| {
            let document = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"{resource}"}}}}"#
            );
            let input = [("UserName", "sender"), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
            root.query("PutUserPolicy", &input).await.unwrap();
        };
        put(&KEY.replace('5', "6")).await;
        let (code, text) = sender.refused("Decrypt", request.clone()).await;
        assert_eq!(code, "AccessDeniedException");
        assert!(text.contains(&format!("on resource: {KEY} ")), "{text}");
        put(KEY).await;
        assert_eq!(sender.ok("Decrypt", request).await["KeyId"], KEY);
    }

    async fn the_key_service_answers_those_with_an_access_key_alone(server) {
        let (_, client) = EMAIL.pool(server).await;
        EMAIL.sign_up(server, &client).await;
        EMAIL.send(server).await;
        let request = EncryptedCode::of(&server.take_events()[0]).request();
        let unsigned = server.public().of(&poolhouse_wire::kms::SERVICE).refused("Decrypt", request.clone()).await;
        assert_eq!(unsigned.0, "MissingAuthenticationTokenException");
        // A signature for user pools is none for keys.
        let body = request.to_string();
        let mut headers = vec![
            ("host", "127.0.0.1:7665".to_owned()),
            ("x-amz-target", "TrentService.Decrypt".to_owned()),
        ];
        let signed = poolhouse_testkit::sign::headers(
            TestServer::ROOT, ("cognito-idp", poolhouse_testkit::sign::REGION), &headers, body.as_bytes(), server.clock().outside(),
        );
        headers.extend(signed);
        let (status, _, answer) = server.http("POST", "/", &headers, body.as_bytes()).await;
        assert_eq!(status, 400);
        assert!(String::from_utf8(answer).unwrap().contains("correct service: 'kms'"));
        assert_eq!(server.admin().of(&poolhouse_wire::kms::SERVICE).refused("Encrypt", request).await.0, "UnknownOperationException");
    }
}
