//! Signing as an application does that an identity provider knows by its key: Sign in with Apple.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::JwsError;

/// A private key of P-256.
pub struct Es256Key(EcdsaKeyPair);

impl fmt::Debug for Es256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Es256Key(..)")
    }
}

impl Es256Key {
    /// A key from its PKCS#8 DER form.
    ///
    /// # Errors
    /// [`JwsError::BadKey`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, JwsError> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        key.map(Self).map_err(|_| JwsError::BadKey)
    }

    /// A token with these claims, signed by ES256.
    ///
    /// # Errors
    /// [`JwsError::BadKey`] if aws-lc finds no memory or randomness.
    pub fn sign(&self, key_id: &str, claims: &Value) -> Result<String, JwsError> {
        let header = json!({ "alg": "ES256", "kid": key_id });
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut token);
        let signed = self.0.sign(&SystemRandom::new(), token.as_bytes());
        let signature = signed.map_err(|_| JwsError::BadKey)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// The DER within a PEM document, or within its base64 alone, as people paste it.
///
/// # Errors
/// [`JwsError::BadKey`].
pub fn from_pem(text: &str) -> Result<Zeroizing<Vec<u8>>, JwsError> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("-----"));
    let compact: Zeroizing<String> =
        Zeroizing::new(lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect());
    STANDARD.decode(compact.as_bytes()).map(Zeroizing::new).map_err(|_| JwsError::BadKey)
}
