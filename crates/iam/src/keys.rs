//! New access keys, where their secrets are sealed to, and whether one that there was may sign.

use poolhouse_kernel::{Cx, Fault, KeyPair};
use poolhouse_ports::Entropy;
use poolhouse_store::Tx;
use poolhouse_store::tables::{access_keys, credentials};

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

/// Whether an access key, of the root or of a user, may sign now.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn may_sign<S>(cx: &Cx<S>, tx: &mut Tx, access_key_id: &str) -> Result<bool, Fault> {
    let given = cx.settings().root.as_ref().is_some_and(|pair| pair.access_key_id == access_key_id);
    Ok(given
        || access_keys::get(tx, access_key_id).await?.is_some_and(|key| key.active)
        || credentials::get(tx, access_key_id).await?.is_some())
}

/// Where the secret of an access key belongs.
pub(crate) fn place(access_key_id: &str) -> String {
    format!("credential/{access_key_id}")
}
