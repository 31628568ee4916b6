//! A pool's domain: the addresses that a browser is sent to, and the endpoint that gives tokens.

use aws_sdk_cognitoidentityprovider::Config;
use form_urlencoded::Serializer;
use serde::Deserialize;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::post::{Dialect, Endpoint};
use crate::secret::Secret;
use crate::tokens::Tokens;

/// Nothing is repeated: a code is good once, and so may be a refresh token.
const OAUTH: Dialect = Dialect {
    service: "domain",
    content_type: "application/x-www-form-urlencoded",
    request_id: "x-amz-cognito-request-id",
    refusal,
    repeats: false,
};

/// The domain of a client's pool.
#[derive(Clone, Debug)]
pub(crate) struct Domain {
    url: String,
    endpoint: Endpoint,
}

/// A token response (RFC 6749 §5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Of those who asked for the scope `openid`.
    id_token: Option<String>,
    refresh_token: Option<String>,
}

/// An error response (RFC 6749 §5.2).
#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Domain {
    /// The domain at an address.
    pub(crate) fn new(url: String, config: &Config) -> Self {
        let endpoint = Endpoint::new(&url, OAUTH, config);
        Self { url, endpoint }
    }

    /// An address of the domain, for a browser.
    pub(crate) fn address<'a>(
        &self,
        path: &str,
        query: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        format!("{}{path}?{}", self.url, encode(query))
    }

    /// The tokens for a code (RFC 6749 §4.1.3, RFC 7636 §4.5).
    pub(crate) async fn redeem(
        &self,
        client: &Client,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<Tokens> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        self.tokens(client, &form).await
    }

    /// New tokens for a refresh token (RFC 6749 §6); with a new refresh token where they rotate.
    pub(crate) async fn refresh(&self, client: &Client, refresh_token: &str) -> Result<Tokens> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        self.tokens(client, &form).await
    }

    /// Revokes a refresh token and all that came of its sign-in (RFC 7009).
    pub(crate) async fn revoke(&self, client: &Client, refresh_token: &str) -> Result<()> {
        self.post(client, "/oauth2/revoke", &[("token", refresh_token)]).await?;
        Ok(())
    }

    async fn tokens(&self, client: &Client, form: &[(&str, &str)]) -> Result<Tokens> {
        let body = self.post(client, "/oauth2/token", form).await?;
        let granted: Granted = serde_json::from_str(body.expose())
            .map_err(|_| Error::Protocol("the token endpoint gives no tokens".to_owned()))?;
        let id = granted.id_token.ok_or(Error::Configuration(
            "the domain gave no ID token: allow the app client the scope `openid`",
        ))?;
        Ok(Tokens::new(granted.access_token, id, granted.refresh_token))
    }

    /// Sends a form as the app client, which proves itself in it if it has a secret.
    async fn post(&self, client: &Client, path: &'static str, form: &[(&str, &str)]) -> Result<Secret> {
        let own = [("client_id", Some(client.app()?)), ("client_secret", client.client_secret())];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let form = encode(form.iter().copied().chain(own));
        self.endpoint.send(path, None, Secret::new(form)).await
    }
}

fn refusal(body: &str) -> Option<(String, String)> {
    let Refused { error, error_description } = serde_json::from_str(body).ok()?;
    Some((error, error_description))
}

/// A query or a form.
fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}
