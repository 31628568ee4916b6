//! The wire form of answers: success bodies and errors, in JSON (docs/cognito/protocol.md §2, §3) and in XML
//! (docs/cognito/identity-pools-and-iam.md §8.1).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use poolhouse_kernel::Fault;
use poolhouse_wire::{ErrorCode, Operation, Protocol, Service, query, secretsmanager, sts, user_pools};
use serde_json::json;
use uuid::Uuid;

use crate::headers::{name_request, open_to_browsers};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");
/// The longest message in a header, in characters. Clients and proxies give up on a head that is too large.
const LONGEST_HEADER: usize = 1024;

const AMZ_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const NOT_STORED: HeaderValue = HeaderValue::from_static("no-store");
const XML: HeaderValue = HeaderValue::from_static("text/xml");

/// Who answers: an operation's service, or nobody in particular.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answerer {
    /// A service, in its protocol.
    Service(&'static Service),
    /// Nobody that a form could mean.
    Form,
}

impl Answerer {
    /// What answers to anything that no service is asked for, as pages are.
    pub(crate) const ANYBODY: Self = Self::Service(&user_pools::SERVICE);

    /// Who answers for an operation.
    pub(crate) fn of(operation: Operation) -> Self {
        Self::Service(operation.service())
    }

    /// What an error is called, and its status. All services of Query agree on what comes before they are found.
    fn answered(self, code: ErrorCode) -> (&'static str, StatusCode) {
        let service = match self {
            Self::Service(service) => service,
            Self::Form => &sts::SERVICE,
        };
        let (name, status) = service.answered(code);
        (name, StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
    }

    /// The status of a fault's code.
    pub(crate) fn status(self, fault: &Fault) -> StatusCode {
        self.answered(fault.code()).1
    }

    fn is(self, service: &'static Service) -> bool {
        matches!(self, Self::Service(answering) if std::ptr::eq(answering, service))
    }

    fn content_type(self) -> HeaderValue {
        match self {
            Self::Service(Service { protocol: Protocol::Json { .. }, .. }) => AMZ_JSON,
            Self::Service(_) | Self::Form => XML,
        }
    }
}

/// A success: `body` may be empty, the content type is kept all the same (protocol §2, observed).
pub(crate) fn success(request_id: Uuid, from: Answerer, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    common_headers(response.headers_mut(), from, request_id);
    if from.is(&secretsmanager::SERVICE) {
        // What is read here is a secret (docs/cognito/new-operations.md §17.1).
        response.headers_mut().insert(header::CACHE_CONTROL, NOT_STORED);
    }
    response
}

/// An error. The status is mostly that of its code; a body over the limit has another, and an unknown path.
pub(crate) fn error(
    request_id: Uuid,
    from: Answerer,
    fault: &Fault,
    status: Option<StatusCode>,
) -> Response<Body> {
    let (name, usual) = from.answered(fault.code());
    let body = match from {
        Answerer::Service(Service { protocol: Protocol::Json { message, .. }, .. }) => {
            json_error(name, message, fault)
        }
        Answerer::Service(Service { protocol: Protocol::Query { namespace, .. }, .. }) => {
            xml_error(name, Some(namespace), fault, request_id)
        }
        Answerer::Form => xml_error(name, None, fault, request_id),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status.unwrap_or(usual);
    let headers = response.headers_mut();
    common_headers(headers, from, request_id);
    if let Ok(value) = HeaderValue::from_str(&format!("{name}:")) {
        headers.insert(ERROR_TYPE, value);
    }
    if let Some(value) = fault.message().and_then(header_safe) {
        headers.insert(ERROR_MESSAGE, value);
    }
    response
}

fn json_error(name: &str, message_member: &str, fault: &Fault) -> String {
    let mut body = json!({ "__type": name });
    if let (Some(message), Some(members)) = (fault.message(), body.as_object_mut()) {
        // This one alone writes its member with a capital wherever others do not (protocol §3, observed).
        let is_denial = fault.code() == ErrorCode::AccessDeniedException;
        members.insert(if is_denial { "Message" } else { message_member }.to_owned(), message.into());
    }
    body.to_string()
}

fn xml_error(code: &str, namespace: Option<&str>, fault: &Fault, request_id: Uuid) -> String {
    let failure = query::Failure { is_of_service: fault.code().is_failure(), code, message: fault.message() };
    query::failure(namespace, &failure, &request_id.to_string())
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

fn common_headers(headers: &mut HeaderMap, from: Answerer, request_id: Uuid) {
    headers.insert(header::CONTENT_TYPE, from.content_type());
    name_request(headers, request_id);
    open_to_browsers(headers);
}
