//! Keys of ours: what signs requests, and what opens assertions. Both are RSA, as all providers understand it.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use zeroize::Zeroizing;

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

/// A new RSA key of 2048 bits in PKCS#8, from aws-lc's own random generator: seal it at rest.
///
/// # Errors
/// [`KeyError::Failed`].
pub fn generate() -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Failed)?;
    let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| KeyError::Failed)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

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

    /// `SubjectPublicKeyInfo`.
    pub(crate) fn public_key_der(&self) -> Result<Vec<u8>, KeyError> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().map_err(|_| KeyError::Failed)?;
        Ok(der.as_ref().to_vec())
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
