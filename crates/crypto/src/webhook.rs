//! Signatures of webhooks, as [Standard Webhooks](https://www.standardwebhooks.com/) defines them, so that receivers
//! find a library for them in every language.
//!
//! A call carries `webhook-id`, which stays the same when it is repeated, `webhook-timestamp` in seconds since 1970, and
//! `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. A receiver computes the same,
//! compares in constant time, and refuses stamps that are old and ids that it has seen: against replay.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The prefix of a secret, which may be left out.
const PREFIX: &str = "whsec_";

/// Fewest and most bytes of a secret.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What a receiver and this server share.
#[derive(Clone)]
pub struct WebhookSecret(hmac::Key);

impl WebhookSecret {
    /// Reads a secret: 24 to 64 bytes in base64, behind `whsec_` or alone. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text)).ok()?;
        BYTES.contains(&bytes.len()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The value of `webhook-signature`. `timestamp` counts seconds since 1970.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_of_the_specification() {
        // The example of the Standard Webhooks libraries.
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_long_enough_and_base64() {
        let bytes = |count: usize| STANDARD.encode(vec![7; count]);
        assert!(WebhookSecret::parse(&bytes(24)).is_some() && WebhookSecret::parse(&bytes(64)).is_some());
        for refused in
            [bytes(23), bytes(65), String::new(), "whsec_".to_owned(), "a secret in words".to_owned()]
        {
            assert!(WebhookSecret::parse(&refused).is_none(), "{refused}");
        }
    }

    #[test]
    fn debug_hides_the_secret() {
        assert_eq!(
            format!("{:?}", WebhookSecret::parse(&STANDARD.encode([7; 32]))),
            "Some(WebhookSecret(..))"
        );
    }
}
