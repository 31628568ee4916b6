//! Logins by social providers (identity-pools-and-iam §1, §4).

use poolhouse_ports::{FetchError, FetchRequest, Fetched};
use poolhouse_testkit::idp::{Idp, Signer};
use poolhouse_testkit::{Database, START, TestServer, decode_jwt, on_both};
use serde_json::{Value, json};

use super::openid_connect::{not_authorized, refused};
use super::{id, identity_pool, public};

const UNSUPPORTED: &str = "Token is not from a supported provider of this identity pool.";

const GOOGLE_KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";
const FACEBOOK_APP: &str = "https://graph.facebook.com/app?fields=id";
const FACEBOOK_USER: &str = "https://graph.facebook.com/me?fields=id";
const AMAZON: &str = "https://api.amazon.com/auth/o2/tokeninfo?access_token=";

async fn pool(server: &TestServer, provider: &str, application: &str) -> String {
    let settings = json!({ "AllowClassicFlow": true, "SupportedLoginProviders": { provider: application } });
    identity_pool(server, settings).await
}

/// A good token of a provider that signs.
fn token(issuer: &str, change: &Value) -> String {
    let mut claims = json!({
        "iss": issuer, "aud": "app", "sub": "1098", "iat": START.seconds(), "exp": START.seconds() + 60,
    });
    claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    Idp::sign(&json!({ "alg": "RS256", "kid": "one" }), &claims, &Signer::Own)
}

fn answered(status: u16, body: &Value) -> Result<Fetched, FetchError> {
    Ok(Fetched { status, headers: Vec::new(), body: body.to_string().into_bytes() })
}

/// Whether a request has this token, as Facebook takes it.
fn bears(request: &FetchRequest, token: &str) -> bool {
    request.headers.contains(&("authorization", format!("Bearer {token}")))
}

/// How the identity is proven that a login leads to.
async fn amr(server: &TestServer, pool: &str, logins: &Value) -> Value {
    let identity = id(server, pool, logins).await;
    assert_eq!(id(server, pool, logins).await, identity);
    let input = json!({ "IdentityId": identity, "Logins": logins });
    let token = public(server).ok("GetOpenIdToken", input).await["Token"].clone();
    decode_jwt(&token).1["amr"].clone()
}

on_both! {
    async fn google_and_apple_sign_id_tokens(server) {
        for (name, issuers, keys) in [
            ("accounts.google.com", &["https://accounts.google.com", "accounts.google.com"][..], GOOGLE_KEYS),
            ("appleid.apple.com", &["https://appleid.apple.com"], "https://appleid.apple.com/auth/keys"),
        ] {
            let pool = pool(server, name, "app").await;
            server.document(keys, &json!({ "keys": [Idp::jwk("one")] }));
            for issuer in issuers {
                let logins = json!({ name: token(issuer, &json!({})) });
                assert_eq!(amr(server, &pool, &logins).await, json!(["authenticated", name, format!("{name}:app:1098")]));
            }
            let issuer = issuers[0];
            let other = json!({ name: token("https://evil.example", &json!({})) });
            let words = "Invalid login token. Issuer doesn't match providerName";
            assert_eq!(refused(server, &pool, &other).await, not_authorized(words));
            for change in [json!({ "aud": "else" }), json!({ "azp": "else" })] {
                let logins = json!({ name: token(issuer, &change) });
                assert_eq!(refused(server, &pool, &logins).await, not_authorized(UNSUPPORTED));
            }
            let forged = Idp::sign(
                &json!({ "alg": "RS256", "kid": "one" }),
                &json!({ "iss": issuer, "aud": "app", "sub": "1", "iat": START.seconds(), "exp": START.seconds() + 60 }),
                &Signer::Other,
            );
            let words = "Invalid login token. Couldn't verify signed token.";
            assert_eq!(refused(server, &pool, &json!({ name: forged })).await, not_authorized(words));
        }
    }

    async fn facebook_is_asked_whose_a_token_is_and_for_which_application(server) {
        let pool = pool(server, "graph.facebook.com", "163427").await;
        server.stranger(FACEBOOK_APP, |request| match request {
            _ if bears(request, "good") => answered(200, &json!({ "id": "163427" })),
            _ if bears(request, "other") => answered(200, &json!({ "id": "99" })),
            _ if bears(request, "busy") => answered(500, &json!({})),
            _ => answered(400, &json!({ "error": { "type": "OAuthException" } })),
        });
        server.stranger(FACEBOOK_USER, |request| match request {
            _ if bears(request, "good") => answered(200, &json!({ "id": "181002" })),
            _ => answered(400, &json!({})),
        });
        let logins = |token: &str| json!({ "graph.facebook.com": token });
        // Observed.
        let expected = json!(["authenticated", "graph.facebook.com", "graph.facebook.com:163427:181002"]);
        assert_eq!(amr(server, &pool, &logins("good")).await, expected);
        for (token, words) in [
            ("bad", "Invalid login token. Couldn't verify signed token."),
            // For another application: whoever has it may be anybody.
            ("other", UNSUPPORTED),
            ("two words", "Invalid login token. Not a valid OpenId Connect identity token."),
        ] {
            assert_eq!(refused(server, &pool, &logins(token)).await, not_authorized(words), "{token}");
        }
        assert_eq!(refused(server, &pool, &logins("busy")).await.0, "ExternalServiceException");
    }

    async fn amazon_is_asked_whose_a_token_is_and_for_which_application(server) {
        let pool = pool(server, "www.amazon.com", "amzn1.application.1").await;
        let told = |aud: &str, app: &str| json!({ "aud": aud, "app_id": app, "user_id": "amzn1.account.X", "exp": 3600 });
        for (token, answer) in [
            ("Atza%7Cgood", told("amzn1.client.1", "amzn1.application.1")),
            ("other", told("amzn1.client.2", "amzn1.application.2")),
            ("nobody", json!({ "app_id": "amzn1.application.1" })),
        ] {
            server.stranger(&format!("{AMAZON}{token}"), move |_| answered(200, &answer));
        }
        server.stranger(&format!("{AMAZON}bad"), |_| answered(400, &json!({ "error": "invalid_token" })));
        let logins = |token: &str| json!({ "www.amazon.com": token });
        let expected = json!(["authenticated", "www.amazon.com", "www.amazon.com:amzn1.application.1:amzn1.account.X"]);
        assert_eq!(amr(server, &pool, &logins("Atza|good")).await, expected);
        for (token, words) in [
            ("bad", "Invalid login token. Couldn't verify signed token."),
            ("other", UNSUPPORTED),
            ("nobody", "Invalid login token. Missing a required claim: user_id"),
        ] {
            assert_eq!(refused(server, &pool, &logins(token)).await, not_authorized(words), "{token}");
        }
        assert_eq!(refused(server, &pool, &logins("unanswered")).await.0, "ExternalServiceException");
    }

    async fn providers_that_are_no_more_vouch_for_nobody(server) {
        let pool = pool(server, "www.digits.com", "key").await;
        let words = "Invalid login token. Couldn't verify signed token.";
        assert_eq!(refused(server, &pool, &json!({ "www.digits.com": "t" })).await, not_authorized(words));
        assert!(server.take_fetches().is_empty());
    }

    // A token that nobody can look at costs a request: strangers do not make them at will.
    async fn a_flood_of_tokens_is_no_flood_for_the_provider(server) {
        let pool = pool(server, "graph.facebook.com", "1").await;
        server.stranger(FACEBOOK_APP, |_| answered(400, &json!({})));
        let stranger = public(server).at("192.0.2.7");
        let logins = json!({ "IdentityPoolId": pool, "Logins": { "graph.facebook.com": "t" } });
        server.take_fetches();
        for _ in 0..60 {
            stranger.refused("GetId", logins.clone()).await;
        }
        assert_eq!(stranger.refused("GetId", logins.clone()).await.0, "TooManyRequestsException");
        assert_eq!(server.take_fetches().len(), 60);
        server.clock().advance_seconds(1);
        assert_eq!(stranger.refused("GetId", logins).await.0, "NotAuthorizedException");
    }

    async fn a_flood_at_one_pool_keeps_nobody_out_of_another(server) {
        let (flooded, other) = (pool(server, "graph.facebook.com", "1").await, pool(server, "graph.facebook.com", "1").await);
        server.stranger(FACEBOOK_APP, |_| answered(400, &json!({})));
        let told = async |address: &str, pool: &str| {
            let input = json!({ "IdentityPoolId": pool, "Logins": { "graph.facebook.com": "t" } });
            public(server).at(address).refused("GetId", input).await.0
        };
        for n in 0..1200 {
            assert_eq!(told(&format!("192.0.2.{}", n % 20), &flooded).await, "NotAuthorizedException", "{n}");
        }
        assert_eq!(told("192.0.2.99", &flooded).await, "TooManyRequestsException");
        assert_eq!(told("192.0.2.99", &other).await, "NotAuthorizedException");
    }
}

#[tokio::test]
async fn social_providers_may_be_elsewhere() {
    let server = TestServer::start_with(Database::Sqlite, |parts| {
        parts.settings.provider_addresses =
            [("https://www.googleapis.com".to_owned(), "http://localhost:9/google".to_owned())].into();
    })
    .await;
    server.document("http://localhost:9/google/oauth2/v3/certs", &json!({ "keys": [Idp::jwk("one")] }));
    let pool = pool(&server, "accounts.google.com", "app").await;
    id(&server, &pool, &json!({ "accounts.google.com": token("accounts.google.com", &json!({})) })).await;
    server.finish().await;
}
