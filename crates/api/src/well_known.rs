//! What verifiers fetch: `<pool id>/.well-known/jwks.json` and `openid-configuration`
//! (docs/cognito/tokens.md §2, §7).

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use poolhouse_core::{Cx, tokens};
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use serde_json::Value;

use crate::http::log_refusal;
use crate::{answer, cors, limits};

/// How long a verifier may keep the keys, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A document of a pool.
#[derive(Debug)]
pub(crate) enum Document {
    Jwks(String),
    OpenIdConfiguration(String),
}

impl Document {
    /// The document at a path. A second slash in front is forgiven: pycognito sends it when its endpoint
    /// URL ends in one (pycognito E2).
    pub(crate) fn at(path: &str) -> Option<Self> {
        let (pool_id, name) = path.trim_start_matches('/').split_once("/.well-known/")?;
        if pool_id.contains('/') {
            return None;
        }
        match name {
            "jwks.json" => Some(Self::Jwks(pool_id.to_owned())),
            "openid-configuration" => Some(Self::OpenIdConfiguration(pool_id.to_owned())),
            _ => None,
        }
    }
}

async fn read(cx: &Cx, document: &Document) -> Result<Value, Fault> {
    limits::admit_anybody(cx)?;
    match document {
        Document::Jwks(pool_id) => tokens::jwks(cx, pool_id).await,
        Document::OpenIdConfiguration(pool_id) => tokens::openid_configuration(cx, pool_id).await,
    }
}

/// The answer to a GET of a document; an unknown pool is 404.
pub(crate) async fn answer(cx: &Cx, document: &Document) -> Response<Body> {
    match read(cx, document).await {
        Ok(document) => {
            let mut response = Response::new(Body::from(document.to_string()));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CACHE_CONTROL, MAX_AGE);
            cors::open_to_browsers(headers);
            answer::request_id_header(headers, cx.request_id);
            response
        }
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => {
            answer::error_with_status(cx.request_id, &fault, StatusCode::NOT_FOUND)
        }
        Err(fault) => {
            log_refusal(&fault);
            answer::error(cx.request_id, &fault)
        }
    }
}
