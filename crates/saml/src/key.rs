//! Keys of ours: what signs requests, and what opens assertions. Both are RSA, which all providers understand.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::PrivateDecryptingKey;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

/// Why there is no key or signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// The bytes are no RSA key of 2048 to 8192 bits in PKCS#8.
    Malformed,
    /// The library found no memory or no randomness.
    Failed,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not an RSA key of 2048 to 8192 bits in PKCS#8",
            Self::Failed => "no memory or no randomness for an RSA key or signature",
        })
    }
}

impl std::error::Error for KeyError {}

/// A key that signs our messages by RSA with SHA-256.
pub struct SigningKey(RsaKeyPair);

impl SigningKey {
    /// From PKCS#8.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        RsaKeyPair::from_pkcs8(der).map(Self).map_err(|_| KeyError::Malformed)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        // The generator is ignored: these signatures are not random.
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::Failed)?;
        Ok(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// A key that opens assertions which were encrypted to its certificate.
pub struct DecryptionKey(pub(crate) PrivateDecryptingKey);

impl DecryptionKey {
    /// From PKCS#8.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        PrivateDecryptingKey::from_pkcs8(der).map(Self).map_err(|_| KeyError::Malformed)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionKey(..)")
    }
}
