//! NEW_PASSWORD_REQUIRED and the sessions of challenges (docs/cognito/authentication.md §5, §11.3).

use poolhouse_testkit::{SrpClient, TestServer, claims, on_both};
use serde_json::{Value, json};

use super::factors::{App, demand, pool_of_all_factors, prefer};
use super::{TEMPORARY, answer, incorrect, invalid_parameter, invited, not_authorized, password_auth};

const NAME: &str = "NEW_PASSWORD_REQUIRED";

fn new_password(client: &str, session: &Value, username: &str, extra: Value) -> Value {
    let mut responses = json!({ "USERNAME": username, "NEW_PASSWORD": TestServer::PASSWORD });
    responses.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    answer(client, NAME, session, responses)
}

/// The challenge after the temporary password.
async fn challenge(server: &TestServer, client: &str, username: &str) -> Value {
    let output = server.public().ok("InitiateAuth", password_auth(client, username, TEMPORARY)).await;
    assert_eq!(output["ChallengeName"], NAME);
    output
}

/// Ivy, whom two factors could reach.
async fn with_addresses(server: &TestServer, pool: &str) {
    let attributes = json!({
        "email": "ivy@example.com", "email_verified": "true",
        "phone_number": "+12065550100", "phone_number_verified": "true",
    });
    server.user(pool, "ivy", attributes).await;
}

/// The help desk gives Ivy a temporary password.
async fn reset(server: &TestServer, pool: &str) {
    let input = json!({ "UserPoolId": pool, "Username": "ivy", "Password": TEMPORARY });
    server.admin().ok("AdminSetUserPassword", input).await;
}

async fn record(server: &TestServer, pool: &str) -> Value {
    server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": "ivy" })).await
}

async fn refused(server: &TestServer, input: Value) -> (String, String) {
    server.public().refused("RespondToAuthChallenge", input).await
}

on_both! {
    async fn a_temporary_password_leads_to_a_new_one(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        let output = challenge(server, &client, "ivy").await;
        let names: Vec<_> = output.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["ChallengeName", "Session", "ChallengeParameters"]);
        assert_eq!(output["ChallengeParameters"], json!({
            "USER_ID_FOR_SRP": "ivy", "requiredAttributes": "[]", "userAttributes": "{}",
        }));
        let length = output["Session"].as_str().unwrap().len();
        assert!((20..=2048).contains(&length), "{length}");
        let input = new_password(&client, &output["Session"], "ivy", json!({}));
        let output = server.public().ok("RespondToAuthChallenge", input).await;
        assert_eq!(output["ChallengeParameters"], json!({}));
        assert!(output["AuthenticationResult"]["RefreshToken"].is_string());
        let user = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": "ivy" })).await;
        assert_eq!(user["UserStatus"], "CONFIRMED");
        server.sign_in(&client, "ivy").await;
        let old = password_auth(&client, "ivy", TEMPORARY);
        assert_eq!(server.public().refused("InitiateAuth", old).await, incorrect());
    }

    async fn the_temporary_password_is_proven_by_srp_too(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        let srp = SrpClient::new(&pool);
        let start = json!({
            "ClientId": client,
            "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": { "USERNAME": "ivy", "SRP_A": srp.srp_a() },
        });
        let output = server.public().ok("InitiateAuth", start).await;
        let responses = srp.answer(&output["ChallengeParameters"], TEMPORARY, server.now());
        let input = answer(&client, "PASSWORD_VERIFIER", &Value::Null, responses.clone());
        let output = server.public().ok("RespondToAuthChallenge", input.clone()).await;
        assert_eq!(output["ChallengeName"], NAME);
        // The proof is used up; its own parameters may stay in the next answer (pycognito E16).
        assert_eq!(refused(server, input).await, incorrect());
        let input = new_password(&client, &output["Session"], "ivy", responses);
        let output = server.public().ok("RespondToAuthChallenge", input).await;
        assert_eq!(claims(&output["AuthenticationResult"]["IdToken"])["cognito:username"], "ivy");
    }

    async fn attributes_that_are_required_come_with_it(server) {
        let schema = json!([
            { "Name": "given_name", "AttributeDataType": "String", "Required": true, "Mutable": true },
            { "Name": "email", "AttributeDataType": "String", "Required": true, "Mutable": true },
            { "Name": "level", "AttributeDataType": "Number", "Mutable": false },
        ]);
        let pool = server.pool(json!({ "Schema": schema })).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([{ "Name": "email", "Value": "ivy@example.com" }])).await;
        let output = challenge(server, &client, "ivy").await;
        let parameters = &output["ChallengeParameters"];
        assert_eq!(parameters["requiredAttributes"], r#"["userAttributes.given_name"]"#);
        assert_eq!(parameters["userAttributes"], r#"{"email":"ivy@example.com"}"#);
        let session = &output["Session"];
        let with = |extra| new_password(&client, session, "ivy", extra);
        assert_eq!(
            refused(server, with(json!({}))).await,
            invalid_parameter("Invalid attributes given, given_name is missing")
        );
        let given = json!({ "userAttributes.given_name": "Ivy", "userAttributes.email": "new@example.com" });
        assert_eq!(
            refused(server, with(given)).await,
            not_authorized("Cannot modify an already provided email")
        );
        let given = json!({ "userAttributes.given_name": "Ivy", "userAttributes.email_verified": "true" });
        assert_eq!(
            refused(server, with(given)).await,
            invalid_parameter("Cannot modify the non-mutable attribute email_verified")
        );
        // None of these used the session up.
        let given = json!({ "userAttributes.given_name": "Ivy", "userAttributes.custom:level": "7" });
        let output = server.public().ok("RespondToAuthChallenge", with(given)).await;
        let id = claims(&output["AuthenticationResult"]["IdToken"]);
        assert_eq!((&id["given_name"], &id["custom:level"]), (&json!("Ivy"), &json!("7")));
        let user = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": "ivy" })).await;
        let attributes = user["UserAttributes"].as_array().unwrap();
        assert!(attributes.contains(&json!({ "Name": "given_name", "Value": "Ivy" })), "{attributes:?}");
    }

    async fn a_new_address_given_with_it_is_unverified(server) {
        // authentication §11.3: nobody has proven the new address
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({})).await;
        let old = json!([
            { "Name": "email", "Value": "ivy@example.com" }, { "Name": "email_verified", "Value": "true" },
        ]);
        invited(server, &pool, "ivy", old.clone()).await;
        invited(server, &pool, "joe", old).await;
        // The address stays as it is, is changed, and is given beside a new telephone number.
        let cases = [
            ("ivy", "ivy@example.com", "true"),
            ("joe", "victim@example.com", "false"),
        ];
        for (username, email, verified) in cases {
            let session = challenge(server, &client, username).await["Session"].clone();
            let given = json!({
                "userAttributes.email": email, "userAttributes.phone_number": "+12065550100",
            });
            let input = new_password(&client, &session, username, given);
            let output = server.public().ok("RespondToAuthChallenge", input).await;
            let id = claims(&output["AuthenticationResult"]["IdToken"]);
            assert_eq!((&id["email"], &id["email_verified"]), (&json!(email), &json!(verified == "true")));
            let get = json!({ "UserPoolId": pool, "Username": username });
            let user = server.admin().ok("AdminGetUser", get).await;
            let attributes = user["UserAttributes"].as_array().unwrap();
            for (name, value) in [("email_verified", verified), ("phone_number_verified", "false")] {
                assert!(attributes.contains(&json!({ "Name": name, "Value": value })), "{attributes:?}");
            }
        }
        assert!(server.messages("joe").is_empty());
    }

    async fn an_earlier_code_is_void_for_an_address_given_with_it(server) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        let change = json!({
            "UserPoolId": pool, "Username": "ivy",
            "UserAttributes": [{ "Name": "email", "Value": "ivy@example.com" }],
        });
        server.admin().ok("AdminUpdateUserAttributes", change).await;
        let code = server.code("ivy");
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let given = json!({ "userAttributes.email": "new@example.com" });
        let input = new_password(&client, &session, "ivy", given);
        let output = server.public().ok("RespondToAuthChallenge", input).await;
        let token = &output["AuthenticationResult"]["AccessToken"];
        let verify = json!({ "AccessToken": token, "AttributeName": "email", "Code": code });
        assert_eq!(server.public().refused("VerifyUserAttribute", verify).await.0, "ExpiredCodeException");
    }

    // The temporary password is one factor, and moves no other: an administrator who gives one out, gives out no more.
    async fn it_moves_no_second_factor(server) {
        let cases = [
            ("SMSMfaSettings", "SMS_MFA", "phone_number", "+19995550199"),
            ("EmailMfaSettings", "EMAIL_OTP", "email", "mallory@evil.example"),
        ];
        for (settings, name, attribute, evil) in cases {
            let pool = pool_of_all_factors(server, "OPTIONAL").await;
            let client = server.client(&pool, json!({})).await;
            with_addresses(server, &pool).await;
            prefer(server, &pool, "ivy", settings).await;
            reset(server, &pool).await;
            let before = record(server, &pool).await;
            let session = challenge(server, &client, "ivy").await["Session"].clone();
            let given = json!({ format!("userAttributes.{attribute}"): evil, "userAttributes.name": "Mallory" });
            let input = new_password(&client, &session, "ivy", given);
            let output = server.public().ok("RespondToAuthChallenge", input.clone()).await;
            assert_eq!(output["ChallengeName"], name);
            // The code goes where it always went, and nothing has changed: neither address nor password nor status.
            let message = server.messages("ivy").remove(0);
            assert!(message.destination == "ivy@example.com" || message.destination == "+12065550100");
            assert_eq!(record(server, &pool).await, before);
            challenge(server, &client, "ivy").await;
            assert_eq!(refused(server, input).await.0, "NotAuthorizedException", "the session is used up");
            // Who proves the factor may do all that; the new address is unverified.
            let responses = json!({ "USERNAME": "ivy", format!("{name}_CODE"): message.code });
            let input = answer(&client, name, &output["Session"], responses);
            let tokens = server.public().ok("RespondToAuthChallenge", input).await;
            let id = claims(&tokens["AuthenticationResult"]["IdToken"]);
            let verified = &id[format!("{attribute}_verified")];
            assert_eq!((&id[attribute], verified, &id["name"]), (&json!(evil), &json!(false), &json!("Mallory")));
            let after = record(server, &pool).await;
            assert_eq!(after["UserStatus"], "CONFIRMED");
            let attributes = after["UserAttributes"].as_array().unwrap();
            assert!(attributes.contains(&json!({ "Name": attribute, "Value": evil })), "{attributes:?}");
            let old = password_auth(&client, "ivy", TEMPORARY);
            assert_eq!(server.public().refused("InitiateAuth", old).await, incorrect());
        }
    }

    async fn a_code_of_an_app_stands_before_it_too(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        with_addresses(server, &pool).await;
        let app = App::register(server, &client, "ivy", None).await;
        let both = json!({
            "UserPoolId": pool, "Username": "ivy",
            "SMSMfaSettings": { "Enabled": true }, "SoftwareTokenMfaSettings": { "Enabled": true },
        });
        server.admin().ok("AdminSetUserMFAPreference", both).await;
        reset(server, &pool).await;
        let before = record(server, &pool).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let given = json!({ "userAttributes.phone_number": "+19995550199" });
        let input = new_password(&client, &session, "ivy", given);
        let output = server.public().ok("RespondToAuthChallenge", input).await;
        assert_eq!(output["ChallengeName"], "SELECT_MFA_TYPE");
        let choose = |factor: &str| {
            answer(&client, "SELECT_MFA_TYPE", &output["Session"], json!({ "USERNAME": "ivy", "ANSWER": factor }))
        };
        let output = server.public().ok("RespondToAuthChallenge", choose("SOFTWARE_TOKEN_MFA")).await;
        assert_eq!(record(server, &pool).await, before);
        let responses = json!({ "USERNAME": "ivy", "SOFTWARE_TOKEN_MFA_CODE": app.code(server, 1) });
        let input = answer(&client, "SOFTWARE_TOKEN_MFA", &output["Session"], responses);
        let mut at_the_other_door = input;
        at_the_other_door["UserPoolId"] = json!(pool);
        server.admin().ok("AdminRespondToAuthChallenge", at_the_other_door).await;
        let attributes = record(server, &pool).await["UserAttributes"].clone();
        let moved = json!({ "Name": "phone_number", "Value": "+19995550199" });
        assert!(attributes.as_array().unwrap().contains(&moved), "{attributes}");
        assert_eq!(
            server.public().ok("InitiateAuth", password_auth(&client, "ivy", TestServer::PASSWORD)).await["ChallengeName"],
            "SELECT_MFA_TYPE"
        );
    }

    // Where a factor is to be set up, the address that a forgotten password's code goes to stays as well.
    async fn it_moves_no_address_before_a_factor_is_set_up(server) {
        let options = json!([{ "Priority": 1, "Name": "verified_email" }, { "Priority": 2, "Name": "verified_phone_number" }]);
        let pool = server.pool(json!({
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" },
            "EmailConfiguration": {
                "EmailSendingAccount": "DEVELOPER",
                "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
            },
            "AccountRecoverySetting": { "RecoveryMechanisms": options },
        })).await;
        let factors = json!({ "EmailMfaConfiguration": {}, "SoftwareTokenMfaConfiguration": { "Enabled": true } });
        demand(server, &pool, "ON", factors).await;
        let client = server.client(&pool, json!({})).await;
        let address = json!({ "email": "ivy@example.com", "email_verified": "true" });
        server.user(&pool, "ivy", address).await;
        reset(server, &pool).await;
        let before = record(server, &pool).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let given = json!({ "userAttributes.email": "mallory@evil.example" });
        let input = new_password(&client, &session, "ivy", given);
        let output = server.public().ok("RespondToAuthChallenge", input).await;
        assert_eq!(output["ChallengeName"], "MFA_SETUP");
        assert_eq!(record(server, &pool).await, before);
        let set_up = |email: &str| {
            answer(&client, "MFA_SETUP", &output["Session"], json!({ "USERNAME": "ivy", "EMAIL": email }))
        };
        let text = "EMAIL must be the email address that the user has.";
        assert_eq!(refused(server, set_up("mallory@evil.example")).await, invalid_parameter(text));
        server.public().ok("RespondToAuthChallenge", set_up("ivy@example.com")).await;
        assert_eq!(server.messages("ivy").remove(0).destination, "ivy@example.com");
        assert_eq!(record(server, &pool).await, before);
    }

    // A telephone number that the user did not have becomes the factor at once, as at AWS.
    async fn a_first_address_given_with_it_is_the_factor(server) {
        let pool = pool_of_all_factors(server, "ON").await;
        let client = server.client(&pool, json!({})).await;
        demand(server, &pool, "ON", json!({ "SmsMfaConfiguration": {} })).await;
        invited(server, &pool, "ivy", json!([])).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let given = json!({ "userAttributes.phone_number": "+12065550100" });
        let input = new_password(&client, &session, "ivy", given);
        let output = server.public().ok("RespondToAuthChallenge", input).await;
        assert_eq!(output["ChallengeName"], "SMS_MFA");
        let responses = json!({ "USERNAME": "ivy", "SMS_MFA_CODE": server.code("ivy") });
        let input = answer(&client, "SMS_MFA", &output["Session"], responses);
        server.public().ok("RespondToAuthChallenge", input).await;
        let verified = json!({ "Name": "phone_number_verified", "Value": "true" });
        let attributes = record(server, &pool).await["UserAttributes"].clone();
        assert!(attributes.as_array().unwrap().contains(&verified), "{attributes}");
    }

    async fn what_is_too_long_to_be_kept_is_refused_and_uses_nothing_up(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        with_addresses(server, &pool).await;
        prefer(server, &pool, "ivy", "SMSMfaSettings").await;
        reset(server, &pool).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let long = json!({ "userAttributes.address": "x".repeat(1001) });
        let told = refused(server, new_password(&client, &session, "ivy", long)).await;
        assert_eq!(told.0, "InvalidParameterException");
        assert!(told.1.starts_with("The attributes are too long"), "{}", told.1);
        let most = json!({ "userAttributes.address": "x".repeat(980) });
        let input = new_password(&client, &session, "ivy", most);
        let output = server.public().ok("RespondToAuthChallenge", input).await;
        assert!(output["Session"].as_str().unwrap().len() <= 4096);
        let responses = json!({ "USERNAME": "ivy", "SMS_MFA_CODE": server.code("ivy") });
        let input = answer(&client, "SMS_MFA", &output["Session"], responses);
        server.public().ok("RespondToAuthChallenge", input).await;
    }

    async fn a_preferred_user_name_given_with_it_is_nobodys_address(server) {
        // users-and-groups §6, recorded
        let pool = server.pool(json!({ "AliasAttributes": ["email", "preferred_username"] })).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let given = json!({ "userAttributes.preferred_username": "victim@example.com" });
        let text = "Username cannot be of email format, since user pool is configured for email alias.";
        let input = new_password(&client, &session, "ivy", given);
        assert_eq!(refused(server, input).await, invalid_parameter(text));
    }

    async fn the_policy_holds_and_leaves_the_session(server) {
        // recorded that the session stays usable
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let weak = answer(&client, NAME, &session, json!({ "USERNAME": "ivy", "NEW_PASSWORD": "short" }));
        let text = "Password does not conform to policy: Password not long enough";
        assert_eq!(refused(server, weak).await, ("InvalidPasswordException".to_owned(), text.to_owned()));
        // recorded: it may be the temporary one
        let same = answer(&client, NAME, &session, json!({ "USERNAME": "ivy", "NEW_PASSWORD": TEMPORARY }));
        server.public().ok("RespondToAuthChallenge", same).await;
    }

    async fn a_session_is_good_once(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let input = new_password(&client, &session, "ivy", json!({}));
        server.public().ok("RespondToAuthChallenge", input.clone()).await;
        let text = "Invalid session for the user, session can only be used once.";
        assert_eq!(refused(server, input).await, not_authorized(text));
    }

    async fn a_session_may_be_answered_at_the_other_door(server) {
        // recorded (authentication §5)
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let mut input = new_password(&client, &session, "ivy", json!({}));
        input["UserPoolId"] = json!(pool);
        server.admin().ok("AdminRespondToAuthChallenge", input).await;
    }

    async fn sessions_of_others_and_altered_ones_are_refused(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let other = server.client(&pool, json!({})).await;
        let other_pool = server.pool(json!({})).await;
        let foreign = server.client(&other_pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        invited(server, &pool, "joe", json!([])).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let mut altered = session.as_str().unwrap().to_owned();
        let last = if altered.pop() == Some('A') { 'B' } else { 'A' };
        altered.push(last);
        let invalid = not_authorized("Invalid session for the user.");
        let attempts = [
            new_password(&other, &session, "ivy", json!({})),
            new_password(&foreign, &session, "ivy", json!({})),
            new_password(&client, &session, "joe", json!({})),
            new_password(&client, &json!(altered), "ivy", json!({})),
            new_password(&client, &json!("not a session at all"), "ivy", json!({})),
            answer(&client, "SMS_MFA", &session, json!({ "USERNAME": "ivy", "SMS_MFA_CODE": "123456" })),
        ];
        for input in attempts {
            assert_eq!(refused(server, input.clone()).await, invalid, "{input}");
        }
        let without = new_password(&client, &Value::Null, "ivy", json!({}));
        assert_eq!(refused(server, without).await, invalid_parameter("Missing required parameter Session"));
        let old_name = answer(&client, "ADMIN_NO_SRP_AUTH", &session, json!({}));
        assert_eq!(refused(server, old_name).await, invalid_parameter("Invalid challenge name"));
        server.public().ok("RespondToAuthChallenge", new_password(&client, &session, "ivy", json!({}))).await;
    }

    async fn a_session_expires(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        server.clock().advance_seconds(180);
        let input = new_password(&client, &session, "ivy", json!({}));
        let text = "Invalid session for the user, session is expired.";
        assert_eq!(refused(server, input).await, not_authorized(text));
    }

    async fn another_password_voids_the_session(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        let session = challenge(server, &client, "ivy").await["Session"].clone();
        let input = json!({ "UserPoolId": pool, "Username": "ivy", "Password": "0therTemp!Pass" });
        server.admin().ok("AdminSetUserPassword", input).await;
        let input = new_password(&client, &session, "ivy", json!({}));
        assert_eq!(refused(server, input).await, not_authorized("Invalid session for the user."));
    }

    async fn a_temporary_password_grows_old(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "ivy", json!([])).await;
        server.clock().advance_seconds(7 * 24 * 60 * 60 - 1);
        challenge(server, &client, "ivy").await;
        server.clock().advance_seconds(1);
        let input = password_auth(&client, "ivy", TEMPORARY);
        let text = "Temporary password has expired and must be reset by an administrator.";
        assert_eq!(server.public().refused("InitiateAuth", input).await, not_authorized(text));
        let input = password_auth(&client, "ivy", "wrong");
        assert_eq!(server.public().refused("InitiateAuth", input).await, incorrect());
    }
}
