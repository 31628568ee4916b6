//! MFA_SETUP (docs/cognito/authentication.md §11.4) and software tokens by access token (§13.2).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::factors::{App, code_mismatch, demand, pool_of_all_factors, prefer, wrong_code};
use super::{answer, invalid_parameter, not_authorized, password_auth};

const NAME: &str = "MFA_SETUP";

async fn start(server: &TestServer, client: &str) -> Value {
    server.public().ok("InitiateAuth", password_auth(client, "alice", TestServer::PASSWORD)).await
}

async fn refused(server: &TestServer, input: Value) -> (String, String) {
    server.public().refused("RespondToAuthChallenge", input).await
}

fn set_up(client: &str, session: &Value, extra: Value) -> Value {
    let mut responses = json!({ "USERNAME": "alice" });
    responses.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    answer(client, NAME, session, responses)
}

fn used() -> (String, String) {
    not_authorized("Invalid session for the user, session can only be used once.")
}

fn enable_refused() -> (String, String) {
    ("EnableSoftwareTokenMFAException".to_owned(), "Code mismatch".to_owned())
}

/// A pool that demands a software token, a client and alice.
async fn token_pool(server: &TestServer) -> (String, String) {
    let pool = server.pool(json!({})).await;
    demand(server, &pool, "ON", json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } })).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "alice", json!({})).await;
    (pool, client)
}

on_both! {
    async fn a_software_token_is_set_up_while_signing_in(server) {
        let (pool, client) = token_pool(server).await;
        let output = start(server, &client).await;
        assert_eq!(output["ChallengeName"], NAME);
        assert_eq!(
            output["ChallengeParameters"],
            json!({ "MFAS_CAN_SETUP": r#"["SOFTWARE_TOKEN_MFA"]"#, "USER_ID_FOR_SRP": "alice" })
        );
        let first = output["Session"].clone();
        let text = "User has not verified software token mfa";
        assert_eq!(refused(server, set_up(&client, &first, json!({}))).await, invalid_parameter(text));
        let early = json!({ "Session": first, "UserCode": "123456" });
        let text = "User has not called AssociateSoftwareToken.";
        assert_eq!(server.public().refused("VerifySoftwareToken", early).await, invalid_parameter(text));
        let output = server.public().ok("AssociateSoftwareToken", json!({ "Session": first })).await;
        assert_eq!(server.public().refused("AssociateSoftwareToken", json!({ "Session": first })).await, used());
        let (app, second) = (App::new(&output["SecretCode"]), output["Session"].clone());
        let verify = |code: String| json!({ "Session": second, "UserCode": code });
        let code = app.code(server, 0);
        let wrong = verify(wrong_code(&code));
        assert_eq!(server.public().refused("VerifySoftwareToken", wrong).await, enable_refused());
        let output = server.public().ok("VerifySoftwareToken", verify(code.clone())).await;
        assert_eq!(output["Status"], "SUCCESS");
        assert_eq!(server.public().refused("VerifySoftwareToken", verify(code)).await, used());
        let last = set_up(&client, &output["Session"], json!({}));
        let output = server.public().ok("RespondToAuthChallenge", last.clone()).await;
        assert!(output["AuthenticationResult"]["AccessToken"].is_string());
        assert_eq!(refused(server, last).await, used());
        // authentication §11.4, observed: it is not put into the list
        let user = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        assert_eq!(user["UserMFASettingList"], Value::Null);
        assert_eq!(start(server, &client).await["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    }

    async fn a_verified_token_stays_though_the_sign_in_is_left(server) {
        // authentication §11.4, recorded
        let (_, client) = token_pool(server).await;
        let sessions = [start(server, &client).await, start(server, &client).await];
        let [first, other] = sessions.map(|output| output["Session"].clone());
        let output = server.public().ok("AssociateSoftwareToken", json!({ "Session": first })).await;
        let waiting = server.public().ok("AssociateSoftwareToken", json!({ "Session": other })).await;
        let code = App::new(&output["SecretCode"]).code(server, 0);
        let input = json!({ "Session": output["Session"], "UserCode": code });
        server.public().ok("VerifySoftwareToken", input).await;
        assert_eq!(start(server, &client).await["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        // and nobody puts another one in its place with the password alone
        let code = App::new(&waiting["SecretCode"]).code(server, 0);
        let input = json!({ "Session": waiting["Session"], "UserCode": code });
        let invalid = not_authorized("Invalid session for the user.");
        assert_eq!(server.public().refused("VerifySoftwareToken", input).await, invalid);
        assert_eq!(refused(server, set_up(&client, &waiting["Session"], json!({}))).await, invalid);
    }

    async fn foreign_and_broken_sessions_set_nothing_up(server) {
        let (_, client) = token_pool(server).await;
        let (_, other) = token_pool(server).await;
        let session = start(server, &client).await["Session"].as_str().unwrap().to_owned();
        let (_, sealed) = session.split_once('-').unwrap();
        let invalid = not_authorized("Invalid session for the user.");
        for text in [format!("{other}-{sealed}"), format!("nobody-{sealed}"), "no session of any kind".to_owned()] {
            let input = json!({ "Session": text });
            assert_eq!(server.public().refused("AssociateSoftwareToken", input).await, invalid, "{text}");
        }
        let text = "Exactly one of AccessToken and Session is required.";
        for input in [json!({}), json!({ "Session": session, "AccessToken": "x" })] {
            assert_eq!(server.public().refused("AssociateSoftwareToken", input).await, invalid_parameter(text));
        }
        server.clock().advance_seconds(180);
        let expired = not_authorized("Invalid session for the user, session is expired.");
        let input = json!({ "Session": session });
        assert_eq!(server.public().refused("AssociateSoftwareToken", input).await, expired);
    }

    async fn an_email_address_is_set_up_while_signing_in(server) {
        let pool = pool_of_all_factors(server, "ON").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let output = start(server, &client).await;
        assert_eq!(
            output["ChallengeParameters"]["MFAS_CAN_SETUP"],
            r#"["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]"#
        );
        let session = &output["Session"];
        let bad = set_up(&client, session, json!({ "EMAIL": "no address" }));
        assert_eq!(refused(server, bad).await, invalid_parameter("Invalid email address format."));
        let input = set_up(&client, session, json!({ "EMAIL": "alice@example.com" }));
        let output = server.public().ok("RespondToAuthChallenge", input).await;
        assert_eq!(output["ChallengeName"], "EMAIL_OTP");
        let named = json!({ "UserPoolId": pool, "Username": "alice" });
        let before = server.admin().ok("AdminGetUser", named.clone()).await;
        assert_eq!(before["UserAttributes"].as_array().unwrap().len(), 1, "only the sub: {before}");
        let code = server.code("alice");
        let with = |code: &str| {
            let responses = json!({ "USERNAME": "alice", "EMAIL_OTP_CODE": code });
            answer(&client, "EMAIL_OTP", &output["Session"], responses)
        };
        assert_eq!(refused(server, with(&wrong_code(&code))).await, code_mismatch());
        server.public().ok("RespondToAuthChallenge", with(&code)).await;
        let after = server.admin().ok("AdminGetUser", named).await;
        for (name, value) in [("email", "alice@example.com"), ("email_verified", "true")] {
            let attribute = json!({ "Name": name, "Value": value });
            assert!(after["UserAttributes"].as_array().unwrap().contains(&attribute), "{after}");
        }
        assert_eq!(start(server, &client).await["ChallengeName"], "EMAIL_OTP");
    }

    async fn the_password_alone_does_not_change_an_address(server) {
        // The address is the first way of recovery, so it is no automatic factor, and it can be set up as one.
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "email": "alice@example.com", "email_verified": "true" })).await;
        let options = json!([
            { "Priority": 1, "Name": "verified_email" }, { "Priority": 2, "Name": "verified_phone_number" },
        ]);
        let mut update = server.admin().ok("DescribeUserPool", json!({ "UserPoolId": pool })).await["UserPool"].clone();
        let (sms, email) = (update["SmsConfiguration"].take(), update["EmailConfiguration"].take());
        let update = json!({
            "UserPoolId": pool,
            "SmsConfiguration": sms,
            "EmailConfiguration": email,
            "AccountRecoverySetting": { "RecoveryMechanisms": options },
        });
        server.admin().ok("UpdateUserPool", update).await;
        let factors = json!({ "EmailMfaConfiguration": {}, "SoftwareTokenMfaConfiguration": { "Enabled": true } });
        demand(server, &pool, "ON", factors).await;
        let output = start(server, &client).await;
        assert_eq!(output["ChallengeName"], NAME);
        let other = set_up(&client, &output["Session"], json!({ "EMAIL": "mallory@example.com" }));
        let text = "EMAIL must be the email address that the user has.";
        assert_eq!(refused(server, other).await, invalid_parameter(text));
        let own = set_up(&client, &output["Session"], json!({ "email": "alice@example.com" }));
        let output = server.public().ok("RespondToAuthChallenge", own).await;
        let responses = json!({ "USERNAME": "alice", "EMAIL_OTP_CODE": server.code("alice") });
        let input = answer(&client, "EMAIL_OTP", &output["Session"], responses);
        server.public().ok("RespondToAuthChallenge", input).await;
    }

    async fn a_token_is_registered_by_its_first_code(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        let with = |code: &str| json!({ "AccessToken": token, "UserCode": code });
        let text = "User has not called AssociateSoftwareToken.";
        assert_eq!(server.public().refused("VerifySoftwareToken", with("123456")).await, invalid_parameter(text));
        let associate = async || {
            let output = server.public().ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
            App::new(&output["SecretCode"])
        };
        let (old, app) = (associate().await, associate().await);
        let stale = with(&old.code(server, 0));
        assert_eq!(server.public().refused("VerifySoftwareToken", stale).await, enable_refused());
        server.public().ok("VerifySoftwareToken", with(&app.code(server, 0))).await;
        prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
        // authentication §13.2: a new secret does nothing before its first code
        let new = associate().await;
        let session = start(server, &client).await["Session"].clone();
        let code = |app: &App| {
            let responses = json!({ "USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": app.code(server, 1) });
            answer(&client, "SOFTWARE_TOKEN_MFA", &session, responses)
        };
        let mismatch = ("CodeMismatchException".to_owned(), "Invalid code received for user".to_owned());
        assert_eq!(refused(server, code(&new)).await, mismatch);
        server.public().ok("RespondToAuthChallenge", code(&app)).await;
        server.public().ok("VerifySoftwareToken", with(&new.code(server, 0))).await;
        let session = start(server, &client).await["Session"].clone();
        let responses = json!({ "USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": new.code(server, 1) });
        let input = answer(&client, "SOFTWARE_TOKEN_MFA", &session, responses);
        server.public().ok("RespondToAuthChallenge", input).await;
    }

    async fn first_codes_are_guessed_no_faster_than_others(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        let output = server.public().ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
        let code = App::new(&output["SecretCode"]).code(server, 0);
        let with = |code: &str| json!({ "AccessToken": token, "UserCode": code });
        for _ in 0..5 {
            let wrong = with(&wrong_code(&code));
            assert_eq!(server.public().refused("VerifySoftwareToken", wrong).await, enable_refused());
        }
        let exceeded = not_authorized("Password attempts exceeded");
        assert_eq!(server.public().refused("VerifySoftwareToken", with(&code)).await, exceeded);
    }

    async fn where_the_pool_has_no_software_tokens_none_is_made(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        let off = (
            "SoftwareTokenMFANotFoundException".to_owned(),
            "Software Token MFA has not been enabled by the userPool".to_owned(),
        );
        let input = json!({ "AccessToken": token });
        assert_eq!(server.public().refused("AssociateSoftwareToken", input).await, off);
        let input = json!({ "AccessToken": token, "UserCode": "123456" });
        assert_eq!(server.public().refused("VerifySoftwareToken", input).await, off);
        let input = json!({ "AccessToken": "x.y.z" });
        let (code, _) = server.public().refused("AssociateSoftwareToken", input).await;
        assert_eq!(code, "NotAuthorizedException");
    }
}
