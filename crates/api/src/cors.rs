//! What browsers ask before they call from another origin (docs/cognito/protocol.md §6, observed).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use uuid::Uuid;

use crate::headers::{name_request, open_to_browsers};

/// Two days, as AWS says.
const MAX_AGE: HeaderValue = HeaderValue::from_static("172800");

/// The answer to a preflight: whatever headers and method the browser asks for are allowed,
/// because Amplify fails where one of them (`cache-control`) is refused.
pub(crate) fn preflight(asked: &HeaderMap, request_id: Uuid) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    open_to_browsers(headers);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    let method = asked.get(header::ACCESS_CONTROL_REQUEST_METHOD).cloned();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, method.unwrap_or(HeaderValue::from_static("POST")));
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    name_request(headers, request_id);
    response
}
