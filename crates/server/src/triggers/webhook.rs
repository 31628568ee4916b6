//! Our own form: the event as a POST, signed in the manner of Standard Webhooks
//! (<https://www.standardwebhooks.com>), so that receivers can check it with a library.

use axum::body::Bytes;
use axum::http::{Error, Request, Response};
use http_body_util::Full;
use poolhouse_crypto::webhook::WebhookSecret;
use poolhouse_ports::{Invocation, InvokeError, Timestamp};

use super::lambda::error_message;
use crate::targets;

/// An address that takes events of any function; which one is in a header.
pub(super) struct Webhook {
    url: String,
    secret: WebhookSecret,
}

impl Webhook {
    pub(super) fn new(url: &str, secret: WebhookSecret) -> Self {
        Self { url: url.to_owned(), secret }
    }

    /// The request that hands the event over once. The id is the same at every try, the time is the try's.
    pub(super) fn request(&self, of: &Invocation, now: Timestamp) -> Result<Request<Full<Bytes>>, Error> {
        let (id, timestamp) = (of.id.to_string(), now.seconds());
        targets::signed(&self.url, &self.secret, &id, timestamp, &of.event)
            .header("poolhouse-function", &*of.function)
            .body(Full::new(Bytes::copy_from_slice(&of.event)))
    }
}

/// The receiver's answer. One that failed says why; anything else that is no success comes from something
/// that stands between.
pub(super) fn read(answer: Response<Bytes>) -> Result<Vec<u8>, InvokeError> {
    let (head, body) = answer.into_parts();
    if head.status.is_success() {
        return Ok(body.to_vec());
    }
    Err(match error_message(&body) {
        Some(message) => InvokeError::Function(message),
        None => InvokeError::Refused(format!("HTTP status {}", head.status.as_u16())),
    })
}
