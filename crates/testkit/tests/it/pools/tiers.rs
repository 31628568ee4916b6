//! What a tier lacks: stored and open by default, refused where tiers are strict (operations-and-protection §6).

use poolhouse_core::Tiers;
use poolhouse_testkit::{Database, TestServer, on_both};
use serde_json::{Value, json};

use super::{describe, merged, own_sender};

/// Runs a test on each database, with tiers that count.
async fn strictly(test: impl AsyncFn(&TestServer)) {
    for database in [Some(Database::Sqlite), Database::postgres().await].into_iter().flatten() {
        let server = TestServer::start_with(database, |parts| parts.settings.tiers = Tiers::Strict).await;
        test(&server).await;
        server.finish().await;
    }
}

fn refusal(code: &str, tier: &str, features: &str) -> (String, String) {
    let text = format!(
        "The following features need to be disabled for the {tier} pricing tier configured: {features}"
    );
    (code.to_owned(), text)
}

fn unavailable(tier: &str, features: &str) -> (String, String) {
    refusal("FeatureUnavailableInTierException", tier, features)
}

fn factors(list: &[&str]) -> Value {
    json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": list } } })
}

fn token_function(version: &str) -> Value {
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:tokens";
    json!({ "LambdaConfig": { "PreTokenGenerationConfig": { "LambdaArn": arn, "LambdaVersion": version } } })
}

fn protection(mode: &str) -> Value {
    json!({ "UserPoolAddOns": { "AdvancedSecurityMode": mode } })
}

/// Settings, the name of their feature, and the lowest tier that has it (operations-and-protection §6).
fn features() -> Vec<(Value, &'static str, &'static str)> {
    let policy =
        json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 8, "PasswordHistorySize": 1 } } });
    vec![
        (factors(&["PASSWORD", "EMAIL_OTP"]), "Passwordless Sign-In", "ESSENTIALS"),
        (factors(&["PASSWORD", "WEB_AUTHN"]), "Passwordless Sign-In", "ESSENTIALS"),
        (token_function("V2_0"), "Token Customization with Pre-Token Generation Lambda V2_0", "ESSENTIALS"),
        (token_function("V3_0"), "Token Customization with Pre-Token Generation Lambda V3_0", "ESSENTIALS"),
        (protection("AUDIT"), "Threat Protection", "PLUS"),
        (protection("ENFORCED"), "Threat Protection", "PLUS"),
        (policy, "Password History", "ESSENTIALS"),
        (
            json!({ "DcrConfiguration": { "EnableStatus": "Enabled" } }),
            "Dynamic Client Registration",
            "ESSENTIALS",
        ),
        (
            json!({ "AcrConfiguration": { "Level2": { "AcrValue": "gold" } } }),
            "Authentication Context Class Reference",
            "ESSENTIALS",
        ),
    ]
}

#[tokio::test]
async fn pools_have_what_their_tier_has() {
    strictly(async |server| {
        for (settings, feature, lowest) in features() {
            for tier in ["LITE", "ESSENTIALS", "PLUS"] {
                let lacks = tier == "LITE" || (tier == "ESSENTIALS" && lowest == "PLUS");
                let input = merged(json!({ "PoolName": "p", "UserPoolTier": tier }), settings.clone());
                if lacks {
                    let refused = server.admin().refused("CreateUserPool", input).await;
                    assert_eq!(refused, unavailable(tier, feature), "{settings}");
                    let pool = server.pool(json!({ "UserPoolTier": tier })).await;
                    let change = merged(json!({ "UserPoolId": pool }), settings.clone());
                    let refused = server.admin().refused("UpdateUserPool", change).await;
                    assert_eq!(refused, unavailable(tier, feature), "{settings}");
                } else {
                    let pool = server.pool(merged(json!({ "UserPoolTier": tier }), settings.clone())).await;
                    assert_eq!(describe(server, &pool).await["UserPoolTier"], tier);
                }
            }
        }
        // What every tier has.
        let everywhere = merged(factors(&["PASSWORD"]), protection("OFF"));
        server
            .pool(merged(json!({ "UserPoolTier": "LITE" }), merged(everywhere, token_function("V1_0"))))
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_tier_is_not_lowered_below_what_is_set_up() {
    strictly(async |server| {
        let pool =
            server.pool(merged(factors(&["PASSWORD", "EMAIL_OTP"]), json!({ "UserPoolTier": "PLUS" }))).await;
        let client = server.client(&pool, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        let to = |tier: &str, more: Value| merged(json!({ "UserPoolId": pool, "UserPoolTier": tier }), more);
        let refused = server.admin().refused("UpdateUserPool", to("ESSENTIALS", protection("AUDIT"))).await;
        let not_allowed =
            |tier: &str, features: &str| refusal("TierChangeNotAllowedException", tier, features);
        assert_eq!(refused, not_allowed("ESSENTIALS", "Threat Protection"));
        server.admin().ok("UpdateUserPool", to("ESSENTIALS", json!({}))).await;
        let lite = to("LITE", token_function("V2_0"));
        let several = "Passwordless Sign-In, Token Customization with Pre-Token Generation Lambda V2_0";
        assert_eq!(server.admin().refused("UpdateUserPool", lite).await, not_allowed("LITE", several));
        // The client's flow holds it as well.
        let lite = to("LITE", factors(&["PASSWORD"]));
        let passwordless = not_allowed("LITE", "Passwordless Sign-In");
        assert_eq!(server.admin().refused("UpdateUserPool", lite.clone()).await, passwordless);
        assert_eq!(describe(server, &pool).await["UserPoolTier"], "ESSENTIALS", "nothing changed");
        let named = json!({ "UserPoolId": pool, "ClientId": client });
        server.admin().ok("UpdateUserPoolClient", named.clone()).await;
        server.admin().ok("UpdateUserPool", lite).await;
        let back = merged(named, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] }));
        let refused = server.admin().refused("UpdateUserPoolClient", back).await;
        assert_eq!(refused, unavailable("LITE", "Passwordless Sign-In"));
    })
    .await;
}

#[tokio::test]
async fn managed_login_belongs_to_higher_tiers() {
    strictly(async |server| {
        let pool = server.pool(json!({ "UserPoolTier": "LITE" })).await;
        let domain = |version: u8| json!({ "UserPoolId": pool, "Domain": "shop", "ManagedLoginVersion": version });
        // oauth-and-managed-login §2, observed
        let text =
            "The following feature is not available for the LITE pricing tier configured: Managed Login Version 2";
        let unavailable = ("FeatureUnavailableInTierException".to_owned(), text.to_owned());
        assert_eq!(server.admin().refused("CreateUserPoolDomain", domain(2)).await, unavailable);
        server.admin().ok("CreateUserPoolDomain", domain(1)).await;
        assert_eq!(server.admin().refused("UpdateUserPoolDomain", domain(2)).await, unavailable);
        let to = |tier: &str| json!({ "UserPoolId": pool, "UserPoolTier": tier });
        server.admin().ok("UpdateUserPool", to("ESSENTIALS")).await;
        server.admin().ok("UpdateUserPoolDomain", domain(2)).await;
        let refused = server.admin().refused("UpdateUserPool", to("LITE")).await;
        assert_eq!(refused, refusal("TierChangeNotAllowedException", "LITE", "Managed Login Version 2"));
        server.admin().ok("UpdateUserPoolDomain", domain(1)).await;
        server.admin().ok("UpdateUserPool", to("LITE")).await;
    })
    .await;
}

#[tokio::test]
async fn email_factors_and_sessions_belong_to_higher_tiers() {
    strictly(async |server| {
        let settings = json!({ "EmailConfiguration": own_sender(), "UserPoolTier": "LITE" });
        let pool = server.pool(settings).await;
        let mfa = json!({ "UserPoolId": pool, "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {} });
        let refused = server.admin().refused("SetUserPoolMfaConfig", mfa.clone()).await;
        assert_eq!(refused, unavailable("LITE", "Email MFA"));
        let sessions = json!({
            "UserPoolId": pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 1 },
        });
        let refused = server.admin().refused("SetUserPoolSessionConfiguration", sessions.clone()).await;
        assert_eq!(refused, unavailable("LITE", "User Session Tracking"));

        let essentials = json!({
            "UserPoolId": pool, "UserPoolTier": "ESSENTIALS", "EmailConfiguration": own_sender(),
        });
        server.admin().ok("UpdateUserPool", essentials).await;
        server.admin().ok("SetUserPoolMfaConfig", mfa).await;
        server.admin().ok("SetUserPoolSessionConfiguration", sessions).await;
        let lite = json!({ "UserPoolId": pool, "UserPoolTier": "LITE", "EmailConfiguration": own_sender() });
        let refused = server.admin().refused("UpdateUserPool", lite).await;
        let features = "Email MFA, User Session Tracking";
        assert_eq!(refused, refusal("TierChangeNotAllowedException", "LITE", features));
    })
    .await;
}

on_both! {
    async fn tiers_are_open_otherwise(server) {
        for (settings, ..) in features() {
            let lite = merged(json!({ "UserPoolTier": "LITE" }), settings);
            assert_eq!(describe(server, &server.pool(lite).await).await["UserPoolTier"], "LITE");
        }
    }
}
