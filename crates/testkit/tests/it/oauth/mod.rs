//! Domains of pools over HTTP: docs/cognito/oauth-and-managed-login.md.

mod account;
mod bad_input;
mod endpoints;
mod login;
mod metadata_clients;
mod passkeys;
mod places;
mod refusals;
mod registration;
mod step_up;
mod ways;

use axum::http::HeaderMap;
use poolhouse_testkit::TestServer;
use poolhouse_testkit::browser::{Answer, Browser, encode};
use serde_json::{Value, json};

/// The verifier of RFC 7636, appendix B, and its challenge.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const CALLBACK: &str = "https://app.example.com/cb";
const SIGNED_OUT: &str = "https://app.example.com/bye";

/// The host of the domain of an [`App`].
const HOST: &str = "shop.auth.localhost:7665";

/// A pool with a domain, alice, and a client.
struct App<'a> {
    server: &'a TestServer,
    pool: String,
    client: String,
    secret: Option<String>,
}

impl<'a> App<'a> {
    /// With a public client of the code flow.
    async fn new(server: &'a TestServer) -> Self {
        Self::with(server, json!({}), json!({})).await
    }

    /// With settings of the pool and the client.
    async fn with(server: &'a TestServer, pool: Value, client: Value) -> Self {
        let pool = server.pool(pool).await;
        let domain = json!({ "Domain": "shop", "UserPoolId": pool });
        server.admin().ok("CreateUserPoolDomain", domain).await;
        let attributes = json!({ "email": "alice@example.com", "email_verified": "true", "name": "Alice" });
        server.user(&pool, "alice", attributes).await;
        Self::in_pool(server, pool, client).await
    }

    /// One more client of a pool.
    async fn in_pool(server: &'a TestServer, pool: String, client: Value) -> Self {
        let mut all = json!({
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code", "implicit"],
            "AllowedOAuthScopes": ["openid", "email"],
            "CallbackURLs": [CALLBACK],
            "LogoutURLs": [SIGNED_OUT],
            "SupportedIdentityProviders": ["COGNITO"],
        });
        all.as_object_mut().unwrap().extend(client.as_object().unwrap().clone());
        let record = server.client_record(&pool, all).await;
        let secret = record["ClientSecret"].as_str().map(ToOwned::to_owned);
        Self { server, pool, client: record["ClientId"].as_str().unwrap().to_owned(), secret }
    }

    /// Whose domain has the pages of managed login, with this sign-in policy.
    async fn modern(server: &'a TestServer, first_factors: Value) -> Self {
        let policy = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": first_factors } });
        let pool = json!({
            "UserPoolTier": "ESSENTIALS", "Policies": policy, "AutoVerifiedAttributes": ["email"],
        });
        let app = Self::with(server, pool, json!({})).await;
        app.style().await;
        app
    }

    /// Gives the domain the pages of managed login.
    async fn style(&self) {
        let version = json!({ "Domain": "shop", "UserPoolId": self.pool, "ManagedLoginVersion": 2 });
        self.server.admin().ok("UpdateUserPoolDomain", version).await;
        let style =
            json!({ "UserPoolId": self.pool, "ClientId": self.client, "UseCognitoProvidedValues": true });
        self.server.admin().ok("CreateManagedLoginBranding", style).await;
    }

    fn browser(&self) -> Browser<'a> {
        Browser::new(self.server, HOST)
    }

    /// The query of an authorization request with PKCE, and more.
    fn query(&self, more: &[(&str, &str)]) -> String {
        let usual = [
            ("response_type", "code"),
            ("client_id", &*self.client),
            ("redirect_uri", CALLBACK),
            ("state", "a b&c"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let is_replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
        let usual = usual.into_iter().filter(|(name, _)| !is_replaced(name));
        encode(usual.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty()))
    }

    /// Opens the login page by an authorization request.
    async fn open(&self, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Answer {
        let answer = browser.get(&format!("/oauth2/authorize?{}", self.query(more))).await;
        assert_eq!(answer.status, 302);
        browser.get(answer.location()).await
    }

    /// Signs alice in, as far as her password leads.
    async fn sign_in(&self, browser: &mut Browser<'_>) -> Answer {
        let page = self.open(browser, &[]).await;
        let fields = [("username", "alice"), ("password", TestServer::PASSWORD)];
        browser.fill(&page, &fields).await
    }

    /// Calls an endpoint with a form.
    async fn call(&self, path: &str, fields: &[(&str, &str)]) -> (u16, HeaderMap, Value) {
        let kind = ("content-type", "application/x-www-form-urlencoded".to_owned());
        let body = encode(fields.iter().copied());
        let headers = [("host", HOST.to_owned()), kind];
        let (status, headers, body) = self.server.http("POST", path, &headers, body.as_bytes()).await;
        (status, headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Redeems a code.
    async fn redeem(&self, code: &str) -> (u16, Value) {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.client),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let (status, _, body) = self.call("/oauth2/token", &fields).await;
        (status, body)
    }
}
