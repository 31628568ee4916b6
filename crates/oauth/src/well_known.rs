//! What verifiers and clients fetch of an issuer: its keys and its metadata (docs/cognito/tokens.md §2, §7).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use poolhouse_core::{Cx, tokens};
use poolhouse_kernel::Fault;
use serde_json::{Value, json};

use crate::answer;
use crate::exchange::{Endpoint, admit_source};

/// How long a verifier may keep a document, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");
const ANY: HeaderValue = HeaderValue::from_static("*");
/// Two days, as the API says to browsers.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("172800");

/// A document of a pool.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Document {
    Jwks,
    /// One for OpenID Connect Discovery 1.0 and for RFC 8414, which name the same members alike.
    Metadata,
}

impl Document {
    pub(crate) const fn endpoint(self) -> Endpoint {
        match self {
            Self::Jwks => Endpoint::Jwks,
            Self::Metadata => Endpoint::Metadata,
        }
    }
}

/// A document of a pool.
///
/// # Errors
/// `ResourceNotFoundException`, `TooManyRequestsException`.
pub(crate) async fn answer(cx: &Cx, document: Document, pool_id: &str) -> Result<Response<Body>, Fault> {
    admit_source(cx)?;
    let mut response = match document {
        Document::Jwks => answer::document(&tokens::jwks(cx, pool_id).await?)?,
        Document::Metadata => answer::document(&metadata(&tokens::metadata(cx, pool_id).await?))?,
    };
    response.headers_mut().insert(header::CACHE_CONTROL, MAX_AGE);
    Ok(response)
}

/// The metadata in the order of AWS's members (oauth-and-managed-login §1.1). What is at a domain comes in here
/// (`authorization_endpoint` with the methods of its code challenges, `token_endpoint` with those of its clients, and so
/// on): a pool without one has no such endpoints, and does not speak of them (tokens §7, open).
fn metadata(of: &tokens::Metadata) -> Value {
    json!({
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": of.issuer,
        "jwks_uri": of.jwks_uri,
        "response_types_supported": ["code", "token"],
        "scopes_supported": of.scopes,
        "subject_types_supported": ["public"],
    })
}

/// Lets pages of other origins read an answer.
pub(crate) fn open_to_browsers(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
}

/// What browsers ask before they send headers of their own.
pub(crate) fn preflight(methods: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    open_to_browsers(headers);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ANY);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE);
    response
}
