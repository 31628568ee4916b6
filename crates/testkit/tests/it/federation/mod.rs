//! Signing in at identity providers: docs/cognito/federation.md.

mod attacks;
mod attributes;
mod buttons;
mod entrances;
mod exchange;
mod guide;
mod links;
mod nodes;
mod saml;
mod social;
mod strangers;
mod users;
mod way;

use poolhouse_testkit::browser::{Answer, Browser, encode};
use poolhouse_testkit::idp::{self, Idp};
use poolhouse_testkit::{START, TestServer};
use serde_json::{Value, json};

const ISSUER: &str = "https://idp.example";
const CALLBACK: &str = "https://app.example.com/cb";
const HOST: &str = "shop.auth.localhost:7665";

/// A pool with a domain, the provider `Corp`, and a client that takes its users.
struct Shop<'a> {
    server: &'a TestServer,
    idp: Idp,
    pool: String,
    client: String,
}

/// A sign-in that waits for the provider.
struct Waiting {
    state: String,
    nonce: String,
}

impl Waiting {
    /// The code with which the provider answers: it gives each but once.
    fn code(&self) -> String {
        format!("code-{}", self.nonce)
    }
}

impl<'a> Shop<'a> {
    async fn new(server: &'a TestServer) -> Self {
        Self::with(server, json!({}), json!({}), json!({})).await
    }

    /// With settings of the pool, the provider and the client.
    async fn with(server: &'a TestServer, pool: Value, provider: Value, client: Value) -> Self {
        let idp = Idp::start(server, ISSUER, |_| {});
        let pool = server.pool(pool).await;
        server.admin().ok("CreateUserPoolDomain", json!({ "Domain": "shop", "UserPoolId": pool })).await;
        let mut corp = json!({
            "UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "OIDC",
            "ProviderDetails": idp.details(),
            "AttributeMapping": { "email": "email", "name": "name" },
        });
        merge(&mut corp, provider);
        server.admin().ok("CreateIdentityProvider", corp).await;
        let mut all = json!({
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email", "profile"],
            "CallbackURLs": [CALLBACK],
            "SupportedIdentityProviders": ["COGNITO", "Corp"],
        });
        merge(&mut all, client);
        let client = server.client(&pool, all).await;
        Self { server, idp, pool, client }
    }

    fn browser(&self) -> Browser<'a> {
        Browser::new(self.server, HOST)
    }

    /// An authorization request, and more.
    fn url(&self, more: &[(&str, &str)]) -> String {
        let usual = [
            ("response_type", "code"),
            ("client_id", &*self.client),
            ("redirect_uri", CALLBACK),
            ("state", "s"),
            ("identity_provider", "Corp"),
        ];
        let is_replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
        let usual = usual.into_iter().filter(|(name, _)| !is_replaced(name));
        let pairs = usual.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty());
        format!("/oauth2/authorize?{}", encode(pairs))
    }

    /// Goes to the provider.
    async fn go(&self, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Waiting {
        let answer = browser.get(&self.url(more)).await;
        assert!(answer.location().starts_with(&format!("{ISSUER}/auth?")), "{}", answer.location());
        Waiting { state: answer.parameter("state").unwrap(), nonce: answer.parameter("nonce").unwrap() }
    }

    /// Comes back from the provider with a code, for which it answers so.
    async fn come_back(&self, browser: &mut Browser<'_>, waiting: &Waiting, answer: idp::Answer) -> Answer {
        let code = waiting.code();
        self.idp.answers(&code, answer);
        let pairs = encode([("code", &*code), ("state", &*waiting.state)]);
        browser.get(&format!("/oauth2/idpresponse?{pairs}")).await
    }

    /// Signs in with these claims beside those of every good token, in a new browser.
    async fn sign_in(&self, claims: Value) -> Answer {
        let mut browser = self.browser();
        self.sign_in_at(&mut browser, claims).await
    }

    async fn sign_in_at(&self, browser: &mut Browser<'_>, claims: Value) -> Answer {
        let waiting = self.go(browser, &[]).await;
        self.come_back(browser, &waiting, idp::Answer::of(good(&waiting.nonce, claims))).await
    }

    /// The tokens of a sign-in that led to a code.
    #[expect(clippy::panic, reason = "a test fails by panicking")]
    async fn tokens(&self, answer: &Answer) -> Value {
        let code = answer.parameter("code").unwrap_or_else(|| panic!("{}", answer.location()));
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &*self.client),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
        ];
        let kind = ("content-type", "application/x-www-form-urlencoded".to_owned());
        let body = encode(fields);
        let headers = [("host", HOST.to_owned()), kind];
        let (status, _, body) = self.server.http("POST", "/oauth2/token", &headers, body.as_bytes()).await;
        let tokens: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    async fn user(&self, username: &str) -> Value {
        let input = json!({ "UserPoolId": self.pool, "Username": username });
        self.server.admin().ok("AdminGetUser", input).await
    }

    /// The names of all users.
    async fn users(&self) -> Vec<String> {
        let users = self.server.admin().ok("ListUsers", json!({ "UserPoolId": self.pool })).await;
        let names = users["Users"].as_array().unwrap().iter();
        names.map(|user| user["Username"].as_str().unwrap().to_owned()).collect()
    }

    /// The groups of a user.
    async fn groups(&self, username: &str) -> Vec<String> {
        let input = json!({ "UserPoolId": self.pool, "Username": username });
        let groups = self.server.admin().ok("AdminListGroupsForUser", input).await;
        let names = groups["Groups"].as_array().unwrap().iter();
        names.map(|group| group["GroupName"].as_str().unwrap().to_owned()).collect()
    }

    async fn triggers(&self, config: Value) {
        let update = json!({ "UserPoolId": self.pool, "LambdaConfig": config });
        self.server.admin().ok("UpdateUserPool", update).await;
    }
}

/// The claims of a good token, changed; null takes one away.
fn good(nonce: &str, change: Value) -> Value {
    let now = START.seconds();
    let mut claims = json!({
        "iss": ISSUER, "aud": "c", "sub": "1", "exp": now + 300, "iat": now, "nonce": nonce,
        "email": "ada@example.com", "name": "Ada",
    });
    merge(&mut claims, change);
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

/// The value of an attribute.
fn attribute(user: &Value, name: &str) -> Option<String> {
    let attributes = user["UserAttributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["Name"] == name);
    found.map(|attribute| attribute["Value"].as_str().unwrap().to_owned())
}

/// What the application is told of a sign-in that failed.
fn told(answer: &Answer) -> (String, String) {
    assert!(answer.location().starts_with(CALLBACK), "{}", answer.location());
    assert_eq!(answer.parameter("state").as_deref(), Some("s"));
    (answer.parameter("error").unwrap_or_default(), answer.parameter("error_description").unwrap_or_default())
}

/// A refusal in the usual form.
fn invalid(description: &str) -> (String, String) {
    ("invalid_request".to_owned(), description.to_owned())
}
