//! What clients are refused for (operations-and-protection §7.2, oauth-and-managed-login §3).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";
const OAUTH: &str = "InvalidOAuthFlowException";

fn extended(mut input: Value, settings: &Value) -> Value {
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    input
}

/// Expects that neither a creation nor an update is accepted with `settings`.
async fn refused(server: &TestServer, pool: &str, settings: &Value, code: &str, text: &str) {
    let create = json!({ "UserPoolId": pool, "ClientName": "refused" });
    let answer = server.admin().refused("CreateUserPoolClient", extended(create, settings)).await;
    assert_eq!(answer, (code.to_owned(), text.to_owned()), "{settings}");
    let client = server.client(pool, json!({})).await;
    let update = json!({ "UserPoolId": pool, "ClientId": client });
    let answer = server.admin().refused("UpdateUserPoolClient", extended(update, settings)).await;
    assert_eq!(answer, (code.to_owned(), text.replace("creating", "updating")), "{settings}");
}

async fn accepted(server: &TestServer, pool: &str, settings: &Value) -> Value {
    let create = json!({ "UserPoolId": pool, "ClientName": "accepted" });
    let answer = server.admin().ok("CreateUserPoolClient", extended(create, settings)).await;
    answer["UserPoolClient"].clone()
}

fn oauth(settings: &Value) -> Value {
    let defaults = json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["https://example.com/cb"],
    });
    extended(defaults, settings)
}

on_both! {
    // operations-and-protection §7: who names no pool or client that there is learns that first
    async fn what_there_is_is_looked_for_before_what_is_wanted(server) {
        const MISSING: &str = "ResourceNotFoundException";
        let pool = server.pool(json!({})).await;
        let publish = json!({ "PublishSecretsInAWSSecretsManager": true, "ClientSecret": "0123456789abcdefghijklmn" });
        let both = json!({ "GenerateSecret": true, "ClientSecret": "0123456789abcdefghijklmn" });
        for wanted in [&publish, &both] {
            let create = json!({ "UserPoolId": "us-east-1_missing00", "ClientName": "refused" });
            let (code, _) = server.admin().refused("CreateUserPoolClient", extended(create, wanted)).await;
            assert_eq!(code, MISSING, "{wanted}");
            let create = json!({ "UserPoolId": pool, "ClientName": "refused" });
            let (code, _) = server.admin().refused("CreateUserPoolClient", extended(create, wanted)).await;
            assert_eq!(code, INVALID, "{wanted}");
        }
        let update = json!({ "UserPoolId": pool, "ClientId": "0123456789abcdefghijklmnop" });
        let publish = json!({ "PublishSecretsInAWSSecretsManager": true });
        let (code, _) = server.admin().refused("UpdateUserPoolClient", extended(update, &publish)).await;
        assert_eq!(code, MISSING);
    }

    // tokens §8, recorded
    async fn lives_of_tokens(server) {
        let pool = server.pool(json!({})).await;
        let out_of_range = "Invalid range for token validity.";
        for settings in [
            json!({ "AccessTokenValidity": 25, "TokenValidityUnits": { "AccessToken": "hours" } }),
            json!({ "RefreshTokenValidity": 30, "TokenValidityUnits": { "RefreshToken": "minutes" } }),
            json!({ "RefreshTokenValidity": 4000, "TokenValidityUnits": { "RefreshToken": "days" } }),
            json!({ "IdTokenValidity": 25, "TokenValidityUnits": { "IdToken": "hours" } }),
            json!({ "AccessTokenValidity": 299, "TokenValidityUnits": { "AccessToken": "seconds" } }),
            json!({ "AccessTokenValidity": 25 }),
            json!({ "IdTokenValidity": 25 }),
            json!({ "RefreshTokenValidity": 4000 }),
        ] {
            refused(server, &pool, &settings, INVALID, out_of_range).await;
        }
        let minutes = json!({ "AccessToken": "minutes", "RefreshToken": "minutes" });
        let longer = json!({
            "AccessTokenValidity": 200, "RefreshTokenValidity": 90, "TokenValidityUnits": minutes,
        });
        refused(
            server, &pool, &longer, INVALID,
            "Access and Id Token expiration times must be less than or equal to refresh token \
             expiration times.",
        ).await;
        for settings in [
            json!({
                "AccessTokenValidity": 23, "RefreshTokenValidity": 1, "IdTokenValidity": 24,
                "TokenValidityUnits": { "AccessToken": "hours", "RefreshToken": "days" },
            }),
            json!({
                "AccessTokenValidity": 300, "IdTokenValidity": 5, "RefreshTokenValidity": 60,
                "TokenValidityUnits": {
                    "AccessToken": "seconds", "IdToken": "minutes", "RefreshToken": "minutes",
                },
            }),
            json!({ "AccessTokenValidity": 24, "RefreshTokenValidity": 3650, "TokenValidityUnits": {} }),
        ] {
            let client = accepted(server, &pool, &settings).await;
            for (member, value) in settings.as_object().unwrap() {
                assert_eq!(client[member], *value, "{member}");
            }
        }
    }

    // operations-and-protection §7.2: 0 means 30 days, whatever the unit
    async fn no_life_of_refresh_tokens_means_30_days(server) {
        let pool = server.pool(json!({})).await;
        for settings in [
            json!({ "RefreshTokenValidity": 0, "TokenValidityUnits": { "RefreshToken": "minutes" } }),
            json!({ "TokenValidityUnits": { "RefreshToken": "seconds" } }),
        ] {
            let client = accepted(server, &pool, &settings).await;
            assert_eq!(client["RefreshTokenValidity"], 30);
            assert_eq!(client["TokenValidityUnits"], json!({ "RefreshToken": "days" }));
        }
    }

    // authentication §2, recorded
    async fn old_and_new_names_of_flows_do_not_mix(server) {
        let pool = server.pool(json!({})).await;
        let mixed = json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"] });
        refused(
            server, &pool, &mixed, INVALID,
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
        ).await;
        let old = json!({ "ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] });
        assert_eq!(accepted(server, &pool, &old).await["ExplicitAuthFlows"], old["ExplicitAuthFlows"]);
    }

    // tokens §9.3, recorded
    async fn rotation_of_refresh_tokens(server) {
        let pool = server.pool(json!({})).await;
        let on = json!({ "Feature": "ENABLED" });
        let conflicting = json!({
            "RefreshTokenRotation": on, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
        });
        refused(
            server, &pool, &conflicting, INVALID,
            "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is \
             enabled.",
        ).await;
        for (given, shown) in [
            (on.clone(), json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 })),
            (
                json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 4 }),
                json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 4 }),
            ),
            (
                json!({ "Feature": "DISABLED", "RetryGracePeriodSeconds": 4 }),
                json!({ "Feature": "DISABLED", "RetryGracePeriodSeconds": 0 }),
            ),
        ] {
            let settings = json!({ "RefreshTokenRotation": given, "EnableTokenRevocation": false });
            let client = accepted(server, &pool, &settings).await;
            assert_eq!(client["RefreshTokenRotation"], shown);
            assert_eq!(client["EnableTokenRevocation"], false);
        }
        let lite = server.pool(json!({ "UserPoolTier": "LITE" })).await;
        refused(
            server, &lite, &json!({ "RefreshTokenRotation": on }), "FeatureUnavailableInTierException",
            "The following features need to be disabled for the LITE pricing tier configured: \
             Refresh Token Rotation",
        ).await;
        let off = json!({ "RefreshTokenRotation": { "Feature": "DISABLED" } });
        accepted(server, &lite, &off).await;
    }

    // users-and-groups §8, recorded
    async fn attributes_to_read_and_to_write(server) {
        let schema = json!([
            { "Name": "team", "AttributeDataType": "String", "Mutable": true },
            { "Name": "tenant", "AttributeDataType": "String", "Mutable": false },
            { "Name": "family_name", "AttributeDataType": "String", "Mutable": true, "Required": true },
        ]);
        let pool = server.pool(json!({ "Schema": schema })).await;
        let read = "Invalid read attributes specified while creating a client";
        let write = "Invalid write attributes specified while creating a client";
        for (settings, text) in [
            (json!({ "ReadAttributes": ["custom:none"] }), read),
            (json!({ "ReadAttributes": ["team"] }), read),
            (json!({ "WriteAttributes": ["given_name"] }), write),
            (json!({ "WriteAttributes": ["family_name", "custom:none"] }), write),
            (json!({ "WriteAttributes": ["family_name", "email", "email_verified"] }), write),
            (json!({ "WriteAttributes": ["family_name", "phone_number_verified"] }), write),
            (json!({ "WriteAttributes": ["family_name", "sub"] }), write),
        ] {
            refused(server, &pool, &settings, INVALID, text).await;
        }
        accepted(server, &pool, &json!({
            "ReadAttributes": ["sub", "email_verified", "custom:team", "updated_at"],
            "WriteAttributes": ["family_name", "custom:team", "custom:tenant"],
        })).await;
    }

    async fn settings_of_oauth(server) {
        let pool = server.pool(json!({})).await;
        let required = "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is \
                        allowed to use OAuth flows.";
        let machine =
            json!({ "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["api/read"] });
        for (settings, code, text) in [
            (json!({ "AllowedOAuthFlowsUserPoolClient": true }), INVALID, required),
            (oauth(&json!({ "AllowedOAuthScopes": [] })), INVALID, required),
            (oauth(&json!({ "AllowedOAuthFlows": [] })), INVALID, required),
            (
                oauth(&json!({ "CallbackURLs": [] })), OAUTH,
                "CallbackUrls can not be empty when code flow or implicit flow is selected",
            ),
            (
                oauth(&machine), OAUTH,
                "client_credentials flow can not be selected if client does not have a client secret.",
            ),
            (
                oauth(&json!({ "AllowedOAuthScopes": ["openid", "api/read"] })),
                "ScopeDoesNotExistException", "Invalid scope requested: api/read",
            ),
            (
                oauth(&json!({ "AllowedOAuthScopes": ["other"] })),
                "ScopeDoesNotExistException", "Invalid scope requested: other",
            ),
        ] {
            refused(server, &pool, &settings, code, text).await;
        }
        let reserved = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"];
        accepted(server, &pool, &oauth(&json!({ "AllowedOAuthScopes": reserved }))).await;
    }

    async fn client_credentials_stand_alone(server) {
        let pool = server.pool(json!({})).await;
        let machine = |settings: Value| {
            let defaults = json!({
                "UserPoolId": pool, "ClientName": "machine", "GenerateSecret": true,
                "AllowedOAuthFlowsUserPoolClient": true,
            });
            extended(defaults, &settings)
        };
        let with_code = machine(json!({
            "AllowedOAuthFlows": ["client_credentials", "code"], "AllowedOAuthScopes": ["email"],
            "CallbackURLs": ["https://example.com/cb"],
        }));
        let with_reserved = machine(json!({
            "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["openid"],
        }));
        for (input, text) in [
            (
                with_code,
                "client_credentials flow can not be selected along with code flow or implicit flow.",
            ),
            (with_reserved, "openid is not supported with client_credentials flow"),
        ] {
            let answer = server.admin().refused("CreateUserPoolClient", input).await;
            assert_eq!(answer, (OAUTH.to_owned(), text.to_owned()));
        }
    }

    // oauth-and-managed-login §3, recorded
    async fn urls(server) {
        let pool = server.pool(json!({})).await;
        for (settings, text) in [
            (
                json!({ "CallbackURLs": ["http://example.com/cb"] }),
                "http://example.com/cb cannot use the HTTP protocol.",
            ),
            (
                json!({ "CallbackURLs": ["https://example.com/cb#part"] }),
                "https://example.com/cb#part cannot use fragment",
            ),
            (
                json!({ "LogoutURLs": ["http://example.com/bye"] }),
                "http://example.com/bye cannot use the HTTP protocol.",
            ),
            (
                json!({ "DefaultRedirectURI": "https://example.com/other" }),
                "The default redirect URI https://example.com/other is not in the callback URIs list.",
            ),
        ] {
            refused(server, &pool, &oauth(&settings), INVALID, text).await;
        }
        let local = json!({ "CallbackURLs": ["http://localhost:8080/cb", "myapp://signed-in"] });
        let client = accepted(server, &pool, &oauth(&local)).await;
        assert_eq!(client["CallbackURLs"], local["CallbackURLs"]);
    }

    // operations-and-protection §7.2, recorded
    async fn context_data_asks_for_a_secret(server) {
        let pool = server.pool(json!({})).await;
        let propagates = json!({ "EnablePropagateAdditionalUserContextData": true });
        refused(
            server, &pool, &propagates, INVALID,
            "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
        ).await;
        let client = accepted(server, &pool, &json!({ "GenerateSecret": true })).await;
        let update = json!({ "UserPoolId": pool, "ClientId": client["ClientId"] });
        server.admin().ok("UpdateUserPoolClient", extended(update, &propagates)).await;
    }

    // operations-and-protection §7.2, recorded
    async fn providers_must_exist(server) {
        let pool = server.pool(json!({})).await;
        let unknown = json!({ "SupportedIdentityProviders": ["COGNITO", "NoSuch"] });
        let text = format!("The provider NoSuch does not exist for User Pool {pool}.");
        refused(server, &pool, &unknown, INVALID, &text).await;
    }
}
