//! Passkeys: registering, listing, deleting them, and signing in with them
//! (docs/cognito/authentication.md §13.4).

mod manage;
mod register;
mod sign_in;

use poolhouse_testkit::{Passkey, TestServer};
use serde_json::{Value, json};

pub(crate) const RP: &str = "example.com";

/// Alice, signed in, in a pool where passkeys are a first factor.
pub(crate) struct Alice<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) pool: String,
    pub(crate) client: String,
    token: Value,
}

impl<'a> Alice<'a> {
    pub(crate) async fn new(server: &'a TestServer) -> Alice<'a> {
        Self::with(server, json!({ "RelyingPartyId": RP })).await
    }

    /// With a `WebAuthnConfiguration`.
    pub(crate) async fn with(server: &'a TestServer, configuration: Value) -> Alice<'a> {
        let policy = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] });
        let pool = server.pool(json!({ "Policies": { "SignInPolicy": policy } })).await;
        let input = json!({ "UserPoolId": pool, "WebAuthnConfiguration": configuration });
        server.admin().ok("SetUserPoolMfaConfig", input).await;
        let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]);
        let client = server.client(&pool, json!({ "ExplicitAuthFlows": flows })).await;
        server.user(&pool, "alice", json!({})).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        Self { server, pool, client, token }
    }

    /// Alice of a pool that is there, who has signed in with this access token.
    pub(crate) fn of(server: &'a TestServer, pool: &str, client: &str, token: &Value) -> Alice<'a> {
        Self { server, pool: pool.to_owned(), client: client.to_owned(), token: token.clone() }
    }

    pub(crate) fn input(&self, mut input: Value) -> Value {
        input["AccessToken"] = self.token.clone();
        input
    }

    pub(crate) async fn ok(&self, operation: &str, input: Value) -> Value {
        self.server.public().ok(operation, self.input(input)).await
    }

    pub(crate) async fn refused(&self, operation: &str, input: Value) -> (String, String) {
        self.server.public().refused(operation, self.input(input)).await
    }

    /// The options with which a browser makes a passkey.
    pub(crate) async fn options(&self) -> Value {
        self.ok("StartWebAuthnRegistration", json!({})).await["CredentialCreationOptions"].clone()
    }

    /// Registers a passkey of this identifier.
    pub(crate) async fn passkey(&self, id: &str) -> Passkey {
        let mut passkey = Passkey::new(id, RP);
        let credential = passkey.create(&self.options().await);
        let answer = self.ok("CompleteWebAuthnRegistration", json!({ "Credential": credential })).await;
        assert_eq!(answer, json!({}));
        passkey
    }

    /// The code with which a credential is refused.
    pub(crate) async fn code(&self, credential: Value) -> String {
        self.refused("CompleteWebAuthnRegistration", json!({ "Credential": credential })).await.0
    }
}

/// The identifiers in a list of passkeys.
pub(crate) fn ids(list: &Value) -> Vec<&str> {
    let keys = list["Credentials"].as_array().unwrap().iter();
    keys.map(|key| key["CredentialId"].as_str().unwrap()).collect()
}
