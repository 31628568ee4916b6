//! UpdateUserPool: what stays and what falls back when it is left out (operations-and-protection §3, §6).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::{describe, invalid, merged, own_sender, sms};

/// A pool in which nothing changeable has its default value.
fn full() -> Value {
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:hook";
    json!({
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12, "RequireUppercase": true, "RequireLowercase": true,
                "RequireNumbers": true, "RequireSymbols": false, "PasswordHistorySize": 3,
                "TemporaryPasswordValidityDays": 5,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] },
        },
        "DeletionProtection": "ACTIVE",
        "LambdaConfig": { "PreSignUp": arn },
        "AutoVerifiedAttributes": ["email"],
        "SmsAuthenticationMessage": "MFA {####}",
        "VerificationMessageTemplate": { "EmailSubject": "Hello", "DefaultEmailOption": "CONFIRM_WITH_LINK" },
        "MfaConfiguration": "OPTIONAL",
        "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": false },
        "EmailConfiguration": own_sender(),
        "SmsConfiguration": sms(),
        "UserPoolTags": { "team": "one" },
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
        "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Priority": 1, "Name": "admin_only" }] },
        "UserPoolTier": "PLUS",
        "IssuerConfiguration": { "Type": "UPDATED" },
        "KeyConfiguration": {
            "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1",
        },
        "AcrConfiguration": { "Level2": { "AcrValue": "gold" } },
        "DcrConfiguration": { "EnableStatus": "Disabled" },
    })
}

async fn update(server: &TestServer, pool: &str, settings: Value) {
    let input = merged(json!({ "UserPoolId": pool }), settings);
    let (status, _, body) = server.admin().raw("UpdateUserPool", input.to_string().as_bytes()).await;
    // recorded: `{}`
    assert_eq!((status, body.as_slice()), (200, b"{}".as_slice()), "{}", String::from_utf8_lossy(&body));
}

fn differences(one: &Value, other: &Value) -> Vec<String> {
    let names = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    names(one).union(&names(other)).filter(|name| one.get(name) != other.get(name)).cloned().collect()
}

on_both! {
    async fn left_out_members_are_kept_or_fall_back(server) {
        let pool = server.pool(full()).await;
        let before = describe(server, &pool).await;
        let blank = describe(server, &server.pool(json!({})).await).await;
        server.clock().advance_seconds(60);
        update(server, &pool, json!({})).await;
        let after = describe(server, &pool).await;

        for kept in [
            "Name", "Policies", "MfaConfiguration", "UserAttributeUpdateSettings", "UserPoolTier",
            "DeletionProtection", "DcrConfiguration", "AcrConfiguration", "KeyConfiguration",
            "IssuerConfiguration", "SchemaAttributes", "CreationDate",
        ] {
            assert_eq!(after[kept], before[kept], "{kept}");
        }
        for reset in [
            "AutoVerifiedAttributes", "LambdaConfig", "SmsAuthenticationMessage", "VerificationMessageTemplate",
            "EmailVerificationSubject", "DeviceConfiguration", "EmailConfiguration", "SmsConfiguration",
            "UserPoolTags", "UserPoolAddOns", "AccountRecoverySetting",
        ] {
            assert_ne!(before.get(reset), blank.get(reset), "the test must change {reset}");
            assert_eq!(after.get(reset), blank.get(reset), "{reset}");
        }
        // Its days are those of the policy, which is kept.
        assert_eq!(
            after["AdminCreateUserConfig"],
            json!({ "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 5 })
        );
        assert_eq!(after["LastModifiedDate"], 1_893_456_060.0);
    }

    async fn what_was_read_can_be_sent_back(server) {
        let pool = server.pool(full()).await;
        let before = describe(server, &pool).await;
        // Read-only members are ignored: they are no members of the request.
        let mut input = before.clone();
        for name in ["Id", "Name", "Arn", "CreationDate", "LastModifiedDate", "SchemaAttributes"] {
            input.as_object_mut().unwrap().remove(name);
        }
        // The days stand in two members, of which a request may have one (operations-and-protection §2, recorded).
        let both = merged(json!({ "UserPoolId": pool }), input.clone());
        assert_eq!(
            invalid(server, "UpdateUserPool", both).await,
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"
        );
        input["AdminCreateUserConfig"].as_object_mut().unwrap().remove("UnusedAccountValidityDays");
        update(server, &pool, input).await;
        assert_eq!(differences(&before, &describe(server, &pool).await), Vec::<String>::new());
    }

    async fn each_half_of_the_policies_stays_by_itself(server) {
        // recorded
        let password = |length: u32| json!({
            "MinimumLength": length, "RequireUppercase": true, "RequireLowercase": true,
            "RequireNumbers": true, "RequireSymbols": false, "TemporaryPasswordValidityDays": 7,
        });
        let both = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
        let pool = server.pool(json!({ "Policies": { "PasswordPolicy": password(12), "SignInPolicy": both } })).await;
        update(server, &pool, json!({ "Policies": { "PasswordPolicy": password(10) } })).await;
        assert_eq!(
            describe(server, &pool).await["Policies"],
            json!({ "PasswordPolicy": password(10), "SignInPolicy": both })
        );
        let one = json!({ "AllowedFirstAuthFactors": ["PASSWORD"] });
        update(server, &pool, json!({ "Policies": { "SignInPolicy": one } })).await;
        assert_eq!(
            describe(server, &pool).await["Policies"],
            json!({ "PasswordPolicy": password(10), "SignInPolicy": one })
        );
        // Inside a policy that is given, what is left out falls back.
        update(server, &pool, json!({ "Policies": { "PasswordPolicy": { "RequireNumbers": true } } })).await;
        assert_eq!(describe(server, &pool).await["Policies"]["PasswordPolicy"], json!({
            "MinimumLength": 8, "RequireUppercase": false, "RequireLowercase": false,
            "RequireNumbers": true, "RequireSymbols": false, "TemporaryPasswordValidityDays": 7,
        }));
    }

    async fn given_members_win(server) {
        let pool = server.pool(full()).await;
        update(server, &pool, json!({
            "PoolName": "renamed", "LambdaConfig": {}, "DeletionProtection": "INACTIVE", "UserPoolTier": "LITE",
            "UserPoolTags": { "team": "two" }, "AcrConfiguration": {}, "DcrConfiguration": { "OpenDcrEnabled": true },
            "MfaConfiguration": "OFF",
        })).await;
        let after = describe(server, &pool).await;
        assert_eq!(after["Name"], "renamed");
        assert_eq!(after["LambdaConfig"], json!({}));
        assert_eq!(after["DeletionProtection"], "INACTIVE");
        assert_eq!(after["UserPoolTier"], "LITE");
        assert_eq!(after["UserPoolTags"], json!({ "team": "two" }));
        assert_eq!(after["MfaConfiguration"], "OFF");
        // Without names of its own a LITE pool shows none (new-operations §9).
        assert_eq!(after.get("AcrConfiguration"), None);
        // Left out, EnableStatus switches registration on (new-operations §10.1).
        assert_eq!(after["DcrConfiguration"]["EnableStatus"], "Enabled");
    }

    async fn mfa_cannot_come_into_force_without_a_factor(server) {
        let pool = server.pool(json!({})).await;
        let wanted = |mode: &str| json!({ "UserPoolId": pool, "MfaConfiguration": mode });
        assert_eq!(
            invalid(server, "UpdateUserPool", wanted("ON")).await,
            "Cannot turn MFA functionality ON, once the user pool has been created"
        );
        assert_eq!(
            invalid(server, "UpdateUserPool", wanted("OPTIONAL")).await,
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
        );
        let software = json!({
            "UserPoolId": pool, "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        server.admin().ok("SetUserPoolMfaConfig", software).await;
        server.admin().ok("UpdateUserPool", wanted("ON")).await;
        assert_eq!(describe(server, &pool).await["MfaConfiguration"], "ON");
    }

    async fn dropping_one_half_of_a_pair_is_refused(server) {
        // observed: the setting is kept, what it needs is not
        let before = json!({ "AttributesRequireVerificationBeforeUpdate": ["email"] });
        let pool =
            server.pool(json!({ "UserAttributeUpdateSettings": before, "AutoVerifiedAttributes": ["email"] })).await;
        assert_eq!(
            invalid(server, "UpdateUserPool", json!({ "UserPoolId": pool })).await,
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
        );
        assert_eq!(describe(server, &pool).await["AutoVerifiedAttributes"], json!(["email"]), "nothing changed");
    }

    async fn refresh_token_rotation_holds_the_tier(server) {
        // recorded
        let pool = server.pool(json!({ "UserPoolTier": "LITE" })).await;
        update(server, &pool, json!({ "UserPoolTier": "ESSENTIALS" })).await;
        let rotating = json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"], "RefreshTokenRotation": { "Feature": "ENABLED" },
        });
        let client = server.client(&pool, rotating).await;
        let lower = json!({ "UserPoolId": pool, "UserPoolTier": "LITE" });
        assert_eq!(server.admin().refused("UpdateUserPool", lower.clone()).await, (
            "TierChangeNotAllowedException".to_owned(),
            "The following features need to be disabled for the LITE pricing tier configured: Refresh Token Rotation".to_owned(),
        ));
        assert_eq!(describe(server, &pool).await["UserPoolTier"], "ESSENTIALS");
        let off = json!({
            "UserPoolId": pool, "ClientId": client, "RefreshTokenRotation": { "Feature": "DISABLED" },
        });
        server.admin().ok("UpdateUserPoolClient", off).await;
        update(server, &pool, json!({ "UserPoolTier": "LITE" })).await;
        assert_eq!(describe(server, &pool).await["UserPoolTier"], "LITE");
    }

    async fn others_do_not_move_the_date_of_change_and_the_count_may_be_old(server) {
        let pool = server.pool(json!({})).await;
        assert_eq!(describe(server, &pool).await["EstimatedNumberOfUsers"], 0);
        server.clock().advance_seconds(10);
        let user = json!({ "UserPoolId": pool, "Username": "alice", "MessageAction": "SUPPRESS" });
        server.admin().ok("AdminCreateUser", user).await;
        server.group(&pool, "staff", json!({})).await;
        let read = describe(server, &pool).await;
        assert_eq!(read["LastModifiedDate"], read["CreationDate"], "recorded");
        assert_eq!(read["EstimatedNumberOfUsers"], 0, "counted at most every five minutes");
        server.clock().advance_seconds(300);
        assert_eq!(describe(server, &pool).await["EstimatedNumberOfUsers"], 1);
    }
}
