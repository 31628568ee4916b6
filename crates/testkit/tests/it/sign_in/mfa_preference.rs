//! SetUserMFAPreference and AdminSetUserMFAPreference (docs/cognito/authentication.md §13.3),
//! AdminDeleteSoftwareToken.

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::factors::{App, demand, pool_of_all_factors};
use super::invalid_parameter;

/// Alice's settings as an administrator sees them.
async fn shown(server: &TestServer, pool: &str) -> (Value, Value) {
    let user = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
    (user["UserMFASettingList"].clone(), user["PreferredMfaSetting"].clone())
}

fn cannot(factor: &str) -> (String, String) {
    invalid_parameter(&format!("User does not have delivery config set to turn on {factor}"))
}

on_both! {
    async fn factors_are_turned_on_and_preferred(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100", "email": "a@example.com" })).await;
        App::register(server, &client, "alice", None).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        let set = async |mut input: Value| {
            input["AccessToken"] = token.clone();
            assert_eq!(server.public().ok("SetUserMFAPreference", input).await, json!({}));
            shown(server, &pool).await
        };
        assert_eq!(shown(server, &pool).await, (Value::Null, Value::Null));
        let email = json!({ "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true } });
        assert_eq!(set(email).await, (json!(["EMAIL_OTP"]), json!("EMAIL_OTP")));
        let sms = json!({ "SMSMfaSettings": { "Enabled": true } });
        assert_eq!(set(sms).await, (json!(["SMS_MFA", "EMAIL_OTP"]), json!("EMAIL_OTP")), "others stay");
        let app = json!({ "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true } });
        let all = json!(["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]);
        assert_eq!(set(app).await, (all.clone(), json!("SOFTWARE_TOKEN_MFA")), "one is preferred");
        let user = server.public().ok("GetUser", json!({ "AccessToken": token })).await;
        assert_eq!((&user["UserMFASettingList"], &user["PreferredMfaSetting"]), (&all, &json!("SOFTWARE_TOKEN_MFA")));
        let none = json!({ "SoftwareTokenMfaSettings": { "PreferredMfa": false } });
        assert_eq!(set(none).await, (all.clone(), Value::Null));
        let again = json!({ "SMSMfaSettings": { "PreferredMfa": true } });
        assert_eq!(set(again).await, (all, json!("SMS_MFA")));
        let off = json!({ "SMSMfaSettings": { "Enabled": false }, "EmailMfaSettings": { "Enabled": false, "PreferredMfa": false } });
        assert_eq!(set(off).await, (json!(["SOFTWARE_TOKEN_MFA"]), Value::Null), "the preference goes with it");
    }

    async fn all_may_be_turned_off_where_one_is_demanded(server) {
        // authentication §13.3, observed
        let pool = pool_of_all_factors(server, "ON").await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        let named = |enabled| json!({
            "UserPoolId": pool, "Username": "alice", "SMSMfaSettings": { "Enabled": enabled, "PreferredMfa": enabled },
        });
        server.admin().ok("AdminSetUserMFAPreference", named(true)).await;
        assert_eq!(shown(server, &pool).await, (json!(["SMS_MFA"]), json!("SMS_MFA")));
        server.admin().ok("AdminSetUserMFAPreference", named(false)).await;
        assert_eq!(shown(server, &pool).await, (Value::Null, Value::Null));
    }

    async fn what_cannot_be_answered_cannot_be_turned_on(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        let refused = async |mut input: Value| {
            input["AccessToken"] = token.clone();
            let own = server.public().refused("SetUserMFAPreference", input.clone()).await;
            input["UserPoolId"] = json!(pool);
            input["Username"] = json!("alice");
            input.as_object_mut().unwrap().remove("AccessToken");
            assert_eq!(server.admin().refused("AdminSetUserMFAPreference", input).await, own);
            own
        };
        let on = json!({ "Enabled": true });
        assert_eq!(refused(json!({ "SMSMfaSettings": on })).await, cannot("SMS_MFA"));
        assert_eq!(refused(json!({ "EmailMfaSettings": on })).await, cannot("EMAIL_OTP"));
        assert_eq!(refused(json!({ "SoftwareTokenMfaSettings": on })).await, cannot("SOFTWARE_TOKEN_MFA"));
        assert_eq!(refused(json!({ "WebAuthnMfaSettings": on })).await, cannot("WEB_AUTHN"));
        let preferred = json!({ "PreferredMfa": true });
        let text = "SMS_MFA cannot be preferred because it is not enabled. Set Enabled to true with it.";
        assert_eq!(refused(json!({ "SMSMfaSettings": preferred })).await, invalid_parameter(text));
        let off = json!({ "Enabled": false, "PreferredMfa": true });
        assert_eq!(refused(json!({ "SMSMfaSettings": off })).await, invalid_parameter(text));
        let both = json!({ "SMSMfaSettings": preferred, "EmailMfaSettings": preferred });
        assert_eq!(refused(both).await, invalid_parameter("Only one MFA method can be preferred"));
        // and nothing of a request that was refused is kept
        App::register(server, &client, "alice", None).await;
        refused(json!({ "SoftwareTokenMfaSettings": on, "EmailMfaSettings": on })).await;
        assert_eq!(shown(server, &pool).await, (Value::Null, Value::Null));
        // nor what the pool does not offer
        demand(server, &pool, "OPTIONAL", json!({ "SmsMfaConfiguration": {} })).await;
        assert_eq!(refused(json!({ "SoftwareTokenMfaSettings": on })).await, cannot("SOFTWARE_TOKEN_MFA"));
    }

    async fn a_factor_goes_with_its_address(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        let on = json!({
            "UserPoolId": pool, "Username": "alice", "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true },
        });
        server.admin().ok("AdminSetUserMFAPreference", on).await;
        let gone = json!({ "UserPoolId": pool, "Username": "alice", "UserAttributeNames": ["phone_number"] });
        server.admin().ok("AdminDeleteUserAttributes", gone).await;
        assert_eq!(shown(server, &pool).await, (Value::Null, Value::Null));
        server.sign_in(&client, "alice").await;
    }

    async fn a_token_is_no_business_of_users_who_are_not_confirmed(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let input = json!({ "ClientId": client, "Username": "alice", "Password": TestServer::PASSWORD });
        server.public().ok("SignUp", input).await;
        let refused = async |name: &str| {
            let input = json!({ "UserPoolId": pool, "Username": name });
            server.admin().refused("AdminDeleteSoftwareToken", input).await.0
        };
        assert_eq!(refused("alice").await, "UserNotConfirmedException");
        assert_eq!(refused("nobody").await, "UserNotFoundException");
        let input = json!({ "UserPoolId": pool, "Username": "nobody" });
        assert_eq!(server.admin().refused("AdminSetUserMFAPreference", input).await.0, "UserNotFoundException");
    }
}
