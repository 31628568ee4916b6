//! Google, Facebook, Login with Amazon and Sign in with Apple, each by its own rules (federation §3, §10).

use std::sync::{Arc, Mutex};

use poolhouse_ports::{FetchRequest, Fetched};
use poolhouse_testkit::browser::{Browser, Form, encode};
use poolhouse_testkit::idp::{Idp, Signer};
use poolhouse_testkit::{START, TestServer, decode_jwt, on_both};
use serde_json::{Value, json};

use super::{CALLBACK, HOST, attribute, told};

/// A pool with a social provider.
async fn pool_with(server: &TestServer, provider: Value) -> (String, String) {
    let pool = server.pool(json!({})).await;
    server.admin().ok("CreateUserPoolDomain", json!({ "Domain": "shop", "UserPoolId": pool })).await;
    let name = provider["ProviderType"].clone();
    let mut input = json!({ "UserPoolId": pool, "ProviderName": name });
    super::merge(&mut input, provider);
    server.admin().ok("CreateIdentityProvider", input).await;
    let client = json!({
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [CALLBACK], "SupportedIdentityProviders": [name],
    });
    let client = server.client(&pool, client).await;
    (pool, client)
}

/// Goes to the provider of this name; returns where that is.
async fn go(browser: &mut Browser<'_>, client: &str, provider: &str) -> poolhouse_testkit::browser::Answer {
    let pairs = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("identity_provider", provider),
    ];
    browser.get(&format!("/oauth2/authorize?{}", encode(pairs))).await
}

/// Answers all requests at a URL with JSON, and keeps the last.
fn answering(server: &TestServer, url: &str, answer: Value) -> Arc<Mutex<Option<FetchRequest>>> {
    let seen: Arc<Mutex<Option<FetchRequest>>> = Arc::default();
    let kept = Arc::clone(&seen);
    server.stranger(url, move |request| {
        *kept.lock().unwrap() = Some(request.clone());
        Ok(Fetched { status: 200, headers: Vec::new(), body: answer.to_string().into_bytes() })
    });
    seen
}

async fn user(server: &TestServer, pool: &str, username: &str) -> Value {
    server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": username })).await
}

on_both! {
    async fn google_signs_id_tokens(server) {
        let provider = json!({
            "ProviderType": "Google",
            "ProviderDetails": {
                "client_id": "c", "client_secret": "s", "authorize_scopes": "openid email",
            },
            "AttributeMapping": { "email": "email", "email_verified": "email_verified", "phone_number": "phoneNumbers" },
        });
        let (pool, client) = pool_with(server, provider).await;
        server.document("https://www.googleapis.com/oauth2/v3/certs", &json!({ "keys": [Idp::jwk("one")] }));
        let people = "https://people.googleapis.com/v1/people/me?personFields=phoneNumbers";
        answering(server, people, json!({ "phoneNumbers": [{ "value": "+12065550100" }] }));
        let mut browser = Browser::new(server, HOST);
        let to = go(&mut browser, &client, "Google").await;
        assert!(to.location().starts_with("https://accounts.google.com/o/oauth2/v2/auth?"));
        let claims = json!({
            "iss": "accounts.google.com", "aud": "c", "azp": "c", "sub": "1098", "exp": START.seconds() + 300,
            "nonce": to.parameter("nonce"), "email": "ada@gmail.com", "email_verified": true,
        });
        let token = Idp::sign(&json!({ "alg": "RS256", "kid": "one" }), &claims, &Signer::Own);
        let tokens = json!({ "access_token": "at", "id_token": token });
        answering(server, "https://www.googleapis.com/oauth2/v4/token", tokens);
        let done = browser.get(&format!("/oauth2/idpresponse?code=x&state={}", to.parameter("state").unwrap())).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
        let user = user(server, &pool, "Google_1098").await;
        assert_eq!(attribute(&user, "email_verified").as_deref(), Some("true"));
        assert_eq!(attribute(&user, "phone_number").as_deref(), Some("+12065550100"));
    }

    async fn facebook_gives_tokens_to_a_get(server) {
        let provider = json!({
            "ProviderType": "Facebook",
            "ProviderDetails": {
                "client_id": "c", "client_secret": "s", "authorize_scopes": "public_profile,email",
                "api_version": "v20.0",
            },
            "AttributeMapping": { "email": "email", "name": "name" },
        });
        let (pool, client) = pool_with(server, provider).await;
        let mut browser = Browser::new(server, HOST);
        let to = go(&mut browser, &client, "Facebook").await;
        assert!(to.location().starts_with("https://www.facebook.com/v20.0/dialog/oauth?"), "{}", to.location());
        assert_eq!(to.parameter("scope").as_deref(), Some("public_profile,email"));
        let callback = "http://shop.auth.localhost:7665/oauth2/idpresponse";
        let query = poolhouse_core::form::query([
            ("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", callback), ("client_id", "c"),
            ("client_secret", "s"),
        ]);
        let token_url = format!("https://graph.facebook.com/v20.0/oauth/access_token?{query}");
        answering(server, &token_url, json!({ "access_token": "at" }));
        let me = "https://graph.facebook.com/v20.0/me?fields=email,id,name";
        let seen = answering(server, me, json!({ "id": "77", "name": "Ada", "email": "ada@example.com" }));
        let done = browser.get(&format!("/oauth2/idpresponse?code=x&state={}", to.parameter("state").unwrap())).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
        let request = seen.lock().unwrap().clone().unwrap();
        assert!(request.headers.contains(&("authorization", "Bearer at".to_owned())));
        let user = user(server, &pool, "Facebook_77").await;
        assert_eq!(attribute(&user, "name").as_deref(), Some("Ada"));
        assert_eq!(attribute(&user, "email_verified").as_deref(), Some("false"));
    }

    async fn amazon_knows_its_users_by_a_profile(server) {
        let provider = json!({
            "ProviderType": "LoginWithAmazon",
            "ProviderDetails": { "client_id": "c", "client_secret": "s", "authorize_scopes": "profile" },
            "AttributeMapping": { "email": "email" },
        });
        let (pool, client) = pool_with(server, provider).await;
        let mut browser = Browser::new(server, HOST);
        let to = go(&mut browser, &client, "LoginWithAmazon").await;
        assert!(to.location().starts_with("https://www.amazon.com/ap/oa?"));
        answering(server, "https://api.amazon.com/auth/o2/token", json!({ "access_token": "at" }));
        let profile = json!({ "user_id": "amzn1.account.X", "email": "ada@example.com" });
        answering(server, "https://api.amazon.com/user/profile", profile);
        let done = browser.get(&format!("/oauth2/idpresponse?code=x&state={}", to.parameter("state").unwrap())).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
        user(server, &pool, "LoginWithAmazon_amzn1.account.X").await;
    }

    // federation §10, ours: none of them tells how old a sign-in is
    async fn a_sign_in_of_any_age_is_none_where_that_matters(server) {
        let provider = json!({
            "ProviderType": "LoginWithAmazon",
            "ProviderDetails": { "client_id": "c", "client_secret": "s", "authorize_scopes": "profile" },
        });
        let (_, client) = pool_with(server, provider).await;
        let pairs = [
            ("response_type", "code"), ("client_id", &*client), ("redirect_uri", CALLBACK),
            ("identity_provider", "LoginWithAmazon"), ("max_age", "100"), ("state", "s"),
        ];
        let to = Browser::new(server, HOST).get(&format!("/oauth2/authorize?{}", encode(pairs))).await;
        let text = "LoginWithAmazon does not tell when its users signed in (max_age)";
        assert_eq!(told(&to), ("unmet_authentication_requirements".to_owned(), text.to_owned()));
    }

    async fn apple_answers_by_a_form(server) {
        // A key of P-256 in PKCS#8, made for this test.
        let key = poolhouse_testkit::idp::es256_key();
        let provider = json!({
            "ProviderType": "SignInWithApple",
            "ProviderDetails": {
                "client_id": "com.example.app", "team_id": "TEAM", "key_id": "KEY", "private_key": key,
                "authorize_scopes": "email name",
            },
            "AttributeMapping": { "email": "email", "name": "name", "given_name": "firstName" },
        });
        let (pool, client) = pool_with(server, provider).await;
        server.document("https://appleid.apple.com/auth/keys", &json!({ "keys": [Idp::jwk("one")] }));
        let mut browser = Browser::new(server, HOST);
        let to = go(&mut browser, &client, "SignInWithApple").await;
        assert_eq!(to.parameter("response_mode").as_deref(), Some("form_post"));
        let claims = json!({
            "iss": "https://appleid.apple.com", "aud": "com.example.app", "sub": "000.a", "exp": START.seconds() + 300,
            "nonce": to.parameter("nonce"), "email": "ada@example.com", "email_verified": "true",
        });
        let token = Idp::sign(&json!({ "alg": "RS256", "kid": "one" }), &claims, &Signer::Own);
        let tokens = json!({ "access_token": "at", "id_token": token });
        let seen = answering(server, "https://appleid.apple.com/auth/token", tokens);
        let form = Form { action: "/oauth2/idpresponse".to_owned(), hidden: Vec::new(), options: Value::Null };
        let person = json!({ "name": { "firstName": "Ada", "lastName": "L" }, "email": "evil@example.com" });
        let state = to.parameter("state").unwrap();
        let fields = [("code", "x"), ("state", &*state), ("user", &*person.to_string())];
        let done = browser.post(&form, &fields).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
        let user = user(server, &pool, "SignInWithApple_000.a").await;
        assert_eq!(attribute(&user, "name").as_deref(), Some("Ada L"));
        assert_eq!(attribute(&user, "given_name").as_deref(), Some("Ada"));
        assert_eq!(attribute(&user, "email").as_deref(), Some("ada@example.com"), "nobody signs the form");
        let request = seen.lock().unwrap().clone().unwrap();
        let form = request.form.unwrap();
        let secret = form.split('&').find_map(|pair| pair.strip_prefix("client_secret=")).unwrap();
        let (header, claims) = decode_jwt(&json!(secret));
        assert_eq!((&header["alg"], &header["kid"]), (&json!("ES256"), &json!("KEY")));
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("TEAM"), &json!("com.example.app")));
        assert_eq!(claims["aud"], "https://appleid.apple.com");
    }
}

#[tokio::test]
async fn social_providers_may_be_elsewhere() {
    let database = poolhouse_testkit::Database::Sqlite;
    let server = TestServer::start_with(database, |parts| {
        parts.settings.provider_addresses =
            [("https://www.amazon.com".to_owned(), "http://localhost:9/amazon".to_owned())].into();
    })
    .await;
    let provider = json!({
        "ProviderType": "LoginWithAmazon",
        "ProviderDetails": { "client_id": "c", "client_secret": "s", "authorize_scopes": "profile" },
    });
    let (_, client) = pool_with(&server, provider).await;
    let mut browser = Browser::new(&server, HOST);
    let to = go(&mut browser, &client, "LoginWithAmazon").await;
    assert!(to.location().starts_with("http://localhost:9/amazon/ap/oa?"), "{}", to.location());
    server.finish().await;
}
