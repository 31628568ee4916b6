//! Signing in by a browser at a pool's domain. pycognito has nothing like it.

use std::time::Duration;

use poolhouse_client::sdk::types::{FeatureType, OAuthFlowType, RefreshTokenRotationType};
use poolhouse_client::{
    Client, Error, ErrorKind, LoopbackListener, PendingAuthorization, RedirectError, TokenError,
};
use poolhouse_testkit::browser::Answer;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::browser::Browser;
use crate::world::{NewApp, Pool, World};

const CALLBACK: &str = "https://app.example.com/cb?own=1";
const SIGNED_OUT: &str = "https://app.example.com/bye";
const ALL_SCOPES: [&str; 3] = ["openid", "email", "aws.cognito.signin.user.admin"];

/// A pool with a domain and alice, and an app client that signs in by browsers alone; `None` at AWS, whose pages are its
/// own.
async fn by_browser(world: &World, change: impl FnOnce(NewApp) -> NewApp) -> Option<(Pool<'_>, Client)> {
    if !world.has_pages() {
        return None;
    }
    let pool = world.pool().await;
    pool.user("alice").await;
    let client = app(&pool, &ALL_SCOPES, change).await;
    Some((pool, client))
}

/// One more app client that signs in by browsers.
async fn app(pool: &Pool<'_>, scopes: &[&str], change: impl FnOnce(NewApp) -> NewApp) -> Client {
    let domain = pool.domain().await;
    let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let builder = pool.app_builder(|app| {
        let app = app.set_explicit_auth_flows(Some(Vec::new())).allowed_o_auth_flows_user_pool_client(true);
        let app = app.allowed_o_auth_flows(OAuthFlowType::Code).set_allowed_o_auth_scopes(Some(scopes));
        let app =
            app.callback_urls(CALLBACK).callback_urls("http://127.0.0.1/callback").logout_urls(SIGNED_OUT);
        change(app.supported_identity_providers("COGNITO"))
    });
    builder.await.domain(domain).build().unwrap()
}

/// What is kept of a sign-in, with one member changed.
fn changed(pending: &PendingAuthorization, member: &str, value: &str) -> PendingAuthorization {
    let mut stored = serde_json::to_value(pending).unwrap();
    assert!(stored[member].is_string());
    stored[member] = value.into();
    serde_json::from_value(stored).unwrap()
}

fn redirect_error(error: Error) -> RedirectError {
    let Error::Redirect(error) = error else { panic!("{error:?}") };
    error
}

/// Sends bytes to the listener, and reads what it answers until it hangs up.
async fn send(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = Vec::new();
    // Who is hung up on while still speaking sees an error instead of an answer.
    let _hung_up = stream.write_all(bytes).await;
    let _hung_up = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

/// Where a listener listens, without scheme and path.
fn address(listener: &LoopbackListener) -> String {
    let uri = listener.redirect_uri().strip_prefix("http://").unwrap();
    uri.strip_suffix("/callback").unwrap().to_owned()
}

rows! {
    /// A web application: what is kept goes through a store, tokens are renewed and revoked at the domain alone, and the
    /// browser's session ends at an address.
    async fn x_code_flow_of_a_web_application(world) {
        let Some((_pool, client)) = by_browser(world, |app| app).await else { return };
        let mut browser = Browser::new();
        let pending = client.authorize(CALLBACK).login_hint("alice").begin().unwrap();
        let stored = serde_json::to_string(&pending).unwrap();
        let back = browser.sign_in(pending.url()).await;
        assert!(back.starts_with("https://app.example.com/cb?own=1&code="), "{back}");
        let pending: PendingAuthorization = serde_json::from_str(&stored).unwrap();
        let alice = client.complete_authorization(pending.clone(), &back).await.unwrap();
        assert_eq!(alice.id_claims().unwrap().text("email"), Some("alice@example.com"));
        assert_eq!(alice.user().await.unwrap().username, "alice");

        // The app client takes no refresh token at the API: this is the domain.
        let before = alice.tokens().unwrap();
        alice.renew().await.unwrap();
        assert_ne!(alice.tokens().unwrap().access_token(), before.access_token());
        assert_eq!(alice.tokens().unwrap().refresh_token(), before.refresh_token());
        let kept = client.with_tokens(alice.tokens().unwrap()).await.unwrap();
        kept.renew().await.unwrap();

        // A code is good once; who tries it again ends what came of it.
        let again = client.complete_authorization(pending, &back).await.unwrap_err();
        assert_eq!(again.kind(), Some(ErrorKind::NotAuthorized));
        assert_eq!(again.service().unwrap().code, "invalid_grant");

        let answer = browser.open(&client.logout_url(SIGNED_OUT).unwrap()).await;
        assert_eq!(answer.location(), SIGNED_OUT);
        let answer = browser.open(client.authorize(CALLBACK).begin().unwrap().url()).await;
        assert_eq!(answer.status, 200, "the session is over: the domain asks");
    }

    async fn x_a_sign_in_by_browser_is_revoked_at_the_domain(world) {
        let Some((_pool, client)) = by_browser(world, |app| app).await else { return };
        let pending = client.authorize(CALLBACK).begin().unwrap();
        let back = Browser::new().sign_in(pending.url()).await;
        let alice = client.complete_authorization(pending, &back).await.unwrap();
        let late = client.with_tokens(alice.tokens().unwrap()).await.unwrap();
        alice.clone().revoke_token().await.unwrap();
        assert!(matches!(alice.tokens(), Err(Error::SignedOut)));
        assert_eq!(late.user().await.unwrap_err().service().unwrap().message, "Access Token has been revoked");
        assert_eq!(late.renew().await.unwrap_err().kind(), Some(ErrorKind::NotAuthorized));
        // The refresh token is dead and not tried again.
        assert!(matches!(late.renew().await, Err(Error::Token(TokenError::NoRefreshToken))));
    }

    async fn x_code_flow_with_a_client_secret_and_rotation(world) {
        let rotation = RefreshTokenRotationType::builder().feature(FeatureType::Enabled);
        let rotation = rotation.retry_grace_period_seconds(0).build().unwrap();
        let secret = |app: NewApp| app.generate_secret(true).refresh_token_rotation(rotation);
        let Some((pool, client)) = by_browser(world, secret).await else { return };
        let pending = client.authorize(CALLBACK).scopes(["email"]).begin().unwrap();
        let back = Browser::new().sign_in(pending.url()).await;
        let wrong = world.builder(&pool.id).client_id(client.client_id().unwrap()).client_secret("wrong");
        let wrong = wrong.domain(pool.domain().await).build().unwrap();
        let refused = wrong.complete_authorization(pending.clone(), &back).await.unwrap_err();
        assert_eq!(refused.kind(), Some(ErrorKind::InvalidClient));

        let pending = client.authorize(CALLBACK).scopes(["email"]).begin().unwrap();
        let back = Browser::new().sign_in(pending.url()).await;
        let alice = client.complete_authorization(pending, &back).await.unwrap();
        let mut scopes: Vec<_> = alice.access_claims().unwrap().scopes().iter().map(ToString::to_string).collect();
        scopes.sort();
        assert_eq!(scopes, ["email", "openid"], "openid comes by itself");
        for _ in 0..2 {
            let before = alice.tokens().unwrap();
            alice.renew().await.unwrap();
            assert_ne!(alice.tokens().unwrap().refresh_token(), before.refresh_token());
        }
    }

    async fn x_only_the_answer_to_this_sign_in_counts(world) {
        let Some((pool, client)) = by_browser(world, |app| app).await else { return };
        let pending = client.authorize(CALLBACK).begin().unwrap();
        let mut browser = Browser::new();
        let back = browser.sign_in(pending.url()).await;

        let other = client.authorize(CALLBACK).begin().unwrap();
        let error = client.complete_authorization(other, &back).await.unwrap_err();
        assert_eq!(redirect_error(error), RedirectError::WrongState);
        // The session of the browser gives a code for each of these.
        let answer = async |browser: &mut Browser| {
            let pending = client.authorize(CALLBACK).begin().unwrap();
            let back = browser.open(pending.url()).await.location().to_owned();
            (pending, back)
        };
        let (pending, back) = answer(&mut browser).await;
        let stolen = changed(&pending, "verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let error = client.complete_authorization(stolen, &back).await.unwrap_err();
        assert_eq!(error.service().unwrap().code, "invalid_grant", "the code belongs to its verifier");
        let (pending, back) = answer(&mut browser).await;
        let injected = changed(&pending, "nonce", "another one");
        let error = client.complete_authorization(injected, &back).await.unwrap_err();
        assert!(matches!(error, Error::Token(TokenError::WrongNonce)), "{error:?}");
        let (pending, back) = answer(&mut browser).await;
        let elsewhere = changed(&pending, "redirect_uri", "http://127.0.0.1/callback");
        let error = client.complete_authorization(elsewhere, &back).await.unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::NotAuthorized));

        // Poolhouse says who answers (RFC 9207).
        let (pending, back) = answer(&mut browser).await;
        let issuer = format!("iss={}", poolhouse_testkit::browser::encode([("", client.issuer())]).trim_start_matches('='));
        assert!(back.contains(&issuer), "{back}");
        let mixed_up = back.replace(&issuer, "iss=https%3A%2F%2Fevil.example.com");
        let error = client.complete_authorization(pending, &mixed_up).await.unwrap_err();
        assert_eq!(redirect_error(error), RedirectError::WrongIssuer);
        drop(pool);
    }

    async fn x_without_the_scope_openid_nobody_is_known(world) {
        let Some((pool, _)) = by_browser(world, |app| app).await else { return };
        let client = app(&pool, &["aws.cognito.signin.user.admin"], |app| app).await;
        let pending = client.authorize(CALLBACK).begin().unwrap();
        let back = Browser::new().sign_in(pending.url()).await;
        let error = client.complete_authorization(pending, &back).await.unwrap_err();
        assert!(matches!(error, Error::Configuration(what) if what.contains("openid")), "{error:?}");
        // Asked for, it is refused where the browser comes back.
        let pending = client.authorize(CALLBACK).scopes(["openid"]).begin().unwrap();
        let back = Browser::new().open(pending.url()).await.location().to_owned();
        let refused = client.complete_authorization(pending, &back).await.unwrap_err();
        assert_eq!(refused.kind(), Some(ErrorKind::InvalidParameter));
        assert_eq!(refused.service().unwrap().message, "invalid_scope");
    }

    /// A program of the command line, and all who come to its listener without being meant.
    async fn x_loopback_redirect(world) {
        let Some((_pool, client)) = by_browser(world, |app| app).await else { return };
        let listener = LoopbackListener::bind().await.unwrap();
        let (at, pending) = (address(&listener), client.authorize(listener.redirect_uri()).begin().unwrap());
        let url = pending.url().to_owned();
        let program = tokio::spawn(async move { listener.complete(&client, pending).await });

        let _silent = TcpStream::connect(&at).await.unwrap();
        let get = |target: &str| format!("GET {target} HTTP/1.1\r\nhost: {at}\r\n\r\n");
        let refused = [
            (get("/favicon.ico"), "404"),
            (get("/callback"), "400"),
            (get("/callback?code=guess&state=guess"), "400"),
            (get("/callback?error=access_denied&state=guess"), "400"),
            (get("/callback?code=x&state=y").replace("GET", "POST"), "405"),
            (get("/callback?code=x&state=y").replace(&at, "evil.example.com"), "400"),
        ];
        for (request, status) in refused {
            let answer = send(&at, request.as_bytes()).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
        }
        assert_eq!(send(&at, &[b'x'; 20_000]).await, "", "a head without end is no request");
        assert_eq!(send(&at, b"\xff\xfe\r\n\r\n").await, "");

        let mut browser = Browser::new();
        let back = browser.sign_in(&url).await;
        assert!(back.starts_with(&format!("http://{at}/callback?code=")), "{back}");
        let page = browser.open(&back).await;
        assert_eq!((page.status, page.first("h1")), (200, "You are signed in".to_owned()));
        assert!(page.html.contains("You may close this window"));
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        let alice = program.await.unwrap().unwrap();
        assert_eq!(alice.id_claims().unwrap().username(), Some("alice"));
        // Nobody listens any more.
        assert!(TcpStream::connect(&at).await.is_err());
        alice.renew().await.unwrap();
    }

    /// Both the person in the browser and the program learn why.
    async fn x_a_refusal_ends_the_wait(world) {
        let Some((_pool, client)) = by_browser(world, |app| app).await else { return };
        let listener = LoopbackListener::bind().await.unwrap();
        let request = client.authorize(listener.redirect_uri()).scopes(["phone"]);
        let pending = request.begin().unwrap();
        let url = pending.url().to_owned();
        let program = tokio::spawn(async move { listener.complete(&client, pending).await });
        let mut browser = Browser::new();
        let back = browser.open(&url).await.location().to_owned();
        let page: Answer = browser.open(&back).await;
        assert_eq!((page.status, page.first("h1")), (400, "Signing in failed".to_owned()));
        assert!(page.html.contains("invalid_request: invalid_scope"), "{}", page.html);
        assert_eq!(program.await.unwrap().unwrap_err().kind(), Some(ErrorKind::InvalidParameter));
    }

    async fn x_nobody_is_waited_for_longer_than_was_said(world) {
        let Some((_pool, client)) = by_browser(world, |app| app).await else { return };
        let listener = LoopbackListener::bind().await.unwrap().time_limit(Duration::ZERO);
        let taken = listener.redirect_uri().split([':', '/']).nth(4).unwrap().parse().unwrap();
        let error = redirect_error(LoopbackListener::bind_port(taken).await.unwrap_err());
        assert_eq!(error, RedirectError::CannotListen(std::io::ErrorKind::AddrInUse));
        let pending = client.authorize(listener.redirect_uri()).begin().unwrap();
        let error = listener.complete(&client, pending.clone()).await.unwrap_err();
        assert_eq!(redirect_error(error), RedirectError::TimedOut);
        let other = LoopbackListener::bind().await.unwrap().complete(&client, pending).await;
        assert!(matches!(other, Err(Error::InvalidArgument(_))), "nobody would come");
    }
}

/// What is stored has a version: another one is refused, not misread.
#[test]
fn a_pending_authorization_is_kept_in_a_form_with_a_version() {
    let client = Client::builder("us-east-1_x").client_id("app").domain("shop").build().unwrap();
    let pending = client.authorize("http://127.0.0.1/callback").begin().unwrap();
    let mut stored = serde_json::to_value(&pending).unwrap();
    let members: Vec<_> = stored.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["v", "url", "redirect_uri", "state", "nonce", "verifier"]);
    let again: PendingAuthorization = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(again.url(), pending.url());
    stored["v"] = Value::from(2);
    let newer = serde_json::from_value::<PendingAuthorization>(stored).unwrap_err();
    assert!(newer.to_string().contains("begin it anew"), "{newer}");
}
