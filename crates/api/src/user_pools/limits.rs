//! By whom a request is counted that nobody signs.

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_kernel::request::Door;
use poolhouse_ports::ClientId;
use serde_json::Value;

/// Counts a well-formed request by the client that it names, and the user that it names with it. Administrators
/// count nowhere; users of tokens count once the token is proven, for a token could name anybody.
///
/// # Errors
/// `TooManyRequestsException`.
pub(super) fn admit_named(cx: &Cx, body: &Value) -> Result<(), Fault> {
    if cx.door() == Door::Admin {
        return Ok(());
    }
    let Some(client) = body.get("ClientId").and_then(Value::as_str) else { return Ok(()) };
    let client = ClientId::from(client);
    cx.admit(Asker::Client(&client))?;
    // One user, whatever the pool makes of small and capital letters.
    username(body).map_or(Ok(()), |name| cx.admit(Asker::Named(&client, &name.to_lowercase())))
}

/// Where operations without a token name the user.
fn username(body: &Value) -> Option<&str> {
    let within = |name: &str| body.get(name).and_then(|map| map.get("USERNAME"));
    let named = body.get("Username").or_else(|| within("AuthParameters"));
    named.or_else(|| within("ChallengeResponses")).and_then(Value::as_str)
}
