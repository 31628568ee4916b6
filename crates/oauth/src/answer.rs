//! Answers, and the headers that several kinds of them carry.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// As the API names requests, so that one search in the log finds them all.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A document in JSON.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn document(value: &impl Serialize) -> Result<Response<Body>, Fault> {
    let body = serde_json::to_vec(value).map_err(Fault::internal)?;
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    Ok(response)
}

/// An answer without a body, which holds for its request alone.
pub(crate) fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    response
}

/// What became of a request that was not answered otherwise.
pub(crate) fn refusal(fault: &Fault) -> Response<Body> {
    let mut response = bare(status_of(fault));
    let message = fault.message().unwrap_or(fault.code().as_str());
    *response.body_mut() = Body::from(json!({ "message": message }).to_string());
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// Nothing here is called by AWS's SDKs, so that a status says what HTTP means by it.
fn status_of(fault: &Fault) -> StatusCode {
    match fault.code() {
        ErrorCode::ResourceNotFoundException => StatusCode::NOT_FOUND,
        ErrorCode::TooManyRequestsException => StatusCode::TOO_MANY_REQUESTS,
        code if code.is_failure() => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Names the request.
pub(crate) fn name_request(headers: &mut HeaderMap, request_id: Uuid) {
    if let Ok(value) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert(REQUEST_ID, value);
    }
}
