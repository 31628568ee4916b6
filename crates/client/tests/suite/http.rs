//! HTTP integration: `RequestsSrpAuth`, `TokenType`, and the servers' side.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, Request, StatusCode};
use axum::routing::get;
use axum::{Extension, Router};
use poolhouse_client::http::{AccessToken, Authorization, IdToken, Rejection, RequireToken};
use poolhouse_client::{Claims, Error, ErrorKind, SignedIn, TokenKind, Verifier};
use tokio::net::TcpListener;
use tower::{Layer as _, Service as _, ServiceExt as _};

use crate::world::{PASSWORD, Pool, all_at_once};

/// Says which groups the user is in.
async fn groups(token: AccessToken) -> Result<String, Rejection> {
    token.require_any_group(["staff", "admins"])?;
    Ok(token.0.groups().join(","))
}

/// Greets whoever has a token, and lets others in, too.
async fn greet(token: Option<AccessToken>) -> String {
    token.and_then(|token| token.0.username().map(str::to_owned)).unwrap_or_else(|| "stranger".to_owned())
}

async fn who(token: IdToken) -> String {
    token.0.username().unwrap_or_default().to_owned()
}

/// A server that asks for tokens.
fn api(verifier: &Verifier) -> Router {
    let layered = |router: Router, layer: RequireToken| router.layer(layer);
    let hello = |Extension(claims): Extension<Claims>| async move {
        claims.username().unwrap_or_default().to_owned()
    };
    let open = layered(Router::new().route("/open", get(hello)), RequireToken::new(verifier.clone()));
    let admins = RequireToken::new(verifier.clone()).any_group(["admins"]);
    let admins = layered(Router::new().route("/admins", get(hello)), admins);
    let own = RequireToken::new(verifier.clone()).kind(TokenKind::Id);
    let own = own.header(HeaderName::from_static("x-token"), "");
    let own = layered(Router::new().route("/own", get(hello)), own);
    let extracted =
        Router::new().route("/groups", get(groups)).route("/who", get(who)).route("/hello", get(greet));
    extracted.with_state(verifier.clone()).merge(open).merge(admins).merge(own)
}

/// The answer to a GET with headers.
async fn ask(api: &Router, path: &str, headers: HeaderMap) -> (StatusCode, String, String) {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    *request.headers_mut() = headers;
    let response = api.clone().oneshot(request).await.unwrap();
    let challenge = response.headers().get("www-authenticate");
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
    (status, challenge, String::from_utf8(body.to_vec()).unwrap())
}

async fn headers(authorization: Authorization) -> HeaderMap {
    let mut headers = HeaderMap::new();
    authorization.apply(&mut headers).await.unwrap();
    headers
}

/// A member of `staff`.
async fn staff(pool: &Pool<'_>) -> SignedIn {
    pool.user("alice").await;
    pool.admin.create_group("staff").send().await.unwrap();
    pool.admin.add_user_to_group("alice", "staff").await.unwrap();
    pool.sign_in("alice").await
}

rows! {
    /// Header, prefix and kind of token, as `RequestsSrpAuth` takes them.
    async fn x_requests_srp_auth_header_prefix_and_kind(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let tokens = alice.tokens().unwrap();
        let usual = headers(Authorization::of(alice.clone())).await;
        assert_eq!(usual["authorization"], format!("Bearer {}", tokens.access_token()));
        assert!(usual["authorization"].is_sensitive());
        let own = Authorization::of(alice).kind(TokenKind::Id).header(HeaderName::from_static("x-token"));
        let own = headers(own.prefix("")).await;
        assert_eq!(own["x-token"], tokens.id_token());
        assert!(!own.contains_key("authorization"));
    }

    /// It signs in at the first request; many requests wait for one sign-in.
    async fn x_requests_srp_auth_signs_in_once(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let authorization = Authorization::by_password(pool.client.clone(), "alice", PASSWORD);
        assert!(!format!("{authorization:?}").contains(PASSWORD));
        let values = all_at_once(10, || {
            let authorization = authorization.clone();
            async move { authorization.value().await.unwrap() }
        })
        .await;
        assert!(values.iter().all(|value| *value == values[0]));
    }

    /// pycognito does not sign in again when the refresh token has ended.
    async fn x_requests_srp_auth_signs_in_again(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let authorization = Authorization::by_password(pool.client.clone(), "alice", PASSWORD);
        let first = authorization.value().await.unwrap();
        pool.admin.global_sign_out("alice").await.unwrap();
        if !world.advance(3600) {
            return;
        }
        let second = authorization.value().await.unwrap();
        assert_ne!(first, second);
        let wrong = Authorization::by_password(pool.client.clone(), "alice", "Wrong-Horse-7");
        assert!(matches!(wrong.value().await, Err(Error::Service { kind: ErrorKind::NotAuthorized, .. })));
    }

    async fn x_reqwest_middleware(world) {
        let pool = world.pool().await;
        let alice = staff(&pool).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/groups", listener.local_addr().unwrap());
        let api = api(pool.client.verifier());
        tokio::spawn(async move { axum::serve(listener, api).await.unwrap() });
        let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new());
        let client = client.with(Authorization::of(alice.clone())).build();
        assert_eq!(client.get(&url).send().await.unwrap().text().await.unwrap(), "staff");
        assert_eq!(reqwest::get(&url).await.unwrap().status().as_u16(), 401);
        alice.global_sign_out().await.unwrap();
        assert!(client.get(&url).send().await.is_err());
    }

    async fn x_tower_layer(world) {
        let pool = world.pool().await;
        let alice = staff(&pool).await;
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let inner = tower::service_fn(move |request: Request<()>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move { Ok::<_, std::convert::Infallible>(request.headers()["authorization"].clone()) }
        });
        let mut service = Authorization::of(alice.clone()).layer(inner);
        let value = service.ready().await.unwrap().call(Request::new(())).await.unwrap();
        assert_eq!(value, format!("Bearer {}", alice.tokens().unwrap().access_token()));
        alice.global_sign_out().await.unwrap();
        let refused = service.ready().await.unwrap().call(Request::new(())).await;
        assert!(matches!(refused.unwrap_err().downcast_ref(), Some(Error::SignedOut)));
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    async fn x_axum_extractors(world) {
        let pool = world.pool().await;
        let alice = staff(&pool).await;
        let api = api(pool.client.verifier());
        let access = headers(Authorization::of(alice.clone())).await;
        let id = headers(Authorization::of(alice.clone()).kind(TokenKind::Id)).await;
        let ok = |body: &str| (StatusCode::OK, String::new(), body.to_owned());
        assert_eq!(ask(&api, "/groups", access.clone()).await, ok("staff"));
        assert_eq!(ask(&api, "/who", id.clone()).await, ok("alice"));
        let scheme = headers(Authorization::of(alice).prefix("bearer")).await;
        assert_eq!(ask(&api, "/groups", scheme).await, ok("staff"));

        assert_eq!(ask(&api, "/hello", access.clone()).await, ok("alice"));
        assert_eq!(ask(&api, "/hello", HeaderMap::new()).await, ok("stranger"));
        assert_eq!(ask(&api, "/hello", id.clone()).await.0, StatusCode::UNAUTHORIZED);

        let invalid = (StatusCode::UNAUTHORIZED, r#"Bearer error="invalid_token""#.to_owned(), String::new());
        assert_eq!(ask(&api, "/groups", id).await, invalid);
        assert_eq!(ask(&api, "/who", access).await, invalid);
        let none = (StatusCode::UNAUTHORIZED, "Bearer".to_owned(), String::new());
        assert_eq!(ask(&api, "/groups", HeaderMap::new()).await, none);
        let basic = HeaderMap::from_iter([(AUTHORIZATION, "Basic eDp5".parse().unwrap())]);
        assert_eq!(ask(&api, "/groups", basic).await, none);

        pool.user("bob").await;
        let bob = headers(Authorization::of(pool.sign_in("bob").await)).await;
        let missing = r#"Bearer error="insufficient_scope""#.to_owned();
        assert_eq!(ask(&api, "/groups", bob).await, (StatusCode::FORBIDDEN, missing, String::new()));
    }

    async fn x_require_token_layer(world) {
        let pool = world.pool().await;
        let alice = staff(&pool).await;
        let api = api(pool.client.verifier());
        let access = headers(Authorization::of(alice.clone())).await;
        assert_eq!(ask(&api, "/open", access.clone()).await.2, "alice");
        assert_eq!(ask(&api, "/open", HeaderMap::new()).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(ask(&api, "/admins", access.clone()).await.0, StatusCode::FORBIDDEN);
        let own = Authorization::of(alice).kind(TokenKind::Id).header(HeaderName::from_static("x-token"));
        assert_eq!(ask(&api, "/own", headers(own.prefix("")).await).await.2, "alice");
        assert_eq!(ask(&api, "/own", access).await.0, StatusCode::UNAUTHORIZED);
    }
}

/// A server cannot judge while the keys are away: that is not the caller's fault.
#[tokio::test]
async fn x_keys_that_cannot_be_fetched() {
    let issuer = "http://127.0.0.1:1/us-east-1_x";
    let claims = serde_json::json!({ "iss": issuer, "token_use": "access" }).to_string();
    let encode = |text: &str| base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, text);
    let token = format!("Bearer {}.{}.AA", encode(r#"{"kid":"k","alg":"RS256"}"#), encode(&claims));
    let headers = HeaderMap::from_iter([(AUTHORIZATION, token.parse().unwrap())]);
    let api = api(&Verifier::builder(issuer).build().unwrap());
    assert_eq!(ask(&api, "/open", headers).await.0, StatusCode::SERVICE_UNAVAILABLE);
}
