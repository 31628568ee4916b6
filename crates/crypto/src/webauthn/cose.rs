//! Public keys of credentials, in COSE's form (RFC 9053).

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::WebAuthnError;
use super::cbor::{self, Item, Order};

/// ECDSA on P-256 with SHA-256, by its number in COSE.
pub const ES256: i64 = -7;

/// RSASSA-PKCS1-v1_5 with SHA-256, by its number in COSE.
pub const RS256: i64 = -257;

/// The longest modulus of an RSA key, in bytes.
const LONGEST_MODULUS: usize = 1024;

pub(super) enum PublicKey {
    /// A point of P-256, not compressed.
    Es256([u8; 65]),
    Rs256 {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

impl PublicKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`WebAuthnError::Malformed`]; [`WebAuthnError::UnsupportedKey`] for any kind but the two.
    pub(super) fn read(cose: &[u8]) -> Result<Self, WebAuthnError> {
        let map = cbor::read_all(cose, Order::Canonical).ok_or(WebAuthnError::Malformed)?;
        let (kind, algorithm) = (integer(&map, 1)?, integer(&map, 3)?);
        match (kind, algorithm) {
            (2, ES256) if integer(&map, -1)? == 1 => {
                let mut point = [4; 65];
                let (x, y) = (bytes(&map, -2)?, bytes(&map, -3)?);
                if x.len() != 32 || y.len() != 32 {
                    return Err(WebAuthnError::Malformed);
                }
                point.iter_mut().skip(1).zip(x.iter().chain(y)).for_each(|(to, from)| *to = *from);
                Ok(Self::Es256(point))
            }
            (3, RS256) => {
                let (modulus, exponent) = (bytes(&map, -1)?, bytes(&map, -2)?);
                if modulus.len() > LONGEST_MODULUS || exponent.len() > 8 {
                    return Err(WebAuthnError::UnsupportedKey);
                }
                Ok(Self::Rs256 { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
            }
            _ => Err(WebAuthnError::UnsupportedKey),
        }
    }

    /// Whether `signature` is this key's over `message`.
    ///
    /// # Errors
    /// [`WebAuthnError::BadSignature`], also for a key that is none.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), WebAuthnError> {
        match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Rs256 { modulus, exponent } => PublicKeyComponents { n: modulus, e: exponent }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        }
        .map_err(|_| WebAuthnError::BadSignature)
    }
}

fn integer(map: &Item<'_>, key: i64) -> Result<i64, WebAuthnError> {
    match map.get(&Item::Integer(key)) {
        Some(Item::Integer(value)) => Ok(*value),
        _ => Err(WebAuthnError::Malformed),
    }
}

fn bytes<'a>(map: &Item<'a>, key: i64) -> Result<&'a [u8], WebAuthnError> {
    match map.get(&Item::Integer(key)) {
        Some(Item::Bytes(value)) => Ok(value),
        _ => Err(WebAuthnError::Malformed),
    }
}
