//! A pool's domain: from an authorization request to its code, from a code to tokens, and the token of a client itself.
//!
//! What signs is measured against its signatures; what does not, against an echo in this process.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use poolhouse_crypto::jwt::SigningKey;
use poolhouse_testkit::TestServer;
use poolhouse_testkit::browser::{Browser, encode};
use serde_json::{Value, json};

use crate::house::House;
use crate::table::Table;
use crate::{cost, echo};

/// What a code costs against an echo: a browser's session is opened and looked up, and a code is sealed.
const CODE_BOUND: f64 = 13.0;
/// What two tokens for a code cost against their signatures: the code's use is written and waits for the disk.
const EXCHANGE_BOUND: f64 = 1.8;
/// What a client's own token costs against its signature.
const CREDENTIALS_BOUND: f64 = 1.5;
const ROUNDS: usize = 15;
/// Requests of each kind in a round.
const REQUESTS: u32 = 80;
const USER: &str = "ann";
const HOST: &str = "bench.auth.localhost:7665";
const CALLBACK: &str = "https://app.example.com/cb";
/// The verifier of RFC 7636, appendix B, and its challenge.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What one round measured, in seconds.
struct Round {
    code: f64,
    exchange: f64,
    credentials: f64,
    signature: f64,
    echo: f64,
}

/// A pool with a domain, a browser that is signed in, and two clients.
struct Site<'a> {
    house: &'a House,
    /// The cookies of the browser.
    cookies: String,
    /// An application that has codes.
    application: String,
    /// A service that has tokens of its own: the form with which it asks for them.
    credentials: String,
}

pub(crate) async fn measure(table: &mut Table) {
    let house = House::build("domain").await;
    let site = Site::build(&house).await;
    let key = SigningKey::generate().unwrap();
    let claims = json!({ "sub": "x".repeat(600) }).to_string().into_bytes();
    let mut rounds = Vec::new();
    // The first round warms caches and does not count.
    for round in 0..=ROUNDS {
        let measured = site.measure_round(&key, &claims).await;
        if round > 0 {
            rounds.push(measured);
        }
    }
    let mut put =
        |name: &str, whole: fn(&Round) -> f64, against: fn(&Round) -> f64, what: &str, bound: f64| {
            let median = |figure: &dyn Fn(&Round) -> f64| cost::median(rounds.iter().map(figure).collect());
            let detail =
                format!("{}, {what} {}", cost::micros(median(&whole)), cost::micros(median(&against)));
            table.put(name, detail, median(&|r| whole(r) / against(r)), bound, "x");
        };
    put("authorize to code, against an echo", |r| r.code, |r| r.echo, "echo", CODE_BOUND);
    put(
        "code exchange, against its signatures",
        |r| r.exchange,
        |r| 2.0 * r.signature,
        "signatures",
        EXCHANGE_BOUND,
    );
    put(
        "client_credentials, against its signature",
        |r| r.credentials,
        |r| r.signature,
        "signature",
        CREDENTIALS_BOUND,
    );
}

impl<'a> Site<'a> {
    async fn build(house: &'a House) -> Self {
        let (server, pool) = (&house.server, &house.pool);
        server.user(pool, USER, json!({ "email": "ann@example.com" })).await;
        server.admin().ok("CreateUserPoolDomain", json!({ "Domain": "bench", "UserPoolId": pool })).await;
        let scope = json!({ "ScopeName": "read", "ScopeDescription": "reads" });
        let resource = json!({ "UserPoolId": pool, "Identifier": "api", "Name": "api", "Scopes": [scope] });
        server.admin().ok("CreateResourceServer", resource).await;
        let client = |flow: &str, scope: &str, secret: bool| {
            json!({
                "GenerateSecret": secret,
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": [flow],
                "AllowedOAuthScopes": [scope],
                "CallbackURLs": [CALLBACK],
                "SupportedIdentityProviders": ["COGNITO"],
            })
        };
        let application = server.client(pool, client("code", "openid", false)).await;
        let service = server.client_record(pool, client("client_credentials", "api/read", true)).await;
        let credentials = encode([
            ("grant_type", "client_credentials"),
            ("client_id", service["ClientId"].as_str().unwrap()),
            ("client_secret", service["ClientSecret"].as_str().unwrap()),
        ]);
        let cookies = sign_in(server, &application).await;
        Self { house, cookies, application, credentials }
    }

    async fn measure_round(&self, key: &SigningKey, claims: &[u8]) -> Round {
        let signature = cost::of_signature(key, claims);
        let echo = echoes(&echo::router()).await;
        let (code, led) = self.authorize().await;
        let exchange = self.redeem(led.iter().map(|headers| self.redemption(headers))).await;
        let credentials = self.redeem((0..REQUESTS).map(|_| self.credentials.clone())).await;
        let signature = f64::midpoint(signature, cost::of_signature(key, claims));
        Round { code, exchange, credentials, signature, echo }
    }

    /// The form that redeems the code to which an answer leads.
    fn redemption(&self, headers: &HeaderMap) -> String {
        let location = headers["location"].to_str().unwrap();
        let code = location.split_once("code=").and_then(|(_, rest)| rest.split('&').next()).unwrap();
        encode([
            ("grant_type", "authorization_code"),
            ("client_id", &*self.application),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("code", code),
        ])
    }

    /// The CPU time of one authorization request, in seconds, and where the answers lead.
    async fn authorize(&self) -> (f64, Vec<HeaderMap>) {
        let path = format!("/oauth2/authorize?{}", query(&self.application));
        let headers = [("host", HOST.to_owned()), ("cookie", self.cookies.clone())];
        let mut led = Vec::new();
        let before = cost::spent();
        for _ in 0..REQUESTS {
            let (status, headers, body) = self.house.server.http("GET", &path, &headers, b"").await;
            assert_eq!(status, 302, "{}", String::from_utf8_lossy(&body));
            led.push(headers);
        }
        ((cost::spent() - before) / f64::from(REQUESTS), led)
    }

    /// The CPU time of one of these requests for tokens, in seconds.
    async fn redeem(&self, forms: impl Iterator<Item = String>) -> f64 {
        let request = |form: String| {
            let request = Request::post("/oauth2/token")
                .header("host", HOST)
                .header("content-type", "application/x-www-form-urlencoded");
            request.body(Body::from(form)).unwrap()
        };
        cost::of_answers_at_once(&self.house.router, forms.map(request).collect()).await.0
    }
}

/// Signs a browser in; its cookies.
async fn sign_in(server: &TestServer, application: &str) -> String {
    let mut browser = Browser::new(server, HOST);
    let led = browser.get(&format!("/oauth2/authorize?{}", query(application))).await;
    let page = browser.get(led.location()).await;
    browser.fill(&page, &[("username", USER), ("password", TestServer::PASSWORD)]).await;
    format!("cognito={}", browser.cookie("cognito").expect("a session"))
}

fn query(application: &str) -> String {
    encode([
        ("response_type", "code"),
        ("client_id", application),
        ("redirect_uri", CALLBACK),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ])
}

/// The CPU time of one echo, in seconds.
async fn echoes(router: &Router) -> f64 {
    let body: Value = json!({ "x": "x".repeat(400) });
    let request = || Request::post("/").header("content-type", "application/json");
    let requests = (0..REQUESTS).map(|_| request().body(Body::from(body.to_string())).unwrap());
    cost::of_answers(router, requests.collect()).await.0
}
