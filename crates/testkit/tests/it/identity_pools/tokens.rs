//! Tokens of the basic flow: what they say, who verifies them, and what STS gives for them
//! (identity-pools-and-iam §5, §8.1).

use poolhouse_crypto::jwt::{Algorithm, Jwk, Jwks, PublicKey, decode_as};
use poolhouse_testkit::{ApiError, Database, TestServer, decode_jwt, element, on_both, refusal, sign};
use poolhouse_wire::sts;
use serde_json::{Value, json};

use super::{ACCOUNT, Users, admin, allow, id, identity_pool, public, role, set_roles, text, with_users};

async fn token(server: &TestServer, identity: &str, logins: &Value) -> Value {
    let input = json!({ "IdentityId": identity, "Logins": logins });
    public(server).ok("GetOpenIdToken", input).await["Token"].clone()
}

/// Asks STS for a role.
async fn assume(server: &TestServer, role: &str, token: &str) -> Result<String, ApiError> {
    let input = [("RoleArn", role), ("RoleSessionName", "work"), ("WebIdentityToken", token)];
    server.public().of(&sts::SERVICE).query("AssumeRoleWithWebIdentity", &input).await
}

async fn basic(server: &TestServer) -> (Users, String) {
    let settings = json!({ "AllowClassicFlow": true, "AllowUnauthenticatedIdentities": true });
    with_users(server, settings).await
}

fn key(jwk: &Jwk) -> PublicKey {
    // A JWK for RS512 is none for the client library's tokens.
    Jwk { alg: String::new(), ..jwk.clone() }.public_key().unwrap()
}

on_both! {
    async fn a_token_says_whose_it_is_and_is_verified_by_the_issuers_keys(server) {
        let (users, pool) = basic(server).await;
        let guest = id(server, &pool, &json!({})).await;
        let issued = token(server, &guest, &Value::Null).await;
        let (header, claims) = decode_jwt(&issued);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("JWS"), &json!("RS512")));
        assert!(header["kid"].as_str().is_some_and(|kid| kid.starts_with("us-east-1-")), "{header}");
        assert_eq!(claims, json!({
            "sub": guest,
            "aud": pool,
            "amr": ["unauthenticated"],
            "iss": "https://cognito-identity.amazonaws.com",
            "https://cognito-identity.amazonaws.com/identity-pool-arn":
                format!("arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{pool}"),
            "exp": 1_893_456_600,
            "iat": 1_893_456_000,
        }));
        let (status, document) = server.get("/.well-known/openid-configuration").await;
        assert_eq!((status, document), (200, json!({
            "id_token_signing_alg_values_supported": ["RS512"],
            "issuer": "https://cognito-identity.amazonaws.com",
            "jwks_uri": "http://127.0.0.1:7665/.well-known/jwks_uri",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        })));
        let keys: Jwks = serde_json::from_value(server.get("/.well-known/jwks_uri").await.1).unwrap();
        let [jwk] = &keys.keys[..] else { panic!("{keys:?}") };
        assert_eq!((&json!(jwk.kid), jwk.alg.as_str()), (&header["kid"], "RS512"));
        let read = decode_as(Algorithm::Rs512, issued.as_str().unwrap()).unwrap();
        assert_eq!(key(jwk).verify(&read), Ok(()));
        let sub = server.user(&users.pool, "ann", json!({})).await;
        let logins = users.logins_by(&users.id_token(server, "ann").await);
        let ann = id(server, &pool, &logins).await;
        let claims = decode_jwt(&token(server, &ann, &logins).await).1;
        let detail = format!("{}:CognitoSignIn:{sub}", users.provider);
        assert_eq!(claims["amr"], json!(["authenticated", users.provider, detail]));
    }

    async fn the_basic_flow_is_there_where_it_is_wanted(server) {
        let (users, pool) = with_users(server, json!({ "AllowUnauthenticatedIdentities": true })).await;
        let guest = id(server, &pool, &json!({})).await;
        let ask = json!({ "IdentityId": guest });
        assert_eq!(
            public(server).refused("GetOpenIdToken", ask.clone()).await,
            refusal("InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow.")
        );
        let update = json!({
            "IdentityPoolId": pool, "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true,
            "AllowClassicFlow": true, "CognitoIdentityProviders": [users.configured()],
        });
        admin(server).ok("UpdateIdentityPool", update).await;
        public(server).ok("GetOpenIdToken", ask.clone()).await;
        let mapping = json!({ users.mapping(): { "Type": "Token", "AmbiguousRoleResolution": "Deny" } });
        set_roles(server, &pool, json!({}), mapping).await;
        assert_eq!(
            public(server).refused("GetOpenIdToken", ask).await,
            refusal(
                "InvalidParameterException",
                "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
            )
        );
    }

    async fn sts_gives_a_role_for_a_token_if_the_role_trusts_the_pool(server) {
        let (users, pool) = basic(server).await;
        let members = role(server, "member", &pool, "authenticated", &allow("*")).await;
        let guests = role(server, "guest", &pool, "unauthenticated", &allow("*")).await;
        let guest = id(server, &pool, &json!({})).await;
        let issued = text(&token(server, &guest, &Value::Null).await);
        let begun = assume(server, &guests, &issued).await.unwrap();
        let said = |name: &str| element(&begun, name).unwrap();
        assert_eq!(said("SubjectFromWebIdentityToken"), guest);
        assert_eq!((said("Audience"), said("Provider")), (pool.clone(), "cognito-identity.amazonaws.com".to_owned()));
        assert_eq!(said("Arn"), format!("arn:aws:sts::{ACCOUNT}:assumed-role/guest/work"));
        // Without the bounds of the enhanced flow (documented).
        let (key_id, secret, session) = (said("AccessKeyId"), said("SecretAccessKey"), said("SessionToken"));
        let keys = sign::Keys { access_key_id: &key_id, secret_access_key: &secret };
        let caller = admin(server).signing(keys).showing(&session);
        caller.ok("ListIdentityPools", json!({ "MaxResults": 1 })).await;
        let denied = assume(server, &members, &issued).await.unwrap_err();
        assert_eq!((denied.status, denied.code.as_str()), (403, "AccessDenied"));
        assert_eq!(denied.message, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
        let logins = users.logins(server, "ann").await;
        let of_ann = text(&token(server, &id(server, &pool, &logins).await, &logins).await);
        assume(server, &members, &of_ann).await.unwrap();
        assume(server, &guests, &of_ann).await.unwrap_err();
        let other = identity_pool(server, json!({})).await;
        let foreign = role(server, "foreign", &other, "*", &allow("*")).await;
        assert_eq!(assume(server, &foreign, &of_ann).await.unwrap_err().code, "AccessDenied");
        for forged in [&of_ann[..of_ann.len() - 4], &format!("{of_ann}AAAA")] {
            assert_eq!(assume(server, &members, forged).await.unwrap_err().code, "InvalidIdentityToken");
        }
        // Five minutes of grace.
        server.clock().advance_seconds(600 + 299);
        assume(server, &members, &of_ann).await.unwrap();
        server.clock().advance_seconds(1);
        let expired = assume(server, &members, &of_ann).await.unwrap_err();
        assert_eq!((expired.status, expired.code.as_str()), (400, "ExpiredTokenException"));
    }

    async fn tags_of_a_token_are_tags_of_the_session(server) {
        let (users, pool) = basic(server).await;
        let map = json!({ "IdentityPoolId": pool, "IdentityProviderName": users.provider, "PrincipalTags": { "app": "aud" } });
        admin(server).ok("SetPrincipalTagAttributeMap", map).await;
        let logins = users.logins(server, "ann").await;
        let issued = token(server, &id(server, &pool, &logins).await, &logins).await;
        let tags = decode_jwt(&issued).1["https://aws.amazon.com/tags"].clone();
        assert_eq!(tags, json!({ "principal_tags": { "app": [users.client] } }));
        let policy = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "cognito-idp:ListUserPools", "Resource": "*",
            "Condition": { "StringEquals": { "aws:PrincipalTag/app": users.client } },
        }}).to_string();
        let role = role(server, "tagged", &pool, "authenticated", &policy).await;
        let begun = assume(server, &role, issued.as_str().unwrap()).await.unwrap();
        let said = |name: &str| element(&begun, name).unwrap();
        let (key_id, secret, session) = (said("AccessKeyId"), said("SecretAccessKey"), said("SessionToken"));
        let keys = sign::Keys { access_key_id: &key_id, secret_access_key: &secret };
        server.admin().signing(keys).showing(&session).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
    }

    // A token for STS is no login.
    async fn a_token_of_the_basic_flow_is_no_login(server) {
        let settings = json!({
            "AllowClassicFlow": true, "AllowUnauthenticatedIdentities": true, "DeveloperProviderName": "dev",
        });
        let pool = identity_pool(server, settings).await;
        let guest = id(server, &pool, &json!({})).await;
        let issued = token(server, &guest, &Value::Null).await;
        let logins = json!({ "cognito-identity.amazonaws.com": issued });
        let refused = public(server).refused("GetId", json!({ "IdentityPoolId": pool, "Logins": logins })).await;
        let text = "Token is not from a supported provider of this identity pool.";
        assert_eq!(refused, refusal("NotAuthorizedException", text));
    }
}

#[tokio::test]
async fn the_issuer_can_be_ones_own() {
    let issuer = "https://id.example.com/pools";
    let server = TestServer::start_with(Database::Sqlite, |parts| {
        parts.kernel.settings.identity_issuer = issuer.to_owned();
    })
    .await;
    assert_eq!(server.get("/.well-known/jwks_uri").await, (200, json!({ "keys": [] })));
    let (_, pool) = basic(&server).await;
    let guest = id(&server, &pool, &json!({})).await;
    let issued = token(&server, &guest, &Value::Null).await;
    assert_eq!(decode_jwt(&issued).1["iss"], json!(issuer));
    assert_eq!(server.get("/.well-known/openid-configuration").await.1["issuer"], json!(issuer));
    // Trust policies call the provider as ever.
    let role = role(&server, "guest", &pool, "unauthenticated", &allow("*")).await;
    let begun = assume(&server, &role, issued.as_str().unwrap()).await.unwrap();
    assert_eq!(element(&begun, "Provider").unwrap(), "cognito-identity.amazonaws.com");
    let (status, headers, _) = server.http("OPTIONS", "/.well-known/jwks_uri", &[], b"").await;
    assert_eq!((status, headers["access-control-allow-origin"].to_str().unwrap()), (200, "*"));
    let (_, headers, _) = server.http("GET", "/.well-known/jwks_uri", &[], b"").await;
    assert_eq!(headers["cache-control"], "public, max-age=300");
    server.finish().await;
}
