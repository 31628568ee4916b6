//! SMS through a gateway: a signed POST of JSON (docs/messages.md).

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Request, StatusCode, Uri};
use http_body_util::Full;
use poolhouse_crypto::webhook::WebhookSecret;
use poolhouse_ports::{Clock, DeliveryError, Message, Transport};
use serde_json::json;

use crate::config::DeliveryOptions;
use crate::exit::Failure;
use crate::http_client::{CallError, HttpClient};
use crate::targets;

/// How much of an answer is read, in bytes: it matters only to the person who looks for a mistake.
const LONGEST_ANSWER: usize = 64 * 1024;

struct Hook {
    url: Uri,
    secret: WebhookSecret,
    client: HttpClient,
    clock: Clock,
}

/// The gateway at `url` as a transport.
///
/// # Errors
/// Exit code 2; names the setting.
pub(super) fn transport(url: &str, options: &DeliveryOptions, clock: &Clock) -> Result<Transport, Failure> {
    let uri: Option<Uri> = url.parse().ok();
    let uri = uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some());
    let uri = uri.ok_or_else(|| {
        Failure::setup(format!("sms-hook-url must be an http:// or https:// URL, not {url:?}"))
    })?;
    let secret = options.sms_hook_secret.as_deref().and_then(WebhookSecret::parse).ok_or_else(|| {
        Failure::setup(
            "sms-hook-secret must be whsec_ and 24 to 64 random bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)",
        )
    })?;
    let hook = Arc::new(Hook { url: uri, secret, client: HttpClient::new()?, clock: clock.clone() });
    Ok(Transport::new(move |message| {
        let hook = Arc::clone(&hook);
        Box::pin(async move { hook.send(&message).await })
    }))
}

/// The gateway in a few words: the rest of the URL may hold a secret.
pub(super) fn describe(url: &str) -> String {
    let uri: Option<Uri> = url.parse().ok();
    uri.and_then(|uri| uri.host().map(|host| format!("webhook at {host}"))).unwrap_or_default()
}

impl Hook {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        let request = self.request(message).map_err(|error| DeliveryError::permanent(error.to_string()))?;
        match self.client.call(request, LONGEST_ANSWER).await {
            Ok(answer) => read(answer.status(), answer.body()),
            Err(CallError::Unreachable(error)) => {
                Err(DeliveryError::passing(format!("the SMS gateway cannot be reached: {error}")))
            }
            // What it said no longer matters, but not whether it took the message.
            Err(CallError::TooLong) => Err(DeliveryError::passing("the SMS gateway's answer is too long")),
        }
    }

    fn request(&self, message: &Message) -> Result<Request<Full<Bytes>>, axum::http::Error> {
        let body = json!({
            "id": message.id,
            "user_pool_id": message.pool,
            "kind": message.kind,
            "destination": message.destination,
            "text": message.body,
            "created_at": message.sent_at.seconds(),
        })
        .to_string();
        // Receivers hold the stamp against clocks outside.
        let timestamp = self.clock.outside().seconds();
        targets::signed(&self.url, &self.secret, &message.id, timestamp, body.as_bytes())
            .body(Full::new(Bytes::from(body)))
    }
}

/// 400, 410 and 422 say that this message is no good; everything else may pass or be set right.
fn read(status: StatusCode, body: &[u8]) -> Result<(), DeliveryError> {
    if status.is_success() {
        return Ok(());
    }
    Err(DeliveryError {
        permanent: [StatusCode::BAD_REQUEST, StatusCode::GONE, StatusCode::UNPROCESSABLE_ENTITY]
            .contains(&status),
        reason: format!("the SMS gateway answered {}", status.as_u16()),
        answer: Some(String::from_utf8_lossy(body).into_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gateway_says_of_a_message_is_final_and_the_rest_may_pass() {
        assert_eq!(read(StatusCode::ACCEPTED, b""), Ok(()));
        for status in [400, 410, 422] {
            assert!(read(StatusCode::from_u16(status).unwrap(), b"no").unwrap_err().permanent, "{status}");
        }
        for status in [301, 401, 403, 404, 408, 429, 500, 503] {
            assert!(!read(StatusCode::from_u16(status).unwrap(), b"").unwrap_err().permanent, "{status}");
        }
    }

    #[test]
    fn the_answer_is_not_for_the_log() {
        let error = read(StatusCode::BAD_REQUEST, b"unknown number +12065550100").unwrap_err();
        assert_eq!(error.to_string(), "the SMS gateway answered 400");
    }

    #[test]
    fn a_url_is_described_by_its_host() {
        assert_eq!(describe("https://gateway.example.com/send?key=secret"), "webhook at gateway.example.com");
    }
}
