//! A pool's domain: the addresses that a browser is sent to, and the endpoint that gives tokens.

use std::convert::Infallible;

use aws_sdk_cognitoidentityprovider::Config;
use aws_sdk_cognitoidentityprovider::config::BehaviorVersion;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use form_urlencoded::Serializer;
use serde::Deserialize;

use crate::client::Client;
use crate::error::{Error, Result, ServiceError, TransportError};
use crate::secret::Secret;
use crate::tokens::Tokens;

/// The domain of a client's pool.
#[derive(Clone, Debug)]
pub(crate) struct Domain {
    url: String,
    post: Operation<Post, Answer, Infallible>,
}

/// A form for one of the domain's endpoints.
#[derive(Debug)]
struct Post {
    path: &'static str,
    form: Secret,
}

/// What an endpoint answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    request_id: Option<String>,
    body: Secret,
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
    /// The domain at an address, asked by the means of the SDK's configuration.
    pub(crate) fn new(url: String, config: &Config) -> Self {
        let post = endpoint(&url, config);
        Self { url, post }
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
        let form = Secret::new(encode(form.iter().copied().chain(own)));
        let answer = self.post.invoke(Post { path, form }).await;
        let answer = answer.map_err(|error| Error::Transport(TransportError::new(error)))?;
        if (200..300).contains(&answer.status) { Ok(answer.body) } else { Err(answer.refusal().into()) }
    }
}

impl Answer {
    fn refusal(self) -> ServiceError {
        let refused = serde_json::from_str(self.body.expose());
        let Refused { error, error_description } = refused.unwrap_or_else(|_| Refused {
            error: "UnknownError".to_owned(),
            error_description: String::new(),
        });
        ServiceError {
            code: error,
            message: error_description,
            status: self.status,
            request_id: self.request_id,
        }
    }
}

/// A query or a form.
fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// POSTs through the SDK's own machinery: its HTTP client, TLS, proxies and time limits. Nothing is repeated: a code is
/// good once, and so may be a refresh token.
fn endpoint(url: &str, config: &Config) -> Operation<Post, Answer, Infallible> {
    let mut quiet = Layer::new("tokens");
    quiet.store_put(SensitiveOutput);
    let mut operation = Operation::builder()
        .service_name("domain")
        .operation_name("Post")
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(url)
        .no_auth()
        .no_retry()
        .runtime_plugin(StaticRuntimePlugin::new().with_config(quiet.freeze()));
    if let Some(limits) = config.timeout_config() {
        operation = operation.timeout_config(limits.clone());
    }
    if let Some(http) = config.http_client() {
        operation = operation.http_client(http);
    }
    if let Some(sleep) = config.sleep_impl() {
        operation = operation.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        operation = operation.time_source(time);
    }
    let serialize = |post: Post| {
        let mut request = HttpRequest::new(SdkBody::from(post.form.expose()));
        request.set_method("POST")?;
        request.set_uri(post.path)?;
        request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
        Ok(request)
    };
    operation.serializer(serialize).deserializer(answer).build()
}

fn answer(response: &HttpResponse) -> Result<Answer, OrchestratorError<Infallible>> {
    let body = response.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
    Ok(Answer {
        status: response.status().as_u16(),
        request_id: response.headers().get("x-amz-cognito-request-id").map(str::to_owned),
        body: Secret::new(body.unwrap_or_default()),
    })
}
