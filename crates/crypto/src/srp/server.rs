//! The server's side of the exchange.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Identity, SessionKey, SrpError, Verifier, from_hex, multiplier, scrambler, to_hex};
use crate::{
    bignum::{self, Residue},
    digest,
};

/// The client's public value A (`SRP_A`).
#[derive(Debug, Clone)]
pub struct ClientPublic {
    /// As sent, for u: the client hashes its own number, reduced or not.
    integer: Vec<u8>,
    residue: Residue,
}

impl ClientPublic {
    /// Reads `SRP_A`. Small values and multiples of N are accepted, as Cognito does (authentication §8.2,
    /// recorded); see [`ClientPublic::always_loses`].
    ///
    /// # Errors
    /// [`SrpError::Malformed`] if the text is not an unsigned hexadecimal integer of at most 1024 digits.
    pub fn parse(srp_a: &str) -> Result<Self, SrpError> {
        let integer = from_hex(srp_a)?;
        let residue = Residue::reduce(&integer);
        Ok(Self { integer, residue })
    }

    /// Whether A is a multiple of N. Then the shared secret is 0, which anybody can compute, so no claim may be
    /// accepted. [`ServerStart::verify_claim`] sees to it.
    #[must_use]
    pub fn always_loses(&self) -> bool {
        self.residue.is_zero()
    }
}

/// What the server must remember, or seal into the `SECRET_BLOCK`, from the first step to the second.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ServerStart {
    b: [u8; 32],
    u: [u8; 32],
    a_public: Residue,
}

impl fmt::Debug for ServerStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerStart(..)")
    }
}

impl ServerStart {
    /// Length of [`ServerStart::to_bytes`].
    pub const BYTES: usize = 32 + 32 + bignum::BYTES;

    /// Begins an exchange with 32 fresh random bytes. Returns the state and `SRP_B`.
    ///
    /// # Errors
    /// [`SrpError::Degenerate`] if B or u is zero: try again with other random bytes.
    pub fn new(verifier: &Verifier, client: &ClientPublic, b: [u8; 32]) -> Result<(Self, String), SrpError> {
        let b_public = public_value(&verifier.v, &b);
        let u = scrambler(&client.integer, b_public.as_bytes());
        if b_public.is_zero() || u == [0; 32] {
            return Err(SrpError::Degenerate);
        }
        Ok((Self { b, u, a_public: client.residue.clone() }, to_hex(b_public.as_bytes())))
    }

    /// The state as bytes, [`ServerStart::BYTES`] long. They hold the secret b: seal them.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::BYTES));
        bytes.extend_from_slice(&self.b);
        bytes.extend_from_slice(&self.u);
        bytes.extend_from_slice(self.a_public.as_bytes());
        bytes
    }

    /// The state that [`ServerStart::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SrpError::Malformed`] if the bytes cannot be one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SrpError> {
        let (b, rest) = bytes.split_first_chunk().ok_or(SrpError::Malformed)?;
        let (u, rest) = rest.split_first_chunk().ok_or(SrpError::Malformed)?;
        let a_public = rest.try_into().ok().and_then(Residue::from_bytes).ok_or(SrpError::Malformed)?;
        Ok(Self { b: *b, u: *u, a_public })
    }

    /// Whether `signature` (decoded `PASSWORD_CLAIM_SIGNATURE`) proves that the client knows the password of
    /// `verifier`. `secret_block` is decoded; `timestamp` is the text as sent, whose form the caller checks.
    ///
    /// Costs two exponentiations. Compares in constant time. Always `false` if A was a multiple of N.
    #[must_use]
    pub fn verify_claim(
        &self,
        verifier: &Verifier,
        identity: &Identity,
        secret_block: &[u8],
        timestamp: &str,
        signature: &[u8],
    ) -> bool {
        let secret = shared_secret(&self.a_public, &verifier.v, &self.u, &self.b);
        let expected = SessionKey::new(&secret, &self.u).claim_signature(identity, secret_block, timestamp);
        digest::equal(&expected, signature) && !self.a_public.is_zero()
    }
}

/// B = k·v + g^b.
pub(super) fn public_value(v: &Residue, b: &[u8]) -> Residue {
    multiplier().mul(v).add(&Residue::generator_pow(b))
}

/// S = (A · v^u)^b. Whoever sees A and B knows u, but not v.
pub(super) fn shared_secret(a_public: &Residue, v: &Residue, u: &[u8; 32], b: &[u8]) -> Residue {
    a_public.mul(&v.pow_public(u)).pow(b)
}
