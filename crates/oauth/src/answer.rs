//! Answers, and the headers that several kinds of them carry.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use percent_encoding::{CONTROLS, utf8_percent_encode};
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
pub(crate) fn status_of(fault: &Fault) -> StatusCode {
    match fault.code() {
        ErrorCode::ResourceNotFoundException => StatusCode::NOT_FOUND,
        ErrorCode::TooManyRequestsException => StatusCode::TOO_MANY_REQUESTS,
        code if code.is_failure() => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The `error` of who asks too often, at the endpoints of a domain.
pub(crate) const TOO_MANY: &str = "TooManyRequestsException";

const OAUTH_JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// What the answers of a domain carry (oauth-and-managed-login §1, observed), unless they say otherwise.
const COMMON: [(&str, &str); 6] = [
    ("cache-control", "no-cache, no-store, max-age=0, must-revalidate"),
    ("pragma", "no-cache"),
    ("expires", "0"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "1; mode=block"),
];

/// A document of an OAuth endpoint.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn oauth_document(status: StatusCode, value: &impl Serialize) -> Result<Response<Body>, Fault> {
    let mut response = document(value)?;
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, OAUTH_JSON);
    Ok(response)
}

/// An error of an OAuth endpoint (RFC 6749 §5.2).
pub(crate) fn oauth_error(status: StatusCode, error: &str, description: Option<&str>) -> Response<Body> {
    let mut value = json!({ "error": error });
    if let Some(description) = description {
        value["error_description"] = description.into();
    }
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, OAUTH_JSON);
    response
}

/// An error where a token is wanted: the header says what the body does (RFC 6750 §3). AWS's has no scheme before it
/// (documented); clients that read challenges need one.
pub(crate) fn bearer_error(status: StatusCode, error: &str, description: Option<&str>) -> Response<Body> {
    let mut response = oauth_error(status, error, description);
    let more = description.map_or_else(String::new, |text| format!(", error_description=\"{text}\""));
    if let Ok(challenge) = HeaderValue::from_str(&format!("Bearer error=\"{error}\"{more}")) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// A fault at an OAuth endpoint.
pub(crate) fn oauth_fault(fault: &Fault) -> Response<Body> {
    match status_of(fault) {
        StatusCode::TOO_MANY_REQUESTS => oauth_error(StatusCode::TOO_MANY_REQUESTS, TOO_MANY, None),
        StatusCode::INTERNAL_SERVER_ERROR => {
            oauth_error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None)
        }
        status => oauth_error(status, "invalid_request", None),
    }
}

/// To another address.
pub(crate) fn redirect(url: &str) -> Response<Body> {
    // An address is visible ASCII; what was registered otherwise is written as a URL has it.
    let url = utf8_percent_encode(url, CONTROLS).to_string();
    let mut response = bare(StatusCode::FOUND);
    if let Ok(url) = HeaderValue::from_str(&url) {
        response.headers_mut().insert(header::LOCATION, url);
    }
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Adds what all answers of a domain carry.
pub(crate) fn add_common(headers: &mut HeaderMap, request_id: Uuid, https: bool) {
    let hsts = https.then_some(("strict-transport-security", "max-age=31536000 ; includeSubDomains"));
    for (name, value) in COMMON.into_iter().chain(hsts) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert("x-amz-cognito-request-id", value);
    }
}

/// Names the request.
pub(crate) fn name_request(headers: &mut HeaderMap, request_id: Uuid) {
    if let Ok(value) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert(REQUEST_ID, value);
    }
}
