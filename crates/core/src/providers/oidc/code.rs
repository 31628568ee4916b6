//! A code, turned into tokens at the provider (RFC 6749 §4.1.3).

use poolhouse_ports::FetchRequest;
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;
use serde_json::{Map, Value};

use super::addresses::Addresses;
use super::apple;
use super::failure::{Endpoint, Failure};
use crate::Cx;
use crate::form;
use crate::model::provider::Provider;

/// The longest answer that is taken, in bytes.
const LONGEST: usize = 256 * 1024;

/// What came back through the browser, and what belongs to it.
pub(crate) struct Code<'a> {
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    /// PKCE's.
    pub(crate) verifier: Option<&'a str>,
}

/// The provider's answer to a code: its tokens. The client proves itself in the form, never in a header
/// (federation §10, documented).
///
/// # Errors
/// Whatever keeps the tokens away.
pub(super) async fn redeem(
    cx: &Cx,
    provider: &Provider,
    addresses: &Addresses,
    code: &Code<'_>,
) -> Result<Map<String, Value>, Failure> {
    let url = addresses.require(Endpoint::Token)?;
    let secret = match provider.kind {
        Kind::SignInWithApple => Some(apple::client_secret(cx, addresses, provider)?),
        _ => addresses.detail("client_secret").map(ToOwned::to_owned),
    };
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code.code),
        ("redirect_uri", code.redirect_uri),
        ("client_id", addresses.detail("client_id").unwrap_or_default()),
    ];
    fields.extend(secret.as_deref().map(|secret| ("client_secret", secret)));
    fields.extend(code.verifier.map(|verifier| ("code_verifier", verifier)));
    let request = if addresses.detail("token_request_method") == Some("GET") {
        FetchRequest::get(form::with_query(url, fields))
    } else {
        FetchRequest::post(url, form::query(fields))
    };
    let request = request.header("accept", "application/json").longest(LONGEST);
    let answer = cx.engine().fetch().fetch(request).await;
    let answer = answer.map_err(|error| Failure::Silent(Endpoint::Token, error))?;
    let body: Option<Map<String, Value>> = serde_json::from_slice(&answer.body).ok();
    if answer.status != 200 {
        return Err(Failure::Refused(Endpoint::Token, answer.status, body.as_ref().and_then(error_of)));
    }
    let tokens = body.ok_or(Failure::Malformed(Endpoint::Token, "tokens"))?;
    match tokens.get("access_token") {
        Some(Value::String(_)) => Ok(tokens),
        _ => Err(Failure::Malformed(Endpoint::Token, "access_token")),
    }
}

/// The word for what went wrong, where it is one (RFC 6749 §5.2).
fn error_of(body: &Map<String, Value>) -> Option<String> {
    let error = body.get("error")?.as_str()?;
    let is_word =
        error.len() <= 64 && error.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    is_word.then(|| error.to_owned())
}
