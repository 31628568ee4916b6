//! Tokens of other issuers: compact JWS by whatever keys an issuer has (RFC 7515, RFC 7517, RFC 7518, RFC 8037).
//!
//! How a token may be signed follows from the key, never from the token: its header names a key, and what it asks for
//! must be what that key does (RFC 8725 §3.1). Our own tokens, which know one algorithm, are the matter of
//! [`jwt`](crate::jwt).

mod keys;
mod sign;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

pub use keys::KeySet;
pub use sign::{Es256Key, from_pem};

/// The longest token that is read, in bytes: others write no longer ones than we do.
pub const LONGEST: usize = crate::jwt::MAX_TOKEN_BYTES;

/// The shortest secret that signs, in bytes: as long as the hash (RFC 7518 §3.2).
const SHORTEST_SECRET: usize = 32;

/// Why a token, or a set of keys, is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwsError {
    /// The text is no compact JWS of at most [`LONGEST`] bytes, or what it says is no JSON object.
    Malformed,
    /// The header asks for no signature at all, in whatever spelling.
    Unsigned,
    /// The header asks for an algorithm that is not known here.
    UnknownAlgorithm,
    /// The header names extensions that must be understood; none are.
    Critical,
    /// The header names no key.
    NoKey,
    /// The issuer has no key of that name.
    UnknownKey,
    /// The key does not sign by the algorithm that the header asks for.
    OtherAlgorithm,
    /// The secret is too short to sign with.
    ShortSecret,
    /// The signature is not that of the key over the token.
    BadSignature,
    /// The document is no set of keys.
    NotKeys,
    /// The key is none, or the library could not sign with it.
    BadKey,
}

impl fmt::Display for JwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is no signed token",
            Self::Unsigned => "its header asks for no signature",
            Self::UnknownAlgorithm => "its header asks for an algorithm that is not known",
            Self::Critical => "its header names critical extensions",
            Self::NoKey => "its header names no key",
            Self::UnknownKey => "the issuer has no key of the name in its header",
            Self::OtherAlgorithm => "its header asks for another algorithm than its key's",
            Self::ShortSecret => "the secret is shorter than 32 bytes",
            Self::BadSignature => "its signature does not fit",
            Self::NotKeys => "the document is no set of keys",
            Self::BadKey => "the key is none that signs",
        })
    }
}

impl std::error::Error for JwsError {}

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of RFC 7518 and RFC 8037")]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Es256,
    Es384,
    EdDsa,
    Hs256,
}

impl Algorithm {
    /// All that are known.
    pub const ALL: [Self; 8] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
        Self::Hs256,
    ];

    /// The value of `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }

    fn named(name: &str) -> Result<Self, JwsError> {
        if name.trim().eq_ignore_ascii_case("none") || name.trim().is_empty() {
            return Err(JwsError::Unsigned);
        }
        Self::ALL.into_iter().find(|known| known.as_str() == name).ok_or(JwsError::UnknownAlgorithm)
    }

    /// The left half of the hash that belongs to it, in base64url: `at_hash` (OpenID Connect Core §3.1.3.6).
    #[must_use]
    pub fn half_hash(self, text: &str) -> String {
        let hash = match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 | Self::Hs256 => &digest::SHA256,
            Self::Rs384 | Self::Es384 => &digest::SHA384,
            // Ed25519 hashes by it.
            Self::Rs512 | Self::EdDsa => &digest::SHA512,
        };
        let hash = digest::digest(hash, text.as_bytes());
        let half = hash.as_ref().get(..hash.as_ref().len() / 2).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(half)
    }
}

/// A token that was read but not verified: nothing of it is to be believed but which key to look for.
#[derive(Clone)]
pub struct Unverified<'t> {
    /// By which it says that it is signed.
    pub algorithm: Algorithm,
    /// Which key should have signed it.
    pub key: Option<String>,
    /// What kind of token it says that it is (`typ`).
    pub kind: Option<String>,
    claims: Vec<u8>,
    signed: &'t str,
    signature: Vec<u8>,
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// The header members that matter; others change nothing. One that comes twice is refused.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
}

/// Reads a token without verifying it.
///
/// # Errors
/// [`JwsError::Malformed`], [`JwsError::Unsigned`], [`JwsError::UnknownAlgorithm`], [`JwsError::Critical`].
pub fn read(token: &str) -> Result<Unverified<'_>, JwsError> {
    if token.len() > LONGEST {
        return Err(JwsError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(JwsError::Malformed)?;
    let header = bytes(header)?;
    if !is_object(&header) {
        return Err(JwsError::Malformed);
    }
    let header: Header = serde_json::from_slice(&header).map_err(|_| JwsError::Malformed)?;
    let algorithm = Algorithm::named(&header.alg)?;
    if header.crit.is_some() {
        return Err(JwsError::Critical);
    }
    Ok(Unverified {
        algorithm,
        key: header.kid,
        kind: header.typ,
        claims: bytes(claims)?,
        signed,
        signature: bytes(signature)?,
    })
}

impl Unverified<'_> {
    /// Who it says has issued it: that says whose keys to look at, and nothing else.
    #[must_use]
    pub fn issuer(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Issued {
            iss: String,
        }
        serde_json::from_slice(&self.claims).ok().map(|Issued { iss }| iss)
    }

    /// What it says, if it is signed with this secret, which both sides share.
    ///
    /// # Errors
    /// [`JwsError::OtherAlgorithm`], [`JwsError::ShortSecret`], [`JwsError::BadSignature`], [`JwsError::Malformed`].
    pub fn verify_by_secret(&self, secret: &[u8]) -> Result<Map<String, Value>, JwsError> {
        if self.algorithm != Algorithm::Hs256 {
            return Err(JwsError::OtherAlgorithm);
        }
        if secret.len() < SHORTEST_SECRET {
            return Err(JwsError::ShortSecret);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::verify(&key, self.signed.as_bytes(), &self.signature).map_err(|_| JwsError::BadSignature)?;
        self.claims()
    }

    /// To be read once the signature was found good.
    fn claims(&self) -> Result<Map<String, Value>, JwsError> {
        serde_json::from_slice(&self.claims).map_err(|_| JwsError::Malformed)
    }
}

/// Bytes of strict base64url: no padding, no stray bits.
fn bytes(text: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JwsError::Malformed)
}

/// A list would be taken for the members in their order.
fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().first() == Some(&b'{')
}
