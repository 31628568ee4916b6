//! What a domain grants: docs/cognito/oauth-and-managed-login.md §4, §6 to §8. Its functions are called as the endpoints call
//! them.
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod browser;
mod code;
mod exchange;
mod goal;
mod request;
mod tokens;

use poolhouse_core::Cx;
use poolhouse_core::grants::authorize::{self, Asked, Refused};
use poolhouse_core::grants::token::{self, Proof};
use poolhouse_core::grants::{Credentials, Refusal, Tokens};
use poolhouse_core::sessions::browser::Login;
use poolhouse_core::signin::{self, Start, Step};
use poolhouse_kernel::Fault;
use poolhouse_kernel::request::{Door, Origin};
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_testkit::TestServer;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::AuthFlowType;
use serde_json::{Value, json};

/// The verifier of RFC 7636, appendix B, and its challenge.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const CALLBACK: &str = "https://app.example.com/cb";

/// A pool with alice and a resource server, and a client of its domain.
struct App<'a> {
    server: &'a TestServer,
    pool: PoolId,
    client: ClientId,
    secret: Option<Sensitive>,
}

impl<'a> App<'a> {
    /// A public client with the code flow.
    async fn new(server: &'a TestServer) -> Self {
        Self::with(server, json!({})).await
    }

    /// A client with `settings` beside those of [`App::new`].
    async fn with(server: &'a TestServer, settings: Value) -> Self {
        let pool = server.pool(json!({})).await;
        let resource = json!({
            "UserPoolId": pool, "Identifier": "api", "Name": "api",
            "Scopes": [
                { "ScopeName": "read", "ScopeDescription": "Read" },
                { "ScopeName": "write", "ScopeDescription": "Write" },
            ],
        });
        server.admin().ok("CreateResourceServer", resource).await;
        let attributes = json!({ "email": "alice@example.com", "email_verified": "true", "name": "Alice" });
        server.user(&pool, "alice", attributes).await;
        Self::in_pool(server, &pool, settings).await
    }

    /// One more client of a pool.
    async fn in_pool(server: &'a TestServer, pool: &str, settings: Value) -> Self {
        let mut all = json!({
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email", "api/read"],
            "CallbackURLs": [CALLBACK],
            "SupportedIdentityProviders": ["COGNITO"],
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        });
        all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let record = server.client_record(pool, all).await;
        let secret = record["ClientSecret"].as_str().map(Into::into);
        Self { server, pool: pool.into(), client: record["ClientId"].as_str().unwrap().into(), secret }
    }

    /// A request at a page.
    fn page(&self) -> Cx {
        let id = self.server.engine().entropy().uuid();
        Cx::new(self.server.engine(), id, Door::Page, None, Origin::default())
    }

    /// A request for a code, with PKCE.
    fn asked(&self) -> Asked {
        Asked {
            response_type: Some("code".to_owned()),
            client_id: Some(self.client.to_string()),
            redirect_uri: Some(CALLBACK.to_owned()),
            code_challenge: Some(CHALLENGE.to_owned()),
            code_challenge_method: Some("S256".to_owned()),
            ..Asked::default()
        }
    }

    fn start(&self, username: &str, password: &str) -> Start {
        Start {
            pool_id: Some(self.pool.clone()),
            client_id: self.client.clone(),
            flow: AuthFlowType::UserPasswordAuth,
            session: None,
            parameters: [("USERNAME", username), ("PASSWORD", password)]
                .map(|(name, value)| (name.to_owned(), value.into()))
                .into(),
        }
    }

    /// Signs alice in at the page.
    async fn log_in(&self) -> (Login, Sensitive) {
        let step = signin::start(&self.page(), self.start("alice", TestServer::PASSWORD)).await.unwrap();
        let Step::LoggedIn { login, cookie } = step else { panic!("{step:?}") };
        (*login, cookie)
    }

    async fn check(&self, asked: &Asked) -> Result<authorize::Request, Refused> {
        authorize::check(&self.page(), &self.pool, asked).await
    }

    /// What a login is granted, by its name in the redirect.
    async fn granted(&self, asked: &Asked, login: &Login, name: &str) -> String {
        let request = self.check(asked).await.unwrap();
        let redirect = authorize::grant(&self.page(), &request, login).await.unwrap();
        redirect.parameter(name).unwrap_or_else(|| panic!("{redirect:?}")).to_owned()
    }

    /// A code for alice.
    async fn code(&self, asked: &Asked) -> String {
        let (login, _) = self.log_in().await;
        self.granted(asked, &login, "code").await
    }

    fn credentials(&self) -> Credentials {
        Credentials {
            basic: None,
            client_id: Some(self.client.to_string()),
            client_secret: self.secret.clone(),
        }
    }

    async fn redeem(&self, code: &str) -> Result<Tokens, Refusal> {
        self.redeem_with(code, &proof()).await
    }

    async fn redeem_with(&self, code: &str, proof: &Proof) -> Result<Tokens, Refusal> {
        token::authorization_code(&self.page(), &self.pool, &self.credentials(), code, proof, None).await
    }

    async fn refresh(&self, token: &Sensitive) -> Result<Tokens, Refusal> {
        token::refresh_token(&self.page(), &self.pool, &self.credentials(), token, None).await
    }

    /// Tokens of a whole code flow.
    async fn tokens(&self, asked: &Asked) -> Tokens {
        self.redeem(&self.code(asked).await).await.unwrap()
    }

    /// Whether an access token is good at userInfo.
    async fn works(&self, tokens: &Tokens) -> bool {
        poolhouse_core::grants::user_info::of(&self.page(), &self.pool, &tokens.access_token).await.is_ok()
    }
}

fn proof() -> Proof {
    Proof { redirect_uri: Some(CALLBACK.to_owned()), code_verifier: Some(VERIFIER.into()) }
}

/// The `error` that a refusal answers with.
#[track_caller]
fn error<T: std::fmt::Debug>(result: Result<T, Refusal>) -> &'static str {
    result.unwrap_err().error().0.unwrap()
}

/// The claims of a token.
fn claims(token: &Sensitive) -> Value {
    poolhouse_testkit::claims(&json!(token.as_str()))
}

/// What a fault says.
fn text(fault: &Fault) -> &str {
    fault.message().unwrap_or_default()
}
