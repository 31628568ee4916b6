//! `authenticatorData`: what the authenticator signs beside the browser's words.

use super::{Expected, WebAuthnError, cbor};
use crate::digest;

/// The longest credential id that the specification allows, in bytes.
const LONGEST_ID: usize = 1023;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;
const HAS_EXTENSIONS: u8 = 0x80;

pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    user_present: bool,
    pub(super) user_verified: bool,
    pub(super) sign_count: u32,
    /// A credential that was made with it.
    pub(super) credential: Option<NewCredential<'a>>,
}

pub(super) struct NewCredential<'a> {
    pub(super) id: &'a [u8],
    /// In COSE's form.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads it to the last byte.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, WebAuthnError> {
        Self::parse(bytes).ok_or(WebAuthnError::Malformed)
    }

    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk()?;
        let (flags, rest) = rest.split_first()?;
        let (sign_count, mut rest) = rest.split_first_chunk()?;
        let has = |flag| flags & flag != 0;
        let credential = if has(HAS_CREDENTIAL) {
            let (credential, behind) = NewCredential::parse(rest)?;
            rest = behind;
            Some(credential)
        } else {
            None
        };
        if has(HAS_EXTENSIONS) {
            (_, rest) = cbor::read(rest)?;
        }
        // A credential that cannot be backed up is not (Web Authentication §6.1.3).
        if !rest.is_empty() || has(BACKED_UP) && !has(BACKUP_ELIGIBLE) {
            return None;
        }
        Some(Self {
            rp_id_hash,
            user_present: has(USER_PRESENT),
            user_verified: has(USER_VERIFIED),
            sign_count: u32::from_be_bytes(*sign_count),
            credential,
        })
    }

    pub(super) fn check(&self, expected: &Expected<'_>) -> Result<(), WebAuthnError> {
        if *self.rp_id_hash != digest::sha256(&[expected.rp_id.as_bytes()]) {
            return Err(WebAuthnError::ForeignRelyingParty);
        }
        if !self.user_present {
            return Err(WebAuthnError::UserNotPresent);
        }
        if expected.user_verification && !self.user_verified {
            return Err(WebAuthnError::UserNotVerified);
        }
        Ok(())
    }
}

impl<'a> NewCredential<'a> {
    /// The credential at the beginning of `bytes`, and what is behind it.
    fn parse(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (_aaguid, rest) = bytes.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 || length > LONGEST_ID {
            return None;
        }
        let (id, rest) = rest.split_at_checked(length)?;
        let (_, behind) = cbor::read(rest)?;
        let public_key = rest.get(..rest.len().checked_sub(behind.len())?)?;
        Some((Self { id, public_key }, behind))
    }
}
