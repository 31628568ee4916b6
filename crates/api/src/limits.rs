//! Whose buckets a request is taken from (`poolhouse_kernel::limits`).

use axum::http::{HeaderMap, header};
use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_kernel::request::Caller;
use poolhouse_wire::{Authority, Operation};
use serde_json::Value;

/// Counts a request of an operation by its source, before anything of it is read. Whether a signature is good is not
/// known yet; where one is missing, the request is anybody's.
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) fn admit_source(cx: &Cx, operation: Operation, headers: &HeaderMap) -> Result<(), Fault> {
    let may_be_signed = matches!(operation.authority(), Authority::Iam | Authority::IamOrClient);
    if may_be_signed { admit_signed(cx, headers) } else { admit_anybody(cx) }
}

/// Counts a request that is to be signed.
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) fn admit_signed(cx: &Cx, headers: &HeaderMap) -> Result<(), Fault> {
    match cx.origin.address {
        Some(address) if headers.contains_key(header::AUTHORIZATION) => {
            cx.admit(Asker::SignedAddress(address))
        }
        _ => admit_anybody(cx),
    }
}

/// Counts a request that nobody signs.
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) fn admit_anybody(cx: &Cx) -> Result<(), Fault> {
    cx.origin.address.map_or(Ok(()), |address| cx.admit(Asker::Address(address)))
}

/// Counts a well-formed request by the client that it names, and the user that it names with it. Administrators
/// count nowhere; users of tokens count once the token is proven, for a token could name anybody.
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) fn admit_named(cx: &Cx, body: &Value) -> Result<(), Fault> {
    if let Caller::Iam(_) = cx.caller {
        return Ok(());
    }
    let Some(client) = body.get("ClientId").and_then(Value::as_str) else { return Ok(()) };
    cx.admit(Asker::Client(client))?;
    // One user, whatever the pool makes of small and capital letters.
    username(body).map_or(Ok(()), |name| cx.admit(Asker::User(client, &name.to_lowercase())))
}

/// Where operations without a token name the user.
fn username(body: &Value) -> Option<&str> {
    let within = |name: &str| body.get(name).and_then(|map| map.get("USERNAME"));
    let named = body.get("Username").or_else(|| within("AuthParameters"));
    named.or_else(|| within("ChallengeResponses")).and_then(Value::as_str)
}
