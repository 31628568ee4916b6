//! `authenticatorData`: what the authenticator signs beside the browser's words.

use super::cbor::{self, Order};
use super::{Expected, WebAuthnError};
use crate::digest;

/// The longest credential id that the specification allows, in bytes.
const LONGEST_ID: usize = 1023;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;
const HAS_EXTENSIONS: u8 = 0x80;

/// What stands before credential and extensions: enough to refuse most of what strangers send.
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    flags: u8,
    pub(super) sign_count: u32,
    /// A credential that was made with it, and extensions.
    rest: &'a [u8],
}

pub(super) struct NewCredential<'a> {
    pub(super) id: &'a [u8],
    /// In COSE's form.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads the head.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, WebAuthnError> {
        Self::head(bytes).ok_or(WebAuthnError::Malformed)
    }

    fn head(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk()?;
        let (flags, rest) = rest.split_first()?;
        let (sign_count, rest) = rest.split_first_chunk()?;
        let data = Self { rp_id_hash, flags: *flags, sign_count: u32::from_be_bytes(*sign_count), rest };
        // A credential that cannot be backed up is not (Web Authentication §6.1.3).
        (data.has(BACKUP_ELIGIBLE) || !data.has(BACKED_UP)).then_some(data)
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether the authenticator verified its user.
    pub(super) fn user_verified(&self) -> bool {
        self.has(USER_VERIFIED)
    }

    /// The new credential, if there is one; reads the data to the last byte.
    pub(super) fn credential(&self) -> Result<Option<NewCredential<'a>>, WebAuthnError> {
        self.parse().ok_or(WebAuthnError::Malformed)
    }

    fn parse(&self) -> Option<Option<NewCredential<'a>>> {
        let (credential, rest) = if self.has(HAS_CREDENTIAL) {
            let (credential, rest) = NewCredential::parse(self.rest)?;
            (Some(credential), rest)
        } else {
            (None, self.rest)
        };
        // Extensions are asked for by nobody here, and not looked at.
        let rest = if self.has(HAS_EXTENSIONS) { cbor::read(rest, Order::Canonical)?.1 } else { rest };
        rest.is_empty().then_some(credential)
    }

    pub(super) fn check(&self, expected: &Expected<'_>) -> Result<(), WebAuthnError> {
        if *self.rp_id_hash != digest::sha256(&[expected.rp_id.as_bytes()]) {
            return Err(WebAuthnError::ForeignRelyingParty);
        }
        if !self.has(USER_PRESENT) {
            return Err(WebAuthnError::UserNotPresent);
        }
        if expected.user_verification && !self.user_verified() {
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
        let (_, behind) = cbor::read(rest, Order::Canonical)?;
        let public_key = rest.get(..rest.len().checked_sub(behind.len())?)?;
        Some((Self { id, public_key }, behind))
    }
}
