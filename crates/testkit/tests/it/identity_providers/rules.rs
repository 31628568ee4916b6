//! What providers are refused for (federation §2).

use poolhouse_testkit::on_both;
use serde_json::json;

use super::{INVALID, create, google, metadata, oidc};

on_both! {
    // recorded
    async fn each_type_requires_details(server) {
        let pool = server.pool(json!({})).await;
        let social = "clientId, clientSecret and authorizeScopes are all required idp details.";
        let apple = "clientId, privateKey, teamId, and keyId are all required idp details.";
        let oidc =
            "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.";
        for (name, kind, details, text) in [
            ("Google", "Google", json!({ "client_id": "c", "authorize_scopes": "openid" }), social),
            ("Facebook", "Facebook", json!({}), social),
            ("LoginWithAmazon", "LoginWithAmazon", json!({
                "client_id": "c", "client_secret": "s", "authorize_scopes": "",
            }), social),
            ("SignInWithApple", "SignInWithApple", json!({
                "client_id": "c", "authorize_scopes": "name",
            }), apple),
            ("Corporate", "OIDC", json!({
                "client_id": "c", "authorize_scopes": "openid", "oidc_issuer": "https://idp.example.com",
            }), oidc),
            ("Corporate", "OIDC", json!({
                "client_id": "c", "authorize_scopes": "openid", "oidc_issuer": "http://idp.example.com",
                "attributes_request_method": "GET",
            }), "OIDC endpoint must start with https://"),
            ("Corporate", "OIDC", json!({
                "client_id": "c", "authorize_scopes": "openid", "oidc_issuer": "https://idp.example.com",
                "attributes_request_method": "PUT",
            }), "1 validation error detected: Value 'PUT' at 'providerConfiguration.oidcConfig.attributesRequestMethod' failed to satisfy \
                 constraint: Member must satisfy enum value set: [POST, GET]"),
            ("SamlNone", "SAML", json!({ "IDPSignout": "false" }),
                "At least one of the MetadataURL or MetadataFile should be provided."),
            ("SamlBoth", "SAML", json!({
                "MetadataURL": "https://idp.example.com/m", "MetadataFile": "<xml/>",
            }), "Only one of the MetadataURL or MetadataFile should be provided."),
        ] {
            let input = json!({
                "UserPoolId": pool, "ProviderName": name, "ProviderType": kind, "ProviderDetails": details,
            });
            let answer = server.admin().refused("CreateIdentityProvider", input).await;
            assert_eq!(answer, (INVALID.to_owned(), text.to_owned()), "{kind} {details}");
        }
    }

    // An update is held against the same rules.
    async fn an_update_keeps_the_rules(server) {
        let pool = server.pool(json!({})).await;
        create(server, google(&pool)).await;
        let update = json!({
            "UserPoolId": pool, "ProviderName": "Google", "ProviderDetails": { "client_id": "c" },
        });
        let answer = server.admin().refused("UpdateIdentityProvider", update).await;
        let text = "clientId, clientSecret and authorizeScopes are all required idp details.";
        assert_eq!(answer, (INVALID.to_owned(), text.to_owned()));
        let update = json!({
            "UserPoolId": pool, "ProviderName": "Google", "AcrMapping": { "Level1": "x" },
        });
        let (code, _) = server.admin().refused("UpdateIdentityProvider", update).await;
        assert_eq!(code, INVALID);
    }

    // recorded for MyGoogle; the names of types are no other provider's (inferred)
    async fn social_providers_are_named_as_their_type(server) {
        let pool = server.pool(json!({})).await;
        let mut social = google(&pool);
        social["ProviderName"] = json!("MyGoogle");
        let cases = [
            (social, "Provider MyGoogle cannot be of type Google."),
            (oidc(&pool, "Google"), "Provider Google cannot be of type OIDC."),
            (oidc(&pool, "COGNITO"), "Provider COGNITO cannot be of type OIDC."),
        ];
        for (input, text) in cases {
            let answer = server.admin().refused("CreateIdentityProvider", input).await;
            assert_eq!(answer, (INVALID.to_owned(), text.to_owned()));
        }
    }

    async fn a_name_is_taken_once(server) {
        let pool = server.pool(json!({})).await;
        create(server, oidc(&pool, "Corporate")).await;
        let answer = server.admin().refused("CreateIdentityProvider", oidc(&pool, "Corporate")).await;
        let text =
            format!("A provider already exists for User Pool {pool} with the provider name Corporate.");
        assert_eq!(answer, ("DuplicateProviderException".to_owned(), text));
    }

    async fn providers_of_an_unknown_pool(server) {
        let gone = (
            "ResourceNotFoundException".to_owned(),
            "User pool us-east-1_000000000 does not exist.".to_owned(),
        );
        let mut input = oidc("us-east-1_000000000", "Corporate");
        let user = json!({
            "ProviderName": "x", "ProviderAttributeName": "x", "ProviderAttributeValue": "x",
        });
        for member in ["DestinationUser", "SourceUser", "User"] {
            input[member] = user.clone();
        }
        input["IdpIdentifier"] = json!("x");
        for operation in [
            "CreateIdentityProvider", "DescribeIdentityProvider", "UpdateIdentityProvider",
            "DeleteIdentityProvider", "ListIdentityProviders", "GetIdentityProviderByIdentifier",
            "AdminLinkProviderForUser", "AdminDisableProviderForUser",
        ] {
            assert_eq!(server.admin().refused(operation, input.clone()).await, gone, "{operation}");
        }
    }

    // oauth-and-managed-login §3, documented
    async fn a_client_where_providers_begin_has_only_saml(server) {
        let pool = server.pool(json!({})).await;
        create(server, oidc(&pool, "Corporate")).await;
        for (name, begins) in [("SamlBegins", "true"), ("SamlAsks", "false")] {
            create(server, json!({
                "UserPoolId": pool, "ProviderName": name, "ProviderType": "SAML",
                "ProviderDetails": { "MetadataFile": metadata(), "IDPInit": begins },
            })).await;
        }
        server.client(&pool, json!({ "SupportedIdentityProviders": ["SamlBegins", "SamlAsks"] })).await;
        let ordinary = json!({ "SupportedIdentityProviders": ["COGNITO", "Corporate", "SamlAsks"] });
        server.client(&pool, ordinary).await;
        for other in ["COGNITO", "Corporate"] {
            let input = json!({
                "UserPoolId": pool, "ClientName": "app", "SupportedIdentityProviders": ["SamlBegins", other],
            });
            let (code, _) = server.admin().refused("CreateUserPoolClient", input).await;
            assert_eq!(code, INVALID, "{other}");
        }
    }
}
