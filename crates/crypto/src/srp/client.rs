//! The client's side of the exchange.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Identity, SessionKey, SrpError, from_hex, multiplier, private_key, scrambler, to_hex};
use crate::bignum::{Residue, multiply_add};

/// What the client remembers from the first step to the second.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ClientStart {
    a: Vec<u8>,
    a_public: Residue,
}

impl fmt::Debug for ClientStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientStart(..)")
    }
}

impl ClientStart {
    /// Begins an exchange with fresh random bytes: 32 are enough, other clients take 128.
    ///
    /// # Errors
    /// [`SrpError::Degenerate`] if there are fewer than 32 bytes or all are zero: anybody could guess them.
    pub fn new(a: &[u8]) -> Result<Self, SrpError> {
        if a.len() < 32 || a.iter().all(|byte| *byte == 0) {
            return Err(SrpError::Degenerate);
        }
        Ok(Self { a: a.to_vec(), a_public: Residue::generator_pow(a) })
    }

    /// A as it is sent in `SRP_A`.
    #[must_use]
    pub fn srp_a(&self) -> String {
        to_hex(self.a_public.as_bytes())
    }

    /// The session key for the `SALT` and `SRP_B` that the server sent. Sign the claim with
    /// [`SessionKey::claim_signature`].
    ///
    /// # Errors
    /// [`SrpError::Malformed`] if a text is not an integer; [`SrpError::Degenerate`] if B or u is zero, which an
    /// honest server never sends.
    pub fn session_key(
        &self,
        identity: &Identity,
        password: &str,
        salt: &str,
        srp_b: &str,
    ) -> Result<SessionKey, SrpError> {
        let (salt, b_public) = (from_hex(salt)?, from_hex(srp_b)?);
        let u = scrambler(self.a_public.as_bytes(), &b_public);
        let b_residue = Residue::reduce(&b_public);
        if b_residue.is_zero() || u == [0; 32] {
            return Err(SrpError::Degenerate);
        }
        let x = private_key(identity, password, &salt);
        Ok(SessionKey::new(&shared_secret(&b_residue, &self.a, &u, &x), &u))
    }
}

/// S = (B − k·g^x)^(a + u·x).
pub(super) fn shared_secret(b_public: &Residue, a: &[u8], u: &[u8; 32], x: &[u8; 32]) -> Residue {
    let base = b_public.sub(&multiplier().mul(&Residue::generator_pow(x)));
    base.pow(&multiply_add(u, x, a))
}
