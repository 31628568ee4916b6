//! The keys of an issuer, as its document publishes them (RFC 7517).

use std::fmt;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaVerificationAlgorithm,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Algorithm, JwsError, Unverified, bytes};

/// How many keys of a document are looked at.
const MOST: usize = 100;

/// The shortest and longest modulus of an RSA key, in bytes: of what aws-lc verifies with.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

/// The longest exponent of an RSA key, in bytes.
const LONGEST_EXPONENT: usize = 8;

/// The keys of an issuer that can verify. Others of its document, secrets among them, are passed over.
#[derive(Clone, Default)]
pub struct KeySet(Vec<Key>);

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

#[derive(Clone)]
struct Key {
    id: String,
    /// The one algorithm that the document says it is for.
    only: Option<Algorithm>,
    material: Material,
}

#[derive(Clone)]
enum Material {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// A point that is not compressed.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// A key of the document, with the members that matter.
#[derive(Deserialize)]
struct Written {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a document.
    ///
    /// # Errors
    /// [`JwsError::NotKeys`].
    pub fn read(document: &[u8]) -> Result<Self, JwsError> {
        let Document { keys } = serde_json::from_slice(document).map_err(|_| JwsError::NotKeys)?;
        Ok(Self(keys.into_iter().take(MOST).filter_map(Key::read).collect()))
    }

    /// Whether there is a key of this name.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id == id)
    }

    /// What a token says, if the key that it names has signed it.
    ///
    /// # Errors
    /// [`JwsError::NoKey`], [`JwsError::UnknownKey`], [`JwsError::OtherAlgorithm`], [`JwsError::BadSignature`],
    /// [`JwsError::Malformed`].
    pub fn verify(&self, token: &Unverified<'_>) -> Result<Map<String, Value>, JwsError> {
        let id = token.key.as_deref().ok_or(JwsError::NoKey)?;
        let mut refusal = JwsError::UnknownKey;
        // A name stands for one key; where it stands for several, each may have signed.
        for key in self.0.iter().filter(|key| key.id == id) {
            match key.verify(token) {
                Ok(()) => return token.claims(),
                Err(other) => refusal = other,
            }
        }
        Err(refusal)
    }
}

impl Key {
    /// None of a key that cannot be used here, whatever it is for.
    fn read(written: Value) -> Option<Self> {
        let written: Written = serde_json::from_value(written).ok()?;
        let verifies = written.usage.as_deref().is_none_or(|usage| usage == "sig")
            && written.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|o| o == "verify"));
        let only = match written.alg.as_deref() {
            Some(name) => Some(Algorithm::named(name).ok()?),
            None => None,
        };
        let number = |text: &Option<String>| bytes(text.as_deref()?).ok();
        let material = match (written.kty.as_str(), written.crv.as_deref()) {
            ("RSA", _) => rsa(&number(&written.n)?, &number(&written.e)?)?,
            ("EC", Some("P-256")) => Material::P256(point(&number(&written.x)?, &number(&written.y)?, 32)?),
            ("EC", Some("P-384")) => Material::P384(point(&number(&written.x)?, &number(&written.y)?, 48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(number(&written.x).filter(|x| x.len() == 32)?),
            _ => return None,
        };
        let key = Self { id: written.kid?, only, material };
        let fits = only.is_none_or(|only| key.material.signs_by(only));
        (verifies && fits).then_some(key)
    }

    fn verify(&self, token: &Unverified<'_>) -> Result<(), JwsError> {
        let algorithm = token.algorithm;
        if self.only.is_some_and(|only| only != algorithm) || !self.material.signs_by(algorithm) {
            return Err(JwsError::OtherAlgorithm);
        }
        let (message, signature) = (token.signed.as_bytes(), token.signature.as_slice());
        let curve = |curve: &'static EcdsaVerificationAlgorithm, point: &[u8]| {
            UnparsedPublicKey::new(curve, point).verify(message, signature)
        };
        let verified = match &self.material {
            Material::P256(point) => curve(&ECDSA_P256_SHA256_FIXED, point),
            Material::P384(point) => curve(&ECDSA_P384_SHA384_FIXED, point),
            Material::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Material::Rsa { modulus, exponent } => {
                let padding = match algorithm {
                    Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
                    Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                PublicKeyComponents { n: modulus, e: exponent }.verify(padding, message, signature)
            }
        };
        verified.map_err(|_| JwsError::BadSignature)
    }
}

impl Material {
    /// Whether keys of this kind sign so.
    fn signs_by(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{EdDsa, Es256, Es384, Ps256, Rs256, Rs384, Rs512};
        match self {
            Self::Rsa { .. } => matches!(algorithm, Rs256 | Rs384 | Rs512 | Ps256),
            Self::P256(_) => algorithm == Es256,
            Self::P384(_) => algorithm == Es384,
            Self::Ed25519(_) => algorithm == EdDsa,
        }
    }
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Material> {
    let trim = |number: &[u8]| -> Vec<u8> { number.iter().copied().skip_while(|byte| *byte == 0).collect() };
    let (modulus, exponent) = (trim(modulus), trim(exponent));
    let fits = MODULUS.contains(&modulus.len()) && (1..=LONGEST_EXPONENT).contains(&exponent.len());
    fits.then_some(Material::Rsa { modulus, exponent })
}

fn point(x: &[u8], y: &[u8], length: usize) -> Option<Vec<u8>> {
    (x.len() == length && y.len() == length).then(|| [&[4], x, y].concat())
}
