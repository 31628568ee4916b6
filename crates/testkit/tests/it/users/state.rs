//! Enabling, confirming, settings (users-and-groups §10, §12.2).

use poolhouse_testkit::on_both;
use serde_json::{Value, json};

use super::{get, of_user, refusal};

on_both! {
    async fn disabling_changes_enabled_and_nothing_else(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        for (operation, enabled) in [
            ("AdminDisableUser", false), ("AdminDisableUser", false),
            ("AdminEnableUser", true), ("AdminEnableUser", true),
        ] {
            let (_, _, body) = server.admin().raw(operation, of_user(&pool, "alice").to_string().as_bytes()).await;
            assert_eq!(body, b"{}", "{operation}");
            let user = get(server, &pool, "alice").await;
            assert_eq!((&user["Enabled"], &user["UserStatus"]), (&json!(enabled), &json!("CONFIRMED")));
        }
    }

    async fn the_date_moves_with_writes_to_the_user(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        server.group(&pool, "staff", json!({})).await;
        let mut date = get(server, &pool, "alice").await["UserLastModifiedDate"].as_f64().unwrap();
        let named = |name: &str, value: Value| {
            let mut input = of_user(&pool, "alice");
            input[name] = value;
            input
        };
        let phone = json!([{ "Name": "phone_number", "Value": "+12065550100" }]);
        let options = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
        let steps = [
            ("AdminDisableUser", of_user(&pool, "alice"), true),
            ("AdminEnableUser", of_user(&pool, "alice"), true),
            ("AdminSetUserPassword", named("Password", json!("Correct-Horse-8")), true),
            ("AdminUpdateUserAttributes", named("UserAttributes", phone), true),
            ("AdminSetUserSettings", named("MFAOptions", options), true),
            ("AdminDeleteUserAttributes", named("UserAttributeNames", json!(["phone_number"])), true),
            ("AdminUserGlobalSignOut", of_user(&pool, "alice"), false),
            ("AdminAddUserToGroup", named("GroupName", json!("staff")), false), // observed
        ];
        for (operation, input, moves) in steps {
            server.clock().advance_seconds(1);
            server.admin().ok(operation, input).await;
            let now = get(server, &pool, "alice").await["UserLastModifiedDate"].as_f64().unwrap();
            assert_eq!(now > date, moves, "{operation}");
            date = now;
        }
    }

    async fn only_a_sign_up_can_be_confirmed(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let text = "User cannot be confirmed. Current status is CONFIRMED";
        let refused = server.admin().refused("AdminConfirmSignUp", of_user(&pool, "alice")).await;
        assert_eq!(refused, refusal("NotAuthorized", text));

        let client = server.client(&pool, json!({})).await;
        let input = json!({ "ClientId": client, "Username": "bob", "Password": "Correct-Horse-7" });
        server.public().ok("SignUp", input).await;
        assert_eq!(get(server, &pool, "bob").await["UserStatus"], "UNCONFIRMED");
        let (_, _, body) = server.admin().raw("AdminConfirmSignUp", of_user(&pool, "bob").to_string().as_bytes()).await;
        assert_eq!(body, b"{}");
        assert_eq!(get(server, &pool, "bob").await["UserStatus"], "CONFIRMED");
    }

    async fn disabling_and_signing_out_revoke_tokens_for_good(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let token = async || json!({ "AccessToken": server.sign_in(&client, "alice").await["AccessToken"] });
        let revoked = refusal("NotAuthorized", "Access Token has been revoked");

        let first = token().await;
        server.public().ok("GetUser", first.clone()).await;
        server.admin().ok("AdminDisableUser", of_user(&pool, "alice")).await;
        let disabled = refusal("NotAuthorized", "User is disabled.");
        assert_eq!(server.public().refused("GetUser", first.clone()).await, disabled);
        server.admin().ok("AdminEnableUser", of_user(&pool, "alice")).await;
        assert_eq!(server.public().refused("GetUser", first).await, revoked);

        let second = token().await;
        assert_eq!(server.admin().ok("AdminUserGlobalSignOut", of_user(&pool, "alice")).await, json!({}));
        assert_eq!(server.public().refused("GetUser", second).await, revoked);
        // A sign-in afterwards is none of its business.
        server.public().ok("GetUser", token().await).await;
    }

    async fn an_unknown_user_has_no_state(server) {
        let pool = server.pool(json!({})).await;
        let missing = refusal("UserNotFound", "User does not exist.");
        for operation in ["AdminEnableUser", "AdminDisableUser", "AdminConfirmSignUp", "AdminUserGlobalSignOut"] {
            assert_eq!(server.admin().refused(operation, of_user(&pool, "bob")).await, missing, "{operation}");
        }
    }

    async fn the_old_sms_setting_is_kept_and_shown(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({ "phone_number": "+12065550100" })).await;
        let sms = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
        let settings = |options: &Value| json!({ "UserPoolId": pool, "Username": "alice", "MFAOptions": options });
        assert_eq!(get(server, &pool, "alice").await["MFAOptions"], Value::Null);
        assert_eq!(server.admin().ok("AdminSetUserSettings", settings(&sms)).await, json!({}));
        assert_eq!(get(server, &pool, "alice").await["MFAOptions"], sms);
        let listed = server.admin().ok("ListUsers", json!({ "UserPoolId": pool })).await;
        assert_eq!(listed["Users"][0]["MFAOptions"], sms);

        let email = json!([{ "DeliveryMedium": "EMAIL", "AttributeName": "email" }]);
        let refused = server.admin().refused("AdminSetUserSettings", settings(&email)).await;
        assert_eq!(refused.0, "InvalidParameterException");
        // Without the number there is nowhere to send a code.
        let input = json!({ "UserPoolId": pool, "Username": "alice", "UserAttributeNames": ["phone_number"] });
        server.admin().ok("AdminDeleteUserAttributes", input).await;
        assert_eq!(get(server, &pool, "alice").await["MFAOptions"], Value::Null);
        let refused = server.admin().refused("AdminSetUserSettings", settings(&sms)).await;
        let text = "User does not have delivery config set to turn on SMS_MFA";
        assert_eq!(refused, refusal("InvalidParameter", text));
        server.admin().ok("AdminSetUserSettings", settings(&json!([]))).await;
    }
}
