//! What a provider looks like, and its life (federation §1-§4; users-and-groups §5).

use poolhouse_store::tables::Insert;
use poolhouse_store::tables::identity_providers::{self, IdentityProvider};
use poolhouse_testkit::{START, on_both};
use serde_json::{Value, json};

use super::{INVALID, create, google, metadata, oidc};

fn seconds(millis: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact for dates")]
    let millis = millis as f64;
    millis / 1000.0
}

fn named(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "ProviderName": name })
}

on_both! {
    // federation §3, recorded: all nine details, the secret among them
    async fn google_has_derived_details(server) {
        let pool = server.pool(json!({})).await;
        let mut input = google(&pool);
        input["AttributeMapping"] = json!({ "email": "email", "username": "sub" });
        let made = create(server, input).await;
        let described = server.admin().ok("DescribeIdentityProvider", named(&pool, "Google")).await;
        assert_eq!(described, json!({ "IdentityProvider": made }));
        assert_eq!(made, json!({
            "UserPoolId": pool,
            "ProviderName": "Google",
            "ProviderType": "Google",
            "ProviderDetails": {
                "client_id": "dummy.apps.googleusercontent.com",
                "client_secret": "dummy-client-secret",
                "authorize_scopes": "openid email profile",
                "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
                "attributes_url_add_attributes": "true",
                "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
                "oidc_issuer": "https://accounts.google.com",
                "token_request_method": "POST",
                "token_url": "https://www.googleapis.com/oauth2/v4/token",
            },
            "AttributeMapping": { "email": "email", "username": "sub" },
            "IdpIdentifiers": [],
            "LastModifiedDate": seconds(START.millis()),
            "CreationDate": seconds(START.millis()),
        }));
    }

    // federation §3, model: each type's own details, and what names its users (§4)
    async fn every_type_has_its_details(server) {
        let pool = server.pool(json!({})).await;
        let secret = json!({ "client_id": "c", "client_secret": "s", "authorize_scopes": "email" });
        let apple = json!({
            "client_id": "c", "team_id": "t", "key_id": "k", "private_key": "p", "authorize_scopes": "email",
        });
        let mut facebook = secret.clone();
        facebook["api_version"] = json!("v20.0");
        for (name, kind, details, added, username) in [
            ("Facebook", "Facebook", facebook, json!({
                "attributes_url": "https://graph.facebook.com/v20.0/me?fields=",
                "attributes_url_add_attributes": "true",
                "authorize_url": "https://www.facebook.com/v20.0/dialog/oauth",
                "token_request_method": "GET",
                "token_url": "https://graph.facebook.com/v20.0/oauth/access_token",
            }), json!("id")),
            ("LoginWithAmazon", "LoginWithAmazon", secret, json!({
                "attributes_url": "https://api.amazon.com/user/profile",
                "attributes_url_add_attributes": "false",
                "authorize_url": "https://www.amazon.com/ap/oa",
                "token_request_method": "POST",
                "token_url": "https://api.amazon.com/auth/o2/token",
            }), json!("user_id")),
            ("SignInWithApple", "SignInWithApple", apple, json!({
                "attributes_url_add_attributes": "false",
                "authorize_url": "https://appleid.apple.com/auth/authorize",
                "oidc_issuer": "https://appleid.apple.com",
                "token_request_method": "POST",
                "token_url": "https://appleid.apple.com/auth/token",
            }), json!("sub")),
            ("Corporate", "OIDC", oidc(&pool, "x")["ProviderDetails"].clone(), json!({
                "attributes_url_add_attributes": "false",
            }), json!("sub")),
            (
                "Saml", "SAML", json!({ "MetadataFile": metadata(), "IDPSignout": "false" }),
                json!({
                    "SSORedirectBindingURI": "https://saml.example.com/in",
                    "SLORedirectBindingURI": "https://saml.example.com/out",
                }),
                Value::Null,
            ),
        ] {
            let input = json!({
                "UserPoolId": pool, "ProviderName": name, "ProviderType": kind, "ProviderDetails": details,
            });
            let made = create(server, input).await;
            let mut expected = details;
            expected.as_object_mut().unwrap().extend(added.as_object().unwrap().clone());
            // Apple's private key is never shown (documented).
            expected.as_object_mut().unwrap().remove("private_key");
            assert_eq!(made["ProviderDetails"], expected, "{name}");
            assert_eq!(made["AttributeMapping"]["username"], username, "{name}");
        }
    }

    // docs/ARCHITECTURE.md, Secrets: what lets in is sealed
    async fn secrets_are_not_stored_in_clear(server) {
        let pool = server.pool(json!({})).await;
        create(server, oidc(&pool, "Corporate")).await;
        let mut tx = server.engine().store().read().await.unwrap();
        let row = identity_providers::get(&mut tx, &pool.as_str().into(), "Corporate").await.unwrap().unwrap();
        assert!(!row.config.contains("oidc-secret"));
        let sealed = row.secrets.unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("oidc-secret"));
    }

    // federation §2: a map or list that is given replaces the stored one whole, the others stay
    async fn an_update_is_by_member(server) {
        let pool = server.pool(json!({})).await;
        let mut input = oidc(&pool, "Corporate");
        input["AttributeMapping"] = json!({ "email": "mail", "username": "oid" });
        input["IdpIdentifiers"] = json!(["b.example.com", "a.example.com"]);
        input["AcrMapping"] = json!({ "Level2": "mfa" });
        let mut expected = create(server, input).await;
        assert_eq!(expected["IdpIdentifiers"], json!(["a.example.com", "b.example.com"]));
        assert_eq!(expected["AcrMapping"], json!({ "Level2": "mfa" }));
        server.clock().advance_seconds(60);
        expected["LastModifiedDate"] = json!(seconds(START.millis() + 60_000));
        let details = json!({
            "client_id": "d", "authorize_scopes": "openid email", "oidc_issuer": "https://other.example.com",
            "attributes_request_method": "POST",
            "authorize_url": "https://other.example.com/auth", "token_url": "https://other.example.com/token",
            "attributes_url": "https://other.example.com/me", "jwks_uri": "https://other.example.com/keys",
        });
        let mut shown = details.clone();
        shown["attributes_url_add_attributes"] = json!("false");
        for (member, given, shown) in [
            ("IdpIdentifiers", json!(["c.example.com"]), json!(["c.example.com"])),
            ("AttributeMapping", json!({ "name": "cn" }), json!({ "name": "cn", "username": "sub" })),
            ("ProviderDetails", details, shown),
            ("AcrMapping", json!({ "Level3": "hwk" }), json!({ "Level3": "hwk" })),
        ] {
            let mut update = named(&pool, "Corporate");
            update[member] = given;
            expected[member] = shown;
            let answer = server.admin().ok("UpdateIdentityProvider", update).await;
            let mut answered = expected.clone();
            if member != "IdpIdentifiers" {
                // recorded: only when they were sent
                answered.as_object_mut().unwrap().remove("IdpIdentifiers");
            }
            assert_eq!(answer, json!({ "IdentityProvider": answered }), "{member}");
        }
        let described = server.admin().ok("DescribeIdentityProvider", named(&pool, "Corporate")).await;
        assert_eq!(described["IdentityProvider"], expected);
        // recorded: an empty mapping maps nothing, the user name neither
        let mut update = named(&pool, "Corporate");
        update["AttributeMapping"] = json!({});
        update["IdpIdentifiers"] = json!([]);
        let answer = server.admin().ok("UpdateIdentityProvider", update).await;
        for member in ["AttributeMapping", "IdpIdentifiers"] {
            expected[member] = answer["IdentityProvider"][member].clone();
        }
        assert_eq!(answer, json!({ "IdentityProvider": expected }));
        assert_eq!((&expected["AttributeMapping"], &expected["IdpIdentifiers"]), (&json!({}), &json!([])));
        let described = server.admin().ok("DescribeIdentityProvider", named(&pool, "Corporate")).await;
        assert_eq!(described["IdentityProvider"], expected);
    }

    async fn a_provider_is_found_by_its_identifiers(server) {
        let pool = server.pool(json!({})).await;
        let mut input = oidc(&pool, "Corporate");
        input["IdpIdentifiers"] = json!(["example.com"]);
        let made = create(server, input).await;
        let by = json!({ "UserPoolId": pool, "IdpIdentifier": "example.com" });
        let found = server.admin().ok("GetIdentityProviderByIdentifier", by).await;
        assert_eq!(found, json!({ "IdentityProvider": made }));
        let by = json!({ "UserPoolId": pool, "IdpIdentifier": "example.org" });
        let (code, _) = server.admin().refused("GetIdentityProviderByIdentifier", by).await;
        assert_eq!(code, "ResourceNotFoundException");
        let mut other = oidc(&pool, "Other");
        other["IdpIdentifiers"] = json!(["example.com"]);
        let answer = server.admin().refused("CreateIdentityProvider", other).await;
        assert_eq!(answer, (INVALID.to_owned(), "Idp identifier example.com already exists".to_owned()));
    }

    // federation §2: clients lose the provider, its group stays (users-and-groups §5)
    async fn a_deleted_provider_is_gone_from_clients(server) {
        let pool = server.pool(json!({})).await;
        create(server, oidc(&pool, "Corporate")).await;
        let both = server
            .client(&pool, json!({ "SupportedIdentityProviders": ["COGNITO", "Corporate"] }))
            .await;
        let only = server.client(&pool, json!({ "SupportedIdentityProviders": ["Corporate"] })).await;
        let body = named(&pool, "Corporate").to_string();
        let (status, _, body) = server.admin().raw("DeleteIdentityProvider", body.as_bytes()).await;
        assert_eq!((status, body.len()), (200, 0));
        for (client, providers) in [(both, json!(["COGNITO"])), (only, Value::Null)] {
            let client = json!({ "UserPoolId": pool, "ClientId": client });
            let described = server.admin().ok("DescribeUserPoolClient", client).await;
            assert_eq!(described["UserPoolClient"]["SupportedIdentityProviders"], providers);
        }
        let group = json!({ "UserPoolId": pool, "GroupName": format!("{pool}_Corporate") });
        server.admin().ok("GetGroup", group).await;
        // federation §2, recorded: two texts
        let (unknown, unchanged) = (format!("for tenantId {pool}"), format!("in User Pool {pool}"));
        for (operation, place) in [
            ("DescribeIdentityProvider", &unknown), ("UpdateIdentityProvider", &unchanged),
            ("DeleteIdentityProvider", &unchanged),
        ] {
            let gone = format!("Identity provider Corporate {place} does not exist.");
            let refusal = server.admin().refused(operation, named(&pool, "Corporate")).await;
            assert_eq!(refusal, ("ResourceNotFoundException".to_owned(), gone), "{operation}");
        }
    }

    // users-and-groups §5: made with the provider; one that is there is used as it is
    async fn a_provider_has_a_group(server) {
        let pool = server.pool(json!({})).await;
        create(server, google(&pool)).await;
        let group = json!({ "UserPoolId": pool, "GroupName": format!("{pool}_Google") });
        let group = server.admin().ok("GetGroup", group).await;
        assert_eq!(group, json!({ "Group": {
            "GroupName": format!("{pool}_Google"),
            "UserPoolId": pool,
            "Description": "Autogenerated group for users who sign in using Google",
            "LastModifiedDate": seconds(START.millis()),
            "CreationDate": seconds(START.millis()),
        } }));
        let own = json!({ "UserPoolId": pool, "GroupName": format!("{pool}_Corporate"), "Precedence": 7 });
        let own = server.admin().ok("CreateGroup", own).await;
        create(server, oidc(&pool, "Corporate")).await;
        let group = json!({ "UserPoolId": pool, "GroupName": format!("{pool}_Corporate") });
        assert_eq!(server.admin().ok("GetGroup", group).await, own);
    }

    // protocol §8: MaxResults 0 to 60, 0 being the default
    async fn providers_are_listed_in_pages(server) {
        let pool = server.pool(json!({})).await;
        let mut made = Vec::new();
        for name in ["Aaa", "Bbb", "Ccc"] {
            create(server, oidc(&pool, name)).await;
            made.push(json!({
                "ProviderName": name, "ProviderType": "OIDC",
                "LastModifiedDate": seconds(START.millis()), "CreationDate": seconds(START.millis()),
            }));
        }
        let all = json!({ "UserPoolId": pool, "MaxResults": 0 });
        let all = server.admin().ok("ListIdentityProviders", all).await;
        assert_eq!(all, json!({ "Providers": made }));
        let (mut read, mut token) = (Vec::new(), Value::Null);
        for calls_left in (0..3).rev() {
            let mut input = json!({ "UserPoolId": pool, "MaxResults": 1 });
            if !token.is_null() {
                input["NextToken"] = token;
            }
            let page = server.admin().ok("ListIdentityProviders", input).await;
            read.extend(page["Providers"].as_array().unwrap().clone());
            token = page["NextToken"].clone();
            assert_eq!(token.is_null(), calls_left == 0);
        }
        assert_eq!(read, made);
        let foreign = json!({ "UserPoolId": pool, "NextToken": "x" });
        let (code, _) = server.admin().refused("ListIdentityProviders", foreign).await;
        assert_eq!(code, INVALID);
    }

    // protocol §9: as many as AWS grants
    async fn a_pool_has_at_most_1000_providers(server) {
        let pool = server.pool(json!({})).await;
        let mut tx = server.engine().store().write().await.unwrap();
        for number in 0..999 {
            let row = IdentityProvider {
                pool_id: pool.clone().into(),
                name: format!("provider{number}"),
                provider_type: "OIDC".to_owned(),
                created_at: START,
                modified_at: START,
                config: "{}".to_owned(),
                secrets: None,
            };
            assert_eq!(identity_providers::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        }
        tx.commit().await.unwrap();
        create(server, oidc(&pool, "Last")).await;
        let (code, _) = server.admin().refused("CreateIdentityProvider", oidc(&pool, "More")).await;
        assert_eq!(code, "LimitExceededException");
    }
}
