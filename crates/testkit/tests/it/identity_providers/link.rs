//! Users of providers linked to users of the pool (federation §8; users-and-groups §19).

use poolhouse_testkit::{START, TestServer, claims, on_both};
use serde_json::{Value, json};

use super::{INVALID, create, google, oidc};

fn identifier(provider: &str, attribute: &str, value: &str) -> Value {
    json!({
        "ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value,
    })
}

/// A pool with Google and an OIDC provider that maps `email`, and the users `ada` and `bob`.
async fn fixture(server: &TestServer) -> String {
    let pool = server.pool(json!({})).await;
    create(server, google(&pool)).await;
    let mut corporate = oidc(&pool, "Corporate");
    corporate["AttributeMapping"] = json!({ "email": "mail" });
    create(server, corporate).await;
    server.user(&pool, "ada", json!({})).await;
    server.user(&pool, "bob", json!({})).await;
    pool
}

/// A link of `source` to a user of the pool.
fn to_local(pool: &str, username: &str, source: &Value) -> Value {
    json!({
        "UserPoolId": pool,
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": username },
        "SourceUser": source,
    })
}

async fn link(server: &TestServer, pool: &str, username: &str, source: &Value) -> Value {
    server.admin().ok("AdminLinkProviderForUser", to_local(pool, username, source)).await
}

async fn refused(server: &TestServer, pool: &str, username: &str, source: &Value) -> (String, String) {
    server.admin().refused("AdminLinkProviderForUser", to_local(pool, username, source)).await
}

/// The whole attribute, read.
async fn identities(server: &TestServer, pool: &str, username: &str) -> Value {
    let user = json!({ "UserPoolId": pool, "Username": username });
    let user = server.admin().ok("AdminGetUser", user).await;
    let attributes = user["UserAttributes"].as_array().unwrap();
    let found = attributes.iter().find(|a| a["Name"] == "identities");
    found.map_or(Value::Null, |a| serde_json::from_str(a["Value"].as_str().unwrap()).unwrap())
}

fn linked(provider: &str, kind: &str, user_id: &str) -> Value {
    json!({
        "userId": user_id, "providerName": provider, "providerType": kind, "issuer": null,
        "primary": false, "dateCreated": START.millis(),
    })
}

on_both! {
    async fn links_show_in_identities(server) {
        let pool = fixture(server).await;
        assert_eq!(identities(server, &pool, "ada").await, Value::Null);
        let source = identifier("Google", "Cognito_Subject", "1098");
        let answer = link(server, &pool, "ada", &source).await;
        assert_eq!(answer, json!({}));
        let source = identifier("Corporate", "email", "ada@example.com");
        link(server, &pool, "ada", &source).await;
        assert_eq!(
            identities(server, &pool, "ada").await,
            json!([linked("Google", "Google", "1098"), linked("Corporate", "OIDC", "ada@example.com")])
        );
        assert_eq!(identities(server, &pool, "bob").await, Value::Null);

        // tokens §3: the claim is a list, its flag and its date are texts
        let client = server.client(&pool, json!({})).await;
        let tokens = server.sign_in(&client, "ada").await;
        let date = START.millis().to_string();
        assert_eq!(claims(&tokens["IdToken"])["identities"][0], json!({
            "userId": "1098", "providerName": "Google", "providerType": "Google", "issuer": null,
            "primary": "false", "dateCreated": date,
        }));
    }

    // federation §6: `identities` is nobody's to write
    async fn identities_cannot_be_written(server) {
        let pool = fixture(server).await;
        let input = json!({
            "UserPoolId": pool, "Username": "ada",
            "UserAttributes": [{ "Name": "identities", "Value": "[]" }],
        });
        let (code, _) = server.admin().refused("AdminUpdateUserAttributes", input).await;
        assert_eq!(code, INVALID);
    }

    // federation §8.1, observed
    async fn an_identity_is_linked_once(server) {
        let pool = fixture(server).await;
        let source = identifier("Google", "Cognito_Subject", "1098");
        link(server, &pool, "ada", &source).await;
        for username in ["ada", "bob"] {
            let answer = refused(server, &pool, username, &source).await;
            let text = "SourceUser is already linked to DestinationUser";
            assert_eq!(answer, (INVALID.to_owned(), text.to_owned()), "{username}");
        }
        assert_eq!(identities(server, &pool, "bob").await, Value::Null);
    }

    async fn sources_that_cannot_be_linked(server) {
        let pool = fixture(server).await;
        server.user(&pool, "Google_local", json!({})).await;
        let local = "Invalid SourceUser: Cognito users with a username/password may not be passed in as \
                     a SourceUser, only as a DestinationUser";
        for (source, code, text) in [
            (identifier("Cognito", "Cognito_Subject", "bob"), INVALID, Some(local)),
            (identifier("Google", "Cognito_Subject", "local"), INVALID, Some(local)),
            (identifier("Google", "email", "ada@example.com"), INVALID, None),
            (identifier("Corporate", "phone_number", "+15550100"), INVALID, None),
            (json!({ "ProviderName": "Google", "ProviderAttributeValue": "1098" }), INVALID, None),
            (
                identifier("NoSuch", "Cognito_Subject", "1"), "ResourceNotFoundException",
                Some("Identity provider NoSuch does not exist."),
            ),
        ] {
            let answer = refused(server, &pool, "ada", &source).await;
            assert_eq!(answer.0, code, "{source}");
            if let Some(text) = text {
                assert_eq!(answer.1, text, "{source}");
            }
        }
        assert_eq!(identities(server, &pool, "ada").await, Value::Null);
    }

    // A user without password whom the service calls external stands for one whom a provider made.
    async fn a_source_with_a_user_of_its_own_is_not_merged(server) {
        let pool = fixture(server).await;
        server.user(&pool, "Google_1098", json!({})).await;
        let own = identifier("Cognito", "Cognito_Subject", "Google_1098");
        let own = json!({ "UserPoolId": pool, "User": own });
        server.admin().ok("AdminDisableProviderForUser", own).await;
        let source = identifier("Google", "Cognito_Subject", "1098");
        let answer = refused(server, &pool, "ada", &source).await;
        let text = "Merging is not currently supported, provide a SourceUser that has not been signed up \
                    in order to link";
        assert_eq!(answer, (INVALID.to_owned(), text.to_owned()));
        // Nor is somebody of such a name the provider's own: anybody may sign up under it.
        let link = json!({
            "UserPoolId": pool,
            "DestinationUser": identifier("Google", "Cognito_Subject", "1098"),
            "SourceUser": identifier("Corporate", "Cognito_Subject", "7"),
        });
        let (code, _) = server.admin().refused("AdminLinkProviderForUser", link).await;
        assert_eq!(code, "UserNotFoundException");
    }

    async fn an_unknown_destination(server) {
        let pool = fixture(server).await;
        let source = identifier("Google", "Cognito_Subject", "1098");
        let answer = refused(server, &pool, "nobody", &source).await;
        assert_eq!(answer, ("UserNotFoundException".to_owned(), "User does not exist.".to_owned()));
    }

    // protocol §9, documented
    async fn a_user_has_at_most_five_links(server) {
        let pool = fixture(server).await;
        for number in 0..5 {
            let source = identifier("Google", "Cognito_Subject", &number.to_string());
            link(server, &pool, "ada", &source).await;
        }
        let sixth = identifier("Google", "Cognito_Subject", "6");
        let (code, _) = refused(server, &pool, "ada", &sixth).await;
        assert_eq!(code, "LimitExceededException");
        link(server, &pool, "bob", &sixth).await;
    }

    // federation §8.1, documented
    async fn a_provider_links_by_at_most_five_attributes(server) {
        let pool = fixture(server).await;
        let names = ["email", "name", "nickname", "given_name", "family_name", "locale"];
        let mapping: Value = names.iter().map(|name| ((*name).to_owned(), json!(name))).collect();
        let update = json!({ "UserPoolId": pool, "ProviderName": "Corporate", "AttributeMapping": mapping });
        server.admin().ok("UpdateIdentityProvider", update).await;
        for (number, name) in names.iter().enumerate().take(5) {
            let username = if number < 3 { "ada" } else { "bob" };
            let source = identifier("Corporate", name, "x");
            link(server, &pool, username, &source).await;
        }
        let sixth = to_local(&pool, "bob", &identifier("Corporate", "locale", "x"));
        let (code, _) = server.admin().refused("AdminLinkProviderForUser", sixth).await;
        assert_eq!(code, "LimitExceededException");
        let known = to_local(&pool, "bob", &identifier("Corporate", "email", "y"));
        server.admin().ok("AdminLinkProviderForUser", known).await;
    }

    // federation §8.2: the link goes, and its entry
    async fn a_link_is_ended(server) {
        let pool = fixture(server).await;
        for subject in ["1098", "2000"] {
            let source = identifier("Google", "Cognito_Subject", subject);
            link(server, &pool, "ada", &source).await;
        }
        let user = identifier("Google", "Cognito_Subject", "1098");
        let end = json!({ "UserPoolId": pool, "User": user });
        assert_eq!(server.admin().ok("AdminDisableProviderForUser", end.clone()).await, json!({}));
        assert_eq!(identities(server, &pool, "ada").await, json!([linked("Google", "Google", "2000")]));
        let answer = server.admin().refused("AdminDisableProviderForUser", end).await;
        assert_eq!(answer, ("UserNotFoundException".to_owned(), "User does not exist.".to_owned()));
        // The identity is free again.
        link(server, &pool, "bob", &user).await;
        let other = json!({ "UserPoolId": pool, "User": identifier("Google", "Cognito_Subject", "2000") });
        server.admin().ok("AdminDisableProviderForUser", other).await;
        assert_eq!(identities(server, &pool, "ada").await, Value::Null);
    }

    // federation §8.2, model: the password no longer lets in, until an administrator sets one (§6)
    async fn a_local_password_is_ended(server) {
        let pool = fixture(server).await;
        let client = server.client(&pool, json!({})).await;
        server.sign_in(&client, "ada").await;
        let end = |name: &str| {
            json!({ "UserPoolId": pool, "User": identifier("Cognito", "Cognito_Subject", name) })
        };
        server.admin().ok("AdminDisableProviderForUser", end("ada")).await;
        let sign_in = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "ada", "PASSWORD": TestServer::PASSWORD },
        });
        let answer = server.public().refused("InitiateAuth", sign_in).await;
        assert_eq!(answer.0, "NotAuthorizedException");
        assert_eq!(answer.1, "Incorrect username or password.");
        let user = json!({ "UserPoolId": pool, "Username": "ada" });
        let user = server.admin().ok("AdminGetUser", user).await;
        assert_eq!(user["UserStatus"], "EXTERNAL_PROVIDER");
        let password = json!({
            "UserPoolId": pool, "Username": "ada", "Password": TestServer::PASSWORD, "Permanent": true,
        });
        server.admin().ok("AdminSetUserPassword", password).await;
        server.sign_in(&client, "ada").await;
        let answer = server.admin().refused("AdminDisableProviderForUser", end("nobody")).await;
        assert_eq!(answer, ("UserNotFoundException".to_owned(), "User does not exist.".to_owned()));
    }
}
