//! What comes back, and what does not (new-operations §15.4).

use poolhouse_store::tables::linked_identities;
use poolhouse_testkit::idp::Idp;
use poolhouse_testkit::{SrpClient, TestServer, claims, on_both};
use serde_json::{Value, json};

use super::{moment, recover, state};
use crate::passkeys::Alice;
use crate::sign_in::factors::{App, pool_of_all_factors, prefer};

/// A pool whose users sign in by their address, too.
async fn pool(server: &TestServer) -> String {
    server.pool(json!({ "AliasAttributes": ["email"] })).await
}

fn named(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "Username": name })
}

async fn set(server: &TestServer, pool: &str, name: &str, attributes: Value) {
    let list: Vec<_> = attributes
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect();
    let input = json!({ "UserPoolId": pool, "Username": name, "UserAttributes": list });
    server.admin().ok("AdminUpdateUserAttributes", input).await;
}

/// Ann and Bob, in groups.
async fn house(server: &TestServer) -> (String, String) {
    let pool = pool(server).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "ann", json!({ "email": "a@example.com", "email_verified": "true" })).await;
    server.user(&pool, "bob", json!({ "email": "b@example.com", "email_verified": "true" })).await;
    server.group(&pool, "admins", json!({ "Precedence": 1, "Description": "who may" })).await;
    server.group(&pool, "readers", json!({})).await;
    server.member(&pool, "ann", "admins").await;
    server.member(&pool, "ann", "readers").await;
    server.member(&pool, "bob", "readers").await;
    (pool, client)
}

/// Signs in with a code of an app: "in", or the error.
async fn with_code(server: &TestServer, client: &str, name: &str, code: &str) -> String {
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
        "AuthParameters": { "USERNAME": name, "PASSWORD": TestServer::PASSWORD },
    });
    let challenge = server.public().ok("InitiateAuth", input).await;
    let answer = json!({
        "ChallengeName": "SOFTWARE_TOKEN_MFA", "ClientId": client, "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": code },
    });
    match server.public().call("RespondToAuthChallenge", answer).await {
        Ok(_) => "in".to_owned(),
        Err(error) => error.code,
    }
}

on_both! {
    async fn users_groups_and_memberships_are_as_they_were(server) {
        let (pool, client) = house(server).await;
        let before = state(server, &pool).await;
        let then = moment(server);
        let old = server.sign_in(&client, "ann").await;

        server.admin().ok("AdminDeleteUser", named(&pool, "ann")).await;
        server.user(&pool, "ann", json!({ "email": "x@example.com", "email_verified": "true" })).await;
        set(server, &pool, "bob", json!({ "email": "a@example.com", "email_verified": "true" })).await;
        server.admin().ok("AdminDisableUser", named(&pool, "bob")).await;
        server.user(&pool, "eve", json!({})).await;
        server.admin().ok("DeleteGroup", json!({ "UserPoolId": pool, "GroupName": "admins" })).await;
        server.group(&pool, "spoilt", json!({})).await;
        server.member(&pool, "eve", "spoilt").await;
        server.member(&pool, "eve", "readers").await;
        let update = json!({ "UserPoolId": pool, "GroupName": "readers", "Description": "changed" });
        server.admin().ok("UpdateGroup", update).await;
        let spoilt = state(server, &pool).await;
        assert_ne!(spoilt, before);
        let later = moment(server);

        let counts = recover(server, &pool, then).await;
        let expected = [("Users", [1, 1, 2]), ("Groups", [1, 1, 1]), ("User MFAs", [0; 3]), ("Passkeys", [0; 3])];
        assert_eq!(counts, expected.map(|(entity, counts)| (entity.to_owned(), counts)));
        assert_eq!(state(server, &pool).await, before);

        // Everybody signs in by their old address, with the claims of then; tokens from before the deletion are dead.
        let new = server.sign_in(&client, "a@example.com").await;
        assert_eq!(claims(&new["IdToken"])["cognito:groups"], json!(["admins", "readers"]));
        assert_eq!(claims(&new["IdToken"])["sub"], claims(&old["IdToken"])["sub"]);
        let token = json!({ "AccessToken": old["AccessToken"] });
        assert_eq!(server.public().refused("GetUser", token).await.0, "NotAuthorizedException");
        server.sign_in(&client, "b@example.com").await;
        let lookup = server.admin().refused("AdminGetUser", named(&pool, "eve")).await;
        assert_eq!(lookup.0, "UserNotFoundException");

        // A second recovery undoes the first.
        moment(server);
        recover(server, &pool, later).await;
        assert_eq!(state(server, &pool).await, spoilt);
    }

    async fn a_password_that_was_set_since_is_kept(server) {
        let (pool, client) = house(server).await;
        let then = moment(server);
        for name in ["ann", "bob"] {
            let input = json!({ "UserPoolId": pool, "Username": name, "Password": "Another-Horse-8", "Permanent": true });
            server.admin().ok("AdminSetUserPassword", input).await;
        }
        server.admin().ok("AdminDeleteUser", named(&pool, "bob")).await;
        moment(server);
        recover(server, &pool, then).await;
        for name in ["ann", "bob"] {
            let input = |password: &str| json!({
                "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
                "AuthParameters": { "USERNAME": name, "PASSWORD": password },
            });
            let refused = server.public().refused("InitiateAuth", input(TestServer::PASSWORD)).await;
            assert_eq!(refused.0, "NotAuthorizedException");
            let result = server.public().ok("InitiateAuth", input("Another-Horse-8")).await;
            assert!(result["AuthenticationResult"]["AccessToken"].is_string());
        }
    }

    async fn who_stays_goes_on_and_who_was_deleted_signs_in_anew(server) {
        let (pool, client) = house(server).await;
        let then = moment(server);
        let (ann, bob) = (server.sign_in(&client, "ann").await, server.sign_in(&client, "bob").await);
        set(server, &pool, "ann", json!({ "name": "spoilt" })).await;
        let member = json!({ "UserPoolId": pool, "Username": "ann", "GroupName": "admins" });
        server.admin().ok("AdminRemoveUserFromGroup", member).await;
        server.admin().ok("AdminDeleteUser", named(&pool, "bob")).await;
        moment(server);
        recover(server, &pool, then).await;

        let refresh = |tokens: &Value| json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": client,
            "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
        });
        let fresh = server.public().ok("InitiateAuth", refresh(&ann)).await["AuthenticationResult"].clone();
        let claims = claims(&fresh["IdToken"]);
        assert_eq!(claims["cognito:groups"], json!(["admins", "readers"]));
        assert_eq!(claims.get("name"), None);
        assert_eq!(server.public().refused("InitiateAuth", refresh(&bob)).await.0, "NotAuthorizedException");
        let token = json!({ "AccessToken": bob["AccessToken"] });
        assert_eq!(server.public().refused("GetUser", token).await.0, "NotAuthorizedException");
        let bob = server.sign_in(&client, "b@example.com").await;
        server.public().ok("InitiateAuth", refresh(&bob)).await;
    }

    /// Signing in with an app writes the user's record, and is no change of it.
    async fn codes_that_were_used_are_no_change_and_stay_used(server) {
        let pool = pool_of_all_factors(server, "OPTIONAL").await;
        let client = server.client(&pool, json!({})).await;
        for name in ["ann", "bob"] {
            server.user(&pool, name, json!({})).await;
        }
        let ann = App::register(server, &client, "ann", None).await;
        let bob = App::register(server, &client, "bob", None).await;
        for name in ["ann", "bob"] {
            prefer(server, &pool, name, "SoftwareTokenMfaSettings").await;
        }
        let then = moment(server);
        moment(server);
        set(server, &pool, "bob", json!({ "name": "spoilt" })).await;
        assert_eq!(with_code(server, &client, "ann", &ann.code(server, 0)).await, "in");
        let used = bob.code(server, 0);
        assert_eq!(with_code(server, &client, "bob", &used).await, "in");
        server.admin().ok("AdminDeleteSoftwareToken", named(&pool, "bob")).await;
        let counts = recover(server, &pool, then).await;
        assert_eq!(counts[0], ("Users".to_owned(), [0, 1, 0]), "ann has only signed in");
        assert_eq!(counts[2], ("User MFAs".to_owned(), [1, 0, 0]));
        for name in ["ann", "bob"] {
            let app = if name == "ann" { &ann } else { &bob };
            assert_eq!(with_code(server, &client, name, &app.code(server, 0)).await, "ExpiredCodeException");
            assert_eq!(with_code(server, &client, name, &app.code(server, 1)).await, "in");
        }
    }

    async fn passkeys_come_back_with_the_counter_of_now(server) {
        let alice = Alice::new(server).await;
        let kept = alice.passkey("kept").await;
        let then = moment(server);
        let made = alice.passkey("made").await;
        assert_eq!(alice.sign_in(&kept).await, "in");
        let id = json!({ "CredentialId": kept.id() });
        alice.ok("DeleteWebAuthnCredential", id).await;
        moment(server);
        let counts = recover(server, &alice.pool, then).await;
        assert_eq!(counts[3], ("Passkeys".to_owned(), [1, 0, 1]));
        assert_eq!(alice.sign_in(&kept).await, "in");
        assert_ne!(alice.sign_in(&made).await, "in");
    }

    async fn links_come_back_where_there_is_the_provider(server) {
        let (pool, _) = house(server).await;
        for name in ["Staying", "Leaving"] {
            let idp = Idp::start(server, &format!("https://{}.example.com", name.to_lowercase()), |_| {});
            let provider = json!({
                "UserPoolId": pool, "ProviderName": name, "ProviderType": "OIDC", "ProviderDetails": idp.details(),
            });
            server.admin().ok("CreateIdentityProvider", provider).await;
            let link = json!({
                "UserPoolId": pool,
                "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "ann" },
                "SourceUser": {
                    "ProviderName": name, "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1",
                },
            });
            server.admin().ok("AdminLinkProviderForUser", link).await;
        }
        let then = moment(server);
        server.admin().ok("AdminDeleteUser", named(&pool, "ann")).await;
        let leaving = json!({ "UserPoolId": pool, "ProviderName": "Leaving" });
        server.admin().ok("DeleteIdentityProvider", leaving).await;
        moment(server);
        recover(server, &pool, then).await;
        let mut tx = server.engine().store().read().await.unwrap();
        let key = |name| (name, "Cognito_Subject", "1");
        for (name, is_back) in [("Staying", true), ("Leaving", false)] {
            let (provider, attribute, value) = key(name);
            let pool = pool.as_str().into();
            let link = linked_identities::get(&mut tx, &pool, provider, attribute, value).await.unwrap();
            assert_eq!(link.is_some(), is_back, "{name}");
        }
    }

    async fn second_factors_come_back(server) {
        let (pool, client) = house(server).await;
        let config = json!({
            "UserPoolId": pool, "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        server.admin().ok("SetUserPoolMfaConfig", config).await;
        let token = server.sign_in(&client, "ann").await["AccessToken"].clone();
        let made = server.public().ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
        let app = App::new(&made["SecretCode"]);
        let code = app.code(server, 0);
        server.public().ok("VerifySoftwareToken", json!({ "AccessToken": token, "UserCode": code })).await;
        let preference = json!({
            "UserPoolId": pool, "Username": "ann",
            "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true },
        });
        server.admin().ok("AdminSetUserMFAPreference", preference).await;
        let then = moment(server);
        server.admin().ok("AdminDeleteSoftwareToken", named(&pool, "ann")).await;
        moment(server);
        let counts = recover(server, &pool, then).await;
        assert_eq!(counts[2], ("User MFAs".to_owned(), [1, 0, 0]));
        let srp = SrpClient::new(&pool);
        let input = json!({
            "AuthFlow": "USER_SRP_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "ann", "SRP_A": srp.srp_a() },
        });
        let challenge = server.public().ok("InitiateAuth", input).await;
        let answer = json!({
            "ChallengeName": "PASSWORD_VERIFIER", "ClientId": client, "Session": challenge["Session"],
            "ChallengeResponses": srp.answer(&challenge["ChallengeParameters"], TestServer::PASSWORD, server.engine().clock().outside()),
        });
        let challenge = server.public().ok("RespondToAuthChallenge", answer).await;
        assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        let answer = json!({
            "ChallengeName": "SOFTWARE_TOKEN_MFA", "ClientId": client, "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": app.code(server, 1) },
        });
        let done = server.public().ok("RespondToAuthChallenge", answer).await;
        assert!(done["AuthenticationResult"]["AccessToken"].is_string());
    }
}
