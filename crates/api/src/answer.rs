//! The wire form of answers: success bodies and errors (docs/cognito/protocol.md §2, §3).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use serde_json::json;
use uuid::Uuid;

use crate::headers::{name_request, open_to_browsers};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");
/// The longest message in a header, in characters. Clients and proxies give up on a head that is too large.
const LONGEST_HEADER: usize = 1024;

const AMZ_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// A success: `body` may be empty, the content type is kept all the same (protocol §2, observed).
pub(crate) fn success(request_id: Uuid, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    common_headers(response.headers_mut(), request_id);
    response
}

/// An error in the form of protocol §3. The status is mostly that of its code; a body over the limit has another, and an
/// unknown path.
pub(crate) fn error(request_id: Uuid, fault: &Fault, status: StatusCode) -> Response<Body> {
    let (code, message) = (fault.code().as_str(), fault.message());
    let mut body = json!({ "__type": code });
    if let (Some(message), Some(members)) = (message, body.as_object_mut()) {
        members.insert(message_member(fault.code()).to_owned(), message.into());
    }
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    common_headers(headers, request_id);
    if let Ok(value) = HeaderValue::from_str(&format!("{code}:")) {
        headers.insert(ERROR_TYPE, value);
    }
    if let Some(value) = message.and_then(header_safe) {
        headers.insert(ERROR_MESSAGE, value);
    }
    response
}

/// `AccessDeniedException` alone writes `Message` with a capital (protocol §3, observed).
fn message_member(code: ErrorCode) -> &'static str {
    if code == ErrorCode::AccessDeniedException { "Message" } else { "message" }
}

/// The message as a header value: line ends become blanks, other characters outside visible ASCII `?`,
/// and the end is cut off where it is long: the body has it whole.
fn header_safe(message: &str) -> Option<HeaderValue> {
    let text: String = message
        .trim_end()
        .chars()
        .take(LONGEST_HEADER)
        .map(|c| match c {
            '\r' | '\n' | '\t' => ' ',
            ' '..='~' => c,
            _ => '?',
        })
        .collect();
    HeaderValue::from_str(&text).ok()
}

fn common_headers(headers: &mut HeaderMap, request_id: Uuid) {
    headers.insert(header::CONTENT_TYPE, AMZ_JSON);
    name_request(headers, request_id);
    open_to_browsers(headers);
}
