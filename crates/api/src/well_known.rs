//! What verifiers fetch: `<pool id>/.well-known/jwks.json` and `openid-configuration`
//! (docs/cognito/tokens.md §2, §7).

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use poolhouse_core::{Cx, tokens};
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::ErrorCode;
use serde_json::Value;

use crate::answer::{self, Answerer};
use crate::headers::{name_request, open_to_browsers};
use crate::{limits, refusal};

/// How long a verifier may keep the keys, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A document of a pool.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Document {
    Jwks,
    OpenIdConfiguration,
}

async fn read(cx: &Cx, document: Document, pool_id: &PoolId) -> Result<Value, Fault> {
    limits::admit_anybody(cx)?;
    match document {
        Document::Jwks => tokens::jwks(cx, pool_id).await,
        Document::OpenIdConfiguration => tokens::openid_configuration(cx, pool_id).await,
    }
}

/// The answer to a GET of a document; an unknown pool is 404.
pub(crate) async fn answer(cx: &Cx, document: Document, pool_id: &PoolId) -> Response<Body> {
    match read(cx, document, pool_id).await {
        Ok(document) => {
            let mut response = Response::new(Body::from(document.to_string()));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CACHE_CONTROL, MAX_AGE);
            open_to_browsers(headers);
            name_request(headers, cx.request_id);
            response
        }
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => {
            answer::error(cx.request_id, Answerer::ANYBODY, &fault, Some(StatusCode::NOT_FOUND))
        }
        Err(fault) => {
            refusal::log(&fault);
            answer::error(cx.request_id, Answerer::ANYBODY, &fault, None)
        }
    }
}
