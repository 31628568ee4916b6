//! SRP-6a as Cognito speaks it (authentication §8), for users and for remembered devices.
//!
//! The server keeps a [`Verifier`]. At the first step it reads the client's public value A
//! ([`ClientPublic::parse`]) and answers with B ([`ServerStart::new`]); at the second step it checks the
//! client's claim ([`ServerStart::verify_claim`]). [`ClientStart`] is the other side.
//!
//! Every integer that is hashed goes through [`pad`]: shortest form, not the fixed width of other SRP dialects.

use std::{fmt, sync::LazyLock};

use aws_lc_rs::hmac;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    bignum::{self, Residue},
    digest,
};

mod client;
mod server;
mod verifier;

#[cfg(test)]
#[cfg(feature = "sealing")]
mod tests;

pub use client::ClientStart;
pub use server::{ClientPublic, ServerStart};
pub use verifier::{SALT_BYTES, Verifier};

/// Longest accepted public value in hexadecimal digits (authentication §8.2).
pub const MAX_HEX_DIGITS: usize = 1024;

/// k = SHA-256(pad(N) ‖ pad(g)).
const K: [u8; 32] = [
    0x53, 0x82, 0x82, 0xc4, 0x35, 0x47, 0x42, 0xd7, 0xcb, 0xbd, 0xe2, 0x35, 0x9f, 0xcf, 0x67, 0xf9, 0xf5,
    0xb3, 0xa6, 0xb0, 0x87, 0x91, 0xe5, 0x01, 0x1b, 0x43, 0xb8, 0xa5, 0xb6, 0x6d, 0x9e, 0xe6,
];

/// The text that Cognito binds the session key to, with HKDF's block counter.
const KEY_INFO: &[u8] = b"Caldera Derived Key\x01";

/// Why a value of the SRP exchange was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SrpError {
    /// A public value or a salt is empty, has a character that is not a hexadecimal digit (a sign, for example),
    /// or has more than [`MAX_HEX_DIGITS`] digits.
    Malformed,
    /// The text or the number of a verifier or its salt cannot be one: not base64, negative, zero, not below N,
    /// a salt above 16 bytes, or stored bytes of a wrong length.
    BadVerifier,
    /// The random number gave an exchange without protection. Take another and try again; on the client, give
    /// up: the server is not honest. By chance it does not happen.
    Degenerate,
}

impl fmt::Display for SrpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not an unsigned hexadecimal integer of at most 1024 digits",
            Self::BadVerifier => "not a password verifier with its salt",
            Self::Degenerate => "the public values protect nothing: try again with another random number",
        })
    }
}

impl std::error::Error for SrpError {}

/// Whose password is proven: the text that stands before the password in the hash and begins the claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity(String);

impl Identity {
    /// A user: the part of the pool id after the underscore, and the real username (`USER_ID_FOR_SRP`), letter
    /// case as stored.
    #[must_use]
    pub fn user(pool_name: &str, username: &str) -> Self {
        Self(format!("{pool_name}{username}"))
    }

    /// A remembered device (authentication §8.7). No pool name and no user name take part.
    #[must_use]
    pub fn device(device_group_key: &str, device_key: &str) -> Self {
        Self(format!("{device_group_key}{device_key}"))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The identity of this text.
    pub(crate) fn of_text(text: String) -> Self {
        Self(text)
    }
}

/// The part of a pool id that takes part in SRP: what follows the underscore, or all of it if there is none.
#[must_use]
pub fn pool_name(pool_id: &str) -> &str {
    pool_id.split_once('_').map_or(pool_id, |(_, name)| name)
}

/// The shortest big-endian two's-complement bytes of a non-negative integer given in big-endian bytes:
/// leading zeros removed, one zero in front if the top bit is set, a single zero byte for zero
/// (authentication §8.1).
#[must_use]
pub fn pad(integer: &[u8]) -> Zeroizing<Vec<u8>> {
    let minimal = minimal(integer);
    let mut padded = Zeroizing::new(Vec::with_capacity(minimal.len() + 1));
    if minimal.first().is_none_or(|byte| *byte >= 0x80) {
        padded.push(0);
    }
    padded.extend_from_slice(minimal);
    padded
}

/// An integer as Cognito writes it: lower-case hexadecimal without leading zeros, `0` for zero.
#[must_use]
pub fn to_hex(integer: &[u8]) -> String {
    let text = digest::hex(integer);
    match text.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

/// Big-endian bytes of an unsigned hexadecimal integer in either letter case.
///
/// # Errors
/// [`SrpError::Malformed`] if the text is empty, has another character or more than [`MAX_HEX_DIGITS`].
pub fn from_hex(text: &str) -> Result<Vec<u8>, SrpError> {
    if text.len() > MAX_HEX_DIGITS {
        return Err(SrpError::Malformed);
    }
    digest::from_hex(text).ok_or(SrpError::Malformed)
}

/// The key that both sides share after an exchange. It signs the client's claim.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SessionKey([u8; 16]);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

impl SessionKey {
    /// HKDF with the padded u as salt and the padded shared secret as input, cut to 16 bytes.
    fn new(shared_secret: &Residue, u: &[u8; 32]) -> Self {
        let extract = hmac::Key::new(hmac::HMAC_SHA256, &pad(u));
        let prk = hmac::sign(&extract, &pad(shared_secret.as_bytes()));
        let okm = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, prk.as_ref()), KEY_INFO);
        let mut key = [0; 16];
        key.iter_mut().zip(okm.as_ref()).for_each(|(to, from)| *to = *from);
        Self(key)
    }

    /// `PASSWORD_CLAIM_SIGNATURE` before base64: HMAC-SHA256 over the identity, the decoded bytes of the
    /// `SECRET_BLOCK` and the `TIMESTAMP` text as sent (authentication §8.3).
    #[must_use]
    pub fn claim_signature(&self, identity: &Identity, secret_block: &[u8], timestamp: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        context.update(identity.0.as_bytes());
        context.update(secret_block);
        context.update(timestamp.as_bytes());
        let mut signature = [0; 32];
        signature.copy_from_slice(context.sign().as_ref());
        signature
    }
}

/// x = SHA-256(pad(salt) ‖ SHA-256(identity ‖ ":" ‖ password)). Neither text is normalised.
fn private_key(identity: &Identity, password: &str, salt: &[u8]) -> Zeroizing<[u8; 32]> {
    let inner = Zeroizing::new(digest::sha256(&[identity.0.as_bytes(), b":", password.as_bytes()]));
    Zeroizing::new(digest::sha256(&[&pad(salt), inner.as_slice()]))
}

/// u = SHA-256(pad(A) ‖ pad(B)).
fn scrambler(client_public: &[u8], server_public: &[u8]) -> [u8; 32] {
    digest::sha256(&[&pad(client_public), &pad(server_public)])
}

/// k as a residue.
fn multiplier() -> &'static Residue {
    static MULTIPLIER: LazyLock<Residue> = LazyLock::new(|| Residue::reduce(&K));
    &MULTIPLIER
}

/// The bytes from the first that is not zero.
fn minimal(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    integer.get(zeros..).unwrap_or_default()
}

/// The residue of big-endian bytes if they are an integer from 1 to N − 1.
fn nonzero_residue(integer: &[u8]) -> Option<Residue> {
    let digits = minimal(integer);
    let mut bytes = [0; bignum::BYTES];
    let leading = bignum::BYTES.checked_sub(digits.len())?;
    bytes.iter_mut().skip(leading).zip(digits).for_each(|(to, from)| *to = *from);
    Residue::from_bytes(&bytes).filter(|residue| !residue.is_zero())
}
