//! What is kept instead of a password.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{Identity, SrpError, minimal, nonzero_residue, pad, private_key, to_hex};
use crate::bignum::{self, Residue};
#[cfg(feature = "sealing")]
use crate::seal::Key;

/// Length of a salt in bytes. It is an integer: shorter ones carry leading zeros here.
pub const SALT_BYTES: usize = 16;

/// A salt and v = g^x: enough to check a password, and as good as a fast hash of it to a thief. Seal it at rest.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    salt: [u8; SALT_BYTES],
    pub(super) v: Residue,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(..)")
    }
}

impl Verifier {
    /// Length of [`Verifier::to_bytes`].
    pub const BYTES: usize = SALT_BYTES + bignum::BYTES;

    /// The verifier of a password under a fresh random salt.
    #[must_use]
    pub fn new(identity: &Identity, password: &str, salt: [u8; SALT_BYTES]) -> Self {
        let x = private_key(identity, password, &salt);
        Self { salt, v: Residue::generator_pow(x.as_slice()) }
    }

    /// A verifier for a name that does not exist: always the same for the same key and context, and one that no
    /// password fits. Making it takes no exponentiation, as reading a stored verifier takes none.
    ///
    /// Give a key that is derived for this purpose, and the pool id and the name (folded if the pool does not
    /// tell letter case apart) as context (authentication §8.6).
    #[cfg(feature = "sealing")]
    #[must_use]
    pub fn simulated(key: &Key, context: &[u8]) -> Self {
        let block = |number: u8| key.mac(&[&[number], context]);
        let mut salt = [0; SALT_BYTES];
        salt.iter_mut().zip(block(0)).for_each(|(to, from)| *to = from);
        let wide = Zeroizing::new((1..=12).flat_map(block).collect::<Vec<u8>>());
        Self { salt, v: Residue::reduce(&wide) }
    }

    /// The verifier that a client registers for a device: `PasswordVerifier` and `Salt`, each the base64 of a
    /// positive big-endian two's-complement integer (authentication §8.7).
    ///
    /// # Errors
    /// [`SrpError::BadVerifier`] if a text is not base64, is negative (its top bit is set) or is out of range.
    pub fn from_device_config(password_verifier: &str, salt: &str) -> Result<Self, SrpError> {
        let (v, salt) = (positive(password_verifier)?, positive(salt)?);
        let digits = minimal(&salt);
        let mut bytes = [0; SALT_BYTES];
        let leading = SALT_BYTES.checked_sub(digits.len()).ok_or(SrpError::BadVerifier)?;
        bytes.iter_mut().skip(leading).zip(digits).for_each(|(to, from)| *to = *from);
        Ok(Self { salt: bytes, v: nonzero_residue(&v).ok_or(SrpError::BadVerifier)? })
    }

    /// `PasswordVerifier` and `Salt` as a client registers them for a device.
    #[must_use]
    pub fn to_device_config(&self) -> (String, String) {
        (STANDARD.encode(pad(self.v.as_bytes())), STANDARD.encode(pad(&self.salt)))
    }

    /// The salt and v for storage, [`Verifier::BYTES`] long.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::BYTES));
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(self.v.as_bytes());
        bytes
    }

    /// The verifier that [`Verifier::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SrpError::BadVerifier`] if the length is wrong or v is not from 1 to N − 1.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SrpError> {
        let (salt, v) = bytes.split_first_chunk().ok_or(SrpError::BadVerifier)?;
        if v.len() != bignum::BYTES {
            return Err(SrpError::BadVerifier);
        }
        Ok(Self { salt: *salt, v: nonzero_residue(v).ok_or(SrpError::BadVerifier)? })
    }

    /// The `SALT` of a challenge: an integer without leading zeros, or JavaScript clients and pycognito
    /// disagree (authentication §8.1).
    #[must_use]
    pub fn salt_hex(&self) -> String {
        to_hex(&self.salt)
    }

    /// Whether this is the verifier of `password`. Costs one power of the generator; compares in constant time.
    #[must_use]
    pub fn password_matches(&self, identity: &Identity, password: &str) -> bool {
        Self::new(identity, password, self.salt).v == self.v
    }
}

/// The bytes of a base64 text that hold a non-negative integer.
fn positive(text: &str) -> Result<Zeroizing<Vec<u8>>, SrpError> {
    let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| SrpError::BadVerifier)?);
    match bytes.first() {
        Some(0..=0x7f) => Ok(bytes),
        _ => Err(SrpError::BadVerifier),
    }
}
