//! Passkeys: what a browser and an authenticator say, checked as Web Authentication demands of a relying
//! party (authentication §13.4).
//!
//! [`register`] checks a new credential, [`assert()`] the proof of a known one. Attestation is not asked for: what an
//! authenticator says of its make is read and not believed.

use std::fmt;

use serde::Deserialize;

use crate::digest;

mod authenticator;
mod cbor;
mod cose;

#[cfg(test)]
mod tests;

use authenticator::AuthenticatorData;
use cbor::{Item, Order};
use cose::PublicKey;
pub use cose::{ES256, RS256};

/// Longest accepted `attestationObject` in bytes: its statement may hold a chain of certificates.
pub const LONGEST_ATTESTATION: usize = 64 * 1024;

/// Longest accepted `clientDataJSON` in bytes: the challenge, an origin, and what browsers add.
pub const LONGEST_CLIENT_DATA: usize = 4 * 1024;

/// Longest accepted `authenticatorData` of a proof in bytes: 37, and extensions.
pub const LONGEST_AUTHENTICATOR_DATA: usize = 2 * 1024;

/// Longest accepted signature in bytes, that of the longest RSA key.
pub const LONGEST_SIGNATURE: usize = 1024;

/// Why a credential or its proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebAuthnError {
    /// The bytes are not what the specification describes, or too many.
    Malformed,
    /// Made for another challenge, or for the other of the two ceremonies.
    ForeignChallenge,
    /// Made on a page that may not use the relying party's credentials, or in a frame of a foreign one.
    ForeignOrigin,
    /// Made for another relying party.
    ForeignRelyingParty,
    /// Nobody touched the authenticator.
    UserNotPresent,
    /// The authenticator did not verify who uses it, and had to.
    UserNotVerified,
    /// The credential's key is of a kind that was not asked for.
    UnsupportedKey,
    /// The signature is not that of the credential.
    BadSignature,
    /// The counter did not move on: the credential was copied, or the proof is an old one.
    OldCounter,
}

impl fmt::Display for WebAuthnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not what Web Authentication describes",
            Self::ForeignChallenge => "made for another challenge",
            Self::ForeignOrigin => "made on a page that is not the relying party's",
            Self::ForeignRelyingParty => "made for another relying party",
            Self::UserNotPresent => "made without the presence of a user",
            Self::UserNotVerified => "made without verifying the user",
            Self::UnsupportedKey => "a key of a kind that was not asked for",
            Self::BadSignature => "not signed by this credential",
            Self::OldCounter => "the credential's counter did not move on",
        })
    }
}

impl std::error::Error for WebAuthnError {}

/// What an answer is held against.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The challenge that was given, decoded.
    pub challenge: &'a [u8],
    /// The relying party's id: a domain.
    pub rp_id: &'a str,
    /// Whether the authenticator must have verified its user.
    pub user_verification: bool,
}

/// A new credential that was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its identifier, at most 1023 bytes.
    pub credential_id: Vec<u8>,
    /// Its public key in COSE's form, for [`Credential`].
    pub public_key: Vec<u8>,
    /// Its counter; stays 0 with authenticators that do not count.
    pub sign_count: u32,
    /// Whether the authenticator verified its user.
    pub user_verified: bool,
}

/// A credential as it was registered.
#[derive(Debug, Clone, Copy)]
pub struct Credential<'a> {
    /// [`Registered::public_key`].
    pub public_key: &'a [u8],
    /// The counter of the last proof.
    pub sign_count: u32,
}

/// A proof that was found good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asserted {
    /// The counter to keep.
    pub sign_count: u32,
    /// Whether the authenticator verified its user.
    pub user_verified: bool,
}

/// The challenge that a `clientDataJSON` claims to answer, decoded; nothing of it is checked yet.
///
/// # Errors
/// [`WebAuthnError::Malformed`].
pub fn claimed_challenge(client_data_json: &[u8]) -> Result<Vec<u8>, WebAuthnError> {
    ClientData::read(client_data_json)?.challenge()
}

/// Checks a new credential: `response.clientDataJSON` and `response.attestationObject`, decoded.
///
/// # Errors
/// All but [`WebAuthnError::BadSignature`] and [`WebAuthnError::OldCounter`].
pub fn register(
    expected: &Expected<'_>,
    client_data_json: &[u8],
    attestation_object: &[u8],
) -> Result<Registered, WebAuthnError> {
    ClientData::read(client_data_json)?.check("webauthn.create", expected)?;
    let object = limited(attestation_object, LONGEST_ATTESTATION)?;
    let attestation = cbor::read_all(object, Order::Any).ok_or(WebAuthnError::Malformed)?;
    let (Some(Item::Text(_format)), Some(Item::Map(_statement)), Some(Item::Bytes(data))) =
        (attestation.member("fmt"), attestation.member("attStmt"), attestation.member("authData"))
    else {
        return Err(WebAuthnError::Malformed);
    };
    let data = AuthenticatorData::read(data)?;
    data.check(expected)?;
    let credential = data.credential()?.ok_or(WebAuthnError::Malformed)?;
    PublicKey::read(credential.public_key)?;
    Ok(Registered {
        credential_id: credential.id.to_vec(),
        public_key: credential.public_key.to_vec(),
        sign_count: data.sign_count,
        user_verified: data.user_verified(),
    })
}

/// Checks the proof of a credential: `response.clientDataJSON`, `response.authenticatorData` and
/// `response.signature`, decoded.
///
/// The cheapest comes first, and what only the credential's own authenticator can have written last.
///
/// # Errors
/// Any of [`WebAuthnError`].
pub fn assert(
    expected: &Expected<'_>,
    credential: &Credential<'_>,
    client_data_json: &[u8],
    authenticator_data: &[u8],
    signature: &[u8],
) -> Result<Asserted, WebAuthnError> {
    let signature = limited(signature, LONGEST_SIGNATURE)?;
    let data = AuthenticatorData::read(limited(authenticator_data, LONGEST_AUTHENTICATOR_DATA)?)?;
    data.check(expected)?;
    ClientData::read(client_data_json)?.check("webauthn.get", expected)?;
    let signed = [authenticator_data, &digest::sha256(&[client_data_json])].concat();
    PublicKey::read(credential.public_key)?.verify(&signed, signature)?;
    data.credential()?;
    let counts = data.sign_count != 0 || credential.sign_count != 0;
    if counts && data.sign_count <= credential.sign_count {
        return Err(WebAuthnError::OldCounter);
    }
    Ok(Asserted { sign_count: data.sign_count, user_verified: data.user_verified() })
}

fn limited(bytes: &[u8], longest: usize) -> Result<&[u8], WebAuthnError> {
    if bytes.len() <= longest { Ok(bytes) } else { Err(WebAuthnError::Malformed) }
}

/// What the browser says that it was asked for, and where.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

impl ClientData {
    fn read(json: &[u8]) -> Result<Self, WebAuthnError> {
        serde_json::from_slice(limited(json, LONGEST_CLIENT_DATA)?).map_err(|_| WebAuthnError::Malformed)
    }

    fn challenge(&self) -> Result<Vec<u8>, WebAuthnError> {
        digest::from_base64url(&self.challenge).ok_or(WebAuthnError::Malformed)
    }

    fn check(&self, ceremony: &str, expected: &Expected<'_>) -> Result<(), WebAuthnError> {
        if self.r#type != ceremony || !digest::equal(&self.challenge()?, expected.challenge) {
            return Err(WebAuthnError::ForeignChallenge);
        }
        if self.cross_origin || !is_origin_of(&self.origin, expected.rp_id) {
            return Err(WebAuthnError::ForeignOrigin);
        }
        Ok(())
    }
}

/// Whether a page of this origin may use the credentials of `rp_id`: the domain itself or one below it, by https.
/// Names that end in `localhost` never leave the machine, so that browsers trust them without.
fn is_origin_of(origin: &str, rp_id: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    if port.is_empty() || !port.bytes().all(|digit| digit.is_ascii_digit()) {
        return false;
    }
    let is_below =
        |domain: &str| host.strip_suffix(domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
    // Nothing that could end the host for one reader and not for another, such as `/`, `#` or `@`.
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-') {
        return false;
    }
    let trusted = match scheme {
        "https" => true,
        "http" => is_below("localhost"),
        _ => false,
    };
    trusted && !rp_id.is_empty() && is_below(rp_id)
}
