//! Tokens in the form of Cognito's: compact JWS, and the JWKS that verifies them (tokens §2). User pools sign with RS256,
//! identity pools with RS512 (identity-pools-and-iam §5, observed).

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{KeySize, PublicKeyComponents},
    signature::{
        KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
    },
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

#[cfg(test)]
mod tests;

/// Longest accepted token in bytes: a user may be in 100 groups with names of 128 characters, each of up to
/// four bytes, and all stand in the token.
pub const MAX_TOKEN_BYTES: usize = 128 * 1024;

/// How a token is signed. Whoever reads one says which it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with SHA-256, as user pools sign.
    Rs256,
    /// RSA with SHA-512, as identity pools sign.
    Rs512,
}

impl Algorithm {
    /// Its name in headers and keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
        }
    }

    /// The header of a token, member for member as Cognito writes it.
    fn header(self, kid: &str) -> String {
        let kid = Value::from(kid);
        match self {
            Self::Rs256 => format!(r#"{{"kid":{kid},"alg":"RS256"}}"#),
            Self::Rs512 => format!(r#"{{"kid":{kid},"typ":"JWS","alg":"RS512"}}"#),
        }
    }

    fn encoding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::Rs256 => &RSA_PKCS1_SHA256,
            Self::Rs512 => &RSA_PKCS1_SHA512,
        }
    }
}

/// Why a token or a key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtError {
    /// The text is not a compact JWS of at most [`MAX_TOKEN_BYTES`] with a `kid` and an object of claims.
    Malformed,
    /// The header asks for another algorithm than the one expected, or for extensions that this verifier does not know.
    Unsupported,
    /// The signature is not that of this key over this token.
    BadSignature,
    /// The key is not an RSA key of 2048 to 8192 bits.
    BadKey,
    /// The library could not make a key or a signature: it found no memory or no randomness.
    Failed,
}

impl fmt::Display for JwtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a signed token",
            Self::Unsupported => "a token with an unexpected algorithm or with critical extensions",
            Self::BadSignature => "the signature of the token does not fit",
            Self::BadKey => "not an RSA key of 2048 to 8192 bits",
            Self::Failed => "no memory or no randomness for an RSA key or signature",
        })
    }
}

impl std::error::Error for JwtError {}

/// `kid` as Cognito writes it: standard base64 with padding of 32 random bytes.
#[must_use]
pub fn kid_from(bytes: [u8; 32]) -> String {
    STANDARD.encode(bytes)
}

/// An RSA key pair that signs tokens. Reading one costs a third of a signature: keep it.
pub struct SigningKey(RsaKeyPair);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// A new key of 2048 bits, from aws-lc's own random generator. Takes 30 to 100 ms.
    ///
    /// # Errors
    /// [`JwtError::Failed`] if aws-lc finds no randomness or memory.
    pub fn generate() -> Result<Self, JwtError> {
        RsaKeyPair::generate(KeySize::Rsa2048).map(Self).map_err(|_| JwtError::Failed)
    }

    /// A key from its PKCS#8 DER form.
    ///
    /// # Errors
    /// [`JwtError::BadKey`] if it is not an RSA key of 2048 to 8192 bits.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, JwtError> {
        RsaKeyPair::from_pkcs8(der).map(Self).map_err(|_| JwtError::BadKey)
    }

    /// The key in PKCS#8 DER form: seal it at rest.
    ///
    /// # Errors
    /// [`JwtError::Failed`] if aws-lc finds no memory.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, JwtError> {
        let der: Pkcs8V1Der<'_> = self.0.as_der().map_err(|_| JwtError::Failed)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The public half.
    ///
    /// # Errors
    /// [`JwtError::BadKey`] if aws-lc finds no memory.
    pub fn public_key(&self) -> Result<PublicKey, JwtError> {
        let key = self.0.public_key();
        PublicKey::from_components(
            key.modulus().big_endian_without_leading_zero(),
            key.exponent().big_endian_without_leading_zero(),
        )
    }

    /// A token with exactly the header `{"kid":"…","alg":"RS256"}` over claims that are JSON text already.
    ///
    /// # Errors
    /// [`JwtError::Failed`] if aws-lc finds no memory.
    pub fn sign(&self, kid: &str, claims_json: &[u8]) -> Result<String, JwtError> {
        self.sign_as(Algorithm::Rs256, kid, claims_json)
    }

    /// As [`sign`](Self::sign), with either algorithm and the header that goes with it.
    ///
    /// # Errors
    /// [`JwtError::Failed`] if aws-lc finds no memory.
    pub fn sign_as(&self, algorithm: Algorithm, kid: &str, claims_json: &[u8]) -> Result<String, JwtError> {
        let mut token = URL_SAFE_NO_PAD.encode(algorithm.header(kid));
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims_json, &mut token);
        let mut signature = vec![0; self.0.public_modulus_len()];
        // aws-lc-rs ignores the generator: PKCS#1 v1.5 signatures are not random.
        self.0
            .sign(algorithm.encoding(), &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| JwtError::Failed)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// An RSA public key that verifies tokens.
#[derive(Clone)]
pub struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// For RS256, by which most tokens are signed.
    parsed: ParsedPublicKey,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("bits", &(self.modulus.len() * 8)).finish_non_exhaustive()
    }
}

impl PublicKey {
    /// A key from its numbers, big-endian. Leading zeros do not matter.
    ///
    /// # Errors
    /// [`JwtError::BadKey`] if they are not an RSA key of 2048 to 8192 bits.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<Self, JwtError> {
        let (n, e) = (without_leading_zeros(modulus), without_leading_zeros(exponent));
        if !(256..=1024).contains(&n.len()) {
            return Err(JwtError::BadKey);
        }
        let parsed = PublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| JwtError::BadKey)?;
        Ok(Self { modulus: n.to_vec(), exponent: e.to_vec(), parsed })
    }

    /// The modulus n, big-endian without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The exponent e, big-endian without leading zeros.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    /// The key as X.509 `SubjectPublicKeyInfo` in DER.
    ///
    /// # Errors
    /// [`JwtError::Failed`] if aws-lc finds no memory.
    pub fn to_der(&self) -> Result<Vec<u8>, JwtError> {
        let components = PublicKeyComponents { n: &self.modulus, e: &self.exponent };
        let der: PublicKeyX509Der<'_> = components.as_der().map_err(|_| JwtError::Failed)?;
        Ok(der.as_ref().to_vec())
    }

    /// Checks the signature of a token. What the claims say is the caller's to judge.
    ///
    /// # Errors
    /// [`JwtError::BadSignature`] if it is not the signature of this key.
    pub fn verify(&self, token: &Unverified<'_>) -> Result<(), JwtError> {
        let (input, signature) = (token.signing_input.as_bytes(), &token.signature);
        let verified = match token.alg {
            Algorithm::Rs256 => self.parsed.verify_sig(input, signature),
            Algorithm::Rs512 => PublicKeyComponents { n: &self.modulus, e: &self.exponent }.verify(
                &RSA_PKCS1_2048_8192_SHA512,
                input,
                signature,
            ),
        };
        verified.map_err(|_| JwtError::BadSignature)
    }
}

/// A token that was read but not verified. Believe nothing in it but what finds the key.
///
/// Of the claims no more is taken out than that: a stranger's may be made to take many times their length in memory.
#[derive(Clone)]
pub struct Unverified<'token> {
    /// Which key should have signed.
    pub kid: String,
    /// The algorithm, which is the expected one.
    pub alg: Algorithm,
    /// The claim `iss`: whose key it should be.
    pub issuer: Option<String>,
    claims_json: Vec<u8>,
    signing_input: &'token str,
    signature: Vec<u8>,
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // With its signature a token is a password; without it the claims still say who somebody is.
        f.debug_struct("Unverified").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Unverified<'_> {
    /// The claims. To be read once the signature was found good.
    ///
    /// # Errors
    /// [`JwtError::Malformed`]; of a token that was signed with care there is none.
    pub fn claims(&self) -> Result<Map<String, Value>, JwtError> {
        serde_json::from_slice(&self.claims_json).map_err(|_| JwtError::Malformed)
    }
}

/// Reads a token that is signed with RS256, without verifying it.
///
/// # Errors
/// [`JwtError::Malformed`] or [`JwtError::Unsupported`].
pub fn decode(token: &str) -> Result<Unverified<'_>, JwtError> {
    decode_as(Algorithm::Rs256, token)
}

/// Reads a token that is signed so, without verifying it.
///
/// # Errors
/// [`JwtError::Malformed`] or [`JwtError::Unsupported`].
pub fn decode_as(expected: Algorithm, token: &str) -> Result<Unverified<'_>, JwtError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(JwtError::Malformed);
    }
    let (signing_input, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
    let (header, claims) = signing_input.split_once('.').ok_or(JwtError::Malformed)?;
    let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| JwtError::Malformed)?;
    if header.alg != expected.as_str() || header.crit.is_some() {
        return Err(JwtError::Unsupported);
    }
    let claims_json = bytes(claims)?;
    let Claims { iss } = serde_json::from_slice(&claims_json).map_err(|_| JwtError::Malformed)?;
    // A list would be taken for the members in their order.
    if claims_json.trim_ascii_start().first() != Some(&b'{') {
        return Err(JwtError::Malformed);
    }
    Ok(Unverified {
        kid: header.kid,
        alg: expected,
        issuer: iss,
        claims_json,
        signing_input,
        signature: bytes(signature)?,
    })
}

/// The header members that matter. Foreign issuers send others, which change nothing.
#[derive(Deserialize)]
struct Header {
    kid: String,
    alg: String,
    /// Extensions that a verifier must understand or refuse the token (RFC 7515 §4.1.11). None are known here.
    crit: Option<IgnoredAny>,
}

/// The claim that tells whose key verifies the others.
#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
}

/// A public key as JSON Web Key, members in Cognito's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Algorithm; may be absent in keys of others.
    #[serde(default)]
    pub alg: String,
    /// Exponent: base64url of the minimal big-endian bytes. Absent in keys that are not RSA.
    #[serde(default)]
    pub e: String,
    /// Which key this is.
    #[serde(default)]
    pub kid: String,
    /// Key type: `RSA` for all that are usable here.
    pub kty: String,
    /// Modulus: base64url of the minimal big-endian bytes. Absent in keys that are not RSA.
    #[serde(default)]
    pub n: String,
    /// Intended use: `sig`; may be absent in keys of others.
    #[serde(default, rename = "use")]
    pub usage: String,
}

impl Jwk {
    /// The JSON Web Key of a public key for RS256.
    #[must_use]
    pub fn new(kid: &str, key: &PublicKey) -> Self {
        Self {
            alg: Algorithm::Rs256.as_str().to_owned(),
            e: URL_SAFE_NO_PAD.encode(&key.exponent),
            kid: kid.to_owned(),
            kty: "RSA".to_owned(),
            n: URL_SAFE_NO_PAD.encode(&key.modulus),
            usage: "sig".to_owned(),
        }
    }

    /// The key, ready to verify.
    ///
    /// # Errors
    /// [`JwtError::BadKey`] if it is not an RSA key for RS256 signatures.
    pub fn public_key(&self) -> Result<PublicKey, JwtError> {
        let fits = |value: &str, wanted: &str| value.is_empty() || value == wanted;
        if self.kty != "RSA" || !fits(&self.alg, Algorithm::Rs256.as_str()) || !fits(&self.usage, "sig") {
            return Err(JwtError::BadKey);
        }
        let number = |text: &str| bytes(text).map_err(|_| JwtError::BadKey);
        PublicKey::from_components(&number(&self.n)?, &number(&self.e)?)
    }
}

/// A set of keys as `jwks.json` holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys, in the order of the document.
    pub keys: Vec<Jwk>,
}

/// Bytes of strict base64url: no padding, no stray bits.
fn bytes(text: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JwtError::Malformed)
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
