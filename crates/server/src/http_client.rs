//! Calling others over HTTP/1.1, with TLS where the URL asks for it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

use crate::exit::Failure;

/// How long a connection is kept that nobody uses: less than the usual minute of servers.
const IDLE: Duration = Duration::from_secs(50);

/// Calls over connections that are kept. Clones share them. It follows no redirects, and whoever calls bounds
/// the time.
#[derive(Clone, Debug)]
pub(crate) struct HttpClient(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// A call without a whole answer.
#[derive(Debug)]
pub(crate) enum CallError {
    /// No connection, or it broke; the text names the causes.
    Unreachable(String),
    /// The answer is longer than the caller takes.
    TooLong,
}

impl HttpClient {
    /// A client that believes the certificates of the system's authorities, or those that the environment
    /// names in `SSL_CERT_FILE` or `SSL_CERT_DIR`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn new() -> Result<Self, Failure> {
        Self::believing(authorities())
    }

    /// A client that believes the certificates of these authorities.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn believing(authorities: RootCertStore) -> Result<Self, Failure> {
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls(authorities)?).https_or_http().enable_http1();
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector.build());
        Ok(Self(client))
    }

    /// Sends a request and reads the answer, up to `limit` bytes of it.
    ///
    /// # Errors
    /// Whatever kept the whole answer away.
    pub(crate) async fn call(
        &self,
        request: Request<Full<Bytes>>,
        limit: usize,
    ) -> Result<Response<Bytes>, CallError> {
        let answer = self.0.request(request).await.map_err(|error| unreachable_because(&error))?;
        let (head, body) = answer.into_parts();
        match Limited::new(body, limit).collect().await {
            Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => Err(CallError::TooLong),
            Err(error) => Err(unreachable_because(&*error)),
        }
    }
}

/// The system's authorities, or those that the environment names in `SSL_CERT_FILE` or `SSL_CERT_DIR`.
pub(crate) fn authorities() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// TLS towards servers with certificates of these authorities.
///
/// # Errors
/// When TLS cannot be set up.
pub(crate) fn tls(authorities: RootCertStore) -> Result<ClientConfig, Failure> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::running(format!("cannot set up TLS: {error}")))?;
    Ok(config.with_root_certificates(authorities).with_no_client_auth())
}

fn unreachable_because(error: &(dyn std::error::Error + 'static)) -> CallError {
    CallError::Unreachable(with_causes(error))
}

/// An error's text with the texts of those behind it: what helps stands in the last one.
pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
