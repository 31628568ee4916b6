//! Identity providers, and the links of their users.

mod life;
mod link;
mod rules;

use poolhouse_saml::testing::Idp;
use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";

/// An OIDC provider as a request makes it, with all its addresses, so that none are looked up.
fn oidc(pool: &str, name: &str) -> Value {
    json!({
        "UserPoolId": pool, "ProviderName": name, "ProviderType": "OIDC",
        "ProviderDetails": {
            "client_id": "c", "client_secret": "oidc-secret", "authorize_scopes": "openid",
            "oidc_issuer": "https://idp.example.com", "attributes_request_method": "GET",
            "authorize_url": "https://idp.example.com/auth", "token_url": "https://idp.example.com/token",
            "attributes_url": "https://idp.example.com/me", "jwks_uri": "https://idp.example.com/keys",
        },
    })
}

fn google(pool: &str) -> Value {
    json!({
        "UserPoolId": pool, "ProviderName": "Google", "ProviderType": "Google",
        "ProviderDetails": {
            "client_id": "dummy.apps.googleusercontent.com", "client_secret": "dummy-client-secret",
            "authorize_scopes": "openid email profile",
        },
    })
}

/// The metadata of a SAML provider.
fn metadata() -> String {
    Idp::new("https://saml.example.com")
        .metadata("https://saml.example.com/in", "https://saml.example.com/out")
}

async fn create(server: &TestServer, input: Value) -> Value {
    server.admin().ok("CreateIdentityProvider", input).await["IdentityProvider"].clone()
}
