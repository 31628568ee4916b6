//! Requests for operations, as SDKs send them.

use axum::body::Body;
use axum::http::Request;
use poolhouse_ports::Timestamp;
use poolhouse_testkit::TestServer;
use poolhouse_testkit::sign::{self, Keys};
use serde_json::Value;

/// The services as `X-Amz-Target` names them.
const USER_POOLS: &str = "AWSCognitoIdentityProviderService";
const IDENTITY_POOLS: &str = "AWSCognitoIdentityService";

/// A request for an operation, signed as an administrator's.
pub(crate) fn signed(operation: &str, input: &Value, now: Timestamp) -> Request<Body> {
    signed_by(TestServer::ROOT, operation, input, now)
}

/// A request for an operation, signed with these keys.
pub(crate) fn signed_by(keys: Keys<'_>, operation: &str, input: &Value, now: Timestamp) -> Request<Body> {
    let body = input.to_string().into_bytes();
    let mut headers = headers(USER_POOLS, operation);
    headers.extend(sign::headers(keys, ("cognito-idp", sign::REGION), &headers, &body, now));
    request(&headers, body)
}

/// A form for a service of the Query protocol, signed with these keys.
pub(crate) fn form(keys: Keys<'_>, service: &str, form: &str, now: Timestamp) -> Request<Body> {
    let body = form.as_bytes().to_vec();
    let mut headers = vec![
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("host", "127.0.0.1:7665".to_owned()),
    ];
    headers.extend(sign::headers(keys, (service, sign::REGION), &headers, &body, now));
    request(&headers, body)
}

/// A request for an operation, as a user's application sends it.
pub(crate) fn public(operation: &str, input: &Value) -> Request<Body> {
    request(&headers(USER_POOLS, operation), input.to_string().into_bytes())
}

/// A request for an operation of identity pools, as a user's application sends it.
pub(crate) fn of_identity_pools(operation: &str, input: &Value) -> Request<Body> {
    request(&headers(IDENTITY_POOLS, operation), input.to_string().into_bytes())
}

fn headers(service: &str, operation: &str) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("host", "127.0.0.1:7665".to_owned()),
        ("x-amz-target", format!("{service}.{operation}")),
    ]
}

fn request(headers: &[(&'static str, String)], body: Vec<u8>) -> Request<Body> {
    let mut request = Request::builder().method("POST").uri("/");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request.body(Body::from(body)).unwrap()
}
