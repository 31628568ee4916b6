//! `SECRET_HASH`: the proof that a caller knows the secret of its app client.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::digest::equal;

/// `base64(HMAC-SHA256(client secret, username ‖ client id))`, standard alphabet with padding.
#[must_use]
pub fn compute(client_secret: &str, username: &str, client_id: &str) -> String {
    // authentication §4, documented
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, client_secret.as_bytes()));
    context.update(username.as_bytes());
    context.update(client_id.as_bytes());
    STANDARD.encode(context.sign())
}

/// Whether `secret_hash` is the hash for these values, compared in constant time.
#[must_use]
pub fn verify(secret_hash: &str, client_secret: &str, username: &str, client_id: &str) -> bool {
    equal(secret_hash.as_bytes(), compute(client_secret, username, client_id).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/cognito/vectors/srp.json")).unwrap();
        let cases = vectors["secret_hash"].as_array().unwrap();
        assert_eq!(cases.len(), 3);
        for case in cases {
            let text = |name: &str| case[name].as_str().unwrap();
            let (secret, username, client) = (text("client_secret"), text("username"), text("client_id"));
            assert_eq!(compute(secret, username, client), text("SECRET_HASH"));
            assert!(verify(text("SECRET_HASH"), secret, username, client));
            assert!(!verify(text("SECRET_HASH"), secret, &username.to_uppercase(), client));
            assert!(!verify(text("SECRET_HASH").trim_end_matches('='), secret, username, client));
            assert!(!verify("", secret, username, client));
        }
    }
}
