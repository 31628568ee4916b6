//! What verifiers and clients fetch of an issuer: its keys and its metadata (docs/cognito/tokens.md §2, §7).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use poolhouse_core::{Cx, registration, tokens};
use poolhouse_identity::tokens as identity_pools;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use serde_json::{Value, json};

use crate::answer;
use crate::exchange::Endpoint;

/// How long a verifier may keep a document, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");
const ANY: HeaderValue = HeaderValue::from_static("*");
/// Two days, as the API says to browsers.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("172800");

/// A document of an issuer.
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
pub(crate) async fn answer(cx: &Cx, document: Document, pool_id: &PoolId) -> Result<Response<Body>, Fault> {
    cx.admit_source()?;
    Ok(kept(match document {
        Document::Jwks => answer::document(&tokens::jwks(cx, pool_id).await?)?,
        Document::Metadata => {
            let registers = registration::is_on(cx, pool_id).await?;
            answer::document(&metadata(&tokens::metadata(cx, pool_id).await?, registers))?
        }
    }))
}

/// A document of the issuer of all identity pools (identity-pools-and-iam §5).
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) async fn of_identity_pools(cx: &Cx, document: Document) -> Result<Response<Body>, Fault> {
    cx.admit_source()?;
    Ok(kept(match document {
        Document::Jwks => answer::document(&identity_pools::jwks(cx).await?)?,
        Document::Metadata => {
            let identity_pools::Metadata { issuer, jwks_uri } = identity_pools::metadata(cx);
            answer::document(&json!({
                "id_token_signing_alg_values_supported": ["RS512"],
                "issuer": issuer,
                "jwks_uri": jwks_uri,
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
            }))?
        }
    }))
}

fn kept(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(header::CACHE_CONTROL, MAX_AGE);
    response
}

/// The metadata, with AWS's members in its order (oauth-and-managed-login §1.1) and those that clients of the Model Context
/// Protocol want (§14). A pool without a domain has no endpoints, and does not speak of them (tokens §7, open).
fn metadata(of: &tokens::Metadata, registers: bool) -> Value {
    let mut document = json!({
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": of.issuer,
        "jwks_uri": of.jwks_uri,
        "response_types_supported": ["code", "token"],
        "scopes_supported": of.scopes,
        "subject_types_supported": ["public"],
    });
    let Some(domain) = &of.domain else { return document };
    for (member, path) in [
        ("authorization_endpoint", "/oauth2/authorize"),
        ("end_session_endpoint", "/logout"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("token_endpoint", "/oauth2/token"),
        ("userinfo_endpoint", "/oauth2/userInfo"),
    ] {
        document[member] = format!("{domain}{path}").into();
    }
    document["authorization_response_iss_parameter_supported"] = true.into();
    document["code_challenge_methods_supported"] = json!(["S256"]);
    let mut methods = vec!["client_secret_basic", "client_secret_post"];
    if registers {
        document["registration_endpoint"] = format!("{domain}/oauth2/register").into();
    }
    if of.metadata_documents {
        document["client_id_metadata_document_supported"] = true.into();
    }
    // Clients that have no secret look for it where they may come without being known (new-operations §16.6).
    if registers || of.metadata_documents {
        methods.push("none");
    }
    document["token_endpoint_auth_methods_supported"] = methods.into();
    document
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
