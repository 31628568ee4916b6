//! SetUserPoolMfaConfig and GetUserPoolMfaConfig (operations-and-protection §4).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::{describe, invalid, merged, own_sender, sms};

async fn set(server: &TestServer, pool: &str, config: Value) -> Value {
    server.admin().ok("SetUserPoolMfaConfig", merged(json!({ "UserPoolId": pool }), config)).await
}

async fn refused(server: &TestServer, pool: &str, config: Value) -> String {
    invalid(server, "SetUserPoolMfaConfig", merged(json!({ "UserPoolId": pool }), config)).await
}

async fn get(server: &TestServer, pool: &str) -> Value {
    server.admin().ok("GetUserPoolMfaConfig", json!({ "UserPoolId": pool })).await
}

fn software(mode: &str) -> Value {
    json!({ "MfaConfiguration": mode, "SoftwareTokenMfaConfiguration": { "Enabled": true } })
}

on_both! {
    async fn the_whole_configuration_is_replaced(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        assert_eq!(get(server, &pool).await, json!({ "MfaConfiguration": "OFF" }));
        assert_eq!(set(server, &pool, software("ON")).await, software("ON"));
        // What passkeys would count for shows then, though nothing was said of them.
        let single = json!({ "WebAuthnConfiguration": { "FactorConfiguration": "SINGLE_FACTOR" } });
        assert_eq!(get(server, &pool).await, merged(software("ON"), single));
        assert_eq!(describe(server, &pool).await["MfaConfiguration"], "ON");
        // Only the pool named: MFA goes off, and the factor with it.
        assert_eq!(set(server, &pool, json!({})).await, json!({ "MfaConfiguration": "OFF" }));
        assert_eq!(get(server, &pool).await, json!({ "MfaConfiguration": "OFF" }));
    }

    async fn off_takes_no_factor_and_on_needs_one(server) {
        // recorded
        let pool = server.pool(json!({ "SmsConfiguration": sms() })).await;
        let off = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.";
        for config in [
            software("OFF"),
            json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } }),
            json!({ "MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": { "Enabled": false } }),
            json!({ "MfaConfiguration": "OFF", "SmsMfaConfiguration": {} }),
        ] {
            assert_eq!(refused(server, &pool, config).await, off);
        }
        let none = "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.";
        for config in [
            json!({ "MfaConfiguration": "ON" }),
            json!({ "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": false } }),
            json!({ "MfaConfiguration": "OPTIONAL", "WebAuthnConfiguration": { "RelyingPartyId": "example.com" } }),
        ] {
            assert_eq!(refused(server, &pool, config).await, none);
        }
        assert_eq!(get(server, &pool).await, json!({ "MfaConfiguration": "OFF" }), "nothing changed");
    }

    async fn first_factors_without_password_exclude_on(server) {
        // recorded; WEB_AUTHN observed
        let factors = |list: Value| json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": list } } });
        let pool = server.pool(factors(json!(["PASSWORD", "EMAIL_OTP"]))).await;
        assert_eq!(
            refused(server, &pool, software("ON")).await,
            "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled"
        );
        assert_eq!(set(server, &pool, software("OPTIONAL")).await, software("OPTIONAL"));

        let pool = server.pool(factors(json!(["PASSWORD", "WEB_AUTHN"]))).await;
        let passkeys = |kind: &str| {
            let config = json!({ "RelyingPartyId": "example.com", "FactorConfiguration": kind });
            merged(software("ON"), json!({ "WebAuthnConfiguration": config }))
        };
        let single = "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor";
        assert_eq!(refused(server, &pool, passkeys("SINGLE_FACTOR")).await, single);
        assert_eq!(refused(server, &pool, software("ON")).await, single);
        let multi = passkeys("MULTI_FACTOR_WITH_USER_VERIFICATION");
        assert_eq!(set(server, &pool, multi.clone()).await, multi);
    }

    async fn email_needs_a_sender_of_ones_own(server) {
        let config = json!({
            "MfaConfiguration": "OPTIONAL",
            "EmailMfaConfiguration": { "Message": "Your code is {####}", "Subject": "Code" },
        });
        let pool = server.pool(json!({})).await;
        assert_eq!(
            refused(server, &pool, config.clone()).await,
            "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT. Update the value of EmailSendingAccount."
        );
        let pool = server.pool(json!({ "EmailConfiguration": own_sender() })).await;
        assert_eq!(set(server, &pool, config.clone()).await, config);

        let only_email = json!({ "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }] });
        let settings = json!({ "EmailConfiguration": own_sender(), "AccountRecoverySetting": only_email });
        let pool = server.pool(settings).await;
        assert_eq!(
            refused(server, &pool, config).await,
            "Email MFA cannot be enabled when verified_email is the only recovery mechanism."
        );
    }

    async fn sms_is_one_with_the_pools_settings(server) {
        let pool = server.pool(json!({})).await;
        let alone = json!({ "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": { "SmsAuthenticationMessage": "MFA {####}" } });
        assert_eq!(
            refused(server, &pool, alone).await,
            "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled."
        );
        let config = json!({
            "SmsMfaConfiguration": { "SmsAuthenticationMessage": "MFA {####}", "SmsConfiguration": sms() },
            "MfaConfiguration": "OPTIONAL",
        });
        assert_eq!(set(server, &pool, config.clone()).await, config);
        let read = describe(server, &pool).await;
        assert_eq!(read["SmsConfiguration"], sms());
        assert_eq!(read["SmsAuthenticationMessage"], "MFA {####}");
        // Other messages go on needing the configuration when SMS is a factor no more.
        set(server, &pool, json!({})).await;
        assert_eq!(describe(server, &pool).await["SmsConfiguration"], sms());
        assert_eq!(get(server, &pool).await, json!({ "MfaConfiguration": "OFF" }));
    }

    async fn passkeys_need_no_mfa(server) {
        // observed
        let pool = server.pool(json!({})).await;
        let config = json!({
            "WebAuthnConfiguration": { "RelyingPartyId": "example.com", "UserVerification": "preferred" },
            "MfaConfiguration": "OFF",
        });
        assert_eq!(set(server, &pool, config.clone()).await, config);
        assert_eq!(get(server, &pool).await, config);
    }
}
