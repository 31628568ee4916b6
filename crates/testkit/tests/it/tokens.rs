//! Tokens: what they say, refresh, access, revocation (docs/cognito/tokens.md).

use poolhouse_core::IssuerMode;
use poolhouse_testkit::{Database, START, TestServer, claims, decode_jwt, on_both};
use serde_json::{Value, json};

fn refresh(client: &str, token: &Value) -> Value {
    json!({
        "ClientId": client,
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": { "REFRESH_TOKEN": token },
    })
}

async fn refused_refresh(server: &TestServer, client: &str, token: &Value) -> (String, String) {
    server.public().refused("InitiateAuth", refresh(client, token)).await
}

async fn refused_access(server: &TestServer, token: &Value) -> (String, String) {
    server.public().refused("GetUser", json!({ "AccessToken": token })).await
}

async fn works(server: &TestServer, token: &Value) {
    server.public().ok("GetUser", json!({ "AccessToken": token })).await;
}

fn not_authorized(text: &str) -> (String, String) {
    ("NotAuthorizedException".to_owned(), text.to_owned())
}

fn without<'a>(value: &'a Value, names: &[&str]) -> Vec<(&'a str, &'a Value)> {
    let members = value.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value));
    members.filter(|(name, _)| !names.contains(name)).collect()
}

/// Another signature of the same length.
fn tampered(token: &Value) -> Value {
    let (rest, signature) = token.as_str().unwrap().rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    json!(format!("{rest}.{first}{}", &signature[1..]))
}

on_both! {
    async fn the_two_tokens_have_their_own_keys_and_claims(server) {
        // tokens §14
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let sub = server.user(&pool, "alice", json!({ "email": "alice@example.com" })).await;
        let result = server.sign_in(&client, "alice").await;
        let (id_header, id) = decode_jwt(&result["IdToken"]);
        let (access_header, access) = decode_jwt(&result["AccessToken"]);
        let (_, jwks) = server.get(&format!("/{pool}/.well-known/jwks.json")).await;
        let kids: Vec<_> = jwks["keys"].as_array().unwrap().iter().map(|k| &k["kid"]).collect();
        assert_eq!(kids.len(), 2);
        assert_ne!(id_header["kid"], access_header["kid"]);
        for header in [&id_header, &access_header] {
            assert!(kids.contains(&&header["kid"]));
            assert_eq!(without(header, &["kid"]), [("alg", &json!("RS256"))]);
        }
        let now = START.seconds();
        let iss = format!("http://127.0.0.1:7665/{pool}");
        for (token, token_use) in [(&id, "id"), (&access, "access")] {
            assert_eq!(token["sub"], sub);
            assert_eq!(token["iss"], iss);
            assert_eq!(token["token_use"], token_use);
            assert_eq!((&token["auth_time"], &token["iat"], &token["exp"]), (&json!(now), &json!(now), &json!(now + 3600)));
        }
        assert_eq!((&id["event_id"], &id["origin_jti"]), (&access["event_id"], &access["origin_jti"]));
        assert_ne!(id["jti"], access["jti"]);
        assert_eq!((&id["aud"], &id["email"]), (&json!(client), &json!("alice@example.com")));
        assert_eq!((&access["client_id"], &access["scope"]), (&json!(client), &json!("aws.cognito.signin.user.admin")));
        for absent in ["aud", "version", "email", "cognito:groups"] {
            assert!(access.get(absent).is_none(), "{absent}");
        }
        for absent in ["at_hash", "nonce", "nbf", "cognito:groups", "client_id", "scope"] {
            assert!(id.get(absent).is_none(), "{absent}");
        }
    }

    async fn the_event_is_the_request_that_issued_the_tokens(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
        });
        let (_, headers, body) = server.public().raw("InitiateAuth", input.to_string().as_bytes()).await;
        let output: Value = serde_json::from_slice(&body).unwrap();
        let event = &claims(&output["AuthenticationResult"]["AccessToken"])["event_id"];
        assert_eq!(headers["x-amzn-requestid"], event.as_str().unwrap());
    }

    async fn a_refresh_keeps_the_sign_in_and_renews_the_rest(server) {
        // tokens §9.2, recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "name": "Old" })).await;
        let result = server.sign_in(&client, "alice").await;
        server.clock().advance_seconds(100);
        let attributes = json!([{ "Name": "name", "Value": "New" }]);
        let update = json!({ "UserPoolId": pool, "Username": "alice", "UserAttributes": attributes });
        server.admin().ok("AdminUpdateUserAttributes", update).await;
        for flow in ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"] {
            let mut input = refresh(&client, &result["RefreshToken"]);
            input["AuthFlow"] = json!(flow);
            let output = server.public().ok("InitiateAuth", input).await;
            assert_eq!(output["ChallengeParameters"], json!({}));
            let renewed = &output["AuthenticationResult"];
            assert!(renewed.get("RefreshToken").is_none());
            for kind in ["IdToken", "AccessToken"] {
                let (old, new) = (claims(&result[kind]), claims(&renewed[kind]));
                assert_eq!(new["iat"], START.seconds() + 100);
                assert_eq!(new["exp"], START.seconds() + 3700);
                assert_ne!(old["jti"], new["jti"]);
                let changing = ["iat", "exp", "jti", "name"];
                assert_eq!(without(&old, &changing), without(&new, &changing));
            }
            assert_eq!(claims(&renewed["IdToken"])["name"], "New");
            works(server, &renewed["AccessToken"]).await;
        }
    }

    async fn a_refresh_token_is_bound_to_client_pool_and_time(server) {
        let pool = server.pool(json!({})).await;
        let validity = json!({ "RefreshTokenValidity": 2, "TokenValidityUnits": { "RefreshToken": "hours" } });
        let client = server.client(&pool, validity).await;
        let other = server.client(&pool, json!({})).await;
        let other_pool = server.pool(json!({})).await;
        let foreign = server.client(&other_pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let result = server.sign_in(&client, "alice").await;
        let token = &result["RefreshToken"];
        let invalid = not_authorized("Invalid Refresh Token");
        assert_eq!(refused_refresh(server, &foreign, token).await, invalid);
        assert_eq!(refused_refresh(server, &client, &json!("nonsense")).await, invalid);
        assert_eq!(refused_refresh(server, &client, &result["AccessToken"]).await, invalid);
        let different = not_authorized("Refresh Token has different Client");
        assert_eq!(refused_refresh(server, &other, token).await, different);
        // Refreshing does not prolong its life.
        server.clock().advance_seconds(7199);
        let output = server.public().ok("InitiateAuth", refresh(&client, token)).await;
        server.clock().advance_seconds(1);
        assert_eq!(refused_refresh(server, &client, token).await, not_authorized("Refresh Token has expired"));
        works(server, &output["AuthenticationResult"]["AccessToken"]).await;
    }

    async fn what_became_of_the_user_decides(server) {
        // recorded (tokens §9.2, §11)
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let name = json!({ "UserPoolId": pool, "Username": "alice" });
        let result = server.sign_in(&client, "alice").await;
        let (access, token) = (&result["AccessToken"], &result["RefreshToken"]);

        server.admin().ok("AdminDisableUser", name.clone()).await;
        assert_eq!(refused_access(server, access).await, not_authorized("User is disabled."));
        assert_eq!(refused_refresh(server, &client, token).await, not_authorized("User is disabled."));
        server.admin().ok("AdminEnableUser", name.clone()).await;
        assert_eq!(refused_access(server, access).await, not_authorized("Access Token has been revoked"));
        let revoked = not_authorized("Refresh Token has been revoked");
        assert_eq!(refused_refresh(server, &client, token).await, revoked);

        let result = server.sign_in(&client, "alice").await;
        let (access, token) = (&result["AccessToken"], &result["RefreshToken"]);
        server.admin().ok("AdminDeleteUser", name).await;
        let missing = ("UserNotFoundException".to_owned(), "User does not exist.".to_owned());
        assert_eq!(refused_access(server, access).await, missing);
        let deleted = not_authorized("The user has been deleted for the associated refresh token");
        assert_eq!(refused_refresh(server, &client, token).await, deleted);

        let again = json!({ "ClientId": client, "Username": "alice", "Password": TestServer::PASSWORD });
        server.public().ok("SignUp", again).await;
        let unconfirmed = ("UserNotConfirmedException".to_owned(), "User is not confirmed.".to_owned());
        assert_eq!(refused_access(server, access).await, unconfirmed);
        let confirm = json!({ "UserPoolId": pool, "Username": "alice" });
        server.admin().ok("AdminConfirmSignUp", confirm).await;
        assert_eq!(refused_access(server, access).await, not_authorized("Invalid access token."));
        assert_eq!(refused_refresh(server, &client, token).await, deleted);
    }

    async fn a_reset_password_stops_everything_until_it_is_set_again(server) {
        // tokens §9.2 (open) and §11 (model); authentication §3, gate 11
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let attributes = json!({ "email": "alice@example.com", "email_verified": "true" });
        server.user(&pool, "alice", attributes).await;
        let result = server.sign_in(&client, "alice").await;
        let name = json!({ "UserPoolId": pool, "Username": "alice" });
        server.admin().ok("AdminResetUserPassword", name).await;
        let text = "Password reset required for the user".to_owned();
        let required = ("PasswordResetRequiredException".to_owned(), text);
        assert_eq!(refused_access(server, &result["AccessToken"]).await, required);
        assert_eq!(refused_refresh(server, &client, &result["RefreshToken"]).await, required);
        for password in [TestServer::PASSWORD, "wrong"] {
            let input = json!({
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": client,
                "AuthParameters": { "USERNAME": "alice", "PASSWORD": password },
            });
            assert_eq!(server.public().refused("InitiateAuth", input).await, required);
        }
    }

    async fn a_new_password_leaves_tokens_valid(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let result = server.sign_in(&client, "alice").await;
        let password = json!({
            "UserPoolId": pool, "Username": "alice", "Password": "Another-Horse-8", "Permanent": true,
        });
        server.admin().ok("AdminSetUserPassword", password).await;
        works(server, &result["AccessToken"]).await;
        server.public().ok("InitiateAuth", refresh(&client, &result["RefreshToken"])).await;
    }

    async fn access_tokens_are_checked_in_order(server) {
        // tokens §11
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let result = server.sign_in(&client, "alice").await;
        let access = &result["AccessToken"];
        let invalid = not_authorized("Invalid Access Token");
        for garbage in [&result["IdToken"], &json!("not.a.token"), &json!("x"), &json!("e30.e30.e30")] {
            assert_eq!(refused_access(server, garbage).await, invalid);
        }
        let unverified = not_authorized("Could not verify signature for Access Token");
        assert_eq!(refused_access(server, &tampered(access)).await, unverified);
        server.clock().advance_seconds(3599);
        works(server, access).await;
        server.clock().advance_seconds(1);
        assert_eq!(refused_access(server, access).await, not_authorized("Access Token has expired"));
        assert_eq!(refused_access(server, &tampered(access)).await, unverified);
    }

    async fn without_its_client_no_token_works(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let result = server.sign_in(&client, "alice").await;
        server.admin().ok("DeleteUserPoolClient", json!({ "UserPoolId": pool, "ClientId": client })).await;
        let text = format!("User pool client {client} does not exist.");
        let missing = ("ResourceNotFoundException".to_owned(), text);
        assert_eq!(refused_access(server, &result["AccessToken"]).await, missing);
        assert_eq!(refused_refresh(server, &client, &result["RefreshToken"]).await, missing);
    }

    async fn revoking_a_refresh_token_ends_its_sign_in_alone(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let first = server.sign_in(&client, "alice").await;
        let second = server.sign_in(&client, "alice").await;
        assert_ne!(claims(&first["IdToken"])["origin_jti"], claims(&second["IdToken"])["origin_jti"]);
        let renewed = server.public().ok("InitiateAuth", refresh(&client, &first["RefreshToken"])).await;
        let revoke = json!({ "ClientId": client, "Token": first["RefreshToken"] });
        for _ in 0..2 {
            let (status, _, body) = server.public().raw("RevokeToken", revoke.to_string().as_bytes()).await;
            assert_eq!((status, &*body), (200, &b"{}"[..]));
        }
        for token in [&first["AccessToken"], &renewed["AuthenticationResult"]["AccessToken"]] {
            assert_eq!(refused_access(server, token).await, not_authorized("Access Token has been revoked"));
        }
        let revoked = not_authorized("Refresh Token has been revoked");
        assert_eq!(refused_refresh(server, &client, &first["RefreshToken"]).await, revoked);
        works(server, &second["AccessToken"]).await;
        server.public().ok("InitiateAuth", refresh(&client, &second["RefreshToken"])).await;
        // With the user everything is gone that could be revoked.
        server.admin().ok("AdminDeleteUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        let revoke = json!({ "ClientId": client, "Token": second["RefreshToken"] });
        assert_eq!(server.public().ok("RevokeToken", revoke).await, json!({}));
    }

    async fn what_cannot_be_revoked(server) {
        // tokens §10.1
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let other = server.client(&pool, json!({})).await;
        let record = server.client_record(&pool, json!({ "GenerateSecret": true })).await;
        let (secret_client, secret) = (record["ClientId"].as_str().unwrap(), &record["ClientSecret"]);
        let off = server.client(&pool, json!({ "EnableTokenRevocation": false })).await;
        server.user(&pool, "alice", json!({})).await;
        let result = server.sign_in(&client, "alice").await;
        let revoke = async |client: &str, token: &Value| {
            server.public().refused("RevokeToken", json!({ "ClientId": client, "Token": token })).await
        };
        let unsupported = ("UnsupportedTokenTypeException".to_owned(), "Unsupported token type".to_owned());
        assert_eq!(revoke(&client, &result["AccessToken"]).await, unsupported);
        assert_eq!(revoke(&client, &result["IdToken"]).await, unsupported);
        let garbage = ("InvalidParameterException".to_owned(), "Invalid Refresh Token".to_owned());
        assert_eq!(revoke(&client, &json!("garbage")).await, garbage);
        let unauthorized = ("UnauthorizedException".to_owned(), "Invalid client or secret".to_owned());
        assert_eq!(revoke(&other, &result["RefreshToken"]).await, unauthorized);
        assert_eq!(revoke("1234567890abcdef", &result["RefreshToken"]).await, unauthorized);
        assert_eq!(revoke(secret_client, &result["RefreshToken"]).await, unauthorized);
        let mut wrong = json!({ "ClientId": secret_client, "Token": "x", "ClientSecret": "x".repeat(24) });
        assert_eq!(server.public().refused("RevokeToken", wrong.clone()).await, unauthorized);
        wrong["ClientSecret"] = secret.clone();
        assert_eq!(server.public().refused("RevokeToken", wrong).await, garbage);
        works(server, &result["AccessToken"]).await;

        let result = server.sign_in(&off, "alice").await;
        let text = "This feature is not enabled for this client".to_owned();
        let disabled = ("UnsupportedOperationException".to_owned(), text);
        assert_eq!(revoke(&off, &result["RefreshToken"]).await, disabled);
        works(server, &result["AccessToken"]).await;
    }

    async fn without_revocation_tokens_name_no_origin(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({ "EnableTokenRevocation": false })).await;
        server.user(&pool, "alice", json!({})).await;
        let result = server.sign_in(&client, "alice").await;
        let renewed = server.public().ok("InitiateAuth", refresh(&client, &result["RefreshToken"])).await;
        for result in [&result, &renewed["AuthenticationResult"]] {
            let (id, access) = (claims(&result["IdToken"]), claims(&result["AccessToken"]));
            assert_eq!((id.get("jti"), id.get("origin_jti"), access.get("origin_jti")), (None, None, None));
            assert!(access["jti"].is_string());
        }
        // What ends all sign-ins of a user ends these, too (tokens §10.2).
        works(server, &result["AccessToken"]).await;
        server.admin().ok("AdminUserGlobalSignOut", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        let revoked = not_authorized("Access Token has been revoked");
        assert_eq!(refused_access(server, &result["AccessToken"]).await, revoked);
        let answer = refused_refresh(server, &client, &result["RefreshToken"]).await;
        assert_eq!(answer, not_authorized("Refresh Token has been revoked"));
    }

    async fn signing_out_everywhere_ends_every_sign_in_before_it(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        server.user(&pool, "bob", json!({})).await;
        let first = server.sign_in(&client, "alice").await;
        let second = server.sign_in(&client, "alice").await;
        let other = server.sign_in(&client, "bob").await;
        let input = json!({ "AccessToken": first["AccessToken"] });
        assert_eq!(server.public().ok("GlobalSignOut", input.clone()).await, json!({}));
        let revoked = not_authorized("Access Token has been revoked");
        assert_eq!(server.public().refused("GlobalSignOut", input).await, revoked);
        for result in [&first, &second] {
            assert_eq!(refused_access(server, &result["AccessToken"]).await, revoked);
            let answer = refused_refresh(server, &client, &result["RefreshToken"]).await;
            assert_eq!(answer, not_authorized("Refresh Token has been revoked"));
        }
        works(server, &other["AccessToken"]).await;
        let third = server.sign_in(&client, "alice").await;
        works(server, &third["AccessToken"]).await;
        let name = json!({ "UserPoolId": pool, "Username": "alice" });
        server.admin().ok("AdminUserGlobalSignOut", name).await;
        assert_eq!(refused_access(server, &third["AccessToken"]).await, revoked);
    }

    async fn a_refresh_needs_the_hash_of_the_users_name(server) {
        // recorded; other names of the user: pycognito E14
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let record = server.client_record(&pool, json!({ "GenerateSecret": true })).await;
        let (id, secret) = (record["ClientId"].as_str().unwrap(), record["ClientSecret"].as_str().unwrap());
        let hash = |name: &str| json!(poolhouse_crypto::secret_hash::compute(secret, name, id));
        let attributes = json!({ "email": "alice@example.com", "email_verified": "true" });
        let sub = server.user(&pool, "alice", attributes).await;
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": id,
            "AuthParameters": {
                "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD, "SECRET_HASH": hash("alice"),
            },
        });
        let result = server.public().ok("InitiateAuth", input).await;
        let mut input = refresh(id, &result["AuthenticationResult"]["RefreshToken"]);
        let text = format!("Client {id} is configured with secret but SECRET_HASH was not received");
        assert_eq!(server.public().refused("InitiateAuth", input.clone()).await, not_authorized(&text));
        input["AuthParameters"]["SECRET_HASH"] = hash("bob");
        let text = format!("SecretHash does not match for the client: {id}");
        assert_eq!(server.public().refused("InitiateAuth", input.clone()).await, not_authorized(&text));
        for name in ["alice", "alice@example.com", &sub] {
            input["AuthParameters"]["SECRET_HASH"] = hash(name);
            server.public().ok("InitiateAuth", input.clone()).await;
        }
    }

    async fn rotation_shuts_the_old_way_to_refresh(server) {
        // recorded (type)
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED" },
        })).await;
        server.user(&pool, "alice", json!({})).await;
        let result = server.sign_in(&client, "alice").await;
        let (code, _) = refused_refresh(server, &client, &result["RefreshToken"]).await;
        assert_eq!(code, "UnsupportedOperationException");
    }

    async fn only_what_the_client_may_read_is_told(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({ "ReadAttributes": ["name"] })).await;
        server.user(&pool, "alice", json!({ "email": "alice@example.com", "name": "Alice A." })).await;
        let id = claims(&server.sign_in(&client, "alice").await["IdToken"]);
        assert_eq!((id.get("email"), &id["name"]), (None, &json!("Alice A.")));
    }
}

#[tokio::test]
async fn a_pool_can_choose_its_issuer() {
    // docs/decisions/0007: the tag wins over the server's mode
    for mode in [IssuerMode::Own, IssuerMode::Aws] {
        let set = |parts: &mut poolhouse_testkit::Parts| parts.settings.issuer = mode;
        let server = TestServer::start_with(Database::Sqlite, set).await;
        for (tag, base) in [
            ("own", "http://127.0.0.1:7665"),
            ("aws", "https://cognito-idp.us-east-1.amazonaws.com"),
            ("aws-updated", "https://issuer-cognito-idp.us-east-1.amazonaws.com"),
        ] {
            let pool = server.pool(json!({ "UserPoolTags": { "poolhouse:issuer": tag } })).await;
            let client = server.client(&pool, json!({})).await;
            server.user(&pool, "alice", json!({})).await;
            let result = server.sign_in(&client, "alice").await;
            assert_eq!(claims(&result["AccessToken"])["iss"], format!("{base}/{pool}"));
            works(&server, &result["AccessToken"]).await;
            // The choice may change: tokens that are out stay good.
            server.admin().ok("UpdateUserPool", json!({ "UserPoolId": pool, "UserPoolTags": {} })).await;
            works(&server, &result["AccessToken"]).await;
        }
        server.finish().await;
    }
}

#[tokio::test]
async fn the_issuer_can_have_the_form_of_aws() {
    // tokens §7
    let aws = |parts: &mut poolhouse_testkit::Parts| parts.settings.issuer = IssuerMode::Aws;
    let server = TestServer::start_with(Database::Sqlite, aws).await;
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "alice", json!({})).await;
    let result = server.sign_in(&client, "alice").await;
    let expected = format!("https://cognito-idp.us-east-1.amazonaws.com/{pool}");
    assert_eq!(claims(&result["AccessToken"])["iss"], expected);
    works(&server, &result["AccessToken"]).await;
    server.finish().await;
}

#[tokio::test]
async fn a_sign_in_with_a_password_writes_only_that_wrong_ones_are_forgotten() {
    let server = TestServer::start(Database::Sqlite).await;
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "alice", json!({})).await;
    let commits = || server.engine().store().transactions();
    let before = commits();
    let result = server.sign_in(&client, "alice").await;
    works(&server, &result["AccessToken"]).await;
    assert_eq!(commits(), before);
    let input = json!({
        "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": "wrong" },
    });
    server.public().refused("InitiateAuth", input).await;
    assert_eq!(commits(), before + 1);
    server.sign_in(&client, "alice").await;
    assert_eq!(commits(), before + 2);
    server.sign_in(&client, "alice").await;
    assert_eq!(commits(), before + 2);
    server.finish().await;
}
