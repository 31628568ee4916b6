//! New access keys, and where their secrets are sealed to.

use poolhouse_kernel::KeyPair;
use poolhouse_ports::Entropy;

/// `AKIA` and 16 capital letters or digits of base32 (docs/cognito/protocol.md §7), and a secret.
pub(crate) fn new_pair(entropy: &Entropy) -> KeyPair {
    KeyPair { access_key_id: access_key_id("AKIA", entropy), secret_access_key: secret_access_key(entropy) }
}

pub(crate) fn access_key_id(prefix: &str, entropy: &Entropy) -> String {
    format!("{prefix}{}", entropy.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16))
}

/// 40 letters or digits: about 238 bits.
pub(crate) fn secret_access_key(entropy: &Entropy) -> String {
    entropy.text(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 40)
}

/// Where the secret of an access key belongs.
pub(crate) fn place(access_key_id: &str) -> String {
    format!("credential/{access_key_id}")
}
