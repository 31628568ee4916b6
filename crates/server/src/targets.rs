//! What entries of the configuration file say of the addresses that they lead to.

use axum::http::request::Builder;
use axum::http::{Request, Uri, header};
use poolhouse_crypto::webhook::WebhookSecret;

use crate::values::resolve;

/// A URL that can be called.
pub(crate) fn url<'a>(name: &str, url: &'a str) -> Result<&'a str, String> {
    // Placeholders are no legal characters of a URL.
    let uri: Option<Uri> = url.replace(['{', '}'], "").parse().ok();
    let callable = uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if callable { Ok(url) } else { Err(format!("{name} must be an http:// or https:// URL, not {url:?}")) }
}

/// The secret of a webhook, which must be there.
pub(crate) fn webhook_secret(secret: Option<&str>) -> Result<WebhookSecret, String> {
    let wanted = "secret must be whsec_ and 24 to 64 random bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)";
    let secret = resolve(secret.ok_or(wanted)?)?;
    WebhookSecret::parse(&secret).ok_or_else(|| wanted.to_owned())
}

/// A POST of JSON, signed in the manner of Standard Webhooks.
pub(crate) fn signed<U>(url: U, secret: &WebhookSecret, id: &str, timestamp: i64, body: &[u8]) -> Builder
where
    U: TryInto<Uri, Error: Into<axum::http::Error>>,
{
    Request::post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", secret.sign(id, timestamp, body))
}
