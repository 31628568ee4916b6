//! Second factors at sign-in: SMS_MFA, EMAIL_OTP, SOFTWARE_TOKEN_MFA, SELECT_MFA_TYPE
//! (docs/cognito/authentication.md §9.1, §11).

use poolhouse_testkit::{SrpClient, TestServer, on_both};
use serde_json::{Value, json};

use super::factors::{App, code_mismatch, demand, pool_of_all_factors, prefer, wrong_code};
use super::{TEMPORARY, answer, incorrect, invalid_parameter, invited, not_authorized, password_auth};

const SELECT: &str = "SELECT_MFA_TYPE";

async fn start(server: &TestServer, client: &str, username: &str) -> Value {
    server.public().ok("InitiateAuth", password_auth(client, username, TestServer::PASSWORD)).await
}

async fn refused(server: &TestServer, input: Value) -> (String, String) {
    server.public().refused("RespondToAuthChallenge", input).await
}

/// Answers the challenge of a code for alice.
fn with_code(client: &str, name: &str, session: &Value, code: &str) -> Value {
    let key = format!("{name}_CODE");
    answer(client, name, session, json!({ "USERNAME": "alice", key: code }))
}

fn exceeded() -> (String, String) {
    not_authorized("Password attempts exceeded")
}

on_both! {
    async fn a_code_by_sms(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        prefer(server, &pool, "alice", "SMSMfaSettings").await;
        let output = start(server, &client, "alice").await;
        let names: Vec<_> = output.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["ChallengeName", "Session", "ChallengeParameters"]);
        assert_eq!(output["ChallengeName"], "SMS_MFA");
        assert_eq!(output["ChallengeParameters"], json!({
            "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
            "CODE_DELIVERY_DESTINATION": "+*******0100",
            "USER_ID_FOR_SRP": "alice",
        }));
        let length = output["Session"].as_str().unwrap().len();
        assert!((20..=2048).contains(&length), "{length}");
        let message = server.messages("alice").remove(0);
        assert_eq!((message.kind, message.code.len()), ("CustomMessage_Authentication", 6));
        assert_eq!(message.body, format!("Your authentication code is {}. ", message.code));
        assert_eq!(message.destination, "+12065550100");
        let input = with_code(&client, "SMS_MFA", &output["Session"], &message.code);
        let output = server.public().ok("RespondToAuthChallenge", input.clone()).await;
        assert!(output["AuthenticationResult"]["RefreshToken"].is_string());
        assert_eq!(output["ChallengeParameters"], json!({}));
        // the code is spent with its session
        let used = not_authorized("Invalid session for the user, session can only be used once.");
        assert_eq!(refused(server, input).await, used);
        // authentication §9.1: the number is verified by it
        let user = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        let verified = json!({ "Name": "phone_number_verified", "Value": "true" });
        assert!(user["UserAttributes"].as_array().unwrap().contains(&verified), "{user}");
    }

    async fn a_code_by_email_in_the_pools_words(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "email": "alice@example.com", "email_verified": "true" })).await;
        prefer(server, &pool, "alice", "EmailMfaSettings").await;
        let output = start(server, &client, "alice").await;
        assert_eq!(output["ChallengeName"], "EMAIL_OTP");
        assert_eq!(output["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"], "EMAIL");
        assert_eq!(output["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"], "a***@e***");
        let message = server.messages("alice").remove(0);
        assert_eq!((&*message.subject, message.body), ("Come in", format!("Use {} to come in", message.code)));
        let input = with_code(&client, "EMAIL_OTP", &output["Session"], &message.code);
        server.public().ok("RespondToAuthChallenge", input).await;
    }

    async fn a_code_of_an_app(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let app = App::register(server, &client, "alice", Some("my phone")).await;
        // authentication §13.2: registered is not turned on
        server.sign_in(&client, "alice").await;
        prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
        let output = start(server, &client, "alice").await;
        assert_eq!(output["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        assert_eq!(
            output["ChallengeParameters"],
            json!({ "FRIENDLY_DEVICE_NAME": "my phone", "USER_ID_FOR_SRP": "alice" })
        );
        let session = &output["Session"];
        // authentication §11.6, recorded: the code that registered it is spent
        let used = ("ExpiredCodeException".to_owned(), "Your software token has already been used once.".to_owned());
        let input = |steps| with_code(&client, "SOFTWARE_TOKEN_MFA", session, &app.code(server, steps));
        assert_eq!(refused(server, input(0)).await, used);
        assert_eq!(refused(server, input(-1)).await, used);
        let mismatch = ("CodeMismatchException".to_owned(), "Invalid code received for user".to_owned());
        assert_eq!(refused(server, input(2)).await, mismatch, "two steps ahead");
        let before = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        server.clock().advance_seconds(30);
        server.public().ok("RespondToAuthChallenge", input(1)).await;
        // signing in is no change of the record
        let after = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        assert_eq!(before, after);
        // and no code is taken twice, nor one before it
        let session = start(server, &client, "alice").await["Session"].clone();
        for steps in [1, 0] {
            let input = with_code(&client, "SOFTWARE_TOKEN_MFA", &session, &app.code(server, steps));
            assert_eq!(refused(server, input).await, used);
        }
    }

    async fn one_code_of_an_app_lets_in_once_at_the_same_time(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let app = App::register(server, &client, "alice", None).await;
        prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
        let first = start(server, &client, "alice").await;
        assert_eq!(first["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"], "transparent");
        let second = start(server, &client, "alice").await;
        let input = |session| with_code(&client, "SOFTWARE_TOKEN_MFA", session, &app.code(server, 1));
        let caller = server.public();
        let (one, other) = tokio::join!(
            caller.call("RespondToAuthChallenge", input(&first["Session"])),
            caller.call("RespondToAuthChallenge", input(&second["Session"])),
        );
        let refused = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!(refused[0].code, "ExpiredCodeException");
    }

    async fn after_srp_too_and_at_either_door(server) {
        let pool = pool_of_all_factors(server, "ON").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        let srp = SrpClient::new(&pool);
        let input = json!({
            "ClientId": client,
            "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": { "USERNAME": "alice", "SRP_A": srp.srp_a() },
        });
        let output = server.public().ok("InitiateAuth", input).await;
        let responses = srp.answer(&output["ChallengeParameters"], TestServer::PASSWORD, server.now());
        let input = answer(&client, "PASSWORD_VERIFIER", &Value::Null, responses);
        let output = server.public().ok("RespondToAuthChallenge", input.clone()).await;
        assert_eq!(output["ChallengeName"], "SMS_MFA");
        assert_eq!(refused(server, input).await, incorrect(), "the proof is spent");
        let mut input = with_code(&client, "SMS_MFA", &output["Session"], &server.code("alice"));
        input["UserPoolId"] = json!(pool);
        server.admin().ok("AdminRespondToAuthChallenge", input).await;
        let input = json!({
            "UserPoolId": pool,
            "ClientId": client,
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
        });
        assert_eq!(server.admin().ok("AdminInitiateAuth", input).await["ChallengeName"], "SMS_MFA");
    }

    async fn several_factors_are_chosen_from(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        App::register(server, &client, "alice", None).await;
        let settings = json!({
            "UserPoolId": pool,
            "Username": "alice",
            "SMSMfaSettings": { "Enabled": true },
            "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": false },
        });
        server.admin().ok("AdminSetUserMFAPreference", settings).await;
        let output = start(server, &client, "alice").await;
        assert_eq!(output["ChallengeName"], SELECT);
        assert_eq!(
            output["ChallengeParameters"],
            json!({ "MFAS_CAN_CHOOSE": r#"["SMS_MFA","SOFTWARE_TOKEN_MFA"]"#, "USER_ID_FOR_SRP": "alice" })
        );
        let choose = |choice: &str| {
            answer(&client, SELECT, &output["Session"], json!({ "USERNAME": "alice", "ANSWER": choice }))
        };
        for wrong in ["EMAIL_OTP", "NEW_PASSWORD_REQUIRED", "sms_mfa"] {
            assert_eq!(refused(server, choose(wrong)).await, invalid_parameter("Invalid MFA type selected."));
        }
        let chosen = server.public().ok("RespondToAuthChallenge", choose("SMS_MFA")).await;
        assert_eq!(chosen["ChallengeName"], "SMS_MFA");
        let used = not_authorized("Invalid session for the user, session can only be used once.");
        assert_eq!(refused(server, choose("SOFTWARE_TOKEN_MFA")).await, used);
        let input = with_code(&client, "SMS_MFA", &chosen["Session"], &server.code("alice"));
        server.public().ok("RespondToAuthChallenge", input).await;
    }

    async fn wrong_codes_lock_out_after_the_fifth(server) {
        let pool = pool_of_all_factors(server, "ON").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        let session = start(server, &client, "alice").await["Session"].clone();
        let code = server.code("alice");
        let wrong = with_code(&client, "SMS_MFA", &session, &wrong_code(&code));
        let right = with_code(&client, "SMS_MFA", &session, &code);
        for _ in 0..5 {
            assert_eq!(refused(server, wrong.clone()).await, code_mismatch());
        }
        assert_eq!(refused(server, wrong.clone()).await, exceeded());
        assert_eq!(refused(server, right.clone()).await, exceeded());
        // no further messages either, while it lasts
        let input = password_auth(&client, "alice", TestServer::PASSWORD);
        assert_eq!(server.public().refused("InitiateAuth", input).await, exceeded());
        assert_eq!(server.messages("alice").len(), 1);
        server.clock().advance_seconds(1);
        // wrong ones did not use the session up
        server.public().ok("RespondToAuthChallenge", right).await;
        let session = start(server, &client, "alice").await["Session"].clone();
        let wrong = with_code(&client, "SMS_MFA", &session, "x");
        assert_eq!(refused(server, wrong).await, code_mismatch(), "the count begins anew");
    }

    async fn a_code_is_for_its_session_user_and_address(server) {
        let pool = pool_of_all_factors(server, "ON").await;
        let client = server.client(&pool, json!({})).await;
        let other = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        server.user(&pool, "bob", json!({ "phone_number": "+12065550101" })).await;
        let first = start(server, &client, "alice").await["Session"].clone();
        let first_code = server.code("alice");
        let second = start(server, &client, "alice").await["Session"].clone();
        assert_ne!(server.code("alice"), first_code);
        let input = with_code(&client, "SMS_MFA", &second, &first_code);
        assert_eq!(refused(server, input).await, code_mismatch());
        let invalid = not_authorized("Invalid session for the user.");
        let input = with_code(&other, "SMS_MFA", &first, &first_code);
        assert_eq!(refused(server, input).await, invalid);
        let mut input = with_code(&client, "SMS_MFA", &first, &first_code);
        input["ChallengeResponses"]["USERNAME"] = json!("bob");
        assert_eq!(refused(server, input).await, invalid);
        for name in ["EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "MFA_SETUP", SELECT, "NEW_PASSWORD_REQUIRED", "SELECT_CHALLENGE"] {
            let input = with_code(&client, name, &first, &first_code);
            assert_eq!(refused(server, input).await, invalid, "{name}");
        }
        let mut input = with_code(&client, "SMS_MFA", &first, &first_code);
        input["ChallengeResponses"]["SMS_MFA_CODE"] = json!("");
        assert_eq!(refused(server, input).await, invalid_parameter("Missing required parameter SMS_MFA_CODE"));
        let number = json!([{ "Name": "phone_number", "Value": "+12065550199" }]);
        let update = json!({ "UserPoolId": pool, "Username": "alice", "UserAttributes": number });
        server.admin().ok("AdminUpdateUserAttributes", update).await;
        let input = with_code(&client, "SMS_MFA", &first, &first_code);
        assert_eq!(refused(server, input).await, code_mismatch(), "it went to the old number");
        server.clock().advance_seconds(180);
        let input = with_code(&client, "SMS_MFA", &second, &server.code("alice"));
        let expired = not_authorized("Invalid session for the user, session is expired.");
        assert_eq!(refused(server, input).await, expired);
    }

    async fn the_state_of_the_user_counts_at_each_step(server) {
        let pool = pool_of_all_factors(server, "ON").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        let session = start(server, &client, "alice").await["Session"].clone();
        let input = with_code(&client, "SMS_MFA", &session, &server.code("alice"));
        let named = json!({ "UserPoolId": pool, "Username": "alice" });
        server.admin().ok("AdminDisableUser", named.clone()).await;
        assert_eq!(refused(server, input.clone()).await, not_authorized("User is disabled."));
        server.admin().ok("AdminEnableUser", named.clone()).await;
        let mut password = named.clone();
        password["Password"] = json!("An0ther!Password");
        password["Permanent"] = json!(true);
        server.admin().ok("AdminSetUserPassword", password).await;
        assert_eq!(refused(server, input).await, not_authorized("Invalid session for the user."));
    }

    async fn a_removed_token_voids_the_session_that_waits_for_it(server) {
        // new-operations §5.1
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let app = App::register(server, &client, "alice", None).await;
        prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
        let session = start(server, &client, "alice").await["Session"].clone();
        let named = json!({ "UserPoolId": pool, "Username": "alice" });
        assert_eq!(server.admin().ok("AdminDeleteSoftwareToken", named.clone()).await, json!({}));
        let input = with_code(&client, "SOFTWARE_TOKEN_MFA", &session, &app.code(server, 1));
        assert_eq!(refused(server, input).await, not_authorized("Invalid session for the user."));
        let user = server.admin().ok("AdminGetUser", named.clone()).await;
        assert_eq!((&user["UserMFASettingList"], &user["PreferredMfaSetting"]), (&Value::Null, &Value::Null));
        server.sign_in(&client, "alice").await;
        // without one nothing happens
        assert_eq!(server.admin().ok("AdminDeleteSoftwareToken", named).await, json!({}));
    }

    async fn the_new_password_comes_first_and_is_kept_once_the_code_proves(server) {
        // authentication §17: NEW_PASSWORD_REQUIRED before the second factor
        let pool = pool_of_all_factors(server, "ON").await;
        let client = server.client(&pool, json!({})).await;
        invited(server, &pool, "alice", json!([{ "Name": "phone_number", "Value": "+12065550100" }])).await;
        let output = server.public().ok("InitiateAuth", password_auth(&client, "alice", TEMPORARY)).await;
        assert_eq!(output["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        assert!(server.messages("alice").is_empty());
        let responses = json!({ "USERNAME": "alice", "NEW_PASSWORD": TestServer::PASSWORD });
        let input = answer(&client, "NEW_PASSWORD_REQUIRED", &output["Session"], responses);
        let output = server.public().ok("RespondToAuthChallenge", input.clone()).await;
        assert_eq!(output["ChallengeName"], "SMS_MFA");
        let used = not_authorized("Invalid session for the user, session can only be used once.");
        assert_eq!(refused(server, input).await, used);
        // decision 19: until then the record is as it was
        let old = password_auth(&client, "alice", TEMPORARY);
        let again = server.public().ok("InitiateAuth", old.clone()).await;
        assert_eq!(again["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let input = with_code(&client, "SMS_MFA", &output["Session"], &server.code("alice"));
        server.public().ok("RespondToAuthChallenge", input).await;
        assert_eq!(server.public().refused("InitiateAuth", old).await, incorrect());
        assert_eq!(start(server, &client, "alice").await["ChallengeName"], "SMS_MFA");
    }

    async fn sms_turned_on_the_old_way_is_asked_for(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        server.sign_in(&client, "alice").await;
        let option = json!({ "DeliveryMedium": "SMS", "AttributeName": "phone_number" });
        let settings = json!({ "UserPoolId": pool, "Username": "alice", "MFAOptions": [option] });
        server.admin().ok("AdminSetUserSettings", settings).await;
        assert_eq!(start(server, &client, "alice").await["ChallengeName"], "SMS_MFA");
        let off = json!({ "UserPoolId": pool, "MfaConfiguration": "OFF" });
        server.admin().ok("SetUserPoolMfaConfig", off).await;
        server.sign_in(&client, "alice").await;
    }

    async fn a_demand_that_nobody_can_meet_is_told(server) {
        // authentication §9.1, open: only SMS, and no telephone
        let pool = pool_of_all_factors(server, "ON").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        demand(server, &pool, "ON", json!({ "SmsMfaConfiguration": {} })).await;
        let input = password_auth(&client, "alice", TestServer::PASSWORD);
        let text = "User does not have delivery config set to turn on SMS_MFA";
        assert_eq!(server.public().refused("InitiateAuth", input).await, invalid_parameter(text));
        let wrong = password_auth(&client, "alice", "wrong");
        assert_eq!(server.public().refused("InitiateAuth", wrong).await, incorrect());
    }
}
